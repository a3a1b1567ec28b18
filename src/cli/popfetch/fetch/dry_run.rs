//! `--dry-run`: asks the server what there is and tells what would be done. Nothing is changed, here or there.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::selection::{self, Rules};
use super::tally::Tally;
use super::transfer::Naming;
use super::{account, reset};
use crate::cli::args::UidlReset;
use crate::cli::output::record::{Action, Planned};
use crate::cli::output::{Mail, Output, Record};
use crate::cli::popfetch::connect::Account;
use crate::cli::popfetch::plan::{FetchPlan, Plan};
use crate::error::Result;
use crate::store::fs::System;
use crate::store::ledger::{History, Ledger};
use crate::wire::Transcript;

/// Lists the mailbox and reports one line per message that a fetch would do something with.
pub(super) fn tell(
    plan: &Plan,
    options: &FetchPlan,
    output: &dyn Output,
    transcript: Transcript,
    tally: &mut Tally,
) -> Result<()> {
    let account = Account::prepare(plan, transcript, output)?;
    let history = match &plan.state_dir {
        Some(dir) => Ledger::peek(Arc::new(System), dir, &account::ledger_account(plan))?,
        None => Default::default(),
    };
    let mut session = account.login(options.pipeline.into())?.session;
    let gmail = account::is_gmail(session.greeting());
    let survey = session.survey()?;
    session.leave();
    let listing = &survey.listing;
    let history = match account::naming(&survey, options.retention)? {
        Naming::Uid => history,
        Naming::Content => History::default(),
    };
    let mut new = if options.filter.is_some() { "new, if the filter takes it" } else { "new" };
    let mut marked_as_seen = false;
    if let reset::Verdict::Reset { known, missing } = reset::judge(listing, &history)
        && !gmail
    {
        match options.accept_uidl_reset {
            None => {
                let path = plan.state_dir.as_deref().unwrap_or(Path::new("ledger"));
                return Err(reset::refusal(path, known, missing));
            }
            Some(UidlReset::Refetch) => {}
            Some(UidlReset::Match) => new = "new, unless it is recognised by its size and header",
            Some(UidlReset::Seen) => marked_as_seen = true,
        }
    }
    let rules = Rules::of(options);
    let now = SystemTime::now();
    let mut selection = selection::select(listing, &history, &rules, now);
    if marked_as_seen {
        let is_known = |index: &usize| listing.at(*index).is_some_and(|m| history.contains(m.uid, m.ordinal));
        selection.fetch.retain(is_known);
    }
    let count = listing.len();
    let mut acts: Vec<(usize, Action, &str)> = Vec::new();
    let mut add = |indices: &[usize], action, why| acts.extend(indices.iter().map(|index| (*index, action, why)));
    add(&selection.delete, Action::Delete, "delivered before");
    add(&selection.verify, Action::Delete, "deleted before, and still there");
    add(&selection.older, Action::Skip, "older than --newest");
    add(&selection.too_large, Action::Skip, "larger than --max-size");
    add(&selection.resting, Action::Skip, "failed lately");
    add(&selection.postponed, Action::Skip, "beyond this run's limits");
    let durable = options.target.as_ref().is_none_or(|target| target.is_durable());
    for index in &selection.fetch {
        let gone = durable && rules.expires(now, *index, count, now);
        add(&[*index], if gone { Action::FetchAndDelete } else { Action::Fetch }, new);
    }
    tally.planned += selection.fetch.len() as u64;
    acts.sort_by_key(|(index, ..)| *index);
    for (index, action, reason) in acts {
        let Some(message) = listing.at(index) else { continue };
        let mail =
            Mail { account: &plan.server.account, uidl: message.uid, number: Some(message.number), size: message.size };
        output.record(&Record::Planned(Planned { mail, action, reason }));
    }
    Ok(())
}
