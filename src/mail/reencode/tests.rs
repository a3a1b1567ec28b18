use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::mail::{Kind, Reading};

const SEVEN_BIT: Repair = Repair { eight_bit: EightBit::Encode, header: HeaderText::Ascii, lines: LineRepair::Repair };
const EIGHT_BIT: Repair = Repair { eight_bit: EightBit::Allowed, header: HeaderText::Utf8, lines: LineRepair::Repair };

fn read(text: &[u8]) -> Message {
    Message::read(&mut &text[..], &Reading::default()).unwrap()
}

fn bytes(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.open().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn repaired(text: &str, repair: &Repair) -> String {
    String::from_utf8(bytes(&read(text.as_bytes()).repaired(repair).unwrap())).unwrap().replace("\r\n", "\n")
}

fn refusal(text: &[u8], repair: &Repair) -> String {
    match read(text).repaired(repair) {
        Err(Error::InvalidInput(why)) => why,
        other => panic!("{:?}: {other:?}", String::from_utf8_lossy(text)),
    }
}

/// Every leaf's decoded content, in order, as another reader sees it.
fn leaves(message: &[u8]) -> Vec<Vec<u8>> {
    fn walk(mail: &mailparse::ParsedMail<'_>, found: &mut Vec<Vec<u8>>) {
        if mail.ctype.mimetype == "message/rfc822" {
            let raw = mail.get_body_raw().unwrap();
            return walk(&mailparse::parse_mail(&raw).unwrap(), found);
        }
        match mail.subparts.is_empty() {
            true => found.push(mail.get_body_raw().unwrap()),
            false => mail.subparts.iter().for_each(|part| walk(part, found)),
        }
    }
    let mut found = Vec::new();
    walk(&mailparse::parse_mail(message).unwrap(), &mut found);
    found
}

#[test]
fn what_fits_is_left_as_it_is() {
    let text = "A: b\nContent-Transfer-Encoding: 8bit\n\nplain \n";
    assert_eq!(repaired(text, &SEVEN_BIT), text);
    let text = "A: ä\nContent-Transfer-Encoding: 8bit\n\nä\n";
    assert_eq!(repaired(text, &EIGHT_BIT), text);
    let signed = "DKIM-Signature: x\nA: ä\n\nä\n";
    assert_eq!(repaired(signed, &EIGHT_BIT), signed);
}

#[test]
fn text_is_encoded_by_the_shorter_encoding() {
    assert_eq!(
        repaired("A: b\n\nGrüße = und noch viel mehr \n.\n", &SEVEN_BIT),
        "A: b\nContent-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\
         Gr=C3=BC=C3=9Fe =3D und noch viel mehr=20\n.\n"
    );
    assert_eq!(
        repaired(
            "MIME-Version: 1.0\nContent-type: text/plain; charset=x\ncontent-transfer-encoding : 8BIT\n\n日本語\n",
            &SEVEN_BIT
        ),
        "MIME-Version: 1.0\nContent-type: text/plain; charset=x\nContent-Transfer-Encoding: base64\n\n5pel5pys6KqeDQo=\n"
    );
    let latin = read(b"A: b\n\ngr\xfcn und gut\n").repaired(&SEVEN_BIT).unwrap();
    assert_eq!(latin.header.get("Content-Type").unwrap().unfolded(), b"text/plain; charset=unknown-8bit");
    let data = repaired("Content-Type: application/json\n\n{\"name\": \"Müller\"}\n", &SEVEN_BIT);
    assert!(data.contains("Content-Transfer-Encoding: base64\n"), "{data}");
}

#[test]
fn leaves_are_encoded_and_containers_are_not() {
    let text = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\nContent-Transfer-Encoding: 8bit\n\nprä\n--o\n\
                Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße und mehr\n--o\n\nplain\n--o\n\
                Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: für\n\nbody für dich\n--o\n\
                Content-Disposition: attachment; filename=\"ü\"\n\nx\n--o--\n";
    let expected = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\nContent-Transfer-Encoding: 7bit\n\npr??\n--o\n\
                Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
                Gr=C3=BC=C3=9Fe und mehr\n--o\n\nplain\n--o\n\
                Content-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\nSubject: =?utf-8?q?f=C3=BCr?=\n\
                Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\
                body f=C3=BCr dich\n--o\nContent-Disposition: attachment; filename*=utf-8''%C3%BC\n\nx\n--o--\n";
    assert_eq!(repaired(text, &SEVEN_BIT), expected);
}

#[test]
fn lines_that_no_transport_takes_are_encoded() {
    let long = "x".repeat(2000);
    let text = format!("A: b\n\n{long} ä\nb\0c\rd\n");
    for repair in [&SEVEN_BIT, &EIGHT_BIT] {
        let message = read(text.as_bytes()).repaired(repair).unwrap();
        assert_eq!(message.kind(), Kind::SevenBit);
        assert_eq!(leaves(&bytes(&message)), [format!("{long} ä\r\nb\0c\rd\r\n").into_bytes()]);
    }
    let clean =
        format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nä\n--o\n\n{long}\n--o--\n");
    let message = read(clean.as_bytes()).repaired(&EIGHT_BIT).unwrap();
    assert_eq!(message.kind(), Kind::EightBit);
    assert_eq!(leaves(&bytes(&message)), ["ä".as_bytes(), long.as_bytes()]);
}

#[test]
fn encoded_parts_get_lines_of_the_right_length() {
    let base64 = format!("Content-Transfer-Encoding: BASE64 (all of it)\n\n{}\n", "QUJD".repeat(600));
    let message = read(base64.as_bytes()).repaired(&EIGHT_BIT).unwrap();
    assert_eq!(message.facts(), Facts::default());
    let raw = bytes(&message);
    assert_eq!(raw.split(|octet| *octet == b'\n').map(<[u8]>::len).max(), Some(77));
    let quoted = format!("Content-Transfer-Encoding: quoted-printable\n\n{} =\nä=3D\n", "=41".repeat(600));
    let message = read(quoted.as_bytes()).repaired(&SEVEN_BIT).unwrap();
    assert_eq!(message.facts(), Facts::default());
    assert_eq!(leaves(&bytes(&message)), [format!("{} ä=\r\n", "A".repeat(600)).into_bytes()]);
}

#[test]
fn headers_are_folded_and_encoded() {
    let words = "word ".repeat(300);
    let folded = read(format!("Subject: {words}\n\nx\n").as_bytes()).repaired(&EIGHT_BIT).unwrap();
    assert_eq!(folded.facts(), Facts::default());
    assert_eq!(folded.header.get("Subject").unwrap().unfolded(), words.trim_end().as_bytes());

    let list = (0..300).map(|n| format!("a{n}@b.example")).collect::<Vec<_>>();
    let spread = read(format!("To:{}\n\nx\n", list.join(",")).as_bytes()).repaired(&EIGHT_BIT).unwrap();
    assert_eq!(spread.facts(), Facts::default());
    let found = crate::mail::recipients(&spread.header).unwrap();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), list);

    assert_eq!(repaired("Subject: für\n\nx\n", &SEVEN_BIT), "Subject: =?utf-8?q?f=C3=BCr?=\n\nx\n");
    let latin = read(b"Subject: f\xfcr\nFrom: \xc3\xa4 <a@b>\n\nx\n").repaired(&EIGHT_BIT).unwrap();
    assert_eq!(latin.header.to_bytes(), b"Subject: =?unknown-8bit?q?f=FCr?=\r\nFrom: \xc3\xa4 <a@b>\r\n");

    let solid = "x".repeat(999);
    let why = refusal(format!("A: b\n c\nX-Y: {solid}\n\nx\n").as_bytes(), &EIGHT_BIT);
    assert!(why.starts_with("the X-Y field, at line 3 of the message"), "{why}");
    for text in [&b"A: b\nSubject: a\rBcc: b\n\nx\n"[..], b"A: b\nSubject: a\0\n\nx\n"] {
        assert!(refusal(text, &EIGHT_BIT).starts_with("the Subject field, at line 2 of the message, has a NUL"));
    }
}

#[test]
fn what_is_signed_is_not_changed() {
    let long = "x".repeat(999);
    for field in [
        "DKIM-Signature: v=1",
        "ARC-Message-Signature: i=1",
        "Content-Type: multipart/signed; boundary=b",
        "Content-Type: application/pkcs7-mime",
    ] {
        let name = field.split([':', ';']).find(|word| !word.starts_with("Content-Type")).unwrap().trim();
        for (body, what) in [
            ("ä", "line 3 of the message is not ASCII"),
            ("a\rb", "line 3 of the message has a CR"),
            (&long, "line 3 of the message is longer"),
        ] {
            let why = refusal(format!("{field}\n\n{body}\n").as_bytes(), &SEVEN_BIT);
            assert!(why.starts_with(what) && why.contains(&format!("({name})")), "{why}");
        }
    }
    assert!(refusal("DKIM-Signature: v=1\nSubject: ä\n\nx\n".as_bytes(), &SEVEN_BIT).contains("signed"));
    let outer = "Subject: für\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n";
    assert!(repaired(outer, &SEVEN_BIT).starts_with("Subject: =?utf-8?q?f=C3=BCr?=\n"));

    let inside = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/signed; boundary=i\n\n--i\n\n\
                  ä\n--i--\n--o--\n";
    let why = refusal(inside.as_bytes(), &SEVEN_BIT);
    assert!(why.starts_with("line 8 of the message cannot be re-encoded") && why.contains("multipart/signed"), "{why}");
    let beside = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/signed; boundary=i\n\n--i\n\
                  Content-Transfer-Encoding: 8bit\n\nx\n--i--\n--o\n\nä\n--o--\n";
    assert!(repaired(beside, &SEVEN_BIT).contains("--i\nContent-Transfer-Encoding: 8bit\n\nx\n--i--\n--o\n"));
}

#[test]
fn what_may_not_be_repaired_is_refused() {
    let strict = Repair { lines: LineRepair::Refuse, ..EIGHT_BIT };
    assert_eq!(refusal(b"A: b\n\nc\nd\0\n", &strict), "line 4 of the message has a NUL in it");
    assert_eq!(refusal(b"A: b\n\n\rx\n", &strict), "line 3 of the message has a CR in it that ends no line");
    let strict = Repair { eight_bit: EightBit::Refuse, ..EIGHT_BIT };
    assert!(refusal("A: b\n\nx\nä\n".as_bytes(), &strict).starts_with("line 4 of the message is not ASCII"));
    let strict = Repair { header: HeaderText::Refuse, ..EIGHT_BIT };
    assert!(refusal("A: ä\n\nx\n".as_bytes(), &strict).contains("SMTPUTF8"));
    assert!(refusal("To: ä@b\n\nx\n".as_bytes(), &SEVEN_BIT).contains("ä@b"));
}

#[test]
fn what_is_not_understood_is_not_touched() {
    for (text, what) in [
        ("Content-Type: multipart/mixed; boundary=b\n\nä\n", "multipart without any part"),
        ("Content-Type: multipart/mixed\n\n--b\n\nä\n", "type multipart/mixed must not be encoded"),
        (
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: binary2\n\nä\n",
            "encoding \"binary2\"",
        ),
        ("Content-Type: message/partial\n\nä\n", "type message/partial must not be encoded"),
    ] {
        let why = refusal(text.as_bytes(), &SEVEN_BIT);
        assert!(why.contains(what), "{why}");
    }
}

#[test]
fn large_parts_stream() {
    let part = "Grüße und so weiter, Zeile um Zeile\n".repeat(20_000);
    let text =
        format!("Content-Type: multipart/mixed; boundary=o\n\n--o\n\n{part}--o\nContent-Type: x/y\n\n{part}--o--\n");
    let out = bytes(&read(text.as_bytes()).repaired(&SEVEN_BIT).unwrap());
    let expected = part.trim_end().replace('\n', "\r\n").into_bytes();
    assert_eq!(leaves(&out), [expected.clone(), expected]);
}

/// Text as it may stand in a part: no line is a delimiter.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b" ".to_vec()),
        Just(b"=".to_vec()),
        Just(b"\0".to_vec()),
        Just("ä".as_bytes().to_vec()),
        Just(vec![b'y'; 700]),
        "[a-z.]{0,9}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>().prop_filter("LF", |octet| *octet != b'\n'), 0..9),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| [b"x", &pieces.concat()[..], b"x"].concat())
}

proptest! {
    #[test]
    fn what_is_repaired_decodes_to_the_same(
        parts in prop::collection::vec((content(), "text/plain|text/html; charset=utf-8|image/png", any::<bool>()), 1..5),
        nested in any::<bool>(),
        repair in prop::sample::select(vec![SEVEN_BIT, EIGHT_BIT]),
    ) {
        let mut text = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"-b-\"\r\n\r\n".to_vec();
        for (content, media, labelled) in &parts {
            text.extend_from_slice(format!("---b-\r\nContent-Type: {media}\r\n").as_bytes());
            if *labelled {
                text.extend_from_slice(b"Content-Transfer-Encoding: binary\r\n");
            }
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(content);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"---b---\r\n");
        if nested {
            let start = b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n";
            text = [&start[..], &text, b"--o--\r\n"].concat();
        }
        let message = read(&text);
        let fixed = message.repaired(&repair).unwrap();
        let most = if repair == SEVEN_BIT { Kind::SevenBit } else { Kind::EightBit };
        prop_assert!(fixed.kind() <= most);
        // CRs before a line end were part of it when the message was read.
        let before = leaves(&bytes(&message));
        let after: Vec<_> = leaves(&bytes(&fixed)).into_iter().map(|leaf| match leaf.strip_suffix(b"\r\n") {
            Some(kept) if before.iter().all(|known| *known != leaf) => kept.to_vec(),
            _ => leaf,
        }).collect();
        prop_assert_eq!(after, before);
        // What is repaired needs no repair.
        prop_assert_eq!(bytes(&fixed.repaired(&repair).unwrap()), bytes(&fixed));
    }

    #[test]
    fn anything_is_repaired_or_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            &b"Content-Type: multipart/mixed; boundary=b\n"[..], b"Content-Type: message/rfc822\n", b"\n", b"--b\n", b"--b--\n",
            b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"\xc3\xa4", b"\xff", b"\0", b"x\ry",
            b"text\n", b"=", b"To: a\n", b"Subject: ", b"\r\n", b"Content-Type: multipart/digest; boundary=c\n", b"--c\n",
        ]), 0..40),
    ) {
        if let Ok(fixed) = read(&pieces.concat()).repaired(&SEVEN_BIT) {
            prop_assert_eq!(fixed.kind(), Kind::SevenBit);
            prop_assert!(!fixed.needs_smtputf8());
        }
    }
}
