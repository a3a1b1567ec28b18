//! SMTP commands as RFC 5321 section 4.1 and its extensions write them, taken at their word.

/// One command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Command {
    /// EHLO, HELO, LHLO.
    Hello {
        verb: String,
        name: String,
    },
    StartTls,
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
    /// MAIL; the path is what stands between the brackets.
    Mail {
        path: String,
        parameters: Vec<Parameter>,
    },
    Rcpt {
        path: String,
        parameters: Vec<Parameter>,
    },
    Data,
    Bdat {
        size: usize,
        last: bool,
    },
    Rset,
    Noop,
    Quit,
    /// VRFY and whatever else has a verb.
    Other(String),
}

/// A keyword in upper case, and its value where it has one.
pub(crate) type Parameter = (String, Option<String>);

/// Reads a line without its CRLF; an error says what is wrong with it.
pub(crate) fn parse(line: &[u8]) -> Result<Command, String> {
    let line = std::str::from_utf8(line).map_err(|_| "neither ASCII nor UTF-8".to_owned())?;
    if line.chars().any(char::is_control) {
        return Err("a control character".into());
    }
    let (verb, argument) = line.split_once(' ').map_or((line, None), |(verb, argument)| (verb, Some(argument)));
    let verb = verb.to_ascii_uppercase();
    match (verb.as_str(), argument) {
        ("EHLO" | "HELO" | "LHLO", Some(name)) if is_domain(name) => Ok(Command::Hello { verb, name: name.to_owned() }),
        ("EHLO" | "HELO" | "LHLO", name) => Err(format!("no host name: {name:?}")),
        ("STARTTLS", None) => Ok(Command::StartTls),
        ("DATA", None) => Ok(Command::Data),
        ("RSET", None) => Ok(Command::Rset),
        ("QUIT", None) => Ok(Command::Quit),
        ("NOOP", _) => Ok(Command::Noop),
        ("AUTH", Some(argument)) => auth(argument),
        ("BDAT", Some(argument)) => bdat(argument),
        ("MAIL", Some(argument)) => {
            let (path, parameters) = path(strip(argument, "FROM:")?)?;
            Ok(Command::Mail { path, parameters })
        }
        ("RCPT", Some(argument)) => match path(strip(argument, "TO:")?)? {
            (path, _) if path.is_empty() => Err("RCPT without an address".into()),
            (path, parameters) => Ok(Command::Rcpt { path, parameters }),
        },
        ("STARTTLS" | "DATA" | "RSET" | "QUIT", Some(_)) => Err(format!("{verb} has no argument")),
        ("AUTH" | "BDAT" | "MAIL" | "RCPT", None) => Err(format!("{verb} without an argument")),
        _ if !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(Command::Other(verb)),
        _ => Err("no verb".into()),
    }
}

/// A host name, or an address in brackets.
pub(crate) fn is_domain(text: &str) -> bool {
    if let Some(literal) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return literal.strip_prefix("IPv6:").unwrap_or(literal).parse::<std::net::IpAddr>().is_ok();
    }
    let is_label = |label: &str| {
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii());
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 255 && text.split('.').all(is_label)
}

fn strip<'t>(argument: &'t str, prefix: &str) -> Result<&'t str, String> {
    match argument.split_at_checked(prefix.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(prefix) => Ok(rest),
        _ => Err(format!("no {prefix}")),
    }
}

fn auth(argument: &str) -> Result<Command, String> {
    let (mechanism, initial) = match argument.split_once(' ') {
        Some((mechanism, initial)) => (mechanism, Some(initial.to_owned())),
        None => (argument, None),
    };
    let letters = mechanism.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match &initial {
        _ if mechanism.is_empty() || !letters => Err("no mechanism".into()),
        Some(initial) if initial.is_empty() || initial.contains(' ') => Err("no initial response".into()),
        _ => Ok(Command::Auth { mechanism: mechanism.to_ascii_uppercase(), initial }),
    }
}

fn bdat(argument: &str) -> Result<Command, String> {
    let (size, last) = match argument.split_once(' ') {
        Some((size, last)) if last.eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err("a chunk is the last or not".into()),
        None => (argument, false),
    };
    let digits = size.len() <= 20 && size.bytes().all(|byte| byte.is_ascii_digit());
    let size = size.parse().ok().filter(|_| digits).ok_or("no size of a chunk")?;
    Ok(Command::Bdat { size, last })
}

/// `<local@domain>` or `<>`, and the parameters behind it.
fn path(text: &str) -> Result<(String, Vec<Parameter>), String> {
    let inner = text.strip_prefix('<').ok_or("no <")?;
    let (mut quoted, mut escaped, mut end) = (false, false, None);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                end = Some(at);
                break;
            }
            _ => {}
        }
    }
    let (path, rest) = end.and_then(|end| inner.split_at_checked(end)).ok_or("no >")?;
    if !path.is_empty() && !is_mailbox(path) {
        return Err(format!("no address: {path}"));
    }
    let mut parameters = Vec::new();
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    if !rest.is_empty() {
        let rest = rest.strip_prefix(' ').ok_or("no blank behind >")?;
        for parameter in rest.split(' ') {
            parameters.push(self::parameter(parameter)?);
        }
    }
    Ok((path.to_owned(), parameters))
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let (keyword, value) = text.split_once('=').map_or((text, None), |(keyword, value)| (keyword, Some(value)));
    let is_keyword = keyword.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_value = |value: &str| !value.is_empty() && value.chars().all(|c| c > ' ' && c != '=' && !c.is_control());
    if keyword.is_empty() || keyword.starts_with('-') || !is_keyword || !value.is_none_or(is_value) {
        return Err(format!("no parameter: {text:?}"));
    }
    Ok((keyword.to_ascii_uppercase(), value.map(str::to_owned)))
}

/// With a domain, or a bare local part as `<postmaster>` and LMTP have it.
fn is_mailbox(path: &str) -> bool {
    let is_atext = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let is_local = |local: &str| local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext));
    let (local, domain) = match path.strip_prefix('"').map(closing) {
        Some(Some((_, rest))) => (path.strip_suffix(rest).unwrap_or(path), rest),
        Some(None) => return false,
        None => path.split_at(path.find('@').unwrap_or(path.len())),
    };
    let is_short = local.len() <= 64 && path.len() <= 254;
    let is_domain = domain.is_empty() || domain.strip_prefix('@').is_some_and(is_domain);
    is_short && is_domain && (local.starts_with('"') || is_local(local))
}

/// What stands before the quotation mark that closes, and what behind.
fn closing(quoted: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((quoted.get(..at)?, quoted.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}
