//! Response codes: what a status response says to programs (RFC 9051 section 7.1, RFC 5530, and the extensions named below).

pub(super) mod parse;

use std::borrow::Cow;

use super::cursor::Text;
use super::flags::Flags;
use super::ranges::Ranges;
use crate::imap::number::{ModSeq, SeqNum, Uid, UidValidity};
use crate::text::sanitize;

/// A response code with its arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Code<'a> {
    /// The text must be shown to the user.
    Alert,
    /// The name exists already (RFC 5530).
    AlreadyExists,
    /// UIDs that appended messages got, in the order of the messages (RFC 4315).
    AppendUid {
        /// What they hold with.
        validity: UidValidity,
        /// The UIDs.
        uids: Ranges<'a>,
    },
    /// The credentials were refused (RFC 5530).
    AuthenticationFailed,
    /// The identity may not be assumed (RFC 5530).
    AuthorizationFailed,
    /// The charset of a search is not known; these are.
    BadCharset(Vec<Text<'a>>),
    /// The comparator is not known (RFC 5255).
    BadComparator,
    /// NOTIFY does not know an event; these are known (RFC 5465).
    BadEvent(Vec<Text<'a>>),
    /// A URL of CATENATE cannot be used (RFC 4469).
    BadUrl(Text<'a>),
    /// This never works (RFC 5530).
    Cannot,
    /// What the server can do.
    Capability(Vec<Text<'a>>),
    /// The client is at fault (RFC 5530).
    ClientBug,
    /// The mailbox selected before is so no more (RFC 7162).
    Closed,
    /// There is compression already (RFC 4978).
    CompressionActive,
    /// Only the administrator can help (RFC 5530).
    ContactAdmin,
    /// UIDs of copies, paired by place (RFC 4315).
    CopyUid {
        /// What the destination's hold with.
        validity: UidValidity,
        /// UIDs of the originals.
        source: Ranges<'a>,
        /// UIDs of the copies.
        destination: Ranges<'a>,
    },
    /// Data is damaged (RFC 5530).
    Corruption,
    /// The password has expired (RFC 5530).
    Expired,
    /// A message was expunged meanwhile (RFC 5530).
    ExpungeIssued,
    /// The mailbox has others below it and cannot be deleted.
    HasChildren,
    /// The mailbox's highest modification sequence; `None` for a value that is none, as if it were [`Code::NoModSeq`].
    HighestModSeq(Option<ModSeq>),
    /// How far a command has come (RFC 9585).
    InProgress(Progress<'a>),
    /// Something else uses it; later may do (RFC 5530).
    InUse,
    /// A limit of the server was met (RFC 5530).
    Limit,
    /// The mailbox's identity (RFC 8474).
    MailboxId(Text<'a>),
    /// Only so many messages were handled (RFC 9738).
    MessageLimit {
        /// How many are handled at once.
        limit: u32,
        /// The lowest UID that was.
        uid: Option<Uid>,
    },
    /// Entries left out because they are longer; this is the longest (RFC 5464).
    MetadataLongEntries(u64),
    /// An entry is too long; this is the limit (RFC 5464).
    MetadataMaxSize(u64),
    /// There are no private entries here (RFC 5464).
    MetadataNoPrivate,
    /// No more entries fit (RFC 5464).
    MetadataTooMany,
    /// Messages that were changed by somebody else and therefore not by the command (RFC 7162).
    Modified(Ranges<'a>),
    /// The mailbox has no modification sequences (RFC 7162).
    NoModSeq,
    /// No such mailbox (RFC 5530).
    NonExistent,
    /// Not permitted (RFC 5530).
    NoPerm,
    /// The result of a search could not be kept (RFC 5182).
    NotSaved,
    /// NOTIFY was switched off: too much happens (RFC 5465).
    NotificationOverflow,
    /// This search cannot be updated (RFC 5267).
    NoUpdate(Option<Text<'a>>),
    /// Over the quota (RFC 5530).
    OverQuota,
    /// A message could not be parsed by the server.
    Parse,
    /// The flags that stay.
    PermanentFlags(Flags<'a>),
    /// TLS is needed first (RFC 5530).
    PrivacyRequired,
    /// The mailbox cannot be changed.
    ReadOnly,
    /// The mailbox can be changed.
    ReadWrite,
    /// What was asked for is there (RFC 2221, RFC 2193). Shown, never followed.
    Referral(Text<'a>),
    /// The server is at fault (RFC 5530).
    ServerBug,
    /// Something failed that may not later (RFC 4467, RFC 5259).
    TempFail,
    /// The message is too big (RFC 7889, RFC 4469).
    TooBig,
    /// The mailbox is to be created first.
    TryCreate,
    /// The next UID; `None` for a value that is none.
    UidNext(Option<Uid>),
    /// UIDs change from session to session (RFC 4315).
    UidNotSticky,
    /// Only commands with UIDs are allowed (RFC 9586).
    UidRequired,
    /// What UIDs hold with; `None` for a value that is none.
    UidValidity(Option<UidValidity>),
    /// Something behind the server does not answer; later it may (RFC 5530).
    Unavailable,
    /// No such filter (RFC 5466).
    UndefinedFilter(Text<'a>),
    /// The server cannot decode the part (RFC 3516).
    UnknownCte,
    /// The first unseen message; `None` for a value that is none.
    Unseen(Option<SeqNum>),
    /// A special use cannot be had (RFC 6154).
    UseAttr,
    /// Any other, or one of the above whose arguments make no sense.
    Other {
        /// The name, in the server's case, raw.
        name: Text<'a>,
        /// All that follows, raw.
        arguments: Text<'a>,
    },
}

/// How far a command has come (RFC 9585).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress<'a> {
    /// The tag of the command, if the server says so.
    pub tag: Option<Text<'a>>,
    /// How much is done.
    pub done: Option<u64>,
    /// Of how much.
    pub of: Option<u64>,
}

/// Those without arguments.
static PLAIN: [(&str, Code<'static>); 40] = [
    ("ALERT", Code::Alert),
    ("ALREADYEXISTS", Code::AlreadyExists),
    ("AUTHENTICATIONFAILED", Code::AuthenticationFailed),
    ("AUTHORIZATIONFAILED", Code::AuthorizationFailed),
    ("BADCOMPARATOR", Code::BadComparator),
    ("CANNOT", Code::Cannot),
    ("CLIENTBUG", Code::ClientBug),
    ("CLOSED", Code::Closed),
    ("COMPRESSIONACTIVE", Code::CompressionActive),
    ("CONTACTADMIN", Code::ContactAdmin),
    ("CORRUPTION", Code::Corruption),
    ("EXPIRED", Code::Expired),
    ("EXPUNGEISSUED", Code::ExpungeIssued),
    ("HASCHILDREN", Code::HasChildren),
    ("INUSE", Code::InUse),
    ("LIMIT", Code::Limit),
    ("METADATA NOPRIVATE", Code::MetadataNoPrivate),
    ("METADATA TOOMANY", Code::MetadataTooMany),
    ("NOMODSEQ", Code::NoModSeq),
    ("NONEXISTENT", Code::NonExistent),
    ("NOPERM", Code::NoPerm),
    ("NOTIFICATIONOVERFLOW", Code::NotificationOverflow),
    ("NOTSAVED", Code::NotSaved),
    ("OVERQUOTA", Code::OverQuota),
    ("PARSE", Code::Parse),
    ("PRIVACYREQUIRED", Code::PrivacyRequired),
    ("READ-ONLY", Code::ReadOnly),
    ("READ-WRITE", Code::ReadWrite),
    ("SERVERBUG", Code::ServerBug),
    ("TEMPFAIL", Code::TempFail),
    ("TOOBIG", Code::TooBig),
    ("TRYCREATE", Code::TryCreate),
    ("UIDNOTSTICKY", Code::UidNotSticky),
    ("UIDREQUIRED", Code::UidRequired),
    ("UNAVAILABLE", Code::Unavailable),
    ("UNKNOWN-CTE", Code::UnknownCte),
    ("USEATTR", Code::UseAttr),
    // Names that servers use for the same.
    ("NO-PERM", Code::NoPerm),
    ("OVER-QUOTA", Code::OverQuota),
    ("UNKNOWN_CTE", Code::UnknownCte),
];

impl<'a> Code<'a> {
    /// The name on the wire, sanitised and without arguments: `TRYCREATE`.
    pub fn name(&self) -> Cow<'static, str> {
        let name = match self {
            Self::AppendUid { .. } => "APPENDUID",
            Self::BadCharset(_) => "BADCHARSET",
            Self::BadEvent(_) => "BADEVENT",
            Self::BadUrl(_) => "BADURL",
            Self::Capability(_) => "CAPABILITY",
            Self::CopyUid { .. } => "COPYUID",
            Self::HighestModSeq(_) => "HIGHESTMODSEQ",
            Self::InProgress(_) => "INPROGRESS",
            Self::MailboxId(_) => "MAILBOXID",
            Self::MessageLimit { .. } => "MESSAGELIMIT",
            Self::MetadataLongEntries(_) => "METADATA LONGENTRIES",
            Self::MetadataMaxSize(_) => "METADATA MAXSIZE",
            Self::Modified(_) => "MODIFIED",
            Self::NoUpdate(_) => "NOUPDATE",
            Self::PermanentFlags(_) => "PERMANENTFLAGS",
            Self::Referral(_) => "REFERRAL",
            Self::UidNext(_) => "UIDNEXT",
            Self::UidValidity(_) => "UIDVALIDITY",
            Self::UndefinedFilter(_) => "UNDEFINED-FILTER",
            Self::Unseen(_) => "UNSEEN",
            Self::Other { name, .. } => return sanitize(name).into(),
            plain => PLAIN.iter().find(|(_, code)| code == plain).map_or("", |(name, _)| *name),
        };
        name.into()
    }

    /// The same code, owned.
    pub fn into_owned(self) -> Code<'static> {
        match self {
            Self::AppendUid { validity, uids } => Code::AppendUid { validity, uids: uids.into_owned() },
            Self::BadCharset(known) => Code::BadCharset(owned_all(known)),
            Self::BadEvent(known) => Code::BadEvent(owned_all(known)),
            Self::BadUrl(url) => Code::BadUrl(owned(url)),
            Self::Capability(atoms) => Code::Capability(owned_all(atoms)),
            Self::CopyUid { validity, source, destination } => {
                Code::CopyUid { validity, source: source.into_owned(), destination: destination.into_owned() }
            }
            Self::HighestModSeq(modseq) => Code::HighestModSeq(modseq),
            Self::InProgress(Progress { tag, done, of }) => {
                Code::InProgress(Progress { tag: tag.map(owned), done, of })
            }
            Self::MailboxId(id) => Code::MailboxId(owned(id)),
            Self::MessageLimit { limit, uid } => Code::MessageLimit { limit, uid },
            Self::MetadataLongEntries(octets) => Code::MetadataLongEntries(octets),
            Self::MetadataMaxSize(octets) => Code::MetadataMaxSize(octets),
            Self::Modified(set) => Code::Modified(set.into_owned()),
            Self::NoUpdate(tag) => Code::NoUpdate(tag.map(owned)),
            Self::PermanentFlags(flags) => Code::PermanentFlags(flags.into_owned()),
            Self::Referral(url) => Code::Referral(owned(url)),
            Self::UidNext(uid) => Code::UidNext(uid),
            Self::UidValidity(validity) => Code::UidValidity(validity),
            Self::UndefinedFilter(name) => Code::UndefinedFilter(owned(name)),
            Self::Unseen(number) => Code::Unseen(number),
            Self::Other { name, arguments } => Code::Other { name: owned(name), arguments: owned(arguments) },
            plain => {
                let found = PLAIN.iter().find(|(_, code)| *code == plain);
                found.map_or(Code::Other { name: b"".into(), arguments: b"".into() }, |(_, code)| code.clone())
            }
        }
    }
}

fn owned(text: Text<'_>) -> Text<'static> {
    Cow::Owned(text.into_owned())
}

fn owned_all(texts: Vec<Text<'_>>) -> Vec<Text<'static>> {
    texts.into_iter().map(owned).collect()
}
