//! A router on the way that forgets its connections: what goes over them vanishes, and neither end is told.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// A router in front of a port, until the process ends.
pub(crate) struct Hole {
    port: u16,
    way: Arc<Way>,
}

#[derive(Default)]
struct Way {
    /// Connections that were made before this many times are forgotten.
    epoch: AtomicU64,
    refuses: AtomicBool,
    refused: AtomicU64,
    swallowed: AtomicU64,
}

impl Hole {
    pub(crate) fn before(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::new(Way::default());
        let known = Arc::clone(&way);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if known.refuses.load(Ordering::SeqCst) {
                    known.refused.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) else { continue };
                let epoch = known.epoch.load(Ordering::SeqCst);
                let ends = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (from, to) in ends {
                    let known = Arc::clone(&known);
                    thread::spawn(move || pass(from, to, epoch, &known));
                }
            }
        });
        Self { port, way }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Forgets all connections that there are.
    pub(crate) fn forget(&self) {
        self.way.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether new connections are closed as soon as they are made.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.way.refuses.store(refuses, Ordering::SeqCst);
    }

    /// How many were.
    pub(crate) fn refused(&self) -> u64 {
        self.way.refused.load(Ordering::SeqCst)
    }

    /// How many octets have vanished.
    pub(crate) fn swallowed(&self) -> u64 {
        self.way.swallowed.load(Ordering::SeqCst)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, epoch: u64, way: &Way) {
    let mut octets = [0; 16 * 1024];
    loop {
        let count = from.read(&mut octets).unwrap_or(0);
        if way.epoch.load(Ordering::SeqCst) > epoch {
            way.swallowed.fetch_add(count as u64, Ordering::SeqCst);
            if count == 0 {
                // The other end is not told: both sockets stay open.
                loop {
                    thread::park();
                }
            }
            continue;
        }
        if count == 0 || to.write_all(&octets[..count]).is_err() {
            drop(to.shutdown(std::net::Shutdown::Both));
            return;
        }
    }
}
