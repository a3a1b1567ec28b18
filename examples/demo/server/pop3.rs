//! POP3 from the server's side: RFC 1939, 2449, 2595, 5034.

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::link::Link;
use super::mailbox::{Letter, Opened};
use super::sasl::{self, Framing};
use super::{Account, House};

/// Serves one connection from greeting to QUIT.
pub(super) fn serve(link: &mut Link, house: &House) -> io::Result<()> {
    link.say("+OK demo POP3 server ready")?;
    let Some(account) = authorize(link, house)? else { return Ok(()) };
    let Some(opened) = account.mailbox.open() else {
        return link.say("-ERR [IN-USE] another session has the mailbox");
    };
    link.say(&format!("+OK {} messages", opened.letters.len()))?;
    transact(link, Session { doomed: vec![false; opened.letters.len()], opened })
}

/// The authorization state; `None` when the client leaves. The reply to a login is left to the caller.
fn authorize<'h>(link: &mut Link, house: &'h House) -> io::Result<Option<&'h Account>> {
    let mut user = None;
    while let Some(line) = link.line()? {
        let (verb, argument) = split(&line);
        let secure = link.is_secure();
        match verb.as_str() {
            "CAPA" => capabilities(link)?,
            "STLS" if !secure => {
                link.say("+OK begin TLS")?;
                link.start_tls()?;
            }
            "USER" | "PASS" | "AUTH" if !secure => link.say("-ERR use STLS first")?,
            "USER" => {
                user = Some(argument.to_owned());
                link.say("+OK")?;
            }
            "PASS" => {
                let account = user.take().and_then(|user| house.account(&user));
                match account.filter(|account| account.password.is(argument)) {
                    Some(account) => return Ok(Some(account)),
                    None => link.say("-ERR [AUTH] invalid user name or password")?,
                }
            }
            "AUTH" => {
                let (mechanism, initial) = split(argument);
                let initial = match initial {
                    "" => None,
                    "=" => Some(Vec::new()),
                    encoded => Some(BASE64_STANDARD.decode(encoded).unwrap_or_default()),
                };
                match sasl::login(house, &mechanism, initial, &mut Challenges(link))? {
                    Some(account) => return Ok(Some(account)),
                    None => link.say("-ERR [AUTH] invalid user name or password")?,
                }
            }
            "QUIT" => {
                link.say("+OK bye")?;
                return Ok(None);
            }
            _ => link.say("-ERR unknown command")?,
        }
    }
    Ok(None)
}

fn capabilities(link: &mut Link) -> io::Result<()> {
    link.say("+OK")?;
    for capability in ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"] {
        link.say(capability)?;
    }
    match link.is_secure() {
        true => link.say(&format!("USER\r\nSASL {}", sasl::MECHANISMS))?,
        false => link.say("STLS")?,
    }
    link.say("IMPLEMENTATION mailwire demo\r\n.")
}

/// RFC 5034 section 4: `+` and base64.
struct Challenges<'l>(&'l mut Link);

impl Framing for Challenges<'_> {
    fn challenge(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.0.say(&format!("+ {}", BASE64_STANDARD.encode(challenge)))?;
        let response = self.0.line()?.unwrap_or_default();
        Ok(if response == "*" { None } else { BASE64_STANDARD.decode(response).ok() })
    }

    fn exporter(&self) -> Option<[u8; 32]> {
        self.0.exporter()
    }
}

/// The transaction state. What was marked is removed at QUIT and at no other end.
struct Session<'m> {
    opened: Opened<'m>,
    doomed: Vec<bool>,
}

fn transact(link: &mut Link, mut session: Session<'_>) -> io::Result<()> {
    while let Some(line) = link.line()? {
        let (verb, argument) = split(&line);
        match (verb.as_str(), argument) {
            ("CAPA", _) => capabilities(link)?,
            ("NOOP", _) => link.say("+OK")?,
            ("STAT", _) => {
                let octets: usize = session.present().map(|(_, letter)| letter.octets.len()).sum();
                link.say(&format!("+OK {} {octets}", session.present().count()))?;
            }
            ("LIST", "") => rows(link, &session, |letter| letter.octets.len().to_string())?,
            ("UIDL", "") => rows(link, &session, |letter| letter.uid.clone())?,
            ("RSET", _) => {
                session.doomed.fill(false);
                link.say("+OK")?;
            }
            ("QUIT", _) => {
                let doomed = session.doomed.iter().zip(&session.opened.letters);
                let doomed: Vec<String> =
                    doomed.filter(|(doomed, _)| **doomed).map(|(_, letter)| letter.uid.clone()).collect();
                session.opened.expunge(&doomed);
                return link.say(&format!("+OK {} messages deleted", doomed.len()));
            }
            (verb, argument) => single(link, &mut session, verb, argument)?,
        }
    }
    Ok(())
}

/// The commands that concern one message.
fn single(link: &mut Link, session: &mut Session<'_>, verb: &str, argument: &str) -> io::Result<()> {
    let (number, rest) = split(argument);
    let index = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
    let found = index.and_then(|index| Some((index, session.present().find(|(at, _)| *at == index)?.1.clone())));
    let Some((index, letter)) = found else { return link.say("-ERR no such command or message") };
    match verb {
        "LIST" => link.say(&format!("+OK {number} {}", letter.octets.len())),
        "UIDL" => link.say(&format!("+OK {number} {}", letter.uid)),
        "RETR" => {
            link.say(&format!("+OK {} octets", letter.octets.len()))?;
            stuffed(link, &letter.octets, usize::MAX)
        }
        "TOP" => {
            link.say("+OK")?;
            stuffed(link, &letter.octets, rest.parse().unwrap_or(0))
        }
        "DELE" => {
            if let Some(mark) = session.doomed.get_mut(index) {
                *mark = true;
            }
            link.say("+OK marked")
        }
        _ => link.say("-ERR unknown command"),
    }
}

impl Session<'_> {
    /// What is there and not marked for deletion, with its index.
    fn present(&self) -> impl Iterator<Item = (usize, &Letter)> {
        self.opened.letters.iter().enumerate().filter(|(index, _)| self.doomed.get(*index) == Some(&false))
    }
}

fn rows(link: &mut Link, session: &Session<'_>, row: impl Fn(&Letter) -> String) -> io::Result<()> {
    link.say("+OK")?;
    for (index, letter) in session.present() {
        link.say(&format!("{} {}", index + 1, row(letter)))?;
    }
    link.say(".")
}

/// Header and so many lines of the body, with dots stuffed.
fn stuffed(link: &mut Link, octets: &[u8], body: usize) -> io::Result<()> {
    let mut left = None;
    for line in octets.split_inclusive(|byte| *byte == b'\n') {
        match &mut left {
            Some(0) => break,
            Some(left) => *left -= 1,
            None if line == b"\r\n" => left = Some(body),
            None => {}
        }
        if line.starts_with(b".") {
            link.send(b".")?;
        }
        link.send(line)?;
    }
    link.say(".")
}

/// The first word in upper case, and the rest.
fn split(line: &str) -> (String, &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    (word.to_ascii_uppercase(), rest)
}
