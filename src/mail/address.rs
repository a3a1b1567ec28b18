//! Address lists as headers and arguments write them (RFC 5322 section 3.4, RFC 6854, RFC 6532).
//!
//! Read are names, quoted strings, comments, groups, and what section 4.4 calls obsolete: source routes (dropped), white
//! space and comments around dots and `@`, empty list members. Beyond the standard:
//!
//! * a local part alone (`root`) is an address without a domain;
//! * `;` separates as `,` does, as Outlook writes it;
//! * `[Sales] Ann <a@b>`: brackets may stand unquoted in a name, as ticket systems write them;
//! * `a@b <a@b>`: an address may stand unquoted as the name before another in brackets, as web forms write it.
//!
//! Encoded-words are left as they are, in names and in addresses: no two readers may see different recipients.

mod lexer;
mod parser;

use std::ops::Range;

pub(crate) use self::parser::{List, Member};
use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};

/// An address and the name that stands with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mailbox {
    /// The display name, without quotes; the comment behind the address if there is no other.
    pub name: Option<String>,
    /// The address.
    pub address: AddrSpec,
}

/// The mailboxes of a list, those in groups too, in order. An empty list is no error.
///
/// # Errors
///
/// [`Error::InvalidInput`] at the first that is none, with its text.
pub fn parse_list(text: &[u8]) -> Result<Vec<Mailbox>> {
    Ok(List::parse(text)?.members.into_iter().map(Mailbox::from).collect())
}

/// One mailbox, as in `From` of a message or an option's argument.
///
/// # Errors
///
/// [`Error::InvalidInput`] if there is none, more than one, or what is there is none.
pub fn parse_mailbox(text: &[u8]) -> Result<Mailbox> {
    let mut list = parse_list(text)?;
    match (list.pop(), list.is_empty()) {
        (Some(mailbox), true) => Ok(mailbox),
        (None, _) => Err(invalid(text, "there is no mail address")),
        _ => Err(invalid(text, "there is more than one mail address")),
    }
}

impl From<Member> for Mailbox {
    fn from(member: Member) -> Self {
        Self { name: member.name, address: member.address }
    }
}

/// A text with some of its ranges, in order and apart, replaced.
pub(crate) fn spliced(text: &[u8], changes: &[(Range<usize>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + changes.len() * 16);
    let mut at = 0;
    for (range, new) in changes {
        out.extend_from_slice(text.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(new);
        at = range.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

fn invalid(text: &[u8], why: &str) -> Error {
    const SHOWN: usize = 80;
    let text = super::field::unfold(text);
    Error::InvalidInput(format!("{why}: \"{}\"", crate::text::sanitize_capped(text.trim_ascii(), SHOWN)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(text: &str) -> Vec<(Option<String>, String)> {
        let list = parse_list(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        list.into_iter().map(|mailbox| (mailbox.name, mailbox.address.to_string())).collect()
    }

    fn addresses(text: &str) -> Vec<String> {
        list(text).into_iter().map(|(_, address)| address).collect()
    }

    fn one(text: &str, name: &str, address: &str) {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        assert_eq!(list(text), [(name, address.to_owned())], "{text:?}");
    }

    #[test]
    fn names_and_addresses() {
        one("ann@example.org", "", "ann@example.org");
        one(" <ann@example.org> ", "", "ann@example.org");
        one("Ann B. Lee <ann@example.org>", "Ann B. Lee", "ann@example.org");
        one("\"Lee, Ann \\\"A\\\\\" <ann@example.org>", "Lee, Ann \"A\\", "ann@example.org");
        one("\"Ann\r\n Lee\"\r\n <ann@example.org>", "Ann Lee", "ann@example.org");
        one("Änn <ann@example.org>", "Änn", "ann@example.org");
        one("=?utf-8?q?=C3=84nn?= <ann@example.org>", "=?utf-8?q?=C3=84nn?=", "ann@example.org");
        one("ann@example.org (Ann (A.) \\) Lee)", "Ann (A.) ) Lee", "ann@example.org");
        one("root (Cron Daemon)", "Cron Daemon", "root");
        one("(a) Ann (b) <(c)ann(d)@(e)example.org(f)> (g)", "Ann", "ann@example.org");
        one("root", "", "root");
        one("Root <root>", "Root", "root");
        one("\"ann b\"@example.org", "", "\"ann b\"@example.org");
        one("\"ann\"@example.org", "", "ann@example.org");
        one("ann@[192.0.2.1]", "", "ann@[192.0.2.1]");
        one("änn@exämple.org", "", "änn@exämple.org");
        one("\"Änn\" <ann@example.org>,", "Änn", "ann@example.org");
    }

    #[test]
    fn lists_and_groups() {
        assert_eq!(addresses("a@b, c@d ,\r\n\te@f"), ["a@b", "c@d", "e@f"]);
        assert_eq!(addresses("a@b,,c@d, ,"), ["a@b", "c@d"]);
        assert_eq!(addresses("friends: a@b, Carl <c@d>;, e@f"), ["a@b", "c@d", "e@f"]);
        assert_eq!(addresses("a: b@c, d@e; f: ; g@h"), ["b@c", "d@e", "g@h"]);
        assert_eq!(addresses("undisclosed-recipients:;"), [""; 0]);
        assert_eq!(addresses("undisclosed recipients: "), [""; 0]);
        assert_eq!(addresses("\"a b\" c: d@e;"), ["d@e"]);
        assert_eq!(addresses(""), [""; 0]);
        assert_eq!(addresses(" (nobody) "), [""; 0]);
    }

    #[test]
    fn obsolete_syntax() {
        one("<@a.example,@b.example:ann@example.org>", "", "ann@example.org");
        one("Ann <@a.example : ann@example.org>", "Ann", "ann@example.org");
        one("ann . lee @ example (x) . org", "", "ann.lee@example.org");
        one("\"ann\".lee@example.org", "", "ann.lee@example.org");
    }

    #[test]
    fn semicolons_separate_as_outlook_writes_them() {
        assert_eq!(addresses("a@b; Carl <c@d>; e@f"), ["a@b", "c@d", "e@f"]);
    }

    #[test]
    fn brackets_may_stand_in_a_name() {
        one("[Sales] Ann [1] <ann@example.org>", "[Sales] Ann [1]", "ann@example.org");
    }

    #[test]
    fn an_address_may_be_the_name_of_another() {
        one("ann@example.org <lee@example.com>", "ann@example.org", "lee@example.com");
    }

    #[test]
    fn what_is_no_list_of_addresses_is_refused() {
        for text in [
            "ann lee",
            "ann lee@example.org",
            "ann@example.org lee@example.org",
            "ann@example.org lee",
            "<ann@example.org> lee",
            "<ann@example.org>lee@example.com",
            "ann@example.org> SIZE=9",
            "<ann@example.org",
            "ann@example.org>",
            "<>",
            "Ann <>",
            "ann@",
            "@example.org",
            "<@a.example>",
            "<@a.example:>",
            "a@b@c",
            "<a@b@c>",
            "\"ann@example.org",
            "(ann@example.org",
            "ann)@example.org",
            "ann@[192.0.2.1",
            "[sales]",
            "ann [sales]",
            "[sales] ann@example.org",
            "<[sales] ann@example.org>",
            "ann@exa mple.org",
            "a: b: c@d;;",
            ":",
            "Ann <<ann@example.org>>",
            "<a@b, c@d>",
            "ann\\@example.org",
            "ann@-",
            "ann@example.org\r\nBcc: lee@example.org",
            "ann@example.org\r\n",
            "ann\n@example.org",
            "ann@example.org\0",
            "\"ann\0\"@example.org",
            "\"ann\\\n\"@example.org",
            "(\0) ann@example.org",
            "\u{1b}[m@example.org",
        ] {
            let refused = parse_list(text.as_bytes());
            let Err(Error::InvalidInput(why)) = refused else { panic!("{text:?}: {refused:?}") };
            assert!(!why.contains(char::is_control), "{why}");
        }
        assert!(matches!(parse_list(b"\xff@example.org"), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn encoded_words_never_become_part_of_an_address() {
        one("=?utf-8?q?ann=40evil.example?=@example.org", "", "=?utf-8?q?ann=40evil.example?=@example.org");
        one("\"lee@evil.example x\"@example.org", "", "\"lee@evil.example x\"@example.org");
    }

    #[test]
    fn one_mailbox_is_one() {
        assert!(parse_mailbox(b"Ann <ann@example.org>").is_ok());
        for text in ["", "a@b, c@d", "g:;", "(a)"] {
            let error = parse_mailbox(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("there is "), "{error}");
        }
    }

    #[test]
    fn deep_comments_take_no_stack() {
        let text = ["(".repeat(500_000), ")".repeat(500_000), "a@b".into()].concat();
        assert_eq!(addresses(&text), ["a@b"]);
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "[a-c@.,;:<>()\\[\\]\"\\\\ \t\r\n\0ä=?]{0,40}") {
            if let Ok(list) = parse_list(text.as_bytes()) {
                for Mailbox { address, .. } in list {
                    // What was read can be written, and is read again as the same.
                    prop_assert_eq!(parse_mailbox(address.to_string().as_bytes()).unwrap().address, address);
                }
            }
        }

        #[test]
        fn octets_are_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_list(&text);
        }

        #[test]
        fn a_written_mailbox_is_read(
            name in "[a-zA-Z ä,.;:@<>()\"\\\\]{0,12}",
            local in "[a-z \"\\\\@<>,]{1,8}",
            comment in "[a-z ]{0,5}",
        ) {
            let address = AddrSpec::new(&local, Some("example.org")).unwrap();
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("({comment})\"{quoted}\"({comment}) <{address}>({comment}), <{address}>");
            let list = parse_list(text.as_bytes()).unwrap();
            prop_assert_eq!(list.len(), 2);
            prop_assert_eq!(&list[0].address, &address);
            let expected = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let got = list[0].name.clone().unwrap_or_default();
            prop_assert_eq!(got.split_whitespace().collect::<Vec<_>>().join(" "), if expected.is_empty() { String::new() } else { expected });
        }
    }
}
