//! Rules of what is learned, against a program.

use super::loaded;
use config::{Config, LearnPart};

const TELLER: &str = include_str!("teller.p4");

const GOOD: &str = r#"
[[port]]
name = "one"
kernel = "eth1"
[[port]]
name = "two"
kernel = "eth2"
[program]
file = "teller.p4"
[[program.multicast]]
group = 7
ports = ["two", "one"]
[[program.learn]]
digest = "flow_t"
[[program.learn.entry]]
table = "stations"
keys = { src_addr = "src_addr" }
action = "known"
args = { port = 3 }
idle_timeout = "300s"
[[program.learn.entry]]
table = "ingress.narrow"
keys = { rest = 5, port = "*" }
action = "known"
args = { port = "class" }
priority = 1
"#;

fn config(text: &str) -> Config {
    Config::parse("swerve.toml", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

#[test]
fn rules_and_groups_that_fit_the_program_are_taken() {
    let mut loaded = loaded(TELLER);
    assert_eq!(loaded.check_learn(&config(GOOD).program.unwrap().learn), Ok(()));
    loaded.configure(&config(GOOD)).unwrap();
    assert_eq!(loaded.control.group(7).unwrap()[0].ports, [1, 0]);
    loaded.control.set_group(8, &[]).unwrap();
    loaded.configure(&config(&GOOD.replace("group = 7", "group = 9"))).unwrap();
    assert_eq!(loaded.control.groups(), [8, 9], "the operator's stays, the file's follows the file");
}

/// What is changed in the good file, the part that is then wrong, and words of the message.
const BAD: &[(&str, &str, LearnPart, &str)] = &[
    ("\"flow_t\"", "\"flowt\"", LearnPart::Digest, "no digest is called 'flowt'; there is flow_t"),
    ("\"stations\"", "\"station\"", LearnPart::Table(0), "no table is called 'station'"),
    ("keys = { src_addr = \"src_addr\" }", "keys = { }", LearnPart::Table(0), "src_addr"),
    (
        "{ src_addr = \"src_addr\" }",
        "{ addr = \"src_addr\" }",
        LearnPart::Key(0, 0),
        "no key is called 'addr'",
    ),
    (
        "= \"src_addr\" }",
        "= \"srcaddr\" }",
        LearnPart::Key(0, 0),
        "digest 'flow_t' has no field 'srcaddr'; there is class, src_addr, wide",
    ),
    (
        "= \"src_addr\" }",
        "= \"wide\" }",
        LearnPart::Key(0, 0),
        "field 'wide' of digest 'flow_t' has 100 bits, and 'src_addr' only 32",
    ),
    ("rest = 5", "rest = 16", LearnPart::Table(1), "4 bits"),
    ("rest = 5", "rest = \"x y\"", LearnPart::Key(1, 1), "write a number of 4 bits"),
    ("\"known\"\nargs = { port = 3 }", "\"knwon\"\nargs = { port = 3 }", LearnPart::Action(0), "known"),
    ("args = { port = 3 }", "args = { prot = 3 }", LearnPart::Action(0), "prot"),
    ("args = { port = 3 }", "args = { port = 512 }", LearnPart::Arg(0, 0), "9 bits"),
    ("args = { port = \"class\" }", "args = { port = \"wide\" }", LearnPart::Arg(1, 0), "100 bits"),
    (
        "args = { port = \"class\" }\npriority = 1",
        "args = { port = \"class\" }\nidle_timeout = \"1s\"",
        LearnPart::IdleTimeout(1),
        "support_timeout",
    ),
    (
        "keys = { rest = 5, port = \"*\" }",
        "keys = { rest = 5, port = \"class\" }",
        LearnPart::Key(1, 0),
        "'port' has field 'class', which no key of table 'stations' has",
    ),
    (
        "table = \"ingress.narrow\"\nkeys = { rest = 5, port = \"*\" }\naction = \"known\"\nargs = { port = \"class\" }",
        "table = \"fixed\"\nkeys = { src_addr = \"src_addr\" }\naction = \"NoAction\"",
        LearnPart::Table(1),
        "'ingress.fixed'",
    ),
];

#[test]
fn a_rule_that_does_not_fit_says_which_part_and_why() {
    let loaded = loaded(TELLER);
    for (from, to, part, words) in BAD {
        assert_eq!(GOOD.matches(from).count(), 1, "{from}");
        let text = GOOD.replace(from, to).replace("idle_timeout = \"300s\"\n", {
            // One time-out in a rule.
            if to.contains("idle_timeout") { "" } else { "idle_timeout = \"300s\"\n" }
        });
        let config = config(&text);
        let (rule, at, why) = loaded.check_learn(&config.program.as_ref().unwrap().learn).expect_err(to);
        assert_eq!((rule, at), (0, *part), "{to}: {why}");
        assert!(why.contains(words), "{to}: {why}");
        let plain = loaded.check(&config).unwrap_err().plain();
        assert!(
            plain.starts_with("swerve.toml:") && plain.contains("this rule does not fit the program"),
            "{plain}"
        );
    }
}
