//! A message written from options.

use clap::{ArgAction, Args, ValueHint};

use super::values::{Attachment, HeaderField, Inline, Input, addresses, text};

/// What is written when the message is not ready-made.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Composing")]
pub struct ComposeArgs {
    /// Write a message with this subject.
    ///
    /// Any option of this group makes smtpsend write the message instead of reading it. Without --text, --html and
    /// --body its text is read from standard input.
    #[arg(short, long, value_name = "TEXT", value_parser = text, allow_hyphen_values = true)]
    pub subject: Option<String>,
    /// Take the text from this file, or from standard input with "-".
    #[arg(long, value_name = "FILE|-", value_parser = Input::parse, value_hint = ValueHint::FilePath)]
    pub text: Option<Input>,
    /// Take an HTML version of the text from this file, or from standard input with "-".
    #[arg(long, value_name = "FILE|-", value_parser = Input::parse, value_hint = ValueHint::FilePath)]
    pub html: Option<Input>,
    /// The text itself.
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    pub body: Option<String>,
    /// Attach this file. It may be given more than once.
    ///
    /// Behind the file may stand ";type=TYPE" and ";name=NAME", where the file's own name does not tell them. "-" is
    /// standard input and needs a name. A file name with a semicolon stands in double quotes.
    #[arg(long, value_name = "FILE[;type=TYPE;name=NAME]", value_parser = Attachment::parse)]
    #[arg(action = ArgAction::Append, allow_hyphen_values = true, value_hint = ValueHint::FilePath)]
    pub attach: Vec<Attachment>,
    /// Put this file, an image mostly, where the HTML text says "cid:ID".
    #[arg(long, value_name = "FILE;cid=ID", value_parser = Inline::parse, action = ArgAction::Append)]
    #[arg(allow_hyphen_values = true, value_hint = ValueHint::FilePath)]
    pub inline: Vec<Inline>,
    /// Add a header field. It may be given more than once.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = HeaderField::parse)]
    #[arg(action = ArgAction::Append, allow_hyphen_values = true)]
    pub header: Vec<HeaderField>,
    /// Where answers should go.
    #[arg(long, value_name = "ADDR", value_parser = addresses)]
    pub reply_to: Option<String>,
    /// The Message-ID of the message that this one answers.
    #[arg(long, value_name = "ID", value_parser = text)]
    pub in_reply_to: Option<String>,
}

impl ComposeArgs {
    /// Whether a message is to be written: one of these options was given.
    pub fn is_asked_for(&self) -> bool {
        let Self { subject, text, html, body, attach, inline, header, reply_to, in_reply_to } = self;
        subject.is_some()
            || text.is_some()
            || html.is_some()
            || body.is_some()
            || !attach.is_empty()
            || !inline.is_empty()
            || !header.is_empty()
            || reply_to.is_some()
            || in_reply_to.is_some()
    }

    /// Where the text is read from: standard input, unless an option says otherwise or [`ComposeArgs::body`] is the text.
    pub fn text_input(&self) -> Option<Input> {
        match self {
            Self { body: Some(_), .. } => None,
            Self { text: Some(input), .. } => Some(input.clone()),
            Self { html: Some(_), .. } => None,
            _ => Some(Input::Stdin),
        }
    }

    /// How many parts of the message are read from standard input.
    pub fn readers_of_stdin(&self) -> usize {
        let inputs = self.html.iter().chain(self.attach.iter().map(|attachment| &attachment.input));
        let inputs = inputs.chain(self.inline.iter().map(|inline| &inline.attachment.input));
        let text = self.text_input();
        inputs.chain(text.as_ref()).filter(|input| **input == Input::Stdin).count()
    }
}
