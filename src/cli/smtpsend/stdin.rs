//! Standard input, which a signal interrupts: who types, or a program that never ends, is not waited for then.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::time::Duration;

use crate::error::{Error, Phase, Result};
use crate::net::Timeouts;
use crate::net::wait::{Interest, wait_one};

/// Reads what has come.
#[derive(Debug)]
pub(super) struct Stdin {
    input: File,
    timeouts: Timeouts,
}

impl Stdin {
    /// Standard input, for as long as the run may last.
    pub(super) fn open(timeouts: Timeouts) -> Result<Self> {
        let descriptor = io::stdin().as_fd().try_clone_to_owned();
        let descriptor = descriptor.map_err(|error| Error::io("reading standard input", error))?;
        Ok(Self { input: File::from(descriptor), timeouts })
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let deadline = self.timeouts.deadline(Phase::Data("standard input"), Duration::MAX);
        // Not as "interrupted", which is tried again.
        wait_one(&self.input, Interest::Read, &deadline).map_err(|error| io::Error::other(error.to_string()))?;
        self.input.read(buffer)
    }
}
