//! What a probe found, for people.

use std::time::Duration;

use super::human::local;
use super::record::imapctl::Server;
use super::record::{Facts, Probe, Timings};
use super::table::{octets, width};
use crate::net::tls::{CertificateFacts, TlsFacts, Verification};
use crate::text::sanitize;
use crate::wire::transcript::grouped;

/// The column in which values begin.
const VALUES: usize = 14;

pub(super) fn report(probe: &Probe, columns: usize) -> String {
    let mut report = Report { out: String::new(), columns };
    let peer = probe.peer.as_ref().map(|peer| format!(" ({peer})")).unwrap_or_default();
    report.line("server", &format!("{}{peer}", probe.server));
    report.line("security", probe.security);
    report.line("greeting", &probe.greeting);
    match &probe.tls {
        Some(tls) => report.tls(tls, probe.days_left),
        None => report.line("TLS", "none"),
    }
    report.capabilities("before TLS", &probe.before_tls);
    report.capabilities("before login", &probe.before_login);
    report.capabilities("after login", &probe.after_login);
    report.line("mechanisms", &join(&probe.mechanisms));
    if let Some(choice) = &probe.choice {
        report.line("login", &choice.reason);
    }
    report.facts(&probe.facts);
    report.line("timing", &timings(&probe.timings));
    report.out
}

struct Report {
    out: String,
    columns: usize,
}

impl Report {
    /// A label and its value, broken at blanks; a word that is too long for its column gets a line of its own.
    fn line(&mut self, label: &str, value: &str) {
        let value = sanitize(value.as_bytes());
        let mut line = format!("{label:<VALUES$}");
        let mut is_empty = true;
        for word in value.split(' ') {
            if !is_empty && width(&line) + 1 + width(word) > self.columns {
                self.push(&line);
                line = " ".repeat(VALUES);
                is_empty = true;
            }
            if is_empty && VALUES + width(word) > self.columns {
                self.push(&line);
                line = "  ".into();
            } else if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.push(&line);
    }

    fn facts(&mut self, facts: &Facts) {
        match facts {
            Facts::Pop3 { languages, messages, octets: total } => {
                if !languages.is_empty() {
                    self.line("languages", &join(languages));
                }
                if let (Some(messages), Some(total)) = (messages, total) {
                    self.line("mailbox", &format!("{} messages, {}", grouped(*messages), in_words(*total)));
                }
            }
            Facts::Smtp { dialect, size, mail_max, rcpt_max, rcpt_domain_max } => {
                self.line("protocol", &dialect.to_ascii_uppercase());
                let counted = |limit: &Option<u64>, what: &str| limit.map(|limit| format!("{} {what}", grouped(limit)));
                let limits = [
                    size.map(|size| format!("{} a message", in_words(size))),
                    counted(mail_max, "messages a session"),
                    counted(rcpt_max, "recipients a message"),
                    counted(rcpt_domain_max, "domains a message"),
                ];
                let limits: Vec<String> = limits.into_iter().flatten().collect();
                self.line("limits", &join(&limits));
            }
            Facts::Imap(server) => self.imap(server),
        }
    }

    fn imap(&mut self, server: &Server) {
        self.line("protocol", &server.revision);
        for (label, words) in [("implied", &server.implied), ("made use of", &server.used)] {
            if !words.is_empty() {
                self.line(label, &join(words));
            }
        }
        for (at, namespace) in server.namespaces.iter().enumerate() {
            let delimiter = match namespace.delimiter {
                Some(delimiter) => format!("parted by {delimiter}"),
                None => "flat".to_owned(),
            };
            let told = format!("{} \"{}\", {delimiter}", namespace.holder.word(), namespace.prefix);
            self.line(if at == 0 { "namespaces" } else { "" }, &told);
        }
        let pairs = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>()
        };
        if !server.special_use.is_empty() {
            self.line("special use", &join(&pairs(&server.special_use)));
        }
        for (at, quota) in server.quota.iter().enumerate() {
            let used = match quota.resource.eq_ignore_ascii_case("STORAGE") {
                true => {
                    let size = |units: u64| octets(units.saturating_mul(1024));
                    format!("{} of {}", size(quota.usage), size(quota.limit))
                }
                false => format!("{} of {}", grouped(quota.usage), grouped(quota.limit)),
            };
            let told = format!("{} {used} ({:.1}%)", quota.resource, quota.percent());
            self.line(if at == 0 { "quota" } else { "" }, &told);
        }
        if !server.limits.is_empty() {
            let limits: Vec<String> =
                server.limits.iter().map(|(name, limit)| format!("{name} {}", grouped(*limit))).collect();
            self.line("limits", &join(&limits));
        }
        if !server.id.is_empty() {
            self.line("id", &join(&pairs(&server.id)));
        }
        for (at, oddity) in server.oddities.iter().enumerate() {
            self.line(if at == 0 { "oddities" } else { "" }, oddity);
        }
        if !server.latencies.is_empty() {
            let latencies: Vec<String> =
                server.latencies.iter().map(|(command, time)| format!("{command} {}ms", time.as_millis())).collect();
            self.line("answers", &join(&latencies));
        }
    }

    fn push(&mut self, line: &str) {
        if !line.trim().is_empty() {
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    fn tls(&mut self, tls: &TlsFacts, days_left: Option<i64>) {
        let unknown = "unknown to this backend";
        let (version, cipher) = (tls.version.as_deref().unwrap_or(unknown), tls.cipher.as_deref().unwrap_or(unknown));
        let alpn = tls.alpn.as_ref().map(|alpn| format!(", ALPN {alpn}")).unwrap_or_default();
        self.line("TLS", &format!("{version}, {cipher}{alpn}, by {}", tls.backend));
        let verified = match tls.verification {
            Verification::Chain => "yes: authority, name and date",
            Verification::Pin => "yes: the pin",
            Verification::ChainAndPin => "yes: authority, name, date and the pin",
            Verification::None => "NO",
        };
        self.line("verified", verified);
        let bindings: Vec<&str> = tls.bindings.iter().map(|binding| binding.kind.name()).collect();
        if !bindings.is_empty() {
            self.line("bindings", &bindings.join(", "));
        }
        for (at, certificate) in tls.chain.iter().enumerate() {
            self.certificate(if at == 0 { "certificate" } else { "issued by" }, certificate);
            if let Some(days) = days_left.filter(|_| at == 0) {
                let left = match days {
                    1 => "1 day left".to_owned(),
                    0.. => format!("{days} days left"),
                    _ => format!("EXPIRED {} days ago", days.unsigned_abs()),
                };
                self.line("", &left);
            }
        }
    }

    fn certificate(&mut self, label: &str, certificate: &CertificateFacts) {
        self.line(label, &certificate.subject);
        self.line("", &format!("issuer {}", certificate.issuer));
        if !certificate.names.is_empty() {
            self.line("", &format!("names {}", join(&certificate.names)));
        }
        self.line("", &format!("valid {} to {}", local(certificate.not_before), local(certificate.not_after)));
        self.line("", &certificate.pin.to_string());
    }

    fn capabilities(&mut self, label: &str, capabilities: &Option<Vec<String>>) {
        match capabilities {
            None => {}
            Some(lines) if lines.is_empty() => self.line(label, "nothing"),
            Some(lines) => self.line(label, &join(lines)),
        }
    }
}

/// Octets, short and in full.
fn in_words(count: u64) -> String {
    match count {
        0..1000 => format!("{count} octets"),
        _ => format!("{} ({} octets)", octets(count), grouped(count)),
    }
}

fn join(words: &[String]) -> String {
    match words {
        [] => "none".into(),
        words => words.join(", "),
    }
}

fn timings(timings: &Timings) -> String {
    let mut stages = vec![("connect", timings.connect)];
    stages.extend(timings.tls.map(|tls| ("TLS", tls)));
    stages.extend([("greeting", timings.greeting), ("capabilities", timings.capabilities)]);
    stages.extend(timings.login.map(|login| ("login", login)));
    let total: Duration = stages.iter().map(|(_, time)| *time).sum();
    stages.push(("in all", total));
    let told: Vec<String> = stages.iter().map(|(stage, time)| format!("{stage} {}ms", time.as_millis())).collect();
    told.join(", ")
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::SystemTime;

    use super::super::record::Choice;
    use super::*;
    use crate::net::tls::{Backend, BindingKind, ChannelBinding, Pin};

    /// A probe with everything in it, much of it too long.
    pub(in super::super) fn full() -> Probe {
        let certificate = CertificateFacts {
            subject: "CN=mail.example.org".into(),
            issuer: "CN=Some Authority with a Long Name,O=The Very Long Name of an Organisation,C=XX".into(),
            names: (0..20).map(|n| format!("mail{n}.example.org")).collect(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after: SystemTime::now(),
            pin: Pin([7; 32]),
            fingerprint: [8; 32],
        };
        let capabilities: Vec<String> =
            ["TOP", "UIDL", "SASL PLAIN LOGIN SCRAM-SHA-256", "PIPELINING", "IMPLEMENTATION x^[[31m"]
                .map(str::to_owned)
                .into();
        Probe {
            account: "work".into(),
            server: "mail.example.org:110".into(),
            peer: Some("[2001:db8::1]:110".into()),
            security: "starttls",
            greeting: "x".repeat(300),
            tls: Some(TlsFacts {
                backend: Backend::Rustls,
                version: Some("TLSv1.3".into()),
                cipher: Some("TLS13_AES_256_GCM_SHA384".into()),
                alpn: Some("pop3".into()),
                chain: vec![certificate.clone(), certificate],
                verification: Verification::Chain,
                bindings: vec![ChannelBinding { kind: BindingKind::TlsExporter, data: vec![1] }],
            }),
            days_left: Some(87),
            before_tls: Some(capabilities.clone()),
            before_login: Some(capabilities.clone()),
            after_login: Some(capabilities),
            mechanisms: vec!["PLAIN".into(), "USER".into()],
            choice: Some(Choice { method: "PLAIN".into(), reason: "PLAIN: offered, TLS verified".into() }),
            facts: Facts::Pop3 { languages: vec!["en English".into()], messages: Some(3), octets: Some(12_345) },
            timings: Timings {
                tls: Some(Duration::from_millis(30)),
                login: Some(Duration::ZERO),
                ..Timings::default()
            },
        }
    }

    #[test]
    fn a_report_fits_80_columns() {
        let probe = full();
        let text = report(&probe, 80);
        for line in text.lines().filter(|line| !line.contains("xxxx")) {
            assert!(width(line) <= 80, "{line}");
        }
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
        for expected in [
            "server        mail.example.org:110 ([2001:db8::1]:110)\n",
            "TLS           TLSv1.3, TLS13_AES_256_GCM_SHA384, ALPN pop3, by rustls\n",
            "              87 days left\n",
            "\n  sha256:0707070707070707070707070707070707070707070707070707070707070707\n",
            "before login  TOP, UIDL, SASL PLAIN LOGIN SCRAM-SHA-256, PIPELINING,\n",
            "login         PLAIN: offered, TLS verified\n",
            "mailbox       3 messages, 12K (12,345 octets)\n",
            "timing        connect 0ms, TLS 30ms, greeting 0ms, capabilities 0ms, login 0ms,",
        ] {
            assert!(text.contains(expected), "{expected:?} in\n{text}");
        }
    }

    #[test]
    fn a_server_of_which_little_is_known() {
        let probe = Probe {
            peer: None,
            tls: None,
            days_left: None,
            greeting: "hello".into(),
            before_tls: None,
            before_login: None,
            after_login: None,
            choice: None,
            facts: Facts::Pop3 { languages: Vec::new(), messages: None, octets: None },
            timings: Timings::default(),
            ..full()
        };
        let text = report(&probe, 80);
        assert!(
            text.contains("TLS           none\n") && !text.contains("login") && !text.contains("mailbox"),
            "{text}"
        );
    }

    #[test]
    fn what_an_imap_server_tells() {
        use super::super::record::imapctl::{Holder, Namespace, Quota};

        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let namespace = |holder, prefix: &str, delimiter| Namespace { holder, prefix: prefix.into(), delimiter };
        let server = Server {
            revision: "IMAP4rev2".into(),
            implied: (0..20).map(|n| format!("EXTENSION{n}")).collect(),
            used: vec!["MOVE".into()],
            namespaces: vec![
                namespace(Holder::Personal, "", Some('/')),
                namespace(Holder::OtherUsers, "user\x1b", None),
            ],
            special_use: vec![pair("\\Sent", "Sent"), pair("\\Trash", "Bin\n")],
            quota: vec![Quota { resource: "STORAGE".into(), usage: 512, limit: 1024, ..Quota::default() }],
            limits: vec![("append_limit".into(), 1_000_000)],
            id: vec![pair("name", "Dovecot")],
            oddities: vec!["its UIDs go backwards: x".into(), "another".into()],
            latencies: vec![("CAPABILITY".into(), Duration::from_millis(3))],
        };
        let text = report(&Probe { facts: Facts::Imap(Box::new(server)), ..full() }, 80);
        for line in text.lines().filter(|line| !line.contains("xxxx")) {
            assert!(width(line) <= 80, "{line}");
        }
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
        for expected in [
            "protocol      IMAP4rev2\n",
            "made use of   MOVE\n",
            "namespaces    personal \"\", parted by /\n              other-users \"user^[\", flat\n",
            "special use   \\Sent Sent, \\Trash Bin^J\n",
            "quota         STORAGE 512K of 1.0M (50.0%)\n",
            "limits        append_limit 1,000,000\n",
            "id            name Dovecot\n",
            "oddities      its UIDs go backwards: x\n              another\n",
            "answers       CAPABILITY 3ms\n",
        ] {
            assert!(text.contains(expected), "{expected:?} in\n{text}");
        }
        let text = report(&Probe { facts: Facts::Imap(Box::default()), ..full() }, 80);
        assert!(!text.contains("namespaces") && !text.contains("quota") && !text.contains("oddities"), "{text}");
    }

    #[test]
    fn what_a_mail_server_tells() {
        let facts = Facts::Smtp {
            dialect: "esmtp",
            size: Some(10_485_760),
            mail_max: None,
            rcpt_max: Some(1000),
            rcpt_domain_max: None,
        };
        let text = report(&Probe { facts, ..full() }, 80);
        assert!(text.contains("protocol      ESMTP\n"), "{text}");
        assert!(
            text.contains("limits        10M (10,485,760 octets) a message, 1,000 recipients a message\n"),
            "{text}"
        );
        assert!(!text.contains("mailbox") && !text.contains("languages"), "{text}");
    }
}
