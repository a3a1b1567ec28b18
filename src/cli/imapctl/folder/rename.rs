//! `imapctl folder rename`.

use super::{Family, Member, absent, close, missing};
use crate::cli::args::imapctl::FolderRename;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::job::Job;
use crate::cli::imapctl::visit::Visit;
use crate::cli::output::record::imapctl::{FolderAction, FolderChange, Mode, What};
use crate::imap::session::Selecting;
use crate::imap::{Mailbox, NameEncoding};

/// Two trips after the login: what is there, to tell what goes along, and the renaming.
pub(super) fn run(args: &FolderRename, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let from = visit.resolve(job, &args.folder)?;
    let session = visit.session(job)?;
    let family = Family::of(session, &from, Selecting::Present)?;
    let mut renames = vec![(from.clone(), args.name.clone())];
    match from {
        // Its mail is moved; what is below it stays (RFC 9051 section 6.3.6).
        Mailbox::Inbox => {}
        _ if family.top.is_none() && family.below.is_empty() => return Err(missing(&from)),
        _ => renames.extend(family.below.into_iter().filter(Member::is_there).filter_map(|member| {
            let to = moved(&member.mailbox, &from, &args.name)?;
            Some((member.mailbox, to))
        })),
    }
    let mode = if args.dry_run {
        absent(session, &args.name)?;
        Mode::DryRun
    } else {
        close(session, &renames.iter().map(|(from, _)| from).collect::<Vec<_>>())?;
        session.rename(&from, &args.name)?;
        Mode::Done
    };
    for (from, to) in &renames {
        job.tell(What::FolderChange(FolderChange {
            folder: from.into(),
            action: FolderAction::Renamed,
            to: Some(to.into()),
            special_use: None,
            messages: None,
            mode,
        }));
    }
    visit.forget_uses();
    Ok(Exit::OK)
}

/// The new name of a folder that is below one that is renamed.
fn moved(below: &Mailbox, from: &Mailbox, to: &Mailbox) -> Option<Mailbox> {
    let wire = |mailbox: &Mailbox| mailbox.to_wire(NameEncoding::Utf7);
    let rest = wire(below).strip_prefix(wire(from).as_slice())?.to_vec();
    Some(Mailbox::from_wire(&[wire(to), rest].concat(), NameEncoding::Utf7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_are_moved_along() {
        let name = |text: &str| Mailbox::parse(text).unwrap();
        let moved = |below, from, to| moved(&name(below), &name(from), &name(to));
        assert_eq!(moved("Grüße/a/b", "Grüße", "Ä"), Some(name("Ä/a/b")));
        assert_eq!(moved("a/ü", "a", "raw:&/x"), Some(name("raw:&/x/&APw-")));
        assert_eq!(moved("b", "a", "c"), None);
    }
}
