//! C1 and the rest of C: every dialogue of IMAP once more, with what the server says cut anywhere, and with octets of it spoilt.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::full;
use crate::dialogues::dialogues;
use crate::servers::mails::Random;
use crate::support::dialogue::Dialogue;

/// They wait more than they work, at times.
const AT_ONCE: usize = 6;

/// Plays runs that are drawn by lot, or each so often; `MAILWIRE_DIALOGUE` and `MAILWIRE_SEED` choose those of a name and one of
/// them.
fn replay(seed: u64, drawn: usize, each: u64, play: impl Fn(&Dialogue, usize, u64) -> Result<(), String> + Sync) {
    let chosen = std::env::var("MAILWIRE_DIALOGUE").ok();
    let only = std::env::var("MAILWIRE_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let paths = dialogues("imap").into_iter();
    let paths = paths.filter(|path| chosen.as_ref().is_none_or(|name| path.to_string_lossy().contains(name)));
    let dialogues: Vec<_> = paths.map(|path| Dialogue::open(&path).unwrap()).collect();
    let mut all = Vec::new();
    for (at, dialogue) in dialogues.iter().enumerate() {
        for run in dialogue.replayable() {
            let base = seed + 1_000 * all.len() as u64 / each.max(1);
            all.extend((0..each).map(|number| (at, run, only.unwrap_or(base + number))));
        }
    }
    if !full() && chosen.is_none() {
        let mut random = Random::new(seed);
        all = (0..drawn).map(|_| all[random.below(all.len() as u64) as usize]).collect();
    }
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((dialogue, run, seed)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(e) = play(&dialogues[*dialogue], *run, *seed) {
                        failures.lock().unwrap().push(e);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    eprintln!("{} runs of dialogues", all.len());
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), all.len(), failures.join("\n\n===== "));
}

#[test]
fn in_pieces_every_dialogue_of_imap_is_the_same() {
    replay(1, 50, 4, Dialogue::play_in_pieces);
}

#[test]
fn spoilt_every_dialogue_of_imap_ends_as_it_should() {
    replay(2, 150, 30, Dialogue::play_spoilt);
}
