//! `imapctl parts`: what a message is made of.

use super::anatomy::{self, Header};
use super::body::absent;
use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::PartsArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::Place;
use crate::imap::Access;

/// One trip behind the login.
pub(super) fn run(args: &PartsArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    let mailbox = folder.selection().mailbox.clone();
    let validity = folder.selection().uid_validity.map(|validity| validity.get());
    let (anatomy, exit) = anatomy::of(args.uid, Header::Unwanted, &mut folder, job)?.ok_or_else(|| absent(args.uid))?;
    let place = Place { folder: (&mailbox).into(), validity };
    anatomy.pieces.iter().for_each(|piece| piece.tell(args.uid, place, job));
    Ok(exit)
}
