//! The native-tls backend: the system's library, which on Linux is OpenSSL.
//!
//! It tells less than rustls: no version, no cipher, only the leaf of the chain, no exporter, and of a certificate that
//! OpenSSL refused only the reason. What it cannot do is refused when the connector is made.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use native_tls::{Certificate, HandshakeError, Identity, Protocol, TlsConnector, TlsStream};
use rustls_pki_types::{PrivateKeyDer, ServerName};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use x509_cert::der::{Decode, Encode, Header, Reader, SliceReader, Tag};
use zeroize::Zeroizing;

use super::connector::{not_tls, server_name};
use super::inspect::{has_dns_name, public_key_algorithm};
use super::{
    Backend, BindingKind, CertificateFacts, ChannelBinding, ClientIdentity, Pin, TlsConfig, TlsFacts, TlsVersion,
    Trust, Verification, config,
};
use crate::error::{Error, Phase, Result};
use crate::net::underlay::{OUTPUT, Underlay};
use crate::net::{Addresses, Deadline, Interest, Transport};
use crate::text;

/// What every handshake of an account starts from.
pub(super) struct Client {
    asked: TlsConfig,
    roots: Vec<Certificate>,
    identity: Option<Identity>,
    /// OpenSSL ties the offered protocol to its context, and making one reads all the system's roots.
    contexts: Mutex<Vec<(String, TlsConnector)>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(asked: &TlsConfig) -> Result<Self> {
        let lacks = |what: &str| Err(Error::Unsupported(format!("the TLS backend native-tls {what}")));
        if asked.key_log {
            return lacks("cannot write session keys (SSLKEYLOGFILE); rustls can");
        }
        if asked.trust == Some(Trust::Bundled) {
            return lacks("has no bundled roots; rustls does, or name a file with --ca-file");
        }
        let roots = match &asked.trust {
            Some(Trust::File(path)) => file_roots(path)?,
            _ => Vec::new(),
        };
        if asked.trust.as_ref().is_none_or(|trust| *trust == Trust::System)
            && matches!(asked.verification(), Verification::Chain | Verification::ChainAndPin)
            && std::env::var_os("SSL_CERT_DIR").is_none()
            && let Some(path) = std::env::var_os("SSL_CERT_FILE")
        {
            // OpenSSL would go on without it.
            config::certificates(path.as_ref(), "SSL_CERT_FILE")?;
        }
        let identity = asked.identity.as_ref().map(identity).transpose()?;
        let client = Self { asked: asked.clone(), roots, identity, contexts: Mutex::default() };
        if let Some(identity) = &asked.identity {
            // Only here does OpenSSL compare the key with the certificate, if they are of one kind.
            client.build("").map_err(|error| {
                let why = format!("not usable with its certificate: {}", reason(&error.to_string()));
                config::unusable(&identity.key, "client key", &why)
            })?;
        }
        Ok(client)
    }

    pub(super) fn handshake(
        &self,
        transport: Box<dyn Transport>,
        host: &str,
        alpn: &str,
        deadline: &Deadline,
    ) -> Result<Box<dyn Transport>> {
        let host = self.asked.name.as_deref().unwrap_or(host);
        let name = server_name(host)?;
        let deadline = &deadline.in_phase(Phase::TlsHandshake);
        let context = self.context(host, alpn)?;
        let seen = Arc::<Mutex<Seen>>::default();
        let wire = Wire { ciphertext: Underlay::new(transport, Vec::new()), seen: Arc::clone(&seen) };
        let peer = Peer { host: host.to_owned(), alpn: alpn.to_owned(), seen, asked: self.asked.clone() };
        let mut step = context.connect(&name.to_str(), wire);
        let mut stream = loop {
            match step {
                Ok(stream) => break stream,
                Err(HandshakeError::Failure(error)) => return Err(peer.failure(deadline.phase(), &error.to_string())),
                Err(HandshakeError::WouldBlock(mut handshake)) => {
                    deadline.check()?;
                    let wire = handshake.get_mut();
                    if wire.ciphertext.buffered().is_empty() {
                        wire.ciphertext.wait(Interest::Read, deadline)?;
                    }
                    wire.ciphertext.grant();
                    step = handshake.handshake();
                }
            }
        };
        let facts = peer.settle(&stream, &name)?;
        stream.get_mut().ciphertext.transmit_ahead();
        Ok(Box::new(Session { stream, peer, closed: false, failed: None, facts }))
    }

    fn context(&self, host: &str, alpn: &str) -> Result<TlsConnector> {
        let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, context)) = contexts.iter().find(|(known, _)| known == alpn) {
            return Ok(context.clone());
        }
        let context = self
            .build(alpn)
            .map_err(|error| Error::Tls { host: host.to_owned(), detail: reason(&error.to_string()) })?;
        contexts.push((alpn.to_owned(), context.clone()));
        Ok(context)
    }

    fn build(&self, alpn: &str) -> Result<TlsConnector, native_tls::Error> {
        let checks_chain = matches!(self.asked.verification(), Verification::Chain | Verification::ChainAndPin);
        let mut builder = TlsConnector::builder();
        builder
            .min_protocol_version(Some(match self.asked.min_version {
                TlsVersion::V1_2 => Protocol::Tlsv12,
                TlsVersion::V1_3 => Protocol::Tlsv13,
            }))
            .danger_accept_invalid_certs(!checks_chain)
            .danger_accept_invalid_hostnames(!checks_chain)
            .disable_built_in_roots(matches!(self.asked.trust, Some(Trust::File(_))));
        for root in &self.roots {
            builder.add_root_certificate(root.clone());
        }
        if let Some(identity) = &self.identity {
            builder.identity(identity.clone());
        }
        if !alpn.is_empty() {
            builder.request_alpns(&[alpn]);
        }
        builder.build()
    }
}

fn file_roots(path: &std::path::Path) -> Result<Vec<Certificate>> {
    let what = "CA file";
    let certificates = config::certificates(path, what)?;
    let roots: Vec<_> = certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    if roots.is_empty() {
        let why = format!("none of its {} certificates can be read", certificates.len());
        return Err(config::unusable(path, what, &why));
    }
    Ok(roots)
}

/// native-tls takes keys in PKCS#8 alone: the older forms are wrapped.
fn identity(files: &ClientIdentity) -> Result<Identity> {
    let (chain, key) = config::identity(files)?;
    let unusable = |why: &str| config::unusable(&files.key, "client key", why);
    let pkcs8 = match &key {
        PrivateKeyDer::Pkcs8(key) => Zeroizing::new(key.secret_pkcs8_der().to_vec()),
        PrivateKeyDer::Pkcs1(key) => wrap(RSA_ENCRYPTION, Some(AnyRef::NULL), key.secret_pkcs1_der())
            .ok_or_else(|| unusable("its RSA key cannot be read"))?,
        PrivateKeyDer::Sec1(key) => {
            let key = key.secret_sec1_der();
            sec1_curve(key)
                .and_then(|curve| wrap(EC_PUBLIC_KEY, Some(AnyRef::from(&curve)), key))
                .ok_or_else(|| unusable("its EC key cannot be read, or does not name its curve"))?
        }
        _ => return Err(unusable("its kind of key is not known")),
    };
    let of_key = private_key_algorithm(&pkcs8).ok_or_else(|| unusable("it cannot be read"))?;
    if chain.first().and_then(|leaf| public_key_algorithm(leaf)) != Some(of_key) {
        return Err(unusable("not usable with its certificate: their kinds of key differ"));
    }
    let chain: String = chain.iter().map(|certificate| pem("CERTIFICATE", certificate).to_string()).collect();
    Identity::from_pkcs8(chain.as_bytes(), pem("PRIVATE KEY", &pkcs8).as_bytes())
        .map_err(|error| unusable(&reason(&error.to_string())))
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// `PrivateKeyInfo` (RFC 5208 section 5).
fn wrap(algorithm: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const VERSION: [u8; 3] = [0x02, 0x01, 0x00];
    let algorithm = x509_cert::spki::AlgorithmIdentifier { oid: algorithm, parameters }.to_der().ok()?;
    let key = Zeroizing::new(OctetStringRef::new(key).ok()?.to_der().ok()?);
    let body = Zeroizing::new([&VERSION[..], &algorithm, &key].concat());
    let mut info = Zeroizing::new(Header::new(Tag::Sequence, body.len().try_into().ok()?).to_der().ok()?);
    info.extend_from_slice(&body);
    Some(info)
}

/// The algorithm of a `PrivateKeyInfo`.
fn private_key_algorithm(pkcs8: &[u8]) -> Option<ObjectIdentifier> {
    let mut reader = SliceReader::new(pkcs8).ok()?;
    Header::decode(&mut reader).ok()?;
    // The version.
    reader.tlv_bytes().ok()?;
    Header::decode(&mut reader).ok()?;
    ObjectIdentifier::decode(&mut reader).ok()
}

/// The curve that an `ECPrivateKey` names (RFC 5915 section 3).
fn sec1_curve(key: &[u8]) -> Option<ObjectIdentifier> {
    /// The tag of `parameters`.
    const PARAMETERS: u8 = 0xa0;
    let mut reader = SliceReader::new(key).ok()?;
    let curve = reader.sequence(|key| {
        let mut curve = None;
        while let Some(tag) = key.peek_byte() {
            let field = key.tlv_bytes()?;
            if tag == PARAMETERS {
                let header = Header::decode(&mut SliceReader::new(field)?)?;
                let length = usize::try_from(header.length())?;
                curve = field.get(field.len().saturating_sub(length)..).map(ObjectIdentifier::from_der).transpose()?;
            }
        }
        Ok::<_, x509_cert::der::Error>(curve)
    });
    curve.ok().flatten()
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|octet| char::from(*octet)));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The transport under OpenSSL. It notes what OpenSSL does not pass on: the true cause of a failure below it.
struct Wire {
    ciphertext: Underlay,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The first octets of the server.
    opening: Vec<u8>,
    /// The transport ended. After a `close_notify` OpenSSL reads no further, so this is a truncation.
    end: bool,
    failure: Option<io::Error>,
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let result = self.ciphertext.read(buf);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.opening.is_empty() {
            seen.opening = self.ciphertext.opening().to_vec();
        }
        match result {
            Ok(count) => {
                seen.end |= count == 0 && !buf.is_empty();
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            Err(error) => {
                let kind = error.kind();
                seen.failure = Some(error);
                Err(kind.into())
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.ciphertext.write(buf)
    }

    /// OpenSSL flushes at the end of each flight.
    fn flush(&mut self) -> io::Result<()> {
        self.ciphertext.transmit_ahead();
        Ok(())
    }
}

/// Whom a session is with, for its errors.
struct Peer {
    host: String,
    alpn: String,
    asked: TlsConfig,
    seen: Arc<Mutex<Seen>>,
}

impl Peer {
    /// The checks that OpenSSL leaves out, and what was settled.
    fn settle(&self, stream: &TlsStream<Wire>, name: &ServerName<'_>) -> Result<TlsFacts> {
        let leaf = stream.peer_certificate().ok().flatten().and_then(|leaf| leaf.to_der().ok());
        let Some(leaf) = leaf else {
            return Err(self.refused("the server presented no certificate".to_owned()));
        };
        let certificate = CertificateFacts::from_der(&leaf);
        let verification = self.asked.verification();
        let checks_chain = matches!(verification, Verification::Chain | Verification::ChainAndPin);
        if checks_chain && matches!(name, ServerName::DnsName(_)) && !has_dns_name(&leaf) {
            // Without DNS names OpenSSL falls back to the common name, which RFC 9525 section 2 rules out.
            return Err(self.refused(format!(
                "it is not for {}: it has no DNS name in subjectAltName, and a common name does not count; \
                 presented: {certificate}; try --tls-name with a name that the server has",
                self.host
            )));
        }
        if matches!(verification, Verification::Pin | Verification::ChainAndPin)
            && !Pin::of_certificate(&leaf).is_some_and(|pin| self.asked.pins.contains(&pin))
        {
            let wanted: Vec<String> = self.asked.pins.iter().map(Pin::to_string).collect();
            return Err(self.refused(format!(
                "its key is {}, expected {}; presented: {certificate}; \
                 ask the server's administrator before changing --pin",
                certificate.pin,
                wanted.join(" or ")
            )));
        }
        let alpn = stream.negotiated_alpn().ok().flatten();
        if alpn.as_ref().is_some_and(|chosen| *chosen != self.alpn.as_bytes()) {
            return Err(self.tls("the server chose an application protocol that was not offered".to_owned()));
        }
        let end_point = stream.tls_server_end_point().ok().flatten();
        let bindings = end_point.map(|data| ChannelBinding { kind: BindingKind::TlsServerEndPoint, data });
        Ok(TlsFacts {
            backend: Backend::NativeTls,
            version: None,
            cipher: None,
            alpn: alpn.map(|alpn| text::sanitize_capped(&alpn, 255)),
            chain: vec![certificate],
            verification,
            bindings: bindings.into_iter().collect(),
        })
    }

    /// The error behind OpenSSL's words: what happened below it comes first.
    fn failure(&self, phase: Phase, words: &str) -> Error {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = seen.failure.take() {
            return failure.downcast().unwrap_or_else(|source| Error::Network { phase, source });
        }
        if let Some(detail) = not_tls(&seen.opening) {
            return self.tls(detail);
        }
        let host = &self.host;
        let reason = reason(words);
        let has = |words: &[&str]| words.iter().any(|words| reason.contains(words));
        if let Some(check) = refused_check(words) {
            return self.refused(self.explained(check));
        }
        if has(&["alert protocol version", "unsupported protocol", "version too low"]) {
            let min = self.asked.min_version;
            return Error::Unsupported(format!("TLS with {host}: the server does not speak {min} or later"));
        }
        if has(&["insufficient security", "dh key too small", "no shared cipher", "unknown cipher returned"]) {
            return Error::Unsupported(format!("TLS with {host}: no common parameters: {reason}"));
        }
        if seen.end {
            return Error::Closed { phase, truncated: false };
        }
        self.tls(match () {
            () if has(&["no application protocol"]) => format!(
                "the server says that it does not speak {:?} on this port (alert no_application_protocol)",
                self.alpn
            ),
            () if has(&["unrecognized name"]) => {
                "the server knows no such host (alert unrecognized_name): try --tls-name".to_owned()
            }
            () if has(&["certificate required"]) => {
                "the server requires a client certificate: try --client-cert".to_owned()
            }
            () if has(&["alert handshake failure"]) => {
                "the server found no common parameters or requires a client certificate (alert handshake_failure)"
                    .to_owned()
            }
            () => reason,
        })
    }

    fn explained(&self, check: &str) -> String {
        let hint = if check.contains("expired") || check.contains("not yet valid") {
            "check this computer's clock"
        } else if check.contains("mismatch") {
            "try --tls-name with a name that the server has"
        } else {
            "try --ca-file with its issuer's certificate"
        };
        let pin = if self.asked.trust.is_none() { " or --pin with its key's hash" } else { "" };
        format!("{}; {hint}{pin}", text::sanitize_capped(check.as_bytes(), 200))
    }

    fn refused(&self, detail: String) -> Error {
        Error::Certificate { host: self.host.clone(), detail }
    }

    fn tls(&self, detail: String) -> Error {
        Error::Tls { host: self.host.clone(), detail }
    }
}

/// Which check of the certificate failed: native-tls puts it in parentheses behind OpenSSL's error.
fn refused_check(words: &str) -> Option<&str> {
    let (_, rest) = words.split_once("certificate verify failed")?;
    Some(rest.rsplit_once('(').map_or("certificate verify failed", |(_, check)| check.trim_end_matches(')')))
}

/// The reason of OpenSSL's `error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA`.
fn reason(words: &str) -> String {
    let reason = match words.strip_prefix("error:") {
        Some(fields) => fields.split(':').nth(3).unwrap_or(fields),
        None => words,
    };
    text::sanitize_capped(reason.as_bytes(), 300)
}

/// TLS over a transport.
struct Session {
    stream: TlsStream<Wire>,
    peer: Peer,
    /// The peer's `close_notify` has come.
    closed: bool,
    /// A failure met after some data of the same read, told by the next.
    failed: Option<io::Error>,
    facts: TlsFacts,
}

impl Session {
    fn read_record(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.stream.read(buf) {
            Ok(0) | Err(_) if self.truncated() => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(self.explain(error)),
            other => other,
        }
    }

    fn truncated(&self) -> bool {
        self.peer.seen.lock().unwrap_or_else(PoisonError::into_inner).end
    }

    /// A failure of the transport as it is, OpenSSL's own in our words.
    fn explain(&self, error: io::Error) -> io::Error {
        let below = self.peer.seen.lock().unwrap_or_else(PoisonError::into_inner).failure.take();
        below.unwrap_or_else(|| io::Error::other(self.peer.failure(Phase::Send, &error.to_string())))
    }

    fn ssl_pending(&self) -> bool {
        self.stream.buffered_read_size().unwrap_or(0) > 0
    }
}

impl Read for Session {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.stream.get_mut().ciphertext.grant();
        let mut filled = 0;
        while filled < buf.len() && !self.closed {
            match self.read_record(buf.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => self.closed = true,
                Ok(count) => filled += count,
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error).filter(|error| error.kind() != io::ErrorKind::WouldBlock);
                    break;
                }
            }
            if !self.ssl_pending() && self.stream.get_ref().ciphertext.buffered().is_empty() && filled > 0 {
                break;
            }
        }
        Ok(filled)
    }
}

impl Write for Session {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.stream.get_ref().ciphertext.pending() >= OUTPUT {
            self.stream.get_mut().ciphertext.push()?;
        }
        match self.stream.write(buf.get(..OUTPUT).unwrap_or(buf)) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(self.explain(error)),
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.get_mut().ciphertext.push()
    }
}

impl Transport for Session {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        let ciphertext = &self.stream.get_ref().ciphertext;
        let readable = self.closed || self.failed.is_some() || !ciphertext.buffered().is_empty() || self.ssl_pending();
        let ciphertext = &mut self.stream.get_mut().ciphertext;
        if readable && interest != Interest::Write {
            ciphertext.transmit_ahead();
            return deadline.check();
        }
        ciphertext.wait(interest, deadline)
    }

    fn close(&mut self) {
        // Best effort: the peer may be gone.
        let _ = self.stream.shutdown();
        self.stream.get_mut().ciphertext.close();
    }

    fn tls(&self) -> Option<&TlsFacts> {
        Some(&self.facts)
    }

    fn is_private(&self) -> bool {
        self.stream.get_ref().ciphertext.is_private()
    }

    fn addresses(&self) -> Option<Addresses> {
        self.stream.get_ref().ciphertext.addresses()
    }
}
