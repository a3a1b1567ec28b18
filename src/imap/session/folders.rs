//! Mailboxes as a whole: LIST in its variants, STATUS, and what makes, renames and removes them (RFC 9051 section 6.3).

use std::collections::VecDeque;

use super::{Authenticated, Session};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::{Command, is_astring_char};
use crate::imap::mailbox::Mailbox;
use crate::imap::receiver::{Ignore, Receiver};
use crate::imap::special_use::SpecialUse;

/// How many STATUS commands are on their way at a time, or others of a mailbox each.
pub(super) const WINDOW: usize = 64;

/// What STATUS tells of a mailbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusItem {
    /// MESSAGES.
    Messages,
    /// RECENT (RFC 3501).
    Recent,
    /// UNSEEN.
    Unseen,
    /// UIDNEXT.
    UidNext,
    /// UIDVALIDITY.
    UidValidity,
    /// DELETED (RFC 9051).
    Deleted,
    /// SIZE (RFC 8438).
    Size,
    /// HIGHESTMODSEQ (RFC 7162).
    HighestModSeq,
    /// MAILBOXID (RFC 8474).
    MailboxId,
    /// APPENDLIMIT (RFC 7889).
    AppendLimit,
}

impl StatusItem {
    fn name(self) -> &'static str {
        match self {
            Self::Messages => "MESSAGES",
            Self::Recent => "RECENT",
            Self::Unseen => "UNSEEN",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Deleted => "DELETED",
            Self::Size => "SIZE",
            Self::HighestModSeq => "HIGHESTMODSEQ",
            Self::MailboxId => "MAILBOXID",
            Self::AppendLimit => "APPENDLIMIT",
        }
    }
}

/// What is to be told of each mailbox that LIST finds.
#[derive(Clone, Debug, Default)]
pub struct ListReturn {
    /// Whether it is subscribed (RFC 5258).
    pub subscribed: bool,
    /// Whether there are others below it (RFC 5258).
    pub children: bool,
    /// What it is for (RFC 6154).
    pub special_use: bool,
    /// What we may do with it (RFC 8440).
    pub my_rights: bool,
    /// Counts (RFC 5819); empty for none.
    pub status: Vec<StatusItem>,
    /// Annotations (RFC 9590), by entry names that need no quotes: `/private/comment`.
    pub metadata: Vec<String>,
}

/// Whether a mailbox is to be subscribed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subscription {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Which mailboxes LIST is to find.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Selecting {
    /// Those that are there.
    #[default]
    Present,
    /// Those that are subscribed, there or not.
    Subscribed,
}

impl Session<Authenticated> {
    /// LIST of everything that matches a pattern (`*` for all levels, `%` for one), with what the server can tell in the same
    /// trip. What `wanted` has and the server does not offer is left out: [`Session::list_return`] tells beforehand.
    ///
    /// Fails with [`Error::InvalidInput`] on a pattern that can be no name, or an annotation whose name is no plain word.
    pub fn list(
        &mut self,
        pattern: &str,
        selecting: Selecting,
        wanted: &ListReturn,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        // `%` and `*` cannot be quoted in LIST; anything else that is no name is no pattern either.
        let pattern = Mailbox::parse(pattern)?.to_wire(self.engine.state.dialect.names);
        self.list_wire(&pattern, selecting, wanted, receiver)
    }

    /// LIST of a mailbox and of all that is below it, as [`Session::list`]. `%` and `*` in names cannot be quoted: more may be
    /// told than that, and [`Mailbox::is_below`] tells what is meant.
    pub fn list_family(
        &mut self,
        mailbox: &Mailbox,
        selecting: Selecting,
        wanted: &ListReturn,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        let mut pattern = mailbox.to_wire(self.engine.state.dialect.names);
        pattern.push(b'*');
        self.list_wire(&pattern, selecting, wanted, receiver)
    }

    fn list_wire(
        &mut self,
        pattern: &[u8],
        selecting: Selecting,
        wanted: &ListReturn,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        wanted.check()?;
        let wanted = self.list_return(wanted);
        if !self.has(Extension::ListExtended) {
            let verb = if selecting == Selecting::Subscribed { "LSUB" } else { "LIST" };
            let command = Command::new(verb).astring("").list_mailbox(pattern);
            return self.engine.run(&command, receiver).map(drop);
        }
        let mut command = Command::new("LIST");
        if selecting == Selecting::Subscribed {
            command = command.word("(SUBSCRIBED)");
        }
        command = command.astring("").list_mailbox(pattern);
        let options = wanted.words();
        if !options.is_empty() {
            command = command.word(format!("RETURN ({})", options.join(" ")));
        }
        self.engine.run(&command.patient(), receiver).map(drop)
    }

    /// What of this LIST can tell here in one trip.
    pub fn list_return(&self, wanted: &ListReturn) -> ListReturn {
        let extended = self.has(Extension::ListExtended);
        let rev2 = self.capabilities().is_some_and(|capabilities| capabilities.tells_special_use());
        ListReturn {
            subscribed: wanted.subscribed && extended,
            children: wanted.children && extended,
            special_use: wanted.special_use && extended && (self.has(Extension::SpecialUse) || rev2),
            my_rights: wanted.my_rights && extended && self.has(Extension::ListMyRights),
            status: match extended && self.has(Extension::ListStatus) {
                true => self.status_items(&wanted.status),
                false => Vec::new(),
            },
            metadata: match extended && self.has(Extension::ListMetadata) {
                true => wanted.metadata.clone(),
                false => Vec::new(),
            },
        }
    }

    /// Those of the items that the server knows.
    pub fn status_items(&self, wanted: &[StatusItem]) -> Vec<StatusItem> {
        let rev2 = self.has(Extension::Imap4rev2);
        let knows = |item: &StatusItem| match item {
            StatusItem::Messages | StatusItem::Unseen | StatusItem::UidNext | StatusItem::UidValidity => true,
            // RFC 9051 has done away with it, but a server of both knows it.
            StatusItem::Recent => self.has(Extension::Imap4rev1),
            StatusItem::Deleted => rev2 || self.has(Extension::QuotaResource),
            StatusItem::Size => rev2 || self.has(Extension::StatusSize),
            StatusItem::HighestModSeq => self.has(Extension::Condstore),
            // Quirk: beside other items Cyrus 3.6 sends octets of its memory in the place of the id.
            StatusItem::MailboxId => self.has(Extension::ObjectId) && wanted.len() == 1,
            // Quirk: Cyrus 3.6 has the capability with the limit of all mailboxes, and answers BAD to the item.
            StatusItem::AppendLimit => {
                self.has(Extension::AppendLimit) && self.engine.state.capabilities.append_limit.is_none()
            }
        };
        wanted.iter().copied().filter(knows).collect()
    }

    /// STATUS of these mailboxes, many ahead of their completions. What the server refuses is given back, and is no error.
    pub fn status<'m>(
        &mut self,
        mailboxes: impl IntoIterator<Item = &'m Mailbox>,
        items: &[StatusItem],
        receiver: &mut dyn Receiver,
    ) -> Result<Vec<(&'m Mailbox, Error)>> {
        let words: Vec<&str> = items.iter().map(|item| item.name()).collect();
        let words = format!("({})", words.join(" "));
        self.of_each(mailboxes, |mailbox| Command::new("STATUS").mailbox(mailbox).word(&words), receiver)
    }

    /// MYRIGHTS of these mailboxes, in the same way (RFC 4314 section 3.5). [`Error::Unsupported`] without ACL.
    pub fn my_rights<'m>(
        &mut self,
        mailboxes: impl IntoIterator<Item = &'m Mailbox>,
        receiver: &mut dyn Receiver,
    ) -> Result<Vec<(&'m Mailbox, Error)>> {
        self.needs_acl()?;
        self.of_each(mailboxes, |mailbox| Command::new("MYRIGHTS").mailbox(mailbox), receiver)
    }

    fn of_each<'m>(
        &mut self,
        mailboxes: impl IntoIterator<Item = &'m Mailbox>,
        command: impl Fn(&Mailbox) -> Command,
        receiver: &mut dyn Receiver,
    ) -> Result<Vec<(&'m Mailbox, Error)>> {
        let mut refused = Vec::new();
        let mut tickets: VecDeque<(&Mailbox, _)> = VecDeque::new();
        let mut mailboxes = mailboxes.into_iter().fuse();
        loop {
            while tickets.len() < WINDOW
                && let Some(mailbox) = mailboxes.next()
            {
                tickets.push_back((mailbox, self.engine.submit(&command(mailbox), receiver)?));
            }
            let Some((mailbox, ticket)) = tickets.pop_front() else { return Ok(refused) };
            match self.engine.wait(ticket, receiver) {
                Ok(_) => {}
                Err(error @ Error::Rejected(_)) => refused.push((mailbox, error)),
                Err(error) => return Err(error),
            }
        }
    }

    /// CREATE, for a use if one is given (RFC 6154 section 3), which the server must offer.
    pub fn create(&mut self, mailbox: &Mailbox, special_use: Option<SpecialUse>) -> Result<()> {
        let command = Command::new("CREATE").mailbox(mailbox);
        match special_use {
            None => self.simple(command),
            Some(_) if !self.has(Extension::CreateSpecialUse) => {
                Err(Error::Unsupported("the server does not offer CREATE-SPECIAL-USE".into()))
            }
            Some(special_use) => self.simple(command.word(format!("(USE ({}))", special_use.attribute()))),
        }
    }

    /// DELETE, with all messages in it.
    pub fn delete(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.simple(Command::new("DELETE").mailbox(mailbox).patient())
    }

    /// RENAME, of what is below it too.
    pub fn rename(&mut self, from: &Mailbox, to: &Mailbox) -> Result<()> {
        self.simple(Command::new("RENAME").mailbox(from).mailbox(to).patient())
    }

    /// SUBSCRIBE or UNSUBSCRIBE of these mailboxes, many ahead of their completions. What the server refuses is given back, and
    /// is no error.
    pub fn subscribe<'m>(
        &mut self,
        mailboxes: impl IntoIterator<Item = &'m Mailbox>,
        subscription: Subscription,
    ) -> Result<Vec<(&'m Mailbox, Error)>> {
        let verb = match subscription {
            Subscription::On => "SUBSCRIBE",
            Subscription::Off => "UNSUBSCRIBE",
        };
        self.of_each(mailboxes, |mailbox| Command::new(verb).mailbox(mailbox), &mut Ignore)
    }

    /// NAMESPACE (RFC 2342), which the server must offer.
    pub fn namespace(&mut self, receiver: &mut dyn Receiver) -> Result<()> {
        self.engine.run(&Command::new("NAMESPACE"), receiver).map(drop)
    }

    /// ID (RFC 2971): tells these fields, or NIL, and hears the server's.
    pub fn id(&mut self, fields: &[(&str, &str)], receiver: &mut dyn Receiver) -> Result<()> {
        let mut command = Command::new("ID");
        if fields.is_empty() {
            command = command.word("NIL");
        }
        for (at, (name, value)) in fields.iter().enumerate() {
            let open = if at == 0 { " (" } else { " " };
            command = command.raw(open).bare_string(name).string(value);
        }
        if !fields.is_empty() {
            command = command.raw(")");
        }
        self.engine.run(&command, receiver).map(drop)
    }

    fn simple(&mut self, command: Command) -> Result<()> {
        self.engine.run(&command, &mut Ignore).map(drop)
    }
}

impl ListReturn {
    /// The names of annotations stand in the command as they are.
    fn check(&self) -> Result<()> {
        let is_plain = |entry: &&String| !entry.is_empty() && entry.bytes().all(is_astring_char);
        match self.metadata.iter().find(|entry| !is_plain(entry)) {
            None => Ok(()),
            Some(entry) => {
                let entry = crate::text::sanitize_capped(entry.as_bytes(), 60);
                Err(Error::InvalidInput(format!("\"{entry}\" cannot be an annotation's name")))
            }
        }
    }

    fn words(&self) -> Vec<String> {
        let flags = [
            (self.subscribed, "SUBSCRIBED"),
            (self.children, "CHILDREN"),
            (self.special_use, "SPECIAL-USE"),
            (self.my_rights, "MYRIGHTS"),
        ];
        let mut words: Vec<String> =
            flags.into_iter().filter(|(wanted, _)| *wanted).map(|(_, word)| word.to_owned()).collect();
        if !self.status.is_empty() {
            let items: Vec<&str> = self.status.iter().map(|item| item.name()).collect();
            words.push(format!("STATUS ({})", items.join(" ")));
        }
        if !self.metadata.is_empty() {
            words.push(format!("METADATA ({})", self.metadata.join(" ")));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_named_by_plain_words_only() {
        let wanted = |entry: &str| ListReturn { metadata: vec![entry.into()], ..ListReturn::default() };
        assert!(wanted("/private/comment").check().is_ok() && wanted("/shared/vendor/x]y").check().is_ok());
        for entry in
            ["", "/private/a b", "/private/x) LOGOUT", "/private/x\r\na LOGOUT", "/private/*", "/private/\u{fc}"]
        {
            assert!(matches!(wanted(entry).check(), Err(Error::InvalidInput(_))), "{entry:?}");
        }
    }
}
