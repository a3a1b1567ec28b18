//! A certificate authority, a TCP transport and servers for the tests.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::error::Phase;
use crate::error::Result;
use crate::net::tls::{Backend, Pin, TlsConfig, Trust};
use crate::net::wait::wait_one;
use crate::net::{Deadline, Interest, Timeouts, Transport};

/// Nothing here takes this long; a test that hangs fails by it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn backends() -> Vec<Backend> {
    let mut backends = Vec::new();
    if cfg!(feature = "rustls") {
        backends.push(Backend::Rustls);
    }
    if cfg!(feature = "native-tls") {
        backends.push(Backend::NativeTls);
    }
    backends
}

pub(super) fn config_for(backend: Backend) -> TlsConfig {
    TlsConfig { backend: Some(backend), ..TlsConfig::default() }
}

/// A private authority and its certificate in a PEM file.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) file: tempfile::NamedTempFile,
    root: CertificateDer<'static>,
}

/// A server's (or client's) certificate and key.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: KeyPair,
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::named("test authority")
    }

    pub(super) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let root = certificate.der().clone();
        Self { file: pem_file(&certificate.pem()), issuer: Issuer::new(params, key), root }
    }

    /// A good certificate for `localhost`.
    pub(super) fn leaf(&self) -> Leaf {
        self.leaf_with(&["localhost"], |_| {})
    }

    pub(super) fn leaf_with(&self, names: &[&str], tweak: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, tweak).signed_by(&key, &self.issuer).unwrap();
        Leaf { certificate: certificate.der().clone(), key }
    }

    /// A certificate for `localhost` behind an intermediate one, which comes second.
    pub(super) fn through(&self, is_ca: IsCa) -> (Leaf, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let middle = params(&[], |params| {
            params.is_ca = is_ca;
            params.distinguished_name.push(DnType::CommonName, "between");
        });
        let certificate = middle.signed_by(&key, &self.issuer).unwrap();
        let between = Self { issuer: Issuer::new(middle, key), file: pem_file(""), root: certificate.der().clone() };
        (between.leaf(), between.root)
    }

    /// A chain in which every authority could have issued every other, and none leads to this one.
    pub(super) fn maze(length: usize) -> (Leaf, Vec<CertificateDer<'static>>) {
        let authorities: Vec<Self> = (0..length).map(|_| Self::named("maze")).collect();
        let leaf = authorities.first().unwrap().leaf();
        let chain = std::iter::once(leaf.certificate.clone()).chain(authorities.iter().map(Self::certificate));
        let chain = chain.collect();
        (leaf, chain)
    }

    /// A client's certificate for a key in PKCS#8.
    pub(super) fn client(&self, key: &str) -> Leaf {
        let key = KeyPair::from_pem(key).unwrap();
        let certificate = params(&["client"], |_| {}).signed_by(&key, &self.issuer).unwrap();
        Leaf { certificate: certificate.der().clone(), key }
    }

    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.root.clone()
    }

    /// A configuration that trusts this authority and no other.
    pub(super) fn trusted(&self, backend: Backend) -> TlsConfig {
        TlsConfig { trust: Some(Trust::File(self.file.path().to_owned())), ..config_for(backend) }
    }
}

impl Leaf {
    pub(super) fn self_signed(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, |_| {}).self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), key }
    }

    fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    pub(super) fn pin(&self) -> Pin {
        Pin::of_certificate(&self.certificate).unwrap()
    }

    pub(super) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    pub(super) fn again(&self) -> Self {
        Self { certificate: self.certificate.clone(), key: KeyPair::from_pem(&self.key.serialize_pem()).unwrap() }
    }
}

fn params(names: &[&str], tweak: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, "server");
    tweak(&mut params);
    params
}

pub(super) fn pem_file(pem: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    file
}

/// A TLS server's side of one connection.
pub(super) type Peer = rustls::StreamOwned<ServerConnection, TcpStream>;

/// Accepts one TLS connection on loopback and runs `behaviour` on it.
pub(super) fn serve<T: Send + 'static>(
    leaf: Leaf,
    tweak: impl FnOnce(&mut ServerConfig),
    behaviour: impl FnOnce(&mut Peer) -> io::Result<T> + Send + 'static,
) -> (SocketAddr, JoinHandle<io::Result<T>>) {
    serve_versions(leaf, rustls::ALL_VERSIONS, tweak, behaviour)
}

/// As [`serve`], with these protocol versions only.
pub(super) fn serve_versions<T: Send + 'static>(
    leaf: Leaf,
    versions: &[&'static rustls::SupportedProtocolVersion],
    tweak: impl FnOnce(&mut ServerConfig),
    behaviour: impl FnOnce(&mut Peer) -> io::Result<T> + Send + 'static,
) -> (SocketAddr, JoinHandle<io::Result<T>>) {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate.clone()], leaf.private())
        .unwrap();
    tweak(&mut config);
    serve_config(config, behaviour)
}

/// A server that presents a chain.
pub(super) fn server_config(chain: Vec<CertificateDer<'static>>, leaf: &Leaf) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, leaf.private())
        .unwrap()
}

/// A server that requires a client certificate.
pub(super) fn mutual(
    versions: &[&'static rustls::SupportedProtocolVersion],
    authority: &Authority,
    verifier: Arc<dyn rustls::server::danger::ClientCertVerifier>,
) -> ServerConfig {
    let leaf = authority.leaf();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![leaf.certificate.clone()], leaf.private())
        .unwrap()
}

pub(super) fn serve_config<T: Send + 'static>(
    config: ServerConfig,
    behaviour: impl FnOnce(&mut Peer) -> io::Result<T> + Send + 'static,
) -> (SocketAddr, JoinHandle<io::Result<T>>) {
    serve_raw(move |tcp| {
        let tls = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
        let mut peer = Peer::new(tls, tcp);
        while peer.conn.is_handshaking() {
            // What fails here leaves an alert to be sent.
            if let Err(error) = peer.conn.complete_io(&mut peer.sock) {
                let _ = peer.conn.write_tls(&mut peer.sock);
                return Err(error);
            }
        }
        behaviour(&mut peer)
    })
}

/// Accepts one TCP connection on loopback and runs `behaviour` on it.
pub(super) fn serve_raw<T: Send + 'static>(
    behaviour: impl FnOnce(TcpStream) -> io::Result<T> + Send + 'static,
) -> (SocketAddr, JoinHandle<io::Result<T>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (tcp, _) = listener.accept()?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        behaviour(tcp)
    });
    (address, thread)
}

pub(super) fn deadline() -> Deadline {
    Timeouts::default().deadline(Phase::Connect, PATIENCE)
}

/// Connects and does the handshake, offering `pop3`.
pub(super) fn connect(config: &TlsConfig, address: SocketAddr, host: &str) -> Result<Box<dyn Transport>> {
    config.connector()?.handshake(tcp(address), host, "pop3", &deadline())
}

/// As [`connect`] to `localhost`, counting the octets that the socket has taken.
pub(super) fn connect_measured(config: &TlsConfig, address: SocketAddr) -> (Box<dyn Transport>, Arc<AtomicUsize>) {
    let taken = Arc::<AtomicUsize>::default();
    let transport = tcp_measured(address, Arc::clone(&taken));
    let connector = config.connector().unwrap();
    (connector.handshake(transport, "localhost", "pop3", &deadline()).unwrap(), taken)
}

pub(super) fn tcp(address: SocketAddr) -> Box<dyn Transport> {
    tcp_measured(address, Arc::default())
}

fn tcp_measured(address: SocketAddr, taken: Arc<AtomicUsize>) -> Box<dyn Transport> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nonblocking(true).unwrap();
    Box::new(Tcp { stream, taken })
}

/// Reads until the end, and how that was.
pub(super) fn read_to_end(transport: &mut dyn Transport) -> (Vec<u8>, io::Result<()>) {
    let mut received = Vec::new();
    let mut buf = vec![0; 128 * 1024];
    loop {
        match transport.read(&mut buf) {
            Ok(0) => return (received, Ok(())),
            Ok(count) => received.extend(buf.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                transport.wait(Interest::Read, &deadline()).unwrap();
            }
            Err(error) => return (received, Err(error)),
        }
    }
}

struct Tcp {
    stream: TcpStream,
    taken: Arc<AtomicUsize>,
}

impl Read for Tcp {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buf)
    }
}

impl Write for Tcp {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(buf)?;
        self.taken.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Tcp {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        wait_one(&self.stream, interest, deadline)
    }

    fn close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
