//! What FETCH tells of a message.

use super::mime::{self, Part, nstring, string};
use super::request::Word;
use super::session::Session;
use super::world::Letter;

/// The items of a FETCH, macros replaced.
pub(super) fn items(word: &Word) -> Vec<String> {
    let (all, fast) = (["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"], 3);
    match word.key().as_str() {
        "ALL" => all.map(String::from).to_vec(),
        "FAST" => all.iter().take(fast).map(|item| (*item).to_owned()).collect(),
        "FULL" => all.into_iter().chain(["BODY"]).map(String::from).collect(),
        _ => word.list().iter().filter(|word| !word.is_list()).map(Word::key).collect(),
    }
}

/// Whether fetching the item makes a message seen.
pub(super) fn marks(item: &str) -> bool {
    item.starts_with("BODY[") || item.starts_with("BINARY[") || item == "RFC822" || item == "RFC822.TEXT"
}

impl Session<'_> {
    /// The line of one message, without its end; an item that nobody knows is an error.
    pub(super) fn row(&self, seq: usize, letter: &Letter, items: &[String]) -> Result<Vec<u8>, String> {
        let uidonly = self.is_enabled("UIDONLY");
        let mut row = match uidonly {
            true => format!("* {} UIDFETCH (", letter.uid),
            false => format!("* {seq} FETCH ("),
        }
        .into_bytes();
        let part = Part::parse(&letter.octets);
        let items: Vec<_> = items.iter().filter(|item| !uidonly || *item != "UID").collect();
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                row.push(b' ');
            }
            let value = self.item(letter, &part, item).ok_or_else(|| format!("BAD no item {item}"))?;
            row.extend(value);
        }
        row.push(b')');
        Ok(row)
    }

    fn item(&self, letter: &Letter, part: &Part<'_>, item: &str) -> Option<Vec<u8>> {
        let text = match item {
            "UID" => letter.uid.to_string(),
            "FLAGS" => flags(letter),
            "INTERNALDATE" => format!("\"{}\"", date(letter.date)?),
            "SAVEDATE" if self.manners.offers("SAVEDATE") => format!("\"{}\"", date(letter.date)?),
            "RFC822.SIZE" => letter.octets.len().to_string(),
            "ENVELOPE" => mime::envelope(part.header),
            "BODY" | "BODYSTRUCTURE" => part.structure(),
            "MODSEQ" => format!("({})", letter.modseq),
            "EMAILID" if self.manners.offers("OBJECTID") => format!("(M{:x})", letter.number),
            "THREADID" if self.manners.offers("OBJECTID") => format!("(T{:x})", thread(part)),
            "PREVIEW" if self.manners.offers("PREVIEW") => nstring(preview(part).as_deref()),
            "X-GM-MSGID" if self.manners.offers("X-GM-EXT-1") => letter.number.to_string(),
            "X-GM-THRID" if self.manners.offers("X-GM-EXT-1") => thread(part).to_string(),
            "X-GM-LABELS" if self.manners.offers("X-GM-EXT-1") => {
                format!("({})", letter.labels.iter().map(|label| string(label)).collect::<Vec<_>>().join(" "))
            }
            "RFC822" => return Some(literal("RFC822", "", &letter.octets)),
            "RFC822.HEADER" => return Some(literal("RFC822.HEADER", "", part.header)),
            "RFC822.TEXT" => return Some(literal("RFC822.TEXT", "", part.body)),
            _ => return self.section(letter, part, item),
        };
        Some(format!("{item} {text}").into_bytes())
    }

    fn section(&self, letter: &Letter, part: &Part<'_>, item: &str) -> Option<Vec<u8>> {
        let (name, rest) = item.split_once('[')?;
        let (spec, range) = rest.rsplit_once(']')?;
        let name = name.strip_suffix(".PEEK").unwrap_or(name);
        let found = match name {
            "BODY" => body(letter, part, spec),
            "BINARY" | "BINARY.SIZE" if self.manners.offers("BINARY") || self.manners.offers("IMAP4rev2") => {
                match if spec.is_empty() { Some(part) } else { part.find(spec) } {
                    None => None,
                    Some(found) if spec.is_empty() => Some(found.body.to_vec()),
                    Some(found) => found.decoded(),
                }
            }
            _ => return None,
        };
        if name == "BINARY.SIZE" {
            return Some(format!("BINARY.SIZE[{spec}] {}", found.map_or(0, |octets| octets.len())).into_bytes());
        }
        let Some(octets) = found else { return Some(format!("{name}[{spec}] NIL").into_bytes()) };
        let Some((from, count)) = range.strip_prefix('<').and_then(|range| range.strip_suffix('>')?.split_once('.'))
        else {
            return Some(literal(&format!("{name}[{spec}]"), "", &octets));
        };
        let (from, count): (usize, usize) = (from.parse().ok()?, count.parse().ok()?);
        let end = from.saturating_add(count).min(octets.len());
        let excerpt = octets.get(from.min(end)..end)?;
        Some(literal(&format!("{name}[{spec}]"), &format!("<{from}>"), excerpt))
    }
}

fn body(letter: &Letter, part: &Part<'_>, spec: &str) -> Option<Vec<u8>> {
    let digits = spec.bytes().take_while(|octet| octet.is_ascii_digit() || *octet == b'.').count();
    let (number, what) = spec.split_at(digits);
    let number = number.trim_end_matches('.');
    let whole = number.is_empty();
    let found = if whole { part } else { part.find(number)? };
    let inner = if whole { Some(part) } else { found.children.first() };
    Some(match what {
        "" if whole => letter.octets.to_vec(),
        "" => found.body.to_vec(),
        "MIME" => found.header.to_vec(),
        "HEADER" => inner?.header.to_vec(),
        "TEXT" => inner?.body.to_vec(),
        fields => {
            let (fields, keep) = match fields.strip_prefix("HEADER.FIELDS.NOT ") {
                Some(fields) => (fields, false),
                None => (fields.strip_prefix("HEADER.FIELDS ")?, true),
            };
            let names: Vec<_> = fields.trim_matches(['(', ')']).split(' ').map(|name| name.trim_matches('"')).collect();
            chosen(inner?.header, &names, keep)
        }
    })
}

/// The fields of a header that are, or are not, named.
fn chosen(header: &[u8], names: &[&str], keep: bool) -> Vec<u8> {
    let (mut chosen, mut taking) = (Vec::new(), false);
    for line in header.split_inclusive(|octet| *octet == b'\n').filter(|line| *line != b"\r\n") {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|octet| *octet == b':').next().unwrap_or_default().trim_ascii_end();
            taking = names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) == keep;
        }
        if taking {
            chosen.extend_from_slice(line);
        }
    }
    chosen.extend_from_slice(b"\r\n");
    chosen
}

fn literal(name: &str, origin: &str, octets: &[u8]) -> Vec<u8> {
    let eight = if octets.contains(&0) { "~" } else { "" };
    let mut text = format!("{name}{origin} {eight}{{{}}}\r\n", octets.len()).into_bytes();
    text.extend_from_slice(octets);
    text
}

pub(super) fn flags(letter: &Letter) -> String {
    format!("({})", letter.flags.iter().cloned().collect::<Vec<_>>().join(" "))
}

fn date(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some(time.strftime("%d-%b-%Y %H:%M:%S %z").to_string())
}

/// The same for all that answers the same message, as far as its own header tells.
pub(super) fn thread(part: &Part<'_>) -> u64 {
    let first = |name| mime::value(part.header, name).and_then(|text| text.split(' ').next().map(str::to_owned));
    let root = first("References").or_else(|| first("In-Reply-To")).or_else(|| first("Message-ID"));
    u64::from(crc32fast::hash(root.unwrap_or_default().as_bytes()))
}

/// The beginning of the text, in one line.
fn preview(part: &Part<'_>) -> Option<String> {
    let text = match part.children.first() {
        Some(child) => return preview(child),
        None if part.is_text() => part.decoded()?,
        None => return None,
    };
    let words: Vec<_> = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let text = String::from_utf8_lossy(&words.join(&b' ')).into_owned();
    Some(text.chars().take(200).collect())
}
