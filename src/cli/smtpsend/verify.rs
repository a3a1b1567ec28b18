//! `sendmail -bv`: where mail for these addresses would go. No server is asked.

use std::ffi::OsString;

use super::draft::{addressed, applied};
use super::job::Job;
use crate::addr_spec::AddrSpec;
use crate::cli::args::Sender;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Destination, Record, Route};
use crate::error::Result;
use crate::mail::address;
use crate::text::sanitize;

pub(super) fn run(job: &Job<'_>, words: &[OsString]) -> Result<Exit, Failure> {
    if words.is_empty() {
        return Err(Failure::usage("no recipients: name the addresses that -bv is about"));
    }
    let origin = job.origin();
    let sender = job.setup.args.envelope.envelope_from.as_ref().and_then(Sender::address);
    let plan = job.setup.plan(sender.or(origin.address))?;
    let server = plan.server.endpoint.address.to_string();
    let plan = applied(&plan, origin);
    let mut exits = Vec::new();
    for word in words {
        let shown = sanitize(word.as_encoded_bytes());
        // An alias file that cannot be read is nothing about the address.
        let meant = match address::parse_list(word.as_encoded_bytes()) {
            Ok(list) => addressed(list.into_iter().map(|mailbox| mailbox.address).collect(), &plan.args)
                .map_err(|error| job.explained(error.into(), &plan))?,
            Err(error) => {
                job.output()
                    .record(&Record::Route(Route { address: &shown, to: Destination::Nowhere(&error.to_string()) }));
                exits.push(Exit::DATA);
                continue;
            }
        };
        let recipients: Vec<String> = meant.iter().map(AddrSpec::to_string).collect();
        let to = Destination::Server { account: &plan.server.account, server: &server, recipients: &recipients };
        job.output().record(&Record::Route(Route { address: &shown, to }));
        exits.push(Exit::OK);
    }
    Ok(Exit::combine(exits))
}
