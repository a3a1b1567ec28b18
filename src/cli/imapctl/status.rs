//! `imapctl status`: how many messages folders have, without opening them.

use super::folders::{COUNTS, counts};
use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::StatusArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{Name, Status, What};
use crate::imap::Mailbox;
use crate::imap::grammar::Data;
use crate::imap::session::StatusItem;
use crate::text::sanitize;

/// One trip after the login, and one more where folders have lasting identifiers (RFC 8474).
pub(super) fn run(args: &StatusArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let folders = args.folders.iter().map(|folder| visit.resolve(job, folder)).collect::<Result<Vec<Mailbox>, _>>()?;
    let session = visit.session(job)?;
    let items = session.status_items(&COUNTS);
    let mut found = Vec::new();
    let refused = session.status(&folders, &items, &mut |data: &Data<'_>| {
        if let Data::MailboxStatus(status) = data
            && folders.contains(&status.mailbox)
        {
            found.push(status.clone());
        }
        Ok(())
    })?;
    // Asked for alone: the reason is in `Session::status_items`. What the server refuses of it was refused above.
    let ids = session.status_items(&[StatusItem::MailboxId]);
    if !ids.is_empty() {
        session.status(&folders, &ids, &mut |data: &Data<'_>| {
            if let Data::MailboxStatus(told) = data
                && let Some(status) = found.iter_mut().find(|status| status.mailbox == told.mailbox)
            {
                status.items.mailbox_id = told.items.mailbox_id.clone().or(status.items.mailbox_id.take());
            }
            Ok(())
        })?;
    }
    // In the order they were asked for, whatever order the server answers in.
    for folder in &folders {
        if let Some(status) = found.iter().find(|status| status.mailbox == *folder) {
            let id = status.items.mailbox_id.as_deref().map(sanitize);
            let counts = counts(&status.items, id.as_deref());
            job.tell(What::Status(&Status { folder: folder.into(), counts }));
        }
    }
    let silent = folders.iter().filter(|folder| {
        !found.iter().any(|status| status.mailbox == **folder) && !refused.iter().any(|(refused, _)| refused == folder)
    });
    silent.for_each(|folder| job.warn(&format!("the server tells nothing of {}", folder.text())));
    let all = refused.len() == folders.len();
    let exits: Vec<Exit> = refused
        .into_iter()
        .map(|(folder, error)| job.fault(error, Some(Name::Mailbox(folder)), None))
        .chain((!all).then_some(Exit::OK))
        .collect();
    Ok(Exit::combine(exits))
}
