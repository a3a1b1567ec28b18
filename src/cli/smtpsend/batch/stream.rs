//! What a batch is read from when it is one file: a regular one, or whatever somebody still writes to.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::AsFd as _;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::item::Extent;
use crate::cli::args::Input;
use crate::cli::exit::Failure;
use crate::error::Error;

/// Octets read at a time.
const BUFFER: usize = 64 * 1024;

/// A file or standard input, in lines.
pub(in crate::cli::smtpsend) struct Stream {
    input: BufReader<File>,
    size: u64,
}

impl Stream {
    /// Opens it. Fails with 66 if it is not there.
    pub(in crate::cli::smtpsend) fn open(input: &Input) -> Result<Self, Failure> {
        let file = match input {
            Input::Path(path) => File::open(path).map_err(|error| Failure::no_input(path, &error))?,
            Input::Stdin => {
                let stdin = io::stdin().as_fd().try_clone_to_owned();
                File::from(stdin.map_err(|source| Error::io("cannot read standard input", source))?)
            }
        };
        let about = file.metadata().map_err(|source| Error::io("cannot read the batch", source))?;
        let size = if about.is_file() { about.len() } else { 0 };
        Ok(Self { input: BufReader::with_capacity(BUFFER, file), size })
    }

    /// Appends the rest of the line with its end, or as much of it as is allowed; `false` at the end.
    pub(in crate::cli::smtpsend) fn line(&mut self, most: u64, out: &mut Vec<u8>) -> Result<bool, Failure> {
        let read = (&mut self.input).take(most).read_until(b'\n', out);
        Ok(read.map_err(|source| Error::io("cannot read the batch", source))? > 0)
    }

    /// Whether there is something to read, or nothing will come any more.
    pub(in crate::cli::smtpsend) fn is_ready(&self) -> bool {
        if !self.input.buffer().is_empty() {
            return true;
        }
        let file = self.input.get_ref();
        let mut polled = [PollFd::new(file, PollFlags::IN)];
        // What cannot be polled is read.
        poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).map_or(true, |ready| ready > 0)
    }

    /// Its size, where it has one.
    pub(in crate::cli::smtpsend) fn extent(&self) -> Extent {
        Extent { messages: 0, octets: self.size }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }
}

#[cfg(test)]
impl Stream {
    pub(in crate::cli::smtpsend) fn of(text: &[u8]) -> Self {
        use std::io::{Seek as _, Write as _};

        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file.rewind().unwrap();
        Self { input: BufReader::with_capacity(7, file), size: text.len() as u64 }
    }
}
