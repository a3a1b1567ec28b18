//! Bytes and patterns as the dialogue files write them.

use memchr::memmem;

/// Bytes with repetitions: `pieces` one after another, each as often as it says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Bytes {
    pub(crate) pieces: Vec<(Vec<u8>, usize)>,
}

impl Bytes {
    /// Reads `\r \n \t \0 \\ \{ \} \xNN` and `{N*unit}`: unit, itself with escapes, N times.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                '{' => {
                    let end = closing(rest).ok_or_else(|| format!("no }} in {text:?}"))?;
                    let (count, unit) = rest[1..end].split_once('*').ok_or_else(|| format!("no * in {text:?}"))?;
                    let count = count.parse().map_err(|_| format!("{count:?} is no number"))?;
                    pieces.push((std::mem::take(&mut plain), 1));
                    pieces.push((unescape(unit)?, count));
                    rest = &rest[end + 1..];
                }
                '\\' => {
                    let length = if rest[1..].starts_with('x') { 4 } else { 2 };
                    let escape = rest.get(..length).ok_or_else(|| format!("cut escape in {text:?}"))?;
                    plain.extend(unescape(escape)?);
                    rest = &rest[length..];
                }
                _ => {
                    plain.extend(c.to_string().bytes());
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        pieces.push((plain, 1));
        pieces.retain(|(unit, _)| !unit.is_empty());
        Ok(Self { pieces })
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|(unit, count)| unit.repeat(*count)).collect()
    }
}

/// A client's line: exact but for `*`, which stands for anything.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern {
    text: String,
    /// What the first word of the line, an IMAP tag, is to be known by.
    tag: Option<String>,
    /// What lies between the stars.
    parts: Vec<Vec<u8>>,
}

impl Pattern {
    /// A line of IMAP: `$NAME`, in capitals, stands for the tag in front of it.
    pub(crate) fn parse_tagged(text: &str) -> Result<Self, String> {
        let Some((name, rest)) = text.strip_prefix('$').and_then(|rest| rest.split_once(' ')) else {
            return Self::parse(text);
        };
        if tag_name(name.as_bytes()) != name.len() || name.is_empty() {
            return Self::parse(text);
        }
        Ok(Self { text: text.to_owned(), tag: Some(name.to_owned()), ..Self::parse(rest)? })
    }

    /// Reads escapes as [`Bytes`] does, and `\*` for a star that is meant.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = vec![Vec::new()];
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                '*' => {
                    parts.push(Vec::new());
                    rest = &rest[1..];
                    continue;
                }
                '\\' if rest[1..].starts_with('x') => 4,
                '\\' => 2,
                _ => c.len_utf8(),
            };
            let piece = rest.get(..length).ok_or_else(|| format!("cut escape in {text:?}"))?;
            parts.last_mut().unwrap().extend(if piece == "\\*" { b"*".to_vec() } else { unescape(piece)? });
            rest = &rest[length..];
        }
        Ok(Self { text: text.to_owned(), tag: None, parts })
    }

    /// The tag of a line that matches, and what it is to be known by.
    pub(crate) fn tag<'a>(&'a self, line: &'a [u8]) -> Option<(&'a str, &'a [u8])> {
        Some((self.tag.as_deref()?, line.split(|octet| *octet == b' ').next()?))
    }

    pub(crate) fn matches(&self, line: &[u8]) -> bool {
        let line = match (&self.tag, line.iter().position(|octet| *octet == b' ')) {
            (None, _) => line,
            (Some(_), Some(end)) if is_tag(&line[..end]) => &line[end + 1..],
            (Some(_), _) => return false,
        };
        let (first, rest) = self.parts.split_first().unwrap();
        let Some(mut line) = line.strip_prefix(first.as_slice()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return line.is_empty() };
        for part in middle {
            match memmem::find(line, part) {
                Some(at) => line = &line[at + part.len()..],
                None => return false,
            }
        }
        line.ends_with(last)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// How many octets the name of a tag has that stands here.
pub(crate) fn tag_name(text: &[u8]) -> usize {
    let length = text.iter().take_while(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit()).count();
    let begins = text.first().is_some_and(u8::is_ascii_uppercase);
    let ends = text.get(length).is_none_or(|octet| !octet.is_ascii_lowercase() && *octet != b'_');
    if begins && ends { length } else { 0 }
}

/// What RFC 3501 calls a tag.
fn is_tag(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|octet| octet.is_ascii_graphic() && !br#"+(){%*"\"#.contains(octet))
}

fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'}' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend(c.to_string().bytes());
            continue;
        }
        match chars.next() {
            Some('r') => out.push(b'\r'),
            Some('n') => out.push(b'\n'),
            Some('t') => out.push(b'\t'),
            Some('0') => out.push(0),
            Some(c @ ('\\' | '{' | '}')) => out.push(c as u8),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                out.push(u8::from_str_radix(&digits, 16).map_err(|_| format!("bad escape in {text:?}"))?);
            }
            other => return Err(format!("unknown escape {other:?} in {text:?}")),
        }
    }
    Ok(out)
}

#[test]
fn escapes_and_repetitions_are_read() {
    assert_eq!(Bytes::parse(r"a\r\n\x00\xffé\{").unwrap().to_vec(), b"a\r\n\0\xff\xc3\xa9{");
    assert_eq!(Bytes::parse(r"<{3*x\n}>").unwrap().to_vec(), b"<x\nx\nx\n>");
    assert!(Bytes::parse(r"\q").is_err());
    assert!(Bytes::parse("{3x}").is_err());
}

#[test]
fn a_star_stands_for_anything() {
    let matches = |pattern: &str, line: &str| Pattern::parse(pattern).unwrap().matches(line.as_bytes());
    assert!(matches("QUIT", "QUIT"));
    assert!(!matches("QUIT", "QUIT "));
    assert!(!matches("QUIT", "xQUIT"));
    assert!(matches("RETR *", "RETR 12"));
    assert!(matches("A*B*C", "AxBBxC"));
    assert!(!matches("A*B*C", "AxC"));
    assert!(matches(r"\*", "*"));
    assert!(!matches(r"\*", "x"));
}

#[test]
fn a_tag_is_caught_and_not_compared() {
    let pattern = Pattern::parse_tagged("$TAG SELECT *").unwrap();
    assert!(
        pattern.matches(b"a1 SELECT INBOX") && !pattern.matches(b"SELECT INBOX") && !pattern.matches(b"* SELECT x")
    );
    assert_eq!(pattern.tag(b"a1 SELECT INBOX"), Some(("TAG", &b"a1"[..])));
    assert!(Pattern::parse_tagged("$Junk x").unwrap().matches(b"$Junk x"));
    assert_eq!([tag_name(b"TAG OK"), tag_name(b"A"), tag_name(b"Junk"), tag_name(b"MDNSent")], [3, 1, 0, 0]);
}
