//! Where the parts of a message begin and end (RFC 2046 section 5.1, RFC 2045 section 2), found while its body is read
//! once, with bounded memory.

use std::io::{self, Read};
use std::ops::Range;

use super::body::{Body, Survey, Traits};
use super::field::{Header, is_continuation, is_field};
use super::lines::Lines;
use super::media_type::MediaType;
use crate::error::{Error, Result};

/// The most parts, the deepest nesting and the largest headers of parts, in octets together, that are looked at.
const PARTS: usize = 10_000;
const DEPTH: usize = 100;
const HEADERS: u64 = 8 * 1024 * 1024;

/// A part of a message; the first is the message itself.
#[derive(Debug)]
pub(crate) struct Part {
    /// The part it stands in.
    pub(crate) parent: Option<usize>,
    pub(crate) header: Header,
    /// Where the header stands in what was read, with the empty line behind it; nowhere for one that was read before.
    pub(crate) header_place: Option<Range<u64>>,
    /// Whether an empty line ends the header.
    pub(crate) has_blank: bool,
    /// The line its header begins at.
    pub(crate) line: u64,
    pub(crate) media: MediaType,
    pub(crate) nature: Nature,
    /// Whether it is a message, not a part of a multipart.
    pub(crate) is_message: bool,
    /// Where its content stands in the body, without the line end that belongs to the delimiter behind it.
    pub(crate) content: Range<u64>,
    /// What a leaf's content is like.
    pub(crate) traits: Traits,
    /// Octets of a leaf's content that quoted-printable escapes.
    pub(crate) escaped: u64,
    /// What vouches for the octets of this part, if something does.
    pub(crate) seal: Option<&'static str>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Nature {
    /// Content.
    Leaf,
    /// Parts between delimiters.
    Multipart,
    /// Another message.
    Message,
}

/// Text before the first or behind the last part of a multipart, which no reader shows.
#[derive(Debug)]
pub(crate) struct Glue {
    pub(crate) place: Range<u64>,
    pub(crate) traits: Traits,
    /// There is no part: what is written as a multipart is none.
    pub(crate) is_all: bool,
    pub(crate) seal: Option<&'static str>,
}

/// What a message is made of, in the order it stands there.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    pub(crate) parts: Vec<Part>,
    pub(crate) glue: Vec<Glue>,
}

impl Structure {
    /// Reads the body of a message with this header.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for more parts, deeper ones or larger headers than any honest message has.
    pub(crate) fn of(header: &Header, body: &Body) -> Result<Self> {
        let mut scan = Scan::new(body.first_line());
        scan.begin_part(header.clone(), true, 0)?;
        scan.read(&mut body.open(0))
    }

    /// Reads a whole message with its header; places count from its beginning. Its lines may end with CRLF or LF.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(crate) fn of_message(message: &mut dyn Read) -> Result<Self> {
        let mut scan = Scan::new(1);
        scan.state = State::Header(scan.heading(0, true));
        scan.read(message)
    }
}

struct Scan {
    found: Structure,
    /// Parts whose end has not come, each inside the one before.
    live: Vec<usize>,
    /// Multiparts among them with their boundaries.
    open: Vec<(usize, Vec<u8>)>,
    state: State,
    survey: Survey,
    /// Where the current line begins, and the octet after what was read.
    line_start: u64,
    at: u64,
    /// The length of the line end before the current line, and of its own.
    line_ends: (u64, u64),
    last_octet: Option<u8>,
    headers: u64,
}

/// Counts what is read.
struct Counted<'a> {
    input: &'a mut dyn Read,
    size: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.size = self.size.saturating_add(count as u64);
        Ok(count)
    }
}

enum State {
    /// In the header of a part.
    Header(Heading),
    /// In the content of the last live part.
    Leaf,
    /// In text that belongs to a multipart, from there on.
    Glue { start: u64, is_preamble: bool },
}

/// What is known of a part while its header is read.
#[derive(Default)]
struct Heading {
    header: Header,
    start: u64,
    line: u64,
    is_message: bool,
    /// A line of the header that is still coming.
    unfinished: Vec<u8>,
}

impl Scan {
    fn new(line: u64) -> Self {
        Self {
            found: Structure::default(),
            live: Vec::new(),
            open: Vec::new(),
            state: State::Leaf,
            survey: Survey::at_line(line),
            line_start: 0,
            at: 0,
            line_ends: (0, 0),
            last_octet: None,
            headers: 0,
        }
    }

    fn read(mut self, input: &mut dyn Read) -> Result<Structure> {
        let mut input = Counted { input, size: 0 };
        let mut lines = Lines::new(&mut input);
        while let Some(piece) = lines.next()? {
            self.piece(piece.text, piece.first, piece.last)?;
        }
        self.end_until(None, input.size)?;
        // A last line without its end was counted as if it had one.
        let within = |place: &Range<u64>| place.start.min(input.size)..place.end.min(input.size);
        for part in &mut self.found.parts {
            part.content = within(&part.content);
            part.header_place = part.header_place.as_ref().map(within);
        }
        Ok(self.found)
    }

    fn piece(&mut self, text: &[u8], first: bool, last: bool) -> Result<()> {
        if first {
            self.line_start = self.at;
            self.line_ends.0 = self.line_ends.1;
            self.last_octet = None;
        }
        self.last_octet = text.last().copied().or(self.last_octet);
        self.line_ends.1 = if self.last_octet == Some(b'\r') { 2 } else { 1 };
        self.at = self.at.saturating_add(text.len() as u64).saturating_add(u64::from(last));
        if first
            && last
            && let Some((level, is_close)) = self.delimiter(text)
        {
            self.survey.piece(b"", true);
            return self.cut(level, is_close);
        }
        // A message that begins with text has an empty header, and may be in a part that has none either.
        while matches!(self.state, State::Header(_)) {
            if self.header_piece(text, first, last)? {
                return Ok(());
            }
        }
        let content = self.survey.piece(text, last);
        if matches!(self.state, State::Leaf)
            && let Some(part) = self.live.last().and_then(|part| self.found.parts.get_mut(*part))
        {
            let escaped = content.text.iter().filter(|octet| !matches!(octet, b'\t' | b' '..=b'<' | b'>'..=b'~'));
            part.escaped = part.escaped.saturating_add(escaped.count() as u64).saturating_add(content.crs);
        }
        Ok(())
    }

    /// Takes a line of a part's header; `false` if it belongs to the content.
    fn header_piece(&mut self, text: &[u8], first: bool, last: bool) -> Result<bool> {
        let State::Header(heading) = &mut self.state else { return Ok(false) };
        let line = if last { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
        let is_blank = line.is_empty() && last;
        if first && (is_blank || !is_field(line) && (heading.header.is_empty() || !is_continuation(line))) {
            let heading = std::mem::take(heading);
            let end = if is_blank { self.at } else { self.line_start };
            if is_blank {
                self.survey.piece(b"", true);
            }
            self.end_header(heading, end, is_blank)?;
            return Ok(is_blank);
        }
        self.headers = self.headers.saturating_add(text.len() as u64);
        if self.headers > HEADERS {
            return Err(too_complex());
        }
        heading.unfinished.extend_from_slice(line);
        if last {
            heading.header.take_line(&heading.unfinished);
            heading.unfinished.clear();
            self.survey.piece(b"", true);
        }
        Ok(true)
    }

    fn end_header(&mut self, heading: Heading, end: u64, has_blank: bool) -> Result<()> {
        let Heading { header, start, line, is_message, .. } = heading;
        self.begin_part(header, is_message, end)?;
        if let Some(part) = self.found.parts.last_mut() {
            part.header_place = Some(start..end);
            part.has_blank = has_blank;
            part.line = line;
        }
        Ok(())
    }

    /// Begins the part that this header is of, and what comes first in it.
    fn begin_part(&mut self, header: Header, is_message: bool, content: u64) -> Result<()> {
        if self.found.parts.len() >= PARTS || self.live.len() >= DEPTH {
            return Err(too_complex());
        }
        let parent = self.live.last().and_then(|part| self.found.parts.get(*part));
        let mut media = header.get("Content-Type").map(|field| MediaType::parse(field.body())).unwrap_or_default();
        let in_digest = parent.is_some_and(|parent| parent.media.essence == "multipart/digest");
        if in_digest && !header.has("Content-Type") {
            media.essence = "message/rfc822".into();
        }
        let seal = parent.and_then(|parent| parent.seal.or_else(|| parent.media.seal()));
        let is_plain = is_identity(&transfer_encoding(&header));
        let boundary = media.parameter("boundary").filter(|boundary| !boundary.is_empty()).map(<[u8]>::to_vec);
        let (nature, state) = match (media.main(), media.essence.as_str()) {
            ("multipart", _) if is_plain && boundary.is_some() => {
                (Nature::Multipart, State::Glue { start: content, is_preamble: true })
            }
            (_, "message/rfc822" | "message/global" | "message/news") if is_plain => {
                (Nature::Message, State::Header(self.heading(content, true)))
            }
            _ => (Nature::Leaf, State::Leaf),
        };
        let parent = self.live.last().copied();
        let number = self.found.parts.len();
        if let (Nature::Multipart, Some(boundary)) = (&nature, boundary) {
            self.open.push((number, boundary));
        }
        self.live.push(number);
        self.survey = Survey::at_line(self.survey.line());
        self.state = state;
        self.found.parts.push(Part {
            parent,
            header,
            header_place: None,
            has_blank: true,
            line: self.survey.line(),
            media,
            nature,
            is_message,
            content: content..content,
            traits: Traits::default(),
            escaped: 0,
            seal,
        });
        Ok(())
    }

    /// Which open multipart this line delimits, and whether it closes it.
    fn delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.trim_ascii_end();
        let rest = line.strip_prefix(b"--")?;
        self.open.iter().enumerate().rev().find_map(|(level, (_, boundary))| {
            let boundary = boundary.trim_ascii_end();
            match rest.strip_prefix(boundary)? {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    /// Ends what is inside the multipart at that level, and begins what comes next in it.
    fn cut(&mut self, level: usize, is_close: bool) -> Result<()> {
        let Some((multipart, _)) = self.open.get(level).cloned() else { return Ok(()) };
        self.end_until(Some(multipart), self.line_start)?;
        self.open.truncate(if is_close { level } else { level + 1 });
        self.survey = Survey::at_line(self.survey.line());
        self.state = match is_close {
            true => State::Glue { start: self.at, is_preamble: false },
            false => State::Header(self.heading(self.at, false)),
        };
        Ok(())
    }

    fn heading(&self, start: u64, is_message: bool) -> Heading {
        Heading { start, line: self.survey.line(), is_message, ..Heading::default() }
    }

    /// Ends every live part inside `outer`, at a delimiter's line or at the end of the body.
    fn end_until(&mut self, outer: Option<usize>, at: u64) -> Result<()> {
        if let State::Header(heading) = &mut self.state {
            let heading = std::mem::take(heading);
            self.end_header(heading, at, false)?;
            // Nothing can follow, whatever the header says.
            self.state = State::Leaf;
        }
        // The line end before a delimiter is part of it.
        let end = if outer.is_some() { at.saturating_sub(self.line_ends.0) } else { at };
        match self.state {
            State::Leaf => {
                if let Some(part) = self.live.last().and_then(|part| self.found.parts.get_mut(*part)) {
                    part.traits = self.survey.traits;
                }
            }
            State::Glue { start, is_preamble } => {
                let multipart = self.live.last().and_then(|part| self.found.parts.get(*part));
                let is_own = self.live.last().copied() == outer;
                self.found.glue.push(Glue {
                    place: start.min(at)..at,
                    traits: self.survey.traits,
                    is_all: is_preamble && !is_own,
                    seal: multipart.and_then(|part| part.seal.or_else(|| part.media.seal())),
                });
            }
            State::Header(_) => {}
        }
        while let Some(last) = self.live.last().copied() {
            if Some(last) == outer {
                break;
            }
            if let Some(part) = self.found.parts.get_mut(last) {
                part.content.end = end.max(part.content.start);
            }
            self.live.pop();
        }
        Ok(())
    }
}

/// The `Content-Transfer-Encoding` in lower case; empty if there is none.
pub(crate) fn transfer_encoding(header: &Header) -> String {
    let Some(field) = header.get("Content-Transfer-Encoding") else { return String::new() };
    let mut scanner = super::media_type::Scanner { rest: field.body() };
    String::from_utf8_lossy(&scanner.token()).to_ascii_lowercase()
}

/// Whether content stands there as it is.
pub(crate) fn is_identity(encoding: &str) -> bool {
    matches!(encoding, "" | "7bit" | "8bit" | "binary")
}

fn too_complex() -> Error {
    Error::InvalidInput(format!(
        "the message cannot be taken apart: it has more than {PARTS} parts, parts nested more than {DEPTH} deep, or \
         headers of parts larger than {} MiB",
        HEADERS / (1024 * 1024)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Message, Reading};

    fn of(text: &str) -> (Vec<(Nature, String)>, Vec<String>) {
        let message = Message::read(&mut text.as_bytes(), &Reading::default()).unwrap();
        let structure = Structure::of(&message.header, message.body()).unwrap();
        let mut body = String::new();
        Read::read_to_string(&mut message.body().open(0), &mut body).unwrap();
        let text = |place: &Range<u64>| body[place.start as usize..place.end as usize].to_owned();
        let parts = structure.parts.iter().map(|part| (part.nature.clone(), text(&part.content)));
        (parts.collect(), structure.glue.iter().map(|glue| text(&glue.place)).collect())
    }

    fn leaves(text: &str) -> Vec<String> {
        of(text).0.into_iter().filter(|(nature, _)| *nature == Nature::Leaf).map(|(_, text)| text).collect()
    }

    #[test]
    fn a_message_is_its_own_leaf() {
        assert_eq!(leaves("A: b\n\nx\ny\n"), ["x\r\ny\r\n"]);
        assert_eq!(leaves("A: b\n"), [""]);
    }

    #[test]
    fn parts_end_before_the_delimiter() {
        let text = "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\nA: b\n\none\n\n--b  \n\n--bb\n--b\nC: d\n--b\n\n\n\
                    --b--\nepi\n--b\n";
        let (parts, glue) = of(text);
        let leaves: Vec<_> = parts.iter().skip(1).map(|(_, text)| text.as_str()).collect();
        assert_eq!(leaves, ["one\r\n", "--bb", "", ""]);
        assert_eq!(glue, ["pre\r\n", "epi\r\n--b\r\n"]);
    }

    #[test]
    fn nested_parts_and_messages() {
        let text = "Content-Type: multipart/mixed; boundary=\"o\"\n\n--o\nContent-Type: multipart/alternative;\n boundary=i\n\n\
                    --i\n\na\n--i\n\nb\n--o\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: multipart/mixed; boundary=m\n\
                    \n--m\n\nc\n--m--\n--o--\n";
        let (parts, _) = of(text);
        let natures: Vec<_> = parts.iter().map(|(nature, _)| nature.clone()).collect();
        use Nature::{Leaf, Message, Multipart};
        assert_eq!(natures, [Multipart, Multipart, Leaf, Leaf, Message, Multipart, Leaf]);
        assert_eq!(leaves(text), ["a", "b", "c"]);
        let digest = "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: x\n\na\n--d--\n";
        assert_eq!(leaves(digest), ["a"]);
    }

    #[test]
    fn a_multipart_that_is_none_is_seen_as_such() {
        for (text, is_all) in [
            ("Content-Type: multipart/mixed; boundary=b\n\nä\n", true),
            ("Content-Type: multipart/mixed; boundary=b\n\nä\n--b\n\nx\n", false),
        ] {
            let message = Message::read(&mut text.as_bytes(), &Reading::default()).unwrap();
            let structure = Structure::of(&message.header, message.body()).unwrap();
            assert_eq!(structure.glue.iter().map(|glue| glue.is_all).collect::<Vec<_>>(), [is_all]);
        }
        assert_eq!(leaves("Content-Type: multipart/mixed\n\n--b\n\nx\n"), ["--b\r\n\r\nx\r\n"]);
    }

    #[test]
    fn bombs_are_refused() {
        let refused = |text: String| {
            let message = Message::read(&mut text.as_bytes(), &Reading::default()).unwrap();
            matches!(Structure::of(&message.header, message.body()), Err(Error::InvalidInput(_)))
        };
        let many = "--b\n\n".repeat(20_000);
        assert!(refused(format!("Content-Type: multipart/mixed; boundary=b\n\n{many}")));
        assert!(refused("Content-Type: message/rfc822\n\n".repeat(200)));
        assert!(!refused("Content-Type: message/rfc822\n\n".repeat(20)));
        let large = "x: y\n".repeat(2_000_000);
        assert!(refused(format!("Content-Type: multipart/mixed; boundary=b\n\n--b\n{large}")));
    }
}
