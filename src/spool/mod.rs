//! smtpsend's outgoing queue: mail that is to be sent later, kept in files that outlive a crash.
//!
//! ```text
//! DIR/queue/ID     a mail that waits: a header of readable text, an empty line, the message's exact octets
//! DIR/failed/ID    a mail that is given up
//! DIR/state/ID     what became of it so far: attempts, back-off, recipients that are done or refused, and why
//! DIR/damaged/     what could not be read, moved out of the way and never deleted
//! DIR/tmp/         mails that are being written
//! ```
//!
//! A mail's file never changes; its state is replaced as a whole, so that a kill or a power cut leaves the old one or
//! the new one. Whoever works on a mail holds the kernel's lock on its file, which dies with the process. Before a mail
//! is sent, [`Taken::begin`] records that durably, so that after a crash its fate is known to be unknown.
//!
//! # Example
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::SystemTime;
//!
//! use mailwire::spool::{Addressee, Queue, Settled, Ticket, Verdict};
//!
//! fn later(queue: &Queue, mut message: &[u8]) -> mailwire::Result<()> {
//!     let ticket = Ticket {
//!         account: "work".into(),
//!         sender: Some("ann@example.org".into()),
//!         recipients: vec![Addressee { address: "bob@example.net".into(), options: Vec::new() }],
//!         options: vec![("ret".into(), "hdrs".into())],
//!         message_id: None,
//!         created: SystemTime::now(),
//!     };
//!     let id = queue.add(&ticket, &mut message)?;
//!     eprintln!("{id} waits, whatever happens to this process");
//!     Ok(())
//! }
//!
//! fn run(queue: &Queue, send: impl Fn(&str, &mut dyn std::io::Read) -> Verdict) -> mailwire::Result<()> {
//!     for id in queue.due(SystemTime::now())? {
//!         // `None`: another process sends it, or has sent it.
//!         let Some(mut mail) = queue.take(&id)? else { continue };
//!         mail.begin(SystemTime::now())?;
//!         let verdicts: Vec<(usize, Verdict)> =
//!             mail.pending().map(|(n, to)| (n, send(&to.address, &mut mail.body().open()))).collect();
//!         if let Settled::Failed { why, .. } = mail.settle(&verdicts, SystemTime::now())? {
//!             eprintln!("{id} failed: {why}");
//!         }
//!     }
//!     Ok(())
//! }
//!
//! # fn main() -> mailwire::Result<()> {
//! let queue = Queue::open(Path::new("/home/ann/.local/state/mailwire/smtpsend/queue"))?;
//! later(&queue, b"Subject: hello\r\n\r\nhello\r\n")?;
//! run(&queue, |_to, _message| Verdict::Done)
//! # }
//! ```

mod backoff;
mod home;
mod id;
mod listing;
mod mail;
mod place;
mod queue;
mod record;
mod state;
mod taken;
#[cfg(test)]
mod tests;

pub use backoff::{LIFE, LONGEST_WAIT, backoff};
pub use id::Id;
pub use listing::{Entry, Fate, Status};
pub use mail::{Addressee, Ticket};
pub use place::{Offers, SYSTEM_SPOOL, SystemSpool, UserQueue, is_makeable, of_users, place};
pub use queue::Queue;
pub use taken::{Body, Settled, Taken, Verdict};
