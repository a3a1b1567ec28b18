//! What a server's NO, BAD and BYE mean: who is to blame, and whether waiting helps (RFC 9051 section 7.1, RFC 5530).

use std::time::Duration;

use super::grammar::{Code, StatusKind};
use crate::error::Rejection;
use crate::text::sanitize_capped;

/// The longest back-off that is believed.
const MAX_BACKOFF: Duration = Duration::from_secs(24 * 60 * 60);

/// How much of a code's arguments is shown, in characters.
const SHOWN: usize = 300;

/// The verb of a refusal that comes in place of a greeting.
const GREETING: &str = "greeting";

/// What stands for the response code of a BAD without one.
const BAD: &str = "BAD";

/// The refusal as data. `text` is what stands behind the code, sanitised already. A URL that a code holds is shown and never
/// followed.
pub fn rejection(verb: &'static str, kind: StatusKind, code: Option<&Code<'_>>, text: String) -> Rejection {
    refusal(verb, kind, code.and_then(told), text)
}

/// A response code as errors show it.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Told {
    /// Its name in capitals, sanitised.
    name: String,
    /// What else it says that a person should read, sanitised: a URL, a limit.
    detail: Option<String>,
}

fn refusal(verb: &'static str, kind: StatusKind, code: Option<Told>, text: String) -> Rejection {
    let transient = is_transient(verb, kind, code.as_ref().map(|code| code.name.as_str()), &text);
    let (name, detail) = code.map(|Told { name, detail }| (name, detail)).unzip();
    let text = match detail.flatten() {
        Some(detail) if text.is_empty() => detail,
        Some(detail) if !text.contains(&detail) => format!("{text} ({detail})"),
        _ => text,
    };
    let text = match kind {
        StatusKind::Bye if verb != GREETING => format!("the server ends the session: {text}"),
        _ => text,
    };
    let code = name.or((kind == StatusKind::Bad).then(|| BAD.to_owned()));
    Rejection { verb, code, enhanced: None, text, transient }
}

/// The code's name and what it has to say; `None` for codes that are about something else than a refusal.
fn told(code: &Code<'_>) -> Option<Told> {
    let named = |name: &str| Told { name: name.into(), detail: None };
    let with = |name: &str, detail: String| Told { name: name.into(), detail: Some(detail) };
    Some(match code {
        Code::Alert => named("ALERT"),
        Code::AlreadyExists => named("ALREADYEXISTS"),
        Code::AuthenticationFailed => named("AUTHENTICATIONFAILED"),
        Code::AuthorizationFailed => named("AUTHORIZATIONFAILED"),
        Code::BadCharset(_) => named("BADCHARSET"),
        Code::BadComparator => named("BADCOMPARATOR"),
        Code::BadEvent(_) => named("BADEVENT"),
        Code::BadUrl(url) => with("BADURL", shown(url)),
        Code::Cannot => named("CANNOT"),
        Code::ClientBug => named("CLIENTBUG"),
        Code::CompressionActive => named("COMPRESSIONACTIVE"),
        Code::ContactAdmin => named("CONTACTADMIN"),
        Code::Corruption => named("CORRUPTION"),
        Code::Expired => named("EXPIRED"),
        Code::ExpungeIssued => named("EXPUNGEISSUED"),
        Code::HasChildren => named("HASCHILDREN"),
        Code::InUse => named("INUSE"),
        Code::Limit => named("LIMIT"),
        Code::MessageLimit { limit, .. } => with("MESSAGELIMIT", format!("{limit} messages at once")),
        Code::MetadataMaxSize(limit) => with("METADATA MAXSIZE", format!("at most {limit} octets")),
        Code::MetadataNoPrivate => named("METADATA NOPRIVATE"),
        Code::MetadataTooMany => named("METADATA TOOMANY"),
        Code::NoModSeq => named("NOMODSEQ"),
        Code::NonExistent => named("NONEXISTENT"),
        Code::NoPerm => named("NOPERM"),
        Code::NotSaved => named("NOTSAVED"),
        Code::NotificationOverflow => named("NOTIFICATIONOVERFLOW"),
        Code::OverQuota => named("OVERQUOTA"),
        Code::Parse => named("PARSE"),
        Code::PrivacyRequired => named("PRIVACYREQUIRED"),
        Code::ReadOnly => named("READ-ONLY"),
        Code::Referral(url) => with("REFERRAL", shown(url)),
        Code::ServerBug => named("SERVERBUG"),
        Code::TempFail => named("TEMPFAIL"),
        Code::TooBig => named("TOOBIG"),
        Code::TryCreate => named("TRYCREATE"),
        Code::UidNotSticky => named("UIDNOTSTICKY"),
        Code::UidRequired => named("UIDREQUIRED"),
        Code::Unavailable => named("UNAVAILABLE"),
        Code::UndefinedFilter(name) => with("UNDEFINED-FILTER", shown(name)),
        Code::UnknownCte => named("UNKNOWN-CTE"),
        Code::UseAttr => named("USEATTR"),
        Code::Other { name, arguments } => other(name, arguments),
        _ => return None,
    })
}

/// A code that nobody registered: what it says may be what matters, such as the page of Gmail's `WEBALERT`.
fn other(name: &[u8], arguments: &[u8]) -> Told {
    let detail = arguments.trim_ascii();
    Told { name: shown(name).to_ascii_uppercase(), detail: (!detail.is_empty()).then(|| shown(detail)) }
}

fn shown(bytes: &[u8]) -> String {
    sanitize_capped(bytes, SHOWN)
}

/// How long the server asks to be left alone, of at most a day; `None` if it does not say.
///
/// Quirk: Exchange Online has it in the text of NO and BAD alone: `Suggested Backoff Time: 299961 milliseconds`.
pub fn suggested_backoff(rejection: &Rejection) -> Option<Duration> {
    let text = rejection.text.to_ascii_lowercase();
    let (_, after) = text.split_once("suggested backoff time:")?;
    let mut words = after.split_ascii_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    let unit = words.next().unwrap_or_default();
    let wait = match unit.trim_matches(|c: char| !c.is_ascii_alphabetic()) {
        "s" | "sec" | "second" | "seconds" => Duration::from_secs(number),
        _ => Duration::from_millis(number),
    };
    Some(wait.min(MAX_BACKOFF))
}

/// Whether trying again later may help.
fn is_transient(verb: &str, kind: StatusKind, code: Option<&str>, text: &str) -> bool {
    match code {
        Some(code) if passes(code) => true,
        Some(code) if stays(code) => false,
        _ => (kind == StatusKind::Bye && verb != GREETING) || is_throttle(text),
    }
}

/// Codes of what passes: RFC 5530 section 3, RFC 5259 section 9; those of RFC 3206 and RFC 2449, which servers that speak
/// POP3 too put here; and `THROTTLED`, which is nobody's standard.
fn passes(code: &str) -> bool {
    const PASSING: [&str; 9] =
        ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", "TEMPFAIL", "SYS/TEMP", "IN-USE", "THROTTLED"];
    PASSING.contains(&code)
}

/// Codes of what does not pass by waiting, whatever the text says.
fn stays(code: &str) -> bool {
    // ALERT is a text for people; who does not know our commands says BAD or CLIENTBUG to them, but so does who is busy.
    !matches!(code, "ALERT" | "CLIENTBUG" | BAD)
}

/// Quirk: servers that are too busy for a client say so in a text for people alone, in a BAD as well as in a NO.
fn is_throttle(text: &str) -> bool {
    const THROTTLES: [&str; 8] = [
        // Exchange Online, with a time to wait.
        "request is throttled",
        "suggested backoff time",
        // Exchange: the login was good, the mailbox cannot be reached now.
        "user is authenticated but not connected",
        // Exchange, with a number behind it.
        "server unavailable",
        // Gmail: 15 at once.
        "too many simultaneous connections",
        // Gmail: so many octets a day.
        "account exceeded command or bandwidth limits",
        // Courier and older Dovecots.
        "maximum number of connections",
        // Gmail's failures of its own.
        "temporary system error",
    ];
    let text = text.to_ascii_lowercase();
    THROTTLES.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(verb: &'static str, kind: StatusKind, code: Option<&str>, text: &str) -> Rejection {
        refusal(verb, kind, code.map(|name| Told { name: name.into(), detail: None }), text.into())
    }

    #[test]
    fn codes_say_what_passes() {
        for code in ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", "TEMPFAIL", "SYS/TEMP"] {
            assert!(refused("SELECT", StatusKind::No, Some(code), "no").transient, "{code}");
        }
        for code in [
            "AUTHENTICATIONFAILED",
            "AUTHORIZATIONFAILED",
            "EXPIRED",
            "PRIVACYREQUIRED",
            "CONTACTADMIN",
            "NOPERM",
            "CORRUPTION",
            "CANNOT",
            "OVERQUOTA",
            "ALREADYEXISTS",
            "NONEXISTENT",
            "TRYCREATE",
            "TOOBIG",
            "X-NEW",
        ] {
            let refusal = refused("SELECT", StatusKind::No, Some(code), "Too many simultaneous connections");
            assert!(!refusal.transient, "{code}");
            assert_eq!(refusal.code.as_deref(), Some(code));
        }
        assert!(!refused("SELECT", StatusKind::No, None, "no").transient);
    }

    #[test]
    fn throttles_are_known_by_their_words() {
        for (kind, code, text) in [
            (StatusKind::Bad, None, "Request is throttled. Suggested Backoff Time: 299961 milliseconds"),
            (StatusKind::No, None, "Request is throttled. Suggested Backoff Time: 299609 milliseconds"),
            (StatusKind::Bad, None, "User is authenticated but not connected."),
            (StatusKind::No, None, "Server Unavailable. 15"),
            (StatusKind::No, Some("ALERT"), "Too many simultaneous connections. (Failure)"),
            (StatusKind::No, Some("ALERT"), "Account exceeded command or bandwidth limits. (Failure)"),
            (StatusKind::No, Some("CLIENTBUG"), "Temporary System Error"),
        ] {
            assert!(refused("FETCH", kind, code, text).transient, "{text}");
        }
        // Each alone too.
        assert!(refused("FETCH", StatusKind::No, None, "Suggested Backoff Time: 1 milliseconds").transient);
        assert!(
            refused(GREETING, StatusKind::Bye, None, "Maximum number of connections from this address exceeded")
                .transient
        );
        assert!(!refused("FETCH", StatusKind::No, Some("ALERT"), "Application-specific password required").transient);
    }

    #[test]
    fn backoffs_are_read_and_bounded() {
        let wait =
            |text: &str| suggested_backoff(&refused("FETCH", StatusKind::Bad, None, text)).map(|wait| wait.as_millis());
        assert_eq!(wait("Request is throttled. Suggested Backoff Time: 299961 milliseconds"), Some(299_961));
        assert_eq!(wait("suggested backoff time: 5 seconds."), Some(5_000));
        assert_eq!(wait("Suggested Backoff Time: 18446744073709551615 milliseconds"), Some(86_400_000));
        for text in ["Suggested Backoff Time:", "Suggested Backoff Time: soon", "Suggested Backoff Time: -1 ms", "no"] {
            assert_eq!(wait(text), None, "{text}");
        }
    }

    #[test]
    fn a_bad_is_told_from_a_no() {
        let bad = refused("SEARCH", StatusKind::Bad, None, "Unknown key");
        assert_eq!((bad.to_string().as_str(), bad.transient), ("SEARCH: [BAD] Unknown key", false));
        assert_eq!(refused("SEARCH", StatusKind::Bad, Some("CLIENTBUG"), "x").code.as_deref(), Some("CLIENTBUG"));
        assert_eq!(refused("SEARCH", StatusKind::No, None, "Unknown key").to_string(), "SEARCH: Unknown key");
    }

    #[test]
    fn a_bye_is_the_end_of_the_session_and_not_of_the_mail() {
        let bye = refused("FETCH", StatusKind::Bye, None, "Autologout; idle for too long");
        assert!(bye.transient);
        assert_eq!(bye.to_string(), "FETCH: the server ends the session: Autologout; idle for too long");
        assert!(!refused("LOGIN", StatusKind::Bye, Some("NOPERM"), "go away").transient);
        assert!(!refused(GREETING, StatusKind::Bye, None, "you are not welcome").transient);
        assert!(refused(GREETING, StatusKind::Bye, Some("UNAVAILABLE"), "").transient);
    }

    #[test]
    fn a_url_is_shown() {
        let detail = || Some("imap://ann@other.example.org/".to_owned());
        let code = |detail| Some(Told { name: "REFERRAL".into(), detail });
        let told = refusal("LOGIN", StatusKind::No, code(detail()), "Specified user is invalid here".into());
        assert_eq!(
            told.to_string(),
            "LOGIN: [REFERRAL] Specified user is invalid here (imap://ann@other.example.org/)"
        );
        assert_eq!(refusal("LOGIN", StatusKind::No, code(detail()), String::new()).text, detail().unwrap());
        let twice = refusal("LOGIN", StatusKind::No, code(detail()), "try imap://ann@other.example.org/".into());
        assert_eq!(twice.text, "try imap://ann@other.example.org/");
    }

    #[test]
    fn codes_are_called_by_their_names() {
        let of = |code: Code<'static>| rejection("LOGIN", StatusKind::No, Some(&code), "no".into()).to_string();
        assert_eq!(of(Code::AuthenticationFailed), "LOGIN: [AUTHENTICATIONFAILED] no");
        assert_eq!(of(Code::Referral((b"imap://a\x1b@b/").into())), "LOGIN: [REFERRAL] no (imap://a^[@b/)");
        assert_eq!(of(Code::MetadataMaxSize(10)), "LOGIN: [METADATA MAXSIZE] no (at most 10 octets)");
        let alert = Code::Other { name: b"WebAlert".into(), arguments: b" https://accounts.example.org/".into() };
        assert_eq!(of(alert), "LOGIN: [WEBALERT] no (https://accounts.example.org/)");
        assert_eq!(of(Code::Capability(Vec::new())), "LOGIN: no");
    }
}
