//! Keyed hashes, their hexadecimal form, and nonces.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A hash with everything that SCRAM and CRAM-MD5 do with it. Results are wiped when dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
}

impl Hash {
    /// HMAC, RFC 2104.
    pub(super) fn hmac(self, key: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        macro_rules! hmac {
            ($hash:ty) => {{
                let mut mac = Hmac::<$hash>::new_from_slice(key)
                    .map_err(|_| Error::InvalidInput("the key does not fit the hash".into()))?;
                mac.update(data);
                Zeroizing::new(mac.finalize().into_bytes().to_vec())
            }};
        }
        Ok(match self {
            Self::Md5 => hmac!(Md5),
            Self::Sha1 => hmac!(Sha1),
            Self::Sha256 => hmac!(Sha256),
        })
    }

    /// `H()` of RFC 5802.
    pub(super) fn digest(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Md5 => Md5::digest(data).to_vec(),
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
        })
    }

    /// `Hi()` of RFC 5802: PBKDF2 with HMAC, one block.
    pub(super) fn stretch(self, password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; self.digest(b"").len()]);
        match self {
            Self::Md5 => pbkdf2::pbkdf2_hmac::<Md5>(password, salt, iterations, &mut key),
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut key),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut key),
        }
        key
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 24 random octets in base64: printable and without a comma, as RFC 5802 wants it.
pub(super) fn nonce() -> Result<String> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|error| Error::Storage {
        doing: "asking the system for random numbers".into(),
        source: std::io::Error::other(error),
        kind: crate::error::StorageKind::System,
    })?;
    Ok(BASE64_STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_md5_of_rfc_2202() {
        let cases: [(&[u8], &[u8], &str); 5] = [
            (&[0x0b; 16], b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
            (b"Jefe", b"what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
            (&[0xaa; 16], &[0xdd; 50], "56be34521d144c88dbb8c733f0e8b3f6"),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            ),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
                "6f630fad67cda0ee1fb1f562db3aa53e",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(hex(&Hash::Md5.hmac(key, data).unwrap()), expected);
        }
    }

    #[test]
    fn stretching_of_rfc_6070() {
        let key = Hash::Sha1.stretch(b"password", b"salt", 4096);
        assert_eq!(hex(&key), "4b007901b765489abead49d926f721d065a429c1");
    }

    #[test]
    fn nonces_differ_and_carry_no_comma() {
        let (one, other) = (nonce().unwrap(), nonce().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|b| b.is_ascii_graphic() && b != b','));
    }
}
