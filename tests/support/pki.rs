//! A certificate authority for one process, and the certificates, good and bad, that it has issued.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

/// What a server presents.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Identity {
    /// For `localhost` and 127.0.0.1, by the CA.
    Good,
    /// By the CA, for another host.
    WrongName,
    /// By the CA, for `localhost`, out of date since 2001.
    Expired,
    /// By the CA, for `localhost`, valid from 2090.
    NotYetValid,
    /// By nobody.
    SelfSigned,
    /// By the CA, `localhost` as common name only.
    CommonNameOnly,
    /// By the CA, for `localhost`, but not for servers.
    ClientOnly,
}

impl Identity {
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("good", Self::Good),
        ("wrong-name", Self::WrongName),
        ("expired", Self::Expired),
        ("not-yet-valid", Self::NotYetValid),
        ("self-signed", Self::SelfSigned),
        ("common-name-only", Self::CommonNameOnly),
        ("client-only", Self::ClientOnly),
    ];

    pub(crate) fn server(self) -> Arc<ServerConfig> {
        self.server_and_pin().0
    }

    /// As `server`, and what `--pin` wants for its key, which is the same in the whole process.
    pub(crate) fn server_and_pin(self) -> (Arc<ServerConfig>, String) {
        static MADE: Mutex<BTreeMap<Identity, (Arc<ServerConfig>, String)>> = Mutex::new(BTreeMap::new());
        MADE.lock().unwrap().entry(self).or_insert_with(|| self.make()).clone()
    }

    fn make(self) -> (Arc<ServerConfig>, String) {
        let (certificate, key) = pki().issue(self);
        let pin = mailwire::net::tls::Pin::of_certificate(&certificate.der).unwrap().to_string();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der], key)
            .unwrap();
        (Arc::new(config), pin)
    }
}

/// The process's CA.
pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(Pki::new)
}

pub(crate) struct Pki {
    ca: CertifiedIssuer<'static, KeyPair>,
    /// Never dropped, being static: the system's temporary directory is swept by others.
    dir: TempDir,
}

/// A certificate in both forms.
pub(crate) struct Issued {
    pub(crate) pem: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Pki {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test CA");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::Builder::new().prefix("popfetch-ca-").tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
        Self { ca, dir }
    }

    /// The CA's certificate, for `--ca-file`.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// A server's certificate and its key.
    pub(crate) fn issue(&self, identity: Identity) -> (Issued, KeyPair) {
        let names: &[&str] = match identity {
            Identity::WrongName => &["elsewhere.example"],
            Identity::CommonNameOnly => &[],
            _ => &["localhost", "127.0.0.1"],
        };
        let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.extended_key_usages = vec![match identity {
            Identity::ClientOnly => ExtendedKeyUsagePurpose::ClientAuth,
            _ => ExtendedKeyUsagePurpose::ServerAuth,
        }];
        match identity {
            Identity::Expired => params.not_after = date_time_ymd(2001, 1, 1),
            Identity::NotYetValid => params.not_before = date_time_ymd(2090, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate().unwrap();
        let certificate = match identity {
            Identity::SelfSigned => params.self_signed(&key).unwrap(),
            _ => params.signed_by(&key, &self.ca).unwrap(),
        };
        (Issued { pem: certificate.pem(), der: certificate.der().clone() }, key)
    }

    /// A client's certificate whose common name is the user's, and its key.
    pub(crate) fn issue_client(&self, user: &str) -> (Issued, KeyPair) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, user);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        (Issued { pem: certificate.pem(), der: certificate.der().clone() }, key)
    }
}
