//! The mail that the server has: users, folders, letters, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Everybody's mail.
#[derive(Debug, Default)]
pub(crate) struct World {
    accounts: Mutex<BTreeMap<String, Arc<Account>>>,
}

/// One user.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) password: String,
    store: Mutex<Store>,
    changed: Condvar,
}

/// A user's folders by their names in UTF-8, levels separated by `/`.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) folders: BTreeMap<String, Folder>,
    made: u32,
    /// Goes up with every change.
    pub(crate) modseq: u64,
}

/// A folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) validity: u32,
    pub(crate) next_uid: u32,
    pub(crate) letters: Vec<Letter>,
    /// The UIDs that are gone, and when.
    pub(crate) vanished: Vec<(u32, u64)>,
    /// `\Sent` and the like.
    pub(crate) special: Option<String>,
    pub(crate) subscribed: bool,
    pub(crate) id: String,
    pub(crate) modseq: u64,
    /// What STATUS tells as APPENDLIMIT.
    pub(crate) append_limit: Option<usize>,
}

/// A message in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) uid: u32,
    /// Lines ended by CRLF.
    pub(crate) octets: Arc<[u8]>,
    pub(crate) flags: BTreeSet<String>,
    /// In seconds since 1970.
    pub(crate) date: i64,
    pub(crate) modseq: u64,
    /// What names the content.
    pub(crate) number: u64,
    pub(crate) labels: BTreeSet<String>,
}

impl World {
    /// Adds a user with INBOX, Archive, Drafts, Junk, Sent and Trash, all empty.
    pub(crate) fn add(&self, user: &str, password: &str) -> Arc<Account> {
        let mut store = Store::default();
        for (name, special) in [
            ("INBOX", None),
            ("Archive", Some("\\Archive")),
            ("Drafts", Some("\\Drafts")),
            ("Junk", Some("\\Junk")),
            ("Sent", Some("\\Sent")),
            ("Trash", Some("\\Trash")),
        ] {
            store.create(name, special);
        }
        let account =
            Arc::new(Account { password: password.to_owned(), store: Mutex::new(store), changed: Condvar::new() });
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(user.to_owned(), Arc::clone(&account));
        account
    }

    pub(crate) fn account(&self, user: &str) -> Option<Arc<Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
    }
}

impl Account {
    /// The folders, locked for as long as they are held.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message, LF or CRLF line ends, into a folder, which is made if it is not there: its UID.
    pub(crate) fn deliver(&self, folder: &str, text: &[u8], flags: &[&str], date: i64) -> u32 {
        let mut store = self.store();
        if !store.folders.contains_key(folder) {
            store.create(folder, None);
        }
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let uid = store.append(folder, with_crlf(text), flags, date);
        drop(store);
        self.changed.notify_all();
        uid
    }

    /// Tells those who wait that something has changed.
    pub(crate) fn tell(&self) {
        self.changed.notify_all();
    }

    /// Waits until something may have changed, at most so long.
    pub(crate) fn wait(&self, time: Duration) {
        let store = self.store();
        drop(self.changed.wait_timeout(store, time));
    }
}

impl Store {
    pub(crate) fn create(&mut self, name: &str, special: Option<&str>) {
        self.made += 1;
        self.modseq += 1;
        let folder = Folder {
            validity: 1_700_000_000 + self.made,
            next_uid: 1,
            letters: Vec::new(),
            vanished: Vec::new(),
            special: special.map(str::to_owned),
            subscribed: true,
            id: format!("F{}", self.made),
            modseq: self.modseq,
            append_limit: None,
        };
        self.folders.insert(name.to_owned(), folder);
    }

    pub(crate) fn append(&mut self, folder: &str, octets: Arc<[u8]>, flags: BTreeSet<String>, date: i64) -> u32 {
        let number = u64::from(crc(&octets)) << 20 | octets.len() as u64 & 0xf_ffff;
        self.insert(folder, Letter { uid: 0, octets, flags, date, modseq: 0, number, labels: BTreeSet::new() })
    }

    /// Puts a letter with a new UID into a folder that is there.
    pub(crate) fn insert(&mut self, folder: &str, letter: Letter) -> u32 {
        self.modseq += 1;
        let modseq = self.modseq;
        let Some(folder) = self.folders.get_mut(folder) else { return 0 };
        let uid = folder.next_uid;
        folder.next_uid += 1;
        folder.modseq = modseq;
        folder.letters.push(Letter { uid, modseq, ..letter });
        uid
    }

    /// Removes messages for good.
    pub(crate) fn expunge(&mut self, folder: &str, uids: &[u32]) {
        self.modseq += 1;
        let modseq = self.modseq;
        let Some(folder) = self.folders.get_mut(folder) else { return };
        folder.letters.retain(|letter| !uids.contains(&letter.uid));
        folder.vanished.extend(uids.iter().map(|uid| (*uid, modseq)));
        folder.modseq = modseq;
    }

    /// Changes a letter: its new mod-sequence.
    pub(crate) fn change(&mut self, folder: &str, uid: u32, change: impl FnOnce(&mut Letter)) {
        self.modseq += 1;
        let modseq = self.modseq;
        let Some(folder) = self.folders.get_mut(folder) else { return };
        if let Some(letter) = folder.letters.iter_mut().find(|letter| letter.uid == uid) {
            change(letter);
            letter.modseq = modseq;
            folder.modseq = modseq;
        }
    }
}

impl Folder {
    pub(crate) fn letter(&self, uid: u32) -> Option<&Letter> {
        self.letters.binary_search_by_key(&uid, |letter| letter.uid).ok().and_then(|at| self.letters.get(at))
    }

    pub(crate) fn unseen(&self) -> usize {
        self.letters.iter().filter(|letter| !letter.has("\\Seen")).count()
    }

    pub(crate) fn size(&self) -> usize {
        self.letters.iter().map(|letter| letter.octets.len()).sum()
    }
}

impl Letter {
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own.eq_ignore_ascii_case(flag))
    }
}

pub(crate) fn with_crlf(text: &[u8]) -> Arc<[u8]> {
    let mut octets = Vec::with_capacity(text.len() + 80);
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                octets.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                octets.extend_from_slice(b"\r\n");
            }
            None => octets.extend_from_slice(line),
        }
    }
    octets.into()
}

fn crc(octets: &[u8]) -> u32 {
    crc32fast::hash(octets)
}

/// A name as it was before IMAP4rev2: modified UTF-7.
pub(crate) fn to_utf7(name: &str) -> String {
    let mut encoded = String::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let plain = |c: char| (' '..='~').contains(&c);
        if plain(c) {
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let length = rest.find(plain).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
        encoded.push('&');
        encoded.push_str(&utf7().encode(units));
        encoded.push('-');
        rest = after;
    }
    encoded
}

pub(crate) fn from_utf7(name: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        decoded.push_str(plain);
        let (run, after) = after.split_once('-')?;
        if run.is_empty() {
            decoded.push('&');
        } else {
            let octets = utf7().decode(run).ok()?;
            let units: Vec<u16> = octets.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            decoded.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    decoded.push_str(rest);
    Some(decoded)
}

fn utf7() -> GeneralPurpose {
    let alphabet = Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,");
    let standard = base64::alphabet::STANDARD;
    GeneralPurpose::new(&alphabet.unwrap_or(standard), NO_PAD)
}
