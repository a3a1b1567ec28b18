//! Which messages: a folder, and in it UIDs or a query.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::folder_name::FolderName;
use crate::error::Result;
use crate::imap::{UidSet, UidValidity};

/// Where the messages are.
#[derive(Args, Clone, Debug)]
pub struct FolderArgs {
    /// The folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these.
    #[arg(short, long, value_name = "NAME", value_parser = FolderName::parse, default_value = "INBOX")]
    pub folder: FolderName,
    /// Do nothing if the folder's UIDVALIDITY is not this number: then UIDs mean other messages than they did.
    #[arg(long, value_name = "N")]
    pub uidvalidity: Option<UidValidity>,
}

/// What is looked for.
#[derive(Args, Clone, Debug)]
pub struct QueryArgs {
    /// What to look for, a term per word, such as from:ann subject:report is:unread since:7d larger:1M not:to:list.
    ///
    /// All terms must hold. Which keys there are is in the manual page, imapctl(1).
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Look for this in IMAP's own words instead, such as UNSEEN FROM ann.
    #[arg(long, value_name = "KEYS", num_args = 1.., conflicts_with = "query")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub search: Vec<String>,
}

/// Messages that are named by UIDs or by a query.
#[derive(Args, Clone, Debug)]
pub struct SelectionArgs {
    /// The messages: UIDs such as 4,7:9 or '20:*', or a query such as from:ann is:unread.
    #[arg(value_name = "UIDSET|QUERY", required_unless_present = "search")]
    pub words: Vec<String>,
    /// Find the messages by this in IMAP's own words instead, such as UNSEEN FROM ann.
    #[arg(long, value_name = "KEYS", num_args = 1.., conflicts_with = "words")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub search: Vec<String>,
}

/// What was named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Selected {
    /// UIDs.
    Uids(UidSet),
    /// Terms of a query; empty for everything.
    Query(Vec<String>),
    /// Search keys of RFC 3501.
    Keys(String),
}

impl QueryArgs {
    /// What is looked for; never UIDs.
    pub fn selected(&self) -> Selected {
        match self.search.as_slice() {
            [] => Selected::Query(self.query.clone()),
            keys => Selected::Keys(keys.join(" ")),
        }
    }
}

impl SelectionArgs {
    /// What was named: UIDs if all the words are made of what UIDs are written with.
    ///
    /// Fails with [`crate::Error::InvalidInput`] if they are no set all the same, which is told before a run connects.
    pub fn selected(&self) -> Result<Selected> {
        Ok(match self.search.as_slice() {
            [] if self.words.iter().all(|word| is_set(word)) => Selected::Uids(UidSet::parse(&self.words.join(","))?),
            [] => Selected::Query(self.words.clone()),
            keys => Selected::Keys(keys.join(" ")),
        })
    }
}

/// Whether a word can only be meant as a set. A slip such as `1:` is one too: it is told as what it is, and no message is
/// found by it as by a word.
fn is_set(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b',' | b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(words: &[&str], search: &[&str]) -> Result<Selected> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        SelectionArgs { words: owned(words), search: owned(search) }.selected()
    }

    #[test]
    fn uids_are_told_from_queries() {
        for (words, uids) in [(&["7"][..], "7"), (&["1:5,9", "20:*"][..], "1:5,9,20:*"), (&["*"][..], "*")] {
            assert_eq!(selected(words, &[]).unwrap(), Selected::Uids(UidSet::parse(uids).unwrap()));
        }
        for words in [&["1:"][..], &["99999999999"], &["0"], &["7", ","]] {
            assert!(selected(words, &[]).is_err(), "{words:?}");
        }
        for words in [&["from:ann"][..], &["7", "from:ann"], &["is:unread", "7"], &["1-5"], &[""], &["$"], &["١"]] {
            let query = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(selected(words, &[]).unwrap(), Selected::Query(query));
        }
        assert_eq!(selected(&[], &["UID", "7"]).unwrap(), Selected::Keys("UID 7".into()));
        let query = QueryArgs { query: vec!["7".into()], search: Vec::new() };
        assert_eq!(query.selected(), Selected::Query(vec!["7".into()]), "a listing's query is never a set");
    }
}
