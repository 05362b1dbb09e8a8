//! What a reload changes and what it leaves.

use super::{GOOD, edited, good, parse};
use config::{Action, Change, Diff};

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

const RED: &str = "[[vrf]]\nname = \"red\"\ntable = 10\n[tables]";
const IN_RED: (&str, &str) = ("vlan = 200", "vrf = \"red\"\nvlan = 200");
/// The routes over that interface.
const ROUTES_IN_RED: [(&str, &str); 3] = [
    (
        "prefix = \"198.51.100.0/24\"",
        "vrf = \"red\"\nnext_hop_vrf = \"default\"\nprefix = \"198.51.100.0/24\"",
    ),
    ("prefix = \"0.0.0.0/0\"", "next_hop_vrf = \"red\"\nprefix = \"0.0.0.0/0\""),
    ("prefix = \"2001:db8:5::/48\"", "next_hop_vrf = \"red\"\nprefix = \"2001:db8:5::/48\""),
];

#[test]
fn a_vrf_has_routes_and_addresses_of_its_own() {
    let same = "[[interface]]\nname = \"red2\"\nport = \"wan\"\nvlan = 300\nvrf = \"red\"\naddresses = [\"10.0.0.1/24\"]\n\
                [[loopback]]\nname = \"red-router\"\nvrf = \"red\"\naddresses = [\"192.0.2.254/32\"]\n\
                [[route]]\nvrf = \"red\"\nprefix = \"192.0.2.0/24\"\nblackhole = true\n\
                [[route]]\nvrf = \"default\"\nprefix = \"192.0.3.0/24\"\nblackhole = true\n";
    let config = super::parse(&(edited(&[("[tables]", RED)]) + same));
    assert_eq!((config.vrf("red"), config.vrf("default"), config.vrf("blue")), (Some(1), Some(0), None));
    assert_eq!(
        (config.vrf_of_table(10), config.vrf_of_table(254), config.vrf_of_table(255)),
        (Some(1), Some(0), None)
    );
    assert_eq!((config.vrf_name(1), config.vrf_name(0), config.vrf_name(2)), (Some("red"), None, None));
    let last = config.interfaces.last().unwrap();
    assert_eq!((last.vrf, config.interfaces[0].vrf, config.loopbacks[1].vrf), (1, 0, 1));
    assert_eq!(config.routes.iter().map(|route| route.vrf).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 0]);
}

#[test]
fn vrfs_come_with_the_next_start_and_what_needs_them_waits() {
    let edits = [&[("[tables]", RED), IN_RED][..], &ROUTES_IN_RED[..]].concat();
    let diff = reload(&edits);
    for line in [
        "VRF red comes when the switch starts again",
        "interface isp2: vrf changes when the switch starts again; until then it has no addresses",
        "path two waits for interface isp2, which is not running",
        "route 198.51.100.0/24 waits for VRF red, which is not running",
    ] {
        assert!(diff.cannot.contains(&line.to_owned()), "{line}: {:?}", diff.cannot);
    }
    // The interface is not in the VRF yet: nothing of the default one is lent to it, and its addresses stay out of that.
    assert!(diff.after.vrfs.is_empty() && diff.after.routes.iter().all(|route| route.vrf == 0));
    assert!(!diff.after.paths.iter().any(|path| path.name == "two"));
    let isp2 = diff.after.interfaces.iter().find(|interface| interface.name == "isp2").unwrap();
    assert!(isp2.addresses.is_empty(), "{isp2:?}");
}

#[test]
fn a_route_that_says_nothing_but_another_vrf_leaks_to_a_network_of_an_interface_there() {
    let running = edited(&[("[tables]", RED)]);
    let leak = |prefix: &str| {
        let route = format!("[[route]]\nvrf = \"red\"\nprefix = \"{prefix}\"\nnext_hop_vrf = \"default\"\n");
        super::parse(&(running.clone() + &route))
    };
    let whole = leak("203.0.113.8/29");
    let isp2 = whole.interfaces.iter().position(|interface| interface.name == "isp2").unwrap();
    assert_eq!(whole.routes.last().unwrap().action, Action::Connected(isp2));
    let part = leak("203.0.113.10/32");
    assert_eq!(part.routes.last().unwrap().action, Action::Connected(isp2));
    // As any other route it comes, changes and goes.
    let old = super::parse(&running);
    assert_eq!(lines(&old.diff(&whole)), ["route 203.0.113.8/29 in VRF red: added"]);
    assert_eq!(old.diff(&whole).after.routes, whole.routes);
    assert_eq!(lines(&whole.diff(&old)), ["route 203.0.113.8/29 in VRF red: removed"]);
    let without = running.replace("name = \"isp2\"", "name = \"isp3\"").replace("\"isp2\"", "\"isp3\"");
    let waits = super::parse(&without).diff(&whole).cannot;
    let line = "route 203.0.113.8/29 in VRF red waits for interface isp2, which is not running";
    assert!(waits.contains(&line.to_owned()), "{waits:?}");
}

#[test]
fn routes_of_a_vrf_that_runs_come_and_go_with_a_reload() {
    let running = edited(&[("[tables]", RED)]);
    let blackhole = "[[route]]\nvrf = \"red\"\nprefix = \"192.0.2.0/24\"\nblackhole = true\n";
    let (old, new) = (super::parse(&running), super::parse(&(running.clone() + blackhole)));
    let diff = old.diff(&new);
    assert_eq!(lines(&diff), ["route 192.0.2.0/24 in VRF red: added"]);
    assert_eq!(lines(&new.diff(&old)), ["route 192.0.2.0/24 in VRF red: removed"]);
    // Another order of the VRFs is no other VRF.
    let blue = "[[vrf]]\nname = \"blue\"\ntable = 20\n";
    let two = |text: String| {
        super::parse(&text.replace("[[vrf]]\nname = \"red\"", &format!("{blue}[[vrf]]\nname = \"red\"")))
    };
    let moved = two(running.clone() + blackhole).diff(&super::parse(&(running + blackhole + blue)));
    assert_eq!((lines(&moved), &moved.cannot), (Vec::new(), &Vec::new()));
}
