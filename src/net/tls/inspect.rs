//! What a certificate says, for people; its key's hash, for pins; its own hash, for channel binding.
//!
//! [`Layout`] finds the parts by their place alone, as a verifier does, so that a certificate with an odd name or
//! extension can still be pinned. [`CertificateFacts`] reads further, and says so where it cannot.

use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{DateTime, Decode, Reader, SliceReader};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::{BindingKind, CertificateFacts, ChannelBinding, Pin};
use crate::error::{Error, Result};
use crate::text;

/// The most characters of a distinguished name, or of a subjectAltName, that are shown.
const MAX_NAME: usize = 256;

/// The most names of a certificate that are kept.
const MAX_NAMES: usize = 256;

/// How many names [`CertificateFacts`] prints.
const PRINTED_NAMES: usize = 5;

impl Pin {
    /// Parses `sha256:HEX`; HEX may be in either case and with colons between its octets.
    ///
    /// Fails with [`Error::InvalidInput`].
    pub fn parse(pin: &str) -> Result<Self> {
        let invalid = || Error::InvalidInput("a pin has the form sha256: followed by 64 hexadecimal digits".to_owned());
        let (kind, hex) = pin.split_once(':').ok_or_else(invalid)?;
        if !kind.eq_ignore_ascii_case("sha256") {
            return Err(invalid());
        }
        let digits: Vec<u32> =
            hex.chars().filter(|c| *c != ':').map(|c| c.to_digit(16)).collect::<Option<_>>().ok_or_else(invalid)?;
        let mut octets = [0; 32];
        if digits.len() != 2 * octets.len() {
            return Err(invalid());
        }
        for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
            let value = pair.iter().fold(0, |value, digit| value * 16 + digit);
            *octet = u8::try_from(value).map_err(|_| invalid())?;
        }
        Ok(Self(octets))
    }

    /// The pin of a certificate in DER; `None` if its key cannot be found.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        Some(Self(Sha256::digest(Layout::of(der)?.public_key).into()))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl CertificateFacts {
    /// Reads a certificate in DER. Never fails: what cannot be read is said to be unreadable.
    pub fn from_der(der: &[u8]) -> Self {
        let pin = Pin::of_certificate(der).unwrap_or(Pin([0; 32]));
        let fingerprint = Sha256::digest(der).into();
        let Ok(certificate) = Certificate::from_der(der) else {
            return Self {
                subject: "(unreadable certificate)".into(),
                issuer: "(unreadable certificate)".into(),
                names: Vec::new(),
                not_before: SystemTime::UNIX_EPOCH,
                not_after: SystemTime::UNIX_EPOCH,
                pin,
                fingerprint,
            };
        };
        let tbs = certificate.tbs_certificate();
        let names = match tbs.get_extension::<SubjectAltName>() {
            Ok(Some((_critical, names))) => names.0.iter().filter_map(general_name).take(MAX_NAMES).collect(),
            _ => Vec::new(),
        };
        Self {
            subject: shown(&tbs.subject().to_string()),
            issuer: shown(&tbs.issuer().to_string()),
            names,
            not_before: tbs.validity().not_before.to_system_time(),
            not_after: tbs.validity().not_after.to_system_time(),
            pin,
            fingerprint,
        }
    }

    /// Whether the certificate names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

impl fmt::Display for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = if self.subject.is_empty() { "(empty)" } else { &self.subject };
        write!(f, "subject {subject}, issuer {}, ", self.issuer)?;
        match self.names.as_slice() {
            [] => f.write_str("no names")?,
            names => {
                let printed: Vec<&str> = names.iter().take(PRINTED_NAMES).map(String::as_str).collect();
                write!(f, "names {}", printed.join(" "))?;
                if let Some(more) = names.len().checked_sub(PRINTED_NAMES).filter(|more| *more > 0) {
                    write!(f, " and {more} more")?;
                }
            }
        }
        write!(f, ", valid {} to {}, pin {}", date(self.not_before), date(self.not_after), self.pin)
    }
}

/// A point in time as certificates give it, in RFC 3339 form.
pub(super) fn date(time: SystemTime) -> String {
    DateTime::from_system_time(time).map_or_else(|_| "?".to_owned(), |time| time.to_string())
}

/// Whether a certificate has a DNS name in its subjectAltName.
#[cfg(feature = "native-tls")]
pub(super) fn has_dns_name(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else { return false };
    let names = certificate.tbs_certificate().get_extension::<SubjectAltName>();
    let Ok(Some((_critical, names))) = names else { return false };
    names.0.iter().any(|name| matches!(name, GeneralName::DnsName(_)))
}

/// The algorithm of a certificate's key.
#[cfg(feature = "native-tls")]
pub(super) fn public_key_algorithm(der: &[u8]) -> Option<ObjectIdentifier> {
    let mut key = SliceReader::new(Layout::of(der)?.public_key).ok()?;
    // Into SubjectPublicKeyInfo, into AlgorithmIdentifier.
    x509_cert::der::Header::decode(&mut key).ok()?;
    x509_cert::der::Header::decode(&mut key).ok()?;
    ObjectIdentifier::decode(&mut key).ok()
}

/// The tls-server-end-point binding (RFC 5929 section 4.1): the certificate under the hash of its signature algorithm,
/// SHA-256 in place of MD5 and SHA-1. `None` where the algorithm has no hash of its own, or more than one.
#[cfg_attr(not(feature = "rustls"), allow(dead_code, reason = "native-tls computes it itself; tests use it"))]
pub(super) fn server_end_point(der: &[u8]) -> Option<ChannelBinding> {
    let data = match Layout::of(der)?.signature_algorithm.to_string().as_str() {
        // md5WithRSAEncryption, sha1WithRSAEncryption, ecdsa-with-SHA1, dsa-with-sha1; then the same with SHA-256.
        "1.2.840.113549.1.1.4" | "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => sha256(der),
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" | "2.16.840.1.101.3.4.3.2" => sha256(der),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Sha384::digest(der).to_vec(),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Sha512::digest(der).to_vec(),
        _ => return None,
    };
    Some(ChannelBinding { kind: BindingKind::TlsServerEndPoint, data })
}

/// Where the parts of a certificate are (RFC 5280 section 4.1).
struct Layout<'a> {
    public_key: &'a [u8],
    signature_algorithm: ObjectIdentifier,
}

impl<'a> Layout<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        /// The tag of `version`, the only optional field ahead of the key.
        const VERSION: u8 = 0xa0;
        /// serialNumber, signature, issuer, validity, subject.
        const AHEAD_OF_KEY: usize = 5;

        let mut certificate = SliceReader::new(der).ok()?;
        let layout = certificate.sequence(|certificate| {
            let public_key = certificate.sequence(|tbs| {
                if tbs.peek_byte() == Some(VERSION) {
                    tbs.tlv_bytes()?;
                }
                for _ in 0..AHEAD_OF_KEY {
                    tbs.tlv_bytes()?;
                }
                let public_key = tbs.tlv_bytes()?;
                while !tbs.is_finished() {
                    tbs.tlv_bytes()?;
                }
                Ok::<_, x509_cert::der::Error>(public_key)
            })?;
            let signature_algorithm = certificate.sequence(|algorithm| {
                let oid = ObjectIdentifier::decode(algorithm)?;
                while !algorithm.is_finished() {
                    algorithm.tlv_bytes()?;
                }
                Ok::<_, x509_cert::der::Error>(oid)
            })?;
            certificate.tlv_bytes()?;
            Ok::<_, x509_cert::der::Error>(Self { public_key, signature_algorithm })
        });
        layout.ok()
    }
}

fn sha256(der: &[u8]) -> Vec<u8> {
    Sha256::digest(der).to_vec()
}

fn shown(name: &str) -> String {
    text::sanitize_capped(name.as_bytes(), MAX_NAME)
}

fn general_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(shown(name.as_str())),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()?;
            Some(address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_in_the_forms_people_paste() {
        let hex = "00ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e";
        let pin = Pin::parse(&format!("sha256:{hex}")).unwrap();
        assert_eq!(pin.to_string(), format!("sha256:{hex}"));
        assert_eq!(Pin::parse(&format!("SHA256:{}", hex.to_uppercase())).unwrap(), pin);
        let pairs: Vec<&str> = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
        assert_eq!(Pin::parse(&format!("sha256:{}", pairs.join(":"))).unwrap(), pin);
        for wrong in ["", "sha256", "sha256:", hex, &format!("sha1:{hex}"), &format!("sha256:{hex}0"), "sha256:zz"] {
            assert!(matches!(Pin::parse(wrong), Err(Error::InvalidInput(_))), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_said_to_be_unreadable() {
        for der in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x00", &[0x30; 4096]] {
            let facts = CertificateFacts::from_der(der);
            assert_eq!(facts.subject, "(unreadable certificate)");
            assert_eq!(Pin::of_certificate(der), None);
            assert_eq!(server_end_point(der), None);
            assert!(!facts.to_string().is_empty());
        }
    }
}
