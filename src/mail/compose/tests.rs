use std::collections::HashSet;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use mailparse::{MailHeaderMap as _, ParsedMail, parse_mail};
use proptest::prelude::*;

use super::*;
use crate::addr_spec::AddrSpec;

fn mailbox(name: &str, address: &str) -> Mailbox {
    let name = Some(name).filter(|name| !name.is_empty()).map(str::to_owned);
    Mailbox { name, address: AddrSpec::parse(address).unwrap() }
}

fn bytes(text: impl AsRef<[u8]>) -> Option<Source> {
    Some(Source::Bytes(text.as_ref().to_vec()))
}

fn file(octets: &[u8], name: &str) -> Attachment {
    Attachment { source: Source::Bytes(octets.to_vec()), name: Some(name.into()), media_type: None }
}

fn written(compose: Compose) -> Vec<u8> {
    let mut out = Vec::new();
    compose.write(&mut out).unwrap();
    out
}

#[track_caller]
fn refusal(compose: Compose) -> String {
    match compose.write(&mut Vec::new()) {
        Err(Error::InvalidInput(why)) => {
            assert!(!why.contains(char::is_control), "{why:?}");
            why
        }
        other => panic!("{other:?}"),
    }
}

fn with_header(name: &str, value: &str) -> Compose {
    Compose { headers: vec![(name.into(), value.into())], subject: Some("generated".into()), ..Compose::default() }
}

/// The types of the parts, nested as they are.
fn shape(mail: &ParsedMail<'_>) -> String {
    let essence = mail.ctype.mimetype.clone();
    if mail.subparts.is_empty() {
        return essence;
    }
    format!("{essence}[{}]", mail.subparts.iter().map(shape).collect::<Vec<_>>().join(" "))
}

fn leaves<'a>(mail: &'a ParsedMail<'a>) -> Vec<&'a ParsedMail<'a>> {
    if mail.subparts.is_empty() { vec![mail] } else { mail.subparts.iter().flat_map(leaves).collect() }
}

fn check_lines(mail: &[u8]) {
    let text = mail.strip_suffix(b"\r\n").unwrap();
    for line in text.split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998);
        assert!(!line.contains(&b'\r') && !line.contains(&0), "{}", String::from_utf8_lossy(line));
    }
    assert_eq!(memchr::memchr_iter(b'\n', mail).count(), memchr::memmem::find_iter(mail, b"\r\n").count());
}

#[test]
fn a_plain_message() {
    let compose = Compose {
        from: Some(mailbox("Jöran Doe", "joe@example.com")),
        to: vec![mailbox("", "a@example.org"), mailbox("B, C", "b@bücher.example")],
        cc: vec![mailbox("", "jörg@example.net")],
        reply_to: vec![mailbox("Desk", "desk@example.com")],
        subject: Some("Is dinner ready?".into()),
        in_reply_to: Some("1@example.org".into()),
        auto_submitted: Some(AutoSubmitted::Generated),
        headers: vec![("X-Priority".into(), " 1 ".into())],
        text: bytes("Hi.\n\nJoe.\n"),
        date: Some(UNIX_EPOCH + Duration::from_secs(1_057_982_437)),
        ..Compose::default()
    };
    let mail = String::from_utf8(written(compose)).unwrap();
    let (date, rest) = mail.split_once("\r\n").unwrap();
    assert!(date.starts_with("Date: ") && date.contains(" Jul 2003 "), "{date}");
    let (before, rest) = rest.split_once("Message-ID: <").unwrap();
    let (id, after) = rest.split_once(">\r\n").unwrap();
    assert!(id.ends_with(".3f0f87e5@example.com"), "{id}");
    assert_eq!(
        before,
        "From: =?utf-8?q?J=C3=B6ran_Doe?= <joe@example.com>\r\n\
         Reply-To: Desk <desk@example.com>\r\n\
         To: a@example.org, \"B, C\" <b@xn--bcher-kva.example>\r\n\
         Cc: jörg@example.net\r\n\
         Subject: Is dinner ready?\r\n"
    );
    assert_eq!(
        after,
        "In-Reply-To: <1@example.org>\r\n\
         References: <1@example.org>\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Priority: 1\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hi.\r\n\r\nJoe.\r\n"
    );
}

#[test]
fn parts_nest_no_deeper_than_they_must() {
    let text = || bytes("text");
    let html = || bytes("<img src='cid:logo'>");
    let inline = || vec![Inline { attachment: file(b"\x89PNG", "logo.png"), cid: "logo".into() }];
    let attached = || vec![file(b"%PDF", "a.pdf")];
    let all = Compose { text: text(), html: html(), inline: inline(), attachments: attached(), ..Compose::default() };
    for (compose, expected) in [
        (Compose::default(), "text/plain"),
        (Compose { html: html(), ..Compose::default() }, "text/html"),
        (Compose { text: text(), html: html(), ..Compose::default() }, "multipart/alternative[text/plain text/html]"),
        (Compose { html: html(), inline: inline(), ..Compose::default() }, "multipart/related[text/html image/png]"),
        (Compose { attachments: attached(), ..Compose::default() }, "multipart/mixed[application/pdf]"),
        (
            all,
            "multipart/mixed[multipart/related[multipart/alternative[text/plain text/html] image/png] application/pdf]",
        ),
    ] {
        let mail = written(compose);
        check_lines(&mail);
        let parsed = parse_mail(&mail).unwrap();
        assert_eq!(shape(&parsed), expected);
        for part in leaves(&parsed) {
            match part.ctype.mimetype.as_str() {
                "image/png" => {
                    assert_eq!(part.headers.get_first_value("Content-ID").unwrap(), "<logo>");
                    assert!(part.headers.get_first_value("Content-Disposition").unwrap().starts_with("inline;"));
                }
                "application/pdf" => {
                    assert_eq!(part.get_body_raw().unwrap(), b"%PDF");
                    assert_eq!(part.get_content_disposition().params.get("filename").unwrap(), "a.pdf");
                }
                _ => {}
            }
        }
        let related = String::from_utf8_lossy(&mail).contains("type=\"multipart/alternative\"");
        assert_eq!(related, expected.contains("related[multipart"));
    }
}

#[test]
fn texts_are_encoded_only_if_they_must_and_then_the_shorter_way() {
    for (text, encoding, charset) in [
        (b"plain\n.dot\n\tx ".to_vec(), "7bit", "utf-8"),
        ([b"x".repeat(998), b"\ny".to_vec()].concat(), "7bit", "utf-8"),
        (b"x".repeat(999), "quoted-printable", "utf-8"),
        (b"a\rb".to_vec(), "quoted-printable", "utf-8"),
        (b"some text with a \0 in it".to_vec(), "quoted-printable", "utf-8"),
        ("Mostly ASCII, one ü in it".into(), "quoted-printable", "utf-8"),
        ("日本語のテキスト".into(), "base64", "utf-8"),
        (b"latin f\xfcnf, of nobody knows which kind".to_vec(), "quoted-printable", "unknown-8bit"),
    ] {
        let mail = written(Compose { text: bytes(&text), ..Compose::default() });
        check_lines(&mail);
        let parsed = parse_mail(&mail).unwrap();
        assert_eq!(parsed.headers.get_first_value("Content-Transfer-Encoding").unwrap(), encoding);
        assert_eq!(parsed.ctype.charset, charset);
        let expected =
            [text.split(|octet| *octet == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]), b"\r\n".to_vec()].concat();
        let found = parsed.get_body_raw().unwrap();
        // mailparse leaves the line end of base64 in place.
        assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(&expected));
    }
}

#[test]
fn attached_messages_are_never_encoded() {
    for (octets, essence, encoding, whole) in [
        (&b"Subject: x\n\nbody"[..], "message/rfc822", "7bit", "7bit"),
        ("Subject: x\r\n\r\nbödy\r\n".as_bytes(), "message/rfc822", "8bit", "8bit"),
        (b"Subject: x\n\nnul \0", "application/octet-stream", "base64", "7bit"),
    ] {
        let mail = written(Compose { attachments: vec![file(octets, "a.eml")], ..Compose::default() });
        let parsed = parse_mail(&mail).unwrap();
        let outer = parsed.headers.get_first_value("Content-Transfer-Encoding");
        assert_eq!(outer.as_deref().unwrap_or("7bit"), whole);
        let part = parsed.subparts.first().unwrap();
        assert_eq!(part.ctype.mimetype, essence);
        assert_eq!(part.headers.get_first_value("Content-Transfer-Encoding").unwrap(), encoding);
    }
}

#[test]
fn a_boundary_in_the_text_is_none() {
    let mut boundaries = HashSet::new();
    for _ in 0..20 {
        let mail = written(Compose { text: bytes("--=_x\n"), attachments: vec![file(b"", "a")], ..Compose::default() });
        let parsed = parse_mail(&mail).unwrap();
        assert_eq!(leaves(&parsed).len(), 2);
        assert_eq!(parsed.subparts.get(1).unwrap().get_body_raw().unwrap(), b"");
        assert!(boundaries.insert(parsed.ctype.params.get("boundary").unwrap().clone()), "boundaries repeat");
    }
}

#[test]
fn fields_of_the_caller_replace_those_made_here() {
    let compose = Compose {
        from: Some(mailbox("", "a@example.com")),
        subject: Some("made here".into()),
        headers: [
            ("subject", "=?utf-8?q?=C3=BC?= given"),
            ("From", "Jörg <joerg@example.com>"),
            ("Message-ID", "given@example.com"),
            ("To", "undisclosed-recipients:;"),
            ("Date", "Fri, 11 Jul 2003 21:00:37 -0700"),
            ("X-Name", "Grüße"),
            ("X-Long", &"x".repeat(3_000)),
            ("List-Unsubscribe", "<https://example.com/?u=1>"),
            ("MIME-Version", "1.0"),
            ("Received", "from x"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..Compose::default()
    };
    let mail = written(compose);
    check_lines(&mail);
    let text = String::from_utf8(mail.clone()).unwrap();
    assert!(text.starts_with("Received: from x\r\n"), "{text}");
    assert!(text.contains("\r\nsubject: =?utf-8?q?=C3=BC?= given\r\n"), "{text}");
    assert!(text.contains("\r\nFrom: =?utf-8?b?SsO2cmc=?= <joerg@example.com>\r\n"), "{text}");
    assert!(text.contains("\r\nMessage-ID: <given@example.com>\r\n"), "{text}");
    let parsed = parse_mail(&mail).unwrap();
    for name in ["Subject", "From", "Message-ID", "To", "Date", "MIME-Version", "X-Name"] {
        assert_eq!(parsed.headers.get_all_headers(name).len(), 1, "{name}");
    }
    assert_eq!(parsed.headers.get_first_value("X-Name").unwrap(), "Grüße");
    assert_eq!(parsed.headers.get_first_value("X-Long").unwrap(), "x".repeat(3_000));
}

#[test]
fn content_type_of_the_only_text_as_scripts_give_it() {
    let html = |value: &str| Compose { text: bytes("<p>"), ..with_header("Content-Type", value) };
    for value in ["text/html", "text/html; charset=UTF-8", "Text/HTML;charset=\"utf-8\""] {
        assert_eq!(parse_mail(&written(html(value))).unwrap().ctype.mimetype, "text/html");
    }
    for value in ["text/html; charset=koi8-r", "multipart/mixed; boundary=x", "text/", "html", "text/x; format=flowed"]
    {
        assert!(refusal(html(value)).contains("--html"), "{value}");
    }
    assert!(refusal(Compose { html: bytes("x"), ..html("text/html") }).contains("Content-Type"));
    assert!(refusal(with_header("Content-Transfer-Encoding", "8bit")).contains("content-transfer-encoding"));
}

#[test]
fn what_cannot_stand_in_a_header_is_refused_by_the_name_of_its_option() {
    let subject = |subject: &str| Compose { subject: Some(subject.into()), ..Compose::default() };
    for bad in ["a\r\nBcc: b@example.com", "a\nb", "a\rb", "a\0b", "a\u{1b}[31m", "\u{85}"] {
        assert!(refusal(subject(bad)).starts_with("--subject: '"));
        let to = Mailbox { name: Some(bad.into()), ..mailbox("", "a@example.com") };
        assert!(refusal(Compose { to: vec![to], ..Compose::default() }).starts_with("--to: '"));
        assert!(refusal(with_header("X-A", bad)).starts_with("--header X-A: '"));
        assert!(refusal(with_header(bad, "x")).starts_with("--header: '"));
        assert!(parse_header(&format!("X: {bad}")).is_err());
        let named = Attachment { name: Some(bad.into()), ..file(b"", "") };
        assert!(refusal(Compose { attachments: vec![named], ..Compose::default() }).starts_with("--attach: '"));
        let typed = Attachment { media_type: Some(format!("text/plain; a={bad}")), ..file(b"", "a") };
        assert!(refusal(Compose { attachments: vec![typed], ..Compose::default() }).starts_with("--attach: '"));
        let reply = Compose { in_reply_to: Some(format!("<{bad}@x>")), ..Compose::default() };
        assert!(refusal(reply).starts_with("--in-reply-to: '"));
        let inline = vec![Inline { attachment: file(b"", "a"), cid: bad.into() }];
        assert!(refusal(Compose { html: bytes(""), inline, ..Compose::default() }).starts_with("--inline: "));
    }
    for name in ["", "X Y", "X:", "Ü", &"x".repeat(80)] {
        assert!(refusal(with_header(name, "x")).starts_with("--header: '"), "{name}");
    }
    assert!(parse_header("no colon").is_err());
    assert_eq!(parse_header("X-A:  b c\t").unwrap(), ("X-A".into(), "b c".into()));
    for (name, value) in [
        ("From", "a@b@c"),
        ("From", ""),
        ("Message-ID", "ü"),
        ("List-Unsubscribe", "<ü>"),
        ("List-Help", &"x".repeat(2_000)),
    ] {
        assert!(refusal(with_header(name, value)).contains(name), "{name}: {value}");
    }
    let twice = vec![("Subject".into(), "a".into()), ("SUBJECT".into(), "b".into())];
    assert!(refusal(Compose { headers: twice, ..Compose::default() }).contains("twice"));
}

#[test]
fn identifiers_of_inline_parts() {
    let inline = |cids: &[&str], html: Option<Source>| {
        let inline = cids.iter().map(|cid| Inline { attachment: file(b"", "a"), cid: (*cid).into() }).collect();
        Compose { html, inline, ..Compose::default() }
    };
    assert!(refusal(inline(&["a"], None)).contains("--html"));
    assert!(refusal(inline(&["a", "a"], bytes(""))).contains("twice"));
    for bad in ["", "a b", "<a>", "ü"] {
        assert!(refusal(inline(&[bad], bytes(""))).contains("content identifier"));
    }
}

#[test]
fn files_are_attached_under_their_own_name_and_only_if_they_are_files() {
    let dir = tempfile::tempdir().unwrap();
    let attach = |path: PathBuf| Compose {
        attachments: vec![Attachment { source: Source::File(path), name: None, media_type: None }],
        ..Compose::default()
    };
    let path = dir.path().join("naïve report.csv");
    fs::write(&path, b"a;b\n\xff\r").unwrap();
    let mail = written(attach(path));
    let parsed = parse_mail(&mail).unwrap();
    let part = parsed.subparts.first().unwrap();
    assert_eq!(part.ctype.mimetype, "text/csv");
    assert_eq!(part.get_content_disposition().params.get("filename").unwrap(), "naïve report.csv");
    assert_eq!(part.get_body_raw().unwrap(), b"a;b\n\xff\r", "text files keep their octets");

    let fifo = dir.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for bad in [fifo, dir.path().into(), dir.path().join("none"), "/dev/null".into()] {
        let shown = bad.display().to_string();
        match attach(bad).write(&mut Vec::new()) {
            Err(Error::Config(why)) => assert!(why.contains(&shown), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_large_attachment_passes_through_in_pieces() {
    struct Pieces {
        total: u64,
        largest: usize,
    }
    impl Write for Pieces {
        fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
            self.total += octets.len() as u64;
            self.largest = self.largest.max(octets.len());
            Ok(octets.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    const SIZE: u64 = 57 * 200_000;
    let source = Source::Reader(Box::new(std::io::repeat(b'x').take(SIZE)));
    let attachment = Attachment { source, name: Some("big.bin".into()), media_type: None };
    let mut out = Pieces { total: 0, largest: 0 };
    Compose { attachments: vec![attachment], ..Compose::default() }.write(&mut out).unwrap();
    assert!(out.total > SIZE / 57 * 78 && out.total < SIZE / 57 * 78 + 2_000, "{}", out.total);
    assert!(out.largest < 256 * 1024, "{}", out.largest);
}

#[test]
fn a_built_message_is_what_would_be_written() {
    let compose = || Compose {
        headers: vec![("Message-ID".into(), "a@b".into())],
        date: Some(UNIX_EPOCH),
        text: bytes("Grüße\n"),
        ..Compose::default()
    };
    let message = compose().build().unwrap();
    let mut octets = Vec::new();
    message.open().unwrap().read_to_end(&mut octets).unwrap();
    assert_eq!(octets, written(compose()));
    assert_eq!(message.size(), octets.len() as u64);
}

proptest! {
    #[test]
    fn whatever_is_composed_comes_back(
        subject in "[^\\p{Cc}]{0,100}",
        name in "[^\\p{Cc}]{0,60}",
        text in "([ -~]|\\n|\\r|\\t|é|日|\\x00|=|\\.){0,300}",
        html in proptest::option::of("[^\\r\\n]{0,80}"),
        files in prop::collection::vec(("[^\\p{Cc}/\\\\]{0,60}", prop::collection::vec(any::<u8>(), 0..200)), 0..3),
    ) {
        let compose = Compose {
            from: Some(mailbox(&name, "a@example.com")),
            subject: Some(subject.clone()),
            text: bytes(&text),
            html: html.as_ref().and_then(bytes),
            attachments: files.iter().map(|(name, octets)| file(octets, &format!("{name}.bin"))).collect(),
            ..Compose::default()
        };
        let mail = written(compose);
        check_lines(&mail);
        prop_assert!(mail.is_ascii());
        let parsed = parse_mail(&mail).unwrap();
        prop_assert_eq!(parsed.headers.get_first_value("Subject").unwrap(), subject);
        let from = mailparse::addrparse_header(parsed.headers.get_first_header("From").unwrap()).unwrap();
        let from = from.extract_single_info().unwrap();
        prop_assert_eq!(from.addr, "a@example.com");
        prop_assert_eq!(from.display_name.unwrap_or_default(), name.trim());
        let parts = leaves(&parsed);
        prop_assert_eq!(parts.len(), 1 + usize::from(html.is_some()) + files.len());
        let lines = |text: &[u8]| -> Vec<Vec<u8>> {
            let trim = |line: &[u8]| line.strip_suffix(b"\r").map_or_else(|| line.to_vec(), trim_crs);
            let end: &[u8] = if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" };
            let text = [text, end].concat();
            let mut lines: Vec<_> = text.split(|octet| *octet == b'\n').map(trim).collect();
            lines.pop_if(|line| line.is_empty());
            lines
        };
        prop_assert_eq!(lines(&parts.first().unwrap().get_body_raw().unwrap()), lines(text.as_bytes()));
        if let Some(html) = &html {
            prop_assert_eq!(lines(&parts.get(1).unwrap().get_body_raw().unwrap()), lines(html.as_bytes()));
        }
        for (part, (name, octets)) in parts.iter().rev().zip(files.iter().rev()) {
            prop_assert_eq!(&part.get_body_raw().unwrap(), octets);
            let found = part.get_content_disposition().params.get("filename").unwrap().clone();
            if !name.chars().any(|c| crate::text::is_unsafe(c) || c == char::REPLACEMENT_CHARACTER) {
                prop_assert_eq!(found, format!("{name}.bin").trim().to_owned());
            }
        }
    }

    #[test]
    fn no_argument_adds_a_field_or_ends_the_header(
        evil in prop::sample::select(vec!["\r\nX-Evil: 1", "\n\nbody", "\r", "\0", "x\r\n\r\n", "\u{2028}X-Evil: 1", "a\tb"]),
        rest in any::<String>(), field in 0usize..8,
    ) {
        let evil = format!("{rest}{evil}");
        let mut compose = Compose { html: bytes(""), ..Compose::default() };
        match field {
            0 => compose.subject = Some(evil),
            1 => compose.to = vec![Mailbox { name: Some(evil), ..mailbox("", "a@example.com") }],
            2 => compose.headers = vec![("X-Value".into(), evil)],
            3 => compose.headers = vec![(evil, "x".into())],
            4 => compose.references = Some(evil),
            5 => compose.attachments = vec![file(b"", &evil)],
            6 => compose.inline = vec![Inline { attachment: file(b"", "a"), cid: evil }],
            _ => compose.message_id_domain = Some(evil),
        }
        let mut mail = Vec::new();
        match compose.write(&mut mail) {
            Err(error) => {
                prop_assert!(matches!(error, Error::InvalidInput(_)), "{}", error);
                prop_assert!(!error.to_string().contains(char::is_control), "{}", error);
            }
            Ok(()) => {
                check_lines(&mail);
                let parsed = parse_mail(&mail).unwrap();
                prop_assert!(parsed.headers.get_first_header("X-Evil").is_none());
                prop_assert!(parsed.headers.get_first_header("Content-Type").is_some());
                prop_assert!(parsed.headers.len() <= 8);
            }
        }
    }
}

fn trim_crs(line: &[u8]) -> Vec<u8> {
    let end = line.iter().rposition(|octet| *octet != b'\r').map_or(0, |at| at + 1);
    line.get(..end).unwrap_or_default().to_vec()
}
