//! Options that contradict each other, or what is to be done.

use super::Action;
use crate::cli::args::{DeliveryArgs, Input, Invocation, Program as _, SaveArgs, SaveTarget, Smtpsend, Stage, Target};
use crate::cli::plan::combinations::{self, Complaint, Login, complain};

/// What is to be done, or what is wrong with the command line alone: keys of the configuration file that do not matter
/// to this run contradict nothing.
pub(super) fn check_typed(invocation: &Invocation<Smtpsend>) -> Result<Action, Complaint> {
    let args = &invocation.args;
    let action = action(args)?;
    check_stages(args, action)?;
    check_queue(invocation, action)?;
    check_bulk(args, action)?;
    check_debugging(invocation, action)?;
    match action {
        Action::Send => check_message(args)?,
        Action::Batch => check_composing(args)?,
        _ => {
            check_composing(args)?;
            check_no_recipients(args)?;
        }
    }
    check_stdin(args, action)?;
    check(args)?;
    Ok(action)
}

/// Says what is wrong with options from wherever they come, if anything is.
pub(super) fn check(args: &Smtpsend) -> Result<(), Complaint> {
    combinations::check(&args.shared(), Login::IfThereIsAUser)?;
    let DeliveryArgs { dkim_key, dkim_selector, dkim_domain, save, .. } = &args.delivery;
    let parts = [dkim_key.is_some(), dkim_selector.is_some(), dkim_domain.is_some()];
    if parts.contains(&true) && parts.contains(&false) {
        return complain(
            "--dkim-key, --dkim-selector and --dkim-domain need each other",
            &["dkim-key", "dkim-selector", "dkim-domain"],
        );
    }
    if *save == Some(SaveTarget::Local(Target::Stdout)) && args.output.json {
        return complain("--save - and --json exclude each other: both want standard output", &["save", "json"]);
    }
    Ok(())
}

/// What is to be done: one thing.
fn action(args: &Smtpsend) -> Result<Action, Complaint> {
    let actions = [
        (args.bulk.batch.is_some(), Action::Batch),
        (args.bulk.merge.is_some(), Action::Merge),
        (args.debug.probe, Action::Probe),
        (!args.debug.verb.is_empty(), Action::Verb),
        (args.debug.script.is_some(), Action::Script),
        (args.queue.queue_run, Action::QueueRun),
        (args.queue.queue_list, Action::QueueList),
        (!args.queue.queue_remove.is_empty(), Action::QueueRemove),
    ];
    let mut asked = actions.into_iter().filter_map(|(is_asked, action)| is_asked.then_some(action));
    let action = asked.next().unwrap_or(Action::Send);
    match asked.next() {
        None => Ok(action),
        Some(_) => Err(Complaint {
            text: "only one of --batch, --merge, --probe, --verb, --script, --queue-run, --queue-list and --queue-remove \
                   can be done at a time",
            options: &[],
        }),
    }
}

fn check_stages(args: &Smtpsend, action: Action) -> Result<(), Complaint> {
    let debug = &args.debug;
    if debug.quit_after.is_some() && debug.drop_after.is_some() {
        complain("--quit-after and --drop-after exclude each other", &[])
    } else if stage(args).is_some() && action != Action::Send {
        complain("--quit-after and --drop-after are about one message: nothing else is done with them", &[])
    } else if stage(args).is_some() && debug.dry_run {
        complain("--dry-run connects to nothing: --quit-after and --drop-after have no place in it", &[])
    } else {
        Ok(())
    }
}

fn check_queue(invocation: &Invocation<Smtpsend>, action: Action) -> Result<(), Complaint> {
    let args = &invocation.args;
    let sends = matches!(action, Action::Send | Action::Batch | Action::Merge);
    if args.queue.all_users && action != Action::QueueRun {
        complain("--all-users goes with --queue-run", &[])
    } else if args.queue.queue.is_some() && (!sends || args.debug.dry_run || stage(args).is_some()) {
        complain("--queue is about mail that is to be sent: nothing is queued here", &[])
    } else if invocation.given("save") && !sends && action != Action::QueueRun {
        complain("--save keeps what was sent: nothing is sent here", &[])
    } else {
        check_copies(invocation)
    }
}

/// What is typed for a server goes with none but a server.
fn check_copies(invocation: &Invocation<Smtpsend>) -> Result<(), Complaint> {
    let is_typed = SaveArgs::OPTIONS.iter().any(|option| invocation.given(option));
    match &invocation.args.delivery.save {
        Some(SaveTarget::Local(_)) if is_typed => {
            complain("the options --save-… are for a --save that is a folder on a server, and this one is none", &[])
        }
        _ => Ok(()),
    }
}

fn check_bulk(args: &Smtpsend, action: Action) -> Result<(), Complaint> {
    let bulk = &args.bulk;
    if bulk.batch_format.is_some() && bulk.batch.is_none() {
        complain("--batch-format goes with --batch", &[])
    } else if bulk.batch == Some(Input::Stdin) && bulk.batch_format.is_none() {
        complain("--batch - needs --batch-format: ndjson or mbox", &[])
    } else if bulk.merge.is_some() != bulk.template.is_some() {
        complain("--merge and --template need each other", &[])
    } else if bulk.results.is_some() && !matches!(action, Action::Batch | Action::Merge) {
        complain("--results goes with --batch and --merge", &[])
    } else {
        Ok(())
    }
}

fn check_debugging(invocation: &Invocation<Smtpsend>, action: Action) -> Result<(), Complaint> {
    let dry = invocation.args.debug.dry_run;
    if invocation.given("warn-days") && action != Action::Probe {
        complain("--warn-days goes with --probe", &[])
    } else if dry && !matches!(action, Action::Send | Action::Batch | Action::Merge) {
        complain("--dry-run is about mail that is to be sent: nothing is sent here", &[])
    } else {
        Ok(())
    }
}

fn check_message(args: &Smtpsend) -> Result<(), Complaint> {
    let compose = &args.compose;
    if compose.text.is_some() && compose.body.is_some() {
        complain("--text and --body exclude each other: both are the text", &[])
    } else if !compose.inline.is_empty() && compose.html.is_none() {
        complain("--inline needs --html, which refers to it", &[])
    } else {
        Ok(())
    }
}

/// Says that nobody is there to send to, if so.
pub(super) fn check_recipients(args: &Smtpsend, action: Action) -> Result<(), Complaint> {
    let needed = action == Action::Send && stage(args).is_none_or(|stage| stage >= Stage::Rcpt);
    match needed && !has_recipients(args) && !args.envelope.recipients_from_headers {
        true => complain("no recipient: name one, or use -t for those in the message's header", &[]),
        false => Ok(()),
    }
}

fn check_composing(args: &Smtpsend) -> Result<(), Complaint> {
    match args.compose.is_asked_for() {
        true => complain("a message is composed only where one message is to be sent", &[]),
        false => Ok(()),
    }
}

fn check_no_recipients(args: &Smtpsend) -> Result<(), Complaint> {
    match has_recipients(args) || args.envelope.recipients_from_headers {
        true => complain("there is no place for recipients here", &[]),
        false => Ok(()),
    }
}

fn check_stdin(args: &Smtpsend, action: Action) -> Result<(), Complaint> {
    let readers = match action {
        Action::Send if args.compose.is_asked_for() => args.compose.readers_of_stdin(),
        _ => 0,
    };
    match readers {
        0 | 1 => Ok(()),
        _ => complain(
            "standard input can be read once only; the text is read from there too, unless --text or --body say otherwise",
            &[],
        ),
    }
}

/// Where the conversation is to end before its time.
fn stage(args: &Smtpsend) -> Option<Stage> {
    args.debug.quit_after.or(args.debug.drop_after)
}

fn has_recipients(args: &Smtpsend) -> bool {
    let envelope = &args.envelope;
    !args.recipients.is_empty() || !envelope.to.is_empty() || !envelope.cc.is_empty() || !envelope.bcc.is_empty()
}
