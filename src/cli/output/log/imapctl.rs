//! What imapctl keeps account of: what it changed or put into files, and what failed.

use super::{Line, Severity};
use crate::cli::output::record::imapctl::{Fault, Mode, Name, Place, Told, What};

/// The line for a result, unless it only tells how things are.
pub(super) fn line(told: &Told<'_>) -> Option<(Severity, Line)> {
    let start = |what: &str| {
        let line = Line::of(told.account, what);
        line.maybe("line", told.line.map(|line| line.to_string()).as_deref())
    };
    if let What::Fault(fault) = &told.what {
        return Some((Severity::Error, fault_line(start("failed"), fault)));
    }
    let (line, mode) = match &told.what {
        What::Saved(saved) => {
            let line = start("saved").place(&saved.place).uid("uid", Some(saved.uid)).maybe("section", saved.section);
            (line.add("size", &saved.octets.to_string()).add_bytes("to", saved.path), Mode::Done)
        }
        What::FolderChange(change) => {
            let line = start(change.action.word()).folder("folder", &change.folder);
            (change.to.iter().fold(line, |line, to| line.folder("to", to)), change.mode)
        }
        What::Appended(appended) => {
            let line = start("appended").place(&appended.place).uid("uid", appended.uid);
            let line = line.add("size", &appended.size.to_string()).add_bytes("from", appended.file);
            (line.uid("replaced", appended.replaced), appended.mode)
        }
        What::Marked(marked) => {
            let line = start("flags").place(&marked.place).uid("uid", Some(marked.uid));
            let line = line.maybe("flags", marked.flags.map(|flags| flags.join(",")).as_deref());
            let line = line.add("added", &marked.added.join(",")).add("removed", &marked.removed.join(","));
            (line, marked.mode)
        }
        What::Transferred(transferred) => {
            let line = start(transferred.transfer.word()).place(&transferred.place);
            let line = line.uid("uid", Some(transferred.uid)).maybe("to-account", transferred.to_account);
            (line.folder("to", &transferred.to.folder).uid("to-uid", transferred.to_uid), transferred.mode)
        }
        What::Removed(removed) => {
            let uids: Vec<String> = removed.uids.iter().map(u32::to_string).collect();
            let line = start(removed.removal.word()).place(&removed.place).add("uids", &uids.join(","));
            (line.add("count", &removed.count.to_string()), removed.mode)
        }
        What::AclChange(change) => {
            let line = start("rights").folder("folder", &change.folder).add("identifier", change.identifier);
            (line.add("rights", change.rights.unwrap_or_default()), change.mode)
        }
        What::QuotaChange(change) => {
            let line = start("quota").add("root", change.root).add("resource", change.resource);
            let limit = change.limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
            (line.add("limit", &limit), change.mode)
        }
        What::MetadataChange(metadata, mode) => {
            let line = start("metadata");
            let line = metadata.folder.iter().fold(line, |line, folder| line.folder("folder", folder));
            (line.add("entry", metadata.entry), *mode)
        }
        _ => return None,
    };
    (mode == Mode::Done).then(|| (Severity::Information, line.add("exit", "0")))
}

fn fault_line(line: Line, fault: &Fault<'_>) -> Line {
    let line = fault.folder.iter().fold(line, |line, folder| line.folder("folder", folder));
    line.uid("uid", fault.uid).failure(fault.failure)
}

impl Line {
    fn place(self, place: &Place<'_>) -> Self {
        self.folder("folder", &place.folder).uid("uidvalidity", place.validity)
    }

    fn folder(self, name: &str, folder: &Name<'_>) -> Self {
        self.add(name, &folder.text())
    }

    fn uid(self, name: &str, uid: Option<u32>) -> Self {
        self.maybe(name, uid.map(|uid| uid.to_string()).as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Failure;
    use crate::cli::output::record::imapctl::{Appended, Message, Removal, Removed, Transfer, Transferred};

    fn text(what: What<'_>) -> Option<String> {
        line(&Told::new("work", what).at(Some(3))).map(|(_, line)| line.0)
    }

    #[test]
    fn changes_are_logged_and_what_is_only_looked_at_is_not() {
        let place = Place::new("IN\x1bBOX", 9);
        let appended = Appended { place, uid: Some(7), file: b"a b.eml", size: 12, ..Appended::default() };
        let common = "account=work what=";
        assert_eq!(
            text(What::Appended(appended)).unwrap(),
            format!("{common}appended line=3 folder=IN^[BOX uidvalidity=9 uid=7 size=12 from=\"a b.eml\" exit=0")
        );
        assert!(text(What::Appended(Appended { mode: Mode::DryRun, ..appended })).is_none());
        assert!(text(What::Message(&Message::default())).is_none());
        let moved = Transferred {
            transfer: Transfer::Moved,
            place,
            uid: 7,
            to_account: None,
            to: Place::new("Trash", 1),
            to_uid: Some(8),
            mode: Mode::Done,
        };
        assert_eq!(
            text(What::Transferred(moved)).unwrap(),
            format!("{common}moved line=3 folder=IN^[BOX uidvalidity=9 uid=7 to=Trash to-uid=8 exit=0")
        );
        let removed = Removed { removal: Removal::Expunged, place, uids: &[7, 8], count: 2, mode: Mode::Done };
        assert!(text(What::Removed(removed)).unwrap().ends_with(" uids=7,8 count=2 exit=0"));
        let failure = Failure::usage("no");
        let fault = Fault { failure: &failure, folder: Some("a".into()), uid: None };
        assert_eq!(text(What::Fault(fault)).unwrap(), format!("{common}failed line=3 folder=a error=no exit=64"));
    }
}
