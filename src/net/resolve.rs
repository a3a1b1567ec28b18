//! Host names to addresses, under a deadline: getaddrinfo(3) cannot be interrupted, so it runs in a thread of its own.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use dns_lookup::{AddrFamily, AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};

use super::deadline::Deadline;
use super::wait::{Interest, wait_one};
use crate::error::{Error, Phase, ResolveFailure, Result};
use crate::text::{sanitize, sanitize_capped};

/// The longest part of a host name that an error shows, in characters.
const SHOWN_HOST: usize = 255;

/// Which addresses of a host may be used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Family {
    /// Both, in the resolver's order (RFC 6724).
    #[default]
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

impl Family {
    /// Whether an address is of this family.
    pub fn admits(self, ip: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => ip.is_ipv4(),
            Self::V6 => ip.is_ipv6(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "IP",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// The addresses of a host, in the resolver's order and never none; a literal is its own address.
///
/// Fails with [`Error::Resolve`]: `NotFound` only if the resolver was certain that there is no such address.
pub(crate) fn resolve(host: &str, port: u16, family: Family, deadline: &Deadline) -> Result<Vec<SocketAddr>> {
    let deadline = deadline.in_phase(Phase::Resolve);
    deadline.check()?;
    if host.is_empty() || host.contains('\0') {
        return Err(Error::InvalidInput("the host name is empty or holds a NUL".into()));
    }
    let mut addresses = if let Some(literal) = literal(host) {
        vec![literal]
    } else if host.contains(':') {
        // Only a literal with a named zone such as fe80::1%eth0 is left: the C library asks no server about it.
        lookup(host, family).map_err(|error| failure(host, family, &error))?
    } else {
        let name = host.to_owned();
        in_thread(host, family, &deadline, move || lookup(&name, family))?
    };
    addresses.retain(|address| family.admits(address.ip()));
    addresses.iter_mut().for_each(|address| address.set_port(port));
    let mut seen = Vec::with_capacity(addresses.len());
    addresses.retain(|address| {
        let new = !seen.contains(address);
        seen.push(*address);
        new
    });
    if addresses.is_empty() {
        return Err(not_found(host, format!("it has no {} address", family.name())));
    }
    Ok(addresses)
}

/// An IP literal, perhaps with a numeric zone (RFC 4007 section 11).
fn literal(host: &str) -> Option<SocketAddr> {
    match host.parse::<IpAddr>() {
        Ok(ip) => Some(SocketAddr::new(ip, 0)),
        Err(_) => format!("[{host}]:0").parse::<SocketAddrV6>().ok().map(SocketAddr::V6),
    }
}

type Lookup = std::result::Result<Vec<SocketAddr>, LookupError>;

fn lookup(host: &str, family: Family) -> Lookup {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        address: match family {
            Family::Any => 0,
            Family::V4 => AddrFamily::Inet.into(),
            Family::V6 => AddrFamily::Inet6.into(),
        },
        ..AddrInfoHints::default()
    };
    // An address of a family that is not IP is of no use here.
    Ok(getaddrinfo(Some(host), None, Some(hints))?.filter_map(|info| info.ok().map(|info| info.sockaddr)).collect())
}

/// Runs a lookup in a thread that is left behind if the deadline passes first.
fn in_thread(
    host: &str,
    family: Family,
    deadline: &Deadline,
    lookup: impl FnOnce() -> Lookup + Send + 'static,
) -> Result<Vec<SocketAddr>> {
    let no_thread = |error: io::Error| temporary(host, error.to_string());
    let (done, doing) = UnixStream::pair().map_err(no_thread)?;
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("resolve".into())
        .spawn(move || {
            // Nobody listens any more once the deadline has passed.
            let _ = sender.send(lookup());
            // Closing it wakes the wait, also when the lookup panics.
            drop(doing);
        })
        .map_err(no_thread)?;
    wait_one(&done, Interest::Read, deadline)?;
    match receiver.try_recv() {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(failure(host, family, &error)),
        Err(_) => Err(temporary(host, "the resolver gave no answer".into())),
    }
}

fn failure(host: &str, family: Family, error: &LookupError) -> Error {
    let text = error.to_string();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    match error.kind() {
        LookupErrorKind::NoName => not_found(host, sanitize(text.as_bytes())),
        LookupErrorKind::NoData => not_found(host, format!("it has no {} address", family.name())),
        _ if is_wrong_family(error.error_num()) => not_found(host, format!("it has no {} address", family.name())),
        _ => temporary(host, sanitize(text.as_bytes())),
    }
}

/// `EAI_ADDRFAMILY`, which the lookup crate does not name: the host exists in the other family only.
fn is_wrong_family(code: i32) -> bool {
    cfg!(all(target_os = "linux", target_env = "gnu")) && code == -9
}

fn not_found(host: &str, detail: String) -> Error {
    Error::Resolve { host: shown(host), kind: ResolveFailure::NotFound, detail }
}

fn temporary(host: &str, detail: String) -> Error {
    Error::Resolve { host: shown(host), kind: ResolveFailure::Temporary, detail }
}

fn shown(host: &str) -> String {
    sanitize_capped(host.as_bytes(), SHOWN_HOST)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::net::deadline::{Interrupt, Timeouts};

    fn deadline() -> Deadline {
        Timeouts::default().connecting()
    }

    fn addresses(host: &str, family: Family) -> Vec<String> {
        resolve(host, 995, family, &deadline()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn literals_are_their_own_address() {
        assert_eq!(addresses("192.0.2.1", Family::Any), ["192.0.2.1:995"]);
        assert_eq!(addresses("2001:db8::1", Family::V6), ["[2001:db8::1]:995"]);
        assert_eq!(addresses("fe80::1%7", Family::Any), ["[fe80::1%7]:995"]);
        assert!(matches!(
            resolve("192.0.2.1", 995, Family::V6, &deadline()),
            Err(Error::Resolve { kind: ResolveFailure::NotFound, .. })
        ));
        assert!(matches!(
            resolve("fe80::1%no-such-zone", 995, Family::Any, &deadline()),
            Err(Error::Resolve { kind: ResolveFailure::NotFound, .. })
        ));
    }

    #[test]
    fn localhost_resolves_without_repetition() {
        let all = addresses("localhost", Family::Any);
        assert!(all.contains(&"127.0.0.1:995".to_owned()) || all.contains(&"[::1]:995".to_owned()), "{all:?}");
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all.len());
    }

    #[test]
    fn impossible_names_are_refused() {
        for host in ["", "a\0b"] {
            assert!(matches!(resolve(host, 1, Family::Any, &deadline()), Err(Error::InvalidInput(_))));
        }
    }

    #[test]
    fn only_certainty_is_not_found() {
        let no_name = libc_code(|kind| matches!(kind, LookupErrorKind::NoName));
        let again = libc_code(|kind| matches!(kind, LookupErrorKind::Again));
        let fail = libc_code(|kind| matches!(kind, LookupErrorKind::Fail));
        for (code, expected) in [
            (no_name, ResolveFailure::NotFound),
            (again, ResolveFailure::Temporary),
            (fail, ResolveFailure::Temporary),
            (12345, ResolveFailure::Temporary),
        ] {
            let result = in_thread("h", Family::Any, &deadline(), move || Err(LookupError::new(code)));
            match result {
                Err(Error::Resolve { kind, detail, .. }) => assert_eq!(kind, expected, "{code}: {detail}"),
                other => panic!("{other:?}"),
            }
        }
        let result = in_thread("h\x1b", Family::Any, &deadline(), || Err(io::Error::other("a\nb").into()));
        assert_eq!(result.unwrap_err().to_string(), "cannot resolve h^[: a^Jb");
    }

    /// The first code that the C library gives this meaning.
    fn libc_code(is: impl Fn(LookupErrorKind) -> bool) -> i32 {
        (-20..=20).find(|code| *code != 0 && is(LookupErrorKind::new(*code))).unwrap()
    }

    #[test]
    fn a_resolver_that_hangs_ends_at_the_deadline_or_by_a_signal() {
        let hang = || {
            std::thread::sleep(Duration::from_secs(60));
            Ok(Vec::new())
        };
        let started = Instant::now();
        let short = deadline().at_most(Duration::from_millis(50)).in_phase(Phase::Resolve);
        let error = in_thread("h", Family::Any, &short, hang).unwrap_err();
        assert!(matches!(error, Error::Timeout { phase: Phase::Resolve, .. }), "{error}");

        let interrupt = Arc::new(Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(Arc::clone(&interrupt)), ..Timeouts::default() };
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            interrupt.trigger(15);
        });
        let error = in_thread("h", Family::Any, &timeouts.connecting(), hang).unwrap_err();
        assert!(matches!(error, Error::Interrupted(15)), "{error}");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn an_answer_wakes_the_wait() {
        let started = Instant::now();
        let found = in_thread("h", Family::Any, &deadline(), || {
            std::thread::sleep(Duration::from_millis(20));
            Ok(vec!["192.0.2.1:0".parse().unwrap()])
        });
        assert_eq!(found.unwrap().len(), 1);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
