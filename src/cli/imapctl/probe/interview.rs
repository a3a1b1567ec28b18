//! What a server is asked in a probe. Nothing of it changes anything.

use std::time::Instant;

use crate::cli::imapctl::quota;
use crate::cli::output::record::imapctl::{Holder, Namespace, Server};
use crate::error::{Error, Result};
use crate::imap::grammar::{self, Data};
use crate::imap::session::{Authenticated, ListReturn, Selecting, StatusItem};
use crate::imap::{Extension, Ignore, Mailbox, Select, Session, SpecialUse};

/// What imapctl makes use of. The rest of what servers offer is reached by `imapctl raw`.
pub(super) const USED: &[Extension] = &[
    Extension::Imap4rev1,
    Extension::Imap4rev2,
    Extension::StartTls,
    Extension::SaslIr,
    Extension::LiteralPlus,
    Extension::LiteralMinus,
    Extension::Enable,
    Extension::Idle,
    Extension::Notify,
    Extension::UidPlus,
    Extension::Move,
    Extension::Unselect,
    Extension::Namespace,
    Extension::Id,
    Extension::Children,
    Extension::ListExtended,
    Extension::ListStatus,
    Extension::ListMyRights,
    Extension::ListMetadata,
    Extension::SpecialUse,
    Extension::CreateSpecialUse,
    Extension::StatusSize,
    Extension::Esearch,
    Extension::Within,
    Extension::Sort,
    Extension::Esort,
    Extension::SortDisplay,
    Extension::Thread,
    Extension::Condstore,
    Extension::Qresync,
    Extension::CompressDeflate,
    Extension::Binary,
    Extension::MultiAppend,
    Extension::AppendLimit,
    Extension::Replace,
    Extension::ObjectId,
    Extension::Preview,
    Extension::SaveDate,
    Extension::Partial,
    Extension::MessageLimit,
    Extension::SaveLimit,
    Extension::InProgress,
    Extension::Acl,
    Extension::Rights,
    Extension::Quota,
    Extension::QuotaSet,
    Extension::QuotaResource,
    Extension::Metadata,
    Extension::MetadataServer,
    Extension::Gmail,
    Extension::LoginReferrals,
];

/// How many folders with a purpose, and how many fields of its ID, are told of a server.
const MAX_TOLD: usize = 100;

/// The questions, one after the other, so that each answer can be timed.
pub(super) struct Interview<'s> {
    session: &'s mut Session<Authenticated>,
    server: Server,
}

impl<'s> Interview<'s> {
    pub(super) fn new(session: &'s mut Session<Authenticated>) -> Self {
        Self { session, server: Server::default() }
    }

    /// What was learnt.
    pub(super) fn into_server(self) -> Server {
        self.server
    }

    /// Asks everything. What the server refuses is left out; an error is the end of the session.
    pub(super) fn hold(&mut self, is_member: bool) -> Result<()> {
        // Before anything that the server has to work for: how far away it is.
        self.timed("NOOP", |session, _| session.noop(&mut Ignore))?;
        if self.session.has(Extension::Id) {
            self.timed("ID", id)?;
        }
        self.limits();
        if !is_member {
            return Ok(());
        }
        if self.session.has(Extension::Namespace) {
            self.timed("NAMESPACE", namespaces)?;
        }
        self.timed("LIST", special_use)?;
        self.timed("STATUS", status)?;
        if self.session.has(Extension::Quota) {
            self.timed("GETQUOTAROOT", |session, server| {
                let inbox = Mailbox::Inbox;
                let quotas = session.quotas_of(&inbox)?;
                server.quota = quotas.iter().filter_map(|quota| quota::told(quota, Some("INBOX".into()))).collect();
                Ok(())
            })?;
        }
        self.timed("EXAMINE", examine)
    }

    fn timed(
        &mut self,
        command: &str,
        question: impl FnOnce(&mut Session<Authenticated>, &mut Server) -> Result<()>,
    ) -> Result<()> {
        let started = Instant::now();
        match question(self.session, &mut self.server) {
            Ok(()) => self.server.latencies.push((command.to_owned(), started.elapsed())),
            Err(error @ Error::Rejected(_)) if !error.is_fatal_to_session() => {
                self.session.note(&format!("not told: {error}"));
                self.server.oddities.push(format!("{command} is refused: {error}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What the capabilities say of limits.
    fn limits(&mut self) {
        let Some(known) = self.session.capabilities() else { return };
        let limits = [
            ("append_limit", known.append_limit),
            ("message_limit", known.message_limit.map(u64::from)),
            ("save_limit", known.save_limit.map(u64::from)),
        ];
        let limits = limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?)));
        self.server.limits.extend(limits);
    }
}

/// Nothing is told of ourselves.
fn id(session: &mut Session<Authenticated>, server: &mut Server) -> Result<()> {
    session.id(&[], &mut |data: &Data<'_>| {
        if let Data::Id(Some(fields)) = data {
            let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            let known = fields.iter().filter_map(|field| Some((text(&field.name), text(field.value.as_ref()?))));
            server.id = known.take(MAX_TOLD).collect();
        }
        Ok(())
    })
}

fn namespaces(session: &mut Session<Authenticated>, server: &mut Server) -> Result<()> {
    session.namespace(&mut |data: &Data<'_>| {
        if let Data::Namespace(found) = data {
            let of = [
                (Holder::Personal, &found.personal),
                (Holder::OtherUsers, &found.other_users),
                (Holder::Shared, &found.shared),
            ];
            let all = of.into_iter().flat_map(|(holder, namespaces)| {
                namespaces.iter().map(move |namespace| Namespace {
                    holder,
                    prefix: prefix(namespace),
                    delimiter: namespace.delimiter,
                })
            });
            server.namespaces = all.take(MAX_TOLD).collect();
        }
        Ok(())
    })
}

fn prefix(namespace: &grammar::Namespace) -> String {
    match &namespace.prefix {
        // No name, but what all names begin with.
        Mailbox::Raw(octets) if octets.is_empty() => String::new(),
        prefix => prefix.text().into_owned(),
    }
}

fn special_use(session: &mut Session<Authenticated>, server: &mut Server) -> Result<()> {
    let wanted = ListReturn { special_use: true, ..ListReturn::default() };
    session.list("*", Selecting::Present, &wanted, &mut |data: &Data<'_>| {
        if let Data::List(entry) | Data::Xlist(entry) = data {
            let uses = entry.attributes.iter().filter_map(|attribute| SpecialUse::from_attribute(&attribute));
            let pairs = uses.map(|of| (of.attribute().to_owned(), entry.mailbox.text().into_owned()));
            let room = MAX_TOLD.saturating_sub(server.special_use.len());
            server.special_use.extend(pairs.take(room));
        }
        Ok(())
    })
}

/// The limit of INBOX, where it is not the same for all mailboxes (RFC 7889 section 3.2).
fn status(session: &mut Session<Authenticated>, server: &mut Server) -> Result<()> {
    let items = session.status_items(&[StatusItem::Messages, StatusItem::Size, StatusItem::AppendLimit]);
    let inbox = Mailbox::Inbox;
    let refused = session.status([&inbox], &items, &mut |data: &Data<'_>| {
        if let Data::MailboxStatus(status) = data
            && let Some(Some(limit)) = status.items.append_limit
            && !server.limits.iter().any(|(name, _)| name == "append_limit")
        {
            server.limits.push(("append_limit".into(), limit));
        }
        Ok(())
    })?;
    refused.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
}

/// What INBOX is like: oddities of the store.
fn examine(session: &mut Session<Authenticated>, server: &mut Server) -> Result<()> {
    let has_condstore = session.has(Extension::Condstore);
    let select = Select { condstore: has_condstore, ..Select::examine(Mailbox::Inbox) };
    let selected = session.select(&select)?;
    let selection = selected.selection();
    let mut odd = |is_odd: bool, text: &str| {
        if is_odd {
            server.oddities.push(text.to_owned());
        }
    };
    odd(
        selection.uid_validity.is_none(),
        "INBOX has no UIDVALIDITY: UIDs mean nothing in a later session, and --uidvalidity refuses to act",
    );
    odd(selection.uids_not_sticky, "UIDs of INBOX change from session to session (UIDNOTSTICKY)");
    odd(
        has_condstore && selection.highest_mod_seq.is_none(),
        "CONDSTORE is offered, and INBOX has no modification sequences: it is done without",
    );
    Ok(())
}
