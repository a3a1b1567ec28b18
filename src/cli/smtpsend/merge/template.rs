//! A message with `{{column}}` in it. What a column says is data wherever it goes: it is encoded for its place, and what cannot
//! stand there fails that message.

use csv::ByteRecord;

use super::pattern::{Pattern, STAND_IN, Segment, stand_in};
use super::text::{self, Form, Piece};
use super::wrong;
use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};
use crate::mail::compose::address_field;
use crate::mail::{BodyWriter, Field, Header, Mailbox, Message, address, encoded_word};
use crate::text::sanitize_capped;

/// A larger template is none.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Fields of addresses.
const ADDRESSES: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-From",
    "Resent-Sender",
    "Resent-Reply-To",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Disposition-Notification-To",
];

/// Fields in which encoded text is no text.
const STRUCTURED: [&str; 7] =
    ["Message-ID", "In-Reply-To", "References", "Date", "Auto-Submitted", "Precedence", "Feedback-ID"];

pub(super) struct Template {
    header: Vec<Line>,
    body: Vec<Piece>,
    columns: Vec<String>,
}

/// A field.
enum Line {
    Fixed(Field),
    Addresses {
        name: String,
        mailboxes: Vec<Mailbox>,
    },
    /// What people read.
    Text {
        name: String,
        text: Pattern,
    },
    /// What programs read.
    Structured {
        name: String,
        text: Pattern,
    },
}

impl Template {
    pub(super) fn new(message: &Message, columns: &[String]) -> Result<Self> {
        if message.facts().is_signed {
            return Err(wrong("the template is signed or encrypted: nothing in it can be replaced"));
        }
        if message.body().size() > LARGEST {
            return Err(wrong("the template is larger than 64 MiB"));
        }
        let mut header = message.header.clone();
        let body = text::pieces(message, &mut header, columns)?;
        let header = header.fields().iter().map(|field| line(field, columns)).collect::<Result<_>>()?;
        Ok(Self { header, body, columns: columns.to_vec() })
    }

    /// The message of a row.
    pub(super) fn render(&self, row: &ByteRecord) -> Result<Message> {
        let values = row.iter().enumerate().map(|(place, value)| match std::str::from_utf8(value) {
            Ok(value) => Ok(value),
            Err(_) => Err(wrong(&format!("column {} is not UTF-8", self.name(place)))),
        });
        let values = Values { of: values.collect::<Result<_>>()?, template: self };
        let mut header = Header::default();
        for line in &self.header {
            if let Some(field) = values.field(line)? {
                header.append(field);
            }
        }
        let mut body = BodyWriter::default();
        for piece in &self.body {
            match piece {
                Piece::Fixed(octets) => body.write(octets)?,
                Piece::Text { text, form } => body.write(values.body_text(text, *form)?.as_bytes())?,
            }
        }
        Ok(Message::new(header, body.finish()?))
    }

    fn name(&self, place: usize) -> String {
        let name = self.columns.get(place).map(String::as_str).unwrap_or_default();
        format!("{:?}", sanitize_capped(name.as_bytes(), 60))
    }
}

/// A row.
struct Values<'r> {
    of: Vec<&'r str>,
    template: &'r Template,
}

impl Values<'_> {
    fn of(&self, place: usize) -> &str {
        self.of.get(place).copied().unwrap_or_default()
    }

    /// A value for a header: on one line, without anything that could be more than text.
    fn for_header(&self, place: usize) -> Result<&str> {
        let value = self.of(place);
        match value.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            None => Ok(value),
            Some(c) => {
                let name = self.template.name(place);
                let code = u32::from(c);
                Err(wrong(&format!("column {name} has the control character U+{code:04X}, which no header can have")))
            }
        }
    }

    fn field(&self, line: &Line) -> Result<Option<Field>> {
        match line {
            Line::Fixed(field) => Ok(Some(field.clone())),
            Line::Addresses { name, mailboxes } => {
                let mut filled = Vec::new();
                for mailbox in mailboxes {
                    filled.extend(self.mailboxes(mailbox)?);
                }
                Ok(address_field(name, name, &filled)?.map(Field::from_raw))
            }
            Line::Text { name, text } => {
                Ok(Some(Field::from_raw(encoded_word::unstructured(name, &self.header_text(text)?)?)))
            }
            Line::Structured { name, text } => {
                let text = self.header_text(text)?;
                if !text.is_ascii() {
                    return Err(wrong(&format!("{name} can have ASCII only")));
                }
                Field::new(name, text.as_bytes()).map(Some)
            }
        }
    }

    fn header_text(&self, text: &Pattern) -> Result<String> {
        let mut out = String::new();
        for segment in &text.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Column(place) => out.push_str(self.for_header(*place)?),
            }
        }
        Ok(out)
    }

    fn body_text(&self, text: &Pattern, form: Form) -> Result<String> {
        let mut out = String::new();
        for segment in &text.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Column(place) => {
                    let value = self.of(*place);
                    if value.contains('\0') {
                        return Err(wrong(&format!("column {} has a NUL", self.template.name(*place))));
                    }
                    match form {
                        Form::Plain => out.push_str(value),
                        Form::Html => out.push_str(&escaped(value)),
                    }
                }
            }
        }
        // A CR alone is no line end, and would be one elsewhere.
        Ok(if out.contains('\r') { out.replace("\r\n", "\n").replace('\r', "\n") } else { out })
    }

    /// The mailboxes that one of the template stands for: a column alone may name any number.
    fn mailboxes(&self, mailbox: &Mailbox) -> Result<Vec<Mailbox>> {
        let Mailbox { name, address } = mailbox;
        if let (None, None, Some(place)) = (name, address.domain(), stand_in(address.local())) {
            let value = self.for_header(place)?.trim();
            if value.is_empty() {
                return Ok(Vec::new());
            }
            return address::parse_list(value.as_bytes()).map_err(|error| self.about(place, &error));
        }
        let name = name.as_deref().map(|name| self.replaced(name)).transpose()?;
        let address = match (address.domain(), stand_in(address.local())) {
            (None, Some(place)) => {
                let value = self.for_header(place)?.trim();
                AddrSpec::parse(value).map_err(|error| self.about(place, &error))?
            }
            (domain, _) => {
                let domain = domain.map(|domain| self.replaced(domain)).transpose()?;
                AddrSpec::new(&self.replaced(address.local())?, domain.as_deref())?
            }
        };
        Ok(vec![Mailbox { name, address }])
    }

    /// Text with columns in place of what stands for them.
    fn replaced(&self, text: &str) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.to_ascii_lowercase().find(STAND_IN) {
            let (front, tail) = rest.split_at(at);
            let digits: String = tail.chars().skip(STAND_IN.len()).take_while(char::is_ascii_digit).collect();
            let length = STAND_IN.len() + digits.len() + 1;
            out.push_str(front);
            match digits.parse() {
                Ok(place) => out.push_str(self.for_header(place)?),
                Err(_) => out.push_str(tail.get(..length.min(tail.len())).unwrap_or_default()),
            }
            rest = tail.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }

    fn about(&self, place: usize, error: &Error) -> Error {
        wrong(&format!("column {}: {error}", self.template.name(place)))
    }
}

fn line(field: &Field, columns: &[String]) -> Result<Line> {
    let name = String::from_utf8_lossy(field.name()).trim_end().to_owned();
    if memchr::memmem::find(field.body(), b"{{").is_none() && memchr::memmem::find(field.body(), b"=?").is_none() {
        return Ok(Line::Fixed(field.clone()));
    }
    let is_of_content = name.to_ascii_lowercase().starts_with("content-");
    let text = String::from_utf8_lossy(&field.unfolded()).trim().to_owned();
    // A placeholder may be inside an encoded-word, where programs put it.
    let shown = match text.contains("=?") {
        true => mailparse::parse_header(field.raw()).map_or(text.clone(), |(parsed, _)| parsed.get_value()),
        false => text.clone(),
    };
    if ADDRESSES.iter().any(|known| field.is(known)) {
        return match Pattern::parse(&text, columns)? {
            None => Ok(Line::Fixed(field.clone())),
            Some(pattern) => {
                let mailboxes = address::parse_list(pattern.with_stand_ins().as_bytes());
                let mailboxes =
                    mailboxes.map_err(|error| wrong(&format!("in the template's {name} field: {error}")))?;
                Ok(Line::Addresses { name, mailboxes })
            }
        };
    }
    let Some(pattern) = Pattern::parse(&shown, columns)? else { return Ok(Line::Fixed(field.clone())) };
    if is_of_content || ["MIME-Version", "Received", "Return-Path"].iter().any(|known| field.is(known)) {
        return Err(wrong(&format!("no column can stand in the template's {name} field")));
    }
    let is_list = name.to_ascii_lowercase().starts_with("list-");
    match is_list || STRUCTURED.iter().any(|known| field.is(known)) {
        true => Ok(Line::Structured { name, text: pattern }),
        false => Ok(Line::Text { name, text: pattern }),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
