//! A response as people and scripts read it: what it is, and what was understood of it.

mod message;

use std::borrow::Cow;

use crate::cli::output::record::imapctl::{Reply, ReplyField};
use crate::imap::Mailbox;
use crate::imap::grammar::{
    Code, Data, Esearch, Flags, Flaw, Found, ListEntry, MailboxStatus, Namespace, Namespaces, Numbering, Ranges,
    Response, Status, ThreadNode, Vanished,
};
use crate::text::sanitize;

/// How many numbers of one answer are shown among what was understood; all of them stand in its text.
const MAX_NUMBERS: usize = 10_000;

/// What was understood of a response.
#[derive(Debug, Default)]
pub(super) struct View {
    tag: String,
    status: Option<String>,
    code: Option<String>,
    data: Option<String>,
    number: Option<u64>,
    fields: Fields,
}

/// Names and values, in order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.0.push((name.to_owned(), value.as_ref().to_vec()));
    }

    fn number(&mut self, name: &str, value: impl ToString) {
        self.add(name, value.to_string());
    }

    fn maybe(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    fn mailbox(&mut self, name: &str, mailbox: &Mailbox) {
        self.add(name, named(mailbox).as_bytes());
    }

    fn joined<T: AsRef<[u8]>>(&mut self, name: &str, values: impl IntoIterator<Item = T>) {
        let values: Vec<Vec<u8>> = values.into_iter().map(|value| value.as_ref().to_vec()).collect();
        self.add(name, values.join(&b' '));
    }

    fn flags(&mut self, name: &str, flags: &Flags<'_>) {
        self.joined(name, flags.iter());
    }
}

impl View {
    pub(super) fn of(response: &Result<Response<'_>, Flaw>) -> Self {
        let mut view = Self { tag: "*".into(), ..Self::default() };
        match response {
            Ok(Response::Continue(_)) => view.tag = "+".into(),
            Ok(Response::Tagged { tag, status }) => {
                view.tag = sanitize(tag);
                view.status(status);
            }
            Ok(Response::Data(data)) => view.data(data),
            Err(flaw) => view.fields.add("flaw", flaw.to_string()),
        }
        view
    }

    /// As a record, with the text that it was read from.
    pub(super) fn tell(&self, octets: &[u8], omitted: u64, tell: &mut dyn FnMut(&Reply<'_>)) {
        let fields: Vec<_> = self.fields.0.iter().map(|(name, value)| ReplyField { name, value }).collect();
        tell(&Reply {
            tag: &self.tag,
            status: self.status.as_deref(),
            code: self.code.as_deref(),
            data: self.data.as_deref(),
            number: self.number,
            fields: &fields,
            octets,
            omitted,
        });
    }

    fn status(&mut self, status: &Status<'_>) {
        self.status = Some(status.kind.as_str().to_ascii_lowercase());
        if let Some(code) = &status.code {
            self.code = Some(code.name().into_owned());
            self.fields.code(code);
        }
    }

    fn named(&mut self, name: &str) -> &mut Fields {
        self.data = Some(name.to_owned());
        &mut self.fields
    }

    fn numbered(&mut self, name: &str, number: u32) {
        self.data = Some(name.to_owned());
        self.number = Some(number.into());
    }

    fn data(&mut self, data: &Data<'_>) {
        match data {
            Data::Status(status) => self.status(status),
            Data::Capability(names) => self.named("CAPABILITY").joined("capabilities", names),
            Data::Enabled(names) => self.named("ENABLED").joined("enabled", names),
            Data::Exists(number) => self.numbered("EXISTS", *number),
            Data::Recent(number) => self.numbered("RECENT", *number),
            Data::Expunge(number) => self.numbered("EXPUNGE", number.get()),
            Data::Vanished { when, uids } => {
                let fields = self.named("VANISHED");
                fields.number("uids", uids);
                if *when == Vanished::Earlier {
                    fields.add("when", "earlier");
                }
            }
            Data::Fetch(row) => {
                self.data = Some(if row.seq.is_some() { "FETCH" } else { "UIDFETCH" }.into());
                self.number = row.seq.map(|number| number.get().into());
                self.fields.row(row);
            }
            Data::Search(found) => self.named("SEARCH").found(found),
            Data::Sort(found) => self.named("SORT").found(found),
            Data::Esearch(found) => self.named("ESEARCH").esearch(found),
            Data::Thread(nodes) => self.named("THREAD").threads(nodes),
            Data::Flags(flags) => self.named("FLAGS").flags("flags", flags),
            Data::List(entry) => self.named("LIST").list(entry),
            Data::Lsub(entry) => self.named("LSUB").list(entry),
            Data::Xlist(entry) => self.named("XLIST").list(entry),
            Data::MailboxStatus(status) => self.named("STATUS").mailbox_status(status),
            Data::Namespace(namespaces) => self.named("NAMESPACE").namespaces(namespaces),
            Data::Other(text) => {
                let word = text.split(|octet| *octet == b' ').find(|word| !word.is_empty());
                self.data = word.map(|word| sanitize(word).to_ascii_uppercase());
            }
            other => self.about_rights(other),
        }
    }

    /// Who may do what, how much, and what is noted.
    fn about_rights(&mut self, data: &Data<'_>) {
        match data {
            Data::Id(pairs) => {
                let fields = self.named("ID");
                for pair in pairs.iter().flatten() {
                    fields.add(&sanitize(&pair.name), pair.value.as_deref().unwrap_or(b"NIL"));
                }
            }
            Data::Acl(acl) => {
                let fields = self.named("ACL");
                fields.mailbox("mailbox", &acl.mailbox);
                acl.entries.iter().for_each(|(who, rights)| fields.joined("rights", [who, rights]));
            }
            Data::ListRights(rights) => {
                let fields = self.named("LISTRIGHTS");
                fields.mailbox("mailbox", &rights.mailbox);
                fields.add("identifier", &rights.identifier);
                fields.add("required", &rights.required);
                fields.joined("optional", &rights.optional);
            }
            Data::MyRights(rights) => {
                let fields = self.named("MYRIGHTS");
                fields.mailbox("mailbox", &rights.mailbox);
                fields.add("rights", &rights.rights);
            }
            Data::Quota(quota) => {
                let fields = self.named("QUOTA");
                fields.add("root", &quota.root);
                let number = |number: Option<u64>| number.map_or_else(|| "?".into(), |number| number.to_string());
                for resource in &quota.resources {
                    let amount = format!("{} of {}", number(resource.usage), number(resource.limit));
                    fields.add(&sanitize(&resource.name).to_ascii_lowercase(), amount);
                }
            }
            Data::QuotaRoot(quota) => {
                let fields = self.named("QUOTAROOT");
                fields.mailbox("mailbox", &quota.mailbox);
                quota.roots.iter().for_each(|root| fields.add("root", root));
            }
            Data::Metadata(metadata) => {
                let fields = self.named("METADATA");
                fields.mailbox("mailbox", &metadata.mailbox);
                for (entry, value) in &metadata.values {
                    fields.add(&sanitize(entry), value.as_deref().unwrap_or(b"NIL"));
                }
                metadata.changed.iter().for_each(|entry| fields.add("changed", entry));
            }
            Data::UidBatches(found) => {
                let fields = self.named("UIDBATCHES");
                fields.maybe("tag", found.tag.as_deref().map(sanitize));
                found.batches.iter().for_each(|(first, last)| fields.add("batch", format!("{first}:{last}")));
            }
            _ => {}
        }
    }
}

impl Fields {
    fn code(&mut self, code: &Code<'_>) {
        match code {
            Code::AppendUid { validity, uids } => {
                self.number("uidvalidity", validity);
                self.add("uids", numbers(uids));
            }
            Code::CopyUid { validity, source, destination } => {
                self.number("uidvalidity", validity);
                self.add("source", numbers(source));
                self.add("destination", numbers(destination));
            }
            Code::BadCharset(names) => self.joined("charsets", names),
            Code::BadEvent(names) => self.joined("events", names),
            Code::BadUrl(url) | Code::Referral(url) => self.add("url", url),
            Code::Capability(names) => self.joined("capabilities", names),
            Code::HighestModSeq(number) => self.maybe("highest-modseq", *number),
            Code::InProgress(progress) => {
                self.maybe("tag", progress.tag.as_deref().map(sanitize));
                self.maybe("done", progress.done);
                self.maybe("of", progress.of);
            }
            Code::MailboxId(id) => self.add("mailbox-id", id),
            Code::MessageLimit { limit, uid } => {
                self.number("limit", limit);
                self.maybe("uid", *uid);
            }
            Code::MetadataLongEntries(octets) | Code::MetadataMaxSize(octets) => self.number("octets", octets),
            Code::Modified(set) => self.add("modified", numbers(set)),
            Code::PermanentFlags(flags) => self.flags("permanent-flags", flags),
            Code::UidNext(uid) => self.maybe("uid-next", *uid),
            Code::UidValidity(validity) => self.maybe("uidvalidity", *validity),
            Code::Unseen(number) => self.maybe("unseen", *number),
            Code::UndefinedFilter(name) => self.add("filter", name),
            Code::Other { arguments, .. } if !arguments.is_empty() => self.add("arguments", arguments.trim_ascii()),
            _ => {}
        }
    }

    fn found(&mut self, found: &Found<'_>) {
        let shown: Vec<String> = found.numbers.iter().take(MAX_NUMBERS).map(|number| number.to_string()).collect();
        self.number("count", found.numbers.len());
        self.add("numbers", shown.join(" "));
        self.maybe("modseq", found.modseq);
    }

    fn esearch(&mut self, found: &Esearch<'_>) {
        self.maybe("tag", found.tag.as_deref().map(sanitize));
        if let Some(mailbox) = &found.mailbox {
            self.mailbox("mailbox", mailbox);
        }
        self.maybe("uidvalidity", found.uid_validity);
        self.add("numbers", if found.numbering == Numbering::Uid { "uids" } else { "sequence" });
        self.maybe("min", found.min);
        self.maybe("max", found.max);
        self.maybe("count", found.count);
        self.maybe("all", found.all.as_ref().map(numbers));
        if let Some(page) = &found.partial {
            self.add("partial", format!("{}:{}", page.range.0, page.range.1));
            self.add("page", page.numbers.as_ref().map(numbers).unwrap_or_default());
        }
        self.maybe("modseq", found.modseq);
        if !found.relevancy.is_empty() {
            self.joined("relevancy", found.relevancy.iter().map(u32::to_string));
        }
    }

    /// A field for each thread: its messages, with the level of those that answer.
    fn threads(&mut self, nodes: &[ThreadNode]) {
        let mut thread = String::new();
        for node in nodes.iter().take(MAX_NUMBERS) {
            if node.level == 0 && !thread.is_empty() {
                self.add("thread", std::mem::take(&mut thread));
            }
            let number = node.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            let gap = if thread.is_empty() { "" } else { " " };
            thread.push_str(&format!("{gap}{}:{number}", node.level));
        }
        if !thread.is_empty() {
            self.add("thread", thread);
        }
    }

    fn list(&mut self, entry: &ListEntry<'_>) {
        self.mailbox("mailbox", &entry.mailbox);
        self.maybe("delimiter", entry.delimiter);
        self.flags("attributes", &entry.attributes);
        if !entry.child_info.is_empty() {
            self.joined("child-info", &entry.child_info);
        }
        if let Some(name) = &entry.old_name {
            self.mailbox("old-name", name);
        }
    }

    fn mailbox_status(&mut self, status: &MailboxStatus) {
        self.mailbox("mailbox", &status.mailbox);
        let items = &status.items;
        self.maybe("messages", items.messages);
        self.maybe("recent", items.recent);
        self.maybe("unseen", items.unseen);
        self.maybe("deleted", items.deleted);
        self.maybe("deleted-storage", items.deleted_storage);
        self.maybe("uid-next", items.uid_next);
        self.maybe("uidvalidity", items.uid_validity);
        self.maybe("size", items.size);
        self.maybe("highest-modseq", items.highest_modseq);
        let limit = items.append_limit.map(|limit| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string()));
        self.maybe("append-limit", limit);
        self.maybe("mailbox-id", items.mailbox_id.as_deref().map(sanitize));
    }

    fn namespaces(&mut self, namespaces: &Namespaces) {
        let mut each = |name: &str, found: &[Namespace]| {
            for namespace in found {
                let delimiter = namespace.delimiter.map_or_else(|| "NIL".to_owned(), |delimiter| delimiter.to_string());
                self.add(name, format!("\"{}\" {delimiter}", named(&namespace.prefix)));
            }
        };
        each("personal", &namespaces.personal);
        each("other-users", &namespaces.other_users);
        each("shared", &namespaces.shared);
    }
}

/// A mailbox's name; an empty one, which stands for the server or the root of a namespace, as it is.
fn named(mailbox: &Mailbox) -> Cow<'_, str> {
    match mailbox {
        Mailbox::Raw(octets) if octets.is_empty() => "".into(),
        mailbox => mailbox.text(),
    }
}

/// The ranges as the wire has them.
fn numbers(ranges: &Ranges<'_>) -> String {
    let range = |(low, high): (u32, u32)| if low == high { low.to_string() } else { format!("{low}:{high}") };
    ranges.ranges().take(MAX_NUMBERS).map(range).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::{Frame, NameEncoding, grammar};

    /// Tag, status, code, data and number, and then the fields, in one text.
    fn view(line: &str) -> String {
        let frame = Frame::new(line);
        let view = View::of(&grammar::response(&frame, NameEncoding::Utf7));
        let number = view.number.map(|number| number.to_string());
        let head = [Some(view.tag), view.status, view.code, view.data, number];
        let head = head.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let value = |value: &[u8]| sanitize(value);
        let fields = view.fields.0.iter().map(|(name, octets)| format!("{name}={}", value(octets)));
        std::iter::once(head).chain(fields).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn responses_are_understood() {
        for (line, wanted) in [
            ("+ go on", "+"),
            ("A1 OK done", "A1 ok"),
            ("A1 NO [TRYCREATE] no", "A1 no TRYCREATE"),
            ("A1 OK [APPENDUID 5 9:10] x", "A1 ok APPENDUID | uidvalidity=5 | uids=9:10"),
            ("* OK [COPYUID 5 1,3 7:8] x", "* ok COPYUID | uidvalidity=5 | source=1,3 | destination=7:8"),
            ("* BYE bye", "* bye"),
            ("* 3 EXISTS", "* EXISTS 3"),
            ("* 2 EXPUNGE", "* EXPUNGE 2"),
            ("* VANISHED (EARLIER) 1:3", "* VANISHED | uids=1:3 | when=earlier"),
            ("* SEARCH 4 2 (MODSEQ 9)", "* SEARCH | count=2 | numbers=4 2 | modseq=9"),
            (
                "* ESEARCH (TAG \"A\" MAILBOX b UIDVALIDITY 7) UID MIN 1 MAX 9 COUNT 3 ALL 1:2,9",
                "* ESEARCH | tag=A | mailbox=b | uidvalidity=7 | numbers=uids | min=1 | max=9 | count=3 | all=1:2,9",
            ),
            (
                "* ESEARCH (TAG \"A\") UID PARTIAL (-1:-2 4:5)",
                "* ESEARCH | tag=A | numbers=uids | partial=-1:-2 | page=4:5",
            ),
            ("* THREAD (1 2)(3 (4)(5))", "* THREAD | thread=0:1 1:2 | thread=0:3 1:4 1:5"),
            (
                "* LIST (\\HasNoChildren) \"/\" Entw&APw-rfe",
                "* LIST | mailbox=Entwürfe | delimiter=/ | attributes=\\HasNoChildren",
            ),
            ("* STATUS a (MESSAGES 2 APPENDLIMIT NIL)", "* STATUS | mailbox=a | messages=2 | append-limit=none"),
            ("* NAMESPACE ((\"\" \"/\")) NIL NIL", "* NAMESPACE | personal=\"\" /"),
            ("* ID (\"name\" \"x\" \"os\" NIL)", "* ID | name=x | os=NIL"),
            ("* ACL a ann lr -bob w", "* ACL | mailbox=a | rights=ann lr | rights=-bob w"),
            ("* QUOTA \"\" (STORAGE 1 -1)", "* QUOTA | root= | storage=1 of ?"),
            ("* METADATA a (/private/comment {1}\r\nx)", "* METADATA | mailbox=a | /private/comment=x"),
            ("* UIDBATCHES (TAG \"A\") 9:5,4:1", "* UIDBATCHES | tag=A | batch=5:9 | batch=1:4"),
            ("* XWHATEVER 1", "* XWHATEVER"),
        ] {
            assert_eq!(view(line), wanted);
        }
        assert!(view("* SEARCH x").starts_with("* | flaw=SEARCH: "), "{}", view("* SEARCH x"));
    }

    #[test]
    fn rows_are_understood() {
        let line = "* 2 FETCH (UID 9 FLAGS (\\Seen x) RFC822.SIZE 77 MODSEQ (5) EMAILID (M1) PREVIEW \"hi\" \
            INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" ENVELOPE (NIL \"=?utf-8?q?gr=C3=BC?=\" ((\"B\" NIL \"b\" \
            \"x.org\")) NIL NIL NIL NIL NIL NIL \"<i@x>\") BODY[1] {5}\r\na\r\nb\n BINARY.SIZE[2] 3 X-GM-MSGID 8 XNEW 1)";
        assert_eq!(
            view(line),
            "* FETCH 2 | uid=9 | flags=\\Seen x | internal-date=17-Jul-1996 02:44:25 -0700 | size=77 | modseq=5 \
            | subject=grü | from=B <b@x.org> | message-id=<i@x> | BODY[1]=a^M^Jb^J | BINARY.SIZE[2]=3 | email-id=M1 \
            | preview=hi | gm-msgid=8 | not-known=XNEW"
        );
        let line = "* 2 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 1)(\"image\" \
            \"png\" NIL NIL NIL \"base64\" 9 NIL (\"attachment\" (\"filename\" \"a.png\"))) \"mixed\") FLAGS x)";
        let told = view(line);
        assert!(
            told.contains("part TEXT=multipart/mixed | part 1=text/plain 7bit 5 | part 2=image/png base64 9 a.png"),
            "{told}"
        );
        assert!(told.contains("| flaw=FLAGS"), "{told}");
        assert_eq!(view("* 9 UIDFETCH (FLAGS ())"), "* UIDFETCH | uid=9 | flags=");
    }
}
