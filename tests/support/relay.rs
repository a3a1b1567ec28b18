//! A connection to a server by way of somebody who counts octets, and cuts it, or has the client killed, after so many.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::command::{Call, Finished};

/// What is counted, over all connections together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Counted {
    /// What the server says.
    Said,
    /// What it hears.
    Heard,
}

/// What happens then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// The connection ends.
    Fin,
    Rst,
    /// The client is killed so much later.
    Kill(Duration),
}

/// The moment at which something happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Point {
    pub(crate) counted: Counted,
    pub(crate) octets: u64,
    pub(crate) fate: Fate,
}

/// Listens until it is dropped.
pub(crate) struct Relay {
    pub(crate) port: u16,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    upstream: u16,
    /// What is still to happen.
    point: Mutex<Option<Point>>,
    said: AtomicU64,
    heard: AtomicU64,
    /// The client is to be killed.
    kill: Mutex<Option<Instant>>,
    over: AtomicBool,
}

impl Relay {
    /// In front of a port of this machine.
    pub(crate) fn to(upstream: u16, point: Option<Point>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner { upstream, point: Mutex::new(point), ..Inner::default() });
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.over.load(Ordering::Acquire) {
                    return;
                }
                let inner = Arc::clone(&shared);
                // An error is the end of the connection.
                thread::spawn(move || drop(inner.carry(client)));
            }
        });
        Self { port, inner }
    }

    /// Nothing happens from here on.
    pub(crate) fn forgive(&self) {
        *self.inner.point.lock().unwrap() = None;
        *self.inner.kill.lock().unwrap() = None;
    }

    /// How many octets the server has said, and heard.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.inner.said.load(Ordering::Acquire), self.inner.heard.load(Ordering::Acquire))
    }

    /// Whether the point has not been reached.
    pub(crate) fn is_waiting(&self) -> bool {
        self.inner.point.lock().unwrap().is_some()
    }

    /// Whether it is time for the client to be killed.
    pub(crate) fn is_to_kill(&self) -> bool {
        self.inner.kill.lock().unwrap().is_some_and(|time| time <= Instant::now())
    }

    /// Runs a program to its end, which may be a violent one.
    pub(crate) fn run(&self, call: Call) -> Finished {
        let mut running = call.start();
        loop {
            if self.is_to_kill() {
                return running.kill();
            }
            if !running.is_running() || running.is_late() {
                return running.wait();
            }
            thread::sleep(Duration::from_micros(100));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::Release);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Inner {
    fn carry(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.upstream))?;
        for socket in [&client, &server] {
            socket.set_nodelay(true)?;
            socket.set_write_timeout(Some(Duration::from_secs(10)))?;
        }
        loop {
            let (from_client, from_server) = readable(&client, &server)?;
            let done = (from_client && self.pass(Counted::Heard, &mut client, &mut server)?)
                || (from_server && self.pass(Counted::Said, &mut server, &mut client)?);
            if done || self.over.load(Ordering::Acquire) {
                break;
            }
        }
        drop(server.shutdown(Shutdown::Both));
        drop(client.shutdown(Shutdown::Write));
        // Read what is still coming, or the kernel makes a RST of it.
        client.set_read_timeout(Some(Duration::from_millis(500)))?;
        let mut rest = [0; 4096];
        while client.read(&mut rest).is_ok_and(|count| count > 0) {}
        Ok(())
    }

    /// Passes on what is there to be read. True at the end of the connection, an error where it ends by RST.
    fn pass(&self, counted: Counted, from: &mut TcpStream, to: &mut TcpStream) -> std::io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok(true);
        }
        let counter = if counted == Counted::Said { &self.said } else { &self.heard };
        let mut waiting = self.point.lock().unwrap();
        let before = counter.fetch_add(count as u64, Ordering::AcqRel);
        let Some(point) = waiting.filter(|point| point.counted == counted && point.octets <= before + count as u64)
        else {
            drop(waiting);
            return to.write_all(&piece[..count]).map(|()| false);
        };
        *waiting = None;
        drop(waiting);
        to.write_all(&piece[..usize::try_from(point.octets.saturating_sub(before)).unwrap()])?;
        match point.fate {
            Fate::Fin => Ok(true),
            Fate::Rst => {
                let client = if counted == Counted::Said { to } else { from };
                socket2::SockRef::from(&*client).set_linger(Some(Duration::ZERO))?;
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
            Fate::Kill(time) => {
                *self.kill.lock().unwrap() = Some(Instant::now() + time);
                // Half of those who are killed have heard the rest before.
                let rest = usize::try_from(point.octets.saturating_sub(before)).unwrap();
                if point.octets % 2 == 0 {
                    to.write_all(&piece[rest..count])?;
                }
                Ok(false)
            }
        }
    }
}

/// Which of two have something to read, or have ended.
fn readable(client: &TcpStream, server: &TcpStream) -> std::io::Result<(bool, bool)> {
    let time = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let mut both = [PollFd::new(client, PollFlags::IN), PollFd::from_borrowed_fd(server.as_fd(), PollFlags::IN)];
    poll(&mut both, Some(&time))?;
    Ok((!both[0].revents().is_empty(), !both[1].revents().is_empty()))
}
