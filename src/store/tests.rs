//! The targets as a runner uses them: both sides, with a journal in memory.

mod accidents;
mod folders;
mod journal;
mod limits;
mod mbox;
mod recovery;
mod streams;

use super::{Commit, Incoming, Key, LineEnd, Outcome, Sides, Stage, Staged};
use crate::error::Result;
use journal::MemoryJournal;

pub(super) fn key(n: usize) -> Key {
    Key { uid: format!("uid-{n}").into_bytes().into(), ordinal: 1 }
}

pub(super) fn incoming(n: usize) -> Incoming {
    Incoming { key: key(n), listed: None, prefix: Vec::new() }
}

/// Message `n` as it is on the wire, with lines that need quoting in an mbox and a body of `filler` octets more.
pub(super) fn message(n: usize, filler: usize) -> Vec<u8> {
    let mut text =
        format!("Return-Path: <sender{n}@example.org>\r\nSubject: message {n}\r\n\r\nFrom here on\r\n>From there\r\n");
    for line in 0..filler.div_ceil(64) {
        text.push_str(&format!("{line:062}\r\n"));
    }
    text.into_bytes()
}

/// A message as a target stores it.
pub(super) fn stored(message: &[u8], line_end: LineEnd) -> Vec<u8> {
    match line_end {
        LineEnd::CrLf => message.to_vec(),
        LineEnd::Lf => String::from_utf8(message.to_vec()).unwrap().replace("\r\n", "\n").into_bytes(),
    }
}

/// Takes one message through a stage in pieces.
pub(super) fn stage(stage: &mut dyn Stage, n: usize, message: &[u8]) -> Result<Staged> {
    let octets = stored(message, stage.line_end());
    stage.begin(&incoming(n))?;
    for chunk in octets.chunks(50_000) {
        stage.write(chunk)?;
    }
    stage.finish(message.len() as u64)
}

/// Stages and commits the given messages in one batch; messages that a stage refuses count as failed.
pub(super) fn deliver(sides: &mut Sides, messages: &[Vec<u8>], journal: &mut MemoryJournal) -> Vec<Outcome> {
    let Sides { stage: reader, commit } = sides;
    deliver_with(&mut **reader, &mut **commit, messages, journal)
}

fn deliver_with(
    reader: &mut dyn Stage,
    commit: &mut dyn Commit,
    messages: &[Vec<u8>],
    journal: &mut MemoryJournal,
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut batch = Vec::new();
    for (n, message) in messages.iter().enumerate() {
        match stage(reader, n, message) {
            Ok(staged) => batch.push(staged),
            Err(error) => {
                outcomes.push(Outcome { key: key(n), fingerprint: Default::default(), result: Err(error) });
            }
        }
    }
    outcomes.extend(commit.commit(batch, journal));
    outcomes
}
