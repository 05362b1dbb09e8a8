//! Default actions and clone sessions of the file.

use super::{ROUTER, loaded};
use crate::program::{Loaded, at_start};
use api::program::{CloneSession, Query, Reply};
use config::Config;

const FILE: &str = r#"
[[port]]
name = "one"
kernel = "eth1"
[[port]]
name = "two"
kernel = "eth2"
[program]
file = "router.p4"
controller_port = 300
[[program.default]]
table = "ipv4_lpm"
action = "forward"
args = { port = 7, mac = "02:00:00:00:00:07" }
[[program.clone]]
session = 5
controller = true
truncate = 128
[[program.clone]]
session = 6
port = "two"
multicast = 9
replica = 3
"#;

fn config(text: &str) -> Config {
    Config::parse("swerve.toml", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

fn default_action(of: &Loaded) -> (String, Vec<(String, String)>) {
    let Ok(Reply::Tables(tables)) = of.show(1, &Query::Tables) else { panic!("tables") };
    (tables[0].default_action.action.clone(), tables[0].default_action.args.clone())
}

fn sessions(of: &Loaded) -> Vec<(u32, Option<u16>, Option<u16>)> {
    of.control.sessions().into_iter().map(|(id, to)| (id, to.port, to.group)).collect()
}

fn without_program_sections() -> &'static str {
    FILE.split_once("[[program.default]]").map_or(FILE, |(before, _)| before)
}

#[test]
fn the_file_gives_default_actions_and_clone_sessions_and_takes_them_back() {
    let mut router = loaded(ROUTER);
    router.check(&config(FILE)).unwrap();
    router.configure(&config(FILE)).unwrap();
    assert!(default_action(&router).0.ends_with("forward"));
    assert_eq!(sessions(&router), [(5, Some(300), None), (6, Some(1), Some(9))]);
    assert_eq!(router.control.session(5).unwrap().truncate, Some(128));
    let own = CloneSession { port: Some(4), multicast_group: None, replica: 0, truncate_bytes: None };
    router.clone_session(8, Some(own)).unwrap();
    router.configure(&config(without_program_sections())).unwrap();
    assert!(default_action(&router).0.ends_with("drop"), "the program's again");
    assert_eq!(sessions(&router), [(8, Some(4), None)], "the operator's stays");
}

#[test]
fn another_program_has_of_the_file_what_the_file_says_now() {
    let mut old = loaded(ROUTER);
    old.configure(&config(FILE)).unwrap();
    let other = ROUTER.replace("ttl - 1", "ttl - 2");
    let mut kept = loaded(&other);
    kept.take_over(&old, true);
    assert_eq!((default_action(&kept), sessions(&kept)), (default_action(&old), sessions(&old)));
    kept.configure(&config(without_program_sections())).unwrap();
    assert!(
        default_action(&kept).0.ends_with("drop") && sessions(&kept).is_empty(),
        "it knows that they are the file's"
    );

    let mut new = loaded(&other);
    new.configure(&config(&FILE.replace("port = 7", "port = 8").replace("session = 6", "session = 7")))
        .unwrap();
    new.take_over(&old, false);
    assert!(default_action(&new).1.contains(&("port".to_owned(), "8".to_owned())));
    assert_eq!(sessions(&new), [(5, Some(300), None), (7, Some(1), Some(9))]);
    let mut empty = loaded(&other);
    empty.configure(&config(without_program_sections())).unwrap();
    empty.take_over(&old, false);
    assert!(default_action(&empty).0.ends_with("drop") && sessions(&empty).is_empty());
}

/// With the table of some role, of which the first key is the VRF where it says so.
fn with_role(role: &str, vrf: bool) -> String {
    let (kind, actions) = match role {
        "local" => ("exact", "local"),
        _ => ("lpm", "forward"),
    };
    let key = if vrf { "swerve_vrf(0): exact @name(\"vrf\");" } else { "" };
    format!(
        "#include <core.p4>
#include <v1model.p4>
#include <swerve.p4>
header h_t {{ bit<32> a; }}
struct H {{ h_t h; }}
struct M {{ }}
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {{ state start {{ p.extract(h.h); transition accept; }} }}
control V(inout H h, inout M m) {{ apply {{ }} }}
control I(inout H h, inout M m, inout standard_metadata_t s) {{
    action local() {{ }}
    action forward(bit<16> path) {{ }}
    @swerve_role(\"{role}\") table t {{ key = {{ {key} h.h.a: {kind}; }} actions = {{ {actions}; NoAction; }} default_action = NoAction(); }}
    apply {{ t.apply(); }}
}}
control E(inout H h, inout M m, inout standard_metadata_t s) {{ apply {{ }} }}
control D(packet_out p, in H h) {{ apply {{ p.emit(h.h); }} }}
V1Switch(P(), V(), I(), E(), V(), D()) main;
"
    )
}

#[test]
fn beside_vrfs_a_table_of_routes_or_addresses_needs_the_vrf_as_a_key() {
    let vrfs = config(&(without_program_sections().to_owned() + "[[vrf]]\nname = \"red\"\ntable = 10\n"));
    let none = config(without_program_sections());
    for role in ["ipv4_fib", "local"] {
        let mut blind = loaded(&with_role(role, false));
        let said = blind.check(&vrfs).unwrap_err().plain();
        assert!(said.starts_with("swerve.toml:9:8: ") && said.contains("table `I.t`"), "{role}: {said}");
        assert_eq!(blind.configure(&vrfs).unwrap_err().plain(), said);
        blind.check(&none).unwrap();
        blind.configure(&none).unwrap();
        let mut seeing = loaded(&with_role(role, true));
        seeing.check(&vrfs).unwrap();
        seeing.configure(&vrfs).unwrap();
    }
    loaded(ROUTER).check(&vrfs).unwrap();
}

#[test]
fn a_default_action_that_does_not_fit_is_said_with_its_place() {
    let router = loaded(ROUTER);
    for (from, to, words) in [
        ("\"ipv4_lpm\"", "\"ipv6_lpm\"", "no table is called 'ipv6_lpm'"),
        ("action = \"forward\"", "action = \"forwards\"", "forwards"),
        ("port = 7", "port = 512", "9 bits"),
        ("port = 7, ", "", "port"),
    ] {
        let said = router.check(&config(&FILE.replace(from, to))).unwrap_err().plain();
        assert!(said.starts_with("swerve.toml:12:9: ") && said.contains(words), "{words}: {said}");
    }
    let constant = loaded(&ROUTER.replace("default_action = drop()", "const default_action = drop()"));
    assert!(constant.check(&config(FILE)).unwrap_err().plain().contains("constant"));
}

#[test]
fn what_keeps_a_program_from_the_start_is_said_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let start = |program: &str, text: &str| {
        std::fs::write(directory.path().join("router.p4"), program).unwrap();
        at_start(&config(text), directory.path()).map(|_| ()).unwrap_err()
    };
    let plain = without_program_sections();
    let wrong = ROUTER.replacen("bit<32> dst_addr", "bit<32> dst_addr; bit<-1> b", 1);
    assert_ne!(wrong, ROUTER);
    let unfit = start(&wrong, plain);
    let first = &unfit.mistakes[0];
    assert!(first.file.as_deref().is_some_and(|file| file.ends_with("router.p4")), "{first:?}");
    let line = wrong[..wrong.find("bit<-1>").unwrap()].matches('\n').count() as u64 + 1;
    assert_eq!((first.line, first.column.is_some()), (Some(line), true), "{first:?}");
    assert!(unfit.text.contains("cannot be loaded"), "{}", unfit.text);
    // What the file says of it has its place in the file.
    let unfit = start(ROUTER, &FILE.replace("port = 7", "port = 4000"));
    let first = &unfit.mistakes[0];
    assert_eq!((first.file.as_deref(), first.line), (Some("swerve.toml"), Some(12)), "{first:?}");
}
