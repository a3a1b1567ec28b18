//! Messages and the transactions that carry them: one each, unless the server wants the recipients split.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::Partial;
use super::verdict::{Fate, Report, Stages};
use crate::error::{Error, Rejection};
use crate::smtp::capability::Limits;
use crate::smtp::content::Content;
use crate::smtp::envelope::Envelope;
use crate::smtp::reply::Reply;

/// The most recipients of a transaction where the server does not say how many it takes. It must take 100 (RFC 5321 section
/// 4.5.3.1.8), usual are 1,000, and there are servers that hang up on whoever asks for many more than they take.
const MOST_AT_ONCE: usize = 1000;

/// A message, and what is known of its fate.
pub(super) struct Job {
    tag: u64,
    envelope: Arc<Envelope>,
    pub(super) content: Arc<dyn Content>,
    pub(super) mail: String,
    pub(super) rcpts: Vec<String>,
    /// The recipients that are in no transaction yet.
    pub(super) waiting: VecDeque<usize>,
    /// Whether some of them were too many for a transaction.
    returned: bool,
    /// How many recipients the server has yet to answer.
    pub(super) asked: usize,
    fates: Vec<Option<Fate>>,
    /// How many of its transactions are not over.
    pub(super) open: usize,
    pub(super) stages: Stages,
}

impl Job {
    pub(super) fn new(
        tag: u64,
        envelope: Arc<Envelope>,
        content: Arc<dyn Content>,
        mail: String,
        rcpts: Vec<String>,
    ) -> Self {
        let count = envelope.recipients.len();
        let (waiting, fates) = ((0..count).collect(), vec![None; count]);
        Self {
            tag,
            envelope,
            content,
            mail,
            rcpts,
            waiting,
            returned: false,
            asked: 0,
            fates,
            open: 0,
            stages: Stages::default(),
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.content.size()
    }

    pub(super) fn is_done(&self) -> bool {
        self.open == 0 && self.fates.iter().all(Option::is_some)
    }

    /// Whether a transaction for those who wait may begin: if there are too many, more of them may come back.
    pub(super) fn is_ready(&self) -> bool {
        !self.waiting.is_empty() && (!self.returned || self.asked == 0)
    }

    /// These were too many for a transaction, and wait for another.
    pub(super) fn give_back(&mut self, recipients: impl IntoIterator<Item = usize>) {
        self.waiting.extend(recipients);
        self.returned = true;
    }

    /// Decides a recipient's fate; the first decision stands.
    pub(super) fn settle(&mut self, recipient: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(recipient) {
            slot.get_or_insert(fate);
        }
    }

    /// Whoever is in no transaction yet will not get it.
    pub(super) fn unsent_waiting(&mut self, error: &Arc<Error>) {
        for recipient in std::mem::take(&mut self.waiting) {
            self.settle(recipient, Fate::Unsent(Arc::clone(error)));
        }
    }

    /// Whoever has no fate yet will not get it.
    pub(super) fn unsent(&mut self, error: &Arc<Error>) {
        self.waiting.clear();
        for slot in &mut self.fates {
            slot.get_or_insert_with(|| Fate::Unsent(Arc::clone(error)));
        }
    }

    /// Those who wait and may share a transaction (RFC 9422 section 4).
    pub(super) fn take_group(&mut self, limits: &Limits, partial: Partial) -> Vec<usize> {
        // Whoever wants all or nobody asks for all at once.
        let unlimited = if partial == Partial::Abort { usize::MAX } else { MOST_AT_ONCE };
        let group = self.group(limits, unlimited);
        self.returned = false;
        self.waiting.drain(..group).collect()
    }

    pub(super) fn fits_one_transaction(&self, limits: &Limits) -> bool {
        self.group(limits, usize::MAX) == self.waiting.len()
    }

    fn group(&self, limits: &Limits, unlimited: usize) -> usize {
        // A limit of nobody makes no sense.
        let most = limits.rcpt_max.map_or(unlimited, |most| usize::try_from(most).unwrap_or(usize::MAX)).max(1);
        let most_domains =
            limits.rcpt_domain_max.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let mut count = self.waiting.len().min(most);
        if most_domains < count {
            let mut domains: Vec<String> = Vec::new();
            for (position, recipient) in self.waiting.iter().take(count).enumerate() {
                let recipient = self.envelope.recipients.get(*recipient);
                let domain = recipient.and_then(|recipient| recipient.address.domain()).unwrap_or_default();
                let domain = domain.to_lowercase();
                if !domains.contains(&domain) {
                    if domains.len() >= most_domains.max(1) {
                        count = position;
                        break;
                    }
                    domains.push(domain);
                }
            }
        }
        count
    }

    pub(super) fn report(self) -> Report {
        Report { tag: self.tag, fates: self.fates.into_iter().flatten().collect(), stages: self.stages }
    }
}

/// One MAIL and what belongs to it.
pub(super) struct Transaction {
    /// The number of its message.
    pub(super) job: u64,
    /// Those it is for, by their place in the envelope.
    pub(super) recipients: Vec<usize>,
    pub(super) sender: Sender,
    /// Those the server took.
    pub(super) accepted: Vec<usize>,
    /// The server takes no more of them.
    pub(super) full: bool,
    /// The first refusal of a recipient.
    pub(super) refusal: Option<Rejection>,
    pub(super) began_rcpt: Option<Instant>,
    /// The reply to DATA.
    pub(super) go: Option<Reply>,
    /// A chunk was refused: the rest of the message is not wanted.
    pub(super) cut: bool,
    /// The position in the output behind the last octet of the message, once that is queued.
    pub(super) end: Option<u64>,
    /// Nothing of it is left to be written.
    pub(super) written: bool,
    /// How many of its replies are to come.
    pub(super) due: usize,
}

/// What became of MAIL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sender {
    Unanswered,
    Accepted,
    Refused,
}

impl Transaction {
    pub(super) fn new(job: u64, recipients: Vec<usize>) -> Self {
        Self {
            job,
            recipients,
            sender: Sender::Unanswered,
            accepted: Vec::new(),
            full: false,
            refusal: None,
            began_rcpt: None,
            go: None,
            cut: false,
            end: None,
            written: false,
            due: 0,
        }
    }
}
