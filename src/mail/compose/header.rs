//! The fields of a composed message, except those that describe its content.

use std::time::SystemTime;

use super::custom::{self, Placement};
use super::{AutoSubmitted, Compose};
use crate::error::{Error, Result};
use crate::mail::address::Mailbox;
use crate::mail::folding::Folding;
use crate::mail::{date, encoded_word, message_id};
use crate::text::sanitize_capped;

/// What custom fields may say of the content.
pub(super) struct ContentFields {
    /// The subtype of the text, if it is not `plain`.
    pub(super) text_type: Option<String>,
}

impl ContentFields {
    /// Takes the fields that describe content out of the others.
    ///
    /// `mail -a 'Content-Type: text/html; charset=utf-8'` is what scripts have used for decades, so a text type is taken
    /// for that of the text, and a correct `MIME-Version` is ignored. Anything else would contradict the parts.
    pub(super) fn take(headers: &mut Vec<(String, String)>) -> Result<Self> {
        let mut text_type = None;
        for (name, value) in headers.iter() {
            let name = name.to_ascii_lowercase();
            let fits = match name.as_str() {
                "mime-version" => value.trim() == "1.0",
                "content-type" => {
                    let found = text_subtype(value);
                    let first = text_type.is_none();
                    text_type = found;
                    first && text_type.is_some()
                }
                "content-transfer-encoding" | "content-disposition" => false,
                _ => true,
            };
            if !fits {
                return Err(Error::InvalidInput(format!(
                    "--header {name}: '{}' cannot be had: the parts decide it; use --html, --attach or type=",
                    sanitize_capped(value.as_bytes(), 80)
                )));
            }
        }
        headers.retain(|(name, _)| {
            !["mime-version", "content-type"].iter().any(|content| name.eq_ignore_ascii_case(content))
        });
        Ok(Self { text_type })
    }
}

/// `html` of `text/html; charset=utf-8`.
fn text_subtype(value: &str) -> Option<String> {
    let mut pieces = value.split(';').map(|piece| piece.trim().to_ascii_lowercase());
    let subtype = pieces.next()?.strip_prefix("text/")?.to_owned();
    let is_utf8 = |parameter: String| {
        matches!(parameter.replace('"', "").as_str(), "" | "charset=utf-8" | "charset=utf8" | "charset=us-ascii")
    };
    (crate::mail::parameter::is_token(&subtype) && pieces.all(is_utf8)).then_some(subtype)
}

/// The fields, each with its CRLF.
pub(super) fn fields(compose: &Compose) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let is_replaced = |name: &str| compose.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let mut add = |name: &'static str, field: &dyn Fn(&'static str) -> Result<Option<Vec<u8>>>| -> Result<()> {
        if !is_replaced(name)
            && let Some(field) = field(name)?
        {
            out.extend(field);
        }
        Ok(())
    };
    let now = compose.date.unwrap_or_else(SystemTime::now);
    add("Date", &|name| plain(name, &[date::date(now)?]))?;
    add("From", &|name| mailboxes(name, "--from", compose.from.as_slice()))?;
    add("Reply-To", &|name| mailboxes(name, "--reply-to", &compose.reply_to))?;
    add("To", &|name| mailboxes(name, "--to", &compose.to))?;
    add("Cc", &|name| mailboxes(name, "--cc", &compose.cc))?;
    add("Subject", &|name| subject(name, compose.subject.as_deref()))?;
    add("Message-ID", &|name| plain(name, &[message_id::generate(&right_side(compose), now)?]))?;
    let ids = |option: &str, text: &Option<String>| {
        text.as_deref().map(|text| message_id::parse_list(option, text)).transpose().map(Option::unwrap_or_default)
    };
    add("In-Reply-To", &|name| plain(name, &ids("--in-reply-to", &compose.in_reply_to)?))?;
    add("References", &|name| match &compose.references {
        None => plain(name, &ids("--in-reply-to", &compose.in_reply_to)?),
        references => plain(name, &ids("--references", references)?),
    })?;
    add("Auto-Submitted", &|name| match compose.auto_submitted {
        Some(AutoSubmitted::Generated) => plain(name, &["auto-generated".into()]),
        Some(AutoSubmitted::Replied) => plain(name, &["auto-replied".into()]),
        None => Ok(None),
    })?;
    for (name, value) in &compose.headers {
        let field = custom::field(name, value)?;
        match Placement::of(name) {
            Placement::Trace => drop(out.splice(0..0, field)),
            Placement::Ordinary => out.extend(field),
        }
    }
    Ok(out)
}

/// A field of addresses, `None` if there are none.
pub(crate) fn mailboxes(name: &str, option: &str, mailboxes: &[Mailbox]) -> Result<Option<Vec<u8>>> {
    if mailboxes.is_empty() {
        return Ok(None);
    }
    let mut field = Folding::new(name);
    for (number, mailbox) in mailboxes.iter().enumerate() {
        no_controls(option, mailbox.name.as_deref().unwrap_or_default())?;
        let display = mailbox.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        // Only a local part beyond ASCII needs an SMTPUTF8 transport; a domain has its A-labels for all others.
        let address = match mailbox.address.needs_smtputf8() {
            true => mailbox.address.to_string(),
            false => mailbox.address.ascii_domain()?.to_string(),
        };
        match display {
            Some(display) => {
                encoded_word::push_phrase(&mut field, display);
                field.word(&format!("<{address}>"));
            }
            None => field.word(&address),
        }
        if number + 1 < mailboxes.len() {
            field.glued(",");
        }
    }
    field.finish().map(Some)
}

/// Refuses what would end a field, and everything else that has no business in one, naming the option it came by.
pub(super) fn no_controls(option: &str, text: &str) -> Result<()> {
    match text.chars().find(|c| c.is_control() && *c != '\t') {
        None => Ok(()),
        Some(c) => Err(Error::InvalidInput(format!(
            "{option}: '{}' has the control character U+{:04X}, which cannot stand in a header",
            sanitize_capped(text.as_bytes(), 80),
            u32::from(c)
        ))),
    }
}

fn subject(name: &str, subject: Option<&str>) -> Result<Option<Vec<u8>>> {
    let Some(subject) = subject else { return Ok(None) };
    no_controls("--subject", subject)?;
    encoded_word::unstructured(name, subject).map(Some)
}

fn plain(name: &str, words: &[String]) -> Result<Option<Vec<u8>>> {
    if words.is_empty() {
        return Ok(None);
    }
    let mut field = Folding::new(name);
    words.iter().for_each(|word| field.word(word));
    field.finish().map(Some)
}

fn right_side(compose: &Compose) -> String {
    let of_author = || compose.from.as_ref().and_then(|from| from.address.domain());
    compose.message_id_domain.as_deref().or_else(of_author).unwrap_or_default().to_owned()
}
