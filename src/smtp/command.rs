//! Command lines (RFC 5321 section 4.1), without their CRLF.
//!
//! Whatever the arguments are, a line holds no CR, LF, NUL or other control character, and is not longer than servers must
//! take: a longer one may be cut by a server and its rest taken for a command of its own.

use super::envelope::{Envelope, Recipient};
use super::hello::HelloName;
use super::parameters::{self, xtext};
use super::requirements::{BodyType, Declared};
use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};

/// The longest command line without parameters of extensions, in octets without CRLF (RFC 5321 section 4.5.3.1.4).
pub const MAX_LINE: usize = 510;

/// Starts a transaction.
pub const DATA: &str = "DATA";
/// Ends a transaction without a message.
pub const RSET: &str = "RSET";
/// Does nothing.
pub const NOOP: &str = "NOOP";
/// Ends the session.
pub const QUIT: &str = "QUIT";
/// Asks for TLS (RFC 3207).
pub const STARTTLS: &str = "STARTTLS";

/// Whether a chunk is the last of its message (RFC 3030 section 2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Chunk {
    /// More come.
    More,
    /// It is.
    Last,
}

/// `EHLO name`.
pub fn ehlo(name: &HelloName) -> String {
    format!("EHLO {name}")
}

/// `HELO name`, for servers that know no EHLO.
pub fn helo(name: &HelloName) -> String {
    format!("HELO {name}")
}

/// `LHLO name` (RFC 2033 section 4.1).
pub fn lhlo(name: &HelloName) -> String {
    format!("LHLO {name}")
}

/// `BDAT size [LAST]` (RFC 3030 section 2).
pub fn bdat(size: u64, chunk: Chunk) -> String {
    match chunk {
        Chunk::More => format!("BDAT {size}"),
        Chunk::Last => format!("BDAT {size} LAST"),
    }
}

/// `MAIL FROM:<path>` and the parameters that the envelope asks for and `declared` states; what the server offers was
/// [checked](super::requirements::check) before.
///
/// ```text
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
/// ```
///
/// Fails with [`Error::InvalidInput`] if a value cannot be sent or the line would be too long.
pub fn mail_from(envelope: &Envelope, declared: &Declared) -> Result<String> {
    let asked = &envelope.parameters;
    let mut line = Line::new("MAIL FROM:", envelope.sender.as_ref(), declared)?;
    if let Some(size) = declared.size {
        line.add(26, format_args!("SIZE={size}"));
    }
    if let Some(body) = declared.body {
        line.add(17, format_args!("BODY={}", BodyType::name(body)));
    }
    if declared.utf8 {
        line.add(10, format_args!("SMTPUTF8"));
    }
    if let Some(ret) = asked.ret {
        line.add(9, format_args!("RET={ret}"));
    }
    if let Some(envid) = &asked.envid {
        line.add(107, format_args!("ENVID={}", xtext(&parameters::envid(envid)?)));
    }
    if let Some(auth) = &asked.auth {
        line.add(500, format_args!("AUTH={}", xtext(&auth.to_string())));
    }
    if asked.require_tls {
        line.add(11, format_args!("REQUIRETLS"));
    }
    if let Some(by) = asked.by {
        line.add(17, format_args!("BY={by}"));
    }
    if let Some(hold) = asked.hold {
        line.add(34, format_args!("{hold}"));
    }
    if let Some(priority) = asked.priority {
        line.add(15, format_args!("MT-PRIORITY={priority}"));
    }
    line.finish()
}

/// `RCPT TO:<path>` and the parameters that the recipient asks for.
///
/// ```text
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
/// ```
///
/// Fails with [`Error::InvalidInput`] if a value cannot be sent or the line would be too long.
pub fn rcpt_to(recipient: &Recipient, declared: &Declared) -> Result<String> {
    let mut line = Line::new("RCPT TO:", Some(&recipient.address), declared)?;
    if let Some(notify) = recipient.notify {
        line.add(29, format_args!("NOTIFY={notify}"));
    }
    if let Some(orcpt) = &recipient.orcpt {
        line.add(500, format_args!("ORCPT={}", parameters::orcpt(orcpt)?));
    }
    line.finish()
}

/// A line that a person wrote, such as `VRFY ann` or `HELP`.
///
/// Fails with [`Error::InvalidInput`] if it is empty, longer than [`MAX_LINE`] or holds a control character.
pub fn verb(text: &str) -> Result<String> {
    check(text, MAX_LINE)?;
    match text.trim_ascii() {
        "" => Err(Error::InvalidInput("a command is empty".into())),
        text => Ok(text.to_owned()),
    }
}

/// A line that grows, and so may its allowed length, by what the extension of each parameter adds to it.
struct Line {
    text: String,
    limit: usize,
}

impl Line {
    fn new(verb: &str, path: Option<&AddrSpec>, declared: &Declared) -> Result<Self> {
        let path = match path {
            None => "<>".to_owned(),
            Some(address) => format!("<{}>", on_the_wire(address, declared)?),
        };
        Ok(Self { text: format!("{verb}{path}"), limit: MAX_LINE })
    }

    fn add(&mut self, octets: usize, parameter: std::fmt::Arguments<'_>) {
        self.limit += octets;
        self.text.push_str(&format!(" {parameter}"));
    }

    fn finish(self) -> Result<String> {
        check(&self.text, self.limit)?;
        Ok(self.text)
    }
}

/// A domain needs no SMTPUTF8 as it has an A-label form; beside a local part that does, it stays as it is written.
fn on_the_wire(address: &AddrSpec, declared: &Declared) -> Result<AddrSpec> {
    match (address.needs_smtputf8(), declared.utf8) {
        (true, true) => Ok(address.clone()),
        (false, _) => address.ascii_domain(),
        (true, false) => Err(Error::InvalidInput(format!("{address} can be sent only with SMTPUTF8"))),
    }
}

fn check(line: &str, limit: usize) -> Result<()> {
    if line.chars().any(char::is_control) {
        return Err(Error::InvalidInput("a command cannot hold a line break or another control character".into()));
    }
    match line.len() {
        length if length > limit => {
            Err(Error::InvalidInput(format!("a command of {length} octets is longer than servers must take, {limit}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::smtp::{AuthParameter, DeliverBy, Hold, Notify, Parameters, Ret};

    fn address(text: &str) -> AddrSpec {
        AddrSpec::parse(text).unwrap()
    }

    #[test]
    fn the_whole_of_mail() {
        let mut envelope = Envelope::new(Some(address("ann@Bücher.example")), []);
        assert_eq!(
            mail_from(&envelope, &Declared::default()).unwrap(),
            "MAIL FROM:<ann@xn--bcher-kva.example>",
            "a domain needs no SMTPUTF8"
        );
        envelope.sender = None;
        envelope.parameters = Parameters {
            ret: Some(Ret::Headers),
            envid: Some("a b+c".into()),
            auth: Some(AuthParameter::parse("e+f@example.org").unwrap()),
            require_tls: true,
            by: Some(DeliverBy::parse("120;R").unwrap()),
            hold: Some(Hold::For(60)),
            priority: Some(-9),
        };
        let declared = Declared { utf8: true, body: Some(BodyType::EightBitMime), size: Some(u64::MAX) };
        assert_eq!(
            mail_from(&envelope, &declared).unwrap(),
            "MAIL FROM:<> SIZE=18446744073709551615 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+20b+2Bc AUTH=e+2Bf@example.org \
             REQUIRETLS BY=120;R HOLDFOR=60 MT-PRIORITY=-9"
        );
        envelope.parameters = Parameters { auth: Some(AuthParameter::Unknown), ..Parameters::default() };
        assert_eq!(mail_from(&envelope, &Declared::default()).unwrap(), "MAIL FROM:<> AUTH=<>");
    }

    #[test]
    fn the_whole_of_rcpt() {
        let mut recipient = Recipient::new(address("\"a b\"@example.org"));
        recipient.notify = Some(Notify::parse("success,failure,delay").unwrap());
        recipient.orcpt = Some("rfc822;a+b@example.org".into());
        assert_eq!(
            rcpt_to(&recipient, &Declared::default()).unwrap(),
            "RCPT TO:<\"a b\"@example.org> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.org"
        );
        let recipient = Recipient::new(address("jö@bücher.example"));
        let utf8 = Declared { utf8: true, ..Declared::default() };
        assert_eq!(rcpt_to(&recipient, &utf8).unwrap(), "RCPT TO:<jö@bücher.example>");
        assert!(matches!(rcpt_to(&recipient, &Declared::default()), Err(Error::InvalidInput(_))));
        assert_eq!(rcpt_to(&Recipient::new(address("postmaster")), &utf8).unwrap(), "RCPT TO:<postmaster>");
    }

    #[test]
    fn fields_that_anybody_may_set_are_checked_again() {
        let mut recipient = Recipient::new(address("a@example.org"));
        let mut envelope = Envelope::new(None, []);
        for text in ["x\r\nDATA", "rfc822;x\r\nDATA", "rfc822;a\0b", "x NOTIFY=NEVER\n", &"x".repeat(3_000)] {
            recipient.orcpt = Some(text.into());
            assert!(rcpt_to(&recipient, &Declared::default()).is_err(), "{text:?}");
            envelope.parameters.envid = Some(text.into());
            assert!(mail_from(&envelope, &Declared::default()).is_err(), "{text:?}");
            assert!(text.starts_with("xx") || verb(text).is_err(), "{text:?}");
        }
        recipient.orcpt = Some(format!("rfc822;{}", "x".repeat(3_000)));
        assert!(rcpt_to(&recipient, &Declared::default()).is_err());
    }

    #[test]
    fn lines_of_a_person() {
        assert_eq!(verb(" VRFY ann ").unwrap(), "VRFY ann");
        assert!(verb(&"x".repeat(510)).is_ok());
        for text in ["", "  ", "VRFY a\r\nQUIT", "NOOP\0", "NOOP\n", "a\tb", &"x".repeat(511)] {
            assert!(verb(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn chunks_and_names() {
        let name = HelloName::parse("mail.example.org").unwrap();
        assert_eq!((ehlo(&name), lhlo(&name)), ("EHLO mail.example.org".into(), "LHLO mail.example.org".into()));
        assert_eq!(helo(&name), "HELO mail.example.org");
        assert_eq!((bdat(0, Chunk::Last), bdat(5, Chunk::More)), ("BDAT 0 LAST".into(), "BDAT 5".into()));
    }

    /// Path and parameters, as a server reads them: a `>` inside quotes does not end the path.
    fn read<'a>(line: &'a str, verb: &str) -> (&'a str, Vec<(&'a str, &'a str)>) {
        let path = line.strip_prefix(verb).unwrap().strip_prefix('<').unwrap();
        let (mut quoted, mut escaped) = (false, false);
        let end = path.find(|c| match c {
            _ if escaped => {
                escaped = false;
                false
            }
            '\\' => {
                escaped = quoted;
                false
            }
            '"' => {
                quoted = !quoted;
                false
            }
            '>' => !quoted,
            _ => false,
        });
        let (path, rest) = path.split_at(end.unwrap());
        let parameters = rest[1..].split(' ').skip(1).map(|word| word.split_once('=').unwrap_or((word, "")));
        (path, parameters.collect())
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof!["(?s:.){0,12}", "[ -~]{0,80}", "[a\r\n\0 >+=;]{0,8}", "rfc822;[ -~]{0,600}", "utf-8;(?s:.){0,60}"]
    }

    proptest! {
        #[test]
        fn one_line_that_says_what_the_envelope_says_or_none(
            local in any_text(),
            domain in proptest::option::of("[a-z]{1,8}(\\.[a-zü]{1,8}){0,2}|(?s:.){0,8}"),
            free in any_text(),
            utf8: bool,
        ) {
            let declared = Declared { utf8, body: None, size: Some(7) };
            let text = match &domain {
                Some(domain) => format!("{local}@{domain}"),
                None => local.clone(),
            };
            for parsed in [AddrSpec::new(&local, domain.as_deref()), AddrSpec::parse(&text)].into_iter().flatten() {
                let mut envelope = Envelope::new(Some(parsed.clone()), [parsed.clone()]);
                envelope.parameters.envid = Some(free.clone());
                envelope.recipients[0].orcpt = Some(free.clone());
                envelope.recipients[0].notify = Some(Notify::NEVER);
                if let Ok(line) = mail_from(&envelope, &declared) {
                    prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                    let (path, parameters) = read(&line, "MAIL FROM:");
                    prop_assert!(AddrSpec::parse(path).unwrap().same(&parsed), "{line:?}");
                    let mut expected = vec!["SIZE"];
                    expected.extend(utf8.then_some("SMTPUTF8"));
                    expected.push("ENVID");
                    prop_assert_eq!(parameters.iter().map(|(name, _)| *name).collect::<Vec<_>>(), expected);
                }
                if let Ok(line) = rcpt_to(&envelope.recipients[0], &declared) {
                    prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                    prop_assert!(line.len() <= MAX_LINE + 529);
                    let (path, parameters) = read(&line, "RCPT TO:");
                    prop_assert!(AddrSpec::parse(path).unwrap().same(&parsed), "{line:?}");
                    let names: Vec<_> = parameters.iter().map(|(name, _)| *name).collect();
                    prop_assert_eq!(names, ["NOTIFY", "ORCPT"]);
                }
            }
            if let Ok(line) = verb(&free) {
                prop_assert!(!line.chars().any(char::is_control) && !line.is_empty(), "{line:?}");
            }
        }
    }
}
