//! What Tab makes of a command that is half typed.

use std::sync::Arc;

use rustyline::completion::Completer as Complete;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::text::sanitize;

/// Commands with a mailbox somewhere in their arguments.
const WITH_MAILBOX: [&str; 24] = [
    "APPEND",
    "COPY",
    "CREATE",
    "DELETE",
    "DELETEACL",
    "EXAMINE",
    "GETACL",
    "GETMETADATA",
    "GETQUOTAROOT",
    "LIST",
    "LISTRIGHTS",
    "LSUB",
    "MOVE",
    "MYRIGHTS",
    "RENAME",
    "REPLACE",
    "SELECT",
    "SETACL",
    "SETMETADATA",
    "STATUS",
    "SUBSCRIBE",
    "UID COPY",
    "UID MOVE",
    "UNSUBSCRIBE",
];

/// What there is to complete to; asked anew at every Tab.
pub(super) trait Vocabulary: Send + Sync {
    /// Commands in capitals, such as `SELECT` and `UID FETCH`.
    fn commands(&self) -> Vec<String>;

    /// Names of mailboxes as they are typed, without quotes.
    fn mailboxes(&self) -> Vec<String>;
}

/// Completes commands and names of mailboxes.
pub(super) struct Completer {
    vocabulary: Arc<dyn Vocabulary>,
}

impl Completer {
    pub(super) fn new(vocabulary: Arc<dyn Vocabulary>) -> Self {
        Self { vocabulary }
    }
}

impl Complete for Completer {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(candidates(line.get(..at).unwrap_or(line), &*self.vocabulary))
    }
}

impl Hinter for Completer {
    type Hint = String;
}

impl Highlighter for Completer {}

impl Validator for Completer {}

impl Helper for Completer {}

/// What can stand in the place of the last word of what is typed so far, and where that begins.
fn candidates(typed: &str, vocabulary: &dyn Vocabulary) -> (usize, Vec<String>) {
    let command = typed.trim_start();
    let start = typed.len() - command.len();
    let capitals = command.to_ascii_uppercase();
    let mut found: Vec<String> = vocabulary.commands();
    found.retain(|name| name.starts_with(&capitals));
    if !found.is_empty() {
        return (start, ordered(found));
    }
    if !WITH_MAILBOX.iter().any(|name| capitals.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))) {
        return (typed.len(), Vec::new());
    }
    let word = last_word(typed);
    let mut found = vocabulary.mailboxes();
    // Names come from a server: what is shown must be harmless, and what is typed must be the name.
    found.retain(|name| begins(name, &word.text) && sanitize(name.as_bytes()) == *name);
    (word.start, ordered(found.into_iter().map(|name| quoted(name, word.is_quoted)).collect()))
}

/// The word that is being typed.
#[derive(Debug, Default)]
struct Word {
    start: usize,
    /// Without quotes.
    text: String,
    is_quoted: bool,
}

fn last_word(typed: &str) -> Word {
    let mut word = Word::default();
    let (mut inside, mut escaped) = (false, false);
    for (at, character) in typed.char_indices() {
        match character {
            _ if escaped => {
                word.text.push(character);
                escaped = false;
            }
            '\\' if inside => escaped = true,
            '"' => {
                inside = !inside;
                word.is_quoted = true;
            }
            ' ' | '(' if !inside => word = Word { start: at.saturating_add(1), ..Word::default() },
            _ => word.text.push(character),
        }
    }
    word
}

fn begins(name: &str, typed: &str) -> bool {
    // INBOX in any case is the same (RFC 9051 section 5.1).
    let inbox = name.eq_ignore_ascii_case("INBOX")
        && name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    inbox || name.starts_with(typed)
}

/// A name as an astring (RFC 9051 section 9).
fn quoted(name: String, anyway: bool) -> String {
    let is_plain = |octet: u8| octet.is_ascii_graphic() && !br#"(){%*"\"#.contains(&octet);
    match !anyway && !name.is_empty() && name.bytes().all(is_plain) {
        true => name,
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn ordered(mut found: Vec<String>) -> Vec<String> {
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Some;

    impl Vocabulary for Some {
        fn commands(&self) -> Vec<String> {
            ["SELECT", "SEARCH", "UID FETCH", "UID SEARCH", "STATUS"].map(str::to_owned).into()
        }

        fn mailboxes(&self) -> Vec<String> {
            ["INBOX", "Inbox2", "Sent mail", "say \"a\\b\"", "work/x", "work/y", "b\u{1b}[2J", "Entwürfe"]
                .map(str::to_owned)
                .into()
        }
    }

    fn after(typed: &str) -> (usize, Vec<String>) {
        candidates(typed, &Some)
    }

    #[test]
    fn commands() {
        assert_eq!(after("se"), (0, vec!["SEARCH".into(), "SELECT".into()]));
        assert_eq!(after("  uid f"), (2, vec!["UID FETCH".into()]));
        assert_eq!(after("UID ").1.len(), 2);
        assert_eq!(after("").1.len(), 5);
        assert_eq!(after("xyz"), (3, vec![]));
        assert_eq!(after("UID FETCH 1 F").1, [""; 0]);
        assert_eq!(after("ü").1, [""; 0]);
    }

    #[test]
    fn mailboxes() {
        assert_eq!(after("select inb"), (7, vec!["INBOX".into()]));
        assert_eq!(after("SELECT In"), (7, vec!["INBOX".into(), "Inbox2".into()]));
        assert_eq!(after("copy 1:* work/"), (9, vec!["work/x".into(), "work/y".into()]));
        assert_eq!(after("uid move 1 work/x"), (11, vec!["work/x".into()]));
        assert_eq!(after("SELECT S"), (7, vec!["\"Sent mail\"".into()]));
        assert_eq!(after("SELECT \"Sent m"), (7, vec!["\"Sent mail\"".into()]));
        assert_eq!(after("SELECT \"wo"), (7, vec!["\"work/x\"".into(), "\"work/y\"".into()]));
        assert_eq!(after("SELECT \"say \\\"a"), (7, vec!["\"say \\\"a\\\\b\\\"\"".into()]));
        assert_eq!(after("RENAME \"Sent mail\" En"), (19, vec!["\"Entwürfe\"".into()]));
        // What is not harmless is not offered.
        assert_eq!(after("SELECT b"), (7, vec![]));
        assert_eq!(after("SELECTED b"), (10, vec![]));
    }
}
