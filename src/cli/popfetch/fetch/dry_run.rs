//! `--dry-run`: asks the server what there is and tells what would be done. Nothing is changed, here or there.

use std::sync::Arc;
use std::time::SystemTime;

use super::selection::{self, Rules};
use super::tally::Tally;
use super::{account, reset};
use crate::cli::output::record::{Action, Planned};
use crate::cli::output::{Mail, Output, Record, Warning};
use crate::cli::plan::{FetchPlan, Plan};
use crate::cli::popfetch::connect::Account;
use crate::error::Result;
use crate::store::fs::System;
use crate::store::ledger::Ledger;
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
    let survey = session.survey()?;
    session.leave();
    let listing = &survey.listing;
    if let reset::Verdict::Reset { known, missing } = reset::judge(listing, &history) {
        let text = format!("{missing} of {known} known messages have other unique-ids than before: a fetch would stop");
        output.warn(&Warning::grave(&plan.account, &text));
    }
    let rules = Rules::of(options);
    let now = SystemTime::now();
    let selection = selection::select(listing, &history, &rules, now);
    let count = listing.len();
    let mut acts: Vec<(usize, Action, &str)> = Vec::new();
    let mut add = |indices: &[usize], action, why| acts.extend(indices.iter().map(|index| (*index, action, why)));
    add(&selection.delete, Action::Delete, "delivered before");
    add(&selection.verify, Action::Delete, "deleted before, and still there");
    add(&selection.older, Action::Skip, "older than --newest");
    add(&selection.too_large, Action::Skip, "larger than --max-size");
    add(&selection.resting, Action::Skip, "failed lately");
    add(&selection.postponed, Action::Skip, "beyond this run's limits");
    let filtered = if options.filter.is_some() { "new, if the filter takes it" } else { "new" };
    let durable = options.target.as_ref().is_none_or(|target| target.is_durable());
    for index in &selection.fetch {
        let gone = durable && rules.expires(now, *index, count, now);
        add(&[*index], if gone { Action::FetchAndDelete } else { Action::Fetch }, filtered);
    }
    tally.planned += selection.fetch.len() as u64;
    acts.sort_by_key(|(index, ..)| *index);
    for (index, action, reason) in acts {
        let Some(message) = listing.at(index) else { continue };
        let mail = Mail { account: &plan.account, uidl: message.uid, number: Some(message.number), size: message.size };
        output.record(&Record::Planned(Planned { mail, action, reason }));
    }
    Ok(())
}
