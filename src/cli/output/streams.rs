//! The two streams: standard output that remembers its first failure, and standard error that says whose voice it is.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::{Arc, Mutex};

use anstyle::{AnsiColor, Style};

use super::Program;
use super::progress::Progress;
use super::record::imapctl::{Fault, Told, What};
use super::record::{Complaint, Mail, MessageResult, Warning, Weight};
use crate::cli::exit::{Exit, Failure};
use crate::cli::verdict::Verdict;
use crate::error::Error;
use crate::text::sanitize;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Paint {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Paint {
    /// The text in a style.
    pub fn text(self, style: Style, text: &str) -> String {
        match self {
            Self::On => format!("{style}{text}{style:#}"),
            Self::Off => text.to_owned(),
        }
    }

    fn coloured(self, color: AnsiColor, text: &str) -> String {
        self.text(Style::new().bold().fg_color(Some(color.into())), text)
    }
}

/// Standard output. Nothing that is written fails: the first error is kept, and everything after it is dropped.
pub struct Stdout {
    state: Mutex<State>,
}

struct State {
    out: BufWriter<Box<dyn Write + Send>>,
    /// Nothing is held back.
    eager: bool,
    failed: Option<io::Error>,
}

/// Whether what was written should be seen at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flush {
    /// It should.
    Now,
    /// It may wait for more.
    Later,
}

/// What standard output carries, which decides what it means that its reader has gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carries {
    /// A report: who no longer reads it has seen enough.
    Report,
    /// Mail: it was not handed over.
    Mail,
}

impl Stdout {
    /// The process's own.
    pub fn new() -> Self {
        Self::over(Box::new(io::stdout()))
    }

    /// The process's own. If it is a terminal, whole lines come between two drawings of the progress, which may be on the same.
    pub fn beside(progress: &Progress) -> Self {
        if !progress.is_drawn() || !io::stdout().is_terminal() {
            return Self::new();
        }
        let stdout = Self::over(Box::new(Beside(progress.clone())));
        stdout.lock().eager = true;
        stdout
    }

    /// Any writer in its place.
    pub fn over(out: Box<dyn Write + Send>) -> Self {
        Self { state: Mutex::new(State { out: BufWriter::with_capacity(64 * 1024, out), eager: false, failed: None }) }
    }

    /// Writes.
    pub fn write(&self, bytes: &[u8], flush: Flush) {
        let mut state = self.lock();
        if state.failed.is_some() {
            return;
        }
        let mut result = state.out.write_all(bytes);
        if flush == Flush::Now || state.eager {
            result = result.and_then(|()| state.out.flush());
        }
        state.failed = result.err();
    }

    /// Whether writing has failed.
    pub fn has_failed(&self) -> bool {
        self.lock().failed.is_some()
    }

    /// Writes out what is held back and tells whether all of it got through.
    pub fn finish(&self, carries: Carries) -> Result<(), Failure> {
        self.write(b"", Flush::Now);
        match self.lock().failed.take() {
            None => Ok(()),
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe && carries == Carries::Report => Ok(()),
            Some(error) => Err(Error::io("writing to standard output", error).into()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Standard output while no progress is drawn.
struct Beside(Progress);

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Self::new()
    }
}

/// Standard error: errors and warnings, a line each, between which progress is drawn anew.
#[derive(Clone, Debug)]
pub struct Stderr {
    program: Program,
    progress: Progress,
    paint: Paint,
    quiet: Quiet,
    /// What was told last of a message that was not sent: what keeps one from being sent often keeps all.
    told: Arc<Mutex<Option<Arc<Error>>>>,
}

/// `--quiet`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quiet {
    /// Errors only.
    Yes,
    /// Warnings too.
    No,
}

impl Stderr {
    /// A program's, around the progress that is drawn there.
    pub fn new(program: Program, progress: Progress, paint: Paint, quiet: Quiet) -> Self {
        Self { program, progress, paint, quiet, told: Arc::default() }
    }

    /// Writes whole lines in one piece.
    pub fn write(&self, lines: &str) {
        // There is nobody left to tell.
        self.progress.suspend(|| drop(io::stderr().lock().write_all(lines.as_bytes())));
    }

    /// Says a warning, unless it is not wanted.
    pub fn warn(&self, warning: &Warning<'_>) {
        if self.quiet == Quiet::No || warning.weight == Weight::Grave {
            self.write(&self.warning_line(warning));
        }
    }

    /// Says an error.
    pub fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.write(&self.error_line(failure, mail));
    }

    /// Says what has to be said of a message that was to be sent, if anything. One error that keeps many messages from being
    /// sent is said once.
    pub fn complain(&self, message: &MessageResult) {
        if let Some((error, advice)) = &message.trouble
            && message.queued.is_none()
            && self.is_news(error)
        {
            let text = match advice {
                Some(advice) => format!("{error}; {advice}"),
                None => error.to_string(),
            };
            self.write(&self.message_line(message, &text, Exit::of(error)));
        }
        for complaint in message.complaints() {
            if let Verdict::Unsent(error) = complaint.verdict
                && !self.is_news(error)
            {
                continue;
            }
            self.write(&self.complaint_line(message, &complaint));
        }
    }

    /// Says what imapctl has to say here: that something failed, or should be known.
    pub fn told(&self, told: &Told<'_>) {
        match &told.what {
            What::Fault(fault) => self.write(&self.fault_line(told, fault)),
            What::Warning { text, weight } => {
                let text = format!("{}{text}", line_of(told));
                self.warn(&Warning { account: Some(told.account), text: &text, weight: *weight });
            }
            _ => {}
        }
    }

    fn fault_line(&self, told: &Told<'_>, fault: &Fault<'_>) -> String {
        let folder = fault.folder.map(|folder| format!("{}: ", folder.text())).unwrap_or_default();
        let uid = fault.uid.map(|uid| format!("UID {uid}: ")).unwrap_or_default();
        let Fault { failure, .. } = fault;
        let text =
            format!("{}: {}{folder}{uid}{} (exit {})", told.account, line_of(told), failure.explained(), failure.exit);
        format!("{} {}\n", self.name(AnsiColor::Red), sanitize(text.as_bytes()))
    }

    fn is_news(&self, error: &Arc<Error>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        !told.replace(Arc::clone(error)).is_some_and(|last| Arc::ptr_eq(&last, error))
    }

    fn complaint_line(&self, message: &MessageResult, complaint: &Complaint<'_>) -> String {
        self.message_line(message, &complaint.text(), complaint.verdict.exit())
    }

    fn message_line(&self, message: &MessageResult, text: &str, exit: Exit) -> String {
        let name = self.name(AnsiColor::Red);
        let id = message.id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
        format!("{name} {}\n", sanitize(format!("{}: {id}{text} (exit {exit})", message.account).as_bytes()))
    }

    fn warning_line(&self, warning: &Warning<'_>) -> String {
        let name = self.name(AnsiColor::Yellow);
        let account = warning.account.map(|account| format!("{account}: ")).unwrap_or_default();
        format!("{name} {}\n", sanitize(format!("{account}warning: {}", warning.text).as_bytes()))
    }

    fn error_line(&self, failure: &Failure, mail: Option<&Mail<'_>>) -> String {
        let name = self.name(AnsiColor::Red);
        let Some(mail) = mail else { return format!("{name} {}\n", sanitize(failure.to_string().as_bytes())) };
        let which = match (mail.uidl, mail.number) {
            ([], Some(number)) => format!("message number {number}"),
            (uidl, _) => format!("message {}", sanitize(uidl)),
        };
        let text = format!("{}: {which}: {} (exit {})", mail.account, failure.explained(), failure.exit);
        format!("{name} {}\n", sanitize(text.as_bytes()))
    }

    /// Whose voice it is.
    fn name(&self, color: AnsiColor) -> String {
        self.paint.coloured(color, &format!("{}:", self.program.name()))
    }
}

/// Which line of a batch, if it is one.
fn line_of(told: &Told<'_>) -> String {
    told.line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::progress::Surface;
    use super::super::record::imapctl::Name;
    use super::*;
    use crate::error::Rejection;
    use crate::imap::Mailbox;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_matters_for_mail_only() {
        for (kind, carries, exit) in [
            (io::ErrorKind::BrokenPipe, Carries::Report, None),
            (io::ErrorKind::BrokenPipe, Carries::Mail, Some(74)),
            (io::ErrorKind::StorageFull, Carries::Report, Some(74)),
        ] {
            let out = Stdout::over(Box::new(Broken(kind)));
            out.write(b"x", Flush::Later);
            assert!(!out.has_failed());
            out.write(b"x", Flush::Now);
            assert!(out.has_failed());
            out.write(&[0; 1 << 20], Flush::Later);
            assert_eq!(out.finish(carries).err().map(|failure| failure.exit.code()), exit);
        }
    }

    fn stderr(paint: Paint) -> Stderr {
        Stderr::new(Program::Popfetch, Progress::new(Program::Popfetch, Surface::Hidden), paint, Quiet::No)
    }

    #[test]
    fn errors_read_as_the_contract_says() {
        let rejection = Rejection {
            verb: "PASS",
            code: Some("AUTH".into()),
            enhanced: None,
            text: "Invalid login".into(),
            transient: false,
        };
        let failure = Failure::from(Error::Authentication(rejection)).of("work");
        assert_eq!(
            stderr(Paint::Off).error_line(&failure, None),
            "popfetch: work: authentication failed at PASS: [AUTH] Invalid login (exit 77)\n"
        );
        let rejection =
            Rejection { verb: "PASS", code: None, enhanced: None, text: "Login failed.".into(), transient: false };
        let failure = Failure { advice: Some("try".into()), ..Failure::from(Error::Authentication(rejection)) };
        assert_eq!(
            stderr(Paint::Off).error_line(&failure, None),
            "popfetch: authentication failed at PASS: Login failed; try (exit 77)\n"
        );
        let mail = Mail { account: "work", uidl: b"a\x1bb", number: None, size: None };
        let failure = Failure { advice: Some("try".into()), ..Failure::from(Error::InvalidInput("bad\n".into())) };
        assert_eq!(
            stderr(Paint::Off).error_line(&failure, Some(&mail)),
            "popfetch: work: message a^[b: bad^J; try (exit 65)\n"
        );
        assert!(stderr(Paint::On).error_line(&failure, None).starts_with("\x1b["));
    }

    #[test]
    fn a_refused_recipient_reads_as_the_contract_says() {
        use super::super::record::tests::{accepted, message};
        use crate::cli::verdict::tests::refused;

        let mut message =
            message(vec![("b@example.net", refused("RCPT", "550", Some("5.1.1"))), ("c@example.net", accepted("1"))]);
        let line = |message: &MessageResult| stderr(Paint::Off).complaint_line(message, &message.complaints()[0]);
        let told = "<b@example.net> refused at RCPT: 550 5.1.1 no such user (exit 67)\n";
        assert_eq!(line(&message), format!("popfetch: work: {told}"));
        message.id = Some("a\x1b.eml".into());
        assert_eq!(line(&message), format!("popfetch: work: a^[.eml: {told}"));
    }

    #[test]
    fn what_keeps_many_messages_from_being_sent_is_news_once() {
        let stderr = stderr(Paint::Off);
        let [one, other] = ["one", "other"].map(|text| Arc::new(Error::Unsupported(text.into())));
        assert!(stderr.is_news(&one) && !stderr.is_news(&one));
        assert!(stderr.is_news(&other) && stderr.is_news(&one));
    }

    #[test]
    fn a_warning_is_one_harmless_line() {
        let warning = Warning::of("wo\x1brk", "a\nb");
        assert_eq!(stderr(Paint::Off).warning_line(&warning), "popfetch: wo^[rk: warning: a^Jb\n");
    }

    #[test]
    fn a_fault_tells_where_it_was() {
        let failure = Failure { advice: Some("try".into()), ..Failure::from(Error::InvalidInput("bad\n".into())) };
        let raw = Mailbox::Raw(b"a\x1b".to_vec());
        let fault = Fault { failure: &failure, folder: Some(Name::from(&raw)), uid: Some(7) };
        let told = Told::new("work", What::Fault(fault)).at(Some(3));
        assert_eq!(
            stderr(Paint::Off).fault_line(&told, &fault),
            "popfetch: work: line 3: raw:a^[: UID 7: bad^J; try (exit 65)\n"
        );
        let fault = Fault { folder: None, uid: None, ..fault };
        let told = Told::new("work", What::Fault(fault));
        assert_eq!(stderr(Paint::Off).fault_line(&told, &fault), "popfetch: work: bad^J; try (exit 65)\n");
    }

    #[test]
    fn what_is_held_back_is_written_in_the_end() {
        #[derive(Clone, Default)]
        struct Shared(Arc<Mutex<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let shared = Shared::default();
        let out = Stdout::over(Box::new(shared.clone()));
        out.write(b"a", Flush::Later);
        assert!(shared.0.lock().unwrap().is_empty());
        assert!(out.finish(Carries::Mail).is_ok());
        assert_eq!(*shared.0.lock().unwrap(), b"a");
    }
}
