//! Reading what the configuration names: trusted roots, the client's chain and key.

use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::ClientIdentity;
use crate::error::{Error, Result};
use crate::text;

/// More than any bundle of certificates; a path that names something else entirely is not read to its end.
const MAX_PEM: u64 = 64 * 1024 * 1024;

/// The certificates of a PEM file, at least one.
pub(super) fn certificates(path: &Path, what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read(path, what)?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(path, what, &text::sanitize_capped(error.to_string().as_bytes(), 200)))?;
    if certificates.is_empty() {
        return Err(unusable(path, what, "it holds no certificate in PEM form"));
    }
    Ok(certificates)
}

/// The client's chain and its key.
pub(super) fn identity(identity: &ClientIdentity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = certificates(&identity.cert, "client certificate")?;
    let what = "client key";
    let pem = read(&identity.key, what)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let encrypted = memchr::memmem::find(&pem, b"ENCRYPTED").is_some();
        let why = match encrypted {
            true => "the key is encrypted: decrypt it into a file that only its owner can read",
            false => "it holds no private key in PEM form",
        };
        unusable(&identity.key, what, why)
    })?;
    Ok((chain, key))
}

/// Fails if `SSLKEYLOGFILE` names a file that cannot be written: rustls itself would only log that.
#[cfg(feature = "rustls")]
pub(super) fn check_key_log() -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let Some(path) = std::env::var_os("SSLKEYLOGFILE") else { return Ok(()) };
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        // Whoever reads it can read the password that goes through TLS.
        .mode(0o600)
        .open(&path)
        .map(drop)
        .map_err(|error| unusable(Path::new(&path), "SSLKEYLOGFILE", &error.to_string()))
}

/// A file of the configuration that cannot be used.
pub(super) fn unusable(path: &Path, what: &str, why: &str) -> Error {
    let path = text::sanitize(path.as_os_str().as_encoded_bytes());
    Error::Config(format!("{what} {path}: {why}"))
}

fn read(path: &Path, what: &str) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    use std::io::Read as _;

    let mut content = zeroize::Zeroizing::new(Vec::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PEM).read_to_end(&mut content))
        .map_err(|error| unusable(path, what, &error.to_string()))?;
    Ok(content)
}
