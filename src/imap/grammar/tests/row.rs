//! Rows of FETCH.

use super::*;

#[test]
fn the_items_of_a_listing() {
    let found = row(
        "* 12 FETCH (FLAGS (\\Seen $Forwarded) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 UID 4711)",
    );
    assert_eq!(found.seq.unwrap().get(), 12);
    assert_eq!(found.uid.unwrap().get(), 4711);
    assert_eq!(found.flags.unwrap().iter().map(text).collect::<Vec<_>>(), ["\\Seen", "$Forwarded"]);
    assert_eq!(found.internal_date.unwrap().seconds(), 837_596_665);
    assert_eq!(found.size, Some(4286));
}

#[test]
fn items_of_extensions() {
    let found = row("* 1 FETCH (UID 5 MODSEQ (624140003) EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9) \
                     SAVEDATE \"19-Mar-2015 00:05:06 +0000\" PREVIEW \"Hello\")");
    assert_eq!(found.modseq.unwrap().get(), 624_140_003);
    assert_eq!(text(found.email_id.unwrap()), "M6d99ac3275bb4e");
    assert_eq!(text(found.thread_id.unwrap().unwrap()), "T64b478a75b7ea9");
    assert_eq!(found.save_date.unwrap().unwrap().to_string(), "19-Mar-2015 00:05:06 +0000");
    assert_eq!(text(found.preview.unwrap().unwrap()), "Hello");
    let found = row("* 25997 UIDFETCH (FLAGS (\\Flagged))");
    assert_eq!((found.seq, found.uid.unwrap().get()), (None, 25_997));
}

/// Quirk: THREADID, PREVIEW and SAVEDATE may be NIL.
#[test]
fn items_that_are_nil() {
    let found = row("* 1 FETCH (THREADID NIL SAVEDATE NIL PREVIEW NIL)");
    assert_eq!((found.thread_id, found.save_date, found.preview), (Some(None), Some(None), Some(None)));
    let found = row("* 1 FETCH (UID 1)");
    assert_eq!((found.thread_id, found.save_date, found.preview), (None, None, None));
}

/// Quirk: the preview with its algorithm, as in an early draft (Dovecot).
#[test]
fn previews_of_the_draft() {
    let found = row("* 1 FETCH (PREVIEW (FUZZY \"Hello\") UID 1)");
    assert_eq!(text(found.preview.unwrap().unwrap()), "Hello");
}

#[test]
fn what_gmail_says() {
    let found = row("* 1 FETCH (X-GM-THRID 1278455344230334865 X-GM-MSGID 1278455344230334866 \
                     X-GM-LABELS (\"\\\\Inbox\" \"\\\\Sent\" Important \"Muy &AOk-\") UID 4 FLAGS (a+b [x]))");
    assert_eq!(found.gmail.thread_id, Some(1_278_455_344_230_334_865));
    assert_eq!(found.gmail.message_id, Some(1_278_455_344_230_334_866));
    let labels: Vec<_> = found.gmail.labels.unwrap().iter().map(text).collect();
    assert_eq!(labels, ["\\Inbox", "\\Sent", "Important", "Muy &AOk-"]);
    assert_eq!(found.flags.unwrap().iter().map(text).collect::<Vec<_>>(), ["a+b", "[x]"]);
}

#[test]
fn texts() {
    let found = row(
        "* 1 FETCH (BODY[1.2]<5> {3}\r\nabc BODY[HEADER.FIELDS (From)] \"From: x\" BINARY[2] ~{2}\r\n\0\n RFC822 \"y\")",
    );
    let shown: Vec<_> = found.sections.iter().map(|section| section.spec.to_string()).collect();
    assert_eq!(shown, ["BODY[1.2]", "BODY[HEADER.FIELDS (From)]", "BINARY[2]", "RFC822"]);
    let values: Vec<_> = found.sections.iter().map(|section| section.value.octets().unwrap().to_vec()).collect();
    assert_eq!(values, [b"abc".to_vec(), b"From: x".to_vec(), b"\0\n".to_vec(), b"y".to_vec()]);
    assert_eq!(found.sections.first().unwrap().origin, Some(5));
    assert!(found.section(|spec| spec.part == b"2").is_some());
}

/// Quirk: the text of a message as NIL, as a quoted string, empty; a partial BINARY without origin.
#[test]
fn texts_of_other_forms() {
    let found = row("* 1 FETCH (BODY[] NIL)");
    assert_eq!(found.sections.first().unwrap().value, SectionValue::Nil);
    for (wire, octets) in [("\"\"", ""), ("{0}\r\n", ""), ("\"a\\\"b\"", "a\"b"), ("{3+}\r\n)\"(", ")\"(")] {
        let found = row(&format!("* 1 FETCH (BODY[TEXT] {wire} UID 5)"));
        assert_eq!(text(found.sections.first().unwrap().value.octets().unwrap()), octets);
        assert_eq!(found.uid.unwrap().get(), 5);
    }
}

#[test]
fn sizes_of_parts() {
    let found = row("* 1 FETCH (BINARY.SIZE[1.2] 25000 BINARY.SIZE[] 5)");
    assert_eq!(found.binary_sizes, [(b"1.2".as_slice(), 25_000), (b"".as_slice(), 5)]);
}

/// Quirk: Courier's message 0 and Domino's parentheses, one time too many around the items or behind them.
#[test]
fn rows_of_other_forms() {
    let found = row("* 0 FETCH (UID 5)");
    assert_eq!((found.seq, found.uid.unwrap().get()), (None, 5));
    for line in [
        "* 1 FETCH ((UID 5 FLAGS ()))",
        "* 1 FETCH (UID 5))",
        "* 1 FETCH ((UID 5) (FLAGS ()))",
        "* 1 FETCH ( UID  5 ) ",
    ] {
        assert_eq!(row(line).uid.unwrap().get(), 5, "{line}");
    }
    assert_eq!(row("* 1 fetch (uid 5)").uid.unwrap().get(), 5);
    assert_eq!(row("* 1 FETCH ()"), Row { seq: crate::imap::SeqNum::new(1), ..Row::default() });
}

/// Quirk: modification sequences of 0 and -1, and without parentheses.
#[test]
fn modification_sequences() {
    assert_eq!(row("* 1 FETCH (MODSEQ (0) UID 1)").modseq, None);
    assert_eq!(row("* 1 FETCH (MODSEQ (-1) UID 1)").modseq, None);
    assert_eq!(row("* 1 FETCH (MODSEQ 12 UID 1)").modseq.unwrap().get(), 12);
}

/// Quirk: Domino's date that is none.
#[test]
fn a_date_that_is_none() {
    assert_eq!(row("* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 1)").internal_date, None);
}

/// A row keeps what can be read, on both sides of what cannot.
#[test]
fn a_row_is_never_dropped() {
    for (wrong, item) in [
        ("INTERNALDATE \"yesterday\"", "INTERNALDATE"),
        ("INTERNALDATE 17-Jul-1996 02:44:25 -0700", "INTERNALDATE"),
        ("RFC822.SIZE -1", "RFC822.SIZE"),
        ("RFC822.SIZE 99999999999999999999", "RFC822.SIZE"),
        ("RFC822.SIZE NIL", "RFC822.SIZE"),
        ("ENVELOPE (\"a\" \"b\" x", "FETCH"),
        ("ENVELOPE \"x\"", "ENVELOPE"),
        ("ENVELOPE (a b (c) d)", "ENVELOPE"),
        ("BODYSTRUCTURE NIL", "BODYSTRUCTURE"),
        ("BODYSTRUCTURE (\"text\" \"plain\" \"x\")", "BODYSTRUCTURE"),
        ("BODY[1 \"x\"", "FETCH"),
        ("BODY[1]<x> \"x\"", "BODY"),
        ("BODY[] word", "BODY"),
        ("MODSEQ (x)", "MODSEQ"),
        ("EMAILID M1", "EMAILID"),
        ("X-GM-MSGID x", "X-GM-MSGID"),
        ("FLAGS \\Seen", "FLAGS"),
        ("\"\" 5", "FETCH"),
    ] {
        let line = format!("* 1 FETCH (UID 5 {wrong} X-GM-THRID 7)");
        let found = flawed(&line);
        assert_eq!(found.uid.unwrap().get(), 5, "{line}");
        assert!(!found.is_whole(), "{line}");
        if item != "FETCH" {
            assert_eq!(flaws(&found), [item], "{line}");
            assert_eq!(found.gmail.thread_id, Some(7), "{line}");
        }
    }
    let found = flawed("* 1 FETCH (UID 5 BODY[])");
    assert_eq!((found.uid.unwrap().get(), flaws(&found)), (5, vec!["BODY"]));
    assert_eq!(flaws(&flawed("* 1 FETCH (UID 0)")), ["UID"]);
    assert_eq!(flaws(&flawed("* 1 FETCH UID 5")), ["FETCH"]);
    assert_eq!(flaws(&flawed("* 0 UIDFETCH (FLAGS ())")), ["UID"]);
}

/// A literal that is shorter or longer than the text is noticed by what is left of the response.
#[test]
fn literals_of_the_wrong_length() {
    assert_eq!(flaws(&flawed("* 1 FETCH (BODY[] {3}\r\nabcdef)")), ["FETCH"]);
    let found = flawed("* 1 FETCH (UID 5 BODY[] {3}\r\nabc more text)");
    assert!(!found.is_whole() || !found.others.is_empty());
    for end in ["", " UID 5", ")x", ") FROB (1"] {
        let found = flawed(&format!("* 1 FETCH (BODY[] {{3}}\r\nabc{end}"));
        assert!(!found.is_whole(), "{end:?}");
        assert_eq!(found.sections.len(), 1);
    }
    assert_eq!(flaws(&flawed("* 1 FETCH (BODY[] {30}\r\nabc)")), ["BODY"]);
    assert_eq!(flaws(&flawed("* 1 FETCH (BODY[] {9223372036854775807}\r\nabc)")), ["BODY"]);
}

#[test]
fn unknown_items_are_named() {
    let found = row("* 1 FETCH (X-NEW (a (b)) UID 5 ANNOTATION (/x (value.priv \"y\")) X-A[1 2] 7)");
    assert_eq!(found.others, [b"X-NEW".as_slice(), b"ANNOTATION", b"X-A"]);
    assert_eq!(found.uid.unwrap().get(), 5);
}

#[test]
fn many_flaws_are_not_all_kept() {
    let found = flawed(&format!("* 1 FETCH ({}UID 5)", "RFC822.SIZE x ".repeat(100_000)));
    assert_eq!(found.uid.unwrap().get(), 5);
    assert!(found.flaws.len() < 100);
}

#[test]
fn literals_that_were_streamed_are_told_by_their_size() {
    let mut bytes = b"* 1 FETCH (BODY[] {999}\r\n".to_vec();
    let streamed = vec![Gap { at: bytes.len(), octets: 999 }];
    bytes.extend_from_slice(b" UID 5 BODY[1] {1}\r\nx)");
    let frame = Frame { bytes, streamed };
    let Ok(Response::Data(Data::Fetch(found))) = response(&frame, NameEncoding::Utf7) else { panic!() };
    let values: Vec<_> = found.sections.iter().map(|section| section.value.clone()).collect();
    assert_eq!(values, [SectionValue::Streamed(999), SectionValue::Octets(b"x".into())]);
    assert_eq!(found.uid.unwrap().get(), 5);
    assert!(found.is_whole());
}
