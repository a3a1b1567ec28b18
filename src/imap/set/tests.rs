use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn set(text: &str) -> UidSet {
    UidSet::parse(text).unwrap()
}

#[test]
fn sets_are_sent_ascending_and_merged() {
    for (typed, sent) in [
        ("7", "7"),
        ("1:5,9,20:*", "1:5,9,20:*"),
        ("9,1:5", "1:5,9"),
        ("5:1,6", "1:6"),
        ("3,1,2,2", "1:3"),
        ("*", "*"),
        ("*,4", "4,*"),
        ("*:*", "*"),
        ("*:7", "7:*"),
        ("20:*,10:19,5", "5,10:*"),
        ("30:*,20:*,*", "20:*"),
        ("25,20:*", "20:*"),
        ("1:4294967295", "1:4294967295"),
        ("4294967295,1:*", "1:*"),
        ("0001", "1"),
    ] {
        assert_eq!(set(typed).to_string(), sent, "{typed}");
        assert_eq!(UidSet::from_wire(typed.as_bytes()), Some(set(typed)), "{typed}");
    }
}

#[test]
fn what_is_no_set_is_refused() {
    for wrong in [
        "",
        ",",
        "1,",
        ",1",
        "0",
        "0:5",
        "1:",
        ":1",
        "1:2:3",
        "-1",
        "+1",
        "1 2",
        " 1",
        "4294967296",
        "a",
        "**",
        "1;2",
        "$",
        "1\r\n2",
    ] {
        assert!(UidSet::parse(wrong).is_err(), "{wrong:?}");
        assert_eq!(UidSet::from_wire(wrong.as_bytes()), None, "{wrong:?}");
    }
    assert_eq!(
        UidSet::parse("1\r\nA LOGOUT").unwrap_err().to_string(),
        "\"1^M^JA LOGOUT\" is not a set of messages: it is like 1:5,9,20:*"
    );
}

#[test]
fn ranges_are_bounded_in_number() {
    let mut text = "1,".repeat(MAX_RANGES - 1);
    text.push('1');
    assert_eq!(UidSet::from_wire(text.as_bytes()), Some(set("1")));
    text.push_str(",1");
    assert_eq!(UidSet::from_wire(text.as_bytes()), None);
}

#[test]
fn the_star_is_kept_apart() {
    let open = set("3,20:*");
    assert_eq!((open.len(), open.min(), open.max()), (1, Some(uid(3)), Some(uid(3))));
    assert_eq!(open.open_from(), Some(uid(20)));
    assert!(open.contains(uid(3)) && open.contains(uid(20)) && open.contains(Uid::MAX) && !open.contains(uid(19)));
    assert!(open.iter().eq([uid(3)]));
    let last = UidSet::last();
    assert!(last.has_star() && !last.is_empty() && last.iter().next().is_none() && !last.contains(uid(1)));
    assert!(UidSet::new().is_empty() && UidSet::new().to_string().is_empty());
    assert_eq!(UidSet::all().to_string(), "1:*");
}

/// A server takes `20:*` to hold message 10 where that is the last; nobody who deletes 20:* means it.
#[test]
fn an_open_range_beyond_the_last_message_is_empty() {
    assert_eq!(set("20:*").resolve_star(Some(uid(10))), UidSet::new());
    assert_eq!(set("20:*").resolve_star(Some(uid(20))), set("20"));
    assert_eq!(set("3,20:*").resolve_star(Some(uid(22))), set("3,20:22"));
    assert_eq!(set("3,*").resolve_star(Some(uid(4))), set("3:4"));
    assert_eq!(set("1:*").resolve_star(None), UidSet::new());
    assert_eq!(set("*").resolve_star(None), UidSet::new());
}

#[test]
fn an_open_range_can_be_closed() {
    assert_eq!(set("3,20:*").close().to_string(), "3,20:4294967295");
    assert_eq!(set("3,*").close().to_string(), "3,*");
}

#[test]
fn stars_in_intersections_and_differences() {
    for (a, b, both, rest) in [
        ("1:10", "5:*", "5:10", "1:4"),
        ("5:*", "1:10", "5:10", "11:*"),
        ("5:*", "8:*", "8:*", "5:7"),
        ("8:*", "5:*", "8:*", ""),
        ("5:*", "*", "", "5:*"),
        ("*", "5:*", "", ""),
        ("*", "*", "*", ""),
        ("3,*", "3", "3", "*"),
        ("5:*", "9:4294967295", "9:4294967295", "5:8"),
    ] {
        assert_eq!(set(a).intersect(&set(b)).to_string(), both, "{a} and {b}");
        assert_eq!(set(a).subtract(&set(b)).to_string(), rest, "{a} without {b}");
    }
}

#[test]
fn inserting_merges() {
    let mut set = set("1:3,7:9,20:*");
    set.insert(uid(5));
    assert_eq!(set.to_string(), "1:3,5,7:9,20:*");
    set.insert_range(uid(6), uid(4));
    assert_eq!(set.to_string(), "1:9,20:*");
    set.insert_range(uid(12), uid(19));
    assert_eq!(set.to_string(), "1:9,12:*");
    set.insert(uid(30));
    assert_eq!(set.to_string(), "1:9,12:*");
    set.insert_range(uid(10), uid(50));
    assert_eq!(set.to_string(), "1:*");
}

#[test]
fn ascending_numbers_are_kept_as_they_come() {
    let mut set = UidSet::new();
    set.extend([1, 2, 3, 7, 9, 10].map(uid));
    assert_eq!(set.to_string(), "1:3,7,9:10");
    // Nothing was gathered up to be put in order.
    assert!(set.ranges.capacity() <= 4, "{}", set.ranges.capacity());
    set.extend([5, 11, 1].map(uid));
    assert_eq!(set.to_string(), "1:3,5,7,9:11");
    let mut open = UidSet::from_number(uid(20));
    open.extend([3, 19, 30].map(uid));
    assert_eq!(open.to_string(), "3,19:*");
}

#[test]
fn chunks_keep_the_star_and_never_cut_a_range() {
    let chunks = |text: &str, max| set(text).chunks(max).map(|chunk| chunk.to_string()).collect::<Vec<_>>();
    assert_eq!(chunks("1,3,5,7:*", 3), ["1,3", "5", "7:*"]);
    assert_eq!(chunks("1,3,5,*", 5), ["1,3,5", "*"]);
    assert_eq!(chunks("1,3,5,*", 7), ["1,3,5,*"]);
    assert_eq!(chunks("100:200,300", 0), ["100:200", "300"]);
    assert_eq!(chunks("*", 0), ["*"]);
    assert_eq!(UidSet::new().chunks(100).count(), 0);
}

fn any_set() -> impl Strategy<Value = UidSet> {
    let number = prop_oneof![1..60_u32, Just(u32::MAX), Just(u32::MAX - 1)].prop_map(uid);
    let ranges = proptest::collection::vec((number.clone(), number.clone()), 0..12);
    (ranges, proptest::option::of(proptest::option::of(number))).prop_map(|(ranges, star)| {
        let mut set = match star {
            None => UidSet::new(),
            Some(None) => UidSet::last(),
            Some(Some(open)) => UidSet::from_number(open),
        };
        for (first, last) in ranges {
            set.insert_range(first, last);
        }
        set
    })
}

/// The set as it is below 64, for a model.
fn model(set: &UidSet) -> BTreeSet<u32> {
    (1..64).filter(|number| set.contains(uid(*number))).collect()
}

fn is_in_order(set: &UidSet) -> bool {
    let apart = set.ranges.windows(2).all(|two| !touches(two[0].last, two[1].first));
    let below = !matches!((set.star, set.ranges.last()), (Star::From(open), Some(range)) if touches(range.last, open));
    apart && below && set.ranges.iter().all(|range| range.first <= range.last)
}

proptest! {
    #[test]
    fn parse_and_display_are_inverse(set in any_set()) {
        prop_assert!(is_in_order(&set));
        if !set.is_empty() {
            prop_assert_eq!(UidSet::parse(&set.to_string()).unwrap(), set);
        }
    }

    #[test]
    fn operations_agree_with_a_plain_set(a in any_set(), b in any_set()) {
        let (ours, theirs) = (model(&a), model(&b));
        let both = a.intersect(&b);
        let rest = a.subtract(&b);
        let mut either = a.clone();
        either.union(&b);
        prop_assert!(is_in_order(&both) && is_in_order(&rest) && is_in_order(&either), "{both} {rest} {either}");
        prop_assert_eq!(model(&both), ours.intersection(&theirs).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(model(&rest), ours.difference(&theirs).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(model(&either), ours.union(&theirs).copied().collect::<BTreeSet<_>>());
    }

    #[test]
    fn numbers_in_any_order_give_the_same_set(numbers in proptest::collection::vec(1..80_u32, 0..60)) {
        let set: UidSet = numbers.iter().copied().map(uid).collect();
        let mut one_by_one = UidSet::new();
        numbers.iter().for_each(|number| one_by_one.insert(uid(*number)));
        let sorted: BTreeSet<_> = numbers.into_iter().collect();
        prop_assert_eq!(set.len(), sorted.len() as u64);
        prop_assert!(set.iter().map(Uid::get).eq(sorted));
        prop_assert_eq!(set, one_by_one);
    }

    #[test]
    fn chunks_are_short_enough_and_together_the_whole(set in any_set(), max in 21..60_usize) {
        let mut whole = UidSet::new();
        for chunk in set.chunks(max) {
            let text = chunk.to_string();
            prop_assert!(!text.is_empty() && text.len() <= max);
            whole.union(&chunk);
        }
        prop_assert_eq!(whole, set);
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..40), text in "[0-9:,*]{0,20}") {
        let _ = UidSet::from_wire(&octets);
        let _ = SequenceSet::from_wire(text.as_bytes());
    }
}
