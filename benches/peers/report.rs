//! The table of the README.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::bed;
use super::programs::Program;
use super::scenarios::Scenario;

/// A row of the table; an empty cell was not measured.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Row {
    pub work: String,
    /// What popfetch is to keep within.
    pub target: String,
    pub popfetch: String,
    pub raw: String,
    pub floor: String,
    pub mpop: String,
    pub fetchmail: String,
    pub curl: String,
    /// Whether popfetch kept to its target.
    pub met: Option<bool>,
}

impl Row {
    pub fn set(&mut self, program: Program, text: String) {
        match program {
            Program::Popfetch => self.popfetch = text,
            Program::Mpop => self.mpop = text,
            Program::Fetchmail => self.fetchmail = text,
            Program::Curl => self.curl = text,
            Program::Raw => self.raw = text,
        }
    }
}

/// Keeps the row of a scenario for the table.
pub fn keep(dir: &Path, scenario: Scenario, row: &Row) -> Result<()> {
    fs::write(dir.join(scenario.name()), serde_json::to_string(row)?)?;
    Ok(())
}

/// Prints the table of all rows that are there.
pub fn print(dir: &Path) -> Result<()> {
    println!("\n{}, {}.\n", jiff::Zoned::now().date(), machine());
    println!("| work | target | popfetch | raw | floor | mpop | fetchmail | curl |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut missed = Vec::new();
    for scenario in Scenario::ALL {
        let Ok(text) = fs::read_to_string(dir.join(scenario.name())) else { continue };
        let row: Row = serde_json::from_str(&text)?;
        let Row { work, target, popfetch, raw, floor, mpop, fetchmail, curl, met } = &row;
        let mark = if *met == Some(false) { " (missed)" } else { "" };
        println!("| {work} | {target} | {popfetch}{mark} | {raw} | {floor} | {mpop} | {fetchmail} | {curl} |");
        if *met == Some(false) {
            missed.push(scenario.name());
        }
    }
    match missed.as_slice() {
        [] => println!("\nEvery target is met."),
        names => println!("\nMissed: {}.", names.join(", ")),
    }
    Ok(())
}

/// What it was measured on, and with.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?.to_owned();
        Some(line.split_once(": ")?.1.to_owned())
    });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: String = kernel.split('.').take(2).collect::<Vec<_>>().join(".");
    let mut versions = vec![format!("popfetch {}", env!("CARGO_PKG_VERSION")), format!("Dovecot {}", bed::version())];
    versions.extend(Program::PEERS.into_iter().chain([Program::Raw]).filter_map(Program::version));
    let cpu = cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{cores} cores ({cpu}), Linux {kernel}; {}", versions.join(", "))
}
