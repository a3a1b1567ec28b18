//! A million rows of FETCH from a real server: read by the library, and thrown away unread by a client that only waits for the
//! end of each reply. Each has a connection of its own; only the replies are timed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use mailwire::endpoint::Address;
use mailwire::imap::grammar::Data;
use mailwire::imap::session::{Entry, Opened};
use mailwire::imap::{Item, Mailbox, Select, Session, UidSet};
use mailwire::net::tls::{TlsConfig, Trust};
use mailwire::net::{ConnectOptions, Stream, Timeouts, connect};
use mailwire::sasl::{self, Credentials, Known, Policy};
use mailwire::secret::Secret;
use mailwire::wire::{Connection, Transcript};

use crate::pop3::bed::{Bed, PASSWORD};

/// How many rows are read altogether.
pub const ROWS: u32 = 1_000_000;

/// How much of the end of what came is looked at for the end of a reply.
const TAIL: usize = 1_024;

/// How long the library takes for the rows of a mailbox with so many messages, asked for again and again.
pub fn read(bed: &Bed, user: &str, port: u16, messages: u32) -> Result<Duration> {
    let connection = Connection::new(stream(bed, port)?, Timeouts::default(), Transcript::off());
    let Opened::NotAuthenticated(session) = Session::open(connection)? else { anyhow::bail!("logged in already") };
    let password = Some(Secret::new(PASSWORD));
    let credentials = Credentials { user: Some(user.to_owned()), password, ..Credentials::default() };
    let choices = sasl::plan(&session.offer(), &session.channel(), Known::from(&credentials), &Policy::default())?;
    let mut session = session.login(&choices, &credentials, &Entry::Session)?.session;
    let mut folder = session.select(&Select::examine(Mailbox::Inbox))?;
    let all: UidSet = UidSet::parse("1:*")?;
    let mut rows = 0;
    let begun = Instant::now();
    while rows < ROWS {
        let before = rows;
        folder.uid_fetch(&all, &[Item::Uid, Item::Flags], &mut |data: &Data<'_>| {
            rows += u32::from(matches!(data, Data::Fetch(row) if row.uid.is_some() && row.flags.is_some()));
            Ok(())
        })?;
        ensure!(rows - before == messages, "{} rows came", rows - before);
    }
    Ok(begun.elapsed())
}

/// How long the same takes if nobody looks at what comes.
pub fn discard(bed: &Bed, user: &str, port: u16, messages: u32) -> Result<Duration> {
    let mut stream = stream(bed, port)?;
    let timeouts = Timeouts::default();
    let mut run = |tag: &str, command: &str| -> Result<u64> {
        stream.queue(format!("{tag} {command}\r\n").as_bytes());
        stream.flush(&timeouts.reply(mailwire::error::Phase::Reply("FETCH")))?;
        let end = format!("\r\n{tag} ");
        let mut tail = vec![b'\r', b'\n'];
        let mut octets = 0;
        loop {
            let count = stream.fill(&timeouts.reply(mailwire::error::Phase::Reply("FETCH")))?;
            ensure!(count > 0, "the server hung up");
            let buffered = stream.buffered();
            tail.extend_from_slice(buffered.get(buffered.len().saturating_sub(TAIL)..).unwrap_or_default());
            let more = buffered.len();
            stream.consume(more);
            octets += more as u64;
            let text = String::from_utf8_lossy(&tail);
            if let Some((_, last)) = text.rsplit_once(&end)
                && last.ends_with("\r\n")
            {
                ensure!(last.starts_with("OK"), "{command}: {last}");
                return Ok(octets);
            }
            tail.drain(..tail.len().saturating_sub(TAIL));
        }
    };
    run("l", &format!("LOGIN {user} {PASSWORD}"))?;
    run("s", "EXAMINE INBOX")?;
    let begun = Instant::now();
    for number in 0..ROWS.div_ceil(messages) {
        let octets = run(&format!("f{number}"), "UID FETCH 1:* (UID FLAGS)")?;
        ensure!(octets > u64::from(messages) * 20, "{octets} octets came");
    }
    Ok(begun.elapsed())
}

fn stream(bed: &Bed, port: u16) -> Result<Stream> {
    let deadline = Timeouts::default().connecting();
    let address = Address::Tcp { host: "localhost".into(), port };
    let transport = connect(&address, &ConnectOptions::default(), &deadline, &mut |_| {})?;
    let config = TlsConfig { trust: Some(Trust::File(bed.dir.join("ca.pem"))), ..TlsConfig::default() };
    let connector = config.connector().context("no TLS")?;
    Ok(Stream::from_transport(connector.handshake(transport, "localhost", "", &deadline)?))
}
