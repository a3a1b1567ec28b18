//! What can go wrong, as data: who failed, in which phase, with the peer's own words.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this library.
///
/// `Display` is one line in lower case, without control characters; causes are reached through `source()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A host name did not resolve.
    #[error("cannot resolve {host}: {detail}")]
    Resolve {
        /// The name that was looked up.
        host: String,
        /// Whether the name does not exist or the resolver failed.
        kind: ResolveFailure,
        /// The resolver's words.
        detail: String,
    },
    /// No address of the peer could be connected to.
    #[error("cannot connect to {target}: {source}")]
    Connect {
        /// Host and port, socket path or tunnel command that was tried.
        target: String,
        /// The last error.
        source: io::Error,
    },
    /// A proxy refused or broke its protocol (RFC 1928, RFC 9110 section 9.3.6).
    #[error("proxy {proxy}: {detail}")]
    Proxy {
        /// The proxy's host and port.
        proxy: String,
        /// Whether the same request may succeed later.
        transient: bool,
        /// What it answered.
        detail: String,
    },
    /// A phase took longer than its budget, or data came slower than the minimum rate.
    #[error("timed out {phase} ({})", budget_text(.budget))]
    Timeout {
        /// What was being waited for.
        phase: Phase,
        /// The budget that ran out; `None` when it was the deadline of the whole run.
        budget: Option<Duration>,
    },
    /// A signal asked us to stop.
    #[error("interrupted by signal {0}")]
    Interrupted(i32),
    /// The TLS handshake or record layer failed for a reason that is not the certificate.
    #[error("TLS with {host}: {detail}")]
    Tls {
        /// The name the session was for.
        host: String,
        /// What the backend said.
        detail: String,
    },
    /// The peer's certificate was not accepted: which check failed, and what was presented.
    #[error("certificate of {host} not accepted: {detail}")]
    Certificate {
        /// The name it was checked against.
        host: String,
        /// Which check failed, with the certificate's names, dates and pin where known.
        detail: String,
    },
    /// The peer closed the connection where something was due from it, with or without a TLS `close_notify`.
    #[error("connection closed {phase}{}", if *.truncated { " without TLS close_notify" } else { "" })]
    Closed {
        /// What was being waited for.
        phase: Phase,
        /// TLS was cut off rather than closed.
        truncated: bool,
    },
    /// Reading from or writing to the peer failed.
    #[error("connection lost {phase}: {source}")]
    Network {
        /// What was being done.
        phase: Phase,
        /// The system's error.
        source: io::Error,
    },
    /// The peer broke the protocol's grammar or order.
    #[error("protocol error {phase}: {detail}")]
    Protocol {
        /// What was being waited for.
        phase: Phase,
        /// What was expected and what came, sanitised.
        detail: String,
    },
    /// The peer sent more than we are willing to hold.
    #[error("{what} from the server exceeds the limit of {limit}")]
    Limit {
        /// What was too big, such as "a status line".
        what: &'static str,
        /// The limit, in octets or rows as `what` suggests.
        limit: u64,
    },
    /// The peer, this build or the chosen backend lacks what was asked for.
    #[error("{0}")]
    Unsupported(String),
    /// We refuse to go on because a secret or the mail would not be safe.
    #[error("{0}")]
    Insecure(String),
    /// The server refused the credentials.
    #[error("authentication failed at {}", .0)]
    Authentication(Rejection),
    /// The server refused a command.
    #[error("{0}")]
    Rejected(Rejection),
    /// An argument cannot be put on the wire: a control character, an impossible address, too long.
    #[error("{0}")]
    InvalidInput(String),
    /// The configuration, or a file or command it names, cannot be used: what is wrong and what to do.
    #[error("{0}")]
    Config(String),
    /// Something on this side's disk failed.
    #[error("{doing}: {source}")]
    Storage {
        /// What was being done, with the path.
        doing: String,
        /// The system's error.
        source: io::Error,
        /// How this is told to the caller's scripts.
        kind: StorageKind,
    },
    /// A command that was to take a message or a secret failed.
    #[error("{command}: {detail}")]
    Command {
        /// The command's first word.
        command: String,
        /// How it ended, with the name of its sysexits code where it has one.
        detail: String,
        /// Its exit code, if it exited.
        code: Option<i32>,
    },
    /// A file that keeps state is damaged, or belongs to something else.
    #[error("{path}: {detail}")]
    State {
        /// The file.
        path: String,
        /// What is wrong with it, and what to do.
        detail: String,
    },
    /// A server that mail is passed on to did not take it.
    #[error("{target}: {source}{}", outcome.consequence())]
    Target {
        /// The server's URL, or the account it belongs to.
        target: String,
        /// What that means for the message.
        outcome: Undelivered,
        /// What went wrong there.
        source: Arc<Error>,
    },
    /// Another process holds the lock.
    #[error("{what} is in use by another process")]
    Locked {
        /// What is locked, with its path.
        what: String,
    },
}

/// What it means for a message that another server did not take it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Undelivered {
    /// It is refused; others may be taken.
    Refused,
    /// Neither it nor any other is taken for now.
    Blocked,
    /// It may have been taken: the connection ended between the message and the verdict on it (RFC 1047).
    Unknown,
}

impl Undelivered {
    fn consequence(self) -> &'static str {
        match self {
            Self::Refused | Self::Blocked => "",
            Self::Unknown => "; the message may have been delivered all the same, and will be sent again",
        }
    }
}

/// Why a name did not resolve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResolveFailure {
    /// The name does not exist or has no address (`NXDOMAIN`, `EAI_NONAME`).
    NotFound,
    /// The resolver failed or did not answer; trying later may help.
    Temporary,
}

/// What kind of local failure a [`Error::Storage`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StorageKind {
    /// The target or state cannot be created or opened at all.
    Create,
    /// Writing, flushing or renaming failed.
    Io,
    /// The operating system refused something that is not a file (a process, a pipe).
    System,
}

impl Error {
    /// A local failure while writing, flushing or renaming.
    pub fn io(doing: impl Into<String>, source: io::Error) -> Self {
        Self::Storage { doing: doing.into(), source, kind: StorageKind::Io }
    }

    /// A local failure to create or open a target.
    pub fn create(doing: impl Into<String>, source: io::Error) -> Self {
        Self::Storage { doing: doing.into(), source, kind: StorageKind::Create }
    }

    /// A protocol error: `detail` must already be free of control characters.
    pub fn protocol(phase: Phase, detail: impl Into<String>) -> Self {
        Self::Protocol { phase, detail: detail.into() }
    }

    /// Whether the connection is gone or can no longer be trusted to be in step: only closing it is left.
    pub fn is_fatal_to_session(&self) -> bool {
        !matches!(
            self,
            Self::Rejected(_)
                | Self::Authentication(_)
                | Self::Unsupported(_)
                | Self::InvalidInput(_)
                | Self::Storage { .. }
                | Self::Command { .. }
        )
    }
}

/// What a conversation is waiting for; an error's "in which phase".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// Getting a password or token from a command, a descriptor or a person.
    Credentials,
    /// Looking up the host's addresses.
    Resolve,
    /// Opening the connection.
    Connect,
    /// Talking to a proxy.
    Proxy,
    /// The TLS handshake.
    TlsHandshake,
    /// The server's first line.
    Greeting,
    /// The reply to the named command.
    Reply(&'static str),
    /// Data that the named command streams back.
    Data(&'static str),
    /// Sending to the peer.
    Send,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials => f.write_str("getting the password"),
            Self::Resolve => f.write_str("resolving the host name"),
            Self::Connect => f.write_str("connecting"),
            Self::Proxy => f.write_str("talking to the proxy"),
            Self::TlsHandshake => f.write_str("in the TLS handshake"),
            Self::Greeting => f.write_str("waiting for the greeting"),
            Self::Reply(verb) => write!(f, "waiting for the reply to {verb}"),
            Self::Data(verb) => write!(f, "in the data of {verb}"),
            Self::Send => f.write_str("sending"),
        }
    }
}

/// A server's refusal, as data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// The command that was refused, without its arguments.
    pub verb: &'static str,
    /// The protocol's code: a POP3 response code such as `IN-USE` (RFC 2449 section 8), or an SMTP reply code such as `550`.
    pub code: Option<String>,
    /// The enhanced status code (RFC 3463), where the protocol has one.
    pub enhanced: Option<String>,
    /// The server's text, sanitised: no control characters, secrets masked.
    pub text: String,
    /// Whether the server said that trying again later may succeed.
    pub transient: bool,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, code, enhanced, text, .. } = self;
        match code {
            // As the server wrote it (RFC 5321 section 4.2, RFC 2034 section 4).
            Some(code) if code.bytes().all(|byte| byte.is_ascii_digit()) => {
                write!(f, "{verb}: {code}")?;
                [enhanced.as_deref(), Some(text.as_str()).filter(|text| !text.is_empty())]
                    .into_iter()
                    .flatten()
                    .try_for_each(|word| write!(f, " {word}"))
            }
            Some(code) => write!(f, "{verb}: [{code}] {text}"),
            None if text.is_empty() => write!(f, "{verb}: refused without a reason"),
            None => write!(f, "{verb}: {text}"),
        }
    }
}

fn budget_text(budget: &Option<Duration>) -> String {
    match budget {
        Some(budget) => format!("no answer or too slow for {:.0?}", budget),
        None => "the deadline of the whole run was reached".into(),
    }
}
