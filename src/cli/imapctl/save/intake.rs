//! Takes texts of many messages as they come, each into a file of its own.

use std::collections::HashMap;

use super::directory::{Directory, Draft, Naming};
use crate::cli::imapctl::body;
use crate::error::{Error, Phase, Result};
use crate::imap::grammar::{Data, LiteralHead, Row, SectionSpec, SectionValue};
use crate::imap::receiver::{Receiver, Take};
use crate::imap::{Item, PartNumber, Section, Uid, UidSet};
use crate::mail::transfer_decoding::{Damage, TransferDecoder};

/// A text of a message that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The part's number; `None` for the whole message.
    pub(super) section: Option<String>,
    pub(super) item: Item,
    /// The encoding that is undone here.
    pub(super) encoding: Option<String>,
    pub(super) name: Option<String>,
    pub(super) naming: Naming,
}

impl Wanted {
    /// The whole message.
    pub(super) fn message(uid: Uid) -> Self {
        Self {
            section: None,
            item: whole(),
            encoding: None,
            name: None,
            naming: Naming { wish: None, fallback: format!("{uid}.eml") },
        }
    }

    fn decoder(&self) -> TransferDecoder {
        let named = self.encoding.as_deref().and_then(|encoding| TransferDecoder::named(encoding.as_bytes()));
        named.unwrap_or_else(TransferDecoder::identity)
    }
}

/// The item that is a whole message.
pub(super) fn whole() -> Item {
    Item::Body(Section::Whole(PartNumber::message()))
}

/// What is told of a file.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) uid: Uid,
    pub(super) section: Option<String>,
    pub(super) name: Option<String>,
    pub(super) damage: Option<Damage>,
}

/// What is wanted of which messages.
#[derive(Debug)]
pub(super) enum Orders {
    /// The whole of each; those that have come are counted beside, which costs the same however many there are.
    Whole { wanted: UidSet, come: UidSet },
    /// These parts.
    Parts(HashMap<Uid, Vec<Wanted>>),
}

impl Orders {
    /// What the text is that comes, if it is wanted.
    fn find(&self, uid: Uid, spec: &SectionSpec<'_>) -> Option<Wanted> {
        match self {
            Self::Whole { wanted, come } => {
                let is_wanted = wanted.contains(uid) && !come.contains(uid) && body::answers(spec, &whole());
                is_wanted.then(|| Wanted::message(uid))
            }
            Self::Parts(orders) => orders.get(&uid)?.iter().find(|wanted| body::answers(spec, &wanted.item)).cloned(),
        }
    }

    /// Marks a text as taken.
    fn fulfil(&mut self, uid: Uid, wanted: &Wanted) {
        match self {
            Self::Whole { come, .. } => come.insert(uid),
            Self::Parts(orders) => {
                if let Some(parts) = orders.get_mut(&uid) {
                    parts.retain(|part| part.section != wanted.section);
                    if parts.is_empty() {
                        orders.remove(&uid);
                    }
                }
            }
        }
    }
}

/// Takes what comes.
pub(super) struct Intake<'d> {
    directory: &'d mut Directory<About>,
    /// What has not come yet.
    pub(super) orders: Orders,
    /// The only message that is asked for: its texts are known before a server says whose they are.
    pub(super) only: Option<Uid>,
    /// Which messages are there.
    pub(super) seen: UidSet,
    /// Told of each file that is in place.
    tell: &'d mut dyn FnMut(super::directory::Placed<About>),
    current: Option<(Uid, Wanted, Draft, TransferDecoder)>,
    /// Texts of the row that is coming.
    row: Vec<(Uid, Wanted, Draft, Option<Damage>)>,
    decoded: Vec<u8>,
}

impl<'d> Intake<'d> {
    pub(super) fn new(
        directory: &'d mut Directory<About>,
        orders: Orders,
        tell: &'d mut dyn FnMut(super::directory::Placed<About>),
    ) -> Self {
        Self {
            directory,
            orders,
            only: None,
            seen: UidSet::new(),
            tell,
            current: None,
            row: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// Puts in place what waits.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.directory.settle()?.into_iter().for_each(&mut *self.tell);
        Ok(())
    }

    fn end_row(&mut self, uid: Option<Uid>, row: &Row<'_>) -> Result<()> {
        let texts = std::mem::take(&mut self.row);
        if let Some(uid) = uid
            && texts.iter().any(|(of, ..)| *of != uid)
        {
            return Err(Error::protocol(
                Phase::Data("UID FETCH"),
                "a text came for another message than it was said to be of",
            ));
        }
        if !texts.is_empty() || !row.sections.is_empty() {
            body::check(row)?;
        }
        for (uid, wanted, draft, damage) in texts {
            self.keep(uid, wanted, draft, damage)?;
        }
        // Short texts may come as quoted strings.
        let Some(uid) = uid else { return Ok(()) };
        for section in &row.sections {
            let SectionValue::Octets(octets) = &section.value else { continue };
            if let Some(wanted) = self.orders.find(uid, &section.spec) {
                let mut draft = self.directory.begin()?;
                let mut decoder = wanted.decoder();
                let mut decoded = Vec::new();
                decoder.push(octets, &mut decoded);
                let damage = decoder.finish(&mut decoded);
                draft.write(&decoded)?;
                self.keep(uid, wanted, draft, damage)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, uid: Uid, wanted: Wanted, draft: Draft, damage: Option<Damage>) -> Result<()> {
        self.orders.fulfil(uid, &wanted);
        let about = About { uid, section: wanted.section, name: wanted.name, damage };
        self.directory.add(draft, wanted.naming, about)?.into_iter().for_each(&mut *self.tell);
        Ok(())
    }
}

impl Receiver for Intake<'_> {
    fn literal(&mut self, head: &LiteralHead<'_>, _octets: u64) -> Result<Take> {
        // Quirk: a server that says whose text it is behind the text. Its messages are asked for one by one.
        let Some(uid) = head.uid.or(self.only) else { return Ok(Take::Discard) };
        if head.origin.is_some_and(|origin| origin > 0) {
            return Ok(Take::Discard);
        }
        let is_double =
            |wanted: &Wanted| self.row.iter().any(|(of, known, ..)| *of == uid && known.section == wanted.section);
        let Some(wanted) = self.orders.find(uid, &head.section).filter(|wanted| !is_double(wanted)) else {
            return Ok(Take::Discard);
        };
        let decoder = wanted.decoder();
        self.current = Some((uid, wanted, self.directory.begin()?, decoder));
        Ok(Take::Stream)
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        let Some((_, _, draft, decoder)) = &mut self.current else { return Ok(()) };
        self.decoded.clear();
        decoder.push(octets, &mut self.decoded);
        draft.write(&self.decoded)
    }

    fn literal_end(&mut self) -> Result<()> {
        let Some((uid, wanted, mut draft, decoder)) = self.current.take() else { return Ok(()) };
        self.decoded.clear();
        let damage = decoder.finish(&mut self.decoded);
        draft.write(&self.decoded)?;
        self.row.push((uid, wanted, draft, damage));
        Ok(())
    }

    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        let uid = row.uid.or(self.only.filter(|_| !row.sections.is_empty()));
        if let Some(uid) = uid {
            self.seen.insert(uid);
        }
        self.end_row(uid, row)
    }
}
