//! Who runs a sendmail: mail without a sender comes from the user, at this machine.

use std::ffi::OsString;
use std::path::Path;

use rustix::process::getuid;

use super::draft::Origin;
use crate::addr_spec::AddrSpec;
use crate::cli::exit::Failure;
use crate::smtp::HelloName;
use crate::text::sanitize;

/// Where the system's users are.
const PASSWD: &str = "/etc/passwd";

/// The name that mail of this machine goes by where it is not the machine's own, as on Debian.
const MAILNAME: &str = "/etc/mailname";

/// The user who runs a sendmail, the real one: what a setuid wrapper is run for, is done for that user.
#[derive(Debug)]
pub(super) struct Caller {
    /// The login name, at this machine if that has a full name.
    address: Option<AddrSpec>,
    full_name: Option<String>,
    own_name: Option<String>,
    domain: Option<String>,
}

impl Caller {
    /// Asks the system. `full_name` is what the caller says it is called.
    pub(super) fn look(full_name: Option<String>) -> Self {
        let passwd = std::fs::read(PASSWD).unwrap_or_default();
        let mailname = std::fs::read_to_string(MAILNAME).unwrap_or_default();
        let machine = || HelloName::qualified().map(|name| name.to_string());
        Self::new(&passwd, getuid().as_raw(), full_name, &|name| std::env::var_os(name), mail_name(&mailname, machine))
    }

    fn new(
        passwd: &[u8],
        uid: u32,
        full_name: Option<String>,
        environment: &dyn Fn(&str) -> Option<OsString>,
        domain: Option<String>,
    ) -> Self {
        let user = User::find(passwd, uid).unwrap_or_else(|| User {
            // Of a directory service, or of a container that has no such user.
            name: ["LOGNAME", "USER"]
                .into_iter()
                .filter_map(|name| environment(name)?.into_string().ok())
                .find(|name| AddrSpec::new(name, None).is_ok())
                .unwrap_or_else(|| format!("uid{uid}")),
            full_name: None,
        });
        Self {
            address: AddrSpec::new(&user.name, domain.as_deref()).ok(),
            full_name: full_name.filter(|name| !name.is_empty()),
            own_name: user.full_name,
            domain,
        }
    }

    /// What a message without a sender gets.
    pub(super) fn origin(&self) -> Origin<'_> {
        Origin {
            full_name: self.full_name.as_deref(),
            own_name: self.own_name.as_deref(),
            address: self.address.as_ref(),
            domain: self.domain.as_deref(),
        }
    }
}

/// A line of the user database.
#[derive(Debug, Eq, PartialEq)]
struct User {
    name: String,
    full_name: Option<String>,
}

impl User {
    fn find(passwd: &[u8], uid: u32) -> Option<Self> {
        passwd.split(|octet| *octet == b'\n').find_map(|line| {
            let line = std::str::from_utf8(line).ok()?;
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, id, _, about, ..] = fields.as_slice() else { return None };
            (id.parse() == Ok(uid) && AddrSpec::new(name, None).is_ok()).then(|| Self::of(name, about))
        })
    }

    /// The full name is the first part of what the database says about a user; `&` stands for the login name.
    fn of(name: &str, about: &str) -> Self {
        let mut capital = name.chars();
        let capital = capital.next().map(|first| first.to_uppercase().chain(capital).collect::<String>());
        let full_name = about.split(',').next().unwrap_or_default().replace('&', &capital.unwrap_or_default());
        let full_name = Some(full_name).filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
        Self { name: name.to_owned(), full_name }
    }
}

/// What the file says if that is a name in full, else the machine's.
fn mail_name(mailname: &str, machine: impl FnOnce() -> Option<String>) -> Option<String> {
    let written = mailname.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let usable = |name: &&str| name.contains('.') && !name.starts_with('[') && HelloName::parse(name).is_ok();
    written.filter(usable).map(str::to_owned).or_else(machine)
}

/// Refuses a configuration file that somebody else may have put there: it can name commands to run, and the words of a
/// sendmail's command line are not always its user's.
pub(super) fn check_config(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(about) = std::fs::metadata(path) else {
        // Reading it says best what is wrong.
        return Ok(());
    };
    let is_private = about.uid() == getuid().as_raw() && about.mode() & 0o077 == 0;
    let is_roots = about.uid() == 0 && about.mode() & 0o022 == 0;
    match is_private || is_roots {
        true => Ok(()),
        false => Err(Failure::config(format!(
            "{}: a file named to sendmail must be root's, or private to who runs it (chmod 600)",
            sanitize(path.as_os_str().as_encoded_bytes())
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &[u8] =
        b"root:x:0:0:root:/root:/bin/bash\n\xff:x:7:7::/:\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n\
        ann:x:1000:1000:& Lee,,,:/home/ann:/bin/sh\nbad name:x:9:9\nzoe:x:1001:1001::/:\n";

    fn caller(uid: u32, full_name: Option<&str>, environment: &[(&str, &str)], domain: Option<&str>) -> Caller {
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let look = |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.into());
        Caller::new(USERS, uid, full_name.map(str::to_owned), &look, domain.map(str::to_owned))
    }

    fn shown(caller: &Caller) -> (String, Option<&str>) {
        (caller.address.as_ref().unwrap().to_string(), caller.origin().full_name.or(caller.origin().own_name))
    }

    #[test]
    fn users_by_their_number() {
        let lies = [("LOGNAME", "root"), ("USER", "root")];
        assert_eq!(shown(&caller(33, None, &lies, Some("h.example"))), ("www-data@h.example".into(), Some("www-data")));
        assert_eq!(shown(&caller(1000, None, &[], None)), ("ann".into(), Some("Ann Lee")));
        assert_eq!(shown(&caller(1000, Some("CronDaemon"), &[], None)), ("ann".into(), Some("CronDaemon")));
        assert_eq!(shown(&caller(1001, Some(""), &[], None)), ("zoe".into(), None));
        // Whom the file does not have.
        assert_eq!(shown(&caller(5000, None, &[("USER", "bob")], Some("h.example"))), ("bob@h.example".into(), None));
        assert_eq!(shown(&caller(5000, None, &[("LOGNAME", "a\nb"), ("USER", "")], None)), ("uid5000".into(), None));
    }

    #[test]
    fn the_name_of_this_machines_mail() {
        let machine = || Some("m.example".to_owned());
        for (text, name) in [
            ("example.org\n", "example.org"),
            ("# mine\n\n  example.org  \nx.example\n", "example.org"),
            ("", "m.example"),
            ("host\n", "m.example"),
            ("a b.example\n", "m.example"),
            ("[127.0.0.1]\n", "m.example"),
        ] {
            assert_eq!(mail_name(text, machine).as_deref(), Some(name), "{text:?}");
        }
    }

    #[test]
    fn a_configuration_that_anybody_may_have_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let set = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o600);
        check_config(file.path()).unwrap();
        set(0o666);
        assert!(check_config(file.path()).unwrap_err().error.to_string().contains("chmod 600"));
        check_config(Path::new("/nonexistent/file")).unwrap();
    }
}
