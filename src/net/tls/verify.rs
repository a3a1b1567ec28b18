//! The judgement on a certificate under rustls, and the words for every way a handshake fails.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, DigitallySignedStruct, PeerIncompatible, PeerMisbehaved, SignatureScheme,
};

use super::connector::not_tls;
use super::inspect::date;
use super::{CertificateFacts, Pin, TlsVersion, Verification};
use crate::error::Error;
use crate::text;

/// What every certificate of an account is held against.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) verification: Verification,
    /// Chain, name and date; there unless `verification` does without.
    pub(super) chain: Option<Arc<WebPkiServerVerifier>>,
    pub(super) pins: Vec<Pin>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) min_version: TlsVersion,
    /// Whether a pin would replace the other checks, so that it may be proposed.
    pub(super) pin_would_do: bool,
}

/// The verifier of one handshake: it keeps what was presented, so that an error can show it.
#[derive(Debug)]
pub(super) struct Verifier {
    policy: Arc<Policy>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    leaf: Option<CertificateDer<'static>>,
    refusal: Option<Refusal>,
}

/// Refusals that rustls has no name for.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    Pin,
    HandshakeSignature,
}

impl Verifier {
    pub(super) fn new(policy: Arc<Policy>) -> Self {
        Self { policy, seen: Mutex::default() }
    }

    /// The error of a handshake with `host` that failed while offering `alpn`. `opening` is how the server began.
    pub(super) fn failure(&self, host: &str, alpn: &str, opening: &[u8], error: rustls::Error) -> Error {
        let min = self.policy.min_version;
        let detail = match &error {
            rustls::Error::InvalidCertificate(error) => {
                return Error::Certificate { host: host.to_owned(), detail: self.certificate_detail(host, error) };
            }
            rustls::Error::PeerIncompatible(
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            )
            | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
                return Error::Unsupported(format!("TLS with {host}: the server does not speak {min} or later"));
            }
            rustls::Error::PeerIncompatible(why) => {
                return Error::Unsupported(format!("TLS with {host}: no common parameters: {why:?}"));
            }
            rustls::Error::AlertReceived(alert @ AlertDescription::InsufficientSecurity) => {
                return Error::Unsupported(format!("TLS with {host}: the server refused our parameters: {alert:?}"));
            }
            rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
                format!("the server says that it does not speak {alpn:?} on this port (alert no_application_protocol)")
            }
            rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => {
                "the server knows no such host (alert unrecognized_name): try --tls-name".to_owned()
            }
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                "the server requires a client certificate: try --client-cert".to_owned()
            }
            rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
                "the server found no common parameters or requires a client certificate (alert handshake_failure)"
                    .to_owned()
            }
            rustls::Error::AlertReceived(
                alert @ (AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied),
            ) => format!("the server refused the client certificate: alert {alert:?}"),
            rustls::Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedApplicationProtocol) => {
                "the server chose an application protocol that was not offered".to_owned()
            }
            other => not_tls(opening).unwrap_or_else(|| text::sanitize_capped(other.to_string().as_bytes(), 300)),
        };
        Error::Tls { host: host.to_owned(), detail }
    }

    fn certificate_detail(&self, host: &str, error: &CertificateError) -> String {
        let (leaf, refusal) = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            (seen.leaf.clone(), seen.refusal)
        };
        let facts = leaf.map(|leaf| CertificateFacts::from_der(&leaf));
        let check = match refusal {
            Some(Refusal::Pin) => self.pin_detail(facts.as_ref()),
            Some(Refusal::HandshakeSignature) => {
                "the handshake is not signed by the certificate's key, or in a way that is not accepted".to_owned()
            }
            None => chain_detail(host, error, facts.as_ref()),
        };
        let hint = match (refusal, error) {
            (Some(Refusal::Pin), _) => "ask the server's administrator before changing --pin".to_owned(),
            (Some(Refusal::HandshakeSignature), _) => return presented(check, facts.as_ref()),
            (None, error) => self.hint(error, facts.as_ref()),
        };
        format!("{}; {hint}", presented(check, facts.as_ref()))
    }

    fn pin_detail(&self, facts: Option<&CertificateFacts>) -> String {
        let wanted: Vec<String> = self.policy.pins.iter().map(Pin::to_string).collect();
        let got = facts.map_or_else(|| "nothing".to_owned(), |facts| facts.pin.to_string());
        format!("its key is {got}, expected {}", wanted.join(" or "))
    }

    fn hint(&self, error: &CertificateError, facts: Option<&CertificateFacts>) -> String {
        let pin = match facts {
            Some(facts) if self.policy.pin_would_do => {
                format!("or, if this is surely the server's own key, --pin {}", facts.pin)
            }
            _ => String::new(),
        };
        let first = match error {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => "check this computer's clock",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "try --tls-name with a name that the server has"
            }
            _ => "try --ca-file with its issuer's certificate",
        };
        format!("{first} {pin}").trim_end().to_owned()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.leaf = Some(end_entity.clone().into_owned());
        let policy = &self.policy;
        let (by_chain, by_pin) = match policy.verification {
            Verification::None => return Ok(ServerCertVerified::assertion()),
            Verification::Chain => (true, false),
            Verification::Pin => (false, true),
            Verification::ChainAndPin => (true, true),
        };
        if by_chain {
            let chain = policy.chain.as_ref().ok_or(CertificateError::UnknownIssuer)?;
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        }
        if by_pin && !Pin::of_certificate(end_entity).is_some_and(|pin| policy.pins.contains(&pin)) {
            seen.refusal = Some(Refusal::Pin);
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.note_signature(verify_tls12_signature(message, cert, dss, &self.policy.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.note_signature(verify_tls13_signature(message, cert, dss, &self.policy.algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.policy.algorithms.supported_schemes()
    }
}

impl Verifier {
    fn note_signature(
        &self,
        result: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if result.is_err() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).refusal = Some(Refusal::HandshakeSignature);
        }
        result
    }
}

/// Which check of chain, name and date failed.
fn chain_detail(host: &str, error: &CertificateError, facts: Option<&CertificateFacts>) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => match facts {
            Some(facts) => format!("it expired on {}", date(facts.not_after)),
            None => "it has expired".to_owned(),
        },
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => match facts {
            Some(facts) => format!("it is not yet valid, before {}", date(facts.not_before)),
            None => "it is not yet valid".to_owned(),
        },
        CertificateError::UnknownIssuer if facts.is_some_and(CertificateFacts::is_self_issued) => {
            "it is self-signed and not among the trusted ones".to_owned()
        }
        CertificateError::UnknownIssuer => "its issuer is unknown".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => match facts {
            Some(facts) if facts.names.is_empty() => {
                format!("it is not for {host}: it has no subjectAltName, and a common name does not count")
            }
            _ => format!("it is not for {host}"),
        },
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its extended key usage does not allow servers".to_owned()
        }
        CertificateError::BadSignature => "a signature in its chain is wrong".to_owned(),
        CertificateError::BadEncoding => "it cannot be read".to_owned(),
        CertificateError::Revoked => "it is revoked".to_owned(),
        other => match text::sanitize_capped(other.to_string().as_bytes(), 200) {
            reason if reason.contains("CaUsedAsEndEntity") => {
                "it is a certificate of an authority, used as a server's".to_owned()
            }
            reason => reason,
        },
    }
}

fn presented(check: String, facts: Option<&CertificateFacts>) -> String {
    match facts {
        Some(facts) => format!("{check}; presented: {facts}"),
        None => check,
    }
}
