//! What is done to the messages of the selected folder.

use super::fetch::{flags, items, marks};
use super::folders::letters;
use super::request::{self, Request, Word, numbers};
use super::session::{Answer, Session};
use super::world::{Folder, Letter, with_crlf};

/// The folder a session has open, as the client knows it.
pub(super) struct Selected {
    pub(super) name: String,
    read_only: bool,
    /// UIDs and the mod-sequences that the client knows of, by message number.
    pub(super) view: Vec<(u32, u64)>,
}

impl Session<'_> {
    pub(super) fn select(&mut self, request: &Request) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let is_resync = |word: &Word| word.list().iter().any(|word| word.key() == "QRESYNC");
        if request.words.get(1).is_some_and(is_resync) && !self.is_enabled("QRESYNC") {
            return Err("BAD enable QRESYNC first".into());
        }
        let name = request.words.first().map(|word| self.folder_name(word)).unwrap_or_default();
        let store = account.store();
        let was_selected = self.selected.take().is_some();
        if was_selected && (self.is_enabled("QRESYNC") || self.is_enabled("IMAP4rev2")) {
            self.say("* OK [CLOSED] the one before");
        }
        self.saved.clear();
        let folder = store.folders.get(&name).ok_or("NO [NONEXISTENT] no such folder")?;
        let read_only = request.name == "EXAMINE";
        self.say(&format!("* {} EXISTS", folder.letters.len()));
        if !self.is_enabled("IMAP4rev2") {
            self.say("* 0 RECENT");
            if let Some(at) = folder.letters.iter().position(|letter| !letter.has("\\Seen")) {
                self.say(&format!("* OK [UNSEEN {}] first", at + 1));
            }
        } else {
            let shown = self.shown(&name);
            self.say(&format!("* LIST () \"/\" {shown}"));
        }
        self.say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)");
        let permanent = if read_only { "" } else { "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*" };
        self.say(&format!("* OK [PERMANENTFLAGS ({permanent})] flags"));
        self.say(&format!("* OK [UIDVALIDITY {}] uids", folder.validity));
        self.say(&format!("* OK [UIDNEXT {}] next", folder.next_uid));
        if self.manners.offers("CONDSTORE") || self.manners.offers("QRESYNC") {
            self.say(&format!("* OK [HIGHESTMODSEQ {}] highest", folder.modseq));
        }
        if self.manners.offers("OBJECTID") {
            self.say(&format!("* OK [MAILBOXID ({})] id", folder.id));
        }
        let view = folder.letters.iter().map(|letter| (letter.uid, letter.modseq)).collect();
        self.selected = Some(Selected { name, read_only, view });
        let options = request.words.get(1).map(|word| word.list().to_vec()).unwrap_or_default();
        if let Some(at) = options.iter().position(|word| word.key() == "QRESYNC")
            && let Some([validity, since, ..]) = options.get(at + 1).map(Word::list)
            && validity.text() == folder.validity.to_string()
        {
            self.resync(folder, since.text().parse().unwrap_or_default());
        }
        Ok(if read_only { "[READ-ONLY] done".into() } else { "[READ-WRITE] done".into() })
    }

    /// What has changed since a mod-sequence (RFC 7162).
    fn resync(&mut self, folder: &Folder, since: u64) {
        let mut gone: Vec<u32> =
            folder.vanished.iter().filter(|(_, modseq)| *modseq > since).map(|(uid, _)| *uid).collect();
        gone.sort_unstable();
        if !gone.is_empty() {
            self.say(&format!("* VANISHED (EARLIER) {}", request::set(&gone)));
        }
        for (number, letter) in (1..).zip(&folder.letters).filter(|(_, letter)| letter.modseq > since) {
            let (uid, flags, modseq) = (letter.uid, flags(letter), letter.modseq);
            self.say(&format!("* {number} FETCH (UID {uid} FLAGS {flags} MODSEQ ({modseq}))"));
        }
    }

    pub(super) fn on_messages(&mut self, request: &Request) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let Some(selected) = &self.selected else { return Err("BAD select a folder first".into()) };
        let (name, read_only) = (selected.name.clone(), selected.read_only);
        let changes =
            !matches!(request.name.as_str(), "FETCH" | "UID FETCH" | "COPY" | "UID COPY" | "UNSELECT" | "CLOSE");
        if read_only && changes && request.name != "UIDBATCHES" {
            return Err("NO [READ-ONLY] opened by EXAMINE".into());
        }
        match request.name.as_str() {
            "CLOSE" | "UNSELECT" => {
                if request.name == "CLOSE" && !read_only {
                    let doomed = self.deleted(None);
                    account.store().expunge(&name, &doomed);
                    account.tell();
                }
                self.selected = None;
                return Ok("done".into());
            }
            "UIDBATCHES" if self.manners.offers("UIDBATCHES") => return self.batches(request),
            "EXPUNGE" => {
                let doomed = self.deleted(None);
                account.store().expunge(&name, &doomed);
                account.tell();
                return Ok("done".into());
            }
            _ => {}
        }
        let by_uid = request.name.starts_with("UID ");
        let mut uids = self.named(request.words.first(), by_uid)?;
        let mut note = String::new();
        if let Some(limit) = self.manners.limit.filter(|limit| uids.len() > *limit as usize) {
            if request.name.ends_with("COPY") {
                return Err(format!("NO [MESSAGELIMIT {limit}] too many at once"));
            }
            uids.drain(..uids.len() - limit as usize);
            note = format!("[MESSAGELIMIT {limit} {}] ", uids.first().copied().unwrap_or_default());
        }
        let rest = request.words.get(1..).unwrap_or_default();
        let answer = match request.name.trim_start_matches("UID ") {
            "FETCH" => self.fetch(&name, &uids, rest, by_uid, read_only),
            "STORE" => self.store(&name, &uids, rest, by_uid),
            "COPY" => self.copy(&name, &uids, rest, &request.tag),
            "MOVE" if self.manners.offers("MOVE") => self.move_away(&name, &uids, rest, &request.tag),
            "EXPUNGE" if self.manners.offers("UIDPLUS") => {
                let doomed = self.deleted(Some(&uids));
                account.store().expunge(&name, &doomed);
                Ok("done".into())
            }
            "REPLACE" if self.manners.offers("REPLACE") => self.replace(&name, &uids, rest),
            _ => Err("BAD unknown command".into()),
        };
        account.tell();
        answer.map(|text| if note.is_empty() { text } else { format!("{note}{text}") })
    }

    /// The UIDs that a set names, ascending; of those the client knows of.
    pub(super) fn named(&self, set: Option<&Word>, by_uid: bool) -> Result<Vec<u32>, String> {
        let (Some(set), Some(selected)) = (set.map(Word::text), &self.selected) else {
            return Err("BAD no set".into());
        };
        if !by_uid && self.is_enabled("UIDONLY") {
            return Err("BAD [UIDREQUIRED] by UID only".into());
        }
        if set == "$" {
            return Ok(self.saved.clone());
        }
        let view = &selected.view;
        let count = u32::try_from(view.len()).unwrap_or(u32::MAX);
        let last = if by_uid { view.last().map_or(0, |(uid, _)| *uid) } else { count };
        let ranges = numbers(&set, last).ok_or("BAD no such set")?;
        let within = |number: u32| ranges.iter().any(|(from, to)| (*from..=*to).contains(&number));
        if !by_uid && ranges.iter().any(|(_, to)| *to > count) {
            return Err("BAD no such message".into());
        }
        let chosen = (1..).zip(view).filter(|(number, (uid, _))| within(if by_uid { *uid } else { *number }));
        Ok(chosen.map(|(_, (uid, _))| *uid).collect())
    }

    /// Those marked as deleted, of all or of some.
    fn deleted(&self, of: Option<&[u32]>) -> Vec<u32> {
        let (Some(account), Some(selected)) = (&self.account, &self.selected) else { return Vec::new() };
        let store = account.store();
        let Some(folder) = store.folders.get(&selected.name) else { return Vec::new() };
        let doomed = folder.letters.iter().filter(|letter| letter.has("\\Deleted")).map(|letter| letter.uid);
        doomed.filter(|uid| of.is_none_or(|of| of.contains(uid))).collect()
    }

    fn fetch(&mut self, name: &str, uids: &[u32], rest: &[Word], by_uid: bool, read_only: bool) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let mut wanted = rest.first().map(items).unwrap_or_default();
        if by_uid && !wanted.iter().any(|item| item == "UID") {
            wanted.insert(0, "UID".into());
        }
        let modifiers = rest.get(1).map(|word| word.list().to_vec()).unwrap_or_default();
        let modifier =
            |name: &str| modifiers.iter().position(|word| word.key() == name).and_then(|at| modifiers.get(at + 1));
        let since: u64 = modifier("CHANGEDSINCE").and_then(|word| word.text().parse().ok()).unwrap_or_default();
        if since > 0 && !wanted.iter().any(|item| item == "MODSEQ") {
            wanted.push("MODSEQ".into());
        }
        let mut store = account.store();
        if wanted.iter().any(|item| marks(item)) && !read_only {
            for uid in uids {
                store.change(name, *uid, |letter| {
                    letter.flags.insert("\\Seen".into());
                });
            }
        }
        let Some(folder) = store.folders.get(name) else { return Err("NO [NONEXISTENT] the folder is gone".into()) };
        if modifiers.iter().any(|word| word.key() == "VANISHED") {
            let gone: Vec<_> =
                folder.vanished.iter().filter(|(_, modseq)| *modseq > since).map(|(uid, _)| *uid).collect();
            if !gone.is_empty() {
                self.say(&format!("* VANISHED (EARLIER) {}", request::set(&gone)));
            }
        }
        let known: Vec<_> =
            uids.iter().filter_map(|uid| folder.letter(*uid)).filter(|one| one.modseq > since).collect();
        let known = match modifier("PARTIAL").map(|word| partial(&word.text(), known.len())) {
            None => known,
            Some(None) => return Err("BAD no such part".into()),
            Some(Some((from, to))) => known.get(from..to).unwrap_or_default().to_vec(),
        };
        for letter in known {
            let seq = self.number(letter.uid);
            let row = self.row(seq, letter, &wanted)?;
            self.out.extend(row);
            self.out.extend_from_slice(b"\r\n");
        }
        Ok("done".into())
    }

    fn store(&mut self, name: &str, uids: &[u32], rest: &[Word], by_uid: bool) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let mut rest = rest;
        let mut unchanged = None;
        if let Some((Word::List(words), after)) = rest.split_first() {
            unchanged = words.get(1).and_then(|word| word.text().parse::<u64>().ok());
            rest = after;
        }
        let [item, given @ ..] = rest else { return Err("BAD what is to be stored?".into()) };
        let item = item.key();
        let given: Vec<String> = given.iter().flat_map(|word| word.list()).map(Word::text).collect();
        let (item, silent) = item.strip_suffix(".SILENT").map_or((item.as_str(), false), |item| (item, true));
        let (sign, item) = match item.strip_prefix(['+', '-']) {
            Some(rest) => (item.chars().next(), rest),
            None => (None, item),
        };
        let labels = item == "X-GM-LABELS";
        if !labels && item != "FLAGS" {
            return Err("BAD only flags can be stored".into());
        }
        let mut store = account.store();
        let mut modified = Vec::new();
        for uid in uids {
            let now = store.folders.get(name).and_then(|folder| folder.letter(*uid)).map_or(0, |letter| letter.modseq);
            if unchanged.is_some_and(|unchanged| now > unchanged) {
                modified.push(*uid);
                continue;
            }
            store.change(name, *uid, |letter| {
                let own = if labels { &mut letter.labels } else { &mut letter.flags };
                if sign.is_none() {
                    own.clear();
                }
                for flag in &given {
                    own.retain(|known| !known.eq_ignore_ascii_case(flag));
                    if sign != Some('-') {
                        own.insert(flag.clone());
                    }
                }
            });
            let letter = store.folders.get(name).and_then(|folder| folder.letter(*uid)).cloned();
            if let Some(letter) = letter {
                self.known(&letter);
                if !silent || self.is_enabled("CONDSTORE") {
                    self.tell_flags(&letter, by_uid);
                }
            }
        }
        match modified.is_empty() {
            true => Ok("done".into()),
            false => Ok(format!("[MODIFIED {}] some were changed", request::set(&modified))),
        }
    }

    fn copy(&mut self, name: &str, uids: &[u32], rest: &[Word], tag: &str) -> Answer {
        let code = self.copied(name, uids, rest, tag)?;
        Ok(format!("{code}done"))
    }

    fn move_away(&mut self, name: &str, uids: &[u32], rest: &[Word], tag: &str) -> Answer {
        let code = self.copied(name, uids, rest, tag)?;
        if !code.is_empty() {
            self.say(&format!("* OK {code}moved"));
        }
        if let Some(account) = &self.account {
            account.store().expunge(name, uids);
        }
        Ok("done".into())
    }

    /// Copies messages: the code that tells of it.
    fn copied(&mut self, name: &str, uids: &[u32], rest: &[Word], tag: &str) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let to = rest.first().map(|word| self.folder_name(word)).unwrap_or_default();
        let mut store = account.store();
        let validity = store.folders.get(&to).ok_or("NO [TRYCREATE] no such folder")?.validity;
        self.progress(tag, uids.len());
        let (mut from, mut into) = (Vec::new(), Vec::new());
        for uid in uids {
            let letter = store.folders.get(name).and_then(|folder| folder.letter(*uid)).cloned();
            if let Some(letter) = letter {
                from.push(*uid);
                into.push(store.insert(&to, letter));
            }
        }
        Ok(match self.manners.offers("UIDPLUS") && !from.is_empty() {
            true => format!("[COPYUID {validity} {} {}] ", request::set(&from), request::set(&into)),
            false => String::new(),
        })
    }

    /// One message in another's place (RFC 8508).
    fn replace(&mut self, name: &str, uids: &[u32], rest: &[Word]) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let to = rest.first().map(|word| self.folder_name(word)).unwrap_or_default();
        let mut store = account.store();
        let validity = store.folders.get(&to).ok_or("NO [TRYCREATE] no such folder")?.validity;
        let mut given = letters(rest.get(1..).unwrap_or_default())?;
        let (Some((octets, flags, date)), [old]) = (given.pop(), uids) else { return Err("NO one for one".into()) };
        let uid = store.append(&to, with_crlf(&octets), flags, date);
        store.expunge(name, &[*old]);
        self.say(&format!("* OK [APPENDUID {validity} {uid}] the new one"));
        Ok("done".into())
    }

    /// Ranges of UIDs with so many messages each, the highest first.
    fn batches(&mut self, request: &Request) -> Answer {
        let size: usize = request.words.first().and_then(|word| word.text().parse().ok()).unwrap_or_default();
        let Some(selected) = self.selected.as_ref().filter(|_| size > 0) else { return Err("BAD what size?".into()) };
        let mut ranges: Vec<String> = Vec::new();
        for batch in selected.view.rchunks(size) {
            if let (Some((low, _)), Some((high, _))) = (batch.first(), batch.last()) {
                ranges.push(format!("{high}:{low}"));
            }
        }
        if let Some((from, to)) = request.words.get(1).map(Word::text).and_then(|text| {
            let (from, to) = text.split_once(':')?;
            Some((from.parse::<usize>().ok()?.checked_sub(1)?, to.parse::<usize>().ok()?))
        }) {
            ranges = ranges.get(from..to.min(ranges.len())).unwrap_or_default().to_vec();
        }
        self.say(format!("* UIDBATCHES (TAG \"{}\") {}", request.tag, ranges.join(",")).trim_end());
        Ok("done".into())
    }

    /// Tells what others have done to the folder, and what the command has.
    pub(super) fn tell_changes(&mut self, expunges: bool) {
        let (Some(account), Some(selected)) = (self.account.clone(), &mut self.selected) else { return };
        let store = account.store();
        let Some(folder) = store.folders.get(&selected.name) else { return };
        let view = std::mem::take(&mut selected.view);
        let by_uid = self.is_enabled("QRESYNC") || self.is_enabled("UIDONLY");
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for (uid, modseq) in view {
            if folder.letter(uid).is_some() || !expunges {
                kept.push((uid, modseq));
            } else if by_uid {
                gone.push(uid);
            } else {
                self.say(&format!("* {} EXPUNGE", kept.len() + 1));
            }
        }
        if !gone.is_empty() {
            self.say(&format!("* VANISHED {}", request::set(&gone)));
        }
        let last = kept.last().map_or(0, |(uid, _)| *uid);
        let new: Vec<_> =
            folder.letters.iter().filter(|letter| letter.uid > last).map(|one| (one.uid, one.modseq)).collect();
        let changed: Vec<_> = kept
            .iter()
            .filter_map(|(uid, known)| folder.letter(*uid).filter(|letter| letter.modseq > *known))
            .collect();
        if !new.is_empty() {
            kept.extend(new);
            self.say(&format!("* {} EXISTS", kept.len()));
        }
        if let Some(selected) = &mut self.selected {
            selected.view = kept;
        }
        for letter in changed {
            self.known(letter);
            self.tell_flags(letter, true);
        }
    }

    /// The client knows this state of a message.
    fn known(&mut self, letter: &Letter) {
        let Some(selected) = &mut self.selected else { return };
        if let Some((_, modseq)) = selected.view.iter_mut().find(|(uid, _)| *uid == letter.uid) {
            *modseq = letter.modseq;
        }
    }

    fn tell_flags(&mut self, letter: &Letter, by_uid: bool) {
        let modseq = match ["CONDSTORE", "QRESYNC"].iter().any(|name| self.is_enabled(name)) {
            true => format!(" MODSEQ ({})", letter.modseq),
            false => String::new(),
        };
        let (uid, flags) = (letter.uid, flags(letter));
        if self.is_enabled("UIDONLY") {
            return self.say(&format!("* {uid} UIDFETCH (FLAGS {flags}{modseq})"));
        }
        let uid = if by_uid { format!("UID {uid} ") } else { String::new() };
        self.say(&format!("* {} FETCH ({uid}FLAGS {flags}{modseq})", self.number(letter.uid)));
    }

    /// A message's number; 0 for one that the client does not know of.
    pub(super) fn number(&self, uid: u32) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        selected.view.binary_search_by_key(&uid, |(uid, _)| *uid).map_or(0, |at| at + 1)
    }
}

/// The part of so many results that `1:100` or `-1:-100` names (RFC 9394), from 0, the end not with it.
pub(super) fn partial(text: &str, count: usize) -> Option<(usize, usize)> {
    let (from, to) = text.split_once(':')?;
    let (from, to): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
    let (low, high) = (from.abs().min(to.abs()), from.abs().max(to.abs()));
    let (low, high) = (usize::try_from(low).ok()?.checked_sub(1)?, usize::try_from(high).ok()?);
    let (low, high) = (low.min(count), high.min(count));
    Some(if from < 0 { (count - high, count - low) } else { (low, high) })
}
