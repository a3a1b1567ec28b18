//! Letters of one account, for one session after another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Batch;
use super::supply::{Prepared, Route, Taken};
use crate::cli::exit::Failure;
use crate::cli::smtpsend::deliver::{Letters, Next};
use crate::cli::smtpsend::letter::Letter;

/// The longest time without a look at signals.
const GLANCE: Duration = Duration::from_millis(100);

/// Letters that are read ahead where results are kept, so that they are flushed together.
const AHEAD: usize = 32;
/// The same in octets.
const AHEAD_OCTETS: u64 = 1024 * 1024;

pub(super) struct Lane<'b, 'a> {
    batch: &'b Batch<'a>,
    route: Arc<Route>,
    /// What is to be handed out next, planned as far as results are kept.
    ahead: VecDeque<Prepared>,
    /// The first of them was not planned yet.
    first: Option<Prepared>,
}

impl<'b, 'a> Lane<'b, 'a> {
    pub(super) fn new(batch: &'b Batch<'a>, first: Prepared) -> Self {
        Self { batch, route: Arc::clone(&first.route), ahead: VecDeque::new(), first: Some(first) }
    }

    /// What was not handed out.
    pub(super) fn into_rest(self) -> impl DoubleEndedIterator<Item = Prepared> {
        self.first.into_iter().chain(self.ahead)
    }

    /// Reads ahead, and has what was read planned. Says what else to do if there is nothing.
    fn read_ahead(&mut self) -> Result<Option<Next>, Failure> {
        let (mut taken, mut octets) = (VecDeque::new(), 0u64);
        taken.extend(self.first.take());
        let most = if self.batch.results.is_some() { AHEAD } else { 1 };
        let mut otherwise = Next::End;
        while taken.len() < most && octets < AHEAD_OCTETS {
            match self.batch.supply.take(self.batch, Some(&self.route)) {
                Ok(Taken::Letter(prepared)) => {
                    octets = octets.saturating_add(prepared.letter.message.size());
                    taken.push_back(prepared);
                }
                Ok(Taken::Later(at)) => {
                    otherwise = Next::NotBefore(at);
                    break;
                }
                Ok(Taken::End) => break,
                Err(failure) => {
                    self.ahead = taken;
                    return Err(failure);
                }
            }
        }
        self.ahead = taken;
        if self.ahead.is_empty() {
            return Ok(Some(otherwise));
        }
        if let Some(results) = &self.batch.results {
            results.plan(&self.route.plan.server.account, &mut self.ahead.iter().map(|prepared| &*prepared.letter))?;
        }
        Ok(None)
    }
}

impl Letters for Lane<'_, '_> {
    fn next(&mut self) -> Next {
        if self.batch.is_stopping() {
            return Next::End;
        }
        if self.ahead.is_empty() {
            match self.read_ahead() {
                Ok(None) => {}
                Ok(Some(otherwise)) => return otherwise,
                Err(failure) => {
                    self.batch.stop(failure);
                    return Next::End;
                }
            }
        }
        let now = Instant::now();
        match self.batch.pace.claim(now) {
            Err(at) => Next::NotBefore(at.min(now + GLANCE)),
            Ok(()) => self.ahead.pop_front().map_or(Next::End, |prepared| Next::Letter(prepared.letter)),
        }
    }

    fn leaving(&mut self, letters: &mut dyn Iterator<Item = &Letter>) -> crate::error::Result<()> {
        match &self.batch.results {
            Some(results) => results.leaving(&self.route.plan.server.account, letters),
            None => Ok(()),
        }
    }
}
