//! A private Dovecot, and the mailboxes it serves.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, getegid, geteuid, kill_process};

use super::mail::Generator;
use crate::identity;

/// The password of every user.
pub const PASSWORD: &str = "correct-horse";

/// Owns the mail where Dovecot runs as root.
const NOBODY: u32 = 65534;

/// A server at work until it is dropped.
#[derive(Debug)]
pub struct Bed {
    pub dir: PathBuf,
    /// POP3 with TLS from the first octet.
    pub port: u16,
    /// IMAP with TLS from the first octet; `None` where Dovecot has none.
    pub imaps: Option<u16>,
    master: Child,
}

/// What a mailbox holds.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pub user: String,
    pub messages: u32,
    /// Octets with CRLF line ends.
    pub octets: u64,
    pub lines: u64,
    /// The server's own files.
    pub files: PathBuf,
}

impl Mailbox {
    /// Octets with LF line ends.
    pub fn stored(&self) -> u64 {
        self.octets - self.lines
    }
}

impl Bed {
    /// Starts Dovecot in `dir`, which may hold mailboxes from before.
    pub fn start(dir: &Path) -> Result<Self> {
        let program = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/sbin/dovecot"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .context("there is no Dovecot on this machine; on Debian: apt install dovecot-pop3d")?;
        fs::create_dir_all(dir.join("home"))?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
        let dir = dir.canonicalize()?;
        identity::write(&dir)?;
        let password = dir.join("password");
        fs::write(&password, format!("{PASSWORD}\n"))?;
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
        give(&dir.join("home"))?;
        let [port, imaps] = free_ports()?;
        let has_imap =
            ["/usr/lib/dovecot/imap", "/usr/libexec/dovecot/imap"].iter().any(|path| Path::new(path).exists());
        let imaps = has_imap.then_some(imaps);
        let config = dir.join("dovecot.conf");
        fs::write(&config, configuration(&dir, port, imaps)?)?;
        let master = Command::new(program)
            .arg("-F")
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("starting Dovecot")?;
        let mut bed = Self { dir, port, imaps, master };
        bed.await_listening()?;
        Ok(bed)
    }

    pub fn ca(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    pub fn password_file(&self) -> PathBuf {
        self.dir.join("password")
    }

    /// A mailbox with so many messages around the median size; made if it is not there yet.
    pub fn mailbox(&self, messages: u32, median: u32) -> Result<Mailbox> {
        self.filled(&format!("u{messages}m{median}"), |dir| {
            let mut generator = Generator::new(7, median);
            let (mut octets, mut lines) = (0, 0);
            for number in 1..=messages {
                let message = generator.message(number);
                octets += message.len() as u64;
                lines += message.iter().filter(|octet| **octet == b'\n').count() as u64;
                fs::write(dir.join(name(number, message.len() as u64)), &message)?;
            }
            Ok((messages, octets, lines))
        })
    }

    /// A mailbox with one message of about so many octets.
    pub fn giant(&self, size: u64) -> Result<Mailbox> {
        self.filled(&format!("giant{size}"), |dir| {
            let path = dir.join("tmp");
            let mut file = Counting { file: BufWriter::new(File::create(&path)?), octets: 0, lines: 0 };
            Generator::new(11, 1).write(1, size, &mut file)?;
            file.flush()?;
            fs::rename(&path, dir.join(name(1, file.octets)))?;
            Ok((1, file.octets, file.lines))
        })
    }

    /// Fails unless the last session that ended has fetched so many messages, by Dovecot's own log.
    pub fn check_served(&self, messages: u32) -> Result<()> {
        let expected = format!("retr={messages}/");
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let log = fs::read_to_string(self.dir.join("dovecot.log"))?;
            let last = log.lines().rev().find(|line| line.contains(" retr=")).unwrap_or_default();
            if last.contains(&expected) {
                return Ok(());
            }
            // The log is written when the session ends, which is after the client has.
            ensure!(Instant::now() < end, "the server has not sent {messages} messages: {last}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A user's mailbox; made by `fill`, which gets the directory for its files and tells messages, octets and lines, if it is
    /// not there yet.
    pub fn filled(&self, user: &str, fill: impl FnOnce(&Path) -> Result<(u32, u64, u64)>) -> Result<Mailbox> {
        let home = self.dir.join("home").join(user);
        let files = home.join("Maildir/cur");
        let stamp = self.dir.join("home").join(format!("{user}.filled"));
        if !stamp.exists() {
            eprintln!("filling the mailbox {user}");
            if home.exists() {
                fs::remove_dir_all(&home)?;
            }
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(home.join("Maildir").join(part))?;
            }
            let (messages, octets, lines) = fill(&files)?;
            give_all(&home)?;
            fs::write(&stamp, format!("{messages} {octets} {lines}"))?;
        }
        let text = fs::read_to_string(&stamp)?;
        let numbers: Vec<u64> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [messages, octets, lines] = numbers.try_into().ok().context("a stamp is damaged")?;
        Ok(Mailbox { user: user.to_owned(), messages: u32::try_from(messages)?, octets, lines, files })
    }

    fn await_listening(&mut self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if let Some(status) = self.master.try_wait()? {
                bail!("Dovecot ended: {status}; see {}", self.dir.join("dovecot.log").display());
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("Dovecot does not listen")
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = kill_process(Pid::from_child(&self.master), Signal::TERM);
        let _ = self.master.wait();
    }
}

struct Counting<W> {
    file: W,
    octets: u64,
    lines: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.file.write_all(octets)?;
        self.octets += octets.len() as u64;
        self.lines += octets.iter().filter(|octet| **octet == b'\n').count() as u64;
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut listeners = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// A name that tells Dovecot the message's size, so that it need not read the file for it.
pub fn name(number: u32, size: u64) -> String {
    format!("{}.M{number}.bed,S={size},W={size}:2,", 1_700_000_000 + u64::from(number))
}

fn give(path: &Path) -> Result<()> {
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

fn give_all(dir: &Path) -> Result<()> {
    give(dir)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { give_all(&entry.path())? } else { give(&entry.path())? }
    }
    Ok(())
}

fn configuration(dir: &Path, port: u16, imaps: Option<u16>) -> Result<String> {
    let dir = dir.to_str().filter(|dir| !dir.contains(char::is_whitespace));
    let dir = dir.context("the bed's path must be plain text without spaces")?;
    let (uid, gid) = if geteuid().is_root() { (NOBODY, NOBODY) } else { (geteuid().as_raw(), getegid().as_raw()) };
    let protocols = if imaps.is_some() { "pop3 imap" } else { "pop3" };
    let mut text = format!(
        "base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = {protocols}
listen = 127.0.0.1
ssl = required
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
auth_mechanisms = plain
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 50
pop3_no_flag_updates = yes
default_vsz_limit = 1G
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/home/%u allow_all_users=yes
}}
service pop3-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {port}
    ssl = yes
  }}
}}
"
    );
    if let Some(imaps) = imaps {
        text.push_str(&format!(
            "namespace inbox {{\n  inbox = yes\n  separator = /\n}}\nservice imap-login {{\n  service_count = 0\n  \
             process_min_avail = 1\n  inet_listener imap {{\n    port = 0\n  }}\n  inet_listener imaps {{\n    port = {imaps}\n    \
             ssl = yes\n  }}\n}}\n"
        ));
    }
    if !geteuid().is_root() {
        let (user, group) = (id("-un")?, id("-gn")?);
        text.push_str(&format!(
            "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n\
             service anvil {{\n  chroot =\n}}\nservice pop3-login {{\n  chroot =\n}}\nservice imap-login {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
        ));
    }
    Ok(text)
}

fn id(option: &str) -> Result<String> {
    let output = Command::new("id").arg(option).output()?;
    ensure!(output.status.success(), "id {option} failed");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The first line of Dovecot's version.
pub fn version() -> String {
    let mut text = String::new();
    let child = Command::new("dovecot").arg("--version").stdout(Stdio::piped()).spawn();
    if let Ok(mut child) = child {
        if let Some(mut stdout) = child.stdout.take() {
            let _ = stdout.read_to_string(&mut text);
        }
        let _ = child.wait();
    }
    text.lines().next().unwrap_or_default().to_owned()
}
