//! What a refusal means for a message and for the others.

use super::*;

fn rejection(code: Option<&str>, text: &str, transient: bool) -> Rejection {
    Rejection { verb: "APPEND", code: code.map(str::to_owned), enhanced: None, text: text.into(), transient }
}

#[test]
fn what_is_said_of_the_folder_is_said_of_all_messages() {
    for (code, text, transient, expected) in [
        (None, "Message contains bare newlines", false, true),
        (None, "Request is throttled", true, false),
        (None, "Mailbox does not exist", false, false),
        (Some("BAD"), "what?", false, true),
        (Some("TOOBIG"), "too big", false, true),
        (Some("SERVERBUG"), "internal error", true, true),
        (Some("TRYCREATE"), "no", false, false),
        (Some("NONEXISTENT"), "no", false, false),
        (Some("OVERQUOTA"), "full", false, false),
        (Some("UNAVAILABLE"), "later", true, false),
        (Some("INUSE"), "later", true, false),
        (Some("NOPERM"), "no", false, false),
        (Some("X-NEW"), "no", false, false),
    ] {
        assert_eq!(is_about_message(&rejection(code, text, transient)), expected, "{code:?} {text}");
    }
}

#[test]
fn a_quota_may_have_room_for_some_of_a_batch() {
    assert!(!ends_all(&rejection(Some("OVERQUOTA"), "full", false)));
    assert!(ends_all(&rejection(Some("TRYCREATE"), "no", false)));
    assert!(!ends_all(&rejection(Some("TOOBIG"), "no", false)));
}

#[test]
fn a_reason_that_is_the_message_s_own_is_told() {
    assert!(!is_vague(&rejection(Some("TOOBIG"), "no", false)));
    assert!(is_vague(&rejection(None, "no", false)));
}
