//! Modified UTF-7, in which mailbox names are written before IMAP4rev2 (RFC 3501 section 5.1.3).
//!
//! Printable US-ASCII stands for itself, `&` is `&-`, and everything else is UTF-16 in base64 with `,` for `/`, between
//! `&` and `-`.

/// The alphabet of RFC 3501 section 5.1.3.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The text in modified UTF-7, in the one form that is right: no character shifted without need, no two shifts in a row.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shifted = Vec::new();
    for c in text.chars() {
        if matches!(c, ' '..='~') {
            shift(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            shifted.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    shift(&mut shifted, &mut out);
    out
}

/// The text of octets in modified UTF-7, or `None` for what [`encode`] would not have written so: octets that are not
/// printable US-ASCII, shifts without need or end, broken base64, half a surrogate pair.
pub fn decode(octets: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = tail;
        if octet != b'&' {
            out.push(char::from(octet));
            continue;
        }
        let end = rest.iter().position(|octet| *octet == b'-')?;
        let (base64, tail) = rest.split_at_checked(end)?;
        rest = tail.get(1..)?;
        match base64 {
            [] => out.push('&'),
            base64 => out.push_str(&String::from_utf16(&units(base64)?).ok()?),
        }
    }
    // Many octets may mean the same name; only one form of it would be sent back.
    (encode(&out).as_bytes() == octets).then_some(out)
}

/// Writes what has gathered up, if anything, between `&` and `-`.
fn shift(units: &mut Vec<u16>, out: &mut String) {
    if units.is_empty() {
        return;
    }
    out.push('&');
    let mut bits: u32 = 0;
    let mut count = 0;
    for unit in units.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        count += 16;
        while count >= 6 {
            count -= 6;
            out.push(digit(bits >> count));
        }
        // At most five bits are left over: nothing is ever shifted out at the top.
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(digit(bits << (6 - count)));
    }
    out.push('-');
}

fn digit(bits: u32) -> char {
    ALPHABET.get((bits & 63) as usize).copied().map_or('A', char::from)
}

/// UTF-16 from base64; what is left over at the end is for the comparison in [`decode`] to judge.
fn units(base64: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(base64.len() * 3 / 8);
    let mut bits: u32 = 0;
    let mut count = 0;
    for octet in base64 {
        let value = ALPHABET.iter().position(|digit| digit == octet)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from((bits >> count) & 0xffff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_encoded_as_the_rfc_does() {
        for (text, octets) in [
            ("INBOX", "INBOX"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
            ("R&D", "R&-D"),
            ("&&", "&-&-"),
            ("é&é", "&AOk-&-&AOk-"),
            ("📬", "&2D3c7A-"),
            ("a📬ü", "a&2D3c7AD8-"),
            ("tab\tstop", "tab&AAk-stop"),
            ("", ""),
        ] {
            assert_eq!(encode(text), octets, "{text}");
            assert_eq!(decode(octets.as_bytes()).as_deref(), Some(text), "{octets}");
        }
    }

    #[test]
    fn any_other_form_is_not_decoded() {
        for (octets, why) in [
            (&b"&"[..], "a shift without an end"),
            (b"Entw&APw", "a shift without an end"),
            (b"&AGE-", "an 'a' shifted without need"),
            (b"&APwAYQ-", "an 'a' shifted without need behind an umlaut"),
            (b"&APw-&APw-", "two shifts in a row"),
            (b"&AP-", "less than a character"),
            (b"&APx-", "bits left over"),
            (b"&APwA-", "a digit left over"),
            (b"&APw=-", "padding"),
            (b"&AC8-", "a slash shifted: a way to climb"),
            (b"&2D0-", "half a surrogate pair"),
            (b"&3Kw-", "the other half"),
            (b"&3KzYPQ-", "the halves the wrong way round"),
            (b"&U/BTFw-", "the base64 of mail"),
            (b"Entw\xc3\xbcrfe", "8-bit octets"),
            (b"a\tb", "a control character"),
            (b"a\0", "NUL"),
            (b"R&D", "an ampersand that is none"),
        ] {
            assert_eq!(decode(octets), None, "{why}");
        }
    }

    proptest! {
        #[test]
        fn encode_and_decode_are_inverse(text in any::<String>()) {
            let octets = encode(&text);
            prop_assert!(octets.bytes().all(|octet| matches!(octet, b' '..=b'~')));
            prop_assert_eq!(decode(octets.as_bytes()), Some(text));
        }

        #[test]
        fn what_decodes_encodes_to_the_same_octets(octets in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..24),
            "[&A-Za-c0-9+,-]{0,24}".prop_map(String::into_bytes),
        ]) {
            if let Some(text) = decode(&octets) {
                prop_assert_eq!(encode(&text).into_bytes(), octets);
            }
        }
    }
}
