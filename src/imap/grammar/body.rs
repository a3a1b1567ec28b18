//! BODYSTRUCTURE: what a message is made of (RFC 9051 section 7.5.2).

use super::cursor::{Cursor, MAX_DEPTH, Text};
use super::envelope::{Envelope, envelope};
use super::flaw::Parsed;

/// How many parts are read of one message: a server's word is small, what it stands for is not.
const MAX_PARTS: usize = 10_000;

/// A message or a part of one, as the server has parsed it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BodyStructure {
    /// The type, such as `text`, in lower case; empty if the server gave none.
    pub media_type: String,
    /// The subtype, such as `plain`, in lower case; empty if the server gave none.
    pub subtype: String,
    /// The parameters of the media type.
    pub parameters: Vec<Parameter>,
    /// `Content-ID`.
    pub id: Option<Vec<u8>>,
    /// `Content-Description`, undecoded.
    pub description: Option<Vec<u8>>,
    /// The transfer encoding in lower case; `7bit` if the server gave none.
    pub encoding: String,
    /// The size as transferred, in octets; a hint, `None` if the server gave none that can be.
    pub octets: Option<u64>,
    /// The size in lines, of text and messages; a hint.
    pub lines: Option<u64>,
    /// `Content-MD5`.
    pub md5: Option<Vec<u8>>,
    /// `Content-Disposition`.
    pub disposition: Option<Disposition>,
    /// `Content-Language`.
    pub languages: Vec<Vec<u8>>,
    /// `Content-Location`.
    pub location: Option<Vec<u8>>,
    /// What is inside.
    pub content: Content,
}

/// What is inside a [`BodyStructure`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Content {
    /// Nothing that has parts.
    #[default]
    Leaf,
    /// The parts of a multipart. Quirk: there may be none, and then the server has not understood it.
    Multipart(Vec<BodyStructure>),
    /// A message.
    Message {
        /// Its header fields.
        envelope: Option<Box<Envelope>>,
        /// Its body. Quirk: missing where the server treats the message as any other part.
        body: Option<Box<BodyStructure>>,
    },
}

/// A parameter of a media type or disposition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parameter {
    /// Its name in lower case.
    pub name: String,
    /// Its value, undecoded.
    pub value: Vec<u8>,
}

/// `Content-Disposition`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Disposition {
    /// `inline`, `attachment` or another, in lower case.
    pub kind: String,
    /// Its parameters, `filename` among them.
    pub parameters: Vec<Parameter>,
}

/// A node of a [`BodyStructure`] and how it is fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part<'a> {
    /// What `BODY[…]` gives its content: `1.2`, or `TEXT` for the parts of a whole message together.
    pub section: String,
    /// What `BODY[…]` gives its header: `1.2.MIME`, or `HEADER` where that is a message's own.
    pub header: String,
    /// How many nodes it is inside of.
    pub depth: usize,
    /// The node.
    pub body: &'a BodyStructure,
}

impl BodyStructure {
    /// All nodes from the outermost, each before what is inside it, with the numbers of RFC 9051 section 6.4.5.1.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        self.number_root(String::new(), 0, &mut parts);
        parts
    }

    /// A parameter of the media type, whose name is given in lower case.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        find(&self.parameters, name)
    }

    /// Whether this is a multipart.
    pub fn is_multipart(&self) -> bool {
        matches!(self.content, Content::Multipart(_))
    }

    /// The body of a message: the whole one, or the one in the part `prefix`.
    fn number_root<'a>(&'a self, prefix: String, depth: usize, parts: &mut Vec<Part<'a>>) {
        let dot = if prefix.is_empty() { "" } else { "." };
        let header = format!("{prefix}{dot}HEADER");
        match &self.content {
            Content::Multipart(children) => {
                parts.push(Part { section: format!("{prefix}{dot}TEXT"), header, depth, body: self });
                number_children(children, &prefix, depth, parts);
            }
            // The body of a message that is no multipart is its part 1.
            _ => self.number_part(format!("{prefix}{dot}1"), header, depth, parts),
        }
    }

    fn number_part<'a>(&'a self, section: String, header: String, depth: usize, parts: &mut Vec<Part<'a>>) {
        parts.push(Part { section: section.clone(), header, depth, body: self });
        match &self.content {
            Content::Leaf => {}
            Content::Multipart(children) => number_children(children, &section, depth, parts),
            Content::Message { body: Some(body), .. } => body.number_root(section, depth + 1, parts),
            Content::Message { body: None, .. } => {}
        }
    }

    /// `body = "(" (body-type-1part / body-type-mpart) ")"`, of at most 100 levels and [`MAX_PARTS`] parts.
    pub(super) fn body(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        nested(cursor, &mut Nesting { depth: 0, left: MAX_PARTS })
    }
}

impl Disposition {
    /// A parameter, whose name is given in lower case.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        find(&self.parameters, name)
    }
}

fn number_children<'a>(children: &'a [BodyStructure], prefix: &str, depth: usize, parts: &mut Vec<Part<'a>>) {
    let dot = if prefix.is_empty() { "" } else { "." };
    for (child, number) in children.iter().zip(1u64..) {
        let section = format!("{prefix}{dot}{number}");
        child.number_part(section.clone(), format!("{section}.MIME"), depth + 1, parts);
    }
}

fn find<'a>(parameters: &'a [Parameter], name: &str) -> Option<&'a [u8]> {
    parameters.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.value.as_slice())
}

/// Where in a structure the parser is.
struct Nesting {
    depth: usize,
    /// How many more parts there may be.
    left: usize,
}

fn nested(cursor: &mut Cursor<'_>, nesting: &mut Nesting) -> Parsed<BodyStructure> {
    if nesting.depth >= MAX_DEPTH {
        return Err(cursor.wrong("a structure of at most 100 levels"));
    }
    let Some(left) = nesting.left.checked_sub(1) else {
        return Err(cursor.wrong("a structure of fewer parts"));
    };
    *nesting = Nesting { depth: nesting.depth + 1, left };
    let body = inside(cursor, nesting);
    nesting.depth -= 1;
    body
}

fn inside(cursor: &mut Cursor<'_>, nesting: &mut Nesting) -> Parsed<BodyStructure> {
    cursor.expect(b'(', "a body structure")?;
    cursor.blanks();
    let mut body = BodyStructure::default();
    while cursor.is_list() && cursor.nil_or_empty() {
        cursor.blanks();
    }
    if cursor.is_list() {
        multipart(cursor, &mut body, nesting)?;
    } else {
        single(cursor, &mut body, nesting)?;
    }
    cursor.skip_to_list_end()?;
    Ok(body)
}

/// `body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]`
///
/// Quirks: blanks between the parts; no subtype.
fn multipart(cursor: &mut Cursor<'_>, body: &mut BodyStructure, nesting: &mut Nesting) -> Parsed<()> {
    let mut children = Vec::new();
    while cursor.is_list() {
        if cursor.nil_or_empty() {
            continue;
        }
        children.push(nested(cursor, nesting)?);
        cursor.blanks();
    }
    body.media_type = "multipart".into();
    body.content = Content::Multipart(children);
    body.subtype = keyword(cursor)?.unwrap_or_default();
    body.encoding = SEVEN_BIT.into();
    extension_of_multipart(cursor, body)
}

/// `body-ext-mpart = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]`
fn extension_of_multipart(cursor: &mut Cursor<'_>, body: &mut BodyStructure) -> Parsed<()> {
    if is_at_end(cursor) {
        return Ok(());
    }
    body.parameters = parameters(cursor)?;
    extension(cursor, body)
}

const SEVEN_BIT: &str = "7bit";

/// `body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]`
///
/// Quirks: a multipart without parts, which looks like a single part without a type (`("mixed" ("boundary" "x"))`) or is one
/// of the type `multipart`; NIL for any field; a message without envelope and body.
fn single(cursor: &mut Cursor<'_>, body: &mut BodyStructure, nesting: &mut Nesting) -> Parsed<()> {
    let first = keyword(cursor)?.unwrap_or_default();
    if cursor.is_list() || is_at_end(cursor) {
        body.media_type = "multipart".into();
        body.subtype = first;
        body.content = Content::Multipart(Vec::new());
        body.encoding = SEVEN_BIT.into();
        return extension_of_multipart(cursor, body);
    }
    body.media_type = first;
    body.subtype = keyword(cursor)?.unwrap_or_default();
    fields(cursor, body)?;
    match (body.media_type.as_str(), body.subtype.as_str()) {
        ("multipart", _) => body.content = Content::Multipart(Vec::new()),
        ("message", "rfc822" | "global") => message(cursor, body, nesting)?,
        ("text", _) => body.lines = lines(cursor)?,
        _ => {}
    }
    if is_at_end(cursor) {
        return Ok(());
    }
    body.md5 = cursor.nstring()?.map(Text::into_owned);
    extension(cursor, body)
}

/// `body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets`
fn fields(cursor: &mut Cursor<'_>, body: &mut BodyStructure) -> Parsed<()> {
    body.encoding = SEVEN_BIT.into();
    if is_at_end(cursor) {
        return Ok(());
    }
    body.parameters = parameters(cursor)?;
    body.id = optional(cursor)?;
    body.description = optional(cursor)?;
    if let Some(encoding) = keyword(cursor)?.filter(|encoding| !encoding.is_empty()) {
        body.encoding = encoding;
    }
    if !is_at_end(cursor) {
        body.octets = cursor.loose_number()?;
        cursor.blanks();
    }
    Ok(())
}

/// `body-fld-lines = number64`. Quirk: no number at all, only what would follow it.
fn lines(cursor: &mut Cursor<'_>) -> Parsed<Option<u64>> {
    if is_at_end(cursor) || cursor.peek() == Some(b'"') {
        return Ok(None);
    }
    let lines = cursor.loose_number()?;
    cursor.blanks();
    Ok(lines)
}

/// `body-type-msg = media-message SP body-fields SP envelope SP body SP body-fld-lines`
///
/// Quirk: some servers stop behind the size, or go on with what any other part has there. What does not read as a message is
/// taken for that.
fn message(cursor: &mut Cursor<'_>, body: &mut BodyStructure, nesting: &mut Nesting) -> Parsed<()> {
    let from = *cursor;
    body.content = Content::Message { envelope: None, body: None };
    match enclosed(cursor, nesting) {
        Ok((content, lines)) => {
            body.content = content;
            body.lines = lines;
        }
        Err(_) => *cursor = from,
    }
    Ok(())
}

fn enclosed(cursor: &mut Cursor<'_>, nesting: &mut Nesting) -> Parsed<(Content, Option<u64>)> {
    let envelope = if cursor.nil_or_empty() { None } else { Some(Box::new(envelope(cursor)?)) };
    cursor.blanks();
    let body = if cursor.nil_or_empty() { None } else { Some(Box::new(nested(cursor, nesting)?)) };
    if envelope.is_none() && body.as_ref().is_some_and(|body| body.content == Content::Multipart(Vec::new())) {
        // A disposition behind an MD5 that is NIL looks like this.
        return Err(cursor.wrong("the body of a message"));
    }
    cursor.blanks();
    let lines = if is_at_end(cursor) { None } else { cursor.loose_number()? };
    cursor.blanks();
    Ok((Content::Message { envelope, body }, lines))
}

/// `[SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]`
fn extension(cursor: &mut Cursor<'_>, body: &mut BodyStructure) -> Parsed<()> {
    if !is_at_end(cursor) {
        body.disposition = disposition(cursor)?;
    }
    if !is_at_end(cursor) {
        body.languages = languages(cursor)?;
    }
    body.location = optional(cursor)?;
    Ok(())
}

/// `body-fld-dsp = "(" string SP body-fld-param ")" / nil`. Quirk: only the string, without parentheses (Exchange).
fn disposition(cursor: &mut Cursor<'_>) -> Parsed<Option<Disposition>> {
    if cursor.nil_or_empty() {
        return Ok(None);
    }
    if !cursor.eat(b'(') {
        return Ok(keyword(cursor)?.map(|kind| Disposition { kind, parameters: Vec::new() }));
    }
    let kind = keyword(cursor)?.unwrap_or_default();
    let parameters = if is_at_end(cursor) { Vec::new() } else { parameters(cursor)? };
    cursor.skip_to_list_end()?;
    Ok(Some(Disposition { kind, parameters }))
}

/// `body-fld-lang = nstring / "(" string *(SP string) ")"`
fn languages(cursor: &mut Cursor<'_>) -> Parsed<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    if cursor.is_list() {
        cursor.list(|cursor| {
            found.extend(cursor.nstring()?.map(Text::into_owned));
            Ok(())
        })?;
    } else {
        found.extend(cursor.nstring()?.map(Text::into_owned));
    }
    Ok(found)
}

/// `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`
///
/// Quirks: a value that is NIL or missing is empty; `()` is NIL.
fn parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    let mut found = Vec::new();
    if cursor.nil_or_empty() {
        return Ok(found);
    }
    cursor.list(|cursor| {
        let name = keyword(cursor)?.unwrap_or_default();
        let value = if is_at_end(cursor) { None } else { cursor.nstring()? };
        found.push(Parameter { name, value: value.map(Text::into_owned).unwrap_or_default() });
        Ok(())
    })?;
    Ok(found)
}

/// `nstring`, or nothing before the end of the list.
fn optional(cursor: &mut Cursor<'_>) -> Parsed<Option<Vec<u8>>> {
    if is_at_end(cursor) {
        return Ok(None);
    }
    let text = cursor.nstring()?;
    cursor.blanks();
    Ok(text.map(Text::into_owned))
}

/// A string that is compared without regard to case, and what blanks follow it.
fn keyword(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    Ok(optional(cursor)?.map(|text| String::from_utf8_lossy(&text).to_ascii_lowercase()))
}

/// Whether the list ends here, behind blanks.
fn is_at_end(cursor: &mut Cursor<'_>) -> bool {
    cursor.blanks();
    cursor.peek() == Some(b')')
}
