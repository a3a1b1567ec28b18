//! What a server can do: CAPABILITY (RFC 9051 section 7.2.2) and what ENABLE switched on (section 6.3.1).

use crate::sasl::{Mechanism, Offer};
use crate::text::sanitize_capped;

/// How many names are kept to be shown, and how much of each, in characters. Known ones are recognised beyond that too.
const SHOWN: usize = 1_000;
const SHOWN_NAME: usize = 200;

/// How many values of one kind are kept: mechanisms, threading algorithms, quota resources.
const MAX_VALUES: usize = 100;

macro_rules! extensions {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// An extension that this library knows of.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Extension {
            $($(#[$doc])+ $variant,)+
        }

        impl Extension {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in the registry of IMAP capabilities. Where the server adds a value, the name ends in `=`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

extensions! {
    /// IMAP4rev1 (RFC 3501).
    Imap4rev1 = "IMAP4rev1",
    /// IMAP4rev2 (RFC 9051).
    Imap4rev2 = "IMAP4rev2",
    /// STARTTLS (RFC 9051 section 6.2.1).
    StartTls = "STARTTLS",
    /// The LOGIN command is refused (RFC 9051 section 6.2.3).
    LoginDisabled = "LOGINDISABLED",
    /// The first response may stand on the AUTHENTICATE line (RFC 4959).
    SaslIr = "SASL-IR",
    /// Literals of any size without the server's consent (RFC 7888).
    LiteralPlus = "LITERAL+",
    /// Literals of at most 4,096 octets without the server's consent (RFC 7888).
    LiteralMinus = "LITERAL-",
    /// ENABLE (RFC 5161).
    Enable = "ENABLE",
    /// IDLE (RFC 2177).
    Idle = "IDLE",
    /// NOTIFY (RFC 5465).
    Notify = "NOTIFY",
    /// UID EXPUNGE, APPENDUID and COPYUID (RFC 4315).
    UidPlus = "UIDPLUS",
    /// MOVE (RFC 6851).
    Move = "MOVE",
    /// UNSELECT (RFC 3691).
    Unselect = "UNSELECT",
    /// NAMESPACE (RFC 2342).
    Namespace = "NAMESPACE",
    /// ID (RFC 2971).
    Id = "ID",
    /// `\HasChildren` and `\HasNoChildren` (RFC 3348).
    Children = "CHILDREN",
    /// Options of LIST (RFC 5258).
    ListExtended = "LIST-EXTENDED",
    /// STATUS within LIST (RFC 5819).
    ListStatus = "LIST-STATUS",
    /// MYRIGHTS within LIST (RFC 8440).
    ListMyRights = "LIST-MYRIGHTS",
    /// METADATA within LIST (RFC 9590).
    ListMetadata = "LIST-METADATA",
    /// What mailboxes are for (RFC 6154).
    SpecialUse = "SPECIAL-USE",
    /// CREATE says what a mailbox is for (RFC 6154).
    CreateSpecialUse = "CREATE-SPECIAL-USE",
    /// XLIST, which Gmail had before SPECIAL-USE.
    Xlist = "XLIST",
    /// SIZE in STATUS (RFC 8438).
    StatusSize = "STATUS=SIZE",
    /// Results as sets, counts, extremes (RFC 4731).
    Esearch = "ESEARCH",
    /// `$`, the last result (RFC 5182).
    SearchRes = "SEARCHRES",
    /// OLDER and YOUNGER (RFC 5032).
    Within = "WITHIN",
    /// FUZZY (RFC 6203).
    Fuzzy = "SEARCH=FUZZY",
    /// Stored searches (RFC 5466).
    Filters = "FILTERS",
    /// Searches that are kept up to date (RFC 5267).
    ContextSearch = "CONTEXT=SEARCH",
    /// Sorted searches that are kept up to date (RFC 5267).
    ContextSort = "CONTEXT=SORT",
    /// ESEARCH in several mailboxes (RFC 7377).
    MultiSearch = "MULTISEARCH",
    /// SORT (RFC 5256).
    Sort = "SORT",
    /// SORT with ESEARCH's results (RFC 5267).
    Esort = "ESORT",
    /// DISPLAYFROM and DISPLAYTO (RFC 5957).
    SortDisplay = "SORT=DISPLAY",
    /// THREAD (RFC 5256); the value is an algorithm.
    Thread = "THREAD=",
    /// MODSEQ (RFC 7162).
    Condstore = "CONDSTORE",
    /// Resynchronisation in one command (RFC 7162).
    Qresync = "QRESYNC",
    /// COMPRESS DEFLATE (RFC 4978).
    CompressDeflate = "COMPRESS=DEFLATE",
    /// BINARY in FETCH, and `literal8` in APPEND (RFC 3516).
    Binary = "BINARY",
    /// Messages from parts (RFC 4469).
    Catenate = "CATENATE",
    /// Several messages in one APPEND (RFC 3502).
    MultiAppend = "MULTIAPPEND",
    /// The largest message, with or without a value (RFC 7889).
    AppendLimit = "APPENDLIMIT",
    /// REPLACE (RFC 8508).
    Replace = "REPLACE",
    /// UTF-8 in strings, names and headers once enabled (RFC 9755).
    Utf8Accept = "UTF8=ACCEPT",
    /// Nothing works before UTF-8 is enabled (RFC 9755).
    Utf8Only = "UTF8=ONLY",
    /// MAILBOXID, EMAILID, THREADID (RFC 8474).
    ObjectId = "OBJECTID",
    /// PREVIEW (RFC 8970).
    Preview = "PREVIEW",
    /// SAVEDATE (RFC 8514).
    SaveDate = "SAVEDATE",
    /// Pages of results (RFC 9394).
    Partial = "PARTIAL",
    /// No sequence numbers once enabled (RFC 9586).
    UidOnly = "UIDONLY",
    /// How many messages a command may work on (RFC 9738).
    MessageLimit = "MESSAGELIMIT=",
    /// How many messages a command may store (RFC 9738).
    SaveLimit = "SAVELIMIT=",
    /// How far a command has got (RFC 9585).
    InProgress = "INPROGRESS",
    /// UIDs cut into batches of a size.
    UidBatches = "UIDBATCHES",
    /// ACL (RFC 4314).
    Acl = "ACL",
    /// The rights beyond those of RFC 2086 (RFC 4314 section 2.2).
    Rights = "RIGHTS=",
    /// QUOTA (RFC 9208, RFC 2087).
    Quota = "QUOTA",
    /// SETQUOTA (RFC 9208).
    QuotaSet = "QUOTASET",
    /// A kind of quota (RFC 9208).
    QuotaResource = "QUOTA=RES-",
    /// Annotations of mailboxes and of the server (RFC 5464).
    Metadata = "METADATA",
    /// Annotations of the server (RFC 5464).
    MetadataServer = "METADATA-SERVER",
    /// Annotations of messages (RFC 5257).
    Annotate = "ANNOTATE-EXPERIMENT-1",
    /// UNAUTHENTICATE (RFC 8437).
    Unauthenticate = "UNAUTHENTICATE",
    /// Gmail's labels, message and thread numbers, and searches.
    Gmail = "X-GM-EXT-1",
    /// A refused login may name another server (RFC 2221).
    LoginReferrals = "LOGIN-REFERRALS",
    /// A refused command may name another server (RFC 2193).
    MailboxReferrals = "MAILBOX-REFERRALS",
    /// LANGUAGE (RFC 5255).
    Language = "LANGUAGE",
    /// Comparators (RFC 5255); the value is a level.
    I18nLevel = "I18NLEVEL=",
    /// URLs that give access to a message (RFC 4467).
    UrlAuth = "URLAUTH",
    /// Parts of messages by URL (RFC 5550).
    UrlPartial = "URL-PARTIAL",
    /// CONVERT (RFC 5259).
    Convert = "CONVERT",
    /// Sieve scripts run by changes (RFC 6785); the value is a URL.
    ImapSieve = "IMAPSIEVE=",
    /// The same mail is reached by JMAP (RFC 9698).
    JmapAccess = "JMAPACCESS",
}

/// What IMAP4rev2 has without naming it (RFC 9051 appendix E). Of BINARY it has only what concerns FETCH, of SPECIAL-USE only
/// the attributes: see [`Capabilities::fetches_binary`] and [`Capabilities::tells_special_use`].
const OF_REV2: [Extension; 14] = [
    Extension::Namespace,
    Extension::Unselect,
    Extension::UidPlus,
    Extension::Esearch,
    Extension::SearchRes,
    Extension::Enable,
    Extension::Idle,
    Extension::SaslIr,
    Extension::ListExtended,
    Extension::ListStatus,
    Extension::Move,
    Extension::LiteralMinus,
    Extension::StatusSize,
    Extension::Children,
];

impl Extension {
    /// Whether having this means having `other`, whether that is named or not.
    fn implies(self, other: Self) -> bool {
        match self {
            // RFC 7162 section 3.2.
            Self::Qresync => matches!(other, Self::Condstore | Self::Enable),
            // RFC 9755 section 6.
            Self::Utf8Only => matches!(other, Self::Utf8Accept | Self::Enable),
            // RFC 5464 section 1.
            Self::Metadata => other == Self::MetadataServer,
            // RFC 5258 section 4.
            Self::ListExtended => other == Self::Children,
            // RFC 7888 section 4: small literals are literals.
            Self::LiteralPlus => other == Self::LiteralMinus,
            // RFC 5957 section 3, RFC 5267 section 3.
            Self::SortDisplay | Self::Esort => other == Self::Sort,
            _ => false,
        }
    }
}

/// What a server can do in one state of a session: what was said in clear means nothing inside TLS, nor what was said before a
/// login behind it (RFC 9051 section 7.2.2).
///
/// The default is a server that has not said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    extensions: Vec<Extension>,
    enabled: Vec<Extension>,
    withdrawn: Vec<Extension>,
    is_known: bool,
    mechanisms: Vec<String>,
    /// Threading algorithms in capitals.
    pub thread_algorithms: Vec<String>,
    /// Kinds of quota in capitals, without `RES-`.
    pub quota_resources: Vec<String>,
    /// The rights beyond those of RFC 2086, one letter each.
    pub rights: String,
    /// The largest message that is taken, in octets, where it is the same for all mailboxes (RFC 7889).
    pub append_limit: Option<u64>,
    /// How many messages a command may work on (RFC 9738).
    pub message_limit: Option<u32>,
    /// How many messages a command may store (RFC 9738).
    pub save_limit: Option<u32>,
    /// The level of comparators (RFC 5255 section 4).
    pub i18n_level: Option<u32>,
    /// Every name as it came, in its order, sanitised; at most a thousand.
    pub names: Vec<String>,
    /// How many names there are beyond those.
    pub left_out: usize,
}

impl Capabilities {
    /// Reads a list of capabilities, compared caseless; what is unknown or malformed is only listed.
    pub fn from_atoms<'a>(atoms: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut capabilities = Self { is_known: true, ..Self::default() };
        for atom in atoms {
            capabilities.add(atom);
        }
        capabilities.extensions.sort_unstable();
        capabilities.extensions.dedup();
        capabilities
    }

    /// Takes a newer list in place of this one; what was enabled stays so.
    pub fn learn<'a>(&mut self, atoms: impl IntoIterator<Item = &'a [u8]>) {
        let enabled = std::mem::take(&mut self.enabled);
        *self = Self { enabled, ..Self::from_atoms(atoms) };
    }

    /// Takes what the ENABLED response names (RFC 9051 section 7.2.1).
    pub fn enable<'a>(&mut self, atoms: impl IntoIterator<Item = &'a [u8]>) {
        let names = atoms.into_iter().filter_map(known);
        let fresh: Vec<Extension> = names.filter(|extension| !self.enabled.contains(extension)).collect();
        self.enabled.extend(fresh);
        self.enabled.sort_unstable();
        self.enabled.dedup();
    }

    /// Nothing is enabled any more.
    pub fn disable(&mut self) {
        self.enabled.clear();
    }

    /// Notes that the server does not know what it offers: [`Capabilities::has`] denies it from now on.
    pub fn withdraw(&mut self, extension: Extension) {
        self.withdrawn.push(extension);
    }

    /// Whether the server has said what it can do.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Whether the server has this, by name or because something that it has includes it.
    pub fn has(&self, extension: Extension) -> bool {
        if self.withdrawn.contains(&extension) {
            return false;
        }
        self.announces(extension)
            || self.extensions.iter().any(|announced| announced.implies(extension))
            || (self.is_rev2() && OF_REV2.contains(&extension))
    }

    /// Whether the server names this.
    pub fn announces(&self, extension: Extension) -> bool {
        self.extensions.binary_search(&extension).is_ok()
    }

    /// Every extension that [`Capabilities::has`] affirms.
    pub fn extensions(&self) -> impl Iterator<Item = Extension> + '_ {
        Extension::ALL.iter().copied().filter(|extension| self.has(*extension))
    }

    /// Whether ENABLE has switched this on.
    pub fn is_enabled(&self, extension: Extension) -> bool {
        self.enabled.contains(&extension)
    }

    /// Whether the session is one of IMAP4rev2: from the start where the server knows nothing older, else once that is enabled
    /// (RFC 9051 section 6.3.1).
    pub fn is_rev2(&self) -> bool {
        self.announces(Extension::Imap4rev2)
            && (!self.announces(Extension::Imap4rev1) || self.is_enabled(Extension::Imap4rev2))
    }

    /// Whether FETCH knows BINARY, which in IMAP4rev2 says nothing of APPEND.
    pub fn fetches_binary(&self) -> bool {
        self.has(Extension::Binary) || self.is_rev2()
    }

    /// Whether LIST tells what mailboxes are for, which in IMAP4rev2 says nothing of asking for those alone.
    pub fn tells_special_use(&self) -> bool {
        self.has(Extension::SpecialUse) || self.is_rev2()
    }

    /// The SASL mechanisms, in capitals and the server's order.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.mechanisms.iter().map(String::as_str)
    }

    /// Whether THREAD knows this algorithm.
    pub fn threads_by(&self, algorithm: &str) -> bool {
        self.thread_algorithms.iter().any(|known| known.eq_ignore_ascii_case(algorithm))
    }

    /// What there is for logging in. LOGIN stands for the command too, where it is allowed: the same words in fewer round
    /// trips. A server that has not said what it can do knows the command (RFC 3501 section 6.2.3).
    pub fn offer(&self) -> Offer {
        let mut mechanisms = self.mechanisms.clone();
        let login = Mechanism::Login.name();
        if self.allows_login() && !mechanisms.iter().any(|name| name == login) {
            mechanisms.push(login.to_owned());
        }
        Offer { mechanisms, ..Offer::default() }
    }

    /// Whether the LOGIN command is allowed.
    pub fn allows_login(&self) -> bool {
        !self.has(Extension::LoginDisabled)
    }

    fn add(&mut self, atom: &[u8]) {
        if self.names.len() < SHOWN {
            self.names.push(sanitize_capped(atom, SHOWN_NAME));
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        let Ok(text) = std::str::from_utf8(atom) else { return };
        let text = text.to_ascii_uppercase();
        if let Some(mechanism) = text.strip_prefix("AUTH=") {
            return push(&mut self.mechanisms, mechanism);
        }
        let Some(extension) = known(atom) else { return };
        let value = text.get(extension.name().len()..).unwrap_or_default();
        match extension {
            Extension::AppendLimit => {
                let limit = value.strip_prefix('=').and_then(number);
                self.append_limit = limit.or(self.append_limit);
            }
            Extension::Thread => push(&mut self.thread_algorithms, value),
            Extension::QuotaResource => push(&mut self.quota_resources, value),
            Extension::Rights => {
                let letters =
                    value.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
                let fresh: Vec<char> = letters.filter(|letter| !self.rights.contains(*letter)).collect();
                self.rights.extend(fresh.into_iter().take(MAX_VALUES));
            }
            // A limit of none or an absurd one is none.
            Extension::MessageLimit | Extension::SaveLimit | Extension::I18nLevel => {
                let Some(value) = number(value).filter(|value| *value > 0).and_then(|value| u32::try_from(value).ok())
                else {
                    return;
                };
                match extension {
                    Extension::MessageLimit => self.message_limit = Some(value),
                    Extension::SaveLimit => self.save_limit = Some(value),
                    _ => self.i18n_level = Some(value),
                }
            }
            _ => {}
        }
        self.extensions.push(extension);
    }
}

/// The extension of this name. `APPENDLIMIT` may have a value, those that end in `=` have one.
fn known(atom: &[u8]) -> Option<Extension> {
    Extension::ALL.iter().copied().find(|extension| {
        let name = extension.name().as_bytes();
        let Some((head, value)) = atom.split_at_checked(name.len()) else { return false };
        let fits = match extension {
            Extension::AppendLimit => value.is_empty() || value.starts_with(b"="),
            Extension::QuotaResource => !value.is_empty(),
            _ if name.ends_with(b"=") => !value.is_empty(),
            _ => value.is_empty(),
        };
        fits && head.eq_ignore_ascii_case(name)
    })
}

fn push(values: &mut Vec<String>, value: &str) {
    let fits = !value.is_empty() && values.len() < MAX_VALUES && value.bytes().all(|octet| octet.is_ascii_graphic());
    if fits && !values.iter().any(|known| known == value) {
        values.push(value.to_owned());
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_unsafe;

    fn parse(text: &str) -> Capabilities {
        Capabilities::from_atoms(text.split(' ').map(str::as_bytes))
    }

    #[test]
    fn every_extension_is_known_by_its_name() {
        for extension in Extension::ALL.iter().copied() {
            let name = match extension.name() {
                name if name.ends_with(['=', '-']) && extension != Extension::LiteralMinus => format!("{name}1"),
                name => name.to_owned(),
            };
            for name in [name.clone(), name.to_ascii_lowercase()] {
                assert!(parse(&name).announces(extension), "{name}");
                assert_eq!(parse(&name).extensions.len(), 1, "{name} is one only");
                assert!(!parse(&format!("X{name}")).has(extension), "{name}");
            }
        }
    }

    #[test]
    fn values_are_read() {
        let c = parse(
            "IMAP4rev1 AUTH=PLAIN auth=scram-sha-256 AUTH=PLAIN APPENDLIMIT=35882577 THREAD=REFERENCES thread=refs \
             QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE RIGHTS=kxten MESSAGELIMIT=1000 SAVELIMIT=50 I18NLEVEL=2",
        );
        assert_eq!(c.mechanisms, ["PLAIN", "SCRAM-SHA-256"]);
        assert_eq!(c.append_limit, Some(35_882_577));
        assert!(c.threads_by("references") && c.threads_by("REFS") && !c.threads_by("ORDEREDSUBJECT"));
        assert!(c.has(Extension::Thread) && c.has(Extension::Quota) && c.has(Extension::QuotaResource));
        assert_eq!(c.quota_resources, ["STORAGE", "MESSAGE"]);
        assert_eq!(c.rights, "kxten");
        assert_eq!((c.message_limit, c.save_limit, c.i18n_level), (Some(1_000), Some(50), Some(2)));
        assert!(c.has(Extension::MessageLimit) && !c.has(Extension::Metadata));
    }

    #[test]
    fn absurd_values_are_none() {
        let c = parse("APPENDLIMIT MESSAGELIMIT=0 SAVELIMIT=-1 I18NLEVEL=99999999999999999999 AUTH= THREAD= RIGHTS=");
        assert!(c.has(Extension::AppendLimit) && c.append_limit.is_none());
        assert_eq!((c.message_limit, c.save_limit, c.i18n_level), (None, None, None));
        assert!(!c.has(Extension::MessageLimit) && !c.has(Extension::Thread) && !c.has(Extension::Rights));
        assert!(c.mechanisms.is_empty() && c.rights.is_empty());
        assert_eq!(parse("APPENDLIMIT=x").append_limit, None);
        assert!(!parse("APPENDLIMITS").has(Extension::AppendLimit));
        assert!(parse("AUTH=\u{e4}").mechanisms.is_empty());
    }

    #[test]
    fn rev2_has_what_was_folded_into_it() {
        let alone = parse("IMAP4rev2 AUTH=PLAIN");
        for extension in OF_REV2 {
            assert!(alone.has(extension) && !alone.announces(extension), "{extension:?}");
        }
        assert!(alone.fetches_binary() && alone.tells_special_use());
        for extension in [Extension::Binary, Extension::SpecialUse, Extension::Condstore, Extension::LiteralPlus] {
            assert!(!alone.has(extension), "{extension:?}");
        }
    }

    #[test]
    fn beside_rev1_it_is_to_be_enabled() {
        let mut both = parse("IMAP4rev1 IMAP4rev2 IDLE");
        assert!(!both.is_rev2() && both.has(Extension::Idle) && !both.has(Extension::Move) && !both.fetches_binary());
        both.enable([b"imap4REV2".as_slice(), b"X-NEW"]);
        assert!(both.is_rev2() && both.has(Extension::Move) && both.is_enabled(Extension::Imap4rev2));
        both.learn([b"IMAP4rev1".as_slice(), b"IMAP4rev2", b"ID"]);
        assert!(both.is_rev2() && both.has(Extension::Id) && both.names.len() == 3);
        both.learn([b"IMAP4rev1".as_slice()]);
        assert!(!both.is_rev2());
    }

    #[test]
    fn some_include_others() {
        for (name, included) in [
            ("QRESYNC", Extension::Condstore),
            ("UTF8=ONLY", Extension::Utf8Accept),
            ("METADATA", Extension::MetadataServer),
            ("LITERAL+", Extension::LiteralMinus),
            ("LIST-EXTENDED", Extension::Children),
        ] {
            assert!(parse(name).has(included) && !parse(name).announces(included), "{name}");
        }
        assert!(!parse("CONDSTORE").has(Extension::Qresync));
        assert!(!parse("METADATA-SERVER").has(Extension::Metadata));
    }

    #[test]
    fn what_is_not_kept_is_not_had() {
        let mut c = parse("IMAP4rev2 SASL-IR");
        c.withdraw(Extension::SaslIr);
        assert!(!c.has(Extension::SaslIr) && c.announces(Extension::SaslIr) && c.has(Extension::Move));
    }

    #[test]
    fn unknown_ones_are_shown_as_they_came() {
        let c = parse("IMAP4rev1 XAPPLEPUSHSERVICE x\x1b[31m ID");
        assert_eq!(c.names, ["IMAP4rev1", "XAPPLEPUSHSERVICE", "x^[[31m", "ID"]);
        assert!(c.is_known() && !Capabilities::default().is_known());
    }

    #[test]
    fn a_long_list_is_bounded_and_still_read() {
        let names: Vec<String> =
            (0..3_000).map(|i| format!("X{i}")).chain((0..300).map(|i| format!("AUTH=M{i}"))).collect();
        let c = Capabilities::from_atoms(names.iter().map(String::as_bytes).chain([b"IDLE".as_slice()]));
        assert_eq!((c.names.len(), c.left_out, c.mechanisms.len()), (1_000, 2_301, 100));
        assert!(c.has(Extension::Idle));
    }

    #[test]
    fn login_is_offered_unless_it_is_disabled() {
        assert_eq!(parse("IMAP4rev1 AUTH=PLAIN").offer().mechanisms, ["PLAIN", "LOGIN"]);
        assert_eq!(parse("IMAP4rev1 AUTH=LOGIN AUTH=PLAIN").offer().mechanisms, ["LOGIN", "PLAIN"]);
        assert!(parse("IMAP4rev1 LOGINDISABLED STARTTLS").offer().mechanisms.is_empty());
        assert_eq!(parse("logindisabled AUTH=LOGIN").offer().mechanisms, ["LOGIN"]);
        assert_eq!(Capabilities::default().offer().mechanisms, ["LOGIN"]);
    }

    proptest! {
        #[test]
        fn no_list_panics(atoms in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20),
            "(AUTH|APPENDLIMIT|THREAD|QUOTA|RIGHTS|MESSAGELIMIT|I18NLEVEL)=.{0,20}".prop_map(String::into_bytes),
        ], 0..10)) {
            let mut c = Capabilities::from_atoms(atoms.iter().map(Vec::as_slice));
            c.enable(atoms.iter().map(Vec::as_slice));
            let shown = [c.names.concat(), c.rights.clone(), c.mechanisms.concat(), c.thread_algorithms.concat()].concat();
            prop_assert!(!shown.chars().any(is_unsafe), "{shown:?}");
        }
    }
}
