//! `imapctl show`: a message or a piece of it on standard output.

use std::io::{self, IsTerminal as _};

use super::anatomy::{self, Anatomy, Header as Wanted, Nature, Piece, Wish};
use super::body::{self, Came, absent, withheld};
use super::job::Job;
use super::reading::{Form, Reading};
use super::visit::Visit;
use crate::cli::args::imapctl::{ShowArgs, ShowForm};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::Printer;
use crate::cli::output::record::imapctl::{HeaderField, HeaderView, Place, What};
use crate::error::{Error, Result};
use crate::imap::session::Change;
use crate::imap::{Access, Flag, Ignore, Item, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::transfer_decoding::{Damage, TransferDecoder};
use crate::mail::{Field, Header, encoded_word};

/// The fields that people look at first.
const MAIN: [&str; 8] = ["From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject"];

/// One trip behind the login for the whole message or its header; for anything else one that tells what there is, and one for each
/// part that is shown. The message is marked when all of it has been written, and not before.
pub(super) fn run(args: &ShowArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let shown = show(args, visit, job);
    if let Err(failure) = &shown
        && matches!(*failure.error, Error::Storage { .. })
    {
        // Perhaps in the middle of a literal, whose rest nobody wants.
        visit.abandon();
    }
    shown
}

fn show(args: &ShowArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let access = if args.mark_seen { Access::ReadWrite } else { Access::ReadOnly };
    let mut folder = visit.open(job, &args.folder.folder, access, args.folder.uidvalidity)?;
    let mailbox = folder.selection().mailbox.clone();
    let validity = folder.selection().uid_validity.map(|validity| validity.get());
    let view = View { uid: args.uid, place: Place { folder: (&mailbox).into(), validity }, job };
    // Whoever reads it on the terminal sees how far it is.
    let work = (!io::stdout().is_terminal()).then(|| job.work("fetching", Counted::Received));
    let exit = match args.form() {
        ShowForm::Raw => view.raw(&mut folder)?,
        ShowForm::Headers => view.headers(&mut folder)?,
        ShowForm::Whole => view.whole(&mut folder)?,
        ShowForm::Text => view.texts(Wish::Text, &mut folder)?,
        ShowForm::Html => view.texts(Wish::Html, &mut folder)?,
        ShowForm::Part(number) => view.part(&number, &mut folder)?,
    };
    drop(work);
    if args.mark_seen {
        folder.uid_store(&UidSet::from_iter([args.uid]), Change::Add, &[Flag::Seen], None, &mut Ignore)?;
    }
    Ok(exit)
}

/// What is shown, and to whom.
struct View<'v> {
    uid: Uid,
    place: Place<'v>,
    job: &'v Job<'v>,
}

impl View<'_> {
    fn raw(&self, folder: &mut Selected<'_>) -> Result<Exit, Failure> {
        let mut printer = Printer::of_mail();
        let item = Item::Body(Section::Whole(PartNumber::message()));
        let came =
            body::one(self.uid, &item, folder, &mut |octets| printer.print(octets).map_err(|failure| *failure.error))?;
        match came {
            Came::Gone => return Err(absent(self.uid)),
            Came::Missing => return Err(withheld(self.uid, "").into()),
            Came::Whole(_) => {}
        }
        printer.finish()?;
        Ok(Exit::OK)
    }

    fn headers(&self, folder: &mut Selected<'_>) -> Result<Exit, Failure> {
        let mut header = Vec::new();
        let item = Item::Body(Section::Header(PartNumber::message()));
        let came = body::one(self.uid, &item, folder, &mut |octets| {
            header.extend_from_slice(octets);
            match header.len() as u64 > anatomy::MAX_HEADER {
                true => Err(Error::Limit { what: "a header", limit: anatomy::MAX_HEADER }),
                false => Ok(()),
            }
        })?;
        match came {
            Came::Gone => return Err(absent(self.uid)),
            Came::Missing => return Err(withheld(self.uid, "").into()),
            Came::Whole(_) => {}
        }
        let header = Header::parse(&header);
        self.tell_fields(header.fields().iter())?;
        Ok(Exit::OK)
    }

    fn whole(&self, folder: &mut Selected<'_>) -> Result<Exit, Failure> {
        let (anatomy, exit) = self.anatomy(Wanted::Wanted, folder)?;
        let header = Header::parse(&anatomy.header);
        self.tell_fields(MAIN.iter().flat_map(|name| header.all(name)))?;
        let texts = anatomy.texts(Wish::Text);
        let mut printer = Printer::of_text();
        let exit = Exit::combine([exit, self.print(&texts, &anatomy, Wish::Text, &mut printer, folder)?]);
        let attached = self.beside(&anatomy, &texts);
        if !texts.is_empty() && !attached.is_empty() {
            printer.print(b"\n")?;
        }
        printer.finish()?;
        attached.iter().for_each(|piece| piece.tell(self.uid, self.place, self.job));
        self.check_open()?;
        Ok(exit)
    }

    fn texts(&self, wish: Wish, folder: &mut Selected<'_>) -> Result<Exit, Failure> {
        let (anatomy, exit) = self.anatomy(Wanted::Unwanted, folder)?;
        let texts = anatomy.texts(wish);
        if texts.is_empty() {
            let what = if wish == Wish::Html { "HTML" } else { "text" };
            let error =
                Error::InvalidInput(format!("message {} has no {what}; \"imapctl parts\" tells what it has", self.uid));
            return Err(Failure { exit: Exit::NO_INPUT, ..error.into() });
        }
        // HTML says itself in which charset it is; people at a terminal get what the terminal can show.
        let mut printer = match wish == Wish::Html && !io::stdout().is_terminal() {
            true => Printer::of_mail(),
            false => Printer::of_text(),
        };
        let exit = Exit::combine([exit, self.print(&texts, &anatomy, wish, &mut printer, folder)?]);
        printer.finish()?;
        Ok(exit)
    }

    fn part(&self, number: &PartNumber, folder: &mut Selected<'_>) -> Result<Exit, Failure> {
        let (mut anatomy, exit) = self.anatomy(Wanted::Unwanted, folder)?;
        if anatomy.piece(number).is_none() && anatomy.hides(number) {
            // Quirk: a server that takes an attached message for any other part, and tells nothing of what is in it.
            anatomy = anatomy::dissected(self.uid, folder)?.ok_or_else(|| absent(self.uid))?;
        }
        let Some(piece) = anatomy.piece(number) else {
            return Err(no_part(self.uid, number));
        };
        let is_text = piece.kind != Nature::Leaf || piece.media_type.starts_with("text/");
        let to_terminal = io::stdout().is_terminal();
        if to_terminal && !is_text {
            return Err(Failure::usage(format!(
                "part {number} is {}, which a terminal cannot show; redirect it, or use \"imapctl save --part {number}\"",
                crate::text::sanitize(piece.media_type.as_bytes())
            )));
        }
        if to_terminal && piece.kind == Nature::Leaf {
            let mut printer = Printer::of_text();
            let exit = Exit::combine([exit, self.print(&[piece], &anatomy, Wish::Html, &mut printer, folder)?]);
            printer.finish()?;
            return Ok(exit);
        }
        let mut printer = Printer::of_mail();
        let damage = body::content(self.uid, piece, &anatomy, folder, &mut |octets| {
            printer.print(octets).map_err(|failure| *failure.error)
        })?;
        printer.finish()?;
        Ok(Exit::combine([exit, self.doubts(piece, damage)]))
    }

    fn anatomy(&self, header: Wanted, folder: &mut Selected<'_>) -> Result<(Anatomy, Exit), Failure> {
        anatomy::of(self.uid, header, folder, self.job)?.ok_or_else(|| absent(self.uid))
    }

    /// Prints texts one behind the other, and says what is doubtful about them.
    fn print(
        &self,
        texts: &[&Piece],
        anatomy: &Anatomy,
        wish: Wish,
        printer: &mut Printer,
        folder: &mut Selected<'_>,
    ) -> Result<Exit, Failure> {
        let mut exits = vec![Exit::OK];
        for (piece, at) in texts.iter().zip(0..) {
            if at > 0 {
                printer.print(b"\n")?;
            }
            let as_it_stands = wish == Wish::Html && !io::stdout().is_terminal();
            if as_it_stands {
                let damage = body::content(self.uid, piece, anatomy, folder, &mut |octets| {
                    printer.print(octets).map_err(|failure| *failure.error)
                })?;
                exits.push(self.doubts(piece, damage));
                continue;
            }
            let form = match (piece.media_type.as_str(), wish) {
                ("text/html", Wish::Text) => Form::Html,
                ("text/html", Wish::Html) => Form::Source,
                _ => Form::Plain,
            };
            let mut reading = Reading::new(piece.charset.as_deref(), form, printer);
            let damage = body::content(self.uid, piece, anatomy, folder, &mut |octets| reading.push(octets))?;
            if let Some(doubt) = reading.finish()? {
                self.job.warn(&format!("part {}: {doubt}", piece.section));
            }
            exits.push(self.doubts(piece, damage));
        }
        Ok(Exit::combine(exits))
    }

    /// Says what is wrong with the encoding of a part. Only what is missing makes a run fail.
    fn doubts(&self, piece: &Piece, damage: Option<Damage>) -> Exit {
        if piece.kind != Nature::Multipart && TransferDecoder::named(piece.encoding.as_bytes()).is_none() {
            let encoding = crate::text::sanitize_capped(piece.encoding.as_bytes(), 40);
            self.job
                .warn(&format!("part {}: the encoding \"{encoding}\" is unknown and was left as it is", piece.section));
        }
        let Some(damage) = damage else { return Exit::OK };
        self.job.warn(&format!("part {}: {damage}", piece.section));
        match damage {
            Damage::CutOff => {
                self.job.note(Exit::DATA);
                Exit::PARTLY
            }
            Damage::Continued | Damage::ForeignOctets => Exit::OK,
        }
    }

    /// What there is beside the text: what is attached, and what has no text form.
    fn beside<'a>(&self, anatomy: &'a Anatomy, texts: &[&Piece]) -> Vec<&'a Piece> {
        let mut attached = anatomy.attachments();
        if texts.is_empty() && attached.is_empty() {
            attached.extend(anatomy.pieces.iter().filter(|piece| piece.kind != Nature::Multipart));
        }
        attached
    }

    fn tell_fields<'f>(&self, fields: impl Iterator<Item = &'f Field>) -> Result<(), Failure> {
        let fields: Vec<(String, String)> = fields
            .map(|field| {
                let name = String::from_utf8_lossy(field.name()).into_owned();
                (name, encoded_word::decode(field.unfolded().trim_ascii()))
            })
            .collect();
        let fields: Vec<HeaderField<'_>> =
            fields.iter().map(|(name, value)| HeaderField { name, value: value.as_bytes() }).collect();
        self.job.tell(What::Header(HeaderView { place: self.place, uid: self.uid.get(), fields: &fields }));
        self.check_open()
    }

    /// A reader of standard output who has gone has not got the mail.
    fn check_open(&self) -> Result<(), Failure> {
        match self.job.output().is_closed() {
            true => Err(Error::io("writing to standard output", io::ErrorKind::BrokenPipe.into()).into()),
            false => Ok(()),
        }
    }
}

/// The message has no such part.
pub(super) fn no_part(uid: Uid, number: &PartNumber) -> Failure {
    let error =
        Error::InvalidInput(format!("message {uid} has no part {number}; \"imapctl parts\" tells which it has"));
    Failure { exit: Exit::NO_INPUT, ..error.into() }
}
