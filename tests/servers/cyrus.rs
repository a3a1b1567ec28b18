//! A private Cyrus IMAP server: on free ports of loopback, its own certificate, its own mail, gone when dropped.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::dovecot::{free_ports, give, write_certificate};
use super::talk::Talk;
use crate::support::command::{PASSWORD, all_files};

/// Where Debian has the programs, and where others build them to.
const PROGRAMS: [&str; 4] =
    ["/usr/lib/cyrus/bin", "/usr/libexec/cyrus-imapd", "/usr/lib/cyrus-imapd", "/usr/local/libexec/cyrus-imapd"];

/// Where tests/run unpacks the one program that Debian does not install beside Dovecot's.
const UNPACKED: &str = "/usr/local/lib/cyrus-imapd/usr/lib/cyrus/bin";

/// Who Cyrus runs as where the tests are root.
const CYRUS: &str = "cyrus";

pub(crate) struct Cyrus {
    dir: TempDir,
    master: Child,
    /// In clear and with STARTTLS.
    pub(crate) imap: u16,
    /// TLS from the start.
    pub(crate) imaps: u16,
}

impl Cyrus {
    /// Who may do anything to everybody's folders.
    pub(crate) const ADMIN: &'static str = "admin";

    /// Starts one; `None`, said loudly, where there is none and the environment does not insist. Every user has the password
    /// of the tests, and INBOX, Archive, Drafts, Junk, Sent, Trash since the first login.
    pub(crate) fn start() -> Option<Self> {
        let required = env::var_os("CI").is_some() || env::var_os("MAILWIRE_REQUIRE_SERVERS").is_some();
        let program = |name: &str| {
            let folders = PROGRAMS.iter().chain([&UNPACKED]);
            folders.map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
        };
        let (Some(master), Some(imapd), Some(recover)) = (program("master"), program("imapd"), program("ctl_cyrusdb"))
        else {
            assert!(!required, "there is no Cyrus IMAP server on this machine");
            eprintln!("SKIPPED: there is no Cyrus IMAP server on this machine, nothing was tested against it");
            return None;
        };
        // Ports are free when asked for, and may be taken when Cyrus asks: then once more.
        (0..3).find_map(|_| Self::try_start(&master, &imapd, &recover)).or_else(|| panic!("Cyrus does not start"))
    }

    fn try_start(program: &Path, imapd: &Path, recover: &Path) -> Option<Self> {
        let as_root = geteuid().is_root();
        let dir = tempfile::Builder::new().prefix("cyrus-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let [imap, imaps] = free_ports();
        for folder in ["db", "socket", "proc", "lock", "user", "quota", "msg", "log/user"] {
            fs::create_dir_all(dir.path().join("conf").join(folder)).unwrap();
        }
        fs::create_dir(dir.path().join("spool")).unwrap();
        write_certificate(dir.path());
        fs::write(dir.path().join("imapd.conf"), settings(dir.path())).unwrap();
        fs::write(dir.path().join("cyrus.conf"), services(dir.path(), imapd, recover, imap, imaps)).unwrap();
        answer_logins(UnixListener::bind(dir.path().join("logins")).unwrap());
        fs::set_permissions(dir.path().join("logins"), fs::Permissions::from_mode(0o777)).unwrap();
        // What becomes another user forgets that its end was tied to the test's: so it never was anybody else.
        let mut command = Command::new("setpriv");
        if as_root {
            let uid = output("id", &["-u", CYRUS]);
            give(dir.path(), Some(uid.parse().unwrap()));
            command.args(["--reuid", CYRUS, "--regid", &output("id", &["-gn", CYRUS]), "--init-groups", "setpriv"]);
        } else {
            command.env("CYRUS_USER", output("id", &["-un"])).env("CYRUS_GROUP", output("id", &["-gn"]));
        }
        command.args(["--pdeathsig", "TERM"]).arg(program);
        for (option, file) in [("-C", "imapd.conf"), ("-M", "cyrus.conf"), ("-p", "master.pid")] {
            command.arg(option).arg(dir.path().join(file));
        }
        let said = fs::File::create(dir.path().join("said")).unwrap();
        // When it ends it ends its whole process group, which is not to be that of other tests' servers.
        command.process_group(0);
        command.arg("-D").stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let mut cyrus = Self { master: command.spawn().unwrap(), dir, imap, imaps };
        if cyrus.answers() {
            return Some(cyrus);
        }
        eprintln!("Cyrus did not start: {}", fs::read_to_string(cyrus.dir.path().join("said")).unwrap_or_default());
        None
    }

    /// Whether it greets within twenty seconds.
    fn answers(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end && self.master.try_wait().unwrap().is_none() {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.imap)) {
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut greeting = [0; 4];
                if stream.read_exact(&mut greeting).is_ok() && greeting == *b"* OK" {
                    return true;
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// The URL of a user's folders, by TLS from the start.
    pub(crate) fn imaps_url(&self, user: &str) -> String {
        format!("imaps://{user}@localhost:{}", self.imaps)
    }

    /// The URL of a user's folders, by STARTTLS.
    pub(crate) fn imap_url(&self, user: &str) -> String {
        format!("imap://{user}@localhost:{}", self.imap)
    }

    /// A session of the user, logged in.
    pub(crate) fn talk(&self, user: &str) -> Talk {
        let mut talk = Talk::plain(self.imap);
        talk.login(user);
        talk
    }

    /// Puts messages, LF line ends, into a folder that is there, all with these flags (`\Seen \Flagged` say).
    pub(crate) fn fill(&self, user: &str, folder: &str, messages: &[Vec<u8>], flags: &str) {
        let mut talk = self.talk(user);
        for batch in messages.chunks(500) {
            let mut command = format!("APPEND \"{folder}\"").into_bytes();
            for message in batch {
                let message = String::from_utf8_lossy(message).replace('\n', "\r\n");
                command.extend(format!(" ({flags}) {{{}+}}\r\n{message}", message.len()).bytes());
            }
            talk.ask(&String::from_utf8(command).unwrap());
        }
    }

    /// What the sessions of the user `user` have said and been told, for a failing test to show. Of nobody else.
    pub(crate) fn log(&self) -> String {
        let logs = all_files(&self.dir.path().join("conf/log"));
        logs.iter().map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect()
    }
}

impl Drop for Cyrus {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = kill_process(Pid::from_child(&self.master), Signal::TERM);
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

/// Stands in for saslauthd until the process ends: a login is right if it has the password of the tests.
fn answer_logins(listener: UnixListener) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            drop(answer_login(stream));
        }
    });
}

/// User, password, service and realm, each behind its length in two octets; the answer likewise.
fn answer_login(mut stream: UnixStream) -> io::Result<()> {
    let mut fields = Vec::new();
    for _ in 0..4 {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut field = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut field)?;
        fields.push(field);
    }
    stream.write_all(if fields[1] == PASSWORD.as_bytes() { b"\0\x02OK" } else { b"\0\x02NO" })
}

fn settings(dir: &Path) -> String {
    assert!(fs::metadata(dir).unwrap().mode() & 0o001 != 0, "Cyrus is somebody else");
    let folders = ["Archive", "Drafts", "Junk", "Sent", "Trash"];
    let uses: String = folders.iter().map(|name| format!("xlist-{}: {name}\n", name.to_lowercase())).collect();
    format!(
        "configdirectory: {dir}/conf
partition-default: {dir}/spool
defaultpartition: default
admins: {admin}
allowplaintext: yes
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {dir}/logins
sasl_mech_list: PLAIN LOGIN
tls_server_cert: {dir}/server.pem
tls_server_key: {dir}/server.key
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 1000000
autocreate_inbox_folders: {folders}
autocreate_subscribe_folders: {folders}
{uses}servername: cyrus.test
imapidlepoll: 1
failedloginpause: 0
anyoneuseracl: yes
annotation_allow_undefined: yes
skiplist_unsafe: yes
lmtpsocket: {dir}/conf/socket/lmtp
idlesocket: {dir}/conf/socket/idle
notifysocket: {dir}/conf/socket/notify
",
        dir = dir.display(),
        admin = Cyrus::ADMIN,
        folders = folders.join("|"),
    )
}

fn services(dir: &Path, imapd: &Path, recover: &Path, imap: u16, imaps: u16) -> String {
    let (dir, imapd, recover) = (dir.display(), imapd.display(), recover.display());
    let service = |name: &str, option: &str, port: u16| {
        format!(
            "  {name} cmd=\"{imapd}{option} -C {dir}/imapd.conf\" listen=\"127.0.0.1:{port}\" prefork=1 proto=tcp4\n"
        )
    };
    format!(
        "START {{\n  recover cmd=\"{recover} -r -C {dir}/imapd.conf\"\n}}\nSERVICES {{\n{}{}}}\nEVENTS {{\n}}\n",
        service("imap", "", imap),
        service("imaps", " -s", imaps)
    )
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn cyrus_answers_imap() {
    let Some(cyrus) = Cyrus::start() else { return };
    assert!(cyrus.imaps_url("user").starts_with("imaps://user@") && cyrus.imap_url("user").starts_with("imap://"));
    let mut talk = Talk::imaps(cyrus.imaps);
    assert!(talk.tell("LOGIN user wrong").contains(" NO "), "a wrong password is none");
    talk.login("user");
    let capabilities = talk.ask("CAPABILITY");
    for wanted in [
        "ACL",
        "METADATA",
        "OBJECTID",
        "QRESYNC",
        "LIST-MYRIGHTS",
        "LIST-METADATA",
        "CREATE-SPECIAL-USE",
        "PREVIEW",
        "SAVEDATE",
        "BINARY",
        "CATENATE",
        "ESORT",
        "COMPRESS=DEFLATE",
        "APPENDLIMIT",
        "IDLE",
        "MULTIAPPEND",
        "QUOTA",
    ] {
        assert!(capabilities.contains(wanted), "no {wanted} in {capabilities}");
    }
    cyrus.fill("user", "INBOX", &[b"Subject: one\n\na\n".to_vec(), b"Subject: two\n\nb\n".to_vec()], "\\Seen");
    let selected = talk.ask("SELECT INBOX");
    assert!(selected.contains("* 2 EXISTS") && selected.contains("MAILBOXID"), "{selected}");
    assert!(talk.ask("FETCH 2 (ENVELOPE EMAILID FLAGS)").contains("\"two\""));
    assert!(talk.ask("LIST \"\" * RETURN (SPECIAL-USE)").to_lowercase().contains("\\sent"));
    talk.ask("SETACL Sent other lrs");
    assert!(talk.ask("GETACL Sent").contains("other lrs"));
    talk.ask("SETMETADATA Sent (/private/comment \"a note\")");
    assert!(talk.ask("GETMETADATA Sent /private/comment").contains("a note"));
    assert!(cyrus.log().contains("SETMETADATA"), "the sessions of `user` are written down");
    cyrus.talk(Cyrus::ADMIN).ask("SETQUOTA user/user (STORAGE 200000)");
    assert!(talk.ask("GETQUOTAROOT INBOX").contains("200000"));
    Talk::starttls(cyrus.imap).login("user");
}
