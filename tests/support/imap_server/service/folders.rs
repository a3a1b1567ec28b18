//! What is done to folders as wholes, and messages put into them.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use super::request::{Request, Word};
use super::session::{Answer, Session};
use super::world::{Folder, from_utf7, to_utf7, with_crlf};

const MISSING: &str = "NO [NONEXISTENT] no such folder";

impl Session<'_> {
    pub(super) fn on_folders(&mut self, request: &Request) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let mut store = account.store();
        let name = |at: usize| request.words.get(at).map(|word| self.folder_name(word)).unwrap_or_default();
        let first = name(0);
        let answer = match request.name.as_str() {
            "LIST" | "LSUB" => return self.list(request, &store.folders),
            "STATUS" => {
                let items = request.words.get(1).map(|word| word.list().to_vec()).unwrap_or_default();
                let folder = store.folders.get(&first).ok_or(MISSING)?;
                let line = self.status(&first, folder, &items);
                self.say(&line);
                return Ok("done".into());
            }
            "CREATE" => {
                let (first, special) = (first.trim_end_matches('/'), special_use(request.words.get(1)));
                if store.folders.contains_key(first) {
                    return Err("NO [ALREADYEXISTS] there is one".into());
                }
                store.create(first, special.as_deref());
                let id = store.folders.get(first).map(|folder| folder.id.clone()).unwrap_or_default();
                Ok(if self.manners.offers("OBJECTID") { format!("[MAILBOXID ({id})] done") } else { "done".into() })
            }
            "DELETE" if first == "INBOX" => Err("NO [CANNOT] not INBOX".into()),
            "DELETE" => store.folders.remove(&first).map(|_| "done".into()).ok_or(MISSING.into()),
            "RENAME" => {
                let to = name(1);
                if store.folders.contains_key(&to) {
                    return Err("NO [ALREADYEXISTS] there is one".into());
                }
                let inside = format!("{first}/");
                let moved: Vec<_> =
                    store.folders.keys().filter(|name| **name == first || name.starts_with(&inside)).cloned().collect();
                for old in &moved {
                    if let Some(folder) = store.folders.remove(old) {
                        let tail = old.get(first.len()..).unwrap_or_default();
                        store.folders.insert(format!("{to}{tail}"), folder);
                    }
                }
                if moved.is_empty() { Err(MISSING.into()) } else { Ok("done".into()) }
            }
            "SUBSCRIBE" | "UNSUBSCRIBE" => {
                let folder = store.folders.get_mut(&first).ok_or(MISSING)?;
                folder.subscribed = request.name == "SUBSCRIBE";
                Ok("done".into())
            }
            _ => {
                let folder = store.folders.get(&first).ok_or("NO [TRYCREATE] no such folder")?;
                let validity = folder.validity;
                if self.manners.insists("strict UTF8") {
                    marked(request.words.get(1..).unwrap_or_default())?;
                }
                let letters = letters(request.words.get(1..).unwrap_or_default())?;
                if letters.len() > 1 && !self.manners.offers("MULTIAPPEND") {
                    return Err("BAD one message at a time".into());
                }
                let uids: Vec<u32> = letters
                    .into_iter()
                    .map(|(octets, flags, date)| store.append(&first, with_crlf(&octets), flags, date))
                    .collect();
                match self.manners.offers("UIDPLUS") {
                    true => Ok(format!("[APPENDUID {validity} {}] done", super::request::set(&uids))),
                    false => Ok("done".into()),
                }
            }
        };
        drop(store);
        account.tell();
        answer
    }

    fn list(&mut self, request: &Request, folders: &std::collections::BTreeMap<String, Folder>) -> Answer {
        let mut words = request.words.as_slice();
        let mut selection = Vec::new();
        if let Some((Word::List(options), rest)) = words.split_first() {
            selection = options.iter().map(Word::key).collect();
            words = rest;
        }
        let patterns: Vec<String> = words
            .get(1)
            .map(|word| word.list().iter().map(|word| self.folder_name(word)).collect())
            .unwrap_or_default();
        let returned = words.iter().position(|word| word.key() == "RETURN").and_then(|at| words.get(at + 1));
        let returned = returned.map(|word| word.list().to_vec()).unwrap_or_default();
        let wants = |name: &str| returned.iter().any(|word| word.key() == name);
        if patterns.iter().all(String::is_empty) && request.name == "LIST" {
            self.say("* LIST (\\Noselect) \"/\" \"\"");
            return Ok("done".into());
        }
        let lsub = request.name == "LSUB" || selection.contains(&"SUBSCRIBED".to_owned());
        for (name, folder) in folders {
            let chosen = patterns.iter().any(|pattern| glob(pattern.as_bytes(), name.as_bytes()))
                && (!lsub || folder.subscribed)
                && (!selection.contains(&"SPECIAL-USE".to_owned()) || folder.special.is_some());
            if !chosen {
                continue;
            }
            let inside = format!("{name}/");
            let parent = folders.keys().any(|other| other.starts_with(&inside));
            let mut attributes = vec![if parent { "\\HasChildren" } else { "\\HasNoChildren" }.to_owned()];
            if self.manners.offers("SPECIAL-USE") {
                attributes.extend(folder.special.clone());
            }
            if folder.subscribed && (lsub || wants("SUBSCRIBED")) {
                attributes.push("\\Subscribed".into());
            }
            let shown = self.shown(name);
            let kind = &request.name;
            self.say(&format!("* {kind} ({}) \"/\" {shown}", attributes.join(" ")));
            let items = returned.iter().position(|word| word.key() == "STATUS").and_then(|at| returned.get(at + 1));
            if let Some(items) = items {
                let line = self.status(name, folder, items.list());
                self.say(&line);
            }
        }
        Ok("done".into())
    }

    fn status(&self, name: &str, folder: &Folder, items: &[Word]) -> String {
        let value = |item: &str| {
            Some(match item {
                "MESSAGES" => folder.letters.len().to_string(),
                "UIDNEXT" => folder.next_uid.to_string(),
                "UIDVALIDITY" => folder.validity.to_string(),
                "UNSEEN" => folder.unseen().to_string(),
                "RECENT" => "0".into(),
                "SIZE" => folder.size().to_string(),
                "DELETED" => folder.letters.iter().filter(|letter| letter.has("\\Deleted")).count().to_string(),
                "HIGHESTMODSEQ" => folder.modseq.to_string(),
                "MAILBOXID" => format!("({})", folder.id),
                "APPENDLIMIT" => {
                    self.manners.append_limit.or(folder.append_limit).map_or("NIL".into(), |limit| limit.to_string())
                }
                _ => return None,
            })
        };
        let pairs: Vec<_> =
            items.iter().filter_map(|word| Some(format!("{} {}", word.key(), value(&word.key())?))).collect();
        format!("* STATUS {} ({})", self.shown(name), pairs.join(" "))
    }

    /// A folder's name as the client has written it, in UTF-8.
    pub(super) fn folder_name(&self, word: &Word) -> String {
        let text = word.text();
        match text {
            text if text.eq_ignore_ascii_case("INBOX") => "INBOX".into(),
            text if self.in_utf8() => text,
            text => from_utf7(&text).unwrap_or(text),
        }
    }

    /// A folder's name as it goes over the wire.
    pub(super) fn shown(&self, name: &str) -> String {
        let name = if self.in_utf8() { name.to_owned() } else { to_utf7(name) };
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// What APPEND has behind the folder: the messages with their flags and dates.
#[expect(clippy::type_complexity, reason = "used here and nowhere else")]
pub(super) fn letters(words: &[Word]) -> Result<Vec<(Vec<u8>, BTreeSet<String>, i64)>, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs().cast_signed());
    let (mut letters, mut flags, mut date) = (Vec::new(), BTreeSet::new(), now);
    let mut utf8 = false;
    for word in words {
        match word {
            Word::List(inner) if utf8 => {
                let octets = inner.first().map(|word| word.octets().to_vec()).unwrap_or_default();
                letters.push((octets, std::mem::take(&mut flags), std::mem::replace(&mut date, now)));
                utf8 = false;
            }
            Word::List(words) => flags = words.iter().map(Word::text).collect(),
            Word::Atom(_) if word.key() == "UTF8" => utf8 = true,
            Word::Atom(_) => return Err("BAD what is that?".into()),
            Word::Text(octets) => match parse_date(&word.text()) {
                Some(given) => date = given,
                None => {
                    letters.push((octets.clone(), std::mem::take(&mut flags), std::mem::replace(&mut date, now)));
                }
            },
        }
    }
    if letters.is_empty() { Err("BAD nothing to append".into()) } else { Ok(letters) }
}

/// Refuses UTF-8 in the header of a message that is not marked (RFC 6855 section 4).
fn marked(words: &[Word]) -> Result<(), String> {
    let head = |octets: &[u8]| {
        let end = memchr::memmem::find(octets, b"\r\n\r\n").unwrap_or(octets.len());
        !octets.get(..end).unwrap_or_default().is_ascii()
    };
    let is_bare = |word: &Word| matches!(word, Word::Text(octets) if head(octets));
    if words.iter().any(is_bare) { Err("NO [CANNOT] UTF-8 in a header that is not marked".into()) } else { Ok(()) }
}

/// `02-Nov-2026 10:00:00 +0000`, in seconds since 1970.
fn parse_date(text: &str) -> Option<i64> {
    if text.len() != 26 {
        return None;
    }
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim_start()).ok()?;
    Some(parsed.to_timestamp().ok()?.as_second())
}

fn special_use(options: Option<&Word>) -> Option<String> {
    let words = options?.list();
    let at = words.iter().position(|word| word.key() == "USE")?;
    words.get(at + 1)?.list().first().map(Word::text)
}

/// Whether a name fits a pattern of LIST.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|at| glob(rest, name.get(at..).unwrap_or_default())),
        Some((b'%', rest)) => {
            let reach = name.iter().position(|octet| *octet == b'/').unwrap_or(name.len());
            (0..=reach).any(|at| glob(rest, name.get(at..).unwrap_or_default()))
        }
        Some((octet, rest)) => name.split_first().is_some_and(|(first, name)| first == octet && glob(rest, name)),
    }
}
