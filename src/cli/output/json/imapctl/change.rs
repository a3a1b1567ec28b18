//! What was changed, or would be.

use super::super::object::Object;
use super::start;
use crate::cli::output::record::imapctl::{
    AclChange, Appended, FolderChange, Marked, QuotaChange, Removed, Told, Transferred,
};

pub(super) fn folder(told: &Told<'_>, change: &FolderChange<'_>) -> Object {
    let object = start(told, "folder_change").text("change", change.action.word()).named("folder", &change.folder);
    let object = change.to.iter().fold(object, |object, to| object.named("to", to));
    object.maybe("special_use", change.special_use).count("messages", change.messages).mode(change.mode)
}

pub(super) fn appended(told: &Told<'_>, appended: &Appended<'_>) -> Object {
    start(told, "appended")
        .place(&appended.place)
        .count("uid", appended.uid)
        .bytes("file", appended.file)
        .count("number", appended.number)
        .number("size", appended.size)
        .texts("flags", appended.flags)
        .count("replaced", appended.replaced)
        .mode(appended.mode)
}

pub(super) fn marked(told: &Told<'_>, marked: &Marked<'_>) -> Object {
    let object = start(told, "flags").place(&marked.place).number("uid", marked.uid.into());
    let object = marked.flags.into_iter().fold(object, |object, flags| object.texts("flags", flags));
    object.texts("added", marked.added).texts("removed", marked.removed).mode(marked.mode)
}

pub(super) fn transferred(told: &Told<'_>, transferred: &Transferred<'_>) -> Object {
    start(told, transferred.transfer.word())
        .place(&transferred.place)
        .number("uid", transferred.uid.into())
        .maybe("to_account", transferred.to_account)
        .named("to_folder", &transferred.to.folder)
        .count("to_uidvalidity", transferred.to.validity)
        .count("to_uid", transferred.to_uid)
        .mode(transferred.mode)
}

pub(super) fn removed(told: &Told<'_>, removed: &Removed<'_>) -> Object {
    start(told, removed.removal.word())
        .place(&removed.place)
        .numbers("uids", removed.uids)
        .number("count", removed.count)
        .mode(removed.mode)
}

pub(super) fn acl(told: &Told<'_>, change: &AclChange<'_>) -> Object {
    start(told, "acl_change")
        .named("folder", &change.folder)
        .text("identifier", change.identifier)
        .text_or_null("rights", change.rights)
        .mode(change.mode)
}

pub(super) fn quota(told: &Told<'_>, change: &QuotaChange<'_>) -> Object {
    let object = start(told, "quota_change").text("root", change.root).text("resource", change.resource);
    match change.limit {
        Some(limit) => object.number("limit", limit),
        None => object.null("limit"),
    }
    .mode(change.mode)
}
