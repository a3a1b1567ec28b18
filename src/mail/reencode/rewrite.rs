//! A body written anew with changes, as a stream.

use std::io::Read as _;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::mail::body::{Body, BodyWriter};
use crate::mail::quoted_printable::Decoder;
use crate::mail::transfer_encoding::TransferEncoding;

/// A change of a body.
pub(super) struct Edit {
    pub(super) place: Range<u64>,
    pub(super) action: Action,
}

pub(super) enum Action {
    /// Puts this in its place.
    Replace(Vec<u8>),
    /// Encodes what is there.
    Encode(TransferEncoding),
    /// Decodes quoted-printable and encodes it again.
    Requote,
    /// Gives base64 lines of the right length.
    Rewrap,
    /// Has `?` for what cannot stay, and breaks long lines.
    Scrub,
}

/// The body with these changes, which are in order and apart.
pub(super) fn rewritten(body: &Body, edits: &[Edit]) -> Result<Body> {
    let mut writer = BodyWriter::at_line(body.first_line());
    let mut at = 0;
    for edit in edits {
        copy(body, at..edit.place.start, |octets| writer.write(octets))?;
        match &edit.action {
            Action::Replace(bytes) => writer.write(bytes)?,
            Action::Encode(encoding) => {
                let mut encoder = encoding.encoder();
                let mut out = Vec::new();
                copy(body, edit.place.clone(), |octets| {
                    encoder.push(octets, &mut out);
                    flush(&mut writer, &mut out)
                })?;
                encoder.finish(&mut out);
                flush(&mut writer, &mut out)?;
            }
            Action::Requote => {
                let mut decoder = Decoder::default();
                let mut encoder = TransferEncoding::QuotedPrintable.encoder();
                let (mut plain, mut out) = (Vec::new(), Vec::new());
                copy(body, edit.place.clone(), |octets| {
                    decoder.push(octets, &mut plain);
                    encoder.push(&plain, &mut out);
                    plain.clear();
                    flush(&mut writer, &mut out)
                })?;
                decoder.finish(&mut plain);
                encoder.push(&plain, &mut out);
                encoder.finish(&mut out);
                flush(&mut writer, &mut out)?;
            }
            Action::Rewrap => {
                let mut column = 0;
                let mut out = Vec::new();
                copy(body, edit.place.clone(), |octets| {
                    rewrap(octets, &mut column, &mut out);
                    flush(&mut writer, &mut out)
                })?;
            }
            Action::Scrub => {
                let mut column = 0;
                let mut out = Vec::new();
                copy(body, edit.place.clone(), |octets| {
                    scrub(octets, &mut column, &mut out);
                    flush(&mut writer, &mut out)
                })?;
            }
        }
        at = edit.place.end;
    }
    copy(body, at..body.size(), |octets| writer.write(octets))?;
    writer.finish()
}

fn flush(writer: &mut BodyWriter, out: &mut Vec<u8>) -> Result<()> {
    writer.write(out)?;
    out.clear();
    Ok(())
}

fn copy(body: &Body, place: Range<u64>, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    const CHUNK: usize = 64 * 1024;
    let mut reader = body.open(place.start).take(place.end.saturating_sub(place.start));
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = reader.read(&mut buffer).map_err(|error| Error::io("cannot read a temporary file", error))?;
        if count == 0 {
            return Ok(());
        }
        take(buffer.get(..count).unwrap_or_default())?;
    }
}

/// Base64 in lines of 76; what is not of its alphabet is dropped, as every reader does (RFC 2045 section 6.8).
fn rewrap(octets: &[u8], column: &mut usize, out: &mut Vec<u8>) {
    const LONGEST: usize = 76;
    for octet in octets.iter().filter(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(octet)) {
        if *column == LONGEST {
            out.extend_from_slice(b"\r\n");
            *column = 0;
        }
        out.push(*octet);
        *column += 1;
    }
}

fn scrub(octets: &[u8], column: &mut usize, out: &mut Vec<u8>) {
    const LONGEST: usize = 900;
    for octet in octets {
        match octet {
            b'\r' => {}
            b'\n' => {
                out.extend_from_slice(b"\r\n");
                *column = 0;
            }
            octet => {
                if *column == LONGEST {
                    out.extend_from_slice(b"\r\n");
                    *column = 0;
                }
                out.push(if octet.is_ascii() && *octet != 0 { *octet } else { b'?' });
                *column += 1;
            }
        }
    }
}
