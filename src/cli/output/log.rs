//! `--log`: one line per message and session, for those who keep accounts of their mail.

mod imapctl;

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::record::{Mail, MessageResult, Queued, Record, Session, Summary, Warning};
use super::{Output, Program};
use crate::cli::args::LogTarget;
use crate::cli::exit::{Exit, Failure};
use crate::cli::verdict::Status;
use crate::error::{Error, Rejection};
use crate::text::{rfc3339, sanitize, sanitize_capped};

/// Where the system's log is listened to.
const SYSLOG: [&str; 2] = ["/dev/log", "/var/run/syslog"];

/// How long a line may wait for the system's log.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest value that is logged, in characters.
const MAX_VALUE: usize = 300;

/// RFC 3164 section 4.1.1: facility mail.
const MAIL: u8 = 2;

/// An output that also keeps a log.
pub struct Logged {
    inner: Box<dyn Output>,
    log: Log,
}

/// A log.
pub struct Log {
    sink: Sink,
    failed: Mutex<Option<io::Error>>,
}

enum Sink {
    File(File),
    System { program: Program, path: PathBuf, socket: Mutex<UnixDatagram> },
}

/// RFC 3164 section 4.1.1.
#[derive(Clone, Copy)]
enum Severity {
    Error = 3,
    Information = 6,
}

impl Logged {
    /// Everything goes on to `inner`.
    pub fn new(inner: Box<dyn Output>, log: Log) -> Self {
        Self { inner, log }
    }
}

impl Output for Logged {
    fn record(&self, record: &Record<'_>) {
        let line = match record {
            Record::Delivered(delivered) => Line::of_mail(&delivered.mail, "delivered").add("to", delivered.target),
            Record::Deleted(mail) => Line::of_mail(mail, "deleted"),
            Record::Skipped(skipped) => Line::of_mail(&skipped.mail, "skipped").add("why", skipped.reason),
            Record::Session(session) => session_line(session),
            Record::Message(message) => message_line(message),
            Record::Queued(queued) => queued_line(queued),
            Record::Removed(removed) => Line::of("-", "removed").add("queued", removed.id),
            Record::Imapctl(told) => {
                if let Some((severity, line)) = imapctl::line(told) {
                    self.log.write(severity, &line);
                }
                return self.inner.record(record);
            }
            _ => return self.inner.record(record),
        };
        let exit = match record {
            Record::Session(session) => session.exit,
            Record::Message(message) => message.exit(),
            _ => Exit::OK,
        };
        let severity = match record {
            Record::Message(_) if exit != Exit::OK => Severity::Error,
            _ => Severity::Information,
        };
        self.log.write(severity, &line.add("exit", &exit.to_string()));
        self.inner.record(record);
    }

    fn visited(&self, account: &str, host: &str, exit: Exit) {
        let line = Line::of(account, "session").add("host", host).add("exit", &exit.to_string());
        self.log.write(Severity::Information, &line);
        self.inner.visited(account, host, exit);
    }

    fn warn(&self, warning: &Warning<'_>) {
        self.inner.warn(warning);
    }

    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.log.write(Severity::Error, &failure_line(failure, mail));
        self.inner.error(failure, mail);
    }

    fn finish(&self, summary: &Summary) -> Result<(), Failure> {
        let finished = self.inner.finish(summary);
        let failed = self.log.failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        match failed {
            None => finished,
            Some(error) => Err(Error::io("writing the log", error).into()),
        }
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl Log {
    /// Opens it; fails with 73, before anything has been done that it would have to tell of.
    pub fn open(program: Program, target: &LogTarget) -> Result<Self, Failure> {
        let sink = match target {
            LogTarget::File(path) => Sink::File(append(path).map_err(|error| {
                Error::create(format!("opening the log {}", sanitize(path.as_os_str().as_encoded_bytes())), error)
            })?),
            LogTarget::Syslog => system(program, SYSLOG.iter().map(Path::new))
                .map_err(|error| Error::create("connecting to the system's log", error))?,
        };
        Ok(Self { sink, failed: Mutex::default() })
    }

    fn write(&self, severity: Severity, line: &Line) {
        if let Err(error) = self.sink.write(severity, line) {
            self.failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
        }
    }
}

impl Sink {
    /// One write per line, so that the lines of several processes do not mix.
    fn write(&self, severity: Severity, line: &Line) -> io::Result<()> {
        match self {
            Self::File(file) => {
                let mut file: &File = file;
                file.write_all(format!("{} {}\n", rfc3339(SystemTime::now()), line.0).as_bytes())
            }
            Self::System { program, path, socket } => {
                let packet = packet(*program, severity, &line.0);
                let mut socket = socket.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                match socket.send(packet.as_bytes()) {
                    Ok(_) => Ok(()),
                    // The log's daemon was started anew.
                    Err(_) => {
                        *socket = connect(path)?;
                        socket.send(packet.as_bytes()).map(drop)
                    }
                }
            }
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn system<'a>(program: Program, paths: impl Iterator<Item = &'a Path>) -> io::Result<Sink> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for path in paths {
        match connect(path) {
            Ok(socket) => return Ok(Sink::System { program, path: path.to_owned(), socket: Mutex::new(socket) }),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// RFC 3164 section 4.1, without the host name, which a local log knows.
fn packet(program: Program, severity: Severity, line: &str) -> String {
    let priority = MAIL * 8 + severity as u8;
    let now = jiff::Zoned::now().strftime("%b %e %H:%M:%S").to_string();
    format!("<{priority}>{now} {}[{}]: {line}", program.name(), std::process::id())
}

/// `name=value` pairs; values with blanks in them are quoted, and hold no control characters.
struct Line(String);

impl Line {
    fn of(account: &str, what: &str) -> Self {
        Self(String::new()).add("account", account).add("what", what)
    }

    fn of_mail(mail: &Mail<'_>, what: &str) -> Self {
        let mut line = Self::of(mail.account, what);
        if mail.uidl.is_empty() {
            line = mail.number.iter().fold(line, |line, number| line.add("number", &number.to_string()));
        } else {
            line = line.add_bytes("uidl", mail.uidl);
        }
        match mail.size {
            Some(size) => line.add("size", &size.to_string()),
            None => line,
        }
    }

    fn envelope(self, sender: Option<&str>, recipients: &[&str]) -> Self {
        self.add("from", &format!("<{}>", sender.unwrap_or_default()))
            .add("to", &recipients.join(","))
            .add("recipients", &recipients.len().to_string())
    }

    fn maybe(self, name: &str, value: Option<&str>) -> Self {
        value.into_iter().fold(self, |line, value| line.add(name, value))
    }

    fn add(self, name: &str, value: &str) -> Self {
        self.add_bytes(name, value.as_bytes())
    }

    fn add_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let value = sanitize_capped(value, MAX_VALUE);
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        let is_plain = !value.is_empty() && !value.contains([' ', '"', '\\']);
        self.0.push_str(&match is_plain {
            true => format!("{name}={value}"),
            false => format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        });
        self
    }
}

fn session_line(session: &Session<'_>) -> Line {
    let counts = &session.counts;
    let mut line = Line::of(session.account, "session").add("host", session.host);
    for (name, count) in [
        ("fetched", counts.fetched),
        ("deleted", counts.deleted),
        ("skipped", counts.skipped),
        ("failed", counts.failed),
        ("octets", counts.octets),
    ] {
        line = line.add(name, &count.to_string());
    }
    line
}

/// From whom, to whom, what the server calls it and said of it: of the recipient who fared worst, if not all fared well.
fn message_line(message: &MessageResult) -> Line {
    let (all, accepted) = (message.recipients.len() as u64, message.count(Status::Accepted));
    let exit = message.exit();
    let what = match (&message.queued, exit) {
        (None, Exit::UNKNOWN) => "unknown",
        (_, Exit::OK) if all > 0 && accepted == all => "sent",
        (Some(_), _) => "deferred",
        (None, Exit::OK | Exit::PARTLY) => "partly-sent",
        _ => "failed",
    };
    let addresses: Vec<&str> = message.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
    let mut line = Line::of(&message.account, what)
        .maybe("id", message.id.as_deref())
        .maybe("message-id", message.message_id.as_deref())
        .envelope(message.sender.as_deref(), &addresses)
        .add("accepted", &accepted.to_string())
        .maybe("size", message.size.map(|size| size.to_string()).as_deref());
    let queue_ids = message.queue_ids();
    if !queue_ids.is_empty() {
        line = line.add("queue-id", &queue_ids.join(","));
    }
    line = line.maybe("queued", message.queued.as_deref());
    let refused: Vec<&str> = message
        .recipients
        .iter()
        .filter(|recipient| recipient.verdict.status() != Status::Accepted)
        .map(|recipient| recipient.address.as_str())
        .collect();
    if accepted > 0 && !refused.is_empty() {
        line = line.add("not-accepted", &refused.join(","));
    }
    let verdicts = || message.recipients.iter().map(|recipient| &recipient.verdict);
    let failed = [Status::Unknown, Status::Refused, Status::Deferred, Status::Unsent]
        .into_iter()
        .find_map(|status| verdicts().find(|verdict| verdict.status() == status));
    match (failed.or_else(|| verdicts().next()), &message.trouble) {
        (_, Some((error, _))) => line.add("error", &error.to_string()),
        (Some(verdict), None) => line.add("verdict", &verdict.to_string()),
        (None, None) => line,
    }
}

fn queued_line(queued: &Queued<'_>) -> Line {
    let addresses: Vec<&str> = queued.recipients.iter().map(String::as_str).collect();
    Line::of(queued.account, "queued")
        .maybe("message-id", queued.message_id)
        .envelope(queued.sender, &addresses)
        .add("size", &queued.size.to_string())
        .add("queued", queued.id)
}

fn failure_line(failure: &Failure, mail: Option<&Mail<'_>>) -> Line {
    let line = match (mail, failure.account.as_deref()) {
        (Some(mail), _) => Line::of_mail(mail, "failed"),
        (None, account) => Line::of(account.unwrap_or("-"), "failed"),
    };
    line.failure(failure)
}

impl Line {
    /// What failed, and how it ended.
    fn failure(self, failure: &Failure) -> Self {
        let line = failure.stage().iter().fold(self, |line, stage| line.add("stage", stage));
        let line = match failure.rejection() {
            Some(Rejection { code: Some(code), text, .. }) => line.add("verdict", &format!("[{code}] {text}")),
            Some(Rejection { text, .. }) => line.add("verdict", text),
            None => line.add("error", &failure.error.to_string()),
        };
        line.add("exit", &failure.exit.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::record::{Counts, Delivered};
    use super::*;

    struct Silent;

    impl Output for Silent {
        fn record(&self, _: &Record<'_>) {}
        fn warn(&self, _: &Warning<'_>) {}
        fn error(&self, _: &Failure, _: Option<&Mail<'_>>) {}
        fn finish(&self, _: &Summary) -> Result<(), Failure> {
            Ok(())
        }
        fn is_closed(&self) -> bool {
            false
        }
    }

    const SUMMARY: Summary = Summary { exit: Exit::OK, worst: Exit::OK, accounts: 1, done: None };

    fn mail() -> Mail<'static> {
        Mail { account: "work", uidl: b"a b\n\"c", number: None, size: Some(12) }
    }

    #[test]
    fn a_line_per_event_in_a_private_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let open =
            || Logged::new(Box::new(Silent), Log::open(Program::Popfetch, &LogTarget::File(path.clone())).unwrap());
        let logged = open();
        logged.record(&Record::Delivered(Delivered { mail: mail(), target: "maildir:/home/ann/Mail" }));
        let rejection =
            Rejection { verb: "PASS", code: Some("AUTH".into()), enhanced: None, text: "no".into(), transient: false };
        logged.error(&Failure::from(Error::Authentication(rejection)).of("work"), None);
        logged.visited("work", "h", Exit::OK);
        assert!(logged.finish(&SUMMARY).is_ok());
        let counts = Counts { fetched: 1, octets: 12, ..Counts::default() };
        open().record(&Record::Session(Session { account: "work", host: "h", counts, exit: Exit::OK }));
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(
            lines,
            [
                "account=work what=delivered uidl=\"a b^J\\\"c\" size=12 to=maildir:/home/ann/Mail exit=0",
                "account=work what=failed stage=pass verdict=\"[AUTH] no\" exit=77",
                "account=work what=session host=h exit=0",
                "account=work what=session host=h fetched=1 deleted=0 skipped=0 failed=0 octets=12 exit=0",
            ]
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_line_tells_a_message_s_fate() {
        use super::super::record::tests::{accepted, message};
        use crate::cli::verdict::tests::refused;

        let sent = message(vec![("b@example.net", accepted("4X"))]);
        let common = "account=work what=";
        let about = "message-id=<1@example.org> from=<ann@example.org> to=";
        assert_eq!(
            message_line(&sent).0,
            format!(
                "{common}sent {about}b@example.net recipients=1 accepted=1 size=1234 queue-id=4X \
                 verdict=\"accepted: 250 2.0.0 Ok: queued as 4X\""
            )
        );
        let unknown = || refused("RCPT", "550", Some("5.1.1"));
        let mut partly =
            message(vec![("a@x", accepted("4X")), ("b@x", refused("RCPT", "450", None)), ("c@x", unknown())]);
        let text = message_line(&partly).0;
        assert!(
            text.starts_with(&format!("{common}partly-sent {about}a@x,b@x,c@x recipients=3 accepted=1 ")),
            "{text}"
        );
        assert!(text.ends_with("not-accepted=b@x,c@x verdict=\"refused at RCPT: 550 5.1.1 no such user\""), "{text}");
        partly.recipients.truncate(2);
        partly.queued = Some("q1".into());
        let text = message_line(&partly).0;
        assert!(text.starts_with(&format!("{common}deferred ")) && text.contains(" queued=q1 "), "{text}");
        assert!(message_line(&message(vec![("c@x", unknown())])).0.starts_with(&format!("{common}failed ")));
        let recipients = ["b@x".to_owned()];
        let queued =
            Queued { account: "work", id: "q1", message_id: None, sender: None, recipients: &recipients, size: 9 };
        assert_eq!(queued_line(&queued).0, "account=work what=queued from=<> to=b@x recipients=1 size=9 queued=q1");
    }

    #[test]
    fn the_system_log_is_told_again_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let listen = || {
            let socket = UnixDatagram::bind(&path).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            socket
        };
        let first = listen();
        let sink = system(Program::Smtpsend, [Path::new("/nonexistent"), path.as_path()].into_iter()).unwrap();
        let told = |socket: &UnixDatagram| {
            let mut buffer = [0; 1000];
            let length = socket.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        };
        sink.write(Severity::Information, &Line::of("work", "deleted")).unwrap();
        let text = told(&first);
        let tag = format!(" smtpsend[{}]: account=work what=deleted", std::process::id());
        assert!(text.starts_with("<22>") && text.ends_with(&tag), "{text}");
        drop(first);
        fs::remove_file(&path).unwrap();
        let second = listen();
        sink.write(Severity::Error, &Line::of("work", "failed")).unwrap();
        assert!(told(&second).starts_with("<19>"));
    }

    #[test]
    fn a_log_that_cannot_be_opened_or_written_is_told() {
        let failure = Log::open(Program::Popfetch, &LogTarget::File("/nonexistent/log".into())).err().unwrap();
        assert_eq!(failure.exit.code(), 73);
        if let Ok(log) = Log::open(Program::Popfetch, &LogTarget::File("/dev/full".into())) {
            let logged = Logged::new(Box::new(Silent), log);
            logged.record(&Record::Deleted(mail()));
            assert_eq!(logged.finish(&SUMMARY).unwrap_err().exit.code(), 74);
        }
    }
}
