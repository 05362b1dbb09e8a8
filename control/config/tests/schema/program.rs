//! `[program]`: what it says, and what a reload makes of it.

use super::{GOOD, parse};
use config::{Change, ClonePort, Config, LearnPart, LearnValue};
use std::path::Path;
use std::time::Duration;

pub(crate) const PROGRAM: &str = r#"
[program]
file = "router.p4"
include = ["/usr/share/p4"]

[[program.entry]]
table = "ipv4_lpm"
keys = { "hdr.ipv4.dst" = "10.0.0.0/8" }
action = "forward"
args = { port = 3, mac = "02:00:00:00:00:01" }

[[program.entry]]
table = "ipv4_lpm"
keys = { "hdr.ipv4.dst" = "10.1.0.0/16" }
action = "drop"

[[program.entry]]
table = "acl"
keys = { "hdr.tcp.dport" = "0..1023", "hdr.ipv4.valid" = true, "hdr.ipv4.proto" = 0x06 }
action = "drop_it"
priority = 5

[[program.multicast]]
group = 1
ports = ["lan", "wan"]

[[program.multicast]]
group = 2
ports = ["wan"]

[[program.learn]]
digest = "flow_t"

[[program.learn.entry]]
table = "sources"
keys = { vlan = 10, address = "src" }
action = "known"
args = { port = "port" }
idle_timeout = "5min"

[[program.learn.entry]]
table = "destinations"
keys = { vlan = "0x0a", "hdr.eth.dst" = "src" }
action = "forward"
args = { to = "port" }
priority = 3

[[program.default]]
table = "acl"
action = "count"
args = { index = 3 }

[[program.clone]]
session = 5
controller = true
truncate = 128

[[program.clone]]
session = 6
port = "wan"
multicast = 1
"#;

fn with(program: &str) -> Config {
    parse(&(GOOD.to_owned() + program))
}

fn reload(old: &str, new: &str) -> (Vec<String>, Vec<String>, Config) {
    let diff = with(old).diff(&with(new));
    (diff.changes.iter().map(Change::to_string).collect(), diff.cannot, diff.after)
}

#[test]
fn a_file_without_a_program_has_none() {
    assert_eq!(with("").program, None);
}

#[test]
fn values_are_text_whichever_way_they_are_written() {
    let program = with(PROGRAM).program.unwrap();
    assert_eq!(program.file, Path::new("router.p4"));
    assert_eq!(program.include, [Path::new("/usr/share/p4")]);
    let named = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(program.entries[0].args, named(&[("mac", "02:00:00:00:00:01"), ("port", "3")]));
    assert_eq!(
        program.entries[2].keys,
        named(&[("hdr.ipv4.proto", "6"), ("hdr.ipv4.valid", "true"), ("hdr.tcp.dport", "0..1023")])
    );
    assert_eq!(program.entries[2].priority, 5);
    assert_eq!(program.entries[0].to_string(), "table ipv4_lpm hdr.ipv4.dst=10.0.0.0/8");
}

#[test]
fn entries_are_added_changed_and_removed_while_running() {
    let new = PROGRAM.replace("port = 3", "port = 4").replace("10.1.0.0/16", "10.2.0.0/16");
    let (changes, cannot, after) = reload(PROGRAM, &new);
    assert_eq!(
        changes,
        [
            "table ipv4_lpm hdr.ipv4.dst=10.0.0.0/8: changed",
            "table ipv4_lpm hdr.ipv4.dst=10.2.0.0/16: added",
            "table ipv4_lpm hdr.ipv4.dst=10.1.0.0/16: removed",
        ]
    );
    assert_eq!(cannot, Vec::<String>::new());
    assert_eq!(after.program, with(&new).program);
    assert_eq!(reload(PROGRAM, PROGRAM).0, Vec::<String>::new());
}

#[test]
fn another_program_is_loaded_while_running_and_none_leaves_the_old_one() {
    let (changes, ..) = reload("", PROGRAM);
    assert_eq!(changes.len(), 10);
    assert_eq!(changes[0], "program router.p4: loaded");
    let (changes, ..) = reload(PROGRAM, &PROGRAM.replace("router.p4", "other.p4"));
    assert_eq!(changes, ["program other.p4: loaded"]);
    let (changes, cannot, after) = reload(PROGRAM, "");
    assert_eq!(changes, Vec::<String>::new());
    assert_eq!(cannot, ["program router.p4 stays until the switch starts again"]);
    assert_eq!(after.program, with(PROGRAM).program);
}

#[test]
fn an_entry_that_the_program_does_not_take_is_said_with_its_place() {
    let config = with(PROGRAM);
    let errors = config.entry_mistake(2, "why".into());
    let line = (GOOD.to_owned() + PROGRAM).lines().position(|line| line == "table = \"acl\"").unwrap() + 1;
    assert!(errors.plain().starts_with(&format!("swerve.toml:{line}:9: ")), "{}", errors.plain());
    assert!(errors.plain().contains("why"));
}

#[test]
fn what_is_learned_is_fields_by_their_names_and_values_by_everything_else() {
    let program = with(PROGRAM).program.unwrap();
    let [rule] = &program.learn[..] else { panic!("one rule") };
    assert_eq!((rule.digest.as_str(), rule.entries.len()), ("flow_t", 2));
    let (field, value) = (|t: &str| LearnValue::Field(t.into()), |t: &str| LearnValue::Value(t.into()));
    let (first, second) = (&rule.entries[0], &rule.entries[1]);
    assert_eq!(first.keys, [("address".to_owned(), field("src")), ("vlan".to_owned(), value("10"))]);
    assert_eq!(first.idle_timeout, Some(Duration::from_secs(300)));
    assert_eq!(second.keys, [("hdr.eth.dst".to_owned(), field("src")), ("vlan".to_owned(), value("0x0a"))]);
    assert_eq!((second.args.clone(), second.priority), (vec![("to".to_owned(), field("port"))], 3));
    assert_eq!(second.idle_timeout, None);
    assert_eq!(program.multicast[0].ports.len(), 2);
}

#[test]
fn the_controller_is_behind_port_509_unless_the_file_says_otherwise() {
    assert_eq!((with("").controller_port(), with(PROGRAM).controller_port()), (509, 509));
    let new = PROGRAM.replace("include = [", "controller_port = 255\ninclude = [");
    assert_eq!(with(&new).controller_port(), 255);
    assert_eq!(reload(PROGRAM, &new).0, ["program.controller_port: 255"]);
}

#[test]
fn multicast_groups_and_rules_change_while_running() {
    let new = PROGRAM.replace("ports = [\"wan\"]", "ports = [\"lan\"]").replace("\"5min\"", "\"6min\"");
    let (changes, cannot, after) = reload(PROGRAM, &new);
    assert_eq!(changes, ["multicast group 2: changed", "program.learn: changed"]);
    assert_eq!(cannot, Vec::<String>::new());
    assert_eq!(after.program, with(&new).program);
    let new = PROGRAM.replace("group = 2", "group = 3");
    let (changes, ..) = reload(PROGRAM, &new);
    assert_eq!(changes, ["multicast group 3: changed", "multicast group 2: removed"]);
}

#[test]
fn the_places_of_a_reload_are_those_of_the_new_file() {
    let moved = format!("# One line.\n{GOOD}{PROGRAM}");
    let after = with(PROGRAM).diff(&parse(&moved)).after;
    let place =
        |config: &Config| config.learn_mistake(0, LearnPart::Digest, "why".into()).errors()[0].place();
    let (line, column) = place(&with(PROGRAM));
    assert_eq!(place(&after), (line + 1, column));
}

#[test]
fn a_rule_that_does_not_fit_the_program_is_said_with_the_place_of_its_part() {
    let config = with(PROGRAM);
    let text = GOOD.to_owned() + PROGRAM;
    for (part, words) in [
        (LearnPart::Digest, "\"flow_t\""),
        (LearnPart::Table(1), "\"destinations\""),
        (LearnPart::Key(0, 1), "10, address"),
        (LearnPart::Action(0), "\"known\""),
        (LearnPart::Arg(1, 0), "\"port\" }\npriority"),
        (LearnPart::IdleTimeout(0), "\"5min\""),
    ] {
        let (line, column) = config.learn_mistake(0, part, "why".into()).errors()[0].place();
        let at = text.find(words).unwrap();
        assert_eq!(line, text[..at].matches('\n').count() + 1, "{part:?}");
        assert_eq!(column, at - text[..at].rfind('\n').unwrap(), "{part:?}");
    }
}

#[test]
fn default_actions_and_clone_sessions_change_while_running() {
    let program = with(PROGRAM).program.unwrap();
    let ports: Vec<_> =
        program.clones.iter().map(|clone| (clone.session, clone.port, clone.multicast)).collect();
    assert_eq!(ports, [(5, Some(ClonePort::Controller), None), (6, Some(ClonePort::Port(1)), Some(1))]);
    assert_eq!((program.clones[0].truncate, program.defaults[0].action.as_str()), (Some(128), "count"));
    let new = PROGRAM
        .replace("index = 3", "index = 4")
        .replace("truncate = 128", "truncate = 64")
        .replace("session = 6", "session = 7");
    let (changes, cannot, after) = reload(PROGRAM, &new);
    assert_eq!(
        changes,
        [
            "table acl: default action changed",
            "clone session 5: changed",
            "clone session 7: changed",
            "clone session 6: removed",
        ]
    );
    assert_eq!(cannot, Vec::<String>::new());
    assert_eq!(after.program, with(&new).program);
    let (at, _) = PROGRAM.split_once("[[program.default]]").unwrap();
    let (changes, ..) = reload(PROGRAM, at);
    assert_eq!(
        changes,
        ["table acl: default action changed", "clone session 5: removed", "clone session 6: removed"]
    );
}
