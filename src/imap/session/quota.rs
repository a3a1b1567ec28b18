//! Limits and how much of them is used (RFC 9208, and RFC 2087 before it).

use super::{Authenticated, Session};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::grammar::{self, Data};
use crate::imap::mailbox::Mailbox;

/// A limit, and how much of it is used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quota {
    /// What has the limit, in the server's octets; often empty.
    pub root: Vec<u8>,
    /// Of what, in the server's octets: `STORAGE` (in units of 1,024 octets), `MESSAGE`, `MAILBOX` or another.
    pub resource: Vec<u8>,
    /// How much is used. Quirk: `None` for a number that cannot be.
    pub usage: Option<u64>,
    /// How much there may be. Quirk: `None` for a number that cannot be, such as -1, which means that there is no limit.
    pub limit: Option<u64>,
}

impl Session<Authenticated> {
    /// GETQUOTAROOT: the limits that a mailbox counts against (RFC 9208 section 4.1.2). There may be none.
    pub fn quotas_of(&mut self, mailbox: &Mailbox) -> Result<Vec<Quota>> {
        self.quotas(&Command::new("GETQUOTAROOT").mailbox(mailbox))
    }

    /// GETQUOTA: the limits of a quota root (RFC 9208 section 4.1.1).
    pub fn quota(&mut self, root: &str) -> Result<Vec<Quota>> {
        self.quotas(&Command::new("GETQUOTA").astring(root))
    }

    /// SETQUOTA: sets the limits of a quota root, and lifts those that are not named (RFC 9208 section 4.1.3). What the server
    /// has made of them is given back, if it tells.
    ///
    /// Fails with [`Error::InvalidInput`] on a resource whose name is no atom or a limit beyond 63 bits.
    pub fn set_quota(&mut self, root: &str, limits: &[(&str, u64)]) -> Result<Vec<Quota>> {
        let is_name = |name: &str| {
            let is_atom = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.' | b'/');
            !name.is_empty() && name.bytes().all(is_atom)
        };
        if let Some((name, limit)) =
            limits.iter().find(|(name, limit)| !is_name(name) || i64::try_from(*limit).is_err())
        {
            let name = crate::text::sanitize(name.as_bytes());
            return Err(Error::InvalidInput(format!("{name} {limit} is no resource and its limit")));
        }
        let limits: Vec<String> = limits.iter().map(|(name, limit)| format!("{name} {limit}")).collect();
        self.quotas(&Command::new("SETQUOTA").astring(root).word(format!("({})", limits.join(" "))))
    }

    fn quotas(&mut self, command: &Command) -> Result<Vec<Quota>> {
        if !self.has(Extension::Quota) {
            return Err(Error::Unsupported("the server does not offer QUOTA: it tells of no limits".into()));
        }
        let mut found: Vec<Quota> = Vec::new();
        self.engine.run(command, &mut |data: &Data<'_>| {
            if let Data::Quota(quota) = data {
                // Quirk: a root that is named twice is told twice.
                let fresh: Vec<Quota> = of(quota).filter(|quota| !found.contains(quota)).collect();
                found.extend(fresh);
            }
            Ok(())
        })?;
        Ok(found)
    }
}

fn of<'a>(quota: &'a grammar::Quota<'_>) -> impl Iterator<Item = Quota> + 'a {
    quota.resources.iter().map(|resource| Quota {
        root: quota.root.to_vec(),
        resource: resource.name.to_vec(),
        usage: resource.usage,
        limit: resource.limit,
    })
}
