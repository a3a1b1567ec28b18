//! A private Postfix: ports of loopback, its own configuration, queue and certificate, mail into Maildirs, gone when dropped.
//!
//! The local part of a recipient in `example.org` says what becomes of it: `unknown…` is refused as unknown (550 5.1.1),
//! `later…` for now (450 4.2.0), `refused…` by policy (554 5.7.1), anything else is a mailbox. A sender `foreign…` is refused
//! (553 5.7.1), and a message whose subject starts with `spam` at its end (550 5.7.1). Mail for other domains vanishes, but only
//! who has logged in may send there.

use std::fmt::Write as _;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use memchr::memmem;
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use tempfile::TempDir;

use super::dovecot::{Dovecot, NOBODY, Store, free_ports, give, write_certificate};
use crate::support::command::{all_files, files};

/// What becomes of mail for `example.org`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Delivery {
    /// A Maildir, see [`Postfix::mails`].
    #[default]
    Maildir,
    /// Nothing is kept, which is what a measurement wants.
    Discard,
    /// By LMTP to the Dovecot that also checks the passwords.
    Dovecot,
}

/// How this one differs from the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    pub(crate) delivery: Delivery,
    /// The largest message, in octets; 10,240,000 if it does not say.
    pub(crate) size_limit: Option<u64>,
    /// The most recipients of a transaction; what is beyond is told 452 4.5.3.
    pub(crate) recipient_limit: Option<u32>,
    /// Keywords that EHLO keeps back, `PIPELINING CHUNKING` say.
    pub(crate) without: &'static str,
}

pub(crate) struct Postfix {
    dir: TempDir,
    master: Child,
    /// Who checks passwords.
    dovecot: Dovecot,
    manners: Manners,
    /// For everybody, as port 25 is: STARTTLS, AUTH behind it, XCLIENT.
    pub(crate) smtp: u16,
    /// For users: STARTTLS, and nothing without a login.
    pub(crate) submission: u16,
    /// As `submission`, TLS from the start.
    pub(crate) smtps: u16,
    /// As `smtp`, behind a proxy that says who is calling (PROXY protocol).
    pub(crate) proxied: u16,
}

impl Postfix {
    /// Starts one; `None`, said loudly, where none can run and the environment does not insist.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(Manners::default())
    }

    pub(crate) fn start_with(manners: Manners) -> Option<Self> {
        let required = env::var_os("CI").is_some() || env::var_os("MAILWIRE_REQUIRE_SERVERS").is_some();
        let daemons = ["/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix/bin"];
        let found = daemons.into_iter().map(Path::new).find(|path| path.join("master").exists());
        let lacking = match found {
            None => "there is no Postfix on this machine",
            Some(_) if !geteuid().is_root() => "Postfix needs root",
            Some(daemons) => {
                // Ports are free when asked for, and may be taken when Postfix asks: then once more.
                for _ in 0..3 {
                    let dovecot = Dovecot::start(Store::Maildir)?;
                    if let Some(postfix) = Self::try_start(daemons, dovecot, manners) {
                        return Some(postfix);
                    }
                }
                panic!("Postfix does not start")
            }
        };
        assert!(!required, "{lacking}");
        eprintln!("SKIPPED: {lacking}, nothing was tested against it");
        None
    }

    fn try_start(daemons: &Path, dovecot: Dovecot, manners: Manners) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("postfix-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let ports = free_ports::<4>();
        write_certificate(dir.path());
        make_queue(&dir.path().join("queue"));
        for name in ["etc", "data", "mail"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        own(&dir.path().join("data"), "postfix");
        give(&dir.path().join("mail"), Some(NOBODY));
        write_tables(dir.path());
        fs::write(dir.path().join("etc/main.cf"), main_cf(dir.path(), daemons, &dovecot, manners)).unwrap();
        fs::write(dir.path().join("etc/master.cf"), master_cf(ports)).unwrap();
        // Its daemons are its process group, which it ends with itself; the kernel ends it with the thread that runs the test.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(daemons.join("master"));
        command.arg("-c").arg(dir.path().join("etc")).arg("-d").env_clear().process_group(0);
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let output = fs::File::create(dir.path().join("output")).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let master = command.spawn().unwrap();
        let [smtp, submission, smtps, proxied] = ports;
        let mut postfix = Self { dir, master, dovecot, manners, smtp, submission, smtps, proxied };
        if postfix.answers() {
            return Some(postfix);
        }
        eprintln!("Postfix did not start: {}", postfix.log());
        None
    }

    /// Whether it greets within twenty seconds.
    fn answers(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end && self.master.try_wait().unwrap().is_none() {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.submission)) {
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                let mut greeting = [0; 3];
                if stream.read_exact(&mut greeting).is_ok() && greeting == *b"220" {
                    return true;
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// The URL for a user, by STARTTLS.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("smtp://{user}@localhost:{}", self.submission)
    }

    /// The URL for a user, by TLS from the start.
    pub(crate) fn smtps_url(&self, user: &str) -> String {
        format!("smtps://{user}@localhost:{}", self.smtps)
    }

    /// What it, and whatever it has started, has said.
    pub(crate) fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        read("output") + &read("data/postfix.log")
    }

    /// The messages that have come for a user of `example.org`, sorted.
    pub(crate) fn mails(&self, user: &str) -> Vec<Vec<u8>> {
        if self.manners.delivery == Delivery::Dovecot {
            return self.dovecot.mails(user);
        }
        // All of it is in one Maildir, and says whose it is.
        let owner = format!("\nDelivered-To: {user}@example.org\n");
        let new = files(&self.dir.path().join("mail/all/Maildir/new"));
        let mut mails: Vec<_> = new.iter().map(|path| fs::read(path).unwrap()).collect();
        mails.retain(|mail| memmem::find(mail, owner.as_bytes()).is_some());
        mails.sort();
        mails
    }

    /// As `mails`, as soon as there are so many and nothing waits for delivery.
    #[track_caller]
    pub(crate) fn delivered(&self, user: &str, count: usize) -> Vec<Vec<u8>> {
        let end = Instant::now() + Duration::from_secs(30);
        while self.mails(user).len() < count || self.waiting() > 0 {
            assert!(Instant::now() < end, "{} of {count} came for {user}\n{}", self.mails(user).len(), self.log());
            thread::sleep(Duration::from_millis(10));
        }
        self.mails(user)
    }

    /// How many messages are in the queue.
    pub(crate) fn waiting(&self) -> usize {
        ["maildrop", "incoming", "active", "deferred"]
            .map(|part| all_files(&self.dir.path().join("queue").join(part)).len())
            .iter()
            .sum()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.master);
        // It may be gone already.
        let _ = kill_process(pid, Signal::TERM);
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && !matches!(self.master.try_wait(), Ok(Some(_))) {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = kill_process_group(pid, Signal::KILL);
        drop(self.master.wait());
    }
}

/// The directories as `postfix check` would make them.
fn make_queue(queue: &Path) {
    let make = |name: &str, owner: &str, mode: u32| {
        let path = queue.join(name);
        fs::create_dir_all(&path).unwrap();
        own(&path, owner);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for name in
        ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"]
    {
        make(name, "postfix", 0o700);
    }
    make("maildrop", "postfix:postdrop", 0o730);
    make("public", "postfix:postdrop", 0o710);
    make("pid", "root", 0o755);
}

fn own(path: &Path, owner: &str) {
    let status = Command::new("chown").arg(owner).arg(path).status().unwrap();
    assert!(status.success(), "there is no {owner}");
}

fn write_tables(dir: &Path) {
    let tables = [
        (
            "recipients",
            "/^unknown.*@/ 550 5.1.1 no such user\n/^later.*@/ 450 4.2.0 come back later\n/^refused.*@/ 554 5.7.1 refused by \
             policy\n",
        ),
        ("senders", "/^foreign.*@/ 553 5.7.1 not your address\n"),
        ("headers", "/^Subject: spam/ REJECT 5.7.1 this is spam\n"),
    ];
    for (name, text) in tables {
        fs::write(dir.join("etc").join(name), text).unwrap();
    }
}

fn main_cf(dir: &Path, daemons: &Path, dovecot: &Dovecot, manners: Manners) -> String {
    let auth: PathBuf = dovecot.auth_socket();
    let (auth, dir, daemons) = (auth.display(), dir.display(), daemons.display());
    let mut text = format!(
        "compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
maillog_file = {dir}/data/postfix.log
maillog_file_prefixes = {dir}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.test
mydestination =
mynetworks =
local_recipient_maps =
alias_maps =
alias_database =
default_transport = discard
virtual_mailbox_domains = example.org
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:all/Maildir/
virtual_mailbox_limit = 0
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
smtpd_peername_lookup = no
smtpd_recipient_restrictions = check_recipient_access regexp:{dir}/etc/recipients, permit_sasl_authenticated, reject_unauth_destination
smtpd_sender_restrictions = check_sender_access regexp:{dir}/etc/senders
local_header_rewrite_clients =
header_checks = regexp:{dir}/etc/headers
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 10000
smtpd_hard_error_limit = 10000
smtpd_junk_command_limit = 10000
smtpd_client_connection_count_limit = 0
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_tls_security_level = may
smtpd_tls_cert_file = {dir}/server.pem
smtpd_tls_key_file = {dir}/server.key
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtputf8_enable = yes
in_flow_delay = 0
"
    );
    match manners.delivery {
        Delivery::Maildir => {}
        Delivery::Discard => text.push_str("virtual_transport = discard\n"),
        Delivery::Dovecot => writeln!(text, "virtual_transport = lmtp:inet:127.0.0.1:{}", dovecot.lmtp).unwrap(),
    }
    if let Some(limit) = manners.size_limit {
        writeln!(text, "message_size_limit = {limit}").unwrap();
    }
    if let Some(limit) = manners.recipient_limit {
        writeln!(text, "smtpd_recipient_limit = {limit}").unwrap();
    }
    if !manners.without.is_empty() {
        writeln!(text, "smtpd_discard_ehlo_keywords = {}", manners.without).unwrap();
    }
    text
}

fn master_cf([smtp, submission, smtps, proxied]: [u16; 4]) -> String {
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{proxied} inet n - n - - smtpd
  -o smtpd_upstream_proxy_protocol=haproxy
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
