//! What is measured of imapctl, and what it promises of it.

mod programs;
mod rows;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::Args;
use super::measure::{Runs, start_up};
use super::pop3::bed::{self, Bed, Mailbox};
use super::pop3::mail::Generator;
use super::proxy::Proxy;
use super::report::Row;
use super::scenario::Imap as Scenario;
use programs::{Job, Program, Work};

/// The table's columns.
pub const COLUMNS: [&str; 3] = ["imapctl", "himalaya", "curl"];

/// Most memory for whatever it does, in MiB.
const MEMORY: u64 = 32;

/// The folders of the user who has many.
const FOLDERS: u32 = 300;

/// Everything a scenario needs.
pub struct Bench<'a> {
    args: &'a Args,
    bed: Bed,
    port: u16,
    peers: Vec<Program>,
}

/// What the programs took.
type Times = BTreeMap<Program, Runs>;

impl<'a> Bench<'a> {
    pub fn start(args: &'a Args) -> Result<Self> {
        let peers = Program::PEERS.into_iter().filter(|program| args.peers.iter().any(|name| name == program.name()));
        let (present, absent): (Vec<_>, Vec<_>) = peers.partition(|program| program.version().is_some());
        for program in absent {
            eprintln!("{} is not installed and is left out", program.name());
        }
        // Beside the bed of POP3, which may be at work.
        let bed = Bed::start(&args.bed.join("imap"))?;
        let port = bed.imaps.context("Dovecot has no IMAP on this machine; on Debian: apt install dovecot-imapd")?;
        Ok(Self { args, bed, port, peers: present })
    }

    pub fn run(&self, scenario: Scenario) -> Result<Row> {
        match scenario {
            Scenario::List => self.list(),
            Scenario::ListDistant => self.list_distant(),
            Scenario::ListHuge => self.list_huge(),
            Scenario::SearchDistant => self.search_distant(),
            Scenario::FoldersDistant => self.folders_distant(),
            Scenario::Part => self.part(),
            Scenario::ShowGiant => self.show_giant(),
            Scenario::AppendGiant => self.append_giant(),
            Scenario::AppendMany => self.many("appended from a Maildir", |source| Work::AppendAll(&source.files)),
            Scenario::CopyMany => {
                self.many("copied from another account", |source| Work::CopyAll { user: &source.user, port: self.port })
            }
            Scenario::Rows => self.rows(),
            Scenario::Version => self.version(),
        }
    }

    fn list(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(20_000, 2_000)?;
        let times = self.in_turn(&mailbox, self.port, self.args.runs * 4, Work::List)?;
        let wall = wall(&times, Program::Imapctl)?;
        let work = format!("the newest 25 of {}", mailbox.messages);
        Ok(row(&times, &work, "25 ms", millis(wall) < 25.0, |runs| Some(format!("{:.1} ms", millis(runs.wall()?)))))
    }

    fn list_distant(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(20_000, 2_000)?;
        let proxy = self.proxy()?;
        let times = self.in_turn(&mailbox, proxy.port, self.args.runs * 2, Work::List)?;
        let trips = |runs: &Runs| Some(millis(runs.wall()?) / millis(self.round_trip()));
        let met = times.get(&Program::Imapctl).and_then(trips).is_some_and(|trips| trips <= 5.5);
        let work = format!("the same at {} ms: round trips", self.args.rtt);
        Ok(row(&times, &work, "5.5", met, |runs| Some(format!("{:.1}", trips(runs)?))))
    }

    fn list_huge(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(100_000, 1_000)?;
        let times = self.in_turn(&mailbox, self.port, 2, Work::List)?;
        Ok(memory_row(&times, &format!("the newest 25 of {}: peak memory", mailbox.messages)))
    }

    fn search_distant(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(20_000, 2_000)?;
        let work =
            format!("a search in {} at {} ms: round trips beyond the server's time", mailbox.messages, self.args.rtt);
        self.beyond(&mailbox, &work, Work::Search("invoice"))
    }

    fn folders_distant(&self) -> Result<Row> {
        let mailbox = self.many_folders()?;
        let work = format!("{FOLDERS} folders with counts at {} ms: round trips", self.args.rtt);
        self.beyond(&mailbox, &work, Work::Folders)
    }

    /// How many round trips longer it takes at a distance.
    fn beyond(&self, mailbox: &Mailbox, text: &str, work: Work<'_>) -> Result<Row> {
        let near = self.in_turn(mailbox, self.port, self.args.runs, work)?;
        let proxy = self.proxy()?;
        let far = self.in_turn(mailbox, proxy.port, self.args.runs, work)?;
        let trips = |program| -> Result<f64> {
            let longer = wall(&far, program)?.saturating_sub(wall(&near, program)?);
            Ok(millis(longer) / millis(self.round_trip()))
        };
        let met = trips(Program::Imapctl)? <= 6.0;
        let mut row = Row { work: text.into(), target: "6".into(), met: Some(met), ..Row::default() };
        for program in far.keys() {
            row.set(program.name(), format!("{:.1}", trips(*program)?));
        }
        Ok(row)
    }

    fn part(&self) -> Result<Row> {
        let mailbox = self.many_parts()?;
        let target = self.bed.dir.join("part");
        let mut row = Row {
            work: "a part of 25 kB of a message of 200 MiB: over the wire".into(),
            target: "100 kB".into(),
            ..Row::default()
        };
        for _ in 0..2 {
            // The server has looked at the message when it is asked for the second time.
            if target.exists() {
                fs::remove_dir_all(&target)?;
            }
            fs::create_dir(&target)?;
            let proxy = Proxy::start(self.port, Duration::ZERO)?;
            self.in_turn(&mailbox, proxy.port, 0, Work::Part(&target))?;
            let octets = proxy.passed()?;
            let saved = fs::read_dir(&target)?.next().context("nothing was saved")??.metadata()?.len();
            ensure!((20_000..30_000).contains(&saved), "{saved} octets were saved");
            row.met = Some(octets < 100_000);
            row.set(Program::Imapctl.name(), format!("{:.0} kB", octets as f64 / 1e3));
        }
        Ok(row)
    }

    fn show_giant(&self) -> Result<Row> {
        let mailbox = self.bed.giant(1 << 30)?;
        let times = self.in_turn(&mailbox, self.port, 0, Work::Show)?;
        Ok(memory_row(&times, "showing a message of 1 GiB: peak memory"))
    }

    fn append_giant(&self) -> Result<Row> {
        let source = self.bed.giant(1 << 30)?;
        let file = fs::read_dir(&source.files)?.next().context("the giant is not there")??.path();
        let mailbox = self.bed.filled("appended", |_| Ok((0, 0, 0)))?;
        let times = self.in_turn(&mailbox, self.port, 0, Work::Append(&file))?;
        let arrived = fs::read_dir(&mailbox.files)?.chain(fs::read_dir(mailbox.files.with_file_name("new"))?).count();
        ensure!(arrived == times.len(), "{arrived} messages arrived");
        // As big as they are, they are not kept.
        fs::remove_dir_all(self.bed.dir.join("home").join(&mailbox.user))?;
        fs::remove_file(self.bed.dir.join("home").join(format!("{}.filled", mailbox.user)))?;
        Ok(memory_row(&times, "appending a message of 1 GiB: peak memory"))
    }

    fn rows(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(20_000, 2_000)?;
        let (mut read, mut discarded) = (Duration::MAX, Duration::MAX);
        for _ in 0..=self.args.runs * 2 {
            discarded = discarded.min(rows::discard(&self.bed, &mailbox.user, self.port, mailbox.messages)?);
            read = read.min(rows::read(&self.bed, &mailbox.user, self.port, mailbox.messages)?);
            eprintln!("read in {read:?}, thrown away in {discarded:?}");
        }
        let ratio = read.as_secs_f64() / discarded.as_secs_f64();
        let mut row = Row {
            work: format!("{} rows of UID and flags, beside throwing them away", rows::ROWS),
            target: "1.1 ×".into(),
            met: Some(ratio <= 1.1),
            ..Row::default()
        };
        let text = format!("{:.2} s = {ratio:.2} × {:.2} s", read.as_secs_f64(), discarded.as_secs_f64());
        row.set(Program::Imapctl.name(), text);
        Ok(row)
    }

    /// A thousand small messages to a server far away.
    fn many(&self, how: &str, work: impl for<'m> Fn(&'m Mailbox) -> Work<'m>) -> Result<Row> {
        let source = self.bed.mailbox(1_000, 4_000)?;
        let mailbox = self.bed.filled("many", |_| Ok((0, 0, 0)))?;
        let proxy = self.proxy()?;
        let times = self.in_turn(&mailbox, proxy.port, 1, work(&source))?;
        fs::remove_dir_all(self.bed.dir.join("home").join(&mailbox.user))?;
        fs::remove_file(self.bed.dir.join("home").join(format!("{}.filled", mailbox.user)))?;
        let met = wall(&times, Program::Imapctl)? < Duration::from_secs(8);
        let text = format!("{} messages of 4 kB at {} ms, {how}", source.messages, self.args.rtt);
        Ok(row(&times, &text, "8 s", met, |runs| Some(format!("{:.1} s", runs.wall()?.as_secs_f64()))))
    }

    fn version(&self) -> Result<Row> {
        let wall = start_up(&self.args.imapctl, &self.bed.dir.join("errors"))?;
        let mut row = Row {
            work: "imapctl --version, median".into(),
            target: "3 ms".into(),
            met: Some(wall < Duration::from_millis(3)),
            ..Row::default()
        };
        row.set(Program::Imapctl.name(), format!("{:.1} ms", millis(wall)));
        Ok(row)
    }

    /// All programs that can do it, in turn, and once more than `runs`.
    fn in_turn(&self, mailbox: &Mailbox, port: u16, runs: u32, work: Work<'_>) -> Result<Times> {
        let mut times = Times::new();
        let errors = self.bed.dir.join("errors");
        for round in 0..=runs {
            for program in [Program::Imapctl].into_iter().chain(self.peers.iter().copied()) {
                let job = Job { bed: &self.bed, user: &mailbox.user, port, imapctl: &self.args.imapctl, work };
                let Some(invocation) = program.invocation(&job)? else { continue };
                let taken = invocation.run(&errors)?;
                let (wall, cpu, memory) = (millis(taken.wall), millis(taken.cpu), taken.memory >> 20);
                eprintln!("{round} {} {wall:.1} ms, CPU {cpu:.1} ms, {memory} MiB", program.name());
                times.entry(program).or_default().push(taken);
            }
        }
        Ok(times)
    }

    /// A user with many folders and ten messages in each.
    fn many_folders(&self) -> Result<Mailbox> {
        self.bed.filled("folders", |cur| {
            let maildir = cur.parent().context("a Maildir has a name")?;
            let mut generator = Generator::new(13, 1_000);
            for folder in 1..=FOLDERS {
                let dir = maildir.join(format!(".folder{folder}"));
                for part in ["new", "tmp", "cur"] {
                    fs::create_dir_all(dir.join(part))?;
                }
                for number in 1..=10 {
                    let message = generator.message(number);
                    fs::write(dir.join("cur").join(bed::name(number, message.len() as u64)), &message)?;
                }
            }
            Ok((10 * FOLDERS, 0, 0))
        })
    }

    /// A message of a text, 200 MiB of something, and 25 kB of something else.
    fn many_parts(&self) -> Result<Mailbox> {
        self.bed.filled("parts", |cur| {
            let path = cur.join("message");
            write_parts(&path)?;
            let octets = fs::metadata(&path)?.len();
            fs::rename(&path, cur.join(bed::name(1, octets)))?;
            Ok((1, octets, octets / 78))
        })
    }

    fn proxy(&self) -> Result<Proxy> {
        Proxy::start(self.port, self.round_trip())
    }

    fn round_trip(&self) -> Duration {
        Duration::from_millis(self.args.rtt.into())
    }
}

/// What was measured with.
pub fn versions() -> Vec<String> {
    let ours = [format!("imapctl {}", env!("CARGO_PKG_VERSION")), format!("Dovecot {}", bed::version())];
    ours.into_iter().chain(Program::PEERS.into_iter().filter_map(Program::version)).collect()
}

fn write_parts(path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        "From: a@example.net\r\nTo: b@example.org\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; \
         boundary=b0\r\n\r\n--b0\r\n\r\nTwo things are attached.\r\n"
    )?;
    for (name, lines) in [("large.bin", (200 << 20) / 78), ("small.bin", 25_000 / 57)] {
        write!(
            file,
            "--b0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: \
             attachment; filename={name}\r\n\r\n"
        )?;
        let line = format!("{}\r\n", "QUJD".repeat(19));
        for _ in 0..lines {
            file.write_all(line.as_bytes())?;
        }
    }
    write!(file, "--b0--\r\n")?;
    file.flush()?;
    Ok(())
}

fn wall(times: &Times, program: Program) -> Result<Duration> {
    times.get(&program).and_then(Runs::wall).with_context(|| format!("{} did not run", program.name()))
}

fn row(times: &Times, work: &str, target: &str, met: bool, cell: impl Fn(&Runs) -> Option<String>) -> Row {
    let mut row = Row { work: work.into(), target: target.into(), met: Some(met), ..Row::default() };
    for (program, runs) in times {
        if let Some(text) = cell(runs) {
            row.set(program.name(), text);
        }
    }
    row
}

fn memory_row(times: &Times, work: &str) -> Row {
    let memory = times.get(&Program::Imapctl).and_then(Runs::memory);
    let met = memory.is_some_and(|memory| memory < MEMORY << 20);
    row(times, work, &format!("{MEMORY} MiB"), met, |runs| {
        Some(format!("{:.1} MiB", runs.memory()? as f64 / f64::from(1 << 20)))
    })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
