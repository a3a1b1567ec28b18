//! What smtpsend tells people.

use super::{COLUMNS, DATE, GAP, Human, SIZE, Table, local, shown};
use crate::cli::output::record::{Destination, Direction, Entry, PlannedSend, Route, Script, VerbReply};
use crate::cli::output::table::{cut, fit, octets, width};
use crate::wire::transcript::grouped;

/// The length of a name in the queue.
const ID: usize = 22;
const STATE: usize = 7;
/// Before what belongs to a message of the queue.
const INDENT: &str = "    ";
/// The column in which the values of a plan begin.
const VALUES: usize = 12;

impl Human {
    /// A message of the queue: a row, its recipients, and why it is still there.
    pub(super) fn entry(&self, entry: &Entry<'_>) -> String {
        let mut out = self.heading(Table::Queue, || {
            format!(
                "{}{GAP}{:>SIZE$}{GAP}{}{GAP}{}{GAP}SENDER",
                fit("ID", ID),
                "SIZE",
                fit("SINCE", DATE),
                fit("STATE", STATE)
            )
        });
        let message = &entry.message;
        let front = [
            fit(&shown(message.id), ID),
            format!("{:>SIZE$}", octets(message.size)),
            fit(&local(entry.created), DATE),
            fit(&shown(entry.state), STATE),
        ]
        .join(GAP)
            + GAP;
        let columns = self.limit().unwrap_or(usize::MAX);
        let rest = |front: &str, text: &str| cut(&shown(text), columns.saturating_sub(width(front)).max(8));
        self.push(&mut out, &front, &rest(&front, &bracketed(message.sender)));
        for recipient in message.recipients {
            self.push(&mut out, INDENT, &rest(INDENT, &format!("to <{recipient}>")));
        }
        let mut about = vec![format!("account {}", message.account)];
        about.extend(entry.owner.map(|owner| format!("user {owner}")));
        about.extend((entry.tries > 0).then(|| match entry.tries {
            1 => "tried once".to_owned(),
            tries => format!("tried {tries} times"),
        }));
        about.extend(entry.next_try.map(|next| format!("next {}", local(next))));
        self.push(&mut out, INDENT, &rest(INDENT, &about.join(", ")));
        if !entry.reason.is_empty() {
            self.push(&mut out, INDENT, &rest(INDENT, entry.reason));
        }
        out
    }

    fn limit(&self) -> Option<usize> {
        match self.screen {
            super::Screen::Terminal(columns) => Some(columns),
            // Addresses and reasons are whole where a program may read them.
            super::Screen::Stream => None,
        }
    }
}

/// `root... deliverable: account work, server mail.example.org:587, to <ann@example.org>`, much as sendmail says it.
pub(super) fn route(route: &Route<'_>) -> String {
    let text = match route.to {
        Destination::Server { account, server, recipients } => {
            let to: Vec<String> = recipients.iter().map(|address| format!("<{address}>")).collect();
            format!("deliverable: account {account}, server {server}, to {}", to.join(", "))
        }
        Destination::Nowhere(why) => format!("undeliverable: {why}"),
    };
    shown(&format!("{}... {text}", route.address)) + "\n"
}

/// What a dry run would do, and an empty line before the message as it would be sent.
pub(super) fn planned(planned: &PlannedSend<'_>) -> String {
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        let label = fit(label, VALUES);
        out.push_str(format!("{label}{}", shown(value)).trim_end());
        out.push('\n');
    };
    if let Some(id) = planned.id {
        line("message", id);
    }
    line(
        "account",
        &[planned.account, planned.why].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": "),
    );
    let user = planned.user.map(|user| format!(", user {user}")).unwrap_or_default();
    line("server", &format!("{}, {}{user}", planned.server, planned.security));
    line("from", &bracketed(planned.sender));
    for (at, recipient) in planned.recipients.iter().enumerate() {
        line(if at == 0 { "to" } else { "" }, &format!("<{recipient}>"));
    }
    if !planned.parameters.is_empty() {
        line("parameters", &planned.parameters.join(" "));
    }
    if let Some(id) = planned.message_id {
        line("message-id", id);
    }
    line("size", &format!("{} octets", grouped(planned.size)));
    out.push('\n');
    out
}

/// As the server wrote it (RFC 5321 section 4.2.1).
pub(super) fn answer(reply: &VerbReply<'_>) -> String {
    let last = reply.lines.len().saturating_sub(1);
    let enhanced = reply.enhanced.map(|enhanced| format!("{enhanced} ")).unwrap_or_default();
    if reply.lines.is_empty() {
        return format!("{} {}", reply.code, shown(&enhanced)).trim_end().to_owned() + "\n";
    }
    let line = |(at, text): (usize, &String)| {
        let separator = if at == last { ' ' } else { '-' };
        format!("{}{separator}{}", reply.code, shown(&format!("{enhanced}{text}"))).trim_end().to_owned() + "\n"
    };
    reply.lines.iter().enumerate().map(line).collect()
}

/// Who said what, with every octet to be seen.
pub(super) fn script(script: &Script<'_>) -> String {
    let mark = match script.direction {
        Direction::Sent => "-> ",
        Direction::Received => "<- ",
    };
    let mut out = String::from(mark);
    for &octet in script.octets {
        match octet {
            b'\r' => out.push_str("\\r"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(octet)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out + "\n"
}

fn bracketed(sender: Option<&str>) -> String {
    format!("<{}>", sender.unwrap_or_default())
}

const _: () = assert!(ID + SIZE + DATE + STATE + 4 * GAP.len() < COLUMNS);

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::tests::human;
    use super::*;
    use crate::cli::output::Screen;
    use crate::cli::output::record::Queued;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_queue_is_a_table() {
        let recipients = strings(&["bob@example.net", "x\x1b[31m@example.net", &"y".repeat(300)]);
        let message = Queued {
            account: "work",
            id: "06a1bcdefgh-jkmnpqrstv",
            message_id: None,
            sender: None,
            recipients: &recipients,
            size: 123_456,
        };
        let entry = Entry {
            message,
            state: "waiting",
            created: SystemTime::UNIX_EPOCH,
            next_try: Some(SystemTime::UNIX_EPOCH),
            tries: 2,
            reason: "deferred at RCPT: 450 4.2.0 later\n",
            owner: None,
        };
        let text = human(Screen::Terminal(80)).entry(&entry);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("ID ") && lines[0].ends_with("SENDER"), "{text}");
        assert!(
            lines[1].starts_with("06a1bcdefgh-jkmnpqrstv   121K  19") && lines[1].ends_with("waiting  <>"),
            "{text}"
        );
        assert_eq!(lines[2], "    to <bob@example.net>");
        assert_eq!(lines[3], "    to <x^[[31m@example.net>");
        assert!(lines[5].starts_with("    account work, tried 2 times, next 19"), "{text}");
        assert_eq!(lines[6], "    deferred at RCPT: 450 4.2.0 later^J");
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        let human = human(Screen::Stream);
        assert!(human.entry(&entry).contains(&"y".repeat(300)));
        assert!(!human.entry(&entry).contains("SENDER"), "the heading comes once");
    }

    #[test]
    fn a_dry_run_tells_the_plan() {
        let (recipients, parameters) = (strings(&["b@x", "c@x"]), strings(&["RET=HDRS"]));
        let plan = PlannedSend {
            account: "work",
            why: "its address is the sender",
            server: "mail.example.org:465",
            security: "tls",
            user: Some("ann"),
            id: None,
            message_id: Some("<1@x>"),
            sender: Some("ann@x"),
            recipients: &recipients,
            parameters: &parameters,
            size: 12_345,
        };
        assert_eq!(
            planned(&plan),
            "account     work: its address is the sender\nserver      mail.example.org:465, tls, user ann\n\
             from        <ann@x>\nto          <b@x>\n            <c@x>\nparameters  RET=HDRS\nmessage-id  <1@x>\n\
             size        12,345 octets\n\n"
        );
    }

    #[test]
    fn a_script_shows_every_octet() {
        let said = |direction, octets| script(&Script { account: "work", direction, octets });
        assert_eq!(said(Direction::Sent, b"a\\b\tc\n.\r\n"), "-> a\\\\b\\tc\\n.\\r\\n\n");
        assert_eq!(said(Direction::Received, b"250 \x1b\xff\0\r\n"), "<- 250 \\x1b\\xff\\x00\\r\\n\n");
    }

    #[test]
    fn routes_are_told_as_sendmail_tells_them() {
        let recipients = ["ann@example.org".to_owned(), "ben@example.org".to_owned()];
        let to = Destination::Server { account: "work", server: "h:587", recipients: &recipients };
        assert_eq!(
            route(&Route { address: "root", to }),
            "root... deliverable: account work, server h:587, to <ann@example.org>, <ben@example.org>\n"
        );
        let to = Destination::Nowhere("it is\nnone");
        assert_eq!(route(&Route { address: "\u{1b}@", to }), "^[@... undeliverable: it is^Jnone\n");
    }

    #[test]
    fn replies_look_as_the_server_wrote_them() {
        let lines = strings(&["Ann <ann@x>", "Bob\x07"]);
        let reply = VerbReply { account: "work", command: "EXPN x", code: 250, enhanced: Some("2.1.5"), lines: &lines };
        assert_eq!(answer(&reply), "250-2.1.5 Ann <ann@x>\n250 2.1.5 Bob^G\n");
        assert_eq!(answer(&VerbReply { enhanced: None, lines: &[], ..reply }), "250\n");
    }
}
