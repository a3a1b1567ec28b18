//! What to try when something fails, where that is known.

use std::io::ErrorKind;

use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Server;
use crate::cli::verdict::Verdict;
use crate::endpoint::{Protocol, Security};
use crate::error::{Error, Phase, Rejection};

/// The port on which servers talk to each other (RFC 5321), and which many networks close.
const RELAY: u16 = 25;

/// The failure of an account, with what to try.
pub fn explained(error: Error, server: &Server) -> Failure {
    Failure { advice: advice(&error, server), ..Failure::from(error) }.of(&server.account)
}

/// A second clause for the error's line: what to try.
pub fn advice(error: &Error, server: &Server) -> Option<String> {
    let text = match error {
        Error::Target { source, .. } => match server.endpoint.protocol {
            // The target of smtpsend is that of --save.
            Protocol::Smtp | Protocol::Lmtp => of_target(source)?.replace("--to-", "--save-"),
            Protocol::Pop3 | Protocol::Imap => of_target(source)?.to_owned(),
        },
        Error::Authentication(rejection) | Error::Rejected(rejection) => {
            let is_login = matches!(error, Error::Authentication(_));
            match server.endpoint.protocol {
                Protocol::Pop3 => of_pop3(rejection, is_login)?.to_owned(),
                Protocol::Imap => of_imap(rejection, is_login)?.to_owned(),
                Protocol::Smtp | Protocol::Lmtp => of_smtp(rejection, is_login, server)?,
            }
        }
        _ => of_connection(error, server)?,
    };
    // Some errors say it themselves.
    (!error.to_string().contains(&text)).then_some(text)
}

/// The options for targets that are servers have names of their own.
fn of_target(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::Authentication(rejection) if !rejection.transient => {
            "check --to-user, and --to-password-command or --to-password-file"
        }
        Error::Rejected(Rejection { code: Some(code), .. }) if code == "530" => {
            "the target wants a login: use --to-user, and --to-password-command or --to-password-file"
        }
        Error::Rejected(Rejection { verb: "MAIL", transient: false, code: Some(_), .. }) => {
            "name a sender that the target takes with --envelope-from"
        }
        Error::Rejected(Rejection { verb: "RCPT", transient: false, .. }) => "check --rcpt",
        Error::Rejected(_) if Exit::of(error) == Exit::NO_INPUT => {
            "imapctl folders lists the folders there are, and imapctl folder create makes one"
        }
        Error::Insecure(_) => "for a target these options are --to-security and --to-cleartext-auth",
        Error::Certificate { .. } => "for a target that option is --to-ca-file",
        Error::Config(_) => "for a target use --to-password-command or --to-password-file",
        _ => return None,
    })
}

/// The same for a recipient; of a login that was refused it is said for what it kept from being sent.
pub fn of_verdict(verdict: &Verdict, server: &Server) -> Option<String> {
    match verdict {
        Verdict::Accepted(_) | Verdict::Unknown(_) => None,
        Verdict::Refused(rejection) => of_refusal(rejection, server),
        Verdict::Unsent(error) => advice(error, server),
    }
}

fn of_refusal(rejection: &Rejection, server: &Server) -> Option<String> {
    match server.endpoint.protocol {
        Protocol::Pop3 | Protocol::Imap => None,
        Protocol::Smtp | Protocol::Lmtp => of_smtp(rejection, false, server),
    }
}

const CHECK_LOGIN: &str =
    "check the user name and the password; some providers want an app password or --token-command";

/// RFC 2449 section 8.1.
fn of_pop3(rejection: &Rejection, is_login: bool) -> Option<&'static str> {
    match rejection.code.as_deref().map(str::to_ascii_uppercase).as_deref() {
        Some("IN-USE") => Some("another program has the mailbox open"),
        Some("LOGIN-DELAY") if is_login => Some("the server wants more time between logins"),
        _ if is_login => Some(CHECK_LOGIN),
        _ => None,
    }
}

/// RFC 5530, RFC 2221, RFC 9051 section 7.1.
fn of_imap(rejection: &Rejection, is_login: bool) -> Option<&'static str> {
    match rejection.code.as_deref() {
        Some("INUSE") => Some("another program has the folder open"),
        Some("EXPIRED") => Some("get a new password or token"),
        Some("PRIVACYREQUIRED") => Some("the server wants TLS for this: use --security tls or starttls"),
        Some("REFERRAL") => Some("the mail is on that server: give its URL to --account"),
        Some("AUTHORIZATIONFAILED") => Some("check --authzid: the user may not act as it"),
        Some("TRYCREATE" | "NONEXISTENT") if rejection.verb != "DELETE" => {
            Some("imapctl folders lists the folders there are, and imapctl folder create makes one")
        }
        Some("OVERQUOTA") => Some("imapctl quota shows what the space is used for"),
        Some("NOPERM") => Some("imapctl acl rights shows what is allowed"),
        Some("CONTACTADMIN") => Some("only the server's administrator can help"),
        // The server's own words say what to do, such as making an app password.
        Some("ALERT" | "WEBALERT") => None,
        _ if is_login && !rejection.transient => Some(CHECK_LOGIN),
        _ => None,
    }
}

/// By reply code (RFC 5321 section 4.2, RFC 4954 section 6), and by enhanced code (RFC 3463) where the reply code says little.
fn of_smtp(rejection: &Rejection, is_login: bool, server: &Server) -> Option<String> {
    let Rejection { verb, code, enhanced, text, .. } = rejection;
    let text = text.to_ascii_lowercase();
    let in_clear = matches!(server.endpoint.security, Security::Plain | Security::Opportunistic);
    let refused_policy = enhanced.as_deref().is_some_and(|enhanced| enhanced.starts_with("5.7."));
    Some(match (code.as_deref(), *verb) {
        // RFC 3207 section 4 has the same code for a missing login as for missing TLS.
        (Some("530"), _) if in_clear && text.contains("tls") => wants_tls(server),
        (Some("538"), _) if in_clear => wants_tls(server),
        (Some("530"), _) => wants_login(),
        (Some(code), _) if is_login && code.starts_with('5') => CHECK_LOGIN.into(),
        (Some("550" | "553" | "554"), "MAIL" | "RCPT")
            if refused_policy && server.logs_in() && speaks_of_sender(&text) =>
        {
            "the account may not send as this sender: give one of its own with --from, or use --force-from".into()
        }
        (Some("550" | "551" | "553" | "554"), "RCPT")
            if !server.logs_in() && (refused_policy || text.contains("relay")) =>
        {
            wants_login()
        }
        _ => return None,
    })
}

/// Servers put a sender that is not the user's under the same code as everything else they have rules for.
fn speaks_of_sender(text: &str) -> bool {
    ["sender", "send as", "sendas", "owned by", "from address", "envelope from"]
        .iter()
        .any(|words| text.contains(words))
}

fn wants_tls(server: &Server) -> String {
    let host = server.endpoint.host();
    match server.endpoint.protocol {
        Protocol::Lmtp => "the server wants TLS: use --security starttls".into(),
        _ => format!("the server wants TLS: use smtps://{host}, or smtp://{host} without --security"),
    }
}

fn wants_login() -> String {
    "the server wants a login: use -u NAME, and --password-command or --password-file".into()
}

fn of_connection(error: &Error, server: &Server) -> Option<String> {
    let security = server.endpoint.security;
    let host = server.endpoint.host();
    let (from_start, upgrading) = match server.endpoint.protocol {
        Protocol::Pop3 => (format!("pop3s://{host}"), format!("pop3://{host}")),
        Protocol::Imap => (format!("imaps://{host}"), format!("imap://{host}")),
        Protocol::Smtp => (format!("smtps://{host}"), format!("smtp://{host}")),
        Protocol::Lmtp => ("--security tls".into(), "--security starttls".into()),
    };
    Some(match error {
        Error::Tls { .. } | Error::Closed { phase: Phase::TlsHandshake, .. } if security == Security::Tls => {
            format!("if this port starts in clear, use {upgrading}, which upgrades to TLS")
        }
        Error::Timeout { phase: Phase::Greeting, .. } | Error::Closed { phase: Phase::Greeting, .. }
            if matches!(security, Security::StartTls | Security::Plain) =>
        {
            format!("if this port has TLS from the start, use {from_start}")
        }
        Error::Connect { .. } | Error::Timeout { phase: Phase::Connect, .. }
            if server.endpoint.protocol == Protocol::Smtp
                && server.endpoint.port() == RELAY
                && server.connect.proxy.is_none()
                && server.connect.tunnel.is_none() =>
        {
            format!("many networks close port {RELAY}: use {from_start}, which has port 465")
        }
        Error::Connect { source, .. } if source.kind() == ErrorKind::ConnectionRefused => match server.connect.proxy {
            Some(_) => "check --proxy, and the host and the port behind it",
            None => "check the host and the port",
        }
        .into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {

    use std::sync::Arc;

    use super::*;
    use crate::config::secrets::{Password, SecretSource, Whom};
    use crate::endpoint::Endpoint;
    use crate::net::connect::ConnectOptions;
    use crate::net::deadline::Timeouts;
    use crate::net::tls::TlsConfig;

    fn server(url: &str, security: Option<Security>) -> Server {
        let endpoint = Endpoint::parse(url, security).unwrap();
        let whom = Whom { account: "work".into(), user: endpoint.user.clone(), host: endpoint.host().into() };
        Server {
            account: "work".into(),
            user: endpoint.user.clone(),
            endpoint,
            authzid: None,
            password: Password::new(SecretSource::Prompt, whom),
            token: None,
            auth: None,
            cleartext_auth: false,
            tls: TlsConfig::default(),
            connect: ConnectOptions::default(),
            timeouts: Timeouts::default(),
            transcript: None,
        }
    }

    fn rejection(verb: &'static str, code: &str, enhanced: Option<&str>, text: &str) -> Rejection {
        let transient = code.starts_with('4');
        Rejection { verb, code: Some(code.into()), enhanced: enhanced.map(str::to_owned), text: text.into(), transient }
    }

    #[test]
    fn refusals_of_mail_servers() {
        let tls = "smtps://ann@mail.example.org";
        let anonymous = "smtp://mail.example.org";
        for (url, rejection, expected) in [
            (tls, rejection("AUTH", "535", Some("5.7.8"), "no"), Some("app password")),
            (tls, rejection("AUTH", "454", Some("4.7.0"), "later"), None),
            (tls, rejection("MAIL", "530", Some("5.7.0"), "Authentication required"), Some("-u NAME")),
            (
                tls,
                rejection("MAIL", "550", Some("5.7.60"), "Client does not have permissions to send as this sender"),
                Some("--force-from"),
            ),
            (
                tls,
                rejection("RCPT", "553", Some("5.7.1"), "<b@x>: Sender address rejected: not owned by user ann"),
                Some("--force-from"),
            ),
            (tls, rejection("RCPT", "554", Some("5.7.1"), "<b@x>: Relay access denied"), None),
            (tls, rejection("RCPT", "550", Some("5.1.1"), "no such user"), None),
            (anonymous, rejection("RCPT", "554", Some("5.7.1"), "<b@x>: Relay access denied"), Some("-u NAME")),
            (anonymous, rejection("RCPT", "550", None, "relay not permitted"), Some("-u NAME")),
            (anonymous, rejection("RCPT", "550", None, "no such user"), None),
        ] {
            let error = match rejection.verb {
                "AUTH" => Error::Authentication(rejection),
                _ => Error::Rejected(rejection),
            };
            let told = advice(&error, &server(url, None));
            match expected {
                Some(words) => assert!(told.as_ref().is_some_and(|told| told.contains(words)), "{error}: {told:?}"),
                None => assert_eq!(told, None, "{error}"),
            }
        }
        let plain = server(anonymous, Some(Security::Plain));
        let missing = Error::Rejected(rejection("MAIL", "530", Some("5.7.0"), "Must issue a STARTTLS command first"));
        assert!(advice(&missing, &plain).unwrap().contains("smtps://mail.example.org"));
    }

    #[test]
    fn the_schemes_are_the_protocol_s() {
        let refused = || Error::Connect { target: "h:25".into(), source: ErrorKind::ConnectionRefused.into() };
        let silent = || Error::Timeout { phase: Phase::Greeting, budget: None };
        let garbled = || Error::Tls { host: "h".into(), detail: "no TLS".into() };
        for (url, error, expected) in [
            ("pop3s://h", garbled(), "use pop3://h,"),
            ("pop3://h", silent(), "use pop3s://h"),
            ("smtps://h", garbled(), "use smtp://h,"),
            ("smtp://h", silent(), "use smtps://h"),
            ("lmtp://h", silent(), "use --security tls"),
            ("smtp://h:25", refused(), "use smtps://h, which has port 465"),
            ("smtp://h:25", Error::Timeout { phase: Phase::Connect, budget: None }, "port 465"),
            ("smtp://h", refused(), "check the host and the port"),
            ("pop3://h:25", refused(), "check the host and the port"),
            ("imaps://h", Error::Tls { host: "h".into(), detail: String::new() }, "use imap://h, which upgrades"),
            ("imap://h", Error::Timeout { phase: Phase::Greeting, budget: None }, "use imaps://h"),
        ] {
            let told = advice(&error, &server(url, None)).unwrap();
            assert!(told.contains(expected), "{url}: {told}");
        }
        assert_eq!(advice(&Error::Timeout { phase: Phase::Connect, budget: None }, &server("smtp://h", None)), None);
    }

    #[test]
    fn recipients_have_the_same_advice() {
        let server = server("smtps://ann@h", None);
        let refused =
            Verdict::Refused(rejection("MAIL", "553", Some("5.7.1"), "Sender address rejected: not owned by user"));
        assert!(of_verdict(&refused, &server).unwrap().contains("--force-from"));
        let login = Arc::new(Error::Authentication(rejection("AUTH", "535", None, "no")));
        assert!(of_verdict(&Verdict::Unsent(login.clone()), &server).unwrap().contains("app password"));
        assert_eq!(of_verdict(&Verdict::Unknown(login), &server), None);
    }

    #[test]
    fn imap_servers_say_what_to_try() {
        let server = server("imaps://ann@h", None);
        for (verb, code, expected) in [
            ("LOGIN", "AUTHENTICATIONFAILED", Some("app password")),
            ("AUTHENTICATE", "AUTHORIZATIONFAILED", Some("--authzid")),
            ("AUTHENTICATE", "EXPIRED", Some("token")),
            ("LOGIN", "ALERT", None),
            ("SELECT", "NONEXISTENT", Some("imapctl folders")),
            ("DELETE", "NONEXISTENT", None),
            ("COPY", "OVERQUOTA", Some("imapctl quota")),
            ("SELECT", "INUSE", Some("another program")),
            ("SELECT", "SERVERBUG", None),
        ] {
            let rejection = rejection(verb, code, None, "no");
            let error = match verb {
                "LOGIN" | "AUTHENTICATE" => Error::Authentication(rejection),
                _ => Error::Rejected(rejection),
            };
            let told = advice(&error, &server);
            match expected {
                Some(words) => assert!(told.as_ref().is_some_and(|told| told.contains(words)), "{error}: {told:?}"),
                None => assert_eq!(told, None, "{error}"),
            }
        }
    }

    #[test]
    fn what_a_mailbox_says_is_not_for_mail_servers() {
        let busy = || rejection("PASS", "IN-USE", None, "locked");
        let of_pop3 = advice(&Error::Rejected(busy()), &server("pop3s://ann@h", None));
        assert_eq!(of_pop3.as_deref(), Some("another program has the mailbox open"));
        assert_eq!(advice(&Error::Rejected(busy()), &server("smtps://ann@h", None)), None);
    }
}
