//! Lines of a file or of standard input, which may come when they come.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::net::Deadline;
use crate::net::wait::{Interest, wait_one};
use crate::text::sanitize;

/// The longest line that is read, in octets.
const MAX_LINE: u64 = 64 * 1024;

/// A source of lines.
#[derive(Debug)]
pub(crate) struct Lines {
    reader: BufReader<File>,
    name: String,
    is_stdin: bool,
}

impl Lines {
    /// Those of standard input.
    pub(crate) fn of_stdin() -> Result<Self> {
        let name = "standard input".to_owned();
        let descriptor = io::stdin().as_fd().try_clone_to_owned();
        let descriptor = descriptor.map_err(|error| Error::io(format!("reading {name}"), error))?;
        Ok(Self { reader: BufReader::new(File::from(descriptor)), name, is_stdin: true })
    }

    /// Those of a file; of standard input if it is `-`.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Self::of_stdin();
        }
        let name = sanitize(path.as_os_str().as_encoded_bytes());
        let file = File::open(path).map_err(|error| Error::io(format!("opening {name}"), error))?;
        Ok(Self { reader: BufReader::new(file), name, is_stdin: false })
    }

    /// Whether they come from standard input, which is then nobody else's.
    pub(crate) fn are_of_stdin(&self) -> bool {
        self.is_stdin
    }

    /// Whether somebody types them.
    pub(crate) fn is_typed(&self) -> bool {
        self.reader.get_ref().is_terminal()
    }

    /// The next line, without its end; `None` at the end of the input.
    ///
    /// Fails on a line that is too long or not UTF-8, and as the deadline says.
    pub(crate) fn next(&mut self, deadline: &Deadline) -> Result<Option<String>> {
        if self.reader.buffer().is_empty() {
            wait_one(self.reader.get_ref(), Interest::Read, deadline)?;
        }
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| Error::io(format!("reading {}", self.name), error))? == 0 {
            return Ok(None);
        }
        if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
            return Err(Error::InvalidInput(format!("a line of {} is too long", self.name)));
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line);
        let text = text.map_err(|_| Error::InvalidInput(format!("a line of {} is not UTF-8", self.name)))?;
        Ok(Some(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;
    use crate::net::Timeouts;

    fn read(content: &[u8]) -> Result<Vec<String>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let mut lines = Lines::of(file.path())?;
        let deadline = Timeouts::default().reply(Phase::Send);
        let mut all = Vec::new();
        while let Some(line) = lines.next(&deadline)? {
            all.push(line);
        }
        Ok(all)
    }

    #[test]
    fn lines_end_as_they_may() {
        assert_eq!(read(b"a\r\n\nb\r\r\nc").unwrap(), ["a", "", "b\r", "c"]);
        assert!(read(b"").unwrap().is_empty());
        assert!(read(b"a\n\xff\n").unwrap_err().to_string().contains("not UTF-8"));
        assert!(read(&[b'x'; MAX_LINE as usize]).unwrap_err().to_string().contains("too long"));
        assert_eq!(read(&[&[b'x'; MAX_LINE as usize - 1][..], b"\n"].concat()).unwrap().len(), 1);
    }
}
