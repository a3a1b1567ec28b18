//! Standard input or a FIFO, which a signal interrupts: who types, or a program that never ends, is not waited for then.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};

use crate::error::{Error, Phase, Result};
use crate::net::Timeouts;
use crate::net::wait::{Interest, wait_one};

/// Reads what has come.
#[derive(Debug)]
pub(crate) struct Piped {
    input: File,
    phase: Phase,
    timeouts: Timeouts,
}

impl Piped {
    /// Standard input, for as long as the run may last.
    pub(crate) fn stdin(timeouts: Timeouts) -> Result<Self> {
        let descriptor = io::stdin().as_fd().try_clone_to_owned();
        let descriptor = descriptor.map_err(|error| Error::io("reading standard input", error))?;
        Ok(Self { input: File::from(descriptor), phase: Phase::Data("standard input"), timeouts })
    }

    /// A FIFO, whether somebody writes to it yet or not, or a terminal.
    pub(crate) fn open(path: &Path, timeouts: Timeouts) -> io::Result<Self> {
        // Else opening it waits for a writer, whatever comes.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let input = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
        Ok(Self { input, phase: Phase::Data("a file"), timeouts })
    }
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let deadline = self.timeouts.deadline(self.phase, Duration::MAX);
            // Not as "interrupted", which is tried again.
            wait_one(&self.input, Interest::Read, &deadline).map_err(io::Error::other)?;
            match self.input.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use super::*;
    use crate::net::Interrupt;

    #[test]
    fn a_fifo_is_read_to_its_end_unless_a_signal_comes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mkfifoat(CWD, &path, Mode::from_raw_mode(0o600)).unwrap();
        let interrupt = Arc::new(Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(Arc::clone(&interrupt)), ..Timeouts::default() };
        // Nobody writes yet.
        let mut piped = Piped::open(&path, timeouts.clone()).unwrap();
        let writer = std::thread::spawn({
            let path = path.clone();
            move || {
                let mut file = File::options().write(true).open(path).unwrap();
                file.write_all(b"Subject: x\n").unwrap();
                std::thread::sleep(Duration::from_millis(20));
                file.write_all(b"\nx\n").unwrap();
            }
        });
        let mut text = String::new();
        piped.read_to_string(&mut text).unwrap();
        assert_eq!(text, "Subject: x\n\nx\n");
        writer.join().unwrap();
        let mut piped = Piped::open(&path, timeouts).unwrap();
        interrupt.trigger(15);
        let error = piped.read(&mut [0; 8]).unwrap_err().downcast::<Error>().unwrap();
        assert!(matches!(error, Error::Interrupted(15)));
    }
}
