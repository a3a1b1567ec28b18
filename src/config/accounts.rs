//! All files together: which account is meant, and what is set for it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::document::{Account, Document, Layer, Schema, path_text};
use super::private::PrivateFile;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// The system's file.
const SYSTEM: &str = "/etc/mailwire/config.toml";

/// Which files to read, least first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A file that was named, which must be there, in place of the others.
    pub named: Option<PathBuf>,
    /// The system's file, which may be absent or closed to this user.
    pub system: Option<PathBuf>,
    /// The user's file, which may be absent.
    pub user: Option<PathBuf>,
}

impl Sources {
    /// The files of the contract: `named`, else `$MAILWIRE_CONFIG`, else the system's and the user's.
    ///
    /// As the XDG specification asks, a relative `$XDG_CONFIG_HOME` is ignored.
    pub fn find(named: Option<&Path>, environment: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(named) = named.map(Path::to_owned).or_else(|| set("MAILWIRE_CONFIG")) {
            return Self { named: Some(named), ..Self::default() };
        }
        let base = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let base = base.or_else(|| set("HOME").map(|home| home.join(".config")));
        Self { named: None, system: Some(SYSTEM.into()), user: base.map(|base| base.join("mailwire/config.toml")) }
    }
}

/// The accounts and defaults of all files.
#[derive(Debug, Default)]
pub struct Config {
    defaults: Layer,
    accounts: BTreeMap<String, Account>,
    pub(super) default_account: Option<(String, String)>,
    groups: Vec<Vec<String>>,
    searched: Vec<String>,
    /// What somebody who asks for details may want to know, such as a file that was left out.
    pub notes: Vec<String>,
}

impl Config {
    /// Reads the files. An account of the user's file replaces the system's of the same name as a whole, so that a
    /// password never meets another server's URL; defaults are joined key by key.
    ///
    /// Fails with [`Error::Config`], naming file and line, on anything that is not understood and on a file with a
    /// secret that others can read.
    pub fn load(sources: &Sources, schema: &Schema<'_>) -> Result<Self> {
        let mut config = Self {
            groups: schema.groups.iter().map(|group| group.iter().map(|name| (*name).to_owned()).collect()).collect(),
            ..Self::default()
        };
        for path in [&sources.named, &sources.system, &sources.user].into_iter().flatten() {
            config.searched.push(path_text(path));
            let file = match PrivateFile::read(path) {
                Ok(file) => file,
                Err(error) if sources.named.is_none() && is_absent(&error) => continue,
                Err(error)
                    if error.kind() == io::ErrorKind::PermissionDenied && sources.system.as_ref() == Some(path) =>
                {
                    config.notes.push(format!("{} is not readable and was left out", path_text(path)));
                    continue;
                }
                Err(error) => return Err(Error::Config(format!("cannot read {}: {error}", path_text(path)))),
            };
            let document = Document::parse(&file, schema)?;
            config.defaults.overlay(&document.defaults, schema.groups);
            config.accounts.extend(document.accounts);
            config.default_account = document.default_account.or(config.default_account);
        }
        if let Some((name, origin)) = &config.default_account
            && !config.accounts.contains_key(name)
        {
            let complaint = config.absent(name);
            return Err(Error::Config(format!("{origin}: default-account: {complaint}")));
        }
        Ok(config)
    }

    /// The account of this name; fails with [`Error::Config`], naming the nearest.
    pub fn account(&self, name: &str) -> Result<&Account> {
        self.accounts.get(name).ok_or_else(|| Error::Config(self.absent(name)))
    }

    /// All accounts, by name.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// What the files set for a program: defaults, then the account, then the program's table in it.
    ///
    /// Holds whatever the shared tables say, options of other programs too.
    pub fn layered(&self, program: &str, account: Option<&Account>) -> Layer {
        let groups: Vec<Vec<&str>> =
            self.groups.iter().map(|group| group.iter().map(String::as_str).collect()).collect();
        let groups: Vec<&[&str]> = groups.iter().map(Vec::as_slice).collect();
        let mut layer = self.defaults.clone();
        if let Some(account) = account {
            for above in std::iter::once(&account.settings).chain(account.programs.get(program)) {
                layer.overlay(above, &groups);
            }
        }
        layer
    }

    fn absent(&self, name: &str) -> String {
        let shown = crate::text::sanitize(name.as_bytes());
        match nearest(name, self.accounts.keys().map(String::as_str)) {
            _ if self.accounts.is_empty() => {
                format!("there is no account \"{shown}\": no account is configured in {}", self.searched.join(" and "))
            }
            Some(near) => format!("there is no account \"{shown}\"; did you mean \"{near}\"?"),
            None => format!("there is no account \"{shown}\"; there are {}", self.names(|_| true)),
        }
    }

    /// Says that there are no accounts, and where they were looked for.
    pub(super) fn nothing(&self, protocol: &str) -> String {
        let searched = self.searched.join(" and ");
        format!(
            "no account is configured in {searched}; name a server instead, such as {protocol}s://ann@mail.example.org"
        )
    }

    /// The names of these accounts, for a message.
    pub(super) fn names(&self, which: impl Fn(&Account) -> bool) -> String {
        let names: Vec<&str> =
            self.accounts().filter(|account| which(account)).map(|account| account.name.as_str()).collect();
        names.join(", ")
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::cell::LazyCell;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::document::{Table, Value};
    use super::*;

    const GROUPS: &[&[&str]] =
        &[&["keep", "delete", "keep-days"], &["password", "password-command", "password-file", "netrc"]];

    fn check(table: Table<'_>, name: &str, value: &Value) -> Result<(), String> {
        match (name, value) {
            ("window", Value::Number(_)) if table == Table::Of("smtpsend") => Err("must be a word".into()),
            ("timeout", Value::Number(_)) | ("keep" | "delete", Value::Bool(_)) => Ok(()),
            ("keep-days" | "timeout", Value::Text(_)) => Err("must be a number".into()),
            ("keep" | "delete", _) => Err("must be true or false".into()),
            _ => Ok(()),
        }
    }

    fn schema() -> Schema<'static> {
        let shared = ["timeout", "user", "password-command", "password-file", "netrc", "pin"];
        let options = move |own: &[&str]| shared.iter().chain(own).map(|name| (*name).to_owned()).collect();
        let programs = move || {
            vec![
                ("popfetch", options(&["keep", "delete", "keep-days", "window"])),
                ("smtpsend", options(&["partial", "window"])),
                ("imapctl", options(&["limit"])),
            ]
        };
        Schema { programs: LazyCell::new(Box::new(programs)), groups: GROUPS, check: &check }
    }

    fn load_with_mode(text: &str, mode: u32) -> Result<Config> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Config::load(&Sources { named: Some(path), ..Sources::default() }, &schema())
    }

    fn load(text: &str) -> Config {
        load_with_mode(text, 0o600).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refusal(text: &str) -> String {
        match load_with_mode(text, 0o600) {
            Err(Error::Config(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn layers() {
        let config = load(
            "default-account = \"work\"\n[defaults]\ntimeout = 5\nkeep-days = 30\npassword-command = 'pass'\n\
             [accounts.work]\npop3 = 'pop3s://h'\nuser = 'ann'\ntimeout = 6\n\
             [accounts.work.popfetch]\ntimeout = 7.5\ndelete = true\n\
             [accounts.home]\npop3 = 'pop3s://i'\npassword = 'canary'\naddress = 'a@b'\n\
             [accounts.sends]\nsmtp = 'smtps://s'\n",
        );
        let work = config.layered("popfetch", Some(config.account("work").unwrap()));
        let value = |layer: &Layer, name: &str| layer.options.get(name).map(|setting| setting.value.clone());
        assert_eq!(value(&work, "timeout"), Some(Value::Number("7.5".into())));
        assert_eq!(value(&work, "user"), Some(Value::Text("ann".into())));
        assert_eq!(value(&work, "delete"), Some(Value::Bool(true)));
        assert_eq!(value(&work, "keep-days"), None, "delete above displaces it");
        assert!(value(&work, "password-command").is_some());
        let home = config.layered("popfetch", Some(config.account("home").unwrap()));
        assert_eq!(value(&home, "password-command"), None, "the account's own password displaces it");
        assert_eq!(home.password, Some(Secret::new("canary")));
        assert_eq!(value(&home, "keep-days"), Some(Value::Number("30".into())));
        assert!(!format!("{config:?}{home:?}").contains("canary"));
        assert!(work.options.get("delete").unwrap().origin.ends_with("config.toml:12"));
    }

    use crate::secret::Secret;

    #[test]
    fn a_programs_table_is_its_own() {
        let config = load(
            "[defaults]\nkeep-days = 3\nwindow = 7\n[accounts.a]\npop3='pop3s://h'\nsmtp='lmtp:///run/lmtp'\n\
             delete = true\npartial = 'abort'\n[accounts.a.popfetch]\ntimeout = 1\n\
             [accounts.a.smtpsend]\ntimeout = 2\npassword = 'canary'\n\
             [accounts.a.imapctl]\nlimit = 9\n",
        );
        let account = config.account("a").unwrap();
        let value = |program: &str, name: &str| {
            config.layered(program, Some(account)).options.get(name).map(|setting| setting.value.clone())
        };
        assert_eq!(value("popfetch", "timeout"), Some(Value::Number("1".into())));
        assert_eq!(value("smtpsend", "timeout"), Some(Value::Number("2".into())));
        assert_eq!(value("imapctl", "timeout"), None);
        assert_eq!(value("imapctl", "limit"), Some(Value::Number("9".into())));
        assert!(value("popfetch", "delete").is_some() && value("smtpsend", "partial").is_some());
        assert_eq!(config.layered("popfetch", Some(account)).password, None);
        assert_eq!(config.layered("smtpsend", Some(account)).password, Some(Secret::new("canary")));
        assert!(load_with_mode("[accounts.a.imapctl]\npassword = 'canary'\n", 0o644).is_err());
        for (text, says) in [
            ("[accounts.a.smtpsend]\nkeep = true\n", ":2: unknown key \"keep\" in a table of smtpsend"),
            ("[accounts.a.smtpsend]\nwindow = 7\n", ":2: window: must be a word"),
            ("[accounts.a.popfetch]\npartiall = 'x'\n", ":2: unknown key \"partiall\" in a table of popfetch"),
            ("[accounts.a]\npartiall = 'x'\n", "did you mean \"partial\"?"),
            ("[accounts.a]\nsmtpsnd = 'x'\n", "did you mean \"smtpsend\"?"),
            ("[accounts.a.imapctl]\nFolder = 'x'\n", ":2: unknown key \"Folder\" in a table of imapctl"),
            ("[accounts.a.imapctl]\nlimit = 2020-01-01\n", "must be a string"),
        ] {
            let error = refusal(text);
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn refusals_name_the_line_and_the_nearest() {
        for (text, says) in [
            ("[defaults]\nkeep-day = 3\n", ":2: unknown key \"keep-day\" in [defaults]; did you mean \"keep-days\"?"),
            ("[default]\n", ":1: unknown key \"default\"; did you mean \"defaults\"?"),
            ("[accounts.a]\nfrobnicate = 1\n", ":2: unknown key \"frobnicate\" in an account"),
            ("[accounts.a]\npop = 'pop3s://h'\n", "did you mean \"pop3\"?"),
            (
                "[accounts.a.popfetch]\nkeeep = true\n",
                ":2: unknown key \"keeep\" in a table of popfetch; did you mean \"keep\"?",
            ),
            ("[accounts.a]\nkeep = 'yes'\n", ":2: keep: must be true or false"),
            ("[accounts.a]\npop3 = 'http://h'\n", ":2: \"http://h\" is not a valid URL"),
            ("[accounts.a]\nimap = 'pop3s://h'\n", ":2: this must be the URL of an imap server"),
            ("[accounts.a]\npop3 = 'smtps://h'\n", ":2: this must be the URL of a pop3 server"),
            ("[accounts.a]\nsmtp = 'pop3s://h'\n", ":2: this must be the URL of an smtp or lmtp server"),
            ("[accounts.a]\naddress = ['a@b', 'Ann <a@b>']\n", ":2: "),
            ("[accounts.a]\npassword = 3\n", ":2: password must be a string"),
            ("[accounts.a]\npassword = \"a\\nb\"\n", "line end"),
            ("[accounts.a]\npassword = ''\n", "empty"),
            ("[defaults]\npassword = 'x'\n", ":2: password belongs to one account"),
            ("[defaults]\npop3 = 'pop3s://h'\n", "belongs in [accounts.NAME]"),
            ("[defaults]\ntimeout = 0x10\n", "decimal"),
            ("[defaults]\ntimeout = 2020-01-01\n", "must be a string, a number"),
            ("[defaults]\npin = [1]\n", "must be a string"),
            ("accounts = 3\n", ":1: accounts must be a table"),
            ("[accounts]\na = 3\n", ":2: a must be a table"),
            ("[accounts.'-v']\n", "no name for an account"),
            ("[accounts.\"a\\u001b[2J\"]\n", "cannot be shown"),
            ("default-account = 'wrk'\n[accounts.work]\n", "did you mean \"work\"?"),
            ("\n\nkey = \n", ":3: "),
        ] {
            let error = refusal(text);
            assert!(error.contains(says), "{text:?}: {error}");
            assert!(!error.chars().any(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn errors_never_quote_the_line() {
        for text in [
            "[accounts.a]\npassword = \"canary\n",
            "[accounts.a]\npassword = canary\n",
            "[accounts.a]\npassword = 'canary' x\n",
            "[accounts.a]\npassword = ['canary']\n",
            "[accounts.a]\npop3 = 'pop3s://u:canary@h'\n",
        ] {
            let error = refusal(text);
            assert!(!error.contains("canary"), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_file_with_a_secret_must_be_private() {
        let secret = "[accounts.a]\npassword = 'canary'\n";
        for mode in [0o644, 0o640, 0o660] {
            let error = load_with_mode(secret, mode).unwrap_err().to_string();
            assert!(error.contains("chmod 600") && !error.contains("canary"), "{error}");
        }
        load_with_mode(secret, 0o600).unwrap();
        assert!(load_with_mode("[defaults]\nproxy-password = 'x'\n", 0o644).is_err());
        load_with_mode("[defaults]\ntimeout = 3\n", 0o644).unwrap();
        assert!(load_with_mode("[defaults]\ntimeout = 3\n", 0o646).is_err(), "anybody could add a command");
    }

    #[test]
    fn the_users_file_goes_over_the_systems() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            path
        };
        let system = write(
            "system",
            "[defaults]\ntimeout = 1\nuser = 'sys'\n[accounts.a]\npop3='pop3s://s'\npassword='canary'\n[accounts.b]\npop3='pop3s://b'\n",
        );
        let user = write("user", "[defaults]\ntimeout = 2\n[accounts.a]\npop3='pop3s://u'\n");
        let config = Config::load(&Sources { named: None, system: Some(system), user: Some(user) }, &schema()).unwrap();
        let a = config.account("a").unwrap();
        assert_eq!(a.pop3.as_deref(), Some("pop3s://u"));
        let layer = config.layered("popfetch", Some(a));
        assert_eq!(layer.password, None, "the system's password must not go to the user's server");
        assert_eq!(layer.options.get("timeout").unwrap().value, Value::Number("2".into()));
        assert_eq!(layer.options.get("user").unwrap().value, Value::Text("sys".into()));
        assert!(config.account("b").is_ok());
        let absent = Sources { named: None, system: Some("/nonexistent/x".into()), user: None };
        assert!(Config::load(&absent, &schema()).is_ok());
        assert!(Config::load(&Sources { named: Some("/nonexistent/x".into()), ..absent }, &schema()).is_err());
    }

    #[test]
    fn where_files_are_looked_for() {
        let with = |pairs: &'static [(&str, &str)]| {
            Sources::find(None, move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(with(&[("HOME", "/h")]).user, Some("/h/.config/mailwire/config.toml".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]).user, Some("/x/mailwire/config.toml".into()));
        assert_eq!(
            with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "rel")]).user,
            Some("/h/.config/mailwire/config.toml".into())
        );
        assert_eq!(with(&[]).user, None);
        let named = with(&[("HOME", "/h"), ("MAILWIRE_CONFIG", "/c")]);
        assert_eq!((named.named, named.system, named.user), (Some("/c".into()), None, None));
        assert!(with(&[("HOME", "/h"), ("MAILWIRE_CONFIG", "")]).named.is_none());
        let option = Sources::find(Some(Path::new("/o")), |_| Some("/c".into()));
        assert_eq!(option.named, Some("/o".into()));
    }
}
