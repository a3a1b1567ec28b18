//! ENVELOPE and its addresses.

use super::*;

fn envelope(wire: &str) -> Envelope {
    *row(&format!("* 1 FETCH (ENVELOPE {wire} UID 5)")).envelope.unwrap()
}

/// The addresses of a From field, as people write them.
fn from(wire: &str) -> Vec<String> {
    let shown = |mailbox: &AddressMailbox| match &mailbox.name {
        Some(name) => format!("{} <{}>", text(name), text(mailbox.address())),
        None => text(mailbox.address()),
    };
    let list = envelope(&format!("(NIL NIL {wire} NIL NIL NIL NIL NIL NIL NIL)")).from;
    list.iter()
        .map(|address| match address {
            Address::Mailbox(mailbox) => shown(mailbox),
            Address::Group { name, members } => {
                format!("{}: {};", text(name), members.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
        })
        .collect()
}

#[test]
fn the_standards_example() {
    let found = envelope(
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
         ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) \
         ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
         \"<B27397-0100000@cac.washington.edu>\")",
    );
    assert_eq!(text(found.date.unwrap()), "Wed, 17 Jul 1996 02:23:25 -0700 (PDT)");
    assert_eq!(text(found.subject.unwrap()), "IMAP4rev2 WG mtg summary and minutes");
    assert_eq!((found.from.len(), found.to.len(), found.cc.len(), found.bcc.len()), (1, 1, 2, 0));
    assert_eq!(found.in_reply_to, None);
    assert_eq!(text(found.message_id.unwrap()), "<B27397-0100000@cac.washington.edu>");
}

#[test]
fn literals_stand_wherever_strings_do() {
    let found =
        envelope("({1}\r\nd {3}\r\n\"s) ((~{1}\r\nn NIL {1+}\r\nl {1}\r\nh)) NIL NIL NIL NIL NIL NIL {2}\r\n<>)");
    assert_eq!(text(found.subject.unwrap()), "\"s)");
    assert_eq!(from("(({1}\r\nn NIL {1}\r\nl {1}\r\nh))"), ["n <l@h>"]);
    assert_eq!(text(found.message_id.unwrap()), "<>");
}

#[test]
fn groups() {
    let wire =
        "((NIL NIL \"list\" NIL)(NIL NIL \"a\" \"x\")(\"B\" NIL \"b\" \"y\")(NIL NIL NIL NIL)(NIL NIL \"c\" \"z\"))";
    assert_eq!(from(wire), ["list: a@x, B <b@y>;", "c@z"]);
    assert_eq!(from("((NIL NIL \"undisclosed recipients\" NIL)(NIL NIL NIL NIL))"), ["undisclosed recipients: ;"]);
}

/// Quirk: a group that ends twice, or not at all, or inside which another begins.
#[test]
fn groups_that_do_not_pair() {
    let end = "(NIL NIL NIL NIL)";
    assert_eq!(from(&format!("((NIL NIL \"g\" NIL){end}{end}(NIL NIL \"a\" \"x\"))")), ["g: ;", "a@x"]);
    assert_eq!(from("((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"x\"))"), ["g: a@x;"]);
    assert_eq!(
        from(&format!("((NIL NIL \"g\" NIL)(NIL NIL \"h\" NIL)(NIL NIL \"a\" \"x\"){end})")),
        ["g: ;", "h: a@x;"]
    );
}

/// Quirk: fields missing at the end of an envelope or address, and values too many.
#[test]
fn fields_that_are_missing() {
    assert_eq!(text(envelope("(\"d\" \"s\")").subject.unwrap()), "s");
    assert_eq!(envelope("()"), Envelope::default());
    let found = envelope("(NIL \"s\" NIL NIL NIL NIL NIL NIL NIL \"<id>\" \"more\" (x))");
    assert_eq!(text(found.message_id.unwrap()), "<id>");
    assert_eq!(from("((NIL NIL \"a\"))"), ["a: ;"]);
    assert_eq!(from("((NIL NIL \"a\" \"x\" \"more\"))"), ["a@x"]);
}

/// Quirk: NIL or `()` as an address or as a list, blanks between addresses (Outlook.com).
#[test]
fn addresses_that_are_none() {
    assert_eq!(from("()"), [""; 0]);
    assert_eq!(from("(NIL)"), [""; 0]);
    assert_eq!(from("(() NIL (NIL NIL \"a\" \"x\")  (NIL NIL \"b\" \"x\") )"), ["a@x", "b@x"]);
}

/// Quirk: a host that is said to be missing in words.
#[test]
fn hosts_that_are_none() {
    for host in [".MISSING-HOST-NAME.", "MISSING_DOMAIN", ".SYNTAX-ERROR.", ""] {
        assert_eq!(from(&format!("((\"N\" NIL \"a\" \"{host}\"))")), ["N <a>"], "{host}");
        assert_eq!(from(&format!("((NIL NIL \"a\" \"{host}\"))")), ["a"], "{host}");
    }
}

/// Quirk: name and address swapped (Gmail), or the whole address in one field.
#[test]
fn names_and_addresses_in_the_wrong_place() {
    assert_eq!(from("((\"a@x.org\" NIL \"Ann Example\" NIL))"), ["Ann Example <a@x.org>"]);
    assert_eq!(from("((\"a@x.org\" NIL \"Ann Example\" \".MISSING-HOST-NAME.\"))"), ["Ann Example <a@x.org>"]);
    assert_eq!(from("((\"Ann\" NIL \"a@x.org\" NIL))"), ["Ann <a@x.org>"]);
    // An address beside a name that looks like one is left alone.
    assert_eq!(from("((\"a@x.org\" NIL \"b\" \"y.org\"))"), ["a@x.org <b@y.org>"]);
}

/// Quirk: quotes inside quoted strings (iCloud's message ids, `""""` of 163), backslashes that escape nothing (Proton Bridge),
/// 8-bit text, atoms where strings belong.
#[test]
fn strings_as_servers_write_them() {
    let subject = |wire: &str| text(envelope(&format!("(NIL {wire} NIL)")).subject.unwrap());
    assert_eq!(subject(r#""a\"b\\c""#), r#"a"b\c"#);
    assert_eq!(subject(r#""C:\temp""#), r"C:\temp");
    assert_eq!(subject("\"Grüße\""), "Grüße");
    assert_eq!(subject(r#""""""#), r#""""#);
    assert_eq!(subject(r#""""#), "");
    assert_eq!(subject("word"), "word");
    let found = envelope(r#"(NIL NIL NIL NIL NIL NIL NIL NIL NIL "<"a b"@icloud.com>")"#);
    assert_eq!(text(found.message_id.unwrap()), r#"<"a b"@icloud.com>"#);
}

#[test]
fn what_is_no_envelope_is_a_flaw() {
    for wire in ["NIL", "\"x\"", "(\"d\" (\"s\"))", "(NIL NIL \"from\")", "(NIL NIL (x))", "(NIL NIL ((((x)))))"] {
        let found = flawed(&format!("* 1 FETCH (ENVELOPE {wire} UID 5)"));
        assert_eq!(flaws(&found), ["ENVELOPE"], "{wire}");
        assert_eq!((found.envelope, found.uid.unwrap().get()), (None, 5));
    }
}
