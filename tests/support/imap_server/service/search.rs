//! SEARCH, SORT and THREAD.

use std::time::{SystemTime, UNIX_EPOCH};

use super::fetch::thread;
use super::mime::{self, Part};
use super::request::{self, Request, Word, numbers};
use super::selected::partial;
use super::session::{Answer, Session};
use super::world::Letter;

impl Session<'_> {
    pub(super) fn search(&mut self, request: &Request) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let by_uid = request.name.starts_with("UID ");
        let verb = request.name.trim_start_matches("UID ");
        if (verb == "SORT" && !self.manners.offers("SORT")) || (verb == "THREAD" && !self.manners.offers("THREAD")) {
            return Err("BAD unknown command".into());
        }
        if !by_uid && self.is_enabled("UIDONLY") {
            return Err("BAD [UIDREQUIRED] by UID only".into());
        }
        let (options, mut words) = returns(&request.words);
        let mut keys = Vec::new();
        if verb != "SEARCH"
            && let Some((first, rest)) = words.split_first()
        {
            keys = first.list().iter().map(Word::key).collect();
            words = rest;
            // The charset is not optional here.
            check_charset(words.first())?;
            words = words.get(1..).unwrap_or_default();
        } else if let Some((first, rest)) = words.split_first()
            && first.key() == "CHARSET"
        {
            check_charset(rest.first())?;
            words = rest.get(1..).unwrap_or_default();
        }
        let store = account.store();
        let selected = self.selected.as_ref().ok_or("BAD select a folder first")?;
        let folder = store.folders.get(&selected.name).ok_or("NO [NONEXISTENT] the folder is gone")?;
        let mut found: Vec<&Letter> = Vec::new();
        for letter in folder.letters.iter().filter(|letter| self.number(letter.uid) > 0) {
            if self.matches_all(words, letter)? {
                found.push(letter);
            }
        }
        let mut note = String::new();
        if let Some(limit) = self.manners.limit.filter(|limit| found.len() > *limit as usize) {
            found.drain(..found.len() - limit as usize);
            note = format!("[MESSAGELIMIT {limit} {}] ", found.first().map_or(0, |letter| letter.uid));
        }
        let threads = (verb == "THREAD").then(|| threads(&found));
        if verb == "SORT" {
            sort(&mut found, &keys);
        }
        let highest = found.iter().map(|letter| letter.modseq).max();
        let uids: Vec<u32> = found.iter().map(|letter| letter.uid).collect();
        drop(store);
        self.progress(&request.tag, uids.len());
        let number = |uid: u32| if by_uid { uid } else { u32::try_from(self.number(uid)).unwrap_or_default() };
        if let Some(threads) = threads {
            let show = |uids: &Vec<u32>| match uids.split_first() {
                Some((root, [])) => format!("({})", number(*root)),
                Some((root, [only])) => format!("({} {})", number(*root), number(*only)),
                Some((root, rest)) => {
                    let rest: String = rest.iter().map(|uid| format!("({})", number(*uid))).collect();
                    format!("({} {rest})", number(*root))
                }
                None => String::new(),
            };
            let text: String = threads.iter().map(show).collect();
            self.say(format!("* THREAD {text}").trim_end());
            return Ok(format!("{note}done"));
        }
        let shown: Vec<u32> = uids.iter().map(|uid| number(*uid)).collect();
        let condstore = words.iter().any(|word| word.key() == "MODSEQ");
        let modseq = highest.filter(|_| condstore).map(|modseq| format!(" MODSEQ {modseq}")).unwrap_or_default();
        match options {
            None if verb == "SORT" || !self.is_enabled("IMAP4rev2") => {
                let mut text = format!("* {verb}");
                shown.iter().for_each(|number| text.push_str(&format!(" {number}")));
                if !modseq.is_empty() {
                    text.push_str(&format!(" ({})", modseq.trim_start()));
                }
                self.say(&text);
            }
            options => {
                let options = options.unwrap_or_default();
                if options.iter().any(|option| option.key() == "SAVE") {
                    self.saved = uids;
                    self.saved.sort_unstable();
                }
                let kind = if by_uid { " UID" } else { "" };
                let results = results(&options, &shown)?;
                if options.len() != 1 || options.first().is_none_or(|option| option.key() != "SAVE") {
                    self.say(&format!("* ESEARCH (TAG \"{}\"){kind}{results}{modseq}", request.tag));
                }
            }
        }
        Ok(format!("{note}done"))
    }

    /// ESEARCH over many folders (RFC 7377).
    pub(super) fn search_many(&mut self, request: &Request) -> Answer {
        let Some(account) = self.account.clone() else { return Err("BAD log in first".into()) };
        let words = request.words.as_slice();
        let mut scope = vec![Word::Atom(b"selected".to_vec())];
        let mut words = words;
        if let [first, list, rest @ ..] = words
            && first.key() == "IN"
        {
            scope = list.list().to_vec();
            words = rest;
        }
        let (options, words) = returns(words);
        let options = options.unwrap_or_default();
        let words = match words {
            [charset, name, rest @ ..] if charset.key() == "CHARSET" => {
                check_charset(Some(name))?;
                rest
            }
            words => words,
        };
        let store = account.store();
        let mut chosen = Vec::new();
        let mut scope = scope.iter();
        while let Some(filter) = scope.next() {
            let fits: Box<dyn Fn(&str) -> bool> = match filter.key().as_str() {
                "SELECTED" => {
                    let own = self.selected.as_ref().map(|selected| selected.name.clone());
                    Box::new(move |name| own.as_deref() == Some(name))
                }
                "PERSONAL" | "INBOXES" => Box::new(|_| true),
                "SUBSCRIBED" => Box::new(|name| store.folders.get(name).is_some_and(|folder| folder.subscribed)),
                kind @ ("MAILBOXES" | "SUBTREE" | "SUBTREE-ONE") => {
                    let list = scope.next().map(|word| word.list().to_vec()).unwrap_or_default();
                    let names: Vec<_> = list.iter().map(|word| self.folder_name(word)).collect();
                    let below = kind != "MAILBOXES";
                    Box::new(move |name| {
                        names.iter().any(|root| root == name || (below && name.starts_with(&format!("{root}/"))))
                    })
                }
                other => return Err(format!("BAD no such scope: {other}")),
            };
            chosen.extend(store.folders.keys().filter(|name| fits(name)).cloned());
        }
        chosen.sort();
        chosen.dedup();
        for name in chosen {
            let Some(folder) = store.folders.get(&name) else { continue };
            let mut uids = Vec::new();
            for letter in &folder.letters {
                if self.matches_all(words, letter)? {
                    uids.push(letter.uid);
                }
            }
            if !uids.is_empty() {
                let (shown, results) = (self.shown(&name), results(&options, &uids)?);
                let validity = folder.validity;
                let about = format!("(TAG \"{}\" MAILBOX {shown} UIDVALIDITY {validity})", request.tag);
                self.say(&format!("* ESEARCH {about} UID{results}"));
            }
        }
        Ok("done".into())
    }

    fn matches_all(&self, words: &[Word], letter: &Letter) -> Result<bool, String> {
        let mut words = words;
        while !words.is_empty() {
            let (matched, rest) = self.matches(words, letter)?;
            if !matched {
                return Ok(false);
            }
            words = rest;
        }
        Ok(true)
    }

    /// Whether a message matches the first key, and the words behind it.
    fn matches<'w>(&self, words: &'w [Word], letter: &Letter) -> Result<(bool, &'w [Word]), String> {
        let Some((word, rest)) = words.split_first() else { return Err("BAD a key is missing".into()) };
        if word.is_list() {
            return Ok((self.matches_all(word.list(), letter)?, rest));
        }
        let key = word.key();
        match key.as_str() {
            "NOT" => {
                let (matched, rest) = self.matches(rest, letter)?;
                return Ok((!matched, rest));
            }
            "OR" => {
                let (one, rest) = self.matches(rest, letter)?;
                let (other, rest) = self.matches(rest, letter)?;
                return Ok((one || other, rest));
            }
            "HEADER" => {
                let [name, text, rest @ ..] = rest else { return Err("BAD HEADER needs two words".into()) };
                return Ok((self.header_has(letter, &name.text(), text), rest));
            }
            _ => {}
        }
        if let Some(matched) = plain_key(&key, letter) {
            return Ok((matched, rest));
        }
        let is_set = key.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '$');
        if is_set {
            let uids = self.named(Some(word), false)?;
            return Ok((uids.contains(&letter.uid), rest));
        }
        let Some((argument, rest)) = rest.split_first() else { return Err(format!("BAD no key {key}")) };
        let text = argument.text();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs().cast_signed());
        let number = || text.parse::<i64>().map_err(|_| format!("BAD {key} needs a number"));
        let size = i64::try_from(letter.octets.len()).unwrap_or(i64::MAX);
        let matched = match key.as_str() {
            "UID" if text == "$" => self.saved.contains(&letter.uid),
            "UID" => {
                let last =
                    self.selected.as_ref().and_then(|selected| selected.view.last()).map_or(u32::MAX, |(uid, _)| *uid);
                let ranges = numbers(&text, last).ok_or("BAD no such set")?;
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter.uid))
            }
            "UIDAFTER" => i64::from(letter.uid) > number()?,
            "UIDBEFORE" => i64::from(letter.uid) < number()?,
            "KEYWORD" => letter.has(&text),
            "UNKEYWORD" => !letter.has(&text),
            "LARGER" => size > number()?,
            "SMALLER" => size < number()?,
            "OLDER" => letter.date <= now - number()?,
            "YOUNGER" => letter.date >= now - number()?,
            "MODSEQ" => letter.modseq >= number()?.cast_unsigned(),
            "BEFORE" | "ON" | "SINCE" | "SAVEDBEFORE" | "SAVEDON" | "SAVEDSINCE" => {
                compare(&key, letter.date.div_euclid(86_400), &text)?
            }
            "SENTBEFORE" | "SENTON" | "SENTSINCE" => compare(&key, sent(letter).div_euclid(86_400), &text)?,
            "FROM" | "TO" | "CC" | "BCC" | "SUBJECT" => self.header_has(letter, &key, argument),
            "BODY" => has(&body_text(letter), &text),
            "TEXT" | "X-GM-RAW" => {
                has(&String::from_utf8_lossy(&letter.octets), &text) || has(&body_text(letter), &text)
            }
            "EMAILID" => text == format!("M{:x}", letter.number),
            "THREADID" => text == format!("T{:x}", thread(&Part::parse(&letter.octets))),
            "X-GM-MSGID" => text == letter.number.to_string(),
            "X-GM-THRID" => text == thread(&Part::parse(&letter.octets)).to_string(),
            "X-GM-LABELS" => letter.labels.iter().any(|label| label.eq_ignore_ascii_case(&text)),
            _ => return Err(format!("BAD no key {key}")),
        };
        Ok((matched, rest))
    }

    fn header_has(&self, letter: &Letter, name: &str, text: &Word) -> bool {
        let part = Part::parse(&letter.octets);
        mime::decoded_value(part.header, name).is_some_and(|value| has(&value, &text.text()))
    }
}

/// The options of RETURN, where it is there, and what follows.
fn returns(words: &[Word]) -> (Option<Vec<Word>>, &[Word]) {
    match words {
        [first, options, rest @ ..] if first.key() == "RETURN" => {
            let options = options.list().to_vec();
            let all = vec![Word::Atom(b"ALL".to_vec())];
            (Some(if options.is_empty() { all } else { options }), rest)
        }
        words => (None, words),
    }
}

fn check_charset(word: Option<&Word>) -> Result<(), String> {
    match word.map(Word::key).as_deref() {
        Some("UTF-8" | "US-ASCII") => Ok(()),
        _ => Err("NO [BADCHARSET (UTF-8 US-ASCII)] no such charset".into()),
    }
}

/// What ESEARCH tells of the numbers found.
fn results(options: &[Word], found: &[u32]) -> Result<String, String> {
    let mut text = String::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match (option.key().as_str(), found) {
            ("COUNT", found) => text.push_str(&format!(" COUNT {}", found.len())),
            ("MIN", [_, ..]) => text.push_str(&format!(" MIN {}", found.iter().min().copied().unwrap_or_default())),
            ("MAX", [_, ..]) => text.push_str(&format!(" MAX {}", found.iter().max().copied().unwrap_or_default())),
            ("ALL", [_, ..]) => text.push_str(&format!(" ALL {}", request::set(found))),
            ("MIN" | "MAX" | "ALL" | "SAVE", _) => {}
            ("PARTIAL", found) => {
                let range = options.next().map(Word::text).unwrap_or_default();
                let (from, to) = partial(&range, found.len()).ok_or("BAD no such part")?;
                let part = request::set(found.get(from..to).unwrap_or_default());
                text.push_str(&format!(" PARTIAL ({range} {})", if part.is_empty() { "NIL" } else { &part }));
            }
            (other, _) => return Err(format!("BAD no result {other}")),
        }
    }
    Ok(text)
}

/// A key without an argument.
fn plain_key(key: &str, letter: &Letter) -> Option<bool> {
    Some(match key {
        "ALL" | "OLD" => true,
        "RECENT" | "NEW" => false,
        "ANSWERED" => letter.has("\\Answered"),
        "DELETED" => letter.has("\\Deleted"),
        "DRAFT" => letter.has("\\Draft"),
        "FLAGGED" => letter.has("\\Flagged"),
        "SEEN" => letter.has("\\Seen"),
        "UNANSWERED" => !letter.has("\\Answered"),
        "UNDELETED" => !letter.has("\\Deleted"),
        "UNDRAFT" => !letter.has("\\Draft"),
        "UNFLAGGED" => !letter.has("\\Flagged"),
        "UNSEEN" => !letter.has("\\Seen"),
        _ => return None,
    })
}

fn has(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

fn body_text(letter: &Letter) -> String {
    fn texts(part: &Part<'_>, into: &mut String) {
        if part.is_text() {
            into.push_str(&String::from_utf8_lossy(&part.decoded().unwrap_or_default()));
        }
        part.children.iter().for_each(|child| texts(child, into));
    }
    let mut text = String::new();
    texts(&Part::parse(&letter.octets), &mut text);
    text
}

/// A day of the letter's against `2-Nov-2026`.
fn compare(key: &str, day: i64, text: &str) -> Result<bool, String> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y", text).and_then(|parsed| parsed.to_date());
    let date = parsed.map_err(|_| format!("BAD {key} needs a date"))?;
    let noon = date.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| "BAD no such date")?;
    let other = noon.timestamp().as_second().div_euclid(86_400);
    Ok(match key {
        key if key.ends_with("BEFORE") => day < other,
        key if key.ends_with("SINCE") => day >= other,
        _ => day == other,
    })
}

/// The Date field, in seconds since 1970.
fn sent(letter: &Letter) -> i64 {
    let part = Part::parse(&letter.octets);
    mime::value(part.header, "Date").and_then(|text| mailparse::dateparse(&text).ok()).unwrap_or(letter.date)
}

fn sort(found: &mut [&Letter], keys: &[String]) {
    let text = |letter: &Letter, name: &str| {
        let part = Part::parse(&letter.octets);
        mime::decoded_value(part.header, name).unwrap_or_default().to_lowercase()
    };
    let address = |letter: &Letter, name: &str| {
        let text = text(letter, name);
        text.rsplit('<').next().unwrap_or_default().split('@').next().unwrap_or_default().to_owned()
    };
    found.sort_by(|one, other| {
        let mut reverse = false;
        for key in keys {
            let order = match key.as_str() {
                "REVERSE" => {
                    reverse = true;
                    continue;
                }
                "ARRIVAL" => (one.date, one.uid).cmp(&(other.date, other.uid)),
                "DATE" => sent(one).cmp(&sent(other)),
                "SIZE" => one.octets.len().cmp(&other.octets.len()),
                "SUBJECT" => base(&text(one, "Subject")).cmp(&base(&text(other, "Subject"))),
                "DISPLAYFROM" => text(one, "From").cmp(&text(other, "From")),
                "DISPLAYTO" => text(one, "To").cmp(&text(other, "To")),
                name => address(one, name).cmp(&address(other, name)),
            };
            let order = if std::mem::take(&mut reverse) { order.reverse() } else { order };
            if order.is_ne() {
                return order;
            }
        }
        one.uid.cmp(&other.uid)
    });
}

/// A subject without what replies put in front of it, in small letters.
fn base(subject: &str) -> String {
    let mut subject = subject.trim();
    while let Some(rest) = ["re:", "fwd:", "fw:"].iter().find_map(|prefix| subject.strip_prefix(prefix)) {
        subject = rest.trim_start();
    }
    subject.to_owned()
}

/// Conversations by the first message that their headers name, in the order of their oldest ones.
fn threads(found: &[&Letter]) -> Vec<Vec<u32>> {
    let mut threads: Vec<(u64, Vec<u32>)> = Vec::new();
    for letter in found {
        let root = thread(&Part::parse(&letter.octets));
        match threads.iter_mut().find(|(known, _)| *known == root) {
            Some((_, uids)) => uids.push(letter.uid),
            None => threads.push((root, vec![letter.uid])),
        }
    }
    threads.into_iter().map(|(_, uids)| uids).collect()
}
