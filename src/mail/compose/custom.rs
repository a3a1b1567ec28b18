//! Fields that the caller names: `--header 'Name: value'`.

use super::header::{mailboxes, no_controls};
use crate::error::{Error, Result};
use crate::mail::folding::Folding;
use crate::mail::{address, encoded_word, message_id};
use crate::text::sanitize_capped;

/// The longest name, so that a value can stand beside it.
const LONGEST_NAME: usize = 70;
/// A longer word cannot be left as it is: no line could hold it.
const LONGEST_WORD: usize = 900;

/// What may stand in a header only once (RFC 5322 section 3.6).
const SINGLETONS: [&str; 16] = [
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "auto-submitted",
    "list-unsubscribe-post",
    "return-path",
    "content-language",
    "list-id",
];

/// Splits `Name: value`; white space around the value is dropped.
///
/// # Errors
///
/// [`Error::InvalidInput`] if there is no colon, the name is none of RFC 5322 section 3.6.8, or the value has control
/// characters other than the tab.
pub fn parse(text: &str) -> Result<(String, String)> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(Error::InvalidInput(format!(
            "--header '{}' has no colon: write 'Name: value'",
            sanitize_capped(text.as_bytes(), 80)
        )));
    };
    check_field(name, value)?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

/// Where a field goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Placement {
    /// In front of all others, as trace fields do (RFC 5322 section 3.6.7).
    Trace,
    /// In the order given.
    Ordinary,
}

impl Placement {
    pub(super) fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "received" | "return-path" => Self::Trace,
            name if name.starts_with("resent-") => Self::Trace,
            _ => Self::Ordinary,
        }
    }
}

/// Checks all fields, and that none is there twice that may not be.
pub(super) fn check(headers: &[(String, String)]) -> Result<()> {
    for (number, (name, value)) in headers.iter().enumerate() {
        check_field(name, value)?;
        let is_singleton = SINGLETONS.iter().any(|single| single.eq_ignore_ascii_case(name));
        let mut before = headers.iter().take(number);
        if is_singleton && before.any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(Error::InvalidInput(format!("--header: {name} is given twice, and a message has only one")));
        }
    }
    Ok(())
}

/// The field, encoded and folded, with its CRLF.
pub(super) fn field(name: &str, value: &str) -> Result<Vec<u8>> {
    let value = value.trim_matches([' ', '\t']);
    match Syntax::of(name) {
        Syntax::Addresses => addresses(name, value),
        Syntax::Identifiers => {
            let ids = message_id::parse_list(&format!("--header {name}"), value)?;
            verbatim(name, &ids.join(" "))
        }
        Syntax::Ascii if !value.is_ascii() => {
            Err(Error::InvalidInput(format!("--header {name}: only ASCII can stand in this field")))
        }
        Syntax::Unstructured if !value.is_ascii() || has_long_word(value) => encoded_word::unstructured(name, value),
        Syntax::Ascii | Syntax::Unstructured => verbatim(name, value),
    }
}

/// How a field's value is written.
enum Syntax {
    Addresses,
    Identifiers,
    Ascii,
    Unstructured,
}

impl Syntax {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("resent-").unwrap_or(&name) {
            "from"
            | "sender"
            | "reply-to"
            | "to"
            | "cc"
            | "bcc"
            | "mail-followup-to"
            | "mail-reply-to"
            | "errors-to"
            | "disposition-notification-to"
            | "return-receipt-to" => Self::Addresses,
            "message-id" | "in-reply-to" | "references" => Self::Identifiers,
            "date" | "received" | "return-path" | "auto-submitted" | "content-language" => Self::Ascii,
            name if name.starts_with("list-") => Self::Ascii,
            _ => Self::Unstructured,
        }
    }
}

fn check_field(name: &str, value: &str) -> Result<()> {
    let valid =
        (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    if !valid {
        return Err(Error::InvalidInput(format!(
            "--header: '{}' is not the name of a header field",
            sanitize_capped(name.as_bytes(), 80)
        )));
    }
    no_controls(&format!("--header {name}"), value)
}

/// Names are encoded, addresses never; what is plain stays as it is, with its groups and comments.
fn addresses(name: &str, value: &str) -> Result<Vec<u8>> {
    let found = address::parse_list(value.as_bytes()).map_err(|error| match error {
        Error::InvalidInput(why) => Error::InvalidInput(format!("--header {name}: {why}")),
        other => other,
    })?;
    if value.is_ascii() && !value.is_empty() {
        return verbatim(name, value);
    }
    let nobody = || Error::InvalidInput(format!("--header {name}: there is no address in it"));
    mailboxes(name, &format!("--header {name}"), &found)?.ok_or_else(nobody)
}

fn verbatim(name: &str, value: &str) -> Result<Vec<u8>> {
    let mut field = Folding::new(name);
    encoded_word::words(value).filter(|word| !word.is_empty()).for_each(|word| field.word(word));
    field.finish()
}

fn has_long_word(value: &str) -> bool {
    encoded_word::words(value).any(|word| word.len() > LONGEST_WORD)
}
