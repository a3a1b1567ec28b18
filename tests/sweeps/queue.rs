//! SIGKILL at many moments of queueing and of running the queue: no message is lost, and none is sent twice unless it was in
//! hand when its run was killed, which is told then.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::full;
use crate::servers::mails::Random;
use crate::support::command::{Call, Finished, Home, Program};
use crate::support::recorder::{Asked, CHUNKING, Recorder, USUAL, Verdict};
use crate::support::spool::Spool;

/// A message that its subject tells from others.
fn message(number: usize) -> Vec<u8> {
    let line = format!("line of mail {number}\n").repeat(1 + number * 97 % 500);
    format!("From: a@b.example\nMessage-ID: <{number}@b.example>\nSubject: <{number}>\n\n{line}").into_bytes()
}

fn send(home: &Home, server: &Recorder, mode: &str, number: usize) -> Call {
    let mut all = server.arguments();
    all.extend([mode, "-f", "a@b.example", "c@d.example"].map(str::to_owned));
    home.program(Program::Smtpsend, all).stdin(&message(number))
}

fn run_queue(home: &Home, how: &str) -> Call {
    home.program(Program::Smtpsend, ["--queue-run", how])
}

/// Kills a run after a time, if it is not over by then.
fn killed(call: Call, delay: Duration) -> Finished {
    let end = Instant::now() + delay;
    let mut run = call.start();
    while Instant::now() < end && run.is_running() {
        thread::sleep(Duration::from_micros(100));
    }
    run.kill()
}

/// How often each message was taken; every one of them is whole.
fn taken(server: &Recorder) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for session in server.sessions() {
        for taken in session.messages {
            let text = String::from_utf8(taken.text).unwrap().replace("\r\n", "\n");
            let subject = text.split("Subject: <").nth(1).unwrap();
            let number: usize = subject.split('>').next().unwrap().parse().unwrap();
            let body = String::from_utf8(message(number)).unwrap();
            assert_eq!(text.split_once("\n\n").unwrap().1, body.split_once("\n\n").unwrap().1, "mail {number}");
            *counts.entry(number).or_default() += 1;
        }
    }
    counts
}

/// The shortest of some undisturbed runs.
fn undisturbed(call: impl Fn() -> Call) -> Duration {
    let time = || {
        let start = Instant::now();
        call().run();
        start.elapsed()
    };
    (0..3).map(|_| time()).min().unwrap()
}

/// Queues messages, each run killed at some time, then runs the queue.
fn queueing(mode: &str, seed: u64, rounds: usize) {
    let is_open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let judge = std::sync::Arc::clone(&is_open);
    let server = Recorder::judging(USUAL, move |asked: Asked<'_>| {
        match asked.line.starts_with("RCPT") && !judge.load(std::sync::atomic::Ordering::SeqCst) {
            true => Verdict::Say("450 4.2.0 later".into()),
            false => Verdict::Usual,
        }
    });
    let home = Home::new();
    let spool = Spool::of(&home);
    let whole = {
        let other = Home::new();
        undisturbed(|| send(&other, &server, mode, 0))
    };
    let mut random = Random::new(seed);
    let mut promised = BTreeSet::new();
    for number in 1..=rounds {
        let delay = Duration::from_micros(random.below(whole.as_micros() as u64 * 3 / 2));
        let run = killed(send(&home, &server, mode, number), delay);
        assert!(matches!(run.code(), 0 | -9), "{}", run.both());
        if run.code() == 0 {
            promised.insert(number);
        }
    }
    is_open.store(true, std::sync::atomic::Ordering::SeqCst);
    let waiting = spool.waiting().len();
    run_queue(&home, "--on-unknown=retry").run().silently();
    let counts = taken(&server);
    eprintln!("{mode} {seed}: {} promised, {waiting} queued of {rounds}", promised.len());
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(counts.len(), waiting, "what is in the queue is whole");
    assert!(promised.iter().all(|number| counts.contains_key(number)), "lost: {promised:?} {counts:?}");
    assert!(spool.waiting().is_empty() && spool.names("damaged").is_empty());
}

/// Runs a queue that is killed again and again, then lets a run end.
fn running(how: &str, extensions: &[&str], seed: u64, kills: usize) {
    const MAILS: usize = 25;
    let server = Recorder::judging(extensions, |asked: Asked<'_>| {
        if asked.line == "." || asked.line.starts_with("BDAT") {
            thread::sleep(Duration::from_millis(1));
        }
        Verdict::Usual
    });
    let home = Home::new();
    let spool = Spool::of(&home);
    let fill = |home: &Home| {
        for number in 1..=MAILS {
            send(home, &server, "--queue", number).run().silently();
        }
    };
    let other = Recorder::serve(extensions);
    let timed = Home::new();
    for number in 1..=MAILS {
        send(&timed, &other, "--queue", number).run().silently();
    }
    let start = Instant::now();
    run_queue(&timed, how).run().silently();
    let whole = start.elapsed();
    fill(&home);
    let mut random = Random::new(seed);
    // By queue id: which message, and how often it was in hand when a run was killed.
    let mut doubtful: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut told = String::new();
    for _ in 0..kills {
        let run = killed(run_queue(&home, how), Duration::from_micros(random.below(whole.as_micros() as u64 * 3 / 2)));
        assert!(matches!(run.code(), 0 | 81 | -9), "{}", run.both());
        told += &run.stderr();
        for id in spool.waiting().into_iter().filter(|id| spool.state(id).contains("\nbegun: ")) {
            let (header, _) = spool.mail(&id);
            let number = header.split("message-id: <").nth(1).unwrap().split('@').next().unwrap().parse().unwrap();
            doubtful.entry(id).or_insert((number, 0)).1 += 1;
        }
        spool.make_due();
    }
    let last = run_queue(&home, how).run();
    assert!(matches!(last.code(), 0 | 81), "{}", last.both());
    told += &last.stderr();
    let counts = taken(&server);
    let doubled: usize = counts.values().map(|count| count - 1).sum();
    eprintln!("{how} {seed}: {} in doubt, {doubled} twice, {} left", doubtful.len(), spool.waiting().len());
    assert!(spool.names("damaged").is_empty() && spool.failed().is_empty());
    match how {
        "--on-unknown=hold" => {
            assert_eq!(doubled, 0, "{counts:?}\n{told}");
            let held = spool.waiting();
            assert!(
                held.iter().all(|id| doubtful.contains_key(id) && told.contains(&format!("{id} is held"))),
                "{told}"
            );
            assert!(counts.len() + held.len() >= MAILS, "lost: {counts:?}, {held:?}");
        }
        _ => {
            assert_eq!(counts.len(), MAILS, "lost: {counts:?}\n{told}");
            let doubts: BTreeMap<usize, usize> = doubtful.values().copied().collect();
            for (number, count) in &counts {
                let most = 1 + doubts.get(number).copied().unwrap_or(0);
                assert!(*count <= most, "mail {number} {count} times, not {most}\n{told}");
            }
            // Whoever may get it twice is told of.
            let silent: Vec<_> = doubtful.keys().filter(|id| !told.contains(id.as_str())).collect();
            assert!(silent.is_empty(), "{silent:?}\n{told}");
            assert!(spool.waiting().is_empty());
        }
    }
}

#[test]
fn killed_while_it_queues_it_queues_whole_mails_or_none() {
    queueing("--queue", 500, if full() { 1000 } else { 40 });
}

#[test]
fn killed_while_it_queues_after_a_failure_it_loses_nothing_it_promised() {
    queueing("--queue=on-failure", 600, if full() { 600 } else { 30 });
}

#[test]
fn killed_while_it_runs_the_queue_it_sends_every_mail() {
    for round in 0..if full() { 60 } else { 3 } {
        let extensions = if round % 2 == 0 { USUAL } else { CHUNKING };
        running("--on-unknown=retry", extensions, 700 + round, 5);
    }
}

#[test]
fn killed_while_it_runs_the_queue_it_holds_what_may_have_been_sent() {
    for round in 0..if full() { 60 } else { 3 } {
        let extensions = if round % 2 == 0 { USUAL } else { CHUNKING };
        running("--on-unknown=hold", extensions, 800 + round, 5);
    }
}
