//! Who may do what, with words for the letters (RFC 4314 section 2.1).

use super::super::{GAP, Human, Table, shown};
use super::folder_name;
use crate::cli::output::record::imapctl::{AclEntry, Rights};
use crate::cli::output::table::fit;

const IDENTIFIER: usize = 20;
const LETTERS: usize = 13;

impl Human {
    pub(super) fn acl(&self, entry: &AclEntry<'_>) -> String {
        let mut out = self.heading(Table::Acl(entry.folder.text().into_owned()), || {
            format!(
                "{}{GAP}{}{GAP}{}",
                fit("IDENTIFIER", IDENTIFIER),
                fit("RIGHTS", LETTERS),
                folder_name(&entry.folder)
            )
        });
        let (identifier, rights) = (shown(entry.identifier), shown(entry.rights));
        let front = self.column(&identifier, IDENTIFIER) + GAP + &self.column(&rights, LETTERS) + GAP;
        self.push(&mut out, &front, &self.rest(&front, &words(entry.rights)));
        out
    }
}

pub(super) fn rights(rights: &Rights<'_>) -> String {
    let who = rights.identifier.map(|identifier| format!("{} ", shown(identifier))).unwrap_or_default();
    let meaning = words(rights.rights);
    let meaning = if meaning.is_empty() { meaning } else { format!(" ({meaning})") };
    let letters = if rights.rights.is_empty() { "no rights".to_owned() } else { shown(rights.rights) };
    let mut line = format!("{}: {who}{letters}{meaning}", folder_name(&rights.folder));
    if let Some(optional) = rights.optional {
        line += &format!("; can be given {}", shown(&optional.join(" ")));
    }
    line + "\n"
}

fn words(rights: &str) -> String {
    let words = rights.chars().filter_map(|letter| {
        Some(match letter {
            'l' => "see",
            'r' => "read",
            's' => "mark seen",
            'w' => "flag",
            'i' => "add mail",
            'p' => "post",
            'k' => "make folders",
            'x' => "delete it",
            't' => "delete mail",
            'e' => "expunge",
            'a' => "administer",
            _ => return None,
        })
    });
    words.collect::<Vec<_>>().join(", ")
}
