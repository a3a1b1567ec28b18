//! sendmail(8)'s command line, which every program on a Unix system knows how to write, in the words of smtpsend's own.
//!
//! Callers glue flags in every way (`-oi`, `-ti`, `-fa@b`, `-FCronDaemon`, `-odi -oem`) and use some that only the original knew.
//! What has a meaning here is translated; what tuned the original's queue, its error mails or its alias files is passed over, as
//! other replacements do; a letter that nobody knows is passed over as well.
//!
//! Web applications have put what strangers wrote into this command line. So options end where the operands begin, and of
//! smtpsend's own long options only those are taken that neither read files into the mail, nor write any, nor run commands;
//! `-X`, which would write one, is passed over.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use crate::text::{is_unsafe, sanitize};

/// The names under which smtpsend takes sendmail's grammar.
const FACES: [(&str, Face); 3] =
    [("sendmail", Face::Sendmail), ("mailq", Face::Mailq), ("newaliases", Face::NewAliases)];

/// smtpsend's own options that sendmail takes as well.
const LONG: [(&str, Value); 8] = [
    ("account", Value::Needed),
    ("config", Value::Needed),
    ("json", Value::None),
    ("quiet", Value::None),
    ("verbose", Value::None),
    ("queue", Value::None),
    ("help", Value::None),
    ("version", Value::None),
];

/// Whether an option takes a value from the next word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Value {
    Needed,
    None,
}

/// How the program was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Face {
    /// `sendmail`
    Sendmail,
    /// `mailq`: shows the queue.
    Mailq,
    /// `newaliases`: does nothing, since alias files are read as they are.
    NewAliases,
}

/// What a sendmail command line asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    /// To do what smtpsend does with these words, the program's name first.
    Run {
        /// The words.
        words: Vec<OsString>,
        /// Whether a line with a lone dot ends the message.
        dot: Dot,
        /// A name for the sender of messages without From.
        full_name: Option<String>,
    },
    /// SMTP on standard input and output (`-bs`).
    Dialogue {
        /// The words.
        words: Vec<OsString>,
    },
    /// To say where these addresses would go, without sending anything (`-bv`).
    Verify {
        /// The words.
        words: Vec<OsString>,
        /// The addresses.
        addresses: Vec<OsString>,
    },
    /// Nothing.
    Nothing,
}

/// What a lone dot means in the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dot {
    /// The end of the message, as sendmail has it without `-i`.
    Ends,
    /// Text.
    Text,
}

/// The face that the program's name asks for.
pub(super) fn of_name(name: &OsStr) -> Option<Face> {
    let name = Path::new(name).file_name()?;
    FACES.iter().find(|(face, _)| *face == name).map(|(_, face)| *face)
}

/// Translates a command line, the program's name first. Fails, with a complaint for a usage error, where a flag lacks its value
/// or asks for a daemon.
pub(super) fn translate(face: Face, words: &[OsString]) -> Result<Wish, String> {
    let name = words.first().cloned().unwrap_or_else(|| "sendmail".into());
    match face {
        Face::NewAliases => Ok(Wish::Nothing),
        Face::Mailq => {
            let mut flags = Flags::of(words)?;
            // "mailq -q" and the like run the queue in some sendmails; here it is only shown.
            flags.mode = Mode::List;
            Ok(flags.wish(name))
        }
        Face::Sendmail => Ok(Flags::of(words)?.wish(name)),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Send,
    List,
    Run,
    Dialogue,
    Verify,
    Nothing,
}

#[derive(Debug)]
struct Flags {
    mode: Mode,
    dot: Dot,
    full_name: Option<String>,
    options: Vec<OsString>,
    operands: Vec<OsString>,
}

impl Flags {
    fn of(words: &[OsString]) -> Result<Self, String> {
        let mut flags =
            Self { mode: Mode::Send, dot: Dot::Ends, full_name: None, options: Vec::new(), operands: Vec::new() };
        let mut words = words.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_bytes() {
                b"--" => {
                    flags.operands.extend(words.by_ref().cloned());
                }
                [b'-', b'-', name @ ..] => flags.long(name, word, &mut words)?,
                [b'-', letters @ ..] if !letters.is_empty() => flags.group(letters, &mut words)?,
                // Behind the first operand there are only operands: "ann -X/tmp/x" names two recipients.
                _ => {
                    flags.operands.push(word.clone());
                    flags.operands.extend(words.by_ref().cloned());
                }
            }
        }
        Ok(flags)
    }

    /// Takes a long option, one of smtpsend's own.
    fn long<'w>(
        &mut self,
        name: &[u8],
        word: &OsString,
        words: &mut impl Iterator<Item = &'w OsString>,
    ) -> Result<(), String> {
        let end = memchr::memchr(b'=', name).unwrap_or(name.len());
        let (name, value) = name.split_at(end);
        let shown = sanitize(name);
        let known = LONG.iter().find(|(known, _)| known.as_bytes() == name);
        self.options.push(word.clone());
        match known {
            Some((_, Value::Needed)) if value.is_empty() => {
                let value = words.next().ok_or_else(|| format!("--{shown} needs a value"))?;
                self.options.push(value.clone());
                Ok(())
            }
            Some(_) => Ok(()),
            None => Err(format!(
                "--{shown} is not taken by the name sendmail: use smtpsend, or set it in the configuration file"
            )),
        }
    }

    /// Takes a word of one or more letters apart. A letter that takes a value has the rest of the word for it, or the next word.
    fn group<'w>(&mut self, mut letters: &[u8], words: &mut impl Iterator<Item = &'w OsString>) -> Result<(), String> {
        while let [letter, rest @ ..] = letters {
            let letter = *letter;
            letters = match letter {
                b'f' | b'r' | b'F' | b'N' | b'R' | b'V' | b'C' | b'X' | b'a' | b'B' | b'D' | b'h' | b'L' | b'O'
                | b'p' | b'o' | b'M' => {
                    let value = match rest {
                        [] => words.next().cloned().ok_or_else(|| format!("-{} needs a value", char::from(letter)))?,
                        glued => OsString::from_vec(glued.to_vec()),
                    };
                    self.valued(letter, value)?;
                    &[]
                }
                b'b' => {
                    self.mode_of(rest)?;
                    &[]
                }
                b'q' => {
                    // With a time it would be a daemon that runs the queue; once is what is left of that.
                    self.mode = Mode::Run;
                    &[]
                }
                // Their values, if they have one, are in the same word: -Ac, -d8.4, -Q reason.
                b'A' | b'd' | b'Q' | b'e' => &[],
                other => {
                    self.plain(other);
                    rest
                }
            };
        }
        Ok(())
    }

    fn plain(&mut self, letter: u8) {
        match letter {
            b't' => self.options.push("--recipients-from-headers".into()),
            b'i' => self.dot = Dot::Text,
            b'v' => self.options.push("--verbose".into()),
            b'I' => self.mode = Mode::Nothing,
            // -n (no aliasing), -m (me too), -U (first submission), -G (relayed), -s, -x, and what nobody knows.
            _ => {}
        }
    }

    fn valued(&mut self, letter: u8, value: OsString) -> Result<(), String> {
        let mut option = |name: &str, value: &OsStr| {
            let mut word = OsString::from(format!("--{name}="));
            word.push(value);
            self.options.push(word);
        };
        match letter {
            b'f' | b'r' => match value.as_bytes() {
                // cronie writes -f '' for "nobody".
                b"" => option("envelope-from", OsStr::new("<>")),
                _ => option("envelope-from", &value),
            },
            b'F' => {
                let name = value.to_string_lossy().into_owned();
                if name.chars().any(is_unsafe) {
                    return Err("-F: a name holds no control or invisible character".into());
                }
                self.full_name = Some(name);
            }
            b'N' => option("notify", &value),
            b'R' => option("ret", &lower(&value)),
            b'V' => option("envid", &value),
            b'C' => option("config", &value),
            b'a' => option("account", &value),
            b'o' if value.as_bytes().starts_with(b"i") => self.dot = Dot::Text,
            b'O' if is_ignore_dots(value.as_bytes()) => self.dot = Dot::Text,
            // -B8BITMIME: what the body is, is seen. -X file, -h hops, -L tag, -p protocol, -D, -M, the remaining -o and -O.
            _ => {}
        }
        Ok(())
    }

    fn mode_of(&mut self, mode: &[u8]) -> Result<(), String> {
        self.mode = match mode {
            [b'm' | b'a', ..] | [] => Mode::Send,
            [b'p' | b'P', ..] => Mode::List,
            [b's' | b'S', ..] => Mode::Dialogue,
            [b'v', ..] => Mode::Verify,
            [b'i' | b'I' | b'h' | b'H', ..] => Mode::Nothing,
            [b'd' | b'D', ..] => {
                return Err("-bd: this program is no daemon; to run the queue use -q from a timer".into());
            }
            [other, ..] => return Err(format!("-b{}: there is no such mode", char::from(*other).escape_default())),
        };
        Ok(())
    }

    fn wish(self, name: OsString) -> Wish {
        let Self { mode, dot, full_name, options, operands } = self;
        let mut words = vec![name];
        words.extend(options);
        match mode {
            Mode::Nothing => Wish::Nothing,
            Mode::Dialogue => Wish::Dialogue { words },
            Mode::Verify => Wish::Verify { words, addresses: operands },
            Mode::List | Mode::Run => {
                // What belongs to a message means nothing here.
                words.retain(|word| !word.as_bytes().starts_with(b"--recipients-from-headers"));
                words.push(if mode == Mode::List { "--queue-list" } else { "--queue-run" }.into());
                Wish::Run { words, dot, full_name }
            }
            Mode::Send => {
                words.push("--".into());
                words.extend(operands);
                Wish::Run { words, dot, full_name }
            }
        }
    }
}

fn lower(value: &OsStr) -> OsString {
    OsString::from_vec(value.as_bytes().to_ascii_lowercase())
}

/// `-O IgnoreDots=true`
fn is_ignore_dots(setting: &[u8]) -> bool {
    let setting = setting.to_ascii_lowercase();
    match setting.strip_prefix(b"ignoredots") {
        Some([]) => true,
        Some(value) => value.starts_with(b"=t") || value.starts_with(b"=y"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> (String, Dot, Option<String>) {
        let words: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
        match translate(Face::Sendmail, &words).unwrap() {
            Wish::Run { words, dot, full_name } => {
                let words: Vec<_> = words.iter().skip(1).map(|word| word.to_str().unwrap()).collect();
                (words.join(" "), dot, full_name)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_lines_of_real_callers() {
        let name = |name: &str| Some(name.to_owned());
        let cases = [
            ("sendmail -FCronDaemon -i -B8BITMIME -oem root", "-- root", Dot::Text, name("CronDaemon")),
            (
                "sendmail -FCronDaemon -i -odi -oem -oi -t -f root",
                "--recipients-from-headers --envelope-from=root --",
                Dot::Text,
                name("CronDaemon"),
            ),
            ("sendmail -t -f ''", "--recipients-from-headers --envelope-from=<> --", Dot::Ends, None),
            ("sendmail -t -f '<>'", "--recipients-from-headers --envelope-from=<> --", Dot::Ends, None),
            (
                "sendmail -oem -oi -f a@b.example -N failure -R hdrs -- c@d.example e@f.example",
                "--envelope-from=a@b.example --notify=failure --ret=hdrs -- c@d.example e@f.example",
                Dot::Text,
                None,
            ),
            ("sendmail -ti", "--recipients-from-headers --", Dot::Text, None),
            (
                "sendmail -t -i -fa@b.example",
                "--recipients-from-headers --envelope-from=a@b.example --",
                Dot::Text,
                None,
            ),
            ("sendmail -i a@b.example", "-- a@b.example", Dot::Text, None),
            (
                "sendmail -oitrue -fme@x.example you@x.example",
                "--envelope-from=me@x.example -- you@x.example",
                Dot::Text,
                None,
            ),
            ("sendmail -O IgnoreDots=true -O DeliveryMode=b x", "-- x", Dot::Text, None),
            ("sendmail -oi -odb -odq -om -G -U -n -x -h 3 -L tag -Ac x", "-- x", Dot::Text, None),
            ("sendmail -bm -v x", "--verbose -- x", Dot::Ends, None),
            ("sendmail -bp", "--queue-list", Dot::Ends, None),
            ("sendmail -q", "--queue-run", Dot::Ends, None),
            ("sendmail -q30m -v", "--verbose --queue-run", Dot::Ends, None),
            ("sendmail -a work --quiet x", "--account=work --quiet -- x", Dot::Ends, None),
            (
                "sendmail --account work --queue=never -t",
                "--account work --queue=never --recipients-from-headers --",
                Dot::Ends,
                None,
            ),
            ("sendmail -i -- -x@b.example", "-- -x@b.example", Dot::Text, None),
            (
                "sendmail -i a@b.example -X/tmp/x -C /tmp/y -t --json",
                "-- a@b.example -X/tmp/x -C /tmp/y -t --json",
                Dot::Text,
                None,
            ),
            ("sendmail -i -- -oQ/tmp -X/tmp/x -be", "-- -oQ/tmp -X/tmp/x -be", Dot::Text, None),
            ("sendmail -f -be -X /tmp/x -oQ/tmp -i x", "--envelope-from=-be -- x", Dot::Text, None),
        ];
        for (line, words, dot, full_name) in cases {
            assert_eq!(run(line), (words.to_owned(), dot, full_name), "{line}");
        }
    }

    #[test]
    fn modes() {
        let translate = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            translate(of_name(&words[0]).unwrap(), &words)
        };
        assert!(matches!(translate("/usr/sbin/sendmail -bs"), Ok(Wish::Dialogue { .. })));
        assert!(matches!(translate("sendmail -bs -i"), Ok(Wish::Dialogue { .. })));
        assert!(matches!(translate("sendmail -bv a b"), Ok(Wish::Verify { addresses, .. }) if addresses.len() == 2));
        assert_eq!(translate("sendmail -bi"), Ok(Wish::Nothing));
        assert_eq!(translate("sendmail -I"), Ok(Wish::Nothing));
        assert_eq!(translate("newaliases"), Ok(Wish::Nothing));
        assert!(matches!(translate("mailq"), Ok(Wish::Run { words, .. }) if words[1] == "--queue-list"));
        assert!(translate("sendmail -bd").unwrap_err().contains("no daemon"));
        for option in ["--password-command=id", "--transcript=/tmp/x", "--attach=/etc/passwd", "--tunnel=id", "--to=x"]
        {
            assert!(translate(&format!("sendmail {option} x")).unwrap_err().contains("not taken"), "{option}");
        }
        assert!(translate("sendmail -Fa\r\nBcc:b").unwrap_err().contains("control"));
        assert!(translate("sendmail -f").unwrap_err().contains("-f needs a value"));
        assert_eq!(of_name(OsStr::new("/x/smtpsend")), None);
    }
}
