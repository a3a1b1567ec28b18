use std::io::Read as _;

use super::*;

fn items(text: &str) -> Vec<Item> {
    let mut batch = Ndjson::new(Stream::of(text.as_bytes()), Digests::Wanted);
    let mut items = Vec::new();
    while let Some(item) = batch.next().unwrap() {
        items.push(item);
    }
    items
}

fn complaint(line: &str) -> String {
    let mut found = items(line);
    assert_eq!(found.len(), 1, "{line}");
    match found.remove(0).found {
        Ok(_) => panic!("{line} was taken"),
        Err(error) => error.to_string(),
    }
}

fn body(item: Item) -> String {
    let mut text = String::new();
    item.found.unwrap().message.open().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_line_is_a_message() {
    let mut found = items(
        "\u{feff}{\"id\":\"a-1\",\"from\":\"Ann <ann@example.org>\",\"to\":[\"b@example.org\",\"C <c@example.org>\"],\
         \"bcc\":\"d@example.org\",\"subject\":\"Grüße\",\"text\":\"Hi\\n.\\n\",\"headers\":{\"X-A\":[\"1\",\"2\"]}}\n\n\
         {\"raw\":\"Subject: x\\n\\ny\\n\",\"to\":\"e@example.org\",\"envelope_from\":\"<>\",\"notify\":\"never\",\"priority\":3}",
    );
    assert_eq!(found.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["a-1", "line 3"]);
    assert_eq!((found[0].naming, found[1].naming), (Naming::Own, Naming::Place));
    let second = found.pop().unwrap();
    let wishes = second.found.as_ref().unwrap().wishes.as_ref().unwrap();
    assert_eq!((wishes.envelope_from.as_ref(), wishes.notify), (Some(&Sender::Null), Some(Notify::NEVER)));
    assert_eq!((wishes.priority, wishes.recipients.as_slice()), (Some(3), &["e@example.org".to_owned()][..]));
    assert_eq!(body(second), "Subject: x\r\n\r\ny\r\n");
    let first = found.pop().unwrap();
    assert_eq!(first.found.as_ref().unwrap().wishes.as_ref().unwrap().recipients.len(), 3);
    let text = body(first);
    for part in ["From: Ann <ann@example.org>\r\n", "Subject: =?utf-8?", "X-A: 1\r\nX-A: 2\r\n", "\r\n\r\nHi\r\n.\r\n"]
    {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    // A Message-ID may end in any letter.
    assert!(!text.lines().any(|line| !line.starts_with("Message-ID:") && line.contains("d@example.org")), "{text}");
}

#[test]
fn what_is_wrong_is_told_with_the_key() {
    for (line, text) in [
        ("[]", "no JSON object"),
        ("{\"subject\":\"x\"", "not JSON"),
        ("{}", "no message"),
        ("{\"subjct\":\"x\"}", "no key \"subjct\"; did you mean \"subject\"?"),
        ("{\"raw\":\"x\",\"text\":\"y\"}", "\"raw\" and \"text\" exclude each other"),
        ("{\"raw\":\"x\",\"file\":\"y\"}", "exclude each other"),
        ("{\"raw_base64\":\"!\"}", "\"raw_base64\" is not base64"),
        ("{\"file\":\"/nonexistent/x\"}", "cannot read /nonexistent/x"),
        ("{\"file\":\"/\"}", "not a regular file"),
        ("{\"text\":1}", "\"text\" must be a text"),
        ("{\"text\":\"x\",\"to\":{}}", "\"to\" must be a text or a list"),
        ("{\"text\":\"x\",\"to\":\"a@b@c\"}", "\"to\": "),
        ("{\"text\":\"x\",\"from\":\"a b\\nc\"}", "\"from\": "),
        ("{\"text\":\"x\",\"envelope_from\":\"a@b\\r\\nRCPT\"}", "\"envelope_from\": "),
        ("{\"text\":\"x\",\"subject\":\"a\\r\\nBcc: x\"}", "control character"),
        ("{\"text\":\"x\",\"headers\":{\"X\":\"a\\nBcc: x\"}}", "control character"),
        ("{\"text\":\"x\",\"headers\":{\"X\\nBcc\":\"a\"}}", "--header"),
        ("{\"text\":\"x\",\"priority\":10}", "\"priority\": "),
        ("{\"text\":\"x\",\"notify\":\"now\"}", "\"notify\": "),
        ("{\"text\":\"x\",\"id\":\"a\\u001bb\"}", "control characters"),
        ("{\"text\":\"x\",\"attachments\":[{\"content\":\"x\"}]}", "needs a \"name\""),
        ("{\"text\":\"x\",\"attachments\":[{\"nam\":\"x\"}]}", "did you mean \"name\"?"),
        ("{\"text\":\"x\",\"attachments\":[{\"name\":\"x\"}]}", "one of \"path\""),
    ] {
        let said = complaint(line);
        assert!(said.contains(text), "{line}: {said}");
    }
    let twice = items("{\"id\":1,\"text\":\"x\"}\n{\"id\":\"1\",\"text\":\"y\"}\n");
    assert!(twice[0].found.is_ok() && twice[1].found.is_err() && twice[1].id == "line 2");
}

#[test]
fn files_count_for_what_a_message_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    let digest = |content: &str| {
        std::fs::write(&path, content).unwrap();
        let line = format!("{{\"text\":\"x\",\"attachments\":[{{\"path\":{:?}}}]}}", path.to_str().unwrap());
        items(&line).remove(0).found.unwrap().digest.unwrap()
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("two"));
}
