//! One configuration file: TOML into checked layers of settings, with the line each came from.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::private::PrivateFile;
use crate::addr_spec::AddrSpec;
use crate::endpoint::{Endpoint, Protocol};
use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::secret::Secret;
use crate::text::{is_unsafe, sanitize};

/// Which options there are; made from the definitions of the command lines.
pub struct Schema<'a> {
    /// Asked for when there is a file to read by them.
    pub programs: LazyCell<Programs, Box<dyn FnOnce() -> Programs + 'a>>,
    /// Options of which one takes the place of another: a setting drops its group's settings from the layers below.
    pub groups: &'a [&'a [&'a str]],
    /// Says what is wrong with an option's value, without repeating it if it could be secret.
    pub check: &'a dyn Fn(Table<'_>, &str, &Value) -> Result<(), String>,
}

/// Each program and the names that may be keys of its table, without dashes in front. In the tables that all programs
/// share any of them may stand.
pub type Programs = Vec<(&'static str, Vec<String>)>;

/// Whose options a table holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Table<'a> {
    /// `[defaults]` and `[accounts.NAME]`: every program takes what it knows.
    Shared,
    /// `[accounts.NAME.PROGRAM]`: those of one program.
    Of(&'a str),
}

/// A setting's value, as the file has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number, in decimal.
    Number(String),
    /// A string.
    Text(String),
    /// An array of strings.
    List(Vec<String>),
}

/// A value and where it was set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// `FILE:LINE`, for messages.
    pub origin: String,
}

/// The settings of one table, or of several put over each other.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// Options by name.
    pub options: BTreeMap<String, Setting>,
    /// `password`.
    pub password: Option<Secret>,
    /// `proxy-password`.
    pub proxy_password: Option<Secret>,
}

/// `[accounts.NAME]`.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// `FILE:LINE` of its first mention.
    pub origin: String,
    /// The POP3 server's URL.
    pub pop3: Option<String>,
    /// The IMAP server's URL.
    pub imap: Option<String>,
    /// The SMTP server's URL.
    pub smtp: Option<String>,
    /// The addresses that mail is sent from.
    pub address: Vec<AddrSpec>,
    /// Patterns of further such addresses, with `*` and `?`.
    pub match_from: Vec<String>,
    /// Settings for all programs.
    pub settings: Layer,
    /// `[accounts.NAME.PROGRAM]`, over those.
    pub programs: BTreeMap<String, Layer>,
}

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) defaults: Layer,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) default_account: Option<(String, String)>,
}

impl Layer {
    /// Puts another layer over this one.
    pub fn overlay(&mut self, above: &Layer, groups: &[&[&str]]) {
        for name in above.options.keys() {
            self.displace(name, groups);
        }
        if above.password.is_some() {
            self.displace("password", groups);
            self.password.clone_from(&above.password);
        }
        if above.proxy_password.is_some() {
            self.proxy_password.clone_from(&above.proxy_password);
        }
        self.options.extend(above.options.iter().map(|(name, setting)| (name.clone(), setting.clone())));
    }

    /// Drops an option, and whatever shares a group with it: something above decides.
    pub fn displace(&mut self, name: &str, groups: &[&[&str]]) {
        let bound = self.options.remove(name).is_some() && name == "proxy";
        if bound {
            // A password that stands beside a proxy is meant for that one.
            self.proxy_password = None;
        }
        for group in groups.iter().filter(|group| group.contains(&name)) {
            self.options.retain(|other, _| !group.contains(&other.as_str()));
            if group.contains(&"password") {
                self.password = None;
            }
        }
    }
}

impl Schema<'_> {
    /// The names that may be keys of a table; a name that several programs have comes several times.
    fn options(&self, table: Table<'_>) -> impl Iterator<Item = &str> {
        let of_table = move |program: &str| match table {
            Table::Shared => true,
            Table::Of(name) => name == program,
        };
        let programs = self.programs.iter().filter(move |(program, _)| of_table(program));
        programs.flat_map(|(_, options)| options.iter().map(String::as_str))
    }
}

impl Document {
    pub(super) fn parse(file: &PrivateFile, schema: &Schema<'_>) -> Result<Self> {
        file.require_trustworthy()?;
        let reader = Reader { file: file.name(), text: &file.content, schema };
        let text = std::str::from_utf8(&file.content)
            .map_err(|error| reader.wrong(error.valid_up_to(), "this is not UTF-8".into()))?;
        // The library's own rendering quotes the line, and the line may hold a password.
        let root = DeTable::parse(text).map_err(|error| {
            reader.wrong(error.span().map_or(0, |span| span.start), sanitize(error.message().as_bytes()))
        })?;
        let document = reader.document(root.get_ref())?;
        if document.holds_secret() {
            file.require_private("a password")?;
        }
        Ok(document)
    }

    fn holds_secret(&self) -> bool {
        let holds = |layer: &Layer| layer.password.is_some() || layer.proxy_password.is_some();
        let account_holds = |account: &Account| holds(&account.settings) || account.programs.values().any(holds);
        holds(&self.defaults) || self.accounts.values().any(account_holds)
    }
}

/// Keys of `[accounts.NAME]` beside options and the programs' tables.
const OF_ACCOUNT: [&str; 7] = ["password", "proxy-password", "address", "match-from", "pop3", "imap", "smtp"];

/// Sources of one secret: for every account the same, a stranger's server among them, they would be no secret.
const NOT_DEFAULTS: [&str; 3] = ["password", "password-file", "password-fd"];

struct Reader<'a, 's> {
    file: String,
    text: &'a [u8],
    schema: &'a Schema<'s>,
}

impl Reader<'_, '_> {
    fn document(&self, root: &DeTable<'_>) -> Result<Document> {
        let mut document = Document::default();
        for (key, value) in root {
            match key.get_ref().as_ref() {
                "defaults" => {
                    for (key, value) in self.table(key, value)? {
                        self.default(&mut document, key, value)?;
                    }
                }
                "accounts" => {
                    for (name, table) in self.table(key, value)? {
                        let account = self.account(name, table)?;
                        document.accounts.insert(account.name.clone(), account);
                    }
                }
                "default-account" => document.default_account = Some((self.text(key, value)?, self.origin(key))),
                _ => return Err(self.unknown(key, &["defaults", "accounts", "default-account"], None, "")),
            }
        }
        Ok(document)
    }

    fn default(&self, document: &mut Document, key: &Spanned<impl AsRef<str>>, value: &Item<'_>) -> Result<()> {
        match key.get_ref().as_ref() {
            "default-account" => document.default_account = Some((self.text(key, value)?, self.origin(key))),
            "proxy-password" => document.defaults.proxy_password = Some(self.secret(key, value)?),
            name if NOT_DEFAULTS.contains(&name) => {
                return Err(self.wrong_at(key, format!("{name} belongs to one account: put it in [accounts.NAME]")));
            }
            name if self.is_option(Table::Shared, name) => {
                self.option(&mut document.defaults, key, value, Table::Shared)?;
            }
            name if OF_ACCOUNT.contains(&name) => {
                return Err(self.wrong_at(key, format!("{name} belongs in [accounts.NAME]")));
            }
            _ => {
                let others = ["default-account", "proxy-password"];
                return Err(self.unknown(key, &others, Some(Table::Shared), " in [defaults]"));
            }
        }
        Ok(())
    }

    fn account(&self, name: &Spanned<impl AsRef<str>>, table: &Item<'_>) -> Result<Account> {
        let origin = self.origin(name);
        let text = name.get_ref().as_ref();
        if text.is_empty() || text.trim() != text || text.starts_with('-') || text.contains('/') {
            return Err(self.wrong_at(
                name,
                format!("{:?} is no name for an account: it starts with -, is blank or holds a /", shown(text)),
            ));
        }
        if text.chars().any(is_unsafe) {
            return Err(self.wrong_at(name, "an account's name holds a character that cannot be shown".into()));
        }
        let mut account = Account {
            name: text.to_owned(),
            origin,
            pop3: None,
            imap: None,
            smtp: None,
            address: Vec::new(),
            match_from: Vec::new(),
            settings: Layer::default(),
            programs: BTreeMap::new(),
        };
        for (key, value) in self.table(name, table)? {
            match key.get_ref().as_ref() {
                "pop3" => account.pop3 = Some(self.endpoint(key, value, &[Protocol::Pop3])?),
                "imap" => account.imap = Some(self.endpoint(key, value, &[Protocol::Imap])?),
                "smtp" => account.smtp = Some(self.endpoint(key, value, &[Protocol::Smtp, Protocol::Lmtp])?),
                "address" => {
                    let addresses = self.texts(key, value)?.into_iter().map(|text| AddrSpec::parse(&text));
                    let addresses: Result<_> = addresses.collect();
                    account.address = addresses.map_err(|error| self.wrong_at(key, error.to_string()))?;
                }
                "match-from" => account.match_from = self.texts(key, value)?,
                program if self.is_program(program) => {
                    let mut layer = Layer::default();
                    for (key, value) in self.table(key, value)? {
                        self.setting(&mut layer, key, value, Table::Of(program))?;
                    }
                    account.programs.insert(program.to_owned(), layer);
                }
                _ => self.setting(&mut account.settings, key, value, Table::Shared)?,
            }
        }
        Ok(account)
    }

    fn setting(
        &self,
        layer: &mut Layer,
        key: &Spanned<impl AsRef<str>>,
        value: &Item<'_>,
        table: Table<'_>,
    ) -> Result<()> {
        match key.get_ref().as_ref() {
            "password" => layer.password = Some(self.secret(key, value)?),
            "proxy-password" => layer.proxy_password = Some(self.secret(key, value)?),
            name if self.is_option(table, name) => self.option(layer, key, value, table)?,
            _ => {
                let programs = self.schema.programs.iter().map(|(program, _)| *program);
                let (others, place): (Vec<&str>, String) = match table {
                    Table::Shared => (OF_ACCOUNT.into_iter().chain(programs).collect(), " in an account".into()),
                    Table::Of(program) => (vec!["password", "proxy-password"], format!(" in a table of {program}")),
                };
                return Err(self.unknown(key, &others, Some(table), &place));
            }
        }
        Ok(())
    }

    fn is_program(&self, name: &str) -> bool {
        self.schema.programs.iter().any(|(program, _)| *program == name)
    }

    fn is_option(&self, table: Table<'_>, name: &str) -> bool {
        self.schema.options(table).any(|option| option == name)
    }

    fn option(
        &self,
        layer: &mut Layer,
        key: &Spanned<impl AsRef<str>>,
        value: &Item<'_>,
        table: Table<'_>,
    ) -> Result<()> {
        let name = key.get_ref().as_ref();
        let value = self.value(key, value)?;
        (self.schema.check)(table, name, &value)
            .map_err(|complaint| self.wrong_at(key, format!("{name}: {}", sanitize(complaint.as_bytes()))))?;
        layer.options.insert(name.to_owned(), Setting { value, origin: self.origin(key) });
        Ok(())
    }

    fn value(&self, key: &Spanned<impl AsRef<str>>, value: &Item<'_>) -> Result<Value> {
        Ok(match value.get_ref() {
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().to_owned()),
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Array(_) => Value::List(self.texts(key, value)?),
            DeValue::Integer(_) => return Err(self.mistyped(key, "a decimal number")),
            DeValue::Datetime(_) | DeValue::Table(_) => {
                return Err(self.mistyped(key, "a string, a number, true, false or an array of strings"));
            }
        })
    }

    fn table<'v, 'i>(&self, key: &Spanned<impl AsRef<str>>, value: &'v Item<'i>) -> Result<&'v DeTable<'i>> {
        value.get_ref().as_table().ok_or_else(|| self.mistyped(key, "a table"))
    }

    fn text(&self, key: &Spanned<impl AsRef<str>>, value: &Item<'_>) -> Result<String> {
        match value.get_ref().as_str() {
            Some(text) if text.chars().any(char::is_control) => {
                Err(self.wrong_at(key, format!("{} holds a control character", shown(key.get_ref().as_ref()))))
            }
            Some(text) => Ok(text.to_owned()),
            None => Err(self.mistyped(key, "a string")),
        }
    }

    fn texts(&self, key: &Spanned<impl AsRef<str>>, value: &Item<'_>) -> Result<Vec<String>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.text(key, item)).collect(),
            _ => Ok(vec![self.text(key, value)?]),
        }
    }

    fn endpoint(&self, key: &Spanned<impl AsRef<str>>, value: &Item<'_>, protocols: &[Protocol]) -> Result<String> {
        let url = self.text(key, value)?;
        let endpoint = Endpoint::parse(&url, None).map_err(|error| self.wrong_at(key, error.to_string()))?;
        match protocols.contains(&endpoint.protocol) {
            true => Ok(url),
            false => {
                let article = if protocols.contains(&Protocol::Pop3) { "a" } else { "an" };
                let protocols: Vec<&str> = protocols.iter().map(|protocol| protocol.name()).collect();
                let complaint = format!("this must be the URL of {article} {} server", protocols.join(" or "));
                Err(self.wrong_at(key, complaint))
            }
        }
    }

    fn secret(&self, key: &Spanned<impl AsRef<str>>, value: &Item<'_>) -> Result<Secret> {
        let name = shown(key.get_ref().as_ref());
        match value.get_ref().as_str() {
            Some("") => Err(self.wrong_at(key, format!("{name} is empty"))),
            Some(text) if text.contains(['\0', '\r', '\n']) => {
                Err(self.wrong_at(key, format!("{name} holds a line end or a NUL, which no protocol can carry")))
            }
            Some(text) => Ok(Secret::new(text)),
            None => Err(self.mistyped(key, "a string")),
        }
    }

    fn unknown(&self, key: &Spanned<impl AsRef<str>>, others: &[&str], table: Option<Table<'_>>, place: &str) -> Error {
        let name = key.get_ref().as_ref();
        let options = table.into_iter().flat_map(|table| self.schema.options(table));
        let names: Vec<&str> = others.iter().copied().chain(options).collect();
        let complaint = match nearest(name, names) {
            Some(near) => format!("unknown key \"{}\"{place}; did you mean \"{near}\"?", shown(name)),
            None => format!("unknown key \"{}\"{place}", shown(name)),
        };
        self.wrong_at(key, complaint)
    }

    fn mistyped(&self, key: &Spanned<impl AsRef<str>>, expected: &str) -> Error {
        self.wrong_at(key, format!("{} must be {expected}", shown(key.get_ref().as_ref())))
    }

    fn wrong_at<K>(&self, key: &Spanned<K>, complaint: String) -> Error {
        self.wrong(key.span().start, complaint)
    }

    fn wrong(&self, offset: usize, complaint: String) -> Error {
        Error::Config(format!("{}:{}: {complaint}", self.file, self.line(offset)))
    }

    fn origin<K>(&self, key: &Spanned<K>) -> String {
        format!("{}:{}", self.file, self.line(key.span().start))
    }

    fn line(&self, offset: usize) -> usize {
        self.text.iter().take(offset).filter(|b| **b == b'\n').count() + 1
    }
}

/// A value of the file, with its place.
type Item<'i> = Spanned<DeValue<'i>>;

fn shown(name: &str) -> String {
    sanitize(name.as_bytes())
}

/// For messages about files that cannot be read at all.
pub(super) fn path_text(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}
