//! Commands as people write them, and what the library knows of each by its name.

use super::capability::{Capabilities, Extension};
use super::command::Command;
use super::mailbox::{Mailbox, NameEncoding};
use crate::error::{Error, Result};
use crate::text::sanitize;

/// A piece of a command as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Piece {
    /// Text that stands on the wire as it is.
    Text(String),
    /// The octets of a literal. It is announced by the library; a `literal8` has a `~` at the end of the text before it.
    Literal(Vec<u8>),
}

/// What a command needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// That nobody has logged in.
    Nobody,
    /// Somebody who has logged in.
    Login,
    /// A mailbox that is open.
    Mailbox,
    /// A mailbox that is open for changes.
    Changes,
}

/// A command by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verb {
    /// The name in capitals, such as `UID FETCH`.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// The extension that brings it; `None` for what IMAP4rev1 has.
    pub extension: Option<Extension>,
}

/// A command as somebody wrote it, read as far as the session has to understand it.
#[derive(Clone, Debug)]
pub struct Verbatim {
    pub(super) command: Command,
    verb: Option<Verb>,
    argument: Option<Vec<u8>>,
}

const fn verb(name: &'static str, needs: Needs) -> Verb {
    Verb { name, needs, extension: None }
}

const fn extra(name: &'static str, needs: Needs, extension: Extension) -> Verb {
    Verb { name, needs, extension: Some(extension) }
}

/// The commands that are known by name. Others can be sent as well.
pub const VERBS: &[Verb] = &[
    verb("APPEND", Needs::Login),
    verb("AUTHENTICATE", Needs::Nobody),
    extra("CANCELUPDATE", Needs::Mailbox, Extension::ContextSearch),
    verb("CAPABILITY", Needs::Nothing),
    verb("CHECK", Needs::Mailbox),
    verb("CLOSE", Needs::Changes),
    extra("COMPRESS", Needs::Login, Extension::CompressDeflate),
    verb("COPY", Needs::Mailbox),
    verb("CREATE", Needs::Login),
    verb("DELETE", Needs::Login),
    extra("DELETEACL", Needs::Login, Extension::Acl),
    extra("ENABLE", Needs::Login, Extension::Enable),
    extra("ESEARCH", Needs::Login, Extension::MultiSearch),
    verb("EXAMINE", Needs::Login),
    verb("EXPUNGE", Needs::Changes),
    verb("FETCH", Needs::Mailbox),
    extra("GETACL", Needs::Login, Extension::Acl),
    extra("GETMETADATA", Needs::Login, Extension::Metadata),
    extra("GETQUOTA", Needs::Login, Extension::Quota),
    extra("GETQUOTAROOT", Needs::Login, Extension::Quota),
    extra("ID", Needs::Nothing, Extension::Id),
    extra("IDLE", Needs::Login, Extension::Idle),
    verb("LIST", Needs::Login),
    extra("LISTRIGHTS", Needs::Login, Extension::Acl),
    verb("LOGIN", Needs::Nobody),
    verb("LOGOUT", Needs::Nothing),
    verb("LSUB", Needs::Login),
    extra("MOVE", Needs::Changes, Extension::Move),
    extra("MYRIGHTS", Needs::Login, Extension::Acl),
    extra("NAMESPACE", Needs::Login, Extension::Namespace),
    verb("NOOP", Needs::Nothing),
    extra("NOTIFY", Needs::Login, Extension::Notify),
    verb("RENAME", Needs::Login),
    extra("REPLACE", Needs::Changes, Extension::Replace),
    verb("SEARCH", Needs::Mailbox),
    verb("SELECT", Needs::Login),
    extra("SETACL", Needs::Login, Extension::Acl),
    extra("SETMETADATA", Needs::Login, Extension::Metadata),
    extra("SETQUOTA", Needs::Login, Extension::QuotaSet),
    extra("SORT", Needs::Mailbox, Extension::Sort),
    extra("STARTTLS", Needs::Nobody, Extension::StartTls),
    verb("STATUS", Needs::Login),
    verb("STORE", Needs::Changes),
    verb("SUBSCRIBE", Needs::Login),
    extra("THREAD", Needs::Mailbox, Extension::Thread),
    verb("UID COPY", Needs::Mailbox),
    extra("UID EXPUNGE", Needs::Changes, Extension::UidPlus),
    verb("UID FETCH", Needs::Mailbox),
    extra("UID MOVE", Needs::Changes, Extension::Move),
    extra("UID REPLACE", Needs::Changes, Extension::Replace),
    verb("UID SEARCH", Needs::Mailbox),
    extra("UID SORT", Needs::Mailbox, Extension::Sort),
    verb("UID STORE", Needs::Changes),
    extra("UID THREAD", Needs::Mailbox, Extension::Thread),
    extra("UIDBATCHES", Needs::Mailbox, Extension::UidBatches),
    extra("UNAUTHENTICATE", Needs::Login, Extension::Unauthenticate),
    extra("UNSELECT", Needs::Mailbox, Extension::Unselect),
    verb("UNSUBSCRIBE", Needs::Login),
    extra("XLIST", Needs::Login, Extension::Xlist),
];

/// What errors call a command that is not known.
const UNKNOWN: &str = "the command";

impl Verb {
    /// The command that a line begins with, if it is known.
    pub fn of(line: &str) -> Option<Self> {
        // No server takes a tab for a blank, but what follows may be a secret all the same.
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let first = words.next()?.to_ascii_uppercase();
        let name = match first.as_str() {
            "UID" => format!("UID {}", words.next()?.to_ascii_uppercase()),
            _ => first,
        };
        VERBS.iter().find(|verb| verb.name == name).copied()
    }

    /// Whether the server has it, as far as it says.
    pub fn is_offered(&self, capabilities: &Capabilities) -> bool {
        match self.extension {
            None => true,
            // Either value brings the command.
            Some(Extension::Metadata) => {
                capabilities.has(Extension::Metadata) || capabilities.has(Extension::MetadataServer)
            }
            Some(extension) => capabilities.has(extension),
        }
    }

    /// Whether what follows the name may be a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.name, "LOGIN" | "AUTHENTICATE")
    }
}

impl Verbatim {
    /// A command of these pieces, without its tag. What follows LOGIN is shown in no transcript.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what is not one command: nothing, a line break or NUL, an announcement of a literal without
    /// the literal. [`Error::Unsupported`] for commands that would change the connection under the session: STARTTLS,
    /// COMPRESS and AUTHENTICATE.
    pub fn new(pieces: &[Piece]) -> Result<Self> {
        let Some(Piece::Text(first)) = pieces.first() else {
            return Err(Error::InvalidInput("a command begins with its name".into()));
        };
        let line = first.trim_start_matches(' ');
        if line.is_empty() {
            return Err(Error::InvalidInput("there is no command".into()));
        }
        let verb = Verb::of(line);
        if let Some(text) = verb.and_then(|verb| refused(verb.name)) {
            return Err(Error::Unsupported(text.into()));
        }
        let shown = verb.map_or(UNKNOWN, |verb| verb.name);
        let is_secret = verb.is_some_and(|verb| verb.is_secret());
        let (name, rest) = match line.find([' ', '\t']) {
            Some(blank) if is_secret => line.split_at_checked(blank + 1).unwrap_or((line, "")),
            _ => (line, ""),
        };
        let mut command = Command::written(shown, name).patient();
        let mut before = line;
        if !rest.is_empty() {
            command = command.text_as_written(rest, is_secret);
        }
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    let is_announced = matches!(pieces.get(at.saturating_add(1)), Some(Piece::Literal(_)));
                    if !is_announced && announces(text) {
                        let text = "a literal is announced and is not there; commands with literals are typed in the \
                            shell or come from standard input";
                        return Err(Error::InvalidInput(text.into()));
                    }
                    if at > 0 {
                        command = command.text_as_written(text, is_secret);
                        before = text;
                    }
                }
                Piece::Literal(octets) => {
                    if octets.contains(&0) && !before.ends_with('~') {
                        return Err(Error::InvalidInput("a literal with a NUL is announced by ~{n}".into()));
                    }
                    command = command.literal_as_written(octets, is_secret);
                    before = "";
                }
            }
        }
        command.check()?;
        Ok(Self { command, verb, argument: argument(line, verb, pieces) })
    }

    /// The command, if it is a known one.
    pub fn verb(&self) -> Option<Verb> {
        self.verb
    }

    /// The mailbox that SELECT and EXAMINE name; `None` if that cannot be told.
    pub(super) fn mailbox(&self, names: NameEncoding) -> Option<Mailbox> {
        self.argument.as_deref().map(|name| Mailbox::from_wire(name, names))
    }
}

/// Why a command is not sent, if it is not.
fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "STARTTLS" => {
            "STARTTLS would change the connection under the session: TLS is settled before the login, by --security"
        }
        "COMPRESS" => "COMPRESS would change the connection under the session: what moves much compresses by itself",
        "AUTHENTICATE" => {
            "AUTHENTICATE is an exchange, and has been done already: log in as somebody else with another -a"
        }
        _ => return None,
    })
}

/// Whether a line ends in `{n}`, behind which a server waits for a literal.
fn announces(line: &str) -> bool {
    let digits = line.strip_suffix('}').and_then(|line| line.rsplit_once('{'));
    digits.is_some_and(|(_, digits)| {
        let digits = digits.strip_suffix('+').or_else(|| digits.strip_suffix('-')).unwrap_or(digits);
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// The first argument behind the name, an `astring`.
fn argument(line: &str, verb: Option<Verb>, pieces: &[Piece]) -> Option<Vec<u8>> {
    let rest = line.get(verb?.name.len()..)?.trim_start_matches(' ');
    match (rest.bytes().next(), pieces.get(1)) {
        (None, Some(Piece::Literal(octets))) => Some(octets.clone()),
        (None, _) => None,
        (Some(b'"'), _) => unquoted(rest),
        (Some(_), _) => rest.split([' ', '(']).next().map(|word| word.as_bytes().to_vec()),
    }
}

/// The text of a quoted string; `None` if it does not end.
fn unquoted(text: &str) -> Option<Vec<u8>> {
    let mut found = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some(found.into_bytes()),
            '\\' => found.push(rest.next()?),
            other => found.push(other),
        }
    }
}

/// What may be shown of a line that somebody wrote: nothing behind the name of a command that takes a secret.
pub fn shown(line: &str) -> String {
    let capitals = line.to_ascii_uppercase();
    let secret = VERBS.iter().filter(|verb| verb.is_secret()).filter_map(|verb| {
        let at = capitals.find(verb.name)?.saturating_add(verb.name.len());
        line.get(at..).is_some_and(|rest| !rest.trim().is_empty()).then_some(at)
    });
    match secret.min() {
        None => sanitize(line.as_bytes()),
        Some(at) => {
            let visible = line.get(..at).unwrap_or_default();
            format!("{} {}", sanitize(visible.as_bytes()), crate::secret::MASK)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::command::{Dialect, Literals};

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn literal(octets: &[u8]) -> Piece {
        Piece::Literal(octets.into())
    }

    fn wire(pieces: &[Piece], literals: Literals) -> (String, String) {
        let verbatim = Verbatim::new(pieces).unwrap();
        let dialect = Dialect { literals, ..Dialect::default() };
        let (mut all, mut visible) = (String::new(), String::new());
        for chunk in verbatim.command.encode(b"t", dialect).unwrap() {
            let secret = chunk.secret.as_ref().map(|secret| String::from_utf8_lossy(secret.expose()).into_owned());
            let before = String::from_utf8_lossy(&chunk.text).into_owned();
            all.push_str(&before);
            all.push_str(secret.as_deref().unwrap_or_default());
            visible.push_str(&before);
            if let Some(literal) = chunk.literal {
                let octets = String::from_utf8_lossy(&literal.octets).into_owned();
                all.push_str(&format!("|{octets}"));
                if !literal.is_secret {
                    visible.push_str(&format!("|{octets}"));
                }
            }
        }
        (all, visible)
    }

    #[test]
    fn commands_go_out_as_they_stand() {
        let sync = |pieces: &[Piece]| wire(pieces, Literals::Synchronizing).0;
        assert_eq!(sync(&[text("  fetch 1 (FLAGS) ")]), "t fetch 1 (FLAGS) ");
        assert_eq!(
            sync(&[text("SEARCH SUBJECT "), literal("ä".as_bytes()), text(" SEEN")]),
            "t SEARCH SUBJECT {2}|ä SEEN"
        );
        assert_eq!(
            wire(&[text("APPEND x ~"), literal(b"a\0"), text(" (\\Seen) "), literal(b"b")], Literals::Any).0,
            "t APPEND x ~{2+}|a\0 (\\Seen) {1+}|b"
        );
        assert_eq!(sync(&[text("XANYTHING {")]), "t XANYTHING {");
    }

    #[test]
    fn what_logs_in_is_hidden() {
        let (all, visible) = wire(&[text("login ann \"pass word\"")], Literals::Synchronizing);
        assert_eq!((all.as_str(), visible.as_str()), ("t login ann \"pass word\"", "t login "));
        let pieces = [text("LOGIN ann "), literal(b"pass")];
        let (all, visible) = wire(&pieces, Literals::Any);
        assert_eq!((all.as_str(), visible.as_str()), ("t LOGIN ann {4+}|pass", "t LOGIN "));
        let pieces = [text("LOGIN "), literal(b"ann"), text(" "), literal(b"pass")];
        let (all, visible) = wire(&pieces, Literals::Any);
        assert_eq!(all, "t LOGIN {3+}|ann {4+}|pass");
        assert!(!visible.contains("ann") && !visible.contains("pass"), "{visible}");
        assert!(!format!("{:?}", Verbatim::new(&pieces).unwrap().command).contains("pass"));
        let (all, visible) = wire(&[text("LOGIN\tann\tpass")], Literals::Any);
        assert_eq!((all.as_str(), visible.as_str()), ("t LOGIN\tann\tpass", "t LOGIN\t"));
        assert_eq!(shown("raw Login ann secret"), "raw Login [secret]");
        assert_eq!(shown("raw 'AUTHENTICATE PLAIN x"), "raw 'AUTHENTICATE [secret]");
        assert_eq!(shown("raw FETCH 1 \u{1b}"), "raw FETCH 1 ^[");
        assert_eq!(shown("LOGIN"), "LOGIN");
    }

    #[test]
    fn what_is_not_one_command_is_refused() {
        for pieces in [
            &[][..],
            &[text("")],
            &[text("  ")],
            &[literal(b"x")],
            &[text("NOOP\r\nA2 LOGOUT")],
            &[text("NOOP\0")],
            &[text("APPEND x {3}")],
            &[text("APPEND x {3+}")],
            &[text("APPEND x {3-}")],
            &[text("LOGIN ann {3}")],
            &[text("LOGIN ann a\nb")],
            &[text("APPEND x "), literal(b"a\0")],
            &[text("APPEND x "), literal(b"a"), text(" {4}")],
        ] {
            assert!(matches!(Verbatim::new(pieces), Err(Error::InvalidInput(_))), "{pieces:?}");
        }
        for line in ["STARTTLS", "compress deflate", "AUTHENTICATE PLAIN"] {
            assert!(matches!(Verbatim::new(&[text(line)]), Err(Error::Unsupported(_))), "{line}");
        }
    }

    #[test]
    fn verbs_and_mailboxes_are_recognised() {
        let name = |line: &str| Verb::of(line).map(|verb| verb.name);
        assert_eq!(name("uid  fetch 1 FLAGS"), Some("UID FETCH"));
        assert_eq!((name("FETCHED"), name("uid"), name("UID NOOP"), name("")), (None, None, None, None));
        assert!(VERBS.is_sorted_by_key(|verb| verb.name));
        let mailbox = |pieces: &[Piece]| {
            let mailbox = Verbatim::new(pieces).unwrap().mailbox(NameEncoding::Utf7);
            mailbox.map(|mailbox| mailbox.text().into_owned())
        };
        assert_eq!(mailbox(&[text("SELECT inbox")]).as_deref(), Some("INBOX"));
        assert_eq!(mailbox(&[text("EXAMINE \"a \\\"b\" (CONDSTORE)")]).as_deref(), Some("a \"b"));
        assert_eq!(mailbox(&[text("SELECT "), literal(b"Entw&APw-rfe")]).as_deref(), Some("Entwürfe"));
        assert_eq!(mailbox(&[text("SELECT")]), None);
        assert_eq!(mailbox(&[text("SELECT \"open")]), None);
    }
}
