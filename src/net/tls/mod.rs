//! TLS over any transport: what is asked for ([`TlsConfig`]), what was settled ([`TlsFacts`]), one file per backend.
//!
//! [`TlsConfig::connector`] reads the files and refuses what the backend cannot do; the [`Connector`] then serves every
//! connection of an account. Sessions are never resumed: each connection sees and judges the certificate afresh.

#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod config;
mod connector;
mod inspect;
#[cfg(feature = "native-tls")]
mod native_tls;
#[cfg(feature = "rustls")]
mod rustls;
#[cfg(all(test, any(feature = "rustls", feature = "native-tls")))]
mod tests;
#[cfg(feature = "rustls")]
mod verify;

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

pub use connector::Connector;

/// A TLS library; which ones this build holds is decided by Cargo features.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    /// rustls with ring.
    Rustls,
    /// The system's library (OpenSSL on Linux) through native-tls.
    NativeTls,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rustls => "rustls",
            Self::NativeTls => "native-tls",
        })
    }
}

/// The least TLS version to accept.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum TlsVersion {
    /// TLS 1.2, RFC 5246.
    #[default]
    V1_2,
    /// TLS 1.3, RFC 8446.
    V1_3,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1_2 => "TLS 1.2",
            Self::V1_3 => "TLS 1.3",
        })
    }
}

/// Where trusted roots come from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Trust {
    /// The system's roots, or the bundled ones where the system has none.
    #[default]
    System,
    /// The Mozilla set compiled in.
    Bundled,
    /// The certificates of a PEM file, and no others.
    File(PathBuf),
}

/// The SHA-256 of a certificate's SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pin(pub [u8; 32]);

/// A client certificate chain and its key, both PEM files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientIdentity {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The private key; the certificate's file may hold it too.
    pub key: PathBuf,
}

/// What is asked of TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    /// The backend; `None` takes rustls if it is compiled in, else native-tls.
    pub backend: Option<Backend>,
    /// The least version.
    pub min_version: TlsVersion,
    /// The name to send as SNI and check the certificate against, in place of the host's.
    pub name: Option<String>,
    /// Roots. `None` was not chosen explicitly: the system's, and without effect beside a pin.
    pub trust: Option<Trust>,
    /// Any of these public keys is accepted. Without an explicit `trust` a pin replaces the checks of chain, name
    /// and date; with one, all must hold.
    pub pins: Vec<Pin>,
    /// The client's certificate.
    pub identity: Option<ClientIdentity>,
    /// Accept any certificate.
    pub no_verify: bool,
    /// Write session keys to the file named by `SSLKEYLOGFILE`.
    pub key_log: bool,
}

/// What a handshake settled.
#[derive(Clone, Debug)]
pub struct TlsFacts {
    /// The backend that did it.
    pub backend: Backend,
    /// Such as `TLSv1.3`; `None` where the backend does not tell.
    pub version: Option<String>,
    /// Such as `TLS13_AES_256_GCM_SHA384`; `None` where the backend does not tell.
    pub cipher: Option<String>,
    /// The ALPN protocol the server chose.
    pub alpn: Option<String>,
    /// The presented chain, leaf first; only the leaf where the backend tells no more.
    pub chain: Vec<CertificateFacts>,
    /// How the peer was verified.
    pub verification: Verification,
    /// Channel bindings, best first.
    pub bindings: Vec<ChannelBinding>,
}

/// How a peer was verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verification {
    /// Chain, name and date.
    Chain,
    /// Only the pin.
    Pin,
    /// Chain, name, date and the pin.
    ChainAndPin,
    /// Not at all.
    None,
}

/// What a person wants to know of a certificate. All text is sanitised.
#[derive(Clone, Debug)]
pub struct CertificateFacts {
    /// RFC 4514 form.
    pub subject: String,
    /// RFC 4514 form.
    pub issuer: String,
    /// DNS names and IP addresses of the subjectAltName.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: SystemTime,
    /// Valid until.
    pub not_after: SystemTime,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub pin: Pin,
    /// SHA-256 of the whole certificate.
    pub fingerprint: [u8; 32],
}

/// Data that ties an authentication to its TLS session (RFC 5056).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelBinding {
    /// Which kind.
    pub kind: BindingKind,
    /// The binding's octets.
    pub data: Vec<u8>,
}

/// The kinds of channel binding in use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BindingKind {
    /// RFC 9266.
    TlsExporter,
    /// RFC 5929 section 4.
    TlsServerEndPoint,
}

impl BindingKind {
    /// The registered name, as SCRAM's GS2 header carries it.
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
        }
    }
}
