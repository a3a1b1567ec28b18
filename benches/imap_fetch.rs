//! How long a row of FETCH takes to read: `cargo bench --bench imap_fetch`.
//!
//! Rows are copied into one frame after the other, as the engine does it, read, and looked at as a listing would. The time
//! of copying alone stands beside it. 200 ns a row is the most that is allowed; the exit code tells.

#![allow(clippy::print_stdout, reason = "it reports on a terminal")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mailwire::imap::grammar::{Data, Response, response};
use mailwire::imap::{Frame, NameEncoding};

/// How many rows a run has: so few that it is over before another process wants the core.
const ROWS: u32 = 2_000;

/// How often it is run; the shortest run counts.
const RUNS: u32 = 500;

/// The most that a row of UID and flags may take.
const MOST: Duration = Duration::from_nanos(200);

fn main() -> ExitCode {
    let plain = |number: u32| format!("* {number} FETCH (UID {} FLAGS (\\Seen $Forwarded))", number + 3_588);
    let listed = |number: u32| {
        format!(
            "* {number} FETCH (UID {} FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 MODSEQ ({number}))",
            number + 3_588
        )
    };
    let row = measure("UID FLAGS", &plain);
    measure("UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ", &listed);
    if row <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the times of one kind of row, and gives that of reading one.
fn measure(name: &str, line: &dyn Fn(u32) -> String) -> Duration {
    let lines: Vec<String> = (1_000_000..1_000_000 + ROWS).map(line).collect();
    let mut frame = Frame::default();
    let copied = shortest(&lines, &mut frame, &mut |frame| frame.bytes.len() as u64);
    let read = shortest(&lines, &mut frame, &mut |frame| match response(frame, NameEncoding::Utf7) {
        Ok(Response::Data(Data::Fetch(row))) => {
            let seen = row.flags.as_ref().is_some_and(|flags| !flags.is_empty());
            row.uid.map_or(0, |uid| u64::from(uid.get())) + u64::from(seen)
        }
        _ => 0,
    });
    let row = read.saturating_sub(copied) / ROWS;
    let (read, copied) = (read / ROWS, copied / ROWS);
    println!("{name}: {row:?} a row ({read:?} with {copied:?} for its copy)");
    row
}

fn shortest(lines: &[String], frame: &mut Frame, take: &mut dyn FnMut(&Frame) -> u64) -> Duration {
    let run = |_| {
        let begun = Instant::now();
        let mut sum = 0u64;
        for line in lines {
            frame.bytes.clear();
            frame.bytes.extend_from_slice(line.as_bytes());
            sum = sum.wrapping_add(take(frame));
        }
        black_box(sum);
        begun.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}
