//! What a run of smtpsend has to tell.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Timings;
use crate::cli::exit::Exit;
use crate::cli::verdict::{Status, Verdict};
use crate::error::Error;

/// How many recipients a line names before it only counts them.
const NAMED: usize = 3;

/// What became of a message.
#[derive(Clone, Debug, Default)]
pub struct MessageResult {
    /// The account's name.
    pub account: String,
    /// What it is called in this run, where there are several: its file, its line, its name in the queue.
    pub id: Option<String>,
    /// Its Message-ID, in brackets, if it is known.
    pub message_id: Option<String>,
    /// The envelope's sender; `None` for the empty one.
    pub sender: Option<String>,
    /// Its size in octets, as sent.
    pub size: Option<u64>,
    /// The recipients of the envelope.
    pub recipients: Vec<RecipientResult>,
    /// What kept it from coming so far as to have verdicts, and what to try.
    pub trouble: Option<(Arc<Error>, Option<String>)>,
    /// Its name in the queue, if those who have not got it and were not refused are tried again from there.
    pub queued: Option<String>,
    /// How long it took to get a connection ready, if this message was the first on it.
    pub connection: Option<Timings>,
    /// How long each step took.
    pub stages: Stages,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug)]
pub struct RecipientResult {
    /// The address, without brackets.
    pub address: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What to try, where that is known.
    pub advice: Option<String>,
}

/// How long the steps of a transaction took, to the last reply of each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stages {
    /// MAIL.
    pub mail: Option<Duration>,
    /// The RCPTs.
    pub rcpt: Option<Duration>,
    /// DATA; none with BDAT.
    pub data: Option<Duration>,
    /// From the first octet of the message to the verdict.
    pub dot: Option<Duration>,
}

/// Recipients that fared the same.
#[derive(Clone, Debug)]
pub struct Complaint<'a> {
    /// Their addresses.
    pub recipients: Vec<&'a str>,
    /// What became of the message for them.
    pub verdict: &'a Verdict,
    /// What to try.
    pub advice: Option<&'a str>,
}

/// How many messages and recipients there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Messages.
    pub messages: u64,
    /// Messages that were put, or are still, into the queue.
    pub queued: u64,
    /// Recipients, each as often as there are messages for it.
    pub recipients: u64,
    /// Recipients whose message was accepted.
    pub accepted: u64,
    /// Recipients who, or whose message, was refused for good.
    pub refused: u64,
    /// Recipients who, or whose message, was refused for now.
    pub deferred: u64,
    /// Recipients whose message was not sent.
    pub unsent: u64,
    /// Recipients of whom nothing is known.
    pub unknown: u64,
    /// Octets of the messages that were accepted for somebody.
    pub octets: u64,
}

/// A message was put into the queue.
#[derive(Clone, Copy, Debug)]
pub struct Queued<'a> {
    /// The account's name.
    pub account: &'a str,
    /// Its name in the queue.
    pub id: &'a str,
    /// Its Message-ID.
    pub message_id: Option<&'a str>,
    /// The envelope's sender; `None` for the empty one.
    pub sender: Option<&'a str>,
    /// The recipients of the envelope.
    pub recipients: &'a [String],
    /// Its size in octets.
    pub size: u64,
}

/// A message of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Which.
    pub message: Queued<'a>,
    /// `waiting`, `due`, `sending`, `held` or `failed`.
    pub state: &'a str,
    /// When it came.
    pub created: SystemTime,
    /// When it is tried next.
    pub next_try: Option<SystemTime>,
    /// How often it was tried.
    pub tries: u32,
    /// Why it is still here; may be empty.
    pub reason: &'a str,
    /// Whose queue it is in, if others' are shown too.
    pub owner: Option<&'a str>,
}

/// A message was removed from the queue.
#[derive(Clone, Copy, Debug)]
pub struct Removed<'a> {
    /// Its name in the queue.
    pub id: &'a str,
}

/// Where mail for an address would go.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// The address, as it was asked about.
    pub address: &'a str,
    /// Where to.
    pub to: Destination<'a>,
}

/// The way of mail.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// It would be handed to a server.
    Server {
        /// The account's name.
        account: &'a str,
        /// Host and port, or the path of a socket.
        server: &'a str,
        /// The addresses that the server is told.
        recipients: &'a [String],
    },
    /// It would go nowhere, for this reason.
    Nowhere(&'a str),
}

/// What a dry run would do.
#[derive(Clone, Copy, Debug)]
pub struct PlannedSend<'a> {
    /// The account's name.
    pub account: &'a str,
    /// Why this account.
    pub why: &'a str,
    /// Host and port, or the path of a socket.
    pub server: &'a str,
    /// How the connection is secured, as `--security` has it.
    pub security: &'static str,
    /// Who logs in.
    pub user: Option<&'a str>,
    /// What it is called in this run, where there are several.
    pub id: Option<&'a str>,
    /// Its Message-ID.
    pub message_id: Option<&'a str>,
    /// The envelope's sender; `None` for the empty one.
    pub sender: Option<&'a str>,
    /// The recipients of the envelope.
    pub recipients: &'a [String],
    /// What goes with them, as in `RET=HDRS` or `NOTIFY=NEVER`.
    pub parameters: &'a [String],
    /// Its size in octets.
    pub size: u64,
}

/// Octets of a message.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// The account's name.
    pub account: &'a str,
    /// As they would be sent: CRLF line ends, no dots doubled.
    pub octets: &'a [u8],
}

/// A reply to a verb.
#[derive(Clone, Copy, Debug)]
pub struct VerbReply<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The command.
    pub command: &'a str,
    /// The reply code.
    pub code: u16,
    /// The enhanced status code (RFC 3463).
    pub enhanced: Option<&'a str>,
    /// The text of each line, sanitised.
    pub lines: &'a [String],
}

/// A piece of a script's conversation.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The account's name.
    pub account: &'a str,
    /// Who said it.
    pub direction: Direction,
    /// What was said; a line with its end where it was received.
    pub octets: &'a [u8],
}

/// Who said something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// This side.
    Sent,
    /// The server.
    Received,
}

impl MessageResult {
    /// The exit code of a run with this message alone. Who is tried again from the queue is not counted.
    pub fn exit(&self) -> Exit {
        if let (Some((error, _)), None) = (&self.trouble, &self.queued) {
            return Exit::of(error);
        }
        Exit::of_fates(
            self.recipients.iter().map(|recipient| &recipient.verdict).filter(|verdict| !self.retries(verdict)),
        )
    }

    /// How many recipients have this status.
    pub fn count(&self, status: Status) -> u64 {
        self.recipients.iter().filter(|recipient| recipient.verdict.status() == status).count() as u64
    }

    /// What the server calls it: a name for each transaction, in order, once.
    pub fn queue_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for id in self.recipients.iter().filter_map(|recipient| recipient.verdict.queue_id()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// What has to be told: the recipients who did not get it and are not tried again by themselves, those together that fared
    /// the same.
    pub fn complaints(&self) -> Vec<Complaint<'_>> {
        let mut complaints: Vec<Complaint<'_>> = Vec::new();
        let failed = self.recipients.iter().filter(|recipient| recipient.verdict.status() != Status::Accepted);
        for RecipientResult { address, verdict, advice } in failed.filter(|recipient| !self.retries(&recipient.verdict))
        {
            match complaints.iter_mut().find(|known| known.verdict.is_like(verdict)) {
                Some(known) => known.recipients.push(address),
                None => {
                    complaints.push(Complaint { recipients: vec![address], verdict, advice: advice.as_deref() });
                }
            }
        }
        complaints
    }

    fn retries(&self, verdict: &Verdict) -> bool {
        self.queued.is_some() && verdict.may_change()
    }
}

impl Complaint<'_> {
    /// `<b@example.net> refused at RCPT: 550 5.1.1 no such user`, not yet sanitised, with what to try.
    pub fn text(&self) -> String {
        let text = format!("{} {}", named(&self.recipients), self.verdict);
        match self.advice {
            // Servers end a sentence where ours goes on.
            Some(advice) => format!("{}; {advice}", text.strip_suffix('.').unwrap_or(&text)),
            None => text,
        }
    }
}

/// `<a@x>, <b@y>`, or the first of them and how many more.
fn named(addresses: &[&str]) -> String {
    let shown = if addresses.len() > NAMED { NAMED.saturating_sub(1) } else { NAMED };
    let listed: Vec<String> = addresses.iter().take(shown).map(|address| format!("<{address}>")).collect();
    match addresses.len().saturating_sub(shown) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

impl Tally {
    /// Counts a message.
    pub fn add(&mut self, message: &MessageResult) {
        self.messages += 1;
        self.queued += u64::from(message.queued.is_some());
        self.recipients += message.recipients.len() as u64;
        self.accepted += message.count(Status::Accepted);
        self.refused += message.count(Status::Refused);
        self.deferred += message.count(Status::Deferred);
        self.unsent += message.count(Status::Unsent);
        self.unknown += message.count(Status::Unknown);
        if message.count(Status::Accepted) > 0 {
            self.octets = self.octets.saturating_add(message.size.unwrap_or(0));
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.queued += other.queued;
        self.recipients += other.recipients;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.deferred += other.deferred;
        self.unsent += other.unsent;
        self.unknown += other.unknown;
        self.octets = self.octets.saturating_add(other.octets);
    }
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::*;
    use crate::cli::verdict::Answer;
    use crate::cli::verdict::tests::refused;
    use crate::error::Phase;

    pub(in crate::cli) fn accepted(id: &str) -> Verdict {
        let text = format!("Ok: queued as {id}");
        Verdict::Accepted(Answer { code: 250, enhanced: Some("2.0.0".into()), text, queue_id: Some(id.into()) })
    }

    pub(in crate::cli) fn message(recipients: Vec<(&str, Verdict)>) -> MessageResult {
        let recipients = recipients.into_iter().map(|(address, verdict)| RecipientResult {
            address: address.into(),
            verdict,
            advice: None,
        });
        MessageResult {
            account: "work".into(),
            message_id: Some("<1@example.org>".into()),
            sender: Some("ann@example.org".into()),
            size: Some(1234),
            recipients: recipients.collect(),
            ..MessageResult::default()
        }
    }

    fn lost() -> Arc<Error> {
        Arc::new(Error::Closed { phase: Phase::Reply("RCPT"), truncated: false })
    }

    #[test]
    fn recipients_that_fared_the_same_are_told_together() {
        let error = lost();
        let mut all: Vec<(&str, Verdict)> =
            ["c@x", "d@x", "e@x", "f@x"].map(|address| (address, Verdict::Unsent(Arc::clone(&error)))).into();
        all.push(("a@x", accepted("1A")));
        all.push(("b@x", refused("RCPT", "550", Some("5.1.1"))));
        let message = message(all);
        let texts: Vec<String> = message.complaints().iter().map(Complaint::text).collect();
        assert_eq!(
            texts,
            [
                "<c@x>, <d@x> and 2 more not sent: connection closed waiting for the reply to RCPT",
                "<b@x> refused at RCPT: 550 5.1.1 no such user",
            ]
        );
        assert_eq!(message.exit(), Exit::PARTLY);
        assert_eq!(message.queue_ids(), ["1A"]);
        let mut tally = Tally::default();
        tally.add(&message);
        assert_eq!((tally.recipients, tally.accepted, tally.unsent, tally.refused), (6, 1, 4, 1));
    }

    #[test]
    fn what_is_in_the_queue_is_no_failure_yet() {
        let verdicts = vec![("a@x", Verdict::Unknown(lost())), ("b@x", refused("RCPT", "450", None))];
        let waiting = MessageResult { queued: Some("q1".into()), ..message(verdicts.clone()) };
        assert!(waiting.complaints().is_empty());
        assert_eq!(waiting.exit(), Exit::OK);
        assert_eq!(message(verdicts).exit(), Exit::UNKNOWN);
        let mut failed = waiting;
        failed.recipients.push(RecipientResult {
            address: "c@x".into(),
            verdict: refused("RCPT", "550", Some("5.1.1")),
            advice: Some("try".into()),
        });
        assert_eq!(failed.complaints()[0].text(), "<c@x> refused at RCPT: 550 5.1.1 no such user; try");
        assert_eq!(failed.exit(), Exit::NO_USER);
    }

    #[test]
    fn trouble_decides_where_there_are_no_verdicts() {
        let trouble = Some((Arc::new(Error::InvalidInput("no recipients".into())), None));
        assert_eq!(MessageResult { trouble, ..message(Vec::new()) }.exit(), Exit::DATA);
    }
}
