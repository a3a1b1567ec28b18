//! Folders: in rows, as a tree, and one by one.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::super::{GAP, Human, SIZE, Table, shown};
use super::folder_name;
use crate::cli::output::record::imapctl::{Counts, Folder, Status, Tree};
use crate::cli::output::table::{fit, octets};
use crate::wire::transcript::grouped;

const COUNT: usize = 8;
/// `\Important`, the longest.
const USE: usize = 10;
const RIGHTS: usize = 13;

/// How deep a tree is drawn; names that go on are left whole from there on.
const MAX_DEPTH: usize = 50;

/// Which columns a table of folders has beside the names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cli::output::human) struct Columns {
    counts: bool,
    rights: bool,
    subscribed: bool,
    /// There is no room for all of them.
    narrow: bool,
}

impl Human {
    pub(super) fn folder(&self, folder: &Folder<'_>) -> String {
        let columns = self.columns_of_folder(folder);
        let mut out = self.folders_heading(columns);
        let front = front(Some(folder), columns);
        self.push(&mut out, &front, &self.rest(&front, &folder_name(&folder.name)));
        out
    }

    /// Each folder below the one that it belongs to, by the last part of its name.
    pub(super) fn tree(&self, tree: &Tree<'_>) -> String {
        let Some(columns) = tree.folders.iter().map(|folder| self.columns_of_folder(folder)).reduce(Columns::or) else {
            return String::new();
        };
        let mut out = self.folders_heading(columns);
        for line in Branches::of(tree.folders).lines() {
            let front = front(line.folder, columns);
            self.push(&mut out, &front, &self.rest(&front, &(line.drawn + &shown(&line.label))));
        }
        out
    }

    fn folders_heading(&self, columns: Columns) -> String {
        self.heading(Table::Folders(columns), || {
            let mut line = String::new();
            if columns.counts {
                line += &format!("{:>COUNT$}{GAP}{:>COUNT$}{GAP}", "MESSAGES", "UNSEEN");
            }
            if columns.has_sizes() {
                line += &format!("{:>SIZE$}{GAP}", "SIZE");
            }
            if columns.has_subscribed() {
                line += &format!("SUB{GAP}");
            }
            if columns.has_rights() {
                line += &format!("{}{GAP}", fit("RIGHTS", RIGHTS));
            }
            if columns.has_uses() {
                line += &format!("{}{GAP}", fit("USE", USE));
            }
            line + "FOLDER"
        })
    }

    fn columns_of_folder(&self, folder: &Folder<'_>) -> Columns {
        Columns {
            counts: folder.counted,
            rights: folder.rights.is_some(),
            subscribed: folder.subscribed.is_some(),
            narrow: self.is_narrow(),
        }
    }
}

impl Columns {
    /// Where there is no room, the first of these that was asked for is all there is beside the names.
    fn has_sizes(self) -> bool {
        self.counts && !self.narrow
    }

    fn has_rights(self) -> bool {
        self.rights && !(self.narrow && self.counts)
    }

    fn has_subscribed(self) -> bool {
        self.subscribed && !(self.narrow && (self.counts || self.rights))
    }

    fn has_uses(self) -> bool {
        !(self.narrow && (self.counts || self.rights || self.subscribed))
    }

    fn or(self, other: Self) -> Self {
        Self {
            counts: self.counts || other.counts,
            rights: self.rights || other.rights,
            subscribed: self.subscribed || other.subscribed,
            narrow: self.narrow || other.narrow,
        }
    }
}

/// What stands in front of a folder's name; `None` for one that is only known from what is below it.
fn front(folder: Option<&Folder<'_>>, columns: Columns) -> String {
    let mut line = String::new();
    let unknown = match folder {
        Some(folder) if folder.selectable => "?",
        _ => "-",
    };
    let counts = folder.map(|folder| folder.counts).unwrap_or_default();
    if columns.counts {
        let count = |count: Option<u64>| count.map_or_else(|| unknown.to_owned(), |count| count.to_string());
        let size = counts.size.map_or_else(|| unknown.to_owned(), octets);
        line += &format!("{:>COUNT$}{GAP}{:>COUNT$}{GAP}", count(counts.messages), count(counts.unseen));
        if columns.has_sizes() {
            line += &format!("{size:>SIZE$}{GAP}");
        }
    }
    if columns.has_subscribed() {
        let word = match folder.and_then(|folder| folder.subscribed) {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        line += &format!("{word:<3}{GAP}");
    }
    if columns.has_rights() {
        let rights = folder.and_then(|folder| folder.rights).unwrap_or_default();
        line += &format!("{}{GAP}", fit(&shown(rights), RIGHTS));
    }
    if !columns.has_uses() {
        return line;
    }
    let purpose = match folder {
        Some(Folder { special_use: Some(purpose), .. }) => shown(purpose),
        Some(Folder { selectable: true, .. }) => String::new(),
        _ => "(no mail)".to_owned(),
    };
    line + &fit(&purpose, USE) + GAP
}

/// Folders as they are below each other.
struct Branches<'a> {
    /// The first is above all.
    branches: Vec<Branch<'a>>,
}

struct Branch<'a> {
    label: Cow<'a, str>,
    folder: Option<&'a Folder<'a>>,
    below: Vec<usize>,
}

/// A line of a drawn tree.
struct Line<'a> {
    drawn: String,
    label: Cow<'a, str>,
    folder: Option<&'a Folder<'a>>,
}

impl<'a> Branches<'a> {
    fn of(folders: &'a [Folder<'a>]) -> Self {
        let mut branches = vec![Branch { label: Cow::Borrowed(""), folder: None, below: Vec::new() }];
        let mut known: HashMap<(usize, Cow<'a, str>), usize> = HashMap::new();
        for folder in folders {
            let mut at = 0;
            for label in labels(folder) {
                let next = branches.len();
                let found = *known.entry((at, label.clone())).or_insert(next);
                if found == next {
                    branches.push(Branch { label, folder: None, below: Vec::new() });
                    if let Some(above) = branches.get_mut(at) {
                        above.below.push(next);
                    }
                }
                at = found;
            }
            if let Some(branch) = branches.get_mut(at) {
                branch.folder = Some(folder);
            }
        }
        Self { branches }
    }

    fn lines(&self) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        // What is still to be drawn, the next one last: a branch, and what stands in front of it and of what is below it.
        let mut open: Vec<(usize, String, String)> =
            self.below(0).rev().map(|at| (at, String::new(), String::new())).collect();
        while let Some((at, drawn, indent)) = open.pop() {
            let Some(branch) = self.branches.get(at) else { continue };
            lines.push(Line { drawn, label: branch.label.clone(), folder: branch.folder });
            let last = branch.below.last().copied();
            for below in self.below(at).rev() {
                let (mark, bar) = if Some(below) == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                open.push((below, format!("{indent}{mark}"), format!("{indent}{bar}")));
            }
        }
        lines
    }

    fn below(&self, at: usize) -> impl DoubleEndedIterator<Item = usize> {
        self.branches.get(at).map(|branch| branch.below.as_slice()).unwrap_or_default().iter().copied()
    }
}

/// The parts of a folder's name.
fn labels<'a>(folder: &Folder<'a>) -> Vec<Cow<'a, str>> {
    match (folder.name.text(), folder.delimiter) {
        (name, None) => vec![name],
        (Cow::Borrowed(name), Some(delimiter)) => name.splitn(MAX_DEPTH, delimiter).map(Cow::Borrowed).collect(),
        (Cow::Owned(name), Some(delimiter)) => {
            name.splitn(MAX_DEPTH, delimiter).map(|label| Cow::Owned(label.to_owned())).collect()
        }
    }
}

/// A folder's name, and below what is known of it.
pub(super) fn status(status: &Status<'_>) -> String {
    let mut out = folder_name(&status.folder) + "\n";
    let mut line = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            out += &format!("  {label:<14}{value}\n");
        }
    };
    let Counts { messages, unseen, recent, deleted, .. } = status.counts;
    for (label, count) in [("messages", messages), ("unseen", unseen), ("recent", recent), ("deleted", deleted)] {
        line(label, count.map(grouped));
    }
    let Counts { uid_next, uid_validity, size, highest_modseq, append_limit, mailbox_id, .. } = status.counts;
    let in_words = |size: u64| match size {
        0..1000 => format!("{size} octets"),
        _ => format!("{} ({} octets)", octets(size), grouped(size)),
    };
    line("size", size.map(in_words));
    line("next UID", uid_next.map(|uid| uid.to_string()));
    line("UIDVALIDITY", uid_validity.map(|validity| validity.to_string()));
    line("mod-sequence", highest_modseq.map(|modseq| modseq.to_string()));
    line("append limit", append_limit.map(in_words));
    line("mailbox id", mailbox_id.map(shown));
    out
}
