//! What is known of servers beyond what they say: who they are, by ID, greeting and capabilities, and what imapctl does about it.

use crate::cli::output::record::imapctl::{Holder, Server};
use crate::imap::{Capabilities, Extension};

/// How a server is recognised, and what that means. What is told here was seen on servers of the kind; a newer one may be better.
struct Kind {
    /// What it is called.
    name: &'static str,
    /// Words of the greeting or of the ID's `name` and `vendor`, in lower case.
    words: &'static [&'static str],
    /// Names of capabilities, in capitals.
    capabilities: &'static [&'static str],
    /// What is odd about it.
    oddities: &'static [&'static str],
}

const KINDS: [Kind; 13] = [
    Kind {
        name: "Gmail",
        words: &["gimap", "gmail"],
        capabilities: &["X-GM-EXT-1"],
        oddities: &[
            "removing a message from a folder removes a label: the mail stays in All Mail until it is in the trash",
            "each mail is in All Mail once more; at most 15 connections at a time are allowed",
        ],
    },
    Kind {
        name: "Exchange",
        words: &["microsoft exchange", "exchange server"],
        capabilities: &[],
        oddities: &[
            "sizes are estimates, and calendar items are listed that cannot be fetched: what does not come is told",
            "\"User is authenticated but not connected\" and throttling count as temporary (75)",
        ],
    },
    Kind {
        name: "Yahoo",
        words: &["yahoo", "imapgate"],
        capabilities: &[],
        oddities: &["messages without a line end at their end are refused: imapctl completes them"],
    },
    Kind {
        name: "iCloud",
        words: &["icloud", "com.apple.mail"],
        capabilities: &["XAPPLEPUSHSERVICE"],
        oddities: &["message texts are told only in the newer form of FETCH, which imapctl uses throughout"],
    },
    Kind {
        name: "Coremail",
        words: &["coremail", "netease"],
        capabilities: &[],
        oddities: &[
            "it offers SASL-IR without knowing it: the login is tried once more without",
            "folders are refused to programs that have not said who they are: ID is sent to hosts of NetEase",
        ],
    },
    Kind {
        name: "QQ Mail",
        words: &["qqmail", "qq.com"],
        capabilities: &[],
        oddities: &[
            "sets of messages must ascend, as imapctl sends them; AUTHENTICATE may be unknown, then LOGIN is used",
        ],
    },
    Kind {
        name: "Yandex",
        words: &["yandex"],
        capabilities: &[],
        oddities: &["the connection is cut right behind BYE, and parts may be missing from an answer that says OK"],
    },
    Kind {
        name: "Courier",
        words: &["courier"],
        capabilities: &[],
        oddities: &["flags are told of a message 0, which is passed over; folders are all below INBOX"],
    },
    Kind {
        name: "Domino",
        words: &["domino", "lotus"],
        capabilities: &[],
        oddities: &["dates may be 00-Jan-0000, which is told as no date; parentheses too many are passed over"],
    },
    Kind {
        name: "Cyrus",
        words: &["cyrus"],
        capabilities: &[],
        oddities: &["that a folder is missing is said in words alone, which are understood (66)"],
    },
    Kind {
        name: "Dovecot",
        words: &["dovecot"],
        capabilities: &[],
        oddities: &[
            "a folder that is deleted stays subscribed, and one that is only a name goes with the last below it",
        ],
    },
    Kind {
        name: "Proton Bridge",
        words: &["proton", "gluon"],
        capabilities: &[],
        oddities: &["quoted strings come with backslashes that quote nothing, which are read as they stand"],
    },
    Kind {
        name: "hMailServer",
        words: &["hmailserver"],
        capabilities: &[],
        oddities: &["sets of messages must ascend, as imapctl sends them"],
    },
];

/// What is odd about a server, in a line each.
pub(super) fn of(
    greeting: &str,
    server: &Server,
    capabilities: &Capabilities,
    before_tls: Option<&Capabilities>,
    is_member: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.is(greeting, server, capabilities)) {
        found.extend(kind.oddities.iter().map(|oddity| format!("{}: {oddity}", kind.name)));
    }
    if before_tls
        .is_some_and(|before| before.allows_login() && before.offer().mechanisms.iter().any(|name| is_clear(name)))
    {
        found.push("others may send their passwords in clear: before TLS it does not say LOGINDISABLED".into());
    }
    let prefix = server.namespaces.iter().find(|namespace| namespace.holder == Holder::Personal);
    if let Some(prefix) = prefix.map(|namespace| namespace.prefix.as_str()).filter(|prefix| !prefix.is_empty()) {
        found.push(format!("names of new folders must begin with {prefix}"));
    }
    if capabilities.announces(Extension::Imap4rev2) && !capabilities.is_rev2() {
        found.push("IMAP4rev2 is to be enabled before what it implies is there; imapctl speaks IMAP4rev1".into());
    }
    if capabilities.has(Extension::Utf8Only) {
        found.push("nothing but UTF-8 is spoken (UTF8=ONLY), which is to be enabled first".into());
    }
    if is_member {
        found.extend(lacks(server, capabilities).map(str::to_owned));
    }
    found
}

/// What it lacks, where commands notice.
fn lacks(server: &Server, capabilities: &Capabilities) -> impl Iterator<Item = &'static str> {
    let missing = |extension: Extension| !capabilities.has(extension);
    let lacks = [
        (
            missing(Extension::UidPlus),
            "no UIDPLUS: the UIDs of copies are not told, and messages are not removed without removing what others marked",
        ),
        (missing(Extension::Move), "no MOVE: messages are moved by copying and removing them"),
        (
            missing(Extension::LiteralPlus) && missing(Extension::LiteralMinus),
            "no LITERAL+: each long or foreign text costs a round trip of its own",
        ),
        (missing(Extension::ListStatus), "no LIST-STATUS: folders are counted one by one"),
        (missing(Extension::Idle), "no IDLE: changes are asked for, not told"),
        (
            server.special_use.is_empty(),
            "it does not say what folders are for: @sent, @trash and the like are guessed by usual names",
        ),
    ];
    lacks.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, text)| text)
}

fn is_clear(mechanism: &str) -> bool {
    matches!(mechanism, "PLAIN" | "LOGIN")
}

impl Kind {
    fn is(&self, greeting: &str, server: &Server, capabilities: &Capabilities) -> bool {
        let greeting = greeting.to_lowercase();
        let says = |word: &&str| {
            let of_id = |(name, value): &(String, String)| {
                (name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("vendor"))
                    && value.to_lowercase().contains(*word)
            };
            has_word(&greeting, word) || server.id.iter().any(of_id)
        };
        self.words.iter().any(says)
            || self
                .capabilities
                .iter()
                .any(|wanted| capabilities.names.iter().any(|name| name.eq_ignore_ascii_case(wanted)))
    }
}

/// Whether the text has the word by itself: a host may be called anything.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '-');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = text.split_at(at);
        let after = after.get(word.len()..).unwrap_or_default();
        !is_part(before.chars().next_back())
            && (word.contains('.') || !after.starts_with('.') || after.starts_with(". "))
            && !after.chars().next().is_some_and(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Capabilities {
        Capabilities::from_atoms(text.split(' ').map(str::as_bytes))
    }

    fn kinds(greeting: &str, id: &[(&str, &str)], capabilities: &str) -> Vec<String> {
        let id = id.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let server = Server { id, ..Server::default() };
        let all = of(greeting, &server, &parse(capabilities), None, false);
        let mut names: Vec<String> = all.iter().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
        names.dedup();
        names
    }

    #[test]
    fn servers_are_recognised() {
        for (greeting, id, capabilities, kind) in [
            ("Gimap ready for requests from 192.0.2.1 k8mb1", &[][..], "IMAP4rev1", "Gmail"),
            ("ready", &[("name", "GImap"), ("vendor", "Google, Inc.")], "IMAP4rev1 X-GM-EXT-1", "Gmail"),
            ("The Microsoft Exchange IMAP4 service is ready.", &[], "IMAP4rev1", "Exchange"),
            ("IMAP4rev1 imapgate-4.2.1 ready", &[], "IMAP4rev1", "Yahoo"),
            ("ready", &[], "IMAP4rev1 XAPPLEPUSHSERVICE", "iCloud"),
            ("Coremail System IMap Server Ready(163com[1])", &[], "IMAP4rev1", "Coremail"),
            ("Yandex IMAP4rev1 at sas.example ready", &[], "IMAP4rev1", "Yandex"),
            ("Courier-IMAP ready. Copyright 1998-2018", &[], "IMAP4rev1", "Courier"),
            ("Domino IMAP4 Server Release 9.0.1 ready", &[], "IMAP4rev1", "Domino"),
            ("server ready", &[("name", "Cyrus IMAPD")], "IMAP4rev1", "Cyrus"),
            ("cyrus.test Cyrus IMAP 3.6.1 server ready", &[], "IMAP4rev1", "Cyrus"),
            ("Dovecot (Debian) ready.", &[], "IMAP4rev1", "Dovecot"),
        ] {
            assert_eq!(kinds(greeting, id, capabilities), [kind], "{greeting}");
        }
        for greeting in ["ready", "mail.dovecot.example ready", "courierservice.example", ""] {
            assert!(kinds(greeting, &[("os", "Dovecot")], "IMAP4rev1").is_empty(), "{greeting}");
        }
    }

    #[test]
    fn what_is_missing_matters_to_those_who_log_in() {
        let server = Server { special_use: vec![("\\Sent".into(), "Sent".into())], ..Server::default() };
        let told = |capabilities: &str, is_member| of("", &server, &parse(capabilities), None, is_member);
        assert!(told("IMAP4rev2", true).is_empty(), "{:?}", told("IMAP4rev2", true));
        assert!(told("IMAP4rev1", true).iter().any(|line| line.starts_with("no UIDPLUS:")));
        assert!(told("IMAP4rev1", false).is_empty());
    }

    #[test]
    fn passwords_in_clear_are_a_danger_to_others() {
        let told = |before: &str| {
            let before = parse(before);
            of("", &Server::default(), &parse("IMAP4rev1"), Some(&before), false).len()
        };
        assert_eq!(told("IMAP4rev1 STARTTLS LOGINDISABLED"), 0);
        assert_eq!(told("IMAP4rev1 STARTTLS AUTH=PLAIN"), 1);
        assert_eq!(told("IMAP4rev1 STARTTLS"), 1, "there is the LOGIN command");
    }

    #[test]
    fn a_namespace_is_named() {
        use crate::cli::output::record::imapctl::Namespace;
        let namespace = Namespace { holder: Holder::Personal, prefix: "INBOX.".into(), delimiter: Some('.') };
        let server = Server { namespaces: vec![namespace], ..Server::default() };
        assert_eq!(of("", &server, &parse("IMAP4rev1"), None, false), ["names of new folders must begin with INBOX."]);
    }
}
