//! Sessions that lead somewhere or not, and what the ledger is told.

use std::collections::VecDeque;

use super::trip::Bearing;
use super::*;
use crate::error::Rejection;
use crate::store::{Fingerprint, Key, Place, Spooled};

/// What happens to the next message in a session; without one it is delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Act {
    Deliver,
    Refuse(Bearing),
    /// The session breaks before the message is whole.
    Break,
    /// It breaks behind the message.
    Lose,
    /// The server ends it in order.
    Farewell,
    /// The deadline of the run is over.
    Late,
}

/// A server that does with its sessions what is listed for them, and afterwards takes all.
#[derive(Default)]
struct Script {
    sessions: VecDeque<Vec<Act>>,
    /// How many messages go at once.
    together: usize,
    begun: Arc<std::sync::atomic::AtomicUsize>,
}

impl Sender for Script {
    type Session = VecDeque<Act>;

    fn connect(&mut self) -> Result<Self::Session> {
        self.begun.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(self.sessions.pop_front().unwrap_or_default().into())
    }

    fn check(&self, session: Self::Session) -> Option<Self::Session> {
        Some(session)
    }

    fn send(&mut self, mut session: Self::Session, pace: Pace, trip: &mut Trip<'_>) -> Option<Self::Session> {
        let count = if pace == Pace::Together { self.together } else { 1 };
        let group: Vec<usize> = trip.waiting().into_iter().take(count.max(1)).collect();
        trip.together = group.len();
        let closed = || Arc::new(Error::Closed { phase: Phase::Send, truncated: false });
        for index in group {
            assert!(trip.letter(index).is_some());
            match session.pop_front().unwrap_or(Act::Deliver) {
                Act::Deliver => trip.delivered(index),
                Act::Refuse(bearing) => trip.refused(index, rejection(), bearing),
                Act::Break => {
                    trip.end(closed());
                    return None;
                }
                Act::Lose => {
                    trip.unknown(index, closed());
                    trip.end(closed());
                    return None;
                }
                Act::Farewell => {
                    trip.end(Arc::new(Error::Rejected(rejection())));
                    return None;
                }
                Act::Late => {
                    trip.end(Arc::new(Error::Timeout { phase: Phase::Send, budget: None }));
                    return None;
                }
            }
        }
        Some(session)
    }

    fn leave(&self, _: Self::Session) {}
}

fn rejection() -> Rejection {
    Rejection { verb: "APPEND", code: None, enhanced: None, text: "no".into(), transient: false }
}

/// What the ledger was told, a letter for each: i, d, a for the message's number behind it, s for a sync.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    /// From which delivery on nothing can be written.
    full: Option<usize>,
}

impl Told {
    fn note(&mut self, what: &str, key: &Key) -> Result<()> {
        let line = format!("{what}{}", key.ordinal);
        if what == "d" && self.full.is_some_and(|at| key.ordinal as usize >= at) {
            return Err(Error::io("writing", std::io::ErrorKind::StorageFull.into()));
        }
        self.lines.push(line);
        Ok(())
    }
}

impl Journal for Told {
    fn intent(&mut self, key: &Key, _: &Fingerprint, _: &Place) -> Result<()> {
        self.note("i", key)
    }

    fn delivered(&mut self, key: &Key) -> Result<()> {
        self.note("d", key)
    }

    fn abandoned(&mut self, key: &Key) -> Result<()> {
        self.note("a", key)
    }

    fn sync(&mut self) -> Result<()> {
        self.lines.push("s".into());
        Ok(())
    }

    fn synced_with(&mut self, _: u64) {}

    fn write_out(&mut self) -> Result<()> {
        Ok(())
    }
}

/// So many messages through these sessions: a letter for what became of each, what the ledger was told between the intents and the
/// end, and how many sessions there were.
fn deliver(count: u32, together: usize, sessions: &[&[Act]], told: &mut Told) -> (String, String, usize) {
    let begun = Arc::default();
    let script =
        Script { sessions: sessions.iter().map(|acts| acts.to_vec()).collect(), together, begun: Arc::clone(&begun) };
    let mut sides = sides(script, "imap://h");
    let staged = |ordinal| Staged {
        key: Key { uid: Box::from(b"u".as_slice()), ordinal },
        fingerprint: Fingerprint::default(),
        spooled: Spooled::Memory(b"x\r\n".to_vec()),
    };
    let outcomes = sides.commit.commit((1..=count).map(staged).collect(), told);
    let letter = |outcome: &Outcome| match &outcome.result {
        Ok(()) => 'd',
        Err(Error::Target { outcome: Undelivered::Refused, .. }) => 'r',
        Err(Error::Target { outcome: Undelivered::Blocked, .. }) => 'b',
        Err(Error::Target { outcome: Undelivered::Unknown, .. }) => 'u',
        Err(Error::Storage { .. }) => 's',
        Err(error) => panic!("{error}"),
    };
    let intents: Vec<String> = (1..=count).map(|ordinal| format!("i{ordinal}")).collect();
    assert_eq!(told.lines[..intents.len()], intents, "before anything is sent");
    assert_eq!(told.lines.get(intents.len()).map(String::as_str), Some("s"));
    let rest = told.lines[intents.len() + 1..].join(" ");
    (outcomes.iter().map(letter).collect(), rest, begun.load(std::sync::atomic::Ordering::SeqCst))
}

#[test]
fn every_message_has_its_result_and_the_ledger_knows_it() {
    use Act::{Break, Deliver, Farewell, Late, Lose, Refuse};
    let (own, all) = (Refuse(Bearing::Message), Refuse(Bearing::Everything));
    type Case<'c> = (u32, usize, &'c [&'c [Act]], &'c str, &'c str, usize);
    let cases: &[Case<'_>] = &[
        (3, 1, &[], "ddd", "d1 d2 d3 s", 1),
        (3, 1, &[&[Deliver, own]], "drd", "d1 a2 d3 s", 1),
        // Nobody's fault, so that none of them rests.
        (3, 1, &[&[Deliver, all]], "dbb", "d1 a2 a3 s", 1),
        // What is in doubt keeps its intent.
        (3, 1, &[&[Deliver, Lose]], "dud", "d1 d3 s", 2),
        // A session that had served is followed by another without more ado; a new one that breaks over a message is that
        // message's doing.
        (3, 1, &[&[Deliver, Break]], "ddd", "d1 d2 d3 s", 2),
        (3, 1, &[&[Break]], "rdd", "a1 d2 d3 s", 2),
        (3, 1, &[&[Farewell]], "bbb", "a1 a2 a3 s", 1),
        // Of several each is tried alone.
        (3, 3, &[&[Break], &[Break]], "rdd", "a1 d2 d3 s", 3),
        (5, 1, &[&[Break], &[Break], &[Break]], "rrbbb", "a1 a2 a3 a4 a5 s", 3),
        (5, 1, &[&[Lose], &[Lose], &[Lose]], "uuubb", "a4 a5 s", 3),
        (5, 1, &[&[Lose], &[Break], &[Deliver], &[]], "urddd", "a2 d3 d4 d5 s", 3),
        // The end of the run is no message's fault either.
        (3, 1, &[&[Deliver, Late]], "dss", "d1 a2 a3 s", 1),
    ];
    for (count, together, sessions, outcomes, lines, begun) in cases {
        let got = deliver(*count, *together, sessions, &mut Told::default());
        assert_eq!(got, ((*outcomes).to_owned(), (*lines).to_owned(), *begun), "{count} {together} {sessions:?}");
    }
}

#[test]
fn what_may_be_everybody_s_fault_ends_the_run_in_time() {
    let unclear = [Act::Refuse(Bearing::Unclear); 12];
    let (outcomes, ..) = deliver(12, 1, &[&unclear], &mut Told::default());
    assert_eq!(outcomes, "rrrrrrrrrbbb");
    let mut broken = unclear;
    broken[8] = Act::Deliver;
    let (outcomes, ..) = deliver(12, 1, &[&broken], &mut Told::default());
    assert_eq!(outcomes, "rrrrrrrrdrrr", "somebody was taken in between");
}

#[test]
fn what_the_ledger_does_not_hold_is_not_delivered() {
    let mut full = Told { full: Some(2), ..Told::default() };
    let (outcomes, lines, _) = deliver(4, 1, &[], &mut full);
    assert_eq!((outcomes.as_str(), lines.as_str()), ("ssss", "d1 a3 a4"), "nor what was written before it, unsynced");
    let mut full = Told { full: Some(2), ..Told::default() };
    let (outcomes, lines, _) = deliver(4, 4, &[], &mut full);
    assert_eq!((outcomes.as_str(), lines.as_str()), ("ssss", "d1"), "all four are there, and none is said not to be");
}
