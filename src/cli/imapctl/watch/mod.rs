//! `imapctl watch`: changes in folders, as they happen, each told at least once.
//!
//! What was told is kept in a [`Cursor`](cursor::Cursor) per folder, which moves only after the event was taken: after exit 0 of
//! the command, or once the line is on standard output. What happens while nobody watches is told at the next start; so it
//! matters little how a server tells that something has happened ([`lane`]): it only says when to look.

mod clock;
mod cursor;
mod deliver;
mod folder;
mod lane;
mod missed;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use cursor::Cursors;
use deliver::Deliverer;
use folder::Watched;
use lane::{Lane, Way};

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{FolderName, WatchArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::imap::Account;
use crate::imap::{Extension, Mailbox};

/// What ends every lane of a run.
#[derive(Debug, Default)]
pub(super) struct Stop(AtomicBool);

impl Stop {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub(super) fn run(args: &WatchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let folders = resolved(&args.folder, visit, job)?;
    let cursors = Cursors::open(job.plan.state_dir()?, &job.plan.server)?;
    let mut watched = Vec::new();
    for mailbox in folders {
        watched.push(Watched::new(cursors.of(&mailbox)?, mailbox));
    }
    let session = visit.session(job)?;
    session.capability()?;
    let can_notify = session.has(Extension::Notify) && watched.len() > 1;
    let can_idle = session.has(Extension::Idle);
    // The lanes have connections of their own, which are made anew when they are lost.
    visit.take(job)?.leave();
    let account = Account::prepare(&job.plan.server, job.transcript.clone(), job.output())?;
    let deliverer = Deliverer::new(args.exec.as_deref());
    let stop = Stop::default();
    let lanes = lanes(watched, usize::from(args.connections), can_notify, can_idle);
    let (report, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        for (way, watched) in lanes {
            let lane = Lane {
                way,
                watched,
                account: &account,
                deliverer: &deliverer,
                job: Job::new(job.plan, job.console, job.transcript.clone()),
                args,
                stop: &stop,
            };
            let report = report.clone();
            scope.spawn(move || {
                // Whoever hears this last is gone only if all lanes are.
                let _ = report.send(lane.run());
            });
        }
        drop(report);
        let mut first = None;
        while let Ok(result) = ended.recv() {
            // A lane ends for good when it is of no use to go on: then the others end too.
            stop.set();
            first = first.or(Some(result));
        }
        first.unwrap_or(Ok(Exit::OK))
    })
}

/// Each folder's own name, once.
fn resolved(names: &[FolderName], visit: &mut Visit, job: &Job<'_>) -> Result<Vec<Mailbox>, Failure> {
    let mut folders = Vec::new();
    for name in names {
        let mailbox = visit.resolve(job, name)?;
        if !folders.contains(&mailbox) {
            folders.push(mailbox);
        }
    }
    Ok(folders)
}

/// Who watches what: with NOTIFY one connection does for all folders; with IDLE one for each as far as they go, the last of them
/// looking at the rest in turn; with neither one that looks at all.
fn lanes(mut watched: Vec<Watched>, connections: usize, can_notify: bool, can_idle: bool) -> Vec<(Way, Vec<Watched>)> {
    if can_notify {
        return vec![(Way::Notify, watched)];
    }
    if !can_idle {
        return vec![(Way::Poll, watched)];
    }
    let alone = if watched.len() <= connections { watched.len() } else { connections.saturating_sub(1) };
    let rest = watched.split_off(alone);
    let mut lanes: Vec<(Way, Vec<Watched>)> = watched.into_iter().map(|folder| (Way::Idle, vec![folder])).collect();
    if !rest.is_empty() {
        lanes.push((Way::Poll, rest));
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(folders: usize, connections: usize, notify: bool, idle: bool) -> Vec<(Way, usize)> {
        let watched = (0..folders).map(|_| Watched::new(cursor::Cursor::of_nothing(), Mailbox::Inbox)).collect();
        lanes(watched, connections, notify, idle).into_iter().map(|(way, watched)| (way, watched.len())).collect()
    }

    #[test]
    fn folders_are_shared_out() {
        assert_eq!(plan(3, 4, true, true), [(Way::Notify, 3)]);
        assert_eq!(plan(1, 4, false, true), [(Way::Idle, 1)]);
        assert_eq!(plan(3, 3, false, true), [(Way::Idle, 1), (Way::Idle, 1), (Way::Idle, 1)]);
        assert_eq!(plan(5, 3, false, true), [(Way::Idle, 1), (Way::Idle, 1), (Way::Poll, 3)]);
        assert_eq!(plan(2, 1, false, true), [(Way::Poll, 2)]);
        assert_eq!(plan(2, 4, false, false), [(Way::Poll, 2)]);
    }
}
