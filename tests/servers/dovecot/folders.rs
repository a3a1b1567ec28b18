//! The private Dovecot as IMAP shows it: where it listens, and what lies in its folders.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::{Dovecot, NOBODY, Store, give};
use crate::support::command::files;

/// The date of the first of the seeded messages.
pub(crate) const SEEDED_FROM: u64 = 1_700_000_000;

impl Dovecot {
    /// The user whose quota is 64 KiB; everybody else has 1 GiB.
    pub(crate) const FULL: &'static str = super::configuration::FULL.0;

    /// The URL of a user's folders, by TLS from the start.
    pub(crate) fn imaps_url(&self, user: &str) -> String {
        format!("imaps://{user}@localhost:{}", self.imaps)
    }

    /// The URL of a user's folders, by STARTTLS.
    pub(crate) fn imap_url(&self, user: &str) -> String {
        format!("imap://{user}@localhost:{}", self.imap)
    }

    /// The URL of a user's folders, by a socket in the file system.
    pub(crate) fn imap_socket_url(&self, user: &str) -> String {
        format!("imap://{user}@{}", self.dir.path().join("imap.socket").display())
    }

    /// A command whose standard input and output are an IMAP session of the user, already logged in.
    pub(crate) fn preauth_command(&self, user: &str) -> String {
        let config = self.dir.path().join("dovecot.conf");
        let drop = if self.foreign { "setpriv --reuid 65534 --regid 65534 --clear-groups " } else { "" };
        let folder = ["/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot"]
            .into_iter()
            .find(|folder| Path::new(folder).join("imap").exists())
            .unwrap_or("/usr/libexec/dovecot");
        format!("{drop}env USER={user} HOME={} {folder}/imap -c {}", self.home(user).display(), config.display())
    }

    /// Makes a folder by its name in UTF-8, levels separated by `/`, and subscribes to it.
    pub(crate) fn create_folder(&self, user: &str, name: &str) {
        self.doveadm(&["mailbox", "create", "-u", user, "-s", name]);
    }

    /// Makes many folders at once; names of ASCII letters and digits, levels separated by `/`. Maildir only.
    pub(crate) fn create_folders(&self, user: &str, names: &[String]) {
        assert_eq!(self.store, Store::Maildir);
        let maildir = self.home(user).join("Maildir");
        for name in names {
            make_maildir(&maildir.join(format!(".{}", name.replace('/', "."))));
        }
        let mut subscriptions = fs::read_to_string(maildir.join("subscriptions")).unwrap_or_else(|_| "V\t2\n\n".into());
        for name in names {
            subscriptions.push_str(&name.replace('/', "\t"));
            subscriptions.push('\n');
        }
        fs::write(maildir.join("subscriptions"), subscriptions).unwrap();
        self.hand_over(user);
    }

    /// Puts messages, LF line ends, into a folder that is there, with flags as Maildir writes them (`FRS` say); they get the
    /// dates [`SEEDED_FROM`] and on, a minute apart. Maildir only.
    pub(crate) fn fill_folder(&self, user: &str, folder: &str, messages: &[Vec<u8>], flags: &str) {
        let cur = self.folder_path(user, folder).join("cur");
        let first = fs::read_dir(&cur).map_or(0, Iterator::count) as u64;
        for (number, message) in (first..).zip(messages) {
            put(&cur, number, message, flags);
        }
        self.hand_over(user);
    }

    /// As `fill_folder`, with so many small messages made up: message n of the folder is from `sender-K@example.org`, K from 0
    /// to 6, its subject is `seeded n`, every third is seen, every tenth flagged.
    pub(crate) fn seed(&self, user: &str, folder: &str, count: u64) {
        let cur = self.folder_path(user, folder).join("cur");
        let first = fs::read_dir(&cur).map_or(0, Iterator::count) as u64;
        for number in first..first + count {
            let flags = match (number % 10 == 0, number % 3 == 0) {
                (true, true) => "FS",
                (true, false) => "F",
                (false, true) => "S",
                (false, false) => "",
            };
            put(&cur, number, &seeded(number), flags);
        }
        self.hand_over(user);
    }

    /// The messages in a folder, sorted. Maildir only.
    pub(crate) fn messages(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        let path = self.folder_path(user, folder);
        let mut mails: Vec<_> = ["new", "cur"]
            .iter()
            .flat_map(|part| files(&path.join(part)))
            .map(|path| fs::read(path).unwrap())
            .collect();
        mails.sort();
        mails
    }

    /// The UIDs of a folder's messages that match (`ALL`, `SEEN`, `KEYWORD x` …).
    pub(crate) fn uids(&self, user: &str, folder: &str, criteria: &[&str]) -> Vec<u32> {
        let mut words = vec!["-f", "flow", "fetch", "-u", user, "uid", "mailbox", folder];
        words.extend(criteria);
        let said = self.doveadm(&words);
        said.lines().filter_map(|line| line.strip_prefix("uid=")).map(|uid| uid.trim().parse().unwrap()).collect()
    }

    /// The names of a user's folders.
    pub(crate) fn folders(&self, user: &str) -> Vec<String> {
        let mut names: Vec<_> =
            self.doveadm(&["mailbox", "list", "-8", "-u", user]).lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    fn folder_path(&self, user: &str, folder: &str) -> PathBuf {
        assert_eq!(self.store, Store::Maildir);
        let inbox = self.home(user).join("Maildir");
        if folder == "INBOX" {
            make_maildir(&inbox);
            return inbox;
        }
        let path = PathBuf::from(self.doveadm(&["mailbox", "path", "-u", user, "-t", "mailbox", folder]).trim());
        make_maildir(&path);
        path
    }

    /// Dovecot may have to be given what the tests have written.
    fn hand_over(&self, user: &str) {
        if self.foreign {
            give(&self.home(user), Some(NOBODY));
        }
    }
}

/// The message `number` of a seeded folder, LF line ends.
pub(crate) fn seeded(number: u64) -> Vec<u8> {
    format!(
        "From: Sender {0} <sender-{0}@example.org>\nTo: user@example.net\nSubject: seeded {number}\n\
         Date: Tue, {1:02} Nov 2023 {2:02}:{3:02}:00 +0000\nMessage-ID: <seeded-{number}@example.org>\n\nBody of {number}.\n",
        number % 7,
        1 + number / 1440 % 28,
        number / 60 % 24,
        number % 60,
    )
    .into_bytes()
}

fn make_maildir(path: &Path) {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(path.join(part)).unwrap();
    }
}

/// The name tells Dovecot the sizes, so that it need not read every file for them.
fn put(cur: &Path, number: u64, message: &[u8], flags: &str) {
    let lines = message.iter().filter(|octet| **octet == b'\n').count();
    let (size, date) = (message.len(), SEEDED_FROM + 60 * number);
    let serial = super::SERIAL.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("{date}.M{serial}P2.test,S={size},W={}:2,{flags}", size + lines);
    let mut file = File::create_new(cur.join(name)).unwrap();
    file.write_all(message).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(date)).unwrap();
}

#[test]
fn dovecot_answers_imap() {
    use crate::servers::talk::Talk;
    for store in [Store::Maildir, Store::Sdbox] {
        let Some(dovecot) = Dovecot::start(store) else { return };
        if dovecot.imaps == 0 {
            return;
        }
        dovecot.fill("user", &[seeded(0), seeded(1)]);
        dovecot.create_folder("user", "Grüße/a.b");
        let mut talk = Talk::imaps(dovecot.imaps);
        assert!(talk.greeting.contains("IMAP4rev1"), "{}", talk.greeting);
        talk.login("user");
        let capabilities = talk.ask("CAPABILITY");
        for wanted in [
            "ACL",
            "QUOTA",
            "METADATA",
            "COMPRESS=DEFLATE",
            "NOTIFY",
            "SPECIAL-USE",
            "LIST-STATUS",
            "QRESYNC",
            "CATENATE",
            "BINARY",
            "MOVE",
            "ESEARCH",
            "PREVIEW",
            "SAVEDATE",
            "MULTIAPPEND",
            "SEARCHRES",
            "WITHIN",
            "SORT=DISPLAY",
        ] {
            assert!(capabilities.contains(wanted), "no {wanted} in {capabilities}\n{}", dovecot.log());
        }
        let list = talk.ask("LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES))");
        assert!(list.contains("\\Sent") && list.contains("Gr&APwA3w-e/a.b") && list.contains("MESSAGES 2"), "{list}");
        assert!(talk.ask("SELECT INBOX").contains("* 2 EXISTS"));
        assert!(talk.ask("FETCH 2 (ENVELOPE)").contains("seeded 1"));
        assert!(talk.ask("GETQUOTAROOT INBOX").contains("* QUOTA "));
        assert!(talk.ask("MYRIGHTS INBOX").contains("* MYRIGHTS INBOX "));
        talk.ask("SETMETADATA INBOX (/private/comment \"a note\")");
        assert!(talk.ask("GETMETADATA INBOX /private/comment").contains("a note"));
        talk.ask("SETACL Sent other lr");
        let mut other = Talk::imaps(dovecot.imaps);
        other.login("other");
        assert!(other.ask("LIST \"\" \"Others/*\"").contains("Others/user/Sent"), "{}", dovecot.log());
    }
}

#[test]
fn dovecot_is_seeded_and_knows_a_full_mailbox() {
    use std::os::unix::net::UnixStream;

    use crate::servers::talk::Talk;
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.seed("user", "INBOX", 300);
    dovecot.create_folders("user", &["Lists/rust".to_owned(), "Work".to_owned()]);
    dovecot.fill_folder("user", "Lists/rust", &[b"Subject: a\n\nb\n".to_vec()], "S");
    assert_eq!(dovecot.uids("user", "INBOX", &["SEEN"]).len(), 100);
    assert_eq!(dovecot.messages("user", "Lists/rust"), [b"Subject: a\n\nb\n"]);
    assert!(dovecot.folders("user").contains(&"Lists/rust".to_owned()), "{:?}", dovecot.folders("user"));
    let mut talk = Talk::imaps(dovecot.imaps);
    talk.login("user");
    let list = talk.ask("LIST (SUBSCRIBED) \"\" \"*\" RETURN (STATUS (MESSAGES UNSEEN))");
    assert!(list.contains("STATUS INBOX (MESSAGES 300 UNSEEN 200)"), "{list}");
    assert!(list.contains("STATUS Lists/rust (MESSAGES 1 UNSEEN 0)"), "{list}");

    assert!(dovecot.imap_url("user").ends_with(&dovecot.imap.to_string()));
    assert!(dovecot.imaps_url("user").ends_with(&dovecot.imaps.to_string()));
    let mut full = Talk::starttls(dovecot.imap);
    full.login(Dovecot::FULL);
    let body = "x".repeat(78).repeat(1000);
    assert!(full.tell(&format!("APPEND INBOX {{{}+}}\r\n{body}", body.len())).contains("[OVERQUOTA]"));

    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("echo 'a LOGOUT' | {}", dovecot.preauth_command("user"))])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(UnixStream::connect(dovecot.imap_socket_url("").trim_start_matches("imap://@")).is_ok());
    assert!(said.starts_with("* PREAUTH"), "{said}\n{}", dovecot.log());
}
