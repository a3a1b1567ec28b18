//! Results for people: tables that fit the terminal, or 80 columns where there is none.

mod imapctl;
mod smtpsend;

use std::sync::Mutex;
use std::time::SystemTime;

use anstyle::Style;

use super::record::{Change, Changed, Header, Mail, Planned, Record, Remembered, Reply, Row, Summary, Warning};
use super::streams::{Carries, Flush, Paint, Stderr, Stdout};
use super::table::{cut, cut_middle, fit, octets, width};
use super::{Output, probe};
use crate::cli::exit::Failure;
use crate::text::sanitize;

/// What fits everywhere.
pub(super) const COLUMNS: usize = 80;

const SIZE: usize = 5;
const STATE: usize = 16;
const ACTION: usize = 13;
const REASON: usize = 24;
const DATE: usize = 16;
const FROM: usize = 22;
const GAP: &str = "  ";

/// The usual output.
pub struct Human {
    stdout: Stdout,
    stderr: Stderr,
    paint: Paint,
    screen: Screen,
    table: Mutex<Option<Table>>,
}

/// What standard output is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Screen {
    /// A terminal of so many columns.
    Terminal(usize),
    /// A pipe or file: unique-ids are given whole.
    Stream,
}

/// The table of which rows are being written.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Table {
    Messages,
    Remembered,
    Planned { account: String },
    Queue,
    Folders(imapctl::Columns),
    Listing,
    Parts(u32),
    Acl(String),
    Quota,
}

impl Human {
    /// Results on one stream, errors and warnings on the other.
    pub fn new(stdout: Stdout, stderr: Stderr, paint: Paint, screen: Screen) -> Self {
        Self { stdout, stderr, paint, screen, table: Mutex::default() }
    }

    /// A table's first line, if no row of it has been written yet.
    fn heading(&self, table: Table, line: impl FnOnce() -> String) -> String {
        let mut current = self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if *current == Some(table.clone()) {
            return String::new();
        }
        *current = Some(table);
        self.paint.text(Style::new().bold(), &line()) + "\n"
    }

    fn row(&self, row: &Row<'_>) -> String {
        let number = row.of.to_string().len().max(6);
        let mut out = self.heading(Table::Messages, || {
            format!("{:>number$}{GAP}{:>SIZE$}{GAP}{}{GAP}UIDL", "NUMBER", "SIZE", fit("STATE", STATE))
        });
        let front = number_of(&row.mail, number) + GAP + &size_of(&row.mail) + GAP + &fit(row.state, STATE) + GAP;
        self.push(&mut out, &front, &self.uidl(&row.mail, 1, width(&front)));
        if let Some(header) = &row.header {
            let indent = " ".repeat(number) + GAP;
            let front = indent + &date_of(header) + GAP + &fit(&shown(header.from), FROM) + GAP;
            let subject = cut(&shown(header.subject), self.columns().saturating_sub(width(&front)));
            self.push(&mut out, &front, &subject);
        }
        out
    }

    fn remembered(&self, entry: &Remembered<'_>) -> String {
        let mut out = self.heading(Table::Remembered, || {
            format!("{}{GAP}{}{GAP}{:>SIZE$}{GAP}UIDL", fit("STATE", STATE), fit("FIRST SEEN", DATE), "SIZE")
        });
        let joined = format!("{} {}", entry.state, sanitize(entry.reason.as_bytes()));
        let fits = width(joined.trim_end()) <= STATE;
        let state = fit(if fits { joined.trim_end() } else { entry.state }, STATE);
        let front = state + GAP + &fit(&local(entry.first_seen), DATE) + GAP + &size_of(&entry.mail) + GAP;
        self.push(&mut out, &front, &self.uidl(&entry.mail, entry.ordinal, width(&front)));
        if !fits {
            let reason = cut(&sanitize(entry.reason.as_bytes()), self.columns().saturating_sub(4));
            self.push(&mut out, "    ", &reason);
        }
        if let Some(since) = entry.absent_since {
            self.push(&mut out, "    ", &format!("not on the server since {}", local(since)));
        }
        out
    }

    fn planned(&self, planned: &Planned<'_>) -> String {
        let mail = &planned.mail;
        let mut out = self.heading(Table::Planned { account: mail.account.to_owned() }, || {
            let columns =
                format!("{}{GAP}{:>SIZE$}{GAP}{}{GAP}UIDL", fit("ACTION", ACTION), "SIZE", fit("WHY", REASON));
            format!("{}\n{columns}", cut(&shown(mail.account), self.columns()))
        });
        let action = fit(planned.action.word(), ACTION);
        let front = action + GAP + &size_of(mail) + GAP + &fit(&shown(planned.reason), REASON) + GAP;
        self.push(&mut out, &front, &self.uidl(mail, 1, width(&front)));
        out
    }

    fn uidl(&self, mail: &Mail<'_>, ordinal: u32, taken: usize) -> String {
        let mut uidl = sanitize(mail.uidl);
        if ordinal > 1 {
            uidl.push_str(&format!(" ({ordinal})"));
        }
        match self.screen {
            Screen::Terminal(columns) => cut_middle(&uidl, columns.saturating_sub(taken).max(8)),
            Screen::Stream => uidl,
        }
    }

    fn columns(&self) -> usize {
        match self.screen {
            Screen::Terminal(columns) => columns,
            Screen::Stream => COLUMNS,
        }
    }

    fn push(&self, out: &mut String, front: &str, rest: &str) {
        out.push_str(format!("{front}{rest}").trim_end());
        out.push('\n');
    }
}

impl Output for Human {
    fn record(&self, record: &Record<'_>) {
        let (text, flush) = match record {
            // Delivered mail speaks for itself; what went wrong is on standard error.
            Record::Delivered(_) | Record::Deleted(_) | Record::Skipped(_) | Record::Session(_) => return,
            // So does mail that was sent, is queued, or is gone from there.
            Record::Message(message) => return self.stderr.complain(message),
            Record::Queued(_) | Record::Removed(_) => return,
            Record::Row(row) => (self.row(row), Flush::Later),
            Record::Remembered(entry) => (self.remembered(entry), Flush::Later),
            Record::Planned(planned) => (self.planned(planned), Flush::Later),
            Record::Changed(changed) => (changed_line(changed), Flush::Now),
            Record::Probe(probe) => (probe::report(probe, self.columns()), Flush::Now),
            Record::Reply(reply) => (reply_line(reply), Flush::Now),
            // Whoever sent the command waits for every line of the answer.
            Record::Line(line) => (sanitize(line.text) + "\n", Flush::Now),
            Record::Entry(entry) => (self.entry(entry), Flush::Later),
            Record::Route(route) => (smtpsend::route(route), Flush::Now),
            Record::PlannedSend(planned) => (smtpsend::planned(planned), Flush::Later),
            Record::Content(content) => return self.stdout.write(content.octets, Flush::Later),
            Record::Answer(reply) => (smtpsend::answer(reply), Flush::Now),
            Record::Script(script) => (smtpsend::script(script), Flush::Now),
            Record::Imapctl(told) => {
                self.stderr.told(told);
                (self.imapctl(told), told.what.flush())
            }
        };
        self.stdout.write(text.as_bytes(), flush);
    }

    fn warn(&self, warning: &Warning<'_>) {
        self.stderr.warn(warning);
    }

    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.stderr.error(failure, mail);
    }

    fn finish(&self, _: &Summary) -> Result<(), Failure> {
        self.stdout.finish(Carries::Report)
    }

    fn is_closed(&self) -> bool {
        self.stdout.has_failed()
    }
}

/// A time in the local zone, to the minute.
pub(super) fn local(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "unknown".into(),
    }
}

fn shown(text: &str) -> String {
    sanitize(text.as_bytes())
}

fn number_of(mail: &Mail<'_>, columns: usize) -> String {
    let number = mail.number.map(|number| number.to_string()).unwrap_or_default();
    format!("{number:>columns$}")
}

fn size_of(mail: &Mail<'_>) -> String {
    let size = mail.size.map_or_else(|| "?".to_owned(), octets);
    format!("{size:>SIZE$}")
}

fn date_of(header: &Header<'_>) -> String {
    fit(&header.date.map(local).unwrap_or_default(), DATE)
}

fn changed_line(changed: &Changed<'_>) -> String {
    let messages = match changed.messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    match changed.change {
        Change::MarkedSeen => format!("{messages} marked as seen\n"),
        Change::Forgotten => format!("{messages} forgotten\n"),
        Change::Imported => format!("{messages} imported\n"),
    }
}

fn reply_line(reply: &Reply<'_>) -> String {
    format!("{} {}", reply.status.mark(), shown(reply.text)).trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Program;
    use super::super::progress::{Progress, Surface};
    use super::super::record::Action;
    use super::super::streams::Quiet;
    use super::*;
    use crate::pop3::MessageNumber;

    pub(super) fn human(screen: Screen) -> Human {
        let stderr =
            Stderr::new(Program::Popfetch, Progress::new(Program::Popfetch, Surface::Hidden), Paint::Off, Quiet::No);
        Human::new(Stdout::over(Box::new(std::io::sink())), stderr, Paint::Off, screen)
    }

    fn mail(uidl: &[u8]) -> Mail<'_> {
        Mail { account: "work", uidl, number: MessageNumber::new(7), size: Some(123_456) }
    }

    fn row<'a>(uidl: &'a [u8], from: &'a str, subject: &'a str) -> Row<'a> {
        let header = Header { from, date: Some(SystemTime::UNIX_EPOCH), subject };
        Row { mail: mail(uidl), state: "delete-pending", of: 10, header: Some(header) }
    }

    #[test]
    fn a_listing() {
        let human = human(Screen::Stream);
        let text = human.row(&Row { header: None, ..row(b"whqtswO00WBw418f9t5JxYwZ", "", "") });
        assert_eq!(
            text,
            "NUMBER   SIZE  STATE             UIDL\n     7   121K  delete-pending    whqtswO00WBw418f9t5JxYwZ\n"
        );
        let text = human.row(&Row { header: None, ..row(b"x", "", "") });
        assert!(!text.contains("NUMBER"), "the heading comes once");
    }

    #[test]
    fn hostile_and_wide_headers_stay_in_their_columns() {
        let human = human(Screen::Terminal(80));
        let wide = "日本語".repeat(30);
        for (from, subject) in [
            (wide.as_str(), wide.as_str()),
            ("\x1b]0;title\x07\u{202e}evil", "a\r\nb\0\u{9b}31m"),
            ("", ""),
            (&"x".repeat(500), &"y".repeat(500)),
        ] {
            let text = human.row(&row(&[b'u'; 300], from, subject));
            for line in text.lines() {
                assert!(width(line) <= 80, "{line}");
                assert!(!line.chars().any(crate::text::is_unsafe), "{line:?}");
            }
            let second = text.lines().last().unwrap();
            let date = second.find("1970-01-01").or_else(|| second.find("1969-12-31")).unwrap();
            assert_eq!(date, 8);
            assert!(!text.lines().any(|line| line.ends_with(' ')));
        }
    }

    #[test]
    fn unique_ids_are_whole_in_pipes_and_recognisable_on_terminals() {
        let uidl = format!("{}END", "x".repeat(200));
        let entry = |human: &Human| {
            let remembered = Remembered {
                mail: mail(uidl.as_bytes()),
                ordinal: 2,
                state: "skipped",
                reason: "older",
                first_seen: SystemTime::UNIX_EPOCH,
                absent_since: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400)),
            };
            human.remembered(&remembered)
        };
        assert!(entry(&human(Screen::Stream)).contains(&format!("{uidl} (2)\n")));
        let text = entry(&human(Screen::Terminal(80)));
        assert!(
            text.contains("…") && text.contains("END (2)\n") && text.lines().all(|line| width(line) <= 80),
            "{text}"
        );
        assert!(text.contains("skipped older ") && text.contains("not on the server since 1970"), "{text}");
    }

    #[test]
    fn a_dry_run_tells_what_it_would_do() {
        let human = human(Screen::Stream);
        let planned = Planned { mail: mail(b"u"), action: Action::FetchAndDelete, reason: "new" };
        assert_eq!(
            human.planned(&planned),
            "work\nACTION          SIZE  WHY                       UIDL\n\
             fetch, delete   121K  new                       u\n"
        );
        let other = Planned { mail: Mail { account: "home", ..mail(b"v") }, ..planned };
        assert!(human.planned(&other).starts_with("home\n"));
    }

    #[test]
    fn replies_and_changes() {
        let reply = Reply { account: "work", command: "STAT", status: super::super::record::Status::Ok, text: "3 120" };
        assert_eq!(reply_line(&reply), "+OK 3 120\n");
        let changed = Changed { account: "work", change: Change::Imported, messages: 1 };
        assert_eq!(changed_line(&changed), "1 message imported\n");
    }
}
