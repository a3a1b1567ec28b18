//! LIST, STATUS, NAMESPACE.

use super::*;
use crate::imap::{Mailbox, ModSeq, Uid, UidValidity};

fn list(wire: &str) -> ListEntry<'static> {
    match data(&format!("* LIST {wire}")) {
        Data::List(entry) => entry,
        other => panic!("{wire}: {other:?}"),
    }
}

fn items(wire: &str) -> StatusItems {
    match data(&format!("* STATUS INBOX {wire}")) {
        Data::MailboxStatus(status) => status.items,
        other => panic!("{wire}: {other:?}"),
    }
}

#[test]
fn names() {
    let found = list("(\\HasNoChildren \\Sent) \"/\" \"Sent Items\"");
    assert!(found.attributes.contains(b"\\sent"));
    assert_eq!((found.delimiter, found.mailbox), (Some('/'), Mailbox::Name("Sent Items".into())));
    assert_eq!(list("() \"\\\\\" {9}\r\nwith \"x\" ").mailbox, Mailbox::Name("with \"x\" ".into()));
    assert_eq!(list("() \"\\\\\" x").delimiter, Some('\\'));
    assert_eq!(list("(\\Noselect) NIL \"\"").delimiter, None);
    assert_eq!(list("() \".\" inbox").mailbox, Mailbox::Inbox);
    assert_eq!(list("() \".\" Entw&APw-rfe").mailbox, Mailbox::Name("Entwürfe".into()));
    assert!(matches!(data("* LSUB () \".\" x"), Data::Lsub(_)));
    assert!(matches!(data("* XLIST (\\Inbox) \"/\" x"), Data::Xlist(_)));
}

/// What does not decode keeps its octets.
#[test]
fn names_that_do_not_decode() {
    for name in ["a&b", "a&AGE-b", "&"] {
        assert_eq!(list(&format!("() \"/\" \"{name}\"")).mailbox.to_wire(NameEncoding::Utf7), name.as_bytes());
    }
    let frame = Frame::new(b"* LIST () \"/\" \"a\xffb\"");
    let Ok(Response::Data(Data::List(found))) = response(&frame, NameEncoding::Utf7) else { panic!() };
    assert_eq!(found.mailbox, Mailbox::Raw(b"a\xffb".to_vec()));
    let frame = Frame::new("* LIST () \"/\" \"Entwürfe\"");
    let Ok(Response::Data(Data::List(found))) = response(&frame, NameEncoding::Utf8) else { panic!() };
    assert_eq!(found.mailbox, Mailbox::Name("Entwürfe".into()));
}

#[test]
fn extended_data() {
    let found =
        list("(\\NonExistent) \"/\" \"Fruit\" (\"CHILDINFO\" (\"SUBSCRIBED\") \"X-NEW\" (1 (2)) OLDNAME (\"Veg\"))");
    assert_eq!(found.child_info.iter().map(text).collect::<Vec<_>>(), ["SUBSCRIBED"]);
    assert_eq!(found.old_name, Some(Mailbox::Name("Veg".into())));
    assert_eq!(found.others.iter().map(text).collect::<Vec<_>>(), ["X-NEW"]);
}

/// Quirk: a name with blanks, tabs (Exchange) or parentheses that is not quoted; an empty delimiter; attributes that are NIL.
#[test]
fn names_of_other_forms() {
    assert_eq!(list("() \"/\" Deleted Items").mailbox, Mailbox::Name("Deleted Items".into()));
    assert_eq!(list("() \"/\" Deleted\tItems").mailbox, Mailbox::Raw(b"Deleted\tItems".to_vec()));
    assert_eq!(list("() \"/\" a(b)").mailbox, Mailbox::Name("a(b)".into()));
    assert_eq!(list("() \"/\" [Gmail]/x%*").mailbox, Mailbox::Name("[Gmail]/x%*".into()));
    let found = list("() \"/\" a b (OLDNAME (c))");
    assert_eq!((found.mailbox, found.old_name), (Mailbox::Name("a b".into()), Some(Mailbox::Name("c".into()))));
    assert_eq!(list("NIL \"\" x").delimiter, None);
    assert_eq!(list("() / x ").delimiter, Some('/'));
}

#[test]
fn what_is_no_row_is_a_flaw() {
    for wire in [
        "",
        "()",
        "() \"/\"",
        "() \"/\" ",
        "\"/\" x",
        "() \"ab\" x",
        "(x \"/\" y",
        "() \"/\" \"x\" y",
        "() \"/\" \"x\" (y",
    ] {
        assert_eq!(flaw(&format!("* LIST {wire}")).item, "LIST", "{wire}");
    }
}

#[test]
fn counts() {
    let found = items(
        "(MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 7 UNSEEN 3 RECENT 1 DELETED 2 DELETED-STORAGE 8 SIZE 5000000000)",
    );
    assert_eq!((found.messages, found.unseen, found.recent, found.deleted), (Some(231), Some(3), Some(1), Some(2)));
    assert_eq!((found.uid_next, found.uid_validity), (Uid::new(44_292), UidValidity::new(7)));
    assert_eq!((found.size, found.deleted_storage), (Some(5_000_000_000), Some(8)));
    let found = items("(HIGHESTMODSEQ 7011231777 APPENDLIMIT 257890 MAILBOXID (F2212ea87) X-NEW (1))");
    assert_eq!(found.highest_modseq, ModSeq::new(7_011_231_777));
    assert_eq!(found.append_limit, Some(Some(257_890)));
    assert_eq!(text(found.mailbox_id.unwrap()), "F2212ea87");
    assert_eq!(items("(APPENDLIMIT NIL)").append_limit, Some(None));
}

/// Quirk: blanks at the end, inside and outside; names that are not quoted; values that cannot be.
#[test]
fn counts_of_other_forms() {
    assert_eq!(items("(MESSAGES 1 ) ").messages, Some(1));
    assert_eq!(items("()"), StatusItems::default());
    let found = items("(UIDNEXT 0 UIDVALIDITY 0 HIGHESTMODSEQ 0 MESSAGES -1 UNSEEN 4294967296)");
    assert_eq!(found, StatusItems::default());
    let Data::MailboxStatus(found) = data("* STATUS My Folder (MESSAGES 1)") else { panic!() };
    assert_eq!(found.mailbox, Mailbox::Name("My Folder".into()));
    let Data::MailboxStatus(found) = data("* STATUS {5}\r\na (b) (MESSAGES 1)") else { panic!() };
    assert_eq!((found.mailbox, found.items.messages), (Mailbox::Name("a (b)".into()), Some(1)));
    for wire in ["", "INBOX", "INBOX (MESSAGES)", "INBOX (MESSAGES x)", "INBOX (MESSAGES 1"] {
        assert_eq!(flaw(&format!("* STATUS {wire}")).item, "STATUS", "{wire}");
    }
}

#[test]
fn namespaces() {
    let Data::Namespace(found) = data(
        "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL ((\"INBOX.\" \".\") (\"x\" NIL))",
    ) else {
        panic!()
    };
    assert_eq!(found.personal.len(), 2);
    assert_eq!(found.other_users, []);
    let shown: Vec<_> = found.shared.iter().map(|space| (space.prefix.text().into_owned(), space.delimiter)).collect();
    assert_eq!(shown, [("INBOX.".to_owned(), Some('.')), ("x".to_owned(), None)]);
    // Quirk: parts are NIL or missing.
    assert!(matches!(data("* NAMESPACE NIL NIL NIL"), Data::Namespace(found) if found == Namespaces::default()));
    assert!(matches!(data("* NAMESPACE ((\"\" \"/\"))"), Data::Namespace(found) if found.personal.len() == 1));
    assert_eq!(flaw("* NAMESPACE x").item, "NAMESPACE");
}
