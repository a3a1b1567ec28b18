//! What was changed, or would be, in a line each.

use super::super::shown;
use super::{folder_name, shown_bytes};
use crate::cli::output::record::imapctl::{
    AclChange, Appended, FolderAction, FolderChange, Marked, Metadata, Mode, Place, QuotaChange, Removed, Transferred,
};
use crate::cli::output::table::octets;

/// How many ranges of UIDs a line names.
const RANGES: usize = 20;

pub(super) fn folder(change: &FolderChange<'_>) -> String {
    let mut line = format!("{} {}", done(change.action.word(), change.mode), folder_name(&change.folder));
    if let Some(to) = &change.to {
        line += &format!(" -> {}", folder_name(to));
    }
    if let Some(purpose) = change.special_use {
        line += &format!(" for {}", shown(purpose));
    }
    match (change.action, change.messages) {
        (FolderAction::Deleted, Some(messages)) => line += &format!(" with {}", counted(messages)),
        (_, Some(messages)) => line += &format!(" ({})", counted(messages)),
        (_, None) => {}
    }
    line + "\n"
}

pub(super) fn appended(appended: &Appended<'_>) -> String {
    let number = appended.number.map(|number| format!(" message {number}")).unwrap_or_default();
    let mut line = format!("{}{number}", shown_bytes(appended.file));
    line += &format!(" -> {}", located(&appended.place, appended.uid));
    if let Some(replaced) = appended.replaced {
        line += &format!(" in place of {replaced}");
    }
    would(line, appended.mode)
}

pub(super) fn marked(marked: &Marked<'_>) -> String {
    let line = match marked.flags {
        Some([]) => format!("{} no flags", marked.uid),
        Some(flags) => format!("{} {}", marked.uid, shown(&flags.join(" "))),
        None => {
            let added = marked.added.iter().map(|flag| format!(" +{flag}"));
            let removed = marked.removed.iter().map(|flag| format!(" -{flag}"));
            format!("{}{}", marked.uid, shown(&added.chain(removed).collect::<String>()))
        }
    };
    would(line, marked.mode)
}

pub(super) fn transferred(transferred: &Transferred<'_>) -> String {
    let account = transferred.to_account.map(|account| format!("{}: ", shown(account))).unwrap_or_default();
    let to = located(&transferred.to, transferred.to_uid);
    would(format!("{} -> {account}{to}", transferred.uid), transferred.mode)
}

pub(super) fn removed(removed: &Removed<'_>) -> String {
    let folder = folder_name(&removed.place.folder);
    let word = done(removed.removal.word(), removed.mode);
    let named = if removed.uids.is_empty() { String::new() } else { format!(": {}", ranges(removed.uids)) };
    format!("{word} {} from {folder}{named}\n", counted(removed.count))
}

pub(super) fn acl(change: &AclChange<'_>) -> String {
    let (folder, identifier) = (folder_name(&change.folder), shown(change.identifier));
    let line = match change.rights {
        Some(rights) => format!("{folder}: {identifier} {}", shown(rights)),
        None => format!("{folder}: {identifier} is no longer named"),
    };
    would(line, change.mode)
}

pub(super) fn quota(change: &QuotaChange<'_>) -> String {
    let limit = change.limit.map_or_else(|| "no limit".to_owned(), |limit| amount(change.resource, limit));
    let root = if change.root.is_empty() { "\"\"".to_owned() } else { shown(change.root) };
    would(format!("{root}: {} {limit}", shown(change.resource)), change.mode)
}

/// How much of a resource, as people say it.
pub(super) fn amount(resource: &str, count: u64) -> String {
    match resource.eq_ignore_ascii_case("STORAGE") {
        true => octets(count.saturating_mul(1024)),
        false => count.to_string(),
    }
}

pub(super) fn metadata(metadata: &Metadata<'_>) -> String {
    let folder = metadata.folder.map(|folder| format!("{} ", folder_name(&folder))).unwrap_or_default();
    let value = metadata.value.map_or_else(|| "(none)".to_owned(), shown_bytes);
    format!("{folder}{}: {value}\n", shown(metadata.entry))
}

pub(super) fn metadata_change(changed: &Metadata<'_>, mode: Mode) -> String {
    would(metadata(changed).trim_end().to_owned(), mode)
}

/// `deleted`, or `would be deleted:`.
fn done(word: &str, mode: Mode) -> String {
    match mode {
        Mode::Done => word.to_owned(),
        Mode::DryRun => format!("would be {word}:"),
    }
}

fn would(line: String, mode: Mode) -> String {
    match mode {
        Mode::Done => line + "\n",
        Mode::DryRun => format!("would: {line}\n"),
    }
}

fn located(place: &Place<'_>, uid: Option<u32>) -> String {
    let uid = uid.map(|uid| format!(" {uid}")).unwrap_or_default();
    format!("{}{uid}", folder_name(&place.folder))
}

fn counted(messages: u64) -> String {
    match messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

/// `1:5,9`; where there are very many, the first of them.
fn ranges(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
        if ranges.len() > RANGES {
            break;
        }
    }
    let told = ranges.iter().take(RANGES).map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    });
    let told = told.collect::<Vec<_>>().join(",");
    if ranges.len() > RANGES { told + ",…" } else { told }
}
