//! Dialogue files: a conversation, how a program is called for it, and what must come of it. Those in `pop3` are about
//! `popfetch`, those in `smtp` about `smtpsend`, those in `imap` about `imapctl`.
//!
//! A file is a sequence of *runs*, separated by a line `=== RUN`. A run has head lines, an empty line, and a script. `#` opens a
//! comment. The first comment of a file says what it shows, with the identifiers of the fault catalogue it belongs to.
//!
//! Head lines (those marked + may be repeated; those marked > go for the following runs too):
//! ```text
//! security: tls|starttls|plain >     tls is the default; plain adds --cleartext-auth
//! certificate: good|expired|… >      what the server presents, see `pki::Identity`
//! host: localhost >                  the host in the URL
//! user: NAME >                       the user in the URL
//! password: TEXT >                   what the password file holds
//! program: smtpsend|sendmail|… >     one of `Program::ALL`; a face gets its `command` and nothing else
//! protocol: smtp|lmtp >              of the URL, in `smtp`; lmtp is in clear and without a user
//! sender: ADDRESS >                  sender@example.org, in `smtp`; `-` for no -f
//! recipients: ADDRESS… >             a@example.net, in `smtp`; `-` for none
//! stdin: BYTES +                     the message, in `smtp`, instead of a usual one
//! command: ARGUMENTS                 the whole command line instead of `fetch URL`, or `-a URL -f SENDER RECIPIENTS`; in `imap`
//!                                    required, and `-a URL` is put in front of it unless it has an `-a` itself
//! args: ARGUMENTS                    added to the command line
//! env: NAME=VALUE +
//! file: NAME CONTENT + >             a private file made before the run, with escapes
//! defaults: none                     without --ca-file, --password-file, --to and --transcript
//! transcript: none                   without --transcript
//! after: complain|repeat|close       what becomes of connections beyond the scripted ones;
//!   or optional                      `optional` is `close`, and the scripted ones need not come
//! cleartext: allowed                 the password may be seen outside TLS
//! peer: plain                        the peer starts without TLS whatever the URL says; `tls` the other way round
//! exit: CODE|CODE…                   the only one that is required
//! stdout: LINE +                     the whole of stdout, line by line, with `*` as wildcard; `stdout: -` for nothing
//! stdout-contains: TEXT +   stdout-lacks: TEXT +
//! stderr: -                          nothing on stderr
//! stderr-contains: TEXT +   stderr-lacks: TEXT +
//! transcript-contains: TEXT +   transcript-lacks: TEXT +
//! holds: NAME BYTES +                what a file below the home must hold, with `*` as wildcard
//! lacks: NAME +                      what must not be there
//! mails: N                           how many mails the Maildir has after the run
//! body: BYTES +                      what DATA-BODY and BDAT got, message by message, with `*` as wildcard; the usual message
//!                                    must come whole anyway
//! mail: BYTES +                      the content of every mail in it, in any order, with escapes
//! within: SECONDS                    the most the run may take (20)
//! memory: MIB                        the most memory it may have had
//! ```
//! Always checked: no panic, no death by signal, no password on any output, in the transcript or the state; no control character
//! on stderr, in the transcript or in `{home}/log`; nothing left in the Maildir's `tmp`.
//!
//! Script lines:
//! ```text
//! S: LINE          the server sends the line with CRLF; escapes and {N*unit} as in `pattern`
//! S-: BYTES        the server sends just these
//! BOMB: BYTES      as S-, but the client may hang up meanwhile
//! C: PATTERN       the client's next line; `*` for anything, `\*` for a star
//! C?: PATTERN      a line that the client may send; indented lines below it follow only then
//! ON PATTERN       indented lines below it answer such a line whenever it comes out of turn
//! NEVER PATTERN    the client must not send this from here on
//! DATA-BODY        a message up to its final dot: lines end in CRLF and dots are stuffed, or the dialogue fails
//! BDAT PATTERN     the client's line BDAT PATTERN and the octets it announces
//! TAKE n           n octets of whatever
//! LITERAL PATTERN  the literal that the client's last line has announced ({n}, {n+}, ~{n}); for {n} say `S: +` first, and
//!                  `C:` the rest of the line behind it, which may be empty
//! MESSAGE          as LITERAL, whatever it is, and it is kept for `body`
//! DEFLATE          from here on both sides compress
//! STARTTLS  CLOSE  TLS-CUT  RESET  SILENCE  DROP-INPUT  EOF (the client closes)  SLEEP ms  DRIP ms  QUIET ms
//! USE NAME         the lines of NAME.part
//! CONNECTION       from here on the next connection
//! ```
//! At the end of a connection's script the client may send QUIT, and then has to close.
//! In `imap` `$TAG`, or `$` before any other name in capitals and digits, stands for the tag at the start of a client's line, and
//! in what the server says from then on for the last tag that it stood for: `C: $A SELECT INBOX`, `C: $B FETCH *`, `S: $A OK`.
//! There `$TAG LOGOUT` is answered wherever it comes, and at the end of the script the client may just close.
//! In `smtp` QUIT is answered by 221 wherever it comes. A user `-` is none, and then there is no password file either.
//! `{plain}`, `{password}`, `{url}`, `{port}`, `{home}`, `{ca}`, `{pin}` stand for what they name, in arguments as in
//! scripts, and `{cr}` and `{lf}` for control characters in arguments; `{password64}`, `{password-hex}` and `{password-percent}` for the password in these forms.

mod replay;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::command::{Finished, Home, PASSWORD, Program, USER, all_files, files};
use super::pattern::{Bytes, Pattern};
use super::peer::{Afterwards, Delivery, Peer, Plan, Script, Step};
use super::pki::{Identity, pki};

/// A dialogue file, read but not yet played: placeholders are known only then.
pub(crate) struct Dialogue {
    name: String,
    folder: Folder,
    runs: Vec<Run>,
    parts: BTreeMap<String, String>,
}

struct Run {
    /// Where the run starts in the file, for messages.
    line: usize,
    head: Vec<(String, String)>,
    script: Vec<String>,
}

/// What a dialogue is about by where it lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Folder {
    Pop3,
    Smtp,
    Imap,
}

/// The message that smtpsend has to send if the dialogue says nothing else. It lacks nothing.
const MESSAGE: &str = "From: sender@example.org\nTo: a@example.net\nSubject: a\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\
                       Message-ID: <1@example.org>\nMIME-Version: 1.0\n\ntext a\n";

const INHERITED: [&str; 10] =
    ["security", "certificate", "host", "user", "password", "file", "program", "protocol", "sender", "recipients"];
const HEADS: [&str; 35] = [
    "holds",
    "lacks",
    "program",
    "protocol",
    "sender",
    "recipients",
    "stdin",
    "body",
    "transcript",
    "security",
    "certificate",
    "host",
    "user",
    "password",
    "file",
    "command",
    "args",
    "env",
    "defaults",
    "after",
    "cleartext",
    "exit",
    "stdout",
    "stdout-contains",
    "stdout-lacks",
    "stderr",
    "stderr-contains",
    "stderr-lacks",
    "transcript-contains",
    "transcript-lacks",
    "mails",
    "mail",
    "within",
    "memory",
    "peer",
];

impl Dialogue {
    /// Reads a file, and the parts that lie beside it.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let mut parts = BTreeMap::new();
        for part in files(path.parent().unwrap()).iter().filter(|path| path.extension().is_some_and(|e| e == "part")) {
            let name = part.file_stem().unwrap().to_string_lossy().into_owned();
            parts.insert(name, fs::read_to_string(part).map_err(|e| e.to_string())?);
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = match path.parent().and_then(Path::file_name).and_then(|name| name.to_str()) {
            Some("pop3") => Folder::Pop3,
            Some("smtp") => Folder::Smtp,
            Some("imap") => Folder::Imap,
            other => return Err(format!("no dialogue lies in {other:?}")),
        };
        Self::parse(folder, &name, &fs::read_to_string(path).map_err(|e| e.to_string())?, parts)
    }

    pub(crate) fn parse(
        folder: Folder,
        name: &str,
        text: &str,
        parts: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let mut runs: Vec<Run> = Vec::new();
        let mut in_head = true;
        if !text.starts_with("# ") {
            return Err("a dialogue opens with a comment that says what it shows".into());
        }
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.starts_with('#') {
                continue;
            }
            if runs.is_empty() || line == "=== RUN" {
                let inherited =
                    |run: &Run| run.head.iter().filter(|(key, _)| INHERITED.contains(&key.as_str())).cloned().collect();
                let head = runs.last().map(inherited).unwrap_or_default();
                runs.push(Run { line: number + 1, head, script: Vec::new() });
                in_head = true;
                if line == "=== RUN" {
                    continue;
                }
            }
            let run = runs.last_mut().unwrap();
            match (in_head, line.is_empty()) {
                (true, true) => in_head = false,
                (true, false) => {
                    let (key, value) =
                        line.split_once(':').ok_or_else(|| format!("line {}: no head line: {line}", number + 1))?;
                    if !HEADS.contains(&key) {
                        return Err(format!("line {}: unknown head line {key}", number + 1));
                    }
                    // What a run says itself wins over what it inherits.
                    if INHERITED.contains(&key) && key != "file" {
                        run.head.retain(|(known, _)| known != key);
                    }
                    run.head.push((key.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()));
                }
                (false, true) => {}
                (false, false) => run.script.push(line.to_owned()),
            }
        }
        match runs.iter().find(|run| run.first("exit").is_none()) {
            Some(run) => Err(format!("the run of line {} has no exit", run.line)),
            None => Ok(Self { name: name.to_owned(), folder, runs, parts }),
        }
    }

    /// Whether every script and argument can be read, which otherwise shows only when they are played.
    pub(crate) fn check(&self) -> Result<(), String> {
        let home = Home::new();
        for run in &self.runs {
            let setting = Setting::new(self.folder, run, &home, 1, String::new())?;
            let scripts = self.scripts(run, &setting).and_then(|_| setting.arguments(run, &home.join("transcript")));
            scripts.map_err(|e| format!("{} (run at line {}): {e}", self.name, run.line))?;
        }
        Ok(())
    }

    /// Plays all runs; the first difference is the error, with what was said around it.
    pub(crate) fn play(&self) -> Result<(), String> {
        let home = Home::new();
        let peer = Peer::listen();
        for run in &self.runs {
            self.play_run(run, &home, &peer).map_err(|e| format!("{} (run at line {}): {e}", self.name, run.line))?;
        }
        Ok(())
    }

    fn play_run(&self, run: &Run, home: &Home, peer: &Peer) -> Result<(), String> {
        let setting = Setting::new(self.folder, run, home, peer.port(), identity(run)?.server_and_pin().1)?;
        let patience = Duration::from_secs(run.number("within")?.unwrap_or(20));
        let timeout = patience + Duration::from_secs(1);
        let manner = Manner { delivery: Delivery::Whole, patience, timeout, further: &[] };
        self.perform(run, &setting, peer, &manner)?.judge(run, &setting)
    }

    fn perform(&self, run: &Run, setting: &Setting<'_>, peer: &Peer, manner: &Manner<'_>) -> Result<Played, String> {
        let home = setting.home;
        home.write_secret("password", &setting.password);
        for file in run.all("file") {
            let (name, content) = file.split_once(' ').ok_or("file: NAME CONTENT")?;
            home.write_secret(name, &String::from_utf8_lossy(&Bytes::parse(&setting.fill(content))?.to_vec()));
        }
        let forbidden_in_clear = match run.first("cleartext") {
            Some(_) => Vec::new(),
            None => setting.canaries(),
        };
        let plan = Plan {
            tls: identity(run)?.server_and_pin().0,
            scripts: self.scripts(run, setting)?,
            afterwards: match run.first("after") {
                None | Some("complain") => Afterwards::Complain,
                Some("repeat") => Afterwards::Repeat,
                Some("close") => Afterwards::Close,
                Some("optional") => Afterwards::Optional,
                Some(other) => return Err(format!("after: {other}?")),
            },
            patience: manner.patience,
            forbidden_in_clear,
        };
        let serving = peer.deliver(plan, manner.delivery);
        let transcript = home.join("transcript");
        drop(fs::remove_file(&transcript));
        let mut arguments = setting.arguments(run, &transcript)?;
        // In front, as what `raw` is given is all for the server.
        arguments.splice(0..0, manner.further.iter().map(|word| (*word).to_owned()));
        let mut call = home.program(setting.program, arguments).timeout(manner.timeout);
        if let Some(message) = setting.message(run)? {
            call = call.stdin(&message);
        }
        for variable in run.all("env") {
            let (name, value) = variable.split_once('=').ok_or("env: NAME=VALUE")?;
            call = call.env(name, setting.fill(value));
        }
        let finished = call.run();
        let (log, conversation) = serving.finish();
        let transcript = fs::read(&transcript).unwrap_or_default();
        Ok(Played { finished, transcript, log, conversation })
    }

    fn scripts(&self, run: &Run, setting: &Setting<'_>) -> Result<Vec<Script>, String> {
        let mut lines = Vec::new();
        self.expand(&run.script, &mut lines, 0)?;
        let mut scripts = Vec::new();
        let peer = run.first("peer").unwrap_or(&setting.security);
        for lines in lines.split(|line| line == "CONNECTION") {
            let mut steps = steps(lines, setting)?;
            let farewell = match self.folder {
                Folder::Pop3 => None,
                Folder::Smtp => Some(("QUIT", r"221 bye\r\n")),
                Folder::Imap => Some(("$TAG LOGOUT", r"* BYE bye\r\n$TAG OK bye\r\n")),
            };
            if let Some((asked, said)) = farewell {
                steps.insert(0, Step::On(setting.pattern(asked)?, vec![Step::Send(Bytes::parse(said)?)]));
            }
            scripts.push(Script { implicit_tls: peer == "tls", steps });
        }
        // A run without a script is one without a connection.
        if lines.is_empty() {
            scripts.clear();
        }
        Ok(scripts)
    }

    fn expand(&self, script: &[String], into: &mut Vec<String>, depth: usize) -> Result<(), String> {
        for line in script {
            let blanks = line.len() - line.trim_start().len();
            match line.trim_start().strip_prefix("USE ") {
                Some(name) if depth < 4 => {
                    let part = self.parts.get(name).ok_or_else(|| format!("no part {name}"))?;
                    let part: Vec<_> = part
                        .lines()
                        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
                        .map(|line| format!("{}{line}", " ".repeat(blanks)))
                        .collect();
                    self.expand(&part, into, depth + 1)?;
                }
                Some(_) => return Err("parts within parts within parts".into()),
                None => into.push(line.clone()),
            }
        }
        Ok(())
    }
}

/// How a run is played.
struct Manner<'a> {
    delivery: Delivery,
    /// How long the peer waits.
    patience: Duration,
    /// When the run is killed.
    timeout: Duration,
    /// In front of the arguments.
    further: &'a [&'a str],
}

/// What came of it.
struct Played {
    finished: Finished,
    transcript: Vec<u8>,
    log: Vec<String>,
    /// The messages that the peer got, or what was not as scripted.
    conversation: Result<Vec<Vec<u8>>, String>,
}

impl Played {
    fn judge(&self, run: &Run, setting: &Setting<'_>) -> Result<(), String> {
        let (finished, transcript) = (&self.finished, &self.transcript);
        let judged = match &self.conversation {
            Ok(bodies) => Judge { run, home: setting.home, setting, finished, transcript, bodies }.judge(),
            Err(e) => Err(e.clone()),
        };
        judged.map_err(|e| format!("{e}\n{}", self.story()))
    }

    /// What was said last, and what the program said.
    fn story(&self) -> String {
        let from = self.log.len().saturating_sub(14);
        format!("--- conversation\n{}\n{}", self.log[from..].join("\n"), self.finished.both())
    }
}

fn identity(run: &Run) -> Result<Identity, String> {
    let name = run.first("certificate").unwrap_or("good");
    Ok(Identity::ALL.iter().find(|(known, _)| *known == name).ok_or("unknown certificate")?.1)
}

impl Run {
    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.head.iter().filter(move |(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn first(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    fn number(&self, key: &str) -> Result<Option<u64>, String> {
        self.first(key).map(|value| value.parse().map_err(|_| format!("{key}: {value} is no number"))).transpose()
    }
}

/// What the placeholders stand for.
struct Setting<'a> {
    home: &'a Home,
    folder: Folder,
    program: Program,
    protocol: String,
    security: String,
    user: String,
    password: String,
    host: String,
    port: u16,
    pin: String,
}

impl<'a> Setting<'a> {
    fn new(folder: Folder, run: &Run, home: &'a Home, port: u16, pin: String) -> Result<Self, String> {
        let or = |key, default: &str| run.first(key).unwrap_or(default).to_owned();
        let (program, protocol) = match folder {
            Folder::Pop3 => ("popfetch", "pop3"),
            Folder::Smtp => ("smtpsend", "smtp"),
            Folder::Imap => ("imapctl", "imap"),
        };
        let (program, protocol) = (or("program", program), or("protocol", protocol));
        let (security, user) = if protocol == "lmtp" { ("plain", "-") } else { ("tls", USER) };
        Ok(Self {
            home,
            folder,
            program: Program::ALL.iter().find(|(name, _)| *name == program).ok_or("unknown program")?.1,
            protocol,
            security: or("security", security),
            user: or("user", user),
            password: or("password", PASSWORD),
            host: or("host", "localhost"),
            port,
            pin,
        })
    }

    fn url(&self) -> String {
        let tls = if self.security == "tls" { "s" } else { "" };
        let user = if self.user == "-" { String::new() } else { format!("{}@", self.user) };
        format!("{}{tls}://{user}{}:{}", self.protocol, self.host, self.port)
    }

    /// What is on stdin.
    fn message(&self, run: &Run) -> Result<Option<Vec<u8>>, String> {
        let given: Vec<_> = run.all("stdin").collect();
        if self.folder == Folder::Pop3 || (given.is_empty() && run.first("command").is_some()) {
            return Ok(None);
        }
        if given.is_empty() {
            return Ok(Some(MESSAGE.into()));
        }
        let mut message = Vec::new();
        for bytes in given {
            message.extend(Bytes::parse(&self.fill(bytes))?.to_vec());
        }
        Ok(Some(message))
    }

    fn plain(&self) -> String {
        STANDARD.encode(format!("\0{}\0{}", self.user, self.password))
    }

    fn pattern(&self, text: &str) -> Result<Pattern, String> {
        match self.folder {
            Folder::Imap => Pattern::parse_tagged(text),
            Folder::Pop3 | Folder::Smtp => Pattern::parse(text),
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{plain}", &self.plain())
            .replace("{user64}", &STANDARD.encode(&self.user))
            .replace("{password64}", &STANDARD.encode(&self.password))
            .replace("{password-hex}", &hex(self.password.as_bytes()))
            .replace("{password-percent}", &percent(&self.password, hex))
            .replace("{pin}", &self.pin)
            .replace("{password}", &self.password)
            .replace("{url}", &self.url())
            .replace("{port}", &self.port.to_string())
            .replace("{home}", &self.home.path().to_string_lossy())
            .replace("{ca}", &pki().ca_file().to_string_lossy())
            .replace("{cr}", "\r")
            .replace("{lf}", "\n")
    }

    /// What must be found nowhere.
    fn canaries(&self) -> Vec<Vec<u8>> {
        let mut canaries = canaries(&self.password);
        canaries.push(self.plain().into_bytes());
        canaries
    }

    fn arguments(&self, run: &Run, transcript: &Path) -> Result<Vec<String>, String> {
        let (mut line, rest) = match (run.first("command"), self.folder) {
            (Some(line), _) => (self.fill(line), String::new()),
            (None, Folder::Imap) => return Err("command: is what a dialogue of IMAP needs".into()),
            (None, Folder::Pop3) => (format!("fetch {}", self.url()), String::new()),
            (None, Folder::Smtp) => {
                let sender = run.first("sender").unwrap_or("sender@example.org");
                let sender = if sender == "-" { String::new() } else { format!(" -f {sender}") };
                let recipients = run.first("recipients").unwrap_or("a@example.net");
                let recipients = if recipients == "-" { String::new() } else { recipients.to_owned() };
                (format!("-a {}{}", self.url(), self.fill(&sender)), self.fill(&recipients))
            }
        };
        let fetches = line == "fetch" || line.starts_with("fetch ");
        if let Some(args) = run.first("args") {
            line = format!("{line} {}", self.fill(args));
        }
        let mut arguments = shlex::split(&line).ok_or("unbalanced quotes")?;
        let recipients = shlex::split(&rest).ok_or("unbalanced quotes")?;
        let is_face = !matches!(self.program, Program::Popfetch | Program::Smtpsend | Program::Imapctl);
        if is_face || run.first("defaults") == Some("none") {
            arguments.extend(recipients);
            return Ok(arguments);
        }
        let has = |option: &str, arguments: &[String]| {
            arguments.iter().any(|known| known == option || known.starts_with(&format!("{option}=")))
        };
        let given = arguments.len();
        let named = has("-a", &arguments) || has("--account", &arguments);
        let mut add = |option: &str, value: String| {
            if !has(option, &arguments) {
                arguments.extend([option.to_owned(), value]);
            }
        };
        if self.folder == Folder::Imap && !named {
            add("-a", self.url());
        }
        add("--ca-file", pki().ca_file().to_string_lossy().into_owned());
        if self.user != "-" {
            add("--password-file", self.home.password_file().to_string_lossy().into_owned());
        }
        if run.first("transcript") != Some("none") {
            add("--transcript", transcript.to_string_lossy().into_owned());
        }
        if fetches {
            add("--to", format!("maildir:{}", self.home.maildir().display()));
        }
        if self.security == "plain" && self.protocol != "lmtp" {
            add("--security", "plain".into());
            if self.user != "-" && !has("--cleartext-auth", &arguments) {
                arguments.push("--cleartext-auth".into());
            }
        }
        if let Ok(backend) = std::env::var("MAILWIRE_TEST_TLS_BACKEND") {
            arguments.extend(["--tls-backend".into(), backend]);
        }
        // What `raw` is given after its name is all for the server.
        if self.folder == Folder::Imap {
            arguments.rotate_left(given);
        }
        arguments.extend(recipients);
        Ok(arguments)
    }
}

/// A secret as it is and in every encoding that a server may repeat it in.
pub(crate) fn encodings(secret: &str) -> Vec<String> {
    let upper = |bytes: &[u8]| hex(bytes).to_uppercase();
    let mut encodings = vec![secret.to_owned(), hex(secret.as_bytes()), upper(secret.as_bytes())];
    encodings.extend([percent(secret, hex), percent(secret, upper)]);
    for offset in 0..3 {
        let encoded = STANDARD.encode(format!("{}{secret}", "x".repeat(offset)));
        encodings.extend([encoded.replace('+', "-").replace('/', "_"), encoded]);
    }
    encodings
}

/// What must be found nowhere, in whatever encoding.
pub(crate) fn canaries(secret: &str) -> Vec<Vec<u8>> {
    let mut canaries = vec![secret.to_owned(), hex(secret.as_bytes()), hex(secret.as_bytes()).to_uppercase()];
    canaries.extend([percent(secret, hex), percent(secret, |bytes| hex(bytes).to_uppercase())]);
    // In base64 at each of the three offsets, without the letters that depend on what stands around it.
    for offset in 0..3 {
        let encoded = STANDARD.encode(format!("{}{secret}", "x".repeat(offset)));
        let from = if offset == 0 { 0 } else { 4 };
        let sure = &encoded[from..encoded.len().saturating_sub(4)];
        canaries.extend([sure.to_owned(), sure.replace('+', "-").replace('/', "_")]);
    }
    canaries.retain(|canary| canary.len() >= 8);
    canaries.into_iter().map(String::into_bytes).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str, digits: impl Fn(&[u8]) -> String) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{}", digits(&[byte])),
    };
    text.bytes().map(byte).collect()
}

fn steps(lines: &[String], setting: &Setting<'_>) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let indented = after.iter().take_while(|line| line.starts_with(' ')).count();
        let (block, next) = after.split_at(indented);
        rest = next;
        let inner: Vec<_> = block.iter().map(|line| line.trim_start().to_owned()).collect();
        steps.push(step(line, self::steps(&inner, setting)?, setting).map_err(|e| format!("{line}: {e}"))?);
    }
    Ok(steps)
}

fn step(line: &str, inner: Vec<Step>, setting: &Setting<'_>) -> Result<Step, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = setting.fill(rest);
    let millis = || rest.parse().map(Duration::from_millis).map_err(|_| "no number".to_owned());
    Ok(match word {
        "S:" => {
            let mut bytes = Bytes::parse(&rest)?;
            bytes.pieces.push((b"\r\n".to_vec(), 1));
            Step::Send(bytes)
        }
        "S-:" => Step::Send(Bytes::parse(&rest)?),
        "BOMB:" => Step::Bomb(Bytes::parse(&rest)?),
        "C:" => Step::Expect(setting.pattern(&rest)?),
        "C?:" => Step::Optional(setting.pattern(&rest)?, inner),
        "ON" => Step::On(setting.pattern(&rest)?, inner),
        "NEVER" => Step::Never(setting.pattern(&rest)?),
        "STARTTLS" => Step::StartTls,
        "DEFLATE" => Step::Deflate,
        "LITERAL" => Step::Literal(Pattern::parse(&rest)?),
        "MESSAGE" => Step::Message,
        "CLOSE" => Step::Close,
        "TLS-CUT" => Step::Cut,
        "RESET" => Step::Reset,
        "SILENCE" => Step::Silence,
        "DROP-INPUT" => Step::DropInput,
        "EOF" => Step::Eof,
        "DATA-BODY" => Step::Body,
        "BDAT" => Step::Chunk(Pattern::parse(line)?),
        "TAKE" => Step::Take(rest.parse().map_err(|_| "no number".to_owned())?),
        "SLEEP" => Step::Sleep(millis()?),
        "DRIP" => Step::Drip(millis()?),
        "QUIET" => Step::Quiet(millis()?),
        other => return Err(format!("unknown step {other}")),
    })
}

/// What came of a run, against what its head demands.
struct Judge<'a> {
    run: &'a Run,
    home: &'a Home,
    setting: &'a Setting<'a>,
    finished: &'a Finished,
    transcript: &'a [u8],
    bodies: &'a [Vec<u8>],
}

impl Judge<'_> {
    fn judge(&self) -> Result<(), String> {
        self.ending()?;
        self.output("stdout", &self.finished.stdout)?;
        self.output("stderr", &self.finished.stderr)?;
        self.output("transcript", self.transcript)?;
        self.mails()?;
        self.files()?;
        self.bodies()?;
        self.secrets()?;
        let log = self.log();
        for (name, bytes) in
            [("stderr", self.finished.stderr.as_slice()), ("transcript", self.transcript), ("the log", &log)]
        {
            // Those of C1 too, which are two octets in UTF-8.
            if let Some(c) = String::from_utf8_lossy(bytes).chars().find(|c| c.is_control() && *c != '\n') {
                return Err(format!("a control character in {name}: {c:?}"));
            }
        }
        Ok(())
    }

    fn ending(&self) -> Result<(), String> {
        let finished = self.finished;
        if finished.timed_out {
            return Err(format!("still running after {:?}", finished.elapsed));
        }
        let code = finished.code();
        let wanted = self.run.first("exit").unwrap();
        if !wanted.split('|').any(|wanted| wanted == code.to_string()) {
            return Err(format!("exit {code} instead of {wanted}"));
        }
        match self.run.number("memory")? {
            Some(most) if finished.peak_rss > most << 20 => {
                Err(format!("{} KiB of memory, more than {most} MiB", finished.peak_rss >> 10))
            }
            _ => Ok(()),
        }
    }

    fn output(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        for text in self.run.all(&format!("{name}-contains")) {
            let text = self.setting.fill(text);
            if memmem::find(bytes, text.as_bytes()).is_none() {
                return Err(format!("{name} lacks {text:?}\n{}", self.shown(name, bytes)));
            }
        }
        for text in self.run.all(&format!("{name}-lacks")) {
            let text = self.setting.fill(text);
            if memmem::find(bytes, text.as_bytes()).is_some() {
                return Err(format!("{name} has {text:?}\n{}", self.shown(name, bytes)));
            }
        }
        let wanted: Vec<_> = self.run.all(name).filter(|line| *line != "-").collect();
        // `transcript: none` is about the command line.
        if self.run.first(name).is_none() || name == "transcript" {
            return Ok(());
        }
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<_> = text.lines().collect();
        for (number, wanted) in wanted.iter().enumerate() {
            let line = lines.get(number).ok_or_else(|| format!("{name} ends before {wanted:?}"))?;
            if !Pattern::parse(&self.setting.fill(wanted))?.matches(line.as_bytes()) {
                return Err(format!("{name} line {}: {wanted:?} expected, {line:?} came", number + 1));
            }
        }
        match lines.get(wanted.len()) {
            Some(line) => Err(format!("{name} goes on: {line:?}")),
            None => Ok(()),
        }
    }

    /// What `--log {home}/log` has written.
    fn log(&self) -> Vec<u8> {
        fs::read(self.home.join("log")).unwrap_or_default()
    }

    /// The transcript is not among what every failure shows.
    fn shown(&self, name: &str, bytes: &[u8]) -> String {
        match name {
            "transcript" => format!("--- transcript\n{}", String::from_utf8_lossy(&bytes[..bytes.len().min(8192)])),
            _ => String::new(),
        }
    }

    fn mails(&self) -> Result<(), String> {
        let mails = self.home.mails();
        if let Some(count) = self.run.number("mails")?
            && mails.len() as u64 != count
        {
            return Err(format!("{} mails instead of {count}", mails.len()));
        }
        let mut wanted = Vec::new();
        for mail in self.run.all("mail") {
            wanted.push(Bytes::parse(mail)?.to_vec());
        }
        wanted.sort();
        if !wanted.is_empty() && wanted != mails {
            let show = |mails: &[Vec<u8>]| -> Vec<String> {
                mails.iter().map(|mail| mail[..mail.len().min(300)].escape_ascii().to_string()).collect()
            };
            return Err(format!("mails {:#?} instead of {:#?}", show(&mails), show(&wanted)));
        }
        match files(&self.home.maildir().join("tmp")).as_slice() {
            [] => Ok(()),
            [left, ..] => Err(format!("left behind: {}", left.display())),
        }
    }

    /// What the program has written besides mail.
    fn files(&self) -> Result<(), String> {
        for held in self.run.all("holds") {
            let (name, wanted) = held.split_once(' ').unwrap_or((held, ""));
            let content = fs::read(self.home.join(name)).map_err(|e| format!("{name}: {e}"))?;
            if !Pattern::parse(&self.setting.fill(wanted))?.matches(&content) {
                let start = content[..content.len().min(600)].escape_ascii();
                return Err(format!("{name}: {wanted:?} expected, it holds {start}"));
            }
        }
        match self.run.all("lacks").find(|name| self.home.join(name).exists()) {
            Some(name) => Err(format!("{name} is there")),
            None => Ok(()),
        }
    }

    /// The messages that the peer got.
    fn bodies(&self) -> Result<(), String> {
        let wanted: Vec<_> = self.run.all("body").collect();
        let excerpt = |body: &[u8]| body[..body.len().min(600)].escape_ascii().to_string();
        if wanted.is_empty() && self.run.first("stdin").is_none() && self.run.first("command").is_none() {
            let usual = MESSAGE.replace('\n', "\r\n").into_bytes();
            return match self.bodies.iter().find(|body| **body != usual) {
                Some(other) => Err(format!("the message was changed: {}", excerpt(other))),
                None => Ok(()),
            };
        }
        for (number, wanted) in wanted.iter().enumerate() {
            let body = self.bodies.get(number).ok_or_else(|| format!("{number} messages came, {wanted:?} not"))?;
            if !Pattern::parse(&self.setting.fill(wanted))?.matches(body) {
                return Err(format!("message {}: {wanted:?} expected, {} came", number + 1, excerpt(body)));
            }
        }
        match self.bodies.get(wanted.len()) {
            Some(further) if !wanted.is_empty() => Err(format!("a further message came: {}", excerpt(further))),
            _ => Ok(()),
        }
    }

    fn secrets(&self) -> Result<(), String> {
        let mut places: Vec<(PathBuf, Vec<u8>)> = vec![
            ("stdout".into(), self.finished.stdout.clone()),
            ("stderr".into(), self.finished.stderr.clone()),
            ("the transcript".into(), self.transcript.to_vec()),
            ("the log".into(), self.log()),
        ];
        for path in all_files(&self.home.join("state")) {
            let content = fs::read(&path).map_err(|e| e.to_string())?;
            places.push((path, content));
        }
        for (place, content) in &places {
            for canary in self.setting.canaries() {
                if memmem::find(content, &canary).is_some() {
                    return Err(format!("a secret in {}", place.display()));
                }
            }
        }
        Ok(())
    }
}
