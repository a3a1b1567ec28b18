//! A wire of some length: a relay on loopback that delays whatever passes by half a round trip each way.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Taken at once, at most.
const PIECE: usize = 256 * 1024;

/// Relays connections to `target` until the process ends; returns the port it listens on. Bandwidth is not limited.
pub fn start(target: u16, round_trip: Duration) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || connect(client, target, round_trip));
        }
    });
    Ok(port)
}

fn connect(client: TcpStream, target: u16, round_trip: Duration) -> std::io::Result<()> {
    // The kernel has answered at once: what the handshake would have taken is made up for.
    thread::sleep(round_trip);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || relay(client_too, server_too, round_trip / 2));
    relay(server, client, round_trip / 2);
    Ok(())
}

fn relay(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            let octets = piece.get(..count).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + delay, octets)).is_err() {
                return;
            }
        }
        // The end travels as long as everything before it.
        thread::sleep(delay);
    });
    for (due, octets) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&octets).is_err() {
            break;
        }
    }
    // Either may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}
