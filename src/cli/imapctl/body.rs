//! One piece of one message, as it comes and not held, and without its transfer encoding if that is wanted.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use super::anatomy::{Anatomy, Nature, Piece};
use crate::cli::exit::{Exit, Failure};
use crate::error::{Error, Phase, Result};
use crate::imap::grammar::{Data, LiteralHead, Row, SectionItem, SectionSpec, SectionText, SectionValue};
use crate::imap::receiver::{Receiver, Take};
use crate::imap::{Item, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::transfer_decoding::{Damage, TransferDecoder};

/// What takes octets as they come.
pub(super) type Sink<'s> = dyn FnMut(&[u8]) -> Result<()> + 's;

/// What came of asking for a piece of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Came {
    /// There is no such message.
    Gone,
    /// There is the message, and not the piece: the server said NIL, or nothing of it (Exchange's calendar items, Yandex).
    Missing,
    /// All of it, so many octets.
    Whole(u64),
}

/// Fetches a piece of a message. A message that does not come is asked for once more.
///
/// An error of the sink ends the session, which is in the middle of a literal then.
pub(super) fn one(uid: Uid, item: &Item, folder: &mut Selected<'_>, sink: &mut Sink<'_>) -> Result<Came> {
    let uids = UidSet::from_iter([uid]);
    let mut taker = One { uid, item, sink, state: Came::Gone, taken: 0 };
    folder.uid_fetch(&uids, &[Item::Uid, item.clone()], &mut taker)?;
    if taker.state == Came::Gone {
        folder.uid_fetch(&uids, &[Item::Uid, item.clone()], &mut taker)?;
    }
    Ok(taker.state)
}

/// Fetches a part and undoes its transfer encoding, on the server where it can and that spares octets; what was wrong with it.
pub(super) fn content(
    uid: Uid,
    piece: &Piece,
    anatomy: &Anatomy,
    folder: &mut Selected<'_>,
    sink: &mut Sink<'_>,
) -> Result<Option<Damage>, Failure> {
    if let (Some(file), Some(place)) = (&anatomy.message, &piece.place) {
        return Ok(cut_out(file, place, decoder(piece), sink)?);
    }
    let Some(number) = piece.number() else {
        return Err(Error::InvalidInput("there is no such part".into()).into());
    };
    if let Some(item) = binary(piece, folder) {
        let mut octets = 0u64;
        let came = one(uid, &item, folder, &mut |piece| {
            octets = octets.saturating_add(piece.len() as u64);
            sink(piece)
        });
        match came {
            Ok(Came::Gone) => return Err(absent(uid)),
            Ok(Came::Whole(_)) => return Ok(None),
            // RFC 3516 section 4.3 has UNKNOWN-CTE for this, and servers have other words: what it cannot do is done here.
            Ok(Came::Missing) => {}
            Err(Error::Rejected(rejection)) if octets == 0 && !rejection.transient => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut decoder = Some(decoder(piece));
    let mut decoded = Vec::new();
    let item = Item::Body(Section::Whole(number));
    let came = one(uid, &item, folder, &mut |octets| {
        decoded.clear();
        if let Some(decoder) = &mut decoder {
            decoder.push(octets, &mut decoded);
        }
        sink(&decoded)
    })?;
    match came {
        Came::Gone => return Err(absent(uid)),
        Came::Missing if piece.size != Some(0) => return Err(withheld(uid, &piece.section).into()),
        Came::Missing | Came::Whole(_) => {}
    }
    decoded.clear();
    let damage = decoder.and_then(|decoder| decoder.finish(&mut decoded));
    sink(&decoded)?;
    Ok(damage)
}

/// The item that has the server decode a part, where that spares octets: base64 is a third longer than what it says. What has no
/// such encoding comes the same either way, and of messages and multiparts BINARY knows nothing.
pub(super) fn binary(piece: &Piece, folder: &mut Selected<'_>) -> Option<Item> {
    let gains = piece.kind == Nature::Leaf && matches!(piece.encoding.as_str(), "base64" | "quoted-printable");
    let offered = folder.session().capabilities().is_some_and(|capabilities| capabilities.fetches_binary());
    (gains && offered).then(|| piece.number().map(Item::Binary)).flatten()
}

/// What undoes a part's encoding here. One that is unknown is left: the content is opaque then (RFC 2045 section 6.4).
pub(super) fn decoder(piece: &Piece) -> TransferDecoder {
    match piece.kind {
        // RFC 2045 section 6.4 allows them no encoding that would have to be undone.
        Nature::Multipart => TransferDecoder::identity(),
        _ => TransferDecoder::named(piece.encoding.as_bytes()).unwrap_or_else(TransferDecoder::identity),
    }
}

/// There is no such message.
pub(super) fn absent(uid: Uid) -> Failure {
    let error = Error::InvalidInput(format!("there is no message with the UID {uid}"));
    Failure { exit: Exit::NO_INPUT, ..Failure::from(error) }
}

/// There is such a message, of which the server gives nothing.
pub(super) fn withheld(uid: Uid, section: &str) -> Error {
    let what = match section {
        "" => format!("message {uid}"),
        section => format!("part {section} of message {uid}"),
    };
    Error::Unsupported(format!("the server has {what} and does not give it out"))
}

/// Whether this is the text that was asked for.
pub(super) fn answers(spec: &SectionSpec<'_>, item: &Item) -> bool {
    let is_part = |part: &PartNumber| spec.part == part.to_string().as_bytes();
    match (item, spec.item, spec.text) {
        (Item::Body(Section::Whole(part)), SectionItem::Body | SectionItem::Rfc822, SectionText::Whole)
        | (Item::Body(Section::Header(part)), SectionItem::Body | SectionItem::Rfc822Header, SectionText::Header)
        | (Item::Binary(part), SectionItem::Binary, SectionText::Whole) => is_part(part),
        _ => false,
    }
}

/// Whether a row's text can be what it is said to be. Behind a literal that is announced too short the rest of the text stands
/// among the items, where nothing is that was not asked for.
pub(super) fn check(row: &Row<'_>) -> Result<()> {
    let wrong = |what: &str| {
        Err(Error::protocol(
            Phase::Data("UID FETCH"),
            format!("the server's text does not have the length it said: {what}"),
        ))
    };
    match (row.others.first(), row.flaws.first()) {
        (Some(other), _) => wrong(&format!("\"{}\" stands behind it", crate::text::sanitize_capped(other, 40))),
        (None, Some(flaw)) => wrong(&flaw.to_string()),
        (None, None) => Ok(()),
    }
}

fn cut_out(
    mut file: &File,
    place: &Range<u64>,
    mut decoder: TransferDecoder,
    sink: &mut Sink<'_>,
) -> Result<Option<Damage>> {
    let wrong = |error| Error::io("reading what was kept of a message", error);
    file.seek(SeekFrom::Start(place.start)).map_err(wrong)?;
    let mut rest = file.take(place.end.saturating_sub(place.start));
    let mut buffer = vec![0; 64 * 1024];
    let mut decoded = Vec::new();
    loop {
        let count = rest.read(&mut buffer).map_err(wrong)?;
        if count == 0 {
            break;
        }
        decoded.clear();
        decoder.push(buffer.get(..count).unwrap_or_default(), &mut decoded);
        sink(&decoded)?;
    }
    decoded.clear();
    let damage = decoder.finish(&mut decoded);
    sink(&decoded)?;
    Ok(damage)
}

/// Takes one piece of one message.
struct One<'s, 'k> {
    uid: Uid,
    item: &'s Item,
    sink: &'s mut Sink<'k>,
    state: Came,
    taken: u64,
}

impl Receiver for One<'_, '_> {
    fn literal(&mut self, head: &LiteralHead<'_>, octets: u64) -> Result<Take> {
        let is_ours = head.uid.is_none_or(|uid| uid == self.uid) && answers(&head.section, self.item);
        if !is_ours
            || head.origin.is_some_and(|origin| origin > 0)
            || matches!(self.state, Came::Whole(_))
            || self.taken > 0
        {
            return Ok(Take::Discard);
        }
        self.taken = octets;
        Ok(Take::Stream)
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        (self.sink)(octets)
    }

    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        let section = row.section(|spec| answers(spec, self.item));
        match (row.uid, section) {
            (Some(uid), _) if uid != self.uid => {
                return match self.taken > 0 && !matches!(self.state, Came::Whole(_)) && section.is_some() {
                    true => Err(Error::protocol(
                        Phase::Data("UID FETCH"),
                        "the text came for another message than was asked for",
                    )),
                    false => Ok(()),
                };
            }
            (None, None) => return Ok(()),
            _ => {}
        }
        let Some(section) = section else {
            if self.state == Came::Gone {
                self.state = Came::Missing;
            }
            return Ok(());
        };
        check(row)?;
        match &section.value {
            _ if matches!(self.state, Came::Whole(_)) => {}
            SectionValue::Nil => self.state = Came::Missing,
            SectionValue::Octets(octets) => {
                (self.sink)(octets)?;
                self.state = Came::Whole(octets.len() as u64);
            }
            SectionValue::Streamed(octets) => self.state = Came::Whole(*octets),
        }
        Ok(())
    }
}
