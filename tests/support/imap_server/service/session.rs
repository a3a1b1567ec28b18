//! One connection: logging in, and who answers which command.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::request::{self, Request};
use super::selected::Selected;
use super::{Account, Act, Link, Manners, World};

/// The text behind OK, or the answer from NO or BAD on.
pub(super) type Answer = Result<String, String>;

pub(super) struct Session<'s> {
    pub(super) manners: &'s Manners,
    world: &'s World,
    pub(super) account: Option<Arc<Account>>,
    pub(super) selected: Option<Selected>,
    pub(super) enabled: BTreeSet<String>,
    /// What `$` stands for: UIDs.
    pub(super) saved: Vec<u32>,
    /// What is said before the tagged reply.
    pub(super) out: Vec<u8>,
    secure: bool,
    /// After how many further commands, and what is said then.
    held: Option<(usize, Vec<u8>)>,
}

/// Serves one connection from greeting to LOGOUT.
pub(in super::super) fn serve(link: &mut Link, world: &World, manners: &Manners) -> io::Result<()> {
    let mut session = Session {
        manners,
        world,
        account: None,
        selected: None,
        enabled: BTreeSet::new(),
        saved: Vec::new(),
        out: Vec::new(),
        secure: link.is_secure() || manners.in_clear,
        held: None,
    };
    match manners.fault("") {
        Some(Act::Answer(greeting)) => link.say(&format!("* {greeting}"))?,
        Some(Act::Instead(octets)) => link.send(&octets)?,
        Some(Act::Pause(time)) => thread::sleep(time),
        Some(_) => return link.reset(),
        None => link.say(&format!("* OK [CAPABILITY {}] ready", session.capabilities()))?,
    }
    let refuse = |line: &str, octets: usize| {
        let appends = line.split(' ').nth(1).is_some_and(|word| word.eq_ignore_ascii_case("APPEND"));
        let limit = manners.append_limit.filter(|limit| appends && octets > *limit)?;
        Some(format!("NO [TOOBIG] at most {limit} octets"))
    };
    while let Some(request) = request::read(link, refuse)? {
        match request {
            Ok(request) => {
                manners.hear(request.line.clone());
                if !session.answer(link, &request)? {
                    break;
                }
            }
            Err((tag, reason)) => link.say(&format!("{tag} {reason}"))?,
        }
    }
    Ok(())
}

impl Session<'_> {
    /// Answers a command; false at the end of the connection.
    fn answer(&mut self, link: &mut Link, request: &Request) -> io::Result<bool> {
        let tag = &request.tag;
        let mut cut = None;
        match self.manners.fault(&request.name) {
            Some(Act::Answer(text)) => {
                let (lines, last) = text.rsplit_once('\n').unwrap_or(("", &text));
                for line in lines.lines() {
                    link.say(&line.replace("$TAG", tag))?;
                }
                link.say(&format!("{tag} {last}"))?;
                return Ok(true);
            }
            Some(Act::Before(octets)) => link.send(&with_tag(&octets, tag))?,
            Some(Act::Meanwhile(octets, while_)) => {
                link.send(&with_tag(&octets, tag))?;
                link.flush()?;
                thread::sleep(while_);
                link.send(&with_tag(&octets, tag))?;
            }
            Some(Act::Instead(octets)) => {
                link.send(&with_tag(&octets, tag))?;
                return Ok(true);
            }
            Some(Act::Cut(octets)) => cut = Some(octets),
            Some(Act::Close) => return Ok(false),
            Some(Act::Reset) => return link.reset().map(|()| false),
            Some(Act::Pause(time)) => {
                link.flush()?;
                thread::sleep(time);
            }
            Some(Act::Hold(commands)) if self.held.is_none() => self.held = Some((commands + 1, Vec::new())),
            Some(Act::Hold(_)) | None => {}
        }
        let answer = match request.name.as_str() {
            "STARTTLS" if !self.secure => {
                link.say(&format!("{tag} OK begin TLS"))?;
                link.start_tls()?;
                self.secure = true;
                return Ok(true);
            }
            "AUTHENTICATE" => self.authenticate(link, request)?,
            "IDLE" if self.manners.offers("IDLE") && self.account.is_some() => self.idle(link)?,
            _ => self.perform(request),
        };
        let numbered = matches!(request.name.as_str(), "FETCH" | "STORE" | "SEARCH" | "SORT" | "THREAD" | "COPY");
        if answer.is_ok() {
            self.tell_changes(!numbered);
        }
        let last = match answer {
            Ok(text) => format!("{tag} OK {text}\r\n"),
            Err(text) => format!("{tag} {text}\r\n"),
        };
        self.out.extend_from_slice(last.as_bytes());
        let mut out = std::mem::take(&mut self.out);
        if let Some((left, held)) = &mut self.held {
            held.append(&mut out);
            *left -= 1;
            if *left > 0 {
                return Ok(true);
            }
            out = std::mem::take(held);
            self.held = None;
        }
        match cut {
            None => link.send(&out)?,
            Some(octets) => link.send(out.get(..octets).unwrap_or(&out))?,
        }
        Ok(cut.is_none() && request.name != "LOGOUT")
    }

    fn perform(&mut self, request: &Request) -> Answer {
        let offers = |name| self.manners.offers(name);
        match request.name.as_str() {
            "CAPABILITY" => {
                self.say(&format!("* CAPABILITY {}", self.capabilities()));
                Ok("done".into())
            }
            "NOOP" | "CHECK" => Ok("done".into()),
            "LOGOUT" => {
                self.say("* BYE bye");
                Ok("bye".into())
            }
            "ID" if offers("ID") => {
                self.say("* ID (\"name\" \"small server\" \"version\" \"1\")");
                Ok("done".into())
            }
            "LOGIN" if self.account.is_none() => {
                let word = |at: usize| request.words.get(at).map(|word| word.text()).unwrap_or_default();
                self.log_in(&word(0), &word(1))
            }
            _ if self.account.is_none() => Err("BAD log in first".into()),
            "ENABLE" if offers("ENABLE") || offers("IMAP4rev2") => Ok(self.enable(request)),
            "UNAUTHENTICATE" if offers("UNAUTHENTICATE") => {
                (self.account, self.selected) = (None, None);
                self.enabled.clear();
                Ok(format!("[CAPABILITY {}] nobody now", self.capabilities()))
            }
            "NAMESPACE" if offers("NAMESPACE") || offers("IMAP4rev2") => {
                self.say("* NAMESPACE ((\"\" \"/\")) NIL NIL");
                Ok("done".into())
            }
            "LIST" | "LSUB" | "STATUS" | "CREATE" | "DELETE" | "RENAME" | "SUBSCRIBE" | "UNSUBSCRIBE" | "APPEND" => {
                self.on_folders(request)
            }
            "SELECT" | "EXAMINE" => self.select(request),
            "ESEARCH" if offers("MULTISEARCH") => self.search_many(request),
            _ if self.selected.is_none() => Err("BAD select a folder first".into()),
            "SEARCH" | "UID SEARCH" | "SORT" | "UID SORT" | "THREAD" | "UID THREAD" => self.search(request),
            _ => self.on_messages(request),
        }
    }

    pub(super) fn capabilities(&self) -> String {
        let mut names = vec!["IMAP4rev1".to_owned()];
        match (&self.account, self.secure) {
            (None, false) => names.extend(["STARTTLS", "LOGINDISABLED"].map(String::from)),
            (None, true) => names.push("AUTH=PLAIN".into()),
            (Some(_), _) => {}
        }
        let early = ["IMAP4rev2", "SASL-IR", "LITERAL+", "LITERAL-", "ID", "ENABLE", "LOGIN-REFERRALS"];
        let shown = |name: &&String| self.account.is_some() || early.contains(&name.as_str());
        names.extend(self.manners.offered.iter().filter(shown).cloned());
        names.join(" ")
    }

    fn log_in(&mut self, user: &str, password: &str) -> Answer {
        if !self.secure {
            return Err("NO [PRIVACYREQUIRED] STARTTLS first".into());
        }
        match self.world.account(user).filter(|account| account.password == password) {
            Some(account) => {
                self.account = Some(account);
                Ok(format!("[CAPABILITY {}] logged in", self.capabilities()))
            }
            None => Err("NO [AUTHENTICATIONFAILED] invalid user name or password".into()),
        }
    }

    fn authenticate(&mut self, link: &mut Link, request: &Request) -> io::Result<Answer> {
        if request.words.first().map(|word| word.key()).as_deref() != Some("PLAIN") || self.account.is_some() {
            return Ok(Err("NO [CANNOT] no such mechanism".into()));
        }
        let response = match request.words.get(1) {
            Some(initial) => initial.text(),
            None => {
                link.say("+ ")?;
                link.line()?.unwrap_or_default()
            }
        };
        let decoded = BASE64_STANDARD.decode(response).unwrap_or_default();
        let text = String::from_utf8_lossy(&decoded);
        let fields: Vec<_> = text.split('\0').collect();
        Ok(match fields.as_slice() {
            [_, user, password] => self.log_in(user, password),
            _ => Err("BAD no such response".into()),
        })
    }

    fn enable(&mut self, request: &Request) -> String {
        let known = ["IMAP4rev2", "CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "UIDONLY"];
        let mut new = String::new();
        for word in &request.words {
            let name = known.iter().find(|name| name.eq_ignore_ascii_case(&word.text()));
            if let Some(name) = name.filter(|name| self.manners.offered.iter().any(|own| own == **name)) {
                self.enabled.insert((*name).to_owned());
                new.push_str(&format!(" {name}"));
            }
        }
        self.say(&format!("* ENABLED{new}"));
        "done".into()
    }

    /// Tells what changes until the client has enough.
    fn idle(&mut self, link: &mut Link) -> io::Result<Answer> {
        link.say("+ idling")?;
        loop {
            self.tell_changes(true);
            link.send(&std::mem::take(&mut self.out))?;
            if link.has_input(Duration::from_millis(20))? {
                let done = link.line()?.is_some_and(|line| line.eq_ignore_ascii_case("DONE"));
                return Ok(if done { Ok("done".into()) } else { Err("BAD DONE was due".into()) });
            }
            if let Some(account) = &self.account {
                account.wait(Duration::from_millis(30));
            }
        }
    }

    pub(super) fn say(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    pub(super) fn is_enabled(&self, name: &str) -> bool {
        self.enabled.contains(name)
    }

    /// Names are UTF-8 as they are.
    pub(super) fn in_utf8(&self) -> bool {
        self.is_enabled("IMAP4rev2") || self.is_enabled("UTF8=ACCEPT")
    }

    /// How far a long command has come.
    pub(super) fn progress(&mut self, tag: &str, total: usize) {
        if self.manners.offers("INPROGRESS") && total > 1 {
            self.say(&format!("* OK [INPROGRESS (\"{tag}\" {} {total})] half of it", total / 2));
            self.say(&format!("* OK [INPROGRESS (\"{tag}\" {total} {total})] nearly"));
        }
    }
}

fn with_tag(octets: &[u8], tag: &str) -> Vec<u8> {
    let (mut filled, mut rest) = (Vec::new(), octets);
    while let Some(at) = memchr::memmem::find(rest, b"$TAG") {
        filled.extend_from_slice(rest.get(..at).unwrap_or_default());
        filled.extend_from_slice(tag.as_bytes());
        rest = rest.get(at + 4..).unwrap_or_default();
    }
    filled.extend_from_slice(rest);
    filled
}
