//! Responses as servers send them, and as nobody should.

mod body;
mod damage;
mod envelope;
mod literal;
mod mailboxes;
mod rights;
mod row;
mod search;
mod status;

use super::*;
use crate::imap::frame::{Frame, Gap};

/// The data in a response.
fn data(text: &str) -> Data<'static> {
    match response(leak(text), NameEncoding::Utf7) {
        Ok(Response::Data(data)) => data,
        other => panic!("{text}: {other:?}"),
    }
}

/// What is wrong with a response.
fn flaw(text: &str) -> Flaw {
    response(leak(text), NameEncoding::Utf7).unwrap_err()
}

/// A test's responses may stay.
fn leak(text: &str) -> &'static Frame {
    Box::leak(Box::new(Frame::new(text)))
}

/// A row that must be whole.
fn row(text: &str) -> Row<'static> {
    let row = flawed(text);
    assert!(row.is_whole(), "{text}: {:?}", row.flaws);
    row
}

/// A row, with the items that are its flaws.
fn flawed(text: &str) -> Row<'static> {
    match data(text) {
        Data::Fetch(row) => row,
        other => panic!("{text}: {other:?}"),
    }
}

fn flaws(row: &Row<'_>) -> Vec<&'static str> {
    row.flaws.iter().map(|flaw| flaw.item).collect()
}

fn text(octets: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(octets.as_ref()).into_owned()
}

#[test]
fn continuations() {
    let go_on = |text| match response(leak(text), NameEncoding::Utf7) {
        Ok(Response::Continue(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(go_on("+ Ready for literal"), b"Ready for literal");
    // Quirk: no text, no blank.
    assert_eq!(go_on("+ "), b"");
    assert_eq!(go_on("+"), b"");
    assert_eq!(go_on("+idling"), b"idling");
}

#[test]
fn data_of_mailboxes() {
    assert!(matches!(data("* 23 EXISTS"), Data::Exists(23)));
    assert!(matches!(data("* 0 exists "), Data::Exists(0)));
    assert!(matches!(data("* 5 RECENT"), Data::Recent(5)));
    assert!(matches!(data("* 44 EXPUNGE"), Data::Expunge(number) if number.get() == 44));
    let Data::Flags(flags) = data("* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)") else { panic!() };
    assert_eq!(flags.iter().count(), 5);
}

#[test]
fn capabilities() {
    let Data::Capability(atoms) = data("* CAPABILITY IMAP4rev2  AUTH=PLAIN STARTTLS ") else { panic!() };
    assert_eq!(atoms, [b"IMAP4rev2".as_slice(), b"AUTH=PLAIN", b"STARTTLS"]);
    assert!(matches!(data("* CAPABILITY"), Data::Capability(atoms) if atoms.is_empty()));
    assert!(matches!(data("* ENABLED CONDSTORE"), Data::Enabled(atoms) if atoms == [b"CONDSTORE"]));
    assert!(matches!(data("* ENABLED"), Data::Enabled(atoms) if atoms.is_empty()));
}

#[test]
fn vanished_messages() {
    let Data::Vanished { when, uids } = data("* VANISHED (EARLIER) 41,43:116,118") else { panic!() };
    assert_eq!((when, uids.to_string().as_str()), (Vanished::Earlier, "41,43:116,118"));
    let Data::Vanished { when, uids } = data("* VANISHED 405,407 ") else { panic!() };
    assert_eq!((when, uids.to_string().as_str()), (Vanished::Now, "405,407"));
    // It may name UIDs that never were, and is not expanded.
    assert!(
        matches!(data("* VANISHED (EARLIER) 1:4294967295"), Data::Vanished { uids, .. } if uids.len() == 4_294_967_295)
    );
    for wrong in ["* VANISHED", "* VANISHED 0", "* VANISHED 1:*", "* VANISHED (LATER) 1", "* VANISHED 1 2"] {
        assert_eq!(flaw(wrong).item, "VANISHED", "{wrong}");
    }
}

#[test]
fn batches_of_uids() {
    let Data::UidBatches(found) = data("* UIDBATCHES (TAG \"A143\") 215295:99696,99695:20351,7829,5:1") else {
        panic!()
    };
    assert_eq!(text(found.tag.unwrap()), "A143");
    let batches: Vec<_> = found.batches.iter().map(|(first, last)| (first.get(), last.get())).collect();
    assert_eq!(batches, [(99_696, 215_295), (20_351, 99_695), (7829, 7829), (1, 5)]);
    assert!(matches!(data("* UIDBATCHES (TAG \"A302\")"), Data::UidBatches(found) if found.batches.is_empty()));
}

#[test]
fn what_is_unknown_is_passed_on() {
    for line in ["* LANGUAGE (EN)", "* 5 FROBNICATED (1)", "* 7", "* X", "*", "* \"a\"", "* (x)"] {
        let rest = line.strip_prefix('*').unwrap().trim_start();
        assert!(matches!(data(line), Data::Other(raw) if raw == rest.as_bytes()), "{line}");
    }
    for line in ["", " ", " OK", "\0", "A1", "A1 ", "A1 MAYBE", "HTTP/1.1 400 Bad Request", "(x) OK"] {
        assert_eq!(flaw(line).item, "response", "{line:?}");
    }
}

#[test]
fn numbers_are_checked() {
    for number in ["4294967296", "18446744073709551615", "18446744073709551616", &"9".repeat(400)] {
        assert_eq!(flaw(&format!("* {number} EXISTS")).item, "EXISTS");
        assert_eq!(flaw(&format!("* {number} EXPUNGE")).item, "EXPUNGE");
        assert_eq!(flaws(&flawed(&format!("* {number} FETCH (UID 5)"))), ["FETCH"]);
    }
    assert!(matches!(data("* 4294967295 EXISTS"), Data::Exists(u32::MAX)));
    assert!(matches!(data("* 00000000000000000005 EXISTS"), Data::Exists(5)));
    assert!(matches!(data("* -1 EXISTS"), Data::Other(_)));
    assert_eq!(flaw("* 0 EXPUNGE").item, "EXPUNGE");
    assert_eq!(flaw("* 5 EXISTS nonsense").item, "EXISTS");
}
