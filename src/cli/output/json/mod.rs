//! Results as JSON lines: objects whose shape is fixed here and described by [`super::schema`].

mod imapctl;
mod object;
mod popfetch;
mod probe;
mod smtpsend;

pub(super) use object::Object;

use super::Output;
use super::record::{Done, Mail, Record, Summary, Warning};
use super::streams::{Carries, Flush, Stderr, Stdout};
use crate::cli::exit::Failure;
use crate::error::Rejection;

/// `--json`.
pub struct Json {
    stdout: Stdout,
    stderr: Stderr,
}

impl Json {
    /// Results on one stream, errors and warnings on both.
    pub fn new(stdout: Stdout, stderr: Stderr) -> Self {
        Self { stdout, stderr }
    }
}

impl Output for Json {
    fn record(&self, record: &Record<'_>) {
        // Long listings are written in large pieces; what tells of an event is told at once.
        let flush = match record {
            Record::Row(_) | Record::Remembered(_) | Record::Planned(_) | Record::Entry(_) => Flush::Later,
            Record::Imapctl(told) => told.what.flush(),
            _ => Flush::Now,
        };
        self.stdout.write(lines(record).as_bytes(), flush);
        match record {
            Record::Message(message) => self.stderr.complain(message),
            Record::Imapctl(told) => self.stderr.told(told),
            _ => {}
        }
    }

    fn warn(&self, warning: &Warning<'_>) {
        self.stdout.write(warning_line(warning).as_bytes(), Flush::Now);
        self.stderr.warn(warning);
    }

    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.stdout.write(error_line(failure, mail).as_bytes(), Flush::Now);
        self.stderr.error(failure, mail);
    }

    fn finish(&self, summary: &Summary) -> Result<(), Failure> {
        self.stdout.write(summary_line(summary).as_bytes(), Flush::Now);
        self.stdout.finish(Carries::Report)
    }

    fn is_closed(&self) -> bool {
        self.stdout.has_failed()
    }
}

/// A record in a line; a message in as many as it has recipients and complaints, and one.
pub(crate) fn lines(record: &Record<'_>) -> String {
    match record {
        Record::Probe(probe) => probe::line(probe),
        Record::Imapctl(told) => imapctl::lines(told),
        record => popfetch::line(record).or_else(|| smtpsend::lines(record)).unwrap_or_default(),
    }
}

pub(crate) fn warning_line(warning: &Warning<'_>) -> String {
    let object = Object::typed("warning");
    let object = warning.account.into_iter().fold(object, |object, account| object.text("account", account));
    object.text("message", warning.text).line()
}

pub(crate) fn error_line(failure: &Failure, mail: Option<&Mail<'_>>) -> String {
    let object = Object::typed("error");
    let object = match (mail, &failure.account) {
        (Some(mail), _) => object.mail(mail),
        (None, Some(account)) => object.text("account", account),
        (None, None) => object,
    };
    object.failure(failure).line()
}

pub(crate) fn summary_line(summary: &Summary) -> String {
    let object = Object::typed("summary")
        .number("exit", summary.exit.code().into())
        .number("worst", summary.worst.code().into())
        .number("accounts", summary.accounts as u64);
    match &summary.done {
        None => object,
        Some(Done::Fetch(counts)) => object.counts(counts),
        Some(Done::Send(tally)) => object.tally(tally),
        Some(Done::Imapctl(tally)) => object.worked(tally),
    }
    .line()
}

impl Object {
    /// What failed, how it ends a run, and what the server said.
    fn failure(self, failure: &Failure) -> Self {
        self.text("kind", failure.kind())
            .text_or_null("stage", failure.stage().as_deref())
            .number("exit", failure.exit.code().into())
            .text("message", &failure.error.to_string())
            .maybe("advice", failure.advice.as_deref())
            .server(failure.rejection())
    }

    /// The server's refusal, or null.
    fn server(self, rejection: Option<&Rejection>) -> Self {
        match rejection {
            None => self.null("server"),
            Some(rejection) => self.object(
                "server",
                Self::plain()
                    .text_or_null("code", rejection.code.as_deref())
                    .text_or_null("enhanced", rejection.enhanced.as_deref())
                    .text("text", &rejection.text),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;
    use crate::error::Error;
    use crate::text::is_unsafe;

    #[test]
    fn the_type_comes_first() {
        let mail = Mail { account: "work", uidl: b"u1", number: None, size: Some(12) };
        assert_eq!(
            lines(&Record::Deleted(mail)),
            "{\"type\":\"deleted\",\"account\":\"work\",\"uidl\":\"u1\",\"size\":12}\n"
        );
    }

    #[test]
    fn what_is_no_text_comes_in_base64_too() {
        let mail = Mail { account: "work", uidl: b"a\xffb", number: None, size: None };
        let value: Value = serde_json::from_str(&lines(&Record::Deleted(mail))).unwrap();
        assert_eq!(value["uidl"], "a\u{fffd}b");
        assert_eq!(BASE64_STANDARD.decode(value["uidl_base64"].as_str().unwrap()).unwrap(), b"a\xffb");
    }

    #[test]
    fn an_error_as_the_contract_has_it() {
        let rejection = Rejection {
            verb: "PASS",
            code: Some("AUTH".into()),
            enhanced: None,
            text: "Invalid login".into(),
            transient: false,
        };
        let failure = Failure::from(Error::Authentication(rejection)).of("work");
        assert_eq!(
            error_line(&failure, None),
            "{\"type\":\"error\",\"account\":\"work\",\"kind\":\"authentication\",\"stage\":\"pass\",\"exit\":77,\
             \"message\":\"authentication failed at PASS: [AUTH] Invalid login\",\"server\":{\"code\":\"AUTH\",\
             \"enhanced\":null,\"text\":\"Invalid login\"}}\n"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_valid_line_without_controls(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mail = Mail { account: "work", uidl: &bytes, number: None, size: None };
            let line = lines(&Record::Deleted(mail));
            let body = line.strip_suffix('\n').unwrap();
            prop_assert!(!body.chars().any(is_unsafe));
            let value: Value = serde_json::from_str(body).unwrap();
            prop_assert_eq!(value["uidl"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            let lossless = std::str::from_utf8(&bytes).is_ok();
            prop_assert_eq!(value.get("uidl_base64").is_none(), lossless);
        }

        #[test]
        fn what_a_server_tells_of_a_message_is_harmless(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            use super::super::record::imapctl::{Address, Message, Place, Told, What};
            use crate::imap::Mailbox;

            let lossy = String::from_utf8_lossy(&bytes).into_owned();
            let texts = [lossy.clone()];
            let address = [Address { name: Some(&bytes), address: Some(&bytes) }];
            let mailbox = Mailbox::Raw(bytes.clone());
            let message = Message {
                place: Place { folder: (&mailbox).into(), validity: None },
                flags: Some(&texts),
                from: &address,
                subject: Some(&bytes),
                email_id: Some(&lossy),
                flaws: &texts,
                ..Message::default()
            };
            let line = lines(&Record::Imapctl(Told::new("work", What::Message(&message))));
            let body = line.strip_suffix('\n').unwrap();
            prop_assert!(!body.chars().any(is_unsafe));
            let value: Value = serde_json::from_str(body).unwrap();
            let decoded = |text: &Value| BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap();
            prop_assert_eq!(decoded(&value["folder_base64"]), bytes.as_slice());
            prop_assert_eq!(value["subject"].as_str().unwrap(), lossy.as_str());
            match value["from"][0].get("name_base64") {
                Some(name) => prop_assert_eq!(decoded(name), bytes.as_slice()),
                None => prop_assert_eq!(value["from"][0]["name"].as_str().unwrap().as_bytes(), bytes.as_slice()),
            }
        }
    }
}
