//! What a literal is, before it comes.

use proptest::prelude::*;

use super::*;

/// What the literal is that comes after this.
fn head(so_far: &str) -> Option<String> {
    let mut scan = LiteralScan::new();
    scan.literal(so_far.as_bytes(), &[]).map(|head| show(&head))
}

fn show(head: &LiteralHead<'_>) -> String {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    let (seq, uid) = (head.seq.map(crate::imap::SeqNum::get), head.uid.map(crate::imap::Uid::get));
    format!("{} {} {} {}", number(seq), number(uid), head.section, number(head.origin))
}

#[test]
fn texts_are_told() {
    assert_eq!(head("* 12 FETCH (BODY[] ").unwrap(), "12 - BODY[] -");
    assert_eq!(head("* 12 FETCH (UID 7 BODY[1.2]<100> ").unwrap(), "12 7 BODY[1.2] 100");
    assert_eq!(head("* 12 FETCH (FLAGS (\\Seen) UID 7 BINARY[2] ").unwrap(), "12 7 BINARY[2] -");
    assert_eq!(head("* 12 FETCH (RFC822.HEADER ").unwrap(), "12 - RFC822.HEADER -");
    assert_eq!(head("* 7 UIDFETCH (BODY[] ").unwrap(), "- 7 BODY[] -");
    assert_eq!(head("* 12 fetch (body[header.fields (from \"to\")] ").unwrap(), "12 - BODY[HEADER.FIELDS (from to)] -");
    assert_eq!(head("* 1 FETCH ((UID 7 BODY[] ").unwrap(), "1 7 BODY[] -");
    assert_eq!(head("* 0 FETCH (UID 7 BODY[] ").unwrap(), "- 7 BODY[] -");
    assert_eq!(head("* 1 FETCH (ENVELOPE (\"BODY[] \" {3}\r\n))) NIL) UID 7 BODY[] ").unwrap(), "1 7 BODY[] -");
    assert_eq!(head("* 1 FETCH (X-NEW a UID 7 BODY[] ").unwrap(), "1 7 BODY[] -");
}

#[test]
fn all_else_is_held() {
    for so_far in [
        "",
        "* LIST () \"/\" ",
        "* 1 FETCH (ENVELOPE (NIL ",
        "* 1 FETCH (BODYSTRUCTURE (",
        "* 1 FETCH (X-NEW ",
        "* 1 FETCH (ENVELOPE (NIL \"BODY[] \" BODY[] ",
        "* 1 FETCH (BODY[HEADER.FIELDS (",
        "* 1 FETCH (BODY[] \"x\" ",
        "* 1 FETCH (BODY[",
        "* 1 FETCH (BODY ",
        "* 1 FETCH (UID ",
        "* 1 FETCH (\"BODY[] ",
        "* 1 FETCH (X \"BODY[] ",
        "* 1 STORE (BODY[] ",
        "A1 OK BODY[] ",
        "+ BODY[] ",
    ] {
        assert_eq!(head(so_far), None, "{so_far}");
    }
}

/// One scan goes along with a response of several literals, held or streamed.
#[test]
fn several_literals_in_one_response() {
    let mut scan = LiteralScan::new();
    let mut bytes = b"* 1 FETCH (ENVELOPE (NIL ".to_vec();
    let mut streamed = Vec::new();
    assert!(scan.literal(&bytes, &streamed).is_none());
    bytes.extend_from_slice(b"{9}\r\n BODY[] {) BODY[1] ");
    assert_eq!(show(&scan.literal(&bytes, &streamed).unwrap()), "1 - BODY[1] -");
    let mut bytes = b"* 1 FETCH (BODY[1] ".to_vec();
    let mut scan = LiteralScan::new();
    assert_eq!(show(&scan.literal(&bytes, &streamed).unwrap()), "1 - BODY[1] -");
    bytes.extend_from_slice(b"{1000}\r\n");
    streamed.push(Gap { at: bytes.len(), octets: 1000 });
    bytes.extend_from_slice(b" UID 7 BINARY[2]<5> ");
    assert_eq!(show(&scan.literal(&bytes, &streamed).unwrap()), "1 7 BINARY[2] 5");
    bytes.extend_from_slice(b"~{6}\r\n BODY[ BODY[3] ");
    assert_eq!(show(&scan.literal(&bytes, &streamed).unwrap()), "1 7 BODY[3] -");
    bytes.extend_from_slice(b"{0}\r\n)");
    let frame = Frame { bytes, streamed };
    let Ok(Response::Data(Data::Fetch(row))) = response(&frame, NameEncoding::Utf7) else { panic!() };
    assert!(row.is_whole(), "{:?}", row.flaws);
    assert_eq!(row.sections.len(), 3);
}

/// A hundred thousand literals cost what their octets cost.
#[test]
fn many_literals_are_no_quadratic_work() {
    for item in ["BODY[] ", "X ", "ENVELOPE (", "(BODY[] ", "BODY[HEADER.FIELDS ("] {
        let mut scan = LiteralScan::new();
        let mut bytes = b"* 1 FETCH (".to_vec();
        for _ in 0..100_000 {
            bytes.extend_from_slice(item.as_bytes());
            let _ = scan.literal(&bytes, &[]);
            bytes.extend_from_slice(b"{1}\r\nx ");
        }
    }
}

proptest! {
    #[test]
    fn no_scan_panics(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "BODY", "[", "]", "1", "<0>", " ", "(", ")", "UID", "7", "{1}\r\nx", "{9}\r\n", "\"", "\\", "~", "{", "NIL", "HEADER.FIELDS", "\r\n",
        ]), 0..40),
        cuts in prop::collection::vec(0usize..200, 0..5),
    ) {
        let text = format!("* 1 FETCH ({}", pieces.concat());
        let mut cuts = cuts;
        cuts.sort_unstable();
        cuts.push(text.len());
        let mut scan = LiteralScan::new();
        for cut in cuts {
            let _ = scan.literal(text.as_bytes().get(..cut).unwrap_or(text.as_bytes()), &[]);
        }
    }
}
