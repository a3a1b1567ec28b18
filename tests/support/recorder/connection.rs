//! One connection: what it says, and the order it says it in.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::super::smtp_command::{self, Command};
use super::rules::{extra, wrong_parameters, wrong_with};
use super::{Asked, Inner, Message, Verdict};

/// Whether there is more to do.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Flow {
    On,
    Over,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Greeted {
    #[default]
    Not,
    Helo,
    Ehlo,
    Lhlo,
}

pub(super) struct Connection<'a> {
    inner: &'a Inner,
    number: usize,
    input: BufReader<TcpStream>,
    output: TcpStream,
    greeted: Greeted,
    /// MAIL's until the message is taken, refused or given up.
    message: Option<Message>,
    /// Whether a chunk of it has come.
    chunked: bool,
}

impl<'a> Connection<'a> {
    pub(super) fn new(inner: &'a Inner, number: usize, stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let output = stream.try_clone()?;
        let input = BufReader::with_capacity(64 * 1024, stream);
        Ok(Self { inner, number, input, output, greeted: Greeted::Not, message: None, chunked: false })
    }

    pub(super) fn serve(mut self) -> io::Result<()> {
        if self.verdict("", None, "220 recorder ESMTP")? == Flow::Over {
            return Ok(());
        }
        while let Some(line) = self.line()? {
            let flow = match smtp_command::parse(&line) {
                Ok(command) => self.obey(&command, &String::from_utf8_lossy(&line))?,
                Err(wrong) => {
                    self.violation(format!("{wrong}: {}", line.escape_ascii()));
                    self.say("500 5.5.2 what")?
                }
            };
            if flow == Flow::Over {
                break;
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: &Command, line: &str) -> io::Result<Flow> {
        self.check(command, line);
        match command {
            Command::Hello { verb, .. } => {
                self.message = None;
                self.greeted = match verb.as_str() {
                    "EHLO" => Greeted::Ehlo,
                    "LHLO" => Greeted::Lhlo,
                    _ => Greeted::Helo,
                };
                let mut lines = vec!["recorder".to_owned()];
                if verb != "HELO" {
                    lines.extend(self.inner.extensions.iter().cloned());
                }
                let last = lines.len() - 1;
                let line_of = |(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' });
                let reply: Vec<_> = lines.iter().enumerate().map(line_of).collect();
                self.verdict(line, None, &reply.join("\r\n"))
            }
            Command::StartTls => self.verdict(line, None, "454 4.7.0 no TLS here"),
            Command::Auth { mechanism, initial } => self.auth(line, mechanism, initial.is_some()),
            Command::Mail { path, parameters } => {
                let (sender, parameters) = (path.clone(), parameters.clone());
                let message = Message { sender, parameters, recipients: Vec::new(), text: Vec::new() };
                self.deciding(line, "250 2.1.0 ok", |connection| {
                    connection.message = Some(message);
                    connection.chunked = false;
                })
            }
            Command::Rcpt { path, parameters } => {
                let recipient = (path.clone(), parameters.clone());
                match self.message.is_some() {
                    true => self.deciding(line, "250 2.1.5 ok", |connection| {
                        connection.message.as_mut().unwrap().recipients.push(recipient);
                    }),
                    // What was pipelined behind a MAIL that was refused.
                    false => self.say("503 5.5.1 MAIL first"),
                }
            }
            Command::Data => {
                if !self.has_recipients() {
                    return self.say("554 5.5.1 no valid recipients");
                }
                let mut accepted = false;
                let flow = self.deciding(line, "354 go ahead", |_| accepted = true)?;
                if !accepted || flow == Flow::Over {
                    return Ok(flow);
                }
                let text = self.stuffed()?;
                self.message.as_mut().unwrap().text = text;
                self.end(".")
            }
            Command::Bdat { size, last } => {
                let mut octets = vec![0; *size];
                self.input.read_exact(&mut octets)?;
                self.chunked = true;
                if !self.has_recipients() {
                    return self.say("503 5.5.1 no valid recipients");
                }
                self.message.as_mut().unwrap().text.extend(octets);
                if *last { self.end(line) } else { self.verdict(line, None, "250 2.0.0 more") }
            }
            Command::Rset => {
                self.message = None;
                self.verdict(line, None, "250 2.0.0 ok")
            }
            Command::Noop => self.verdict(line, None, "250 2.0.0 ok"),
            Command::Other(_) => self.verdict(line, None, "252 2.0.0 perhaps"),
            Command::Quit => {
                self.verdict(line, None, "221 2.0.0 bye")?;
                Ok(Flow::Over)
            }
        }
    }

    fn has_recipients(&self) -> bool {
        self.message.as_ref().is_some_and(|message| !message.recipients.is_empty())
    }

    /// The message is here.
    fn end(&mut self, line: &str) -> io::Result<Flow> {
        let Some(mut message) = self.message.take() else { return Ok(Flow::On) };
        for violation in wrong_with(&message) {
            self.violation(violation);
        }
        let number = self.inner.taken() + 1;
        let mut keep = Vec::new();
        let mut replies = Vec::new();
        let mut over = false;
        let recipients: Vec<_> = match self.greeted {
            Greeted::Lhlo => message.recipients.iter().map(|(path, _)| Some(path.clone())).collect(),
            _ => vec![None],
        };
        for (at, recipient) in recipients.iter().enumerate() {
            let reply = match self.judge(line, recipient.as_deref()) {
                Verdict::Usual => format!("250 2.0.0 queued as R{number}"),
                Verdict::Say(reply) => reply,
                verdict => {
                    over = true;
                    if verdict == Verdict::Lose {
                        keep.push(at);
                    }
                    break;
                }
            };
            if reply.starts_with('2') {
                keep.push(at);
            }
            replies.push(reply);
        }
        if self.greeted == Greeted::Lhlo {
            let all = std::mem::take(&mut message.recipients);
            message.recipients =
                all.into_iter().enumerate().filter(|(at, _)| keep.contains(at)).map(|(_, r)| r).collect();
        }
        if !keep.is_empty() {
            self.inner.session(self.number).messages.push(message);
        }
        for reply in replies {
            self.say(&reply)?;
        }
        Ok(if over { Flow::Over } else { Flow::On })
    }

    /// RFC 4954: anyone is let in.
    fn auth(&mut self, line: &str, mechanism: &str, initial: bool) -> io::Result<Flow> {
        let challenges: &[&str] = match mechanism {
            "PLAIN" if initial => &[],
            "PLAIN" => &["334 "],
            "LOGIN" if initial => &["334 UGFzc3dvcmQ6"],
            "LOGIN" => &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"],
            _ => return self.say("504 5.5.4 no"),
        };
        for challenge in challenges {
            self.say(challenge)?;
            if self.line()?.is_none_or(|response| response == b"*") {
                return self.say("501 5.7.0 cancelled");
            }
        }
        self.verdict(line, None, "235 2.7.0 in")
    }

    fn judge(&self, line: &str, recipient: Option<&str>) -> Verdict {
        (self.inner.judge)(Asked { line, recipient, session: self.number, taken: self.inner.taken() })
    }

    /// Replies with the verdict.
    fn verdict(&mut self, line: &str, recipient: Option<&str>, usual: &str) -> io::Result<Flow> {
        match self.judge(line, recipient) {
            Verdict::Usual => self.say(usual),
            Verdict::Say(reply) => self.say(&reply),
            Verdict::Close | Verdict::Lose => Ok(Flow::Over),
        }
    }

    /// As `verdict`, and what follows from a reply of the class that is usual.
    fn deciding(&mut self, line: &str, usual: &str, then: impl FnOnce(&mut Self)) -> io::Result<Flow> {
        let reply = match self.judge(line, None) {
            Verdict::Usual => usual.to_owned(),
            Verdict::Say(reply) => reply,
            Verdict::Close | Verdict::Lose => return Ok(Flow::Over),
        };
        if reply.as_bytes().first() == usual.as_bytes().first() {
            then(self);
        }
        self.say(&reply)
    }

    /// 421 is the last word.
    fn say(&mut self, reply: &str) -> io::Result<Flow> {
        self.output.write_all(format!("{reply}\r\n").as_bytes())?;
        Ok(if reply.starts_with("421") { Flow::Over } else { Flow::On })
    }

    /// The order of commands, what they may carry, and what was sent ahead.
    fn check(&mut self, command: &Command, line: &str) {
        let shown = line.escape_default().to_string();
        let (ends_group, limit) = match command {
            Command::Mail { parameters, .. } => (false, 512 + extra(parameters, "MAIL")),
            Command::Rcpt { parameters, .. } => (false, 512 + extra(parameters, "RCPT")),
            Command::Rset | Command::Bdat { .. } => (false, 512),
            Command::Auth { .. } => (true, 12288),
            _ => (true, 512),
        };
        let mut wrong = Vec::new();
        if line.len() + 2 > limit {
            wrong.push(format!("{} octets, {limit} may be", line.len() + 2));
        }
        let is_chunk = matches!(command, Command::Bdat { .. });
        if !is_chunk && (ends_group || !self.inner.offers("PIPELINING")) && self.is_ahead() {
            wrong.push("something was sent before the reply".into());
        }
        let offers = |extension: &str| self.greeted != Greeted::Helo && self.inner.offers(extension);
        let is_known = self.greeted != Greeted::Not;
        match command {
            Command::Hello { .. } | Command::Quit | Command::Noop | Command::Rset => {}
            _ if !is_known => wrong.push("before any greeting".into()),
            Command::Mail { path, parameters } => {
                if self.message.is_some() {
                    wrong.push("MAIL in a transaction".into());
                }
                wrong.extend(wrong_parameters(parameters, "MAIL", offers));
                let utf8 = parameters.iter().any(|(keyword, _)| keyword == "SMTPUTF8");
                if !path.is_ascii() && !utf8 {
                    wrong.push("UTF-8 without SMTPUTF8".into());
                }
            }
            Command::Rcpt { path, parameters } => {
                wrong.extend(wrong_parameters(parameters, "RCPT", offers));
                let message = self.message.as_ref();
                let utf8 =
                    message.is_none_or(|message| message.parameters.iter().any(|(keyword, _)| keyword == "SMTPUTF8"));
                if !path.is_ascii() && !utf8 {
                    wrong.push("UTF-8 without SMTPUTF8".into());
                }
            }
            Command::Other(verb) if !["VRFY", "EXPN", "HELP", "ETRN", "XCLIENT"].contains(&verb.as_str()) => {
                wrong.push(format!("{verb} is no command"));
            }
            Command::Data if self.chunked && self.message.is_some() => wrong.push("DATA behind BDAT".into()),
            Command::Bdat { .. } if !self.inner.offers("CHUNKING") => wrong.push("BDAT is not offered".into()),
            Command::Auth { .. } if !self.inner.offers("AUTH") => wrong.push("AUTH is not offered".into()),
            Command::Auth { .. } if self.message.is_some() => wrong.push("AUTH in a transaction".into()),
            _ => {}
        }
        for wrong in wrong {
            self.violation(format!("{wrong}: {shown}"));
        }
    }

    /// Whether the client has said more already.
    fn is_ahead(&self) -> bool {
        if !self.input.buffer().is_empty() {
            return true;
        }
        let socket = self.input.get_ref();
        socket.set_nonblocking(true).unwrap();
        let ahead = socket.peek(&mut [0]).is_ok_and(|count| count > 0);
        socket.set_nonblocking(false).unwrap();
        ahead
    }

    fn violation(&self, text: String) {
        self.inner.session(self.number).violations.push(text);
    }

    /// A line without its CRLF; `None` at the end.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.input.by_ref().take(64 * 1024).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let Some(line) = line.strip_suffix(b"\r\n") else {
            self.violation(format!("a line without CRLF: {}", line.escape_ascii()));
            return Ok(if line.ends_with(b"\n") { Some(line[..line.len() - 1].to_vec()) } else { None });
        };
        self.inner.session(self.number).lines.push(line.escape_ascii().to_string());
        Ok(Some(line.to_vec()))
    }

    /// The text behind DATA: only CRLF.CRLF ends it.
    fn stuffed(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            let mut line = Vec::new();
            self.input.read_until(b'\n', &mut line)?;
            if !line.ends_with(b"\n") {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let starts = text.is_empty() || text.ends_with(b"\r\n");
            match line.strip_prefix(b".") {
                Some(b"\r\n") if starts => return Ok(text),
                Some(rest) if starts && !rest.starts_with(b".") => {
                    self.violation(format!("a dot that is not stuffed: {}", line.escape_ascii()));
                    text.extend(rest);
                }
                Some(rest) if starts => text.extend(rest),
                _ => text.extend(line),
            }
        }
    }
}
