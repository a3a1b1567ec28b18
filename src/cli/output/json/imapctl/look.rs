//! What is there.

use super::super::object::Object;
use super::start;
use crate::cli::output::record::imapctl::{
    AclEntry, Address, Counts, Folder, Found, HeaderView, Message, Metadata, Part, Quota, Rights, Saved, Status,
    Thread, Told,
};

pub(super) fn folder(told: &Told<'_>, folder: &Folder<'_>) -> Object {
    let object = start(told, "folder")
        .named("name", &folder.name)
        .character("delimiter", folder.delimiter)
        .maybe("special_use", folder.special_use)
        .texts("attributes", folder.attributes);
    let object = folder.subscribed.into_iter().fold(object, |object, is| object.flag("subscribed", is));
    object.flag("selectable", folder.selectable).counts_of(&folder.counts).maybe("rights", folder.rights)
}

pub(super) fn status(told: &Told<'_>, status: &Status<'_>) -> Object {
    start(told, "status").named("folder", &status.folder).counts_of(&status.counts)
}

pub(super) fn found(told: &Told<'_>, found: &Found<'_>) -> Object {
    start(told, "search")
        .place(&found.place)
        .numbers("uids", found.uids)
        .number("count", found.count)
        .flag("more", found.more)
}

/// Flat, with the depth of each message: a thread may be deeper than a reader of JSON goes.
pub(super) fn thread(told: &Told<'_>, thread: &Thread<'_>) -> Object {
    let nodes = thread.nodes.iter().map(|node| {
        let object = Object::plain().number("depth", node.depth.into());
        node.message.into_iter().fold(object, |object, message| object.message(message))
    });
    start(told, "thread").place(&thread.place).objects("messages", nodes.collect())
}

pub(super) fn part(told: &Told<'_>, part: &Part<'_>) -> Object {
    start(told, "part")
        .place(&part.place)
        .number("uid", part.uid.into())
        .text("section", part.section)
        .number("depth", part.depth.into())
        .text("media_type", part.media_type)
        .maybe("charset", part.charset)
        .maybe("encoding", part.encoding)
        .maybe_bytes("name", part.name)
        .count("size", part.size)
        .count("lines", part.lines)
        .maybe("disposition", part.disposition)
        .maybe("content_id", part.content_id)
        .maybe_bytes("description", part.description)
}

pub(super) fn header(told: &Told<'_>, header: &HeaderView<'_>) -> Object {
    let fields = header.fields.iter().map(|field| Object::plain().text("name", field.name).bytes("value", field.value));
    start(told, "header").place(&header.place).number("uid", header.uid.into()).objects("fields", fields.collect())
}

pub(super) fn saved(told: &Told<'_>, saved: &Saved<'_>) -> Object {
    start(told, "saved")
        .place(&saved.place)
        .number("uid", saved.uid.into())
        .maybe("section", saved.section)
        .bytes("path", saved.path)
        .number("octets", saved.octets)
        .maybe_bytes("name", saved.name)
}

pub(super) fn acl(told: &Told<'_>, entry: &AclEntry<'_>) -> Object {
    start(told, "acl").named("folder", &entry.folder).text("identifier", entry.identifier).text("rights", entry.rights)
}

pub(super) fn rights(told: &Told<'_>, rights: &Rights<'_>) -> Object {
    let object = start(told, "rights")
        .named("folder", &rights.folder)
        .maybe("identifier", rights.identifier)
        .text("rights", rights.rights);
    rights.optional.into_iter().fold(object, |object, optional| object.texts("optional", optional))
}

impl Object {
    /// All that is known of a message but its place.
    pub(super) fn message(self, message: &Message<'_>) -> Self {
        let object = self.count("uid", message.uid);
        let object = message.flags.into_iter().fold(object, |object, flags| object.texts("flags", flags));
        let times =
            [("date", message.date), ("internal_date", message.internal_date), ("save_date", message.save_date)];
        let object = times
            .into_iter()
            .fold(object, |object, (name, time)| time.into_iter().fold(object, |object, time| object.time(name, time)));
        let object = object
            .count("size", message.size)
            .addresses("from", message.from)
            .addresses("to", message.to)
            .addresses("cc", message.cc)
            .maybe_bytes("subject", message.subject)
            .maybe_bytes("message_id", message.message_id);
        let object = message.has_attachment.into_iter().fold(object, |object, has| object.flag("has_attachment", has));
        let object = object
            .maybe_bytes("preview", message.preview)
            .maybe("email_id", message.email_id)
            .maybe("thread_id", message.thread_id)
            .modseq("modseq", message.modseq);
        let object = if message.labels.is_empty() { object } else { object.texts("labels", message.labels) };
        match message.flaws {
            [] => object,
            flaws => object.flag("partial", true).texts("flaws", flaws),
        }
    }

    pub(super) fn quota(self, quota: &Quota) -> Self {
        self.text("root", &quota.root)
            .maybe("folder", quota.folder.as_deref())
            .text("resource", &quota.resource)
            .number("usage", quota.usage)
            .number("limit", quota.limit)
            .float("percent", quota.percent())
    }

    pub(super) fn metadata(self, metadata: &Metadata<'_>) -> Self {
        let object = metadata.folder.iter().fold(self, |object, folder| object.named("folder", folder));
        let object = object.text("entry", metadata.entry);
        match metadata.value {
            Some(value) => object.bytes("value", value),
            None => object.null("value"),
        }
    }

    fn counts_of(self, counts: &Counts<'_>) -> Self {
        self.count("messages", counts.messages)
            .count("unseen", counts.unseen)
            .count("recent", counts.recent)
            .count("deleted", counts.deleted)
            .count("uidnext", counts.uid_next)
            .count("uidvalidity", counts.uid_validity)
            .count("size", counts.size)
            .modseq("highestmodseq", counts.highest_modseq)
            .count("append_limit", counts.append_limit)
            .maybe("mailbox_id", counts.mailbox_id)
    }

    fn addresses(self, name: &str, addresses: &[Address<'_>]) -> Self {
        if addresses.is_empty() {
            return self;
        }
        let address = |address: &Address<'_>| {
            Self::plain().maybe_bytes("name", address.name).maybe_bytes("address", address.address)
        };
        self.objects(name, addresses.iter().map(address).collect())
    }
}
