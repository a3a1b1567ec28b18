//! Where appended messages come from.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::cli::args::imapctl::AppendFormat;
use crate::cli::exit::Failure;
use crate::cli::piped::Piped;
use crate::mail::intake::{Form, Intake, Supply};
use crate::net::Timeouts;
use crate::text::sanitize;

/// The messages of these files, `-` or none being standard input. A FIFO is read as long as somebody writes, and a signal ends it.
///
/// Fails with 66 if one of them is not there or cannot be read.
pub(super) fn open(files: &[PathBuf], format: AppendFormat, timeouts: &Timeouts) -> Result<Intake, Failure> {
    let form = match format {
        AppendFormat::Auto => Form::Any,
        AppendFormat::Eml => Form::Message,
        AppendFormat::Maildir => Form::Maildir,
        AppendFormat::Mbox => Form::Mbox,
    };
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    let supplies: Result<Vec<Supply>, Failure> = files.iter().map(|path| supply(path, timeouts)).collect();
    Ok(Intake::new(supplies?, form))
}

fn supply(path: &Path, timeouts: &Timeouts) -> Result<Supply, Failure> {
    if path == Path::new("-") {
        let input = Box::new(Piped::stdin(timeouts.clone())?);
        return Ok(Supply::Reader { label: "standard input".into(), input });
    }
    let absent = |error| Failure::no_input(path, &error);
    let about = path.metadata().map_err(absent)?;
    if about.is_file() || about.is_dir() {
        File::open(path).map_err(absent)?;
        return Ok(Supply::Path(path.to_owned()));
    }
    let input = Box::new(Piped::open(path, timeouts.clone()).map_err(absent)?);
    Ok(Supply::Reader { label: sanitize(path.as_os_str().as_encoded_bytes()), input })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn files_that_are_not_there_are_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join("there");
        std::fs::write(&there, "Subject: x\n").unwrap();
        let opened = |files: &[PathBuf]| open(files, AppendFormat::Auto, &Timeouts::default());
        assert_eq!(opened(&[there.clone(), dir.path().join("none")]).unwrap_err().exit, Exit::NO_INPUT);
        let labels: Vec<String> =
            opened(std::slice::from_ref(&there)).unwrap().map(|message| message.unwrap().label).collect();
        assert_eq!(labels, [there.to_str().unwrap()]);
    }

    #[test]
    fn a_fifo_is_a_message() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        let mut intake = open(std::slice::from_ref(&path), AppendFormat::Auto, &Timeouts::default()).unwrap();
        let writer = std::thread::spawn(move || {
            File::options().write(true).open(path).unwrap().write_all(b"Subject: x\n\nbody").unwrap();
        });
        let message = intake.next().unwrap().unwrap();
        writer.join().unwrap();
        assert_eq!(message.octets, 20);
        assert!(intake.next().is_none());
    }
}
