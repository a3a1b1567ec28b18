//! Each call to the system that changes a file fails once, by `strace -e inject`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};

use crate::servers::dovecot::{Dovecot, Store};
use crate::servers::mails::ordinary;
use crate::servers::{assert_same_mail, popfetch};
use crate::support::command::{Home, Program};
use crate::support::pki::pki;

const CALLS: [(&str, &[&str]); 10] = [
    ("openat", &["EIO", "ENOSPC", "EMFILE"]),
    ("write", &["EIO", "ENOSPC", "EDQUOT"]),
    ("pwrite64", &["EIO", "ENOSPC"]),
    ("fsync", &["EIO"]),
    ("fdatasync", &["EIO"]),
    ("syncfs", &["EIO"]),
    ("rename,renameat,renameat2", &["EIO", "ENOSPC"]),
    ("link,linkat", &["EIO", "EPERM"]),
    ("mkdir,mkdirat", &["EIO", "ENOSPC"]),
    ("unlink,unlinkat", &["EIO"]),
];

/// The n-th of a kind of calls is tried for n = 1, 2, … until a run has none left, at most this often.
const MOST: usize = 60;

#[test]
fn a_call_that_fails_costs_nothing() {
    // Where a process may not be traced there is nothing to inject with.
    let traced = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stdout(Stdio::null()).status();
    if !traced.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: there is no strace that works, no fault was injected");
        return;
    }
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = ordinary(4, 500);
    let mut runs = 0;
    let mut failures = Vec::new();
    for (calls, errors) in CALLS {
        for error in errors {
            for n in 1..=MOST {
                let user = format!("{}-{error}-{n}", calls.split(',').next().unwrap()).to_lowercase();
                dovecot.fill(&user, &mails);
                runs += 1;
                let outcome = catch_unwind(AssertUnwindSafe(|| inject(&dovecot, &user, calls, error, n, &mails)));
                match outcome {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(_) => failures.push(format!("{calls} number {n}: {error}")),
                }
            }
        }
    }
    eprintln!("{runs} runs with one fault each");
    assert!(failures.is_empty(), "{} of them cost something: {failures:#?}", failures.len());
}

/// Whether the fault was met at all.
fn inject(dovecot: &Dovecot, user: &str, calls: &str, error: &str, n: usize, mails: &[Vec<u8>]) -> bool {
    let home = Home::new();
    let trace = home.join("trace");
    let url = dovecot.url(user);
    let target = format!("maildir:{}", home.maildir().display());
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", trace.to_str().unwrap(), "-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:error={error}:when={n}")])
        .arg(Program::Popfetch.path())
        .args(["fetch", &url, "--delete", "--to", &target])
        .args(["--ca-file", pki().ca_file().to_str().unwrap()])
        .args(["--password-file", home.password_file().to_str().unwrap()])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .env("XDG_STATE_HOME", home.join("state"))
        .output()
        .unwrap();
    let met = fs::read_to_string(&trace).unwrap_or_default().contains("(INJECTED)");
    let context = format!(
        "{calls} number {n} failed with {error}: exit {:?}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stderr)
    );
    // A dynamic loader that cannot start the program is not ours.
    let code = output.status.code();
    assert!(code.is_some_and(|code| code != 70 && code != 101), "{context}");
    for mail in home.mails() {
        assert!(mails.contains(&mail), "a partial mail, {context}");
    }
    assert!(home.mails().len() >= mails.len() - dovecot.count(user), "lost, {context}");

    let again = popfetch(&home, &["fetch", &url, "--delete", "--to", &target]).run();
    assert_eq!(again.code(), 0, "the run after: {}\n{context}", again.both());
    assert_eq!(dovecot.count(user), 0, "{context}");
    assert_same_mail(home.mails(), mails);
    met
}
