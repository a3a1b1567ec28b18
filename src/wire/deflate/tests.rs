use std::collections::VecDeque;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;

use super::*;
use crate::net::{Stream, Timeouts, UnixTransport};
use crate::wire::{Connection, Transcript};

/// A peer that has said all it will say: each read takes one chunk, with nothing there in between.
struct Scripted {
    chunks: VecDeque<Vec<u8>>,
    idle: bool,
    taken: Arc<Mutex<Vec<u8>>>,
    /// How much one write takes; every other takes nothing.
    width: usize,
    blocked: bool,
}

impl Scripted {
    fn new(octets: &[u8], width: usize) -> Self {
        let chunks = octets.chunks(width).map(<[u8]>::to_vec).collect();
        Self { chunks, idle: false, taken: Arc::default(), width, blocked: false }
    }
}

impl Read for Scripted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.idle = !self.idle;
        if self.idle {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let Some(mut chunk) = self.chunks.pop_front() else { return Ok(0) };
        let count = chunk.as_slice().read(buf)?;
        if count < chunk.len() {
            self.chunks.push_front(chunk.split_off(count));
        }
        Ok(count)
    }
}

impl Write for Scripted {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.blocked = !self.blocked;
        if self.blocked {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let piece = buf.get(..self.width).unwrap_or(buf);
        self.taken.lock().unwrap().extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Scripted {
    fn wait(&mut self, _: Interest, deadline: &Deadline) -> Result<()> {
        deadline.check()
    }

    fn close(&mut self) {}
}

fn soon() -> Deadline {
    Timeouts::default().deadline(Phase::Data("FETCH"), Duration::from_secs(60))
}

/// What a server sends that flushes behind each part.
fn deflated<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for part in parts {
        encoder.write_all(part).unwrap();
        encoder.flush().unwrap();
    }
    // Its last block never comes.
    encoder.get_ref().clone()
}

/// All that comes, read `most` octets at a time.
fn read_all(mut deflate: Deflate, most: usize) -> std::result::Result<Vec<u8>, (Vec<u8>, String)> {
    let (mut all, mut buf) = (Vec::new(), vec![0; most]);
    loop {
        match deflate.read(&mut buf) {
            Ok(0) => return Ok(all),
            Ok(count) => all.extend_from_slice(&buf[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => deflate.wait(Interest::Read, &soon()).unwrap(),
            Err(error) => return Err((all, error.to_string())),
        }
    }
}

proptest! {
    #[test]
    fn any_chunks_give_the_same(
        parts in prop::collection::vec(prop::collection::vec(prop::sample::select(b"ab\r\n\x00\xff".to_vec()), 0..60), 0..8),
        width in 1usize..40,
        most in 1usize..40,
        early in 0usize..40,
    ) {
        let octets = deflated(parts.iter().map(Vec::as_slice));
        let (early, rest) = octets.split_at(early.min(octets.len()));
        let deflate = Deflate::new(Box::new(Scripted::new(rest, width)), early.to_vec());
        prop_assert_eq!(read_all(deflate, most).unwrap(), parts.concat());
    }

    #[test]
    fn what_is_flushed_can_be_inflated(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
        width in 1usize..50,
    ) {
        let peer = Scripted::new(b"", width);
        let taken = Arc::clone(&peer.taken);
        let mut deflate = Deflate::new(Box::new(peer), Vec::new());
        let mut written = Vec::new();
        for part in &parts {
            written.extend_from_slice(part);
            deflate.write_all(part).unwrap();
            while let Err(error) = deflate.flush() {
                prop_assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            }
            let sent = taken.lock().unwrap().clone();
            let mut seen = vec![0; written.len()];
            DeflateDecoder::new(sent.as_slice()).read_exact(&mut seen).unwrap();
            prop_assert_eq!(&seen, &written);
        }
        let sent = deflate.compression().unwrap().sent;
        prop_assert_eq!(sent.octets, written.len() as u64);
        prop_assert_eq!(sent.compressed, taken.lock().unwrap().len() as u64);
    }

    #[test]
    fn whatever_comes_is_data_an_end_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..200), most in 1usize..9) {
        let whole = read_all(Deflate::new(Box::new(Scripted::new(&octets, 200)), Vec::new()), 4096);
        let pieces = read_all(Deflate::new(Box::new(Scripted::new(&octets, 1)), Vec::new()), most);
        prop_assert_eq!(whole, pieces);
    }
}

#[test]
fn a_bomb_fills_no_more_than_its_reader_asks_for() {
    const SIZE: usize = 64 * 1024 * 1024;
    let octets = deflated([vec![0; SIZE].as_slice()]);
    assert!(octets.len() < 128 * 1024, "{}", octets.len());
    let mut deflate = Deflate::new(Box::new(Scripted::new(b"", 1)), octets);
    let mut buf = vec![1; 8192];
    let mut total = 0;
    while total < SIZE {
        // All of it has come: a wait must not be for more.
        deflate.wait(Interest::Read, &soon()).unwrap();
        let count = deflate.read(&mut buf).unwrap();
        assert!(count > 0 && buf[..count].iter().all(|octet| *octet == 0));
        total += count;
    }
    let received = deflate.compression().unwrap().received;
    assert_eq!(received.octets, SIZE as u64);
    assert!(received.compressed > 0 && received.compressed < 128 * 1024);
}

#[test]
fn no_deflate_stream_is_an_error_behind_what_was_good() {
    // A block of the reserved type, behind one that is flushed.
    let octets = [&deflated([&b"* OK\r\n"[..]])[..], &[0xff; 40]].concat();
    let (good, error) = read_all(Deflate::new(Box::new(Scripted::new(&octets, 3)), Vec::new()), 4).unwrap_err();
    assert_eq!(good, b"* OK\r\n");
    assert!(error.contains("deflate"), "{error}");
    let clear = b"* OK in clear\r\n".as_slice();
    assert!(read_all(Deflate::new(Box::new(Scripted::new(clear, 40)), Vec::new()), 40).is_err());
}

#[test]
fn the_end_of_the_stream_is_the_end_of_the_connection() {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"* BYE\r\n").unwrap();
    let octets = [&encoder.finish().unwrap()[..], b"* OK and more\r\n"].concat();
    assert_eq!(read_all(Deflate::new(Box::new(Scripted::new(&octets, 5)), Vec::new()), 3).unwrap(), b"* BYE\r\n");
}

#[test]
fn empty_blocks_for_ever_meet_the_deadline() {
    struct Empty;
    impl Read for Empty {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let blocks = [0, 0, 0, 0xff, 0xff].repeat(100);
            blocks.as_slice().read(buf)
        }
    }
    impl Write for Empty {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            Ok(buf.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Transport for Empty {
        fn wait(&mut self, _: Interest, deadline: &Deadline) -> Result<()> {
            deadline.check()
        }
        fn close(&mut self) {}
    }
    let mut stream = Stream::from_transport(Box::new(Deflate::new(Box::new(Empty), Vec::new())));
    let deadline = Timeouts::default().deadline(Phase::Greeting, Duration::from_millis(50));
    assert!(matches!(stream.fill(&deadline), Err(Error::Timeout { .. })));
}

/// A connection at the switch, and a server that agrees to compress in the same breath as it goes on compressed.
fn switched(rest: &[u8]) -> (Connection, UnixStream) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
    let mut connection = Connection::new(stream, Timeouts::default(), Transcript::off());
    theirs.write_all(&[b"a OK compressing\r\n", rest].concat()).unwrap();
    assert_eq!(connection.read_line(&soon()).unwrap(), b"a OK compressing");
    (connection, theirs)
}

#[test]
fn both_directions_of_a_connection() {
    const SIZE: usize = 3 * 1024 * 1024;
    let (connection, theirs) = switched(&deflated([&b"* OK first\r\n"[..]]));
    let mut connection = connection.compress().unwrap();
    assert_eq!(connection.read_line(&soon()).unwrap(), b"* OK first");
    // Neither reads before it has written all.
    let noise: Vec<u8> = (0..SIZE as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let expected = noise.clone();
    let peer = std::thread::spawn(move || {
        let mut encoder = DeflateEncoder::new(&theirs, flate2::Compression::fast());
        encoder.write_all(&noise).unwrap();
        encoder.finish().unwrap();
        let mut got = vec![0; SIZE];
        DeflateDecoder::new(&theirs).read_exact(&mut got).unwrap();
        assert!(got == noise);
    });
    connection.send_data(&expected);
    connection.flush(&soon()).unwrap();
    let mut got = Vec::new();
    // The peer's stream began with the first line: its window is of no use to a second encoder, whose data stands alone.
    while got.len() < SIZE {
        got.extend(connection.read_octets(&soon()).unwrap());
    }
    assert!(got == expected);
    peer.join().unwrap();
    assert!(matches!(connection.read_line(&soon()), Err(Error::Closed { .. })));
    let compression = connection.compression().unwrap();
    assert_eq!((compression.sent.octets, compression.received.octets), (SIZE as u64, SIZE as u64 + 12));
}

#[test]
fn a_command_does_not_wait_in_the_compressor() {
    let (connection, theirs) = switched(b"");
    let mut connection = connection.compress().unwrap();
    connection.send(b"a NOOP").unwrap();
    connection.push().unwrap();
    theirs.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut decoder = DeflateDecoder::new(&theirs);
    let mut line = [0; 8];
    decoder.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"a NOOP\r\n");
    (&theirs).write_all(b"a OK in clear\r\n").unwrap();
    assert!(matches!(connection.read_line(&soon()), Err(Error::Protocol { .. })));
}

#[test]
fn nothing_is_switched_with_a_command_on_its_way() {
    let (mut connection, _theirs) = switched(b"");
    connection.send(b"a NOOP").unwrap();
    assert!(matches!(connection.compress(), Err(Error::InvalidInput(_))));
}
