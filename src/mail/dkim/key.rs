//! Private keys, and signatures with them.

use crate::error::{Error, Result};

/// A signature algorithm (RFC 6376 section 3.3, RFC 8463 section 3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RSA with PKCS#1 v1.5 padding, which every verifier knows.
    RsaSha256,
    /// Ed25519, with a public key that fits into one DNS string.
    Ed25519Sha256,
}

impl Algorithm {
    /// The value of the tag `a=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

#[cfg(feature = "dkim")]
pub(super) use with_ring::Key;
#[cfg(not(feature = "dkim"))]
pub(super) use without::Key;

#[cfg(feature = "dkim")]
mod with_ring {
    use std::fmt;

    use ring::error::KeyRejected;
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
    use rustls_pki_types::PrivateKeyDer;
    use rustls_pki_types::pem::PemObject as _;
    use sha2::{Digest as _, Sha256};

    use super::{Algorithm, Error, Result};

    pub(in super::super) enum Key {
        Rsa(Box<RsaKeyPair>),
        Ed25519(Ed25519KeyPair),
    }

    impl Key {
        pub(in super::super) fn from_pem(pem: &[u8]) -> Result<Self> {
            let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
                let encrypted = memchr::memmem::find(pem, b"ENCRYPTED").is_some();
                unusable(if encrypted {
                    "is encrypted; write it without a passphrase: openssl pkey -in OLD -out NEW"
                } else {
                    "is no private key in PEM (PKCS#8 or PKCS#1)"
                })
            })?;
            match der {
                PrivateKeyDer::Pkcs1(der) => {
                    RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Self::rsa).map_err(rejected)
                }
                PrivateKeyDer::Pkcs8(der) => {
                    let der = der.secret_pkcs8_der();
                    // OpenSSL writes version 1, which lacks the public key.
                    Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                        .map(Self::Ed25519)
                        .or_else(|_| RsaKeyPair::from_pkcs8(der).map(Self::rsa))
                        .map_err(rejected)
                }
                _ => Err(unusable("is neither RSA nor Ed25519")),
            }
        }

        #[cfg(test)]
        pub(in super::super) fn from_seed(seed: &[u8]) -> Self {
            Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(seed).unwrap())
        }

        pub(in super::super) fn algorithm(&self) -> Algorithm {
            match self {
                Self::Rsa(_) => Algorithm::RsaSha256,
                Self::Ed25519(_) => Algorithm::Ed25519Sha256,
            }
        }

        pub(in super::super) fn sign(&self, hashed: &[u8]) -> Result<Vec<u8>> {
            match self {
                Self::Rsa(key) => {
                    let mut signature = vec![0; key.public().modulus_len()];
                    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), hashed, &mut signature)
                        .map_err(|_| unusable("cannot sign: its numbers do not belong together"))?;
                    Ok(signature)
                }
                // The hash is what is signed, not the text (RFC 8463 section 3).
                Self::Ed25519(key) => Ok(key.sign(&Sha256::digest(hashed)).as_ref().to_vec()),
            }
        }

        fn rsa(pair: RsaKeyPair) -> Self {
            Self::Rsa(Box::new(pair))
        }
    }

    impl fmt::Debug for Key {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "Key({}, …)", self.algorithm().name())
        }
    }

    fn rejected(reason: KeyRejected) -> Error {
        // The reasons have no other form than their names.
        match reason.to_string().as_str() {
            "TooSmall" => {
                unusable("is an RSA key of less than 2048 bits, which RFC 8301 advises against; make a new one")
            }
            "TooLarge" => unusable("is an RSA key of more than 4096 bits, which many verifiers do not take"),
            "WrongAlgorithm" => unusable("is neither RSA nor Ed25519"),
            _ => unusable("is damaged, or of a kind that cannot sign"),
        }
    }

    fn unusable(why: &str) -> Error {
        Error::Config(format!("the DKIM key {why}"))
    }
}

#[cfg(not(feature = "dkim"))]
mod without {
    use super::{Algorithm, Error, Result};

    /// There are none.
    #[derive(Debug)]
    pub(in super::super) enum Key {}

    impl Key {
        pub(in super::super) fn from_pem(_pem: &[u8]) -> Result<Self> {
            Err(Error::Unsupported("this build cannot sign with DKIM: it lacks the feature dkim".into()))
        }

        pub(in super::super) fn algorithm(&self) -> Algorithm {
            match *self {}
        }

        pub(in super::super) fn sign(&self, _hashed: &[u8]) -> Result<Vec<u8>> {
            match *self {}
        }
    }
}
