//! What is said of a message ahead of it, and whether the server takes such a one at all.

use crate::cli::args::imapctl::{AppendArgs, AppendDate};
use crate::error::{Error, Result};
use crate::imap::grammar::InternalDate;
use crate::imap::session::{AppendEnvelope, Authenticated};
use crate::imap::{Extension, Flag, Mailbox, Session};
use crate::mail::date;
use crate::mail::intake::MessageSource;

/// What the server takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The biggest message, in octets (RFC 7889).
    octets: Option<u64>,
    /// Messages with NUL (RFC 3516).
    binary: bool,
    /// Messages with UTF-8 in their headers, in a form of their own (RFC 6855).
    utf8: bool,
}

impl Limits {
    /// A trip where the server has a limit for each folder.
    pub(super) fn of(mailbox: &Mailbox, session: &mut Session<Authenticated>) -> Result<Self> {
        let octets = session.append_limit(mailbox)?;
        let utf8 = session.has(Extension::Utf8Accept) || session.is_enabled(Extension::Utf8Accept);
        Ok(Self { octets, binary: session.has(Extension::Binary), utf8 })
    }

    /// What is said of a message. Fails with [`Error::InvalidInput`] if the server would not take it.
    pub(super) fn envelope(&self, source: &MessageSource, args: &AppendArgs) -> Result<AppendEnvelope> {
        if let Some(limit) = self.octets.filter(|limit| source.octets > *limit) {
            let text = format!("{} is of {} octets; the server takes {limit} at most", source.label, source.octets);
            return Err(Error::InvalidInput(text));
        }
        if source.has_nul && !self.binary {
            let text = format!("{} holds NUL, which only a server with BINARY takes", source.label);
            return Err(Error::InvalidInput(text));
        }
        let mut flags: Vec<Flag> = Vec::new();
        let own = source.flags.iter().filter_map(|flag| Flag::from_wire(flag.imap_name().as_bytes()));
        for flag in own.chain(args.flags.iter().cloned()) {
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        let utf8 = self.utf8 && source.has_utf8_head()?;
        let date = date_of(source, args)?.map(|date| date.to_string());
        Ok(AppendEnvelope { flags, date, octets: source.octets, binary: source.has_nul, utf8 })
    }
}

/// What was asked for, else what the source tells, else nothing: then the server takes the present.
fn date_of(source: &MessageSource, args: &AppendArgs) -> Result<Option<InternalDate>> {
    Ok(match &args.date {
        Some(AppendDate::At(time)) => {
            let minutes = i16::try_from(time.offset().seconds() / 60).unwrap_or(0);
            InternalDate::new(time.timestamp().as_second(), minutes)
        }
        Some(AppendDate::Header) => {
            let head = source.head()?;
            let found = mailparse::parse_headers(&head).ok().and_then(|(fields, _)| {
                let field = fields.iter().find(|field| field.get_key_ref().eq_ignore_ascii_case("Date"))?;
                date::parse(field.get_value_raw())
            });
            found.and_then(InternalDate::from_system_time)
        }
        None => source.date.and_then(InternalDate::from_system_time),
    })
}
