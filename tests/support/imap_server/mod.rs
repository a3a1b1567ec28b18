//! An IMAP server with real folders in memory, which offers what it is told to offer and fails as it is told to fail.
//!
//! It is for extensions that no other server in reach has, for faults at a chosen command, and for two programs at one mailbox:
//!
//! ```text
//! let server = ImapServer::offering(&["IMAP4rev2", "UIDONLY", "MESSAGELIMIT=100"]);
//! server.mail().deliver("INBOX", b"Subject: a\n\nb\n", &["\\Seen"], 1_700_000_000);
//! server.manners().plan(Fault { command: "UID COPY", act: Act::Cut(20) });
//! home.imapctl(["list", "-a", &server.url("user")]) …
//! assert!(server.manners().heard().iter().any(|line| line.starts_with("UID FETCH")));
//! ```

#[allow(dead_code, reason = "the demo's other protocols need more of a connection")]
#[path = "../../../examples/demo/server/link.rs"]
mod link;
pub(crate) mod service;
mod tests;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::command::{PASSWORD, USER};
use super::pki::Identity;
use link::Link;
pub(crate) use service::{Account, Act, Fault, Manners};
use service::{World, serve};

/// Everything that is in the server at once.
pub(crate) const EVERYTHING: &[&str] = &[
    "IMAP4rev2",
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
    "CREATE-SPECIAL-USE",
    "STATUS=SIZE",
    "ESEARCH",
    "SEARCHRES",
    "WITHIN",
    "SORT",
    "ESORT",
    "SORT=DISPLAY",
    "THREAD=REFERENCES",
    "CONDSTORE",
    "QRESYNC",
    "MULTIAPPEND",
    "UTF8=ACCEPT",
    "OBJECTID",
    "PREVIEW",
    "SAVEDATE",
    "BINARY",
    "REPLACE",
    "PARTIAL",
    "UIDONLY",
    "INPROGRESS",
    "UIDBATCHES",
    "MULTISEARCH",
    "UNAUTHENTICATE",
    "X-GM-EXT-1",
];

/// A server until it is dropped. Its user is [`USER`] with [`PASSWORD`]; further ones come from [`ImapServer::add`].
pub(crate) struct ImapServer {
    world: Arc<World>,
    manners: Arc<Manners>,
    mail: Arc<Account>,
    /// STARTTLS.
    pub(crate) imap: u16,
    /// TLS from the start.
    pub(crate) imaps: u16,
    over: Arc<AtomicBool>,
    sessions: Arc<AtomicUsize>,
    /// How many of them are over.
    ended: Arc<AtomicUsize>,
}

impl ImapServer {
    /// Offers these extensions, by their names in CAPABILITY, beside plain IMAP4rev1.
    pub(crate) fn offering(names: &[&str]) -> Self {
        Self::behaving(Manners::offering(names))
    }

    /// As `offering`; whoever comes without TLS may log in too.
    pub(crate) fn in_clear(names: &[&str]) -> Self {
        Self::behaving(Manners::offering(names).in_clear())
    }

    fn behaving(manners: Manners) -> Self {
        let world = Arc::new(World::default());
        let mail = world.add(USER, PASSWORD);
        let manners = Arc::new(manners);
        let (over, sessions) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let ended = Arc::new(AtomicUsize::new(0));
        let listen = |implicit| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let (world, manners) = (Arc::clone(&world), Arc::clone(&manners));
            let (over, sessions, ended) = (Arc::clone(&over), Arc::clone(&sessions), Arc::clone(&ended));
            thread::spawn(move || {
                for socket in listener.incoming().flatten() {
                    if over.load(Ordering::Acquire) {
                        return;
                    }
                    sessions.fetch_add(1, Ordering::AcqRel);
                    let (world, manners, ended) = (Arc::clone(&world), Arc::clone(&manners), Arc::clone(&ended));
                    thread::spawn(move || {
                        let session = || {
                            let mut link = Link::new(socket, Identity::Good.server())?;
                            if implicit {
                                link.start_tls()?;
                            }
                            serve(&mut link, &world, &manners)?;
                            link.close()
                        };
                        // An error is the end of the connection and nobody's concern.
                        drop(session());
                        ended.fetch_add(1, Ordering::AcqRel);
                    });
                }
            });
            port
        };
        let (imap, imaps) = (listen(false), listen(true));
        Self { world, manners, mail, imap, imaps, over, sessions, ended }
    }

    /// The URL of a user's folders, by TLS from the start.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("imaps://{user}@localhost:{}", self.imaps)
    }

    /// The URL of a user's folders, by STARTTLS.
    pub(crate) fn starttls_url(&self, user: &str) -> String {
        format!("imap://{user}@localhost:{}", self.imap)
    }

    /// The mail of [`USER`].
    pub(crate) fn mail(&self) -> &Account {
        &self.mail
    }

    /// Adds another user, with [`PASSWORD`].
    pub(crate) fn add(&self, user: &str) -> Arc<Account> {
        self.world.add(user, PASSWORD)
    }

    pub(crate) fn manners(&self) -> &Manners {
        &self.manners
    }

    /// Waits until nobody is connected: then nothing changes any more.
    pub(crate) fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.ended.load(Ordering::Acquire) < self.sessions() {
            assert!(Instant::now() < end, "a connection does not end");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many connections there have been.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }
}

impl Drop for ImapServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        for port in [self.imap, self.imaps] {
            drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
        }
    }
}
