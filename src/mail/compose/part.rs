//! The parts of a message: what each holds, how it is encoded, how they nest.

use std::collections::HashSet;

use super::media_type::{self, MediaType};
use super::source::{Opened, for_each_chunk};
use super::{Attachment, Inline, Source};
use crate::error::{Error, Result};
use crate::mail::Body;
use crate::mail::folding::Folding;
use crate::mail::message_id::random_name;
use crate::mail::parameter;
use crate::mail::transfer_encoding::TransferEncoding;
use crate::text::sanitize_capped;

/// What a message is made of.
pub(super) struct Parts {
    pub(super) text: Option<Source>,
    pub(super) text_type: Option<String>,
    pub(super) html: Option<Source>,
    pub(super) inline: Vec<Inline>,
    pub(super) attachments: Vec<Attachment>,
}

/// A part ready to be written.
pub(super) struct Part {
    essence: String,
    header: Vec<u8>,
    encoding: TransferEncoding,
    content: Content,
}

enum Content {
    Stream(Opened),
    Text(Body),
    Multipart { boundary: String, parts: Vec<Part> },
}

/// Takes octets of the message, piece by piece.
pub(super) type Sink<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

impl Parts {
    /// Opens all files, and reads what must be known before anything is written.
    pub(super) fn prepare(self) -> Result<Part> {
        if !self.inline.is_empty() && self.html.is_none() {
            return Err(Error::InvalidInput("--inline: there is no --html that could show it".into()));
        }
        if self.text_type.is_some() && (self.html.is_some() || self.text.is_none()) {
            return Err(Error::InvalidInput("--header Content-Type: is for a message that has only a text".into()));
        }
        let related = inline(self.inline)?;
        let attached = self.attachments.into_iter().map(|part| attachment("--attach", part, None));
        let attached = attached.collect::<Result<Vec<_>>>()?;
        let html = self.html.map(|source| text("--html", source, "html")).transpose()?;
        let subtype = self.text_type.as_deref().unwrap_or("plain");
        let plain = match self.text {
            Some(source) => Some(text("--text", source, subtype)?),
            None if html.is_none() && attached.is_empty() => Some(text("--text", Source::Bytes(Vec::new()), subtype)?),
            None => None,
        };
        let texts: Vec<Part> = [plain, html].into_iter().flatten().collect();
        let mut boundaries = Boundaries::absent_from(texts.iter().chain(&related).chain(&attached))?;
        let mut body = if texts.len() > 1 { vec![boundaries.multipart("alternative", texts, None)?] } else { texts };
        if !related.is_empty() {
            // RFC 2387 section 3.1 wants the type of what is shown first.
            let root = body.first().map(|root| root.essence.clone());
            body.extend(related);
            body = vec![boundaries.multipart("related", body, root)?];
        }
        if !attached.is_empty() {
            body.extend(attached);
            return boundaries.multipart("mixed", body, None);
        }
        body.pop().ok_or_else(|| Error::InvalidInput("there is nothing to send".into()))
    }
}

impl Part {
    /// The fields that describe it, each with its CRLF.
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Writes what follows the header and its empty line.
    pub(super) fn write(self, sink: &mut Sink<'_>) -> Result<()> {
        let mut encoder = self.encoding.encoder();
        let mut out = Vec::new();
        let mut encode = |octets: &[u8]| {
            out.clear();
            encoder.push(octets, &mut out);
            sink(&out)
        };
        match self.content {
            Content::Stream(input) => input.for_each_chunk(&mut encode)?,
            Content::Text(body) => for_each_chunk(&body, &mut encode)?,
            Content::Multipart { boundary, parts } => return write_parts(&boundary, parts, sink),
        }
        out.clear();
        encoder.finish(&mut out);
        sink(&out)
    }
}

fn write_parts(boundary: &str, parts: Vec<Part>, sink: &mut Sink<'_>) -> Result<()> {
    for part in parts {
        sink(format!("--{boundary}\r\n").as_bytes())?;
        sink(part.header())?;
        sink(b"\r\n")?;
        // The line end before a boundary belongs to the boundary. What ends a line by itself and not in the content has
        // it already.
        let has_line_end =
            part.encoding == TransferEncoding::Base64 || matches!(part.content, Content::Multipart { .. });
        let mut length = 0u64;
        part.write(&mut |octets| {
            length = length.saturating_add(octets.len() as u64);
            sink(octets)
        })?;
        if length == 0 || !has_line_end {
            sink(b"\r\n")?;
        }
    }
    sink(format!("--{boundary}--\r\n").as_bytes())
}

/// A text, in UTF-8 if it is that.
fn text(option: &str, source: Source, subtype: &str) -> Result<Part> {
    let body = Opened::new(option, source)?.spool()?;
    let traits = body.traits();
    // RFC 1428 section 3: octets of nobody knows which character set.
    let charset = if traits.foreign { "unknown-8bit" } else { "utf-8" };
    let is_simple = traits.eight_bit.is_none() && traits.nul.or(traits.bare_cr).or(traits.long_line).is_none();
    let encoding = if is_simple { TransferEncoding::SevenBit } else { shorter(&body)? };
    let parameters = [("charset".to_owned(), charset.to_owned())];
    let essence = format!("text/{subtype}");
    let mut header = content_type(&essence, &parameters)?;
    header.extend(transfer_encoding(encoding));
    Ok(Part { essence, header, encoding, content: Content::Text(body) })
}

/// Quoted-printable, or base64 where that is shorter.
fn shorter(body: &Body) -> Result<TransferEncoding> {
    let mut encoder = TransferEncoding::QuotedPrintable.encoder();
    let (mut out, mut length) = (Vec::new(), 0u64);
    for_each_chunk(body, &mut |octets| {
        out.clear();
        encoder.push(octets, &mut out);
        length = length.saturating_add(out.len() as u64);
        Ok(())
    })?;
    // Lines of 57 octets become 78, and the last as many groups as it needs.
    let as_base64 = (body.size() / 57).saturating_mul(78) + (body.size() % 57).div_ceil(3) * 4 + 2;
    Ok(if as_base64 < length { TransferEncoding::Base64 } else { TransferEncoding::QuotedPrintable })
}

fn inline(parts: Vec<Inline>) -> Result<Vec<Part>> {
    let mut seen = HashSet::new();
    let mut ready = Vec::new();
    for Inline { attachment: part, cid } in parts {
        let valid = (1..=200).contains(&cid.len())
            && cid.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"()".contains(&byte));
        let why = if !valid {
            "is not a content identifier"
        } else if !seen.insert(cid.clone()) {
            "is given twice"
        } else {
            ready.push(attachment("--inline", part, Some(&cid))?);
            continue;
        };
        let cid = sanitize_capped(cid.as_bytes(), 80);
        return Err(Error::InvalidInput(format!("--inline: cid '{cid}' {why}")));
    }
    Ok(ready)
}

/// An attachment, or with an identifier a part that is shown.
fn attachment(option: &str, part: Attachment, cid: Option<&str>) -> Result<Part> {
    let Attachment { source, name, media_type } = part;
    let name = match (&name, &source) {
        (Some(name), _) => Some(media_type::given_name(option, name)?),
        (None, Source::File(path)) => Some(media_type::own_name(path)),
        (None, _) => None,
    };
    let mut media_type = match media_type {
        Some(text) => MediaType::parse(option, &text)?,
        None => MediaType::guess(name.as_deref().unwrap_or_default()),
    };
    let opened = Opened::new(option, source)?;
    let (encoding, content) = if media_type.essence.starts_with("message/") {
        // Never encoded (RFC 2046 section 5.2.1); one that cannot go as it is becomes a file.
        let body = opened.spool()?;
        let traits = body.traits();
        let encoding = if traits.nul.or(traits.bare_cr).or(traits.long_line).is_some() {
            media_type = MediaType::guess("");
            TransferEncoding::Base64
        } else if traits.eight_bit.is_some() {
            TransferEncoding::EightBit
        } else {
            TransferEncoding::SevenBit
        };
        (encoding, Content::Text(body))
    } else {
        (TransferEncoding::Base64, Content::Stream(opened))
    };
    let mut header = content_type(&media_type.essence, &media_type.parameters)?;
    header.extend(transfer_encoding(encoding));
    let mut disposition = Folding::new("Content-Disposition");
    disposition.word(if cid.is_some() { "inline" } else { "attachment" });
    if let Some(name) = &name {
        parameter::push(&mut disposition, "filename", name);
    }
    header.extend(disposition.finish()?);
    if let Some(cid) = cid {
        let mut field = Folding::new("Content-ID");
        field.word(&format!("<{cid}>"));
        header.extend(field.finish()?);
    }
    Ok(Part { essence: media_type.essence, header, encoding, content })
}

/// Boundaries that occur in no part.
struct Boundaries {
    stem: String,
    used: u32,
}

impl Boundaries {
    fn absent_from<'a>(parts: impl Iterator<Item = &'a Part> + Clone) -> Result<Self> {
        loop {
            // No encoded part can have "=_" in it.
            let stem = format!("=_{}", random_name(16)?);
            let mut found = false;
            for part in parts.clone() {
                if let (Content::Text(body), TransferEncoding::SevenBit | TransferEncoding::EightBit) =
                    (&part.content, part.encoding)
                {
                    found |= occurs(stem.as_bytes(), body)?;
                }
            }
            if !found {
                return Ok(Self { stem, used: 0 });
            }
        }
    }

    fn multipart(&mut self, subtype: &str, parts: Vec<Part>, root: Option<String>) -> Result<Part> {
        self.used += 1;
        let boundary = format!("{}_{}", self.stem, self.used);
        let mut parameters = vec![("boundary".to_owned(), boundary.clone())];
        parameters.extend(root.map(|root| ("type".to_owned(), root)));
        let essence = format!("multipart/{subtype}");
        let mut header = content_type(&essence, &parameters)?;
        // RFC 2045 section 6.4: what holds 8bit is 8bit itself.
        let is_eight_bit = parts.iter().any(|part| part.encoding == TransferEncoding::EightBit);
        let encoding = if is_eight_bit { TransferEncoding::EightBit } else { TransferEncoding::SevenBit };
        if is_eight_bit {
            header.extend(transfer_encoding(encoding));
        }
        Ok(Part { essence, header, encoding, content: Content::Multipart { boundary, parts } })
    }
}

fn occurs(needle: &[u8], body: &Body) -> Result<bool> {
    let finder = memchr::memmem::Finder::new(needle);
    let (mut window, mut found) = (Vec::new(), false);
    for_each_chunk(body, &mut |octets| {
        window.extend_from_slice(octets);
        found |= finder.find(&window).is_some();
        // What the next piece may continue.
        window.drain(..window.len().saturating_sub(needle.len() - 1));
        Ok(())
    })?;
    Ok(found)
}

fn content_type(essence: &str, parameters: &[(String, String)]) -> Result<Vec<u8>> {
    let mut field = Folding::new("Content-Type");
    field.word(essence);
    parameters.iter().for_each(|(name, value)| parameter::push(&mut field, name, value));
    field.finish()
}

fn transfer_encoding(encoding: TransferEncoding) -> Vec<u8> {
    format!("Content-Transfer-Encoding: {}\r\n", encoding.name()).into_bytes()
}
