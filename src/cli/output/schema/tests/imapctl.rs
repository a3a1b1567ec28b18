//! Every line that imapctl has, with all fields and with as few as there can be.

use std::time::{Duration, SystemTime};

use super::shared;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::*;
use crate::cli::output::record::{Done, Facts, Probe, Record, Weight};
use crate::cli::output::{json, probe};
use crate::imap::Mailbox;

const RAW: &[u8] = b"a\xff";

pub(super) fn samples() -> Vec<String> {
    let mut lines = Vec::new();
    let raw = Mailbox::Raw(RAW.to_vec());
    for (line, name) in [(None, Name::from("INBOX")), (Some(3), Name::from(&raw))] {
        let mut tell = |what: What<'_>| {
            let told = Told::new("work", what).at(line);
            lines.extend(json::lines(&Record::Imapctl(told)).lines().map(str::to_owned));
        };
        listings(name, &mut tell);
        changes(name, &mut tell);
        administration(name, &mut tell);
        long_runs(name, &mut tell);
    }
    for server in [Server::default(), server()] {
        let probe = Probe { facts: Facts::Imap(Box::new(server)), ..probe::tests::full() };
        lines.push(json::lines(&Record::Probe(&probe)));
    }
    lines.extend(shared(Done::Imapctl(Tally::default())));
    lines
}

/// Something of whatever kind where a raw name asks for all there can be, else nothing.
fn full<T>(name: Name<'_>, value: T) -> Option<T> {
    name.raw().map(|_| value)
}

fn place(name: Name<'_>) -> Place<'_> {
    Place { folder: name, validity: full(name, 9) }
}

fn counts(name: Name<'_>) -> Counts<'_> {
    Counts {
        messages: full(name, 1),
        unseen: full(name, 1),
        recent: full(name, 0),
        deleted: full(name, 0),
        uid_next: full(name, u32::MAX),
        uid_validity: full(name, 1),
        size: full(name, u64::MAX),
        highest_modseq: full(name, u64::MAX >> 1),
        append_limit: full(name, 1),
        mailbox_id: full(name, "F1"),
    }
}

fn with_message(name: Name<'_>, tell: &mut dyn FnMut(&Message<'_>)) {
    let texts = ["\\Seen".to_owned(), "x".to_owned()];
    let address = [Address { name: Some(RAW), address: Some(RAW) }, Address::default()];
    if name.raw().is_none() {
        return tell(&Message { place: place(name), ..Message::default() });
    }
    let now = Some(SystemTime::now());
    tell(&Message {
        place: place(name),
        uid: Some(7),
        flags: Some(&texts),
        date: now,
        internal_date: now,
        save_date: now,
        size: Some(9),
        from: &address,
        to: &address,
        cc: &address,
        subject: Some(RAW),
        message_id: Some(RAW),
        has_attachment: Some(false),
        preview: Some(RAW),
        email_id: Some("M1"),
        thread_id: Some("T1"),
        modseq: Some(u64::MAX >> 1),
        labels: &texts,
        flaws: &texts,
    });
}

fn listings(name: Name<'_>, tell: &mut dyn FnMut(What<'_>)) {
    let attributes = ["\\HasChildren".to_owned()];
    let folder = Folder {
        name,
        delimiter: full(name, '/'),
        special_use: full(name, "\\Sent"),
        attributes: &attributes,
        subscribed: full(name, true),
        selectable: true,
        counts: counts(name),
        counted: true,
        rights: full(name, "lr"),
    };
    tell(What::Folder(&folder));
    tell(What::Tree(Tree { folders: &[folder, folder] }));
    tell(What::Status(&Status { folder: name, counts: counts(name) }));
    with_message(name, &mut |message| {
        tell(What::Message(message));
        let nodes = [Node::default(), Node { depth: 1, message: Some(message) }];
        tell(What::Thread(Thread { place: place(name), nodes: &nodes }));
    });
    tell(What::Found(Found { place: place(name), uids: &[1, 7], count: 2, ..Found::default() }));
    tell(What::Part(&Part {
        place: place(name),
        uid: 7,
        section: "1.2",
        depth: 1,
        media_type: "text/plain",
        charset: full(name, "utf-8"),
        encoding: full(name, "base64"),
        name: full(name, RAW),
        size: full(name, 9),
        lines: full(name, 9),
        disposition: full(name, "attachment"),
        content_id: full(name, "<1@x>"),
        description: full(name, RAW),
    }));
    let fields = [HeaderField { name: "Subject", value: RAW }];
    tell(What::Header(HeaderView { place: place(name), uid: 7, fields: &fields }));
    tell(What::Saved(Saved {
        place: place(name),
        uid: 7,
        section: full(name, "1.2"),
        path: RAW,
        octets: 9,
        name: full(name, RAW),
    }));
}

fn changes(name: Name<'_>, tell: &mut dyn FnMut(What<'_>)) {
    let mode = if name.raw().is_some() { Mode::DryRun } else { Mode::Done };
    let flags = ["\\Seen".to_owned()];
    for action in FolderAction::ALL {
        tell(What::FolderChange(FolderChange {
            folder: name,
            action,
            to: full(name, name),
            special_use: full(name, "\\Sent"),
            messages: full(name, 9),
            mode,
        }));
    }
    tell(What::Appended(Appended {
        place: place(name),
        uid: full(name, 8),
        file: RAW,
        number: full(name, 1),
        size: 9,
        flags: &flags,
        replaced: full(name, 7),
        mode,
    }));
    tell(What::Marked(Marked {
        place: place(name),
        uid: 7,
        flags: full(name, &flags),
        added: &flags,
        removed: &[],
        mode,
    }));
    for transfer in [Transfer::Copied, Transfer::Moved] {
        tell(What::Transferred(Transferred {
            transfer,
            place: place(name),
            uid: 7,
            to_account: full(name, "home"),
            to: place(name),
            to_uid: full(name, 8),
            mode,
        }));
    }
    for removal in [Removal::Deleted, Removal::Expunged] {
        tell(What::Removed(Removed { removal, place: place(name), uids: &[7], count: 2, mode }));
    }
}

fn administration(name: Name<'_>, tell: &mut dyn FnMut(What<'_>)) {
    let texts = ["r".to_owned(), "ws".to_owned()];
    tell(What::Acl(AclEntry { folder: name, identifier: "ann", rights: "lr" }));
    tell(What::AclChange(AclChange { folder: name, identifier: "ann", rights: full(name, "+lr"), mode: Mode::Done }));
    tell(What::Rights(Rights {
        folder: name,
        identifier: full(name, "ann"),
        rights: "lr",
        optional: full(name, &texts),
    }));
    let quota = Quota { folder: full(name, "INBOX".into()), resource: "STORAGE".into(), ..Quota::default() };
    tell(What::Quota(&quota));
    let change = QuotaChange { root: "", resource: "STORAGE", limit: full(name, 512), mode: Mode::Done };
    tell(What::QuotaChange(change));
    let metadata = Metadata { folder: full(name, name), entry: "/private/comment", value: full(name, RAW) };
    tell(What::Metadata(metadata));
    tell(What::MetadataChange(metadata, Mode::DryRun));
}

fn long_runs(name: Name<'_>, tell: &mut dyn FnMut(What<'_>)) {
    tell(What::Result(CommandResult { command: "list", exit: Exit::OK }));
    let fields = [ReplyField { name: "subject", value: RAW }];
    tell(What::Reply(Reply {
        tag: "*",
        status: full(name, "no"),
        code: full(name, "TRYCREATE"),
        data: full(name, "FETCH"),
        number: full(name, 3),
        fields: &fields,
        octets: RAW,
        omitted: full(name, 9).unwrap_or_default(),
    }));
    for kind in EventKind::ALL {
        with_message(name, &mut |message| tell(What::Event(Event { id: "1.7", kind, message })));
    }
    let failure = Failure { advice: full(name, "try".into()), ..Failure::usage("no") };
    tell(What::Fault(Fault { failure: &failure, folder: full(name, name), uid: full(name, 7) }));
    tell(What::Warning { text: "careful", weight: Weight::Ordinary });
}

fn server() -> Server {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Server {
        revision: "IMAP4rev2".into(),
        implied: vec!["MOVE".into()],
        used: vec!["COMPRESS=DEFLATE".into()],
        namespaces: Holder::ALL
            .map(|holder| Namespace {
                holder,
                prefix: "x/".into(),
                delimiter: (holder == Holder::Shared).then_some('/'),
            })
            .into(),
        special_use: vec![pair("\\Sent", "Sent")],
        quota: vec![Quota { folder: Some("INBOX".into()), ..Quota::default() }],
        limits: vec![("append_limit".into(), 9)],
        id: vec![pair("name", "Dovecot")],
        oddities: vec!["it has no clock".into()],
        latencies: vec![("CAPABILITY".into(), Duration::from_millis(3))],
    }
}
