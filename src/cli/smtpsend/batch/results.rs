//! `--results FILE`: what became of each message, so that a second run sends nothing twice.
//!
//! ```text
//! {"type":"planned", id, digest, recipients, boot}         for many at a time, on the disk before any of them can leave
//! {"type":"started", id, digest, recipients}               written before the message leaves
//! {"type":"recipient", …, status}, {"type":"message", …}   as --json has them, with the digest; written once it is known
//! ```
//!
//! A process that is killed leaves all that it wrote, so that only what was started and not answered is in doubt; the system
//! that crashes leaves at least what was planned, and all of that is in doubt then. It is told by the identifier that every
//! boot has, where the system has one.
//!
//! A message is known by its name and its digest, a nameless one by its digest and how many like it stood before it. A
//! recipient whose message was started and has no verdict may have got it: who was told so decides, no program does. What
//! a later line says of a recipient is what counts.

mod line;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde_json::Value;

use super::item::{Digest, Naming};
use super::lock;
use line::{key, looks_like_ours, parse};

use crate::cli::args::OnUnknown;
use crate::cli::output::json;
use crate::cli::output::record::{MessageResult, RecipientResult, Record};
use crate::cli::smtpsend::letter::Letter;
use crate::error::{Error, Result};
use crate::file_lock::FileLock;
use crate::smtp::Recipient;
use crate::store::fs::{FileSystem, System};
use crate::text::{rfc3339, sanitize};

/// A line is not longer than this; what is was written by something else.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// An opened file of results, locked against other runs.
pub(super) struct Results {
    fs: Arc<dyn FileSystem>,
    path: PathBuf,
    on_unknown: OnUnknown,
    /// Names the time since the system started.
    boot: String,
    /// What earlier runs have left of each recipient of a message.
    past: HashMap<u128, Past>,
    /// How many nameless messages of each digest were seen in this run.
    copies: Mutex<HashMap<Digest, u64>>,
    refused: AtomicU64,
    writing: Mutex<Writing>,
}

/// What an earlier run has left of a recipient of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Past {
    Accepted,
    Refused,
    /// Perhaps sent.
    Unknown,
    /// To be tried again.
    Open,
}

struct Writing {
    file: FileLock,
    /// What is under way. Names will not do: a line without one may be called as another one is.
    marks: HashMap<usize, Mark>,
    /// After one write has failed, nothing is promised any more.
    failed: bool,
}

/// What is noted of a letter under way.
pub(super) struct Mark {
    name: Name,
    digest: Digest,
    stage: Stage,
    /// Recipients whom an earlier run has left in doubt.
    unknown: Vec<RecipientResult>,
}

impl Mark {
    pub(super) fn new(name: Name, digest: Digest, unknown: Vec<RecipientResult>) -> Self {
        Self { name, digest, stage: Stage::Expected, unknown }
    }
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Stage {
    Expected,
    Planned,
    Started,
}

/// By what a message is told from others with the same content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Name {
    /// Its own name.
    Own,
    /// The how manieth it is, from 1.
    Copy(u64),
}

/// The recipients of a message, by what is to be done.
pub(super) struct Sifted {
    pub(super) open: Vec<Recipient>,
    /// Addresses.
    pub(super) unknown: Vec<String>,
    pub(super) name: Name,
}

impl Results {
    /// Opens the file, made if it is absent, and reads what earlier runs wrote.
    ///
    /// Fails with [`Error::Locked`] if another run has it, and with [`Error::State`] if it is damaged or no file of results.
    pub(super) fn open(path: &Path, on_unknown: OnUnknown) -> Result<Self> {
        Self::open_on(Arc::new(System), path, on_unknown, this_boot()?)
    }

    fn open_on(fs: Arc<dyn FileSystem>, path: &Path, on_unknown: OnUnknown, boot: String) -> Result<Self> {
        let failed = |source| Error::create(format!("cannot open the results {}", shown(path)), source);
        let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let dir = fs.open_dir(parent).map_err(failed)?;
        let file = fs.open_append(&dir, OsStr::new(name)).map_err(failed)?;
        let Some(file) = FileLock::try_on(file).map_err(failed)? else {
            return Err(Error::Locked { what: format!("the results {}", shown(path)) });
        };
        fs.sync_dir(&dir).map_err(failed)?;
        let mut results = Self {
            past: HashMap::new(),
            copies: Mutex::default(),
            refused: AtomicU64::new(0),
            writing: Mutex::new(Writing { file, marks: HashMap::new(), failed: false }),
            fs,
            path: path.to_owned(),
            on_unknown,
            boot,
        };
        results.load()?;
        Ok(results)
    }

    /// What is to be done for these recipients of a message.
    pub(super) fn sift(&self, id: &str, naming: Naming, digest: Digest, recipients: &[Recipient]) -> Sifted {
        let name = match naming {
            Naming::Own => Name::Own,
            Naming::Place => {
                let mut copies = lock(&self.copies);
                let count = copies.entry(digest).or_default();
                *count += 1;
                Name::Copy(*count)
            }
        };
        let mut sifted = Sifted { open: Vec::new(), unknown: Vec::new(), name };
        for recipient in recipients {
            let address = recipient.address.to_string();
            match self.past.get(&key(id, name, &digest.to_hex(), &address)) {
                Some(Past::Accepted) => {}
                Some(Past::Refused) => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Some(Past::Unknown) if self.on_unknown == OnUnknown::Hold => sifted.unknown.push(address),
                Some(Past::Unknown | Past::Open) | None => sifted.open.push(recipient.clone()),
            }
        }
        sifted
    }

    /// Says that a letter will be sent or settled.
    pub(super) fn expect(&self, letter: &Letter, mark: Mark) {
        lock(&self.writing).marks.insert(place(letter), mark);
    }

    /// Notes that these are going to leave, on the disk.
    pub(super) fn plan(&self, account: &str, letters: &mut dyn Iterator<Item = &Letter>) -> Result<()> {
        self.advance(account, Stage::Planned, letters)
    }

    /// Notes that these may have left, before they do. They were planned.
    pub(super) fn leaving(&self, account: &str, letters: &mut dyn Iterator<Item = &Letter>) -> Result<()> {
        self.advance(account, Stage::Started, letters)
    }

    /// Notes for letters that they have come to a stage, unless that was noted before.
    fn advance(&self, account: &str, stage: Stage, letters: &mut dyn Iterator<Item = &Letter>) -> Result<()> {
        let mut writing = lock(&self.writing);
        let mut lines = String::new();
        let mut noted = Vec::new();
        let mut unplanned = false;
        for letter in letters {
            if let Some(mark) = writing.marks.get(&place(letter)).filter(|mark| mark.stage < stage) {
                lines.push_str(&self.intent(account, letter, mark, stage));
                noted.push(place(letter));
                unplanned |= mark.stage < Stage::Planned;
            }
        }
        // Also where nothing is to be noted: nobody could note what becomes of them.
        self.write(&mut writing, &lines)?;
        if unplanned {
            self.sync(&mut writing)?;
        }
        for place in noted {
            if let Some(mark) = writing.marks.get_mut(&place) {
                mark.stage = stage;
            }
        }
        Ok(())
    }

    /// Notes what became of a letter, or of what is none, and adds whom an earlier run has left in doubt.
    pub(super) fn settle(&self, letter: Option<&Letter>, result: &mut MessageResult) -> Result<()> {
        let mut writing = lock(&self.writing);
        let mark = letter.and_then(|letter| writing.marks.remove(&place(letter)));
        let now = rfc3339(SystemTime::now());
        let mut lines = String::new();
        let record = json::lines(&Record::Message(result));
        for line in record.lines() {
            let Some(open) = line.strip_suffix('}') else { continue };
            lines.push_str(open);
            let mut add = |name: &str, value: &str| lines.push_str(&format!(",\"{name}\":{value}"));
            if let Some(Mark { name, digest, .. }) = &mark {
                add("digest", &format!("\"{}\"", digest.to_hex()));
                if let Name::Copy(copy) = name {
                    add("copy", &copy.to_string());
                }
            }
            add("time", &format!("\"{now}\""));
            lines.push_str("}\n");
        }
        result.recipients.extend(mark.into_iter().flat_map(|mark| mark.unknown));
        self.write(&mut writing, &lines)
    }

    /// Makes all of it durable.
    pub(super) fn finish(&self) -> Result<()> {
        let mut writing = lock(&self.writing);
        // What has failed was told of.
        if writing.failed { Ok(()) } else { self.sync(&mut writing) }
    }

    /// How many recipients were left out because an earlier run saw them refused.
    pub(super) fn refused_before(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn write(&self, writing: &mut Writing, lines: &str) -> Result<()> {
        if writing.failed {
            let source = std::io::Error::other("an earlier write failed");
            return Err(Error::io(format!("cannot write the results {}", shown(&self.path)), source));
        }
        self.fs.write_all(&writing.file, lines.as_bytes()).map_err(|source| {
            writing.failed = true;
            Error::io(format!("cannot write the results {}", shown(&self.path)), source)
        })
    }

    fn sync(&self, writing: &mut Writing) -> Result<()> {
        self.fs.sync_file(&writing.file).map_err(|source| {
            writing.failed = true;
            Error::io(format!("cannot flush the results {}", shown(&self.path)), source)
        })
    }

    /// A line that says that a letter is going to leave.
    fn intent(&self, account: &str, letter: &Letter, mark: &Mark, stage: Stage) -> String {
        let text = |text: &str| Value::from(text).to_string();
        let recipients = letter.envelope.recipients.iter().map(|recipient| text(&recipient.address.to_string()));
        let recipients: Vec<String> = recipients.collect();
        let (kind, boot) = match stage {
            Stage::Started => ("started", String::new()),
            _ => ("planned", format!(",\"boot\":{}", text(&self.boot))),
        };
        let copy = match mark.name {
            Name::Own => String::new(),
            Name::Copy(copy) => format!(",\"copy\":{copy}"),
        };
        format!(
            "{{\"type\":\"{kind}\",\"account\":{},\"id\":{},\"recipients\":[{}],\"digest\":\"{}\"{copy}{boot},\
             \"time\":\"{}\"}}\n",
            text(account),
            text(&letter.id),
            recipients.join(","),
            mark.digest.to_hex(),
            rfc3339(SystemTime::now()),
        )
    }

    /// Reads the file, and cuts off what a run that was killed left of its last line.
    fn load(&mut self) -> Result<()> {
        let path = self.path.clone();
        let cannot = |source| Error::io(format!("cannot read the results {}", shown(&path)), source);
        let writing = lock(&self.writing);
        let mut past = HashMap::new();
        (&*writing.file).seek(SeekFrom::Start(0)).map_err(cannot)?;
        let mut reader = BufReader::with_capacity(64 * 1024, &*writing.file);
        let (mut line, mut number, mut good) = (Vec::new(), 0u64, 0u64);
        loop {
            line.clear();
            let count = std::io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line).map_err(cannot)?;
            if count == 0 {
                break;
            }
            number += 1;
            let is_whole = line.last() == Some(&b'\n');
            match parse(&line, &self.boot).filter(|_| is_whole) {
                Some(events) => past.extend(events),
                // Of a power cut may be left what never was written: zeros. Nothing but the last line is ever torn.
                None if number > 1 || looks_like_ours(&line) => {
                    let torn = !is_whole || line.contains(&0);
                    let mut rest = Vec::new();
                    std::io::Read::read_to_end(&mut std::io::Read::take(&mut reader, 1), &mut rest).map_err(cannot)?;
                    if !torn || (!rest.is_empty() && rest != [0]) {
                        return Err(self.damaged(&format!("is damaged in line {number}; move it away, or repair it")));
                    }
                    break;
                }
                None => return Err(self.damaged("is not a file of results; name another one")),
            }
            good = good.saturating_add(count as u64);
        }
        drop(reader);
        let length = writing.file.metadata().map_err(cannot)?.len();
        if good < length {
            let repaired = self.fs.truncate(&writing.file, good).and_then(|()| self.fs.sync_file(&writing.file));
            repaired.map_err(|source| Error::io(format!("cannot repair the results {}", shown(&path)), source))?;
        }
        (&*writing.file).seek(SeekFrom::End(0)).map_err(cannot)?;
        drop(writing);
        self.past = past;
        Ok(())
    }

    fn damaged(&self, detail: &str) -> Error {
        Error::State { path: format!("the file {}", shown(&self.path)), detail: detail.to_owned() }
    }
}

/// What no other letter has as long as this one is there.
fn place(letter: &Letter) -> usize {
    Arc::as_ptr(&letter.message).addr()
}

/// What the system calls the time since it started; something that is new each time where it calls it nothing.
fn this_boot() -> Result<String> {
    if let Ok(boot) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        return Ok(boot.trim().to_owned());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Error::io("cannot get random numbers", std::io::Error::other(error.to_string())))?;
    Ok(random.iter().map(|octet| format!("{octet:02x}")).collect())
}

fn shown(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests;
