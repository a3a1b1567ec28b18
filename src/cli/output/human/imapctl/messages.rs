//! Messages: in rows, as threads, in parts, and what happens to them.

use std::time::SystemTime;

use anstyle::Style;

use super::super::{DATE, GAP, Human, SIZE, Screen, Table, local, shown};
use super::date::{self, relative};
use super::{folder_name, shown_bytes};
use crate::cli::output::record::imapctl::{Address, Event, HeaderView, Message, Part, Thread};
use crate::cli::output::table::{cut, fit, octets};

const UID: usize = 7;
const MARKS: usize = 5;
const FROM: usize = 20;
/// From here on a terminal has room for sizes.
const WIDE: usize = 100;
const SECTION: usize = 8;
const EVENT: usize = 8;
/// Soft hyphen, grapheme joiner, joiners and spaces of no width, byte order mark.
const INVISIBLE: [char; 7] = ['\u{ad}', '\u{34f}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
/// How many levels of answers are indented.
const MAX_INDENT: u32 = 10;

impl Human {
    /// A row: UID, marks, date, sender, subject.
    pub(super) fn message(&self, message: &Message<'_>) -> String {
        let mut out = self.listing_heading();
        self.push_message(&mut out, message, "");
        if let Some(preview) = message.preview.filter(|preview| !preview.is_empty()) {
            let indent = " ".repeat(UID) + GAP;
            let preview = self.rest(&indent, &legible(preview));
            self.push(&mut out, &indent, &self.paint.text(Style::new().dimmed(), &preview));
        }
        out
    }

    pub(super) fn thread(&self, thread: &Thread<'_>) -> String {
        let mut out = self.listing_heading();
        for node in thread.nodes {
            let indent = match node.depth {
                0 => String::new(),
                depth => "  ".repeat(depth.min(MAX_INDENT).saturating_sub(1) as usize) + "└ ",
            };
            match node.message {
                Some(message) => self.push_message(&mut out, message, &indent),
                None => {
                    let front = fit("", UID + GAP.len() + MARKS) + GAP;
                    self.push(&mut out, &front, &self.rest(&front, &format!("{indent}(not in this folder)")));
                }
            }
        }
        out
    }

    pub(super) fn part(&self, part: &Part<'_>) -> String {
        let mut out =
            self.heading(Table::Parts(part.uid), || format!("{}{GAP}{:>SIZE$}{GAP}TYPE", fit("PART", SECTION), "SIZE"));
        let size = part.size.map(octets).unwrap_or_default();
        let front = format!("{}{GAP}{size:>SIZE$}{GAP}", self.column(&shown(part.section), SECTION));
        let mut about = "  ".repeat(part.depth.min(MAX_INDENT) as usize) + &shown(part.media_type);
        let said = [part.charset, part.encoding, part.disposition];
        let said: Vec<String> = said.into_iter().flatten().map(shown).collect();
        if !said.is_empty() {
            about += &format!(" ({})", said.join(", "));
        }
        if let Some(name) = part.name {
            about += GAP;
            about += &shown_bytes(name);
        }
        if let Some(description) = part.description {
            about += &format!("{GAP}\"{}\"", shown_bytes(description));
        }
        self.push(&mut out, &front, &self.rest(&front, &about));
        out
    }

    /// The fields, whole, and an empty line.
    pub(super) fn header(&self, header: &HeaderView<'_>) -> String {
        let mut out = String::new();
        for field in header.fields {
            let name = self.paint.text(Style::new().bold(), &format!("{}:", shown(field.name)));
            self.push(&mut out, &format!("{name} "), &shown_bytes(field.value));
        }
        out + "\n"
    }

    /// What has happened, where, and to which message.
    pub(super) fn event(&self, event: &Event<'_>) -> String {
        let message = event.message;
        let uid = message.uid.map(|uid| uid.to_string()).unwrap_or_default();
        let mut front = format!("{}{GAP}{uid:>UID$}{GAP}", fit(event.kind.word(), EVENT));
        front += &format!("{}{GAP}", self.column(&folder_name(&message.place.folder), self.columns_of_from()));
        let mut about = Vec::new();
        about.extend(message.flags.filter(|flags| !flags.is_empty()).map(|flags| shown(&flags.join(" "))));
        if !message.from.is_empty() || message.subject.is_some() {
            about.push(format!("{}: {}", names(message.from), legible(message.subject.unwrap_or_default())));
        }
        let mut out = String::new();
        self.push(&mut out, &front, &self.rest(&front, &about.join(GAP)));
        out
    }

    fn listing_heading(&self) -> String {
        self.heading(Table::Listing, || {
            let size = if self.has_sizes() { format!("{:>SIZE$}{GAP}", "SIZE") } else { String::new() };
            let (marks, date, from) =
                (fit("", MARKS), fit("DATE", self.columns_of_date()), fit("FROM", self.columns_of_from()));
            if self.is_narrow() {
                let below = " ".repeat(UID) + GAP;
                return format!("{:>UID$}{GAP}{marks}{GAP}{date}{GAP}FROM\n{below}SUBJECT", "UID");
            }
            format!("{:>UID$}{GAP}{marks}{GAP}{date}{GAP}{from}{GAP}{size}SUBJECT", "UID")
        })
    }

    fn push_message(&self, out: &mut String, message: &Message<'_>, indent: &str) {
        let uid = message.uid.map_or_else(|| "?".to_owned(), |uid| uid.to_string());
        let date = message
            .save_date
            .or(message.date)
            .or(message.internal_date)
            .map(|date| self.date(date))
            .unwrap_or_default();
        let mut front = format!("{uid:>UID$}{GAP}{}{GAP}{}{GAP}", marks(message), fit(&date, self.columns_of_date()));
        if self.is_narrow() {
            // The subject has a line of its own.
            self.push(out, &front, &self.rest(&front, &names(message.from)));
            front = " ".repeat(UID) + GAP;
        } else {
            front += &format!("{}{GAP}", self.column(&names(message.from), self.columns_of_from()));
        }
        if self.has_sizes() {
            let size = message.size.map_or_else(|| "?".to_owned(), octets);
            front += &format!("{size:>SIZE$}{GAP}");
        }
        let mut subject = legible(message.subject.unwrap_or_default());
        if let Some(flaw) = message.flaws.first() {
            subject = format!("(incomplete: {}) {subject}", shown(flaw));
        }
        let subject = self.rest(&front, &format!("{indent}{subject}"));
        let unseen = message.flags.is_some_and(|flags| !has(flags, "\\Seen"));
        match unseen {
            true => self.push(out, &front, &self.paint.text(Style::new().bold(), subject.trim_end())),
            false => self.push(out, &front, &subject),
        }
    }

    /// Relative on a terminal; what is kept in a file would say nothing then.
    fn date(&self, date: SystemTime) -> String {
        match self.screen {
            Screen::Terminal(_) => relative(date, &jiff::Zoned::now()),
            Screen::Stream => local(date),
        }
    }

    fn columns_of_date(&self) -> usize {
        match self.screen {
            Screen::Terminal(_) => date::COLUMNS,
            Screen::Stream => DATE,
        }
    }

    fn columns_of_from(&self) -> usize {
        match self.screen {
            Screen::Terminal(columns) => (columns / 4).clamp(10, 30),
            Screen::Stream => FROM,
        }
    }

    fn has_sizes(&self) -> bool {
        match self.screen {
            Screen::Terminal(columns) => columns >= WIDE,
            Screen::Stream => true,
        }
    }
}

/// `N` new, `A` answered or else `F` forwarded, `!` flagged, `D` marked as deleted or else `d` a draft, `@` attachment.
fn marks(message: &Message<'_>) -> String {
    let Some(flags) = message.flags else {
        return if message.has_attachment == Some(true) { "?   @".into() } else { fit("?", MARKS) };
    };
    let first = |marks: &[(&str, char)]| marks.iter().find(|(flag, _)| has(flags, flag)).map_or(' ', |(_, mark)| *mark);
    [
        if has(flags, "\\Seen") { ' ' } else { 'N' },
        first(&[("\\Answered", 'A'), ("$Forwarded", 'F')]),
        first(&[("\\Flagged", '!')]),
        first(&[("\\Deleted", 'D'), ("\\Draft", 'd')]),
        if message.has_attachment == Some(true) { '@' } else { ' ' },
    ]
    .iter()
    .collect()
}

fn has(flags: &[String], flag: &str) -> bool {
    flags.iter().any(|known| known.eq_ignore_ascii_case(flag))
}

/// What people wrote, harmless, and without the characters of no width that join emoji and fill out previews: in a row they
/// would be nothing but numbers.
fn legible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.contains(INVISIBLE) {
        true => shown(&text.replace(INVISIBLE, "")),
        false => shown_bytes(bytes),
    }
}

/// The names, or the addresses of those who have none.
fn names(addresses: &[Address<'_>]) -> String {
    // A row shows a few at most.
    let names = addresses.iter().take(10).map(|address| {
        let name = address.name.filter(|name| !name.trim_ascii().is_empty());
        cut(&legible(name.or(address.address).unwrap_or_default()), 200)
    });
    names.collect::<Vec<_>>().join(", ")
}

const _: () = assert!(UID + MARKS + date::COLUMNS + FROM + 4 * GAP.len() + 24 < super::super::COLUMNS);
