//! `--save`: a copy of what was accepted, for the sender.

use std::io::Read as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{self, Plan};
use crate::cli::output::Output;
use crate::cli::relay::folder;
use crate::error::{Error, Result, Undelivered};
use crate::imap::Flag;
use crate::mail::Message;
use crate::store::{Context, Fingerprint, Incoming, Journal, Key, LineEnd, Place, Sides, Target, batch};
use crate::wire::Transcript;

/// How much is copied at a time, in octets.
const PIECE: usize = 64 * 1024;

/// So long a server is left alone that takes nothing: mail that is under way does not wait for it each time.
const PAUSE: Duration = Duration::from_secs(30);

/// An opened target for copies. Threads may share it.
pub(super) struct Copies {
    name: String,
    open: Mutex<Open>,
}

struct Open {
    sides: Sides,
    /// When a server last took nothing, and why.
    blocked: Option<(Instant, Error)>,
}

impl Copies {
    /// Opens the target, before anything is sent: what cannot be kept is told while it changes nothing. A server is logged in to,
    /// within the plan's time and until its signal, and the folder looked for.
    pub(super) fn open(
        copies: &plan::Copies,
        plan: &Plan,
        transcript: &Transcript,
        output: &dyn Output,
    ) -> Result<Self> {
        let (name, mut sides) = match copies {
            plan::Copies::Local(target) => (target.to_string(), local(target, &plan.server.account)?),
            plan::Copies::Folder(deposit) => {
                let mut deposit = deposit.clone();
                let (own, of_plan) = (&mut deposit.server.timeouts, &plan.server.timeouts);
                (own.run_until, own.interrupt) = (of_plan.run_until, of_plan.interrupt.clone());
                (deposit.name.clone(), folder::open(&deposit, &[Flag::Seen], transcript, output)?)
            }
        };
        sides.commit.ready()?;
        Ok(Self::new(name, sides))
    }

    fn new(name: String, sides: Sides) -> Self {
        Self { name, open: Mutex::new(Open { sides, blocked: None }) }
    }

    /// Keeps a copy; it is durable when this returns.
    pub(super) fn keep(&self, message: &Message) -> Result<()> {
        let mut open = self.lock();
        if let Some((since, error)) = &open.blocked
            && since.elapsed() < PAUSE
        {
            return Err(batch::again(error));
        }
        let kept = store(&mut open.sides, message);
        open.blocked = match &kept {
            Err(error @ Error::Target { outcome: Undelivered::Blocked, .. }) => {
                Some((Instant::now(), batch::again(error)))
            }
            _ => None,
        };
        kept
    }

    /// What the target is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn local(target: &Target, account: &str) -> Result<Sides> {
    // The tag marks temporary files of runs whose leftovers a later run may remove; a sender has no such record.
    target.open(Context::new(u64::from(std::process::id()), account))
}

fn store(sides: &mut Sides, message: &Message) -> Result<()> {
    let Sides { stage, commit } = sides;
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
            let copies = Copies::new(target.to_string(), local(&target, "work").unwrap());
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
