//! One message from a FETCH into an APPEND.

use std::collections::BTreeSet;

use super::{Course, of_target};
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::job::Job;
use crate::error::{Error, Phase, Result};
use crate::imap::grammar::{Data, LiteralHead, Row, Section, SectionItem, SectionSpec, SectionText, SectionValue};
use crate::imap::session::{Admission, Append, AppendEnvelope, Appended, Authenticated, Flight, Landing, Sent};
use crate::imap::{
    Extension, Flag, Ignore, Item, Mailbox, PartNumber, Receiver, Section as Asked, Selected, Selection, Session, Take,
    Uid, UidSet, UidValidity,
};
use crate::mail::intake::is_utf8_head;

/// Where a message is now, if the server told it.
pub(super) type Arrival = Option<(UidValidity, Uid)>;

/// What is known of a message before its text comes.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    flags: Vec<Flag>,
    date: Option<String>,
    /// A hint: some servers count otherwise than they send.
    pub(super) size: Option<u64>,
}

impl About {
    /// Takes what a row tells; rows come in pieces, too.
    pub(super) fn update(&mut self, row: &Row<'_>) {
        if let Some(flags) = &row.flags {
            self.flags = flags.to_set().into_iter().collect();
        }
        self.date = row.internal_date.map(|date| date.to_string()).or(self.date.take());
        self.size = row.size.or(self.size);
    }
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Fate {
    /// The other server has it.
    Arrived(Arrival),
    /// It is not taken; others may be.
    Refused(Failure),
    /// Neither it nor any other is taken.
    Blocked(Failure),
    /// The connection ended before the other server said whether it has it.
    Unknown(Failure),
}

impl Fate {
    pub(super) fn course(&self) -> Course {
        match self {
            Self::Arrived(_) | Self::Refused(_) => Course::On,
            Self::Blocked(_) | Self::Unknown(_) => Course::Over,
        }
    }
}

/// What is asked for. The UID is first, so that servers that keep the order tell it before the text.
pub(super) fn items() -> [Item; 2] {
    [Item::Uid, Item::Body(Asked::Whole(PartNumber::message()))]
}

/// The message, if a row has all of it. One whose text stands beside what is no item of FETCH was counted wrongly; and a
/// server that knows a size and sends nothing has not given the message (Exchange).
pub(super) fn text<'r>(row: &'r Row<'_>, about: Option<&About>) -> Option<&'r [u8]> {
    let section = row.sections.iter().find(|section| is_message(&section.spec))?;
    let Section { origin: None, value: SectionValue::Octets(octets), .. } = section else { return None };
    let is_hollow = octets.is_empty() && about.is_some_and(|about| about.size.is_some_and(|size| size > 0));
    (row.flaws.is_empty() && row.others.is_empty() && !is_hollow).then_some(octets)
}

fn is_message(spec: &SectionSpec<'_>) -> bool {
    matches!(spec.item, SectionItem::Body | SectionItem::Rfc822)
        && spec.part.is_empty()
        && spec.text == SectionText::Whole
}

/// The folder of the other account.
pub(super) struct Harbour<'h> {
    session: &'h mut Session<Authenticated>,
    to: &'h Mailbox,
    account: &'h str,
    selection: Selection,
    /// The biggest message that the server takes (RFC 7889).
    limit: Option<u64>,
    /// Flags that it does not keep.
    lost: BTreeSet<String>,
    flight: Flight<Uid>,
    landed: Vec<(Uid, Fate)>,
    is_closed: bool,
}

impl<'h> Harbour<'h> {
    /// A trip where the server has a limit for each folder.
    pub(super) fn new(session: &'h mut Session<Authenticated>, to: &'h Mailbox, account: &'h str) -> Result<Self> {
        let limit = session.append_limit(to)?;
        let selection = session.selection().cloned().unwrap_or_default();
        // What is under way is seen through to its verdict: a signal would only leave it in doubt. The second one ends all.
        session.outlast_signals();
        Ok(Self {
            session,
            to,
            account,
            selection,
            limit,
            lost: BTreeSet::new(),
            flight: Flight::default(),
            landed: Vec::new(),
            is_closed: false,
        })
    }

    /// Says which flags were left behind.
    pub(super) fn tell_lost(&self, job: &Job<'_>) {
        if !self.lost.is_empty() {
            let lost = self.lost.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            job.warn(&format!("{} of {} does not keep these flags: {lost}", self.to.text(), self.account));
        }
    }

    /// Whether nothing more is taken.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Takes a message that is at hand, ahead of the answers to those before it where the server lets it. What becomes of it is
    /// among what [`Harbour::landed`] gives some time later; a closed harbour takes nothing.
    pub(super) fn take(&mut self, uid: Uid, octets: &[u8], about: &About) {
        let count = octets.len() as u64;
        if let Some(fate) = self.too_big(count) {
            self.landed.push((uid, fate));
            return;
        }
        let binary = octets.contains(&0) && self.session.has(Extension::Binary);
        let utf8 = self.takes_utf8() && is_utf8_head(head_of(octets));
        // Whether it may ride is known only once that is switched on.
        if utf8
            && !self.is_closed
            && let Err(error) = self.session.accept_utf8()
        {
            self.drain();
            return self.arrive(uid, Fate::Blocked(of_target(error, self.account)));
        }
        let envelope = AppendEnvelope { octets: count, binary, utf8, ..self.envelope(about) };
        loop {
            let rides = self.session.goes_unasked(count) && (!utf8 || self.session.is_sure_of_utf8());
            while !rides && !self.flight.is_empty() || !self.flight.has_room(count) {
                self.land();
            }
            if self.is_closed {
                return;
            }
            match self.send(octets, &envelope) {
                Ok(Some(sent)) => self.flight.push(uid, sent),
                Ok(None) => return,
                Err(error) => {
                    self.drain();
                    self.arrive(uid, Fate::Blocked(of_target(error, self.account)));
                    return;
                }
            }
            if rides {
                return;
            }
            match self.flight.land(self.session, &mut Ignore) {
                Some((_, Landing::Refused(error))) if utf8 && self.session.forgo_utf8_item(&error) => {}
                Some((uid, landing)) => return self.judge(uid, landing),
                None => return,
            }
        }
    }

    /// What has become of messages since this was last asked, without waiting for any.
    pub(super) fn landed(&mut self) -> Vec<(Uid, Fate)> {
        while let Some((uid, landing)) = self.flight.land_at_hand(self.session, &mut Ignore) {
            self.judge(uid, landing);
        }
        std::mem::take(&mut self.landed)
    }

    /// Waits until nothing is under way.
    pub(super) fn drain(&mut self) {
        while !self.flight.is_empty() {
            self.land();
        }
    }

    /// Takes a message piece by piece, as the server it is on sends it; `None` if that has not sent it. Nothing may be under way.
    /// A signal ends it in the middle.
    ///
    /// An error is that server's. Then the message is not in the other account.
    pub(super) fn fetch(&mut self, uid: Uid, about: &About, folder: &mut Selected<'_>) -> Result<Option<Fate>> {
        let utf8 = self.takes_utf8() && is_utf8_head(&head(uid, folder)?);
        let mut binary = false;
        if utf8 && let Err(error) = self.session.accept_utf8() {
            return Ok(Some(Fate::Blocked(of_target(error, self.account))));
        }
        loop {
            let envelope = AppendEnvelope { binary, utf8, ..self.envelope(about) };
            let (limit, stage) = (self.limit, Stage::Waiting);
            self.session.heed_signals();
            folder.session().heed_signals();
            let append = self.session.append(self.to);
            let mut pass = Pass { uid, about, envelope, limit, append, stage, has_nul: false };
            let fetched = folder.uid_fetch(&UidSet::one(uid), &items(), &mut pass);
            folder.session().outlast_signals();
            let (stage, has_nul, finished) = pass.end(fetched.is_ok());
            self.session.outlast_signals();
            let fate = match (stage, fetched, finished) {
                (_, _, Some(Err(error))) if utf8 && self.session.forgo_utf8_item(&error) => continue,
                (_, _, Some(finished)) => self.fate_of(finished),
                // This end was broken off to tell of the other one.
                (Stage::Broken(error), ..) => Fate::Blocked(of_target(error, self.account)),
                (_, Err(error @ Error::Rejected(_)), _) if folder.session().is_in_step() => Fate::Refused(error.into()),
                (_, Err(error), _) => return Err(error),
                (Stage::TooBig(octets), ..) => match self.too_big(octets) {
                    Some(fate) => fate,
                    None => return Ok(None),
                },
                (Stage::Held(octets), ..) => {
                    self.take(uid, &octets, about);
                    self.drain();
                    return Ok(self.landed.pop().map(|(_, fate)| fate));
                }
                (Stage::Waiting, ..) => return Ok(None),
                _ => Fate::Blocked(mismatch().into()),
            };
            // A message with NUL needs another kind of literal, which is known only once it has come (RFC 3516 section 4.4).
            if !binary && has_nul && matches!(fate, Fate::Refused(_)) && self.session.has(Extension::Binary) {
                binary = true;
                continue;
            }
            return Ok(Some(fate));
        }
    }

    fn send(&mut self, octets: &[u8], envelope: &AppendEnvelope) -> Result<Option<Sent>> {
        let mut append = self.session.append(self.to);
        if append.message(envelope, &mut Ignore)? == Admission::Admitted {
            append.write(octets)?;
        }
        append.dispatch()
    }

    /// Whether UTF-8 in a header is a matter here (RFC 9755).
    fn takes_utf8(&self) -> bool {
        self.session.has(Extension::Utf8Accept) || self.session.is_enabled(Extension::Utf8Accept)
    }

    /// Waits for what becomes of the first message that is under way.
    fn land(&mut self) {
        if let Some((uid, landing)) = self.flight.land(self.session, &mut Ignore) {
            self.judge(uid, landing);
        }
    }

    fn judge(&mut self, uid: Uid, landing: Landing) {
        let fate = match landing {
            Landing::Stored(appended) => Fate::Arrived(place_of(appended)),
            Landing::Refused(error) => self.refused(error),
            Landing::Unknown(error) => Fate::Unknown(of_target(error, self.account)),
            Landing::Unsent(error) => Fate::Blocked(of_target(error, self.account)),
        };
        self.arrive(uid, fate);
    }

    fn arrive(&mut self, uid: Uid, fate: Fate) {
        self.is_closed |= fate.course() == Course::Over;
        self.landed.push((uid, fate));
    }

    fn envelope(&mut self, about: &About) -> AppendEnvelope {
        let mut flags = Vec::new();
        for flag in about.flags.iter().filter(|flag| flag.is_settable()) {
            match self.selection.keeps(flag) {
                true => flags.push(flag.clone()),
                false => drop(self.lost.insert(flag.to_string())),
            }
        }
        AppendEnvelope { flags, date: about.date.clone(), ..AppendEnvelope::default() }
    }

    fn too_big(&self, octets: u64) -> Option<Fate> {
        let limit = self.limit.filter(|limit| octets > *limit)?;
        let text = format!("the message has {octets} octets, and the server takes no more than {limit}");
        let failure = of_target(Error::InvalidInput(text), self.account);
        Some(Fate::Refused(Failure { exit: Exit::DATA, ..failure }))
    }

    /// What the end of an APPEND means.
    fn fate_of(&self, finished: Result<Option<Appended>>) -> Fate {
        match finished {
            Ok(appended) => Fate::Arrived(place_of(appended)),
            Err(error) if !self.session.is_in_step() => Fate::Unknown(of_target(error, self.account)),
            Err(error) => self.refused(error),
        }
    }

    /// What is wrong with the message is nothing against the next one.
    fn refused(&self, error: Error) -> Fate {
        match of_target(error, self.account) {
            failure if failure.exit == Exit::DATA => Fate::Refused(failure),
            failure => Fate::Blocked(failure),
        }
    }
}

fn place_of(appended: Option<Appended>) -> Arrival {
    appended.and_then(|appended| Some((appended.uid_validity, appended.uids.first().copied()?)))
}

/// The header of a message.
fn head_of(octets: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(octets, b"\r\n\r\n").unwrap_or(octets.len());
    octets.get(..end).unwrap_or(octets)
}

/// The header of a message that is still on its server; nothing if that does not give it.
fn head(uid: Uid, folder: &mut Selected<'_>) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let items = [Item::Uid, Item::Body(Asked::Header(PartNumber::message()))];
    folder.uid_fetch(&UidSet::one(uid), &items, &mut |data: &Data<'_>| {
        if let Data::Fetch(row) = data
            && row.uid == Some(uid)
            && let Some(Section { value: SectionValue::Octets(octets), .. }) = row.sections.first()
        {
            head = octets.to_vec();
        }
        Ok(())
    })?;
    Ok(head)
}

/// A message on its way.
struct Pass<'p> {
    uid: Uid,
    about: &'p About,
    envelope: AppendEnvelope,
    limit: Option<u64>,
    append: Append<'p>,
    stage: Stage,
    has_nul: bool,
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    /// It has not begun.
    Waiting,
    /// It is going over.
    Writing,
    /// It has gone over, and is still to be ended.
    Whole,
    /// The other server did not let it begin.
    TurnedAway,
    /// So many octets are too many.
    TooBig(u64),
    /// It came in a row, and so is small.
    Held(Vec<u8>),
    /// The other server is gone.
    Broken(Error),
}

impl Pass<'_> {
    /// How far it has come, whether it has NUL, and what the other server says to it, if it was asked.
    fn end(mut self, is_fetched: bool) -> (Stage, bool, Option<Result<Option<Appended>>>) {
        self.append.outlast_signals();
        let finished = match self.stage {
            Stage::Whole | Stage::TurnedAway if is_fetched => Some(self.append.finish(&mut Ignore)),
            // An APPEND that was begun and is not ended breaks the connection off: nothing of the message is kept.
            _ => None,
        };
        (self.stage, self.has_nul, finished)
    }

    /// Keeps what has broken at the other server, and ends what comes from this one.
    fn broken<T>(&mut self, error: Error) -> Result<T> {
        self.stage = Stage::Broken(error);
        Err(Error::Closed { phase: Phase::Send, truncated: false })
    }
}

impl Receiver for Pass<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        if !row.sections.iter().any(|section| is_message(&section.spec)) {
            return Ok(());
        }
        let is_ours = row.uid == Some(self.uid);
        match self.stage {
            // What went over was another message, or its end was elsewhere.
            Stage::Whole if !is_ours || !row.flaws.is_empty() || !row.others.is_empty() => self.broken(mismatch()),
            Stage::Waiting if is_ours => {
                if let Some(octets) = text(row, Some(self.about)) {
                    self.stage = Stage::Held(octets.to_vec());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn literal(&mut self, head: &LiteralHead<'_>, octets: u64) -> Result<Take> {
        let is_ours = is_message(&head.section) && head.origin.is_none() && head.uid.is_none_or(|uid| uid == self.uid);
        if !matches!(self.stage, Stage::Waiting) || !is_ours || octets == 0 {
            return Ok(Take::Hold);
        }
        if self.limit.is_some_and(|limit| octets > limit) {
            self.stage = Stage::TooBig(octets);
            return Ok(Take::Discard);
        }
        self.envelope.octets = octets;
        match self.append.message(&self.envelope, &mut Ignore) {
            Ok(Admission::Admitted) => {
                self.stage = Stage::Writing;
                Ok(Take::Stream)
            }
            Ok(Admission::Refused) => {
                self.stage = Stage::TurnedAway;
                Ok(Take::Discard)
            }
            Err(error) => self.broken(error),
        }
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.has_nul = self.has_nul || octets.contains(&0);
        match self.append.write(octets) {
            Ok(()) => Ok(()),
            Err(error) => self.broken(error),
        }
    }

    fn literal_end(&mut self) -> Result<()> {
        if matches!(self.stage, Stage::Writing) {
            self.stage = Stage::Whole;
        }
        Ok(())
    }
}

/// The octets that came are not the message that was asked for, and are not to be kept.
fn mismatch() -> Error {
    Error::protocol(Phase::Reply("UID FETCH"), "the message that came is not the one that was asked for")
}
