//! Mail on standard output.

use std::io::{self, IsTerminal as _};

use super::streams::{Carries, Flush, Stdout};
use crate::cli::exit::Failure;
use crate::text::sanitize;

/// A line that is longer is made harmless in pieces.
const MAX_LINE: usize = 64 * 1024;

/// Writes mail. Its reader must take all of it: one that has gone is a failure (74).
pub struct Printer {
    stdout: Stdout,
    /// The line that is not complete yet, where lines are made harmless.
    line: Option<Vec<u8>>,
}

impl Printer {
    /// For mail as it is: no octet is changed on its way into files and pipes; a terminal gets no control characters.
    pub fn of_mail() -> Self {
        Self::over(Stdout::new(), io::stdout().is_terminal())
    }

    /// For text that was made from mail, in UTF-8: nobody gets control characters.
    pub fn of_text() -> Self {
        Self::over(Stdout::new(), true)
    }

    fn over(stdout: Stdout, makes_harmless: bool) -> Self {
        Self { stdout, line: makes_harmless.then(Vec::new) }
    }

    /// Writes the next octets, cut anywhere. Fails if standard output takes no more.
    pub fn print(&mut self, octets: &[u8]) -> Result<(), Failure> {
        match &mut self.line {
            None => self.stdout.write(octets, Flush::Later),
            Some(line) => {
                for part in octets.split_inclusive(|octet| *octet == b'\n') {
                    line.extend_from_slice(part);
                    if line.ends_with(b"\n") || line.len() > MAX_LINE {
                        self.stdout.write(harmless(line).as_bytes(), Flush::Later);
                        line.clear();
                    }
                }
            }
        }
        match self.stdout.has_failed() {
            true => self.stdout.finish(Carries::Mail),
            false => Ok(()),
        }
    }

    /// Writes out what is held back. Fails unless all of it was taken.
    pub fn finish(mut self) -> Result<(), Failure> {
        if let Some(line) = self.line.take() {
            self.stdout.write(harmless(&line).as_bytes(), Flush::Later);
        }
        self.stdout.finish(Carries::Mail)
    }
}

/// Tabs and the line's end are the only control characters that are left.
fn harmless(line: &[u8]) -> String {
    let (text, end) = match line.strip_suffix(b"\n") {
        Some(text) => (text.strip_suffix(b"\r").unwrap_or(text), "\n"),
        None => (line, ""),
    };
    let shown: Vec<String> = text.split(|octet| *octet == b'\t').map(sanitize).collect();
    shown.join("\t") + end
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed(pieces: &[&[u8]], makes_harmless: bool) -> Vec<u8> {
        let shared = Shared::default();
        let mut printer = Printer::over(Stdout::over(Box::new(shared.clone())), makes_harmless);
        for piece in pieces {
            printer.print(piece).unwrap();
        }
        printer.finish().unwrap();
        shared.0.lock().unwrap().clone()
    }

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(harmless(b"a\tb\x1b[31m\r\r\n"), "a\tb^[[31m^M\n");
        assert_eq!(harmless(b"no end"), "no end");
        // A character may come in two pieces, and so may a line's end.
        let pieces: [&[u8]; 4] = [b"gr\xc3", b"\xbc\x1b\r", b"\n", b"x\x07"];
        assert_eq!(printed(&pieces, true), "grü^[\nx^G".as_bytes());
        assert_eq!(printed(&pieces, false), pieces.concat());
    }

    #[test]
    fn a_reader_that_has_gone_is_a_failure() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for makes_harmless in [true, false] {
            let mut printer = Printer::over(Stdout::over(Box::new(Gone)), makes_harmless);
            let failed = (0..100).find_map(|_| printer.print(&[b'\n'; 9999]).err());
            assert_eq!(failed.unwrap().exit.code(), 74);
        }
    }
}
