//! What imapctl tells people.

mod change;
mod date;
mod folders;
mod messages;
mod rights;

pub(super) use folders::Columns;

use super::{GAP, Human, Screen, Table, shown};
use crate::cli::output::record::imapctl::{Found, Name, Quota, Reply, Scope, Told, What};
use crate::cli::output::table::{cut, fit, width};

/// The longest names of resources.
const RESOURCE: usize = 10;
/// `1000000000`.
const AMOUNT: usize = 10;
/// `1023.9K`.
const NARROW_AMOUNT: usize = 8;
/// A terminal of fewer columns has no room for all that is told.
const NARROW: usize = 70;

impl Human {
    /// A result as text; what is not for standard output is empty.
    pub(super) fn imapctl(&self, told: &Told<'_>) -> String {
        match &told.what {
            What::Folder(folder) => self.folder(folder),
            What::Tree(tree) => self.tree(tree),
            What::Status(status) => folders::status(status),
            What::Message(message) => self.message(message),
            What::Found(found) => found_uids(found),
            What::Thread(thread) => self.thread(thread),
            What::Part(part) => self.part(part),
            What::Header(header) => self.header(header),
            What::Saved(saved) => shown_bytes(saved.path) + "\n",
            What::FolderChange(change) => change::folder(change),
            What::Appended(appended) => change::appended(appended),
            What::Marked(marked) => change::marked(marked),
            What::Transferred(transferred) => change::transferred(transferred),
            What::Removed(removed) => change::removed(removed),
            What::Acl(entry) => self.acl(entry),
            What::AclChange(change) => change::acl(change),
            What::Rights(rights) => rights::rights(rights),
            What::Quota(quota) => self.quota(quota),
            What::QuotaChange(change) => change::quota(change),
            What::Metadata(metadata) => change::metadata(metadata),
            What::MetadataChange(metadata, mode) => change::metadata_change(metadata, *mode),
            What::Reply(reply) => self.reply(reply),
            What::Event(event) => self.event(event),
            // How a line ended is told by its results and by standard error.
            What::Result(_) | What::Fault(_) | What::Warning { .. } => String::new(),
        }
    }

    fn quota(&self, quota: &Quota) -> String {
        let amount = if self.is_narrow() { NARROW_AMOUNT } else { AMOUNT };
        let mut out = self.heading(Table::Quota, || {
            let root = if self.is_narrow() { "" } else { "  ROOT" };
            format!(
                "{}{GAP}{:>amount$}{GAP}{:>amount$}{GAP}{:>5}{root}",
                fit("RESOURCE", RESOURCE),
                "USED",
                "LIMIT",
                "%"
            )
        });
        let of = |count: u64| change::amount(&quota.resource, count);
        let front = format!(
            "{}{GAP}{:>amount$}{GAP}{:>amount$}{GAP}{:>5.1}{GAP}",
            self.column(&shown(&quota.resource), RESOURCE),
            of(quota.usage),
            of(quota.limit),
            quota.percent()
        );
        if self.is_narrow() {
            self.push(&mut out, &front, "");
            return out;
        }
        let root = if quota.root.is_empty() { "\"\"".to_owned() } else { shown(&quota.root) };
        self.push(&mut out, &front, &self.rest(&front, &root));
        out
    }

    /// What the server said, and below what was understood of it.
    fn reply(&self, reply: &Reply<'_>) -> String {
        // Literals have lines of their own, which are kept apart here too.
        let lines = reply.octets.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut out: String = lines.map(|line| shown_bytes(line) + "\n").collect();
        let names = reply.fields.iter().map(|field| width(&shown(field.name))).max().unwrap_or_default().min(24);
        for field in reply.fields {
            let front = format!("    {}{GAP}", self.column(&shown(field.name), names));
            // What has lines of its own stands above.
            let value = match field.value.contains(&b'\n') {
                true => format!("{} octets", field.value.len()),
                false => shown_bytes(field.value),
            };
            self.push(&mut out, &front, &self.rest(&front, &value));
        }
        if reply.omitted > 0 {
            out.push_str(&format!("    ({} more octets are not shown)\n", reply.omitted));
        }
        out
    }

    /// As many columns, or more where a program may read them.
    fn column(&self, text: &str, columns: usize) -> String {
        match self.screen {
            Screen::Terminal(_) => fit(text, columns),
            Screen::Stream => fit(text, columns.max(width(text))),
        }
    }

    /// Whether tables leave out what is least important.
    fn is_narrow(&self) -> bool {
        matches!(self.screen, Screen::Terminal(columns) if columns < NARROW)
    }

    /// What stands behind `front`, cut where the terminal ends.
    fn rest(&self, front: &str, text: &str) -> String {
        match self.screen {
            Screen::Terminal(columns) => cut(text, columns.saturating_sub(width(front)).max(8)),
            Screen::Stream => text.to_owned(),
        }
    }
}

/// A number in each line.
/// A line for each: the UID, and where it takes that to say which message is meant what it holds with and the folder, whose name goes
/// to the end of the line.
fn found_uids(found: &Found<'_>) -> String {
    let place = match found.scope {
        Scope::OneFolder => String::new(),
        Scope::SeveralFolders => {
            let validity = found.place.validity.map_or_else(|| "-".to_owned(), |validity| validity.to_string());
            format!(" {validity} {}", folder_name(&found.place.folder))
        }
    };
    let mut out = String::with_capacity(found.uids.len().saturating_mul(8 + place.len()));
    for uid in found.uids {
        out.push_str(&uid.to_string());
        out.push_str(&place);
        out.push('\n');
    }
    out
}

/// A folder's name, harmless.
fn folder_name(name: &Name<'_>) -> String {
    shown(&name.text())
}

fn shown_bytes(bytes: &[u8]) -> String {
    crate::text::sanitize(bytes)
}

#[cfg(test)]
mod tests;
