//! Running a program, and what it took.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

/// A program and its arguments.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub words: Vec<OsString>,
    /// What it reads; nothing if absent.
    pub stdin: Option<PathBuf>,
    /// Exit codes besides 0 that mean success.
    pub also_good: &'static [i32],
    /// All of its environment; what this process has if empty.
    pub environment: Vec<(&'static str, OsString)>,
}

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
    /// The largest resident set, in octets.
    pub memory: u64,
}

impl Invocation {
    pub fn new<W: Into<OsString>>(words: impl IntoIterator<Item = W>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self { words, stdin: None, also_good: &[], environment: Vec::new() }
    }

    /// Runs it to its end; its standard error goes to `errors`. Fails if the program does.
    pub fn run(&self, errors: &Path) -> Result<Taken> {
        let (program, arguments) = self.words.split_first().context("no program")?;
        let shown = program.to_string_lossy();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(File::create(errors)?);
        if !self.environment.is_empty() {
            command.env_clear().envs(self.environment.iter().cloned());
        }
        match &self.stdin {
            Some(path) => command.stdin(File::open(path)?),
            None => command.stdin(Stdio::null()),
        };
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("starting {shown}"))?;
        let used = child.wait4()?;
        let wall = started.elapsed();
        let good = used.status.success() || used.status.code().is_some_and(|code| self.also_good.contains(&code));
        ensure!(good, "{shown} failed ({}): {}", used.status, std::fs::read_to_string(errors)?.trim());
        Ok(Taken { wall, cpu: used.rusage.utime + used.rusage.stime, memory: used.rusage.maxrss })
    }
}

/// The runs of one program; the first warms up and is not counted.
#[derive(Clone, Debug, Default)]
pub struct Runs(Vec<Taken>);

impl Runs {
    pub fn push(&mut self, taken: Taken) {
        self.0.push(taken);
    }

    /// The shortest of the counted runs.
    pub fn wall(&self) -> Option<Duration> {
        self.counted().map(|taken| taken.wall).min()
    }

    /// The least of the counted runs.
    pub fn cpu(&self) -> Option<Duration> {
        self.counted().map(|taken| taken.cpu).min()
    }

    /// The most of all runs.
    pub fn memory(&self) -> Option<u64> {
        self.0.iter().map(|taken| taken.memory).max()
    }

    /// The middle of the counted runs.
    pub fn median(&self) -> Option<Duration> {
        let mut walls: Vec<Duration> = self.counted().map(|taken| taken.wall).collect();
        walls.sort();
        walls.get(walls.len() / 2).copied()
    }

    /// All runs together.
    pub fn total(&self) -> Duration {
        self.0.iter().map(|taken| taken.wall).sum()
    }

    fn counted(&self) -> impl Iterator<Item = &Taken> {
        self.0.iter().skip(usize::from(self.0.len() > 1))
    }
}

/// How long a program takes to tell its version.
pub fn start_up(program: &Path, errors: &Path) -> Result<Duration> {
    let invocation = Invocation::new([program.as_os_str(), "--version".as_ref()]);
    let mut runs = Runs::default();
    for _ in 0..100 {
        runs.push(invocation.run(errors)?);
    }
    runs.median().context("it did not run")
}

/// A time as a cell of the table shows it.
pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
