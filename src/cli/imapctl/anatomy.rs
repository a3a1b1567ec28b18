//! What a message is made of: as the server tells it, or where that cannot be understood as it is found in the message itself.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use super::attachment;
use super::body::{self, Came};
use super::job::Job;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{self as record, Place, What};
use crate::error::{Error, Result};
use crate::imap::grammar::{BodyStructure, Content, Data, Flaw, LiteralHead, SectionText};
use crate::imap::receiver::{Receiver, Take};
use crate::imap::{Item, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::encoded_word;
use crate::mail::part::{self, Kind};

/// The longest header that is held, in octets.
pub(super) const MAX_HEADER: u64 = 8 * 1024 * 1024;

/// The longest message that is fetched to find its parts, in octets.
const MAX_DISSECTED: u64 = 1024 * 1024 * 1024;

/// The parts of a message, each before those inside it.
#[derive(Debug)]
pub(super) struct Anatomy {
    pub(super) pieces: Vec<Piece>,
    /// The message itself, if it was needed to find them.
    pub(super) message: Option<File>,
    /// The header, if it was asked for.
    pub(super) header: Vec<u8>,
}

/// A part of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Piece {
    /// What FETCH calls its content.
    pub(super) section: String,
    pub(super) depth: usize,
    pub(super) kind: Nature,
    pub(super) media_type: String,
    pub(super) charset: Option<Vec<u8>>,
    /// The transfer encoding in lower case.
    pub(super) encoding: String,
    /// The file name, decoded and not safe yet.
    pub(super) name: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) lines: Option<u64>,
    pub(super) disposition: Option<String>,
    pub(super) id: Option<String>,
    pub(super) description: Option<String>,
    /// Where its content stands in the message itself.
    pub(super) place: Option<Range<u64>>,
}

/// What a part holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Nature {
    #[default]
    Leaf,
    Multipart,
    Message,
}

/// Which text of a message is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    /// The plain one, else what the HTML says.
    Text,
    /// The HTML only.
    Html,
}

/// Whether the header is wanted with the structure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Header {
    Wanted,
    Unwanted,
}

/// The parts of a message, in one trip; `None` if there is no such message. The code is 80 where the server's own word could not be
/// understood.
pub(super) fn of(
    uid: Uid,
    header: Header,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
) -> Result<Option<(Anatomy, Exit)>, Failure> {
    let mut items = vec![Item::Uid, Item::BodyStructure];
    if header == Header::Wanted {
        items.push(Item::Body(Section::Header(PartNumber::message())));
    }
    let mut told = Facts::of(uid);
    folder.uid_fetch(&UidSet::from_iter([uid]), &items, &mut told)?;
    if !told.came {
        // A server that has just put a message away may leave it out; one that is gone is left out again.
        folder.uid_fetch(&UidSet::from_iter([uid]), &items, &mut told)?;
    }
    if !told.came {
        return Ok(None);
    }
    if let Some(structure) = told.structure.as_ref().filter(|structure| is_sound(structure)) {
        let anatomy = Anatomy { header: told.header, ..Anatomy::of_structure(structure) };
        return Ok(Some((anatomy, Exit::OK)));
    }
    let why = told.flaw.map_or_else(|| "it is missing or empty".to_owned(), |flaw| flaw.to_string());
    job.warn(&format!(
        "the server's BODYSTRUCTURE of UID {uid} cannot be used ({why}): the message was fetched and read here"
    ));
    let Some(mut anatomy) = dissected(uid, folder)? else { return Ok(None) };
    anatomy.header = told.header;
    job.note(Exit::PROTOCOL);
    Ok(Some((anatomy, Exit::PARTLY)))
}

/// Fetches a message to find its parts.
pub(super) fn dissected(uid: Uid, folder: &mut Selected<'_>) -> Result<Option<Anatomy>, Failure> {
    let doing = "keeping a message for a while";
    let mut file = tempfile::tempfile().map_err(|error| Error::io(doing, error))?;
    let whole = Item::Body(Section::Whole(PartNumber::message()));
    let mut length = 0u64;
    let came = body::one(uid, &whole, folder, &mut |octets| {
        length = length.saturating_add(octets.len() as u64);
        if length > MAX_DISSECTED {
            return Err(Error::Limit { what: "a message whose parts the server does not tell", limit: MAX_DISSECTED });
        }
        file.write_all(octets).map_err(|error| Error::io(doing, error))
    })?;
    match came {
        Came::Gone => return Ok(None),
        Came::Missing => return Err(body::withheld(uid, "").into()),
        Came::Whole(_) => {}
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| Error::io(doing, error))?;
    let parts = part::parts(&mut file)?;
    let pieces = parts.into_iter().map(Piece::of_part).collect();
    Ok(Some(Anatomy { pieces, message: Some(file), header: Vec::new() }))
}

/// Whether a structure can be one: quirky servers tell of multiparts without parts, and of nothing.
pub(super) fn is_sound(structure: &BodyStructure) -> bool {
    structure.parts().iter().all(|part| {
        let is_hollow = matches!(&part.body.content, Content::Multipart(children) if children.is_empty());
        !is_hollow && !part.body.media_type.is_empty()
    })
}

impl Anatomy {
    pub(super) fn of_structure(structure: &BodyStructure) -> Self {
        let pieces =
            structure.parts().into_iter().map(|part| Piece::of_structure(part.body, &part.section, part.depth));
        Self { pieces: pieces.collect(), message: None, header: Vec::new() }
    }

    /// The part of this number.
    pub(super) fn piece(&self, number: &PartNumber) -> Option<&Piece> {
        let section = number.to_string();
        self.pieces.iter().find(|piece| piece.section == section)
    }

    /// Whether a part of this number may be in an attached message of whose inside the server tells nothing.
    pub(super) fn hides(&self, number: &PartNumber) -> bool {
        let section = number.to_string();
        let is_below =
            |section: &str, above: &str| section.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
        let messages = self.pieces.iter().filter(|piece| piece.kind == Nature::Message);
        let mut around = messages.filter(|piece| is_below(&section, &piece.section));
        around.any(|piece| !self.pieces.iter().any(|inner| is_below(&inner.section, &piece.section)))
    }

    /// The parts that are the message's text, as people want to read it.
    pub(super) fn texts(&self, wish: Wish) -> Vec<&Piece> {
        let mut rest = self.pieces.as_slice();
        texts_of(&mut rest, wish)
    }

    /// What is attached; what is inside an attached message is that message's affair.
    pub(super) fn attachments(&self) -> Vec<&Piece> {
        let mut inside = None;
        let mut found = Vec::new();
        for piece in &self.pieces {
            if inside.is_some_and(|depth| piece.depth > depth) {
                continue;
            }
            inside = (piece.kind == Nature::Message).then_some(piece.depth);
            if piece.is_attachment() {
                found.push(piece);
            }
        }
        found
    }
}

/// The texts of the first part and of all inside it, which are taken off.
fn texts_of<'p>(rest: &mut &'p [Piece], wish: Wish) -> Vec<&'p Piece> {
    let Some((first, mut after)) = rest.split_first() else { return Vec::new() };
    let mut children: Vec<Vec<&Piece>> = Vec::new();
    while after.first().is_some_and(|next| next.depth > first.depth) {
        children.push(texts_of(&mut after, wish));
    }
    *rest = after;
    let is_html = |piece: &&Piece| piece.media_type == "text/html";
    match (first.kind, first.media_type.as_str()) {
        (Nature::Message, _) => Vec::new(),
        (Nature::Leaf, "text/plain") if wish == Wish::Text && !first.is_attachment() => vec![first],
        (Nature::Leaf, "text/html") if !first.is_attachment() => vec![first],
        (Nature::Leaf, _) => Vec::new(),
        // The first form that is plain, or else the last, which is the best (RFC 2046 section 5.1.4).
        (Nature::Multipart, "multipart/alternative") => {
            let plain = |texts: &Vec<&Piece>| !texts.is_empty() && !texts.iter().any(is_html);
            let wanted = children.iter().position(plain).filter(|_| wish == Wish::Text);
            let wanted = wanted.or_else(|| children.iter().rposition(|texts| !texts.is_empty()));
            wanted.map(|at| children.swap_remove(at)).unwrap_or_default()
        }
        (Nature::Multipart, "multipart/related") => children.into_iter().next().unwrap_or_default(),
        (Nature::Multipart, _) => children.into_iter().flatten().collect(),
    }
}

impl Piece {
    fn of_structure(body: &BodyStructure, section: &str, depth: usize) -> Self {
        let kind = match &body.content {
            Content::Leaf => Nature::Leaf,
            Content::Multipart(_) => Nature::Multipart,
            Content::Message { .. } => Nature::Message,
        };
        let text = |bytes: &Vec<u8>| Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty());
        Self {
            section: section.to_owned(),
            depth,
            kind,
            media_type: format!("{}/{}", body.media_type, body.subtype),
            charset: body.parameter("charset").map(<[u8]>::to_vec),
            encoding: body.encoding.clone(),
            name: attachment::name(body),
            size: body.octets,
            lines: body.lines,
            disposition: body.disposition.as_ref().map(|disposition| disposition.kind.clone()),
            id: body.id.as_ref().and_then(text),
            description: body.description.as_ref().map(|text| encoded_word::decode(text)),
            place: None,
        }
    }

    fn of_part(part: part::Part) -> Self {
        let kind = match part.kind {
            Kind::Leaf => Nature::Leaf,
            Kind::Multipart => Nature::Multipart,
            Kind::Message => Nature::Message,
        };
        Self {
            depth: part.depth,
            kind,
            charset: part.parameter("charset").map(<[u8]>::to_vec),
            size: Some(part.size()),
            lines: None,
            id: part.id.map(|id| format!("<{id}>")),
            place: Some(part.content.clone()),
            section: part.section,
            media_type: part.media_type,
            encoding: part.encoding,
            name: part.name,
            disposition: part.disposition,
            description: part.description,
        }
    }

    /// Its number, if it has one.
    pub(super) fn number(&self) -> Option<PartNumber> {
        PartNumber::parse(&self.section).ok()
    }

    /// Whether people would call it an attachment.
    pub(super) fn is_attachment(&self) -> bool {
        self.kind != Nature::Multipart
            && part::is_attachment(&self.media_type, self.disposition.as_deref(), self.name.as_deref())
    }

    /// Tells it.
    pub(super) fn tell(&self, uid: Uid, place: Place<'_>, job: &Job<'_>) {
        let charset = self.charset.as_deref().map(crate::text::sanitize);
        let has_content = self.kind != Nature::Multipart;
        job.tell(What::Part(&record::Part {
            place,
            uid: uid.get(),
            section: if self.number().is_some() { &self.section } else { "" },
            depth: u32::try_from(self.depth).unwrap_or(u32::MAX),
            media_type: &self.media_type,
            charset: charset.as_deref(),
            encoding: Some(self.encoding.as_str()).filter(|encoding| has_content && !encoding.is_empty()),
            name: self.name.as_deref().map(str::as_bytes),
            size: self.size.filter(|_| has_content),
            lines: self.lines,
            disposition: self.disposition.as_deref(),
            content_id: self.id.as_deref(),
            description: self.description.as_deref().map(str::as_bytes),
        }));
    }
}

/// What a server tells of one message.
struct Facts {
    uid: Uid,
    came: bool,
    structure: Option<BodyStructure>,
    header: Vec<u8>,
    flaw: Option<Flaw>,
}

impl Facts {
    fn of(uid: Uid) -> Self {
        Self { uid, came: false, structure: None, header: Vec::new(), flaw: None }
    }

    fn more(&mut self, octets: &[u8]) -> Result<()> {
        if (self.header.len() as u64).saturating_add(octets.len() as u64) > MAX_HEADER {
            return Err(Error::Limit { what: "a header", limit: MAX_HEADER });
        }
        self.header.extend_from_slice(octets);
        Ok(())
    }
}

impl Receiver for Facts {
    fn literal(&mut self, head: &LiteralHead<'_>, _octets: u64) -> Result<Take> {
        let is_header = head.section.part.is_empty() && head.section.text == SectionText::Header;
        if !is_header || head.uid.is_some_and(|uid| uid != self.uid) {
            return Ok(Take::Discard);
        }
        self.header.clear();
        Ok(Take::Stream)
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.more(octets)
    }

    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        if row.uid != Some(self.uid) {
            return Ok(());
        }
        self.came = true;
        for section in &row.sections {
            if let (SectionText::Header, Some(octets)) = (section.spec.text, section.value.octets()) {
                self.header.clear();
                self.more(octets)?;
            }
        }
        if let Some(structure) = &row.structure {
            self.structure = Some(structure.as_ref().clone());
        }
        if let Some(flaw) = row.flaws.first() {
            self.flaw = Some(flaw.clone());
        }
        Ok(())
    }

    fn flaw(&mut self, flaw: &Flaw) -> Result<()> {
        self.flaw = Some(flaw.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(depth: usize, section: &str, media_type: &str) -> Piece {
        let kind = match media_type.split('/').next() {
            Some("multipart") => Nature::Multipart,
            Some("message") => Nature::Message,
            _ => Nature::Leaf,
        };
        Piece { depth, section: section.into(), media_type: media_type.into(), kind, ..Piece::default() }
    }

    fn chosen(pieces: &[Piece], wish: Wish) -> Vec<String> {
        let anatomy = Anatomy { pieces: pieces.to_vec(), message: None, header: Vec::new() };
        anatomy.texts(wish).into_iter().map(|piece| piece.section.clone()).collect()
    }

    #[test]
    fn the_text_is_what_people_would_read() {
        let usual = [
            piece(0, "TEXT", "multipart/mixed"),
            piece(1, "1", "multipart/alternative"),
            piece(2, "1.1", "text/plain"),
            piece(2, "1.2", "multipart/related"),
            piece(3, "1.2.1", "text/html"),
            piece(3, "1.2.2", "image/png"),
            Piece { disposition: Some("attachment".into()), ..piece(1, "2", "text/plain") },
            piece(1, "3", "message/rfc822"),
            piece(2, "3.1", "text/plain"),
            piece(1, "4", "text/plain"),
        ];
        assert_eq!(chosen(&usual, Wish::Text), ["1.1", "4"]);
        assert_eq!(chosen(&usual, Wish::Html), ["1.2.1"]);
        let anatomy = Anatomy { pieces: usual.to_vec(), message: None, header: Vec::new() };
        let attached: Vec<_> = anatomy.attachments().iter().map(|piece| piece.section.as_str()).collect();
        assert_eq!(attached, ["2", "3"], "what is in an attached message comes with it");

        assert_eq!(chosen(&[piece(0, "1", "text/html")], Wish::Text), ["1"]);
        assert_eq!(chosen(&[piece(0, "1", "text/plain")], Wish::Html), [""; 0]);
        assert_eq!(chosen(&[piece(0, "1", "application/pdf")], Wish::Text), [""; 0]);
        assert_eq!(chosen(&[], Wish::Text), [""; 0]);
        let html =
            [piece(0, "TEXT", "multipart/alternative"), piece(1, "1", "text/html"), piece(1, "2", "text/calendar")];
        assert_eq!(chosen(&html, Wish::Text), ["1"]);
    }

    #[test]
    fn an_attached_message_may_hide_its_parts() {
        let of = |pieces: &[Piece]| Anatomy { pieces: pieces.to_vec(), message: None, header: Vec::new() };
        let number = |text| PartNumber::parse(text).unwrap();
        let message = piece(1, "2", "message/rfc822");
        let hidden = of(&[piece(0, "TEXT", "multipart/mixed"), message.clone()]);
        assert!(hidden.hides(&number("2.1")) && !hidden.hides(&number("21")) && !hidden.hides(&number("3.1")));
        assert!(!of(&[message, piece(2, "2.1", "text/plain")]).hides(&number("2.2")));
    }

    #[test]
    fn hollow_structures_are_no_word_to_rely_on() {
        let leaf = BodyStructure { media_type: "text".into(), ..BodyStructure::default() };
        let of = |children| BodyStructure {
            media_type: "multipart".into(),
            content: Content::Multipart(children),
            ..BodyStructure::default()
        };
        assert!(is_sound(&leaf) && is_sound(&of(vec![leaf.clone()])));
        assert!(!is_sound(&of(Vec::new())) && !is_sound(&of(vec![leaf, of(Vec::new())])));
        assert!(!is_sound(&BodyStructure::default()));
    }
}
