//! Reaching a server: resolve, race the addresses (RFC 8305), or go through a proxy or a command.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use super::Transport;
use super::deadline::Deadline;
use super::proxy::{self, Proxy};
use super::resolve::{Family, resolve};
use super::tcp::TcpTransport;
use super::tunnel::Tunnel;
use super::unix::UnixTransport;
use super::wait::{Interest, wait_any};
use crate::endpoint::Address;
use crate::error::{Error, Phase, Result};
use crate::text::sanitize;

/// The connection attempt delay of RFC 8305 section 5: how long an attempt has before the next one joins it.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How many addresses of a host a note lists.
const LISTED: usize = 8;

/// How to reach a server.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// Which addresses may be used, of the server and of a proxy.
    pub family: Family,
    /// The local address of TCP connections; it also restricts what is connected to, to its own family.
    pub bind: Option<IpAddr>,
    /// The proxy that TCP connections go through.
    pub proxy: Option<Proxy>,
    /// A shell command whose standard input and output are the connection; the address is then only a name.
    pub tunnel: Option<String>,
}

/// Connects in clear. The transport is non-blocking and close-on-exec.
///
/// The deadline covers everything from the lookup to the proxy's answer; errors tell the phase. `note` receives one
/// line, without control characters, for each step.
/// Fails with [`Error::Resolve`], [`Error::Connect`], [`Error::Proxy`], [`Error::Timeout`], or with
/// [`Error::InvalidInput`] if the options contradict each other.
pub fn connect(
    address: &Address,
    options: &ConnectOptions,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<Box<dyn Transport>> {
    let note = &mut |line: &str| note(&sanitize(line.as_bytes()));
    match (address, &options.proxy, &options.tunnel) {
        (_, Some(_), Some(_)) => Err(Error::InvalidInput("a proxy and a tunnel command exclude each other".into())),
        (Address::Unix(_), Some(_), None) => {
            Err(Error::InvalidInput("a unix socket cannot be reached through a proxy".into()))
        }
        (_, None, Some(command)) => {
            deadline.in_phase(Phase::Connect).check()?;
            let tunnel = Tunnel::start(command)?;
            note(&format!("connected to {}", tunnel.name()));
            Ok(Box::new(tunnel))
        }
        (Address::Unix(path), None, None) => {
            let target = address.to_string();
            let transport = UnixTransport::connect(path, &target, deadline)?;
            note(&format!("connected to {target}"));
            Ok(Box::new(transport))
        }
        (Address::Tcp { host, port }, None, None) => Ok(Box::new(connect_tcp(host, *port, options, deadline, note)?)),
        (Address::Tcp { host, port }, Some(proxy), None) => {
            Ok(Box::new(proxy::open(proxy, host, *port, options, deadline, note)?))
        }
    }
}

/// Connects straight to a host, with the family and the local address of the options.
pub(super) fn connect_tcp(
    host: &str,
    port: u16,
    options: &ConnectOptions,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<TcpTransport> {
    let family = match (options.family, options.bind) {
        (family, None) => family,
        (family, Some(bind)) if !family.admits(bind) => {
            return Err(Error::InvalidInput(format!(
                "the local address {bind} is not of the address family asked for"
            )));
        }
        (_, Some(IpAddr::V4(_))) => Family::V4,
        (_, Some(IpAddr::V6(_))) => Family::V6,
    };
    let target = Address::Tcp { host: host.to_owned(), port }.to_string();
    let addresses = resolve_noted(host, port, family, deadline, note)?;
    let (stream, _) = race(&target, &addresses, options.bind, deadline, note)?;
    TcpTransport::new(stream).map_err(|source| Error::Connect { target: sanitize(target.as_bytes()), source })
}

/// Resolves a host and says to what.
pub(super) fn resolve_noted(
    host: &str,
    port: u16,
    family: Family,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<Vec<SocketAddr>> {
    let addresses = resolve(host, port, family, deadline)?;
    if host.parse::<IpAddr>().is_err() {
        let listed: Vec<String> = addresses.iter().take(LISTED).map(|address| address.ip().to_string()).collect();
        let more = match addresses.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        note(&format!("resolved {host} to {}{more}", listed.join(", ")));
    }
    Ok(addresses)
}

/// Connects to the first of the addresses that answers; the attempts that lost are closed.
///
/// An attempt is joined by the next one when it has failed or has had [`ATTEMPT_DELAY`] (RFC 8305 section 5).
pub(super) fn race(
    target: &str,
    addresses: &[SocketAddr],
    bind: Option<IpAddr>,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<(TcpStream, SocketAddr)> {
    let deadline = deadline.in_phase(Phase::Connect);
    let mut waiting = interleave(addresses).into_iter();
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut last = (None, io::Error::from(io::ErrorKind::AddrNotAvailable));
    let mut failed = |address: SocketAddr, error: io::Error, note: &mut dyn FnMut(&str)| {
        note(&format!("{address}: {error}"));
        last = (Some(address), error);
    };
    loop {
        deadline.check()?;
        if let Some(address) = waiting.next() {
            note(&format!("trying {address}"));
            match Attempt::start(address, bind) {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => {
                    failed(address, error, note);
                    continue;
                }
            }
        }
        if attempts.is_empty() {
            break;
        }
        let next_at = Instant::now() + ATTEMPT_DELAY;
        let alone = waiting.len() == 0;
        // Until one has failed, so that the next may start, or the delay is over.
        let mut any_failed = false;
        while !any_failed {
            let step = if alone {
                deadline.clone()
            } else {
                deadline.at_most(next_at.saturating_duration_since(Instant::now()))
            };
            let fds: Vec<_> = attempts.iter().map(|attempt| (attempt.socket.as_fd(), Interest::Write)).collect();
            let ready = match wait_any(&fds, &step) {
                Ok(ready) => ready,
                // Either the whole budget is over, or only this step.
                Err(Error::Timeout { .. }) => {
                    deadline.check()?;
                    break;
                }
                Err(error) => return Err(error),
            };
            let mut pending = Vec::with_capacity(attempts.len());
            for (attempt, ready) in attempts.into_iter().zip(ready) {
                if !ready {
                    pending.push(attempt);
                    continue;
                }
                let address = attempt.address;
                match attempt.finish() {
                    Ok(stream) => {
                        note(&format!("connected to {address}"));
                        return Ok((stream, address));
                    }
                    Err(error) => {
                        failed(address, error, note);
                        any_failed = true;
                    }
                }
            }
            attempts = pending;
        }
    }
    let (address, error) = last;
    let detail = match (address, addresses.len()) {
        (None, _) => "no address to try".into(),
        (Some(address), 1) => format!("{address}: {error}"),
        (Some(address), tried) => format!("{tried} addresses tried, the last was {address}: {error}"),
    };
    Err(Error::Connect { target: sanitize(target.as_bytes()), source: io::Error::new(error.kind(), detail) })
}

/// Alternates the families, beginning with that of the first address (RFC 8305 section 4).
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = Vec::with_capacity(addresses.len());
    while order.len() < addresses.len() {
        order.extend(first.next());
        order.extend(second.next());
    }
    order
}

/// A connection that is being opened.
struct Attempt {
    address: SocketAddr,
    socket: Socket,
}

impl Attempt {
    fn start(address: SocketAddr, bind: Option<IpAddr>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        if let Some(ip) = bind {
            let local = match (ip, address) {
                // A link-local address means nothing without the zone.
                (IpAddr::V6(ip), SocketAddr::V6(peer)) => SocketAddrV6::new(ip, 0, 0, peer.scope_id()).into(),
                _ => SocketAddr::new(ip, 0),
            };
            socket
                .bind(&local.into())
                .map_err(|error| io::Error::new(error.kind(), format!("local address {ip}: {error}")))?;
        }
        match socket.connect(&address.into()) {
            Ok(()) => {}
            // An interrupted connect goes on by itself, as one in progress does (POSIX).
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::INPROGRESS | Errno::INTR)) => {}
            Err(error) => return Err(error),
        }
        Ok(Self { address, socket })
    }

    /// What became of it, once the socket is writable.
    fn finish(self) -> io::Result<TcpStream> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        let stream = TcpStream::from(self.socket);
        // A port on this host to which nobody listens can be given to our own end, which then talks to itself.
        if stream.local_addr().is_ok_and(|local| local == self.address) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::net::Timeouts;

    const LONG: Duration = Duration::from_secs(20);

    fn deadline(budget: Duration) -> Deadline {
        Timeouts::default().deadline(Phase::Greeting, budget)
    }

    fn run(addresses: &[SocketAddr], bind: Option<IpAddr>, budget: Duration) -> Result<SocketAddr> {
        race("host:995", addresses, bind, &deadline(budget), &mut |_| {}).map(|(_, address)| address)
    }

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Addresses at which nobody listens: the sockets hold the ports without listening.
    fn refusing(count: usize) -> (Vec<Socket>, Vec<SocketAddr>) {
        (0..count)
            .map(|_| {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
                let address = socket.local_addr().unwrap().as_socket().unwrap();
                (socket, address)
            })
            .unzip()
    }

    /// An address that never answers: Linux drops what comes when a listener's queue is full.
    #[cfg(target_os = "linux")]
    fn black_hole() -> (Vec<Socket>, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let mut held = vec![socket];
        loop {
            let attempt = Attempt::start(address, None).unwrap();
            let fds = [(attempt.socket.as_fd(), Interest::Write)];
            let is_full = wait_any(&fds, &deadline(Duration::from_millis(200))).is_err();
            held.push(attempt.socket);
            if is_full {
                return (held, address);
            }
            assert!(held.len() < 100, "the queue never fills");
        }
    }

    #[test]
    fn families_alternate() {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let (a, b, c) = ("192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1");
        let (x, y) = ("[2001:db8::1]:1", "[2001:db8::2]:1");
        assert_eq!(interleave(&parse(&[x, y, a, b, c])), parse(&[x, a, y, b, c]));
        assert_eq!(interleave(&parse(&[a, b, c, x])), parse(&[a, x, b, c]));
        assert_eq!(interleave(&parse(&[a])), parse(&[a]));
        assert!(interleave(&[]).is_empty());
    }

    #[test]
    fn the_next_address_starts_at_once_when_one_fails() {
        let (_held, mut addresses) = refusing(40);
        let (_listener, works) = listener();
        addresses.push(works);
        let started = Instant::now();
        assert_eq!(run(&addresses, None, LONG).unwrap(), works);
        // With the full delay for each of them it would be ten seconds.
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn all_failing_names_the_last_and_how_many() {
        let (_held, addresses) = refusing(3);
        let error = run(&addresses, None, LONG).unwrap_err();
        assert!(matches!(error, Error::Connect { .. }));
        let text = error.to_string();
        assert!(text.contains("host:995") && text.contains("3 addresses tried"), "{text}");
        assert!(text.contains(&addresses[2].to_string()) && text.contains("refused"), "{text}");
        let (_held, one) = refusing(1);
        assert!(!run(&one, None, LONG).unwrap_err().to_string().contains("tried"));
        assert!(matches!(run(&[], None, LONG), Err(Error::Connect { .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_silent_address_is_joined_by_the_next() {
        let (_held, silent) = black_hole();
        let (_listener, works) = listener();
        let started = Instant::now();
        assert_eq!(run(&[silent, works], None, LONG).unwrap(), works);
        assert!(started.elapsed() >= ATTEMPT_DELAY && started.elapsed() < Duration::from_secs(10));
    }

    #[cfg(target_os = "linux")]
    /// D20.
    #[test]
    fn a_silent_list_ends_at_the_budget() {
        let (_held, silent) = black_hole();
        let started = Instant::now();
        let error = run(&[silent; 60], None, Duration::from_millis(600)).unwrap_err();
        assert!(matches!(error, Error::Timeout { phase: Phase::Connect, budget: Some(_) }), "{error:?}");
        assert!(started.elapsed() >= Duration::from_millis(600) && started.elapsed() < Duration::from_secs(10));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_refusal_among_silence_does_not_end_the_race() {
        let (_held, silent) = black_hole();
        let (_refusing, refused) = refusing(1);
        let (_listener, works) = listener();
        assert_eq!(run(&[silent, refused[0], works], None, LONG).unwrap(), works);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_ends_the_race() {
        let (_held, silent) = black_hole();
        let interrupt = std::sync::Arc::new(crate::net::Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(interrupt.clone()), ..Timeouts::default() };
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            interrupt.trigger(2);
        });
        let error = race("h", &[silent], None, &timeouts.connecting(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, Error::Interrupted(2)));
    }

    #[test]
    fn the_local_address_is_bound() {
        let (listener, address) = listener();
        let ip = if cfg!(target_os = "linux") { "127.0.0.9" } else { "127.0.0.1" }.parse().unwrap();
        run(&[address], Some(ip), LONG).unwrap();
        assert_eq!(listener.accept().unwrap().1.ip(), ip);
        // Not an address of this host.
        let error = run(&[address], Some("192.0.2.1".parse().unwrap()), LONG).unwrap_err().to_string();
        assert!(error.contains("local address 192.0.2.1"), "{error}");
    }

    #[test]
    fn the_local_address_restricts_the_family() {
        let address = Address::Tcp { host: "127.0.0.1".into(), port: 1 };
        let options = |bind: &str, family| ConnectOptions {
            bind: Some(bind.parse().unwrap()),
            family,
            ..ConnectOptions::default()
        };
        let error = connect(&address, &options("::1", Family::Any), &deadline(LONG), &mut |_| {}).err().unwrap();
        assert!(matches!(error, Error::Resolve { .. }), "{error}");
        let error = connect(&address, &options("::1", Family::V4), &deadline(LONG), &mut |_| {}).err().unwrap();
        assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    }

    #[test]
    fn every_step_is_noted() {
        let (_listener, address) = listener();
        let mut notes = Vec::new();
        let target = Address::Tcp { host: "localhost".into(), port: address.port() };
        let options = ConnectOptions { family: Family::V4, ..ConnectOptions::default() };
        let transport = connect(&target, &options, &deadline(LONG), &mut |line| notes.push(line.to_owned())).unwrap();
        assert!(!transport.is_private());
        assert_eq!(
            notes,
            ["resolved localhost to 127.0.0.1".into(), format!("trying {address}"), format!("connected to {address}")]
        );
    }

    #[test]
    fn sockets_are_not_inherited_and_never_block() {
        let (_listener, address) = listener();
        let (stream, _) = race("h", &[address], None, &deadline(LONG), &mut |_| {}).unwrap();
        assert!(rustix::io::fcntl_getfd(&stream).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
        assert!(rustix::fs::fcntl_getfl(&stream).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
    }

    #[test]
    fn unix_sockets_and_commands_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let _listener = UnixListener::bind(&path).unwrap();
        let unix = Address::Unix(path);
        let mut notes = Vec::new();
        let mut note = |line: &str| notes.push(line.to_owned());
        assert!(connect(&unix, &ConnectOptions::default(), &deadline(LONG), &mut note).unwrap().is_private());
        let tunnel = ConnectOptions { tunnel: Some("cat -u".into()), ..ConnectOptions::default() };
        assert!(connect(&unix, &tunnel, &deadline(LONG), &mut note).unwrap().is_private());
        assert_eq!(notes.len(), 2);
        assert_eq!(notes[1], "connected to tunnel command \"cat\"");
    }

    #[test]
    fn an_expired_deadline_connects_to_nothing() {
        let (_listener, address) = listener();
        let error = run(&[address], None, Duration::ZERO).unwrap_err();
        assert!(matches!(error, Error::Timeout { phase: Phase::Connect, .. }), "{error:?}");
    }
}
