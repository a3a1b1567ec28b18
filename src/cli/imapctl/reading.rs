//! Text for people: in UTF-8, and of HTML what it says.

use crate::cli::exit::Failure;
use crate::cli::output::Printer;
use crate::error::Result;
use crate::mail::charset::{Charset, Decoder, Doubt};
use crate::mail::html::Html;

/// How much of an HTML document is looked at for its charset, in octets.
const BEGINNING: usize = 1024;

/// Reads a text that comes in pieces, and prints it.
pub(super) struct Reading<'p> {
    printer: &'p mut Printer,
    stage: Stage,
    html: Option<Html>,
    /// What was decoded, and what is printed, of the last piece.
    decoded: String,
    shown: String,
    ends_line: bool,
}

enum Stage {
    /// The charset is not known before the document has begun.
    Beginning(Vec<u8>),
    Under(Decoder),
}

/// How a text is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// HTML for what it says.
    Html,
    /// HTML as it stands.
    Source,
}

impl<'p> Reading<'p> {
    pub(super) fn new(charset: Option<&[u8]>, form: Form, printer: &'p mut Printer) -> Self {
        let stage = match charset {
            None if form != Form::Plain => Stage::Beginning(Vec::new()),
            charset => Stage::Under(Charset::named(charset.unwrap_or_default()).decoder()),
        };
        let html = (form == Form::Html).then(Html::default);
        Self { printer, stage, html, decoded: String::new(), shown: String::new(), ends_line: true }
    }

    /// Takes the next octets.
    pub(super) fn push(&mut self, octets: &[u8]) -> Result<()> {
        match &mut self.stage {
            Stage::Beginning(held) => {
                held.extend_from_slice(octets);
                if held.len() < BEGINNING {
                    return Ok(());
                }
                let held = std::mem::take(held);
                self.begin(&held);
            }
            Stage::Under(decoder) => decoder.push(octets, &mut self.decoded),
        }
        self.print().map_err(|failure| *failure.error)
    }

    /// Prints the rest, to the end of its line; what is doubtful about it.
    pub(super) fn finish(mut self) -> Result<Option<Doubt>, Failure> {
        if let Stage::Beginning(held) = &mut self.stage {
            let held = std::mem::take(held);
            self.begin(&held);
        }
        let Stage::Under(decoder) = std::mem::replace(&mut self.stage, Stage::Beginning(Vec::new())) else {
            return Ok(None);
        };
        let doubt = decoder.finish(&mut self.decoded);
        self.print()?;
        if let Some(html) = self.html.take() {
            html.finish(&mut self.decoded);
            self.print()?;
        }
        if !self.ends_line {
            self.printer.print(b"\n")?;
        }
        Ok(doubt)
    }

    fn begin(&mut self, held: &[u8]) {
        let charset = Charset::of_html(held).unwrap_or_else(|| Charset::named(b""));
        let mut decoder = charset.decoder();
        decoder.push(held, &mut self.decoded);
        self.stage = Stage::Under(decoder);
    }

    fn print(&mut self) -> Result<(), Failure> {
        let text = match &mut self.html {
            Some(html) => {
                html.push(&self.decoded, &mut self.shown);
                &self.shown
            }
            None => &self.decoded,
        };
        self.printer.print(text.as_bytes())?;
        if let Some(last) = text.as_bytes().last() {
            self.ends_line = *last == b'\n';
        }
        self.decoded.clear();
        self.shown.clear();
        Ok(())
    }
}
