//! What a real Postfix delivers of what smtpsend was given: headers completed, secrets kept, parts and signatures whole.

use std::fs;

use mailparse::{MailHeaderMap as _, ParsedMail, parse_mail};

use super::dovecot::{Dovecot, Store};
use super::postfix::{Manners, Postfix};
use super::send::{records, smtpsend};
use crate::signatures;
use crate::support::command::{Home, Program, files};
use crate::support::pki::pki;

/// The lines up to the first empty one, folded ones joined, in lower case.
fn header(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail).to_lowercase();
    text.split("\n\n").next().unwrap().replace("\n ", " ").replace("\n\t", " ")
}

fn part<'a>(mail: &'a ParsedMail<'a>, media_type: &str) -> &'a ParsedMail<'a> {
    mail.parts().find(|part| part.ctype.mimetype == media_type).unwrap_or_else(|| panic!("no {media_type}"))
}

#[test]
fn recipients_are_found_in_the_header_and_bcc_is_not_told() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let message = b"From: sender@example.org\nTo: One <one@example.org>,\n two@example.org\n\
        Cc: friends: three@example.org, \"Four, a\" <four@example.org>;\nBcc: hidden@example.org,\n\tveiled@example.org\n\
        BCC : one@example.org\nSubject: x\n\ntext\n";
    smtpsend(&home, &url, &["-t", "five@example.org"]).stdin(message).run().silently();
    let everybody = ["one", "two", "three", "four", "five", "hidden", "veiled"];
    for user in everybody {
        let mails = postfix.delivered(user, 1);
        assert_eq!(mails.len(), 1, "{user}");
        let header = header(&mails[0]);
        for secret in ["bcc", "hidden", "veiled"] {
            assert!(
                !header.replace(&format!("delivered-to: {user}@"), "").contains(secret) || user == secret,
                "{header}"
            );
        }
        assert_eq!(header.matches("\ndate:").count(), 1, "{header}");
        assert_eq!(header.matches("\nmessage-id:").count(), 1, "{header}");
        assert!(header.contains("\ncc: friends: three@example.org, \"four, a\" <four@example.org>;"), "{header}");
    }
    // Resent: those count, the others do not.
    let resent = b"Resent-From: sender@example.org\nResent-To: six@example.org\nResent-Bcc: seven@example.org\n\
        Resent-Date: Mon, 02 Nov 2026 10:00:00 +0000\nResent-Message-ID: <r@example.org>\n\
        From: x@example.org\nTo: unknown@example.org\nSubject: x\n\ntext\n";
    smtpsend(&home, &url, &["-t"]).stdin(resent).run().silently();
    for user in ["six", "seven"] {
        assert!(!header(&postfix.delivered(user, 1)[0]).contains("resent-bcc"));
    }
}

#[test]
fn bare_names_aliases_and_authors_are_written_out() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    fs::write(home.join("aliases"), "root: admin, two@example.org\nadmin: one@example.org\n").unwrap();
    let message = b"From: root\nTo: root\nSubject: x\n\ntext\n";
    let arguments = ["-t", "--aliases", "aliases", "--qualify-domain", "example.org", "-f", "root"];
    smtpsend(&home, &url, &arguments).stdin(message).run().silently();
    for user in ["one", "two"] {
        let header = header(&postfix.delivered(user, 1)[0]);
        assert!(header.starts_with("return-path: <root@example.org>"), "{header}");
        assert!(header.contains("\nfrom: root@example.org") && header.contains("\nto: root@example.org"), "{header}");
    }
    let forced = ["--force-from", "-f", "The Boss <boss@example.org>", "three@example.org"];
    smtpsend(&home, &url, &forced).stdin(b"From: Someone <someone@example.org>\nSubject: x\n\ntext\n").run().silently();
    let header = header(&postfix.delivered("three", 1)[0]);
    assert!(header.contains("\nfrom: the boss <boss@example.org>") && !header.contains("someone"), "{header}");
}

#[test]
fn eight_bits_arrive_where_they_are_taken_and_where_they_are_not() {
    let text = "Gr\u{fc}\u{df}e, \u{20ac}\n.\nand \u{1f600}\n";
    let message = format!(
        "From: sender@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n{text}"
    );
    for without in ["", "8BITMIME", "CHUNKING", "8BITMIME CHUNKING"] {
        let Some(postfix) = Postfix::start_with(Manners { without, ..Manners::default() }) else { return };
        let (home, url) = (Home::new(), postfix.url("user"));
        let run = smtpsend(&home, &url, &["user@example.org"]).stdin(message.as_bytes()).run();
        run.silently();
        let mails = postfix.delivered("user", 1);
        let mail = parse_mail(&mails[0]).unwrap();
        assert_eq!(mail.get_body().unwrap().replace('\r', ""), text, "{without}");
        let encoding = mail.headers.get_first_value("Content-Transfer-Encoding").unwrap();
        assert_eq!(encoding == "8bit", !without.contains("8BITMIME"), "{without}: {encoding}");
        if without.contains("8BITMIME") {
            let run = smtpsend(&home, &url, &["--8bit", "refuse", "user@example.org"]).stdin(message.as_bytes()).run();
            run.exits(65);
            let signed = format!("DKIM-Signature: v=1; a=rsa-sha256; b=x\n{message}");
            smtpsend(&home, &url, &["user@example.org"]).stdin(signed.as_bytes()).run().exits(65);
        }
        let run = smtpsend(&home, &url, &["--8bit", "encode", "user@example.org"]).stdin(message.as_bytes()).run();
        run.silently();
        let mails = postfix.delivered("user", 2);
        for mail in &mails {
            // What is encoded keeps the line ends of the wire.
            let body = parse_mail(mail).unwrap().get_body().unwrap().replace('\r', "");
            assert_eq!(body, text, "{without}\n{}", mail.escape_ascii());
        }
        assert!(mails.iter().any(|mail| mail.is_ascii()));
    }
}

#[test]
fn what_is_composed_is_what_a_reader_sees() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let image: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let table = "a;b\r\n1;2\r\n";
    fs::write(home.join("logo.png"), &image).unwrap();
    fs::write(home.join("table.csv"), table).unwrap();
    fs::write(home.join("mail.html"), "<p>Gr\u{fc}\u{df}e <img src=\"cid:logo\"></p>\n").unwrap();
    let subject = "R\u{e9}sum\u{e9} of a very long and winding discussion, with \u{20ac} and = and ? in it";
    let arguments = [
        "-f",
        "J\u{f6}rg Doe <sender@example.org>",
        "-s",
        subject,
        "--html",
        "mail.html",
        "--text",
        "-",
        "--attach",
        "table.csv;name=\u{dc}bersicht 2026; final.csv",
        "--inline",
        "logo.png;cid=logo",
        "-H",
        "Auto-Submitted: auto-generated",
        "--in-reply-to",
        "first@example.org",
        "--reply-to",
        "Team <team@example.org>",
        "--to",
        "Us\u{e9}r <user@example.org>",
        "--cc",
        "other@example.org",
        "--bcc",
        "hidden@example.org",
    ];
    smtpsend(&home, &url, &arguments).stdin("Hello,\n.\nFrom me\n".as_bytes()).run().silently();
    postfix.delivered("other", 1);
    postfix.delivered("hidden", 1);
    let mails = postfix.delivered("user", 1);
    let mail = parse_mail(&mails[0]).unwrap();
    let value = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    assert_eq!(value("Subject"), subject);
    assert_eq!(value("From"), "J\u{f6}rg Doe <sender@example.org>");
    assert_eq!(value("To"), "Us\u{e9}r <user@example.org>");
    assert_eq!(value("Cc"), "other@example.org");
    assert_eq!(value("Bcc"), "");
    assert_eq!(value("Reply-To"), "Team <team@example.org>");
    assert_eq!(value("In-Reply-To"), "<first@example.org>");
    assert_eq!(value("References"), "<first@example.org>");
    assert_eq!(value("Auto-Submitted"), "auto-generated");
    assert!(value("Message-ID").ends_with("@example.org>"), "{}", value("Message-ID"));
    assert!(mailparse::dateparse(&value("Date")).is_ok());
    assert!(mails[0].split(|octet| *octet == b'\n').all(|line| line.len() <= 998));
    assert_eq!(part(&mail, "text/plain").get_body().unwrap(), "Hello,\n.\nFrom me\n");
    assert!(part(&mail, "text/html").get_body().unwrap().contains("Gr\u{fc}\u{df}e <img src=\"cid:logo\">"));
    let logo = part(&mail, "image/png");
    assert_eq!(logo.get_body_raw().unwrap(), image);
    assert_eq!(logo.headers.get_first_value("Content-ID").unwrap(), "<logo>");
    let attached = part(&mail, "text/csv");
    assert_eq!(attached.get_body_raw().unwrap(), table.as_bytes());
    let disposition = attached.get_content_disposition();
    assert_eq!(disposition.params.get("filename").unwrap(), "\u{dc}bersicht 2026; final.csv");
    assert!(!String::from_utf8_lossy(&mails[0]).contains("hidden"));
}

#[test]
fn a_signature_survives_the_way() {
    for without in ["", "8BITMIME"] {
        let Some(postfix) = Postfix::start_with(Manners { without, ..Manners::default() }) else { return };
        let (home, url) = (Home::new(), postfix.url("user"));
        for (selector, key) in [("rsa", signatures::RSA), ("ed", signatures::ED25519)] {
            home.write_secret("key.pem", std::str::from_utf8(key).unwrap());
            let message = "From: a@example.com\nTo: user@example.org\nBcc: other@example.org\nSubject:  two  blanks \n\n\
                           Gr\u{fc}\u{df}e\n.\n..\n\n\n";
            let sign = ["--dkim-key", "key.pem", "--dkim-selector", selector, "--dkim-domain", "example.com", "-t"];
            smtpsend(&home, &url, &sign).stdin(message.as_bytes()).run().silently();
        }
        for user in ["user", "other"] {
            for mail in postfix.delivered(user, 2) {
                let mail = String::from_utf8(mail).unwrap().replace('\n', "\r\n");
                assert!(mail.contains("\r\nDKIM-Signature: "), "{mail}");
                let Some(verdicts) = signatures::verdicts(mail.as_bytes()) else { return };
                assert_eq!(verdicts, [true], "{without}\n{mail}");
            }
        }
    }
}

#[test]
fn a_copy_is_kept_of_what_was_accepted_and_of_nothing_else() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let target = format!("maildir:{}", home.maildir().display());
    let message = b"From: sender@example.org\nTo: user@example.org\nBcc: hidden@example.org\nSubject: kept\n\ntext\n";
    smtpsend(&home, &url, &["--save", &target, "unknown@example.org"]).stdin(message).run().exits(67);
    assert!(home.mails().is_empty());
    smtpsend(&home, &url, &["--save", &target, "-t"]).stdin(message).run().silently();
    let kept: Vec<_> = files(&home.maildir().join("new"))
        .into_iter()
        .chain(files(&home.maildir().join("cur")))
        .map(|path| fs::read(path).unwrap())
        .collect();
    assert_eq!(kept.len(), 1);
    let kept = String::from_utf8(kept[0].clone()).unwrap();
    assert!(kept.contains("Subject: kept\n") && kept.ends_with("\n\ntext\n") && !kept.contains("hidden"), "{kept}");
    // What was sent is what is kept.
    let sent = postfix.delivered("user", 1);
    let id = kept.lines().find(|line| line.starts_with("Message-ID:")).unwrap();
    assert!(String::from_utf8_lossy(&sent[0]).contains(id));
    let run =
        smtpsend(&home, &url, &["--json", "--save", &target, "user@example.org", "later@example.org"]).stdin(message);
    let run = run.run().exits(80);
    assert_eq!(records(&run, "message")[0]["accepted"], 1);
    assert_eq!(files(&home.maildir().join("new")).len() + files(&home.maildir().join("cur")).len(), 2);
}

#[test]
fn a_copy_is_put_into_the_folder_for_sent_mail_of_a_real_server() {
    let (Some(postfix), Some(dovecot)) = (Postfix::start(), Dovecot::start(Store::Maildir)) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    let (home, url) = (Home::new(), postfix.url("user"));
    let (ca, password) = (pki().ca_file().display().to_string(), home.password_file().display().to_string());
    let message = "From: sender@example.org\nTo: user@example.org\nBcc: hidden@example.org\nSubject: kept\n\nGr\u{fc}\u{df}e\n.\n";
    let save = dovecot.imaps_url("user");
    let own = ["--save-ca-file", &ca, "--save-password-file", &password];
    let send =
        |save: &str| smtpsend(&home, &url, &[&["--save", save, "-t"][..], &own].concat()).stdin(message.as_bytes());
    send(&save).run().silently();
    let kept = dovecot.messages("user", "Sent");
    let sent = postfix.delivered("user", 1);
    let text = String::from_utf8(kept[0].clone()).unwrap();
    let id = text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().trim();
    assert!(String::from_utf8_lossy(&sent[0]).contains(id) && !text.contains("hidden"), "{text}");
    assert_eq!((kept.len(), dovecot.uids("user", "Sent", &["SEEN"]).len()), (1, 1));

    // By an account that has both servers, from the queue and from a batch.
    let config = format!(
        "[accounts.work]\nsmtp = {url:?}\nimap = {save:?}\npassword-file = {password:?}\nca-file = {ca:?}\n\
         [accounts.work.smtpsend]\nsave = \"account:work\"\n"
    );
    home.write_secret("config/mailwire/config.toml", &config);
    let program = |arguments: &[&str]| home.program(Program::Smtpsend, arguments).stdin(message.as_bytes());
    program(&["-a", "work", "-t", "--queue"]).run().exits(0);
    program(&["--queue-run"]).run().silently();
    let folder = home.join("outbox");
    fs::create_dir(&folder).unwrap();
    for number in 0..10 {
        fs::write(folder.join(format!("{number}.eml")), message.replace("kept", &number.to_string())).unwrap();
    }
    program(&["-a", "work", "--batch", &folder.display().to_string(), "--jobs", "2"]).run().exits(0);
    assert_eq!(dovecot.uids("user", "Sent", &["SEEN"]).len(), 12);

    // A mailbox that is full costs nobody his mail, and a folder that is not there is told while nothing has been sent.
    let full = format!("{}/INBOX", dovecot.imaps_url(Dovecot::FULL));
    let before = postfix.delivered("user", 12).len();
    send(&format!("{save}/Nowhere")).run().exits(66).says("imapctl folder create");
    let large = format!("{message}{}", "a line that fills the mailbox\n".repeat(40_000));
    let run = smtpsend(&home, &url, &[&["--save", &full, "-t"][..], &own].concat()).stdin(large.as_bytes()).run();
    assert_eq!(run.code(), 80, "{}\n{}", run.both(), dovecot.log());
    let run = run.says("the message was sent, but no copy of it could be kept");
    assert_eq!(postfix.delivered("user", before + 1).len(), before + 1, "{}", run.both());
}

#[test]
fn a_folder_is_no_attachment() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    fs::create_dir(home.join("folder")).unwrap();
    for option in ["--attach", "--text", "--html"] {
        let arguments = [option, "folder", "-s", "x", "user@example.org"];
        smtpsend(&home, &url, &arguments).run().exits(66).says("cannot read folder: it is a folder");
    }
    smtpsend(&home, &url, &["--attach", "/dev/null", "user@example.org"]).run().exits(66).says("no regular file");
}
