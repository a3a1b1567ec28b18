//! Responses that were cut, changed or made up: nothing panics, nothing takes long.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// One of each kind.
const GOOD: &[&str] = &[
    "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited",
    "* OK [COPYUID 38505 304,319:320 3956:3958] Done",
    "* NO [BADCHARSET (utf-8 \"x]y\")] no",
    "* OK [INPROGRESS (\"A001\" 454 1000)] Processing",
    "A1 NO [METADATA MAXSIZE 1024] too big",
    "* CAPABILITY IMAP4rev2 AUTH=PLAIN",
    "* VANISHED (EARLIER) 41,43:116,118,120:211",
    "* SEARCH 2 84 882 (MODSEQ 917162500)",
    "* ESEARCH (TAG \"A1\" MAILBOX \"x\" UIDVALIDITY 1) UID PARTIAL (-1:-100 200:250) ALL 1:3,5",
    "* THREAD (2)(3 6 (4 23)(44 7 96))((3)(5))",
    "* LIST (\\NonExistent) \"/\" {5}\r\nFruit (\"CHILDINFO\" (\"SUBSCRIBED\") \"OLDNAME\" (\"x\"))",
    "* STATUS \"a b\" (MESSAGES 231 UIDNEXT 44292 MAILBOXID (F2))",
    "* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\" \"X\" (\"y\"))) NIL",
    "* ID (\"name\" \"Dovecot\" \"version\" NIL)",
    "* ACL INBOX Fred rwipsldexta \"-x\" lr",
    "* LISTRIGHTS INBOX smith la r swicdkxte",
    "* QUOTA \"\" (STORAGE 10 512 MESSAGE 1 20)",
    "* QUOTAROOT INBOX \"\" x",
    "* METADATA \"INBOX\" (/private/comment \"My\" /shared/x ~{3}\r\n\0\r\n)",
    "* UIDBATCHES (TAG \"A143\") 215295:99696,99695:20351",
    "* 12 FETCH (FLAGS (\\Seen \"x\") INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 UID 4711 MODSEQ (5))",
    "* 12 FETCH (ENVELOPE (\"d\" {3}\r\n\"s) ((\"T \\\"G\\\"\" NIL \"gray\" \"x.edu\")) NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL NIL NIL)) \
     NIL NIL NIL \"<id>\") UID 5)",
    "* 12 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"x\") NIL NIL \"7BIT\" 2279 48)(\"MESSAGE\" \"RFC822\" NIL NIL NIL \
     \"7BIT\" 9 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL (\"inline\" (\"a\" \"b\")) \
     (\"en\") \"l\") 90) \"MIXED\" (\"B\" \"o\") NIL NIL NIL) UID 5)",
    "* 12 FETCH (BODY[1.2.MIME]<5> {3}\r\nabc BODY[HEADER.FIELDS (From \"To\")] \"x\" BINARY[2] ~{2}\r\n\0\n BINARY.SIZE[1] 5)",
    "* 12 FETCH (EMAILID (M1) THREADID NIL SAVEDATE NIL PREVIEW (FUZZY \"x\") X-GM-LABELS (\"\\\\Inbox\" x) X-NEW (a (b)))",
    "* 25997 UIDFETCH (FLAGS (\\Flagged))",
    "+ go on",
];

/// Reads it every way there is.
fn read(bytes: &[u8]) {
    for names in [NameEncoding::Utf7, NameEncoding::Utf8] {
        let frame = Frame::new(bytes);
        match response(&frame, names) {
            Ok(Response::Data(data)) => walk(&data),
            Ok(Response::Tagged { status, .. }) => walk(&Data::Status(status)),
            Ok(Response::Continue(_)) => {}
            Err(flaw) => assert!(!flaw.to_string().chars().any(char::is_control)),
        }
    }
    let mut scan = LiteralScan::new();
    let _ = scan.literal(bytes, &[]);
    // As if every literal had been streamed.
    let mut frame = Frame::default();
    for (at, _) in bytes.iter().enumerate().filter(|(_, octet)| **octet == b'\n') {
        frame.streamed.push(Gap { at: at + 1, octets: 7 });
    }
    frame.bytes = bytes.to_vec();
    let _ = response(&frame, NameEncoding::Utf7);
}

/// Looks at what is read only when it is looked at.
fn walk(data: &Data<'_>) {
    match data {
        Data::Status(status) => {
            let code = status.code.clone().map(Code::into_owned);
            assert_eq!(status.code, code);
            if let Some(Code::CopyUid { source, .. }) = code {
                let _ = (source.iter().take(100).count(), source.to_uids());
            }
        }
        Data::Fetch(row) => {
            let _ = row.flags.as_ref().map(|flags| flags.to_set());
            let _ = row.structure.as_ref().map(|body| body.parts().len());
            let _ = format!("{row:?}");
            for flaw in &row.flaws {
                assert!(!flaw.to_string().chars().any(char::is_control));
            }
        }
        Data::Search(found) => assert_eq!(found.numbers.iter().count(), found.numbers.len()),
        Data::Esearch(found) => {
            let _ = found.all.as_ref().map(|all| (all.to_sequence(), all.ranges().count()));
        }
        Data::List(entry) => {
            let _ = entry.attributes.iter().count();
        }
        _ => {}
    }
}

#[test]
fn the_good_ones_are_good() {
    for line in GOOD {
        match response(leak(line), NameEncoding::Utf7) {
            Ok(Response::Data(Data::Fetch(row))) => assert!(row.is_whole(), "{line}: {:?}", row.flaws),
            Ok(Response::Data(Data::Other(_))) | Err(_) => panic!("{line}"),
            Ok(_) => {}
        }
    }
}

/// Cut at every octet.
#[test]
fn cut_responses() {
    for line in GOOD {
        for end in 0..line.len() {
            read(line.as_bytes().get(..end).unwrap());
        }
    }
}

/// A row that is cut keeps what came before the cut, and is not whole.
#[test]
fn a_cut_row_is_not_whole() {
    for line in GOOD.iter().filter(|line| line.contains("FETCH (")) {
        let items = line.find("FETCH (").unwrap() + "FETCH (".len();
        for end in items..line.len() {
            let found = flawed(&text(line.as_bytes().get(..end).unwrap()));
            assert!(!found.is_whole(), "{:?}", line.get(..end));
        }
    }
}

/// Much of what the parser has to look ahead for, look back at or nest.
#[test]
fn work_grows_with_length_alone() {
    const LENGTH: usize = 256 * 1024;
    let starts = [
        "* OK [",
        "* OK [X (",
        "* LIST () \"/\" ",
        "* STATUS ",
        "* ESEARCH ",
        "* THREAD ",
        "* 1 FETCH (",
        "* 1 FETCH (FLAGS (",
        "* 1 FETCH (ENVELOPE (",
        "* 1 FETCH (BODYSTRUCTURE (",
    ];
    let repeated = [
        "(",
        "((1)",
        "\"",
        "\"x ",
        "\\\"",
        "{",
        "{1}\r\nx",
        "[",
        "X \"",
        "BODY[",
        "RFC822.SIZE x ",
        "ENVELOPE \"x ",
        "BODY[HEADER.FIELDS (",
        "(\"message\" \"rfc822\" NIL NIL NIL NIL 1 NIL ",
        "(\"message\" \"rfc822\" NIL NIL NIL NIL 1 () ",
    ];
    for start in starts {
        for piece in repeated {
            let frame = Frame::new(start.to_owned() + &piece.repeat(LENGTH / piece.len()));
            let begun = Instant::now();
            let _ = response(&frame, NameEncoding::Utf7);
            let _ = LiteralScan::new().literal(&frame.bytes, &[]);
            // Work that grew with the square of the length would be a minute.
            assert!(begun.elapsed() < Duration::from_secs(10), "{start}{piece}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn changed_responses(
        line in prop::sample::select(GOOD),
        changes in prop::collection::vec((0usize..400, prop::sample::select(b"()[]{}<>\"\\ \r\n~+*,:-0129aZN\0\xff".to_vec())), 1..6),
        how in 0u8..3,
    ) {
        let mut bytes = line.as_bytes().to_vec();
        for (at, octet) in changes {
            let at = at % bytes.len();
            match how {
                0 => bytes[at] = octet,
                1 => bytes.insert(at, octet),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                break;
            }
        }
        read(&bytes);
    }

    #[test]
    fn spliced_responses(one in prop::sample::select(GOOD), other in prop::sample::select(GOOD), cut in 0usize..400, from in 0usize..400) {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        read(&[&one[..cut % one.len()], &other[from % other.len()..]].concat());
    }

    #[test]
    fn made_up_responses(
        start in prop::sample::select(vec!["* ", "* 1 FETCH (", "* 1 FETCH (ENVELOPE (", "* 1 FETCH (BODYSTRUCTURE (", "* LIST ", "* OK [", ""]),
        rest in prop::collection::vec(prop::sample::select(b"()[]{}<>\"\\ \r\n~+*,:-019aN\0\xff".to_vec()), 0..60),
    ) {
        read(&[start.as_bytes(), &rest].concat());
    }
}
