use std::collections::HashSet;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;

/// A message as `id|references|subject|sent`.
fn threads(algorithm: Algorithm, messages: &[&str]) -> String {
    let mut threads = Threads::new(algorithm);
    for (number, message) in (1..).zip(messages) {
        let [id, references, subject, sent] = message.split('|').collect::<Vec<_>>()[..] else { panic!("{message}") };
        let sent = sent.parse().ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        let (id, references, subject) = (id.as_bytes(), references.as_bytes(), subject.as_bytes());
        threads.add(&Entry { number, message_id: id, references, subject, sent, ..Entry::default() });
    }
    listed(&threads.finish())
}

/// `1 .2 ..3 -  .4`: a dot for each level, `-` for a dummy.
fn listed(rows: &[Row]) -> String {
    let name = |row: &Row| row.number.map_or("-".into(), |number| number.to_string());
    let rows: Vec<_> = rows.iter().map(|row| ".".repeat(row.depth as usize) + &name(row)).collect();
    rows.join(" ")
}

fn by_references(messages: &[&str]) -> String {
    threads(Algorithm::References, messages)
}

#[test]
fn replies_hang_below_what_they_answer() {
    assert_eq!(
        by_references(&["<a>||x|1", "<b>|<a>|Re: x|2", "<c>|<a> <b>|Re: x|3", "<d>|<a>|Re: x|4"]),
        "1 .2 ..3 .4"
    );
    // In any order of arrival.
    assert_eq!(by_references(&["<c>|<a> <b>|Re: x|3", "<b>|<a>|Re: x|2", "<a>||x|1"]), "3 .2 ..1");
    // Siblings and threads by their dates, the same date by the order in the mailbox.
    assert_eq!(by_references(&["<a>||x|9", "<b>|<a>|y|8", "<c>|<a>|z|7", "<d>||w|5", "<e>||v|5"]), "4 5 1 .3 .2");
}

#[test]
fn in_reply_to_counts_where_there_are_no_references() {
    let mut threads = Threads::new(Algorithm::References);
    threads.add(&Entry { number: 7, message_id: b"<a>", ..Entry::default() });
    threads.add(&Entry { number: 8, in_reply_to: b"your mail <a> <other>", references: b"none", ..Entry::default() });
    assert_eq!(listed(&threads.finish()), "7 .8");
}

#[test]
fn missing_messages_hold_their_replies_together() {
    // One reply takes the place of the missing message, more hang below a dummy.
    assert_eq!(by_references(&["<b>|<a>|Re: x|2"]), "1");
    assert_eq!(by_references(&["<b>|<a>|Re: x|2", "<c>|<a>|Re: x|1"]), "- .2 .1");
    assert_eq!(by_references(&["<b>|<x> <a>|u|2", "<c>|<x> <d>|v|1"]), "- .2 .1");
    assert_eq!(by_references(&["<a>||x|1", "<c>|<a> <gone> <gone2>|y|2", "<d>|<a> <gone>|z|3"]), "1 .2 .3");
}

#[test]
fn truncated_references_are_mended_by_the_message_itself() {
    // The second says that c answers a; c itself says that it answers b.
    assert_eq!(by_references(&["<a>||1|1", "<d>|<a> <c>|2|4", "<b>|<a>|3|2", "<c>|<b>|4|3"]), "1 .3 ..4 ...2");
    // A message without references has no parent, whatever others say.
    assert_eq!(by_references(&["<a>||1|1", "<c>|<a> <b>|2|3", "<b>||4|2"]), "1 3 .2");
}

#[test]
fn there_are_no_circles() {
    assert_eq!(by_references(&["<a>|<a>|x|1"]), "1");
    assert_eq!(by_references(&["<a>|<b>|x|1", "<b>|<a>|y|2"]), "2 .1");
    assert_eq!(by_references(&["<a>|<c> <b>|x|1", "<b>|<a> <c>|y|2", "<c>|<b> <a>|z|3"]), "3 .2 ..1");
}

#[test]
fn an_identifier_is_of_the_first_message_that_has_it() {
    assert_eq!(by_references(&["<a>||x|1", "<a>||y|2", "<b>|<a>|z|3", "||w|4"]), "1 .3 2 4");
    assert_eq!(by_references(&["<\"a\"@x>||x|1", "<b>|<a@x>|z|3"]), "1 .2");
}

#[test]
fn threads_of_one_subject_are_one() {
    assert_eq!(by_references(&["<a>||Hi|1", "<b>||re: HI|2"]), "1 .2");
    assert_eq!(by_references(&["<b>||Re: Hi|1", "<a>||hi|2"]), "2 .1");
    assert_eq!(by_references(&["<a>||Hi|1", "<b>||Hi|2", "<c>||[x] Hi|3", "<d>||Re: Hi|0"]), "- .1 ..4 .2 .3");
    assert_eq!(
        by_references(&["<a>|<x>|Hi|1", "<b>|<x>|Hi|2", "<c>|<y>|Hi|3", "<d>|<y>|hi|4", "<e>||Hi|5"]),
        "- .1 .2 .3 .4 .5"
    );
    // Nothing is no subject.
    assert_eq!(by_references(&["<a>|||1", "<b>||Re:|2"]), "1 2");
}

#[test]
fn subjects_alone() {
    let by_subject = |messages: &[&str]| threads(Algorithm::OrderedSubject, messages);
    assert_eq!(by_subject(&["||b|5", "||Re: a|3", "||A|1", "||a|4", "||Re: B|2"]), "3 .2 .4 5 .1");
    assert_eq!(by_subject(&["|||2", "|||1", "||x|"]), "3 2 .1");
}

#[test]
fn deep_and_wide_threads_take_no_time() {
    let count = 30_000u32;
    let id = |number: u32| format!("<{number}@x>").into_bytes();
    let add = |threads: &mut Threads, number: u32, references: &[u8]| {
        threads.add(&Entry { number, message_id: &id(number), references, ..Entry::default() });
    };
    // A chain, from its beginning and from its end.
    for numbers in [(1..count).collect::<Vec<_>>(), (1..count).rev().collect()] {
        let mut threads = Threads::new(Algorithm::References);
        numbers.iter().for_each(|number| add(&mut threads, *number, &id(number - 1)));
        let rows = threads.finish();
        assert_eq!(rows.len(), numbers.len());
        assert_eq!(rows.last().map(|row| row.depth), Some(count - 2));
    }
    // A chain that everything refers to, and whose parts are moved below its end from the top.
    let mut threads = Threads::new(Algorithm::References);
    (1..count).for_each(|number| add(&mut threads, number + count, &id(number + count - 1)));
    let chain: Vec<u8> = (1..count).flat_map(id).collect();
    add(&mut threads, 0, &chain);
    (1..count).for_each(|number| add(&mut threads, number, &id(2 * count - 1)));
    assert_eq!(threads.finish().len() as u32, 2 * count - 1);
    // Many replies to the last of many that are missing.
    let mut threads = Threads::new(Algorithm::References);
    add(&mut threads, count, &chain);
    (0..count).for_each(|number| add(&mut threads, number + 2 * count, &id(count - 1)));
    assert_eq!(threads.finish().len() as u32, count + 2);
}

proptest! {
    #[test]
    fn every_message_comes_once(
        messages in prop::collection::vec((0u32..12, prop::collection::vec(0u32..12, 0..5), 0u8..4, 0u64..5), 0..30),
    ) {
        for algorithm in [Algorithm::References, Algorithm::OrderedSubject] {
            let mut threads = Threads::new(algorithm);
            for (number, (id, references, subject, sent)) in (0..).zip(&messages) {
                let references: String = references.iter().map(|id| format!("<{id}>")).collect();
                threads.add(&Entry {
                    number,
                    message_id: format!("<{id}>").as_bytes(),
                    in_reply_to: b"",
                    references: references.as_bytes(),
                    subject: [&b""[..], b"a", b"re: a", b"b"][usize::from(*subject)],
                    sent: Some(UNIX_EPOCH + Duration::from_secs(*sent)),
                });
            }
            let rows = threads.finish();
            let numbers: Vec<_> = rows.iter().filter_map(|row| row.number).collect();
            prop_assert_eq!(numbers.len(), messages.len());
            prop_assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), messages.len());
            prop_assert!(rows.first().is_none_or(|row| row.depth == 0));
            for pair in rows.windows(2) {
                prop_assert!(pair[1].depth <= pair[0].depth + 1);
                // A dummy has replies.
                prop_assert!(pair[0].number.is_some() || (pair[0].depth == 0 && pair[1].depth == 1));
            }
            prop_assert!(rows.last().is_none_or(|row| row.number.is_some()));
        }
    }
}
