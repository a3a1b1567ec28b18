//! A private Dovecot: every service on free ports of loopback, its own certificate, its own mail, gone when dropped.

mod configuration;
pub(crate) mod folders;

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use configuration::configuration;
use hmac::{Hmac, KeyInit, Mac};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use sha2::Sha256;
use tempfile::TempDir;

use crate::support::command::files;
use crate::support::pki::{Identity, pki};

/// How Dovecot keeps the mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Store {
    Maildir,
    Mdbox,
    Sdbox,
}

/// As whom Dovecot runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// As the tests do: as root its services drop to their own users, else all of it is ours.
    Ours,
    /// Without any privilege, even where the tests have them.
    Unprivileged,
}

pub(super) const NOBODY: u32 = 65534;

static SERIAL: AtomicUsize = AtomicUsize::new(0);

const TOKEN_KEY: &[u8] = b"a key that signs the tokens of the tests";

pub(crate) struct Dovecot {
    dir: TempDir,
    master: Child,
    store: Store,
    /// Dovecot is privileged and the mail belongs to `nobody`.
    as_root: bool,
    /// Whether the mail's owner is not who runs the tests.
    foreign: bool,
    /// STLS.
    pub(crate) pop3: u16,
    /// TLS from the start.
    pub(crate) pop3s: u16,
    /// STARTTLS; 0 where Dovecot has no IMAP.
    pub(crate) imap: u16,
    /// TLS from the start; 0 where Dovecot has no IMAP.
    pub(crate) imaps: u16,
    /// Delivery, in clear and with STARTTLS; the domain of a recipient does not matter.
    pub(crate) lmtp: u16,
    /// Submission with STARTTLS, to the server that [`Dovecot::start_relaying`] named.
    pub(crate) submission: u16,
    /// As `submission`, TLS from the start.
    pub(crate) submissions: u16,
}

/// The ports it listens on.
#[derive(Clone, Copy)]
struct Ports {
    pop3: u16,
    pop3s: u16,
    imap: u16,
    imaps: u16,
    lmtp: u16,
    submission: u16,
    submissions: u16,
    /// Where submitted mail is taken to; there is no submission without.
    relay: Option<u16>,
}

impl Dovecot {
    /// Starts one; `None`, said loudly, where there is none and the environment does not insist.
    pub(crate) fn start(store: Store) -> Option<Self> {
        Self::start_as(store, Role::Ours)
    }

    /// As `start`, with submission, which hands what it is given to an SMTP server on this port of loopback, in clear.
    pub(crate) fn start_relaying(relay: u16) -> Option<Self> {
        Self::start_in_full(Store::Maildir, Role::Ours, Some(relay))
    }

    pub(crate) fn start_as(store: Store, role: Role) -> Option<Self> {
        Self::start_in_full(store, role, None)
    }

    fn start_in_full(store: Store, role: Role, relay: Option<u16>) -> Option<Self> {
        let required = env::var_os("CI").is_some() || env::var_os("MAILWIRE_REQUIRE_SERVERS").is_some();
        let Some(program) = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/sbin/dovecot"]
            .into_iter()
            .find(|path| Path::new(path).exists())
        else {
            assert!(!required, "there is no Dovecot on this machine");
            eprintln!("SKIPPED: there is no Dovecot on this machine, nothing was tested against it");
            return None;
        };
        for service in ["imap", "lmtp"].into_iter().chain(relay.map(|_| "submission")) {
            if !has_service(service) {
                assert!(!required, "Dovecot has no {service} on this machine");
                // What needs it fails by itself; the rest does not.
                eprintln!("Dovecot has no {service} on this machine");
            }
        }
        // Ports are free when asked for, and may be taken when Dovecot asks: then once more.
        for _ in 0..3 {
            if let Some(dovecot) = Self::try_start(program, store, role, relay) {
                return Some(dovecot);
            }
        }
        panic!("Dovecot does not start");
    }

    fn try_start(program: &str, store: Store, role: Role, relay: Option<u16>) -> Option<Self> {
        let privileged = geteuid().is_root();
        let as_root = privileged && role == Role::Ours;
        let dir = tempfile::Builder::new().prefix("dovecot-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let [pop3, pop3s, imap, imaps, lmtp, submission, submissions] = free_ports();
        let ports = Ports { pop3, pop3s, imap, imaps, lmtp, submission, submissions, relay };
        write_certificate(dir.path());
        write_token_key(dir.path());
        fs::create_dir(dir.path().join("home")).unwrap();
        fs::write(dir.path().join("dovecot.conf"), configuration(dir.path(), ports, store, as_root, privileged))
            .unwrap();
        if privileged {
            give(dir.path(), if as_root { None } else { Some(NOBODY) });
            give(&dir.path().join("home"), Some(NOBODY));
        }
        // A test that is killed cannot stop it: the kernel does, when the thread that runs the test has ended.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]);
        if privileged && !as_root {
            command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        }
        command.arg(program);
        command.arg("-F").arg("-c").arg(dir.path().join("dovecot.conf"));
        let master = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut dovecot = Self {
            dir,
            master,
            store,
            as_root,
            foreign: privileged,
            pop3,
            pop3s,
            imap,
            imaps,
            lmtp,
            submission,
            submissions,
        };
        if dovecot.answers() {
            return Some(dovecot);
        }
        let mut said = String::new();
        if let (Ok(Some(_)), Some(stderr)) = (dovecot.master.try_wait(), dovecot.master.stderr.as_mut()) {
            drop(stderr.read_to_string(&mut said));
        }
        eprintln!("Dovecot did not start: {said}\n{}", dovecot.log());
        None
    }

    /// Whether it greets within ten seconds.
    fn answers(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && self.master.try_wait().unwrap().is_none() {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.pop3)) {
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut greeting = [0; 3];
                if stream.read_exact(&mut greeting).is_ok() && greeting == *b"+OK" {
                    return true;
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// What it has written to its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("dovecot.log")).unwrap_or_default()
    }

    /// The URL of a user's mailbox, by TLS from the start.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("pop3s://{user}@localhost:{}", self.pop3s)
    }

    /// The URL of a user's mailbox, by STLS.
    pub(crate) fn stls_url(&self, user: &str) -> String {
        format!("pop3://{user}@localhost:{}", self.pop3)
    }

    /// The URL of a user's mailbox, by a socket in the file system.
    pub(crate) fn socket_url(&self, user: &str) -> String {
        format!("pop3://{user}@{}", self.dir.path().join("pop3.socket").display())
    }

    /// The URL for delivery, by a socket in the file system.
    pub(crate) fn lmtp_url(&self) -> String {
        format!("lmtp://{}", self.dir.path().join("lmtp.socket").display())
    }

    /// Where a server asks whether a login is right.
    pub(crate) fn auth_socket(&self) -> PathBuf {
        self.dir.path().join("auth.socket")
    }

    /// The messages of a user's Maildir, sorted.
    pub(crate) fn mails(&self, user: &str) -> Vec<Vec<u8>> {
        assert_eq!(self.store, Store::Maildir);
        let maildir = self.home(user).join("Maildir");
        let paths = ["new", "cur"].iter().flat_map(|part| files(&maildir.join(part)));
        let mut mails: Vec<_> = paths.map(|path| fs::read(path).unwrap()).collect();
        mails.sort();
        mails
    }

    /// Puts messages, LF line ends, into a user's mailbox; they are listed in this order.
    pub(crate) fn fill(&self, user: &str, messages: &[Vec<u8>]) {
        let home = self.home(user);
        let maildir = match self.store {
            Store::Maildir => home.join("Maildir"),
            Store::Mdbox | Store::Sdbox => home.join("import"),
        };
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(maildir.join(part)).unwrap();
        }
        let first = fs::read_dir(maildir.join("cur")).unwrap().count();
        for (number, message) in (first..).zip(messages) {
            // No name comes twice: Dovecot remembers a deleted message's name for a while.
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}.M{serial}P1.test:2,", 1_700_000_000 + number);
            fs::write(maildir.join("cur").join(name), message).unwrap();
        }
        if self.foreign {
            give(&home, Some(NOBODY));
        }
        if self.store != Store::Maildir {
            let source = format!("maildir:{}", maildir.display());
            self.doveadm(&["import", "-u", user, &source, "", "all"]);
            fs::remove_dir_all(&maildir).unwrap();
        }
    }

    /// How many messages the user's mailbox holds.
    pub(crate) fn count(&self, user: &str) -> usize {
        match self.store {
            Store::Maildir => ["new", "cur"]
                .iter()
                .map(|part| fs::read_dir(self.home(user).join("Maildir").join(part)).map_or(0, Iterator::count))
                .sum(),
            Store::Mdbox | Store::Sdbox => {
                let said = self.doveadm(&["mailbox", "status", "-u", user, "messages", "INBOX"]);
                said.trim().rsplit('=').next().and_then(|count| count.parse().ok()).expect("doveadm says the count")
            }
        }
    }

    fn home(&self, user: &str) -> PathBuf {
        self.dir.path().join("home").join(user)
    }

    /// `doveadm ARGUMENTS`: what it prints.
    pub(crate) fn doveadm(&self, arguments: &[&str]) -> String {
        let mut command = match self.foreign && !self.as_root {
            false => Command::new("doveadm"),
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "doveadm"]);
                command
            }
        };
        let output = command.arg("-c").arg(self.dir.path().join("dovecot.conf")).args(arguments).output().unwrap();
        assert!(output.status.success(), "doveadm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// An OAuth 2.0 access token for the user that Dovecot accepts: a JWT signed with HS256.
    pub(crate) fn token(user: &str) -> String {
        let encode = |json: String| URL_SAFE_NO_PAD.encode(json);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#.to_owned());
        let claims = encode(format!(r#"{{"sub":"{user}","iat":{},"exp":{}}}"#, now - 10, now + 3600));
        let mut mac = Hmac::<Sha256>::new_from_slice(TOKEN_KEY).unwrap();
        mac.update(format!("{header}.{claims}").as_bytes());
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.master);
        // It may be gone already.
        let _ = kill_process(pid, Signal::TERM);
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if let Ok(Some(_)) = self.master.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        drop(self.master.kill());
        drop(self.master.wait());
    }
}

pub(super) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Gives a directory and what is in it to a user, where one is named.
pub(super) fn give(path: &Path, user: Option<u32>) {
    let Some(user) = user else { return };
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), Some(user));
        }
    }
}

pub(super) fn write_certificate(dir: &Path) {
    let (certificate, key) = pki().issue(Identity::Good);
    fs::write(dir.join("server.pem"), certificate.pem).unwrap();
    fs::write(dir.join("server.key"), key.serialize_pem()).unwrap();
    fs::copy(pki().ca_file(), dir.join("ca.pem")).unwrap();
}

/// The key by which tokens are validated without asking anybody.
fn write_token_key(dir: &Path) {
    let folder = dir.join("keys/default/HS256");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("default"), STANDARD.encode(TOKEN_KEY)).unwrap();
    let text = format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\nusername_attribute = sub\n",
        dir.display()
    );
    fs::write(dir.join("oauth2.conf"), text).unwrap();
}

/// Whether Dovecot was installed with it.
fn has_service(name: &str) -> bool {
    ["/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot"]
        .iter()
        .any(|folder| Path::new(folder).join(name).exists())
}
