//! Text with `{{column}}` in it.

use std::borrow::Cow;

use super::wrong;
use crate::config::nearest;
use crate::error::Result;
use crate::text::sanitize_capped;

/// Text with columns in it.
#[derive(Debug)]
pub(super) struct Pattern(pub(super) Vec<Segment>);

#[derive(Debug)]
pub(super) enum Segment {
    Text(String),
    Column(usize),
}

/// What stands for a column while addresses are parsed, with its number and a `z` behind it: an atom that nobody writes.
pub(super) const STAND_IN: &str = "mailwire9merge0column";

pub(super) fn stand_in(text: &str) -> Option<usize> {
    text.strip_prefix(STAND_IN)?.strip_suffix('z')?.parse().ok()
}

impl Pattern {
    /// Text with its placeholders; `None` if it has none.
    pub(super) fn parse(text: &str, columns: &[String]) -> Result<Option<Self>> {
        let mut segments = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some((front, behind)) = rest.split_once("{{") {
            plain.push_str(front);
            match behind.split_once("}}").filter(|(name, _)| !name.contains(['\n', '{', '}'])) {
                Some((name, tail)) => {
                    segments.push(Segment::Text(std::mem::take(&mut plain)));
                    segments.push(Segment::Column(column(name.trim(), columns)?));
                    rest = tail;
                }
                None => {
                    plain.push_str("{{");
                    rest = behind;
                }
            }
        }
        if segments.is_empty() {
            return Ok(None);
        }
        plain.push_str(rest);
        segments.push(Segment::Text(plain));
        Ok(Some(Self(segments)))
    }

    pub(super) fn with_stand_ins(&self) -> String {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Text(text) => Cow::Borrowed(text.as_str()),
            Segment::Column(place) => Cow::Owned(format!("{STAND_IN}{place}z")),
        });
        segments.collect()
    }
}

fn column(name: &str, columns: &[String]) -> Result<usize> {
    if let Some(place) = columns.iter().position(|column| column == name && !name.is_empty()) {
        return Ok(place);
    }
    let hint = nearest(name, columns.iter().map(String::as_str)).map(|near| format!("; did you mean {near:?}?"));
    let name = sanitize_capped(name.as_bytes(), 60);
    Err(wrong(&format!("the template has {{{{{name}}}}}, and the table no such column{}", hint.unwrap_or_default())))
}
