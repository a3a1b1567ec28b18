//! Content transfer encodings undone (RFC 2045 section 6), piece by piece and with bounded memory.

use super::quoted_printable;

/// Undoes a content transfer encoding.
#[derive(Debug)]
pub struct TransferDecoder(Kind);

#[derive(Debug)]
enum Kind {
    Identity,
    QuotedPrintable(quoted_printable::Decoder),
    Base64(Base64),
}

/// What is wrong with an encoded content; what could be decoded was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Damage {
    /// It ends inside a group of base64: something is missing.
    CutOff,
    /// There is text behind the end of base64, as mailing lists add; it was decoded as well.
    Continued,
    /// Octets that are no base64 stand in it; they were left out, as section 6.8 asks.
    ForeignOctets,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CutOff => "the base64 text ends too early: something may be missing",
            Self::Continued => "there is more behind the end of the base64 text",
            Self::ForeignOctets => "the base64 text has octets in it that do not belong there",
        })
    }
}

impl TransferDecoder {
    /// For the value of `Content-Transfer-Encoding`, in any case; nothing or a name that is known but encodes nothing
    /// is an identity. `None` for an encoding that is unknown (section 6.4: the content is then opaque).
    pub fn named(encoding: &[u8]) -> Option<Self> {
        let encoding = encoding.trim_ascii().to_ascii_lowercase();
        Some(Self(match encoding.as_slice() {
            b"base64" => Kind::Base64(Base64::default()),
            b"quoted-printable" => Kind::QuotedPrintable(quoted_printable::Decoder::default()),
            // Quirk: names that were never defined and mean what they say.
            b"" | b"7bit" | b"8bit" | b"binary" | b"7-bit" | b"8-bit" | b"none" => Kind::Identity,
            _ => return None,
        }))
    }

    /// Leaves everything as it is.
    pub fn identity() -> Self {
        Self(Kind::Identity)
    }

    /// Adds what the next octets decode to; some may be held back.
    pub fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        match &mut self.0 {
            Kind::Identity => out.extend_from_slice(octets),
            Kind::QuotedPrintable(decoder) => decoder.push(octets, out),
            Kind::Base64(decoder) => decoder.push(octets, out),
        }
    }

    /// Adds what was held back, and says what was wrong.
    pub fn finish(self, out: &mut Vec<u8>) -> Option<Damage> {
        match self.0 {
            Kind::Identity => None,
            Kind::QuotedPrintable(decoder) => {
                decoder.finish(out);
                None
            }
            Kind::Base64(decoder) => decoder.finish(out),
        }
    }
}

/// Base64 with any line ends and with padding anywhere: some programs encode in pieces and put them in a row.
#[derive(Debug, Default)]
struct Base64 {
    /// The bits of a group that is not whole, and how many characters they are of.
    bits: u32,
    count: u8,
    /// Padding came, and nothing behind it.
    padded: bool,
    damage: Option<Damage>,
}

/// Not in the alphabet.
const FOREIGN: u8 = 0xff;
/// The value of each octet as a character of base64.
const VALUES: [u8; 256] = values();

impl Base64 {
    fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        out.reserve(octets.len() / 4 * 3 + 3);
        let mut rest = octets;
        while let Some((first, after)) = rest.split_first() {
            if self.count == 0
                && !self.padded
                && let Some((group, after)) = rest.split_first_chunk::<4>()
            {
                let [a, b, c, d] = group.map(value);
                if a | b | c | d < 64 {
                    let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
                    let [_, one, two, three] = bits.to_be_bytes();
                    out.extend_from_slice(&[one, two, three]);
                    rest = after;
                    continue;
                }
            }
            self.octet(*first, out);
            rest = after;
        }
    }

    fn octet(&mut self, octet: u8, out: &mut Vec<u8>) {
        match (octet, value(octet)) {
            (b'=', _) => {
                self.flush(out);
                self.padded = true;
            }
            (b' ' | b'\t' | b'\r' | b'\n', _) => {}
            (_, FOREIGN) => {
                self.damage.get_or_insert(Damage::ForeignOctets);
            }
            (_, value) => {
                if std::mem::take(&mut self.padded) {
                    self.damage.get_or_insert(Damage::Continued);
                }
                self.bits = self.bits << 6 | u32::from(value);
                self.count += 1;
                if self.count == 4 {
                    let [_, one, two, three] = self.bits.to_be_bytes();
                    out.extend_from_slice(&[one, two, three]);
                    (self.bits, self.count) = (0, 0);
                }
            }
        }
    }

    /// The whole octets of a group that ends here.
    fn flush(&mut self, out: &mut Vec<u8>) {
        match self.count {
            0 => {}
            1 => self.damage = Some(Damage::CutOff),
            2 => out.extend((self.bits >> 4).to_be_bytes().last()),
            _ => {
                let [_, _, one, two] = (self.bits >> 2).to_be_bytes();
                out.extend([one, two]);
            }
        }
        (self.bits, self.count) = (0, 0);
    }

    fn finish(mut self, out: &mut Vec<u8>) -> Option<Damage> {
        // Missing padding alone is a common sloppiness; still it is not to be told from an end that is missing.
        if self.count > 0 {
            self.flush(out);
            self.damage = Some(Damage::CutOff);
        }
        self.damage
    }
}

fn value(octet: u8) -> u8 {
    VALUES.get(usize::from(octet)).copied().unwrap_or(FOREIGN)
}

const fn values() -> [u8; 256] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [FOREIGN; 256];
    let mut value = 0;
    while value < 64 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            values[ALPHABET[value] as usize] = value as u8;
        }
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use proptest::prelude::*;

    use super::super::transfer_encoding::TransferEncoding;
    use super::*;

    fn decoded(encoding: &str, text: &[u8], piece: usize) -> (Vec<u8>, Option<Damage>) {
        let mut out = Vec::new();
        let mut decoder = TransferDecoder::named(encoding.as_bytes()).unwrap();
        text.chunks(piece).for_each(|text| decoder.push(text, &mut out));
        let damage = decoder.finish(&mut out);
        (out, damage)
    }

    #[test]
    fn names_of_encodings() {
        assert_eq!(decoded(" BASE64 ", b"aGk=", 1), (b"hi".to_vec(), None));
        assert_eq!(decoded("Quoted-Printable", b"=68i", 1), (b"hi".to_vec(), None));
        for name in ["", "7bit", "8BIT", "binary"] {
            assert_eq!(decoded(name, b"=68i", 2), (b"=68i".to_vec(), None));
        }
        assert!(TransferDecoder::named(b"x-uuencode").is_none());
    }

    #[test]
    fn base64_as_it_comes() {
        let read = |text: &str| decoded("base64", text.as_bytes(), 3);
        assert_eq!(read("aGVs\r\n bG8=\r\n\r\n"), (b"hello".to_vec(), None));
        assert_eq!(read("aA==aQ=="), (b"hi".to_vec(), Some(Damage::Continued)));
        assert_eq!(read("aG-Vs"), (b"hel".to_vec(), Some(Damage::ForeignOctets)));
        assert_eq!(read("aGVsbG8"), (b"hello".to_vec(), Some(Damage::CutOff)));
        assert_eq!(read("aGVsb"), (b"hel".to_vec(), Some(Damage::CutOff)));
        assert_eq!(read("===="), (vec![], None));
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(
            octets in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b" \t\r\n=.x".to_vec())], 0..400),
            piece in 1usize..90,
        ) {
            for encoding in [TransferEncoding::QuotedPrintable, TransferEncoding::Base64] {
                let mut text = Vec::new();
                let mut encoder = encoding.encoder();
                encoder.push(&octets, &mut text);
                encoder.finish(&mut text);
                prop_assert_eq!(decoded(encoding.name(), &text, piece), (octets.clone(), None));
            }
        }

        #[test]
        fn any_cut_gives_the_same(
            text in prop::collection::vec(prop_oneof![Just(b'='), Just(b'A'), Just(b'z'), Just(b'\n'), any::<u8>()], 0..60),
            piece in 1usize..9,
        ) {
            for encoding in ["base64", "quoted-printable"] {
                prop_assert_eq!(decoded(encoding, &text, piece), decoded(encoding, &text, 1000));
            }
        }

        #[test]
        fn every_group_is_the_standard_s(octets in prop::collection::vec(any::<u8>(), 0..50)) {
            let text = BASE64_STANDARD.encode(&octets);
            prop_assert_eq!(decoded("base64", text.as_bytes(), 1000), (octets, None));
        }
    }
}
