//! A small mail server on loopback: TLS, accounts, mailboxes in memory. Each protocol is a module with one function,
//! which serves one connection.

mod identity;
// What the tests of imapctl run against: most of its extensions and all of its faults are theirs alone.
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../../tests/support/imap_server/service/mod.rs"]
mod imap;
mod link;
pub mod mailbox;
mod pop3;
mod sasl;
mod smtp;
mod smtp_command;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use rustls::ServerConfig;

use link::Link;
pub use mailbox::Mailbox;
use sasl::Password;

/// Who may log in, and their mail.
#[derive(Debug)]
pub struct House {
    accounts: Vec<Account>,
    world: imap::World,
    manners: imap::Manners,
}

/// One user.
#[derive(Debug)]
pub struct Account {
    user: String,
    password: Password,
    mailbox: Arc<Mailbox>,
    /// The folders that IMAP shows. What arrives lies in INBOX as well as in the mailbox; what is deleted is not.
    folders: Arc<imap::Account>,
}

/// A server at work until the process ends.
#[derive(Debug)]
pub struct Server {
    /// The certificate of the authority to trust, in PEM.
    pub authority: String,
    /// POP3 with TLS from the first octet.
    pub pop3s: u16,
    /// POP3 with STLS.
    pub pop3: u16,
    /// IMAP with TLS from the first octet.
    pub imaps: u16,
    /// Submission with TLS from the first octet.
    pub smtps: u16,
    /// Submission with STARTTLS.
    pub smtp: u16,
}

/// What IMAP has here beside its base.
const EXTENSIONS: &[&str] = &[
    "SASL-IR",
    "LITERAL+",
    "ID",
    "ENABLE",
    "IDLE",
    "NAMESPACE",
    "UIDPLUS",
    "MOVE",
    "UNSELECT",
    "CHILDREN",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "STATUS=SIZE",
    "ESEARCH",
    "SORT",
    "THREAD=REFERENCES",
    "CONDSTORE",
    "MULTIAPPEND",
    "OBJECTID",
];

/// When TLS starts.
#[derive(Clone, Copy, Debug)]
enum Security {
    Implicit,
    Upgrade,
}

/// Serves one connection of some protocol; an error is the end of the connection and nobody's concern.
type Protocol = fn(&mut Link, &House) -> std::io::Result<()>;

impl House {
    /// A house with one user.
    pub fn new(user: &str, password: &str, mailbox: Arc<Mailbox>) -> Result<Self> {
        let world = imap::World::default();
        let folders = world.add(user, password);
        for letter in mailbox.letters() {
            folders.deliver("INBOX", &letter.octets, &[], now());
        }
        let account = Account { user: user.to_owned(), password: Password::new(password)?, mailbox, folders };
        Ok(Self { accounts: vec![account], world, manners: imap::Manners::offering(EXTENSIONS) })
    }

    fn account(&self, user: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.user == user)
    }
}

impl Account {
    /// Takes in a message that has come.
    fn deliver(&self, letter: &[u8]) {
        self.mailbox.deliver(letter);
        self.folders.deliver("INBOX", letter, &[], now());
    }
}

impl Server {
    /// Starts listening on free ports of 127.0.0.1.
    pub fn start(house: House) -> Result<Self> {
        let identity = identity::make()?;
        let house = Arc::new(house);
        let listen =
            |protocol: Protocol, security| listen(Arc::clone(&house), Arc::clone(&identity.tls), protocol, security);
        Ok(Self {
            pop3s: listen(pop3::serve, Security::Implicit)?,
            pop3: listen(pop3::serve, Security::Upgrade)?,
            imaps: listen(|link, house| imap::serve(link, &house.world, &house.manners), Security::Implicit)?,
            smtps: listen(smtp::serve, Security::Implicit)?,
            smtp: listen(smtp::serve, Security::Upgrade)?,
            authority: identity.authority,
        })
    }
}

/// In seconds since 1970.
fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs().cast_signed())
}

fn listen(house: Arc<House>, tls: Arc<ServerConfig>, protocol: Protocol, security: Security) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (house, tls) = (Arc::clone(&house), Arc::clone(&tls));
            thread::spawn(move || {
                let mut link = Link::new(socket, tls)?;
                if let Security::Implicit = security {
                    link.start_tls()?;
                }
                protocol(&mut link, &house)?;
                link.close()
            });
        }
    });
    Ok(port)
}
