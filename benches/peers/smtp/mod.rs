//! What is measured of smtpsend, and what it promises of it.

mod bed;
mod programs;
pub mod raw;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Args;
use super::measure::{Runs, start_up};
use super::proxy::Proxy;
use super::report::Row;
use super::scenario::Smtp as Scenario;
use bed::{Bed, Server};
use programs::{Job, Load, Program};

/// The table's columns.
pub const COLUMNS: [&str; 7] = ["smtpsend", "raw", "smtp-source", "curl", "msmtp", "s-nail", "swaks"];

/// Messages on one connection.
const MANY: u32 = 1_000;

/// As many for those that take four round trips for each.
const FEW: u32 = 25;

/// Everything a scenario needs.
pub struct Bench<'a> {
    args: &'a Args,
    bed: Bed,
    peers: Vec<Program>,
}

/// What the programs took.
#[derive(Default)]
struct Times(BTreeMap<Program, (Load, Runs)>);

impl<'a> Bench<'a> {
    pub fn start(args: &'a Args) -> Result<Self> {
        let peers = Program::PEERS.into_iter().filter(|program| args.peers.iter().any(|name| name == program.name()));
        let (present, absent): (Vec<_>, Vec<_>) = peers.partition(|program| program.version().is_some());
        for program in absent {
            eprintln!("{} is not installed and is left out", program.name());
        }
        Ok(Self { args, bed: Bed::start(&args.tmpfs)?, peers: present })
    }

    pub fn run(&self, scenario: Scenario) -> Result<Row> {
        match scenario {
            Scenario::One => self.one(Server::Sink),
            Scenario::OneTls => self.one(Server::PostfixTls),
            Scenario::Distant => self.distant(Server::Sink, 4.7),
            Scenario::DistantChunking => self.distant(Server::Postfix, 3.7),
            Scenario::Many => self.many(),
            Scenario::ManyDistant => self.many_distant(Server::Sink, 45.0),
            Scenario::ManyDistantChunking => self.many_distant(Server::Postfix, 5.0),
            Scenario::Giant => self.giant(),
            Scenario::Version => self.version(),
        }
    }

    fn one(&self, server: Server) -> Result<Row> {
        let times = self.in_turn(server, self.bed.port(server), self.args.runs * 10, |_| Load::One)?;
        let (wall, cpu) = times.shortest(Program::Smtpsend).context("smtpsend did not run")?;
        let half = times.shortest(Program::Curl).map(|(curl, _)| curl / 2);
        let quick = half.is_none_or(|half| wall < half);
        let (work, target, met) = match server {
            Server::PostfixTls => ("one message per process, TLS, the system's roots", "curl / 2", quick),
            Server::Sink | Server::Postfix => {
                let met = quick && wall < Duration::from_millis(8) && cpu < Duration::from_millis(4);
                ("one message per process", "curl / 2; 8 ms; CPU 4 ms", met)
            }
        };
        Ok(times.row(work, target, met, |_, runs| {
            let (wall, cpu) = (millis(runs.wall()?), millis(runs.cpu()?));
            Some(format!("{wall:.1} ms, CPU {cpu:.1} ms"))
        }))
    }

    fn distant(&self, server: Server, most: f64) -> Result<Row> {
        let proxy = self.proxy(server)?;
        let times = self.in_turn(server, proxy.port, self.args.runs * 2, |_| Load::One)?;
        let trip = millis(self.round_trip());
        let wall = times.runs(Program::Smtpsend).and_then(Runs::wall).context("smtpsend did not run")?;
        let met = millis(wall) / trip <= most;
        let work = format!("one message at {} ms{}: round trips", self.args.rtt, offering(server));
        let target = format!("{most:.1}");
        Ok(times.row(&work, &target, met, |_, runs| Some(format!("{:.2}", millis(runs.wall()?) / trip))))
    }

    fn many(&self) -> Result<Row> {
        let server = Server::Sink;
        let times = self.in_turn(server, self.bed.port(server), self.args.runs, |_| Load::Many(MANY))?;
        let each = times.each(Program::Smtpsend).context("smtpsend did not run")?;
        let met = times.each(Program::SmtpSource).is_none_or(|source| each <= 1.3 * source);
        Ok(times.each_row(&format!("{MANY} messages of 2 kB, one connection: each"), "1.3 × smtp-source", met))
    }

    fn many_distant(&self, server: Server, most: f64) -> Result<Row> {
        // Without CHUNKING a message takes a round trip of its own, which no number of runs makes shorter.
        let runs = if server == Server::Sink { 1 } else { self.args.runs };
        let proxy = self.proxy(server)?;
        let times = self.in_turn(server, proxy.port, runs, |program| match program {
            Program::Smtpsend | Program::Raw => Load::Many(MANY),
            _ => Load::Many(FEW),
        })?;
        let each = times.each(Program::Smtpsend).context("smtpsend did not run")?;
        let work = format!("the same at {} ms{}: each", self.args.rtt, offering(server));
        Ok(times.each_row(&work, &format!("{most} ms"), each < most))
    }

    fn giant(&self) -> Result<Row> {
        const MOST: u64 = 32;
        let server = Server::Sink;
        let times = self.in_turn(server, self.bed.port(server), 0, |_| Load::Attachment(1 << 30))?;
        let memory = times.runs(Program::Smtpsend).and_then(Runs::memory).context("smtpsend did not run")?;
        let (work, target) = ("an attachment of 1 GiB: peak memory", format!("{MOST} MiB"));
        Ok(times.row(work, &target, memory < MOST << 20, |_, runs| {
            Some(format!("{:.1} MiB", runs.memory()? as f64 / f64::from(1 << 20)))
        }))
    }

    fn version(&self) -> Result<Row> {
        let wall = start_up(&self.args.smtpsend, &self.bed.dir().join("errors"))?;
        let mut row = Row {
            work: "smtpsend --version, median".into(),
            target: "3 ms".into(),
            met: Some(wall < Duration::from_millis(3)),
            ..Row::default()
        };
        row.set(Program::Smtpsend.name(), format!("{:.1} ms", millis(wall)));
        Ok(row)
    }

    /// All programs that can send it, in turn, and once more than `runs`.
    fn in_turn(&self, server: Server, port: u16, runs: u32, load: impl Fn(Program) -> Load) -> Result<Times> {
        let mut times = Times::default();
        let errors = self.bed.dir().join("errors");
        let programs = [Program::Raw, Program::Smtpsend].into_iter().chain(self.peers.iter().copied());
        let programs: Vec<_> = programs.collect();
        for round in 0..=runs {
            for program in programs.iter().copied() {
                let load = load(program);
                let job = Job { bed: &self.bed, server, port, load, smtpsend: &self.args.smtpsend };
                let Some(invocation) = program.invocation(&job)? else { continue };
                let before = self.bed.taken(server)?;
                let taken = invocation.run(&errors)?;
                self.bed.settle(server, before + u64::from(load.messages()))?;
                let (wall, cpu, memory) = (millis(taken.wall), millis(taken.cpu), taken.memory >> 20);
                eprintln!("{round} {} {wall:.1} ms, CPU {cpu:.1} ms, {memory} MiB", program.name());
                times.0.entry(program).or_insert((load, Runs::default())).1.push(taken);
            }
        }
        Ok(times)
    }

    fn proxy(&self, server: Server) -> Result<Proxy> {
        Proxy::start(self.bed.port(server), self.round_trip())
    }

    fn round_trip(&self) -> Duration {
        Duration::from_millis(self.args.rtt.into())
    }
}

impl Times {
    fn runs(&self, program: Program) -> Option<&Runs> {
        self.0.get(&program).map(|(_, runs)| runs)
    }

    /// The least wall and CPU time.
    fn shortest(&self, program: Program) -> Option<(Duration, Duration)> {
        let runs = self.runs(program)?;
        Some((runs.wall()?, runs.cpu()?))
    }

    /// Milliseconds for each message, of the shortest run.
    fn each(&self, program: Program) -> Option<f64> {
        let (load, runs) = self.0.get(&program)?;
        Some(millis(runs.wall()?) / f64::from(load.messages()))
    }

    fn each_row(&self, work: &str, target: &str, met: bool) -> Row {
        self.row(work, target, met, |program, _| Some(format!("{:.2} ms", self.each(program)?)))
    }

    fn row(&self, work: &str, target: &str, met: bool, cell: impl Fn(Program, &Runs) -> Option<String>) -> Row {
        let mut row = Row { work: work.into(), target: target.into(), met: Some(met), ..Row::default() };
        for (program, (_, runs)) in &self.0 {
            if let Some(text) = cell(*program, runs) {
                row.set(program.name(), text);
            }
        }
        row
    }
}

/// What was measured with.
pub fn versions() -> Vec<String> {
    let ours = [format!("smtpsend {}", env!("CARGO_PKG_VERSION")), format!("Postfix {}", bed::version())];
    ours.into_iter().chain(Program::PEERS.into_iter().filter_map(Program::version)).collect()
}

fn offering(server: Server) -> &'static str {
    match server {
        Server::Sink => "",
        Server::Postfix | Server::PostfixTls => ", CHUNKING",
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
