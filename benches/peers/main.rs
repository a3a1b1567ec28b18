//! popfetch, smtpsend and imapctl beside the tools people use today, and beside the limits that nobody can beat.
//!
//! `cargo bench --bench peers -- [--only a,b] [--runs N]` starts a private Dovecot on loopback, fills its mailboxes with
//! generated mail (the same every time), and lets every program that is installed fetch it, in turn; it starts smtp-sink
//! and a private Postfix that throws mail away, and lets every program that is installed send; lets imapctl and himalaya
//! look into the Dovecot's folders; and prints the tables of the README. The bed and the results stay in `--bed DIR`, so that scenarios can be run one at a time; `--report` prints
//! the tables of what was measured so far.
//!
//! Limits stand beside the programs. `raw`: the same commands written blindly through one connection, the answers thrown
//! away. `floor`: the same files written durably in batches, without a network.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it reports on a terminal")]
#![allow(unreachable_pub, reason = "a benchmark is no library")]

mod identity;
mod imap;
mod measure;
mod pop3;
mod proxy;
mod report;
mod scenario;
mod smtp;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum as _};

use pop3::floor;
use scenario::Scenario;
use smtp::raw;

/// Times popfetch, smtpsend and imapctl beside their peers.
#[derive(Debug, Parser)]
struct Args {
    /// Scenarios to run, separated by commas; all of them by default.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Timed runs of each program, after one that is not counted.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Messages in the mailbox of the scenarios "memory-disk" and "disk".
    #[arg(long, default_value_t = 20_000)]
    messages: u32,
    /// Round trip in milliseconds, where one is simulated.
    #[arg(long, default_value_t = 40)]
    rtt: u32,
    /// Where the bed lies, on the file system that is to be measured.
    #[arg(long, default_value_os_t = std::env::temp_dir().join("mailwire-peers"))]
    bed: PathBuf,
    /// A directory on a file system in memory.
    #[arg(long, default_value = "/dev/shm")]
    tmpfs: PathBuf,
    /// Programs to run besides ours and the limits.
    #[arg(long, value_delimiter = ',', default_value = "mpop,fetchmail,curl,smtp-source,msmtp,s-nail,swaks,himalaya")]
    peers: Vec<String>,
    /// The popfetch to measure.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_popfetch"))]
    popfetch: PathBuf,
    /// The smtpsend to measure.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_smtpsend"))]
    smtpsend: PathBuf,
    /// The imapctl to measure.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_imapctl"))]
    imapctl: PathBuf,
    /// Print the table of what was measured so far, and run nothing.
    #[arg(long)]
    report: bool,
    /// What cargo passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    // Limits and the relay are processes of their own, so that their times and memory are not those of this one.
    let words: Vec<_> = std::env::args_os().collect();
    let done = match words.as_slice() {
        [_, word, source, target] if word == floor::WORD => floor::write(source.as_ref(), target.as_ref()),
        [_, word, port, octets] if word == raw::WORD => raw::write(port, octets.as_ref()),
        [_, word, target, round_trip] if word == proxy::WORD => proxy::relay(target, round_trip),
        _ => run(&Args::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let results = args.bed.join("results");
    if !args.report {
        std::fs::create_dir_all(&results)?;
        let chosen = if args.only.is_empty() { Scenario::value_variants() } else { &args.only };
        // Each is started when it is first needed.
        let (mut pop3, mut smtp, mut imap) = (None, None, None);
        for scenario in chosen.iter().copied() {
            eprintln!("== {}", scenario.name());
            let row = match scenario {
                Scenario::Pop3(scenario) => started(&mut pop3, || pop3::Bench::start(args))?.run(scenario)?,
                Scenario::Smtp(scenario) => started(&mut smtp, || smtp::Bench::start(args))?.run(scenario)?,
                Scenario::Imap(scenario) => started(&mut imap, || imap::Bench::start(args))?.run(scenario)?,
            };
            report::keep(&results, scenario, &row)?;
        }
    }
    report::print(&results)
}

fn started<B>(bench: &mut Option<B>, start: impl FnOnce() -> Result<B>) -> Result<&B> {
    Ok(match bench {
        Some(bench) => bench,
        None => bench.insert(start()?),
    })
}
