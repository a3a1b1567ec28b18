//! Status responses and their codes.

use super::*;
use crate::imap::{ModSeq, SeqNum, Uid, UidValidity};

fn status(line: &str) -> Status<'static> {
    match response(leak(line), NameEncoding::Utf7) {
        Ok(Response::Data(Data::Status(status)) | Response::Tagged { status, .. }) => status,
        other => panic!("{line}: {other:?}"),
    }
}

/// The code in the brackets, which is the same when it is owned.
fn code(inside: &str) -> Code<'static> {
    let status = status(&format!("* OK [{inside}] Some text"));
    assert_eq!(text(status.text), "Some text", "{inside}");
    let code = status.code.unwrap();
    assert_eq!(code.clone().into_owned(), code);
    code
}

fn other(name: &'static str, arguments: &'static str) -> Code<'static> {
    Code::Other { name: name.as_bytes().into(), arguments: arguments.as_bytes().into() }
}

#[test]
fn conditions() {
    for (word, kind) in [
        ("OK", StatusKind::Ok),
        ("no", StatusKind::No),
        ("Bad", StatusKind::Bad),
        ("BYE", StatusKind::Bye),
        ("PREAUTH", StatusKind::Preauth),
    ] {
        let found = status(&format!("* {word} It is so"));
        assert_eq!((found.kind, found.code, found.text), (kind, None, b"It is so".as_slice()));
    }
    let Ok(Response::Tagged { tag, status }) =
        response(leak("A142 OK [READ-WRITE] SELECT completed"), NameEncoding::Utf7)
    else {
        panic!()
    };
    assert_eq!((tag, status.code), (b"A142".as_slice(), Some(Code::ReadWrite)));
}

/// Quirk: a status response without text, and a code without text behind it.
#[test]
fn text_may_be_missing() {
    for line in ["A1 NO", "A1 NO ", "* NO"] {
        assert_eq!(status(line), Status { kind: StatusKind::No, code: None, text: b"" }, "{line}");
    }
    let found = status("* OK [HIGHESTMODSEQ 715194045007]");
    assert_eq!((found.code, found.text), (Some(Code::HighestModSeq(ModSeq::new(715_194_045_007))), b"".as_slice()));
}

/// Quirk: brackets that do not close are text.
#[test]
fn codes_that_are_none() {
    for line in ["A1 NO [TRYCREATE no such mailbox", "A1 NO ] x", "A1 NO ["] {
        let found = status(line);
        assert_eq!(found.code, None, "{line}");
        assert_eq!(text(found.text), line.strip_prefix("A1 NO ").unwrap());
    }
    assert_eq!(status("A1 NO []").code, Some(other("", "")));
    assert_eq!(code("ALERT \"never closed"), Code::Alert);
}

#[test]
fn brackets_within_codes() {
    let url = "IMAP://user;AUTH=*@[::1]/INBOX/REMOTE";
    assert_eq!(code(&format!("REFERRAL {url}")), Code::Referral(url.as_bytes().into()));
    let Code::PermanentFlags(flags) = code("PERMANENTFLAGS (\\Seen [Gmail] a] [b \\*)") else { panic!() };
    assert_eq!(flags.iter().map(text).collect::<Vec<_>>(), ["\\Seen", "[Gmail]", "a]", "[b", "\\*"]);
    assert_eq!(code("BADCHARSET (\"a]b\")"), Code::BadCharset(vec![b"a]b".into()]));
    assert_eq!(code("X-NEW [y] z"), other("X-NEW", "[y] z"));
    // They do not pair: the first ends it.
    assert_eq!(status("* OK [X-NEW (] y").code, Some(other("X-NEW", "(")));
    assert_eq!(status("* OK [X-NEW [] y").code, Some(other("X-NEW", "[")));
}

#[test]
fn codes_without_arguments() {
    for (name, expected) in [
        ("ALERT", Code::Alert),
        ("authenticationfailed", Code::AuthenticationFailed),
        ("CLOSED", Code::Closed),
        ("COMPRESSIONACTIVE", Code::CompressionActive),
        ("EXPUNGEISSUED", Code::ExpungeIssued),
        ("HASCHILDREN", Code::HasChildren),
        ("INUSE", Code::InUse),
        ("NOMODSEQ", Code::NoModSeq),
        ("NOTIFICATIONOVERFLOW", Code::NotificationOverflow),
        ("OVERQUOTA", Code::OverQuota),
        ("READ-ONLY", Code::ReadOnly),
        ("TEMPFAIL", Code::TempFail),
        ("TOOBIG", Code::TooBig),
        ("TRYCREATE", Code::TryCreate),
        ("UIDNOTSTICKY", Code::UidNotSticky),
        ("UIDREQUIRED", Code::UidRequired),
        ("UNAVAILABLE", Code::Unavailable),
        ("UNKNOWN-CTE", Code::UnknownCte),
        ("METADATA TOOMANY", Code::MetadataTooMany),
        ("METADATA NOPRIVATE", Code::MetadataNoPrivate),
    ] {
        let found = code(name);
        assert_eq!(found, expected, "{name}");
        assert_eq!(found.name(), name.to_ascii_uppercase());
    }
    // Arguments that nobody expects cost nothing.
    assert_eq!(code("TOOBIG 1000"), Code::TooBig);
}

#[test]
fn codes_with_arguments() {
    let validity = UidValidity::new(38_505).unwrap();
    let Code::AppendUid { validity: found, uids } = code("APPENDUID 38505 3955:3957") else { panic!() };
    assert_eq!((found, uids.iter().collect::<Vec<_>>()), (validity, vec![3955, 3956, 3957]));
    let Code::CopyUid { source, destination, .. } = code("COPYUID 38505 304,319:320 3956:3958") else { panic!() };
    let pairs: Vec<_> = source.iter().zip(destination.iter()).collect();
    assert_eq!(pairs, [(304, 3956), (319, 3957), (320, 3958)]);
    assert_eq!(code("UIDNEXT 4392"), Code::UidNext(Uid::new(4392)));
    assert_eq!(code("UNSEEN 12"), Code::Unseen(SeqNum::new(12)));
    assert_eq!(code("CAPABILITY IMAP4rev1 IDLE"), Code::Capability(vec![b"IMAP4rev1".into(), b"IDLE".into()]));
    assert_eq!(code("BADCHARSET"), Code::BadCharset(Vec::new()));
    assert_eq!(code("MAILBOXID (F2212ea87)"), Code::MailboxId(b"F2212ea87".into()));
    assert_eq!(code("MESSAGELIMIT 1000 23221"), Code::MessageLimit { limit: 1000, uid: Uid::new(23_221) });
    assert_eq!(code("MESSAGELIMIT 1000"), Code::MessageLimit { limit: 1000, uid: None });
    assert_eq!(code("METADATA LONGENTRIES 2199"), Code::MetadataLongEntries(2199));
    assert_eq!(code("METADATA MAXSIZE 1024"), Code::MetadataMaxSize(1024));
    let Code::Modified(set) = code("MODIFIED 7,9") else { panic!() };
    assert_eq!(set.to_uids().to_string(), "7,9");
    let progress = Progress { tag: Some(b"A001".into()), done: Some(454), of: Some(1000) };
    assert_eq!(code("INPROGRESS (\"A001\" 454 1000)"), Code::InProgress(progress));
    assert_eq!(code("INPROGRESS (NIL NIL NIL)"), Code::InProgress(Progress::default()));
    assert_eq!(code("INPROGRESS"), Code::InProgress(Progress::default()));
    assert_eq!(code("BADEVENT (FlagChange)"), Code::BadEvent(vec![b"FlagChange".into()]));
    assert_eq!(code("UNDEFINED-FILTER on-the-road"), Code::UndefinedFilter(b"on-the-road".into()));
}

/// Quirk: UIDNEXT and UIDVALIDITY of 0, HIGHESTMODSEQ of 0 or -1 are told and say nothing.
#[test]
fn values_that_cannot_be() {
    assert_eq!(code("UIDNEXT 0"), Code::UidNext(None));
    assert_eq!(code("UIDVALIDITY 0"), Code::UidValidity(None));
    assert_eq!(code("UIDVALIDITY 4294967296"), Code::UidValidity(None));
    assert_eq!(code("HIGHESTMODSEQ 0"), Code::HighestModSeq(None));
    assert_eq!(code("HIGHESTMODSEQ -1"), Code::HighestModSeq(None));
    assert_eq!(code("HIGHESTMODSEQ 18446744073709551615"), Code::HighestModSeq(None));
}

/// A code whose arguments make no sense is kept as one that is not known.
#[test]
fn arguments_that_make_no_sense() {
    assert_eq!(code("COPYUID 38505 304"), other("COPYUID", "38505 304"));
    assert_eq!(code("COPYUID 0 1 2"), other("COPYUID", "0 1 2"));
    assert_eq!(code("APPENDUID 1 *"), other("APPENDUID", "1 *"));
    assert_eq!(code("APPENDUID x y"), other("APPENDUID", "x y"));
    assert_eq!(code("UIDNEXT five"), other("UIDNEXT", "five"));
    assert_eq!(code("METADATA NEW 5"), other("METADATA", "NEW 5"));
    assert_eq!(code("x\x1b[31m] ").name(), "x^[[31m]");
    let Code::CopyUid { source, .. } = code("COPYUID 1 1:4294967295 1:4294967295") else { panic!() };
    assert_eq!(source.len(), 4_294_967_295);
}

/// Quirk: home.pl sends COPYUID in no response at all.
#[test]
fn a_code_that_stands_alone() {
    let found = status("* [COPYUID 38505 304 3956] Copied");
    assert_eq!(found.kind, StatusKind::Ok);
    assert!(matches!(found.code, Some(Code::CopyUid { .. })));
    assert_eq!(found.text, b"Copied");
}
