//! Messages on their way, one APPEND each, several ahead of the server's answers.
//!
//! MULTIAPPEND spares trips too, and the server takes all messages of a command or none. Here each has an answer of its own: one
//! that is refused is refused alone, and whoever removes messages elsewhere knows of each whether it is there. What is under way
//! is bounded in number and in octets, since all of it is in doubt when the connection breaks, and since a server goes on for a
//! while with what it was sent when the client is gone: a client that comes back at once would find less than will be there.

use std::collections::VecDeque;

use super::append::{Appended, Sent, appended, unheard};
use super::{Authenticated, Session};
use crate::error::{Error, Phase};
use crate::imap::receiver::Receiver;
use crate::imap::state::Utf8Item;

/// How many messages are under way at most.
const MOST: usize = 32;

/// How many octets of them; one message may have more.
const MOST_OCTETS: u64 = 256 * 1024;

/// Messages that were sent and of which the server has still to say whether it has them, in their order. `T` is what the caller
/// knows each by.
///
/// Only what [`Session::goes_unasked`] can be followed by another, and is to be followed only while there is
/// [room](Flight::has_room). The first goes alone, and the first after a refusal: a folder that is not there, or is full, costs
/// one message and no more.
#[derive(Debug)]
pub struct Flight<T> {
    under_way: VecDeque<(T, Sent)>,
    octets: u64,
    most: usize,
}

/// What became of a message.
#[derive(Debug)]
pub enum Landing {
    /// It is stored; where, if the server told.
    Stored(Option<Appended>),
    /// It is refused, and not there: [`Error::Rejected`].
    Refused(Error),
    /// The connection ended before the server said so: it may be there.
    Unknown(Error),
    /// The connection ended before all of it had left: it is not there.
    Unsent(Error),
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self { under_way: VecDeque::new(), octets: 0, most: 1 }
    }
}

impl<T> Flight<T> {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// How many messages are under way.
    pub fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Whether a message of this size can follow now.
    pub fn has_room(&self, octets: u64) -> bool {
        self.is_empty() || (self.len() < self.most && self.octets.saturating_add(octets) <= MOST_OCTETS)
    }

    /// Adds a message that was dispatched in the session that all of them are sent in.
    pub fn push(&mut self, item: T, sent: Sent) {
        self.octets = self.octets.saturating_add(sent.octets);
        self.under_way.push_back((item, sent));
    }

    /// Waits for what becomes of the first one; `None` if none is under way. After a connection that ended this tells of one after
    /// the other what is known of it, without waiting any more.
    pub fn land(&mut self, session: &mut Session<Authenticated>, receiver: &mut dyn Receiver) -> Option<(T, Landing)> {
        let (item, Sent { ticket, octets, marks_utf8 }) = self.under_way.pop_front()?;
        self.octets = self.octets.saturating_sub(octets);
        let engine = &mut session.engine;
        let landing = match engine.wait_known(ticket, receiver) {
            Ok(outcome) => match outcome.accepted() {
                Ok(completion) => Landing::Stored(completion.code.as_ref().and_then(appended)),
                Err(error) => Landing::Refused(error),
            },
            Err((error, has_left)) => {
                let error = unheard(error, "APPEND");
                // An error of the receiver's is none of the connection's, but nothing can be heard behind it.
                engine.kill();
                match has_left {
                    true => Landing::Unknown(error),
                    false => Landing::Unsent(error),
                }
            }
        };
        let is_stored = matches!(landing, Landing::Stored(_));
        if is_stored && marks_utf8 {
            engine.state.utf8_item = Utf8Item::Known;
        }
        self.most = if is_stored { MOST } else { 1 };
        Some((item, landing))
    }

    /// As [`Flight::land`], if the answer has come already.
    pub fn land_at_hand(
        &mut self,
        session: &mut Session<Authenticated>,
        receiver: &mut dyn Receiver,
    ) -> Option<(T, Landing)> {
        let (_, sent) = self.under_way.front()?;
        if !session.engine.is_settled(&sent.ticket) {
            return None;
        }
        self.land(session, receiver)
    }

    /// Gives up: what is under way may be there or not.
    pub fn abandon(&mut self) -> impl Iterator<Item = (T, Landing)> + '_ {
        self.octets = 0;
        let closed = || Error::Closed { phase: Phase::Reply("APPEND"), truncated: false };
        self.under_way.drain(..).map(move |(item, _)| (item, Landing::Unknown(closed())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::marker::PhantomData;
    use std::os::unix::net::UnixStream;
    use std::thread::{self, JoinHandle};

    use super::*;
    use crate::imap::engine::{Engine, tests::connection};
    use crate::imap::mailbox::Mailbox;
    use crate::imap::receiver::Ignore;
    use crate::imap::session::{Admission, AppendEnvelope};

    /// A session whose server offers these, and answers the commands that come with these lines, `$` standing for the tag of the
    /// command with that number, from 1. The server ends at the end of the script.
    fn served(
        offer: &str,
        script: &'static [(usize, &'static str)],
    ) -> (Session<Authenticated>, JoinHandle<Vec<String>>) {
        let (connection, theirs) = connection();
        let mut engine = Engine::new(connection).unwrap();
        engine.state.capabilities.learn(offer.split(' ').map(str::as_bytes));
        let server = thread::spawn(move || serve(theirs, script));
        (Session { engine, greeting: String::new(), state: PhantomData }, server)
    }

    fn serve(mut theirs: UnixStream, script: &[(usize, &str)]) -> Vec<String> {
        let mut input = BufReader::new(theirs.try_clone().unwrap());
        let (mut heard, mut tags): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (after, answer) in script {
            while tags.len() < *after {
                let mut line = String::new();
                if input.read_line(&mut line).unwrap() == 0 {
                    return heard;
                }
                let (tag, command) = line.trim_end().split_once(' ').unwrap();
                let octets = command.rsplit_once('{').unwrap().1.trim_end_matches(['+', '}']).parse::<usize>().unwrap();
                let mut literal = vec![0; octets];
                input.read_exact(&mut literal).unwrap();
                let mut end = String::new();
                input.read_line(&mut end).unwrap();
                heard.push(format!("{command}{}", end.trim_end()));
                tags.push(tag.to_owned());
            }
            let mut answer = (*answer).to_owned();
            for (at, tag) in tags.iter().enumerate().rev() {
                answer = answer.replace(&format!("${}", at + 1), tag);
            }
            theirs.write_all(answer.as_bytes()).unwrap();
        }
        heard
    }

    fn send(session: &mut Session<Authenticated>, flight: &mut Flight<u32>, number: u32, envelope: AppendEnvelope) {
        let text = vec![b'x'; envelope.octets as usize];
        let mut append = session.append(&Mailbox::Inbox);
        assert_eq!(append.message(&envelope, &mut Ignore).unwrap(), Admission::Admitted);
        append.write(&text).unwrap();
        flight.push(number, append.dispatch().unwrap().unwrap());
    }

    fn of(octets: u64) -> AppendEnvelope {
        AppendEnvelope { octets, ..AppendEnvelope::default() }
    }

    fn land(session: &mut Session<Authenticated>, flight: &mut Flight<u32>) -> String {
        match flight.land(session, &mut Ignore) {
            None => "none".into(),
            Some((item, Landing::Stored(at))) => {
                format!("{item} stored {}", at.and_then(|at| at.uids.first().copied()).map_or(0, |uid| uid.get()))
            }
            Some((item, Landing::Refused(error))) => format!("{item} refused {error}"),
            Some((item, Landing::Unknown(_))) => format!("{item} unknown"),
            Some((item, Landing::Unsent(_))) => format!("{item} unsent"),
        }
    }

    #[test]
    fn each_has_the_answer_to_its_own_command() {
        let (mut session, server) = served(
            "IMAP4rev1 LITERAL+ UIDPLUS",
            &[
                (1, "$1 OK [APPENDUID 1 10] done\r\n"),
                (
                    4,
                    "* OK [APPENDUID 1 99] of nobody\r\n$3 OK [APPENDUID 1 11] done\r\n$2 NO [TOOBIG] no\r\n$4 OK done\r\n",
                ),
            ],
        );
        let mut flight = Flight::default();
        assert!(flight.has_room(1_000_000));
        send(&mut session, &mut flight, 1, of(10));
        assert!(!flight.has_room(10), "the first goes alone");
        assert_eq!(land(&mut session, &mut flight), "1 stored 10");
        for number in 2..=4 {
            assert!(flight.has_room(10));
            send(&mut session, &mut flight, number, of(10));
        }
        assert!(!flight.has_room(256 * 1024) && flight.has_room(200 * 1024));
        assert!(land(&mut session, &mut flight).starts_with("2 refused"));
        assert!(!flight.has_room(10), "behind a refusal one goes alone");
        assert_eq!(land(&mut session, &mut flight), "3 stored 11");
        assert_eq!(land(&mut session, &mut flight), "4 stored 0", "what belongs to no command is no message's place");
        assert_eq!((land(&mut session, &mut flight).as_str(), flight.len()), ("none", 0));
        assert!(session.is_in_step());
        assert_eq!(server.join().unwrap(), ["APPEND INBOX {10+}"; 4]);
    }

    #[test]
    fn what_was_not_answered_is_in_doubt_and_nothing_else() {
        let script = &[(1, "$1 OK\r\n"), (4, "$2 OK\r\n$4 NO not this one\r\n* BYE enough\r\n")];
        let (mut session, server) = served("IMAP4rev1 LITERAL+", script);
        let mut flight = Flight::default();
        send(&mut session, &mut flight, 1, of(10));
        assert_eq!(land(&mut session, &mut flight), "1 stored 0");
        for number in 2..=4 {
            send(&mut session, &mut flight, number, of(10));
        }
        server.join().unwrap();
        assert_eq!(land(&mut session, &mut flight), "2 stored 0");
        assert_eq!(land(&mut session, &mut flight), "3 unknown");
        assert!(land(&mut session, &mut flight).starts_with("4 refused"));
        assert!(!session.is_in_step());
    }

    #[test]
    fn a_message_that_breaks_off_leaves_the_answers_to_those_before_it() {
        let script = &[(1, "$1 OK\r\n"), (3, "$2 OK [APPENDUID 1 7] x\r\n$3 OK\r\n")];
        let (mut session, server) = served("IMAP4rev1 LITERAL+ UIDPLUS", script);
        let mut flight = Flight::default();
        send(&mut session, &mut flight, 1, of(10));
        assert_eq!(land(&mut session, &mut flight), "1 stored 0");
        send(&mut session, &mut flight, 2, of(10));
        send(&mut session, &mut flight, 3, of(10));
        let mut append = session.append(&Mailbox::Inbox);
        append.message(&of(10), &mut Ignore).unwrap();
        append.write(b"half").unwrap();
        drop(append);
        assert_eq!(land(&mut session, &mut flight), "2 stored 7");
        assert_eq!(land(&mut session, &mut flight), "3 stored 0");
        assert!(!session.is_in_step(), "the server waits for what will not come");
        server.join().unwrap();
        assert!(session.noop(&mut Ignore).is_err());
    }

    #[test]
    fn what_never_left_is_not_there() {
        let (mut session, server) = served("IMAP4rev1 LITERAL+", &[(1, "$1 OK\r\n")]);
        let mut flight = Flight::default();
        send(&mut session, &mut flight, 1, of(10));
        assert_eq!(land(&mut session, &mut flight), "1 stored 0");
        server.join().unwrap();
        // The peer is gone, and takes nothing more.
        send(&mut session, &mut flight, 2, of(10));
        assert_eq!(land(&mut session, &mut flight), "2 unsent");
    }

    #[test]
    fn small_ones_go_unasked_by_what_is_offered() {
        for (offer, small, large) in [("LITERAL+", true, true), ("LITERAL-", true, false), ("IDLE", false, false)] {
            let (session, server) = served(&format!("IMAP4rev1 {offer}"), &[]);
            assert_eq!((session.goes_unasked(4_096), session.goes_unasked(4_097)), (small, large), "{offer}");
            assert!(!session.goes_unasked(200_000));
            server.join().unwrap();
        }
    }

    #[test]
    fn utf8_in_a_header_goes_in_the_form_that_the_server_knows() {
        let script = &[(1, "$1 BAD what is UTF8?\r\n"), (2, "$2 OK\r\n"), (3, "$3 OK\r\n")];
        let (mut session, server) = served("IMAP4rev1 LITERAL+ ENABLE UTF8=ACCEPT", script);
        let envelope = AppendEnvelope { utf8: true, ..of(3) };
        assert!(session.is_sure_of_utf8(), "nothing is marked before ENABLE");
        session.engine.state.capabilities.enable([b"UTF8=ACCEPT".as_slice()]);
        assert!(!session.is_sure_of_utf8());
        let mut flight = Flight::default();
        send(&mut session, &mut flight, 1, envelope.clone());
        let Some((1, Landing::Refused(error))) = flight.land(&mut session, &mut Ignore) else { panic!("not refused") };
        assert!(session.forgo_utf8_item(&error) && !session.forgo_utf8_item(&error), "once");
        send(&mut session, &mut flight, 1, envelope);
        assert_eq!(land(&mut session, &mut flight), "1 stored 0");
        assert!(session.is_sure_of_utf8());
        send(&mut session, &mut flight, 2, of(3));
        assert_eq!(land(&mut session, &mut flight), "2 stored 0");
        let heard = server.join().unwrap();
        assert_eq!(heard, ["APPEND INBOX UTF8 (~{3+})", "APPEND INBOX {3+}", "APPEND INBOX {3+}"]);
    }
}
