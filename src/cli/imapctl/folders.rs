//! `imapctl folders`: what folders there are, with what the server tells of them in the same trip.

use std::collections::HashMap;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::FoldersArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{Counts, Folder, Name, Tree, What};
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, Flaw, StatusItems};
use crate::imap::receiver::Receiver;
use crate::imap::session::{ListReturn, Rights, Selecting, StatusItem};
use crate::imap::{Extension, Mailbox, SpecialUse};
use crate::text::sanitize;

/// What is counted in a folder.
pub(super) const COUNTS: [StatusItem; 10] = [
    StatusItem::Messages,
    StatusItem::Unseen,
    StatusItem::Recent,
    StatusItem::Deleted,
    StatusItem::UidNext,
    StatusItem::UidValidity,
    StatusItem::Size,
    StatusItem::HighestModSeq,
    StatusItem::MailboxId,
    StatusItem::AppendLimit,
];

/// The most folders that are told of: they are held until all is known of them.
pub(super) const MAX_FOLDERS: usize = 200_000;

/// One trip after the login with LIST-STATUS (and LIST-MYRIGHTS); without, one for LIST and one for all STATUS commands together.
pub(super) fn run(args: &FoldersArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let session = visit.session(job)?;
    let wanted = ListReturn {
        subscribed: true,
        children: true,
        special_use: true,
        my_rights: args.rights,
        status: if args.counts { COUNTS.to_vec() } else { Vec::new() },
        metadata: Vec::new(),
    };
    let selecting = if args.subscribed { Selecting::Subscribed } else { Selecting::Present };
    let pattern = args.pattern.as_deref().unwrap_or("*");
    let told = session.list_return(&wanted);
    let mut rows = Rows::default();
    session.list(pattern, selecting, &wanted, &mut rows)?;
    if !told.subscribed && !args.subscribed {
        // Without LIST-EXTENDED the subscriptions are a list of their own.
        rows.collecting = Collecting::Subscriptions;
        session.list(pattern, Selecting::Subscribed, &ListReturn::default(), &mut rows)?;
    }
    rows.collecting = Collecting::Folders;
    let mut exits = vec![Exit::OK];
    if args.counts && told.status.is_empty() {
        let items = session.status_items(&COUNTS);
        let folders: Vec<Mailbox> =
            rows.found.iter().filter(|found| found.is_selectable()).map(|found| found.mailbox.clone()).collect();
        let refused = session.status(&folders, &items, &mut rows)?;
        for (folder, error) in refused {
            exits.push(job.fault(error, Some(Name::Mailbox(folder)), None));
        }
    }
    if args.rights && !told.my_rights {
        if session.has(Extension::Acl) {
            let folders: Vec<Mailbox> =
                rows.found.iter().filter(|found| found.is_selectable()).map(|found| found.mailbox.clone()).collect();
            for (folder, error) in session.my_rights(&folders, &mut rows)? {
                exits.push(job.fault(error, Some(Name::Mailbox(folder)), None));
            }
        } else {
            job.warn("the server has no ACL: it cannot say what may be done");
        }
    }
    let flaws = rows.flaws;
    rows.tell(args, job);
    if flaws > 0 {
        job.warn(&format!("{flaws} of the server's rows could not be understood"));
        exits.push(Exit::PROTOCOL);
    }
    Ok(Exit::combine(exits))
}

/// The counts as they are told; `id` is the mailbox's own, made harmless.
pub(super) fn counts<'a>(items: &StatusItems, id: Option<&'a str>) -> Counts<'a> {
    Counts {
        messages: items.messages.map(u64::from),
        unseen: items.unseen.map(u64::from),
        recent: items.recent.map(u64::from),
        deleted: items.deleted.map(u64::from),
        uid_next: items.uid_next.map(|uid| uid.get()),
        uid_validity: items.uid_validity.map(|validity| validity.get()),
        size: items.size,
        highest_modseq: items.highest_modseq.map(|modseq| modseq.get()),
        append_limit: items.append_limit.flatten(),
        mailbox_id: id,
    }
}

/// A server that has more folders than that, or never ends telling of them.
pub(super) fn too_many() -> Error {
    Error::Limit { what: "the number of folders", limit: MAX_FOLDERS as u64 }
}

/// What LIST, STATUS and MYRIGHTS tell, put together.
#[derive(Debug, Default)]
struct Rows {
    found: Vec<Found>,
    known: HashMap<Mailbox, usize>,
    collecting: Collecting,
    flaws: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum Collecting {
    #[default]
    Folders,
    Subscriptions,
}

#[derive(Debug)]
struct Found {
    mailbox: Mailbox,
    delimiter: Option<char>,
    attributes: Vec<String>,
    special_use: Option<SpecialUse>,
    subscribed: bool,
    counts: Option<StatusItems>,
    id: Option<String>,
    rights: Option<String>,
}

impl Found {
    fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|known| known.eq_ignore_ascii_case(attribute))
    }

    fn row<'a>(&'a self, args: &FoldersArgs) -> Folder<'a> {
        Folder {
            name: Name::Mailbox(&self.mailbox),
            delimiter: self.delimiter,
            special_use: self.special_use.map(|of| of.attribute()),
            attributes: &self.attributes,
            subscribed: Some(self.subscribed),
            selectable: self.is_selectable(),
            counts: self.counts.as_ref().map(|items| counts(items, self.id.as_deref())).unwrap_or_default(),
            counted: args.counts,
            rights: self.rights.as_deref(),
        }
    }

    /// `\NonExistent` implies `\Noselect` (RFC 5258 section 3.4).
    fn is_selectable(&self) -> bool {
        !self.has("\\Noselect") && !self.has("\\NonExistent")
    }
}

impl Rows {
    fn tell(mut self, args: &FoldersArgs, job: &Job<'_>) {
        if args.tree {
            self.found.sort_by(|a, b| a.mailbox.cmp(&b.mailbox));
        }
        let rows: Vec<Folder<'_>> = self.found.iter().map(|found| found.row(args)).collect();
        match args.tree {
            true => job.tell(What::Tree(Tree { folders: &rows })),
            false => rows.iter().for_each(|row| job.tell(What::Folder(row))),
        }
    }
}

impl Receiver for Rows {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        match data {
            Data::List(entry) | Data::Lsub(entry) | Data::Xlist(entry) => {
                if matches!(self.collecting, Collecting::Subscriptions) {
                    if let Some(found) = self.known.get(&entry.mailbox).and_then(|at| self.found.get_mut(*at)) {
                        found.subscribed = true;
                    }
                    return Ok(());
                }
                if self.known.contains_key(&entry.mailbox) {
                    return Ok(());
                }
                if self.found.len() >= MAX_FOLDERS {
                    return Err(too_many());
                }
                let attributes: Vec<String> = entry.attributes.iter().map(|attribute| sanitize(&attribute)).collect();
                let special_use = entry.attributes.iter().find_map(|attribute| SpecialUse::from_attribute(&attribute));
                self.known.insert(entry.mailbox.clone(), self.found.len());
                self.found.push(Found {
                    mailbox: entry.mailbox.clone(),
                    delimiter: entry.delimiter,
                    subscribed: matches!(data, Data::Lsub(_)) || entry.attributes.contains(b"\\Subscribed"),
                    attributes,
                    special_use,
                    counts: None,
                    id: None,
                    rights: None,
                });
            }
            Data::MailboxStatus(status) => {
                if let Some(found) = self.known.get(&status.mailbox).and_then(|at| self.found.get_mut(*at)) {
                    found.id = status.items.mailbox_id.as_deref().map(sanitize);
                    found.counts = Some(status.items.clone());
                }
            }
            Data::MyRights(rights) => {
                if let Some(found) = self.known.get(&rights.mailbox).and_then(|at| self.found.get_mut(*at)) {
                    found.rights = Some(Rights::from_wire(&rights.rights).to_string());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, _flaw: &Flaw) -> Result<()> {
        self.flaws += 1;
        Ok(())
    }
}
