//! Which account is meant when none is named.

use std::cmp::Reverse;

use super::{Account, Config};
use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};

impl Config {
    /// The accounts with a POP3 server; fails with [`Error::Config`] if there is none.
    pub fn all_with_pop3(&self) -> Result<Vec<&Account>> {
        self.all_with("pop3", |account| account.pop3.is_some())
    }

    /// The account with a POP3 server that is meant when none is named, and why: the default-account, or the only one.
    ///
    /// Fails with [`Error::Config`], with the names to choose from.
    pub fn choose_pop3(&self) -> Result<(&Account, String)> {
        self.choose("pop3", |account| account.pop3.is_some())
    }

    /// The account with an IMAP server that is meant when none is named, and why: the default-account, or the only one.
    ///
    /// Fails with [`Error::Config`], with the names to choose from.
    pub fn choose_imap(&self) -> Result<(&Account, String)> {
        self.choose("imap", |account| account.imap.is_some())
    }

    /// The account with an SMTP server that is meant when none is named, and why: the one whose `address` or
    /// `match-from` fits the envelope sender best, else the default-account, else the only one.
    ///
    /// A sender `ann+list@…` fits where `ann@…` does. Neither the case of letters nor the way in which an
    /// internationalised domain is written matters. Fails with [`Error::Config`], with the names to choose from.
    pub fn choose_smtp(&self, sender: Option<&AddrSpec>) -> Result<(&Account, String)> {
        let sends = |account: &Account| account.smtp.is_some();
        let Some(sender) = sender else { return self.choose("smtp", sends) };
        let mut fitting: Vec<(Fit, &Account)> = self
            .accounts()
            .filter(|account| sends(account))
            .filter_map(|account| Some((fit(account, sender)?, account)))
            .collect();
        fitting.sort_by_key(|(fit, _)| Reverse(*fit));
        let best = fitting.first().map(|(fit, _)| *fit);
        fitting.retain(|(fit, _)| Some(*fit) == best);
        match fitting.as_slice() {
            [] => self.choose("smtp", sends),
            [(fit, account)] => Ok((account, format!("its {} fits the sender {sender}", fit.key()))),
            several => match several.iter().find(|(_, account)| self.is_default(account)) {
                Some((_, account)) => {
                    Ok((account, format!("several fit the sender {sender}, and it is the default-account")))
                }
                None => {
                    let names: Vec<&str> = several.iter().map(|(_, account)| account.name.as_str()).collect();
                    let names = names.join(", ");
                    Err(Error::Config(format!("name an account: several fit the sender {sender}: {names}")))
                }
            },
        }
    }

    fn all_with(&self, protocol: &str, has: impl Fn(&Account) -> bool) -> Result<Vec<&Account>> {
        let accounts: Vec<&Account> = self.accounts().filter(|account| has(account)).collect();
        if !accounts.is_empty() {
            return Ok(accounts);
        }
        Err(Error::Config(match self.accounts().next() {
            None => self.nothing(protocol),
            Some(_) => format!("no account has a \"{protocol}\" URL, of those there are: {}", self.names(|_| true)),
        }))
    }

    fn choose(&self, protocol: &str, has: impl Fn(&Account) -> bool) -> Result<(&Account, String)> {
        let accounts = self.all_with(protocol, &has)?;
        if let Some(account) = accounts.iter().find(|account| self.is_default(account)) {
            return Ok((account, "it is the default-account".into()));
        }
        match accounts.as_slice() {
            [account] => Ok((account, format!("it is the only one with a \"{protocol}\" URL"))),
            _ => Err(Error::Config(format!("name an account, or set default-account: there are {}", self.names(&has)))),
        }
    }

    fn is_default(&self, account: &Account) -> bool {
        self.default_account.as_ref().is_some_and(|(name, _)| *name == account.name)
    }
}

/// How closely a sender fits, the closest last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Fit {
    /// A pattern, with this many characters that are not wildcards.
    Pattern(usize),
    /// An address, but for what stands behind a `+`.
    SubAddress,
    /// An address.
    Address,
}

impl Fit {
    fn key(self) -> &'static str {
        match self {
            Self::Pattern(_) => "match-from",
            Self::SubAddress | Self::Address => "address",
        }
    }
}

fn fit(account: &Account, sender: &AddrSpec) -> Option<Fit> {
    let whole = folded(sender);
    let base = sender.local().split_once('+').filter(|(base, _)| !base.is_empty());
    let base = base.and_then(|(base, _)| AddrSpec::new(base, sender.domain()).ok()).map(|base| folded(&base));
    let is = |address: &AddrSpec, text: &str| folded(address) == text;
    if account.address.iter().any(|address| is(address, &whole)) {
        return Some(Fit::Address);
    }
    if base.as_deref().is_some_and(|base| account.address.iter().any(|address| is(address, base))) {
        return Some(Fit::SubAddress);
    }
    let written = sender.to_string().to_lowercase();
    let forms = [Some(whole), base, Some(written)];
    let fits = |pattern: &str| forms.iter().flatten().any(|text| matches(pattern, text));
    let patterns = account.match_from.iter().map(|pattern| pattern.to_lowercase()).filter(|pattern| fits(pattern));
    patterns.map(|pattern| Fit::Pattern(pattern.chars().filter(|c| !matches!(c, '*' | '?')).count())).max()
}

/// The form in which addresses are compared.
fn folded(address: &AddrSpec) -> String {
    address.ascii_domain().unwrap_or_else(|_| address.clone()).to_string().to_lowercase()
}

/// Whether a pattern fits the whole text: `*` for any characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and the text that it is taken to end before.
    let mut star = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(one) if one == c || *one == '?' => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, ends)) => {
                    star = Some((at, ends + 1));
                    (p, t) = (at + 1, ends + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use std::cell::LazyCell;
    use std::fs;

    use super::super::{Schema, Sources};
    use super::*;

    fn load(text: &str) -> Config {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, text).unwrap();
        let programs = LazyCell::new(Box::new(|| vec![("smtpsend", Vec::new())]) as Box<_>);
        let schema = Schema { programs, groups: &[], check: &|_, _, _| Ok(()) };
        Config::load(&Sources { named: Some(path), ..Sources::default() }, &schema).unwrap()
    }

    #[test]
    fn without_a_sender() {
        let one = load("[accounts.a]\npop3='pop3s://h'\n[accounts.b]\nsmtp='smtp://h'\n");
        assert_eq!(one.choose_pop3().unwrap().0.name, "a");
        assert_eq!(one.choose_smtp(None).unwrap().0.name, "b");
        let two = load("[accounts.a]\npop3='pop3s://h'\n[accounts.b]\npop3='pop3s://i'\n");
        let error = two.choose_pop3().unwrap_err().to_string();
        assert!(error.contains("a, b"), "{error}");
        assert!(two.choose_smtp(None).unwrap_err().to_string().contains("no account has a \"smtp\" URL"));
        assert!(two.account("c").unwrap_err().to_string().contains("there is no account \"c\""));
        let default = load("default-account='b'\n[accounts.a]\nsmtp='smtp://h'\n[accounts.b]\nsmtp='smtp://i'\n");
        let (account, why) = default.choose_smtp(None).unwrap();
        assert_eq!((account.name.as_str(), why.as_str()), ("b", "it is the default-account"));
        let elsewhere = load("default-account='b'\n[accounts.a]\nsmtp='smtp://h'\n[accounts.b]\npop3='pop3://i'\n");
        assert_eq!(elsewhere.choose_smtp(None).unwrap().0.name, "a", "the default-account cannot send");
        let none = load("");
        let error = none.all_with_pop3().unwrap_err().to_string();
        assert!(error.contains("no account is configured in") && error.contains("config.toml"), "{error}");
        assert!(none.choose_smtp(None).unwrap_err().to_string().contains("smtps://"));
    }

    #[test]
    fn by_the_sender() {
        let config = load(
            "default-account = 'rest'\n\
             [accounts.work]\nsmtp='smtps://w'\naddress=['Ann@Work.example','sales+eu@work.example']\n\
             [accounts.team]\nsmtp='smtps://t'\nmatch-from=['*@work.example','?@short.example','x*y*@z']\n\
             [accounts.wide]\nsmtp='smtps://v'\nmatch-from='*@*.example'\n\
             [accounts.idn]\nsmtp='smtps://i'\naddress='ann@bücher.example'\nmatch-from='*@münchen.example'\n\
             [accounts.fetches]\npop3='pop3s://p'\naddress='no@where.example'\n\
             [accounts.rest]\nsmtp='smtps://r'\n",
        );
        for (sender, account) in [
            ("ann@work.example", "work"),
            ("ANN@WORK.EXAMPLE", "work"),
            ("ann+list@work.example", "work"),
            ("sales+eu@work.example", "work"),
            ("sales@work.example", "team"),
            ("sales+us@work.example", "team"),
            ("b@short.example", "team"),
            ("b+c@short.example", "team"),
            ("bb@short.example", "wide"),
            ("x1y2y3@z", "team"),
            ("xx@z", "rest"),
            ("ann@xn--bcher-kva.example", "idn"),
            ("b@xn--mnchen-3ya.example", "wide"),
            ("b@münchen.example", "idn"),
            ("no@where.example", "wide"),
            ("ann@work.example.org", "rest"),
            ("root", "rest"),
        ] {
            let sender = AddrSpec::parse(sender).unwrap();
            let (chosen, why) = config.choose_smtp(Some(&sender)).unwrap();
            assert_eq!(chosen.name, account, "{sender}: {why}");
        }
        let (_, why) = config.choose_smtp(Some(&AddrSpec::parse("a@short.example").unwrap())).unwrap();
        assert_eq!(why, "its match-from fits the sender a@short.example");
    }

    #[test]
    fn two_that_fit_alike() {
        let accounts = "[accounts.a]\nsmtp='smtps://h'\naddress='x@y.example'\n\
                        [accounts.b]\nsmtp='smtps://i'\naddress='x@y.example'\n";
        let sender = AddrSpec::parse("x@y.example").unwrap();
        let error = load(accounts).choose_smtp(Some(&sender)).unwrap_err().to_string();
        assert!(error.contains("a, b"), "{error}");
        let config = load(&format!("default-account='b'\n{accounts}"));
        assert_eq!(config.choose_smtp(Some(&sender)).unwrap().0.name, "b");
    }

    #[test]
    fn patterns_take_no_longer_than_their_text() {
        let text = "a".repeat(250);
        assert!(!matches(&format!("{}b", "a*".repeat(100)), &text));
        assert!(matches(&"*".repeat(1000), &text) && matches("*", "") && !matches("?", "") && matches("", ""));
    }
}
