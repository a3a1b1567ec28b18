//! Option values of smtpsend that are more than a word.

use std::path::PathBuf;
use std::time::Duration;

use super::super::values::{path, word};
use crate::addr_spec::AddrSpec;
use crate::mail::address::{self, Mailbox};

/// Addresses as a header has them. What cannot be in any header is refused here, the rest when they are read.
pub(super) fn addresses(text: &str) -> Result<String, String> {
    word(text)
}

/// Text for a header: no control characters.
pub(super) fn text(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        _ => word(text),
    }
}

/// A domain that can be part of an address.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let domain = text.strip_prefix('@').unwrap_or(text);
    AddrSpec::new("postmaster", Some(domain)).map(|_| domain.to_owned()).map_err(|error| error.to_string())
}

/// `--from`
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Author {
    /// Nobody: `<>`, for messages that must not be answered.
    Null,
    /// An address, with a name or without.
    Mailbox(Mailbox),
}

impl Author {
    /// Parses `ann@example.org`, `Ann <ann@example.org>`, or `<>`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "<>" => Ok(Self::Null),
            _ => {
                let mailbox = address::parse_mailbox(word(text)?.as_bytes());
                mailbox.map(Self::Mailbox).map_err(|error| error.to_string())
            }
        }
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<&AddrSpec> {
        match self {
            Self::Null => None,
            Self::Mailbox(mailbox) => Some(&mailbox.address),
        }
    }
}

/// What is read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or for `--batch` a folder.
    Path(PathBuf),
}

impl Input {
    /// Parses `-` or a path.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "-" => Ok(Self::Stdin),
            _ => path(text).map(Self::Path),
        }
    }
}

/// `--attach`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attachment {
    /// Its content.
    pub input: Input,
    /// Its media type, if it was given.
    pub media_type: Option<String>,
    /// What the recipient is to call it: what was given, or else the file's name.
    pub name: String,
}

impl Attachment {
    /// Parses `FILE`, behind which `;type=…` and `;name=…` may stand; each may be in double quotes.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse_part(text, &["type", "name"]).map(|(attachment, _)| attachment)
    }
}

/// `--inline`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inline {
    /// The file.
    pub attachment: Attachment,
    /// Its Content-ID, without brackets.
    pub cid: String,
}

impl Inline {
    /// Parses `FILE;cid=…`, behind which `;type=…` and `;name=…` may stand as well.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (attachment, cid) = parse_part(text, &["type", "name", "cid"])?;
        match cid {
            Some(cid) => Ok(Self { attachment, cid }),
            None => Err("say by ;cid=ID how the text refers to it".into()),
        }
    }
}

/// `--header`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeaderField {
    /// Its name.
    pub name: String,
    /// Its value, without the blank in front.
    pub value: String,
}

impl HeaderField {
    /// Parses `Name: value` (RFC 5322 section 2.2).
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("the field holds a control character".into());
        }
        let (name, value) = text.split_once(':').ok_or("there is no colon behind the field's name")?;
        let name = name.trim_end();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the field's name must be printable ASCII without blanks".into());
        }
        Ok(Self { name: name.to_owned(), value: value.trim().to_owned() })
    }
}

/// `--rate`: so many messages in a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many.
    pub messages: u32,
    /// In how long.
    pub per: Duration,
}

impl Rate {
    /// Parses `10/s`, `100/m`, `1000/h`, or a number alone, which is per second.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "it must be a number of messages and a time, as in 10/s, 100/m or 1000/h".to_owned();
        let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(wrong()),
        };
        match number.parse::<u32>() {
            Ok(messages @ 1..) if number.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self { messages, per: Duration::from_secs(seconds) })
            }
            _ => Err(wrong()),
        }
    }

    /// The time from the start of one message to that of the next.
    pub fn interval(self) -> Duration {
        self.per / self.messages.max(1)
    }
}

/// A file with the values of these keys behind it, and the Content-ID among them.
fn parse_part(text: &str, keys: &[&str]) -> Result<(Attachment, Option<String>), String> {
    let (file, mut rest) = piece(text)?;
    let input = Input::parse(&file)?;
    let (mut media_type, mut name, mut cid) = (None, None, None);
    while !rest.is_empty() {
        let after = rest.strip_prefix(';').unwrap_or(rest);
        let (key, value) = after.split_once('=').ok_or_else(|| unknown(keys))?;
        let (value, behind) = piece(value)?;
        rest = behind;
        let value = word(&value).map_err(|complaint| format!("{complaint}, behind {}=", key.escape_default()))?;
        let place = match key.trim() {
            key if !keys.contains(&key) => return Err(unknown(keys)),
            "type" if is_media_type(&value) => &mut media_type,
            "type" => return Err("the type must be a media type such as text/csv".into()),
            "name" => &mut name,
            _ if value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>')) => &mut cid,
            _ => return Err("the cid must be ASCII without blanks and brackets".into()),
        };
        if place.replace(value).is_some() {
            return Err(format!("{} is given twice", key.trim()));
        }
    }
    let name = match (name, &input) {
        (Some(name), _) => name,
        (None, Input::Path(path)) => {
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        }
        (None, Input::Stdin) => return Err("what comes from standard input needs ;name=NAME".into()),
    };
    Ok((Attachment { input, media_type, name }, cid))
}

/// The text up to a semicolon with a key behind it, or in double quotes, and what follows it.
fn piece(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.match_indices(';').map(|(at, _)| at).find(|at| is_key(text.get(at + 1..).unwrap_or_default()));
        let (piece, rest) = text.split_at(end.unwrap_or(text.len()));
        return Ok((piece.to_owned(), rest));
    };
    let (piece, rest) = quoted.split_once('"').ok_or("a double quote is not closed")?;
    match rest.is_empty() || rest.starts_with(';') {
        true => Ok((piece.to_owned(), rest)),
        false => Err("only a semicolon may follow a closing double quote".into()),
    }
}

/// Whether a word and `=` begin the text.
fn is_key(text: &str) -> bool {
    text.split_once('=').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic()))
}

fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        let is_special = |b: u8| br#"()<>@,;:\"/[]?="#.contains(&b);
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !is_special(b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

fn unknown(keys: &[&str]) -> String {
    format!(
        "behind the file there may be {} only, each as ;key=value; put a file name with ;…= in double quotes",
        keys.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Input {
        Input::Path(text.into())
    }

    #[test]
    fn attachments() {
        let parse = |text: &str| Attachment::parse(text).unwrap();
        let plain = Attachment { input: path("/tmp/a.pdf"), media_type: None, name: "a.pdf".into() };
        assert_eq!(parse("/tmp/a.pdf"), plain);
        let full = parse("/tmp/a;type=application/pdf;name=the report; final.pdf");
        assert_eq!(
            (full.media_type.as_deref(), full.name.as_str()),
            (Some("application/pdf"), "the report; final.pdf")
        );
        assert_eq!(parse("a;b").input, path("a;b"));
        let quoted = parse("\"a;name=b\";name=\"x;type=y\"");
        assert_eq!((quoted.input, quoted.name.as_str()), (path("a;name=b"), "x;type=y"));
        assert_eq!(parse("-;name=x").input, Input::Stdin);
        let inline = Inline::parse("logo.png;cid=logo@x;name=l.png").unwrap();
        assert_eq!((inline.cid.as_str(), inline.attachment.name.as_str()), ("logo@x", "l.png"));
        for text in [
            "",
            "-",
            "a;typ=text/plain",
            "a;type=text",
            "a;type=text/x;type=text/y",
            "a;name=",
            "\"a",
            "\"a\"b",
            "a;cid=x",
            "a;name=x\ny",
        ] {
            assert!(Attachment::parse(text).is_err(), "{text:?}");
        }
        for text in ["a", "a;cid=a b", "a;cid=<a>", "a;cid=ä"] {
            assert!(Inline::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn authors() {
        assert_eq!(Author::parse("<>"), Ok(Author::Null));
        let Ok(Author::Mailbox(ann)) = Author::parse("Ann Ä <ann@example.org>") else { panic!() };
        assert_eq!((ann.name.as_deref(), ann.address.to_string().as_str()), (Some("Ann Ä"), "ann@example.org"));
        assert_eq!(Author::parse("root").unwrap().address().unwrap().domain(), None);
        for text in
            ["", "a@b.example, c@d.example", "Ann", "a@b.example\r\nX: y", "Ann <a@b.example> <c@d.example>", " "]
        {
            assert!(Author::parse(text).is_err() || text == "Ann", "{text:?}");
        }
    }

    #[test]
    fn header_fields() {
        let field = HeaderField::parse("X-Test:  a: b ").unwrap();
        assert_eq!((field.name.as_str(), field.value.as_str()), ("X-Test", "a: b"));
        for text in ["no colon", ": x", "A b: x", "Ä: x", "X: a\r\nBcc: b", "X: a\n", "X\n: a", "X: a\tb"] {
            assert!(HeaderField::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn rates() {
        assert_eq!(Rate::parse("10/s").unwrap().interval(), Duration::from_millis(100));
        assert_eq!(Rate::parse("30/m").unwrap().interval(), Duration::from_secs(2));
        assert_eq!(Rate::parse("5"), Rate::parse("5/s"));
        for text in ["", "0/s", "-1/s", "+1/s", "1/d", "1/", "/s", "x"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn domains() {
        assert_eq!(domain("@example.org").unwrap(), "example.org");
        assert!(domain("exa mple").is_err() && domain("").is_err());
    }
}
