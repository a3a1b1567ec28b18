//! `--aliases FILE`: who is meant by a bare local name, as aliases(5) has it.
//!
//! Only addresses are understood. What would run a program, write to a file or read another list is refused, since mail that
//! silently goes nowhere is lost; the files of a mail server's own aliases are for that server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};
use crate::mail::address;
use crate::text::sanitize;

/// More than this is no alias file.
const MAX_OCTETS: u64 = 16 * 1024 * 1024;

/// What stands for every local name that has no line of its own, as in msmtp's files.
const DEFAULT: &str = "default";

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    names: BTreeMap<String, Vec<AddrSpec>>,
}

impl Aliases {
    /// Reads a file. Fails with [`Error::Config`], naming the line, on what is not understood.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = sanitize(path.as_os_str().as_encoded_bytes());
        let unreadable = |error: std::io::Error| Error::Config(format!("cannot read {shown}: {error}"));
        let file = File::open(path).map_err(unreadable)?;
        let mut lines = Vec::new();
        for line in BufReader::new(file).take(MAX_OCTETS).split(b'\n') {
            lines.push(line.map_err(unreadable)?);
        }
        Self::parse(&lines).map_err(|(line, complaint)| Error::Config(format!("{shown}:{line}: {complaint}")))
    }

    fn parse(lines: &[Vec<u8>]) -> Result<Self, (usize, String)> {
        let mut aliases = Self::default();
        let mut entries: Vec<(usize, Vec<u8>)> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let text = line.trim_ascii_end();
            match (text.first(), entries.last_mut()) {
                (None | Some(b'#'), _) => {}
                (Some(b' ' | b'\t'), Some((_, entry))) => entry.extend_from_slice(text),
                _ => entries.push((number + 1, text.to_vec())),
            }
        }
        for (line, entry) in entries {
            aliases.add(&entry).map_err(|complaint| (line, complaint))?;
        }
        Ok(aliases)
    }

    fn add(&mut self, entry: &[u8]) -> Result<(), String> {
        let colon = memchr::memchr(b':', entry).ok_or("a line has the form \"name: address, address\"")?;
        let (name, addresses) = entry.split_at(colon);
        let name = std::str::from_utf8(name).map_err(|_| "the name is not UTF-8")?.trim().trim_matches('"');
        let addresses = addresses.get(1..).unwrap_or_default().trim_ascii();
        if name.is_empty() || addresses.is_empty() {
            return Err("a line has the form \"name: address, address\"".into());
        }
        if addresses.starts_with(b"|")
            || addresses.starts_with(b"\"|")
            || addresses.starts_with(b"/")
            || addresses.starts_with(b":")
        {
            return Err(format!("{}: only addresses can be delivered to", sanitize(name.as_bytes())));
        }
        let list = address::parse_list(addresses).map_err(|error| error.to_string())?;
        self.names.insert(name.to_ascii_lowercase(), list.into_iter().map(|mailbox| mailbox.address).collect());
        Ok(())
    }

    /// The addresses with every local name replaced by what it stands for, to any depth, each of them once and in order.
    /// A name that leads back to itself stays as it is.
    pub(super) fn expand(&self, addresses: Vec<AddrSpec>) -> Vec<AddrSpec> {
        let mut expanded: Vec<AddrSpec> = Vec::new();
        for address in addresses {
            self.expand_into(address, &mut BTreeSet::new(), &mut expanded);
        }
        expanded
    }

    fn expand_into(&self, address: AddrSpec, above: &mut BTreeSet<String>, into: &mut Vec<AddrSpec>) {
        let name = address.local().to_ascii_lowercase();
        let meant = match address.domain() {
            Some(_) => None,
            None if above.contains(&name) => None,
            None => self.names.get(&name).or_else(|| self.names.get(DEFAULT)),
        };
        match meant {
            Some(meant) => {
                above.insert(name.clone());
                meant.iter().for_each(|address| self.expand_into(address.clone(), above, into));
                above.remove(&name);
            }
            None if into.iter().any(|known| known.same(&address)) => {}
            None => into.push(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases(text: &str) -> Result<Aliases, (usize, String)> {
        Aliases::parse(&text.split('\n').map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    fn expand(text: &str, names: &[&str]) -> Vec<String> {
        let addresses = names.iter().map(|name| {
            let (local, domain) = name.split_once('@').map_or((*name, None), |(local, domain)| (local, Some(domain)));
            AddrSpec::new(local, domain).unwrap()
        });
        aliases(text).unwrap().expand(addresses.collect()).iter().map(AddrSpec::to_string).collect()
    }

    #[test]
    fn names_stand_for_addresses() {
        let text = "# who reads it\nroot: ann@example.org,\n  ben\nBen: b@example.org\npostmaster: root\n\n";
        assert_eq!(expand(text, &["Root"]), ["ann@example.org", "b@example.org"]);
        assert_eq!(
            expand(text, &["postmaster", "ben", "root@x.example", "eve"]),
            ["ann@example.org", "b@example.org", "root@x.example", "eve"]
        );
        assert_eq!(expand("default: a@b.example", &["cron", "x@y.example"]), ["a@b.example", "x@y.example"]);
    }

    #[test]
    fn circles_end() {
        assert_eq!(expand("a: b\nb: a, c@x.example", &["a"]), ["a", "c@x.example"]);
        assert_eq!(expand("a: a, c@x.example", &["a"]), ["a", "c@x.example"]);
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_line() {
        for (text, line) in
            [("a: b@c.example\nd: |/bin/x", 2), ("a: /var/mail/x", 1), ("a: :include:/l", 1), ("nothing", 1), ("a:", 1)]
        {
            assert_eq!(aliases(text).unwrap_err().0, line, "{text}");
        }
    }
}
