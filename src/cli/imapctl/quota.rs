//! `imapctl quota`: how much of what may be used is used.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{QuotaArgs, QuotaLimit};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{self as record, Mode, QuotaChange, What};
use crate::error::Error;
use crate::imap::session::Quota;

/// One trip after the login; two where limits are set, for it is told which are lifted.
pub(super) fn run(args: &QuotaArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let (found, folder) = match &args.root {
        Some(root) if !args.set.is_empty() => {
            set(root, &args.set, if args.dry_run { Mode::DryRun } else { Mode::Done }, visit, job)?;
            return Ok(Exit::OK);
        }
        Some(root) => (visit.session(job)?.quota(root)?, None),
        None => {
            let mailbox = visit.resolve(job, &args.folder)?;
            (visit.session(job)?.quotas_of(&mailbox)?, Some(mailbox.text().into_owned()))
        }
    };
    for quota in &found {
        match told(quota, folder.clone()) {
            Some(quota) => job.tell(What::Quota(&quota)),
            None => job.warn(&format!("there is no limit of {}", String::from_utf8_lossy(&quota.resource))),
        }
    }
    if found.is_empty() {
        job.warn("the server has no limits there");
    }
    Ok(Exit::OK)
}

/// A limit as it is told; `None` if it is none.
pub(super) fn told(quota: &Quota, folder: Option<String>) -> Option<record::Quota> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    Some(record::Quota {
        root: text(&quota.root),
        folder,
        resource: text(&quota.resource),
        usage: quota.usage.unwrap_or_default(),
        limit: quota.limit?,
    })
}

fn set(root: &str, limits: &[QuotaLimit], mode: Mode, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let session = visit.session(job)?;
    let before = match session.quota(root) {
        Ok(before) => before,
        // A root may come to be by having limits.
        Err(Error::Rejected(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let wanted: Vec<(&str, u64)> = limits.iter().map(|limit| (limit.resource.as_str(), limit.limit)).collect();
    let after = match mode {
        Mode::Done => session.set_quota(root, &wanted)?,
        Mode::DryRun => Vec::new(),
    };
    let is = |quota: &Quota, resource: &str| quota.resource.eq_ignore_ascii_case(resource.as_bytes());
    for (resource, limit) in wanted.iter().copied() {
        // The server may have rounded it.
        let set = after.iter().find(|quota| is(quota, resource)).and_then(|quota| quota.limit);
        job.tell(What::QuotaChange(QuotaChange { root, resource, limit: set.or(Some(limit)), mode }));
    }
    let lifted = before.iter().filter(|quota| {
        quota.limit.is_some()
            && !wanted.iter().any(|(resource, _)| is(quota, resource))
            && !after.iter().any(|still| still.resource == quota.resource && still.limit.is_some())
    });
    for quota in lifted {
        let resource = String::from_utf8_lossy(&quota.resource);
        job.tell(What::QuotaChange(QuotaChange { root, resource: &resource, limit: None, mode }));
    }
    Ok(())
}
