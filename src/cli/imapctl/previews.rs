//! How messages begin (RFC 8970): as the server tells it, or made here of the beginning of the part that people read.

use std::collections::HashMap;

use super::anatomy::{self, Anatomy, Nature, Piece, Wish};
use super::body;
use super::letter::Letter;
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, LiteralHead, Row, Section, SectionItem, SectionSpec, SectionText, SectionValue};
use crate::imap::receiver::{Receiver, Take};
use crate::imap::{Extension, Item, Section as Wanted, Selected, Uid, UidSet};
use crate::mail::charset::Charset;
use crate::mail::preview;

/// How many messages a server is asked at a time to make previews of (RFC 8970 section 4.2).
const BATCH: usize = 50;

/// How much of a plain text is fetched, in octets: enough for a line in any encoding, and for a quotation above it.
const OF_TEXT: u32 = 4 * 1024;

/// How much of an HTML document, which has much before its text.
const OF_HTML: u32 = 32 * 1024;

/// The part of each message that people read.
#[derive(Debug, Default)]
pub(super) struct Sources(HashMap<Uid, Piece>);

impl Sources {
    /// Takes note of what a message is made of.
    pub(super) fn heed(&mut self, row: &Row<'_>) {
        let (Some(uid), Some(structure)) = (row.uid, row.structure.as_deref()) else { return };
        if !matches!(row.preview, Some(Some(_))) && anatomy::is_sound(structure) {
            let anatomy = Anatomy::of_structure(structure);
            self.0.extend(anatomy.texts(Wish::Text).first().map(|piece| (uid, (*piece).clone())));
        }
    }
}

/// Gives previews to those letters that have none. First the server is asked to take its time for them, where it can make any;
/// what it does not make is made here. A message without text has none.
///
/// Quirk: Cyrus 3.6 has the capability and makes none, whatever it is asked.
pub(super) fn complete(letters: &mut [Letter], sources: &Sources, folder: &mut Selected<'_>) -> Result<()> {
    if folder.session().has(Extension::Preview) {
        for batch in lacking(letters).chunks(BATCH) {
            let uids: UidSet = batch.iter().copied().collect();
            let asked = folder.uid_fetch(&uids, &[Item::Uid, Item::Preview], &mut |data: &Data<'_>| {
                if let Data::Fetch(row) = data
                    && let Some(letter) =
                        letters.iter_mut().find(|letter| letter.uid.is_some() && letter.uid == row.uid)
                {
                    letter.update(row);
                }
                Ok(())
            });
            match asked {
                Ok(()) => {}
                // What it cannot do is done here.
                Err(Error::Rejected(rejection)) if !rejection.transient => {
                    folder.session().note(&format!("the server makes no previews: {rejection}"));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    let pieces: HashMap<Uid, &Piece> =
        lacking(letters).into_iter().filter_map(|uid| sources.0.get(&uid).map(|piece| (uid, piece))).collect();
    if pieces.is_empty() {
        return Ok(());
    }
    folder.session().note("making previews of the messages' text");
    let wanted: Vec<(Uid, Vec<Item>)> = lacking(letters)
        .into_iter()
        .filter_map(|uid| {
            let piece = pieces.get(&uid)?;
            Some((uid, vec![Item::BodyRange(Wanted::Whole(piece.number()?), 0, room(piece))]))
        })
        .collect();
    let mut beginnings = Beginnings { pieces: &pieces, held: Vec::new(), letters };
    let refused = folder.uid_fetch_each(wanted, &mut beginnings)?;
    for (uid, rejection) in refused {
        folder.session().note(&format!("the text of {uid} is not given out: {rejection}"));
    }
    Ok(())
}

fn lacking(letters: &[Letter]) -> Vec<Uid> {
    letters.iter().filter(|letter| letter.preview.is_none()).filter_map(|letter| letter.uid).collect()
}

fn room(piece: &Piece) -> u32 {
    if is_html(piece) { OF_HTML } else { OF_TEXT }
}

fn is_html(piece: &Piece) -> bool {
    piece.media_type == "text/html"
}

/// Takes the beginnings of parts. A server that gives more than was asked for is not believed further than that.
struct Beginnings<'a> {
    pieces: &'a HashMap<Uid, &'a Piece>,
    held: Vec<u8>,
    letters: &'a mut [Letter],
}

impl Receiver for Beginnings<'_> {
    fn literal(&mut self, head: &LiteralHead<'_>, _octets: u64) -> Result<Take> {
        self.held.clear();
        let is_ours = head.section.item == SectionItem::Body && head.section.text == SectionText::Whole;
        Ok(if is_ours { Take::Stream } else { Take::Discard })
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        let most = usize::try_from(OF_HTML).unwrap_or(usize::MAX).saturating_sub(self.held.len());
        self.held.extend_from_slice(octets.get(..most.min(octets.len())).unwrap_or_default());
        Ok(())
    }

    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        let Some((uid, piece)) = row.uid.and_then(|uid| self.pieces.get(&uid).map(|piece| (uid, *piece))) else {
            return Ok(());
        };
        let answers = |spec: &SectionSpec<'_>| {
            spec.item == SectionItem::Body && spec.text == SectionText::Whole && spec.part == piece.section.as_bytes()
        };
        let held = std::mem::take(&mut self.held);
        let octets = match row.section(answers) {
            Some(Section { origin: Some(1..), .. }) | None => return Ok(()),
            Some(Section { value: SectionValue::Nil, .. }) => return Ok(()),
            Some(Section { value: SectionValue::Octets(octets), .. }) => octets,
            Some(Section { value: SectionValue::Streamed(_), .. }) => held.as_slice(),
        };
        if let Some(letter) = self.letters.iter_mut().find(|letter| letter.uid == Some(uid)) {
            letter.preview = Some(beginning(piece, octets).into_bytes());
        }
        Ok(())
    }
}

/// How a part begins, of which these octets are the beginning.
fn beginning(piece: &Piece, octets: &[u8]) -> String {
    let room = usize::try_from(room(piece)).unwrap_or(usize::MAX);
    let is_whole = octets.len() < room;
    let mut decoded = Vec::new();
    let mut decoder = body::decoder(piece);
    decoder.push(octets.get(..room.min(octets.len())).unwrap_or_default(), &mut decoded);
    if is_whole {
        decoder.finish(&mut decoded);
    }
    let charset = match &piece.charset {
        Some(charset) => Charset::named(charset),
        None if is_html(piece) => Charset::of_html(&decoded).unwrap_or_else(|| Charset::named(b"")),
        None => Charset::named(b""),
    };
    let mut text = String::new();
    let mut reader = charset.decoder();
    reader.push(&decoded, &mut text);
    // What is cut off in the middle of a character is no damage.
    if is_whole {
        reader.finish(&mut text);
    }
    match (piece.kind, is_html(piece)) {
        (Nature::Leaf, true) => preview::of_html(&text),
        _ => preview::of_text(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(media_type: &str, charset: Option<&str>, encoding: &str) -> Piece {
        let charset = charset.map(|charset| charset.as_bytes().to_vec());
        Piece { media_type: media_type.into(), charset, encoding: encoding.into(), ..Piece::default() }
    }

    #[test]
    fn parts_are_decoded_before_they_are_cut() {
        let plain = |charset, encoding, octets: &[u8]| beginning(&piece("text/plain", charset, encoding), octets);
        assert_eq!(plain(Some("utf-8"), "quoted-printable", b"Gr=C3=BC=C3=9Fe=\r\n an alle\r\n"), "Grüße an alle");
        assert_eq!(plain(Some("iso-8859-1"), "8bit", b"Gr\xfc\xdfe"), "Grüße");
        assert_eq!(plain(None, "base64", b"SGVsbG8KdGhlcmU=\r\n"), "Hello there");
        assert_eq!(plain(None, "", b""), "");
        let html = piece("text/html", None, "7bit");
        assert_eq!(beginning(&html, b"<meta charset=\"latin1\"><p>Gr\xfc\xdfe <b>all"), "Grüße all");
    }

    #[test]
    fn a_character_that_is_cut_off_is_left_out() {
        let room = usize::try_from(OF_TEXT).unwrap();
        let mut octets = vec![b'\n'; room - 4];
        octets.extend("abü".bytes().chain("ü".bytes()));
        let cut = &octets[..room - 1];
        let part = piece("text/plain", Some("utf-8"), "8bit");
        assert_eq!(beginning(&part, cut), "ab\u{fffd}", "a message that ends so is damaged");
        octets.truncate(room);
        octets.insert(0, b'\n');
        assert_eq!(beginning(&part, &octets[..room]), "ab", "one that goes on is not");
    }
}
