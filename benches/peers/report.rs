//! The tables of the README.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};

use super::scenario::Scenario;
use super::{imap, pop3, smtp};

/// A row of a table.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Row {
    pub work: String,
    /// What our program is to keep within.
    pub target: String,
    /// By the names of the columns; what is not there was not measured.
    pub cells: BTreeMap<String, String>,
    /// Whether our program kept to its target.
    pub met: Option<bool>,
}

impl Row {
    pub fn set(&mut self, column: &str, text: String) {
        self.cells.insert(column.to_owned(), text);
    }
}

/// Keeps the row of a scenario for the table.
pub fn keep(dir: &Path, scenario: Scenario, row: &Row) -> Result<()> {
    fs::write(dir.join(scenario.name()), serde_json::to_string(row)?)?;
    Ok(())
}

/// Prints the tables of all rows that are there.
pub fn print(dir: &Path) -> Result<()> {
    println!("\n{}, {}.", jiff::Zoned::now().date(), machine());
    let mut missed = Vec::new();
    missed.extend(table(dir, &pop3::COLUMNS, &pop3::versions(), |scenario| matches!(scenario, Scenario::Pop3(_)))?);
    missed.extend(table(dir, &smtp::COLUMNS, &smtp::versions(), |scenario| matches!(scenario, Scenario::Smtp(_)))?);
    missed.extend(table(dir, &imap::COLUMNS, &imap::versions(), |scenario| matches!(scenario, Scenario::Imap(_)))?);
    match missed.as_slice() {
        [] => println!("\nEvery target is met."),
        names => println!("\nMissed: {}.", names.join(", ")),
    }
    Ok(())
}

/// Prints one table, ours in its first column, and returns what missed its target.
fn table(
    dir: &Path,
    columns: &[&str],
    versions: &[String],
    belongs: impl Fn(&Scenario) -> bool,
) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    let mut lines = Vec::new();
    for scenario in Scenario::value_variants().iter().copied().filter(belongs) {
        let Ok(text) = fs::read_to_string(dir.join(scenario.name())) else { continue };
        let Row { work, target, cells, met } = serde_json::from_str(&text)?;
        let mut line = format!("| {work} | {target} |");
        for (number, column) in columns.iter().enumerate() {
            let mark = if number == 0 && met == Some(false) { " (missed)" } else { "" };
            line.push_str(&format!(" {}{mark} |", cells.get(*column).map_or("", String::as_str)));
        }
        lines.push(line);
        if met == Some(false) {
            missed.push(scenario.name());
        }
    }
    if !lines.is_empty() {
        println!("\n{}.\n\n| work | target | {} |", versions.join(", "), columns.join(" | "));
        println!("|{}\n{}", "---|".repeat(columns.len() + 2), lines.join("\n"));
    }
    Ok(missed)
}

/// What it was measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?.to_owned();
        Some(line.split_once(": ")?.1.to_owned())
    });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: String = kernel.split('.').take(2).collect::<Vec<_>>().join(".");
    let cpu = cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{cores} cores ({cpu}), Linux {kernel}")
}
