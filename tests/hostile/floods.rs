//! Very big mailboxes: time must grow as their size does, and memory stay in proportion.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::servers::popfetch;
use crate::support::command::Home;
use crate::support::pattern::{Bytes, Pattern};
use crate::support::peer::{Afterwards, Peer, Plan, Script, Step};
use crate::support::pki::Identity;

/// A mailbox of so many, all of which are listed and none of which exists.
fn mailbox(count: usize) -> Plan {
    let listing = |row: &dyn Fn(usize) -> String| {
        let mut text = String::from("+OK\r\n");
        for number in 1..=count {
            let _ = write!(text, "{number} {}\r\n", row(number));
        }
        text.push_str(".\r\n");
        Step::Send(Bytes { pieces: vec![(text.into_bytes(), 1)] })
    };
    let on = |pattern: &str, answer: Step| Step::On(Pattern::parse(pattern).unwrap(), vec![answer]);
    let say = |text: &str| Step::Send(Bytes::parse(text).unwrap());
    let steps = vec![
        say("+OK ready\\r\\n"),
        on("CAPA", say("+OK\\r\\nSASL PLAIN\\r\\nUIDL\\r\\nPIPELINING\\r\\n.\\r\\n")),
        on("UIDL", listing(&|number| format!("unique-id-of-message-{number:012}"))),
        on("LIST", listing(&|number| (number % 90_000).to_string())),
        on("RETR *", say("-ERR gone\\r\\n")),
        on("NOOP", say("+OK\\r\\n")),
        on("QUIT", say("+OK\\r\\n")),
        Step::Expect(Pattern::parse("AUTH PLAIN *").unwrap()),
        say("+OK\\r\\n"),
    ];
    Plan {
        tls: Identity::Good.server(),
        scripts: vec![Script { implicit_tls: true, steps }],
        afterwards: Afterwards::Complain,
        patience: Duration::from_secs(60),
        forbidden_in_clear: Vec::new(),
    }
}

#[test]
fn a_mailbox_of_200_000_is_surveyed_in_linear_time() {
    let mut times = Vec::new();
    for count in [50_000, 200_000] {
        let home = Home::new();
        let peer = Peer::listen();
        let serving = peer.serve(mailbox(count));
        let url = format!("pop3s://user@localhost:{}", peer.port());
        let started = Instant::now();
        let run = popfetch(&home, &["fetch", &url, "--to", "Maildir", "--max-messages", "1"]).run();
        times.push(started.elapsed());
        let (log, outcome) = serving.finish();
        assert!(!run.timed_out, "{}", run.both());
        outcome.unwrap_or_else(|e| panic!("{e}\n{:#?}\n{}", &log[log.len().saturating_sub(5)..], run.both()));
        assert!(run.peak_rss < 96 << 20, "{count}: {} KiB", run.peak_rss >> 10);
    }
    // Four times as many may take four times as long, and half as much again for a busy machine; what is quadratic
    // takes sixteen times as long.
    let allowed = times[0].max(Duration::from_millis(500)) * 8;
    assert!(times[1] < allowed, "{times:?}");
}
