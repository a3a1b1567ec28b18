//! JSON lines: a message in each, with its envelope.

mod value;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::item::{Digest, Digester, Extent, Found, Item, Items, Naming, Wishes};
use super::stream::Stream;
use value::{about, check_keys, decoded, opened, text, texts, wrong};

use crate::cli::args::{Author, Sender};
use crate::cli::exit::Failure;
use crate::error::{Error, Result};
use crate::mail::{Attachment, Compose, Inline, Mailbox, Message, Reading, Source, address};
use crate::smtp::parameters::{envid, priority};
use crate::smtp::{AuthParameter, DeliverBy, Hold, Notify, Ret};

/// The longest line. What is larger is named by `file` or `path` and does not sit in memory.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What a line may say.
const KEYS: [&str; 26] = [
    "id",
    "from",
    "envelope_from",
    "to",
    "cc",
    "bcc",
    "raw",
    "raw_base64",
    "file",
    "subject",
    "text",
    "html",
    "reply_to",
    "in_reply_to",
    "references",
    "headers",
    "attachments",
    "inline",
    "notify",
    "ret",
    "envid",
    "mail_auth",
    "require_tls",
    "by",
    "hold_for",
    "priority",
];
/// Those that make a message of parts.
const COMPOSING: [&str; 9] =
    ["subject", "text", "html", "reply_to", "in_reply_to", "references", "headers", "attachments", "inline"];
/// Those that are a message.
const READY: [&str; 3] = ["raw", "raw_base64", "file"];
/// What a part may say.
const PART_KEYS: [&str; 6] = ["path", "content", "base64", "name", "type", "cid"];

pub(super) struct Ndjson {
    stream: Stream,
    number: u64,
    line: Vec<u8>,
    /// Names that were seen, hashed.
    names: HashSet<u64>,
    hasher: RandomState,
    /// Whether messages must be known again.
    digests: Digests,
}

/// Whether messages must be known again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Digests {
    Wanted,
    Unwanted,
}

impl Ndjson {
    pub(super) fn new(stream: Stream, digests: Digests) -> Self {
        Self { stream, number: 0, line: Vec::new(), names: HashSet::new(), hasher: RandomState::new(), digests }
    }

    /// The next line that is not blank; `false` at the end.
    fn advance(&mut self) -> Result<bool, Failure> {
        loop {
            self.line.clear();
            if !self.stream.line(LONGEST, &mut self.line)? {
                return Ok(false);
            }
            self.number += 1;
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Reads to the end of a line that is too long.
    fn skip(&mut self) -> Result<(), Failure> {
        while !self.line.ends_with(b"\n") {
            self.line.clear();
            if !self.stream.line(LONGEST, &mut self.line)? {
                break;
            }
        }
        Ok(())
    }

    fn item(&mut self) -> (Option<String>, Result<Found>) {
        // Some programs put it in front of every file.
        let line = self.line.trim_ascii();
        let line = if self.number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let fields = match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return (None, Err(wrong("it is no JSON object"))),
            Err(error) => return (None, Err(wrong(&format!("it is not JSON: {error}")))),
        };
        let entry = Entry { fields: &fields };
        let id = match entry.id() {
            Ok(id) => id,
            Err(error) => return (None, Err(error)),
        };
        if let Some(id) = &id
            && !self.names.insert(self.hasher.hash_one(id))
        {
            return (None, Err(wrong("its id was given to another message before")));
        }
        (id, entry.found(line, self.digests))
    }
}

impl Items for Ndjson {
    fn next(&mut self) -> Result<Option<Item>, Failure> {
        if !self.advance()? {
            return Ok(None);
        }
        let place = format!("line {}", self.number);
        if self.line.len() as u64 >= LONGEST && !self.line.ends_with(b"\n") {
            self.skip()?;
            let why = format!("it is longer than {} MiB; name the message's \"file\"", LONGEST / (1024 * 1024));
            return Ok(Some(Item { id: place, naming: Naming::Place, found: Err(wrong(&why)) }));
        }
        let (id, found) = self.item();
        let found = found.map_err(|error| match (&id, error) {
            (Some(_), Error::InvalidInput(text)) => Error::InvalidInput(format!("{place}: {text}")),
            (_, error) => error,
        });
        let naming = if id.is_some() { Naming::Own } else { Naming::Place };
        Ok(Some(Item { id: id.unwrap_or(place), naming, found }))
    }

    fn is_ready(&self) -> bool {
        self.stream.is_ready()
    }

    fn extent(&self) -> Extent {
        self.stream.extent()
    }
}

/// A line's object.
struct Entry<'a> {
    fields: &'a Map<String, Value>,
}

impl Entry<'_> {
    fn found(&self, line: &[u8], digests: Digests) -> Result<Found> {
        self.check_keys()?;
        let wishes = self.wishes()?;
        let mut digester = Digester::default();
        digester.part(line);
        let message = self.message(&mut digester, digests)?;
        let digest = (digests == Digests::Wanted).then(|| digester.finish());
        Ok(Found { message, wishes: Some(Box::new(wishes)), digest })
    }

    fn id(&self) -> Result<Option<String>> {
        match self.fields.get("id") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::String(id)) if !id.is_empty() && id.len() <= 1000 => {
                match id.chars().any(crate::text::is_unsafe) {
                    true => Err(wrong("its id has control characters")),
                    false => Ok(Some(id.clone())),
                }
            }
            Some(_) => Err(wrong("\"id\" must be a text of 1 to 1000 octets, or a number")),
        }
    }

    fn check_keys(&self) -> Result<()> {
        check_keys(self.fields, &KEYS)?;
        let ready = READY.into_iter().filter(|key| self.has(key)).collect::<Vec<_>>();
        let composing = COMPOSING.into_iter().filter(|key| self.has(key)).collect::<Vec<_>>();
        match (ready.as_slice(), composing.as_slice()) {
            ([], []) => {
                Err(wrong("it has no message: give \"raw\", \"raw_base64\" or \"file\", or \"subject\" and \"text\""))
            }
            ([_], []) | ([], _) => Ok(()),
            ([one, other, ..], _) | ([one], [other, ..]) => {
                Err(wrong(&format!("\"{one}\" and \"{other}\" exclude each other: both are the message")))
            }
        }
    }

    fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    fn message(&self, digester: &mut Digester, digests: Digests) -> Result<Message> {
        if let Some(raw) = self.text("raw")? {
            return Message::read(&mut raw.as_bytes(), &Reading::default());
        }
        if let Some(raw) = self.text("raw_base64")? {
            return Message::read(&mut &decoded("raw_base64", raw)?[..], &Reading::default());
        }
        if let Some(path) = self.text("file")? {
            let message = Message::read(&mut opened("file", Path::new(path))?, &Reading::default())?;
            if digests == Digests::Wanted {
                digester.part(Digest::of(&message)?.to_hex().as_bytes());
            }
            return Ok(message);
        }
        let bytes = |text: Option<&str>| text.map(|text| Source::Bytes(text.as_bytes().to_vec()));
        let mut part = |fields: &Value| part(fields, digester, digests);
        let attachments = self.list("attachments")?.iter().map(|fields| Ok(part(fields)?.0)).collect::<Result<_>>()?;
        let inline = self.list("inline")?.iter().map(|fields| {
            let (attachment, cid) = part(fields)?;
            let cid = cid.ok_or_else(|| wrong("an inline part needs a \"cid\""))?;
            Ok(Inline { attachment, cid })
        });
        let inline = inline.collect::<Result<_>>()?;
        Compose {
            from: self.author()?.and_then(|author| match author {
                Author::Mailbox(mailbox) => Some(mailbox),
                Author::Null => None,
            }),
            to: self.mailboxes("to")?,
            cc: self.mailboxes("cc")?,
            reply_to: self.mailboxes("reply_to")?,
            subject: self.text("subject")?.map(str::to_owned),
            in_reply_to: self.text("in_reply_to")?.map(str::to_owned),
            references: self.text("references")?.map(str::to_owned),
            headers: self.headers()?,
            text: bytes(self.text("text")?),
            html: bytes(self.text("html")?),
            attachments,
            inline,
            ..Compose::default()
        }
        .build()
    }

    fn wishes(&self) -> Result<Wishes> {
        let mut recipients = Vec::new();
        for key in ["to", "cc", "bcc"] {
            recipients.extend(self.texts(key)?.into_iter().map(str::to_owned));
        }
        let sender = self.text("envelope_from")?.map(|text| match text {
            "" | "<>" => Ok(Sender::Null),
            text => crate::addr_spec::AddrSpec::parse(text)
                .map(Sender::Address)
                .map_err(|error| about("envelope_from", &error)),
        });
        Ok(Wishes {
            from: self.author()?,
            envelope_from: sender.transpose()?,
            recipients,
            notify: self.parsed("notify", Notify::parse)?,
            ret: self.parsed("ret", Ret::parse)?,
            envid: self.parsed("envid", envid)?,
            mail_auth: self.parsed("mail_auth", AuthParameter::parse)?,
            require_tls: match self.fields.get("require_tls") {
                None | Some(Value::Null) => false,
                Some(Value::Bool(required)) => *required,
                Some(_) => return Err(wrong("\"require_tls\" must be true or false")),
            },
            by: self.parsed("by", DeliverBy::parse)?,
            hold_for: self.parsed("hold_for", Hold::parse)?,
            priority: match self.fields.get("priority") {
                Some(Value::Number(number)) => {
                    Some(priority(&number.to_string()).map_err(|error| about("priority", &error))?)
                }
                _ => self.parsed("priority", priority)?,
            },
        })
    }

    fn author(&self) -> Result<Option<Author>> {
        self.text("from")?.map(|text| Author::parse(text).map_err(|error| about("from", &error))).transpose()
    }

    fn headers(&self) -> Result<Vec<(String, String)>> {
        let fields = match self.fields.get("headers") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(wrong("\"headers\" must be an object of names and texts")),
        };
        let mut headers = Vec::new();
        for (name, value) in fields {
            for text in texts(value).ok_or_else(|| wrong("\"headers\" must be an object of names and texts"))? {
                headers.push((name.clone(), text.to_owned()));
            }
        }
        Ok(headers)
    }

    fn mailboxes(&self, key: &str) -> Result<Vec<Mailbox>> {
        let mut found = Vec::new();
        for list in self.texts(key)? {
            found.extend(address::parse_list(list.as_bytes()).map_err(|error| about(key, &error))?);
        }
        Ok(found)
    }

    fn parsed<T, E: ToString>(&self, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Option<T>> {
        self.text(key)?.map(|text| parse(text).map_err(|error| about(key, &error))).transpose()
    }

    fn text(&self, key: &str) -> Result<Option<&str>> {
        text(self.fields, key)
    }

    fn texts(&self, key: &str) -> Result<Vec<&str>> {
        match self.fields.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(value) => texts(value).ok_or_else(|| wrong(&format!("\"{key}\" must be a text or a list of texts"))),
        }
    }

    fn list(&self, key: &str) -> Result<&[Value]> {
        match self.fields.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(wrong(&format!("\"{key}\" must be a list"))),
        }
    }
}

fn part(fields: &Value, digester: &mut Digester, digests: Digests) -> Result<(Attachment, Option<String>)> {
    let Value::Object(fields) = fields else { return Err(wrong("an attachment must be an object")) };
    check_keys(fields, &PART_KEYS)?;
    let given = [text(fields, "path")?, text(fields, "content")?, text(fields, "base64")?];
    let name = text(fields, "name")?.map(str::to_owned);
    let source = match given {
        [Some(path), None, None] => {
            let mut file = opened("path", Path::new(path))?;
            if digests == Digests::Wanted {
                digester.read(&mut file)?;
            }
            Source::File(PathBuf::from(path))
        }
        [None, Some(content), None] => Source::Bytes(content.as_bytes().to_vec()),
        [None, None, Some(octets)] => Source::Bytes(decoded("base64", octets)?),
        _ => return Err(wrong("an attachment needs one of \"path\", \"content\" and \"base64\"")),
    };
    if name.is_none() && !matches!(source, Source::File(_)) {
        return Err(wrong("an attachment that is no file needs a \"name\""));
    }
    let media_type = text(fields, "type")?.map(str::to_owned);
    Ok((Attachment { source, name, media_type }, text(fields, "cid")?.map(str::to_owned)))
}

#[cfg(test)]
mod tests;
