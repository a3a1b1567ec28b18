//! ACL, QUOTA, METADATA, ID.

use super::*;
use crate::imap::Mailbox;

/// Names and what they have.
fn pairs(acl: &Acl<'_>) -> Vec<String> {
    acl.entries.iter().map(|(name, rights)| format!("{}={}", text(name), text(rights))).collect()
}

#[test]
fn access_control_lists() {
    let Data::Acl(found) = data("* ACL INBOX Fred rwipsldexta \"-anyone else\" \"\" ") else { panic!() };
    assert_eq!(found.mailbox, Mailbox::Inbox);
    assert_eq!(pairs(&found), ["Fred=rwipsldexta", "-anyone else="]);
    assert!(matches!(data("* ACL x"), Data::Acl(found) if found.entries.is_empty()));
    assert_eq!(flaw("* ACL x Fred").item, "ACL");
    assert_eq!(flaw("* ACL").item, "ACL");
}

#[test]
fn rights() {
    let Data::ListRights(found) = data("* LISTRIGHTS ~/Mail/saved smith la r swicdkxte") else { panic!() };
    assert_eq!((text(found.identifier), text(found.required)), ("smith".into(), "la".into()));
    assert_eq!(found.optional.iter().map(text).collect::<Vec<_>>(), ["r", "swicdkxte"]);
    assert!(matches!(data("* LISTRIGHTS x y \"\""), Data::ListRights(found) if found.optional.is_empty()));
    let Data::MyRights(found) = data("* MYRIGHTS INBOX rwiptsldaex") else { panic!() };
    assert_eq!((found.mailbox, text(found.rights)), (Mailbox::Inbox, "rwiptsldaex".into()));
    assert_eq!(flaw("* MYRIGHTS INBOX").item, "MYRIGHTS");
    assert_eq!(flaw("* LISTRIGHTS INBOX x").item, "LISTRIGHTS");
}

#[test]
fn quotas() {
    let Data::Quota(found) = data("* QUOTA \"\" (STORAGE 10 5120000000000 MESSAGE 1 20)") else { panic!() };
    assert_eq!(text(found.root), "");
    let shown: Vec<_> =
        found.resources.iter().map(|resource| (text(&resource.name), resource.usage, resource.limit)).collect();
    assert_eq!(shown, [("STORAGE".into(), Some(10), Some(5_120_000_000_000)), ("MESSAGE".into(), Some(1), Some(20))]);
    // Quirk: a limit of -1, or none of anything.
    assert!(
        matches!(data("* QUOTA x (STORAGE 10 -1)"), Data::Quota(found) if found.resources.first().unwrap().limit.is_none())
    );
    assert!(matches!(data("* QUOTA x ()"), Data::Quota(found) if found.resources.is_empty()));
    let Data::QuotaRoot(found) = data("* QUOTAROOT INBOX \"\" \"user root\"") else { panic!() };
    assert_eq!(found.roots.iter().map(text).collect::<Vec<_>>(), ["", "user root"]);
    assert!(matches!(data("* QUOTAROOT comp.mail.mime"), Data::QuotaRoot(found) if found.roots.is_empty()));
    assert_eq!(flaw("* QUOTA x (STORAGE 10)").item, "QUOTA");
    assert_eq!(flaw("* QUOTA x").item, "QUOTA");
}

#[test]
fn annotations() {
    let Data::Metadata(found) =
        data("* METADATA \"INBOX\" (/private/comment \"My\" /shared/comment NIL /x ~{3}\r\n\0\r\n /y {0}\r\n)")
    else {
        panic!()
    };
    let shown: Vec<_> = found.values.iter().map(|(name, value)| (text(name), value.as_ref().map(text))).collect();
    assert_eq!(
        shown,
        [
            ("/private/comment".into(), Some("My".into())),
            ("/shared/comment".into(), None),
            ("/x".into(), Some("\0\r\n".into())),
            ("/y".into(), Some(String::new())),
        ]
    );
    let Data::Metadata(found) = data("* METADATA \"\" /shared/comment /private/vendor/x") else { panic!() };
    assert_eq!(found.changed.iter().map(text).collect::<Vec<_>>(), ["/shared/comment", "/private/vendor/x"]);
    assert_eq!(flaw("* METADATA INBOX (/x)").item, "METADATA");
    assert_eq!(flaw("* METADATA INBOX (/x {5}\r\na)").item, "METADATA");
}

/// Quirk: NIL and `()` both occur, blanks at the end, a value that is missing.
#[test]
fn who_the_server_is() {
    let id = |line| match data(line) {
        Data::Id(fields) => fields,
        other => panic!("{other:?}"),
    };
    let fields = id("* ID (\"name\" \"Dovecot\" \"version\" NIL) ").unwrap();
    let shown: Vec<_> = fields.iter().map(|field| (text(&field.name), field.value.as_ref().map(text))).collect();
    assert_eq!(shown, [("name".into(), Some("Dovecot".into())), ("version".into(), None)]);
    assert_eq!(id("* ID NIL"), None);
    assert_eq!(id("* ID NIL "), None);
    assert_eq!(id("* ID ()").unwrap(), []);
    assert_eq!(id("* ID (\"name\")").unwrap().first().unwrap().value, None);
    assert_eq!(flaw("* ID x").item, "ID");
}
