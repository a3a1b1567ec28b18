use std::io::Read as _;

use proptest::prelude::*;

use super::*;

fn merge(table: &[u8], template: &str) -> Result<Merge> {
    let template = Message::read(&mut template.as_bytes(), &Reading::default()).unwrap();
    Merge::new(Stream::of(table), &template)
}

/// Each row's place with its message, or with what is wrong with it.
fn all(table: &[u8], template: &str) -> Vec<(String, Result<String, String>)> {
    let mut merge = merge(table, template).unwrap();
    let mut found = Vec::new();
    while let Some(item) = merge.next().unwrap() {
        let text = item.found.map_err(|error| error.to_string()).map(|found| {
            let mut text = Vec::new();
            found.message.open().unwrap().read_to_end(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        });
        found.push((item.id, text));
    }
    found
}

fn one(table: &str, template: &str) -> String {
    all(table.as_bytes(), template).remove(0).1.unwrap()
}

fn failure(table: &str, template: &str) -> String {
    all(table.as_bytes(), template).remove(0).1.unwrap_err()
}

#[test]
fn values_are_encoded_for_their_place() {
    let table = "\u{feff}name,email,n\r\n\"Zoë, \"\"Z\"\" <x@y>\",zoe@example.org,1\r\n";
    let template = "From: a@example.org\nTo: {{name}} <{{ email }}>\nSubject: Hi {{name}}\nMessage-ID: <{{n}}@x>\n\n\
                    Dear {{name}},\n{{ no placeholder\n";
    assert_eq!(
        one(table, template),
        "From: a@example.org\r\nTo: =?utf-8?b?Wm/DqywgIloiIDx4QHk+?= <zoe@example.org>\r\n\
         Subject: Hi =?utf-8?b?Wm/Dqyw=?= \"Z\" <x@y>\r\nMessage-ID: <1@x>\r\n\r\nDear Zoë, \"Z\" <x@y>,\r\n\
         {{ no placeholder\r\n"
    );
}

#[test]
fn addresses_are_addresses() {
    let template = "To: {{to}}\nCc: x@y, <{{user}}@{{domain}}>\n\n.\n";
    let text = one("to,user,domain\n\"A <a@x>, b@x\",info,example.org\n", template);
    assert!(text.starts_with("To: A <a@x>, b@x\r\nCc: x@y, info@example.org\r\n"), "{text}");
    for (table, complaint) in [
        ("to,user,domain\na@x,info,exa mple\n", "domain"),
        ("to,user,domain\na@b@c,info,x\n", "column \"to\": "),
        ("to,user,domain\n\"a@x\nBcc: b@x\",info,x\n", "column \"to\" has the control character U+000A"),
        ("to,user,domain\na@x,\"a\r\nb\",x\n", "column \"user\" has the control character"),
    ] {
        let said = failure(table, template);
        assert!(said.contains(complaint), "{table:?}: {said}");
    }
    assert!(failure("to\na@x> b@y <c@z\n", "To: X <{{to}}>\n\n").contains("column \"to\""));
    // Nobody to copy is nobody to copy.
    assert_eq!(one("to,cc\na@x,\n", "To: {{to}}\nCc: {{cc}}\n\nx\n"), "To: a@x\r\n\r\nx\r\n");
}

#[test]
fn no_header_can_be_smuggled_in() {
    for value in ["x\r\nBcc: b@x", "x\nBcc: b@x", "x\rBcc: b@x", "x\u{0}y", "x\u{85}y", "x\u{1b}[2J", "x\u{2028}y"] {
        let table = format!("to,v\na@x,\"{value}\"\n");
        let said = failure(&table, "To: a@x\nSubject: {{v}}\n\nx\n");
        assert!(said.contains("control character"), "{value:?}: {said}");
    }
}

#[test]
fn every_part_that_is_text_is_filled_in() {
    let template = "To: a@x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\
                    Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nHi {{na=\nme}} =3D\n--b\n\
                    Content-Type: text/html; charset=us-ascii; x=y\nContent-Transfer-Encoding: base64\n\n\
                    PGI+e3tuYW1lfX08L2I+\n--b\nContent-Type: application/x; name=a\n\n{{raw}}\n--b--\n";
    assert_eq!(
        one("name\nTom & Zoë\n", template),
        "To: a@x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHi Tom & Zoë =\r\n--b\r\n\
         Content-Type: text/html; x=y; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         <b>Tom &amp; Zoë</b>\r\n--b\r\nContent-Type: application/x; name=a\r\n\r\n{{raw}}\r\n--b--\r\n"
    );
}

#[test]
fn what_cannot_work_is_told_before_anything_is_sent() {
    for (table, template, complaint) in [
        ("email\n", "To: {{emial}}\n\n", "{{emial}}, and the table no such column; did you mean \"email\"?"),
        ("email\n", "To: {{email}}\n\n{{}}", "no such column"),
        ("", "To: {{email}}\n\n", "no such column"),
        ("a,a\n", "To: x@y\n\n", "two columns"),
        ("a\n", "Content-Type: text/plain; charset={{a}}\n\n", "Content-Type"),
        ("a\n", "Content-Type: text/plain; charset=latin1\n\n{{a}}\n", "in latin1"),
        ("a\n", "DKIM-Signature: v=1\nTo: {{a}}\n\n", "signed"),
        ("a\n", "To: <{{a}}\n\n", "To field"),
    ] {
        match merge(table.as_bytes(), template) {
            Ok(_) => panic!("{template:?} was taken"),
            Err(error) => assert!(error.to_string().contains(complaint), "{template:?}: {error}"),
        }
    }
}

#[test]
fn a_bad_row_fails_alone() {
    let table = b"to,n\na@x,1\nb@x\nc@x,\xff\nd@x,\"4\n5\"\ne@x,6\n";
    let found = all(table, "To: {{to}}\n\n{{n}}\n");
    let places: Vec<(&str, bool)> = found.iter().map(|(id, text)| (id.as_str(), text.is_ok())).collect();
    assert_eq!(places, [("line 2", true), ("line 3", false), ("line 4", false), ("line 5", true), ("line 7", true)]);
    assert!(found[3].1.as_ref().unwrap().ends_with("\r\n\r\n4\r\n5\r\n"));
    assert!(found[1].1.as_ref().unwrap_err().contains("it has 1 values"), "{found:?}");
}

proptest! {
    #[test]
    fn whatever_a_column_says_the_header_has_the_template_s_fields(value in any::<String>()) {
        let table = format!("v\n\"{}\"\n", value.replace('"', "\"\""));
        let template = "From: \"{{v}}\" <a@x>\nTo: b@x\nSubject: a {{v}} b\nX-Other: {{v}}\n\n<{{v}}>\n";
        if let (_, Ok(text)) = all(table.as_bytes(), template).remove(0) {
            let read = Message::read(&mut text.as_bytes(), &Reading::default()).unwrap();
            let names: Vec<_> = read.header.fields().iter().map(|field| field.name().to_vec()).collect();
            prop_assert_eq!(names, [&b"From"[..], b"To", b"Subject", b"X-Other"]);
            let from = crate::mail::address::parse_list(read.header.get("From").unwrap().body()).unwrap();
            prop_assert_eq!(from.len(), 1);
            prop_assert_eq!(from[0].address.to_string(), "a@x");
            let raw = read.header.get("Subject").unwrap().raw().to_vec();
            let (subject, _) = mailparse::parse_header(&raw).unwrap();
            prop_assert_eq!(subject.get_value(), format!("a {value} b"));
        }
    }
}
