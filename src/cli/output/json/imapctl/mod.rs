//! What imapctl tells.

mod change;
mod look;
mod many;

use super::object::Object;
use crate::cli::output::record::imapctl::{Mode, Name, Place, Server, Tally, Told, What};

/// A result in a line; a tree in as many as it has folders.
pub(super) fn lines(told: &Told<'_>) -> String {
    match &told.what {
        What::Folder(folder) => look::folder(told, folder).line(),
        What::Tree(tree) => tree.folders.iter().map(|folder| look::folder(told, folder).line()).collect(),
        What::Status(status) => look::status(told, status).line(),
        What::Message(message) => start(told, "message").place(&message.place).message(message).line(),
        What::Found(found) => look::found(told, found).line(),
        What::Thread(thread) => look::thread(told, thread).line(),
        What::Part(part) => look::part(told, part).line(),
        What::Header(header) => look::header(told, header).line(),
        What::Saved(saved) => look::saved(told, saved).line(),
        What::FolderChange(change) => change::folder(told, change).line(),
        What::Appended(appended) => change::appended(told, appended).line(),
        What::Marked(marked) => change::marked(told, marked).line(),
        What::Transferred(transferred) => change::transferred(told, transferred).line(),
        What::Removed(removed) => change::removed(told, removed).line(),
        What::Acl(entry) => look::acl(told, entry).line(),
        What::AclChange(change) => change::acl(told, change).line(),
        What::Rights(rights) => look::rights(told, rights).line(),
        What::Quota(quota) => start(told, "quota").quota(quota).line(),
        What::QuotaChange(change) => change::quota(told, change).line(),
        What::Metadata(metadata) => start(told, "metadata").metadata(metadata).line(),
        What::MetadataChange(metadata, mode) => start(told, "metadata_change").metadata(metadata).mode(*mode).line(),
        What::Result(result) => many::result(told, result).line(),
        What::Reply(reply) => many::reply(told, reply).line(),
        What::Event(event) => many::event(told, event).line(),
        What::Fault(fault) => many::fault(told, fault).line(),
        What::Warning { text, .. } => start(told, "warning").text("message", text).line(),
    }
}

/// What the protocol tells of a server.
pub(super) fn server(object: Object, server: &Server) -> Object {
    let namespaces = server.namespaces.iter().map(|namespace| {
        Object::plain()
            .text("holder", namespace.holder.word())
            .text("prefix", &namespace.prefix)
            .character("delimiter", namespace.delimiter)
    });
    let special_use = server
        .special_use
        .iter()
        .map(|(attribute, folder)| Object::plain().text("special_use", attribute).text("folder", folder));
    let limits = server.limits.iter().map(|(name, limit)| Object::plain().text("name", name).number("value", *limit));
    let id = server.id.iter().map(|(name, value)| Object::plain().text("name", name).text("value", value));
    let latencies = server
        .latencies
        .iter()
        .map(|(command, time)| Object::plain().text("command", command).float("ms", time.as_secs_f64() * 1000.0));
    object
        .text("revision", &server.revision)
        .texts("implied", &server.implied)
        .texts("used", &server.used)
        .objects("namespaces", namespaces.collect())
        .objects("special_use", special_use.collect())
        .objects("quota", server.quota.iter().map(|quota| Object::plain().quota(quota)).collect())
        .objects("limits", limits.collect())
        .objects("id", id.collect())
        .texts("oddities", &server.oddities)
        .objects("latencies", latencies.collect())
}

/// A line's beginning: of what kind it is, and whose.
fn start(told: &Told<'_>, kind: &str) -> Object {
    let object = Object::typed(kind).text("account", told.account);
    object.count("line", told.line)
}

impl Object {
    pub(super) fn worked(self, tally: &Tally) -> Self {
        self.number("messages", tally.messages)
            .number("partial", tally.partial)
            .number("failed", tally.failed)
            .number("octets", tally.octets)
    }

    fn place(self, place: &Place<'_>) -> Self {
        self.named("folder", &place.folder).count("uidvalidity", place.validity)
    }

    /// A folder's name, and the server's own octets where those are no name.
    fn named(self, name: &str, folder: &Name<'_>) -> Self {
        let object = self.text(name, &folder.text());
        folder.raw().into_iter().fold(object, |object, raw| object.base64(&format!("{name}_base64"), raw))
    }

    fn mode(self, mode: Mode) -> Self {
        self.flag("dry_run", mode == Mode::DryRun)
    }

    /// The number, if it is known.
    fn count(self, name: &str, number: Option<impl Into<u64>>) -> Self {
        number.into_iter().fold(self, |object, number| object.number(name, number.into()))
    }

    /// The octets as text, if there are any.
    fn maybe_bytes(self, name: &str, bytes: Option<&[u8]>) -> Self {
        bytes.into_iter().fold(self, |object, bytes| object.bytes(name, bytes))
    }

    /// A modification sequence: too large a number for those who read JSON numbers as floating point.
    fn modseq(self, name: &str, modseq: Option<u64>) -> Self {
        modseq.into_iter().fold(self, |object, modseq| object.text(name, &modseq.to_string()))
    }

    fn character(self, name: &str, character: Option<char>) -> Self {
        self.text_or_null(name, character.map(|c| c.encode_utf8(&mut [0; 4]).to_owned()).as_deref())
    }
}
