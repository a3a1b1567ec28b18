//! A server on loopback that follows a script and knows nothing of any protocol.

mod delivery;

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::pattern::{Bytes, Pattern, tag_name};
use delivery::Courier;
pub(crate) use delivery::Delivery;

/// One thing the peer does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends; what stands side by side leaves in one write.
    Send(Bytes),
    /// Sends more than a client has to take: it may hang up meanwhile, which ends the connection's script well.
    Bomb(Bytes),
    /// The client's next line.
    Expect(Pattern),
    /// Should the client's next line match, these follow; else it is left where it is.
    Optional(Pattern, Vec<Step>),
    /// From here on, whenever a line other than the expected one matches, these answer it.
    On(Pattern, Vec<Step>),
    /// From here on the client must not send this.
    Never(Pattern),
    /// The server's side of a TLS handshake.
    StartTls,
    /// From here on both sides compress (RFC 4978).
    Deflate,
    /// The literal that the client's last line has announced.
    Literal(Pattern),
    /// As `Literal`, whatever it is; it is kept as a message.
    Message,
    /// Closes as one should: in TLS with close_notify.
    Close,
    /// Closes TCP and says nothing in TLS.
    Cut,
    /// Closes with RST.
    Reset,
    /// Waits.
    Sleep(Duration),
    /// Sends one octet at a time from here on, with a pause after each.
    Drip(Duration),
    /// Sends nothing more: the client has to give up.
    Silence,
    /// Neither sends nor reads until the client is known to have ended.
    Deaf,
    /// The client must send nothing for so long.
    Quiet(Duration),
    /// Throws away what the client has sent, and what it sends in the next tenth of a second.
    DropInput,
    /// The client closes without another line.
    Eof,
    /// A message's text up to CRLF.CRLF, which is kept; only CRLF may end a line, and dots have to be stuffed.
    Body,
    /// A line `BDAT n` that matches, and so many octets; what the last chunk completes is kept.
    Chunk(Pattern),
    /// So many octets of whatever, thrown away.
    Take(usize),
}

/// What one connection is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// TLS from the first octet.
    pub(crate) implicit_tls: bool,
    pub(crate) steps: Vec<Step>,
}

/// What happens after the last scripted connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Afterwards {
    /// A further connection is a failure.
    #[default]
    Complain,
    /// Further connections get the last script.
    Repeat,
    /// Further connections are closed at once.
    Close,
    /// As `Close`, and it is well if the scripted ones do not come either.
    Optional,
}

/// Everything a peer needs to know.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) tls: Arc<ServerConfig>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) afterwards: Afterwards,
    /// How long a client may let it wait.
    pub(crate) patience: Duration,
    /// What must never be seen outside TLS.
    pub(crate) forbidden_in_clear: Vec<Vec<u8>>,
}

/// A listening peer.
pub(crate) struct Peer {
    listener: TcpListener,
}

impl Peer {
    pub(crate) fn listen() -> Self {
        Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Serves the plan until [`Serving::finish`].
    pub(crate) fn serve(&self, plan: Plan) -> Serving {
        self.deliver(plan, Delivery::Whole)
    }

    /// As `serve`, with what the peer says in another form.
    pub(crate) fn deliver(&self, plan: Plan, delivery: Delivery) -> Serving {
        let listener = self.listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Seen::default());
        let worker = thread::spawn({
            let (stop, seen) = (Arc::clone(&stop), Arc::clone(&seen));
            move || serve(&listener, &plan, delivery, &stop, &seen)
        });
        Serving { worker, stop, seen }
    }
}

/// What came by.
#[derive(Default)]
struct Seen {
    /// The client has ended.
    over: AtomicBool,
    log: Mutex<Vec<String>>,
    bodies: Mutex<Vec<Vec<u8>>>,
}

/// A plan under way.
pub(crate) struct Serving {
    worker: thread::JoinHandle<Result<(), String>>,
    stop: Arc<AtomicBool>,
    seen: Arc<Seen>,
}

impl Serving {
    /// Waits until the conversation's log has a line with this in it.
    pub(crate) fn wait_for(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.seen.log.lock().unwrap().iter().any(|line| line.contains(text)) {
            assert!(Instant::now() < end, "{text:?} was never said: {:#?}", self.seen.log.lock().unwrap());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// To be called when the client has ended: what was seen, and the messages that came, dots unstuffed, or the first thing
    /// that was not as scripted.
    pub(crate) fn finish(self) -> (Vec<String>, Result<Vec<Vec<u8>>, String>) {
        self.stop.store(true, Ordering::Release);
        self.seen.over.store(true, Ordering::Release);
        let result = self.worker.join().unwrap_or_else(|_| Err("the peer panicked".into()));
        let log = self.seen.log.lock().unwrap().clone();
        let bodies = std::mem::take(&mut *self.seen.bodies.lock().unwrap());
        (log, result.map(|()| bodies))
    }
}

fn serve(
    listener: &TcpListener,
    plan: &Plan,
    delivery: Delivery,
    stop: &AtomicBool,
    seen: &Seen,
) -> Result<(), String> {
    let mut connections = Vec::new();
    loop {
        let number = connections.len();
        match listener.accept() {
            Ok((stream, _)) => {
                let script = match (plan.scripts.get(number), plan.afterwards) {
                    (Some(script), _) => script.clone(),
                    (None, Afterwards::Close | Afterwards::Optional) => continue,
                    (None, Afterwards::Repeat) => plan.scripts.last().unwrap().clone(),
                    (None, Afterwards::Complain) => {
                        return Err(format!("an unexpected connection, number {}", number + 1));
                    }
                };
                connections.push(Connection::new(stream, number + 1, plan, delivery, seen).run(&script));
                // The first difference is the one to look at.
                if let Some(Err(_)) = connections.last() {
                    return connections.pop().unwrap();
                }
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                thread::sleep(Duration::from_millis(1));
            }
            Err(e) => return Err(format!("accept: {e}")),
        }
    }
    match plan.scripts.len() {
        expected if connections.len() < expected && plan.afterwards != Afterwards::Optional => {
            Err(format!("{} connections instead of {expected}", connections.len()))
        }
        _ => Ok(()),
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    /// Between the two.
    Changing,
}

struct Connection<'a> {
    stream: Stream,
    plan: &'a Plan,
    number: usize,
    seen: &'a Seen,
    /// Received, not yet looked at.
    input: VecDeque<u8>,
    /// What was received in clear.
    clear: Vec<u8>,
    /// To be sent before the next step that is not a sending one.
    output: Bytes,
    /// The chunks of a message whose last one has not come.
    chunks: Vec<u8>,
    drip: Duration,
    standing: Vec<(Pattern, Vec<Step>)>,
    forbidden: Vec<Pattern>,
    /// IMAP's tags by their names in the script.
    tags: BTreeMap<String, Vec<u8>>,
    /// How long the literal is that the client's last line has announced.
    announced: Option<usize>,
    deflate: Option<Box<Deflate>>,
    courier: Courier,
}

struct Deflate {
    compress: Compress,
    decompress: Decompress,
}

/// Whether there is more to do on the connection.
enum Flow {
    On,
    Over,
}

impl<'a> Connection<'a> {
    fn new(stream: TcpStream, number: usize, plan: &'a Plan, delivery: Delivery, seen: &'a Seen) -> Self {
        stream.set_nonblocking(false).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(plan.patience)).unwrap();
        stream.set_write_timeout(Some(plan.patience)).unwrap();
        Self {
            stream: Stream::Plain(stream),
            plan,
            number,
            seen,
            input: VecDeque::new(),
            clear: Vec::new(),
            output: Bytes::default(),
            chunks: Vec::new(),
            drip: Duration::ZERO,
            standing: Vec::new(),
            forbidden: Vec::new(),
            tags: BTreeMap::new(),
            announced: None,
            deflate: None,
            courier: Courier::new(delivery, number),
        }
    }

    fn run(mut self, script: &Script) -> Result<(), String> {
        let outcome = self.follow(script).map_err(|e| format!("connection {}: {e}", self.number));
        for secret in &self.plan.forbidden_in_clear {
            if memchr::memmem::find(&self.clear, secret).is_some() {
                return Err(format!("connection {}: a secret was sent in clear", self.number));
            }
        }
        outcome
    }

    fn follow(&mut self, script: &Script) -> Result<(), String> {
        if script.implicit_tls
            && let Flow::Over = self.start_tls()?
        {
            return Ok(());
        }
        if let Flow::Over = self.steps(&script.steps)? {
            return Ok(());
        }
        self.flush()?;
        // The end of the script: the client may say goodbye, and goes.
        while let Some(line) = self.line()? {
            let answered = match self.answer(&line) {
                // Not everyone waits for the reply to that.
                Err(_) if line == b"QUIT" || line.ends_with(b" LOGOUT") => return Ok(()),
                answered => answered?,
            };
            if !answered {
                match line.as_slice() {
                    b"QUIT" => self.send_now(&Bytes::parse(r"+OK bye\r\n").unwrap())?,
                    _ => return Err(format!("expected the end, the client sent {}", show(&line))),
                }
            }
        }
        Ok(())
    }

    fn steps(&mut self, steps: &[Step]) -> Result<Flow, String> {
        for step in steps {
            if let Flow::Over = self.step(step)? {
                return Ok(Flow::Over);
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self, step: &Step) -> Result<Flow, String> {
        if let Step::Send(bytes) = step {
            let filled = self.fill(bytes);
            self.output.pieces.extend(filled.pieces);
            return Ok(Flow::On);
        }
        self.flush()?;
        match step {
            Step::Send(_) => {}
            Step::Bomb(bytes) => {
                self.note(format!("S: (a bomb of {} pieces)", bytes.pieces.len()));
                let filled = self.fill(bytes);
                if self.write(&filled).is_err() {
                    return Ok(Flow::Over);
                }
            }
            Step::Expect(pattern) => loop {
                match self.line()? {
                    None => return Err(format!("expected {pattern}, the client closed")),
                    Some(line) if pattern.matches(&line) => {
                        self.remember(pattern, &line);
                        break;
                    }
                    Some(line) if self.answer(&line)? => {}
                    Some(line) => return Err(format!("expected {pattern}, the client sent {}", show(&line))),
                }
            },
            Step::Optional(pattern, then) => {
                while let Some(line) = self.line()? {
                    if pattern.matches(&line) {
                        self.remember(pattern, &line);
                        return self.steps(then);
                    }
                    if !self.answer(&line)? {
                        self.note("(again)".into());
                        for &octet in b"\n\r".iter().chain(line.iter().rev()) {
                            self.input.push_front(octet);
                        }
                        break;
                    }
                }
            }
            Step::On(pattern, answer) => {
                self.standing.retain(|(known, _)| known != pattern);
                self.standing.push((pattern.clone(), answer.clone()));
            }
            Step::Never(pattern) => self.forbidden.push(pattern.clone()),
            Step::StartTls => return self.start_tls(),
            Step::Deflate => {
                let compress = Compress::new(Compression::default(), false);
                self.deflate = Some(Box::new(Deflate { compress, decompress: Decompress::new(false) }));
                self.note("(DEFLATE)".into());
                // What came already is compressed too.
                let early: Vec<u8> = self.input.drain(..).collect();
                self.take_in(&early)?;
            }
            Step::Literal(pattern) => {
                let literal = self.literal()?;
                self.note(format!("C: {}", show(&literal)));
                if !pattern.matches(&literal) {
                    return Err(format!("expected {pattern} as a literal, the client sent {}", show(&literal)));
                }
            }
            Step::Message => {
                let message = self.literal()?;
                self.note(format!("C: (a message of {} octets)", message.len()));
                self.seen.bodies.lock().unwrap().push(message);
            }
            Step::Close => {
                if let Stream::Tls(tls) = &mut self.stream {
                    tls.conn.send_close_notify();
                    drop(tls.flush());
                }
                self.hang_up();
                return Ok(Flow::Over);
            }
            Step::Cut => {
                self.hang_up();
                return Ok(Flow::Over);
            }
            Step::Reset => {
                self.note("S: (RST)".into());
                let socket = socket2::SockRef::from(self.tcp());
                socket.set_linger(Some(Duration::ZERO)).map_err(|e| e.to_string())?;
                return Ok(Flow::Over);
            }
            Step::Sleep(time) => thread::sleep(*time),
            Step::Drip(pause) => self.drip = *pause,
            Step::Silence => {
                self.note("S: (silence)".into());
                let start = Instant::now();
                loop {
                    match self.receive() {
                        Ok(0) => return Ok(Flow::Over),
                        Ok(_) if start.elapsed() < self.plan.patience => self.input.clear(),
                        Ok(_) => return Err("the client went on talking to a silent server".into()),
                        Err(e) if is_timeout(&e) => return Err("the client waits for ever".into()),
                        Err(_) => return Ok(Flow::Over),
                    }
                }
            }
            Step::Deaf => {
                self.note("S: (deaf)".into());
                let start = Instant::now();
                while !self.seen.over.load(Ordering::Acquire) && start.elapsed() < self.plan.patience {
                    thread::sleep(Duration::from_millis(2));
                }
                return Ok(Flow::Over);
            }
            Step::Quiet(time) => {
                self.tcp().set_read_timeout(Some(*time)).unwrap();
                let end = Instant::now() + *time;
                while self.input.is_empty() && Instant::now() < end {
                    match self.receive() {
                        Ok(0) => return Err("expected the client to wait, it closed".into()),
                        Ok(_) => {}
                        Err(e) if is_timeout(&e) => break,
                        Err(e) => return Err(format!("expected the client to wait: {e}")),
                    }
                }
                self.tcp().set_read_timeout(Some(self.plan.patience)).unwrap();
                if !self.input.is_empty() {
                    return Err(format!("expected the client to wait, it sent {}", show(self.input.make_contiguous())));
                }
            }
            Step::DropInput => {
                self.tcp().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
                while self.receive().is_ok_and(|count| count > 0) {}
                self.tcp().set_read_timeout(Some(self.plan.patience)).unwrap();
                let dropped: Vec<u8> = self.input.drain(..).collect();
                self.note(format!("(dropped {})", show(&dropped)));
            }
            Step::Eof => match self.line()? {
                None => return Ok(Flow::Over),
                Some(line) => return Err(format!("expected the client to close, it sent {}", show(&line))),
            },
            Step::Body => self.body()?,
            Step::Chunk(pattern) => loop {
                match self.line()? {
                    None => return Err(format!("expected {pattern}, the client closed")),
                    Some(line) if pattern.matches(&line) => {
                        self.chunk(&line)?;
                        break;
                    }
                    Some(line) if self.answer(&line)? => {}
                    Some(line) => return Err(format!("expected {pattern}, the client sent {}", show(&line))),
                }
            },
            Step::Take(count) => {
                self.octets(*count)?;
                self.note(format!("C: ({count} octets, of how many there may be)"));
            }
        }
        Ok(Flow::On)
    }

    fn literal(&mut self) -> Result<Vec<u8>, String> {
        let count = self.announced.take().ok_or("the client's last line has announced no literal")?;
        self.octets(count)
    }

    fn remember(&mut self, pattern: &Pattern, line: &[u8]) {
        if let Some((name, tag)) = pattern.tag(line) {
            self.tags.insert(name.to_owned(), tag.to_vec());
        }
    }

    /// With the tags that are known in the place of their names.
    fn fill(&self, bytes: &Bytes) -> Bytes {
        let fill = |(unit, count): &(Vec<u8>, usize)| {
            let mut filled = Vec::new();
            let mut rest = unit.as_slice();
            while let Some(at) = memchr::memchr(b'$', rest) {
                let name = &rest[at + 1..at + 1 + tag_name(&rest[at + 1..])];
                filled.extend(&rest[..at]);
                match std::str::from_utf8(name).ok().and_then(|name| self.tags.get(name)) {
                    Some(tag) => filled.extend(tag),
                    None => filled.extend(&rest[at..=at + name.len()]),
                }
                rest = &rest[at + 1 + name.len()..];
            }
            filled.extend(rest);
            (filled, *count)
        };
        match self.tags.is_empty() {
            true => bytes.clone(),
            false => Bytes { pieces: bytes.pieces.iter().map(fill).collect() },
        }
    }

    /// The text of a message behind DATA.
    fn body(&mut self) -> Result<(), String> {
        let mut body = Vec::new();
        loop {
            let line = self.raw_line()?.ok_or_else(|| format!("the client closed after {} octets", body.len()))?;
            if line.contains(&b'\r') {
                return Err(format!("a bare CR in a message: {}", show(&line)));
            }
            match line.strip_prefix(b".") {
                Some(b"") => break,
                Some(stuffed) if !stuffed.starts_with(b".") => {
                    return Err(format!("a dot that is not stuffed: {}", show(&line)));
                }
                unstuffed => body.extend(unstuffed.unwrap_or(&line)),
            }
            body.extend(b"\r\n");
        }
        self.note(format!("C: (a message of {} octets)", body.len()));
        self.seen.bodies.lock().unwrap().push(body);
        Ok(())
    }

    /// What stands behind a BDAT.
    fn chunk(&mut self, line: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(line).into_owned();
        let words: Vec<_> = text.split(' ').collect();
        let (count, last) = match words.as_slice() {
            ["BDAT", count] => (count, false),
            ["BDAT", count, "LAST"] => (count, true),
            _ => return Err(format!("no chunk: {text}")),
        };
        let count = count.parse().map_err(|_| format!("no number of octets: {text}"))?;
        let octets = self.octets(count)?;
        self.note(format!("C: ({count} octets)"));
        self.chunks.extend(octets);
        if last {
            self.seen.bodies.lock().unwrap().push(std::mem::take(&mut self.chunks));
        }
        Ok(())
    }

    fn octets(&mut self, count: usize) -> Result<Vec<u8>, String> {
        while self.input.len() < count {
            match self.receive() {
                Ok(0) => return Err(format!("the client closed after {} of {count} octets", self.input.len())),
                Ok(_) => {}
                Err(e) => return Err(format!("{} of {count} octets came: {e}", self.input.len())),
            }
        }
        Ok(self.input.drain(..count).collect())
    }

    /// Answers a line that has a standing answer.
    fn answer(&mut self, line: &[u8]) -> Result<bool, String> {
        let Some((pattern, steps)) = self.standing.iter().find(|(pattern, _)| pattern.matches(line)).cloned() else {
            return Ok(false);
        };
        self.remember(&pattern, line);
        self.steps(&steps)?;
        self.flush()?;
        Ok(true)
    }

    /// The client's next line without its end; `None` where it has closed.
    fn line(&mut self) -> Result<Option<Vec<u8>>, String> {
        let line = self.raw_line()?;
        match &line {
            None => self.note("C: (closed)".into()),
            Some(line) => {
                self.note(format!("C: {}", show(line)));
                self.announced = announced(line);
                if let Some(pattern) = self.forbidden.iter().find(|pattern| pattern.matches(line)) {
                    return Err(format!("the client must not send {pattern}, it sent {}", show(line)));
                }
            }
        }
        Ok(line)
    }

    fn raw_line(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.input.iter().skip(seen).position(|&octet| octet == b'\n') {
                let mut line: Vec<u8> = self.input.drain(..=seen + end).collect();
                line.pop();
                if line.pop() != Some(b'\r') {
                    return Err(format!("the client sent a line without CR: {}", show(&line)));
                }
                return Ok(Some(line));
            }
            seen = self.input.len();
            match self.receive() {
                Ok(0) if self.input.is_empty() => return Ok(None),
                Ok(0) => return Err(format!("the client closed in a line: {}", show(self.input.make_contiguous()))),
                Ok(_) => {}
                Err(e) if is_timeout(&e) => return Err("the client waits, and the script waits for it".into()),
                // Closed with data of ours unread, or without close_notify: as good as closed.
                Err(_) => return Ok(None),
            }
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = match &mut self.stream {
            Stream::Plain(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
            Stream::Changing => 0,
        };
        let new = &buffer[..count];
        if matches!(self.stream, Stream::Plain(_)) {
            self.clear.extend(new);
        }
        self.take_in(new).map_err(io::Error::other)?;
        Ok(count)
    }

    fn take_in(&mut self, new: &[u8]) -> Result<(), String> {
        let Some(deflate) = &mut self.deflate else {
            self.input.extend(new);
            return Ok(());
        };
        let mut rest = new;
        loop {
            let (taken, mut plain) = (deflate.decompress.total_in(), Vec::with_capacity(64 * 1024));
            let outcome = deflate.decompress.decompress_vec(rest, &mut plain, FlushDecompress::Sync);
            outcome.map_err(|e| format!("what the client compressed does not unpack: {e}"))?;
            rest = &rest[usize::try_from(deflate.decompress.total_in() - taken).unwrap()..];
            self.input.extend(&plain);
            if rest.is_empty() && plain.len() < plain.capacity() {
                return Ok(());
            }
        }
    }

    fn start_tls(&mut self) -> Result<Flow, String> {
        if !self.input.is_empty() {
            return Err(format!("the client did not wait for TLS: {}", show(self.input.make_contiguous())));
        }
        let Stream::Plain(mut tcp) = std::mem::replace(&mut self.stream, Stream::Changing) else {
            return Err("TLS in TLS".into());
        };
        let mut connection = ServerConnection::new(Arc::clone(&self.plan.tls)).unwrap();
        while connection.is_handshaking() {
            if let Err(e) = connection.complete_io(&mut tcp) {
                // A client that does not like our certificate goes, which some scripts are about.
                self.note(format!("(no TLS: {e})"));
                return Ok(Flow::Over);
            }
        }
        self.note("(TLS)".into());
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, tcp)));
        Ok(Flow::On)
    }

    fn flush(&mut self) -> Result<(), String> {
        let output = std::mem::take(&mut self.output);
        self.send_now(&output)
    }

    fn send_now(&mut self, bytes: &Bytes) -> Result<(), String> {
        if bytes.pieces.is_empty() {
            return Ok(());
        }
        let total: usize = bytes.pieces.iter().map(|(unit, count)| unit.len() * count).sum();
        if total < 4096 {
            for line in bytes.to_vec().split_inclusive(|&octet| octet == b'\n') {
                self.note(format!("S: {}", show(line)));
            }
        } else {
            self.note(format!("S: ({total} octets)"));
        }
        self.write(bytes).map_err(|e| format!("the client does not take what the server sends: {e}"))
    }

    fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        const CHUNK: usize = 64 * 1024;
        let mut chunk = Vec::new();
        for (unit, count) in &bytes.pieces {
            for _ in 0..*count {
                chunk.extend(unit);
                if chunk.len() >= CHUNK {
                    self.write_slice(&chunk)?;
                    chunk.clear();
                }
            }
        }
        self.write_slice(&chunk)
    }

    fn write_slice(&mut self, bytes: &[u8]) -> io::Result<()> {
        let bytes = &*self.courier.spoil(bytes);
        let packed = self.deflate.as_mut().map(|deflate| pack(&mut deflate.compress, bytes));
        let bytes = packed.as_deref().unwrap_or(bytes);
        let drip = self.drip;
        let target: &mut dyn Write = match &mut self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream,
            Stream::Changing => return Ok(()),
        };
        if drip.is_zero() {
            return self.courier.deliver(target, bytes);
        }
        for octet in bytes {
            target.write_all(&[*octet])?;
            target.flush()?;
            thread::sleep(drip);
        }
        Ok(())
    }

    /// FIN, and what the client still says is read, so that the kernel does not make a RST of it.
    fn hang_up(&mut self) {
        self.note("S: (closed)".into());
        let tcp = self.tcp();
        drop(tcp.shutdown(Shutdown::Write));
        tcp.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut rest = [0; 4096];
        let mut tcp = tcp;
        while tcp.read(&mut rest).is_ok_and(|count| count > 0) {}
    }

    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
            Stream::Changing => unreachable!("only inside start_tls"),
        }
    }

    fn note(&self, line: String) {
        self.seen.log.lock().unwrap().push(format!("{} {line}", self.number));
    }
}

fn pack(compress: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let start = compress.total_in();
    loop {
        packed.reserve(64 * 1024);
        let taken = usize::try_from(compress.total_in() - start).unwrap();
        compress.compress_vec(&bytes[taken..], &mut packed, FlushCompress::Sync).unwrap();
        if compress.total_in() - start == bytes.len() as u64 && packed.len() < packed.capacity() {
            return packed;
        }
    }
}

/// The octets of the literal that a line announces at its end: `{n}`, `{n+}`, `{n-}`, `~{n}`.
fn announced(line: &[u8]) -> Option<usize> {
    let text = line.strip_suffix(b"}")?;
    let from = text.iter().rposition(|octet| *octet == b'{')?;
    let number =
        text[from + 1..].strip_suffix(b"+").or(text[from + 1..].strip_suffix(b"-")).unwrap_or(&text[from + 1..]);
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn is_timeout(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// At most 200 octets of something, escaped.
fn show(bytes: &[u8]) -> String {
    match bytes.get(..200) {
        Some(head) => format!("{}… ({} octets)", head.escape_ascii(), bytes.len()),
        None => bytes.escape_ascii().to_string(),
    }
}

#[test]
fn messages_are_read_strictly() {
    let steps = |words: &[Step]| Plan {
        tls: super::pki::Identity::Good.server(),
        scripts: vec![Script { implicit_tls: false, steps: words.to_vec() }],
        afterwards: Afterwards::Complain,
        patience: Duration::from_secs(10),
        forbidden_in_clear: Vec::new(),
    };
    let said = |words: &[Step], octets: &[u8]| {
        let peer = Peer::listen();
        let serving = peer.serve(steps(words));
        TcpStream::connect((Ipv4Addr::LOCALHOST, peer.port())).unwrap().write_all(octets).unwrap();
        serving.finish().1
    };
    let chunk = Step::Chunk(Pattern::parse("BDAT *").unwrap());
    assert_eq!(said(&[Step::Body], b"a\r\n..b\r\n.\r\n").unwrap(), [b"a\r\n.b\r\n"]);
    assert_eq!(said(&[Step::Body], b".\r\n").unwrap(), [b""]);
    assert_eq!(said(&[chunk.clone(), chunk], b"BDAT 3\r\n.\r\nBDAT 2 LAST\r\n\n\r").unwrap(), [b".\r\n\n\r"]);
    assert!(said(&[Step::Body], b"a\r\n.b\r\n.\r\n").unwrap_err().contains("not stuffed"));
    assert!(said(&[Step::Body], b"a\rb\r\n.\r\n").unwrap_err().contains("bare CR"));
    assert!(said(&[Step::Body], b"a\nb\r\n.\r\n").unwrap_err().contains("without CR"));
    assert!(said(&[Step::Body], b"a\r\n").unwrap_err().contains("closed"));
    assert!(said(&[Step::Body], b"a\r\n.\r\n\r\n").unwrap_err().contains("expected the end"));
    assert_eq!(said(&[Step::Take(2)], b"ab").unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn tags_and_literals_of_imap_are_followed() {
    let tagged = |text: &str| Pattern::parse_tagged(text).unwrap();
    let send = |text: &str| Step::Send(Bytes::parse(text).unwrap());
    let steps = vec![
        Step::On(tagged("$TAG NOOP"), vec![send(r"$TAG OK\r\n")]),
        Step::Expect(tagged("$A APPEND *")),
        send(r"+ go\r\n"),
        Step::Message,
        Step::Expect(tagged("")),
        send(r"$A OK $Junk $NEW\r\n"),
        Step::Expect(tagged("$A COMPRESS DEFLATE")),
        send(r"$A OK\r\n"),
        Step::Deflate,
        Step::Expect(tagged("$A SEARCH *")),
        Step::Literal(Pattern::parse("h*o").unwrap()),
        Step::Expect(tagged("")),
        send(r"{100000*x}\r\n$A OK\r\n"),
    ];
    let peer = Peer::listen();
    let serving = peer.serve(Plan {
        tls: super::pki::Identity::Good.server(),
        scripts: vec![Script { implicit_tls: false, steps }],
        afterwards: Afterwards::Complain,
        patience: Duration::from_secs(10),
        forbidden_in_clear: Vec::new(),
    });
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, peer.port())).unwrap();
    client.write_all(b"n NOOP\r\na1 APPEND x {5}\r\na\r\nb\n\r\na2 COMPRESS DEFLATE\r\n").unwrap();
    let expected = b"n OK\r\n+ go\r\na1 OK $Junk $NEW\r\na2 OK\r\n";
    let mut said = vec![0; expected.len()];
    client.read_exact(&mut said).unwrap();
    assert_eq!(said.escape_ascii().to_string(), expected.escape_ascii().to_string());
    client.write_all(&pack(&mut Compress::new(Compression::fast(), false), b"a3 SEARCH {5+}\r\nhello\r\n")).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut packed = Vec::new();
    client.read_to_end(&mut packed).unwrap();
    assert!(packed.len() < 1000);
    let mut plain = Vec::with_capacity(200_000);
    Decompress::new(false).decompress_vec(&packed, &mut plain, FlushDecompress::Sync).unwrap();
    assert!(
        plain.starts_with(b"xxx") && plain.ends_with(b"x\r\na3 OK\r\n") && plain.len() == 100_009,
        "{}",
        plain.len()
    );
    assert_eq!(serving.finish().1.unwrap(), [b"a\r\nb\n"]);
}
