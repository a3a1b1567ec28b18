//! The options that mean the same in every program of the suite.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, ValueEnum, ValueHint};

use super::values::{LogTarget, path, pin, seconds, word};
use crate::net::tls::Pin;
use crate::sasl::AuthList;

/// Which server, and how it is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub struct ConnectArgs {
    /// An account of the configuration file, or a server URL: imaps://, pop3s:// or smtps://ann@mail.example.org.
    #[arg(id = "named-account", short = 'a', long = "account", value_name = "NAME|URL", global = true)]
    pub account: Option<String>,
    /// Read this configuration file in place of the usual ones; $MAILWIRE_CONFIG does the same.
    ///
    /// The usual files are /etc/mailwire/config.toml and the user's $XDG_CONFIG_HOME/mailwire/config.toml over it.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub config: Option<PathBuf>,
    /// Keep state in this directory.
    ///
    /// Without it state is kept in $STATE_DIRECTORY if that is set (systemd does), else in $XDG_STATE_HOME/mailwire,
    /// else in ~/.local/state/mailwire. The directory is made if it is absent, before any connection.
    #[arg(long, value_name = "DIR", value_parser = path, value_hint = ValueHint::DirPath, global = true)]
    pub state_dir: Option<PathBuf>,
    /// How the connection is secured, in place of what the URL's scheme says.
    ///
    /// The port follows it, unless the URL names one. With "plain" no password is sent unless --cleartext-auth is given too.
    #[arg(long, value_name = "KIND", global = true)]
    pub security: Option<SecurityChoice>,
    /// Connect through a SOCKS5 or HTTP proxy: socks5://, socks5h:// or http://, then host:port or user@host:port.
    ///
    /// With socks5h and http the proxy resolves the host name. Its password comes from $MAILWIRE_PROXY_PASSWORD or
    /// from "proxy-password" in the configuration file.
    #[arg(long, value_name = "URL", global = true)]
    pub proxy: Option<String>,
    /// Run this shell command and talk to its standard input and output in place of a connection.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new(), global = true)]
    #[arg(value_hint = ValueHint::CommandString)]
    pub tunnel: Option<String>,
    /// Use IPv4 only.
    #[arg(short = '4', long, global = true)]
    pub ipv4: bool,
    /// Use IPv6 only.
    #[arg(short = '6', long, global = true)]
    pub ipv6: bool,
    /// Connect from this local address.
    #[arg(long, value_name = "ADDR", global = true)]
    pub bind: Option<IpAddr>,
    /// Give up if resolving, connecting and the TLS handshake take longer than this many seconds together.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30", global = true)]
    pub connect_timeout: Duration,
    /// Give up if the server is silent for this many seconds.
    ///
    /// The greeting, PASS, UIDL, LIST, MAIL and RCPT get at least 300 seconds, the answer to a message that was sent
    /// 600; data that is being sent must also come at 500 octets per second or more.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60", global = true)]
    pub timeout: Duration,
    /// Give up if the whole run takes longer than this many seconds. There is no limit unless one is given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, global = true)]
    pub deadline: Option<Duration>,
}

/// What is asked of TLS.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "TLS")]
pub struct TlsArgs {
    /// The TLS library to use, where more than one is built in.
    #[arg(long, value_name = "NAME", global = true)]
    pub tls_backend: Option<BackendChoice>,
    /// The lowest TLS version to accept.
    #[arg(long, value_name = "VERSION", default_value = "1.2", global = true)]
    pub tls_min: TlsMin,
    /// Ask for this name and expect it in the certificate, in place of the server's host name.
    #[arg(long, value_name = "NAME", value_parser = word, global = true)]
    pub tls_name: Option<String>,
    /// Which authorities to trust: the system's, which is the default, or the bundled Mozilla set.
    #[arg(long, value_name = "ROOTS", global = true)]
    pub trust: Option<TrustChoice>,
    /// Trust the authorities in this PEM file and no others.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub ca_file: Option<PathBuf>,
    /// Expect this public key, as probing the server prints it. It may be given more than once.
    ///
    /// Alone, a pin replaces the checks of authority, name and date. With an explicit --ca-file or --trust all of
    /// them must hold.
    #[arg(long, value_name = "sha256:HEX", value_parser = pin, action = ArgAction::Append, global = true)]
    pub pin: Vec<Pin>,
    /// Present this client certificate, a PEM file.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub client_cert: Option<PathBuf>,
    /// The client certificate's private key, a PEM file. Without it the key is looked for in the certificate's file.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub client_key: Option<PathBuf>,
    /// Accept any certificate. A warning is printed every time, for anyone in between can read and change the mail.
    #[arg(long, global = true)]
    pub no_verify: bool,
}

/// Who logs in, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Authentication")]
pub struct AuthArgs {
    /// The user to log in as.
    #[arg(short, long, value_name = "NAME", value_parser = word, global = true)]
    pub user: Option<String>,
    /// The identity to act as, where it differs from the user who logs in.
    #[arg(long, value_name = "NAME", value_parser = word, global = true)]
    pub authzid: Option<String>,
    /// The mechanisms that are allowed, best first, or "none".
    ///
    /// By default: EXTERNAL with a client certificate, OAuth with a token, SCRAM with channel binding, then under
    /// verified TLS a plain password, then SCRAM. CRAM-MD5, APOP and ANONYMOUS are used only when named here.
    #[arg(long, value_name = "MECH[,MECH...]", value_parser = AuthList::parse, global = true)]
    pub auth: Option<AuthList>,
    /// Run this shell command and take the line it prints as the password.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new(), global = true)]
    #[arg(value_hint = ValueHint::CommandString)]
    pub password_command: Option<String>,
    /// Read the password from this file, which nobody else may be able to read.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub password_file: Option<PathBuf>,
    /// Read the password from this open file descriptor.
    ///
    /// A password is never an argument, where every user of the machine could see it. It may also come from
    /// $MAILWIRE_PASSWORD or from the configuration file; if it comes from nowhere and there is a terminal, it is
    /// asked for.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..), global = true)]
    pub password_fd: Option<i32>,
    /// Look the password up in ~/.netrc, or in FILE.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_parser = path, global = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    pub netrc: Option<Option<PathBuf>>,
    /// Run this shell command and take the line it prints as an OAuth 2.0 access token.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new(), global = true)]
    #[arg(value_hint = ValueHint::CommandString)]
    pub token_command: Option<String>,
    /// Allow passwords over a connection without TLS, where anyone in between can read them.
    #[arg(long, global = true)]
    pub cleartext_auth: bool,
}

/// What is said, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print one JSON object per line.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print the JSON Schema of those objects and exit.
    #[arg(long, global = true)]
    pub json_schema: bool,
    /// Show the conversation with the server on standard error. Given twice, message bodies too.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Write the conversation with the server to this file.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath, global = true)]
    pub transcript: Option<PathBuf>,
    /// Do not hide passwords and tokens in the conversation.
    #[arg(long, global = true)]
    pub show_secrets: bool,
    /// Append one line per message and session to this file, or to the system's log with "syslog".
    #[arg(long, value_name = "FILE|syslog", value_parser = LogTarget::parse, value_hint = ValueHint::FilePath)]
    #[arg(global = true)]
    pub log: Option<LogTarget>,
    /// Say nothing on standard error but errors.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Show progress on standard error; "auto" does so on a terminal only.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub progress: When,
    /// Use colour; "auto" does so on a terminal only.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: When,
}

/// `--security`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum SecurityChoice {
    /// TLS from the first octet
    Tls,
    /// An upgrade to TLS that must succeed before anything else is said
    #[value(name = "starttls")]
    StartTls,
    /// No TLS
    Plain,
    /// TLS if it is offered, unverified; only without credentials
    Opportunistic,
}

impl SecurityChoice {
    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::Plain => "plain",
            Self::Opportunistic => "opportunistic",
        }
    }
}

/// `--tls-backend`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum BackendChoice {
    /// rustls
    Rustls,
    /// The system's library
    NativeTls,
}

/// `--tls-min`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum TlsMin {
    /// TLS 1.2
    #[value(name = "1.2")]
    V1_2,
    /// TLS 1.3
    #[value(name = "1.3")]
    V1_3,
}

/// `--trust`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum TrustChoice {
    /// The system's authorities, or the bundled ones where the system has none
    System,
    /// The Mozilla set that is built in
    Bundled,
}

/// `--progress`, `--color`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum When {
    /// On a terminal only
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
