//! APOP, RFC 1939 section 7: the timestamp in the greeting and the digest that answers it.
//!
//! MD5 collisions let whoever plays the server learn the first characters of the secret from a few logins
//! (CVE-2007-1558), with timestamps that no honest server sends. So only what is strictly a message identifier of
//! RFC 5322 is answered, and nobody uses APOP without having named it.

use md5::{Digest as _, Md5};

use crate::secret::Secret;

/// The longest timestamp, with its angle brackets: a greeting has at most 512 octets.
const LONGEST: usize = 512;

/// The timestamp of a greeting, with its angle brackets; `None` if it holds none that may be answered.
pub fn timestamp(greeting: &[u8]) -> Option<&str> {
    let start = greeting.iter().position(|byte| *byte == b'<')?;
    let from = greeting.get(start..)?;
    let end = from.iter().position(|byte| *byte == b'>')?;
    let timestamp = std::str::from_utf8(from.get(..=end)?).ok()?;
    is_msg_id(timestamp).then_some(timestamp)
}

/// The lower-case hexadecimal MD5 of timestamp and secret. `timestamp` is what [`timestamp`] found.
pub fn apop_digest(timestamp: &str, secret: &Secret) -> String {
    let digest = Md5::new().chain_update(timestamp).chain_update(secret.expose()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `msg-id` of RFC 5322 section 3.6.4 without its obsolete forms; dots may stand anywhere, and the right side may
/// be a literal.
fn is_msg_id(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let Some((left, right)) = inner.and_then(|inner| inner.split_once('@')) else { return false };
    let right = match right.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').filter(|literal| literal.bytes().all(is_literal)),
        None => Some(right).filter(|name| name.bytes().all(is_dot_atom)),
    };
    !left.is_empty() && left.bytes().all(is_dot_atom) && right.is_some_and(|right| !right.is_empty())
}

fn is_dot_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte)
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"[\\]<>@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn example_of_rfc_1939() {
        let found = timestamp(b"+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>").unwrap();
        assert_eq!(found, "<1896.697170952@dbc.mtview.ca.us>");
        assert_eq!(apop_digest(found, &Secret::new("tanstaaf")), "c4c9334bac560ecc979e58001b3e22fb");
    }

    #[test]
    fn real_timestamps() {
        for good in [
            "<7d.3.5f3a.Zm9vYmFyYmF6+/8=@mail.example.com>",
            "<1@localhost>",
            "<12.34@[192.0.2.1]>",
            "<a_b@host_1.example.>",
        ] {
            assert_eq!(timestamp(format!("+OK hello {good} ready").as_bytes()), Some(good));
        }
    }

    #[test]
    fn only_message_identifiers_are_answered() {
        let long = format!("<{}@example.com>", "x".repeat(1_000));
        let cases: [&[u8]; 17] = [
            b"+OK ready",
            b"+OK <>",
            b"+OK <@>",
            b"+OK <a@>",
            b"+OK <@b>",
            b"+OK <no-at-sign.example.com>",
            b"+OK <a@b@c>",
            b"+OK <a@b",
            b"+OK a@b>",
            b"+OK <a b@c>",
            b"+OK <a\0b@c>",
            b"+OK <a\x1b@c>",
            b"+OK <a\x80\xff@c>",
            "+OK <\u{fc}@example.com>".as_bytes(),
            b"+OK <<a@b>",
            b"+OK <a@[b>",
            long.as_bytes(),
        ];
        for bad in cases {
            assert_eq!(timestamp(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }

    proptest! {
        #[test]
        fn nothing_odd_is_ever_hashed(greeting in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(found) = timestamp(&greeting) {
                prop_assert!(found.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(found.matches('@').count(), 1);
            }
        }
    }
}
