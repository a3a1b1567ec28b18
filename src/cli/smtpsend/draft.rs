//! From options and standard input to a letter: the message read or composed, its sender and recipients found, what is missing
//! added.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::aliases::Aliases;
use super::letter::Letter;
use super::plan::Plan;
use crate::addr_spec::AddrSpec;
use crate::cli::args::{Attachment, Author, Input, Sender, Smtpsend, Stage};
use crate::cli::exit::Failure;
use crate::cli::piped::Piped;
use crate::endpoint::Protocol;
use crate::error::Result;
use crate::mail::{self, Complete, Compose, Dot, Header, Mailbox, Message, Reading, address, compose};
use crate::net::Timeouts;
use crate::smtp::{Envelope, Parameters, Recipient};

/// Where a message comes from.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    /// It was read.
    Ready(Message),
    /// It is to be composed from options.
    Options,
}

/// A name for the sender, where whoever called has one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin<'a> {
    /// The sender's name, for a From field that has to be made up.
    pub(super) full_name: Option<&'a str>,
    /// The name of the user who sends, which fits no other sender that was named.
    pub(super) own_name: Option<&'a str>,
    /// The address to send from where nothing names one; as sendmail has it, the user who runs it.
    pub(super) address: Option<&'a AddrSpec>,
    /// The domain of names that stand alone, where no option says one.
    pub(super) domain: Option<&'a str>,
}

/// The plan with a domain for names that stand alone. A server that delivers itself knows its users without one.
pub(super) fn applied<'p>(plan: &'p Plan, origin: Origin<'_>) -> Cow<'p, Plan> {
    let delivery = &plan.args.delivery;
    match origin.domain {
        Some(domain) if delivery.qualify_domain.is_none() && plan.server.endpoint.protocol != Protocol::Lmtp => {
            let mut plan = plan.clone();
            plan.args.delivery.qualify_domain = Some(domain.to_owned());
            Cow::Owned(plan)
        }
        _ => Cow::Borrowed(plan),
    }
}

impl Draft {
    /// Reads the message if it is not to be composed.
    pub(super) fn read(args: &Smtpsend, input: &mut dyn Read, dot: Dot) -> Result<Self> {
        if args.compose.is_asked_for() {
            return Ok(Self::Options);
        }
        Message::read(input, &Reading { dot }).map(Self::Ready)
    }

    /// Who seems to send it, as far as an account can be chosen by that.
    pub(super) fn sender(&self, args: &Smtpsend) -> Option<AddrSpec> {
        match (typed_sender(args), self) {
            (Some(Some(address)), _) => Some(address.clone()),
            (_, Self::Ready(message)) => author(&message.header).map(|mailbox| mailbox.address),
            (_, Self::Options) => args.envelope.from.as_ref().and_then(Author::address).cloned(),
        }
    }

    /// The letter.
    ///
    /// Fails with 64 if there is nobody to send it to or from, and with [`Error::InvalidInput`] where the message or an address
    /// makes no sense.
    pub(super) fn letter(self, plan: &Plan, origin: Origin<'_>) -> Result<Letter, Failure> {
        let mut message = match self {
            Self::Ready(message) => message,
            Self::Options => composed(plan, origin)?,
        };
        let sender = envelope_sender(&message.header, plan, origin)?;
        let plan = &applied(plan, origin);
        let args = &plan.args;
        let mut recipients = typed_recipients(args)?;
        if args.envelope.recipients_from_headers {
            recipients.extend(mail::recipients(&message.header)?);
        }
        finish(&mut message, sender.as_ref(), plan, origin)?;
        let recipients = addressed(recipients, args)?;
        let needed = args.debug.end().is_none_or(|(stage, _)| stage >= Stage::Rcpt);
        if recipients.is_empty() && needed {
            return Err(Failure::usage(match args.envelope.recipients_from_headers {
                true => "no recipients: the message has none in To, Cc and Bcc, and none was named",
                false => "no recipients: name them, or take them from the message with -t",
            }));
        }
        let envelope = Envelope {
            sender,
            parameters: parameters(args),
            recipients: recipients
                .into_iter()
                .map(|address| Recipient { notify: args.delivery.notify, ..Recipient::new(address) })
                .collect(),
        };
        Ok(Letter { id: String::new(), envelope: Arc::new(envelope), message: Arc::new(message) })
    }
}

/// The letter of a message that came with its envelope.
///
/// Fails with [`Error::InvalidInput`] where the message or an address makes no sense.
pub(super) fn submitted(
    mut message: Message,
    envelope: Envelope,
    plan: &Plan,
    origin: Origin<'_>,
) -> Result<Letter, Failure> {
    let Envelope { sender, recipients, parameters } = envelope;
    let sender = sender.map(|address| at_home(address, plan, origin)).transpose()?;
    let plan = &applied(plan, origin);
    finish(&mut message, sender.as_ref(), plan, origin)?;
    let envelope = Envelope { sender, recipients: resolved(recipients, &plan.args)?, parameters };
    Ok(Letter { id: String::new(), envelope: Arc::new(envelope), message: Arc::new(message) })
}

/// Recipients with what is asked for each, as [`addressed`] has them.
fn resolved(recipients: Vec<Recipient>, args: &Smtpsend) -> Result<Vec<Recipient>> {
    let aliases = args.delivery.aliases.as_deref().map(Aliases::read).transpose()?;
    let mut all: Vec<Recipient> = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let meant = match &aliases {
            Some(aliases) => aliases.expand(vec![recipient.address.clone()]),
            None => vec![recipient.address.clone()],
        };
        for address in meant {
            let address = match &args.delivery.qualify_domain {
                Some(domain) => address.qualified(domain)?,
                None => address,
            };
            all.push(Recipient { address, ..recipient.clone() });
        }
    }
    // Of those that are the same, the first stays.
    let mut distinct =
        mail::distinct(all.iter().map(|recipient| recipient.address.clone()).collect()).into_iter().peekable();
    all.retain(|recipient| distinct.next_if(|address| *address == recipient.address).is_some());
    Ok(all)
}

/// Recipients as they were typed, with the domain and the aliases that options give them, each once.
pub(super) fn addressed(recipients: Vec<AddrSpec>, args: &Smtpsend) -> Result<Vec<AddrSpec>> {
    let mut recipients = recipients;
    if let Some(path) = &args.delivery.aliases {
        recipients = Aliases::read(path)?.expand(recipients);
    }
    if let Some(domain) = &args.delivery.qualify_domain {
        recipients = recipients.iter().map(|address| address.qualified(domain)).collect::<Result<_>>()?;
    }
    Ok(mail::distinct(recipients))
}

/// Whom the command line names, in the order of its help.
pub(super) fn typed_recipients(args: &Smtpsend) -> Result<Vec<AddrSpec>> {
    let lists = [&args.recipients, &args.envelope.to, &args.envelope.cc, &args.envelope.bcc];
    let mut found = Vec::new();
    for list in lists.into_iter().flatten() {
        found.extend(address::parse_list(list.as_bytes())?.into_iter().map(|mailbox| mailbox.address));
    }
    Ok(found)
}

/// Who sends, as far as that is typed: `Some(None)` is nobody.
fn typed_sender(args: &Smtpsend) -> Option<Option<&AddrSpec>> {
    let envelope = args.envelope.envelope_from.as_ref().map(Sender::address);
    envelope.or_else(|| args.envelope.from.as_ref().map(Author::address))
}

/// What the options ask of the server.
pub(super) fn parameters(args: &Smtpsend) -> Parameters {
    let delivery = &args.delivery;
    Parameters {
        ret: delivery.ret,
        envid: delivery.envid.clone(),
        auth: delivery.mail_auth.clone(),
        require_tls: delivery.require_tls,
        by: delivery.by,
        hold: delivery.hold_for,
        priority: delivery.priority,
    }
}

/// The author, as a header names one: of the resending first (RFC 5322 section 3.6.6), the sender where there are several authors.
fn author(header: &Header) -> Option<Mailbox> {
    ["Resent-Sender", "Resent-From", "Sender", "From"]
        .into_iter()
        .filter_map(|name| header.get(name))
        .find_map(|field| address::parse_list(&field.unfolded()).ok()?.into_iter().next())
}

/// The envelope's sender: what is typed, else the message's author, else the account's address; `None` for the empty one.
fn envelope_sender(header: &Header, plan: &Plan, origin: Origin<'_>) -> Result<Option<AddrSpec>, Failure> {
    let args = &plan.args;
    let address = match typed_sender(args) {
        Some(None) => return Ok(None),
        Some(Some(address)) => address.clone(),
        None if args.delivery.force_from => match plan.addresses.first() {
            Some(address) => address.clone(),
            None => return Err(Failure::config("--force-from needs --from, or the account's \"address\"")),
        },
        None => {
            let known = author(header).map(|mailbox| mailbox.address);
            let known = known.or_else(|| plan.addresses.first().cloned());
            known.or_else(|| origin.address.cloned()).ok_or_else(|| {
                Failure::usage("no sender: use -f ADDR, or set \"address\" for the account in the configuration file")
            })?
        }
    };
    at_home(address, plan, origin).map(Some)
}

/// A sender's name that stands alone, with its domain. A user of this machine is nobody to a server elsewhere: if options say
/// no domain, the account's own address stands for its users.
fn at_home(address: AddrSpec, plan: &Plan, origin: Origin<'_>) -> Result<AddrSpec, Failure> {
    let qualified = match (&plan.args.delivery.qualify_domain, plan.addresses.first(), origin.domain) {
        (Some(domain), ..) => address.qualified(domain)?,
        (None, Some(own), _) if origin.address.is_some() && address.domain().is_none() => own.clone(),
        (None, _, Some(domain)) => address.qualified(domain)?,
        (None, ..) => address,
    };
    Ok(qualified)
}

/// Takes out what nobody may see, and adds what every message has.
fn finish(message: &mut Message, sender: Option<&AddrSpec>, plan: &Plan, origin: Origin<'_>) -> Result<()> {
    let args = &plan.args;
    message.strip_bcc();
    message.strip_delivery_fields();
    if let Some(domain) = &args.delivery.qualify_domain {
        mail::qualify(&mut message.header, domain)?;
    }
    let from = from(sender, plan, origin);
    if let Some(from) = from.as_ref().filter(|_| args.delivery.force_from) {
        message.force_from(from)?;
    }
    let domain = sender.and_then(AddrSpec::domain).map(str::to_owned);
    let domain = domain
        .or_else(|| args.delivery.qualify_domain.clone())
        .unwrap_or_else(|| plan.server.endpoint.host().to_owned());
    let complete = Complete { from: from.as_ref(), message_id_domain: &domain, now: SystemTime::now() };
    message.complete(&complete)
}

/// Whom a From field names that has to be made up.
fn from(sender: Option<&AddrSpec>, plan: &Plan, origin: Origin<'_>) -> Option<Mailbox> {
    let mut from = match &plan.args.envelope.from {
        Some(Author::Mailbox(mailbox)) => Some(mailbox.clone()),
        _ => None,
    };
    // As sendmail has it, -f is the author too.
    from = from.or_else(|| origin.address.and(sender).map(named));
    from = from.or_else(|| plan.addresses.first().map(named));
    let address = || sender.cloned().or_else(|| origin.address.cloned());
    let mut from = from.or_else(|| address().map(|address| named(&address)))?;
    if from.name.is_none() {
        let is_own = |known: &AddrSpec| known.same(&from.address);
        let is_users = origin.address.is_some_and(is_own) || plan.addresses.iter().any(is_own);
        let own = origin.own_name.filter(|_| is_users && typed_sender(&plan.args).is_none());
        from.name = origin.full_name.or(own).map(str::to_owned);
    }
    if let Some(domain) = &plan.args.delivery.qualify_domain
        && let Ok(qualified) = from.address.qualified(domain)
    {
        from.address = qualified;
    }
    Some(from)
}

fn named(address: &AddrSpec) -> Mailbox {
    Mailbox { name: None, address: address.clone() }
}

fn composed(plan: &Plan, origin: Origin<'_>) -> Result<Message, Failure> {
    let args = &plan.args;
    let options = &args.compose;
    let timeouts = &plan.server.timeouts;
    // It is taken out before anything is sent, so whom it names would get nothing and nobody would know.
    let is_bcc = |name: &str| ["Bcc", "Resent-Bcc"].iter().any(|bcc| name.eq_ignore_ascii_case(bcc));
    if !args.envelope.recipients_from_headers && options.header.iter().any(|field| is_bcc(&field.name)) {
        return Err(Failure::usage(
            "--header Bcc: nobody gets mail by it; use --bcc, or -t to take recipients from the header",
        ));
    }
    let mailboxes = |lists: &[String]| -> Result<Vec<Mailbox>> {
        let mut found = Vec::new();
        for list in lists {
            found.extend(address::parse_list(list.as_bytes())?);
        }
        Ok(found)
    };
    let to: Vec<String> = args.recipients.iter().chain(&args.envelope.to).cloned().collect();
    let text = match &options.body {
        Some(body) => Some(compose::Source::Bytes(body.clone().into_bytes())),
        None => options.text_input().map(|input| source(&input, timeouts)).transpose()?,
    };
    let mut attachments = Vec::new();
    for attachment in &options.attach {
        attachments.push(attached(attachment, timeouts)?);
    }
    let mut inline = Vec::new();
    for part in &options.inline {
        inline.push(compose::Inline { attachment: attached(&part.attachment, timeouts)?, cid: part.cid.clone() });
    }
    let compose = Compose {
        from: from(None, plan, origin),
        to: mailboxes(&to)?,
        cc: mailboxes(&args.envelope.cc)?,
        reply_to: mailboxes(options.reply_to.as_slice())?,
        subject: options.subject.clone(),
        in_reply_to: options.in_reply_to.clone(),
        headers: options.header.iter().map(|field| (field.name.clone(), field.value.clone())).collect(),
        text,
        html: options.html.as_ref().map(|input| source(input, timeouts)).transpose()?,
        attachments,
        inline,
        ..Compose::default()
    };
    Ok(compose.build()?)
}

fn attached(attachment: &Attachment, timeouts: &Timeouts) -> Result<compose::Attachment, Failure> {
    Ok(compose::Attachment {
        source: source(&attachment.input, timeouts)?,
        name: Some(attachment.name.clone()),
        media_type: attachment.media_type.clone(),
    })
}

/// An option's file, which must be there before anything is sent.
fn source(input: &Input, timeouts: &Timeouts) -> Result<compose::Source, Failure> {
    match input {
        Input::Stdin => Ok(compose::Source::Reader(Box::new(Piped::stdin(timeouts.clone())?))),
        Input::Path(path) => match readable(path) {
            Ok(()) => Ok(compose::Source::File(path.clone())),
            Err(error) => Err(Failure::no_input(path, &error)),
        },
    }
}

/// Opening a FIFO would wait for its writer, and a folder can be opened and not read.
fn readable(path: &Path) -> io::Result<()> {
    let found = path.metadata()?;
    if found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    File::open(path).map(drop)
}
