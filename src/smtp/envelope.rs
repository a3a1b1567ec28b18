//! Envelopes: who sends, who receives, and what is asked of the servers on the way.

use super::parameters::{AuthParameter, DeliverBy, Hold, Notify, Ret};
use crate::addr_spec::AddrSpec;

/// All that MAIL and RCPT say of a message (RFC 5321 section 2.3.1).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Envelope {
    /// The reverse-path; `None` is the null one, `<>`, which no report ever answers (RFC 5321 section 4.5.5).
    pub sender: Option<AddrSpec>,
    /// The recipients, each once.
    pub recipients: Vec<Recipient>,
    /// What is asked for the message as a whole.
    pub parameters: Parameters,
}

/// A recipient and what is asked for it alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recipient {
    /// Where the mail is to go.
    pub address: AddrSpec,
    /// When to report (NOTIFY, RFC 3461 section 4.1).
    pub notify: Option<Notify>,
    /// The address that was first written, as reports name it (ORCPT, RFC 3461 section 4.2): a type and an address in
    /// plain text, such as `rfc822;ann@example.org`. It is encoded when it is sent.
    pub orcpt: Option<String>,
}

/// What is asked for a message as a whole; nothing, by default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parameters {
    /// How much of the message a report repeats (RET).
    pub ret: Option<Ret>,
    /// A name for this sending, repeated in reports (ENVID), in plain text; see [`envid`](super::parameters::envid).
    pub envid: Option<String>,
    /// Who submitted the message (AUTH).
    pub auth: Option<AuthParameter>,
    /// Every server on the way must use verified TLS (REQUIRETLS, RFC 8689).
    pub require_tls: bool,
    /// When it must have been delivered (BY).
    pub by: Option<DeliverBy>,
    /// Until when the server holds it (HOLDFOR, HOLDUNTIL).
    pub hold: Option<Hold>,
    /// Its priority, -9 to 9 (MT-PRIORITY); see [`priority`](super::parameters::priority).
    pub priority: Option<i8>,
}

impl Envelope {
    /// An envelope that asks for nothing special.
    pub fn new(sender: Option<AddrSpec>, recipients: impl IntoIterator<Item = AddrSpec>) -> Self {
        let recipients = recipients.into_iter().map(Recipient::new).collect();
        Self { sender, recipients, parameters: Parameters::default() }
    }

    /// Whether an address in it can be sent only with SMTPUTF8.
    pub fn needs_smtputf8(&self) -> bool {
        self.sender
            .iter()
            .chain(self.recipients.iter().map(|recipient| &recipient.address))
            .any(AddrSpec::needs_smtputf8)
    }
}

impl Recipient {
    /// A recipient for whom nothing special is asked.
    pub fn new(address: AddrSpec) -> Self {
        Self { address, notify: None, orcpt: None }
    }
}
