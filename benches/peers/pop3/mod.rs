//! What is measured of popfetch, and what it promises of it.

pub mod bed;
pub mod floor;
pub mod mail;
mod programs;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Args;
use super::measure::{Runs, Taken, seconds, start_up};
use super::proxy::Proxy;
use super::report::Row;
use super::scenario::Pop3 as Scenario;
use bed::{Bed, Mailbox};
use programs::{Job, Program};

/// A program that has taken so long altogether is not run again.
const ENOUGH: Duration = Duration::from_secs(60);

/// The table's columns.
pub const COLUMNS: [&str; 6] = ["popfetch", "raw", "floor", "mpop", "fetchmail", "curl"];

/// Everything a scenario needs.
pub struct Bench<'a> {
    args: &'a Args,
    bed: Bed,
    peers: Vec<Program>,
    /// On the disk and in memory; gone afterwards.
    disk: PathBuf,
    memory: tempfile::TempDir,
}

/// What the programs took, and the floor where it was asked for.
struct Times {
    runs: BTreeMap<Program, Runs>,
    floor: Option<Duration>,
}

impl<'a> Bench<'a> {
    pub fn start(args: &'a Args) -> Result<Self> {
        let peers = Program::PEERS.into_iter().filter(|program| args.peers.iter().any(|name| name == program.name()));
        let (present, absent): (Vec<_>, Vec<_>) = peers.partition(|program| program.version().is_some());
        for program in absent {
            eprintln!("{} is not installed and is left out", program.name());
        }
        let bed = Bed::start(&args.bed)?;
        let disk = bed.dir.join("work");
        let memory = tempfile::Builder::new().prefix("mailwire-peers-").tempdir_in(&args.tmpfs)?;
        Ok(Self { args, bed, peers: present, disk, memory })
    }

    pub fn run(&self, scenario: Scenario) -> Result<Row> {
        match scenario {
            Scenario::Tmpfs => self.tmpfs(),
            Scenario::Disk => self.disk(),
            Scenario::Distant => self.distant(),
            Scenario::NothingNew => self.nothing_new(),
            Scenario::NothingNewHuge => self.nothing_new_huge(),
            Scenario::Giant => self.giant(),
            Scenario::Huge => self.huge(),
            Scenario::Version => self.version(),
        }
    }

    fn tmpfs(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(self.args.messages, 2_000)?;
        let times = self.fetches(&mailbox, self.memory.path(), self.bed.port, Floor::Written)?;
        let (popfetch, raw) = (times.wall(Program::Popfetch)?, times.wall(Program::Raw)?);
        let ratio = popfetch.as_secs_f64() / raw.as_secs_f64();
        let popfetch = format!("{} = {ratio:.2} × raw", seconds(popfetch));
        let work = format!("{}, written to tmpfs", mails(&mailbox));
        Ok(times.row(&work, "1.3 × raw", popfetch, Some(ratio <= 1.3)))
    }

    fn disk(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(self.args.messages, 2_000)?;
        let times = self.fetches(&mailbox, &self.disk.join("disk"), self.bed.port, Floor::Written)?;
        let popfetch = times.wall(Program::Popfetch)?;
        let limit = times.wall(Program::Raw)? + times.floor.unwrap_or_default();
        let beside = match times.wall(Program::Mpop) {
            Ok(mpop) => format!(" = mpop / {:.1}", mpop.as_secs_f64() / popfetch.as_secs_f64()),
            Err(_) => String::new(),
        };
        let target = format!("raw + floor = {}", seconds(limit));
        let work = format!("{}, written to disk", mails(&mailbox));
        Ok(times.row(&work, &target, format!("{}{beside}", seconds(popfetch)), Some(popfetch <= limit)))
    }

    fn distant(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(2_000, 6_000)?;
        let proxy = self.proxy()?;
        let times = self.fetches(&mailbox, &self.disk.join("distant"), proxy.port, Floor::Written)?;
        let popfetch = times.wall(Program::Popfetch)?;
        let limit = times.wall(Program::Raw)? + 5 * self.round_trip() + times.floor.unwrap_or_default();
        let target = format!("raw + 5 round trips + floor = {}", seconds(limit));
        let work = format!("{} at {} ms round trip, to disk", mails(&mailbox), self.args.rtt);
        Ok(times.row(&work, &target, seconds(popfetch), Some(popfetch <= limit)))
    }

    fn nothing_new(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(2_000, 6_000)?;
        let near = self.repeats(&mailbox, self.bed.port)?;
        let proxy = self.proxy()?;
        let far = self.repeats(&mailbox, proxy.port)?;
        let trips = |program| -> Result<f64> {
            let longer = far.wall(program)?.saturating_sub(near.wall(program)?);
            Ok(longer.as_secs_f64() / self.round_trip().as_secs_f64())
        };
        let popfetch = trips(Program::Popfetch)?;
        let mut row = Row {
            work: format!("nothing new, {} seen: round trips", mailbox.messages),
            target: "6.5".into(),
            met: Some(popfetch <= 6.5),
            ..Row::default()
        };
        row.set(Program::Popfetch.name(), format!("{popfetch:.1}"));
        for program in [Program::Mpop, Program::Fetchmail] {
            if let Ok(trips) = trips(program) {
                row.set(program.name(), format!("{trips:.1}"));
            }
        }
        Ok(row)
    }

    fn nothing_new_huge(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(50_000, 1_500)?;
        let times = self.repeats(&mailbox, self.bed.port)?;
        let wall = times.wall(Program::Popfetch)?;
        let cpu = times.runs.get(&Program::Popfetch).and_then(Runs::cpu).context("popfetch did not run")?;
        let quick = times.wall(Program::Mpop).is_ok_and(|mpop| wall <= mpop);
        let popfetch = format!("{}, CPU {:.0} ms", seconds(wall), cpu.as_secs_f64() * 1e3);
        let work = format!("nothing new, {} seen", mailbox.messages);
        Ok(times.row(&work, "mpop; CPU 60 ms", popfetch, Some(quick && cpu.as_millis() < 60)))
    }

    fn giant(&self) -> Result<Row> {
        let mailbox = self.bed.giant(1 << 30)?;
        let times =
            self.in_turn(&mailbox, self.memory.path(), self.bed.port, Floor::Skipped, 1, &[Program::Popfetch])?;
        Ok(times.memory_row("one message of 1 GiB: peak memory", 32))
    }

    fn huge(&self) -> Result<Row> {
        let mailbox = self.bed.mailbox(50_000, 1_500)?;
        let programs = [Program::Popfetch, Program::Mpop];
        let times = self.in_turn(&mailbox, self.memory.path(), self.bed.port, Floor::Skipped, 1, &programs)?;
        Ok(times.memory_row(&format!("{}: peak memory", mails(&mailbox)), 48))
    }

    fn version(&self) -> Result<Row> {
        let wall = start_up(&self.args.popfetch, &self.memory.path().join("errors"))?;
        let mut row = Row {
            work: "popfetch --version, median".into(),
            target: "3 ms".into(),
            met: Some(wall < Duration::from_millis(3)),
            ..Row::default()
        };
        row.set(Program::Popfetch.name(), format!("{:.1} ms", wall.as_secs_f64() * 1e3));
        Ok(row)
    }

    /// All programs fetch all of a mailbox, as often as was asked for.
    fn fetches(&self, mailbox: &Mailbox, place: &Path, port: u16, floor: Floor) -> Result<Times> {
        let mut programs = vec![Program::Raw, Program::Popfetch];
        programs.extend(&self.peers);
        self.in_turn(mailbox, place, port, floor, self.args.runs, &programs)
    }

    fn in_turn(
        &self,
        mailbox: &Mailbox,
        place: &Path,
        port: u16,
        floor: Floor,
        runs: u32,
        programs: &[Program],
    ) -> Result<Times> {
        let mut times = Times { runs: BTreeMap::new(), floor: None };
        for round in 0..=runs {
            for program in programs.iter().copied() {
                if !times.is_due(program) {
                    continue;
                }
                let job = self.job(mailbox, &place.join(round.to_string()), port, program);
                program.clear(&job)?;
                let invocation = program.invocation(&job)?;
                // What earlier runs left to be written is not this one's to wait for.
                rustix::fs::sync();
                let taken = invocation.run(&job.state.join("errors"))?;
                program.check(&job)?;
                self.tell(program, round, &taken);
                times.runs.entry(program).or_default().push(taken);
                self.discard(&job.target)?;
            }
            if let Floor::Written = floor {
                let target = place.join(round.to_string()).join("floor");
                rustix::fs::sync();
                let taken = floor::measure(&mailbox.files, &target)?;
                eprintln!("{round} floor {}", seconds(taken));
                self.discard(&target)?;
                if round > 0 || runs == 0 {
                    times.floor = Some(times.floor.map_or(taken, |floor| floor.min(taken)));
                }
            }
        }
        Ok(times)
    }

    /// Removes what a run has written, unless it is on the disk: ext4 does not use an inode again within minutes of its
    /// file's removal, and to find another one among thousands of those takes longer than anything measured here.
    fn discard(&self, written: &Path) -> Result<()> {
        if written.starts_with(self.memory.path()) {
            fs::remove_dir_all(written)?;
        }
        Ok(())
    }

    /// The programs that remember fetch all once, uncounted and to memory; then again and again, with nothing new.
    fn repeats(&self, mailbox: &Mailbox, port: u16) -> Result<Times> {
        let mut programs = vec![Program::Popfetch];
        programs.extend(self.peers.iter().filter(|program| **program != Program::Curl));
        let mut times = Times { runs: BTreeMap::new(), floor: None };
        let errors = self.bed.dir.join("errors");
        let job = |program: Program| Job {
            state: self.disk.join(&mailbox.user).join(program.name()).join("state"),
            ..self.job(mailbox, self.memory.path(), port, program)
        };
        for program in &programs {
            let job = job(*program);
            program.clear(&job)?;
            program.invocation(&job)?.run(&errors)?;
            program.check(&job)?;
        }
        for round in 0..=self.args.runs.saturating_mul(4) {
            for program in &programs {
                let taken = program.invocation(&job(*program))?.run(&errors)?;
                self.tell(*program, round, &taken);
                times.runs.entry(*program).or_default().push(taken);
            }
        }
        for program in programs {
            program.check(&job(program))?;
        }
        fs::remove_dir_all(self.disk.join(&mailbox.user))?;
        fs::remove_dir_all(self.memory.path().join(&mailbox.user))?;
        Ok(times)
    }

    fn job<'s>(&'s self, mailbox: &'s Mailbox, place: &Path, port: u16, program: Program) -> Job<'s> {
        let dir = place.join(&mailbox.user).join(program.name());
        let popfetch = &self.args.popfetch;
        Job { bed: &self.bed, mailbox, port, popfetch, target: dir.join("mail"), state: dir.join("state") }
    }

    fn tell(&self, program: Program, round: u32, taken: &Taken) {
        let (wall, cpu) = (seconds(taken.wall), taken.cpu.as_secs_f64());
        let memory = taken.memory >> 20;
        eprintln!("{round} {} {wall}, CPU {cpu:.3} s, {memory} MiB", program.name());
    }

    fn proxy(&self) -> Result<Proxy> {
        Proxy::start(self.bed.port, self.round_trip())
    }

    fn round_trip(&self) -> Duration {
        Duration::from_millis(self.args.rtt.into())
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        eprintln!("removing what was written; on ext4, give it five minutes before the next run");
        // It was for the programs to write, and may not be there at all.
        let _ = fs::remove_dir_all(&self.disk);
    }
}

/// What was measured with.
pub fn versions() -> Vec<String> {
    let programs = Program::PEERS.into_iter().chain([Program::Raw]).filter_map(Program::version);
    let ours = [format!("popfetch {}", env!("CARGO_PKG_VERSION")), format!("Dovecot {}", bed::version())];
    ours.into_iter().chain(programs).collect()
}

#[derive(Clone, Copy)]
enum Floor {
    Written,
    Skipped,
}

impl Times {
    fn is_due(&self, program: Program) -> bool {
        program == Program::Popfetch || self.runs.get(&program).is_none_or(|runs| runs.total() < ENOUGH)
    }

    fn wall(&self, program: Program) -> Result<Duration> {
        self.runs.get(&program).and_then(Runs::wall).with_context(|| format!("{} did not run", program.name()))
    }

    fn row(&self, work: &str, target: &str, popfetch: String, met: Option<bool>) -> Row {
        let mut row = Row { work: work.into(), target: target.into(), met, ..Row::default() };
        row.set(Program::Popfetch.name(), popfetch);
        for (program, runs) in &self.runs {
            if let Some(wall) = runs.wall().filter(|_| *program != Program::Popfetch) {
                row.set(program.name(), seconds(wall));
            }
        }
        if let Some(floor) = self.floor {
            row.set("floor", seconds(floor));
        }
        row
    }

    fn memory_row(&self, work: &str, most: u64) -> Row {
        let mut row = Row { work: work.into(), target: format!("{most} MiB"), ..Row::default() };
        for (program, runs) in &self.runs {
            let Some(memory) = runs.memory() else { continue };
            row.set(program.name(), format!("{:.1} MiB", memory as f64 / f64::from(1 << 20)));
            if *program == Program::Popfetch {
                row.met = Some(memory < most << 20);
            }
        }
        row
    }
}

fn mails(mailbox: &Mailbox) -> String {
    format!("{} mails, {} MB", mailbox.messages, mailbox.octets / 1_000_000)
}
