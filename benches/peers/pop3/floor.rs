//! The least that durable delivery can cost: the same files, written in batches, no network.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// The first argument that makes this program write the floor.
pub const WORD: &str = "write-floor";

/// Messages and octets that are made durable together, as popfetch does.
const BATCH: usize = 1_024;
const BATCH_OCTETS: usize = 64 << 20;

/// The floor of the files in `source`, written to a new Maildir `target`, in a process of its own.
pub fn measure(source: &Path, target: &Path) -> Result<Duration> {
    let output = Command::new(std::env::current_exe()?).arg(WORD).arg(source).arg(target).output()?;
    ensure!(output.status.success(), "writing the floor: {}", String::from_utf8_lossy(&output.stderr));
    let seconds: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Duration::from_secs_f64(seconds))
}

/// Writes the floor and prints how many seconds it took.
pub fn write(source: &Path, target: &Path) -> Result<()> {
    let mut messages = Vec::new();
    for entry in fs::read_dir(source)? {
        messages.push(with_lf(fs::read(entry?.path())?));
    }
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(target.join(part))?;
    }
    let (tmp, new) = (target.join("tmp"), target.join("new"));
    let started = Instant::now();
    let directory = File::open(&new)?;
    let mut rest = messages.as_slice();
    let mut first = 0;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at_checked(batch_length(rest)).context("a batch is too long")?;
        for (number, message) in (first..).zip(batch) {
            File::create_new(tmp.join(number.to_string()))?.write_all(message)?;
        }
        rustix::fs::syncfs(&directory)?;
        for number in first..first + batch.len() {
            fs::rename(tmp.join(number.to_string()), new.join(number.to_string()))?;
        }
        directory.sync_all()?;
        first += batch.len();
        rest = after;
    }
    println!("{}", started.elapsed().as_secs_f64());
    Ok(())
}

fn batch_length(messages: &[Vec<u8>]) -> usize {
    let mut octets = 0;
    let fitting = messages.iter().take(BATCH).take_while(|message| {
        octets += message.len();
        octets <= BATCH_OCTETS
    });
    fitting.count().max(1)
}

fn with_lf(mut message: Vec<u8>) -> Vec<u8> {
    message.retain(|octet| *octet != b'\r');
    message
}
