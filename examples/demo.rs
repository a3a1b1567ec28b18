//! popfetch, smtpsend and imapctl at work: `cargo run --example demo`.
//!
//! A mail server of its own listens on loopback, with TLS and some mail; the real popfetch lists and fetches it, the real
//! smtpsend sends more, the real imapctl looks into the folders and changes them, in a home directory that is gone afterwards. Every step is checked, and the demo fails if one goes wrong.

#![allow(clippy::print_stdout, reason = "it shows a terminal")]
#![allow(unreachable_pub, reason = "an example is no library")]

#[path = "demo/letters.rs"]
mod letters;
#[path = "demo/server/mod.rs"]
mod server;
#[path = "demo/terminal.rs"]
mod terminal;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use server::{House, Mailbox, Server};
use terminal::{IMAPCTL, POPFETCH, SMTPSEND, Terminal};

const PASSWORD: &str = "three blind mice";

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let program: Option<fn(Vec<OsString>) -> i32> = match words.first() {
        Some(first) if first == POPFETCH => Some(mailwire::cli::popfetch::run),
        Some(first) if first == SMTPSEND => Some(mailwire::cli::smtpsend::run),
        Some(first) if first == IMAPCTL => Some(mailwire::cli::imapctl::run),
        _ => None,
    };
    if let Some(run) = program {
        return u8::try_from(run(words)).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    match demonstrate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate() -> Result<()> {
    let home = tempfile::Builder::new().prefix("mailwire-demo-").tempdir()?;
    let home = home.path();
    let mailbox = Arc::new(Mailbox::default());
    for letter in letters::waiting() {
        mailbox.deliver(&letter);
    }
    let server = Server::start(House::new("ann", PASSWORD, Arc::clone(&mailbox))?)?;
    furnish(home, &server)?;

    let terminal = Terminal::new(home);
    terminal.narrate(&format!(
        "A POP3 server is running on this machine, with a certificate of its own and\n\
         {} messages for ann; mail is taken on the ports {} and {}, by TLS from the start\n\
         and by STARTTLS. A home directory for this demo: {}",
        mailbox.letters().len(),
        server.smtps,
        server.smtp,
        home.display()
    ));
    look(&terminal, &server).context("looking at the mailbox")?;
    fetch(&terminal, home, &mailbox).context("fetching")?;
    fetch_again(&terminal, home, &mailbox).context("fetching what is new")?;
    send(&terminal, home, &mailbox).context("sending")?;
    control(&terminal).context("looking into folders")?;
    delete(&terminal, home, &mailbox).context("fetching and deleting")?;
    terminal.narrate("That is all. The server and the home directory go away now.");
    Ok(())
}

/// The files a user has: a password, the authority to trust, a configuration.
fn furnish(home: &Path, server: &Server) -> Result<()> {
    let private = |name: &str, text: &str| -> Result<()> {
        let path = home.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(())
    };
    private("password", &format!("{PASSWORD}\n"))?;
    private("authority.pem", &server.authority)?;
    fs::create_dir_all(home.join(".config/mailwire"))?;
    private(
        ".config/mailwire/config.toml",
        &format!(
            "[accounts.work]\npop3 = \"pop3s://ann@localhost:{}\"\nimap = \"imaps://ann@localhost:{}\"\nsmtp = \"smtp://ann@localhost:{}\"\n\
             address = \"ann@example.org\"\npassword-command = \"cat ~/password\"\nca-file = \"~/authority.pem\"\n\n\
             [accounts.work.popfetch]\nto = \"maildir:~/Mail\"\n",
            server.pop3s, server.imaps, server.smtp
        ),
    )
}

fn look(terminal: &Terminal<'_>, server: &Server) -> Result<()> {
    terminal.narrate("What is there? The server is named by a URL, the password is in a file.");
    let options = "--password-file password --ca-file authority.pem";
    terminal.popfetch(&format!("list pop3s://ann@localhost:{} --headers {options}", server.pop3s))?.done()?.with(&[
        "Boat tour on Saturday",
        "Grüße aus Köln",
        "invoice",
    ])?;

    terminal.narrate("The same with TLS started inside the connection, and the whole conversation shown.");
    terminal
        .popfetch(&format!("list pop3://ann@localhost:{} -v {options}", server.pop3))?
        .done()?
        .with(&["-> STLS", "~> UIDL", "TLSv1.3"])?
        .without(PASSWORD)?;
    Ok(())
}

fn fetch(terminal: &Terminal<'_>, home: &Path, mailbox: &Mailbox) -> Result<()> {
    terminal.narrate("From now on the account is in the configuration file.");
    terminal.shell("cat .config/mailwire/config.toml")?.done()?;
    terminal.narrate("Fetching. The mail goes to a Maildir and stays on the server.");
    terminal.popfetch("fetch work")?.done()?;
    terminal
        .shell("ls Mail/new && cat \"$(grep -l 'nightly' Mail/new/*)\"")?
        .done()?
        .with(&["\n.hidden is ignored\n"])?;
    compare(home, mailbox)
}

fn fetch_again(terminal: &Terminal<'_>, home: &Path, mailbox: &Mailbox) -> Result<()> {
    terminal.narrate("Once more: nothing is new, and nothing is said. This is what cron wants.");
    terminal.popfetch("fetch work")?.done()?.silent()?;
    compare(home, mailbox)?;

    mailbox.deliver(&letters::late());
    terminal.narrate("A message has come. This time for a program: one JSON object per line.");
    let printed = terminal.popfetch("fetch work --json")?.done()?;
    let records: Vec<serde_json::Value> =
        printed.text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("the output is not JSON")?;
    let summary = records.last().context("there is no summary")?;
    ensure!(summary["type"] == "summary" && summary["exit"] == 0, "the last record is not a good summary");
    compare(home, mailbox)
}

fn send(terminal: &Terminal<'_>, home: &Path, mailbox: &Mailbox) -> Result<()> {
    let before = mailbox.letters().len();
    terminal.narrate("Now the other way: a message from a script. Nothing is said if every recipient was accepted.");
    terminal.smtpsend("-s 'backup done' ann@example.org", "All 42 files are safe.\n")?.done()?.silent()?;
    terminal.narrate(
        "The server's every word, and a file attached. After the login there is one round trip: envelope and\n\
         message go together (CHUNKING).",
    );
    fs::write(home.join("build.log"), "cc -c main.c\ncc -o main main.o\n")?;
    terminal
        .smtpsend("-s 'Grüße vom Rechner' --body 'Alles gut.' --attach build.log -v ann@example.org", "")?
        .done()?
        .with(&["-> STARTTLS", "~> MAIL FROM:<ann@example.org>", "TLSv1.3"])?
        .without(PASSWORD)?;
    terminal.narrate("Each recipient's fate, for a program.");
    let printed = terminal.smtpsend("-s report --body 'See above.' --json ann@example.org", "")?.done()?;
    ensure!(printed.text.contains("\"status\":\"accepted\""), "the recipient was not accepted");
    ensure!(mailbox.letters().len() == before + 3, "{} messages came", mailbox.letters().len() - before);
    terminal.narrate("popfetch brings home what smtpsend has sent.");
    terminal.popfetch("fetch work")?.done()?.silent()?;
    terminal.shell("cat \"$(grep -l 'backup done' Mail/new/*)\"")?.done()?.with(&["\nAll 42 files are safe.\n"])?;
    compare(home, mailbox)
}

fn control(terminal: &Terminal<'_>) -> Result<()> {
    terminal.narrate("The same server speaks IMAP. What folders are there, and how full are they?");
    terminal.imapctl("folders --counts", "")?.done()?.with(&["INBOX"])?;
    terminal.narrate("The newest messages: only this page crosses the wire.");
    terminal.imapctl("list --limit 4", "")?.done()?.with(&["backup done"])?;
    terminal.narrate("Searching, and one message as a person reads it.");
    let found = terminal.imapctl("search 'subject:\"backup done\"'", "")?.done()?;
    let uid = found.text.trim().to_owned();
    terminal.imapctl(&format!("show {uid}"), "")?.done()?.with(&["All 42 files are safe."])?;
    terminal.narrate("A folder of its own for it; a dry run first.");
    terminal.imapctl("folder create Reports", "")?.done()?;
    terminal.imapctl(&format!("copy {uid} --to Reports --dry-run"), "")?.done()?;
    terminal.imapctl(&format!("copy {uid} --to Reports"), "")?.done()?;
    terminal.narrate("Many commands over one connection, with JSON for a program.");
    terminal
        .imapctl("batch - --json", "flag 1 -f Reports --add seen,flagged\nlist -f Reports\n")?
        .done()?
        .with(&["\"type\":\"flags\"", "\"line\":2"])?;
    Ok(())
}

fn delete(terminal: &Terminal<'_>, home: &Path, mailbox: &Mailbox) -> Result<()> {
    terminal.narrate("Now the server's copies go: all of them have been delivered.");
    let delivered = files(home)?;
    terminal.popfetch("fetch work --delete")?.done()?.silent()?;
    ensure!(mailbox.letters().is_empty(), "mail is left on the server");
    ensure!(files(home)? == delivered, "the Maildir has changed");
    terminal.popfetch("list work")?.done()?;
    terminal.shell("ls Mail/new | wc -l")?.done()?.with(&["8"])?;
    Ok(())
}

/// Whether the Maildir holds exactly what the mailbox does.
fn compare(home: &Path, mailbox: &Mailbox) -> Result<()> {
    let mut sent: Vec<Vec<u8>> = mailbox.letters().iter().map(|letter| with_lf(&letter.octets)).collect();
    sent.sort();
    let delivered = files(home)?;
    ensure!(delivered.len() == sent.len(), "{} files for {} messages", delivered.len(), sent.len());
    ensure!(delivered == sent, "a message was changed on its way");
    Ok(())
}

/// The contents of the Maildir's files, sorted.
fn files(home: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(home.join("Mail/new"))? {
        files.push(fs::read(entry?.path())?);
    }
    files.sort();
    Ok(files)
}

fn with_lf(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|byte| *byte == b'\n') {
        text.extend_from_slice(line.strip_suffix(b"\r\n").unwrap_or(line));
        if line.ends_with(b"\r\n") {
            text.push(b'\n');
        }
    }
    text
}
