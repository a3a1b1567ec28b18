//! The entry: a [`TlsConfig`] becomes a [`Connector`], a connector makes sessions.

use rustls_pki_types::ServerName;

use super::{Backend, TlsConfig, Verification};
use crate::error::{Error, Result};
use crate::net::{Deadline, Transport};
use crate::text;

/// What is needed for every handshake of an account: roots, pins, the client's certificate. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Connector {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    #[cfg(feature = "rustls")]
    Rustls(std::sync::Arc<super::rustls::Client>),
    #[cfg(feature = "native-tls")]
    NativeTls(std::sync::Arc<super::native_tls::Client>),
}

impl TlsConfig {
    /// How peers will be verified under this configuration.
    pub fn verification(&self) -> Verification {
        match (self.no_verify, self.pins.is_empty(), &self.trust) {
            (true, ..) => Verification::None,
            (false, true, _) => Verification::Chain,
            (false, false, None) => Verification::Pin,
            (false, false, Some(_)) => Verification::ChainAndPin,
        }
    }

    /// Reads the files and checks that the backend can do all that is asked.
    ///
    /// Fails with [`Error::Config`] on a file that is missing, empty or malformed, and with [`Error::Unsupported`] if
    /// this build or the backend lacks something: nothing is ever ignored.
    pub fn connector(&self) -> Result<Connector> {
        if let Some(name) = &self.name {
            server_name(name).map_err(|_| {
                Error::Config(format!("the TLS name {:?} is neither a host name nor an address", shown(name)))
            })?;
        }
        let backend = match self.backend {
            Some(backend) => backend,
            None if cfg!(feature = "rustls") || cfg!(not(feature = "native-tls")) => Backend::Rustls,
            None => Backend::NativeTls,
        };
        match backend {
            #[cfg(feature = "rustls")]
            Backend::Rustls => {
                let client = super::rustls::Client::new(self)?;
                Ok(Connector { engine: Engine::Rustls(std::sync::Arc::new(client)) })
            }
            #[cfg(feature = "native-tls")]
            Backend::NativeTls => {
                let client = super::native_tls::Client::new(self)?;
                Ok(Connector { engine: Engine::NativeTls(std::sync::Arc::new(client)) })
            }
            #[allow(unreachable_patterns, reason = "reached by the backends that this build leaves out")]
            absent => Err(Error::Unsupported(format!("this program was built without the TLS backend {absent}"))),
        }
    }
}

impl Connector {
    /// The backend that does the handshakes.
    pub fn backend(&self) -> Backend {
        match self.engine {
            #[cfg(feature = "rustls")]
            Engine::Rustls(_) => Backend::Rustls,
            #[cfg(feature = "native-tls")]
            Engine::NativeTls(_) => Backend::NativeTls,
        }
    }

    /// Does the handshake, wholly within `deadline`, and returns the encrypted transport.
    ///
    /// `host` is what SNI names and the certificate is checked against, unless [`TlsConfig::name`] is given: a host
    /// name in A-label form, or an IP literal, for which there is no SNI and the certificate needs that address.
    /// `alpn` is offered (RFC 7301) unless empty; a server may ignore it, but not choose something else.
    ///
    /// Fails with [`Error::Certificate`] if the certificate is not accepted, [`Error::Unsupported`] if there is no
    /// common version or cipher, [`Error::Closed`] if the server hangs up, else [`Error::Tls`].
    #[cfg_attr(
        not(any(feature = "rustls", feature = "native-tls")),
        expect(unused_variables, reason = "without a backend there is no connector to call this on")
    )]
    pub fn handshake(
        &self,
        transport: Box<dyn Transport>,
        host: &str,
        alpn: &str,
        deadline: &Deadline,
    ) -> Result<Box<dyn Transport>> {
        match self.engine {
            #[cfg(feature = "rustls")]
            Engine::Rustls(ref client) => client.handshake(transport, host, alpn, deadline),
            #[cfg(feature = "native-tls")]
            Engine::NativeTls(ref client) => client.handshake(transport, host, alpn, deadline),
        }
    }
}

/// A host as certificates name it: without the root's dot, an address without its zone.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>> {
    let bare = host.strip_suffix('.').unwrap_or(host);
    let bare = match bare.split_once('%') {
        Some((address, _zone)) if address.contains(':') => address,
        _ => bare,
    };
    ServerName::try_from(bare.to_owned())
        .map_err(|_| Error::InvalidInput(format!("{:?} is neither a host name nor an address", shown(host))))
}

/// What to say if the server's first octets are no TLS record.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(super) fn not_tls(opening: &[u8]) -> Option<String> {
    /// change_cipher_spec, alert, handshake, application_data (RFC 8446 section 5.1).
    const CONTENT_TYPES: std::ops::RangeInclusive<u8> = 20..=23;

    if opening.first().is_none_or(|first| CONTENT_TYPES.contains(first)) {
        return None;
    }
    let line = opening.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    Some(format!(
        "the server did not answer with TLS but with {:?}: is this a plain-text or STARTTLS port? try --security",
        text::sanitize_capped(line, 80)
    ))
}

fn shown(name: &str) -> String {
    text::sanitize_capped(name.as_bytes(), 256)
}

#[cfg(all(test, not(any(feature = "rustls", feature = "native-tls"))))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_a_backend_says_so() {
        for backend in [None, Some(Backend::Rustls), Some(Backend::NativeTls)] {
            let result = TlsConfig { backend, ..TlsConfig::default() }.connector();
            assert!(matches!(result, Err(Error::Unsupported(_))));
        }
    }
}
