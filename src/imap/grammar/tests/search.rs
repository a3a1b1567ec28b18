//! SEARCH, SORT, ESEARCH, THREAD.

use super::*;
use crate::imap::{Mailbox, ModSeq, UidValidity};

fn found(line: &str) -> (Vec<u32>, Option<ModSeq>) {
    match data(line) {
        Data::Search(found) | Data::Sort(found) => {
            let numbers: Vec<_> = found.numbers.iter().collect();
            assert_eq!(numbers.len(), found.numbers.len());
            (numbers, found.modseq)
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn esearch(line: &str) -> Esearch<'static> {
    match data(line) {
        Data::Esearch(found) => found,
        other => panic!("{line}: {other:?}"),
    }
}

/// Each node as its number after as many dots as its level.
fn threads(wire: &str) -> String {
    match data(&format!("* THREAD {wire}")) {
        Data::Thread(nodes) => nodes
            .iter()
            .map(|node| {
                let number = node.number.map_or("?".to_owned(), |number| number.to_string());
                format!("{}{number}", ".".repeat(node.level as usize))
            })
            .collect::<Vec<_>>()
            .join(" "),
        other => panic!("{wire}: {other:?}"),
    }
}

#[test]
fn numbers() {
    assert_eq!(found("* SEARCH 2 84 882"), (vec![2, 84, 882], None));
    assert_eq!(found("* SORT 84 2 882 (MODSEQ 917162500)"), (vec![84, 2, 882], ModSeq::new(917_162_500)));
    assert_eq!(found("* SEARCH"), (vec![], None));
    for wrong in [
        "* SEARCH 1 x",
        "* SEARCH 0",
        "* SEARCH 4294967296",
        "* SEARCH 1,2",
        "* SEARCH 1 (MODSEQ 5",
        "* SEARCH 1 (x) 2",
    ] {
        assert_eq!(flaw(wrong).item, "SEARCH", "{wrong}");
    }
}

/// Quirk: a blank at the end, or several between.
#[test]
fn numbers_of_other_forms() {
    assert_eq!(found("* SEARCH "), (vec![], None));
    assert_eq!(found("* SEARCH  1  2 "), (vec![1, 2], None));
    assert_eq!(found("* SEARCH 1 (MODSEQ 0)"), (vec![1], None));
}

#[test]
fn extended_answers() {
    let answer = esearch("* ESEARCH (TAG \"A285\") UID MIN 7 MAX 3800 COUNT 5 ALL 4,1:3 MODSEQ 1236");
    assert_eq!((text(answer.tag.unwrap()), answer.numbering), ("A285".into(), Numbering::Uid));
    assert_eq!((answer.min, answer.max, answer.count), (Some(7), Some(3800), Some(5)));
    // The order of the server is that of an extended SORT.
    assert_eq!(answer.all.unwrap().iter().collect::<Vec<_>>(), [4, 1, 2, 3]);
    assert_eq!(answer.modseq, ModSeq::new(1236));
    let answer = esearch("* ESEARCH (TAG \"a\") COUNT 0");
    assert_eq!((answer.numbering, answer.all, answer.count), (Numbering::Sequence, None, Some(0)));
    assert_eq!(esearch("* ESEARCH"), Esearch::default());
}

#[test]
fn answers_of_several_mailboxes() {
    let answer = esearch("* ESEARCH (TAG \"tag1\" MAILBOX \"folder1\" UIDVALIDITY 1) UID ALL 4001,4003,4005");
    assert_eq!(answer.mailbox, Some(Mailbox::Name("folder1".into())));
    assert_eq!(answer.uid_validity, UidValidity::new(1));
    assert_eq!(answer.all.unwrap().len(), 3);
}

#[test]
fn pages() {
    let page = esearch("* ESEARCH (TAG \"A01\") UID PARTIAL (-1:-100 200:250,252:300)").partial.unwrap();
    assert_eq!((page.range, page.numbers.unwrap().len()), ((-1, -100), 100));
    let page = esearch("* ESEARCH (TAG \"A01\") UID PARTIAL (23500:24000 NIL)").partial.unwrap();
    assert_eq!(page, Partial { range: (23_500, 24_000), numbers: None });
    assert_eq!(esearch("* ESEARCH (TAG \"x\") RELEVANCY (4 99 42)").relevancy, [4, 99, 42]);
    assert_eq!(esearch("* ESEARCH (TAG \"x\") UID ADDTO (0 32768) COUNT 1").others, [b"ADDTO"]);
}

/// Quirk: the data in parentheses, or no correlator.
#[test]
fn extended_answers_of_other_forms() {
    assert_eq!(esearch("* ESEARCH (TAG \"a\") UID (ALL 1:3 COUNT 3)").count, Some(3));
    assert_eq!(esearch("* ESEARCH UID COUNT 3 ").count, Some(3));
    assert_eq!(esearch("* ESEARCH (COUNT 3)").count, Some(3));
    assert_eq!(esearch("* ESEARCH (TAG \"a\") UID MIN 0 MAX 0 COUNT 0").min, None);
    for wrong in ["ALL", "ALL *", "ALL 1:*", "MIN x", "COUNT -1", "PARTIAL (1:2)", "PARTIAL 1:2 3"] {
        assert_eq!(flaw(&format!("* ESEARCH (TAG \"a\") UID {wrong}")).item, "ESEARCH", "{wrong}");
    }
    assert_eq!(esearch("* ESEARCH (TAG \"a\") UID ALL 1:4294967295").all.unwrap().len(), 4_294_967_295);
}

#[test]
fn threads_of_the_standard() {
    assert_eq!(threads("(2)(3 6 (4 23)(44 7 96))"), "2 3 .6 ..4 ...23 ..44 ...7 ....96");
    assert_eq!(threads("((3)(5))"), "? .3 .5");
    assert_eq!(threads("(166)(167)(168)(169)(172)(170 179)"), "166 167 168 169 172 170 .179");
    assert_eq!(threads(""), "");
    assert_eq!(threads(" ( 1  ( 2 ) (3) ) "), "1 .2 .3");
    assert_eq!(threads("()"), "");
    for wrong in ["1", "(1", "(1))", "(x)", "(0)", "(4294967296)", "(1 NIL)", ")"] {
        assert_eq!(flaw(&format!("* THREAD {wrong}")).item, "THREAD", "{wrong}");
    }
}

/// A discussion of any length is no depth; parentheses are, and cost no stack.
#[test]
fn threads_of_any_depth() {
    let chain = format!("* THREAD ({})", (1..=200_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" "));
    let Data::Thread(nodes) = data(&chain) else { panic!() };
    assert_eq!(nodes.last().unwrap().level, 199_999);
    let branches = format!("* THREAD {}1{}", "(1 (2)".repeat(5_000), ")".repeat(5_000));
    assert!(matches!(data(&branches), Data::Thread(nodes) if nodes.len() == 10_001));
    for wrong in ["(".repeat(1_000_000), format!("{}1{}", "(".repeat(1_000_000), ")".repeat(1_000_000))] {
        assert_eq!(flaw(&format!("* THREAD {wrong}")).item, "THREAD");
    }
}
