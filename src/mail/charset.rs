//! MIME charsets as UTF-8, for people to read (RFC 2045 section 6, RFC 2978).
//!
//! Nothing here fails: text in a charset nobody knows is shown as well as it can be, and a [`Doubt`] says so. What
//! comes out may hold control characters; whoever shows it makes it safe.

use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16LE, WINDOWS_1252};

use crate::text::sanitize_capped;

/// How the octets of a text are to be read.
#[derive(Clone, Debug)]
pub struct Charset(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Known(&'static Encoding),
    /// US-ASCII by its name, or without a name: what is beyond ASCII is guessed.
    Ascii,
    /// The name as it may be shown; guessed as well.
    Unknown(String),
}

/// Why a text may differ from what was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Doubt {
    /// The charset is unknown (its name, fit to be shown): the text was read as UTF-8, or else as Windows-1252.
    UnknownCharset(String),
    /// There was text beyond ASCII and no word about its charset; it is not UTF-8 and was read as Windows-1252.
    Guessed,
    /// Octets that mean nothing in the charset, whose name this is; they were replaced by U+FFFD.
    Malformed(&'static str),
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownCharset(name) => write!(f, "the charset \"{name}\" is unknown: its characters are guessed"),
            Self::Guessed => f.write_str("no charset is named: characters beyond ASCII are guessed"),
            Self::Malformed(name) => write!(f, "some octets are not valid {name}"),
        }
    }
}

impl Charset {
    /// The charset of that name, in any case, with or without quotes; without a name, or for US-ASCII, what is beyond
    /// ASCII is taken for UTF-8 as long as it is that, and from there on for Windows-1252.
    ///
    /// UTF-7 is not read, so that nothing hides in it; its ASCII stands for itself.
    pub fn named(label: &[u8]) -> Self {
        let label = label.trim_ascii();
        let label = label.strip_prefix(b"\"").and_then(|label| label.strip_suffix(b"\"")).unwrap_or(label).trim_ascii();
        let lower = label.to_ascii_lowercase();
        if NO_CHARSET.contains(&lower.as_slice()) {
            return Self(Kind::Ascii);
        }
        // Quirk: code pages under names that browsers do not know, and mail programs send.
        let known: &[u8] = match lower.as_slice() {
            b"cp932" | b"ms932" | b"windows-932" => b"shift_jis",
            b"cp936" | b"ms936" | b"windows-936" => b"gbk",
            b"cp949" | b"ms949" | b"uhc" => b"euc-kr",
            b"cp950" | b"ms950" | b"windows-950" => b"big5",
            b"8859-1" | b"iso8859_1" | b"latin-1" | b"iso-latin-1" => b"latin1",
            b"x-roman8" | b"x-macroman" => b"macintosh",
            b"utf_8" | b"utf-8-sig" | b"utf8mb4" => b"utf-8",
            other => other,
        };
        // Encodings in which ASCII hides something else (HZ, ISO-2022-KR) are as unknown as in browsers.
        match Encoding::for_label_no_replacement(known) {
            Some(encoding) => Self(Kind::Known(encoding)),
            None => Self(Kind::Unknown(sanitize_capped(label, 40))),
        }
    }

    /// The charset of an HTML document whose header names none: what its first 1024 octets say (`<meta charset=…>`),
    /// if they say anything that is known.
    pub fn of_html(beginning: &[u8]) -> Option<Self> {
        let head = beginning.get(..1024).unwrap_or(beginning).to_ascii_lowercase();
        let at = memchr::memmem::find(&head, b"charset")?;
        let rest = head.get(at + b"charset".len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        let is_end = |octet: &u8| !octet.is_ascii_alphanumeric() && !b"-_:.".contains(octet);
        let label = rest.get(..rest.iter().position(is_end)?).filter(|label| !label.is_empty())?;
        let Self(kind) = Self::named(label);
        // A document that was read this far is no UTF-16.
        match kind {
            Kind::Known(encoding) if !encoding.is_ascii_compatible() && encoding.output_encoding() == UTF_8 => {
                Some(Self(Kind::Known(UTF_8)))
            }
            Kind::Unknown(_) => None,
            kind => Some(Self(kind)),
        }
    }

    /// What decodes a stream in this charset. A byte order mark at its beginning is no text.
    pub fn decoder(&self) -> Decoder {
        match &self.0 {
            // Quirk: UTF-16 without a byte order is big-endian by RFC 2781 and little-endian in practice; a mark decides.
            Kind::Known(encoding) if *encoding == UTF_16LE => Decoder::known(encoding, encoding.new_decoder()),
            Kind::Known(encoding) => Decoder::known(encoding, encoding.new_decoder_with_bom_removal()),
            Kind::Ascii => Decoder { stage: Stage::Guess { held: Vec::new() }, name: None, flawed: false },
            Kind::Unknown(name) => {
                Decoder { stage: Stage::Guess { held: Vec::new() }, name: Some(name.clone()), flawed: false }
            }
        }
    }
}

/// Names that say as little as none.
const NO_CHARSET: [&[u8]; 15] = [
    b"",
    b"us-ascii",
    b"ascii",
    b"us",
    b"usascii",
    b"us_ascii",
    b"ansi_x3.4-1968",
    b"ansi_x3.4-1986",
    b"iso646-us",
    b"iso_646.irv:1991",
    b"unknown-8bit",
    b"x-unknown",
    b"unknown",
    b"default",
    b"_iso-2022-jp$esc",
];

/// A text as a whole.
pub fn decode(label: &[u8], octets: &[u8]) -> (String, Option<Doubt>) {
    let mut text = String::new();
    let mut decoder = Charset::named(label).decoder();
    decoder.push(octets, &mut text);
    let doubt = decoder.finish(&mut text);
    (text, doubt)
}

/// Decodes a stream, piece by piece and with bounded memory.
pub struct Decoder {
    stage: Stage,
    /// Of an unknown charset.
    name: Option<String>,
    /// Something was replaced or guessed.
    flawed: bool,
}

enum Stage {
    Known {
        encoding: &'static Encoding,
        decoder: Box<encoding_rs::Decoder>,
    },
    /// All was UTF-8 so far; what may become a character is held back.
    Guess {
        held: Vec<u8>,
    },
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &self.stage {
            Stage::Known { encoding, .. } => encoding.name(),
            Stage::Guess { .. } => "guess",
        };
        f.debug_struct("Decoder").field("charset", &name).finish_non_exhaustive()
    }
}

impl Decoder {
    fn known(encoding: &'static Encoding, decoder: encoding_rs::Decoder) -> Self {
        Self { stage: Stage::Known { encoding, decoder: Box::new(decoder) }, name: None, flawed: false }
    }

    /// Adds the text of the next octets; some may be held back.
    pub fn push(&mut self, octets: &[u8], text: &mut String) {
        match &mut self.stage {
            Stage::Known { decoder, .. } => self.flawed |= pushed(decoder, octets, text, false),
            Stage::Guess { held } if held.is_empty() => self.guess(octets, text),
            Stage::Guess { held } => {
                let mut whole = std::mem::take(held);
                whole.extend_from_slice(octets);
                self.guess(&whole, text);
            }
        }
    }

    /// Adds what was held back, and says what is doubtful about all that was added.
    pub fn finish(mut self, text: &mut String) -> Option<Doubt> {
        if let Stage::Guess { held } = &mut self.stage
            && !held.is_empty()
        {
            let held = std::mem::take(held);
            self.surrender(&held, text);
        }
        if let Stage::Known { decoder, .. } = &mut self.stage {
            self.flawed |= pushed(decoder, b"", text, true);
        }
        match (self.name, self.stage) {
            (Some(name), _) => Some(Doubt::UnknownCharset(name)),
            (None, Stage::Known { encoding, .. }) if self.flawed && encoding == WINDOWS_1252 => Some(Doubt::Guessed),
            (None, Stage::Known { encoding, .. }) if self.flawed => Some(Doubt::Malformed(encoding.name())),
            (None, _) => None,
        }
    }

    fn guess(&mut self, octets: &[u8], text: &mut String) {
        match std::str::from_utf8(octets) {
            Ok(valid) => text.push_str(valid),
            Err(error) => {
                let (valid, rest) = octets.split_at_checked(error.valid_up_to()).unwrap_or((octets, b""));
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                match (error.error_len(), &mut self.stage) {
                    (None, Stage::Guess { held }) => *held = rest.to_vec(),
                    _ => self.surrender(rest, text),
                }
            }
        }
    }

    /// From here on it is not UTF-8.
    fn surrender(&mut self, rest: &[u8], text: &mut String) {
        let decoder = WINDOWS_1252.new_decoder_without_bom_handling();
        self.stage = Stage::Known { encoding: WINDOWS_1252, decoder: Box::new(decoder) };
        self.flawed = true;
        self.push(rest, text);
    }
}

/// Decodes a piece; says whether something had to be replaced.
fn pushed(decoder: &mut encoding_rs::Decoder, mut octets: &[u8], text: &mut String, last: bool) -> bool {
    let mut replaced = false;
    loop {
        text.reserve(decoder.max_utf8_buffer_length(octets.len()).unwrap_or(octets.len()).max(16));
        let (result, read, flawed) = decoder.decode_to_string(octets, text, last);
        replaced |= flawed;
        octets = octets.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return replaced;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(label: &[u8], octets: &[u8], piece: usize) -> (String, Option<Doubt>) {
        let mut text = String::new();
        let mut decoder = Charset::named(label).decoder();
        octets.chunks(piece).for_each(|octets| decoder.push(octets, &mut text));
        let doubt = decoder.finish(&mut text);
        (text, doubt)
    }

    #[test]
    fn charsets_by_their_names() {
        let read = |label: &str, octets: &[u8]| match in_pieces(label.as_bytes(), octets, 1) {
            (text, None) => text,
            (text, Some(doubt)) => panic!("{text:?}: {doubt}"),
        };
        assert_eq!(read("UTF-8", "Grüße".as_bytes()), "Grüße");
        assert_eq!(read("\"iso-8859-1\"", b"Gr\xfc\xdfe"), "Grüße");
        assert_eq!(read(" ISO-8859-15 ", b"\xa4"), "€");
        assert_eq!(read("koi8-r", b"\xcd\xc9\xd2"), "мир");
        assert_eq!(read("iso-2022-jp", b"\x1b$BF|K\\\x1b(B!"), "日本!");
        assert_eq!(read("cp932", b"\x93\xfa\x96{"), "日本");
        assert_eq!(read("gb2312", b"\xc4\xe3"), "你");
        assert_eq!(read("utf-16", b"\xfe\xff\x00h\x00i"), "hi");
        assert_eq!(read("utf-16", b"h\x00i\x00"), "hi");
        assert_eq!(read("utf-8", b"\xef\xbb\xbfx"), "x");
        assert_eq!(read("us-ascii", "日本".as_bytes()), "日本");
    }

    #[test]
    fn what_is_doubtful_is_said() {
        let unknown = |name: &str| Some(Doubt::UnknownCharset(name.into()));
        assert_eq!(decode(b"utf-7", b"a +AGE-"), ("a +AGE-".into(), unknown("utf-7")));
        assert_eq!(decode(b"iso-2022-kr", b"a"), ("a".into(), unknown("iso-2022-kr")));
        assert_eq!(decode(b"x-\x1b[1m", b"\xe4"), ("ä".into(), unknown("x-^[[1m")));
        assert_eq!(decode(b"", b"\xc3\xa4 \xe4 \xc3\xa4"), ("ä ä Ã¤".into(), Some(Doubt::Guessed)));
        assert_eq!(decode(b"us-ascii", b"caf\xe9"), ("café".into(), Some(Doubt::Guessed)));
        assert_eq!(decode(b"us-ascii", b"caf\xc3"), ("cafÃ".into(), Some(Doubt::Guessed)));
        assert_eq!(decode(b"utf-8", b"caf\xc3"), ("caf\u{fffd}".into(), Some(Doubt::Malformed("UTF-8"))));
    }

    #[test]
    fn html_names_its_charset() {
        let named = |text: &str| {
            Charset::of_html(text.as_bytes()).map(|Charset(kind)| match kind {
                Kind::Known(encoding) => encoding.name(),
                _ => "none",
            })
        };
        assert_eq!(named("<meta charset=koi8-r>"), Some("KOI8-R"));
        assert_eq!(named("<META http-equiv=x content='text/html; Charset = \"iso-8859-2\"'>"), Some("ISO-8859-2"));
        assert_eq!(named("<meta charset='utf-16'>"), Some("UTF-8"));
        assert_eq!(named("<meta charset=klingon>"), None);
        assert_eq!(named("<p>no charset here"), None);
        assert_eq!(named("charset="), None);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'$'), Just(b'B'), Just(0xc3)], 0..80),
            label in prop::sample::select(vec!["", "utf-8", "iso-2022-jp", "gb18030", "utf-16", "big5", "euc-kr", "x-none"]),
            piece in 1usize..9,
        ) {
            let whole = decode(label.as_bytes(), &octets);
            prop_assert_eq!(in_pieces(label.as_bytes(), &octets, piece), whole);
        }

        #[test]
        fn utf_8_comes_back(text in any::<String>(), piece in 1usize..9) {
            prop_assume!(!text.starts_with('\u{feff}'));
            for label in ["utf-8", "us-ascii", "x-none"] {
                prop_assert_eq!(&in_pieces(label.as_bytes(), text.as_bytes(), piece).0, &text);
            }
        }

        #[test]
        fn any_label_is_taken(label in prop::collection::vec(any::<u8>(), 0..30)) {
            decode(&label, b"a\xff");
            Charset::of_html(&[b"charset=", &label[..]].concat());
        }
    }
}
