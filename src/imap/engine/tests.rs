use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::imap::receiver::Ignore;
use crate::net::{Interest, Stream, Timeouts, Transport, UnixTransport};
use crate::secret::Secret;
use crate::wire::Transcript;

pub(in crate::imap) fn connection() -> (Connection, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
    let silence = Duration::from_secs(20);
    let timeouts = Timeouts { silence, patience: silence, ..Timeouts::default() };
    (Connection::new(stream, timeouts, Transcript::off()), theirs)
}

/// An engine whose server answers the lines it gets one after the other with these, `$` standing for the line's tag.
pub(in crate::imap) fn answered(answers: &'static [&'static str]) -> (Engine, std::thread::JoinHandle<Vec<String>>) {
    let (connection, mut theirs) = connection();
    let engine = Engine::new(connection).unwrap();
    let server = std::thread::spawn(move || {
        let mut lines = BufReader::new(theirs.try_clone().unwrap());
        let mut heard = Vec::new();
        for answer in answers {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap() == 0 {
                break;
            }
            let tag = line.split(' ').next().unwrap().to_owned();
            heard.push(line.strip_prefix(&format!("{tag} ")).unwrap_or(&line).trim_end().to_owned());
            if theirs.write_all(answer.replace('$', &tag).as_bytes()).is_err() {
                break;
            }
        }
        heard
    });
    (engine, server)
}

/// Takes down what it is given.
#[derive(Default)]
struct Notes {
    take: Option<Take>,
    data: Vec<String>,
    octets: Vec<u8>,
    ends: usize,
    flaws: usize,
}

impl Receiver for Notes {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        self.data.push(format!("{data:?}"));
        Ok(())
    }

    fn literal(&mut self, _: &grammar::LiteralHead<'_>, _: u64) -> Result<Take> {
        Ok(self.take.unwrap_or(Take::Hold))
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.octets.extend_from_slice(octets);
        Ok(())
    }

    fn literal_end(&mut self) -> Result<()> {
        self.ends += 1;
        Ok(())
    }

    fn flaw(&mut self, _: &grammar::Flaw) -> Result<()> {
        self.flaws += 1;
        Ok(())
    }
}

#[test]
fn what_comes_untagged_goes_to_who_waits_and_into_the_state() {
    let (mut engine, _server) = answered(&["* 3 EXISTS\r\n* CAPABILITY IMAP4rev1 LITERAL+\r\n$ OK done\r\n"]);
    let mut notes = Notes::default();
    let completion = engine.run(&Command::new("NOOP"), &mut notes).unwrap();
    assert_eq!(completion.text, "done");
    assert_eq!(notes.data.len(), 2);
    assert_eq!(engine.state.selection.exists, 3);
    assert_eq!(engine.state.literals(), crate::imap::command::Literals::Any);
}

#[test]
fn refusals_are_data() {
    let (mut engine, _server) = answered(&["$ NO [NONEXISTENT] no such\r\n", "$ BAD what\r\n"]);
    let Err(Error::Rejected(rejection)) = engine.run(&Command::new("SELECT").astring("x"), &mut Ignore) else {
        unreachable!()
    };
    assert_eq!((rejection.code.as_deref(), rejection.text.as_str()), (Some("NONEXISTENT"), "no such"));
    assert!(matches!(engine.run(&Command::new("X"), &mut Ignore), Err(Error::Rejected(_))));
}

#[test]
fn completions_may_come_in_any_order() {
    let (connection, mut theirs) = connection();
    let mut engine = Engine::new(connection).unwrap();
    let first = engine.submit(&Command::new("A"), &mut Ignore).unwrap();
    let second = engine.submit(&Command::new("B"), &mut Ignore).unwrap();
    engine.push();
    let (one, two) = (engine.tag_of(&first), engine.tag_of(&second));
    let text = [&two, &b" OK two\r\n"[..], &one, b" NO one\r\n"].concat();
    theirs.write_all(&text).unwrap();
    assert!(engine.wait(first, &mut Ignore).is_err());
    assert_eq!(engine.wait(second, &mut Ignore).unwrap().text, "two");
}

#[test]
fn a_completion_of_nothing_that_was_sent_is_a_forgery() {
    for forged in ["XXXX0 OK\r\n", "A1 OK done\r\n", "garbage\r\n", "\r\n"] {
        let (connection, mut theirs) = connection();
        let mut engine = Engine::new(connection).unwrap();
        theirs.write_all(forged.as_bytes()).unwrap();
        let error = engine.run(&Command::new("NOOP"), &mut Ignore).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{forged:?}: {error}");
        assert!(engine.run(&Command::new("NOOP"), &mut Ignore).is_err(), "the session is at an end");
    }
    let (one, two) = (random_prefix().unwrap(), random_prefix().unwrap());
    let three = random_prefix().unwrap();
    assert!(one != two || two != three, "tags are not to be guessed");
}

#[test]
fn a_message_literal_is_streamed_and_its_row_comes_all_the_same() {
    let answer: &[&str] = &["* 1 FETCH (UID 7 BODY[] {11}\r\nhello\r\nyou) FLAGS (\\Seen))\r\n$ OK\r\n"];
    let answers: &'static [&'static str] = Box::leak(
        answer
            .iter()
            .map(|text| &*Box::leak(text.replace("you)", "you!").into_boxed_str()))
            .collect::<Vec<&str>>()
            .into_boxed_slice(),
    );
    for (take, octets) in [(Take::Stream, "hello\r\nyou!"), (Take::Discard, ""), (Take::Hold, "")] {
        let (mut engine, _server) = answered(answers);
        let mut notes = Notes { take: Some(take), ..Notes::default() };
        engine.run(&Command::new("UID FETCH"), &mut notes).unwrap();
        assert_eq!(notes.octets, octets.as_bytes());
        assert_eq!(notes.ends, usize::from(take == Take::Stream));
        assert_eq!(notes.data.len(), 1);
    }
}

#[test]
fn a_literal_that_waits_is_sent_after_the_server_has_agreed_and_never_after_it_refused() {
    let (mut engine, server) = answered(&["* 1 EXISTS\r\n+ go\r\n", "$ OK\r\n"]);
    let command = Command::new("X").string("a\r\nb");
    let ticket = engine.submit(&command, &mut Ignore).unwrap();
    engine.push();
    drop(ticket);
    drop(engine);
    assert_eq!(server.join().unwrap(), ["X {4}", "a"]);
    let (mut engine, server) = answered(&["$ NO never\r\n", "$ OK\r\n"]);
    assert!(engine.run(&command, &mut Ignore).is_err());
    engine.run(&Command::new("NOOP"), &mut Ignore).unwrap();
    assert_eq!(server.join().unwrap(), ["X {4}", "NOOP"]);
}

#[test]
fn a_server_that_says_goodbye_has_said_why() {
    let (connection, mut theirs) = connection();
    let mut engine = Engine::new(connection).unwrap();
    theirs.write_all(b"* BYE [UNAVAILABLE] maintenance\r\n").unwrap();
    drop(theirs);
    let Err(Error::Rejected(rejection)) = engine.run(&Command::new("NOOP"), &mut Ignore) else { unreachable!() };
    assert_eq!((rejection.code.as_deref(), rejection.transient), (Some("UNAVAILABLE"), true));
}

#[test]
fn what_cannot_be_understood_is_counted_and_ends_nothing() {
    let (mut engine, _server) = answered(&["* LIST (((\r\n* WHATEVER it is\r\n$ OK\r\n"]);
    let mut notes = Notes::default();
    engine.run(&Command::new("LIST"), &mut notes).unwrap();
    assert_eq!((notes.flaws, notes.data.len()), (1, 1));
}

#[test]
fn responses_are_bounded() {
    for (what, flood) in [
        ("a line without an end", &b"* LIST xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"[..]),
        ("literals in a row", b"* LIST () NIL {300000}\r\n"),
        ("chatter", b"* OK still here\r\n* 1 EXISTS\r\n"),
        ("continuations", b"+ more\r\n"),
    ] {
        let (connection, mut theirs) = connection();
        let server = std::thread::spawn(move || while theirs.write_all(flood).is_ok() {});
        let mut engine = Engine::new(connection).unwrap();
        let error = engine.run(&Command::new("NOOP"), &mut Ignore).unwrap_err();
        assert!(matches!(error, Error::Limit { .. }), "{what}: {error}");
        drop(engine);
        server.join().unwrap();
    }
    let (mut engine, _server) = answered(&["* LIST () NIL {99999999999}\r\n"]);
    assert!(matches!(engine.run(&Command::new("LIST"), &mut Ignore), Err(Error::Limit { .. })));
    let (mut engine, _server) = answered(&["* LIST () NIL {99999999999999999999}\r\n"]);
    assert!(matches!(engine.run(&Command::new("LIST"), &mut Ignore), Err(Error::Protocol { .. })));
}

#[test]
fn a_part_too_big_to_hold_is_left_out_of_its_row() {
    let big = format!("* 1 FETCH (UID 7 BODY[1] {{2000000}}\r\n{})\r\n$ OK\r\n", "x".repeat(2_000_000));
    let answers: &'static [&'static str] = Box::leak(Box::new([&*Box::leak(big.into_boxed_str())]));
    let (mut engine, _server) = answered(answers);
    let mut notes = Notes::default();
    engine.run(&Command::new("UID FETCH"), &mut notes).unwrap();
    assert_eq!(notes.data.len(), 1);
    assert!(notes.data[0].contains("Streamed"), "{}", notes.data[0]);
}

#[test]
fn alerts_are_kept_for_people() {
    let (mut engine, _server) = answered(&["* OK [ALERT] disk\x07 is full\r\n$ OK [ALERT] read this\r\n"]);
    engine.run(&Command::new("NOOP"), &mut Ignore).unwrap();
    let alerts = engine.state.take_alerts();
    assert_eq!(alerts.len(), 2);
    assert!(!alerts[0].contains('\u{7}') && alerts[0].contains("is full"), "{alerts:?}");
}

#[test]
fn secrets_stay_out_of_what_is_quoted() {
    let (mut engine, _server) = answered(&["$ NO hunter22 is wrong\r\n"]);
    engine.connection.hide(&Secret::new("hunter22"));
    let error = engine.run(&Command::new("LOGIN"), &mut Ignore).unwrap_err();
    assert!(!error.to_string().contains("hunter22"), "{error}");
}

#[test]
fn a_row_of_uid_and_flags_costs_no_allocation() {
    const ROWS: u32 = 10_000;
    let (connection, mut theirs) = connection();
    let mut engine = Engine::new(connection).unwrap();
    let server = std::thread::spawn(move || {
        let mut lines = BufReader::new(theirs.try_clone().unwrap());
        for _ in 0..2 {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            let rows = (1..=ROWS).map(|n| format!("* {n} FETCH (UID {} FLAGS (\\Seen $Forwarded))\r\n", n + 7));
            let rows: String = rows.collect();
            let tag = line.split(' ').next().unwrap();
            theirs.write_all(format!("{rows}{tag} OK\r\n").as_bytes()).unwrap();
        }
    });
    let mut fetch = || {
        let mut rows = 0;
        let mut count = |data: &Data<'_>| {
            rows += u32::from(matches!(data, Data::Fetch(row) if row.uid.is_some() && row.flags.is_some()));
            Ok(())
        };
        engine.run(&Command::new("UID FETCH 1:* (UID FLAGS)"), &mut count).unwrap();
        rows
    };
    // The first reply makes room that the second uses again.
    assert_eq!(fetch(), ROWS);
    let mut rows = 0;
    let counted = allocation_counter::measure(|| rows = fetch());
    assert_eq!(rows, ROWS);
    assert!(counted.count_total < 100, "{counted:?}");
    server.join().unwrap();
}

#[test]
fn only_the_progress_of_a_command_in_flight_is_told() {
    use crate::imap::observer::Observer;

    #[derive(Default)]
    struct Told(Mutex<Vec<InProgress>>);
    impl Observer for Told {
        fn in_progress(&self, told: InProgress) {
            self.0.lock().unwrap().push(told);
        }
    }

    let (mut engine, _server) = answered(&[concat!(
        "* OK [INPROGRESS] begun\r\n* OK [INPROGRESS (\"$\" 1 2)] half\r\n* OK [INPROGRESS (NIL 3 NIL)] on\r\n",
        "* OK [INPROGRESS (\"other\" 1 2)] not ours\r\n$ OK done\r\n* OK [INPROGRESS (\"$\" 2 2)] late\r\n"
    )]);
    let told = Arc::new(Told::default());
    engine.onlooker = Onlooker(Some(told.clone()));
    engine.run(&Command::new("NOOP"), &mut Ignore).unwrap();
    let _ = engine.listen(Duration::from_secs(5), &mut Ignore).unwrap();
    let told: Vec<_> = told.0.lock().unwrap().iter().map(|told| (told.verb, told.done, told.of)).collect();
    assert_eq!(told, [("NOOP", None, None), ("NOOP", Some(1), Some(2)), ("NOOP", Some(3), None)]);
}

#[test]
fn octets_of_streamed_literals_are_told() {
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::imap::observer::Observer;

    #[derive(Default)]
    struct Told(AtomicU64, AtomicU64);
    impl Observer for Told {
        fn announced(&self, octets: u64) {
            self.0.fetch_add(octets, Ordering::Relaxed);
        }
        fn received(&self, octets: u64) {
            self.1.fetch_add(octets, Ordering::Relaxed);
        }
    }

    let (mut engine, _server) = answered(&["* 1 FETCH (UID 1 BODY[] {5}\r\n12345)\r\n$ OK done\r\n"]);
    let told = Arc::new(Told::default());
    engine.onlooker = Onlooker(Some(told.clone()));
    let mut notes = Notes { take: Some(Take::Stream), ..Notes::default() };
    engine.run(&Command::new("UID FETCH"), &mut notes).unwrap();
    assert_eq!((told.0.load(Ordering::Relaxed), told.1.load(Ordering::Relaxed)), (5, 5));
}

/// A server that says `+` before it takes anything, and NO to what it gets then.
struct OutOfTurn {
    has_spoken: bool,
    taken: Arc<Mutex<Vec<u8>>>,
}

impl Read for OutOfTurn {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.has_spoken, true) {
            return b"+ go ahead\r\n".as_slice().read(buf);
        }
        let taken = self.taken.lock().unwrap();
        match taken.strip_suffix(b" Y {4}\r\n") {
            Some(tag) => [tag, b" NO\r\n"].concat().as_slice().read(buf),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for OutOfTurn {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !self.has_spoken {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.taken.lock().unwrap().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for OutOfTurn {
    fn wait(&mut self, _: Interest, deadline: &Deadline) -> Result<()> {
        deadline.check()
    }

    fn close(&mut self) {}
}

/// The octets of a literal to which the server has not agreed would be commands.
#[test]
fn a_continuation_ahead_of_its_command_is_none() {
    let taken = Arc::default();
    let stream = Stream::from_transport(Box::new(OutOfTurn { has_spoken: false, taken: Arc::clone(&taken) }));
    let timeouts = Timeouts { silence: Duration::from_secs(2), ..Timeouts::default() };
    let mut engine = Engine::new(Connection::new(stream, timeouts, Transcript::off())).unwrap();
    let refused = engine.run(&Command::new("Y").string("a\r\nb"), &mut Ignore).unwrap_err();
    assert!(matches!(refused, Error::Rejected(_)), "{refused}");
    assert!(taken.lock().unwrap().ends_with(b" Y {4}\r\n"));
}

#[test]
fn a_continuation_where_none_is_due_is_passed_over() {
    let (mut engine, server) =
        answered(&["+ \r\n* 1 EXISTS\r\n+\r\n+ idling\r\n$ OK done\r\n", "$ NO never\r\n", "$ OK\r\n"]);
    engine.run(&Command::new("NOOP"), &mut Ignore).unwrap();
    // Nor is it taken for the consent that a later literal waits for.
    assert!(engine.run(&Command::new("X").string("a\r\nb"), &mut Ignore).is_err());
    engine.run(&Command::new("NOOP"), &mut Ignore).unwrap();
    assert_eq!(server.join().unwrap(), ["NOOP", "X {4}", "NOOP"]);
}
