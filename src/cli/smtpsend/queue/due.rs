//! The mails of an account that are due, each taken when its turn comes.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use super::entry;
use super::run::Run;
use crate::cli::args::OnUnknown;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Warning;
use crate::cli::output::record::Tally;
use crate::cli::smtpsend::deliver::{Letters, Next};
use crate::cli::smtpsend::letter::Letter;
use crate::cli::smtpsend::plan::Plan;
use crate::error::{Error, Result};
use crate::spool::{Id, Taken};

/// The mails of one account, each taken when its turn comes.
pub(super) struct Due<'d, 'r, 'a> {
    pub(super) run: &'d Run<'r, 'a>,
    pub(super) plan: &'d Plan,
    pub(super) ids: VecDeque<Id>,
    /// Those that were begun, by name.
    pub(super) hand: &'d RefCell<BTreeMap<String, Taken>>,
}

impl Letters for Due<'_, '_, '_> {
    fn next(&mut self) -> Next {
        while !self.run.is_over() {
            let Some(id) = self.ids.pop_front() else { break };
            match self.begin(&id) {
                Ok(Some(letter)) => return Next::Letter(Box::new(letter)),
                Ok(None) => {}
                Err(error) => {
                    let stops = matches!(error, Error::Storage { .. });
                    self.run.fail(&self.plan.server.account, error.into());
                    if stops {
                        // A full disk would fail the next one too.
                        break;
                    }
                }
            }
        }
        Next::End
    }
}

impl Due<'_, '_, '_> {
    /// Takes a mail and records that it is about to be sent. `None` if it is not to be sent now.
    fn begin(&self, id: &Id) -> Result<Option<Letter>> {
        let now = SystemTime::now();
        let account = &self.plan.server.account;
        let Some(mut taken) = self.run.queue.take(id)? else { return Ok(None) };
        let cut_short = taken.was_interrupted().then_some("an earlier run died while it was being sent");
        let doubt = cut_short.or_else(|| entry::doubt(taken.ticket()).filter(|_| taken.attempts() == 0));
        match doubt {
            Some(why) if self.plan.args.queue.on_unknown == OnUnknown::Hold && !self.run.releases() => {
                let why = why.to_owned();
                taken.hold(&why)?;
                let text = format!("{id} is held: {why}, so that it may have been delivered already");
                self.run.job.output().warn(&Warning::grave(account, &text));
                self.run.job.count(account, Tally::default(), Exit::UNKNOWN);
                return Ok(None);
            }
            Some(_) if cut_short.is_some() => {
                let text = format!("{id} was being sent when an earlier run died: it may arrive twice");
                self.run.job.output().warn(&Warning::of(account, &text));
            }
            _ => {}
        }
        let letter = match entry::letter(&taken, now) {
            Ok(letter) => letter,
            Err(Error::InvalidInput(why)) => {
                taken.fail(&why)?;
                let text = format!("{id}: {why}; it is in failed/ now");
                let failure = Failure { exit: Exit::PARTLY, ..Error::Unsupported(text).into() };
                self.run.fail(account, failure);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        taken.begin(now)?;
        self.hand.borrow_mut().insert(id.to_string(), taken);
        Ok(Some(letter))
    }
}
