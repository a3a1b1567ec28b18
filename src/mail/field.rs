//! Header fields as octets (RFC 5322 section 2.2), in their order and spelling.

use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// Where a line is folded if it can be, line end not counted: RFC 2047 section 2 wants 76 where RFC 5322 section 2.1.1
/// wants 78.
pub(crate) const FOLD_AT: usize = 76;

/// One header field: name, colon, body and line end, folds included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    raw: Vec<u8>,
}

impl Field {
    /// A field of this name and body. The body may be folded already (CRLF and white space); lines that are too long are
    /// folded at white space. White space around the body does not count.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name that is none, and for a body with a control character, a line end that is not a
    /// fold, or a fold of white space only.
    pub fn new(name: &str, body: &[u8]) -> Result<Self> {
        if name.is_empty() || !name.bytes().all(is_name_octet) {
            let name = sanitize_capped(name.as_bytes(), 60);
            return Err(Error::InvalidInput(format!("\"{name}\" cannot be the name of a header field")));
        }
        let body = body.trim_ascii();
        check_body(name, body)?;
        let mut raw = Vec::with_capacity(name.len() + body.len() + 8);
        raw.extend_from_slice(name.as_bytes());
        raw.extend_from_slice(if body.is_empty() { b":" } else { b": " });
        raw.extend_from_slice(body);
        raw.extend_from_slice(b"\r\n");
        let mut field = Self { raw };
        field.fold(FOLD_AT);
        Ok(field)
    }

    /// A field as it stands: `raw` begins with a name and a colon, and ends with its only CRLF that is not a fold.
    pub(crate) fn from_raw(raw: Vec<u8>) -> Self {
        Self { raw }
    }

    /// The whole field, CRLF at the end.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The name as spelled, without the white space that obsolete syntax allows before the colon.
    pub fn name(&self) -> &[u8] {
        self.split().0.trim_ascii_end()
    }

    /// Whether this is a field of that name, in any case and with or without white space before the colon.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// What stands behind the colon, folds included, without the line end.
    pub fn body(&self) -> &[u8] {
        self.split().1
    }

    /// The body on one line, without the white space around it (RFC 5322 section 2.2.3).
    pub fn unfolded(&self) -> Vec<u8> {
        unfold(self.body()).trim_ascii().to_vec()
    }

    /// Whether any octet is not ASCII.
    pub fn is_eight_bit(&self) -> bool {
        !self.raw.is_ascii()
    }

    /// The length of the longest line, line end not counted.
    pub(crate) fn longest_line(&self) -> usize {
        lines(&self.raw).map(<[u8]>::len).max().unwrap_or_default()
    }

    /// Another body for the same name; the body is taken as it is.
    pub(crate) fn with_body(&self, body: &[u8]) -> Self {
        let mut raw = self.raw.get(..=self.colon()).unwrap_or_default().to_vec();
        raw.extend_from_slice(body);
        raw.extend_from_slice(b"\r\n");
        Self { raw }
    }

    /// Folds lines longer than `limit` at white space where that leaves no line of white space only.
    pub(crate) fn fold(&mut self, limit: usize) {
        if self.longest_line() <= limit {
            return;
        }
        let mut folded = Vec::with_capacity(self.raw.len() + self.raw.len() / 32);
        // The name stays with the first word of the body.
        let mut glued = self.colon() + 1;
        for line in lines(&self.raw) {
            let mut rest = line;
            while rest.len() > limit {
                let Some(at) = fold_point(rest, glued, FOLD_AT) else { break };
                let (head, tail) = rest.split_at(at);
                folded.extend_from_slice(head);
                folded.extend_from_slice(b"\r\n");
                rest = tail;
                glued = 0;
            }
            folded.extend_from_slice(rest);
            folded.extend_from_slice(b"\r\n");
            glued = 0;
        }
        self.raw = folded;
    }

    fn colon(&self) -> usize {
        memchr::memchr(b':', &self.raw).unwrap_or_default()
    }

    fn split(&self) -> (&[u8], &[u8]) {
        let (name, rest) = self.raw.split_at(self.colon());
        let body = rest.get(1..).unwrap_or_default();
        (name, body.strip_suffix(b"\r\n").unwrap_or(body))
    }
}

/// Header fields in their order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Header {
    fields: Vec<Field>,
}

impl Header {
    /// The fields of a header block with CRLF or LF line ends, up to an empty line or to the first line that is neither a
    /// field nor the continuation of one.
    pub fn parse(block: &[u8]) -> Self {
        let mut header = Self::default();
        for line in lines(block) {
            if line.is_empty() || !header.take_line(line) {
                break;
            }
        }
        header
    }

    /// The first field of that name.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a Field> {
        self.all(name).next()
    }

    /// Every field of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// Every field, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Every field, to be changed in place.
    pub(crate) fn fields_mut(&mut self) -> &mut [Field] {
        &mut self.fields
    }

    /// Whether there is a field of that name.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Removes every field of that name; says how many there were.
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.fields.len();
        self.fields.retain(|field| !field.is(name));
        before - self.fields.len()
    }

    /// Puts a field in front of all others.
    pub fn prepend(&mut self, field: Field) {
        self.fields.insert(0, field);
    }

    /// Puts a field behind all others.
    pub fn append(&mut self, field: Field) {
        self.fields.push(field);
    }

    /// Makes this the only field of its name, in the place of the first, or else behind all others.
    pub fn set(&mut self, field: Field) {
        let name = field.name().to_vec();
        let place = self.fields.iter().position(|old| old.name().eq_ignore_ascii_case(&name));
        self.fields.retain(|old| !old.name().eq_ignore_ascii_case(&name));
        self.fields.insert(place.unwrap_or(self.fields.len()), field);
    }

    /// The length of the block, without the empty line that ends it.
    pub fn size(&self) -> u64 {
        self.fields.iter().fold(0, |size, field| size.saturating_add(field.raw.len() as u64))
    }

    /// The block, without the empty line that ends it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.fields.iter().flat_map(|field| field.raw.iter().copied()).collect()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes the next line of a block, without its line end; `false` if it is neither a field nor a continuation.
    pub(crate) fn take_line(&mut self, line: &[u8]) -> bool {
        match self.fields.last_mut() {
            Some(last) if is_continuation(line) => last.raw.extend_from_slice(line),
            _ if is_field(line) => self.fields.push(Field::from_raw(line.to_vec())),
            _ => return false,
        }
        self.more(b"\r\n");
        true
    }

    /// Adds octets to the last field.
    pub(crate) fn more(&mut self, bytes: &[u8]) {
        if let Some(last) = self.fields.last_mut() {
            last.raw.extend_from_slice(bytes);
        }
    }
}

/// Whether a line continues the field before it.
pub(crate) fn is_continuation(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// Whether a line begins a field: a name, white space (RFC 5322 section 4.5), a colon.
pub(crate) fn is_field(line: &[u8]) -> bool {
    let Some(at) = line.iter().position(|octet| !is_name_octet(*octet)) else { return false };
    let rest = line.get(at..).unwrap_or_default();
    at > 0 && rest.iter().find(|octet| !matches!(octet, b' ' | b'\t')) == Some(&b':')
}

/// Without the line ends of folds.
pub(crate) fn unfold(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        out.extend_from_slice(line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).unwrap_or(line));
    }
    out
}

fn is_name_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b':'
}

/// The lines of a text without their line ends; no empty one behind the last line end.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Where to break a line: at the last white space that leaves no more than `most` octets, else at the first.
fn fold_point(line: &[u8], from: usize, most: usize) -> Option<usize> {
    // Something must stand on both sides.
    let start = line.get(from..)?.iter().position(|octet| !is_blank(*octet))? + from;
    let end = line.iter().rposition(|octet| !is_blank(*octet))?;
    let is_point = |at: &usize| {
        line.get(*at).is_some_and(|octet| is_blank(*octet))
            && at.checked_sub(1).and_then(|before| line.get(before)).is_some_and(|octet| !is_blank(*octet))
    };
    let near = most.min(end);
    (start..=near).rev().find(is_point).or_else(|| (near..end).find(is_point))
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

fn check_body(name: &str, body: &[u8]) -> Result<()> {
    let wrong = |what: &str| Err(Error::InvalidInput(format!("the text for the header field {name} {what}")));
    let mut rest = body.split(|octet| *octet == b'\n').peekable();
    while let Some(line) = rest.next() {
        let text = match rest.peek() {
            // A line end is a fold, and no line is only white space: some readers would end the header there.
            Some(next) => match line.strip_suffix(b"\r") {
                Some(text) if is_continuation(next) && !next.trim_ascii().is_empty() => text,
                _ => return wrong("has a line end in it"),
            },
            None => line,
        };
        if text.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
            return wrong("has a control character in it");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes())
    }

    #[test]
    fn fields_are_found_in_every_spelling() {
        let header = header("To: a\r\nbCC :\tb\r\n c\r\nSubject:x\r\nBcc\t : d\r\n\r\nBcc: body\r\n");
        let bodies: Vec<_> = header.all("Bcc").map(Field::unfolded).collect();
        assert_eq!(bodies, [b"b c".to_vec(), b"d".to_vec()]);
        assert_eq!(header.get("subject").map(Field::body), Some(&b"x"[..]));
        assert_eq!(header.get("Bcc").map(Field::name), Some(&b"bCC"[..]));
        assert!(!header.has("Bc") && !header.has("Cc"));
    }

    #[test]
    fn a_header_block_comes_out_as_it_went_in() {
        let text = b"A:1\r\nb : 2\r\n\t3\r\n \r\n x\r\nC:\r\n";
        let mut header = Header::parse(text);
        assert_eq!(header.to_bytes(), text);
        assert_eq!(header.size(), text.len() as u64);
        assert_eq!(header.fields().len(), 3);
        header.set(Field::new("B", b"4").unwrap());
        header.set(Field::new("D", b"5").unwrap());
        header.prepend(Field::new("Z", b"").unwrap());
        assert_eq!(header.to_bytes(), b"Z:\r\nA:1\r\nB: 4\r\nC:\r\nD: 5\r\n");
        assert_eq!(header.remove("a"), 1);
    }

    #[test]
    fn what_is_no_field_ends_the_block() {
        for text in ["no colon", "two words: x", ": x", "Ä: x", "a\0: x", "", " A: x"] {
            assert!(header(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_argument_makes_one_field_or_none() {
        for (name, body) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("ä", "x"),
            ("a\r\nb", "x"),
            ("a", "x\r\ny: z"),
            ("a", "x\ny"),
            ("a", "x\n y"),
            ("a", "x\ry"),
            ("a", "x\r\n \r\n y"),
            ("a", "x\0"),
            ("a", "\u{1b}[m"),
            ("a", "x\r\n\r\n y"),
        ] {
            let refused = Field::new(name, body.as_bytes());
            assert!(matches!(refused, Err(Error::InvalidInput(_))), "{name:?} {body:?}: {refused:?}");
        }
        assert_eq!(Field::new("a", b" x\r\n\ty \r\n").unwrap().raw(), b"a: x\r\n\ty\r\n");
    }

    #[test]
    fn long_lines_are_folded_at_white_space() {
        let words = "word ".repeat(40);
        let field = Field::new("Subject", words.as_bytes()).unwrap();
        assert!(field.longest_line() <= FOLD_AT);
        assert_eq!(field.unfolded(), words.trim_end().as_bytes());

        let solid = "x".repeat(200);
        assert_eq!(Field::new("A", solid.as_bytes()).unwrap().raw(), format!("A: {solid}\r\n").as_bytes());
        let two = Field::new("A", format!("{solid} {solid}").as_bytes()).unwrap();
        assert_eq!(two.raw(), format!("A: {solid}\r\n {solid}\r\n").as_bytes());
    }

    proptest! {
        #[test]
        fn folding_adds_only_folds(body in "[ -~]{0,400}", limit in 78usize..120) {
            let mut field = Field::from_raw(format!("Name: {body}\r\n").into_bytes());
            let before = unfold(field.raw());
            field.fold(limit);
            prop_assert_eq!(unfold(field.raw()), before);
            for line in lines(field.raw()).skip(1) {
                prop_assert!(is_continuation(line) && !line.trim_ascii().is_empty());
            }
            prop_assert_eq!(Header::parse(field.raw()).to_bytes(), field.raw());
        }

        #[test]
        fn an_accepted_body_stays_in_its_field(name in "[!-~]{1,8}", body in prop::collection::vec(any::<u8>(), 0..120)) {
            if let Ok(field) = Field::new(&name, &body) {
                let header = Header::parse(field.raw());
                prop_assert_eq!(header.fields(), &[field]);
            }
        }

        #[test]
        fn parsing_loses_nothing(text in "([A-Za-z:\t ]{0,6}\r?\n){0,8}") {
            let header = Header::parse(text.as_bytes());
            let whole: Vec<u8> = lines(text.as_bytes()).flat_map(|line| [line, b"\r\n"].concat()).collect();
            prop_assert!(whole.starts_with(&header.to_bytes()));
        }
    }
}
