//! The programs against servers that people run.

pub(crate) mod cyrus;
pub(crate) mod dovecot;
pub(crate) mod mails;
pub(crate) mod postfix;
pub(crate) mod talk;

mod auth;
mod bulk;
mod callers;
mod commands;
mod courier;
mod everywhere;
mod fetch;
mod fixtures;
mod imap_access;
mod imap_change;
mod imap_folders;
mod imap_list;
mod imap_probe;
mod imap_show;
mod imap_upload;
mod in_flight;
mod letters;
mod limits;
mod lmtp;
mod looking;
mod queue;
mod raw_imap;

mod send;
mod visits;
mod watch;

use std::collections::BTreeMap;

use crate::support::command::{Call, Finished, Home};
use crate::support::pki::pki;

/// `popfetch COMMAND` with the CA and the password, mail to the home's Maildir.
pub(crate) fn popfetch(home: &Home, arguments: &[&str]) -> Call {
    let ca = pki().ca_file();
    let password = home.password_file();
    let mut all: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    all.extend(["--ca-file".into(), ca.display().to_string()]);
    all.extend(["--password-file".into(), password.display().to_string()]);
    home.popfetch(all)
}

/// `popfetch fetch URL --to Maildir ARGUMENTS`, run to its end.
fn fetch(home: &Home, url: &str, arguments: &[&str]) -> Finished {
    let target = format!("maildir:{}", home.maildir().display());
    let mut all = vec!["fetch", url, "--to", &target];
    all.extend(arguments);
    popfetch(home, &all).run()
}

/// Panics unless both hold the same messages, each as often.
#[track_caller]
pub(crate) fn assert_same_mail(mut got: Vec<Vec<u8>>, wanted: &[Vec<u8>]) {
    let mut wanted = wanted.to_vec();
    got.sort();
    wanted.sort();
    if got == wanted {
        return;
    }
    let mut balance: BTreeMap<&[u8], i32> = BTreeMap::new();
    got.iter().for_each(|mail| *balance.entry(mail).or_default() += 1);
    wanted.iter().for_each(|mail| *balance.entry(mail).or_default() -= 1);
    let shown: Vec<_> = balance
        .iter()
        .filter(|(_, count)| **count != 0)
        .map(|(mail, count)| format!("{count:+} {}", mail[..mail.len().min(120)].escape_ascii()))
        .collect();
    panic!("{} mails instead of {}; +: too many, -: missing\n{}", got.len(), wanted.len(), shown.join("\n"));
}

/// The password must be nowhere in what the run has said.
#[track_caller]
fn assert_no_secret(texts: &[&[u8]], secrets: &[&str]) {
    for secret in secrets {
        for text in texts {
            assert!(memchr::memmem::find(text, secret.as_bytes()).is_none(), "{secret} is shown");
        }
    }
}

/// The messages of an mboxrd file.
pub(crate) fn read_mbox(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = Vec::new();
    for line in mbox.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b"From ") {
            mails.push(Vec::new());
            continue;
        }
        let mail = mails.last_mut().expect("an mbox starts with a From_ line");
        let quotes = line.iter().take_while(|&&octet| octet == b'>').count();
        let quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
        mail.extend(if quoted { &line[1..] } else { line });
    }
    // The empty line that separates one from the next is none of the message.
    for mail in &mut mails {
        assert_eq!(mail.pop(), Some(b'\n'), "an empty line ends each message of an mbox");
    }
    mails
}

#[test]
fn dovecot_itself_starts_and_counts() {
    use dovecot::{Dovecot, Role, Store};
    for (store, role) in [
        (Store::Maildir, Role::Ours),
        (Store::Mdbox, Role::Ours),
        (Store::Maildir, Role::Unprivileged),
        (Store::Mdbox, Role::Unprivileged),
    ] {
        let Some(dovecot) = Dovecot::start_as(store, role) else { return };
        dovecot.fill("user", &mails::ordinary(7, 1));
        assert_eq!(dovecot.count("user"), 7, "{store:?} {role:?}\n{}", dovecot.log());
    }
}
