//! Groups F and G of the fault catalogue: for any argument bytes and any message, a server that takes every octet at its word
//! sees exactly the commands that were meant, and one end of data.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailparse::parse_mail;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::signatures;
use crate::support::command::{Finished, Home, PASSWORD, Program};
use crate::support::recorder::{CHUNKING, Message, Recorder, USUAL};

/// Everything that an option may ask for.
const FULL: &[&str] = &[
    "PIPELINING",
    "SIZE 100000000",
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "SMTPUTF8",
    "DELIVERBY",
    "FUTURERELEASE 999999999 2099-01-01T00:00:00Z",
    "MT-PRIORITY MIXER",
    "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT",
    "AUTH PLAIN LOGIN",
];

/// So many cases, or as many as `MAILWIRE_CASES` wants; each is a process.
fn runner(cases: u32) -> TestRunner {
    let cases = env::var("MAILWIRE_CASES").ok().map_or(cases, |wanted| wanted.parse().unwrap());
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// What has been used to smuggle commands and parameters, and anything else.
const NASTY: &[&[u8]] = &[
    b"\r\n",
    b"\r",
    b"\n",
    b"\x01",
    b"\x1b",
    b"\x7f",
    b"\t",
    b" ",
    b">",
    b"<",
    b"\"",
    b"\\",
    b"@",
    b",",
    b";",
    b":",
    b"(",
    b"=",
    b"+",
    b"-",
    b"%0d%0a",
    b"+0D+0A",
    b"=?utf-8?q?x?=",
    b"=?utf-8?q?=0D=0Ax?=",
    b"\r\nRCPT TO:<evil@example.net>\r\n",
    b"> NOTIFY=NEVER",
    b" SIZE=9",
    b"\r\nX-Evil: yes",
    b"a",
    b"b.example",
    b"\xc3\xbc",
    b"\xff",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
];

/// An option, a value that it takes, and what of the session such a value may change.
#[derive(Clone, Copy, Debug)]
struct Place {
    option: &'static str,
    good: &'static str,
    with: &'static [&'static str],
    changes: Change,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Change {
    Sender,
    Recipients,
    Greeting,
    /// A parameter of MAIL.
    Mail(&'static [&'static str]),
    /// A parameter of RCPT.
    Rcpt(&'static str),
    Xclient,
    Login,
    /// A header field.
    Field(&'static str),
    /// Whatever field the value names.
    AnyField,
    /// The text, in which control characters have a place.
    Text,
}

const fn place(option: &'static str, good: &'static str, changes: Change) -> Place {
    Place { option, good, with: &[], changes }
}

const LOGIN: &[&str] = &["--auth", "PLAIN", "--cleartext-auth", "--password-file", "password"];

const PLACES: &[Place] = &[
    place("-f", "x@y.example", Change::Sender),
    place("-f", "X Y <x@y.example>", Change::Sender),
    place("--envelope-from", "x@y.example", Change::Sender),
    place("RECIPIENT", "x@y.example", Change::Recipients),
    place("RECIPIENT", "X Y <x@y.example>", Change::Recipients),
    place("RECIPIENT", "\"x y\"@y.example", Change::Recipients),
    place("--to", "x@y.example", Change::Recipients),
    place("--cc", "x@y.example", Change::Recipients),
    place("--bcc", "g: x@y.example;", Change::Recipients),
    place("--ehlo", "mx.y.example", Change::Greeting),
    place("--envid", "x=1", Change::Mail(&["ENVID"])),
    place("--mail-auth", "x@y.example", Change::Mail(&["AUTH"])),
    place("--by", "120;r", Change::Mail(&["BY"])),
    place("--hold-for", "90m", Change::Mail(&["HOLDFOR", "HOLDUNTIL"])),
    place("--hold-for", "2030-01-02T03:04:05Z", Change::Mail(&["HOLDFOR", "HOLDUNTIL"])),
    place("--ret", "hdrs", Change::Mail(&["RET"])),
    place("--priority", "3", Change::Mail(&["MT-PRIORITY"])),
    place("--notify", "success,failure", Change::Rcpt("NOTIFY")),
    place("--xclient", "ADDR=192.0.2.1 NAME=mx.y.example", Change::Xclient),
    Place { option: "-u", good: "ann", with: LOGIN, changes: Change::Login },
    Place { option: "--authzid", good: "ann", with: &["-u", "bob"], changes: Change::Login },
    place("-s", "words", Change::Field("subject")),
    place("--reply-to", "x@y.example", Change::Field("reply-to")),
    place("--in-reply-to", "<1@y.example>", Change::Field("in-reply-to")),
    place("-H", "X-Mine: words", Change::AnyField),
    place("--body", "words", Change::Text),
    place("--attach", "part;name=words", Change::Field("content-disposition")),
    place("--attach", "part;type=text/csv", Change::Field("content-type")),
    Place {
        option: "--inline",
        good: "part;cid=words",
        with: &["--html", "part"],
        changes: Change::Field("content-id"),
    },
    place("--qualify-domain", "y.example", Change::Field("message-id")),
    Place {
        option: "--dkim-selector",
        good: "rsa",
        with: &["--dkim-key", "key", "--dkim-domain", "y.example"],
        changes: Change::Field("dkim-signature"),
    },
    Place {
        option: "--dkim-domain",
        good: "y.example",
        with: &["--dkim-key", "key", "--dkim-selector", "rsa"],
        changes: Change::Field("dkim-signature"),
    },
];

impl Place {
    /// The words of a command line; `-f a@b.example` and `c@d.example` unless the value is about those.
    fn arguments(&self, value: OsString) -> Vec<OsString> {
        let mut words: Vec<OsString> = self.with.iter().map(Into::into).collect();
        if self.changes == Change::Login && self.option == "--authzid" {
            words.extend(LOGIN.iter().map(Into::into));
        }
        if self.option != "-f" {
            words.extend(["-f".into(), "a@b.example".into()]);
        }
        match self.option {
            "RECIPIENT" => words.extend(["--".into(), value]),
            option => words.extend([option.into(), value, "--".into(), "c@d.example".into()]),
        }
        words
    }

    /// Panics unless the session is the one that was meant, but for what the value may change.
    fn judge(&self, lines: &[String], message: &Message, value: &[u8]) {
        let verbs: Vec<&str> = lines.iter().map(|line| line.split([' ', ':']).next().unwrap()).collect();
        let mut wanted = match self.changes {
            Change::Xclient => vec!["EHLO", "XCLIENT", "EHLO"],
            Change::Login => vec!["EHLO", "AUTH"],
            _ => vec!["EHLO"],
        };
        wanted.push("MAIL");
        wanted.extend(message.recipients.iter().map(|_| "RCPT"));
        wanted.extend(["DATA", "QUIT"]);
        assert_eq!(verbs, wanted, "{lines:#?}");

        let text = std::str::from_utf8(value).unwrap();
        match self.changes {
            // As DNS has it.
            Change::Greeting if !text.is_ascii() => assert!(lines[0].contains("xn--"), "{}", lines[0]),
            Change::Greeting => assert_eq!(lines[0].to_lowercase(), format!("ehlo {}", text.to_lowercase())),
            _ => assert_eq!(lines[0], "EHLO [127.0.0.1]"),
        }
        if self.changes == Change::Login {
            let plain = STANDARD.decode(lines[1].strip_prefix("AUTH PLAIN ").unwrap()).unwrap();
            let (identity, user) = if self.option == "-u" { ("", text) } else { (text, "bob") };
            assert_eq!(plain, format!("{identity}\0{user}\0{PASSWORD}").into_bytes());
        }
        match self.changes {
            // That it is an address was seen when it was read.
            Change::Sender => {}
            _ => assert_eq!(message.sender, "a@b.example"),
        }
        match (self.changes, self.option) {
            (Change::Recipients, "RECIPIENT") => {}
            (Change::Recipients, _) => assert!(message.recipients.iter().any(|(path, _)| path == "c@d.example")),
            _ => assert_eq!(
                message.recipients.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
                ["c@d.example"]
            ),
        }
        for (keyword, _) in &message.parameters {
            let own = matches!(self.changes, Change::Mail(own) if own.contains(&keyword.as_str()));
            assert!(own || ["SIZE", "BODY", "SMTPUTF8"].contains(&keyword.as_str()), "MAIL {keyword}");
        }
        for (keyword, _) in message.recipients.iter().flat_map(|(_, parameters)| parameters) {
            assert!(self.changes == Change::Rcpt("NOTIFY") && keyword == "NOTIFY", "RCPT {keyword}");
        }
        self.judge_header(message, text);
    }

    /// No field is there twice, and none that was not meant.
    fn judge_header(&self, message: &Message, value: &str) {
        let end = memchr::memmem::find(&message.text, b"\r\n\r\n").unwrap();
        let header = String::from_utf8_lossy(&message.text[..end]).into_owned();
        let named = value.split_once(':').map(|(name, _)| name.trim().to_lowercase()).unwrap_or_default();
        let mut seen: Vec<String> = Vec::new();
        for line in header.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
            let name = line.split_once(':').unwrap_or_else(|| panic!("no field: {line:?}")).0.trim().to_lowercase();
            let own = match self.changes {
                Change::Field("in-reply-to") => name == "in-reply-to" || name == "references",
                Change::Field(own) => name == own,
                Change::AnyField => name == named,
                _ => false,
            };
            let usual = [
                "from",
                "to",
                "cc",
                "subject",
                "date",
                "message-id",
                "mime-version",
                "content-type",
                "content-transfer-encoding",
            ];
            assert!(own || usual.contains(&name.as_str()), "a field {name}\n{header}");
            assert!(!seen.contains(&name), "{name} twice\n{header}");
            seen.push(name);
        }
    }
}

/// A good value with something in it, or something else altogether.
fn spoilt(good: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(NASTY.to_vec()), 0..4).prop_map(|pieces| pieces.concat());
    (pieces, 0..=good.len(), prop::bool::weighted(0.2)).prop_map(move |(pieces, at, alone)| match alone {
        true => pieces,
        false => [&good.as_bytes()[..at], &pieces, &good.as_bytes()[at..]].concat(),
    })
}

fn home() -> Home {
    let home = Home::new();
    fs::write(home.join("part"), "a part\n").unwrap();
    home.write_secret("key", std::str::from_utf8(signatures::RSA).unwrap());
    home
}

fn send(home: &Home, recorder: &Recorder, more: Vec<OsString>, message: &[u8]) -> Finished {
    let mut arguments: Vec<OsString> = recorder.arguments().into_iter().map(Into::into).collect();
    arguments.extend(more);
    home.program(Program::Smtpsend, arguments).stdin(message).run()
}

/// Whatever happens, the program ends in a way that it has chosen.
fn is_orderly(run: &Finished) -> bool {
    !run.timed_out && [0, 64, 65, 66, 69, 78].contains(&run.code())
}

/// F1 to F5, F10, F11: whatever an argument holds, the session is the one that was meant or there is none.
#[test]
fn no_argument_becomes_a_command() {
    let strategy = prop::sample::select(PLACES.to_vec()).prop_flat_map(|place| (Just(place), spoilt(place.good)));
    let home = home();
    runner(400)
        .run(&strategy, |(place, value)| {
            let recorder = Recorder::serve(FULL);
            let run =
                send(&home, &recorder, place.arguments(OsString::from_vec(value.clone())), b"Subject: x\n\ntext\n");
            prop_assert!(is_orderly(&run), "exit {}\n{}", run.code(), run.both());
            let messages = recorder.messages();
            prop_assert_eq!(messages.len(), usize::from(run.code() == 0), "{}", run.both());
            let sessions = recorder.sessions();
            let spoilt = std::str::from_utf8(&value).map_or(true, |text| text.chars().any(char::is_control));
            if spoilt && place.changes != Change::Text {
                prop_assert!(matches!(run.code(), 64..=66), "exit {}\n{}", run.code(), run.both());
                prop_assert!(sessions.is_empty(), "a connection");
            }
            if let [message] = messages.as_slice() {
                place.judge(&sessions[0].lines, message, &value);
            }
            Ok(())
        })
        .unwrap();
}

/// Every place is one where a good value works: else the property says nothing.
#[test]
fn what_an_argument_is_for_works() {
    for place in PLACES {
        let (home, recorder) = (home(), Recorder::serve(FULL));
        let run = send(&home, &recorder, place.arguments(place.good.into()), b"Subject: x\n\ntext\n").exits(0);
        let messages = recorder.messages();
        assert_eq!(messages.len(), 1, "{place:?}\n{}", run.both());
        place.judge(&recorder.sessions()[0].lines, &messages[0], place.good.as_bytes());
        match place.changes {
            Change::Mail(own) => {
                assert!(messages[0].parameters.iter().any(|(keyword, _)| own.contains(&keyword.as_str())))
            }
            Change::Rcpt(own) => assert_eq!(messages[0].recipients[0].1[0].0, own),
            _ => {}
        }
    }
}

/// F1: what is asked by --verb is one line.
#[test]
fn no_verb_becomes_two() {
    let strategy = prop::sample::select(vec!["VRFY x", "EXPN list", "HELP", "NOOP"]).prop_flat_map(spoilt);
    let home = home();
    runner(64)
        .run(&strategy, |value| {
            let recorder = Recorder::serve(USUAL);
            let run = send(&home, &recorder, vec!["--verb".into(), OsString::from_vec(value.clone())], b"");
            prop_assert!(!run.timed_out && run.code() >= 0 && run.code() != 70 && run.code() != 101, "{}", run.both());
            let sessions = recorder.sessions();
            let text = std::str::from_utf8(&value).unwrap_or("\n");
            if text.chars().any(char::is_control) {
                prop_assert!(matches!(run.code(), 64 | 65) && sessions.is_empty(), "{}", run.both());
            }
            for session in sessions {
                let said: Vec<_> = session.lines[1..].iter().filter(|line| *line != "QUIT").collect();
                prop_assert!(said.len() <= 1, "{said:?}");
                prop_assert!(said.iter().all(|line| **line == value.escape_ascii().to_string()), "{said:?}");
            }
            Ok(())
        })
        .unwrap();
}

/// F1, F10: nor does a value of the configuration file, which may hold a NUL, or a URL with percent signs.
#[test]
fn no_setting_becomes_a_command() {
    let keys = [
        "user",
        "authzid",
        "password",
        "address",
        "from",
        "envelope-from",
        "ehlo",
        "mail-auth",
        "qualify-domain",
        "smtp",
    ];
    let controls = ["\\u0000", "\\r\\n", "\\n", "\\r", "\\u001b", "\\u007f", "\\u0085", "%0d%0a", "%00", "%1b"];
    for key in keys {
        for control in controls {
            let (home, recorder) = (home(), Recorder::serve(FULL));
            let url = format!("smtp://ann@127.0.0.1:{}", recorder.port());
            let plain = !control.starts_with('%');
            let setting = match key {
                "smtp" if plain => continue,
                // A password may hold anything that base64 can carry; NUL ends it in PLAIN.
                "password" if ["\\u001b", "\\u007f", "\\u0085"].contains(&control) => continue,
                "smtp" => format!("smtp = \"smtp://ann{control}x@127.0.0.1:{}\"\n", recorder.port()),
                _ if !plain => continue,
                _ => {
                    let good = if key.contains("from") || key.contains("a") && key != "password" {
                        "x@y.example"
                    } else {
                        "xy"
                    };
                    format!("smtp = \"{url}\"\n{key} = \"{good}{control}RCPT\"\n")
                }
            };
            let password = if key == "password" { "" } else { "password-file = \"password\"\n" };
            let text = format!(
                "[accounts.work]\nsecurity = \"plain\"\ncleartext-auth = true\nauth = \"PLAIN\"\n{setting}{password}"
            );
            home.write_secret("config/mailwire/config.toml", &text);
            let sender = if key.contains("from") || key == "address" { vec![] } else { vec!["-f", "a@b.example"] };
            let arguments = [&["-a", "work"], &sender[..], &["c@d.example"]].concat();
            let run = home.program(Program::Smtpsend, arguments).stdin(b"Subject: x\n\ntext\n").run();
            assert!([64, 65, 78].contains(&run.code()), "{key} {control}: exit {}\n{}", run.code(), run.both());
            assert!(recorder.sessions().is_empty(), "{key} {control}: a connection\n{}", run.both());
        }
    }
}

/// F4, F11: nor does what stands in a header that recipients are taken from.
#[test]
fn no_header_becomes_a_command() {
    let name = prop::sample::select(vec!["To", "Cc", "Bcc", "From", "Resent-To"]);
    let good = prop::sample::select(vec!["X Y <x@y.example>", "x@y.example, g: z@y.example;", "-oQ/tmp, x@y.example"]);
    let strategy = (name, good.prop_flat_map(spoilt));
    let home = home();
    runner(128)
        .run(&strategy, |(name, value)| {
            let recorder = Recorder::serve(FULL);
            let message = [name.as_bytes(), b": ", &value, b"\nSubject: x\n\ntext\n"].concat();
            let arguments = ["-f", "a@b.example", "-t", "--", "c@d.example"].map(OsString::from).to_vec();
            let run = send(&home, &recorder, arguments, &message);
            prop_assert!(is_orderly(&run), "exit {}\n{}", run.code(), run.both());
            let messages = recorder.messages();
            prop_assert_eq!(messages.len(), usize::from(run.code() == 0));
            for session in recorder.sessions() {
                let verbs: Vec<_> = session.lines.iter().map(|line| line.split([' ', ':']).next().unwrap()).collect();
                let mut wanted = vec!["EHLO", "MAIL"];
                wanted.extend(verbs.iter().filter(|verb| **verb == "RCPT"));
                wanted.extend(["DATA", "QUIT"]);
                prop_assert!(session.messages.is_empty() || verbs == wanted, "{verbs:?}");
            }
            for message in messages {
                prop_assert_eq!(message.sender, "a@b.example");
                let keywords = message.recipients.iter().flat_map(|(_, parameters)| parameters).count();
                prop_assert_eq!(keywords, 0);
                prop_assert!(message.recipients.iter().any(|(path, _)| path == "c@d.example"));
            }
            Ok(())
        })
        .unwrap();
}

const SMUGGLED: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b".",
    b"..",
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r\n.\r\n",
    b"\r\n.\n",
    b"\r.\r\n",
    b"\r\n\0.\r\n",
    b"\0.\r\n",
    b"\xc2\x85.\xc2\x85",
    b"\xe2\x80\xa8",
    b"MAIL FROM:<evil@example.net>\r\n",
    b"RSET\nDATA\n",
    b"words of text ",
    b"\xff",
];

/// G1 to G3: whatever the message holds, there is one end of data, every line ends in CRLF and is short enough, and what a
/// reader decodes is what was given.
#[test]
fn no_message_becomes_a_command() {
    let pieces =
        prop::collection::vec(prop::sample::select(SMUGGLED.to_vec()), 0..30).prop_map(|pieces| pieces.concat());
    let header = prop::sample::select(vec![
        &b""[..],
        b"Subject: x\n\n",
        b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
        b"Subject: x\nX: ",
        b"From x y\nSubject: x\r\n\r\n",
        b"\n",
        b"DKIM-Signature: v=1; b=x\n\n",
    ]);
    let extensions = prop::sample::select(vec![USUAL, CHUNKING, &["8BITMIME"][..], &[][..], &["CHUNKING"][..]]);
    let lmtp = prop::bool::weighted(0.25);
    // Line ends meet the edges of buffers.
    let padding = prop::sample::select(vec![0, 997, 998, 4_090, 8_185, 16_380, 65_530, 262_140]);
    let home = home();
    runner(200)
        .run(&(header, padding, pieces, extensions, lmtp), |(header, padding, pieces, extensions, lmtp)| {
            let recorder = Recorder::serve(extensions);
            let lines: Vec<u8> = b"yyyyyyy\n".iter().copied().cycle().take(padding).collect();
            let body = [lines.as_slice(), &pieces].concat();
            let text = [header, &body].concat();
            let arguments = ["-f", "a@b.example", "c@d.example"].map(OsString::from).to_vec();
            let run = match lmtp {
                false => send(&home, &recorder, arguments, &text),
                true => {
                    let url = format!("lmtp://127.0.0.1:{}", recorder.port());
                    let arguments = [vec!["-a".into(), url.into()], arguments].concat();
                    home.program(Program::Smtpsend, arguments).stdin(&text).run()
                }
            };
            prop_assert!(matches!(run.code(), 0 | 65), "exit {}\n{}", run.code(), run.both());
            let messages = recorder.messages();
            prop_assert_eq!(messages.len(), usize::from(run.code() == 0));
            for session in recorder.sessions() {
                let own = ["EHLO", "LHLO", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA", "BDAT", "QUIT"];
                let stranger = session.lines.iter().find(|line| !own.iter().any(|own| line.starts_with(own)));
                prop_assert!(stranger.is_none(), "{stranger:?}");
            }
            if header.starts_with(b"Subject: x") && header.ends_with(b"\n\n") || header.ends_with(b"\r\n\r\n") {
                // Nothing stands in the way of mending it.
                prop_assert_eq!(run.code(), 0, "{}", run.both());
                let got = parse_mail(&messages[0].text).unwrap().get_body_raw().unwrap();
                let (got, given) = (lf(&got), lf(&body));
                prop_assert!(
                    got == given,
                    "{:?}\ninstead of\n{:?}",
                    got.escape_ascii().to_string(),
                    given.escape_ascii().to_string()
                );
            }
            Ok(())
        })
        .unwrap();
}

/// Every line with LF at its end, whatever number of CRs was before it.
fn lf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let kept = content.iter().rposition(|octet| *octet != b'\r').map_or(0, |last| last + 1);
        out.extend(&content[..kept]);
        out.push(b'\n');
    }
    out
}

/// G4: Bcc in any spelling reaches nobody, and each address is asked for once.
#[test]
fn no_bcc_is_sent() {
    let name = prop::sample::select(vec!["Bcc", "BCC", "bcc ", "bCC\t", "Resent-Bcc", "resent-bcc "]);
    let value =
        prop::sample::select(vec![" hidden@d.example", "\n hidden@d.example", "", " c@d.example,\n\thidden@d.example"]);
    let fields = prop::collection::vec((name, value), 1..4);
    let home = home();
    runner(64)
        .run(&fields, |fields| {
            let recorder = Recorder::serve(USUAL);
            let bcc: String = fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let text = format!("From: a@b.example\nTo: c@d.example\n{bcc}Subject: x\n\ntext\n");
            let run = send(&home, &recorder, vec!["-t".into(), "-f".into(), "a@b.example".into()], text.as_bytes());
            for message in recorder.messages() {
                let said = String::from_utf8_lossy(&message.text).to_lowercase();
                let is_bcc = |line: &str| line.trim_start_matches("resent-").starts_with("bcc");
                prop_assert!(!said.contains("hidden") && !said.lines().any(is_bcc), "{said}");
                let mut paths: Vec<_> = message.recipients.iter().map(|(path, _)| path.clone()).collect();
                let count = paths.len();
                paths.sort();
                paths.dedup();
                prop_assert_eq!(paths.len(), count, "an address twice");
            }
            prop_assert!(matches!(run.code(), 0 | 64 | 65), "{}", run.both());
            Ok(())
        })
        .unwrap();
}
