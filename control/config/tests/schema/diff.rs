//! What a reload changes and what it leaves.

use super::{GOOD, edited, good, parse};
use config::{Change, Diff};

fn reload(edits: &[(&str, &str)]) -> Diff {
    good().diff(&parse(&edited(edits)))
}

fn lines(diff: &Diff) -> Vec<String> {
    diff.changes.iter().map(Change::to_string).collect()
}

#[test]
fn the_same_file_changes_nothing() {
    let diff = reload(&[]);
    assert_eq!((lines(&diff), diff.cannot), (vec![], vec![]));
}

#[test]
fn a_comment_and_another_order_change_nothing() {
    let (head, paths) = GOOD.split_once("[[path]]").unwrap();
    let (paths, routes) = paths.split_once("[[route]]").unwrap();
    let mut blocks: Vec<&str> = paths.split("[[path]]").collect();
    blocks.reverse();
    let text = format!("# moved\n{head}[[path]]{}[[route]]{routes}", blocks.join("\n[[path]]"));
    let diff = good().diff(&parse(&text));
    assert_eq!((lines(&diff), diff.cannot), (vec![], vec![]));
}

#[test]
fn paths_routes_neighbors_and_addresses_change_while_running() {
    let diff = reload(&[
        (
            "bfd = { interval = \"10ms\", multiplier = 3 }\nwait_to_restore = \"5s\"",
            "wait_to_restore = \"6s\"",
        ),
        ("name = \"lan-router\"", "name = \"lan-exit\""),
        ("backup = [\"one\", \"lan-router\"]", "backup = [\"lan-exit\"]"),
        ("prefix = \"192.0.2.0/24\"", "prefix = \"192.0.3.0/24\""),
        ("mac = \"02:00:00:00:00:0a\"", "mac = \"02:00:00:00:00:0b\""),
        ("\"fd00:10::1/64\"", "\"fd00:11::1/64\""),
        ("arp = 100", "arp = 200"),
        ("vlan = 200", "urpf = \"strict\"\nvlan = 200"),
        ("[tables]", "[icmp]\ntoo_big = 7\n[hash]\ninner = true\n[tables]"),
        ("192.0.2.254/32", "192.0.2.253/32"),
    ]);
    assert_eq!(
        lines(&diff),
        [
            "icmp: rates changed",
            "hash: changed",
            "loopback router: addresses changed",
            "interface lan: + fd00:11::1/64",
            "interface isp2: urpf changed",
            "interface isp2: police changed",
            "neighbor 203.0.113.10 on isp2: MAC changed",
            "path one: bfd, wait_to_restore changed",
            "path lan-exit: added",
            "route 198.51.100.0/24: changed",
            "route 192.0.3.0/24: added",
            "route 192.0.2.0/24: removed",
            "path lan-router: removed",
            "interface lan: - fd00:10::1/64",
        ]
    );
    assert_eq!(diff.cannot, Vec::<String>::new());
}

#[test]
fn a_changed_default_changes_the_paths_that_use_it() {
    let diff = reload(&[("[tables]", "[bfd]\ninterval = \"50ms\"\n[tables]")]);
    assert_eq!(lines(&diff), ["path two: bfd changed"]);
}

#[test]
fn what_cannot_change_while_running_is_said_and_left() {
    let diff = reload(&[
        ("/run/swerve/switch.sock", "/run/swerve/other.sock"),
        ("hugepages = \"auto\"", "hugepages = \"no\""),
        ("idle = \"poll\"", "idle = \"pause\""),
        ("[tables]\npaths = 16", "[bfd]\nbfdd = \"ipv4:127.0.0.1\"\n[tables]\npaths = 17"),
        ("mtu = 9000", "mtu = 9000\nrx_queues = 2"),
        ("name = \"test\"", "name = \"test2\""),
        ("vlan = 200", "vlan = 201"),
        ("preference = 30", "preference = 31"),
    ]);
    assert_eq!(lines(&diff), Vec::<String>::new());
    assert_eq!(
        diff.cannot,
        [
            "[switch] socket takes effect at the next start",
            "[switch.dpdk] takes effect at the next start",
            "[workers] takes effect at the next start",
            "[bfd] bfdd takes effect at the next start",
            "[tables] takes effect at the next start",
            "[fpm] preference takes effect at the next start",
            "port wan changes when the switch starts again",
            "port test stays until the switch starts again",
            "port test2 comes when the switch starts again",
            "interface isp2: vlan changes when the switch starts again",
        ]
    );
    assert_eq!(diff.after.ports, good().ports);
    assert_eq!(diff.after.workers, good().workers);
    assert_eq!(diff.after.interfaces, good().interfaces);
}

#[test]
fn a_path_on_an_interface_that_does_not_run_waits_and_its_routes_do_without_it() {
    let diff = reload(&[
        ("name = \"isp1\"\nport", "name = \"isp9\"\nport"),
        ("interface = \"isp1\"", "interface = \"isp9\""),
        ("netns = \"routers\" }", "netns = \"routers\" } # renamed"),
    ]);
    assert_eq!(
        diff.cannot,
        [
            "interface isp1 stays, without addresses, until the switch starts again",
            "interface isp9 comes when the switch starts again",
            "path one waits for interface isp9, which is not running",
            "route 0.0.0.0/0 does without path one until then",
            "route 198.51.100.0/24 does without path one until then",
        ]
    );
    assert_eq!(
        lines(&diff),
        [
            "route 0.0.0.0/0: changed",
            "route 198.51.100.0/24: changed",
            "path one: removed",
            "interface isp1: - 203.0.113.1/29",
            "interface isp1: - 2001:db8:1::1/64",
        ]
    );
    assert!(diff.after.paths.iter().all(|p| p.name != "one"));
}

#[test]
fn routing_daemons_are_listened_to_otherwise_while_running() {
    let diff = reload(&[
        ("hold = \"60s\"", "hold = \"61s\""),
        ("\"30s\"", "\"31s\""),
        ("[bgp]\n", "[lfa]\nsource = \"ospf\"\n[bgp]\n"),
    ]);
    assert_eq!(lines(&diff), ["fpm: changed", "bgp: changed", "lfa: changed"]);
    assert_eq!(diff.cannot, Vec::<String>::new());
    let hold = |config: &config::Config| config.fpm.as_ref().map(|fpm| fpm.hold.as_secs());
    assert_eq!((hold(&good()), hold(&diff.after)), (Some(60), Some(61)));
}

#[test]
fn the_next_reload_is_compared_with_what_runs() {
    let running = reload(&[("mtu = 9000", "mtu = 9000\nrx_queues = 2"), ("weight = 2", "weight = 3")]).after;
    let back = running.diff(&good());
    assert_eq!((lines(&back), back.cannot.clone()), (vec!["route 0.0.0.0/0: changed".to_owned()], vec![]));
    let again = running.diff(&parse(&edited(&[("mtu = 9000", "mtu = 9000\nrx_queues = 2")])));
    assert_eq!(again.cannot, ["port wan changes when the switch starts again"]);
}

#[test]
fn a_route_whose_paths_only_moved_in_the_list_is_unchanged() {
    let first =
        "[[path]]\nname = \"zero\"\ninterface = \"lan\"\nnext_hop = \"10.0.0.2\"\n\n[[path]]\nname = \"one\"";
    let diff = reload(&[("[[path]]\nname = \"one\"", first)]);
    assert_eq!(lines(&diff), ["path zero: added"]);
}

#[test]
fn more_routes_than_the_running_table_holds_are_too_much_even_if_the_new_file_makes_it_larger() {
    let running = parse(&edited(&[("paths = 16", "paths = 16\nroutes_v4 = 3")]));
    assert_eq!(running.diff(&running).too_much(), None);
    let more = edited(&[(
        "prefix = \"192.0.2.0/24\"",
        "prefix = \"192.0.4.0/24\"\nblackhole = true\n[[route]]\nprefix = \"192.0.2.0/24\"",
    )]);
    let why = running.diff(&parse(&more)).too_much().expect("four routes for a table of three");
    assert!(
        ["IPv4 routes", "routes_v4", "holds 3", "next start"].iter().all(|word| why.contains(word)),
        "{why}"
    );
}
