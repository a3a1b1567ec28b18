//! smtpsend's queue before a real Postfix.

use super::postfix::Postfix;
use super::send::smtpsend;
use crate::support::command::{Home, Program, all_files};
use crate::support::spool::Spool;

#[test]
fn mail_waits_for_a_server_that_is_down_and_is_delivered_once_it_is_up() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let spool = Spool::of(&home);
    // Nobody listens where the URL says, until it says otherwise.
    let url = postfix.url("user");
    let [down] = super::dovecot::free_ports();
    let config = |url: &str| {
        let ca = crate::support::pki::pki().ca_file();
        let text =
            format!("[accounts.work]\nsmtp = {url:?}\nca-file = {ca:?}\npassword-file = {:?}\n", home.password_file());
        home.write_secret("config/mailwire/config.toml", &text);
    };
    config(&format!("smtp://user@localhost:{down}"));
    let mail = |to: &str| {
        let text = format!("From: sender@example.org\nTo: {to}\nSubject: queued\n\nfor {to}\n");
        home.program(Program::Sendmail, ["-i", "-f", "sender@example.org", to]).stdin(text.as_bytes())
    };
    mail("user@example.org").run().silently();
    mail("unknown@example.org").run().silently();
    mail("later@example.org").run().silently();
    assert_eq!(spool.waiting().len(), 3);
    home.program(Program::Smtpsend, ["--queue-run"]).run().silently();
    assert_eq!(spool.waiting().len(), 3);
    config(&url);
    spool.make_due();
    let run = home.program(Program::Smtpsend, ["--queue-run"]).run().exits(80).says("5.1.1").says("failed/");
    super::assert_no_secret(&[&run.stdout, &run.stderr], &[crate::support::command::PASSWORD]);
    let mails = postfix.delivered("user", 1);
    assert!(memchr::memmem::find(&mails[0], b"for user@example.org").is_some());
    assert_eq!((spool.waiting().len(), spool.failed().len()), (1, 1));
    let state = spool.state(&spool.waiting()[0]);
    assert!(state.contains("450 4.2.0"), "{state}");
    // No secret is in the queue.
    for path in all_files(&spool.0) {
        let text = std::fs::read(path).unwrap();
        assert!(memchr::memmem::find(&text, crate::support::command::PASSWORD.as_bytes()).is_none());
    }
}

#[test]
fn a_login_that_fails_gives_up_no_mail() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let spool = Spool::of(&home);
    let wrong = home.write_secret("wrong", "not the password");
    let url = postfix.url("user");
    let all = ["--queue=on-failure", "--password-file", wrong.to_str().unwrap(), "user@example.org"];
    smtpsend(&home, &url, &all).run().exits(0).says("waits in the queue");
    home.program(Program::Smtpsend, ["--queue-run"]).run().exits(77);
    assert_eq!((spool.waiting().len(), spool.failed().len()), (1, 0));
    home.write_secret("wrong", crate::support::command::PASSWORD);
    spool.make_due();
    home.program(Program::Smtpsend, ["--queue-run"]).run().silently();
    assert_eq!(postfix.delivered("user", 1).len(), 1);
    assert!(spool.waiting().is_empty());
}
