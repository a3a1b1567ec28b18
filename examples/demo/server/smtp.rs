//! SMTP submission from the server's side: RFC 5321, 6409, 3207, 4954, 2920, 3030.

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::House;
use super::link::Link;
use super::sasl::{self, Framing};
use super::smtp_command::{self, Command, Parameter};

/// No message is larger, in octets.
const LARGEST: usize = 64 * 1024 * 1024;

/// A client between two messages, or within one.
#[derive(Default)]
struct Session {
    greeted: bool,
    logged_in: bool,
    transaction: Option<Transaction>,
    taken: u32,
}

/// From MAIL on.
#[derive(Default)]
struct Transaction {
    sender: String,
    /// Users that have a mailbox here.
    recipients: Vec<String>,
    /// The chunks so far.
    text: Vec<u8>,
}

/// Serves one connection from greeting to QUIT.
pub(super) fn serve(link: &mut Link, house: &House) -> io::Result<()> {
    link.say("220 localhost ESMTP demo server ready")?;
    let mut session = Session::default();
    while let Some(line) = link.raw_line()? {
        match smtp_command::parse(&line) {
            Ok(Command::Quit) => return link.say("221 2.0.0 bye"),
            Ok(command) => session.obey(command, link, house)?,
            Err(wrong) => link.say(&format!("501 5.5.2 {}", wrong.escape_default()))?,
        }
    }
    Ok(())
}

impl Session {
    fn obey(&mut self, command: Command, link: &mut Link, house: &House) -> io::Result<()> {
        match command {
            Command::Hello { verb, .. } => {
                self.greeted = true;
                self.transaction = None;
                match verb.as_str() {
                    "EHLO" => extensions(link),
                    "HELO" => link.say("250 localhost"),
                    _ => link.say("500 5.5.1 this is not LMTP"),
                }
            }
            Command::StartTls if link.is_secure() => link.say("503 5.5.1 TLS is there already"),
            Command::StartTls => {
                link.say("220 2.0.0 begin TLS")?;
                link.start_tls()?;
                *self = Self::default();
                Ok(())
            }
            Command::Auth { .. } if !link.is_secure() => link.say("530 5.7.0 use STARTTLS first"),
            Command::Auth { .. } if !self.greeted || self.logged_in => link.say("503 5.5.1 not now"),
            Command::Auth { mechanism, initial } => self.log_in(&mechanism, initial.as_deref(), link, house),
            Command::Mail { .. } if !self.logged_in => link.say("530 5.7.0 log in first"),
            Command::Mail { .. } if self.transaction.is_some() => link.say("503 5.5.1 one message at a time"),
            Command::Mail { path, parameters } => match too_large(&parameters) {
                true => link.say("552 5.3.4 too large"),
                false => {
                    self.transaction = Some(Transaction { sender: path, ..Transaction::default() });
                    link.say("250 2.1.0 sender ok")
                }
            },
            Command::Rcpt { path, .. } => {
                let user = path.rsplit_once('@').map_or(path.as_str(), |(user, _)| user).to_owned();
                match &mut self.transaction {
                    None => link.say("503 5.5.1 MAIL comes first"),
                    Some(_) if house.account(&user).is_none() => link.say("550 5.1.1 no such user"),
                    Some(transaction) => {
                        transaction.recipients.push(user);
                        link.say("250 2.1.5 recipient ok")
                    }
                }
            }
            Command::Data => match self.ready() {
                true => {
                    link.say("354 go ahead, end with a dot")?;
                    let text = stuffed(link)?;
                    self.take(text, link, house)
                }
                false => link.say("554 5.5.1 no valid recipients"),
            },
            Command::Bdat { size, last } => self.chunk(size, last, link, house),
            Command::Rset => {
                self.transaction = None;
                link.say("250 2.0.0 ok")
            }
            Command::Noop | Command::Quit => link.say("250 2.0.0 ok"),
            Command::Other(verb) => link.say(&format!("502 5.5.1 {verb} is not for here")),
        }
    }

    fn log_in(&mut self, mechanism: &str, initial: Option<&str>, link: &mut Link, house: &House) -> io::Result<()> {
        let initial = initial.map(|text| match text {
            "=" => Vec::new(),
            encoded => BASE64_STANDARD.decode(encoded).unwrap_or_default(),
        });
        match sasl::login(house, mechanism, initial, &mut Challenges(link))? {
            Some(_) => {
                self.logged_in = true;
                link.say("235 2.7.0 welcome")
            }
            None => link.say("535 5.7.8 invalid user name or password"),
        }
    }

    /// Whether there is somebody to take a message to.
    fn ready(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| !transaction.recipients.is_empty())
    }

    fn chunk(&mut self, size: usize, last: bool, link: &mut Link, house: &House) -> io::Result<()> {
        // Its octets come whatever becomes of it.
        if size > LARGEST {
            return Err(io::Error::other("a chunk beyond reason"));
        }
        let octets = link.octets(size)?;
        let ready = self.ready();
        match &mut self.transaction {
            Some(transaction) if ready && transaction.text.len() + size <= LARGEST => {
                transaction.text.extend(octets);
                if last {
                    let text = std::mem::take(&mut transaction.text);
                    return self.take(text, link, house);
                }
                link.say("250 2.0.0 chunk taken")
            }
            _ => link.say("554 5.5.1 no valid recipients"),
        }
    }

    fn take(&mut self, text: Vec<u8>, link: &mut Link, house: &House) -> io::Result<()> {
        let Some(transaction) = self.transaction.take() else { return link.say("503 5.5.1 MAIL comes first") };
        let letter = [format!("Return-Path: <{}>\r\n", transaction.sender).into_bytes(), text].concat();
        for user in &transaction.recipients {
            if let Some(account) = house.account(user) {
                account.deliver(&letter);
            }
        }
        self.taken += 1;
        link.say(&format!("250 2.0.0 queued as DEMO{}", self.taken))
    }
}

fn extensions(link: &mut Link) -> io::Result<()> {
    link.say("250-localhost")?;
    for extension in ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] {
        link.say(&format!("250-{extension}"))?;
    }
    link.say(&format!("250-SIZE {LARGEST}"))?;
    match link.is_secure() {
        true => link.say(&format!("250 AUTH {}", sasl::MECHANISMS)),
        false => link.say("250 STARTTLS"),
    }
}

fn too_large(parameters: &[Parameter]) -> bool {
    parameters.iter().any(|(keyword, value)| {
        keyword == "SIZE" && value.as_ref().and_then(|size| size.parse().ok()).is_none_or(|size: usize| size > LARGEST)
    })
}

/// What stands before the final dot, with dots unstuffed.
fn stuffed(link: &mut Link) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    while let Some(line) = link.raw_line()? {
        if line == b"." {
            return Ok(text);
        }
        text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        text.extend_from_slice(b"\r\n");
        if text.len() > LARGEST {
            return Err(io::Error::other("a message beyond reason"));
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// RFC 4954 section 4: 334 and base64.
struct Challenges<'l>(&'l mut Link);

impl Framing for Challenges<'_> {
    fn challenge(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.0.say(&format!("334 {}", BASE64_STANDARD.encode(challenge)))?;
        let response = self.0.line()?.unwrap_or_default();
        Ok(if response == "*" { None } else { BASE64_STANDARD.decode(response).ok() })
    }

    fn exporter(&self) -> Option<[u8; 32]> {
        self.0.exporter()
    }
}
