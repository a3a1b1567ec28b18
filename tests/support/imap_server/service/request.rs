//! What a client asks: a command with its literals, cut into words.

use std::io;

use super::Link;

/// No literal of a client is longer.
const LARGEST: usize = 128 << 20;

/// A command.
pub(crate) struct Request {
    pub(crate) tag: String,
    /// In capitals, with `UID` in front where it was.
    pub(crate) name: String,
    pub(crate) words: Vec<Word>,
    /// As it came, without the tag; literals as `{n}`.
    pub(crate) line: String,
}

/// One word of a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    /// As it stands; `BODY[HEADER.FIELDS (A B)]<0.5>` is one.
    Atom(Vec<u8>),
    /// Quoted, or a literal.
    Text(Vec<u8>),
    List(Vec<Word>),
}

impl Word {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Atom(text) | Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::List(_) => String::new(),
        }
    }

    /// In capitals.
    pub(crate) fn key(&self) -> String {
        self.text().to_ascii_uppercase()
    }

    pub(crate) fn octets(&self) -> &[u8] {
        match self {
            Self::Atom(octets) | Self::Text(octets) => octets,
            Self::List(_) => b"",
        }
    }

    /// The words of a list; one that is none is a list of itself.
    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(words) => words,
            word => std::slice::from_ref(word),
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }
}

/// The next command; `None` when the client has gone. What the server has said is sent before waiting.
///
/// `refuse` may name why a literal of so many octets is refused.
pub(crate) fn read(
    link: &mut Link,
    refuse: impl Fn(&str, usize) -> Option<String>,
) -> io::Result<Option<Result<Request, (String, String)>>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut shown = String::new();
    loop {
        let Some(line) = link.raw_line()? else { return Ok(None) };
        let Some((length, waits)) = announced(&line) else {
            shown.push_str(&String::from_utf8_lossy(&line));
            pieces.push(Piece::Line(line));
            break;
        };
        let start = line.iter().rposition(|octet| *octet == b'{').unwrap_or_default();
        let start = if start > 0 && line.get(start - 1) == Some(&b'~') { start - 1 } else { start };
        let head = line.get(..start).unwrap_or_default().to_vec();
        shown.push_str(&format!("{}{{{length}}}", String::from_utf8_lossy(&head)));
        let tag = shown.split(' ').next().unwrap_or_default().to_owned();
        if length > LARGEST {
            return Err(io::Error::other("a literal without measure"));
        }
        if let Some(reason) = refuse(&shown, length) {
            if !waits {
                link.octets(length)?;
                link.raw_line()?;
            }
            return Ok(Some(Err((tag, reason))));
        }
        if waits {
            link.say("+ go ahead")?;
        }
        pieces.push(Piece::Line(head));
        pieces.push(Piece::Literal(link.octets(length)?));
    }
    let mut words = Cutter { pieces: &pieces, piece: 0, at: 0 }.words(0).into_iter();
    let tag = words.next().map(|word| word.text()).unwrap_or_default();
    let mut name = words.next().map(|word| word.key()).unwrap_or_default();
    if name == "UID" {
        name = format!("UID {}", words.next().map(|word| word.key()).unwrap_or_default());
    }
    let line = shown.split_once(' ').map_or("", |(_, line)| line).to_owned();
    Ok(Some(Ok(Request { tag, name, words: words.collect(), line })))
}

enum Piece {
    Line(Vec<u8>),
    Literal(Vec<u8>),
}

/// The literal that a line ends in, and whether the client waits for leave to send it.
fn announced(line: &[u8]) -> Option<(usize, bool)> {
    let text = line.strip_suffix(b"}")?;
    let number = text.get(text.iter().rposition(|octet| *octet == b'{')? + 1..)?;
    let (number, waits) = match number.strip_suffix(b"+") {
        Some(number) => (number, false),
        None => (number, true),
    };
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, waits))
}

struct Cutter<'a> {
    pieces: &'a [Piece],
    piece: usize,
    at: usize,
}

impl Cutter<'_> {
    fn words(&mut self, depth: usize) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            match self.peek() {
                None => match self.next_literal() {
                    Some(literal) => words.push(Word::Text(literal)),
                    None => return words,
                },
                Some(b' ') => self.at += 1,
                Some(b')') => {
                    self.at += 1;
                    return words;
                }
                Some(b'(') if depth < 50 => {
                    self.at += 1;
                    words.push(Word::List(self.words(depth + 1)));
                }
                Some(b'"') => {
                    self.at += 1;
                    words.push(Word::Text(self.quoted()));
                }
                Some(_) => words.push(Word::Atom(self.atom())),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        match self.pieces.get(self.piece) {
            Some(Piece::Line(line)) => line.get(self.at).copied(),
            _ => None,
        }
    }

    /// At the end of a line: the literal behind it.
    fn next_literal(&mut self) -> Option<Vec<u8>> {
        let Some(Piece::Literal(literal)) = self.pieces.get(self.piece + 1) else { return None };
        self.piece += 2;
        self.at = 0;
        Some(literal.clone())
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        while let Some(octet) = self.peek() {
            self.at += 1;
            match octet {
                b'"' => break,
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                octet => text.push(octet),
            }
        }
        text
    }

    fn atom(&mut self) -> Vec<u8> {
        let (mut text, mut inside) = (Vec::new(), false);
        while let Some(octet) = self.peek() {
            match octet {
                b'[' => inside = true,
                b']' => inside = false,
                b' ' | b'(' | b')' if !inside => break,
                _ => {}
            }
            text.push(octet);
            self.at += 1;
        }
        text
    }
}

/// The numbers of a set within 1 to `last`, in their order; `*` is `last`.
pub(crate) fn numbers(set: &str, last: u32) -> Option<Vec<(u32, u32)>> {
    let number = |text: &str| match text {
        "*" => Some(last),
        text => text.parse::<u32>().ok().filter(|number| *number > 0),
    };
    let range = |text: &str| match text.split_once(':') {
        None => number(text).map(|number| (number, number)),
        Some((from, to)) => {
            let (from, to) = (number(from)?, number(to)?);
            Some((from.min(to), from.max(to)))
        }
    };
    set.split(',').map(range).collect()
}

/// Numbers as a set, merged where they follow one another.
pub(crate) fn set(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == *number => *to = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let show = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}:{to}") };
    ranges.iter().map(show).collect::<Vec<_>>().join(",")
}
