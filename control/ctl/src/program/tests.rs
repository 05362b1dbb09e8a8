//! Words of the command line.

use super::{is_zero, words};
use crate::args::Part;
use api::program::{Target, Which};

const NONE: Part = Part { member: None, group: None };

fn list(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn keys_stand_before_the_action_and_arguments_behind_it() {
    let entry =
        words::entry(&list("dst=10.0.0.0/8 in=* forward port=3 mac=02:00:00:00:00:01"), &NONE, 4).unwrap();
    assert_eq!(entry.keys, [("dst".into(), "10.0.0.0/8".into()), ("in".into(), "*".into())]);
    assert_eq!(entry.priority, 4);
    let Target::Action(action) = entry.target else { panic!("an action") };
    assert_eq!(action.name, "forward");
    assert_eq!(action.args.len(), 2);
    let member = Part { member: Some(7), group: None };
    assert_eq!(words::entry(&list("dst=1"), &member, 0).unwrap().target, Target::Member(7));
}

#[test]
fn words_that_make_no_entry_say_what_would_be_right() {
    let member = Part { member: Some(7), group: None };
    for (text, part, right) in [
        ("dst=1", &NONE, "there is no action"),
        ("dst=1 forward port", &NONE, "write NAME=VALUE"),
        ("dst=1 forward port=", &NONE, "write NAME=VALUE"),
        ("=1 forward", &NONE, "write NAME=VALUE"),
        ("dst=1 forward", &member, "leads to one of them"),
    ] {
        let why = words::entry(&list(text), part, 0).unwrap_err();
        assert!(why.contains(right), "{text}: {why}");
    }
}

#[test]
fn an_entry_is_named_by_its_number_or_its_keys() {
    assert_eq!(words::which(&list("17"), 0), Ok(Which::Id(17)));
    let keys = vec![("dst".to_owned(), "17".to_owned())];
    assert_eq!(words::which(&list("dst=17"), 2), Ok(Which::Keys { keys, priority: 2 }));
    assert!(words::which(&list("17 18"), 0).unwrap_err().ends_with("or the number of one entry"));
}

#[test]
fn what_an_entry_is_changed_to_stands_behind_its_number_or_its_keys() {
    let (which, target) = words::change(&list("17 forward port=4"), &NONE, 0).unwrap();
    let Target::Action(action) = target else { panic!("an action") };
    assert_eq!((which, action.args), (Which::Id(17), vec![("port".into(), "4".into())]));
    let part = Part { member: None, group: Some(3) };
    let (which, target) = words::change(&list("dst=10.0.0.0/8"), &part, 5).unwrap();
    let keys = vec![("dst".to_owned(), "10.0.0.0/8".to_owned())];
    assert_eq!((which, target), (Which::Keys { keys, priority: 5 }, Target::Group(3)));
    assert!(words::change(&list("17 dst=1 forward"), &NONE, 0).unwrap_err().contains("not both"));
    assert!(words::change(&list("17"), &NONE, 0).unwrap_err().contains("there is no action"));
}

#[test]
fn a_value_stands_alone_or_with_the_name_of_its_key() {
    assert_eq!(words::values(&list("0x0800")), Ok(vec![(String::new(), "0x0800".into())]));
    let two = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
    assert_eq!(words::values(&list("a=1 b=2")), Ok(two));
    assert!(words::values(&list("1 2")).unwrap_err().contains("NAME=VALUE"));
}

#[test]
fn ports_in_a_row_with_one_replica_are_one_node() {
    let nodes = words::nodes(&list("1 2 3:5 4:5 6")).unwrap();
    let nodes: Vec<_> = nodes.into_iter().map(|node| (node.replica, node.ports)).collect();
    assert_eq!(nodes, [(0, vec![1, 2]), (5, vec![3, 4]), (0, vec![6])]);
    assert!(words::nodes(&list("x:1")).unwrap_err().contains("PORT:REPLICA"));
    assert_eq!(words::members(&list("3 4*2")), Ok(vec![(3, 1), (4, 2)]));
    assert!(words::members(&list("3*0")).is_err());
}

#[test]
fn zero_is_zero_however_it_is_written() {
    for zero in ["0", "0x0000", "0.0.0.0", "00:00:00:00:00:00", "::"] {
        assert!(is_zero(zero), "{zero}");
    }
    for other in ["1", "0x10", "::1", "a=0 b=0"] {
        assert!(!is_zero(other), "{other}");
    }
}
