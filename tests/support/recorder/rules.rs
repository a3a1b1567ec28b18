//! What a client may and may not send.

use super::{Message, Parameter};

/// What is wrong with the parameters of MAIL or RCPT.
pub(super) fn wrong_parameters(parameters: &[Parameter], verb: &str, offers: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, (keyword, value)) in parameters.iter().enumerate() {
        if parameters[..at].iter().any(|(known, _)| known == keyword) {
            wrong.push(format!("{keyword} twice"));
        }
        let (extension, has_value) = match (verb, keyword.as_str()) {
            ("MAIL", "SIZE") => ("SIZE", true),
            ("MAIL", "BODY") if value.as_deref() == Some("BINARYMIME") => ("BINARYMIME", true),
            ("MAIL", "BODY") => ("8BITMIME", true),
            ("MAIL", "SMTPUTF8") => ("SMTPUTF8", false),
            ("MAIL", "RET" | "ENVID") | ("RCPT", "NOTIFY" | "ORCPT") => ("DSN", true),
            ("MAIL", "AUTH") => ("AUTH", true),
            ("MAIL", "REQUIRETLS") => ("REQUIRETLS", false),
            ("MAIL", "BY") => ("DELIVERBY", true),
            ("MAIL", "HOLDFOR" | "HOLDUNTIL") => ("FUTURERELEASE", true),
            ("MAIL", "MT-PRIORITY") => ("MT-PRIORITY", true),
            _ => {
                wrong.push(format!("{verb} has no {keyword}"));
                continue;
            }
        };
        if !offers(extension) {
            wrong.push(format!("{extension} is not offered"));
        }
        if value.is_some() != has_value {
            wrong.push(format!("the value of {keyword}"));
        }
        if ["ENVID", "ORCPT", "AUTH"].contains(&keyword.as_str()) && !value.as_deref().is_some_and(is_xtext) {
            wrong.push(format!("{keyword} is no xtext"));
        }
    }
    wrong
}

/// How much longer a command may be for its parameters (RFC 1870, 6152, 4954, 6531, 3461).
pub(super) fn extra(parameters: &[Parameter], verb: &str) -> usize {
    let of = |(keyword, _): &Parameter| match (verb, keyword.as_str()) {
        ("MAIL", "SIZE") => 26,
        ("MAIL", "BODY") => 17,
        ("MAIL", "AUTH") | ("RCPT", "NOTIFY" | "ORCPT") => 500,
        ("MAIL", "RET" | "ENVID") => 100,
        ("MAIL", "SMTPUTF8") => 10,
        _ => 64,
    };
    parameters.iter().map(of).sum()
}

/// RFC 3461 section 4.
fn is_xtext(value: &str) -> bool {
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        let mut is_hex = || rest.next().is_some_and(|c| c.is_ascii_digit() || ('A'..='F').contains(&c));
        if c == '+' && !(is_hex() && is_hex()) {
            return false;
        }
    }
    true
}

/// What no message may be.
pub(super) fn wrong_with(message: &Message) -> Vec<String> {
    let value = |keyword: &str| {
        let found = message.parameters.iter().find(|(known, _)| known == keyword);
        found.map(|(_, value)| value.as_deref().unwrap_or_default())
    };
    let text = &message.text;
    let mut wrong = Vec::new();
    if value("SIZE").is_some_and(|size| size != text.len().to_string()) {
        wrong.push(format!("SIZE={} of {} octets", value("SIZE").unwrap_or_default(), text.len()));
    }
    if value("BODY") == Some("BINARYMIME") {
        return wrong;
    }
    let header = memchr::memmem::find(text, b"\r\n\r\n").unwrap_or(text.len());
    let eight_bit = |part: &[u8]| !part.is_ascii() && value("BODY") != Some("8BITMIME");
    if eight_bit(&text[header..]) || (eight_bit(&text[..header]) && value("SMTPUTF8").is_none()) {
        wrong.push("8-bit octets, and nothing says so".into());
    }
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let content = line.strip_suffix(b"\r\n");
        if content.is_none_or(|content| content.contains(&b'\r')) {
            wrong.push(format!("a line end other than CRLF: {}", line.escape_ascii()));
        } else if line.len() > 1000 {
            wrong.push(format!("a line of {} octets", line.len()));
        }
        if line.contains(&0) {
            wrong.push("a NUL".into());
        }
    }
    wrong
}
