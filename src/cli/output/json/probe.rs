//! What a server is like.

use std::time::Duration;

use super::object::Object;
use crate::cli::output::record::{Facts, Probe, Timings};
use crate::net::tls::{CertificateFacts, TlsFacts, Verification};

pub(super) fn line(probe: &Probe) -> String {
    let mut object = Object::typed("probe").text("account", &probe.account).text("server", &probe.server);
    if let Some(peer) = &probe.peer {
        object = object.text("peer", peer);
    }
    object = object.text("security", probe.security).text("greeting", &probe.greeting);
    if let Some(tls) = &probe.tls {
        object = object.object("tls", tls_object(tls));
    }
    if let Some(days) = probe.days_left {
        object = object.signed("days_left", days);
    }
    let mut capabilities = Object::plain();
    for (name, known) in
        [("before_tls", &probe.before_tls), ("before_login", &probe.before_login), ("after_login", &probe.after_login)]
    {
        if let Some(lines) = known {
            capabilities = capabilities.texts(name, lines);
        }
    }
    object = object.object("capabilities", capabilities).texts("mechanisms", &probe.mechanisms);
    if let Some(choice) = &probe.choice {
        let choice = Object::plain().text("method", &choice.method).text("reason", &choice.reason);
        object = object.object("choice", choice);
    }
    let (object, numbers) = match &probe.facts {
        Facts::Pop3 { languages, messages, octets } => {
            (object.texts("languages", languages), vec![("messages", *messages), ("octets", *octets)])
        }
        Facts::Smtp { dialect, size, mail_max, rcpt_max, rcpt_domain_max } => (
            object.text("dialect", dialect),
            vec![
                ("size", *size),
                ("mail_max", *mail_max),
                ("rcpt_max", *rcpt_max),
                ("rcpt_domain_max", *rcpt_domain_max),
            ],
        ),
        Facts::Imap(server) => (super::imapctl::server(object, server), Vec::new()),
    };
    let object = numbers.into_iter().fold(object, |object, (name, number)| match number {
        Some(number) => object.number(name, number),
        None => object,
    });
    object.object("timings_ms", timings_object(&probe.timings)).line()
}

fn tls_object(tls: &TlsFacts) -> Object {
    let verification = match tls.verification {
        Verification::Chain => "chain",
        Verification::Pin => "pin",
        Verification::ChainAndPin => "chain-and-pin",
        Verification::None => "none",
    };
    let chain: Vec<Object> = tls.chain.iter().map(certificate_object).collect();
    let bindings: Vec<&str> = tls.bindings.iter().map(|binding| binding.kind.name()).collect();
    Object::plain()
        .text("backend", &tls.backend.to_string())
        .text_or_null("version", tls.version.as_deref())
        .text_or_null("cipher", tls.cipher.as_deref())
        .text_or_null("alpn", tls.alpn.as_deref())
        .text("verification", verification)
        .objects("chain", chain)
        .texts("bindings", &bindings)
}

fn certificate_object(certificate: &CertificateFacts) -> Object {
    let sha256: String = certificate.fingerprint.iter().map(|octet| format!("{octet:02x}")).collect();
    Object::plain()
        .text("subject", &certificate.subject)
        .text("issuer", &certificate.issuer)
        .texts("names", &certificate.names)
        .time("not_before", certificate.not_before)
        .time("not_after", certificate.not_after)
        .text("pin", &certificate.pin.to_string())
        .text("sha256", &sha256)
}

fn timings_object(timings: &Timings) -> Object {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let mut object = Object::plain().float("connect", milliseconds(timings.connect));
    if let Some(tls) = timings.tls {
        object = object.float("tls", milliseconds(tls));
    }
    object = object
        .float("greeting", milliseconds(timings.greeting))
        .float("capabilities", milliseconds(timings.capabilities));
    match timings.login {
        Some(login) => object.float("login", milliseconds(login)),
        None => object,
    }
}
