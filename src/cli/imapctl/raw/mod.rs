//! `imapctl raw`: commands of the protocol as they stand.

mod completion;
mod editor;
mod typed;

use std::sync::Arc;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::RawArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;
use completion::Vocabulary;
use editor::Editor;
use typed::{Part, Typed};

pub(super) fn run(args: &RawArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    if args.command.is_empty() {
        let timeouts = job.plan.server.timeouts.clone();
        let mut editor = Editor::open(Arc::new(Words), job.plan.state_dir.as_deref(), timeouts)?;
        let prompt = if editor.is_interactive() { "imap> " } else { "" };
        loop {
            let parts = match typed::command(&mut editor, prompt)? {
                Typed::Command(parts) => parts,
                Typed::Nothing => continue,
                Typed::End => break,
            };
            let size = |part: &Part| match part {
                Part::Text(text) => text.len(),
                Part::Literal(octets) => octets.len(),
            };
            job.transcript.event(&format!("[{} octets]", parts.iter().map(size).sum::<usize>()));
        }
    }
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}

/// What is completed.
#[derive(Debug)]
struct Words;

impl Vocabulary for Words {
    fn commands(&self) -> Vec<String> {
        ["NOOP", "SELECT"].map(str::to_owned).into()
    }

    fn mailboxes(&self) -> Vec<String> {
        vec!["INBOX".to_owned()]
    }
}
