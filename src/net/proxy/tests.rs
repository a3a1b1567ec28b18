use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::*;
use crate::endpoint::Address;
use crate::net::{Stream, Timeouts, connect};

/// A proxy that runs a script on each of its connections.
fn proxy(
    kind: ProxyKind,
    script: impl Fn(usize, &mut TcpStream) + Send + 'static,
    count: usize,
) -> (Proxy, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        for number in 0..count {
            let (mut peer, _) = listener.accept().unwrap();
            peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            script(number, &mut peer);
        }
    });
    (Proxy { kind, host: "127.0.0.1".into(), port, user: None, password: None }, thread)
}

fn expect(peer: &mut TcpStream, bytes: &[u8]) {
    let mut got = vec![0; bytes.len()];
    peer.read_exact(&mut got).unwrap();
    assert_eq!(got, bytes);
}

fn request_head(peer: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        peer.read_exact(&mut octet).unwrap();
        head.extend_from_slice(&octet);
    }
    String::from_utf8(head).unwrap()
}

fn through(proxy: &Proxy, host: &str, budget: Duration) -> Result<Stream> {
    let options = ConnectOptions { proxy: Some(proxy.clone()), ..ConnectOptions::default() };
    let address = Address::Tcp { host: host.into(), port: 995 };
    let deadline = Timeouts::default().deadline(Phase::Connect, budget);
    connect(&address, &options, &deadline, &mut |line| assert!(!line.chars().any(char::is_control), "{line:?}"))
        .map(Stream::from_transport)
}

fn greeting(stream: &mut Stream) -> Vec<u8> {
    while !stream.buffered().ends_with(b"\n") {
        assert!(stream.fill(&Timeouts::default().reply(Phase::Greeting)).unwrap() > 0);
    }
    stream.buffered().to_vec()
}

const LONG: Duration = Duration::from_secs(20);

/// What the proxy answers to a request for mail.example.org must fail so.
fn refused(kind: ProxyKind, script: impl Fn(usize, &mut TcpStream) + Send + 'static) -> (bool, String) {
    let (proxy, thread) = proxy(kind, script, 1);
    let error = through(&proxy, "mail.example.org", LONG).unwrap_err();
    thread.join().unwrap();
    match error {
        Error::Proxy { transient, ref detail, .. } => (transient, detail.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn urls() {
    let proxy = Proxy::parse("socks5h://ann%40x@[::1]:9050").unwrap();
    assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (ProxyKind::Socks5h, "::1", 9050));
    assert_eq!(proxy.user.as_deref(), Some("ann@x"));
    assert_eq!(proxy.to_string(), "socks5h://[::1]:9050");
    assert_eq!(Proxy::parse("SOCKS5://proxy.example.org/").unwrap().port, 1080);
    assert_eq!(Proxy::parse("http://BÜCHER.example").unwrap().host, "xn--bcher-kva.example");
    assert_eq!(Proxy::parse("http://proxy").unwrap().port, 80);
    let error = Proxy::parse("http://ann:hunter2@proxy").unwrap_err().to_string();
    assert!(error.contains("MAILWIRE_PROXY_PASSWORD") && !error.contains("hunter2"), "{error}");
    for url in [
        "proxy:1080",
        "socks4://proxy",
        "https://proxy",
        "http://",
        "http://proxy/x",
        "http://proxy?x",
        "http://proxy:0",
        "http://a%0d%0ab@proxy",
        "http://a%3ab@proxy",
        "http://@proxy",
        "http://pro\nxy",
    ] {
        assert!(matches!(Proxy::parse(url), Err(Error::InvalidInput(_))), "{url}");
    }
}

#[test]
fn names_that_could_break_out_are_refused_before_connecting() {
    let proxy = Proxy::parse("http://127.0.0.1:1").unwrap();
    for host in ["a\r\nX: y", "a b", "", "fe80::1%eth0", "a:b", "ä", &"x".repeat(256)] {
        assert!(matches!(through(&proxy, host, LONG), Err(Error::InvalidInput(_))), "{host:?}");
    }
}

#[test]
fn socks5h_asks_for_the_name_and_leaves_the_greeting() {
    let (proxy, thread) = proxy(
        ProxyKind::Socks5h,
        |_, peer| {
            expect(peer, &[5, 1, 0]);
            peer.write_all(&[5, 0]).unwrap();
            expect(peer, b"\x05\x01\x00\x03\x10mail.example.org\x03\xe3");
            peer.write_all(b"\x05\x00\x00\x03\x04host\x00\x01+OK glued\r\n").unwrap();
        },
        1,
    );
    let mut stream = through(&proxy, "mail.example.org", LONG).unwrap();
    assert_eq!(greeting(&mut stream), b"+OK glued\r\n");
    assert!(!stream.is_private(), "a proxied connection crosses a network");
    thread.join().unwrap();
}

#[test]
fn socks5_authenticates_and_sends_addresses() {
    let (mut proxy, thread) = proxy(
        ProxyKind::Socks5,
        |_, peer| {
            expect(peer, &[5, 2, 0, 2]);
            peer.write_all(&[5, 2]).unwrap();
            expect(peer, b"\x01\x03ann\x07hunter2");
            peer.write_all(&[1, 0]).unwrap();
            expect(peer, &[5, 1, 0, 1, 192, 0, 2, 7, 3, 0xe3]);
            peer.write_all(&[5, 0, 0, 4]).unwrap();
            peer.write_all(&[0; 18]).unwrap();
            peer.write_all(b"+OK\r\n").unwrap();
        },
        1,
    );
    (proxy.user, proxy.password) = (Some("ann".into()), Some(Secret::new("hunter2")));
    let mut stream = through(&proxy, "192.0.2.7", LONG).unwrap();
    assert_eq!(greeting(&mut stream), b"+OK\r\n");
    thread.join().unwrap();
}

#[test]
fn socks5_credentials_refused() {
    let (mut proxy, thread) = proxy(
        ProxyKind::Socks5h,
        |_, peer| {
            expect(peer, &[5, 2, 0, 2]);
            peer.write_all(&[5, 2]).unwrap();
            expect(peer, b"\x01\x03ann\x05wrong");
            peer.write_all(&[1, 1]).unwrap();
        },
        1,
    );
    (proxy.user, proxy.password) = (Some("ann".into()), Some(Secret::new("wrong")));
    let error = through(&proxy, "mail.example.org", LONG).unwrap_err();
    thread.join().unwrap();
    assert!(matches!(error, Error::Proxy { transient: false, .. }), "{error:?}");

    let (transient, detail) = refused(ProxyKind::Socks5h, |_, peer| {
        expect(peer, &[5, 1, 0]);
        peer.write_all(&[5, 0xff]).unwrap();
    });
    assert!(!transient && detail.contains("MAILWIRE_PROXY_PASSWORD"), "{detail}");
}

#[test]
fn socks5_replies_have_words() {
    for (code, words, is_transient) in [
        (1, "general failure", true),
        (2, "not allowed", false),
        (3, "network unreachable", true),
        (4, "host unreachable", true),
        (5, "refused", true),
        (6, "too long", true),
        (7, "command", false),
        (8, "type of address", false),
        (99, "unknown", false),
    ] {
        let (transient, detail) = refused(ProxyKind::Socks5h, move |_, peer| {
            expect(peer, &[5, 1, 0]);
            peer.write_all(&[5, 0]).unwrap();
            expect(peer, b"\x05\x01\x00\x03\x10mail.example.org\x03\xe3");
            // Nothing after the code, as some servers do.
            peer.write_all(&[5, code]).unwrap();
        });
        assert!(detail.contains(words) && transient == is_transient, "{code}: {detail}");
    }
}

#[test]
fn socks5_garbage_and_truncation() {
    let (transient, detail) = refused(ProxyKind::Socks5h, |_, peer| peer.write_all(b"HTTP/1.1 400\r\n").unwrap());
    assert!(!transient && detail.contains("HTTP"), "{detail}");
    let (_, detail) = refused(ProxyKind::Socks5h, |_, peer| peer.write_all(&[4, 0]).unwrap());
    assert!(detail.contains("version 4"), "{detail}");
    let (_, detail) = refused(ProxyKind::Socks5h, |_, peer| {
        expect(peer, &[5, 1, 0]);
        peer.write_all(&[5, 9]).unwrap();
    });
    assert!(detail.contains("method 9"), "{detail}");
    // Every octet of the request is read first: unread input would turn the end into a reset.
    let answer = [5, 0, 0, 1, 1, 2, 3, 4, 0];
    for cut in 0..answer.len() {
        let (transient, detail) = refused(ProxyKind::Socks5h, move |_, peer| {
            expect(peer, &[5, 1, 0]);
            peer.write_all(&[5, 0]).unwrap();
            expect(peer, b"\x05\x01\x00\x03\x10mail.example.org\x03\xe3");
            peer.write_all(&answer[..cut]).unwrap();
        });
        assert!(transient && detail.contains("closed"), "{cut}: {detail}");
    }
    let (_, detail) = refused(ProxyKind::Socks5h, |_, peer| {
        expect(peer, &[5, 1, 0]);
        peer.write_all(&[5, 0]).unwrap();
        expect(peer, b"\x05\x01\x00\x03\x10mail.example.org\x03\xe3");
        peer.write_all(&[5, 0, 0, 77]).unwrap();
    });
    assert!(detail.contains("type 77"), "{detail}");
}

#[test]
fn a_drip_does_not_extend_the_deadline() {
    let (proxy, thread) = proxy(
        ProxyKind::Http,
        |_, peer| {
            while peer.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        },
        1,
    );
    let started = Instant::now();
    let error = through(&proxy, "mail.example.org", Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Proxy, .. }), "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(300) && started.elapsed() < LONG);
    thread.join().unwrap();
}

#[test]
fn a_silent_socks_proxy_ends_at_the_deadline() {
    let (proxy, thread) = proxy(ProxyKind::Socks5h, |_, peer| drop(peer.read_to_end(&mut Vec::new())), 1);
    let error = through(&proxy, "mail.example.org", Duration::from_millis(100)).unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Proxy, .. }), "{error:?}");
    thread.join().unwrap();
}

#[test]
fn socks5_tries_the_next_address() {
    // The proxy cannot reach the first address of localhost, if it has two; the last one works.
    let count =
        crate::net::resolve::resolve("localhost", 995, crate::net::Family::Any, &Timeouts::default().connecting())
            .unwrap()
            .len();
    let (proxy, thread) = proxy(
        ProxyKind::Socks5,
        move |number, peer| {
            expect(peer, &[5, 1, 0]);
            peer.write_all(&[5, 0]).unwrap();
            let mut head = [0; 4];
            peer.read_exact(&mut head).unwrap();
            let mut rest = vec![0; if head[3] == 1 { 6 } else { 18 }];
            peer.read_exact(&mut rest).unwrap();
            let code = if number + 1 < count { 3 } else { 0 };
            peer.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            peer.write_all(b"+OK\r\n").unwrap();
        },
        count,
    );
    assert_eq!(greeting(&mut through(&proxy, "localhost", LONG).unwrap()), b"+OK\r\n");
    thread.join().unwrap();
}

#[test]
fn http_connect_leaves_the_greeting() {
    let (mut proxy, thread) = proxy(
        ProxyKind::Http,
        |_, peer| {
            let head = request_head(peer);
            assert_eq!(
                head,
                "CONNECT [2001:db8::1]:995 HTTP/1.1\r\nHost: [2001:db8::1]:995\r\n\
                 Proxy-Authorization: Basic YW5uOmh1bnRlcjI=\r\n\r\n"
            );
            peer.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n").unwrap();
            peer.write_all(b"HTTP/1.0 200\r\nContent-Length: 99\r\nVia: x\n\r\n+OK glued\r\n").unwrap();
        },
        1,
    );
    (proxy.user, proxy.password) = (Some("ann".into()), Some(Secret::new("hunter2")));
    let mut stream = through(&proxy, "2001:db8::1", LONG).unwrap();
    assert_eq!(greeting(&mut stream), b"+OK glued\r\n");
    assert!(!stream.is_private());
    thread.join().unwrap();
}

#[test]
fn http_refusals() {
    for (answer, is_transient, words) in [
        (&b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"[..], false, "MAILWIRE_PROXY_PASSWORD"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", false, "403 Forbidden"),
        (b"HTTP/1.1 502 Bad \x1b[31mGateway\r\n\r\n", true, "502 Bad ^[[31mGateway"),
        (b"HTTP/1.1 504\r\n\r\n", true, "504"),
        (b"HTTP/1.1 429 Slow\r\n\r\n", true, "429"),
        (b"HTTP/1.1 301 Moved\r\n\r\n", false, "301"),
        (b"SSH-2.0-x\r\n\r\n", false, "does not speak HTTP"),
        (b"\x05\xff\n", false, "does not speak HTTP"),
        (b"HTTP/1.1 2000 x\r\n\r\n", false, "does not speak HTTP"),
        (b"HTTP/1.1 999 x\r\n\r\n", false, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nVia: x", true, "closed"),
        (b"", true, "closed"),
    ] {
        let (transient, detail) = refused(ProxyKind::Http, move |_, peer| {
            request_head(peer);
            peer.write_all(answer).unwrap();
        });
        assert!(detail.contains(words) && transient == is_transient, "{detail}");
        assert!(!detail.chars().any(char::is_control), "{detail:?}");
    }
}

#[test]
fn http_answers_are_bounded() {
    let endless = |start: &'static [u8], line: &'static [u8]| {
        move |_: usize, peer: &mut TcpStream| {
            request_head(peer);
            let _ = peer.write_all(start);
            for _ in 0..100_000 {
                if peer.write_all(line).is_err() {
                    break;
                }
            }
        }
    };
    assert!(refused(ProxyKind::Http, endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")).1.contains("exceeds"));
    assert!(
        refused(ProxyKind::Http, endless(b"HTTP/1.1 200 ", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
            .1
            .contains("exceeds")
    );
    assert!(refused(ProxyKind::Http, endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n")).1.contains("exceeds"));
}

#[test]
fn an_echoed_password_is_masked() {
    let (mut proxy, thread) = proxy(
        ProxyKind::Http,
        |_, peer| {
            request_head(peer);
            peer.write_all(b"HTTP/1.1 403 YW5uOmh1bnRlcjI= hunter2\r\n\r\n").unwrap();
        },
        1,
    );
    (proxy.user, proxy.password) = (Some("ann".into()), Some(Secret::new("hunter2")));
    let error = through(&proxy, "mail.example.org", LONG).unwrap_err().to_string();
    assert!(error.contains("[secret]") && !error.contains("hunter2") && !error.contains("dW50ZXIy"), "{error}");
    thread.join().unwrap();
}

#[test]
fn a_password_at_the_edge_of_what_is_shown_is_masked() {
    for edge in 100..340 {
        let proxy = Proxy { password: Some(Secret::new("hunter2")), ..Proxy::parse("http://ann@127.0.0.1").unwrap() };
        let text = proxy.error(false, format!("{}hunter2", "x".repeat(edge))).to_string();
        assert!(!text.contains("hun"), "{text}");
    }
    let (mut proxy, thread) = proxy(
        ProxyKind::Http,
        |_, peer| {
            request_head(peer);
            peer.write_all(format!("HTTP/1.1 403 {}hunter2\r\n\r\n", "x".repeat(155)).as_bytes()).unwrap();
        },
        1,
    );
    (proxy.user, proxy.password) = (Some("ann".into()), Some(Secret::new("hunter2")));
    let error = through(&proxy, "mail.example.org", LONG).unwrap_err().to_string();
    assert!(error.contains("[secret]") && !error.contains("hun"), "{error}");
    thread.join().unwrap();
}

#[test]
fn contradictions_are_refused() {
    let proxy = Some(Proxy::parse("http://127.0.0.1:1").unwrap());
    let deadline = Timeouts::default().connecting();
    let both = ConnectOptions { proxy: proxy.clone(), tunnel: Some("cat".into()), ..ConnectOptions::default() };
    let tcp = Address::Tcp { host: "h".into(), port: 1 };
    assert!(matches!(connect(&tcp, &both, &deadline, &mut |_| {}), Err(Error::InvalidInput(_))));
    let options = ConnectOptions { proxy, ..ConnectOptions::default() };
    assert!(matches!(
        connect(&Address::Unix("/x".into()), &options, &deadline, &mut |_| {}),
        Err(Error::InvalidInput(_))
    ));
}

/// A proxy that says all of its bytes and closes.
struct Said<'a>(&'a [u8]);

impl io::Read for Said<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl io::Write for Said<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Said<'_> {
    fn wait(&mut self, _: Interest, deadline: &Deadline) -> Result<()> {
        deadline.check()
    }

    fn close(&mut self) {}
}

proptest::proptest! {
    #[test]
    fn whatever_a_proxy_says_is_an_answer_or_an_error(
        kind in proptest::sample::select(vec![ProxyKind::Socks5, ProxyKind::Socks5h, ProxyKind::Http]),
        start in proptest::sample::select(vec![
            &b""[..], b"\x05", b"\x05\x00", b"\x05\x00\x05\x00\x00", b"\x05\x02\x01\x00\x05", b"HTTP/1.", b"HTTP/1.1 200 ",
        ]),
        rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    ) {
        let said = [start, &rest].concat();
        let proxy = Proxy {
            kind,
            host: "proxy".into(),
            port: 1,
            user: Some("ann".into()),
            password: Some(Secret::new("hunter2")),
        };
        let deadline = Timeouts::default().reply(Phase::Proxy);
        if let Err(error) = negotiate(&proxy, &Target::new("h", 1), &mut Said(&said), &deadline) {
            let text = error.to_string();
            proptest::prop_assert!(matches!(error, Error::Proxy { .. }), "{}", text);
            proptest::prop_assert!(!text.chars().any(crate::text::is_unsafe), "{:?}", text);
        }
    }

    #[test]
    fn any_url_is_a_proxy_or_an_error(url in "(socks5h?|http|x)://.{0,40}") {
        if let Err(error) = Proxy::parse(&url) {
            proptest::prop_assert!(!error.to_string().chars().any(char::is_control));
        }
    }
}
