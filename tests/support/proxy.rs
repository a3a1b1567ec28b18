//! A proxy on loopback: SOCKS5 or HTTP CONNECT, with or without a password, that notes what it was asked for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The user that a proxy with a password wants.
pub(crate) const PROXY_USER: &str = "proxy user";
/// Its password, which must be found nowhere either.
pub(crate) const PROXY_PASSWORD: &str = "canary-proxy/7Wq+2";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Speaks {
    Socks5,
    Http,
}

/// A proxy that serves until the process ends.
pub(crate) struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `login`: whether it asks for user and password.
    pub(crate) fn listen(speaks: Speaks, login: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let asked = Arc::clone(&noted);
                // A client that breaks off is a client that breaks off.
                thread::spawn(move || drop(serve(stream, speaks, login, &asked)));
            }
        });
        Self { port, asked }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The targets, `HOST:PORT`, in the order in which they were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, speaks: Speaks, login: bool, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let target = match speaks {
        Speaks::Socks5 => socks5(&mut client, login)?,
        Speaks::Http => http(&mut client, login)?,
    };
    let Some(target) = target else { return Ok(()) };
    let port = target.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).unwrap();
    asked.lock().unwrap().push(target);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    client.write_all(match speaks {
        Speaks::Socks5 => &[5, 0, 0, 1, 127, 0, 0, 1, 0, 0],
        Speaks::Http => b"HTTP/1.1 200 go on\r\n\r\n",
    })?;
    let (mut up, mut down) = ((client.try_clone()?, server.try_clone()?), (server, client));
    let upward = thread::spawn(move || pump(&mut up.0, &mut up.1));
    pump(&mut down.0, &mut down.1);
    upward.join().unwrap();
    Ok(())
}

fn pump(from: &mut TcpStream, to: &mut TcpStream) {
    // Whichever side goes first, the other learns of it.
    drop(io::copy(from, to));
    drop(to.shutdown(Shutdown::Write));
}

fn octets<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    from.read_exact(&mut octets).map(|()| octets)
}

fn counted(from: &mut impl Read) -> io::Result<String> {
    let [count] = octets(from)?;
    let mut text = vec![0; usize::from(count)];
    from.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn socks5(client: &mut TcpStream, login: bool) -> io::Result<Option<String>> {
    let [_version, count] = octets(client)?;
    let mut methods = vec![0; usize::from(count)];
    client.read_exact(&mut methods)?;
    let wanted = if login { 2 } else { 0 };
    if !methods.contains(&wanted) {
        client.write_all(&[5, 0xff])?;
        return Ok(None);
    }
    client.write_all(&[5, wanted])?;
    if login {
        let [_version] = octets(client)?;
        let right = counted(client)? == PROXY_USER;
        let right = (counted(client)? == PROXY_PASSWORD) && right;
        client.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Ok(None);
        }
    }
    let [_version, _connect, _reserved, kind] = octets(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(octets::<4>(client)?).to_string(),
        3 => counted(client)?,
        _ => std::net::Ipv6Addr::from(octets::<16>(client)?).to_string(),
    };
    Ok(Some(format!("{host}:{}", u16::from_be_bytes(octets(client)?))))
}

fn http(client: &mut TcpStream, login: bool) -> io::Result<Option<String>> {
    // The client says nothing behind its headers before it has the answer, so that nothing stays in the buffer.
    let mut lines = BufReader::new(&mut *client).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let wanted = format!("Proxy-Authorization: Basic {}", STANDARD.encode(format!("{PROXY_USER}:{PROXY_PASSWORD}")));
    let mut right = !login;
    while let Some(header) = lines.next().transpose()?.filter(|header| !header.is_empty()) {
        right |= header == wanted;
    }
    drop(lines);
    if !right {
        // With what it was told in the reason: it must be masked.
        client.write_all(format!("HTTP/1.1 407 not {PROXY_PASSWORD}\r\n\r\n").as_bytes())?;
        return Ok(None);
    }
    Ok(request.split(' ').nth(1).map(str::to_owned))
}
