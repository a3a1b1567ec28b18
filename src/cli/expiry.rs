//! When a server's certificate ends.

use std::time::{Duration, SystemTime};

use crate::net::tls::TlsFacts;

const DAY: u64 = 24 * 60 * 60;

/// Whole days until the server's certificate ends, rounded down, negative after it.
pub(crate) fn days_left(tls: &TlsFacts, now: SystemTime) -> Option<i64> {
    let end = tls.chain.first()?.not_after;
    match end.duration_since(now) {
        Ok(left) => i64::try_from(left.as_secs() / DAY).ok(),
        Err(ago) => i64::try_from(ago.duration().as_secs().div_ceil(DAY)).ok().map(|days| -days),
    }
}

/// Whether it ends within so many days: what `--warn-days` reports.
pub(crate) fn ends_within(tls: &TlsFacts, days: u32, now: SystemTime) -> bool {
    let horizon = now.checked_add(Duration::from_secs(DAY.saturating_mul(days.into())));
    tls.chain.first().is_some_and(|leaf| horizon.is_none_or(|horizon| leaf.not_after <= horizon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tls::{Backend, CertificateFacts, Pin, Verification};

    fn tls(not_after: SystemTime) -> TlsFacts {
        let leaf = CertificateFacts {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after,
            pin: Pin([0; 32]),
            fingerprint: [0; 32],
        };
        TlsFacts {
            backend: Backend::Rustls,
            version: None,
            cipher: None,
            alpn: None,
            chain: vec![leaf],
            verification: Verification::None,
            bindings: Vec::new(),
        }
    }

    #[test]
    fn days_until_the_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * DAY);
        for (end, left, within_ten) in [
            (Duration::from_secs(1_011 * DAY), 11, false),
            (Duration::from_secs(1_010 * DAY), 10, true),
            (Duration::from_secs(1_001 * DAY - 1), 0, true),
            (Duration::from_secs(1_000 * DAY - 1), -1, true),
        ] {
            let tls = tls(SystemTime::UNIX_EPOCH + end);
            assert_eq!(days_left(&tls, now), Some(left));
            assert_eq!(ends_within(&tls, 10, now), within_ten, "{end:?}");
        }
        assert!(ends_within(&tls(now), u32::MAX, now));
    }
}
