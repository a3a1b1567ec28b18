//! The rustls backend: ring as its only provider, certificates judged by [`Verifier`].

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore};

use super::connector::server_name;
use super::inspect::server_end_point;
use super::verify::{Policy, Verifier};
use super::{
    Backend, BindingKind, CertificateFacts, ChannelBinding, TlsConfig, TlsFacts, TlsVersion, Trust, Verification,
    config,
};
use crate::error::{Error, Phase, Result};
use crate::net::underlay::{OUTPUT, Underlay};
use crate::net::{Addresses, Deadline, Interest, Transport};
use crate::text;

/// What every handshake of an account starts from.
#[derive(Debug)]
pub(super) struct Client {
    config: ClientConfig,
    policy: Arc<Policy>,
    name: Option<String>,
}

impl Client {
    pub(super) fn new(asked: &TlsConfig) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let policy = Arc::new(policy(asked, &provider)?);
        let versions = match asked.min_version {
            TlsVersion::V1_2 => &[&TLS13, &TLS12][..],
            TlsVersion::V1_3 => &[&TLS13],
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| Error::Unsupported(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(Arc::clone(&policy))));
        let mut config = match &asked.identity {
            Some(identity) => {
                let (chain, key) = config::identity(identity)?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    let why = text::sanitize_capped(error.to_string().as_bytes(), 200);
                    config::unusable(&identity.key, "client key", &format!("not usable with its certificate: {why}"))
                })?
            }
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        if asked.key_log {
            config::check_key_log()?;
            config.key_log = Arc::new(rustls::KeyLogFile::new());
        }
        Ok(Self { config, policy, name: asked.name.clone() })
    }

    pub(super) fn handshake(
        &self,
        transport: Box<dyn Transport>,
        host: &str,
        alpn: &str,
        deadline: &Deadline,
    ) -> Result<Box<dyn Transport>> {
        let host = self.name.as_deref().unwrap_or(host);
        let verifier = Arc::new(Verifier::new(Arc::clone(&self.policy)));
        let mut config = self.config.clone();
        config.alpn_protocols = Some(alpn.as_bytes().to_vec()).filter(|alpn| !alpn.is_empty()).into_iter().collect();
        config.dangerous().set_certificate_verifier(Arc::clone(&verifier) as _);
        let mut tls = ClientConnection::new(Arc::new(config), server_name(host)?)
            .map_err(|error| Error::Tls { host: host.to_owned(), detail: error.to_string() })?;
        tls.set_buffer_limit(Some(OUTPUT));
        let mut session = Session {
            wire: Underlay::new(transport, Vec::new()),
            tls,
            verifier,
            host: host.to_owned(),
            alpn: alpn.to_owned(),
            plaintext: 0,
            closed: false,
            failed: None,
            facts: TlsFacts {
                backend: Backend::Rustls,
                version: None,
                cipher: None,
                alpn: None,
                chain: Vec::new(),
                verification: self.policy.verification,
                bindings: Vec::new(),
            },
        };
        session.establish(&deadline.in_phase(Phase::TlsHandshake))?;
        Ok(Box::new(session))
    }
}

fn policy(asked: &TlsConfig, provider: &Arc<CryptoProvider>) -> Result<Policy> {
    let verification = asked.verification();
    let needs_chain = matches!(verification, Verification::Chain | Verification::ChainAndPin);
    // A file that is named is read even where no chain is checked: a mistake in it must not wait for the day it matters.
    let roots = match &asked.trust {
        Some(Trust::File(path)) => Some(file_roots(path)?),
        Some(Trust::Bundled) if needs_chain => Some(bundled_roots()),
        Some(Trust::System) | None if needs_chain => Some(system_roots()?),
        _ => None,
    };
    let chain = match roots.filter(|_| needs_chain) {
        Some(roots) => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                .build()
                .map_err(|error| Error::Config(format!("trusted roots: {error}")))?,
        ),
        None => None,
    };
    Ok(Policy {
        verification,
        chain,
        pins: asked.pins.clone(),
        algorithms: provider.signature_verification_algorithms,
        min_version: asked.min_version,
        pin_would_do: asked.trust.is_none(),
    })
}

fn file_roots(path: &std::path::Path) -> Result<RootCertStore> {
    let what = "CA file";
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(config::certificates(path, what)?);
    if added == 0 {
        return Err(config::unusable(path, what, &format!("none of its {ignored} certificates can be read")));
    }
    Ok(roots)
}

fn bundled_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }
    // Someone who names roots must not silently get others.
    if let Some(variable) = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| std::env::var_os(name).is_some())
    {
        let why = found.errors.first().map_or_else(|| "no certificate".to_owned(), ToString::to_string);
        let why = text::sanitize_capped(why.as_bytes(), 300);
        return Err(Error::Config(format!("trusted roots: {variable} is set, but there are none: {why}")));
    }
    Ok(bundled_roots())
}

/// TLS over a transport.
struct Session {
    wire: Underlay,
    tls: ClientConnection,
    verifier: Arc<Verifier>,
    host: String,
    alpn: String,
    /// Decrypted octets that rustls holds.
    plaintext: usize,
    /// The peer's `close_notify` has come.
    closed: bool,
    /// A failure met after some data of the same read, told by the next.
    failed: Option<io::Error>,
    facts: TlsFacts,
}

impl Session {
    fn establish(&mut self, deadline: &Deadline) -> Result<()> {
        let phase = deadline.phase();
        while self.tls.is_handshaking() {
            deadline.check()?;
            self.transmit_ahead();
            self.wire.grant();
            match self.advance() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wire.wait(Interest::Read, deadline)?,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(Error::Closed { phase, truncated: false });
                }
                Err(error) => {
                    return Err(error.downcast().unwrap_or_else(|source| Error::Network { phase, source }));
                }
            }
        }
        self.transmit_ahead();
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        let tls = &self.tls;
        let chain = tls.peer_certificates().unwrap_or_default();
        let version = tls.protocol_version();
        self.facts.version = version.map(|version| match version {
            ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
            ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
            other => format!("{other:?}"),
        });
        self.facts.cipher = tls.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        self.facts.alpn = tls.alpn_protocol().map(|alpn| text::sanitize_capped(alpn, 255));
        self.facts.chain = chain.iter().map(|certificate| CertificateFacts::from_der(certificate)).collect();
        // Before TLS 1.3 an exporter is bound to its session only under the extended master secret (RFC 9266 section 4.2),
        // of which rustls does not tell.
        let exporter = (version == Some(ProtocolVersion::TLSv1_3))
            .then(|| tls.export_keying_material([0_u8; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok())
            .flatten()
            .map(|data| ChannelBinding { kind: BindingKind::TlsExporter, data: data.to_vec() });
        let end_point = chain.first().and_then(|leaf| server_end_point(leaf));
        self.facts.bindings = exporter.into_iter().chain(end_point).collect();
    }

    /// Takes in some ciphertext. Fails with [`io::ErrorKind::UnexpectedEof`] at the end of the transport.
    fn advance(&mut self) -> io::Result<()> {
        if self.tls.read_tls(&mut self.wire)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match self.tls.process_new_packets() {
            Ok(state) => {
                self.plaintext = state.plaintext_bytes_to_read();
                self.closed = state.peer_has_closed();
                if state.tls_bytes_to_write() > 0 {
                    self.transmit_ahead();
                }
                Ok(())
            }
            Err(error) => {
                // The alert that tells the peer why.
                self.transmit_ahead();
                // Records ahead of the bad one were good: how much they held is found by reading.
                self.plaintext = usize::MAX;
                let opening = self.wire.opening();
                Err(io::Error::other(self.verifier.failure(&self.host, &self.alpn, opening, error)))
            }
        }
    }

    /// Sends what rustls has encrypted; fails with [`io::ErrorKind::WouldBlock`] if something remains.
    fn transmit(&mut self) -> io::Result<()> {
        loop {
            self.wire.push()?;
            if !self.tls.wants_write() {
                return Ok(());
            }
            while self.tls.wants_write() {
                self.tls.write_tls(&mut self.wire)?;
            }
        }
    }

    /// As [`Session::transmit`], where a failure is told by a later read, write or wait.
    fn transmit_ahead(&mut self) {
        if let Err(error) = self.transmit() {
            self.wire.defer(error);
        }
    }

    fn take_plaintext(&mut self, buf: &mut [u8]) -> usize {
        if self.plaintext == 0 || buf.is_empty() {
            return 0;
        }
        // Its failures are about the end of the stream, which `closed` and the transport tell.
        let count = self.tls.reader().read(buf).unwrap_or(0);
        self.plaintext = if count == 0 { 0 } else { self.plaintext.saturating_sub(count) };
        count
    }
}

impl Read for Session {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.wire.grant();
        let mut filled = 0;
        loop {
            filled += self.take_plaintext(buf.get_mut(filled..).unwrap_or_default());
            let enough = filled > 0 && (self.failed.is_some() || self.wire.buffered().is_empty());
            if filled == buf.len() || enough || self.closed {
                return Ok(filled);
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            match self.advance() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && filled > 0 => return Ok(filled),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

impl Write for Session {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut count = self.tls.writer().write(buf)?;
        if count == 0 && !buf.is_empty() {
            self.transmit()?;
            count = self.tls.writer().write(buf)?;
        }
        if count == 0 && !buf.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.transmit()
    }
}

impl Transport for Session {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        self.transmit_ahead();
        let readable = self.plaintext > 0 || self.closed || self.failed.is_some() || !self.wire.buffered().is_empty();
        if readable && interest != Interest::Write {
            return deadline.check();
        }
        self.wire.wait(interest, deadline)
    }

    fn close(&mut self) {
        self.tls.send_close_notify();
        self.transmit_ahead();
        self.wire.close();
    }

    fn tls(&self) -> Option<&TlsFacts> {
        Some(&self.facts)
    }

    fn is_private(&self) -> bool {
        self.wire.is_private()
    }

    fn addresses(&self) -> Option<Addresses> {
        self.wire.addresses()
    }
}
