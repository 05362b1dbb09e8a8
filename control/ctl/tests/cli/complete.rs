//! Completions of what the switch knows.

use super::*;
use api::program::{Call, Key, Program, Query as ProgramQuery, Reply, Request, Signature, Table};

pub(super) fn program() -> Program {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Program {
        file: "/x/router.p4".into(),
        generation: 1,
        loaded_s: 1.0,
        compile_ms: 1.0,
        tables: names(&["ingress.ipv4_lpm", "ingress.acl"]),
        counters: names(&["ingress.ports"]),
        registers: names(&["ingress.seen"]),
        meters: names(&["ingress.rates"]),
        profiles: names(&["ingress.hops"]),
        value_sets: names(&["parse.kinds"]),
        digests: names(&["learn_t"]),
        entries: 0,
    }
}

fn table(name: &str) -> Table {
    let key = |name: &str| Key { name: name.into(), kind: "ternary".into(), bits: 32 };
    let forward = Signature {
        name: "ingress.forward".into(),
        parameters: vec![("port".into(), 9), ("mac".into(), 48)],
    };
    Table {
        name: name.into(),
        keys: vec![key("hdr.ipv4.dst_addr"), key("hdr.ipv4.src_addr")],
        actions: vec![forward, Signature { name: "ingress.drop".into(), parameters: vec![] }],
        default_action: Call { action: "ingress.drop".into(), args: vec![] },
        default_constant: false,
        entries: 0,
        capacity: 10,
        constant: false,
        profile: None,
        direct_counter: false,
        idle_timeouts: false,
    }
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.program(|request| match request {
        Request::Show(ProgramQuery::Program) => vec![Ok(Reply::Program(Some(program())))],
        Request::Show(ProgramQuery::Tables) => {
            vec![Ok(Reply::Tables(vec![table("ingress.ipv4_lpm"), table("ingress.acl")]))]
        }
        other => panic!("{other:?}"),
    });
    bench
}

/// What bash is offered for the last word, but for options.
pub(super) fn offered(bench: &Bench, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = bench.command(&[]);
    command.arg("--").arg("swervectl").args(&words);
    command.env("COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let text = succeeds(&command.output().unwrap());
    text.lines().filter(|word| !word.starts_with('-')).map(str::to_owned).collect()
}

#[test]
fn names_of_the_running_program_are_offered_where_they_belong() {
    let bench = bench();
    for (line, names) in [
        ("table show ", &["ingress.acl", "ingress.ipv4_lpm"][..]),
        ("table show ipv4", &["ipv4_lpm"]),
        ("table modify ingress.i", &["ingress.ipv4_lpm"]),
        ("table reset-default ac", &["acl"]),
        ("counter ", &["ingress.ports"]),
        ("register s", &["seen"]),
        ("meter ", &["ingress.rates"]),
        ("valueset add k", &["kinds"]),
        ("digest l", &["learn_t"]),
        ("group member h", &["hops"]),
        ("table set-default acl d", &["drop"]),
    ] {
        assert_eq!(offered(&bench, line), names, "{line}");
    }
}

#[test]
fn an_entry_is_offered_its_keys_its_actions_and_their_parameters() {
    let bench = bench();
    for (line, words) in [
        (
            "table add ipv4_lpm ",
            &["hdr.ipv4.dst_addr=", "hdr.ipv4.src_addr=", "ingress.drop", "ingress.forward"][..],
        ),
        ("table add ipv4_lpm dst", &["dst_addr="]),
        (
            "table add ipv4_lpm dst_addr=10.0.0.0/8 ",
            &["hdr.ipv4.src_addr=", "ingress.drop", "ingress.forward"],
        ),
        ("table add ipv4_lpm dst_addr = 10.0.0.0/8 f", &["forward"]),
        ("table add --priority 7 ipv4_lpm dst_addr=1 forward ", &["mac=", "port="]),
        ("table add ipv4_lpm dst_addr=1 forward port=3 ", &["mac="]),
        ("table modify ipv4_lpm 17 ", &["ingress.drop", "ingress.forward"]),
        ("table delete ipv4_lpm s", &["src_addr="]),
        ("table add nothing ", &[]),
    ] {
        assert_eq!(offered(&bench, line), words, "{line}");
    }
}

#[test]
fn names_of_vrfs_are_offered_where_one_is_asked_for() {
    let bench = Bench::new();
    bench.switch(|query| {
        assert_eq!(query, Query::Interfaces);
        let interface = |name: &str, vrf: Option<&str>| api::show::Interface {
            name: name.into(),
            port: "lan".into(),
            vlan: None,
            vrf: vrf.map(str::to_owned),
            mtu: 1500,
            mac: api::Mac([2, 0, 0, 0, 0, 1]),
            addresses: vec![],
            mirror: None,
        };
        let rows = vec![interface("lan", None), interface("a", Some("red")), interface("b", Some("red"))];
        SwitchReply::Rows(Rows::Interfaces(rows))
    });
    for (line, names) in [
        ("show rib --vrf ", &["default", "red"][..]),
        ("show routes --vrf r", &["red"]),
        ("route delete 10.0.0.0/8 --vrf ", &["default", "red"]),
        ("route add 10.0.0.0/8 via isp1 --next-hop-vrf d", &["default"]),
        ("route add --vrf red 10.0.0.0/8 v", &["via"]),
    ] {
        assert_eq!(offered(&bench, line), names, "{line}");
    }
}

#[test]
fn commands_are_offered_without_a_switch_and_names_are_then_none() {
    let bench = Bench::new();
    assert_eq!(offered(&bench, "tra"), ["trace"]);
    assert!(offered(&bench, "show ").contains(&"workers".to_owned()));
    assert_eq!(offered(&bench, "counter po"), Vec::<String>::new());
    assert_eq!(offered(&bench, "table show i"), Vec::<String>::new());
}

#[test]
fn the_script_for_bash_completes_in_bash() {
    let bench = bench();
    let binary = Path::new(env!("CARGO_BIN_EXE_swervectl"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let script = "source <(swervectl completions bash)
        COMP_WORDS=(swervectl table show ipv4) COMP_CWORD=3 COMP_TYPE=9
        _clap_complete_swervectl swervectl ipv4 show
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).env("PATH", path).env("SWERVE_CONFIG", bench.path("swerve.toml"));
    assert_eq!(succeeds(&bash.output().unwrap()), "ipv4_lpm\n");
}
