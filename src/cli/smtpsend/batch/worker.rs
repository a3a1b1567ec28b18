//! One of the connections of a batch, after another if need be.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use super::Batch;
use super::lane::Lane;
use super::supply::{Prepared, Route, Taken};
use crate::cli::smtpsend::deliver::{Delivery, Ended, Outcome};
use crate::cli::smtpsend::letter::Letter;
use crate::error::{Error, Phase};
use crate::smtp::Fate;

/// How many sessions in a row may end without a verdict before an account is given up.
const FRUITLESS: usize = 3;

/// Whether a worker goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Worker {
    GoesOn,
    Retires,
}

impl Batch<'_> {
    /// Takes letters until there are no more.
    pub(super) fn work(&self) {
        loop {
            let first = match self.supply.take(self, None) {
                Ok(Taken::Letter(prepared)) => prepared,
                Ok(Taken::End) => return,
                Ok(Taken::Later(at)) => {
                    thread::sleep(at.saturating_duration_since(Instant::now()));
                    continue;
                }
                Err(failure) => return self.stop(failure),
            };
            let route = Arc::clone(&first.route);
            self.run_until.get_or_init(|| route.plan.server.timeouts.run_until);
            let Some(delivery) = &route.delivery else {
                match self.put_aside(&first) {
                    Ok(()) => self.count(first.letter.message.size()),
                    Err(failure) => self.stop(failure),
                }
                continue;
            };
            if self.deliver(delivery, &route, first) == Worker::Retires {
                return;
            }
        }
    }

    /// Delivers letters of one account until there are no more or sessions get nowhere.
    fn deliver(&self, delivery: &Delivery, route: &Arc<Route>, first: Prepared) -> Worker {
        let mut lane = Lane::new(self, first);
        let mut unsent: Vec<(Letter, Outcome)> = Vec::new();
        route.workers.fetch_add(1, Ordering::SeqCst);
        let ended = delivery.run(&mut lane, &mut |letter, outcome| match is_unsent(&outcome) {
            true => unsent.push((letter.again(), outcome)),
            false => {
                route.fruitless.store(0, Ordering::SeqCst);
                self.settle(letter, outcome, route);
            }
        });
        let others = route.workers.fetch_sub(1, Ordering::SeqCst).saturating_sub(1);
        let held: Vec<Prepared> = lane.into_rest().collect();
        for prepared in held.into_iter().rev() {
            self.supply.give_back(prepared);
        }
        let why = match ended {
            Ok(Ended::All) => None,
            Ok(Ended::Stopped(error)) => Some(error),
            Err(error) => Some(Arc::new(error)),
        };
        let mut worker = Worker::GoesOn;
        if let Some(why) = why {
            let fruitless = route.fruitless.fetch_add(1, Ordering::SeqCst).saturating_add(1);
            let give_back = |from: usize, unsent: &mut Vec<(Letter, Outcome)>| {
                for (letter, _) in unsent.drain(from.min(unsent.len())..).rev() {
                    self.supply.give_back(Prepared { letter: Box::new(letter), route: Arc::clone(route) });
                }
            };
            if self.is_stopping() {
                // What was begun and not sent is told as that.
            } else if others > 0 {
                // The server may not want so many connections; those that are open do the work.
                give_back(0, &mut unsent);
                // Whoever delivers still looks for more afterwards.
                if route.workers.load(Ordering::SeqCst) > 0 {
                    worker = Worker::Retires;
                }
            } else if is_of_session(&why) && fruitless < FRUITLESS {
                // It may be the message that the server cannot stand: the others go without it.
                give_back(1, &mut unsent);
            } else {
                route.stop(why);
            }
        }
        for (letter, outcome) in unsent {
            self.settle(&letter, outcome, route);
        }
        worker
    }
}

/// Whether a session ended before anything of a letter had been decided.
fn is_unsent(outcome: &Outcome) -> bool {
    outcome.refusal.is_none()
        && outcome.fates.iter().all(|fate| match fate {
            Fate::Unsent(_) => true,
            Fate::Refused { rejection, .. } => rejection.code.as_deref() == Some("421"),
            Fate::Accepted(_) | Fate::Unknown(_) => false,
        })
}

/// Whether it was while mail was being sent that a session ended.
fn is_of_session(error: &Error) -> bool {
    const SENDING: [&str; 6] = ["MAIL", "RCPT", "DATA", "BDAT", "RSET", "end of data"];
    match error {
        Error::Closed { phase, .. } | Error::Network { phase, .. } | Error::Protocol { phase, .. } => match phase {
            Phase::Reply(verb) | Phase::Data(verb) => SENDING.contains(verb),
            phase => *phase == Phase::Send,
        },
        Error::Rejected(rejection) => SENDING.contains(&rejection.verb),
        _ => false,
    }
}
