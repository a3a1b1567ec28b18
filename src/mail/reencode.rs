//! A message made fit for its transport: content re-encoded, header fields folded and encoded (RFC 2045 section 6,
//! RFC 2047), only where it has to be.

mod rewrite;

use self::rewrite::{Action, Edit, rewritten};
use super::ascii::to_ascii;
use super::body::{LONGEST_LINE, Traits};
use super::field::{FOLD_AT, Field, Header};
use super::message::{Facts, Message};
use super::recipients::{holds_addresses, members};
use super::structure::{Glue, Nature, Part, Structure, is_identity, transfer_encoding};
use super::transfer_encoding::TransferEncoding;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// What a transport takes, and what is to become of the rest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Repair {
    /// Content that is not ASCII.
    pub eight_bit: EightBit,
    /// Header fields that are not ASCII.
    pub header: HeaderText,
    /// NULs, CRs without LF, and lines of more than 998 octets, which no transport takes as text.
    pub lines: LineRepair,
}

/// What becomes of content that is not ASCII.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EightBit {
    /// It stays: the server offers 8BITMIME (RFC 6152).
    Allowed,
    /// It is encoded.
    Encode,
    /// The message is refused.
    Refuse,
}

/// What becomes of header fields that are not ASCII.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HeaderText {
    /// They stay if they are UTF-8: the server offers SMTPUTF8 (RFC 6531). Others are encoded.
    Utf8,
    /// They are encoded.
    Ascii,
    /// The message is refused.
    Refuse,
}

/// What becomes of lines that no transport takes as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineRepair {
    /// Content is encoded, header fields are folded.
    Repair,
    /// The message is refused.
    Refuse,
}

impl Message {
    /// The message as this transport takes it; itself if it does already.
    ///
    /// Encoded are the leaves that need it, those of messages inside too: text as quoted-printable or base64, whichever
    /// is shorter, anything else as base64. They decode to the same octets, and no character set is changed. Containers
    /// are never encoded; their `Content-Transfer-Encoding` is corrected. Text before the first and behind the last part
    /// of a multipart, which no reader shows, has `?` for what cannot stay.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], with a line number where there is one: what is to be refused; a change to a message that
    /// is [signed](Facts::is_signed), or to a part of it that is; NUL or CR in a header; a header line that cannot be
    /// folded or encoded; content whose structure or encoding is not understood. [`Error::Storage`] for the temporary file.
    pub fn repaired(&self, repair: &Repair) -> Result<Self> {
        let facts = self.facts();
        let mut header = self.header.clone();
        let dirty_header = repair.is_header_dirty(&header);
        let dirty_body = repair.is_dirty(self.body().traits());
        if !dirty_header && !dirty_body {
            return Ok(self.clone());
        }
        let why = self.why(repair, &facts);
        if repair.refuses(self, &facts) {
            return Err(Error::InvalidInput(why));
        }
        // S/MIME and OpenPGP say nothing of the header around them.
        let signature = if dirty_body { self.signature() } else { self.header_signature() };
        if let Some(signature) = signature {
            return Err(Error::InvalidInput(format!(
                "{why}, and the message is signed ({signature}): to repair it would break the signature"
            )));
        }
        repair.header(&mut header, 1)?;
        if !dirty_body {
            return Ok(Self::new(header, self.body().clone()));
        }
        let mut structure = Structure::of(&header, self.body())?;
        let edits = repair.edits(&mut structure, self.body().traits())?;
        let body = rewritten(self.body(), &edits)?;
        let header = structure.parts.into_iter().next().map_or(header, |own| own.header);
        Ok(Self::new(header, body))
    }

    /// What has to be repaired first.
    fn why(&self, repair: &Repair, facts: &Facts) -> String {
        let lines = [
            (facts.nul, "has a NUL in it"),
            (facts.bare_cr, "has a CR in it that ends no line"),
            (facts.long_line, "is longer than 998 octets"),
        ];
        let first = lines.into_iter().filter_map(|(line, what)| line.map(|line| (line, what))).min();
        match first {
            Some((line, what)) => format!("line {line} of the message {what}"),
            None if repair.is_dirty(self.body().traits()) => {
                let line = first_line(self.body().traits());
                format!("line {line} of the message is not ASCII, which takes a server that offers 8BITMIME")
            }
            None if repair.header != HeaderText::Utf8 => {
                "the message's header is not ASCII, which takes a server that offers SMTPUTF8".into()
            }
            None => "the message's header is neither ASCII nor UTF-8".into(),
        }
    }
}

impl Repair {
    fn is_dirty(&self, traits: &Traits) -> bool {
        traits.nul.or(traits.bare_cr).or(traits.long_line).is_some()
            || (traits.eight_bit.is_some() && self.eight_bit != EightBit::Allowed)
    }

    fn is_header_dirty(&self, header: &Header) -> bool {
        header.fields().iter().any(|field| self.is_field_dirty(field))
    }

    fn is_field_dirty(&self, field: &Field) -> bool {
        field.longest_line() as u64 > LONGEST_LINE || has_controls(field) || self.must_encode(field)
    }

    fn must_encode(&self, field: &Field) -> bool {
        field.is_eight_bit() && (self.header != HeaderText::Utf8 || std::str::from_utf8(field.raw()).is_err())
    }

    fn refuses(&self, message: &Message, facts: &Facts) -> bool {
        let is_eight_bit = message.body().traits().eight_bit.is_some();
        let lines = facts.nul.or(facts.bare_cr).or(facts.long_line).is_some();
        (self.lines == LineRepair::Refuse && lines)
            || (self.eight_bit == EightBit::Refuse && is_eight_bit)
            || (self.header == HeaderText::Refuse && message.needs_smtputf8())
    }

    /// Encodes and folds what needs it in a header that begins at that line; says whether anything did.
    fn header(&self, header: &mut Header, line: u64) -> Result<bool> {
        let mut changed = false;
        let mut line = line;
        for field in header.fields_mut() {
            let lines = memchr::memchr_iter(b'\n', field.raw()).count() as u64;
            if has_controls(field) {
                let name = sanitize_capped(field.name(), 60);
                return Err(Error::InvalidInput(format!(
                    "the {name} field, at line {line} of the message, has a NUL in it or a CR that ends no line"
                )));
            }
            if self.is_field_dirty(field) {
                *field = self.repaired_field(field, line)?;
                changed = true;
            }
            line = line.saturating_add(lines);
        }
        Ok(changed)
    }

    fn repaired_field(&self, field: &Field, line: u64) -> Result<Field> {
        let mut new = if self.must_encode(field) { to_ascii(field)? } else { field.clone() };
        if new.longest_line() as u64 > LONGEST_LINE {
            new.fold(LONGEST_LINE as usize);
        }
        if new.longest_line() as u64 > LONGEST_LINE && holds_addresses(&new) {
            // Lists without a space between their members.
            let spaces = members(&new)?.separators.into_iter().map(|at| (at + 1..at + 1, b" ".to_vec()));
            new = new.with_body(&super::address::spliced(new.body(), &spaces.collect::<Vec<_>>()));
            new.fold(FOLD_AT);
        }
        if new.longest_line() as u64 > LONGEST_LINE {
            let name = sanitize_capped(field.name(), 60);
            return Err(Error::InvalidInput(format!(
                "the {name} field, at line {line} of the message, has more than 998 octets without white space to fold at"
            )));
        }
        Ok(new)
    }

    /// What is to change in a body; the message's own header is changed in its part.
    fn edits(&self, structure: &mut Structure, whole: &Traits) -> Result<Vec<Edit>> {
        let mut edits = Vec::new();
        for part in &mut structure.parts {
            let mut changed = false;
            if part.header_place.is_some() && self.part_policy().is_header_dirty(&part.header) {
                unsealed(part.seal, part.line)?;
                changed = self.part_policy().header(&mut part.header, part.line)?;
            }
            let content = match part.nature {
                Nature::Leaf if self.is_dirty(&part.traits) => Some(self.leaf(part, whole)?),
                _ => None,
            };
            if content.is_none() && part.seal.is_none() {
                changed |= self.relabel(part)?;
            }
            if let Some(place) = part.header_place.clone().filter(|_| changed || content.is_some()) {
                let mut block = part.header.to_bytes();
                if part.has_blank || !part.content.is_empty() || part.nature != Nature::Leaf {
                    block.extend_from_slice(b"\r\n");
                }
                edits.push(Edit { place, action: Action::Replace(block) });
            }
            edits.extend(content.map(|action| Edit { place: part.content.clone(), action }));
        }
        for Glue { place, traits, is_all, seal } in structure.glue.iter().filter(|glue| self.is_dirty(&glue.traits)) {
            let line = first_line(traits);
            unsealed(*seal, line)?;
            if *is_all {
                return Err(Error::InvalidInput(
                    "the message cannot be re-encoded for this server: it is a multipart without any part".into(),
                ));
            }
            edits.push(Edit { place: place.clone(), action: Action::Scrub });
        }
        edits.sort_by_key(|edit| edit.place.start);
        Ok(edits)
    }

    /// Headers of parts are content to a transport that takes 8-bit content.
    fn part_policy(&self) -> Self {
        let header = if self.eight_bit == EightBit::Allowed { HeaderText::Utf8 } else { HeaderText::Ascii };
        Self { header, ..*self }
    }

    /// How a leaf is to be encoded; its header is changed accordingly.
    fn leaf(&self, part: &mut Part, whole: &Traits) -> Result<Action> {
        let line = first_line(&part.traits);
        unsealed(part.seal.or(part.media.seal()), line)?;
        let encoding = transfer_encoding(&part.header);
        match encoding.as_str() {
            "quoted-printable" => return Ok(Action::Requote),
            "base64" => return Ok(Action::Rewrap),
            encoding if is_identity(encoding) => {}
            encoding => {
                let encoding = sanitize_capped(encoding.as_bytes(), 40);
                return Err(cannot(line, &format!("a part has the encoding \"{encoding}\"")));
            }
        }
        if matches!(part.media.main(), "multipart" | "message") {
            let essence = sanitize_capped(part.media.essence.as_bytes(), 60);
            return Err(cannot(line, &format!("a part of type {essence} must not be encoded")));
        }
        let is_text = matches!(part.media.main(), "text" | "");
        let length = part.content.end.saturating_sub(part.content.start);
        let to = if is_text && is_quoted_shorter(length, part.escaped) {
            TransferEncoding::QuotedPrintable
        } else {
            TransferEncoding::Base64
        };
        part.header.set(Field::new("Content-Transfer-Encoding", to.name().as_bytes())?);
        if part.is_message {
            declare_mime(&mut part.header, &part.traits, whole)?;
        }
        Ok(Action::Encode(to))
    }

    /// Corrects the `Content-Transfer-Encoding` of what is not encoded; says whether it had to be.
    fn relabel(&self, part: &mut Part) -> Result<bool> {
        let to = match (transfer_encoding(&part.header).as_str(), self.eight_bit) {
            ("8bit" | "binary", EightBit::Encode | EightBit::Refuse) => "7bit",
            ("binary", EightBit::Allowed) => "8bit",
            _ => return Ok(false),
        };
        part.header.set(Field::new("Content-Transfer-Encoding", to.as_bytes())?);
        Ok(true)
    }
}

/// Says what a message without MIME fields is, as its encoding must be understood (RFC 2045 section 4).
fn declare_mime(header: &mut Header, content: &Traits, whole: &Traits) -> Result<()> {
    if !header.has("MIME-Version") {
        header.append(Field::new("MIME-Version", b"1.0")?);
    }
    if !header.has("Content-Type") {
        let charset = charset(content.eight_bit.is_some(), content.foreign || whole.foreign);
        header.append(Field::new("Content-Type", format!("text/plain; charset={charset}").as_bytes())?);
    }
    Ok(())
}

/// What text is declared as that says nothing of itself (RFC 1428 section 3).
pub(crate) fn charset(eight_bit: bool, foreign: bool) -> &'static str {
    match (eight_bit, foreign) {
        (false, _) => "us-ascii",
        (true, false) => "utf-8",
        (true, true) => "unknown-8bit",
    }
}

fn has_controls(field: &Field) -> bool {
    let raw = field.raw();
    memchr::memchr(0, raw).is_some()
        || memchr::memchr_iter(b'\r', raw).any(|at| raw.get(at + 1).is_none_or(|next| *next != b'\n'))
}

fn unsealed(seal: Option<&str>, line: u64) -> Result<()> {
    match seal {
        None => Ok(()),
        Some(seal) => Err(cannot(line, &format!("it is inside {seal}, and to change it would break the signature"))),
    }
}

fn cannot(line: u64, why: &str) -> Error {
    Error::InvalidInput(format!("line {line} of the message cannot be re-encoded for this server: {why}"))
}

/// The first line that has to change.
fn first_line(traits: &Traits) -> u64 {
    let lines = [traits.nul, traits.bare_cr, traits.long_line, traits.eight_bit];
    lines.into_iter().flatten().min().unwrap_or(1)
}

/// Compares lengths, soft line breaks and line ends of base64 included.
fn is_quoted_shorter(length: u64, escaped: u64) -> bool {
    let quoted = length.saturating_add(escaped.saturating_mul(2));
    let quoted = quoted.saturating_add(quoted / 75 * 3);
    let base64 = length.div_ceil(3).saturating_mul(4);
    quoted <= base64.saturating_add(base64 / 76 * 2)
}

#[cfg(test)]
mod tests;
