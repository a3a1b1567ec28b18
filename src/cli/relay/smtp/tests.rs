//! What a refusal or a fate means for a message and for the others.

use super::*;
use crate::error::Phase;
use crate::smtp::{Reply, Stages};

fn rejection(code: &str, enhanced: Option<&str>) -> Rejection {
    let transient = code.starts_with('4');
    Rejection {
        verb: "RCPT",
        code: Some(code.into()),
        enhanced: enhanced.map(str::to_owned),
        text: "no".into(),
        transient,
    }
}

#[test]
fn what_is_said_of_the_envelope_is_said_of_all_messages() {
    for (stage, code, enhanced, expected) in [
        (Stage::Mail, "550", Some("5.7.1"), false),
        (Stage::Mail, "451", None, false),
        (Stage::Mail, "552", None, true),
        (Stage::Mail, "452", Some("4.3.1"), true),
        (Stage::Mail, "550", Some("5.3.4"), true),
        (Stage::Mail, "554", Some("5.6.3"), true),
        (Stage::Rcpt, "550", Some("5.1.1"), false),
        (Stage::Rcpt, "452", Some("4.2.2"), false),
        (Stage::Rcpt, "552", None, false),
        (Stage::Rcpt, "552", Some("5.2.3"), true),
        (Stage::Data, "451", None, true),
        (Stage::Dot, "550", None, true),
    ] {
        assert_eq!(is_about_message(stage, &rejection(code, enhanced)), expected, "{stage:?} {code} {enhanced:?}");
    }
}

#[test]
fn a_message_is_delivered_only_if_it_is_for_everybody() {
    let accepted = || Fate::Accepted(Reply::new(250, vec![b"2.0.0 ok".to_vec()]));
    let refused = |code: &str| Fate::Refused { stage: Stage::Dot, rejection: rejection(code, None) };
    let closed = || Arc::new(Error::Closed { phase: Phase::Send, truncated: false });
    let (unsent, unknown) = (|| Fate::Unsent(closed()), || Fate::Unknown(closed()));
    for (fates, expected) in [
        (vec![accepted(), accepted()], "delivered"),
        (vec![accepted(), refused("452")], "452"),
        (vec![refused("452"), refused("550"), refused("451")], "550"),
        (vec![refused("552"), refused("550")], "552"),
        (vec![accepted(), unsent()], "unsent"),
        (vec![unsent(), refused("550"), unsent()], "550"),
        (vec![refused("550"), unknown(), accepted()], "unknown"),
        (vec![unknown(), refused("550")], "unknown"),
    ] {
        let told = format!("{fates:?}");
        let got = match verdict(Report { tag: 0, fates, stages: Stages::default() }) {
            Verdict::Delivered => "delivered".to_owned(),
            Verdict::Refused(_, rejection) => rejection.code.unwrap(),
            Verdict::Unsent(_) => "unsent".into(),
            Verdict::Unknown(_) => "unknown".into(),
        };
        assert_eq!(got, expected, "{told}");
    }
}
