//! An SMTP or LMTP session: the dialogue up to the first message, and single steps. Messages by the dozen go through an
//! [`Outbox`].

use std::fmt;

use super::auth;
use super::capability::Capabilities;
use super::command;
use super::content::Content;
use super::engine::{ANY, Engine, Patience, Ticket};
use super::envelope::{Envelope, Recipient};
use super::hello::HelloName;
use super::outbox::upload::{Body, Framing};
use super::outbox::{Options, Outbox};
use super::reply::{Class, Reply};
use super::requirements::{self, Declared};
use super::xclient::Xclient;
use crate::endpoint::Protocol;
use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsFacts, Verification};
use crate::sasl::{self, Choice, Credentials, Method, Protection};
use crate::wire::Connection;

/// Which of the two protocols is spoken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dialect {
    /// RFC 5321: one verdict for a message.
    #[default]
    Esmtp,
    /// RFC 2033: a verdict for each recipient.
    Lmtp,
}

/// Whether a server that does not know EHLO may be greeted with HELO.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fallback {
    /// It may: nothing is needed that only EHLO offers.
    Allowed,
    /// It may not, because TLS or a login is wanted: stripping EHLO must not strip those.
    Forbidden,
}

/// The verdict on a message sent with DATA comes to its end, not to DATA.
pub(super) const END_OF_DATA: &str = "end of data";

/// A session with a server.
pub struct Session {
    pub(super) engine: Engine,
    pub(super) dialect: Dialect,
    name: HelloName,
    greeting: String,
    capabilities: Option<Capabilities>,
    /// How many MAIL commands were sent (RFC 9422 section 4.1).
    pub(super) transactions: u64,
    /// The recipients accepted since the last MAIL that was sent as a single step.
    accepted: usize,
    /// What that MAIL declared.
    declared: Declared,
    /// DATA was answered with 354: whatever is sent now is message.
    taking_data: bool,
    /// QUIT was said, and its reply was not taken.
    pub(super) goodbye: Option<Ticket>,
}

impl Session {
    /// Reads the greeting. A refusal is [`Error::Rejected`] with the verb `greeting`, after which the connection is
    /// closed.
    pub fn open(connection: Connection, dialect: Dialect, name: HelloName) -> Result<Self> {
        let mut engine = Engine::new(connection);
        let reply = engine.greeting()?;
        if reply.code != 220 {
            // RFC 5321 section 3.1: the server waits for QUIT.
            if reply.code != 421 && engine.submit("QUIT", b"QUIT", Patience::Plain).is_ok() {
                engine.connection.close();
            }
            return Err(Error::Rejected(reply.rejection("greeting")));
        }
        let greeting = reply.text();
        Ok(Self {
            engine,
            dialect,
            name,
            greeting,
            capabilities: None,
            transactions: 0,
            accepted: 0,
            declared: Declared::default(),
            taking_data: false,
            goodbye: None,
        })
    }

    /// The greeting's text, sanitised.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Which protocol is spoken.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the server can do, as it said last; `None` before EHLO.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// What the TLS handshake settled; `None` in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.engine.connection.tls()
    }

    /// Records a local event in the transcript.
    pub fn note(&mut self, event: &str) {
        self.engine.connection.note(event);
    }

    /// From now on a signal ends nothing that is waited for: a message under way is seen through to its verdict.
    pub fn outlast_signals(&mut self) {
        self.engine.connection.outlast_signals();
    }

    /// EHLO, or LHLO in LMTP: says who we are and learns what the server can do.
    ///
    /// A server that does not know EHLO (500, 501, 502, 504, 550; RFC 5321 section 4.1.1.1) is greeted with HELO if that
    /// is allowed, else it is [`Error::Unsupported`]. Every other refusal is [`Error::Rejected`].
    pub fn ehlo(&mut self, fallback: Fallback) -> Result<&Capabilities> {
        let (verb, line) = match self.dialect {
            Dialect::Esmtp => ("EHLO", command::ehlo(&self.name)),
            Dialect::Lmtp => ("LHLO", command::lhlo(&self.name)),
        };
        let reply = self.command(verb, line.as_bytes(), Patience::Patient)?;
        let capabilities = match reply.code {
            _ if reply.is_positive() => Capabilities::from_reply(&reply),
            500 | 501 | 502 | 504 | 550 if self.dialect == Dialect::Esmtp => {
                let refusal = reply.rejection(verb);
                if fallback == Fallback::Forbidden {
                    return Err(Error::Unsupported(format!(
                        "the server refuses EHLO, without which there is neither TLS nor a login: {refusal}"
                    )));
                }
                self.note(&format!("falling back to HELO: {refusal}"));
                let reply = self.command("HELO", command::helo(&self.name).as_bytes(), Patience::Patient)?;
                if !reply.is_positive() {
                    return Err(Error::Rejected(reply.rejection("HELO")));
                }
                Capabilities::default()
            }
            _ => return Err(Error::Rejected(reply.rejection(verb))),
        };
        Ok(self.capabilities.insert(capabilities))
    }

    /// Upgrades to TLS (RFC 3207). What was learned before is forgotten; [`Session::ehlo`] is to be called again.
    ///
    /// A server that does not offer it or refuses is [`Error::Insecure`], or [`Error::Rejected`] if only for now.
    pub fn starttls(mut self, connector: &Connector, host: &str) -> Result<Self> {
        let implicit = "if it has implicit TLS use smtps:// (port 465)";
        if self.capabilities.as_ref().is_some_and(|capabilities| !capabilities.starttls) {
            self.leave();
            return Err(Error::Insecure(format!("the server does not offer STARTTLS; {implicit}")));
        }
        let reply = self.command("STARTTLS", b"STARTTLS", Patience::Patient)?;
        match (reply.code, reply.class()) {
            (220, _) => {}
            (_, Class::Transient4) => {
                self.leave();
                return Err(Error::Rejected(reply.rejection("STARTTLS")));
            }
            (_, Class::Permanent5) => {
                self.leave();
                let refusal = reply.rejection("STARTTLS");
                return Err(Error::Insecure(format!("the server refuses TLS: {refusal}; {implicit}")));
            }
            (code, _) => {
                return Err(Error::protocol(Phase::Reply("STARTTLS"), format!("expected 220, got {code}")));
            }
        }
        let alpn = Protocol::Smtp.alpn();
        let connection = self.engine.connection.upgrade_tls(connector, host, alpn, Phase::Reply("STARTTLS"))?;
        Ok(Self { engine: Engine::new(connection), capabilities: None, ..self })
    }

    /// What the server offers for logging in.
    pub fn offer(&self) -> sasl::Offer {
        let mechanisms = self.capabilities.as_ref().map(|capabilities| capabilities.mechanisms.clone());
        sasl::Offer { mechanisms: mechanisms.unwrap_or_default(), user_pass: false, apop: false }
    }

    /// What the channel is worth for logging in; whether there is a client certificate is the caller's to add.
    pub fn channel(&self) -> sasl::Channel<'_> {
        let bindings = self.tls().map(|facts| facts.bindings.as_slice()).unwrap_or_default();
        sasl::Channel { protection: self.protection(), bindings, client_cert: false }
    }

    /// Logs in by the first choice that the server does not call unavailable (504, 534). A refusal of the credentials
    /// ends it at once ([`Error::Authentication`]), so that no account is locked by a second try.
    pub fn login(mut self, choices: &[Choice], credentials: &Credentials) -> Result<Self> {
        let mut last = None;
        for choice in choices {
            self.note(&format!("authenticating by {}", choice.reason));
            let result = match choice.method {
                Method::Sasl(mechanism) => auth::sasl(&mut self.engine, mechanism, credentials, &choice.binding),
                other => Err(Error::Unsupported(format!("SMTP has no {other}"))),
            };
            match result {
                Ok(()) => return Ok(self),
                Err(error) if sasl::may_try_next(&error) && !self.engine.has_ended() => last = Some(error),
                Err(error) => {
                    // A server that refuses and hangs up has said why.
                    if let (Error::Closed { .. } | Error::Network { .. }, Some(told)) = (&error, last) {
                        return Err(told);
                    }
                    if !error.is_fatal_to_session() {
                        self.leave();
                    }
                    return Err(error);
                }
            }
        }
        self.leave();
        Err(last.unwrap_or_else(|| Error::Unsupported("there is no way to log in".into())))
    }

    /// Speaks for another client, as trusted proxies may. The server begins anew: what was learned is forgotten, and
    /// [`Session::ehlo`] is to be called again.
    pub fn xclient(&mut self, attributes: &Xclient) -> Result<()> {
        let offered =
            self.capabilities.as_ref().map(|capabilities| capabilities.xclient.as_slice()).unwrap_or_default();
        for line in attributes.lines(offered)? {
            let reply = self.command("XCLIENT", line.as_bytes(), Patience::Patient)?;
            if !reply.is_positive() {
                return Err(Error::Rejected(reply.rejection("XCLIENT")));
            }
        }
        self.capabilities = None;
        Ok(())
    }

    /// Sends a command of one line as it is: VRFY, EXPN, HELP, NOOP, ETRN or whatever else. Refusals are replies too.
    ///
    /// Fails with [`Error::InvalidInput`], without sending anything, on a line that cannot be sent, and as
    /// [`Session::check_verb`] does.
    pub fn verb(&mut self, line: &[u8]) -> Result<Reply> {
        Self::check_verb(line)?;
        self.command(ANY, line, Patience::Patient)
    }

    /// Fails with [`Error::InvalidInput`] on a command that changes the connection itself.
    pub fn check_verb(line: &[u8]) -> Result<()> {
        let word = line.trim_ascii().split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        for barred in ["STARTTLS", "AUTH", "DATA", "BDAT"] {
            if word.eq_ignore_ascii_case(barred.as_bytes()) {
                return Err(Error::InvalidInput(format!("{barred} is not sent by hand: it changes what follows it")));
            }
        }
        Ok(())
    }

    /// MAIL, on its own. What the envelope and the content need is checked first; what the server lacks is
    /// [`Error::Unsupported`] and nothing is sent. A refusal is a reply too.
    pub fn mail(&mut self, envelope: &Envelope, content: &dyn Content) -> Result<Reply> {
        let declared = self.check(envelope, content)?;
        let line = command::mail_from(envelope, &declared)?;
        self.transactions += 1;
        self.accepted = 0;
        self.declared = declared;
        self.command("MAIL", line.as_bytes(), Patience::Patient)
    }

    /// RCPT, on its own. A refusal is a reply too.
    pub fn rcpt(&mut self, recipient: &Recipient) -> Result<Reply> {
        let line = command::rcpt_to(recipient, &self.declared)?;
        let reply = self.command("RCPT", line.as_bytes(), Patience::Patient)?;
        self.accepted += usize::from(reply.is_positive());
        Ok(reply)
    }

    /// DATA, on its own: after 354 comes [`Session::body`]. A refusal is a reply too.
    pub fn data(&mut self) -> Result<Reply> {
        let reply = self.command("DATA", b"DATA", Patience::Patient)?;
        self.taking_data = reply.class() == Class::Intermediate3;
        Ok(reply)
    }

    /// Sends the message after [`Session::data`] was answered with 354, and reads the verdict: in LMTP one for each
    /// accepted recipient.
    pub fn body(&mut self, content: &dyn Content) -> Result<Vec<Reply>> {
        let result = self.send_body(content);
        if result.is_err() {
            // What is left in the queue would end the message.
            self.engine.kill();
        }
        result
    }

    /// Whether the server waits for the message, or for the rest of it: without its end, nobody gets it.
    pub fn is_taking_data(&self) -> bool {
        self.taking_data
    }

    /// RSET: forgets the transaction. A refusal is a reply too.
    pub fn reset(&mut self) -> Result<Reply> {
        self.accepted = 0;
        self.command("RSET", b"RSET", Patience::Plain)
    }

    /// The fast way for messages: pipelined within and across them.
    pub fn outbox(&mut self, options: Options) -> Outbox<'_> {
        Outbox::new(self, options)
    }

    /// Ends the session and waits for the server's last word.
    pub fn quit(mut self) -> Result<Reply> {
        let ticket = match self.goodbye.take() {
            Some(said) => said,
            None => self.engine.submit("QUIT", b"QUIT", Patience::Plain)?,
        };
        let reply = self.engine.wait(ticket)?;
        self.engine.connection.close();
        Ok(reply)
    }

    /// Ends the session: QUIT is sent, unless it was already, and its reply is not awaited.
    pub fn leave(mut self) {
        if self.engine.has_ended() || self.taking_data {
            return self.engine.connection.abandon("closing without QUIT");
        }
        let said = self.goodbye.is_some();
        if said || (self.engine.is_quiescent() && self.engine.submit("QUIT", b"QUIT", Patience::Plain).is_ok()) {
            self.engine.connection.close();
        }
    }

    /// The connection, for whoever goes on by other means: what was said so far stays said.
    pub fn into_connection(self) -> Connection {
        self.engine.connection
    }

    /// Ends the connection without another word.
    pub fn abandon(self, why: &str) {
        self.engine.connection.abandon(why);
    }

    pub(super) fn check(&self, envelope: &Envelope, content: &dyn Content) -> Result<Declared> {
        requirements::check(envelope, content, self.known(), requirements::Protection::of(self.tls()))
    }

    /// What is known of the server; nothing before EHLO.
    pub(super) fn known(&self) -> &Capabilities {
        static NOTHING: std::sync::LazyLock<Capabilities> = std::sync::LazyLock::new(Capabilities::default);
        self.capabilities.as_ref().unwrap_or(&NOTHING)
    }

    fn protection(&self) -> Protection {
        match self.tls() {
            Some(facts) if facts.verification == Verification::None => Protection::TlsUnverified,
            Some(_) => Protection::TlsVerified,
            None if self.engine.connection.is_private() => Protection::Private,
            None => Protection::Clear,
        }
    }

    fn command(&mut self, verb: &'static str, line: &[u8], patience: Patience) -> Result<Reply> {
        let ticket = self.engine.submit(verb, line, patience)?;
        self.engine.wait(ticket)
    }

    fn send_body(&mut self, content: &dyn Content) -> Result<Vec<Reply>> {
        self.engine.check_step()?;
        let mut body = Body::open(content, Framing::Dots)?;
        let ticket = self.engine.expect(END_OF_DATA, Patience::Verdict);
        while let Some(piece) = body.next()? {
            self.engine.connection.send_data(piece);
            let sent = self.engine.flush();
            if sent.is_err() || body.left() > 0 {
                // A refusal explains more than the broken pipe behind it.
                if matches!(self.engine.poll(), Ok(true)) {
                    return self.refused_early(ticket).map(|refusal| vec![refusal]);
                }
                sent?;
            }
        }
        self.engine.connection.note_sent(content.size());
        self.taking_data = false;
        let mut replies = vec![self.engine.wait(ticket)?];
        if self.dialect == Dialect::Lmtp {
            for _ in 1..self.accepted {
                replies.push(self.engine.more(END_OF_DATA)?);
            }
        }
        self.accepted = 0;
        Ok(replies)
    }

    /// What the server says before it has all of the message can only be a refusal, and the rest is not sent.
    fn refused_early(&mut self, ticket: Ticket) -> Result<Reply> {
        let reply = self.engine.wait(ticket)?;
        self.engine.kill();
        match reply.is_positive() {
            true => Err(Error::protocol(Phase::Reply(END_OF_DATA), "the message was accepted before its end")),
            false => Ok(reply),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("engine", &self.engine).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixStream;
    use std::thread::JoinHandle;

    use super::*;
    use crate::addr_spec::AddrSpec;
    use crate::net::{Stream, Timeouts, UnixTransport};
    use crate::sasl::{Known, Policy};
    use crate::secret::Secret;
    use crate::smtp::content::Octets;
    use crate::smtp::engine::tests::connection;
    use crate::wire::{Entry, Record, Secrets, Transcript};

    /// A server that answers each line with the next of these, an empty one being no answer, and gives the lines it got.
    fn server(theirs: UnixStream, replies: &'static [&'static str]) -> JoinHandle<Vec<String>> {
        std::thread::spawn(move || {
            let mut input = BufReader::new(theirs.try_clone().unwrap());
            let mut output = theirs;
            let mut got = Vec::new();
            let mut replies = replies.iter();
            output.write_all(replies.next().unwrap().as_bytes()).unwrap();
            let mut line = String::new();
            while input.read_line(&mut line).is_ok_and(|count| count > 0) {
                got.push(std::mem::take(&mut line).trim_end().to_owned());
                match replies.next() {
                    Some(reply) => output.write_all(reply.as_bytes()).unwrap(),
                    None => break,
                }
            }
            got
        })
    }

    fn open(dialect: Dialect, replies: &'static [&'static str]) -> (Result<Session>, JoinHandle<Vec<String>>) {
        let (connection, theirs) = connection();
        let server = server(theirs, replies);
        (Session::open(connection, dialect, HelloName::parse("c.example").unwrap()), server)
    }

    fn started(replies: &'static [&'static str]) -> (Session, JoinHandle<Vec<String>>) {
        let (session, server) = open(Dialect::Esmtp, replies);
        let mut session = session.unwrap();
        session.ehlo(Fallback::Forbidden).unwrap();
        (session, server)
    }

    #[test]
    fn greetings() {
        for (greeting, transient) in [("421 busy\r\n", true), ("450 busy\r\n", true), ("554 no\r\n", false)] {
            let (session, server) = open(Dialect::Esmtp, Box::leak(Box::new([greeting])));
            let Err(Error::Rejected(rejection)) = session else { unreachable!() };
            assert_eq!((rejection.verb, rejection.transient), ("greeting", transient));
            drop(server);
        }
        for wrong in ["250 ok\r\n", "+OK ready\r\n", "* OK\r\n", "354 go\r\n"] {
            let (session, _) = open(Dialect::Esmtp, Box::leak(Box::new([wrong])));
            assert!(matches!(session, Err(Error::Protocol { phase: Phase::Greeting, .. })), "{wrong}");
        }
        let (session, _) = open(Dialect::Esmtp, &["220-wait\r\n220 \x1b[31mhello\r\n"]);
        assert_eq!(session.unwrap().greeting(), "wait ^[[31mhello");
    }

    #[test]
    fn hello_falls_back_only_where_nothing_is_lost() {
        let (session, server) = open(Dialect::Esmtp, &["220\r\n", "502 what\r\n", "250 hi\r\n"]);
        let mut session = session.unwrap();
        assert!(session.ehlo(Fallback::Allowed).unwrap().lines.is_empty());
        session.leave();
        assert_eq!(server.join().unwrap(), ["EHLO c.example", "HELO c.example", "QUIT"]);

        let (session, _) = open(Dialect::Esmtp, &["220\r\n", "502 what\r\n"]);
        assert!(matches!(session.unwrap().ehlo(Fallback::Forbidden), Err(Error::Unsupported(_))));
        for refusal in ["421 down\r\n", "450 later\r\n", "554 no\r\n"] {
            let (session, server) = open(Dialect::Esmtp, Box::leak(Box::new(["220\r\n", refusal])));
            let mut session = session.unwrap();
            assert!(matches!(session.ehlo(Fallback::Allowed), Err(Error::Rejected(_))), "{refusal}");
            drop(session);
            assert_eq!(server.join().unwrap(), ["EHLO c.example"]);
        }
        let (session, server) = open(Dialect::Lmtp, &["220\r\n", "500 what\r\n"]);
        assert!(matches!(session.unwrap().ehlo(Fallback::Allowed), Err(Error::Rejected(_))));
        assert_eq!(server.join().unwrap(), ["LHLO c.example"]);
    }

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    #[test]
    fn tls_is_not_given_up() {
        let connector = crate::net::tls::TlsConfig::default().connector().unwrap();
        let starttls = |replies| started(replies).0.starttls(&connector, "x").map(drop);
        assert!(matches!(starttls(&["220\r\n", "250 HELP\r\n", ""]), Err(Error::Insecure(_))));
        let offered = "250-x\r\n250 starttls\r\n";
        let refused = starttls(Box::leak(Box::new(["220\r\n", offered, "502 no\r\n", ""])));
        assert!(matches!(refused, Err(Error::Insecure(_))), "{refused:?}");
        let later = starttls(Box::leak(Box::new(["220\r\n", offered, "454 later\r\n", ""])));
        assert!(matches!(later, Err(Error::Rejected(_))), "{later:?}");
        for wrong in
            ["250 ok\r\n", "354 go\r\n", "334 \r\n", "221 bye\r\n", "220 go\r\n250 injected\r\n", "220 go\r\nx"]
        {
            let wrong = starttls(Box::leak(Box::new(["220\r\n", offered, wrong, ""])));
            assert!(matches!(wrong, Err(Error::Protocol { .. })), "{wrong:?}");
        }
    }

    /// Logs in with a password, whatever the server offers: what became of it, and the lines the server got.
    fn login(auth: &str, replies: &'static [&'static str]) -> (Result<()>, Vec<String>) {
        let (session, server) = started(replies);
        let credentials = Credentials {
            user: Some("tim".into()),
            password: Some(Secret::new("tanstaaf")),
            token: Some(Secret::new("token")),
            ..Credentials::default()
        };
        let sasl::AuthList::Methods(allowed) = sasl::AuthList::parse(auth).unwrap() else { unreachable!() };
        let policy = Policy { allowed: Some(allowed), ..Policy::default() };
        let choices = sasl::plan(&session.offer(), &session.channel(), Known::from(&credentials), &policy).unwrap();
        let result = session.login(&choices, &credentials).map(Session::leave);
        let mut got = server.join().unwrap();
        got.remove(0);
        (result, got)
    }

    const MECHANISMS: &str = "250-x\r\n250-auth plain login xoauth2\r\n250 AUTH=PLAIN\r\n";

    #[test]
    fn login_with_and_without_an_initial_response() {
        let (result, got) = login("plain", &["220\r\n", MECHANISMS, "235 in\r\n", ""]);
        result.unwrap();
        assert_eq!(got, ["AUTH PLAIN AHRpbQB0YW5zdGFhZg==", "QUIT"]);
        // The line is too long for this server: in two steps.
        let (result, got) =
            login("plain", &["220\r\n", MECHANISMS, "500 5.5.6 too long\r\n", "334 \r\n", "235 in\r\n", ""]);
        result.unwrap();
        assert_eq!(got, ["AUTH PLAIN AHRpbQB0YW5zdGFhZg==", "AUTH PLAIN", "AHRpbQB0YW5zdGFhZg==", "QUIT"]);
        let (result, got) =
            login("login", &["220\r\n", MECHANISMS, "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 in\r\n", ""]);
        result.unwrap();
        assert_eq!(got[1..], ["dGlt", "dGFuc3RhYWY=", "QUIT"]);
    }

    #[test]
    fn a_refusal_of_the_credentials_ends_it() {
        let (result, got) = login("plain,login", &["220\r\n", MECHANISMS, "535 5.7.8 wrong\r\n", ""]);
        assert!(matches!(result, Err(Error::Authentication(_))), "{result:?}");
        assert_eq!(got.len(), 2, "{got:?}");
        assert_eq!(got[1], "QUIT");
        let (result, got) = login("plain,login", &["220\r\n", MECHANISMS, "454 4.7.0 later\r\n", ""]);
        assert!(matches!(&result, Err(Error::Rejected(rejection)) if rejection.transient), "{result:?}");
        assert_eq!(got[1], "QUIT");
        for refusal in ["432 4.7.12 transition\r\n", "538 5.7.11 encryption\r\n"] {
            let (result, got) = login("plain,login", Box::leak(Box::new(["220\r\n", MECHANISMS, refusal, ""])));
            let Err(Error::Authentication(rejection)) = result else { unreachable!() };
            assert!(!rejection.transient && rejection.text.contains("--"), "{rejection}");
            assert_eq!(got[1], "QUIT");
        }
        // Who hangs up has still said why.
        let (result, _) = login("plain", &["220\r\n", MECHANISMS, "421 4.7.0 too many errors\r\n"]);
        assert!(matches!(&result, Err(Error::Rejected(rejection)) if rejection.transient), "{result:?}");
    }

    #[test]
    fn a_refusal_of_the_mechanism_lets_another_be_tried() {
        let (result, got) = login(
            "plain,login",
            &["220\r\n", MECHANISMS, "504 5.5.4 no\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235\r\n", ""],
        );
        result.unwrap();
        assert_eq!(got[1], "AUTH LOGIN");
        let (result, _) = login("plain", &["220\r\n", MECHANISMS, "502 5.5.1 what\r\n", ""]);
        assert!(matches!(result, Err(Error::Unsupported(_))), "{result:?}");
    }

    #[test]
    fn an_oauth_error_is_told() {
        let json = "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n";
        let replies = Box::leak(Box::new(["220\r\n", MECHANISMS, "334 \r\n", json, "535 5.7.8 bad\r\n", ""]));
        let (result, got) = login("xoauth2", replies);
        let error = result.unwrap_err().to_string();
        assert!(error.contains("status 400"), "{error}");
        assert_eq!((got[0].as_str(), got[2].as_str()), ("AUTH XOAUTH2", ""));
    }

    #[test]
    fn no_secret_is_in_the_transcript() {
        #[derive(Default)]
        struct Lines(std::sync::Mutex<String>);
        impl Record for Lines {
            fn record(&self, entry: &Entry<'_>) {
                self.0.lock().unwrap().push_str(&format!("{}\n", entry.text));
            }
            fn wants_bodies(&self) -> bool {
                true
            }
        }
        let lines = std::sync::Arc::new(Lines::default());
        for replies in [
            &["220\r\n", "250 AUTH PLAIN\r\n", "535 no AHRpbQB0YW5zdGFhZg== tanstaaf\r\n", ""],
            &["220\r\n", "250 AUTH PLAIN\r\n", "500 5.5.6 too long\r\n", "334 \r\n"],
        ] {
            let (ours, theirs) = UnixStream::pair().unwrap();
            let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
            let transcript = Transcript::new(vec![lines.clone()], Secrets::Masked);
            let server = server(theirs, replies);
            let name = HelloName::parse("c.example").unwrap();
            let connection = Connection::new(stream, Timeouts::default(), transcript);
            let mut session = Session::open(connection, Dialect::Esmtp, name).unwrap();
            session.ehlo(Fallback::Forbidden).unwrap();
            let credentials = Credentials {
                user: Some("tim".into()),
                password: Some(Secret::new("tanstaaf")),
                ..Credentials::default()
            };
            let choice = Choice {
                method: Method::Sasl(sasl::Mechanism::Plain),
                binding: sasl::Binding::Unsupported,
                reason: "PLAIN".into(),
            };
            let error = session.login(&[choice], &credentials).unwrap_err().to_string();
            assert!(!error.contains("tanstaaf") && !error.contains("YW5zdGFhZg"), "{error}");
            server.join().unwrap();
        }
        let lines = lines.0.lock().unwrap();
        assert!(lines.contains("AUTH PLAIN [secret]"), "{lines}");
        for secret in ["tanstaaf", "YW5zdGFhZg"] {
            assert!(!lines.contains(secret), "{lines}");
        }
    }

    #[test]
    fn verbs_by_hand() {
        let (mut session, server) = started(&["220\r\n", "250 x\r\n", "252 perhaps\r\n", "550 no\r\n", "221 bye\r\n"]);
        for barred in ["STARTTLS", "auth plain", "DATA", "bdat 5 last", "NOOP\r\nQUIT"] {
            assert!(matches!(session.verb(barred.as_bytes()), Err(Error::InvalidInput(_))), "{barred}");
        }
        assert_eq!(session.verb(b"VRFY a").unwrap().code, 252);
        assert_eq!(session.verb(b"EXPN b").unwrap().code, 550);
        assert_eq!(session.quit().unwrap().code, 221);
        assert_eq!(server.join().unwrap(), ["EHLO c.example", "VRFY a", "EXPN b", "QUIT"]);
    }

    #[test]
    fn one_step_at_a_time() {
        let replies = &[
            "220\r\n",
            "250 x\r\n",
            "250\r\n",
            "250\r\n",
            "550\r\n",
            "250\r\n",
            "354\r\n",
            "",
            "",
            "",
            "250 b\r\n450 d\r\n",
        ];
        let (session, server) = open(Dialect::Lmtp, replies);
        let mut session = session.unwrap();
        session.ehlo(Fallback::Forbidden).unwrap();
        let address = |text| AddrSpec::parse(text).unwrap();
        let envelope = Envelope::new(None, ["b@y", "c@y", "d@y"].map(address));
        let content = Octets::new("S: x\r\n\r\n.\r\n");
        assert!(session.mail(&envelope, &content).unwrap().is_positive());
        let codes: Vec<u16> = envelope.recipients.iter().map(|to| session.rcpt(to).unwrap().code).collect();
        assert_eq!(codes, [250, 550, 250]);
        assert_eq!(session.data().unwrap().code, 354);
        let verdicts = session.body(&content).unwrap();
        assert_eq!(verdicts.iter().map(|reply| reply.code).collect::<Vec<_>>(), [250, 450]);
        drop(session);
        assert_eq!(server.join().unwrap()[5..], ["DATA", "S: x", "", "..", "."]);

        // After 354 a QUIT would be part of the message.
        let (mut session, server) = started(&["220\r\n", "250 x\r\n", "354\r\n"]);
        session.data().unwrap();
        session.leave();
        assert_eq!(server.join().unwrap(), ["EHLO c.example", "DATA"]);
    }
}
