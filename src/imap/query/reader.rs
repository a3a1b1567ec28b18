//! From words to a tree.

use jiff::civil;

use super::key::Key;
use super::keys::{self, Kind, SHOWN};
use super::raw::quoted;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How deep groups and negations may be nested.
const MAX_DEPTH: usize = 30;

/// How many terms a query may have.
const MAX_TERMS: usize = 10_000;

/// Reads the words of a command line: one that is a query by itself, or several that are a term each.
pub(super) fn key(words: &[String], today: civil::Date) -> Result<Key> {
    let mut reader = Reader { rest: "", today, terms: 0 };
    let mut terms = Vec::new();
    match words {
        [] => return Ok(Key::All),
        [query] => {
            reader.rest = query;
            terms = reader.terms(0)?;
            if !reader.rest.is_empty() {
                return Err(reader.wrong("a ) stands where nothing ends"));
            }
        }
        words => {
            for word in words {
                reader.rest = word;
                terms.push(reader.term(Extent::Word, 0)?.0);
                reader.skip_spaces();
                if !reader.rest.is_empty() {
                    return Err(reader.wrong("it stands behind the end of a term"));
                }
            }
        }
    }
    if terms.is_empty() {
        return Err(Error::InvalidInput("the query is empty".into()));
    }
    Ok(all(terms))
}

/// How far a value without quotes goes.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Extent {
    /// To the end of the argument, spaces included.
    Word,
    /// To the next space.
    Space,
    /// To the next space, or the end of the group.
    Group,
}

/// What a term was like, to tell what may stand behind it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Form {
    /// A word without key and quotes.
    Bare,
    /// A key whose value is any text, without quotes.
    Open,
    /// Anything else.
    Closed,
}

struct Reader<'a> {
    rest: &'a str,
    today: civil::Date,
    terms: usize,
}

impl<'a> Reader<'a> {
    /// Terms up to the end, or to the end of a group.
    fn terms(&mut self, depth: usize) -> Result<Vec<Key>> {
        let extent = if depth == 0 { Extent::Space } else { Extent::Group };
        let mut terms = Vec::new();
        let mut before = (Form::Closed, "");
        loop {
            self.skip_spaces();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Ok(terms);
            }
            let start = self.rest;
            let (key, form) = self.term(extent, depth)?;
            let text = start.get(..start.len() - self.rest.len()).unwrap_or(start);
            // A shell has taken the quotes off subject:"q 3", or somebody wants both.
            if (before.0, form) == (Form::Open, Form::Bare) {
                let (key, value) = before.1.rsplit_once(':').unwrap_or(("text", before.1));
                let [key, value, text] = [key, value, text].map(|text| sanitize_capped(text.as_bytes(), SHOWN));
                return Err(Error::InvalidInput(format!(
                    "\"{key}:{value} {text}\" can be read in two ways: write {key}:\"{value} {text}\", or text:{text} for a \
                     term of its own"
                )));
            }
            terms.push(key);
            before = (form, text);
        }
    }

    fn term(&mut self, extent: Extent, depth: usize) -> Result<(Key, Form)> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Error::InvalidInput(format!("the query has more than {MAX_TERMS} terms")));
        }
        self.skip_spaces();
        if self.rest.starts_with('(') {
            return Ok((all(self.group(depth)?), Form::Closed));
        }
        let Some((name, tail)) = key_name(self.rest) else {
            let (text, form) = self.value(extent)?;
            let text = keys::value(keys::find("text")?, text, self.today)?;
            return Ok((text, if form == Form::Open { Form::Bare } else { form }));
        };
        let key = keys::find(name)?;
        self.rest = tail;
        match key.kind {
            Kind::Not if depth >= MAX_DEPTH => Err(too_deep()),
            Kind::Not => {
                self.skip_spaces();
                if self.rest.is_empty() || self.rest.starts_with(')') {
                    return Err(Error::InvalidInput("not: has no term: it is not:TERM or not:(TERM TERM)".into()));
                }
                let (key, form) = self.term(extent, depth + 1)?;
                // A bare word behind not: is no less a term than one behind a key.
                Ok((Key::Not(Box::new(key)), if form == Form::Bare { Form::Closed } else { form }))
            }
            Kind::Or | Kind::And => {
                self.skip_spaces();
                if !self.rest.starts_with('(') {
                    let name = key.name;
                    return Err(Error::InvalidInput(format!("{name}: wants a group: it is {name}:{}", key.value)));
                }
                let terms = self.group(depth)?;
                Ok((if matches!(key.kind, Kind::Or) { any(terms) } else { all(terms) }, Form::Closed))
            }
            Kind::Header => {
                let end = self.rest.find([':', ' ', ')']).unwrap_or(self.rest.len());
                let (name, tail) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
                let name = keys::field_name(name)?;
                let Some(tail) = tail.strip_prefix(':') else {
                    self.rest = tail;
                    return Ok((Key::Header { name, value: String::new() }, Form::Closed));
                };
                self.rest = tail;
                let (value, form) = self.value(extent)?;
                Ok((Key::Header { name, value: checked(value)? }, form))
            }
            kind => {
                let (value, form) = self.value(extent)?;
                let form = if kind.is_free() { form } else { Form::Closed };
                Ok((keys::value(key, value, self.today)?, form))
            }
        }
    }

    /// What is between parentheses.
    fn group(&mut self, depth: usize) -> Result<Vec<Key>> {
        if depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.rest = self.rest.get(1..).unwrap_or_default();
        let terms = self.terms(depth + 1)?;
        let Some(tail) = self.rest.strip_prefix(')') else {
            return Err(Error::InvalidInput("a ( of the query has no )".into()));
        };
        if terms.is_empty() {
            return Err(Error::InvalidInput("a group of the query is empty".into()));
        }
        self.rest = tail;
        self.must_end()?;
        Ok(terms)
    }

    fn value(&mut self, extent: Extent) -> Result<(String, Form)> {
        if self.rest.starts_with('"') {
            let Some((value, tail)) = quoted(self.rest) else {
                return Err(self.wrong("its quotes have no end"));
            };
            self.rest = tail;
            self.must_end()?;
            return Ok((value, Form::Closed));
        }
        let end = match extent {
            Extent::Word => self.rest.len(),
            Extent::Space => self.rest.find(is_space).unwrap_or(self.rest.len()),
            Extent::Group => end_in_group(self.rest),
        };
        let (value, tail) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if extent != Extent::Word && value.starts_with('(') {
            return Err(self.wrong("write a value with parentheses in quotes"));
        }
        self.rest = tail;
        Ok((value.to_owned(), Form::Open))
    }

    /// Behind a quote or a group there is a space, the end of a group, or nothing.
    fn must_end(&self) -> Result<()> {
        match self.rest.chars().next() {
            None | Some(')') => Ok(()),
            Some(c) if is_space(c) => Ok(()),
            Some(_) => Err(self.wrong("a space is missing before it")),
        }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn wrong(&self, why: &str) -> Error {
        let shown = sanitize_capped(self.rest.as_bytes(), SHOWN);
        Error::InvalidInput(format!("the query cannot be read at \"{shown}\": {why}"))
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// A key in front of a colon, and what follows that. `12:30` is no key, and neither is `<a:b>`.
fn key_name(text: &str) -> Option<(&str, &str)> {
    let (name, tail) = text.split_once(':')?;
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(letters)).then_some((name, tail))
}

/// Where a value in a group ends: at a space, or at a parenthesis that it did not open.
fn end_in_group(text: &str) -> usize {
    let mut open: usize = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return at,
            ')' => open -= 1,
            c if is_space(c) => return at,
            _ => {}
        }
    }
    text.len()
}

fn checked(value: String) -> Result<String> {
    match memchr::memchr3(b'\r', b'\n', 0, value.as_bytes()) {
        None => Ok(value),
        Some(_) => Err(Error::InvalidInput("the value of header: cannot hold a line break or a NUL".into())),
    }
}

fn too_deep() -> Error {
    Error::InvalidInput(format!("the query is nested deeper than {MAX_DEPTH} levels"))
}

/// All of them; one needs no `And`.
fn all(terms: Vec<Key>) -> Key {
    match <[Key; 1]>::try_from(terms) {
        Ok([term]) => term,
        Err(terms) => Key::And(terms),
    }
}

fn any(terms: Vec<Key>) -> Key {
    match <[Key; 1]>::try_from(terms) {
        Ok([term]) => term,
        Err(terms) => Key::Or(terms),
    }
}
