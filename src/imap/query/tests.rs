use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// 2026-03-31 01:30 UTC.
const NOW: Duration = Duration::from_secs(1_774_920_600);

fn query(words: &[&str]) -> Result<Query> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    Query::parse_in(&words, SystemTime::UNIX_EPOCH + NOW, TimeZone::UTC)
}

fn server(capabilities: &str) -> Capabilities {
    Capabilities::from_atoms(format!("IMAP4rev1 {capabilities}").split_ascii_whitespace().map(str::as_bytes))
}

fn everything() -> Capabilities {
    server("WITHIN CONDSTORE SAVEDATE OBJECTID")
}

/// The only search of a query that any server can answer by itself.
fn sent(query: &Query) -> String {
    let plan = query.plan(&everything()).unwrap();
    assert!(plan.is_exact() && plan.cases.len() == 1, "{plan:?}");
    plan.cases[0].program.to_string()
}

/// The searches of a query, each with what is to be looked at: `+` if it must be so.
fn cases(query: &Query, capabilities: &Capabilities) -> Vec<String> {
    let plan = query.plan(capabilities).unwrap();
    let sign = |(check, wanted): &(Check, bool)| {
        let name = match check {
            Check::Attachment => "A".to_owned(),
            Check::ArrivedSince(time) => {
                let ago = (SystemTime::UNIX_EPOCH + NOW).duration_since(*time).unwrap();
                format!("T{}", ago.as_secs())
            }
        };
        format!("{}{name} ", if *wanted { '+' } else { '-' })
    };
    plan.cases
        .iter()
        .map(|case| format!("{}{}", case.checks.iter().map(sign).collect::<String>(), case.program))
        .collect()
}

#[test]
fn every_key_compiles() {
    for (words, keys) in [
        (&["from:bob"][..], "FROM \"bob\""),
        (&["to:bob"], "TO \"bob\""),
        (&["cc:bob"], "CC \"bob\""),
        (&["bcc:bob"], "BCC \"bob\""),
        (&["subject:x"], "SUBJECT \"x\""),
        (&["body:x"], "BODY \"x\""),
        (&["text:x"], "TEXT \"x\""),
        (&["x"], "TEXT \"x\""),
        (&["12:30"], "TEXT \"12:30\""),
        (&["header:X-Spam:yes"], "HEADER X-Spam \"yes\""),
        (&["header:X-Spam"], "HEADER X-Spam \"\""),
        (&["header:NIL:x"], "HEADER \"NIL\" \"x\""),
        (&["list:announce"], "HEADER List-Id \"announce\""),
        (&["message-id:<a:b@c>"], "HEADER Message-ID \"<a:b@c>\""),
        (&["is:unread"], "UNSEEN"),
        (&["is:read"], "SEEN"),
        (&["not:is:unread"], "NOT UNSEEN"),
        (&["not:is:read"], "UNSEEN"),
        (&["is:Flagged"], "FLAGGED"),
        (&["is:draft"], "DRAFT"),
        (&["is:undeleted"], "UNDELETED"),
        (&["is:old"], "OLD"),
        (&["is:new"], "RECENT UNSEEN"),
        (&["not:is:new"], "NOT (RECENT UNSEEN)"),
        (&["is:forwarded"], "KEYWORD $Forwarded"),
        (&["keyword:work"], "KEYWORD work"),
        (&["not:keyword:work"], "UNKEYWORD work"),
        (&["since:7d"], "SINCE 24-Mar-2026"),
        (&["before:2026-01-31"], "BEFORE 31-Jan-2026"),
        (&["on:yesterday"], "ON 30-Mar-2026"),
        (&["sentsince:1y"], "SENTSINCE 31-Mar-2025"),
        (&["sent-before:today"], "SENTBEFORE 31-Mar-2026"),
        (&["senton:2026-2-1"], "SENTON 1-Feb-2026"),
        (&["savedsince:7d"], "SAVEDSINCE 24-Mar-2026"),
        (&["saved-before:7d"], "SAVEDBEFORE 24-Mar-2026"),
        (&["savedon:7d"], "SAVEDON 24-Mar-2026"),
        (&["younger:12h"], "YOUNGER 43200"),
        (&["older:1d"], "OLDER 86400"),
        (&["larger:1M"], "LARGER 1048576"),
        (&["smaller:10k"], "SMALLER 10240"),
        (&["uid:9,1:5"], "UID 1:5,9"),
        (&["uid:20:*"], "UID 20:4294967295"),
        (&["uid:*"], "UID *"),
        (&["modseq:715"], "MODSEQ 715"),
        (&["email-id:M1_a"], "EMAILID M1_a"),
        (&["threadid:T1"], "THREADID T1"),
        (&["FROM:bob", "Is:Unread"], "FROM \"bob\" UNSEEN"),
        (&["not:to:list"], "NOT TO \"list\""),
        (&["not:(to:a is:read)"], "NOT (TO \"a\" SEEN)"),
        (&["or:(from:a to:a)"], "OR FROM \"a\" TO \"a\""),
        (&["or:(from:a to:a cc:a (subject:x is:read))"], "OR FROM \"a\" OR TO \"a\" OR CC \"a\" (SUBJECT \"x\" SEEN)"),
        (&["or:(from:a)"], "FROM \"a\""),
        (&["and:(from:a is:read)"], "FROM \"a\" SEEN"),
        (&["not:or:(from:a to:a)"], "NOT OR FROM \"a\" TO \"a\""),
        (&["not:not:from:a"], "FROM \"a\""),
        (&[], "ALL"),
    ] {
        assert_eq!(sent(&query(words).unwrap()), keys, "{words:?}");
    }
    let gmail = server("X-GM-EXT-1");
    for (word, keys) in [
        ("gm:in:anywhere is:muted", "X-GM-RAW \"in:anywhere is:muted\""),
        ("label:Entwürfe", "X-GM-LABELS \"Entw&APw-rfe\""),
        ("has:attachment", "X-GM-RAW \"has:attachment\""),
    ] {
        assert_eq!(cases(&query(&[word, "is:read"]).unwrap(), &gmail), [format!("{keys} SEEN")]);
    }
}

/// The table of the manual is the table that is read by.
#[test]
fn every_key_is_documented() {
    for key in KEYS {
        assert!(!key.meaning.is_empty() && key.meaning.ends_with('.'), "{}", key.name);
        let twins = KEYS.iter().filter(|other| other.name.replace('-', "") == key.name.replace('-', "")).count();
        assert_eq!(twins, 1, "{}", key.name);
        let value = match key.value {
            "TEXT" | "NAME[:TEXT]" | "NAME" | "ID" => "x",
            "STATE" => "read",
            "DAY" | "SPAN" => "1d",
            "SIZE" | "UIDSET" | "NUMBER" => "1",
            "TERM" => "is:read",
            "(TERM TERM …)" => "(is:read is:draft)",
            value => value,
        };
        let word = format!("{}:{value}", key.name);
        assert!(query(&[&word]).is_ok(), "{word}");
    }
}

#[test]
fn one_word_is_a_query_and_several_are_terms() {
    let whole = query(&["from:bob subject:\"q 3\" is:unread not:to:list or:(cc:a cc:b)"]).unwrap();
    let terms = query(&["from:bob", "subject:q 3", "is:unread", "not:to:list", "or:(cc:a cc:b)"]).unwrap();
    assert_eq!(whole, terms);
    assert_eq!(sent(&whole), "FROM \"bob\" SUBJECT \"q 3\" UNSEEN NOT TO \"list\" OR CC \"a\" CC \"b\"");
    assert_eq!(sent(&query(&["hello world"]).unwrap()), "TEXT \"hello\" TEXT \"world\"");
    assert_eq!(sent(&query(&["\"hello world\""]).unwrap()), "TEXT \"hello world\"");
    assert_eq!(sent(&query(&["hello world", "is:read"]).unwrap()), "TEXT \"hello world\" SEEN");
    assert_eq!(sent(&query(&["subject:\"say \\\"x\\\" \\\\\""]).unwrap()), "SUBJECT \"say \\\"x\\\" \\\\\"");
    assert_eq!(sent(&query(&["is:read", "subject:\"a b\""]).unwrap()), "SEEN SUBJECT \"a b\"");
    assert_eq!(sent(&query(&["is:read", "subject:(a)"]).unwrap()), "SEEN SUBJECT \"(a)\"");
    assert_eq!(sent(&query(&["or:(subject:f(x) is:read)"]).unwrap()), "OR SUBJECT \"f(x)\" SEEN");
    assert_eq!(sent(&query(&["invoice from:bob"]).unwrap()), "TEXT \"invoice\" FROM \"bob\"");
    assert_eq!(sent(&query(&["is:unread invoice"]).unwrap()), "UNSEEN TEXT \"invoice\"");
}

/// `subject:"q 3"` by itself comes here as `subject:q 3`: the shell took the quotes.
#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for (word, hint) in [
        (
            "subject:q 3",
            "\"subject:q 3\" can be read in two ways: write subject:\"q 3\", or text:3 for a term of its own",
        ),
        (
            "is:read not:from:a b",
            "\"not:from:a b\" can be read in two ways: write not:from:\"a b\", or text:b for a term of its own",
        ),
        (
            "header:X:a b",
            "\"header:X:a b\" can be read in two ways: write header:X:\"a b\", or text:b for a term of its own",
        ),
    ] {
        assert_eq!(query(&[word]).unwrap_err().to_string(), hint);
    }
    assert!(query(&["or:(subject:q 3)"]).is_err());
}

#[test]
fn mistakes_are_named() {
    for (words, complaint) in [
        (&["form:bob"][..], "\"form:\" is not a key of a query; did you mean \"from:\"?"),
        (&["sence:7d"], "\"sence:\" is not a key of a query; did you mean \"since:\"?"),
        (&["http://x.example"], "\"http:\" is not a key of a query; text with a colon in it is text:\"http:…\""),
        (&["is:unred"], "is: cannot have the value \"unred\"; did you mean is:unread?"),
        (&["has:wings"], "has: cannot have the value \"wings\"; it is one of attachment, attachments"),
        (&["from:"], "from: has no value: it is from:TEXT"),
        (&["from:\"\""], "from: has no value: it is from:TEXT"),
        (&[""], "the query is empty"),
        (&["subject:\"a"], "the query cannot be read at \"\"a\": its quotes have no end"),
        (&["subject:\"a\"b"], "the query cannot be read at \"b\": a space is missing before it"),
        (&["or:(from:a"], "a ( of the query has no )"),
        (&["from:a )"], "the query cannot be read at \")\": a ) stands where nothing ends"),
        (&["or:x"], "or: wants a group: it is or:(TERM TERM …)"),
        (&["or:()"], "a group of the query is empty"),
        (&["not:"], "not: has no term: it is not:TERM or not:(TERM TERM)"),
        (&["larger:1x"], "\"1x\" is not a size: it is a number of octets, such as 65536, 10k, 1M or 2G"),
        (&["email-id:a b", "x"], "\"a b\" is not an id: it has letters, digits, \"-\" and \"_\""),
        (
            &["is:read is:draft", "x"],
            "is: cannot have the value \"read is:draft\"; it is one of read, seen, unread, unseen, \
          answered, replied, unanswered, flagged, starred, unflagged, draft, deleted, undeleted, recent, old, new, forwarded, junk",
        ),
    ] {
        assert_eq!(query(words).unwrap_err().to_string(), complaint, "{words:?}");
    }
    for wrong in [
        "since:12h",
        "older:today",
        "uid:x",
        "uid:0",
        "modseq:0",
        "header::x",
        "header:",
        "keyword:a)",
        "larger:99999999999G",
    ] {
        assert!(query(&[wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn no_line_can_be_ended() {
    for word in
        ["from:a\r\nB LOGOUT", "from:\"a\nb\"", "x\0", "header:X:a\r", "header:X\r\nY:a", "keyword:a\rb", "not:a\nb"]
    {
        for words in [&[word][..], &[word, "is:read"]] {
            assert!(query(words).is_err(), "{words:?}");
        }
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    for deep in ["(", "not:(", "or:("] {
        assert!(query(&[&format!("{}a{}", deep.repeat(15), ")".repeat(15))]).is_ok(), "{deep}");
        assert!(query(&[&format!("{}a{}", deep.repeat(100_000), ")".repeat(100_000))]).is_err(), "{deep}");
    }
    assert!(query(&[&format!("({}a)", "not:".repeat(100_000))]).is_err());
    assert!(query(&[&"a ".repeat(10_001)]).is_err());
    let many = format!("or:({})", "a ".repeat(9_000));
    assert_eq!(sent(&query(&[&many]).unwrap()).matches("OR ").count(), 8_999);
}

#[test]
fn a_charset_is_named_only_for_what_needs_one() {
    let program = |word| query(&[word]).unwrap().plan(&everything()).unwrap().cases.remove(0).program;
    assert!(!program("subject:gruss").needs_charset());
    assert_eq!(program("subject:gruss").charset(), "US-ASCII");
    assert!(program("subject:grüße").needs_charset());
    assert_eq!(program("subject:grüße").charset(), "UTF-8");
    let latin1 = program("subject:grüße").in_latin1().unwrap();
    assert_eq!(latin1.parts()[1], Part::String(b"gr\xfc\xdfe".to_vec()));
    assert_eq!(program("subject:日本").in_latin1(), None);
}

#[test]
fn what_a_server_lacks_is_told() {
    for (word, lacks) in [
        ("modseq:1", "CONDSTORE"),
        ("savedsince:7d", "SAVEDATE"),
        ("email-id:x", "OBJECTID"),
        ("thread-id:x", "OBJECTID"),
        ("gm:x", "X-GM-EXT-1"),
        ("label:x", "X-GM-EXT-1"),
    ] {
        let error = query(&[word]).unwrap().plan(&server("")).unwrap_err();
        assert!(matches!(&error, Error::Unsupported(text) if text.ends_with(lacks)), "{error}");
    }
    let rev2 = Capabilities::from_atoms([&b"IMAP4rev2"[..]]);
    assert!(matches!(query(&["is:recent"]).unwrap().plan(&rev2), Err(Error::Unsupported(_))));
}

const MAY_HAVE_ATTACHMENTS: &str = "OR HEADER Content-Type \"multipart/\" OR HEADER Content-Type \"application/\" OR HEADER \
    Content-Type \"image/\" OR HEADER Content-Type \"audio/\" OR HEADER Content-Type \"video/\" OR HEADER \
    Content-Type \"message/\" HEADER Content-Disposition \"attachment\"";

#[test]
fn what_the_server_cannot_tell_is_looked_at() {
    let plain = server("");
    for (word, expected) in [
        ("has:attachment from:bob", vec![format!("+A FROM \"bob\" {MAY_HAVE_ATTACHMENTS}")]),
        ("not:has:attachment from:bob", vec!["-A FROM \"bob\"".to_owned()]),
        ("or:(has:attachment from:bob)", vec![format!("+A {MAY_HAVE_ATTACHMENTS}"), "-A FROM \"bob\"".to_owned()]),
        (
            "not:(has:attachment from:bob)",
            vec![format!("+A NOT FROM \"bob\" {MAY_HAVE_ATTACHMENTS}"), "-A ALL".to_owned()],
        ),
        ("has:attachment not:has:attachment", vec![]),
        ("younger:1d", vec!["+T86400 SINCE 29-Mar-2026".to_owned()]),
        ("older:1d", vec!["-T86400 BEFORE 31-Mar-2026".to_owned()]),
        ("older:1d younger:7d", vec!["-T86400 +T604800 BEFORE 31-Mar-2026 SINCE 23-Mar-2026".to_owned()]),
        (
            "or:(is:read younger:12h)",
            vec!["+T43200 SINCE 30-Mar-2026".to_owned(), "-T43200 SEEN BEFORE 1-Apr-2026".to_owned()],
        ),
    ] {
        assert_eq!(cases(&query(&[word]).unwrap(), &plain), expected, "{word}");
    }
    let plan = query(&["has:attachment"]).unwrap().plan(&plain).unwrap();
    assert!(plan.needs_structure() && !plan.needs_arrival() && !plan.is_exact());
    let plan = query(&["younger:1d"]).unwrap().plan(&plain).unwrap();
    assert!(!plan.needs_structure() && plan.needs_arrival() && !plan.is_exact());
    let many = "or:(has:attachment younger:1d younger:2d younger:3d)";
    assert!(matches!(query(&[many]).unwrap().plan(&plain), Err(Error::InvalidInput(_))));
}

#[test]
fn a_check_keeps_what_is_so() {
    let plain = server("");
    let now = SystemTime::UNIX_EPOCH + NOW;
    let ago = |seconds| Facts { arrived: Some(now - Duration::from_secs(seconds)), ..Facts::default() };
    let young = &query(&["younger:1d"]).unwrap().plan(&plain).unwrap().cases[0];
    assert!(young.keeps(ago(86_400)) && !young.keeps(ago(86_401)) && !young.keeps(Facts::default()));
    let attached = &query(&["has:attachment"]).unwrap().plan(&plain).unwrap().cases[0];
    assert!(attached.keeps(Facts { has_attachment: true, arrived: None }) && !attached.keeps(Facts::default()));
}

#[test]
fn keys_as_written_keep_to_themselves() {
    let raw = Query::raw("OR SEEN").unwrap();
    assert_eq!(sent(&raw), "OR SEEN");
    assert_eq!(sent(&raw.and(query(&["from:bob"]).unwrap())), "(OR SEEN) FROM \"bob\"");
    assert_eq!(sent(&Query::all().and(query(&["from:bob"]).unwrap())), "FROM \"bob\"");
    assert!(Query::all().is_all() && !query(&["x"]).unwrap().is_all() && query(&[]).unwrap().is_all());
}

#[test]
fn uids_are_a_query() {
    let uids: UidSet = "3,20:*".parse().unwrap();
    assert_eq!(sent(&Query::uids(uids)), "UID 3,20:4294967295");
}

/// Days are those of the zone one lives in.
#[test]
fn today_is_where_the_user_is() {
    let zone = jiff::tz::offset(-7).to_time_zone();
    let query = Query::parse_in(&["on:today".to_owned()], SystemTime::UNIX_EPOCH + NOW, zone).unwrap();
    assert_eq!(sent(&query), "ON 30-Mar-2026");
}

proptest! {
    #[test]
    fn any_words_are_read_or_refused(words in proptest::collection::vec("[a-zé:()\" \\\\7\r\n]{0,16}|\\PC{0,12}", 0..4), key in 0..KEYS.len()) {
        let mut words: Vec<_> = words.iter().map(String::as_str).collect();
        let term = format!("{}:{}", KEYS[key].name, words.first().unwrap_or(&""));
        words.push(&term);
        for words in [words.as_slice(), &words[..1]] {
            let Ok(query) = query(words) else { continue };
            for server in [everything(), server("X-GM-EXT-1")] {
                let Ok(plan) = query.plan(&server) else { continue };
                for part in plan.cases.iter().flat_map(|case| case.program.parts()) {
                    let octets = match part {
                        Part::Atom(text) => text.as_bytes(),
                        Part::String(text) => text,
                        Part::Open | Part::Close => continue,
                    };
                    prop_assert!(memchr::memchr3(b'\r', b'\n', 0, octets).is_none());
                    let is_atom = matches!(part, Part::Atom(_));
                    prop_assert!(!is_atom || octets.iter().all(u8::is_ascii_graphic));
                }
            }
        }
    }

    /// A text is found as it was typed, however it was quoted.
    #[test]
    fn values_survive(text in "[ -~é日]{1,16}") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        let quoted = format!("subject:\"{escaped}\"");
        let program = query(&[&quoted]).unwrap().plan(&everything()).unwrap().cases.remove(0).program;
        prop_assert_eq!(&program.parts()[1], &Part::String(text.clone().into_bytes()));
        if !text.starts_with('"') {
            let word = format!("subject:{text}");
            let program = query(&[&word, "is:read"]).unwrap().plan(&everything()).unwrap().cases.remove(0).program;
            prop_assert_eq!(&program.parts()[1], &Part::String(text.into_bytes()));
        }
    }

    /// However a query nests, the cases agree with what it says.
    #[test]
    fn the_cases_together_are_the_query(key in any_key(), facts in any::<[bool; 4]>()) {
        let [read, draft, attached, young] = facts;
        let query = Query { key: key.clone(), now: SystemTime::UNIX_EPOCH + NOW };
        let plan = query.plan(&server("")).unwrap();
        let now = SystemTime::UNIX_EPOCH + NOW;
        let arrived = Some(now - Duration::from_secs(if young { 10 } else { 1_000 }));
        let facts = Facts { has_attachment: attached, arrived };
        let found = plan
            .cases
            .iter()
            .filter(|case| case.keeps(facts) && matches(case.program.parts(), read, draft, attached, young))
            .count();
        prop_assert_eq!(found, usize::from(holds(&key, read, draft, attached, young)), "{:?}", plan);
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    use crate::imap::Flag;
    let leaf = prop_oneof![
        Just(Key::All),
        Just(Key::Flag(Flag::Seen)),
        Just(Key::Flag(Flag::Draft)),
        Just(Key::Attachment),
        Just(Key::Younger(100)),
        Just(Key::Older(100)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|key| Key::Not(Box::new(key))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Key::And),
            proptest::collection::vec(inner, 1..4).prop_map(Key::Or),
        ]
    })
}

fn holds(key: &Key, read: bool, draft: bool, attached: bool, young: bool) -> bool {
    let inner = |key: &Key| holds(key, read, draft, attached, young);
    match key {
        Key::All => true,
        Key::And(keys) => keys.iter().all(inner),
        Key::Or(keys) => keys.iter().any(inner),
        Key::Not(key) => !inner(key),
        Key::Flag(crate::imap::Flag::Seen) => read,
        Key::Flag(_) => draft,
        Key::Attachment => attached,
        Key::Younger(_) => young,
        Key::Older(_) => !young,
        other => panic!("{other:?}"),
    }
}

/// A server that searches by header and day no better than it must.
fn matches(parts: &[Part], read: bool, draft: bool, attached: bool, young: bool) -> bool {
    let mut parts = parts.iter();
    let mut all = true;
    while parts.len() > 0 {
        all &= one(&mut parts, &[read, draft, attached, young]);
    }
    all
}

fn one(parts: &mut std::slice::Iter<'_, Part>, facts: &[bool; 4]) -> bool {
    let [read, draft, attached, young] = *facts;
    match parts.next().unwrap() {
        Part::Open => {
            let mut all = true;
            while parts.as_slice()[0] != Part::Close {
                all &= one(parts, facts);
            }
            parts.next();
            all
        }
        Part::Atom(atom) => match atom.as_ref() {
            "ALL" => true,
            "SEEN" => read,
            "UNSEEN" => !read,
            "DRAFT" => draft,
            "UNDRAFT" => !draft,
            "NOT" => !one(parts, facts),
            "OR" => one(parts, facts) | one(parts, facts),
            "HEADER" => {
                parts.next();
                parts.next();
                attached
            }
            // All are of one day, so that only what is looked at tells them apart.
            "SINCE" | "BEFORE" => {
                parts.next();
                let _ = young;
                true
            }
            other => panic!("{other}"),
        },
        part => panic!("{part:?}"),
    }
}
