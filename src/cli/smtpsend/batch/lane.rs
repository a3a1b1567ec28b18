//! Letters of one account, for one session after another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Batch;
use super::supply::{Prepared, Route, Taken};
use crate::cli::smtpsend::deliver::{Letters, Next};
use crate::cli::smtpsend::letter::Letter;
use crate::error::Result;

/// The longest time without a look at signals.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) struct Lane<'b, 'a> {
    batch: &'b Batch<'a>,
    route: Arc<Route>,
    /// What waits for its moment.
    held: Option<Prepared>,
}

impl<'b, 'a> Lane<'b, 'a> {
    pub(super) fn new(batch: &'b Batch<'a>, first: Prepared) -> Self {
        Self { batch, route: Arc::clone(&first.route), held: Some(first) }
    }

    /// Whether a letter was left.
    pub(super) fn into_rest(self) -> Option<Prepared> {
        self.held
    }
}

impl Letters for Lane<'_, '_> {
    fn next(&mut self) -> Next {
        if self.batch.is_stopping() {
            return Next::End;
        }
        if self.held.is_none() {
            match self.batch.supply.take(self.batch, Some(&self.route)) {
                Ok(Taken::Letter(prepared)) => self.held = Some(prepared),
                Ok(Taken::Later(at)) => return Next::NotBefore(at),
                Ok(Taken::End) => return Next::End,
                Err(failure) => {
                    self.batch.stop(failure);
                    return Next::End;
                }
            }
        }
        let now = Instant::now();
        match self.batch.pace.claim(now) {
            Err(at) => Next::NotBefore(at.min(now + GLANCE)),
            Ok(()) => self.held.take().map_or(Next::End, |prepared| Next::Letter(prepared.letter)),
        }
    }

    fn leaving(&mut self, letters: &mut dyn Iterator<Item = &Letter>) -> Result<()> {
        match &self.batch.results {
            Some(results) => results.leaving(&self.route.plan.server.account, letters),
            None => Ok(()),
        }
    }
}
