//! Where lines come from: a terminal, with editing, a history and completion, or else standard input as it is.
//!
//! On a terminal a thread of its own edits, so that a signal ends the wait for a line as it ends every other wait.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config};

use super::completion::{Completer, Vocabulary};
use crate::cli::lines::Lines;
use crate::error::{Error, Phase, Result};
use crate::net::wait::{Interest, wait_one};
use crate::net::{Deadline, Timeouts};

/// What the thread rings for: a line is there, or names of mailboxes are wanted.
const LINE: u8 = b'\n';
const NAMES: u8 = b'?';

/// How long a line that may be there already is waited for.
const MOMENT: Duration = Duration::from_millis(20);

/// How many lines are remembered.
const REMEMBERED: usize = 1000;

/// What the history's file is called in the state directory.
const HISTORY: &str = "imapctl-raw-history";

/// Reads one line after the other.
#[derive(Debug)]
pub(super) struct Editor {
    source: Source,
    timeouts: Timeouts,
    /// A line that is to be read again.
    back: Option<String>,
}

#[derive(Debug)]
enum Source {
    Terminal(Terminal),
    Plain(Lines),
}

/// What was typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Input {
    /// A line, without its end.
    Line(String),
    /// A line that was given up with Ctrl-C.
    Dropped,
    /// There are no more.
    End,
}

/// What becomes of a line once it was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Keep {
    /// It can be had again, in another session too, unless it may hold a secret or begins with a space.
    History,
    /// It is forgotten: it is data, or an answer to a challenge.
    Nothing,
}

impl Editor {
    /// Lines of the terminal if there is one on both sides, else of standard input.
    ///
    /// The history is in a file of the state directory, which is made; without one it ends with the session. That it cannot
    /// be read or written does not keep anybody from typing.
    pub(super) fn open(commands: Vec<String>, state_dir: Option<&Path>, timeouts: Timeouts) -> Result<Self> {
        let source = match io::stdin().is_terminal() && io::stdout().is_terminal() {
            true => Source::Terminal(Terminal::open(commands, state_dir.map(|dir| dir.join(HISTORY)))?),
            false => Source::Plain(Lines::of_stdin()?),
        };
        Ok(Self { source, timeouts, back: None })
    }

    /// Whether somebody sits there and sees the prompt.
    pub(super) fn is_interactive(&self) -> bool {
        matches!(self.source, Source::Terminal(_))
    }

    /// The next line; waits for it as long as the run may last.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] and [`Error::Timeout`] as they are; [`Error::InvalidInput`] for a line that is not UTF-8 or too
    /// long, where nobody edits.
    pub(super) fn read(
        &mut self,
        prompt: &str,
        keep: Keep,
        mailboxes: &mut dyn FnMut() -> Vec<String>,
    ) -> Result<Input> {
        if let Some(line) = self.back.take() {
            return Ok(Input::Line(line));
        }
        let deadline = self.timeouts.deadline(Phase::Data("standard input"), Duration::MAX);
        match &mut self.source {
            Source::Plain(lines) => Ok(lines.next(&deadline)?.map_or(Input::End, Input::Line)),
            Source::Terminal(terminal) => {
                // A line may be asked for already, behind an IDLE that the server has ended.
                if !terminal.at_prompt {
                    terminal.ask(prompt, keep)?;
                }
                loop {
                    if let Some(input) = terminal.heard(&deadline, mailboxes)? {
                        return Ok(input);
                    }
                }
            }
        }
    }

    /// The next line if it is there already. Nothing is remembered of it.
    pub(super) fn poll(&mut self, prompt: &str) -> Result<Option<Input>> {
        let deadline = self.timeouts.deadline(Phase::Data("standard input"), MOMENT);
        let read = match &mut self.source {
            Source::Plain(lines) => lines.next(&deadline).map(|line| Some(line.map_or(Input::End, Input::Line))),
            Source::Terminal(terminal) => {
                if !terminal.at_prompt {
                    terminal.ask(prompt, Keep::Nothing)?;
                }
                terminal.heard(&deadline, &mut Vec::new)
            }
        };
        match read {
            Err(Error::Timeout { budget: Some(_), .. }) => Ok(None),
            read => read,
        }
    }

    /// Passes over lines that are there already: the last of them, or [`Input::Dropped`].
    pub(super) fn pass_over(&mut self, prompt: &str) -> Result<Input> {
        let mut last = Input::Dropped;
        while let Some(input) = self.poll(prompt)? {
            last = input;
            if last == Input::End {
                break;
            }
        }
        Ok(last)
    }

    /// Has a line read again, as the next one.
    pub(super) fn unread(&mut self, line: String) {
        self.back = Some(line);
    }
}

/// What is completed: commands at once, mailboxes once somebody wants one.
struct Words {
    commands: Vec<String>,
    mailboxes: OnceLock<Vec<String>>,
    /// Where to ask for them, and where they come from.
    asked: Mutex<(OwnedFd, Receiver<Vec<String>>)>,
}

impl Vocabulary for Words {
    fn commands(&self) -> Vec<String> {
        self.commands.clone()
    }

    fn mailboxes(&self) -> Vec<String> {
        if let Some(known) = self.mailboxes.get() {
            return known.clone();
        }
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let names = match rustix::io::write(&asked.0, &[NAMES]) {
            Ok(_) => asked.1.recv().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        // None are no answer: there is always INBOX.
        if !names.is_empty() {
            let _ = self.mailboxes.set(names.clone());
        }
        names
    }
}

/// The thread that edits, seen from outside.
#[derive(Debug)]
struct Terminal {
    requests: Sender<(String, Keep)>,
    answers: Receiver<Result<Input>>,
    /// Has an octet for each answer; its end comes with the thread's.
    answered: OwnedFd,
    names: Sender<Vec<String>>,
    /// A line is being edited.
    at_prompt: bool,
    /// As the terminal was found.
    mode: Option<Termios>,
}

impl Terminal {
    fn open(commands: Vec<String>, history: Option<PathBuf>) -> Result<Self> {
        let cannot = |error: io::Error| Error::io("preparing the terminal", error);
        let (answered, bell) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(|e| cannot(e.into()))?;
        let (requests, requested) = channel::<(String, Keep)>();
        let (answer, answers) = channel();
        let (names, named) = channel();
        let asked = Mutex::new((bell.try_clone().map_err(cannot)?, named));
        let vocabulary = Arc::new(Words { commands, mailboxes: OnceLock::new(), asked });
        let edit = move || {
            let mut session = Session::new(vocabulary, history);
            while let Ok((prompt, keep)) = requested.recv() {
                let read = match &mut session {
                    Ok(session) => session.read(&prompt, keep),
                    Err(error) => Err(Error::io("preparing the terminal", io::Error::other(error.to_string()))),
                };
                if answer.send(read).is_err() || rustix::io::write(&bell, &[LINE]).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("line editor".into()).spawn(edit).map_err(cannot)?;
        Ok(Self { requests, answers, answered, names, at_prompt: false, mode: tcgetattr(io::stdin()).ok() })
    }

    /// Has a line edited.
    fn ask(&mut self, prompt: &str, keep: Keep) -> Result<()> {
        self.requests.send((prompt.to_owned(), keep)).map_err(|_| lost())?;
        self.at_prompt = true;
        Ok(())
    }

    /// What the thread rings for next; `None` if it wanted names of mailboxes, which it gets.
    fn heard(&mut self, deadline: &Deadline, mailboxes: &mut dyn FnMut() -> Vec<String>) -> Result<Option<Input>> {
        wait_one(&self.answered, Interest::Read, deadline)?;
        let mut bell = [LINE];
        let rung = rustix::io::read(&self.answered, &mut bell);
        let rung = rung.map_err(|error| Error::io("reading the terminal", error.into()))?;
        if rung > 0 && bell == [NAMES] {
            self.names.send(mailboxes()).map_err(|_| lost())?;
            return Ok(None);
        }
        self.at_prompt = false;
        self.answers.recv().map_err(|_| lost())?.map(Some)
    }
}

fn lost() -> Error {
    Error::io("reading the terminal", io::ErrorKind::BrokenPipe.into())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // In the middle of a line the terminal is as the thread needs it, which nobody waits for.
        if let Some(mode) = self.mode.as_ref().filter(|_| self.at_prompt) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Drain, mode);
            let _ = io::stdout().write_all(b"\n").and_then(|()| io::stdout().flush());
        }
    }
}

/// The editor proper.
struct Session {
    editor: rustyline::Editor<Completer, FileHistory>,
    history: Option<PathBuf>,
}

impl Session {
    fn new(vocabulary: Arc<dyn Vocabulary>, history: Option<PathBuf>) -> rustyline::Result<Self> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            // Lines that are pasted are commands as if they were typed.
            .bracketed_paste(false)
            .build();
        let mut editor = rustyline::Editor::with_config(config)?;
        editor.set_helper(Some(Completer::new(vocabulary)));
        if let Some(path) = &history {
            // Nothing yet, or nothing that can be read.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    fn read(&mut self, prompt: &str, keep: Keep) -> Result<Input> {
        let line = match self.editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Eof) => return Ok(Input::End),
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => return Ok(Input::Dropped),
            Err(ReadlineError::Io(error)) => return Err(Error::io("reading the terminal", error)),
            Err(error) => return Err(Error::io("reading the terminal", io::Error::other(error.to_string()))),
        };
        if keep == Keep::History {
            self.remember(&line);
        }
        Ok(Input::Line(line))
    }

    fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || may_hold_secret(line) || !self.editor.add_history_entry(line).unwrap_or(false) {
            return;
        }
        if let Some(path) = &self.history {
            if let Some(dir) = path.parent() {
                let _ = fs::create_dir_all(dir);
            }
            // The file is made for its owner only; whoever types goes on in any case.
            let _ = self.editor.append_history(path);
        }
    }
}

/// Whether a line logs in, in whatever form: a password may be in it.
fn may_hold_secret(line: &str) -> bool {
    let line = line.to_ascii_uppercase();
    line.contains("LOGIN") || line.contains("AUTHENTICATE")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct Nothing;

    impl Vocabulary for Nothing {
        fn commands(&self) -> Vec<String> {
            Vec::new()
        }

        fn mailboxes(&self) -> Vec<String> {
            Vec::new()
        }
    }

    fn remembered(path: &Path) -> Vec<String> {
        use rustyline::history::{History as _, SearchDirection};

        let session = Session::new(Arc::new(Nothing), Some(path.to_owned())).unwrap();
        let history = session.editor.history();
        let entry = |at| history.get(at, SearchDirection::Forward).unwrap().unwrap().entry.into_owned();
        (0..history.len()).map(entry).collect()
    }

    #[test]
    fn passwords_are_not_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state").join(HISTORY);
        let mut session = Session::new(Arc::new(Nothing), Some(path.clone())).unwrap();
        for line in [
            "NOOP",
            "LOGIN ann secret1",
            "a1 login ann secret2",
            "AUTHENTICATE PLAIN secret3",
            "  authenticate  XOAUTH2 secret4",
            " SELECT private",
            "",
            "  ",
            "SELECT \"a\\b\"",
            "SELECT \"a\\b\"",
        ] {
            session.remember(line);
        }
        assert_eq!(remembered(&path), ["NOOP", "SELECT \"a\\b\""]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // Another session adds to it.
        let mut other = Session::new(Arc::new(Nothing), Some(path.clone())).unwrap();
        other.remember("CHECK");
        session.remember("EXPUNGE");
        assert_eq!(remembered(&path), ["NOOP", "SELECT \"a\\b\"", "CHECK", "EXPUNGE"]);
        assert!(!fs::read_to_string(&path).unwrap().contains("secret"));
    }

    #[test]
    fn a_history_that_others_can_read_is_closed_to_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(HISTORY);
        fs::write(&path, "#V2\nNOOP\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        Session::new(Arc::new(Nothing), Some(path.clone())).unwrap().remember("CHECK");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(remembered(&path), ["NOOP", "CHECK"]);
    }

    #[test]
    fn a_history_that_is_none_keeps_nobody_from_typing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(HISTORY);
        fs::write(&path, b"\xff\xfe\n\0").unwrap();
        Session::new(Arc::new(Nothing), Some(path)).unwrap().remember("NOOP");
        let mut session = Session::new(Arc::new(Nothing), Some("/proc/none/x".into())).unwrap();
        session.remember("NOOP");
        Session::new(Arc::new(Nothing), None).unwrap().remember("NOOP");
    }
}
