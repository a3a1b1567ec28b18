//! What is in the mailbox: unique-ids and sizes, in as few round trips as the server allows.

use super::command::Command;
use super::engine::{MAX_LISTING, Ticket};
use super::listing::Listing;
use super::session::{Session, Transaction};
use crate::error::{Error, Result};

/// What is in the mailbox.
#[derive(Debug)]
pub struct Survey {
    /// The messages.
    pub listing: Listing,
    /// Whether they have unique-ids.
    pub uidl: Uidl,
}

/// Whether the server has unique-ids.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Uidl {
    /// It has.
    Offered,
    /// It refused: messages cannot be told apart between sessions.
    Missing,
}

impl Session<Transaction> {
    /// Lists the mailbox: CAPA, UIDL and LIST, in one round trip where the server lets them be pipelined.
    pub fn survey(&mut self) -> Result<Survey> {
        let mut survey = Survey { listing: Listing::default(), uidl: Uidl::Missing };
        match self.can_pipeline() {
            true => {
                let capa = self.engine.submit(Command::Capa)?;
                let uidl = self.engine.submit(Command::Uidl)?;
                let list = self.engine.submit(Command::List)?;
                self.engine.connection.push()?;
                self.take_names(capa, uidl, &mut survey)?;
                let accepted = self.engine.wait(list);
                self.take_sizes(accepted, &mut survey)?;
            }
            false => {
                self.names_in_turn(&mut survey)?;
                self.sizes(&mut survey)?;
            }
        }
        Ok(survey)
    }

    /// As [`Session::survey`] without sizes, where there are unique-ids: in a mailbox of many thousands of messages LIST
    /// costs more than a round trip, and sizes matter only for what is new. [`Session::sizes`] adds them.
    pub fn survey_names(&mut self) -> Result<Survey> {
        let mut survey = Survey { listing: Listing::default(), uidl: Uidl::Missing };
        match self.can_pipeline() {
            true => {
                let capa = self.engine.submit(Command::Capa)?;
                let uidl = self.engine.submit(Command::Uidl)?;
                self.engine.connection.push()?;
                self.take_names(capa, uidl, &mut survey)?;
            }
            false => self.names_in_turn(&mut survey)?,
        }
        if survey.uidl == Uidl::Missing {
            self.sizes(&mut survey)?;
        }
        Ok(survey)
    }

    /// Adds the sizes to a survey.
    pub fn sizes(&mut self, survey: &mut Survey) -> Result<()> {
        let accepted = self.command(Command::List);
        self.take_sizes(accepted, survey)
    }

    fn take_names(&mut self, capa: Ticket, uidl: Ticket, survey: &mut Survey) -> Result<()> {
        let accepted = self.engine.wait(capa);
        if let Some(capabilities) = self.take_capabilities(accepted)? {
            self.learn(Some(capabilities));
        }
        let accepted = self.engine.wait(uidl);
        self.take_uids(accepted, survey)
    }

    fn names_in_turn(&mut self, survey: &mut Survey) -> Result<()> {
        // Some servers tell of TOP, UIDL and PIPELINING only after login.
        if self.capabilities().is_some_and(|c| !(c.top && c.uidl && c.pipelining)) {
            self.capa()?;
        }
        let accepted = self.command(Command::Uidl);
        self.take_uids(accepted, survey)
    }

    fn take_uids(&mut self, accepted: Result<()>, survey: &mut Survey) -> Result<()> {
        match accepted {
            Ok(()) => {}
            Err(Error::Rejected(rejection)) if rejection.transient => return Err(Error::Rejected(rejection)),
            Err(Error::Rejected(rejection)) => {
                self.note(&format!("no unique-ids: {rejection}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        let listing = &mut survey.listing;
        listing.skipped += self.engine.rows("UIDL", MAX_LISTING, |row| listing.add_uid(row))?;
        listing.settle();
        survey.uidl = Uidl::Offered;
        Ok(())
    }

    fn take_sizes(&mut self, accepted: Result<()>, survey: &mut Survey) -> Result<()> {
        let listing = &mut survey.listing;
        match (accepted, survey.uidl) {
            (Ok(()), Uidl::Offered) => {
                let mut hint = 0;
                listing.skipped += self.engine.rows("LIST", MAX_LISTING, |row| listing.add_size(row, &mut hint))?;
            }
            (Ok(()), Uidl::Missing) => {
                listing.skipped += self.engine.rows("LIST", MAX_LISTING, |row| listing.add_message(row))?;
                listing.settle();
            }
            // Sizes are advice: the unique-ids alone will do.
            (Err(Error::Rejected(rejection)), Uidl::Offered) => self.note(&format!("no sizes: {rejection}")),
            (Err(error), _) => return Err(error),
        }
        if listing.skipped > 0 {
            let skipped = listing.skipped;
            self.note(&format!("{skipped} rows of the listing made no sense and were passed over"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;

    use super::*;
    use crate::net::{Stream, TcpTransport, Timeouts};
    use crate::pop3::Pipelining;
    use crate::wire::{Connection, Transcript};

    /// A session with a server that answers each command in turn, and what it was asked.
    fn session(uidl: &'static str) -> (Session<Transaction>, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let server = std::thread::spawn(move || {
            let mut asked = Vec::new();
            let mut lines = BufReader::new(peer.try_clone().unwrap()).lines();
            peer.write_all(b"+OK ready\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let answer = match line.as_str() {
                    "CAPA" => "+OK\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n",
                    "UIDL" => uidl,
                    "LIST" => "+OK\r\n1 10\r\n2 20\r\n.\r\n",
                    _ => "+OK\r\n",
                };
                peer.write_all(answer.as_bytes()).unwrap();
                asked.push(line);
            }
            asked
        });
        let stream = Stream::from_transport(Box::new(TcpTransport::new(stream).unwrap()));
        let connection = Connection::new(stream, Timeouts::default(), Transcript::off());
        let mut session = Session::open(connection, Pipelining::Auto).unwrap();
        session.capa().unwrap();
        (session.without_login(), server)
    }

    fn sizes(survey: &Survey) -> Vec<Option<u64>> {
        survey.listing.messages().map(|message| message.size).collect()
    }

    #[test]
    fn sizes_are_asked_for_when_they_are_wanted() {
        let (mut session, server) = session("+OK\r\n1 a\r\n2 b\r\n.\r\n");
        let mut survey = session.survey_names().unwrap();
        assert_eq!((sizes(&survey), survey.uidl), (vec![None, None], Uidl::Offered));
        session.sizes(&mut survey).unwrap();
        assert_eq!(sizes(&survey), [Some(10), Some(20)]);
        assert_eq!(sizes(&session.survey().unwrap()), [Some(10), Some(20)]);
        session.quit().unwrap();
        assert_eq!(server.join().unwrap(), ["CAPA", "CAPA", "UIDL", "LIST", "CAPA", "UIDL", "LIST", "QUIT"]);
    }

    #[test]
    fn without_unique_ids_there_is_always_a_list() {
        let (mut session, server) = session("-ERR what?\r\n");
        let survey = session.survey_names().unwrap();
        assert_eq!((sizes(&survey), survey.uidl), (vec![Some(10), Some(20)], Uidl::Missing));
        session.quit().unwrap();
        assert_eq!(server.join().unwrap(), ["CAPA", "CAPA", "UIDL", "LIST", "QUIT"]);
    }
}
