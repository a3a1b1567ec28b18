//! netrc files, as ftp(1), curl and others read them.

use std::iter::Peekable;
use std::str::CharIndices;

use zeroize::Zeroizing;

use crate::secret::Secret;

/// One `machine` or `default` entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The host; `None` for `default`.
    machine: Option<String>,
    login: Option<String>,
    password: Option<Secret>,
}

/// Parses a netrc file; fails with what is wrong, naming the line and never quoting it.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut tokens = Tokens { chars: text.char_indices().peekable(), text };
    while let Some((word, line)) = tokens.next()? {
        let mut argument = |what: &str| match tokens.next()? {
            Some((value, _)) => Ok(value.to_string()),
            None => Err(format!("line {line}: {what} is missing")),
        };
        match word.as_str() {
            "machine" => {
                let machine = Some(argument("the machine's name")?);
                entries.push(Entry { machine, ..Entry::default() });
            }
            "default" => entries.push(Entry::default()),
            "macdef" => tokens.skip_macro(),
            word @ ("login" | "password" | "account") => {
                let value = argument("a value")?;
                let entry = entries.last_mut().ok_or_else(|| format!("line {line}: no machine before this"))?;
                match word {
                    "login" => entry.login = Some(value),
                    "password" => entry.password = Some(Secret::new(value)),
                    _ => {}
                }
            }
            _ => return Err(format!("line {line}: this is not a keyword (a password with blanks needs quotes)")),
        }
    }
    Ok(entries)
}

/// Whether there is anything to protect in it.
pub(super) fn holds_secret(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.password.is_some())
}

/// The login and password for a host and, if it is known, a user.
///
/// `default` counts only where no entry names the host: a password that was meant for other hosts must not be sent
/// because this host's entry lacks one.
pub(super) fn find(entries: Vec<Entry>, host: &str, user: Option<&str>) -> Result<(Option<String>, Secret), String> {
    let names_host = |entry: &Entry| entry.machine.as_ref().is_some_and(|machine| machine.eq_ignore_ascii_case(host));
    let named = entries.iter().any(names_host);
    let fits = |entry: &Entry| match named {
        true => names_host(entry),
        false => entry.machine.is_none(),
    };
    let mut candidates = entries.into_iter().filter(fits).peekable();
    if candidates.peek().is_none() {
        return Err(format!("has no entry for {host}"));
    }
    let entry = candidates.find(|entry| match (user, &entry.login) {
        (Some(user), Some(login)) => user == login,
        (Some(_), None) => true,
        (None, login) => login.is_some(),
    });
    match (entry, user) {
        (Some(Entry { login, password: Some(password), .. }), _) => Ok((login, password)),
        (Some(_), _) => Err(format!("has an entry for {host} without a password")),
        (None, Some(_)) => Err(format!("has an entry for {host}, but not for this user")),
        (None, None) => Err(format!("has an entry for {host} without a login")),
    }
}

struct Tokens<'a> {
    chars: Peekable<CharIndices<'a>>,
    text: &'a str,
}

impl Tokens<'_> {
    /// The next word with quotes resolved, and its line. A `#` where a word would start begins a comment only if it
    /// starts a line: elsewhere it may start a password.
    fn next(&mut self) -> Result<Option<(Zeroizing<String>, usize)>, String> {
        let start = loop {
            match self.chars.peek() {
                None => return Ok(None),
                Some((_, c)) if c.is_whitespace() => drop(self.chars.next()),
                Some((at, '#')) if starts_line(self.text, *at) => {
                    while self.chars.next().is_some_and(|(_, c)| c != '\n') {}
                }
                Some((at, _)) => break *at,
            }
        };
        let line = self.line(start);
        let mut word = Zeroizing::new(String::with_capacity(256));
        if self.chars.next_if(|(_, c)| *c == '"').is_some() {
            loop {
                match self.chars.next() {
                    Some((_, '"')) => return Ok(Some((word, line))),
                    Some((_, '\\')) => word.extend(self.chars.next().map(|(_, c)| c)),
                    Some((_, '\n')) | None => return Err(format!("line {line}: a quote is not closed")),
                    Some((_, c)) => word.push(c),
                }
            }
        }
        while let Some((_, c)) = self.chars.next_if(|(_, c)| !c.is_whitespace()) {
            match c {
                '\\' => word.extend(self.chars.next().map(|(_, c)| c)),
                c => word.push(c),
            }
        }
        Ok(Some((word, line)))
    }

    /// Skips a macro: everything up to a blank line.
    fn skip_macro(&mut self) {
        let mut last = None;
        for (_, c) in self.chars.by_ref() {
            if c == '\n' && last == Some('\n') {
                return;
            }
            if c != '\r' {
                last = Some(c);
            }
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
    }
}

fn starts_line(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# work\nmachine pop.example.org\n\tlogin ann password s3cret#1\n\
        machine pop.example.org login bob password \"two words \\\" \\\\\"\n\
        machine other.example.org login cid account x password #hash\n\
        macdef init\nmachine evil password no\n\nmachine nopass.example.org login dan\n\
        machine anybody.example.org password shared\ndefault login anonymous password guest\n";

    fn lookup(text: &str, host: &str, user: Option<&str>) -> Result<(Option<String>, String), String> {
        let (login, password) = find(parse(text)?, host, user)?;
        Ok((login, password.expose_str().unwrap().to_owned()))
    }

    #[test]
    fn entries_are_found_by_host_and_user() {
        let found =
            |host, user| lookup(FILE, host, user).map(|(login, password)| (login.unwrap_or_default(), password));
        let is = |login: &str, password: &str| Ok((login.to_owned(), password.to_owned()));
        assert_eq!(found("pop.example.org", None), is("ann", "s3cret#1"));
        assert_eq!(found("POP.example.org", Some("bob")), is("bob", "two words \" \\"));
        assert_eq!(found("other.example.org", None), is("cid", "#hash"));
        assert_eq!(found("anybody.example.org", Some("eve")), is("", "shared"));
        assert_eq!(found("elsewhere.example", None), is("anonymous", "guest"));
    }

    #[test]
    fn a_secret_stays_with_its_host() {
        for (host, user, says) in [
            ("pop.example.org", Some("mallory"), "not for this user"),
            ("nopass.example.org", None, "without a password"),
            ("nopass.example.org", Some("dan"), "without a password"),
            ("anybody.example.org", None, "without a login"),
            ("elsewhere.example", Some("ann"), "not for this user"),
        ] {
            let error = lookup(FILE, host, user).unwrap_err();
            assert!(error.contains(says), "{host} {user:?}: {error}");
        }
        let error = lookup("machine a password b", "evil", None).unwrap_err();
        assert!(error.contains("no entry for evil"), "{error}");
    }

    #[test]
    fn damage_is_named_without_quoting_it() {
        for (text, says) in [
            ("machine", "line 1: the machine's name is missing"),
            ("machine a\nlogin", "line 2: a value is missing"),
            ("\nlogin ann", "line 2: no machine"),
            ("machine a password canary word", "line 1: this is not a keyword"),
            ("machine a\npassword \"canary\nx\"", "line 2: a quote is not closed"),
            ("machine a password \"canary", "not closed"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says) && !error.contains("canary"), "{text:?}: {error}");
        }
        assert!(parse("").unwrap().is_empty());
        assert!(parse("macdef x\nnever ends").unwrap().is_empty());
        assert!(!holds_secret(&parse("machine a login b").unwrap()));
    }
}
