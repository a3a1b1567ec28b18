//! A wire of some length: a relay on loopback that delays whatever passes by half a round trip each way.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// The first argument that makes this program relay.
pub const WORD: &str = "relay";

/// Taken at once, at most.
const PIECE: usize = 256 * 1024;

/// What the relay of this process has passed on.
static PASSED: AtomicU64 = AtomicU64::new(0);

/// A relay at work until it is dropped. It is a process of its own: the memory of the one that starts the programs would
/// count as theirs.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Proxy {
    /// Starts one before the port `target`. Bandwidth is not limited.
    pub fn start(target: u16, round_trip: Duration) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args([WORD, &target.to_string(), &round_trip.as_micros().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the relay")?;
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().context("the relay says nothing")?);
        said.read_line(&mut line)?;
        Ok(Self { port: line.trim().parse().context("the relay does not listen")?, child, said })
    }

    /// Ends it: how many octets it has passed on, in both directions together.
    pub fn passed(mut self) -> Result<u64> {
        drop(self.child.stdin.take());
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        line.trim().parse().context("the relay has not counted")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its end, as that of this process would be.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Tells the port it listens on, relays until its input ends, and tells what it has passed on.
pub fn relay(target: &OsStr, round_trip: &OsStr) -> Result<()> {
    let target: u16 = target.to_str().context("no port")?.parse()?;
    let round_trip = Duration::from_micros(round_trip.to_str().context("no time")?.parse()?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || connect(client, target, round_trip));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    println!("{}", PASSED.load(Ordering::Relaxed));
    Ok(())
}

fn connect(client: TcpStream, target: u16, round_trip: Duration) -> io::Result<()> {
    // The kernel has answered at once: what the handshake would have taken is made up for.
    thread::sleep(round_trip);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || pass(client_too, server_too, round_trip / 2));
    pass(server, client, round_trip / 2);
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
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
        PASSED.fetch_add(octets.len() as u64, Ordering::Relaxed);
        if to.write_all(&octets).is_err() {
            break;
        }
    }
    // Either may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}
