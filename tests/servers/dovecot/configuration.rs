//! How the private Dovecot is told to be.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

use super::{NOBODY, Ports, Store, has_service};
use crate::support::command::PASSWORD;

/// The user whose mailbox holds no more than this.
pub(super) const FULL: (&str, &str) = ("full", "64K");

pub(super) fn configuration(dir: &Path, ports: Ports, store: Store, as_root: bool, privileged: bool) -> String {
    let dir = dir.display();
    let location = match store {
        Store::Maildir => "maildir:~/Maildir",
        Store::Mdbox => "mdbox:~/mdbox",
        Store::Sdbox => "sdbox:~/sdbox",
    };
    let Ports { pop3, pop3s, lmtp, submission, submissions, relay, .. } = ports;
    let mut protocols = vec!["pop3"];
    protocols.extend(has_service("imap").then_some("imap"));
    protocols.extend(has_service("lmtp").then_some("lmtp"));
    protocols.extend(relay.filter(|_| has_service("submission")).map(|_| "submission"));
    let mut text = format!(
        "base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = {}
hostname = dovecot.test
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
ssl_ca = <{dir}/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_username_from_cert = yes
disable_plaintext_auth = yes
auth_mechanisms = plain login cram-md5 apop scram-sha-1 scram-sha-256 external anonymous oauthbearer xoauth2
auth_anonymous_username = anonymous
auth_failure_delay = 0
auth_username_format = %Ln
auth_verbose = yes
mail_location = {location}
mail_max_userip_connections = 100
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
pop3_no_flag_updates = yes
pop3_lock_session = no
mail_plugins = listescape notify
namespace inbox {{
  inbox = yes
  separator = /
  mailbox INBOX {{
    auto = subscribe
  }}
  mailbox Archive {{
    special_use = \\Archive
    auto = create
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {dir}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login cram-md5 apop scram-sha-1 scram-sha-256
  args = password={PASSWORD}
}}
service pop3-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
  unix_listener {dir}/pop3.socket {{
    mode = 0666
  }}
}}
# Wrong passwords are no reason to answer ever more slowly.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {dir}/auth.socket {{
    mode = 0666
  }}
}}
",
        protocols.join(" ")
    );
    if protocols.contains(&"imap") {
        imap_service(&mut text, dir.to_string().as_str(), ports, store);
    }
    if protocols.contains(&"lmtp") {
        writeln!(
            text,
            "protocol lmtp {{\n  postmaster_address = postmaster@example.org\n}}\nservice lmtp {{\n  inet_listener lmtp {{\n    \
             port = {lmtp}\n  }}\n  unix_listener {dir}/lmtp.socket {{\n    mode = 0666\n  }}\n}}"
        )
        .unwrap();
    }
    if let Some(relay) = relay.filter(|_| protocols.contains(&"submission")) {
        writeln!(
            text,
            "submission_relay_host = 127.0.0.1\nsubmission_relay_port = {relay}\nsubmission_relay_trusted = no\nservice \
             submission-login {{\n  inet_listener submission {{\n    port = {submission}\n  }}\n  inet_listener submissions \
             {{\n    port = {submissions}\n    ssl = yes\n  }}\n}}"
        )
        .unwrap();
    }
    let owner = if privileged { (NOBODY, NOBODY) } else { (geteuid().as_raw(), rustix::process::getegid().as_raw()) };
    let users =
        format!("{}:x:{}:{}::{dir}/home/{0}::userdb_quota_rule=*:storage={}\n", FULL.0, owner.0, owner.1, FULL.1);
    fs::write(format!("{dir}/users"), users).unwrap();
    writeln!(text, "userdb {{\n  driver = passwd-file\n  args = {dir}/users\n}}").unwrap();
    writeln!(
        text,
        "userdb {{\n  driver = static\n  args = uid={} gid={} home={dir}/home/%u allow_all_users=yes\n}}",
        owner.0, owner.1
    )
    .unwrap();
    if !as_root {
        // Nobody to drop to, nowhere to be locked up in.
        let (user, group) = names(owner);
        writeln!(text, "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}")
            .unwrap();
        writeln!(
            text,
            "service anvil {{\n  chroot =\n}}\nservice pop3-login {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}"
        )
        .unwrap();
        for service in protocols.iter().filter(|protocol| matches!(**protocol, "imap" | "submission")) {
            writeln!(text, "service {service}-login {{\n  chroot =\n}}").unwrap();
        }
    }
    text
}

/// IMAP with every extension that Dovecot has.
fn imap_service(text: &mut String, dir: &str, ports: Ports, store: Store) {
    let Ports { imap, imaps, .. } = ports;
    // Others' folders lie where the store keeps them.
    let others = match store {
        Store::Maildir => "maildir:%%h/Maildir:INDEXPVT=~/others/%%u",
        Store::Mdbox => "mdbox:%%h/mdbox",
        Store::Sdbox => "sdbox:%%h/sdbox",
    };
    write!(
        text,
        "protocol imap {{
  mail_plugins = $mail_plugins acl imap_acl quota imap_quota zlib imap_zlib
  imap_metadata = yes
}}
mail_attribute_dict = file:%h/attributes
mailbox_list_index = yes
# A change made by another process is told soon, also where there is no inotify left.
mailbox_idle_check_interval = 1 secs
namespace others {{
  type = shared
  separator = /
  prefix = Others/%%u/
  location = {others}
  list = children
  subscriptions = no
}}
plugin {{
  acl = vfile
  acl_shared_dict = file:{dir}/home/shared
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G:messages=1000000
  quota_grace = 0
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
  unix_listener {dir}/imap.socket {{
    mode = 0666
  }}
}}
service imap {{
  process_limit = 200
}}
"
    )
    .unwrap();
}

/// The names of a user and a group.
fn names((user, group): (u32, u32)) -> (String, String) {
    let name = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let group_name = || {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        let of = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == group.to_string()).then(|| name.to_owned())
        };
        groups.lines().find_map(of)
    };
    (name(&["-un", &user.to_string()]), group_name().unwrap_or_else(|| name(&["-gn"])))
}
