//! What is said, and where: results on standard output, everything else on standard error.
//!
//! Commands hand typed [`Record`]s to an [`Output`]; how they look is its affair. Whatever a server said passes one
//! sanitiser before it is shown. [`Console`] is all of it together, made from the options.

mod human;
pub(crate) mod json;
mod log;
mod printer;
mod probe;
mod program;
pub mod progress;
pub mod record;
pub mod schema;
pub mod streams;
mod table;
pub mod transcript;

use std::io::{self, IsTerminal as _};
use std::path::Path;

pub use human::{Human, Screen};
pub use json::Json;
pub use log::{Log, Logged};
pub use printer::Printer;
pub use program::Program;
pub use progress::{AccountProgress, Counted, Progress, Surface, Work};
pub use record::{Done, Mail, Record, Summary, Warning};
pub use streams::{Carries, Flush, Paint, Quiet, Stderr, Stdout};
pub use transcript::Transcripts;

use super::args::{OutputArgs, When};
use super::exit::{Exit, Failure};
use crate::wire::{Secrets, Transcript};

/// Where a run's results go.
///
/// Nothing here fails: what could not be written is remembered, and [`Output::finish`] tells of it.
pub trait Output: Send + Sync {
    /// Tells a result.
    fn record(&self, record: &Record<'_>);

    /// Notes that a session is over of which no [`Record`] tells, for those who keep accounts.
    fn visited(&self, _account: &str, _host: &str, _exit: Exit) {}

    /// Tells what ends nothing but should be known.
    fn warn(&self, warning: &Warning<'_>);

    /// Tells what failed, and for which message if it was one.
    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>);

    /// Tells how the run ended and writes out what is held back.
    ///
    /// Fails if standard output could not be written, unless its reader has gone, who then wants no more.
    fn finish(&self, summary: &Summary) -> Result<(), Failure>;

    /// Whether standard output takes no more, so that going on for its sake is useless.
    fn is_closed(&self) -> bool;
}

/// Everything that a run says anything through. Shared by all its threads.
pub struct Console {
    output: Box<dyn Output>,
    /// Progress on standard error.
    pub progress: Progress,
    stderr: Stderr,
    transcripts: Transcripts,
}

impl Console {
    /// What the options of a program ask for. Fails if the log cannot be opened (73).
    pub fn open(program: Program, args: &OutputArgs, labels: transcript::Labels) -> Result<Self, Failure> {
        let progress = Progress::new(program, surface(args));
        let quiet = if args.quiet { Quiet::Yes } else { Quiet::No };
        let stderr = Stderr::new(program, progress.clone(), paint(args.color, &io::stderr()), quiet);
        let stdout = Stdout::beside(&progress);
        let mut output: Box<dyn Output> = match args.json {
            true => Box::new(Json::new(stdout, stderr.clone())),
            false => Box::new(Human::new(stdout, stderr.clone(), paint(args.color, &io::stdout()), screen())),
        };
        if let Some(target) = &args.log {
            output = Box::new(Logged::new(output, Log::open(program, target)?));
        }
        let transcripts = Transcripts::new(
            (args.verbose > 0).then(|| stderr.clone()),
            if args.json { transcript::Style::Json } else { transcript::Style::Text },
            if args.verbose > 1 { transcript::Bodies::Whole } else { transcript::Bodies::Counted },
            if args.show_secrets { Secrets::Shown } else { Secrets::Masked },
            labels,
        );
        Ok(Self { output, progress, stderr, transcripts })
    }

    /// An account's transcript, also to this file if one is named. Fails if it cannot be created (73).
    pub fn transcript(&self, account: &str, file: Option<&Path>) -> Result<Transcript, Failure> {
        self.transcripts.of(account, file)
    }

    /// Tells how the run ended; the code to exit with, which is another one if all went well but the report.
    pub fn conclude(&self, summary: &Summary) -> Exit {
        match self.finish(summary) {
            Err(failure) if summary.exit == Exit::OK || summary.exit == Exit::REPORTED => failure.exit,
            _ => summary.exit,
        }
    }
}

/// The output that the options ask for; [`Output::finish`] also tells people of a report that did not get through.
impl Output for Console {
    fn record(&self, record: &Record<'_>) {
        self.output.record(record);
    }

    fn visited(&self, account: &str, host: &str, exit: Exit) {
        self.output.visited(account, host, exit);
    }

    fn warn(&self, warning: &Warning<'_>) {
        self.output.warn(warning);
    }

    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.output.error(failure, mail);
    }

    fn finish(&self, summary: &Summary) -> Result<(), Failure> {
        self.output.finish(summary).inspect_err(|failure| self.stderr.error(failure, None))
    }

    fn is_closed(&self) -> bool {
        self.output.is_closed()
    }
}

fn surface(args: &OutputArgs) -> Surface {
    let is_terminal = io::stderr().is_terminal();
    match args.progress {
        When::Never => Surface::Hidden,
        When::Auto if args.quiet || args.verbose > 0 || !is_terminal => Surface::Hidden,
        _ if is_terminal => Surface::Terminal,
        _ => Surface::Stream,
    }
}

/// What `--color` says, or else NO_COLOR, CLICOLOR, TERM and whether the stream is a terminal.
fn paint(when: When, stream: &impl anstream::stream::RawStream) -> Paint {
    match when {
        When::Always => Paint::On,
        When::Never => Paint::Off,
        When::Auto => match anstream::AutoStream::choice(stream) {
            anstream::ColorChoice::Never => Paint::Off,
            _ => Paint::On,
        },
    }
}

fn screen() -> Screen {
    let stdout = io::stdout();
    match stdout.is_terminal() {
        true => {
            let size = rustix::termios::tcgetwinsize(&stdout).map_or(0, |size| usize::from(size.ws_col));
            Screen::Terminal(if size == 0 { human::COLUMNS } else { size.max(40) })
        }
        false => Screen::Stream,
    }
}
