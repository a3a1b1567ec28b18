use super::*;
use crate::imap::engine::tests::answered;
use crate::imap::mailbox::Mailbox;
use crate::imap::query::Program;
use crate::imap::state::Access;

/// A session with INBOX open, whose server answers as [`answered`] has it.
pub(super) fn selected(answers: &'static [&'static str]) -> Session<Authenticated> {
    let (mut engine, _server) = answered(answers);
    engine.state.selecting(Mailbox::Inbox, Access::ReadWrite);
    Session { engine, greeting: String::new(), state: PhantomData }
}

#[test]
fn a_mailbox_that_cannot_be_asked_for_leaves_none_open() {
    let mut session = selected(&["$ OK done\r\n"]);
    let nul = Mailbox::Raw(b"a\0b".to_vec());
    assert!(matches!(session.select(&Select::for_changes(nul.clone())), Err(Error::InvalidInput(_))));
    assert!(session.selection().is_none() && session.selected().is_none() && session.is_in_step());
    // Nothing of it was sent.
    session.noop(&mut Ignore).unwrap();
}

#[test]
fn what_is_said_before_the_other_mailbox_is_closed_is_not_about_this_one() {
    let mut session = selected(&["* OK [UIDVALIDITY 7] x\r\n* OK [HIGHESTMODSEQ 9] x\r\n* 5 EXISTS\r\n\
        * OK [CLOSED] closed\r\n* 2 EXISTS\r\n$ OK [READ-ONLY] done\r\n"]);
    let folder = session.select(&Select::for_changes(Mailbox::parse("x").unwrap())).unwrap();
    let Selection { mailbox, access, exists, uid_validity, highest_mod_seq, .. } = folder.selection().clone();
    assert_eq!((mailbox, access, exists), (Mailbox::parse("x").unwrap(), Access::ReadOnly, 2));
    assert_eq!((uid_validity, highest_mod_seq), (None, None));
}

#[test]
fn the_identity_of_a_new_mailbox_is_not_that_of_the_open_one() {
    let mut session = selected(&["* OK [MAILBOXID (F1)] x\r\n$ OK [MAILBOXID (F2)] made\r\n"]);
    session.create(&Mailbox::parse("x").unwrap(), None).unwrap();
    assert_eq!(session.selection().unwrap().mailbox_id.as_deref(), Some("F1"));
}

/// Who appends would remove the message elsewhere.
#[test]
fn nothing_is_done_that_was_not_given_whole() {
    let envelope = AppendEnvelope { octets: 5, ..AppendEnvelope::default() };
    let mut session = selected(&["$ OK [APPENDUID 1 2] stored\r\n"]);
    let error = session.append(&Mailbox::Inbox).message(&envelope, &mut Ignore).unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
    assert!(!session.is_in_step());
    // Nor where the name of the mailbox is asked for.
    let mut session = selected(&["$ OK made\r\n"]);
    let error = session.create(&Mailbox::Raw(b"\xff".to_vec()), None).unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }) && !session.is_in_step(), "{error}");
}

#[test]
fn whoever_logs_in_anew_begins_anew() {
    let mut session = selected(&["* ENABLED UTF8=ACCEPT\r\n$ OK\r\n", "$ OK [CAPABILITY IMAP4rev1 ENABLE] bye\r\n"]);
    session.engine.state.capabilities =
        Capabilities::from_atoms([&b"IMAP4rev1"[..], b"ENABLE", b"UTF8=ACCEPT", b"UNAUTHENTICATE"]);
    assert!(session.enable(Extension::Utf8Accept).unwrap());
    let command = crate::imap::Verbatim::new(&[crate::imap::Piece::Text("UNAUTHENTICATE".into())]).unwrap();
    assert!(session.verbatim(&command, &mut Ignore).unwrap().is_none());
    assert!(!session.is_enabled(Extension::Utf8Accept) && session.selection().is_none());
    assert_eq!(session.names(), crate::imap::NameEncoding::Utf7);
}

#[test]
fn one_may_listen_for_ever() {
    let mut session = selected(&["$ OK not now\r\n"]);
    session.idle(std::time::Duration::MAX, &mut Ignore, &mut |_| Listen::Enough).unwrap();
}

/// Sequence numbers would be other messages.
#[test]
fn what_a_search_finds_are_uids() {
    let found = |answers| {
        let mut session = selected(answers);
        session.engine.state.capabilities = Capabilities::from_atoms([&b"IMAP4rev1"[..], b"ESEARCH"]);
        session.selected().unwrap().uid_search(&Program::default())
    };
    assert_eq!(found(&["* ESEARCH (TAG \"x\") UID ALL 7:9\r\n$ OK\r\n"]).unwrap().to_string(), "7:9");
    assert!(found(&["* ESEARCH (TAG \"x\") UID\r\n$ OK\r\n"]).unwrap().is_empty());
    assert!(found(&["* ESEARCH (TAG \"x\")\r\n$ OK\r\n"]).unwrap().is_empty());
    let error = found(&["* ESEARCH (TAG \"x\") ALL 7:9\r\n$ OK\r\n"]).unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
}

/// A million numbers that descend are put in order once, and not a million times.
#[test]
fn numbers_in_any_order_cost_the_same() {
    let numbers: Vec<String> = (1..=1_000_000_u32).rev().map(|number| (2 * number).to_string()).collect();
    let answer = format!("* SEARCH {}\r\n$ OK\r\n", numbers.join(" "));
    let mut session = selected(Box::leak(Box::new([&*Box::leak(answer.into_boxed_str())])));
    let found = session.selected().unwrap().uid_search(&Program::default()).unwrap();
    assert_eq!((found.len(), found.ranges().len()), (1_000_000, 1_000_000));
}
