//! Messages cut into parts, and described as FETCH describes them.

use mailparse::{MailAddr, MailHeaderMap as _};

/// A part of a message.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Up to and with the empty line.
    pub(crate) header: &'a [u8],
    pub(crate) body: &'a [u8],
    kind: (String, String),
    parameters: Vec<(String, String)>,
    pub(crate) children: Vec<Part<'a>>,
}

impl<'a> Part<'a> {
    pub(crate) fn parse(octets: &'a [u8]) -> Self {
        Self::parse_at(octets, 0)
    }

    fn parse_at(octets: &'a [u8], depth: usize) -> Self {
        let end = match octets.starts_with(b"\r\n") {
            true => 2,
            false => memchr::memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 4),
        };
        let (header, body) = octets.split_at(end);
        let kind = value(header, "Content-Type").unwrap_or_else(|| "text/plain; charset=us-ascii".into());
        let parsed = mailparse::parse_content_type(&kind);
        let mut parameters: Vec<_> = parsed.params.into_iter().collect();
        if !kind.to_ascii_lowercase().contains("charset") {
            parameters.retain(|(name, _)| name != "charset");
        }
        let boundary = parameters.iter().find(|(name, _)| name == "boundary").map(|(_, value)| value.clone());
        let (main, sub) = parsed.mimetype.split_once('/').unwrap_or(("text", "plain"));
        let kind = (main.to_ascii_uppercase(), sub.to_ascii_uppercase());
        let children = match (kind.0.as_str(), boundary) {
            ("MULTIPART", Some(boundary)) if depth < 50 => {
                pieces(body, &boundary).into_iter().map(|piece| Self::parse_at(piece, depth + 1)).collect()
            }
            ("MESSAGE", _) if kind.1 == "RFC822" && depth < 50 => vec![Self::parse_at(body, depth + 1)],
            _ => Vec::new(),
        };
        Part { header, body, kind, parameters, children }
    }

    /// The part of this number; a message within counts as its own parts.
    pub(crate) fn find(&self, number: &str) -> Option<&Self> {
        let (first, rest) = number.split_once('.').map_or((number, None), |(first, rest)| (first, Some(rest)));
        let first: usize = first.parse().ok()?;
        let found = match self.kind.0.as_str() {
            "MULTIPART" => self.children.get(first.checked_sub(1)?)?,
            "MESSAGE" if !self.children.is_empty() => return self.children.first()?.find(number),
            _ if first == 1 => self,
            _ => return None,
        };
        match rest {
            Some(rest) => found.find(rest),
            None => Some(found),
        }
    }

    /// What a part's transfer encoding hides; `None` where that is unknown.
    pub(crate) fn decoded(&self) -> Option<Vec<u8>> {
        match self.encoding().as_str() {
            "7BIT" | "8BIT" | "BINARY" => Some(self.body.to_vec()),
            "BASE64" | "QUOTED-PRINTABLE" => {
                let text = [self.header, self.body].concat();
                mailparse::parse_mail(&text).ok()?.get_body_raw().ok()
            }
            _ => None,
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        self.kind.0 == "TEXT"
    }

    fn encoding(&self) -> String {
        value(self.header, "Content-Transfer-Encoding").unwrap_or_else(|| "7bit".into()).trim().to_ascii_uppercase()
    }

    /// As BODYSTRUCTURE shows it.
    pub(crate) fn structure(&self) -> String {
        let parameters = |parameters: &[(String, String)]| match parameters {
            [] => "NIL".to_owned(),
            parameters => {
                let each = |(name, value): &(String, String)| format!("{} {}", string(name), string(value));
                format!("({})", parameters.iter().map(each).collect::<Vec<_>>().join(" "))
            }
        };
        let disposition = value(self.header, "Content-Disposition").map_or("NIL".to_owned(), |text| {
            let parsed = mailparse::parse_content_disposition(&text);
            let kind = text.split(';').next().unwrap_or_default().trim().to_owned();
            let all: Vec<_> = parsed.params.into_iter().collect();
            format!("({} {})", string(&kind), parameters(&all))
        });
        let tail = format!("{disposition} NIL NIL");
        if self.kind.0 == "MULTIPART" && !self.children.is_empty() {
            let children: String = self.children.iter().map(Self::structure).collect();
            return format!("({children} {} {} {tail})", string(&self.kind.1), parameters(&self.parameters));
        }
        let field = |name| nstring(value(self.header, name).as_deref());
        let mut text = format!(
            "({} {} {} {} {} {} {}",
            string(&self.kind.0),
            string(&self.kind.1),
            parameters(&self.parameters),
            field("Content-ID"),
            field("Content-Description"),
            string(&self.encoding()),
            self.body.len()
        );
        let lines = memchr::memchr_iter(b'\n', self.body).count();
        match (self.kind.0.as_str(), self.children.first()) {
            ("MESSAGE", Some(inner)) => {
                text.push_str(&format!(" {} {} {lines}", envelope(inner.header), inner.structure()));
            }
            ("TEXT", _) => text.push_str(&format!(" {lines}")),
            _ => {}
        }
        format!("{text} NIL {tail})")
    }
}

/// The pieces between the lines of a boundary.
fn pieces<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let (mut pieces, mut start, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        let rest = line.strip_prefix(delimiter.as_bytes()).map(<[u8]>::trim_ascii_end);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || *rest == b"--") {
            if let Some(start) = start.replace(at + line.len()) {
                // The line end in front of the boundary belongs to it.
                pieces.push(body.get(start..at.saturating_sub(2).max(start)).unwrap_or_default());
            }
            if rest == b"--" {
                return pieces;
            }
        }
        at += line.len();
    }
    pieces.extend(start.and_then(|start| body.get(start..)));
    pieces
}

/// A header field's text, unfolded, encoded words as they are.
pub(crate) fn value(header: &[u8], name: &str) -> Option<String> {
    let (headers, _) = mailparse::parse_headers(header).ok()?;
    let raw = headers.get_first_header(name)?.get_value_raw().to_vec();
    let text = String::from_utf8_lossy(&raw).replace(['\r', '\n'], "").replace('\t', " ");
    Some(text.trim().to_owned())
}

/// A header field's text, decoded.
pub(crate) fn decoded_value(header: &[u8], name: &str) -> Option<String> {
    mailparse::parse_headers(header).ok()?.0.get_first_value(name)
}

/// As ENVELOPE shows a header.
pub(crate) fn envelope(header: &[u8]) -> String {
    let field = |name| nstring(value(header, name).as_deref());
    let from = addresses(header, "From");
    let or_from = |name| match addresses(header, name) {
        list if list == "NIL" => from.clone(),
        list => list,
    };
    format!(
        "({} {} {from} {} {} {} {} {} {} {})",
        field("Date"),
        field("Subject"),
        or_from("Sender"),
        or_from("Reply-To"),
        addresses(header, "To"),
        addresses(header, "Cc"),
        addresses(header, "Bcc"),
        field("In-Reply-To"),
        field("Message-ID")
    )
}

fn addresses(header: &[u8], name: &str) -> String {
    let Some(list) = value(header, name).and_then(|text| mailparse::addrparse(&text).ok()) else { return "NIL".into() };
    let one = |address: &mailparse::SingleInfo| {
        let (local, domain) = address.addr.rsplit_once('@').unwrap_or((&address.addr, ""));
        format!("({} NIL {} {})", nstring(address.display_name.as_deref()), string(local), string(domain))
    };
    let each = |address: &MailAddr| match address {
        MailAddr::Single(single) => one(single),
        MailAddr::Group(group) => {
            let members: String = group.addrs.iter().map(one).collect();
            format!("(NIL NIL {} NIL){members}(NIL NIL NIL NIL)", string(&group.group_name))
        }
    };
    match list.iter().map(each).collect::<String>() {
        text if text.is_empty() => "NIL".into(),
        text => format!("({text})"),
    }
}

pub(crate) fn nstring(text: Option<&str>) -> String {
    text.map_or("NIL".into(), string)
}

/// Quoted, or a literal where it cannot be.
pub(crate) fn string(text: &str) -> String {
    match text.is_ascii() && !text.contains(['\r', '\n', '\0']) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        false => format!("{{{}}}\r\n{text}", text.len()),
    }
}
