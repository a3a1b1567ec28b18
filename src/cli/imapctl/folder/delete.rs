//! `imapctl folder delete`.

use std::cmp::Reverse;

use super::{Family, Member, close, missing};
use crate::cli::args::imapctl::FolderDelete;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::job::Job;
use crate::cli::imapctl::visit::Visit;
use crate::cli::output::record::imapctl::{FolderAction, FolderChange, Mode, Name, What};
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::session::{Authenticated, Rights, Selecting, StatusItem};
use crate::imap::{Extension, Mailbox, Session};

/// How many messages may go without `--force`.
const MAX_MESSAGES: u64 = 20;

/// A folder that is to go.
struct Doomed {
    member: Member,
    messages: Option<u64>,
}

/// A trip for each name, one for all rights, one for all counts, and one for each folder that goes: those below before those
/// above. Nothing is removed before all of it is known to be allowed.
pub(super) fn run(args: &FolderDelete, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut members: Vec<Member> = Vec::new();
    for name in &args.folders {
        let mailbox = visit.resolve(job, name)?;
        let family = Family::of(visit.session(job)?, &mailbox, Selecting::Present)?;
        if mailbox == Mailbox::Inbox {
            return Err(Error::InvalidInput("INBOX cannot be deleted (RFC 9051 section 6.3.5)".into()).into());
        }
        match family.top {
            Some(top) if top.is_there() => members.push(top),
            // What is only a name for those below it goes with them.
            _ if args.recursive && !family.below.is_empty() => {}
            _ => return Err(missing(&mailbox)),
        }
        if args.recursive {
            members.extend(family.below.into_iter().filter(Member::is_there));
        }
    }
    members.sort_by_key(|member| (Reverse(member.mailbox.depth(member.delimiter)), member.mailbox.clone()));
    members.dedup_by(|a, b| a.mailbox == b.mailbox);
    let session = visit.session(job)?;
    close(session, &members.iter().map(|member| &member.mailbox).collect::<Vec<_>>())?;
    permitted(session, &members)?;
    let doomed = counted(session, members)?;
    if !args.force {
        guard(&doomed)?;
    }
    let exit = match args.dry_run {
        true => {
            doomed.iter().for_each(|one| tell(one, Mode::DryRun, job));
            Exit::OK
        }
        false => delete(session, &doomed, job)?,
    };
    visit.forget_uses();
    Ok(exit)
}

/// Fails if one of them may not be deleted (RFC 4314 section 4). Who cannot be told, the server will.
fn permitted(session: &mut Session<Authenticated>, members: &[Member]) -> Result<(), Failure> {
    if !session.has(Extension::Acl) {
        return Ok(());
    }
    let folders = members.iter().filter(|member| member.is_selectable).map(|member| &member.mailbox);
    let mut kept = None;
    session.my_rights(folders, &mut |data: &Data<'_>| {
        if let Data::MyRights(rights) = data
            && !Rights::from_wire(&rights.rights).has('x')
        {
            kept.get_or_insert_with(|| rights.mailbox.clone());
        }
        Ok(())
    })?;
    match kept {
        None => Ok(()),
        Some(folder) => {
            Err(Error::Unsupported(format!("the server does not allow {folder} to be deleted: nothing is deleted"))
                .into())
        }
    }
}

fn counted(session: &mut Session<Authenticated>, members: Vec<Member>) -> Result<Vec<Doomed>> {
    let mut doomed: Vec<Doomed> = members.into_iter().map(|member| Doomed { member, messages: None }).collect();
    let folders: Vec<Mailbox> =
        doomed.iter().filter(|one| one.member.is_selectable).map(|one| one.member.mailbox.clone()).collect();
    session.status(&folders, &[StatusItem::Messages], &mut |data: &Data<'_>| {
        if let Data::MailboxStatus(status) = data
            && let Some(one) = doomed.iter_mut().find(|one| one.member.mailbox == status.mailbox)
        {
            one.messages = status.items.messages.map(u64::from);
        }
        Ok(())
    })?;
    Ok(doomed)
}

/// Much mail goes only with `--force`; so does what cannot be counted.
fn guard(doomed: &[Doomed]) -> Result<(), Failure> {
    let text = match doomed.iter().find(|one| one.member.is_selectable && one.messages.is_none()) {
        Some(one) => format!("the server does not tell how many messages {} has", one.member.mailbox),
        None => {
            let messages: u64 = doomed.iter().filter_map(|one| one.messages).sum();
            if messages <= MAX_MESSAGES {
                return Ok(());
            }
            match doomed {
                [one] => format!("{} has {messages} messages", one.member.mailbox),
                _ => format!("these {} folders have {messages} messages", doomed.len()),
            }
        }
    };
    let text = format!("{text}, which would be gone for good: use --force to delete them");
    Err(Failure { exit: Exit::DATA, ..Error::InvalidInput(text).into() })
}

fn delete(session: &mut Session<Authenticated>, doomed: &[Doomed], job: &Job<'_>) -> Result<Exit, Failure> {
    let mut exits = Vec::new();
    let mut kept: Vec<&Mailbox> = Vec::new();
    for one in doomed {
        let Member { mailbox, delimiter, is_selectable, .. } = &one.member;
        // Without those below it, what is above one that was refused would only lose its mail.
        if delimiter.is_some_and(|mark| kept.iter().any(|below| below.is_below(mailbox, mark))) {
            let text = format!("{mailbox} is not deleted, because not all below it is");
            exits.push(job.fault(Error::Unsupported(text), Some(Name::Mailbox(mailbox)), None));
            continue;
        }
        match session.delete(mailbox) {
            Ok(()) => {
                tell(one, Mode::Done, job);
                exits.push(Exit::OK);
            }
            // Quirk: on Dovecot a name without mail is gone with the last folder below it.
            Err(error @ Error::Rejected(_)) if !is_selectable && Exit::of(&error) == Exit::NO_INPUT => {
                tell(one, Mode::Done, job);
                exits.push(Exit::OK);
            }
            Err(error @ Error::Rejected(_)) => {
                kept.push(mailbox);
                exits.push(job.fault(error, Some(Name::Mailbox(mailbox)), None));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Exit::combine(exits))
}

fn tell(one: &Doomed, mode: Mode, job: &Job<'_>) {
    job.tell(What::FolderChange(FolderChange {
        folder: (&one.member.mailbox).into(),
        action: FolderAction::Deleted,
        to: None,
        special_use: None,
        messages: one.messages,
        mode,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doomed(messages: &[Option<u64>]) -> Vec<Doomed> {
        let member = Member { mailbox: Mailbox::Inbox, delimiter: Some('/'), is_name_only: false, is_selectable: true };
        messages.iter().map(|messages| Doomed { member: member.clone(), messages: *messages }).collect()
    }

    #[test]
    fn much_mail_and_unknown_mail_is_guarded() {
        assert!(guard(&doomed(&[Some(20)])).is_ok() && guard(&doomed(&[])).is_ok());
        for messages in [&[Some(21)][..], &[Some(11), Some(10)], &[None], &[Some(1), None]] {
            assert_eq!(guard(&doomed(messages)).unwrap_err().exit, Exit::DATA, "{messages:?}");
        }
        let mut name = doomed(&[None]);
        name[0].member.is_selectable = false;
        assert!(guard(&name).is_ok());
    }
}
