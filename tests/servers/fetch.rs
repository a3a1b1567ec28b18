//! Fetching from Dovecot: what arrives, what stays, what a second run does.

use std::fs;
use std::time::Duration;

use super::dovecot::{Dovecot, Role, Store};
use super::{assert_no_secret, assert_same_mail, fetch, mails, popfetch, read_mbox};
use crate::support::command::{Home, PASSWORD, files};

fn all_mails() -> Vec<Vec<u8>> {
    [mails::nasty(), mails::ordinary(60, 1)].concat()
}

#[test]
fn keep_then_nothing_new_then_delete_without_fetching_again() {
    for (store, role) in
        [(Store::Maildir, Role::Ours), (Store::Mdbox, Role::Ours), (Store::Maildir, Role::Unprivileged)]
    {
        let Some(dovecot) = Dovecot::start_as(store, role) else { return };
        let mails = all_mails();
        dovecot.fill("user", &mails);
        let home = Home::new();
        let url = dovecot.url("user");

        fetch(&home, &url, &[]).exits(0);
        assert_same_mail(home.mails(), &mails);
        assert_eq!(dovecot.count("user"), mails.len());

        fetch(&home, &url, &[]).silently();
        assert_same_mail(home.mails(), &mails);

        let transcript = home.join("transcript");
        fetch(&home, &url, &["--delete", "--transcript", transcript.to_str().unwrap()]).exits(0);
        assert_same_mail(home.mails(), &mails);
        assert_eq!(dovecot.count("user"), 0);
        assert!(!fs::read_to_string(&transcript).unwrap().contains("RETR"), "fetched again what was known");

        fetch(&home, &url, &["--delete"]).silently();
        assert!(files(&home.maildir().join("tmp")).is_empty());
    }
}

#[test]
fn delete_in_one_run_by_stls_and_by_tls() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    for (user, url) in [("one", dovecot.stls_url("one")), ("two", dovecot.url("two"))] {
        let mails = mails::ordinary(300, 2);
        dovecot.fill(user, &mails);
        let home = Home::new();
        fetch(&home, &url, &["--delete"]).exits(0);
        assert_same_mail(home.mails(), &mails);
        assert_eq!(dovecot.count(user), 0);
    }
}

#[test]
fn every_backend_that_is_built_in_fetches() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(20, 3);
    for backend in ["rustls", "native-tls"] {
        for security in ["tls", "starttls"] {
            let user = format!("{backend}-{security}");
            dovecot.fill(&user, &mails);
            let home = Home::new();
            let url = if security == "tls" { dovecot.url(&user) } else { dovecot.stls_url(&user) };
            let run = fetch(&home, &url, &["--tls-backend", backend, "--delete"]);
            if backend == "native-tls" && !cfg!(feature = "native-tls") {
                assert_ne!(run.code(), 0, "a backend that is not built in was taken");
                assert!(run.stderr().contains("native-tls"), "{}", run.both());
                assert!(home.mails().is_empty());
                continue;
            }
            run.exits(0);
            assert_same_mail(home.mails(), &mails);
        }
    }
}

#[test]
fn lock_step_and_a_fixed_window_fetch_the_same() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = all_mails();
    for pipeline in ["off", "1", "7", "auto"] {
        let user = format!("pipeline-{pipeline}");
        dovecot.fill(&user, &mails);
        let home = Home::new();
        fetch(&home, &dovecot.url(&user), &["--pipeline", pipeline, "--delete"]).exits(0);
        assert_same_mail(home.mails(), &mails);
        assert_eq!(dovecot.count(&user), 0);
    }
}

#[test]
fn eml_keeps_crlf_and_mbox_can_be_read_back() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = all_mails();
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    let eml = home.join("eml");
    popfetch(&home, &["fetch", &url, "--to", &format!("eml:{}", eml.display())]).run().exits(0);
    let got = files(&eml).iter().map(|path| fs::read(path).unwrap()).collect();
    let wanted: Vec<Vec<u8>> = mails.iter().map(|mail| crlf(mail)).collect();
    assert_same_mail(got, &wanted);

    let home = Home::new();
    let mbox = home.join("mbox");
    popfetch(&home, &["fetch", &url, "--to", &format!("mbox:{}", mbox.display())]).run().exits(0);
    assert_same_mail(read_mbox(&fs::read(&mbox).unwrap()), &mails);
}

#[test]
fn a_command_gets_each_mail_and_its_verdict_counts() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(5, 4);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    fs::create_dir(home.join("out")).unwrap();
    // Takes all but the third, which it wants later.
    let script = home.write_secret(
        "take",
        "#!/bin/sh\nmail=$(mktemp \"$1/XXXXXX\") && cat >\"$mail\" || exit 74\ngrep -q '^Subject: number 3$' \"$mail\" \
         && [ ! -e ready ] && { rm \"$mail\"; exit 75; }\nexit 0\n",
    );
    let target = format!("pipe:/bin/sh {} {}", script.display(), home.join("out").display());
    let out = |home: &Home| files(&home.join("out")).iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();

    popfetch(&home, &["fetch", &url, "--to", &target, "--delete"]).run().exits(80);
    let without_third: Vec<_> = [&mails[..2], &mails[3..]].concat();
    assert_same_mail(out(&home), &without_third);
    assert_eq!(dovecot.count("user"), 1);

    fs::write(home.join("ready"), "").unwrap();
    popfetch(&home, &["fetch", &url, "--to", &target, "--delete"]).run().exits(0);
    assert_same_mail(out(&home), &mails);
    assert_eq!(dovecot.count("user"), 0);
}

#[test]
fn mail_on_stdout_is_an_mbox_and_never_deletes() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(5, 5);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    popfetch(&home, &["fetch", &url, "--to", "-", "--delete"]).run().exits(64);
    let run = popfetch(&home, &["fetch", &url, "--to", "-"]).run().exits(0);
    assert_same_mail(read_mbox(&run.stdout), &mails);
    assert_eq!(dovecot.count("user"), mails.len());
}

#[test]
fn limits_and_a_dry_run() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mut mails = mails::ordinary(10, 6);
    mails[4].extend(b"long line\n".repeat(20_000));
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");

    fetch(&home, &url, &["--dry-run", "--delete"]).exits(0);
    assert!(home.mails().is_empty());
    assert_eq!(dovecot.count("user"), 10);

    fetch(&home, &url, &["--max-messages", "3"]).exits(0);
    assert_same_mail(home.mails(), &mails[..3]);

    fetch(&home, &url, &["--max-size", "100k", "--delete"]);
    let small: Vec<_> = [&mails[..4], &mails[5..]].concat();
    assert_same_mail(home.mails(), &small);
    assert_eq!(dovecot.count("user"), 1, "what was skipped is not deleted");

    fetch(&home, &url, &["--delete"]).exits(0);
    assert_same_mail(home.mails(), &mails);
    assert_eq!(dovecot.count("user"), 0);
}

#[test]
fn newest_and_keep_newest() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(30, 7);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    fetch(&home, &url, &["--newest", "5"]).exits(0);
    assert_same_mail(home.mails(), &mails[25..]);
    // Recorded as skipped: neither fetched nor deleted.
    fetch(&home, &url, &["--delete"]).exits(0);
    assert_same_mail(home.mails(), &mails[25..]);
    assert_eq!(dovecot.count("user"), 25);

    let home = Home::new();
    fetch(&home, &url, &["--keep-newest", "10"]).exits(0);
    assert_same_mail(home.mails(), &mails[..25]);
    assert_eq!(dovecot.count("user"), 10);
}

#[test]
fn a_filter_skips_and_never_deletes() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(4, 8);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    let script = home.write_secret("filter", "#!/bin/sh\ngrep -q 'number 2$' && exit 1\nexit 0\n");
    let filter = format!("/bin/sh {}", script.display());
    fetch(&home, &url, &["--filter", &filter, "--delete"]).exits(0);
    assert_same_mail(home.mails(), &[&mails[..1], &mails[2..]].concat());
    assert_eq!(dovecot.count("user"), 1);
    fetch(&home, &url, &["--delete"]).silently();
    assert_eq!(dovecot.count("user"), 1);
}

#[test]
fn several_accounts_of_which_one_fails() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(40, 9);
    let home = Home::new();
    let mut config = format!("[defaults]\nca-file = \"{}\"\n", super::pki().ca_file().display());
    for user in ["a", "b", "c"] {
        dovecot.fill(user, &mails);
        config += &format!(
            "[accounts.{user}]\npop3 = \"{}\"\npassword-file = \"{}\"\n[accounts.{user}.popfetch]\nto = \
             \"maildir:{}\"\ndelete = true\n",
            dovecot.url(user),
            home.password_file().display(),
            home.join(user).display()
        );
    }
    let wrong = home.write_secret("wrong", "not the password");
    config += &format!(
        "[accounts.bad]\npop3 = \"{}\"\npassword-file = \"{}\"\n[accounts.bad.popfetch]\nto = \"maildir:{}\"\n",
        dovecot.url("bad"),
        wrong.display(),
        home.join("bad").display()
    );
    home.write_secret("config/mailwire/config.toml", &config);

    let run = home.popfetch(["fetch", "--jobs", "3"]).run().exits(80).says("bad");
    assert!(run.stderr().contains("authentication failed"), "{}", run.both());
    for user in ["a", "b", "c"] {
        let got = files(&home.join(user).join("new")).iter().map(|path| fs::read(path).unwrap()).collect();
        assert_same_mail(got, &mails);
        assert_eq!(dovecot.count(user), 0);
    }
    home.popfetch(["fetch", "a", "b"]).run().silently();
}

#[test]
fn the_transcript_and_the_state_hold_no_password() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(3, 10));
    for (mechanism, url) in [("PLAIN", dovecot.url("user")), ("LOGIN", dovecot.stls_url("user"))] {
        let home = Home::new();
        let transcript = home.join("transcript");
        let run =
            fetch(&home, &url, &["--auth", mechanism, "-vv", "--transcript", transcript.to_str().unwrap()]).exits(0);
        let transcript = fs::read(&transcript).unwrap();
        assert!(String::from_utf8_lossy(&transcript).contains("RETR"));
        let encoded = base64_of(PASSWORD);
        let whole = base64_of(&format!("\0user\0{PASSWORD}"));
        assert_no_secret(&[&run.stdout, &run.stderr, &transcript], &[PASSWORD, &encoded, &whole]);
    }
}

#[test]
fn two_runs_at_once_never_fetch_twice() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(200, 11);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    let target = format!("maildir:{}", home.maildir().display());
    let start = || popfetch(&home, &["fetch", &url, "--to", &target]).timeout(Duration::from_secs(60)).start();
    let runs = [start(), start()].map(|run| run.wait());
    let mut codes = runs.each_ref().map(|run| run.code());
    codes.sort();
    // The second came too late to be in the way, or was told to come later.
    assert!(codes == [0, 0] || codes == [0, 75], "{codes:?}\n{}\n{}", runs[0].both(), runs[1].both());
    assert_same_mail(home.mails(), &mails);
}

#[test]
fn by_a_unix_socket_in_plain() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = all_mails();
    dovecot.fill("user", &mails);
    let home = Home::new();
    fetch(&home, &dovecot.socket_url("user"), &["--delete"]).exits(0);
    assert_same_mail(home.mails(), &mails);
    assert_eq!(dovecot.count("user"), 0);
}

#[test]
fn through_a_command() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if !std::path::Path::new("/bin/bash").exists() {
        eprintln!("SKIPPED: there is no bash to make a tunnel of");
        return;
    }
    let mails = all_mails();
    dovecot.fill("user", &mails);
    // TLS through the tunnel: the URL's host is what the certificate is checked against.
    let connect = |port: u16| format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & exec cat >&3'");
    for (url, port) in [(dovecot.url("user"), dovecot.pop3s), (dovecot.stls_url("user"), dovecot.pop3)] {
        let home = Home::new();
        fetch(&home, &url, &["--tunnel", &connect(port)]).exits(0);
        assert_same_mail(home.mails(), &mails);
    }
    let elsewhere = format!("pop3s://user@elsewhere.example:{}", dovecot.pop3s);
    fetch(&Home::new(), &elsewhere, &["--tunnel", &connect(dovecot.pop3s)]).exits(69).says("certificate");
}

fn crlf(mail: &[u8]) -> Vec<u8> {
    mail.split_inclusive(|&octet| octet == b'\n')
        .flat_map(|line| match line.strip_suffix(b"\n") {
            Some(line) => [line, b"\r\n"].concat(),
            None => line.to_vec(),
        })
        .collect()
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
