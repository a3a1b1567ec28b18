//! `imapctl acl`: who may do what with a folder.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{AclCommand, AclFolder, AclRights, AclSet, AclWhom};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{AclChange, AclEntry, Mode, Rights as Told, What};
use crate::error::{Error, Phase};
use crate::imap::grammar::Data;
use crate::imap::session::{Grant, Rights};

pub(super) fn run(command: &AclCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match command {
        AclCommand::Get(args) => get(args, visit, job),
        AclCommand::Set(args) => set(args, visit, job),
        AclCommand::Delete(args) => delete(args, visit, job),
        AclCommand::Rights(args) => rights(args, visit, job),
    }?;
    Ok(Exit::OK)
}

/// One trip after the login, as all of these.
fn get(args: &AclFolder, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = visit.resolve(job, &args.folder)?;
    for Grant { identifier, rights } in visit.session(job)?.acl(&mailbox)? {
        let identifier = String::from_utf8_lossy(&identifier);
        let entry = AclEntry { folder: (&mailbox).into(), identifier: &identifier, rights: rights.as_str() };
        job.tell(What::Acl(entry));
    }
    Ok(())
}

fn set(args: &AclSet, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = visit.resolve(job, &args.folder)?;
    let session = visit.session(job)?;
    if !session.has_modern_rights() && ['k', 'x', 't', 'e'].iter().any(|right| args.rights.rights().has(*right)) {
        job.warn("the server knows the rights of RFC 2086 only: k and x are one there, and so are t and e");
    }
    let mode = match args.dry_run {
        // Whoever may not look may not change either.
        true => session.acl(&mailbox).map(|_| Mode::DryRun),
        false => session.set_acl(&mailbox, &args.who, &args.rights).map(|()| Mode::Done),
    }?;
    let rights = args.rights.to_string();
    let change = AclChange { folder: (&mailbox).into(), identifier: &args.who, rights: Some(&rights), mode };
    job.tell(What::AclChange(change));
    Ok(())
}

fn delete(args: &AclWhom, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = visit.resolve(job, &args.folder)?;
    let session = visit.session(job)?;
    let mode = if args.dry_run {
        let grants = session.acl(&mailbox)?;
        if !grants.iter().any(|grant| grant.identifier == args.who.as_bytes()) {
            let text = format!("{} has no rights of their own there", crate::text::sanitize(args.who.as_bytes()));
            return Err(Failure { exit: Exit::NO_INPUT, ..Error::InvalidInput(text).into() });
        }
        Mode::DryRun
    } else {
        session.delete_acl(&mailbox, &args.who)?;
        Mode::Done
    };
    let change = AclChange { folder: (&mailbox).into(), identifier: &args.who, rights: None, mode };
    job.tell(What::AclChange(change));
    Ok(())
}

fn rights(args: &AclRights, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = visit.resolve(job, &args.folder)?;
    let session = visit.session(job)?;
    let Some(who) = &args.who else {
        let rights = own(session, &mailbox)?;
        job.tell(What::Rights(Told { folder: (&mailbox).into(), rights: rights.as_str(), ..Told::default() }));
        return Ok(());
    };
    let found = session.list_rights(&mailbox, who)?;
    let optional: Vec<String> = found.optional.iter().map(Rights::to_string).collect();
    job.tell(What::Rights(Told {
        folder: (&mailbox).into(),
        identifier: Some(who),
        rights: found.required.as_str(),
        optional: Some(&optional),
    }));
    Ok(())
}

/// What we may do.
fn own(
    session: &mut crate::imap::Session<crate::imap::session::Authenticated>,
    mailbox: &crate::imap::Mailbox,
) -> crate::error::Result<Rights> {
    let mut found = None;
    let refused = session.my_rights([mailbox], &mut |data: &Data<'_>| {
        if let Data::MyRights(rights) = data {
            found = Some(Rights::from_wire(&rights.rights));
        }
        Ok(())
    })?;
    match (refused.into_iter().next(), found) {
        (Some((_, error)), _) => Err(error),
        (None, Some(rights)) => Ok(rights),
        (None, None) => Err(Error::protocol(Phase::Reply("MYRIGHTS"), "the server does not say what one may do")),
    }
}
