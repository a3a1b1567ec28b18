//! SIGINT, SIGTERM and SIGHUP end what is being waited for, so that a run stops in order; the second one ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::net::Interrupt;

/// Makes what signals pull, and has them pull it.
pub(super) fn prepare() -> anyhow::Result<Arc<Interrupt>> {
    let interrupt = Arc::new(Interrupt::new().context("cannot make a pipe for signals")?);
    catch(&interrupt).context("cannot catch signals")?;
    Ok(interrupt)
}

/// From now on these signals pull the interrupt. A signal that is ignored, as nohup and shells have it for commands in
/// the background, stays ignored.
fn catch(interrupt: &Interrupt) -> io::Result<()> {
    let ignored = ignored();
    // A file that may not grow any more (RLIMIT_FSIZE) is an error of that write, and no reason to die.
    flag::register(Signal::XFSZ.as_raw(), Arc::default())?;
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if ignored & 1 << (signal - 1) != 0 {
            continue;
        }
        let came_before = Arc::new(AtomicBool::new(false));
        // Handlers run in the order of their registration: the first signal finds the flag unset.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&came_before))?;
        flag::register(signal, came_before)?;
        flag::register_usize(signal, interrupt.slot(), usize::try_from(signal).unwrap_or_default())?;
        low_level::pipe::register(signal, interrupt.writer().try_clone_to_owned()?)?;
    }
    Ok(())
}

/// The mask of ignored signals, where the system tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_pulls_the_interrupt() {
        let interrupt = Interrupt::new().unwrap();
        catch(&interrupt).unwrap();
        // Not SIGHUP, which nohup has ignored for everything below it.
        low_level::raise(SIGTERM).unwrap();
        assert_eq!(interrupt.signal(), Some(SIGTERM));
    }
}
