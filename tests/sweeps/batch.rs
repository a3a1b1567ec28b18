//! SIGKILL at many moments of a batch that keeps its results, then a clean run: every message is sent once, or is named as one
//! of which nobody knows.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::full;
use crate::bulk::{folder, numbers, send};
use crate::servers::mails::Random;
use crate::support::command::{Call, Home};
use crate::support::recorder::{CHUNKING, Recorder, USUAL};

const MESSAGES: usize = 300;

fn batch(home: &Home, server: &Recorder, jobs: &str) -> Call {
    send(home, server, &["--batch", "outbox", "--results", "sent.ndjson", "--jobs", jobs])
}

/// The numbers of the messages that a run says nobody knows of.
fn doubtful(stderr: &str) -> Vec<usize> {
    let lines = stderr.lines().filter(|line| line.contains("may or may not have been delivered"));
    lines.map(|line| line.split(": ").nth(2).unwrap().strip_suffix(".eml").unwrap().parse().unwrap()).collect()
}

fn sweep(extensions: &[&str], jobs: &str, seed: u64, rounds: usize, kills: usize) {
    let mut random = Random::new(seed);
    let whole = {
        let (home, server) = (Home::new(), Recorder::serve(extensions));
        folder(&home, MESSAGES);
        let start = Instant::now();
        batch(&home, &server, jobs).run().silently();
        start.elapsed()
    };
    let most = whole.as_micros() as u64 * 3 / kills as u64;
    let mut killed = 0;
    for round in 0..rounds {
        let (home, server) = (Home::new(), Recorder::serve(extensions));
        folder(&home, MESSAGES);
        let mut story = format!("{extensions:?} {jobs} jobs, round {round}\n");
        for _ in 0..kills {
            let delay = Duration::from_micros(random.below(most));
            let mut run = batch(&home, &server, jobs).start();
            let end = Instant::now() + delay;
            while Instant::now() < end && run.is_running() {
                thread::sleep(Duration::from_micros(200));
            }
            let run = run.kill();
            killed += usize::from(run.code() == -9);
            story += &format!("after {delay:?}: exit {}, {} taken\n", run.code(), server.taken());
            // The lock goes with the process, and what the server still reads of the connection it takes.
            assert!(matches!(run.code(), -9 | 0 | 81), "{story}{}", run.both());
        }
        server.sessions();
        let run = batch(&home, &server, jobs).run();
        assert!(matches!(run.code(), 0 | 81), "{story}{}", run.both());
        let doubtful = doubtful(&run.stderr());
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for number in numbers(&server.messages()) {
            *counts.entry(number).or_default() += 1;
        }
        for number in 0..MESSAGES {
            let count = counts.get(&number).copied().unwrap_or(0);
            assert!(count <= 1, "{number} was sent {count} times\n{story}");
            assert!(count == 1 || doubtful.contains(&number), "{number} is lost\n{story}{}", run.both());
        }
        assert_eq!(run.code(), if doubtful.is_empty() { 0 } else { 81 }, "{story}{}", run.both());
        // What is under way at a time, see the window of the outbox; where DATA is waited for, it is little.
        let window = if extensions.contains(&"CHUNKING") { 64 } else { 4 };
        assert!(
            doubtful.len() <= window * jobs.parse::<usize>().unwrap() * kills,
            "{} in doubt\n{story}",
            doubtful.len()
        );
    }
    eprintln!("{killed} of {} runs were killed", rounds * kills);
}

#[test]
fn killed_at_random_every_message_is_sent_once_or_named() {
    sweep(USUAL, "1", 900, if full() { 60 } else { 5 }, 4);
}

#[test]
fn killed_at_random_every_chunked_message_is_sent_once_or_named() {
    sweep(CHUNKING, "1", 901, if full() { 60 } else { 5 }, 4);
}

#[test]
fn killed_at_random_over_several_connections_too() {
    sweep(CHUNKING, "3", 902, if full() { 40 } else { 4 }, 4);
}
