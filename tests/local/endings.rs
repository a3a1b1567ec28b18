//! How smtpsend ends when it is stopped, or a server is stranger than a dialogue can say: before the end of a message and
//! behind it.

use std::time::Duration;

use rustix::process::Signal;

use crate::support::command::{Finished, Home, Program};
use crate::support::pattern::{Bytes, Pattern};
use crate::support::peer::{Afterwards, Peer, Plan, Script, Serving, Step};
use crate::support::pki::{Identity, pki};

fn say(text: &str) -> Step {
    Step::Send(Bytes::parse(text).unwrap())
}

fn expect(pattern: &str) -> Step {
    Step::Expect(Pattern::parse(pattern).unwrap())
}

/// A server that takes sender and recipient, and then does this.
fn until_data(then: Vec<Step>) -> (Peer, Serving) {
    let mut steps =
        vec![say("220 x\\r\\n"), expect("EHLO *"), say("250 x\\r\\n"), expect("MAIL *"), say("250 ok\\r\\n")];
    steps.extend([expect("RCPT *"), say("250 ok\\r\\n"), expect("DATA")]);
    steps.extend(then);
    serve(false, steps)
}

fn serve(implicit_tls: bool, steps: Vec<Step>) -> (Peer, Serving) {
    let peer = Peer::listen();
    let serving = peer.serve(Plan {
        tls: Identity::Good.server(),
        scripts: vec![Script { implicit_tls, steps }],
        afterwards: Afterwards::Close,
        patience: Duration::from_secs(30),
        forbidden_in_clear: Vec::new(),
    });
    (peer, serving)
}

/// Sends a message there with these options, and a signal once the server has said this.
fn signalled(signal: Signal, options: &[&str], message: &[u8], at: &str, then: Vec<Step>) -> Finished {
    let home = Home::new();
    let (peer, serving) = until_data(then);
    let url = format!("smtp://127.0.0.1:{}", peer.port());
    let mut all = vec!["-a", &url, "--security", "plain", "-f", "a@example.org"];
    all.extend(options);
    all.push("b@example.org");
    let run = home.program(Program::Smtpsend, all).stdin(message).start();
    serving.wait_for(at);
    run.signal(signal);
    let run = run.wait();
    drop(serving.finish());
    run
}

#[test]
fn a_signal_behind_the_end_of_a_message_leaves_it_unknown() {
    for options in [&[][..], &["--quit-after", "dot"]] {
        for signal in [Signal::TERM, Signal::INT] {
            let steps = vec![say("354 go\\r\\n"), Step::Body, say("299"), Step::Silence];
            let run = signalled(signal, options, b"Subject: x\n\nx\n", "S: 299", steps);
            run.exits(81).says("may or may not have been delivered").says("(exit 81)");
        }
    }
}

/// More than a kernel takes ahead.
fn large() -> Vec<u8> {
    [b"Subject: x\n\n".as_slice(), &[&[b'x'; 63][..], b"\n"].concat().repeat(400_000)].concat()
}

#[test]
fn a_signal_during_an_upload_leaves_it_unsent() {
    for options in [&[][..], &["--quit-after", "dot"]] {
        for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
            // Who went on reading could have all of it before the signal comes.
            let steps = vec![say("354 go\\r\\n"), Step::Take(100_000), Step::Deaf];
            let run = signalled(signal, options, &large(), "S: 354", steps).exits(code);
            assert!(!run.stderr().contains("may or may not"), "{}", run.both());
        }
    }
}

#[test]
fn who_accepts_a_message_before_its_end_has_not_accepted_it() {
    for options in [&[][..], &["--quit-after", "dot"]] {
        let home = Home::new();
        let steps = vec![say("354 go\\r\\n"), Step::Take(100_000), say("250 2.0.0 queued as A1\\r\\n"), Step::Close];
        let (peer, serving) = until_data(steps);
        let url = format!("smtp://127.0.0.1:{}", peer.port());
        let mut all = vec!["-a", &url, "--security", "plain", "-f", "a@example.org"];
        all.extend(options);
        all.push("b@example.org");
        let run = home.program(Program::Smtpsend, all).stdin(&large()).run();
        // Whether the reply or the broken pipe is seen first is the system's to say.
        assert!([75, 76].contains(&run.code()), "{}\n{}", run.code(), run.both());
        drop(serving.finish());
    }
}

#[test]
fn a_client_certificate_alone_logs_in_where_external_is_offered() {
    let (certificate, key) = pki().issue_client("ann");
    let home = Home::new();
    let certificate = home.write_secret("client.pem", &certificate.pem);
    let key = home.write_secret("client.key", &key.serialize_pem());
    let ca = pki().ca_file();
    for (offer, is_offered) in [("250-AUTH PLAIN EXTERNAL\\r\\n", true), ("250-AUTH PLAIN\\r\\n", false)] {
        let mut steps =
            vec![say("220 x\\r\\n"), expect("EHLO *"), say("250-x\\r\\n"), say(offer), say("250 HELP\\r\\n")];
        if is_offered {
            steps.extend([expect("AUTH EXTERNAL ="), say("235 in\\r\\n")]);
        }
        steps.extend([expect("MAIL *"), say("250 ok\\r\\n"), expect("RCPT *"), say("250 ok\\r\\n")]);
        steps.extend([expect("DATA"), say("354 go\\r\\n"), Step::Body, say("250 ok\\r\\n")]);
        let (peer, serving) = serve(true, steps);
        let url = format!("smtps://localhost:{}", peer.port());
        let mut all = vec!["-a", &url, "--ca-file", ca.to_str().unwrap(), "-f", "a@example.org", "b@example.org"];
        all.extend(["--client-cert", certificate.to_str().unwrap(), "--client-key", key.to_str().unwrap()]);
        home.program(Program::Smtpsend, all).stdin(b"Subject: x\n\nx\n").run().silently();
        serving.finish().1.unwrap();
    }
}
