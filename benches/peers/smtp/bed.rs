//! Servers that throw away what they are given: smtp-sink, and a private Postfix, which offers CHUNKING and TLS.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::identity;

/// Where systems keep the roots that they trust.
const ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// Where mail goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Server {
    /// smtp-sink: PIPELINING, nothing is written anywhere.
    Sink,
    /// Postfix: PIPELINING and CHUNKING, and a real queue, which is in memory.
    Postfix,
    /// Postfix, TLS from the first octet.
    PostfixTls,
}

/// Servers at work until it is dropped.
#[derive(Debug)]
pub struct Bed {
    /// In memory; gone afterwards.
    dir: TempDir,
    sink: Child,
    postfix: Child,
    ports: [u16; 3],
}

impl Bed {
    /// Starts them, in a directory of `memory`.
    pub fn start(memory: &Path) -> Result<Self> {
        ensure!(geteuid().is_root(), "the SMTP scenarios need root: Postfix does");
        let daemons = ["/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix/bin"];
        let daemons = daemons.into_iter().map(Path::new).find(|path| path.join("master").exists());
        let daemons = daemons.context("there is no Postfix on this machine; on Debian: apt install postfix")?;
        let dir = tempfile::Builder::new().prefix("mailwire-peers-smtp-").tempdir_in(memory)?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        write_identity(dir.path())?;
        let ports = free_ports()?;
        let [sink_port, smtp, smtps] = ports;
        let sink = Command::new("smtp-sink")
            .args(["-c", "-u", "nobody", &format!("127.0.0.1:{sink_port}"), "256"])
            .stdin(Stdio::null())
            .stdout(File::create(dir.path().join("sink"))?)
            .spawn()
            .context("starting smtp-sink")?;
        let postfix = start_postfix(dir.path(), daemons, smtp, smtps)?;
        let bed = Self { dir, sink, postfix, ports };
        for port in ports {
            bed.await_listening(port)?;
        }
        Ok(bed)
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn port(&self, server: Server) -> u16 {
        let [sink, smtp, smtps] = self.ports;
        match server {
            Server::Sink => sink,
            Server::Postfix => smtp,
            Server::PostfixTls => smtps,
        }
    }

    /// The system's roots and the one of this bed.
    pub fn roots(&self) -> PathBuf {
        self.dir().join("roots.pem")
    }

    /// How many messages the server has taken so far, by its own count.
    pub fn taken(&self, server: Server) -> Result<u64> {
        match server {
            Server::Sink => {
                let mut file = File::open(self.dir().join("sink"))?;
                let length = file.metadata()?.len();
                file.seek(SeekFrom::Start(length.saturating_sub(100)))?;
                let mut said = String::new();
                file.read_to_string(&mut said)?;
                let count = said.rsplit_once("mesg=").map(|(_, rest)| rest.trim().parse());
                Ok(count.transpose()?.unwrap_or_default())
            }
            // Line by line: the memory of this process when it starts another counts as the other's.
            Server::Postfix | Server::PostfixTls => match File::open(self.log_path()) {
                Ok(file) => {
                    let lines = BufReader::new(file).lines().map_while(std::io::Result::ok);
                    Ok(lines.filter(|line| line.contains(" message-id=")).count() as u64)
                }
                Err(_) => Ok(0),
            },
        }
    }

    /// Waits until the server has taken so many and is done with them; fails if it takes none or more.
    pub fn settle(&self, server: Server, expected: u64) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            // What is being written is not a number yet.
            let taken = self.taken(server).unwrap_or_default();
            if taken == expected && (server == Server::Sink || self.waiting() == 0) {
                return Ok(());
            }
            ensure!(Instant::now() < end && taken <= expected, "the server has taken {taken} of {expected} messages");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many messages are in Postfix's queue.
    fn waiting(&self) -> usize {
        let parts = ["maildrop", "incoming", "active", "deferred"];
        let files = parts.map(|part| fs::read_dir(self.dir().join("queue").join(part)).map_or(0, Iterator::count));
        files.iter().sum()
    }

    fn log_path(&self) -> PathBuf {
        self.dir().join("data/postfix.log")
    }

    fn await_listening(&self, port: u16) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                // With TLS from the first octet there is no greeting to wait for.
                stream.set_read_timeout(Some(Duration::from_secs(10)))?;
                let mut greeting = [0; 3];
                if port == self.port(Server::PostfixTls) || stream.read_exact(&mut greeting).is_ok() {
                    return Ok(());
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("nothing greets at port {port}: {}", fs::read_to_string(self.log_path()).unwrap_or_default())
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // Either may be gone already.
        let _ = kill_process(Pid::from_child(&self.sink), Signal::TERM);
        let _ = self.sink.wait();
        let pid = Pid::from_child(&self.postfix);
        let _ = kill_process(pid, Signal::TERM);
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && !matches!(self.postfix.try_wait(), Ok(Some(_))) {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = self.postfix.wait();
    }
}

fn write_identity(dir: &Path) -> Result<()> {
    identity::write(dir)?;
    fs::set_permissions(dir.join("server.key"), fs::Permissions::from_mode(0o600))?;
    let system = ROOTS.into_iter().find_map(|path| fs::read(path).ok());
    let mut roots = system.context("the system's roots were not found; on Debian: apt install ca-certificates")?;
    roots.extend(fs::read(dir.join("ca.pem"))?);
    Ok(fs::write(dir.join("roots.pem"), roots)?)
}

fn free_ports() -> Result<[u16; 3]> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (a, b, c) = (listen()?, listen()?, listen()?);
    Ok([a.local_addr()?.port(), b.local_addr()?.port(), c.local_addr()?.port()])
}

fn start_postfix(dir: &Path, daemons: &Path, smtp: u16, smtps: u16) -> Result<Child> {
    // The directories as `postfix check` would make them.
    let queue = dir.join("queue");
    let make = |path: &Path, owner: &str, mode: u32| -> Result<()> {
        fs::create_dir_all(path)?;
        let status = Command::new("chown").arg(owner).arg(path).status()?;
        ensure!(status.success(), "there is no user {owner}");
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
    };
    for name in
        ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"]
    {
        make(&queue.join(name), "postfix", 0o700)?;
    }
    make(&queue.join("maildrop"), "postfix:postdrop", 0o730)?;
    make(&queue.join("public"), "postfix:postdrop", 0o710)?;
    make(&queue.join("pid"), "root", 0o755)?;
    make(&dir.join("data"), "postfix", 0o700)?;
    make(&dir.join("etc"), "root", 0o755)?;
    fs::write(dir.join("etc/main.cf"), main_cf(dir, daemons))?;
    fs::write(dir.join("etc/master.cf"), master_cf(smtp, smtps))?;
    // Its daemons are its process group, which it ends with itself; the kernel ends it if this process dies.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]).arg(daemons.join("master"));
    command.arg("-c").arg(dir.join("etc")).arg("-d").env_clear().process_group(0);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = File::create(dir.join("output"))?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    command.spawn().context("starting Postfix")
}

fn main_cf(dir: &Path, daemons: &Path) -> String {
    let (dir, daemons) = (dir.display(), daemons.display());
    format!(
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
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
default_transport = discard
message_size_limit = 0
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_tls_cert_file = {dir}/server.pem
smtpd_tls_key_file = {dir}/server.key
in_flow_delay = 0
"
    )
}

fn master_cf(smtp: u16, smtps: u16) -> String {
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
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
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}

/// Postfix's version.
pub fn version() -> String {
    let output = Command::new("postconf").args(["-d", "-h", "mail_version"]).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
