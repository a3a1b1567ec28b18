mod imapctl;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::*;
use crate::cli::output::{json, probe, record, transcript};
use crate::error::{Error, Rejection};
use crate::pop3::MessageNumber;
use crate::wire::{Direction as Way, Entry as Said};

/// Every line that popfetch has, with all fields and with as few as there can be.
fn of_popfetch() -> Vec<String> {
    let full = Mail { account: "work", uidl: b"u\xff", number: MessageNumber::new(3), size: Some(9) };
    let bare = Mail { account: "work", uidl: b"u", number: None, size: None };
    let now = SystemTime::now();
    let mut lines = Vec::new();
    let mut probes = vec![probe::tests::full()];
    probes.push(Probe {
        peer: None,
        tls: None,
        days_left: None,
        before_tls: None,
        before_login: None,
        after_login: None,
        choice: None,
        facts: Facts::Pop3 { languages: Vec::new(), messages: None, octets: None },
        timings: Timings::default(),
        ..probe::tests::full()
    });
    for mail in [full, bare] {
        let header = mail.number.map(|_| Header { from: "ann", date: Some(now), subject: "s" });
        let action = if header.is_some() { Action::FetchAndDelete } else { Action::Skip };
        let status = if header.is_some() { Status::Ok } else { Status::Err };
        let records = [
            Record::Delivered(Delivered { mail, target: "maildir:/m" }),
            Record::Deleted(mail),
            Record::Skipped(Skipped { mail, reason: "older" }),
            Record::Planned(Planned { mail, action, reason: "new" }),
            Record::Session(Session { account: "work", host: "h", counts: Counts::default(), exit: Exit::OK }),
            Record::Row(Row { mail, state: "new", of: 1, header }),
            Record::Remembered(Remembered {
                mail,
                ordinal: 1,
                state: "seen",
                reason: "",
                first_seen: now,
                absent_since: header.map(|_| now),
            }),
            Record::Changed(Changed { account: "work", change: Change::MarkedSeen, messages: 2 }),
            Record::Reply(Reply { account: "work", command: "NOOP", status, text: "" }),
            Record::Line(record::Line { account: "work", text: mail.uidl }),
        ];
        lines.extend(records.iter().map(json::lines));
    }
    lines.extend(probes.iter().map(|probe| json::lines(&Record::Probe(probe))));
    let refused = Failure::usage("no").of("work");
    lines.push(json::error_line(&Failure { advice: Some("try".into()), ..refused }, Some(&full)));
    lines.extend(shared(Done::Fetch(Counts::default())));
    lines
}

/// The same for smtpsend.
fn of_smtpsend() -> Vec<String> {
    use crate::cli::output::record::tests::{accepted, message};
    use crate::cli::verdict::Verdict;
    use crate::cli::verdict::tests::refused;

    let error = Arc::new(Error::Unsupported("no".into()));
    let second = Some(Duration::from_secs(1));
    let full = MessageResult {
        id: Some("1.eml".into()),
        connection: Some(Timings { tls: second, login: second, ..Timings::default() }),
        stages: Stages { mail: second, rcpt: second, data: second, dot: second },
        trouble: Some((Arc::clone(&error), Some("try".into()))),
        ..message(vec![
            ("a@x", accepted("1")),
            ("b@x", refused("RCPT", "550", Some("5.1.1"))),
            ("c@x", refused("RCPT", "450", None)),
            ("d@x", Verdict::Unsent(Arc::clone(&error))),
            ("e@x", Verdict::Unknown(error)),
        ])
    };
    let bare = MessageResult { account: "work".into(), ..MessageResult::default() };
    let mut advised = message(vec![("b@x", refused("RCPT", "550", Some("5.1.1")))]);
    advised.queued = Some("q1".into());
    advised.recipients.iter_mut().for_each(|recipient| recipient.advice = Some("try".into()));
    let now = SystemTime::now();
    let texts = ["a".to_owned(), "b".to_owned()];
    let smtp =
        |limit| Facts::Smtp { dialect: "esmtp", size: limit, mail_max: limit, rcpt_max: limit, rcpt_domain_max: limit };
    let probes = [Some(9), None].map(|limit| Probe { facts: smtp(limit), ..probe::tests::full() });
    let mut lines: Vec<String> = Vec::new();
    for message in [&full, &bare, &advised] {
        lines.extend(json::lines(&Record::Message(message)).lines().map(str::to_owned));
    }
    lines.extend(probes.iter().map(|probe| json::lines(&Record::Probe(probe))));
    for some in [Some("s"), None] {
        let queued = Queued { account: "work", id: "q1", message_id: some, sender: some, recipients: &texts, size: 9 };
        let planned = PlannedSend {
            account: "work",
            why: "",
            server: "h:465",
            security: "tls",
            user: some,
            id: some,
            message_id: some,
            sender: some,
            recipients: &texts,
            parameters: &[],
            size: 9,
        };
        let entry = Entry {
            message: queued,
            state: "due",
            created: now,
            next_try: some.map(|_| now),
            tries: 1,
            reason: "",
            owner: some,
        };
        let direction = if some.is_some() { Direction::Sent } else { Direction::Received };
        let records = [
            Record::Queued(queued),
            Record::Entry(entry),
            Record::Removed(Removed { id: "q1" }),
            Record::Route(Route { address: "a", to: route(some, &texts) }),
            Record::PlannedSend(planned),
            Record::Content(Content { account: "work", octets: b"a\xff" }),
            Record::Answer(VerbReply { account: "work", command: "NOOP", code: 250, enhanced: some, lines: &texts }),
            Record::Script(Script { account: "work", direction, octets: b"a\xff\r\n" }),
        ];
        lines.extend(records.iter().map(json::lines));
    }
    lines.extend(shared(Done::Send(Tally::default())));
    lines
}

fn route<'a>(server: Option<&'a str>, recipients: &'a [String]) -> Destination<'a> {
    match server {
        Some(server) => Destination::Server { account: "work", server, recipients },
        None => Destination::Nowhere("it is no address"),
    }
}

/// The lines that all have.
fn shared(done: Done) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(json::warning_line(&Warning::of("work", "careful")));
    lines.push(json::warning_line(&Warning { account: None, ..Warning::grave("", "careful") }));
    let code = Some("AUTH".to_owned());
    let rejection = Rejection { verb: "PASS", enhanced: code.clone(), code, text: "no".into(), transient: false };
    let refused = Failure::from(Error::Authentication(rejection)).of("work");
    lines.push(json::error_line(&refused, None));
    lines.push(json::error_line(&Failure::usage("no"), None));
    lines.push(json::error_line(&Failure::config("no").of("work"), None));
    for done in [None, Some(done)] {
        lines.push(json::summary_line(&Summary { exit: Exit::OK, worst: Exit::OK, accounts: 1, done }));
    }
    for direction in [Way::Sent, Way::Received, Way::Event] {
        let peer = (direction != Way::Event).then_some("lmtp");
        let entry = Said { elapsed: Duration::ZERO, direction, tls: true, peer, text: "x".into(), body: false };
        lines.push(transcript::json_line(&entry, "work"));
    }
    lines
}

/// Names what is wrong with a value, and notes which of the schema's fields it has.
fn check(value: &Value, schema: &Value, at: &str, met: &mut BTreeSet<String>) -> Result<(), String> {
    if let Some(ways) = schema.get("oneOf").and_then(Value::as_array) {
        let fits = |way: &&Value| check(value, way, at, &mut BTreeSet::new()).is_ok();
        let fitting: Vec<&Value> = ways.iter().filter(fits).collect();
        let [way] = fitting.as_slice() else { return Err(format!("{at} fits {} ways", fitting.len())) };
        return check(value, way, at, met);
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{at} is {value}"));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|words| !words.contains(value)) {
        return Err(format!("{at} is {value}"));
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        return Err(format!("{at} is {value}, not {types:?}"));
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{at} lacks {name}"));
        }
    }
    if let Some(fields) = value.as_object() {
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            let shape = schema["properties"].get(name).ok_or_else(|| format!("{at} is not in the schema"))?;
            check(value, shape, &at, met)?;
            met.insert(at);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(item, &schema["items"], at, met)?;
    }
    Ok(())
}

#[test]
fn every_line_fits_and_every_field_occurs() {
    for (program, samples) in
        [(Program::Popfetch, of_popfetch()), (Program::Smtpsend, of_smtpsend()), (Program::Imapctl, imapctl::samples())]
    {
        check_all(program, &samples);
    }
}

fn check_all(program: Program, samples: &[String]) {
    let schema = schema(program);
    let mut met = BTreeSet::new();
    for line in samples {
        let value: Value = serde_json::from_str(line).unwrap();
        let kind = value["type"].as_str().unwrap().to_owned();
        let of_kind = schema["oneOf"].as_array().unwrap().iter().find(|one| one["title"] == kind.as_str());
        check(&value, of_kind.unwrap(), &kind, &mut met).unwrap_or_else(|wrong| panic!("{wrong} in {line}"));
        check(&value, &schema, &kind, &mut BTreeSet::new()).unwrap();
    }
    for line in schema["oneOf"].as_array().unwrap() {
        let kind = line["title"].as_str().unwrap();
        for name in line["properties"].as_object().unwrap().keys() {
            assert!(met.contains(&format!("{kind}.{name}")), "no sample has {kind}.{name}");
        }
    }
}

#[test]
fn what_does_not_fit_is_noticed() {
    let schema = schema(Program::Popfetch);
    for line in [
        json!({ "type": "deleted", "account": "work" }),
        json!({ "type": "deleted", "account": "work", "uidl": 3 }),
        json!({ "type": "deleted", "account": "work", "uidl": "x", "extra": 1 }),
        json!({ "type": "unknown" }),
    ] {
        assert!(check(&line, &schema, "line", &mut BTreeSet::new()).is_err(), "{line}");
    }
}
