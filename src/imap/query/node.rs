//! A query as a server can be asked it: what is known to be so or not so falls out, the rest is written as keys.

use jiff::Timestamp;

use super::plan::Check;
use super::program::Program;
use super::when::Date;

/// A query of which it is known what the server can be asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Always,
    Never,
    /// One search key with its arguments.
    Ask(Program),
    /// Keys as somebody wrote them, any number of them, and perhaps not whole.
    Keys(Program),
    /// Something to be looked at.
    Look(Check),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

impl Node {
    /// The tree with what is looked at taken to be so, or not so.
    pub(super) fn settled(&self, checks: &[(Check, bool)]) -> Self {
        match self {
            Self::Always | Self::Never | Self::Ask(_) | Self::Keys(_) => self.clone(),
            Self::Look(wanted) => match checks.iter().any(|(check, holds)| check == wanted && *holds) {
                true => Self::Always,
                false => Self::Never,
            },
            Self::And(nodes) => {
                let mut rest = Vec::new();
                for node in nodes {
                    match node.settled(checks) {
                        Self::Always => {}
                        Self::Never => return Self::Never,
                        Self::And(nodes) => rest.extend(nodes),
                        node => rest.push(node),
                    }
                }
                one_or(rest, Self::Always, Self::And)
            }
            Self::Or(nodes) => {
                let mut rest = Vec::new();
                for node in nodes {
                    match node.settled(checks) {
                        Self::Never => {}
                        Self::Always => return Self::Always,
                        Self::Or(nodes) => rest.extend(nodes),
                        node => rest.push(node),
                    }
                }
                one_or(rest, Self::Never, Self::Or)
            }
            Self::Not(node) => match node.settled(checks) {
                Self::Always => Self::Never,
                Self::Never => Self::Always,
                Self::Not(node) => *node,
                node => Self::Not(Box::new(node)),
            },
        }
    }

    /// Adds it as one or more keys, all of which must hold.
    pub(super) fn write(&self, program: &mut Program) {
        match self {
            Self::And(nodes) => nodes.iter().for_each(|node| node.write(program)),
            // OR has two arguments: of more, all but the last two open another.
            Self::Or(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    if at + 1 < nodes.len() {
                        program.atom("OR");
                    }
                    node.write_one(program);
                }
            }
            Self::Not(node) => {
                program.atom("NOT");
                node.write_one(program);
            }
            Self::Ask(ask) => program.append(ask),
            // Nothing in them can take what stands beside them for its argument.
            Self::Keys(keys) => {
                program.open();
                program.append(keys);
                program.close();
            }
            Self::Always => program.atom("ALL"),
            Self::Never | Self::Look(_) => {
                program.atom("NOT");
                program.atom("ALL");
            }
        }
    }

    /// Adds it as exactly one key.
    fn write_one(&self, program: &mut Program) {
        if self.is_one_key() {
            return self.write(program);
        }
        program.open();
        self.write(program);
        program.close();
    }

    fn is_one_key(&self) -> bool {
        !matches!(self, Self::And(_))
    }
}

fn one_or(mut nodes: Vec<Node>, none: Node, several: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.pop(), nodes.is_empty()) {
        (None, _) => none,
        (Some(node), true) => node,
        (Some(node), false) => {
            nodes.push(node);
            several(nodes)
        }
    }
}

/// What the server can be asked so that less comes into question; it lets through all for which the check ends so.
pub(super) fn narrowing(check: Check, wanted: bool) -> Option<Node> {
    let ask = |words: &[&'static str], text: &str| {
        let mut ask = Program::default();
        words.iter().for_each(|word| ask.atom(*word));
        ask.string(text).ok().map(|()| Node::Ask(ask))
    };
    match (check, wanted) {
        // Multipart, or something else that is not text, or one part that says it is to be saved. What begins with text/
        // may be a message without parts, which is most of them; a multipart/related may name text/ as well.
        (Check::Attachment, true) => {
            let types = ["multipart/", "application/", "image/", "audio/", "video/", "message/"];
            let types = types.into_iter().filter_map(|start| ask(&["HEADER", "Content-Type"], start));
            Some(Node::Or(types.chain(ask(&["HEADER", "Content-Disposition"], "attachment")).collect()))
        }
        (Check::Attachment, false) => None,
        // The day is compared as it was written in the zone of the message or server, which are up to 14 hours ahead of UTC
        // and 12 behind it.
        (Check::ArrivedSince(time), wanted) => {
            let time = Timestamp::try_from(time).ok()?;
            let hours = |hours: i64| time.checked_add(jiff::SignedDuration::from_hours(hours)).ok().map(Date::of);
            let (word, date) = match wanted {
                true => ("SINCE", hours(-12)?),
                false => ("BEFORE", hours(14)?.next()),
            };
            let mut ask = Program::default();
            ask.atom(word);
            ask.atom(date.to_string());
            Some(Node::Ask(ask))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use jiff::tz::offset;

    use super::*;

    /// Wherever a server is, the day it compares does not hide a message from being looked at.
    #[test]
    fn narrowing_leaves_room_for_every_zone() {
        let date = |time: SystemTime, hours| {
            let here = Timestamp::try_from(time).unwrap().to_zoned(offset(hours).to_time_zone()).date();
            Date::new(here.year(), here.month(), here.day()).unwrap()
        };
        let bound = |time, wanted| {
            let Some(Node::Ask(ask)) = narrowing(Check::ArrivedSince(time), wanted) else { panic!("nothing asked") };
            ask.to_string()
        };
        for hour in 0..48 {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_774_915_200 + hour * 3_600);
            let days: Vec<_> = (-12..=14).map(|hours| date(time, hours)).collect();
            let before: Vec<_> = (-12..=14).map(|hours| date(time - Duration::from_secs(1), hours)).collect();
            assert_eq!(bound(time, true), format!("SINCE {}", days.iter().min().unwrap()));
            let latest = bound(time, false);
            // Exclusive, so the day after the latest; on the hour of midnight one second makes a day.
            let next = before.iter().max().unwrap().next();
            assert!(
                latest == format!("BEFORE {next}") || latest == format!("BEFORE {}", next.next()),
                "{latest} {next}"
            );
        }
    }
}
