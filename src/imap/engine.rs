//! Commands out, responses in, matched by tags: the part of a session that knows nothing of messages.
//!
//! A response is framed first (lines and counted literals, capped) and parsed second. What comes untagged goes to whoever is
//! waiting, and into the [`State`] that everybody may look at.

use std::collections::VecDeque;
use std::time::Duration;

use super::command::{Chunk, Command, Patience};
use super::frame::Frame;
use super::framing::{self, Announced};
use super::grammar::{self, Code, Data, LiteralScan, Response, Status, StatusKind};
use super::observer::{InProgress, Onlooker};
use super::receiver::{Receiver, Take};
use super::refusal;
use super::state::State;
use crate::error::{Error, Phase, Rejection, Result};
use crate::net::{Deadline, Pace};
use crate::wire::Connection;

/// How much of what cannot be a response a message quotes, in characters.
const QUOTED: usize = 100;

/// How much of a server's words is kept, in characters.
const TOLD: usize = 1_000;

/// How long a server that has said BYE may take to close.
const AFTER_BYE: Duration = Duration::from_secs(5);

/// How many responses one command may bring, of whatever kind: a mailbox has no more messages than UIDs.
const MAX_RESPONSES: u64 = u32::MAX as u64;

/// How many responses that tell nothing a command may bring.
const MAX_CHATTER: u64 = 100_000;

/// After how many responses the clock of the whole run is looked at.
const BREATH: u64 = 256;

/// A command whose completion is still to come.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "every completion must be taken"]
pub struct Ticket(u64);

/// A command was done.
#[derive(Debug)]
pub struct Completion {
    /// The response code of the tagged OK.
    pub code: Option<Code<'static>>,
    /// Its text, sanitised.
    pub text: String,
}

/// What a command came to.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: StatusKind,
    pub(super) completion: Completion,
    pub(super) rejection: Option<Rejection>,
}

impl Outcome {
    /// NO and BAD are [`Error::Rejected`].
    pub(super) fn accepted(self) -> Result<Completion> {
        match self.rejection {
            None => Ok(self.completion),
            Some(rejection) => Err(Error::Rejected(rejection)),
        }
    }
}

/// What the server says when something more is due from us.
#[derive(Debug)]
pub(super) enum Continued {
    /// Go on: the text behind `+`.
    Text(Vec<u8>),
    /// The command has its completion already.
    Settled,
}

/// What came of listening for a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Heard {
    /// A response.
    Response,
    /// Nothing.
    Silence,
}

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) connection: Connection,
    pub(super) state: State,
    pub(super) onlooker: Onlooker,
    frame: Frame,
    prefix: [u8; 4],
    next: u64,
    pending: VecDeque<Pending>,
    settled: VecDeque<(u64, Outcome)>,
    continued: Option<Vec<u8>>,
    ended: Option<End>,
    responses: u64,
    chatter: u64,
}

#[derive(Debug)]
struct Pending {
    ticket: u64,
    verb: &'static str,
    patience: Patience,
    /// What must have been handed to the transport before a completion can be one.
    position: u64,
    /// The same for a refusal, which may come as soon as a literal is announced (RFC 7888 section 4).
    announced: u64,
}

/// Why nothing more may be sent.
#[derive(Debug)]
enum End {
    Bye(Rejection),
    /// What the server has to say is still heard.
    Mute,
    Dead,
}

impl Engine {
    pub(super) fn new(connection: Connection) -> Result<Self> {
        Ok(Self {
            connection,
            state: State::default(),
            onlooker: Onlooker::default(),
            frame: Frame::default(),
            prefix: random_prefix()?,
            next: 0,
            pending: VecDeque::new(),
            settled: VecDeque::new(),
            continued: None,
            ended: None,
            responses: 0,
            chatter: 0,
        })
    }

    /// Reads the line that a server begins with: OK, PREAUTH or BYE, and the text behind it.
    pub(super) fn greeting(&mut self) -> Result<(StatusKind, String)> {
        let deadline = self.connection.timeouts().patient_reply(Phase::Greeting);
        self.read_frame(&deadline, &mut super::receiver::Ignore)?;
        let frame = std::mem::take(&mut self.frame);
        let told = match grammar::response(&frame, self.state.dialect.names) {
            Ok(Response::Data(Data::Status(status)))
                if matches!(status.kind, StatusKind::Ok | StatusKind::Preauth | StatusKind::Bye) =>
            {
                let text = self.connection.quote_capped(status.text, TOLD);
                if status.kind == StatusKind::Bye {
                    let rejection = refusal::rejection("greeting", status.kind, status.code.as_ref(), text);
                    return Err(Error::Rejected(rejection));
                }
                self.heed(&Data::Status(status.clone()));
                Ok((status.kind, text))
            }
            _ => {
                let got = self.connection.quote_capped(&frame.bytes, QUOTED);
                Err(Error::protocol(Phase::Greeting, format!("this is no IMAP server: it says \"{got}\"")))
            }
        };
        self.frame = frame;
        told
    }

    /// Queues a command; it is on its way at the latest when its completion is awaited. Only a command with a literal that the
    /// server has to agree to waits here; meanwhile `receiver` takes what comes.
    pub(super) fn submit(&mut self, command: &Command, receiver: &mut dyn Receiver) -> Result<Ticket> {
        let mut dialect = self.state.dialect;
        dialect.literals = self.state.literals();
        let ticket = self.begin(command.verb(), command.patience())?;
        let chunks = match command.encode(&self.tag(ticket.0), dialect) {
            Ok(chunks) => chunks,
            Err(error) => {
                // Nothing of it was sent.
                self.pending.pop_back();
                return Err(error);
            }
        };
        self.send_chunks(&ticket, chunks, receiver)?;
        Ok(ticket)
    }

    /// Sends lines and literals of a command; whether it was settled on the way, and the rest not sent.
    pub(super) fn send_chunks(
        &mut self,
        ticket: &Ticket,
        chunks: Vec<Chunk>,
        receiver: &mut dyn Receiver,
    ) -> Result<bool> {
        for chunk in chunks {
            match &chunk.secret {
                Some(secret) => self.connection.send_secret(&chunk.text, secret)?,
                None => self.connection.send(&chunk.text)?,
            }
            self.mark(ticket);
            let Some(literal) = chunk.literal else { continue };
            if literal.waits && !self.consent(ticket, receiver)? {
                return Ok(true);
            }
            if literal.is_secret {
                self.connection.send_secret_data(&crate::secret::Secret::new(literal.octets.as_slice()));
            } else {
                self.connection.send_data(&literal.octets);
                self.connection.note_sent(literal.octets.len() as u64);
            }
        }
        Ok(false)
    }

    /// Whether a command's completion has come.
    pub(super) fn is_settled(&self, ticket: &Ticket) -> bool {
        self.settled.iter().any(|(settled, _)| *settled == ticket.0)
    }

    /// The same session, compressed from here on (RFC 4978).
    pub(super) fn compressed(self) -> Result<Self> {
        Ok(Self { connection: self.connection.compress()?, ..self })
    }

    /// Notes a command whose lines the caller sends; the first begins with [`Engine::tag_of`].
    pub(super) fn begin(&mut self, verb: &'static str, patience: Patience) -> Result<Ticket> {
        self.check_alive()?;
        let ticket = self.next;
        self.next += 1;
        let position = self.connection.position();
        self.pending.push_back(Pending { ticket, verb, patience, position, announced: position });
        Ok(Ticket(ticket))
    }

    /// The tag of a command.
    pub(super) fn tag_of(&self, ticket: &Ticket) -> Vec<u8> {
        self.tag(ticket.0)
    }

    /// Notes that the command is queued up to here: a completion that comes before this has left is a forgery.
    pub(super) fn mark(&mut self, ticket: &Ticket) {
        let position = self.connection.position();
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.ticket == ticket.0) {
            (pending.position, pending.announced) = (position, position);
        }
    }

    /// Notes that the command ends here, behind a literal that need not have left for it to be refused.
    pub(super) fn mark_end(&mut self, ticket: &Ticket) {
        let position = self.connection.position();
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.ticket == ticket.0) {
            pending.position = position;
        }
    }

    /// Sends what is queued, as far as the peer takes it at once.
    pub(super) fn push(&mut self) {
        // A broken pipe is told by the read that follows, behind what the peer said before.
        let _ = self.connection.push();
    }

    /// Waits until the server asks for more of a command, or has settled it without.
    pub(super) fn continuation(&mut self, ticket: &Ticket, receiver: &mut dyn Receiver) -> Result<Continued> {
        self.push();
        self.continued = None;
        loop {
            if let Some(text) = self.continued.take() {
                return Ok(Continued::Text(text));
            }
            if self.is_settled(ticket) {
                return Ok(Continued::Settled);
            }
            self.receive(ticket.0, receiver)?;
        }
    }

    /// Waits until the server agrees to a literal; `false` if it has refused the command instead.
    ///
    /// [`Error::Protocol`] if it says OK to what it has not been given whole: somebody would remove what seems to be stored.
    pub(super) fn consent(&mut self, ticket: &Ticket, receiver: &mut dyn Receiver) -> Result<bool> {
        if matches!(self.continuation(ticket, receiver)?, Continued::Text(_)) {
            return Ok(true);
        }
        let of_this = |(settled, outcome): &&(u64, Outcome)| *settled == ticket.0 && outcome.kind == StatusKind::Ok;
        if self.settled.iter().find(of_this).is_some() {
            self.kill();
            return Err(Error::protocol(Phase::Send, "the server says OK to a command of which it lacks a part"));
        }
        Ok(false)
    }

    /// Waits for a command's completion. NO and BAD are [`Error::Rejected`].
    pub(super) fn wait(&mut self, ticket: Ticket, receiver: &mut dyn Receiver) -> Result<Completion> {
        self.wait_any(ticket, receiver)?.accepted()
    }

    /// Waits for a command's completion, whatever it is.
    pub(super) fn wait_any(&mut self, ticket: Ticket, receiver: &mut dyn Receiver) -> Result<Outcome> {
        self.push();
        loop {
            if let Some(at) = self.settled.iter().position(|(settled, _)| *settled == ticket.0)
                && let Some((_, outcome)) = self.settled.remove(at)
            {
                return Ok(outcome);
            }
            self.receive(ticket.0, receiver)?;
        }
    }

    /// Sends a command and waits for its completion.
    pub(super) fn run(&mut self, command: &Command, receiver: &mut dyn Receiver) -> Result<Completion> {
        let ticket = self.submit(command, receiver)?;
        self.wait(ticket, receiver)
    }

    /// Sends a command and waits for its completion, whatever it is.
    pub(super) fn run_any(&mut self, command: &Command, receiver: &mut dyn Receiver) -> Result<Outcome> {
        let ticket = self.submit(command, receiver)?;
        self.wait_any(ticket, receiver)
    }

    /// Waits for one response, at most so long.
    pub(super) fn listen(&mut self, most: Duration, receiver: &mut dyn Receiver) -> Result<Heard> {
        self.push();
        self.check_alive()?;
        let deadline = self.connection.timeouts().deadline(Phase::Reply("IDLE"), most);
        if !self.connection.wait_input(&deadline).map_err(|error| self.lost(error))? {
            return Ok(Heard::Silence);
        }
        self.responses = 0;
        self.chatter = 0;
        self.receive(self.next.saturating_sub(1), receiver)?;
        Ok(Heard::Response)
    }

    /// Whether nothing is due and nothing has come.
    pub(super) fn is_quiescent(&self) -> bool {
        self.pending.is_empty() && self.ended.is_none()
    }

    /// From here on nothing is sent any more.
    pub(super) fn kill(&mut self) {
        if !matches!(self.ended, Some(End::Bye(_))) {
            self.ended = Some(End::Dead);
        }
    }

    /// From here on nothing is sent any more; completions of what was sent before can still be awaited.
    pub(super) fn mute(&mut self) {
        self.ended.get_or_insert(End::Mute);
    }

    /// As [`Engine::wait_any`]; with an error comes whether all of the command may have reached the server.
    pub(super) fn wait_known(
        &mut self,
        ticket: Ticket,
        receiver: &mut dyn Receiver,
    ) -> std::result::Result<Outcome, (Error, bool)> {
        let number = ticket.0;
        self.wait_any(ticket, receiver).map_err(|error| {
            let pending = self.pending.iter().find(|pending| pending.ticket == number);
            (error, pending.is_none_or(|pending| pending.position <= self.connection.handed()))
        })
    }

    fn check_alive(&self) -> Result<()> {
        match &self.ended {
            None => Ok(()),
            Some(End::Bye(rejection)) => Err(Error::Rejected(rejection.clone())),
            Some(End::Mute | End::Dead) => Err(Error::Closed { phase: Phase::Send, truncated: false }),
        }
    }

    fn tag(&self, ticket: u64) -> Vec<u8> {
        [self.prefix.as_slice(), ticket.to_string().as_bytes()].concat()
    }

    /// Reads one response and does what it says.
    fn receive(&mut self, ticket: u64, receiver: &mut dyn Receiver) -> Result<()> {
        if matches!(self.ended, Some(End::Dead)) {
            return Err(Error::Closed { phase: Phase::Send, truncated: false });
        }
        self.responses += 1;
        if self.responses.is_multiple_of(BREATH) {
            let phase = self.phase(ticket);
            self.connection.timeouts().check(phase).inspect_err(|_| self.ended = Some(End::Dead))?;
        }
        let deadline = self.deadline(ticket);
        let read = self.read_frame(&deadline, receiver);
        let frame = match read {
            Ok(()) => std::mem::take(&mut self.frame),
            Err(error) => return Err(self.lost(error)),
        };
        let done = self.dispatch(&frame, receiver);
        self.frame = frame;
        let limits = [(self.responses, MAX_RESPONSES), (self.chatter, MAX_CHATTER)];
        let flood = limits.into_iter().find(|(count, limit)| count > limit);
        let flood = flood.map(|(_, limit)| Error::Limit { what: "the number of responses", limit });
        done.and(flood.map_or(Ok(()), Err)).inspect_err(|_| self.kill())
    }

    fn dispatch(&mut self, frame: &Frame, receiver: &mut dyn Receiver) -> Result<()> {
        let response = grammar::response(frame, self.state.dialect.names);
        receiver.response(frame, &response)?;
        match response {
            Ok(Response::Data(data)) => {
                self.heed(&data);
                receiver.data(&data)
            }
            Ok(Response::Continue(text)) => {
                // Quirk: Exchange says `+` where nothing is due; only somebody who waits for one looks at it, and none that came
                // before what it would be the answer to had left.
                if self.connection.queued() == 0 {
                    self.continued = Some(text.to_vec());
                }
                self.chatter += 1;
                Ok(())
            }
            Ok(Response::Tagged { tag, status }) => self.settle(tag, &status),
            Err(flaw) => {
                let told = self.connection.quote_capped(&frame.bytes, QUOTED);
                match frame.bytes.first() {
                    Some(b'*') => {
                        self.connection.note(&format!("a response that cannot be understood ({flaw}): {told}"));
                        self.chatter += 1;
                        receiver.flaw(&flaw)
                    }
                    _ => {
                        let phase = self.phase(self.next.saturating_sub(1));
                        Err(Error::protocol(phase, format!("this is no response: \"{told}\"")))
                    }
                }
            }
        }
    }

    fn settle(&mut self, tag: &[u8], status: &Status<'_>) -> Result<()> {
        let ours =
            |pending: &Pending| tag.strip_prefix(self.prefix.as_slice()) == Some(pending.ticket.to_string().as_bytes());
        let at = self.pending.iter().position(ours);
        let is_due = |pending: &Pending| match status.kind {
            StatusKind::Ok => pending.position <= self.connection.handed(),
            _ => pending.announced <= self.connection.handed(),
        };
        let Some(pending) =
            at.filter(|at| self.pending.get(*at).is_some_and(is_due)).and_then(|at| self.pending.remove(at))
        else {
            let phase = self.phase(self.next.saturating_sub(1));
            let told = self.connection.quote_capped(tag, QUOTED);
            return Err(Error::protocol(
                phase,
                format!("a completion of a command that was not sent, tagged \"{told}\""),
            ));
        };
        self.responses = 0;
        self.chatter = 0;
        self.state.heed_completion(status);
        let text = self.connection.quote_capped(status.text, TOLD);
        self.tell_alert(status, &text);
        let rejection = (status.kind != StatusKind::Ok)
            .then(|| refusal::rejection(pending.verb, status.kind, status.code.as_ref(), text.clone()));
        let completion = Completion { code: status.code.clone().map(Code::into_owned), text };
        let outcome = Outcome { kind: status.kind, completion, rejection };
        self.settled.push_back((pending.ticket, outcome));
        Ok(())
    }

    /// What every response means for the session, whoever asked for it.
    fn heed(&mut self, data: &Data<'_>) {
        if let Data::Status(status) = data {
            let text = self.connection.quote_capped(status.text, TOLD);
            self.tell_alert(status, &text);
            self.tell_progress(status);
            if status.kind == StatusKind::Bye {
                let verb = self.pending.front().map_or("session", |pending| pending.verb);
                let rejection = refusal::rejection(verb, status.kind, status.code.as_ref(), text);
                if !matches!(self.ended, Some(End::Bye(_) | End::Dead)) {
                    self.ended = Some(End::Bye(rejection));
                }
            }
        }
        if !self.state.heed(data) {
            self.chatter += 1;
        }
    }

    fn tell_alert(&mut self, status: &Status<'_>, text: &str) {
        if matches!(status.code, Some(Code::Alert)) {
            self.state.alert(text);
        }
    }

    /// Only the command that is in flight can be in progress: a tag that is another's tells nothing.
    fn tell_progress(&self, status: &Status<'_>) {
        let Some(Code::InProgress(progress)) = &status.code else { return };
        let is_meant = |pending: &&Pending| progress.tag.as_deref().is_none_or(|tag| tag == self.tag(pending.ticket));
        if let Some(pending) = self.pending.iter().find(is_meant) {
            self.onlooker.tell(|observer| observer.in_progress(InProgress::of(pending.verb, progress)));
        }
    }

    /// What the end of a connection means: a server that said BYE has said why.
    fn lost(&mut self, error: Error) -> Error {
        let bye = match self.ended.take() {
            Some(End::Bye(rejection)) => Some(rejection),
            _ => None,
        };
        self.ended = Some(End::Dead);
        match (&error, bye) {
            (
                Error::Closed { .. } | Error::Network { .. } | Error::Timeout { budget: Some(_), .. },
                Some(rejection),
            ) => Error::Rejected(rejection),
            _ => error,
        }
    }

    fn phase(&self, ticket: u64) -> Phase {
        let pending = self.pending.iter().find(|pending| pending.ticket == ticket).or(self.pending.front());
        Phase::Reply(pending.map_or("nothing", |pending| pending.verb))
    }

    fn deadline(&self, ticket: u64) -> Deadline {
        let timeouts = self.connection.timeouts();
        let phase = self.phase(ticket);
        let is_patient = self.pending.iter().any(|pending| pending.patience == Patience::Patient);
        let deadline = if is_patient { timeouts.patient_reply(phase) } else { timeouts.reply(phase) };
        match self.ended {
            Some(_) => deadline.at_most(AFTER_BYE),
            None => deadline,
        }
    }

    /// Reads the next response into the frame: its lines, and its literals where they are not streamed.
    fn read_frame(&mut self, deadline: &Deadline, receiver: &mut dyn Receiver) -> Result<()> {
        let Self { connection, frame, onlooker, .. } = self;
        frame.bytes.clear();
        frame.streamed.clear();
        let mut scan = LiteralScan::new();
        let mut renewed: Option<Deadline> = None;
        loop {
            let from = frame.bytes.len();
            framing::read_line(connection, &mut frame.bytes, renewed.as_ref().unwrap_or(deadline))?;
            let Some(announced) = framing::announced(&frame.bytes, from) else { return Ok(()) };
            let Announced { octets, at } = announced.map_err(|text| Error::protocol(deadline.phase(), text))?;
            let prefix = frame.bytes.get(..at).unwrap_or_default();
            let take = match scan.literal(prefix, &frame.streamed) {
                Some(head) => match receiver.literal(&head, octets)? {
                    // The row is kept without it rather than lost with it.
                    Take::Hold if octets > framing::room(&frame.bytes) => Take::Discard,
                    take => take,
                },
                None if octets > framing::room(&frame.bytes) => {
                    return Err(Error::Limit { what: "a literal", limit: framing::MAX_RESPONSE as u64 });
                }
                None => Take::Hold,
            };
            frame.bytes.extend_from_slice(b"\r\n");
            let mut pace = Pace::start();
            let phase = match deadline.phase() {
                Phase::Reply(verb) => Phase::Data(verb),
                phase => phase,
            };
            match take {
                Take::Hold => {
                    let bytes = &mut frame.bytes;
                    connection.read_literal(octets, &mut pace, phase, &mut |octets| {
                        bytes.extend_from_slice(octets);
                        Ok(())
                    })?;
                }
                Take::Stream => {
                    frame.streamed.push(super::frame::Gap { at: frame.bytes.len(), octets });
                    onlooker.tell(|observer| observer.announced(octets));
                    connection.read_literal(octets, &mut pace, phase, &mut |octets| {
                        onlooker.tell(|observer| observer.received(octets.len() as u64));
                        receiver.octets(octets)
                    })?;
                    receiver.literal_end()?;
                }
                Take::Discard => {
                    frame.streamed.push(super::frame::Gap { at: frame.bytes.len(), octets });
                    connection.read_literal(octets, &mut pace, phase, &mut |_| Ok(()))?;
                }
            }
            // A big message, or one that goes on to a slow server, takes longer than a line may.
            if take != Take::Hold {
                renewed = Some(connection.timeouts().reply(deadline.phase()));
            }
        }
    }
}

/// Four letters that nobody can guess: who cannot see the session cannot forge a completion for it.
fn random_prefix() -> Result<[u8; 4]> {
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|error| Error::io("cannot get random octets", std::io::Error::other(error.to_string())))?;
    Ok(random.map(|octet| b'A' + octet % 26))
}

#[cfg(test)]
pub(super) mod tests;
