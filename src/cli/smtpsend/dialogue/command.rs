//! What a client may say (RFC 5321 section 4.1.1), taken apart.
//!
//! Taken as well, since callers of sendmail write it: blanks behind `FROM:` and `TO:`, a path without its brackets, a source
//! route (RFC 5321 appendix F.2), which is dropped.

use super::reply::Reply;
use crate::addr_spec::AddrSpec;
use crate::smtp::parameters::{envid, orcpt};
use crate::smtp::{Notify, Recipient, Ret};

/// A command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Command {
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// MAIL.
    Mail(Mail),
    /// RCPT.
    Rcpt(Recipient),
    /// DATA.
    Data,
    /// RSET.
    Reset,
    /// NOOP.
    Nothing,
    /// VRFY: nothing is known before a message is sent.
    Verify,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// What MAIL says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Mail {
    /// `None` is `<>`.
    pub(super) sender: Option<AddrSpec>,
    /// Whether addresses that are not ASCII may follow (SMTPUTF8).
    pub(super) utf8: bool,
    /// RET.
    pub(super) ret: Option<Ret>,
    /// ENVID.
    pub(super) envid: Option<String>,
}

/// Takes a line without its end apart, or says what is wrong with it.
pub(super) fn parse(line: &[u8]) -> Result<Command, Reply> {
    let text = std::str::from_utf8(line).ok().filter(|text| !text.chars().any(char::is_control));
    let text = text.ok_or_else(|| Reply::new(500, "5.5.2", "a command is text without control characters"))?;
    let text = text.trim_matches(' ');
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim_start_matches(' ');
    let alone = |command| match rest {
        "" => Ok(command),
        _ => Err(Reply::new(501, "5.5.4", "nothing may follow this command")),
    };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" | "HELO" if rest.is_empty() => Err(Reply::new(501, "5.5.4", "a name has to follow")),
        "EHLO" => Ok(Command::Ehlo),
        "HELO" => Ok(Command::Helo),
        "MAIL" => mail(rest).map(Command::Mail),
        "RCPT" => recipient(rest).map(Command::Rcpt),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Reset),
        "NOOP" => Ok(Command::Nothing),
        "VRFY" if rest.is_empty() => Err(Reply::new(501, "5.5.4", "an address has to follow")),
        "VRFY" => Ok(Command::Verify),
        "HELP" => Ok(Command::Help),
        "QUIT" => alone(Command::Quit),
        "AUTH" | "BDAT" | "ETRN" | "EXPN" | "STARTTLS" | "TURN" | "XCLIENT" => {
            Err(Reply::new(502, "5.5.1", "this is not offered"))
        }
        _ => Err(Reply::new(500, "5.5.2", "there is no such command")),
    }
}

fn mail(rest: &str) -> Result<Mail, Reply> {
    let (path, parameters) = path_behind(rest, "FROM:")?;
    let sender = match path {
        "" => None,
        path => Some(address(path, "5.1.7")?),
    };
    let mut mail = Mail { sender, ..Mail::default() };
    each(parameters, |keyword, value| {
        let taken = match (keyword, value) {
            ("SIZE", Some(value)) => value.parse::<u64>().is_ok(),
            // What the text is, is seen when it is there.
            ("BODY", Some(value)) => value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME"),
            ("SMTPUTF8", None) => {
                mail.utf8 = true;
                true
            }
            ("RET", Some(value)) => set(&mut mail.ret, Ret::parse(value).ok()),
            ("ENVID", Some(value)) => set(&mut mail.envid, from_xtext(value).and_then(|text| envid(&text).ok())),
            ("SIZE" | "BODY" | "SMTPUTF8" | "RET" | "ENVID", _) => false,
            _ => return Err(unknown(keyword)),
        };
        if taken { Ok(()) } else { Err(wrong(keyword)) }
    })?;
    Ok(mail)
}

fn recipient(rest: &str) -> Result<Recipient, Reply> {
    let (path, parameters) = path_behind(rest, "TO:")?;
    let mut recipient = Recipient::new(address(path, "5.1.3")?);
    each(parameters, |keyword, value| {
        let taken = match (keyword, value) {
            ("NOTIFY", Some(value)) => set(&mut recipient.notify, Notify::parse(value).ok()),
            ("ORCPT", Some(value)) => set(&mut recipient.orcpt, original(value).filter(|text| orcpt(text).is_ok())),
            ("NOTIFY" | "ORCPT", _) => false,
            _ => return Err(unknown(keyword)),
        };
        if taken { Ok(()) } else { Err(wrong(keyword)) }
    })?;
    Ok(recipient)
}

/// The path behind `FROM:` or `TO:`, without brackets and route, and what follows it.
fn path_behind<'t>(rest: &'t str, word: &str) -> Result<(&'t str, &'t str), Reply> {
    let fail = || Reply::new(501, "5.5.4", &format!("{word}<address> has to follow"));
    let (before, rest) = rest.split_at_checked(word.len()).ok_or_else(fail)?;
    if !before.eq_ignore_ascii_case(word) {
        return Err(fail());
    }
    let rest = rest.trim_start_matches(' ');
    let (path, rest) = match rest.strip_prefix('<') {
        Some(inner) => {
            let end = closing(inner).ok_or_else(fail)?;
            let (path, rest) = inner.split_at(end);
            (path, rest.strip_prefix('>').unwrap_or(rest))
        }
        None if rest.is_empty() => return Err(fail()),
        None => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(fail());
    }
    let path = match path.starts_with('@') {
        true => path.split_once(':').map(|(_route, path)| path).ok_or_else(fail)?,
        false => path,
    };
    Ok((path, rest))
}

/// Where the bracket closes: not in quotes, where it would be a character like others.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn address(path: &str, enhanced: &'static str) -> Result<AddrSpec, Reply> {
    AddrSpec::parse(path).map_err(|error| Reply::new(501, enhanced, &error.to_string()))
}

/// Each parameter, its keyword in upper case. None may come twice.
fn each(text: &str, mut take: impl FnMut(&str, Option<&str>) -> Result<(), Reply>) -> Result<(), Reply> {
    let mut seen: Vec<String> = Vec::new();
    for parameter in text.split(' ').filter(|parameter| !parameter.is_empty()) {
        let (keyword, value) = match parameter.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (parameter, None),
        };
        let keyword = keyword.to_ascii_uppercase();
        take(&keyword, value)?;
        if seen.contains(&keyword) {
            return Err(wrong(&keyword));
        }
        seen.push(keyword);
    }
    Ok(())
}

/// Whether there is a value to set.
fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

fn wrong(keyword: &str) -> Reply {
    Reply::new(501, "5.5.4", &format!("the parameter {keyword} is wrong, or there twice"))
}

fn unknown(keyword: &str) -> Reply {
    Reply::new(555, "5.5.4", &format!("there is no parameter {keyword}"))
}

/// An original recipient in plain text (RFC 3461 section 4.2, RFC 6533 section 3).
fn original(value: &str) -> Option<String> {
    let (kind, address) = value.split_once(';')?;
    let address = from_xtext(address)?;
    let address = match kind.eq_ignore_ascii_case("utf-8") {
        true => from_embedded(&address)?,
        false => address,
    };
    Some(format!("{kind};{address}"))
}

/// xtext decoded (RFC 3461 section 4).
fn from_xtext(text: &str) -> Option<String> {
    let mut octets = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(octet) = octets.next() {
        out.push(match octet {
            b'+' => hex(octets.next()?)? * 16 + hex(octets.next()?)?,
            b'=' => return None,
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// `\x{E4}` decoded.
fn from_embedded(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, coded)) = rest.split_once("\\x{") {
        let (digits, behind) = coded.split_once('}')?;
        out.push_str(plain);
        out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mail_of(line: &str) -> Mail {
        match parse(line.as_bytes()) {
            Ok(Command::Mail(mail)) => mail,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn recipient_of(line: &str) -> Recipient {
        match parse(line.as_bytes()) {
            Ok(Command::Rcpt(recipient)) => recipient,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn code(line: &str) -> u16 {
        parse(line.as_bytes()).map(|command| panic!("{line}: {command:?}")).unwrap_err().code()
    }

    #[test]
    fn paths_in_all_forms() {
        for (line, sender) in [
            ("MAIL FROM:<ann@example.org>", Some("ann@example.org")),
            ("mail from: <ann@example.org> BODY=8BITMIME SIZE=100", Some("ann@example.org")),
            ("MAIL From:ann@example.org SIZE=100", Some("ann@example.org")),
            ("MAIL FROM:<@a.example,@b.example:ann@example.org>", Some("ann@example.org")),
            ("MAIL FROM:<\"a > b\\\" >\"@example.org> RET=HDRS", Some("\"a > b\\\" >\"@example.org")),
            ("MAIL FROM:<root>", Some("root")),
            ("MAIL FROM:<>", None),
        ] {
            assert_eq!(mail_of(line).sender.map(|sender| sender.to_string()).as_deref(), sender, "{line}");
        }
        assert_eq!(recipient_of("RCPT TO:<Postmaster>").address.to_string(), "Postmaster");
        assert_eq!(recipient_of("RCPT TO:<a@[127.0.0.1]>").address.to_string(), "a@[127.0.0.1]");
    }

    #[test]
    fn parameters() {
        let mail = mail_of("MAIL FROM:<a@b.example> smtputf8 ret=hdrs envid=a+20b+2Bc BODY=7bit");
        assert_eq!((mail.utf8, mail.ret, mail.envid.as_deref()), (true, Some(Ret::Headers), Some("a b+c")));
        let recipient = recipient_of("RCPT TO:<a@b.example> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bb@c.example");
        assert_eq!(recipient.notify, Some(Notify::parse("success,delay").unwrap()));
        assert_eq!(recipient.orcpt.as_deref(), Some("rfc822;a+b@c.example"));
        let recipient = recipient_of("RCPT TO:<a@b.example> ORCPT=utf-8;j\\x{F6}@c.example");
        assert_eq!(recipient.orcpt.as_deref(), Some("utf-8;jö@c.example"));
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        for (line, expected) in [
            ("", 500),
            ("HALLO", 500),
            ("MAIL FROM:<a@b.example>\rRCPT TO:<x>", 500),
            ("EHLO", 501),
            ("DATA now", 501),
            ("QUIT it", 501),
            ("VRFY", 501),
            ("MAIL", 501),
            ("MAIL TO:<a@b.example>", 501),
            ("MAIL FROM:", 501),
            ("MAIL FROM:<a@b.example", 501),
            ("MAIL FROM:<a@b.example>SIZE=1", 501),
            ("MAIL FROM:<a@b@c>", 501),
            ("MAIL FROM:<@a.example>", 501),
            ("RCPT TO:<>", 501),
            ("RCPT TO:<a b@c.example>", 501),
            ("MAIL FROM:<a@b.example> SIZE=x", 501),
            ("MAIL FROM:<a@b.example> SIZE=1 SIZE=1", 501),
            ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 501),
            ("MAIL FROM:<a@b.example> SMTPUTF8=1", 501),
            ("MAIL FROM:<a@b.example> ENVID=a+0D+0A", 501),
            ("MAIL FROM:<a@b.example> ENVID=a+zz", 501),
            ("MAIL FROM:<a@b.example> X=1", 555),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER,DELAY", 501),
            ("RCPT TO:<a@b.example> ORCPT=a@b.example", 501),
            ("RCPT TO:<a@b.example> ORCPT=rfc822;a+0Ab", 501),
            ("RCPT TO:<a@b.example> SIZE=1", 555),
            ("AUTH PLAIN AGEAYg==", 502),
            ("BDAT 3 LAST", 502),
            ("STARTTLS", 502),
        ] {
            assert_eq!(code(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_said(line in prop::collection::vec(any::<u8>(), 0..80), start in 0usize..4) {
            let start = ["", "MAIL FROM:<", "RCPT TO:<", "RCPT TO:<a@b.example> ORCPT=utf-8;"][start];
            let line = [start.as_bytes(), &line].concat();
            if let Err(reply) = parse(&line) {
                prop_assert!((500..600).contains(&reply.code()));
                let text = reply.to_string();
                prop_assert!(text.ends_with("\r\n") && !text.trim_end().chars().any(char::is_control), "{text:?}");
            }
        }
    }
}
