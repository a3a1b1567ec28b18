//! `--save`: a copy of what was accepted, for the sender.

use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::mail::Message;
use crate::store::{Context, Fingerprint, Incoming, Journal, Key, LineEnd, Place, Sides, Target};

/// How much is copied at a time, in octets.
const PIECE: usize = 64 * 1024;

/// An opened target for copies. Threads may share it.
pub(super) struct Copies {
    target: Target,
    sides: Mutex<Sides>,
}

impl Copies {
    /// Opens the target, before anything is sent: what cannot be kept is told while it changes nothing.
    pub(super) fn open(target: &Target, account: &str) -> Result<Self> {
        // The tag marks temporary files of runs whose leftovers a later run may remove; a sender has no such record.
        let sides = target.open(Context::new(u64::from(std::process::id()), account))?;
        Ok(Self { target: target.clone(), sides: Mutex::new(sides) })
    }

    /// Keeps a copy; it is durable when this returns.
    pub(super) fn keep(&self, message: &Message) -> Result<()> {
        let mut sides = self.sides.lock().unwrap_or_else(PoisonError::into_inner);
        let Sides { stage, commit } = &mut *sides;
        let key = Key { uid: Box::default(), ordinal: 1 };
        let line_end = stage.line_end();
        stage.begin(&Incoming { key, listed: Some(message.size()), prefix: Vec::new() })?;
        let mut source = message.open()?;
        let mut piece = vec![0; PIECE];
        let mut lines = Lines::default();
        let mut out = Vec::with_capacity(PIECE + 1);
        loop {
            let count = match source.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    stage.abort();
                    return Err(Error::io("reading the message to keep a copy", error));
                }
            };
            let octets = piece.get(..count).unwrap_or_default();
            match line_end {
                LineEnd::CrLf => stage.write(octets)?,
                LineEnd::Lf => {
                    out.clear();
                    lines.convert(octets, &mut out);
                    stage.write(&out)?;
                }
            }
        }
        if lines.held {
            stage.write(b"\r")?;
        }
        let staged = stage.finish(message.size())?;
        let outcome = commit.commit(vec![staged], &mut Unrecorded).into_iter().next();
        outcome.map_or(Ok(()), |outcome| outcome.result)
    }

    /// What the target is called.
    pub(super) fn name(&self) -> String {
        self.target.to_string()
    }
}

/// CRLF into LF, in pieces of any size.
#[derive(Debug, Default)]
struct Lines {
    /// A CR is held back until its neighbour is here.
    held: bool,
}

impl Lines {
    fn convert(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for octet in octets {
            if std::mem::take(&mut self.held) && *octet != b'\n' {
                out.push(b'\r');
            }
            match octet {
                b'\r' => self.held = true,
                other => out.push(*other),
            }
        }
    }
}

/// A copy is nobody's only one: nothing is recorded of it.
struct Unrecorded;

impl Journal for Unrecorded {
    fn intent(&mut self, _: &Key, _: &Fingerprint, _: &Place) -> Result<()> {
        Ok(())
    }

    fn delivered(&mut self, _: &Key) -> Result<()> {
        Ok(())
    }

    fn abandoned(&mut self, _: &Key) -> Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        Ok(())
    }

    fn synced_with(&mut self, _: u64) {}

    fn write_out(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Dot, Reading};

    #[test]
    fn a_copy_has_the_line_ends_of_its_place() {
        let text = b"Subject: x\n\na\r\nb\n".as_slice();
        let message = Message::read(&mut { text }, &Reading { dot: Dot::Data }).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for (target, expected) in [
            (Target::Maildir(dir.path().join("m")), "Subject: x\n\na\nb\n"),
            (Target::Eml(dir.path().join("e")), "Subject: x\r\n\r\na\r\nb\r\n"),
        ] {
            let copies = Copies::open(&target, "work").unwrap();
            copies.keep(&message).unwrap();
            copies.keep(&message).unwrap();
            let folder = match &target {
                Target::Maildir(path) => path.join("new"),
                Target::Eml(path) => path.clone(),
                _ => unreachable!(),
            };
            let files: Vec<_> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file())
                .map(|path| std::fs::read_to_string(path).unwrap())
                .collect();
            assert_eq!(files, [expected, expected], "{target}");
        }
    }

    #[test]
    fn pieces_of_any_size_convert_the_same() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for octet in b"a\r\n\rb\r\r\n" {
            lines.convert(&[*octet], &mut out);
        }
        assert_eq!(out, b"a\n\rb\r\n");
    }
}
