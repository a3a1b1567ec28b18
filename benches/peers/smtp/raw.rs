//! The limit of the wire: what a session says, written blindly, the answers thrown away.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::{fs, thread};

use anyhow::{Context as _, Result, bail, ensure};

/// The first argument that makes this program write blindly.
pub const WORD: &str = "write-raw";

/// Writes the octets of a file to a port of loopback and reads to the end; fails if the server refused something.
pub fn write(port: &std::ffi::OsStr, octets: &Path) -> Result<()> {
    let port: u16 = port.to_str().context("no port")?.parse()?;
    let octets = fs::read(octets)?;
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    let mut writing = stream.try_clone()?;
    let writer = thread::spawn(move || writing.write_all(&octets));
    for line in BufReader::new(stream).split(b'\n') {
        let line = line?;
        ensure!(matches!(line.first(), Some(b'2' | b'3')), "refused: {}", String::from_utf8_lossy(&line).trim());
    }
    match writer.join() {
        Ok(written) => Ok(written?),
        Err(_) => bail!("the writer panicked"),
    }
}
