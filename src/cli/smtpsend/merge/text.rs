//! The text of a template, in whatever parts and encodings it is.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pattern::Pattern;
use super::wrong;
use crate::error::{Error, Result};
use crate::mail::structure::{Nature, Part, Structure, is_identity, transfer_encoding};
use crate::mail::{Field, Header, Message, quoted_printable};
use crate::text::sanitize_capped;

/// A part of the body.
pub(super) enum Piece {
    Fixed(Vec<u8>),
    Text { text: Pattern, form: Form },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Plain,
    Html,
}

/// The body in pieces; the header too says what its text is then.
pub(super) fn pieces(message: &Message, header: &mut Header, columns: &[String]) -> Result<Vec<Piece>> {
    let mut octets = Vec::new();
    let read = std::io::Read::read_to_end(&mut message.body().open(0), &mut octets);
    read.map_err(|source| Error::io("cannot read the template", source))?;
    let structure = Structure::of(header, message.body())?;
    let slice = |range: &Range<u64>| {
        let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
        octets.get(start..end)
    };
    let mut pieces = Vec::new();
    let mut at = 0u64;
    for part in &structure.parts {
        if let Some(place) = &part.header_place
            && let Some(Ok(text)) = slice(place).map(std::str::from_utf8)
            && Pattern::parse(text, columns)?.is_some()
        {
            return Err(wrong("no column can stand in the header of one of the template's parts"));
        }
        let is_text = part.nature == Nature::Leaf && matches!(part.media.main(), "text" | "");
        let Some(content) = slice(&part.content).filter(|_| is_text) else { continue };
        let Some(pattern) = part_text(part, content, columns)? else { continue };
        let form = if part.media.essence == "text/html" { Form::Html } else { Form::Plain };
        let start = part.header_place.as_ref().map_or(part.content.start, |place| place.start);
        pieces.push(Piece::Fixed(slice(&(at..start)).unwrap_or_default().to_vec()));
        match &part.header_place {
            Some(_) => {
                let mut own = part.header.clone();
                declare(&mut own)?;
                let mut raw = own.to_bytes();
                raw.extend_from_slice(b"\r\n");
                pieces.push(Piece::Fixed(raw));
            }
            None => declare(header)?,
        }
        pieces.push(Piece::Text { text: pattern, form });
        at = part.content.end;
    }
    pieces.push(Piece::Fixed(slice(&(at..octets.len() as u64)).unwrap_or_default().to_vec()));
    Ok(pieces)
}

/// The text of a part, decoded, if it has placeholders.
fn part_text(part: &Part, content: &[u8], columns: &[String]) -> Result<Option<Pattern>> {
    let encoding = transfer_encoding(&part.header);
    let decoded = match encoding.as_str() {
        "quoted-printable" => {
            let mut out = Vec::new();
            let mut decoder = quoted_printable::Decoder::default();
            decoder.push(content, &mut out);
            decoder.finish(&mut out);
            Cow::Owned(out)
        }
        "base64" => {
            let compact: Vec<u8> = content.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
            match STANDARD.decode(compact) {
                Ok(octets) => Cow::Owned(octets),
                Err(_) => return Ok(None),
            }
        }
        encoding if is_identity(encoding) => Cow::Borrowed(content),
        _ => return Ok(None),
    };
    if memchr::memmem::find(&decoded, b"{{").is_none() {
        return Ok(None);
    }
    let Ok(text) = std::str::from_utf8(&decoded) else {
        return Err(wrong("the template's text is not UTF-8"));
    };
    let Some(pattern) = Pattern::parse(text, columns)? else { return Ok(None) };
    let charset = part.media.parameter("charset").map(|charset| charset.to_ascii_lowercase());
    match charset.as_deref() {
        None | Some(b"utf-8" | b"utf8" | b"us-ascii") => Ok(Some(pattern)),
        Some(other) => {
            let other = sanitize_capped(other, 40);
            Err(wrong(&format!(
                "the template's text is in {other}, and what is put into it in UTF-8; make it UTF-8 too"
            )))
        }
    }
}

/// Says that the text is UTF-8, as it is. How it is encoded for the way is decided when the server is known.
fn declare(header: &mut Header) -> Result<()> {
    if header.has("Content-Transfer-Encoding") {
        header.set(Field::new("Content-Transfer-Encoding", b"8bit")?);
    }
    let Some(field) = header.get("Content-Type") else { return Ok(()) };
    let text = String::from_utf8_lossy(&field.unfolded()).trim().to_owned();
    let is_charset = |parameter: &&str| parameter.trim().to_ascii_lowercase().starts_with("charset=");
    let kept: Vec<&str> = text.split(';').filter(|parameter| !is_charset(parameter)).map(str::trim).collect();
    header.set(Field::new("Content-Type", format!("{}; charset=utf-8", kept.join("; ")).as_bytes())?);
    Ok(())
}
