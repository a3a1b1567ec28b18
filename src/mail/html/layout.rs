//! Text and tags as lines: paragraphs, lists, quotations, and links with numbers.

use std::collections::HashMap;

use super::token::{Attributes, Sink};

/// Deeper lists and quotations are not shown deeper.
const DEEPEST: usize = 8;
/// Lists that are kept track of.
const MOST_LISTS: usize = 100;
/// More links get no number.
const MOST_LINKS: usize = 1000;
/// A link's text is compared with its address up to here, in octets.
const LONGEST_LINK_TEXT: usize = 2048;
/// Line ends in a row.
const MOST_LINE_ENDS: u8 = 2;
/// The same where white space counts.
const MOST_LINE_ENDS_AS_WRITTEN: u8 = 10;

/// Makes lines of what it takes.
#[derive(Debug, Default)]
pub(super) struct Layout {
    text: String,
    /// Something was written.
    is_begun: bool,
    /// Line ends that come before the next character.
    line_ends: u8,
    /// A space comes before the next character.
    space: bool,
    is_line_start: bool,
    quotations: usize,
    /// The quotations that the last line was in.
    last_quotations: usize,
    lists: Vec<List>,
    /// What the next line begins with.
    marker: Option<String>,
    /// Elements in which white space counts.
    as_written: usize,
    links: Vec<String>,
    numbers: HashMap<String, usize>,
    link: Option<Link>,
    /// Links are text like any other.
    is_without_links: bool,
}

/// A list; with the number of its next item if it has numbers.
#[derive(Debug)]
struct List(Option<u32>);

#[derive(Debug)]
struct Link {
    address: String,
    text: String,
}

impl Layout {
    pub(super) fn without_links() -> Self {
        Self { is_without_links: true, ..Self::default() }
    }

    /// What was made since the last time.
    pub(super) fn take(&mut self, text: &mut String) {
        text.push_str(&self.text);
        self.text.clear();
    }

    /// Ends the text, with the addresses of its links.
    pub(super) fn finish(mut self, text: &mut String) {
        self.end_link();
        if self.is_begun {
            self.text.push('\n');
        }
        if !self.links.is_empty() {
            self.text.push('\n');
        }
        for (number, address) in (1..).zip(&self.links) {
            self.text += &format!("[{number}] {address}\n");
        }
        text.push_str(&self.text);
    }

    fn visible(&mut self, c: char) {
        if self.line_ends > 0 || !self.is_begun {
            self.begin_line();
        } else if self.space {
            self.text.push(' ');
        }
        self.space = false;
        self.is_line_start = false;
        self.text.push(c);
    }

    fn begin_line(&mut self) {
        if self.is_begun {
            self.text.push('\n');
            let around = ">".repeat(self.quotations.min(self.last_quotations).min(DEEPEST));
            (1..self.line_ends).for_each(|_| {
                self.text.push_str(&around);
                self.text.push('\n');
            });
        }
        self.is_begun = true;
        self.line_ends = 0;
        self.last_quotations = self.quotations;
        let quotations = self.quotations.min(DEEPEST);
        if quotations > 0 {
            self.text.push_str(&">".repeat(quotations));
            self.text.push(' ');
        }
        let depth = self.lists.len().min(DEEPEST);
        match self.marker.take() {
            Some(marker) => {
                self.text.push_str(&"  ".repeat(depth.saturating_sub(1)));
                self.text.push_str(&marker);
            }
            None => self.text.push_str(&"  ".repeat(depth)),
        }
    }

    /// So many line ends at least.
    fn break_line(&mut self, line_ends: u8) {
        if self.is_begun {
            self.line_ends = self.line_ends.max(line_ends);
        }
        self.space = false;
        self.is_line_start = true;
    }

    /// One more line end.
    fn next_line(&mut self, most: u8) {
        let line_ends = self.line_ends.saturating_add(1).min(most);
        self.break_line(line_ends);
    }

    fn word(&mut self, word: &str) {
        word.chars().for_each(|c| self.visible(c));
    }

    fn end_link(&mut self) {
        let Some(Link { address, text }) = self.link.take() else { return };
        if is_said(&address, text.trim()) {
            return;
        }
        let number = match self.numbers.get(&address) {
            Some(number) => *number,
            None if self.links.len() < MOST_LINKS => {
                self.links.push(address.clone());
                self.numbers.insert(address, self.links.len());
                self.links.len()
            }
            None => return,
        };
        self.space |= !text.trim().is_empty() && !self.is_line_start;
        self.word(&format!("[{number}]"));
    }

    fn begin_list(&mut self, list: List) {
        self.break_line(if self.lists.is_empty() { 2 } else { 1 });
        if self.lists.len() < MOST_LISTS {
            self.lists.push(list);
        }
    }

    fn begin_item(&mut self) {
        self.break_line(1);
        self.marker = Some(match self.lists.last_mut() {
            Some(List(Some(number))) => {
                *number = number.saturating_add(1);
                format!("{}. ", number.saturating_sub(1))
            }
            _ => "* ".into(),
        });
    }
}

impl Sink for Layout {
    fn character(&mut self, c: char) {
        if let Some(link) = &mut self.link
            && link.text.len() < LONGEST_LINK_TEXT
        {
            link.text.push(c);
        }
        match c {
            '\n' if self.as_written > 0 => self.next_line(MOST_LINE_ENDS_AS_WRITTEN),
            ' ' | '\t' | '\u{a0}' if self.as_written > 0 => self.visible(if c == '\t' { '\t' } else { ' ' }),
            // Marks that say where a word may be broken, and fillers that keep a preview short.
            '\u{ad}' | '\u{34f}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => {}
            // These join characters, and mean nothing where there are none.
            '\u{200c}' | '\u{200d}' if self.space || self.is_line_start || !self.is_begun => {}
            c if c.is_whitespace() => self.space = !self.is_line_start,
            c if c.is_control() => {}
            c => self.visible(c),
        }
    }

    fn start(&mut self, name: &str, attributes: &Attributes) {
        match name {
            "br" => self.next_line(MOST_LINE_ENDS),
            "a" if self.is_without_links => {}
            "a" => {
                self.end_link();
                let address: String =
                    attributes.href.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                let is_shown = ["http://", "https://", "mailto:", "ftp://", "tel:"].iter().any(|scheme| {
                    address.split_at_checked(scheme.len()).is_some_and(|(head, _)| head.eq_ignore_ascii_case(scheme))
                });
                self.link = is_shown.then(|| Link { address, text: String::new() });
            }
            "img" | "area" if !attributes.alt.trim().is_empty() => {
                self.space &= !self.is_line_start;
                self.character('[');
                attributes.alt.trim().chars().for_each(|c| self.character(c));
                self.character(']');
            }
            "td" | "th" => self.space = !self.is_line_start,
            "ul" | "menu" | "dir" => self.begin_list(List(None)),
            "ol" => self.begin_list(List(Some(1))),
            "li" => self.begin_item(),
            "blockquote" => {
                self.break_line(2);
                self.quotations = self.quotations.saturating_add(1);
            }
            "pre" | "xmp" | "listing" => {
                self.break_line(2);
                self.as_written = self.as_written.saturating_add(1);
            }
            "hr" => {
                self.break_line(1);
                self.word("----------");
                self.break_line(1);
            }
            _ => self.break_line_at(name),
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "a" => self.end_link(),
            // Quirk: browsers take it for a line break.
            "br" => self.next_line(MOST_LINE_ENDS),
            "ul" | "ol" | "menu" | "dir" => {
                self.lists.pop();
                self.marker = None;
                self.break_line(if self.lists.is_empty() { 2 } else { 1 });
            }
            "li" => {
                self.marker = None;
                self.break_line(1);
            }
            "blockquote" => {
                self.break_line(2);
                self.quotations = self.quotations.saturating_sub(1);
            }
            "pre" | "xmp" | "listing" => {
                self.break_line(2);
                self.as_written = self.as_written.saturating_sub(1);
            }
            _ => self.break_line_at(name),
        }
    }
}

impl Layout {
    /// Elements that stand on lines of their own.
    fn break_line_at(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" => self.break_line(2),
            "div" | "tr" | "table" | "tbody" | "thead" | "tfoot" | "section" | "article" | "header" | "footer"
            | "main" | "nav" | "aside" | "address" | "center" | "form" | "fieldset" | "figure" | "figcaption"
            | "caption" | "dt" | "dd" | "option" | "details" | "summary" | "legend" => self.break_line(1),
            _ => {}
        }
    }
}

/// Whether a link's text says where it goes.
fn is_said(address: &str, text: &str) -> bool {
    let bare = |address: &str| {
        let rest = ["https://", "http://", "mailto:", "ftp://", "tel:"].iter().find_map(|scheme| {
            let (head, rest) = address.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        rest.unwrap_or(address).trim_end_matches('/').to_owned()
    };
    !text.is_empty() && bare(address) == bare(text)
}
