//! The second server: Courier's, from the login on, at the other end of a tunnel.
//!
//! Courier's own login needs files in system directories, so a shell greets and checks the password, and then becomes
//! `courierpop3d`, which is what answers UIDL, LIST, RETR, DELE and QUIT. It is taken from where packages put it, or from the
//! tree in `MAILWIRE_COURIER` into which they were unpacked.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::{assert_same_mail, mails, popfetch};
use crate::support::command::{Home, PASSWORD};

const PROGRAM: &str = "usr/lib/courier/courier/courierpop3d";

/// The tree that Courier is in.
fn courier() -> Option<PathBuf> {
    let root = env::var_os("MAILWIRE_COURIER").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    if root.join(PROGRAM).exists() {
        return Some(root);
    }
    assert!(env::var_os("MAILWIRE_COURIER").is_none(), "there is no {PROGRAM} in {}", root.display());
    eprintln!("SKIPPED: there is no Courier on this machine, nothing was tested against it");
    None
}

/// A command that speaks POP3 for a Maildir.
fn tunnel(home: &Home, root: &Path, maildir: &Path) -> String {
    let libraries = ["usr/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib/courier-authlib"]
        .map(|folder| root.join(folder).display().to_string())
        .join(":");
    let script = format!(
        "say() {{ printf '%s\\r\\n' \"$@\"; }}
say '+OK ready'
while read -r verb argument; do
  argument=$(printf %s \"$argument\" | tr -d '\\r'); verb=$(printf %s \"$verb\" | tr -d '\\r')
  case $verb in
    CAPA) say '+OK' USER UIDL . ;;
    USER) say '+OK' ;;
    PASS)
      [ \"$argument\" = '{PASSWORD}' ] || {{ say '-ERR [AUTH] no'; exit; }}
      LD_LIBRARY_PATH={libraries} AUTHENTICATED=user AUTHADDR=user exec {} {} 2>/dev/null ;;
    QUIT) say '+OK'; exit ;;
    *) say '-ERR what' ;;
  esac
done
",
        root.join(PROGRAM).display(),
        maildir.display()
    );
    let script = home.write_secret("courier.sh", &script);
    format!("exec sh {}", script.display())
}

fn count(maildir: &Path) -> usize {
    fs::read_dir(maildir.join("cur")).unwrap().count()
}

#[test]
fn courier_keep_then_nothing_new_then_delete() {
    let Some(root) = courier() else { return };
    let home = Home::new();
    let maildir = home.join("server");
    let mails = [mails::nasty(), mails::ordinary(40, 50)].concat();
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    for (number, mail) in mails.iter().enumerate() {
        fs::write(maildir.join("cur").join(format!("{}.M1P1.test:2,", 1_700_000_000 + number)), mail).unwrap();
    }
    let tunnel = tunnel(&home, &root, &maildir);
    let target = format!("maildir:{}", home.maildir().display());
    let url = "pop3://user@courier.example";
    let fetch = |arguments: &[&str]| {
        let mut all = vec!["fetch", url, "--security", "plain", "--tunnel", &tunnel, "--to", &target];
        all.extend(arguments);
        popfetch(&home, &all).run()
    };

    fetch(&[]).exits(0);
    assert_same_mail(home.mails(), &mails);
    assert_eq!(count(&maildir), mails.len());
    fetch(&[]).silently();
    fetch(&["--delete"]).exits(0);
    assert_same_mail(home.mails(), &mails);
    assert_eq!(count(&maildir), 0);
    fetch(&["--delete"]).silently();
}
