//! A message's text behind its header: made canonical while it is written, in memory or in a file without a name.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Octets of a line without its line end (RFC 5322 section 2.1.1).
pub(crate) const LONGEST_LINE: u64 = 998;

/// Octets read or written at a time, and held in memory before there is a file.
pub(super) const CHUNK: usize = 256 * 1024;

/// The text behind a message's header: every LF in it is preceded by a CR, and unless it is empty it ends with both.
#[derive(Clone, Debug)]
pub struct Body {
    place: Place,
    size: u64,
    traits: Traits,
    first_line: u64,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Arc<[u8]>),
    File(Arc<File>),
}

/// What a transport must know of a body. Lines are counted from 1 in the text as it was read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Traits {
    /// The first line that is not ASCII.
    pub(crate) eight_bit: Option<u64>,
    /// What is not ASCII is not UTF-8 either.
    pub(crate) foreign: bool,
    /// The first line with a NUL.
    pub(crate) nul: Option<u64>,
    /// The first line with a CR that is not part of its end.
    pub(crate) bare_cr: Option<u64>,
    /// The first line that is too long.
    pub(crate) long_line: Option<u64>,
}

impl Body {
    /// Its length in octets.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn traits(&self) -> &Traits {
        &self.traits
    }

    /// The number of its first line in the text it was read from.
    pub fn first_line(&self) -> u64 {
        self.first_line
    }

    /// The body from octet `from` on; any number of readers may be open at a time.
    pub fn open(&self, from: u64) -> BodyReader<'_> {
        BodyReader { body: self, at: from }
    }
}

/// Reads a [`Body`].
#[derive(Debug)]
pub struct BodyReader<'a> {
    body: &'a Body,
    at: u64,
}

impl Read for BodyReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.body.place {
            Place::Memory(bytes) => {
                let at = usize::try_from(self.at).unwrap_or(usize::MAX);
                bytes.get(at..).unwrap_or_default().read(buffer)?
            }
            Place::File(file) => file.read_at(buffer, self.at)?,
        };
        if count == 0 && !buffer.is_empty() && self.at < self.body.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

/// Takes text with any line ends and makes a [`Body`] of it.
///
/// LF ends a line, and any number of CRs before it belong to the line end: a program that writes CRLF through a text-mode
/// pipe gives CR CR LF. Every other CR stays, and is noted.
///
/// Up to 256 KiB stay in memory, more in a file without a name in `TMPDIR`.
#[derive(Debug)]
pub struct BodyWriter {
    spool: Spool,
    survey: Survey,
    first_line: u64,
}

impl Default for BodyWriter {
    fn default() -> Self {
        Self::at_line(1)
    }
}

impl BodyWriter {
    /// A body whose first line has that number in the text it is read from.
    pub(crate) fn at_line(first_line: u64) -> Self {
        Self { spool: Spool::default(), survey: Survey::at_line(first_line), first_line }
    }

    /// Takes text in pieces of any size.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if the temporary file cannot be made or written.
    pub fn write(&mut self, text: &[u8]) -> Result<()> {
        let Self { spool, survey, .. } = self;
        survey.write(text, &mut |octets| spool.write(octets))
    }

    /// Takes a line or a part of one, without its LF; `last` if the LF was behind it.
    pub(crate) fn piece(&mut self, text: &[u8], last: bool) -> Result<()> {
        let Self { spool, survey, .. } = self;
        survey.convert(text, last, &mut |octets| spool.write(octets))
    }

    /// Ends the last line if it has no end, and the body.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<Body> {
        let Self { spool, survey, .. } = &mut self;
        survey.finish(&mut |octets| spool.write(octets))?;
        let size = self.spool.size;
        let place = self.spool.finish()?;
        Ok(Body { place, size, traits: self.survey.traits, first_line: self.first_line })
    }
}

/// Looks at text line by line, and tells line ends from content.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) traits: Traits,
    line: u64,
    /// Octets of the current line so far.
    column: u64,
    /// CRs at the end of what came of the current line: part of its end or not, as the next octet will tell.
    held_crs: u64,
    /// The first octets of a character that the last piece cut in two.
    character: Vec<u8>,
}

/// What of a piece is content: CRs held back so far, and text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) crs: u64,
    pub(crate) text: &'a [u8],
}

impl Survey {
    pub(crate) fn at_line(line: u64) -> Self {
        Self { traits: Traits::default(), line, column: 0, held_crs: 0, character: Vec::new() }
    }

    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Takes text in pieces of any size, and gives it to `sink` with CRLF line ends.
    pub(crate) fn write(&mut self, mut text: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while let Some(at) = memchr::memchr(b'\n', text) {
            let (line, rest) = text.split_at(at);
            self.convert(line, true, sink)?;
            text = rest.get(1..).unwrap_or_default();
        }
        if text.is_empty() { Ok(()) } else { self.convert(text, false, sink) }
    }

    /// Gives `sink` the end of a last line that had none.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if self.is_inside_line() { self.convert(b"", true, sink) } else { Ok(()) }
    }

    fn convert(&mut self, text: &[u8], last: bool, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Content { mut crs, text } = self.piece(text, last);
        while crs > 0 {
            let run = [b'\r'; 64];
            let count = crs.min(run.len() as u64);
            sink(run.get(..count as usize).unwrap_or_default())?;
            crs -= count;
        }
        if !text.is_empty() {
            sink(text)?;
        }
        if last { sink(b"\r\n") } else { Ok(()) }
    }

    /// Takes a line or a part of one, without its LF; `last` if the LF was behind it.
    pub(crate) fn piece<'a>(&mut self, text: &'a [u8], last: bool) -> Content<'a> {
        let kept = without_crs(text);
        let mut crs = 0;
        if !kept.is_empty() {
            crs = std::mem::take(&mut self.held_crs);
            if crs > 0 {
                self.traits.bare_cr.get_or_insert(self.line);
                self.column = self.column.saturating_add(crs);
            }
            self.note(kept, last);
            self.column = self.column.saturating_add(kept.len() as u64);
        }
        self.held_crs = self.held_crs.saturating_add((text.len() - kept.len()) as u64);
        if last {
            self.traits.foreign |= !self.character.is_empty();
            self.character.clear();
            (self.held_crs, self.column) = (0, 0);
            self.line = self.line.saturating_add(1);
        }
        Content { crs, text: kept }
    }

    fn is_inside_line(&self) -> bool {
        self.column > 0 || self.held_crs > 0
    }

    fn note(&mut self, text: &[u8], last: bool) {
        let traits = &mut self.traits;
        if self.column.saturating_add(text.len() as u64) > LONGEST_LINE {
            traits.long_line.get_or_insert(self.line);
        }
        if memchr::memchr2(0, b'\r', text).is_some() {
            if traits.nul.is_none() && memchr::memchr(0, text).is_some() {
                traits.nul = Some(self.line);
            }
            if traits.bare_cr.is_none() && memchr::memchr(b'\r', text).is_some() {
                traits.bare_cr = Some(self.line);
            }
        }
        if !traits.foreign && (!text.is_ascii() || !self.character.is_empty()) {
            traits.eight_bit.get_or_insert(self.line);
            if self.character.is_empty() {
                self.check_characters(text, last);
            } else {
                let mut whole = std::mem::take(&mut self.character);
                whole.extend_from_slice(text);
                self.check_characters(&whole, last);
            }
        }
    }

    fn check_characters(&mut self, text: &[u8], last: bool) {
        let Err(error) = std::str::from_utf8(text) else { return };
        if error.error_len().is_some() || last {
            self.traits.foreign = true;
        } else {
            self.character = text.get(error.valid_up_to()..).unwrap_or_default().to_vec();
        }
    }
}

/// Octets in memory until they are many, then in a file without a name in the directory for temporary files.
#[derive(Debug, Default)]
struct Spool {
    buffer: Vec<u8>,
    file: Option<File>,
    size: u64,
}

impl Spool {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.buffer.len().saturating_add(bytes.len()) > CHUNK {
            self.write_out()?;
        }
        self.size = self.size.saturating_add(bytes.len() as u64);
        match &mut self.file {
            Some(file) if bytes.len() >= CHUNK => file.write_all(bytes).map_err(cannot_write),
            _ => {
                self.buffer.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn write_out(&mut self) -> Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => create()?,
        };
        file.write_all(&self.buffer).map_err(cannot_write)?;
        self.buffer.clear();
        self.file = Some(file);
        Ok(())
    }

    fn finish(mut self) -> Result<Place> {
        if self.file.is_some() {
            self.write_out()?;
        }
        match self.file {
            Some(mut file) => {
                file.rewind().map_err(cannot_write)?;
                Ok(Place::File(Arc::new(file)))
            }
            None => Ok(Place::Memory(self.buffer.into())),
        }
    }
}

/// Without the CRs at its end.
pub(crate) fn without_crs(text: &[u8]) -> &[u8] {
    let kept = text.iter().rposition(|octet| *octet != b'\r').map_or(0, |at| at + 1);
    text.get(..kept).unwrap_or_default()
}

fn create() -> Result<File> {
    tempfile::tempfile().map_err(|error| {
        Error::io(format!("cannot create a temporary file in {}", std::env::temp_dir().display()), error)
    })
}

fn cannot_write(error: io::Error) -> Error {
    Error::io("cannot write a temporary file", error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &[u8], sizes: &[usize]) -> Body {
        let mut writer = BodyWriter::default();
        let (mut rest, mut sizes) = (text, sizes.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
            writer.write(piece).unwrap();
            rest = after;
        }
        writer.finish().unwrap()
    }

    fn bytes(body: &Body) -> Vec<u8> {
        let mut bytes = Vec::new();
        body.open(0).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, body.size());
        bytes
    }

    /// The text as lines that LF ends, each without the CRs at its end.
    fn model(text: &[u8]) -> Vec<u8> {
        let text = text.strip_suffix(b"\n").map_or_else(|| text.to_vec(), <[u8]>::to_vec);
        let whole = |line: &[u8]| [without_crs(line), b"\r\n"].concat();
        text.split(|octet| *octet == b'\n').flat_map(whole).collect()
    }

    #[test]
    fn what_a_transport_must_know_is_noted_with_its_line() {
        let noted = |text: &[u8]| *written(text, &[3]).traits();
        assert_eq!(noted(b"a\r\nb\n"), Traits::default());
        assert_eq!(noted(b"a\r\n\r\n\xc3\xa4\n"), Traits { eight_bit: Some(3), ..Traits::default() });
        let foreign = Traits { eight_bit: Some(1), foreign: true, ..Traits::default() };
        assert_eq!(noted(b"\xe4\n\xc3\xa4"), foreign);
        assert_eq!(noted(b"abcd\xc3\n\xa4"), foreign);
        assert_eq!(noted(b"a\n\0\r\n"), Traits { nul: Some(2), ..Traits::default() });
        assert_eq!(noted(b"a\n\n\rb\n"), Traits { bare_cr: Some(3), ..Traits::default() });
        assert_eq!(noted(b"abc\r\r\nb\rc\r"), Traits { bare_cr: Some(2), ..Traits::default() });
        assert_eq!(noted(&[b'x'; 998]), Traits::default());
        assert_eq!(noted(&[b'x'; 999]), Traits { long_line: Some(1), ..Traits::default() });
    }

    #[test]
    fn large_bodies_go_to_a_file() {
        let text: Vec<u8> = std::iter::repeat_n(&b"some line or other\n"[..], 40_000).flatten().copied().collect();
        let body = written(&text, &[70_000, 300_000, 1]);
        assert!(matches!(body.place, Place::File(_)));
        assert_eq!(bytes(&body), model(&text));
        let mut tail = Vec::new();
        body.open(body.size() - 7).read_to_end(&mut tail).unwrap();
        assert_eq!(tail, b"other\r\n");
    }

    #[test]
    fn only_crs_are_one_empty_line() {
        assert_eq!(bytes(&written(&[b'\r'; 1000], &[300])), b"\r\n");
        assert_eq!(bytes(&written(b"", &[1])), b"");
    }

    proptest! {
        #[test]
        fn every_cut_gives_the_same(
            text in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()], 1..80),
            sizes in prop::collection::vec(1usize..9, 1..6),
        ) {
            let body = written(&text, &sizes);
            prop_assert_eq!(bytes(&body), model(&text));
            let whole = written(&text, &[80]);
            prop_assert_eq!(body.traits(), whole.traits());
            prop_assert_eq!(body.traits().foreign, std::str::from_utf8(&text).is_err());
        }
    }
}
