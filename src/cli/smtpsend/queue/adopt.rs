//! Mails that were queued when no account could be found for them: the configuration could not be read, or had none that
//! fits. Once there is one, such a mail is made ready anew, for the account's aliases and domain, and takes its own place.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::entry;
use super::run::Whose;
use crate::addr_spec::AddrSpec;
use crate::cli::args::Sender;
use crate::cli::exit::Failure;
use crate::cli::smtpsend::draft::{Draft, Origin};
use crate::cli::smtpsend::job::Job;
use crate::cli::smtpsend::plan::{Plan, Setup};
use crate::error::Result;
use crate::mail::{Dot, Message, Reading};
use crate::spool::{Id, Queue, Taken, Ticket, Verdict};

/// The search for accounts.
pub(super) struct Adoption<'r, 'a> {
    job: &'r Job<'a>,
    queue: &'r Queue,
    whose: Whose,
    /// The mails whose successors are in the queue: a crash can leave both.
    adopted: Option<BTreeSet<String>>,
}

impl<'r, 'a> Adoption<'r, 'a> {
    pub(super) fn new(job: &'r Job<'a>, queue: &'r Queue, whose: Whose) -> Self {
        Self { job, queue, whose, adopted: None }
    }

    /// Puts a mail that has an account now in the place of one that had none; `None` if that is done, or somebody else's.
    pub(super) fn adopt(&mut self, id: &Id, ticket: &Ticket) -> Result<Option<(Id, Ticket)>, Failure> {
        let is_done = self.adopted()?.contains(id.as_str());
        let words: Vec<OsString> = match self.whose {
            Whose::Own => entry::way(ticket).words.iter().map(OsString::from).collect(),
            Whose::Others => Vec::new(),
        };
        let invocation = self.job.setup.invocation().behind(&words);
        let invocation = invocation.map_err(|error| Failure::config(crate::cli::keys::complaint(&error)))?;
        let again = match words.is_empty() {
            true => None,
            false => Some(Setup::without_recipients(&invocation, self.job.setup.around())?),
        };
        let setup = again.as_ref().unwrap_or(self.job.setup);
        let sender = ticket.sender.as_deref().map(AddrSpec::parse).transpose()?;
        let plan = setup.plan(sender.as_ref())?;
        let Some(taken) = self.queue.take(id)? else { return Ok(None) };
        if is_done {
            close(taken)?;
            return Ok(None);
        }
        let letter = draft(&taken)?.letter(&for_letter(&plan, sender, &taken), Origin::default())?;
        let ticket = entry::adopted(&taken, &plan, &letter, self.whose);
        let adopted = self.queue.add(&ticket, &mut letter.message.open()?)?;
        close(taken)?;
        Ok(Some((adopted, ticket)))
    }

    fn adopted(&mut self) -> Result<&BTreeSet<String>> {
        if self.adopted.is_none() {
            let mut adopted = BTreeSet::new();
            for id in self.queue.ids()? {
                let ticket = self.queue.ticket(&id).ok().flatten();
                adopted.extend(ticket.as_ref().and_then(entry::origin).map(str::to_owned));
            }
            self.adopted = Some(adopted);
        }
        Ok(self.adopted.get_or_insert_default())
    }
}

fn draft(taken: &Taken) -> Result<Draft> {
    let body = taken.body();
    Message::read(&mut body.open(), &Reading { dot: Dot::Data }).map(Draft::Ready)
}

/// The plan, with the sender and the recipients of the mail as if they had been typed.
fn for_letter(plan: &Plan, sender: Option<AddrSpec>, taken: &Taken) -> Plan {
    let mut plan = plan.clone();
    let args = &mut plan.args;
    args.recipients = taken.pending().map(|(_, addressee)| addressee.address.clone()).collect();
    args.envelope.recipients_from_headers = false;
    args.envelope.envelope_from = Some(sender.map_or(Sender::Null, Sender::Address));
    plan
}

/// The mail that another one has taken the place of.
fn close(taken: Taken) -> Result<()> {
    let all: Vec<(usize, Verdict)> = taken.pending().map(|(place, _)| (place, Verdict::Done)).collect();
    taken.settle(&all, std::time::SystemTime::now()).map(drop)
}
