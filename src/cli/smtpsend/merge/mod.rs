//! `--merge`: a message for each line of a table, made from a template.

mod pattern;
mod template;
mod text;

use std::fs::File;
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::batch::item::{Extent, Found, Item, Items, Naming};
use super::batch::stream::Stream;
use crate::cli::exit::Failure;
use crate::error::{Error, Result};
use crate::mail::{Message, Reading};
use template::Template;

/// The table, line by line.
pub(super) struct Merge {
    rows: Reader<Stream>,
    template: Template,
    row: ByteRecord,
}

impl Merge {
    /// Reads the first line, which names the columns (RFC 4180), and the template.
    ///
    /// Fails with 65 if the template has a placeholder that is no column, or one where none can stand; with 66 if a file is not
    /// there.
    pub(super) fn open(table: Stream, template: &Path) -> Result<Self, Failure> {
        let mut file = File::open(template).map_err(|error| Failure::no_input(template, &error))?;
        let message = Message::read(&mut file, &Reading::default())?;
        Ok(Self::new(table, &message)?)
    }

    fn new(table: Stream, template: &Message) -> Result<Self> {
        let mut rows = ReaderBuilder::new().has_headers(true).from_reader(table);
        let columns = rows.byte_headers().map_err(|error| unreadable(error, 1))?;
        let columns = columns.iter().map(|name| match std::str::from_utf8(name) {
            Ok(name) => Ok(name.trim().to_owned()),
            Err(_) => Err(Error::InvalidInput("the table's first line is not UTF-8".into())),
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for (place, name) in columns.iter().enumerate() {
            if !name.is_empty() && columns.iter().take(place).any(|other| other == name) {
                let name = crate::text::sanitize_capped(name.as_bytes(), 60);
                return Err(Error::InvalidInput(format!("the table has two columns {name:?}")));
            }
        }
        Ok(Self { rows, template: Template::new(template, &columns)?, row: ByteRecord::new() })
    }
}

impl Items for Merge {
    fn next(&mut self) -> Result<Option<Item>, Failure> {
        let before = self.rows.position().line();
        let (line, found) = match self.rows.read_byte_record(&mut self.row) {
            Ok(false) => return Ok(None),
            Ok(true) => (self.row.position().map_or(before, csv::Position::line), self.template.render(&self.row)),
            Err(error) if error.is_io_error() => return Err(unreadable(error, before).into()),
            Err(error) => (error.position().map_or(before, csv::Position::line), Err(unreadable(error, before))),
        };
        Ok(Some(Item { id: format!("line {line}"), naming: Naming::Place, found: found.map(Found::from) }))
    }

    fn is_ready(&self) -> bool {
        self.rows.get_ref().is_ready()
    }

    fn extent(&self) -> Extent {
        self.rows.get_ref().extent()
    }
}

fn unreadable(error: csv::Error, line: u64) -> Error {
    match error.into_kind() {
        ErrorKind::Io(source) => Error::io("cannot read the table", source),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Error::InvalidInput(format!("it has {len} values, and the first line names {expected_len} columns"))
        }
        _ => Error::InvalidInput(format!("line {line} of the table cannot be read")),
    }
}

fn wrong(complaint: &str) -> Error {
    Error::InvalidInput(complaint.to_owned())
}

#[cfg(test)]
mod tests;
