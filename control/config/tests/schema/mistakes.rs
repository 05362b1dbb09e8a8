//! Each message as the operator sees it, in `snapshots/`.

use super::{GOOD, edited, good, rendered};
use config::{Config, Machine, Mistake};
use std::collections::BTreeSet;

/// Name of the snapshot, and what turns the good file into one with that mistake.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

/// A socket's path of 108 bytes.
const LONG: &str = "/run/swerve/a-directory-with-a-very-long-name/and-another-one-inside-of-it/until-it-does-not-fit/switch.sock";

const SHAPE: &[Case] = &[
    ("syntax", &[("mtu = 9000", "mtu = = 9000")]),
    ("unknown_key", &[("next_hop = \"10.0.0.254\"", "next_hop = \"10.0.0.254\"\npreferance = 1")]),
    ("unknown_key_near", &[("vlan = 200", "vlna = 200")]),
    ("unknown_key_nested", &[("arp = 100", "apr = 100")]),
    ("unknown_table", &[("[tables]", "[table]")]),
    ("unknown_word", &[("idle = \"poll\"", "idle = \"pol\"")]),
    ("wrong_type", &[("mtu = 9000", "mtu = \"9000\"")]),
    ("wrong_type_of_word_or", &[("cores = [1, 2]\nidle", "cores = \"all\"\nidle")]),
    ("wrong_type_table", &[("{ path = \"six\" }", "\"six\"")]),
    ("not_a_duration", &[("interval = \"10ms\"", "interval = 10")]),
    ("not_an_address", &[("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113\"")]),
    ("not_a_prefix", &[("\"203.0.113.9/29\"", "\"203.0.113.9\"")]),
    ("not_a_mac", &[("mac = \"02:00:00:00:00:0a\"", "mac = \"2:0:0:0:0:a\"")]),
    ("not_a_pci_address", &[("0000:03:00.0", "eth0")]),
    ("not_a_bfdd_address", &[("[tables]", "[bfd]\nbfdd = \"/run/frr/bfdd-dplane.sock\"\n[tables]")]),
    ("missing", &[("next_hop = \"fe80::1\"", "")]),
];

const SECTIONS: &[Case] = &[
    ("out_of_range", &[("mtu = 9000", "mtu = 9601")]),
    ("vector_out_of_range", &[("idle = \"poll\"", "vector = 257")]),
    ("relative_path", &[("/run/swerve/switch.sock", "switch.sock")]),
    ("socket_too_long", &[("/run/swerve/switch.sock", LONG)]),
    ("same_socket", &[("/run/swerve/switch.sock", "/run/swerve/control.sock")]),
    ("bad_file_prefix", &[("hugepages = \"auto\"", "file_prefix = \"a/b\"")]),
    ("few_mbufs", &[("hugepages = \"auto\"", "mbufs = 100")]),
    ("core_twice", &[("cores = [1, 2]\nidle", "cores = [1, 2, 1]\nidle")]),
    ("no_cores", &[("queue_cores = [1, 2]", "queue_cores = []")]),
    ("main_core_is_worker", &[("main_core = 0", "main_core = 2")]),
    ("table_too_small", &[("paths = 16", "paths = 2")]),
];

const PORTS: &[Case] = &[
    ("bad_name", &[("name = \"test\"", "name = \"test port\"")]),
    ("bad_name_of_interface", &[("name = \"isp2\"\nport", "name = \"isp 2\"\nport")]),
    ("bad_name_begins", &[("name = \"test\"", "name = \"-test\"")]),
    ("bad_name_empty", &[("name = \"test\"", "name = \"\"")]),
    ("bad_kernel_name", &[("kernel = \"eth1\"", "kernel = \"a-name-too-long0\"")]),
    ("queue_core_not_worker", &[("queue_cores = [1, 2]", "queue_cores = [1, 3]")]),
    ("queue_count", &[("queue_cores = [1, 2]", "rx_queues = 3\nqueue_cores = [1, 2]")]),
    ("port_twice", &[("name = \"test\"", "name = \"wan\"")]),
    ("mac_twice", &[("mtu = 9000", "mac = \"02:00:00:00:00:01\"\nmtu = 9000")]),
    ("device_twice", &[("vdev = \"net_null0,size=60\"", "pci = \"03:00.0\"")]),
    ("no_device", &[("vdev = \"net_null0,size=60\"", "")]),
    ("several_devices", &[("pci = \"0000:03:00.0\"", "pci = \"0000:03:00.0\"\nkernel = \"eth2\"")]),
    ("driver_without_kernel", &[("mtu = 9000", "driver = \"af_xdp\"\nmtu = 9000")]),
    ("link_without_kernel", &[("mtu = 9000", "link = \"kernel\"\nmtu = 9000")]),
    ("bad_vdev", &[("net_null0,size=60", "null,size=60")]),
    ("mac_not_unicast", &[("02:00:00:00:00:01", "03:00:00:00:00:01")]),
    ("generator_family", &[("source = \"192.0.2.9\"", "family = \"ipv6\"\nsource = \"192.0.2.9\"")]),
    ("generator_frame", &[("source = \"192.0.2.9\"", "frame = 63\nsource = \"192.0.2.9\"")]),
    ("generator_rate", &[("source = \"192.0.2.9\"", "rate = \"full\"\nsource = \"192.0.2.9\"")]),
];

const INTERFACES: &[Case] = &[
    ("interface_twice", &[("name = \"isp2\"", "name = \"lan\"")]),
    ("unknown_port", &[("port = \"lan\"", "port = \"lam\"")]),
    ("vlan_range", &[("vlan = 200", "vlan = 4095")]),
    ("vlan_twice", &[("vlan = 200", "vlan = 100")]),
    ("untagged_twice", &[("vlan = 100\n", ""), ("vlan = 200\n", "")]),
    ("mtu_over_port", &[("vlan = 200", "vlan = 200\nmtu = 9100")]),
    ("mtu_under_ipv6", &[("vlan = 100", "vlan = 100\nmtu = 1279")]),
    ("not_a_host", &[("\"10.0.0.1/24\"", "\"10.0.0.0/24\"")]),
    ("not_a_host_broadcast", &[("\"10.0.0.1/24\"", "\"10.0.0.255/24\"")]),
    ("not_a_host_multicast", &[("\"fd00:10::1/64\"", "\"ff02::1/64\"")]),
    ("address_twice", &[("\"203.0.113.9/29\"", "\"203.0.113.9/29\", \"10.0.0.1/32\"")]),
    ("networks_overlap", &[("\"203.0.113.9/29\"", "\"203.0.113.9/28\"")]),
    ("mirror_name_too_long", &[("name = \"isp2\"", "name = \"internet-service\"")]),
    ("mirror_twice", &[("vlan = 200", "vlan = 200\nmirror = { name = \"lan\" }")]),
    ("mirror_is_port", &[("vlan = 200", "vlan = 200\nmirror = { name = \"eth1\" }")]),
    ("neighbor_not_connected", &[("address = \"203.0.113.10\"", "address = \"203.0.113.2\"")]),
    ("neighbor_is_own", &[("address = \"203.0.113.10\"", "address = \"203.0.113.9\"")]),
    (
        "neighbor_twice",
        &[(
            "mac = \"02:00:00:00:00:0a\"",
            "mac = \"02:00:00:00:00:0a\"\n[[neighbor]]\ninterface = \"isp2\"\naddress = \"203.0.113.10\"\nmac = \"02:00:00:00:00:0b\"",
        )],
    ),
];

const PATHS: &[Case] = &[
    ("unknown_interface", &[("interface = \"lan\"", "interface = \"lam\"")]),
    ("path_twice", &[("name = \"six\"", "name = \"two\"")]),
    ("next_hop_not_connected", &[("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113.11\"")]),
    (
        "next_hop_without_network",
        &[("addresses = [\"203.0.113.9/29\"]", ""), ("address = \"203.0.113.10\"", "address = \"fe80::2\"")],
    ),
    ("next_hop_is_own", &[("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113.1\"")]),
    ("next_hop_is_network", &[("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113.0\"")]),
    ("next_hop_is_broadcast", &[("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113.7\"")]),
    ("next_hop_not_unicast", &[("next_hop = \"203.0.113.2\"", "next_hop = \"224.0.0.1\"")]),
    (
        "same_way_out",
        &[(
            "interface = \"lan\"\nnext_hop = \"10.0.0.254\"",
            "interface = \"isp1\"\nnext_hop = \"203.0.113.2\"",
        )],
    ),
    ("restore_over_max", &[("\"5s\"", "\"5s\"\nwait_to_restore_max = \"2s\"")]),
    ("restore_too_long", &[("\"5s\"", "\"2days\"")]),
    ("bfd_multiplier", &[("multiplier = 3", "multiplier = 0")]),
    ("bfd_too_short", &[("\"10ms\"", "\"99us\"")]),
    ("bfd_too_long", &[("\"10ms\"", "\"72min\"")]),
    ("bfd_not_microseconds", &[("\"10ms\"", "\"10ms 5ns\"")]),
    ("bfd_under_sleep", &[("idle = \"poll\"", "idle = \"sleep\""), ("\"10ms\"", "\"999us\"")]),
    (
        "bfd_through_kernel",
        &[("next_hop = \"10.0.0.254\"", "next_hop = \"10.0.0.254\"\nbfd = { min_rx = \"500us\" }")],
    ),
];

/// Where a VRF fits in, and one.
const HERE: &str = "[tables]";
const RED: &str = "[[vrf]]\nname = \"red\"\ntable = 10\n[tables]";
const TWO: &str = "[[vrf]]\nname = \"red\"\ntable = 10\n[[vrf]]\nname = \"blue\"\ntable = 20\n[tables]";

const VRFS: &[Case] = &[
    (
        "vrf_twice",
        &[(HERE, "[[vrf]]\nname = \"red\"\ntable = 10\n[[vrf]]\nname = \"red\"\ntable = 11\n[tables]")],
    ),
    (
        "vrf_table_twice",
        &[(HERE, "[[vrf]]\nname = \"red\"\ntable = 10\n[[vrf]]\nname = \"blue\"\ntable = 10\n[tables]")],
    ),
    ("vrf_is_default", &[(HERE, "[[vrf]]\nname = \"default\"\ntable = 10\n[tables]")]),
    ("vrf_table_of_the_kernel", &[(HERE, "[[vrf]]\nname = \"red\"\ntable = 254\n[tables]")]),
    ("vrf_table_out_of_range", &[(HERE, "[[vrf]]\nname = \"red\"\ntable = 4294967296\n[tables]")]),
    ("vrf_without_table", &[(HERE, "[[vrf]]\nname = \"red\"\n[tables]")]),
    ("vrf_name_too_long", &[(HERE, "[[vrf]]\nname = \"a-name-too-long0\"\ntable = 10\n[tables]")]),
    ("vrf_unknown_of_interface", &[(HERE, RED), ("vlan = 200", "vrf = \"rde\"\nvlan = 200")]),
    (
        "vrf_unknown_of_interface_with_routes",
        &[
            (HERE, RED),
            ("vlan = 200", "vrf = \"rde\"\nvlan = 200"),
            (
                "prefix = \"198.51.100.0/24\"",
                "vrf = \"red\"\nnext_hop_vrf = \"default\"\nprefix = \"198.51.100.0/24\"",
            ),
        ],
    ),
    ("vrf_unknown_of_route", &[("prefix = \"192.0.2.0/24\"", "vrf = \"red\"\nprefix = \"192.0.2.0/24\"")]),
    ("vrf_of_interface_is_a_list", &[(HERE, TWO), ("vlan = 200", "vrf = [\"red\", \"blue\"]\nvlan = 200")]),
    (
        "vrf_of_path_is_another",
        &[(HERE, RED), ("prefix = \"198.51.100.0/24\"", "vrf = \"red\"\nprefix = \"198.51.100.0/24\"")],
    ),
    (
        "vrf_of_path_is_neither",
        &[
            (HERE, TWO),
            (
                "prefix = \"198.51.100.0/24\"",
                "vrf = \"red\"\nnext_hop_vrf = \"blue\"\nprefix = \"198.51.100.0/24\"",
            ),
        ],
    ),
    (
        "vrf_leaks_to_itself",
        &[("prefix = \"198.51.100.0/24\"", "next_hop_vrf = \"default\"\nprefix = \"198.51.100.0/24\"")],
    ),
    (
        "vrf_nothing_leaks",
        &[
            (HERE, RED),
            ("prefix = \"198.51.100.0/24\"", "next_hop_vrf = \"red\"\nprefix = \"198.51.100.0/24\""),
        ],
    ),
    ("vrf_has_no_such_network", &[(HERE, RED), ("unreachable = true", "next_hop_vrf = \"red\"")]),
    // Each VRF leaks to the other, and the network is nowhere.
    (
        "vrf_leaks_in_a_circle",
        &[
            (HERE, RED),
            (
                "unreachable = true",
                "next_hop_vrf = \"red\"\n[[route]]\nvrf = \"red\"\nprefix = \"192.0.2.0/24\"\nnext_hop_vrf = \"default\"",
            ),
        ],
    ),
    (
        "vrf_has_the_network_itself",
        &[
            (
                HERE,
                "[[vrf]]\nname = \"red\"\ntable = 10\n[[interface]]\nname = \"red\"\nport = \"wan\"\nvlan = 300\nvrf = \"red\"\n\
                 addresses = [\"203.0.113.3/29\"]\nmirror = { name = \"red-lan\" }\n[tables]",
            ),
            (
                "prefix = \"192.0.2.0/24\"\nunreachable = true",
                "prefix = \"203.0.113.0/29\"\nnext_hop_vrf = \"red\"",
            ),
        ],
    ),
    ("vrf_unknown_of_bgp_neighbor", &[("address = \"10.0.0.7\"", "vrf = \"rde\"\naddress = \"10.0.0.7\"")]),
    ("vrf_is_a_mirror", &[(HERE, "[[vrf]]\nname = \"isp2\"\ntable = 10\n[tables]")]),
];

const ROUTES: &[Case] = &[
    ("host_bits", &[("\"198.51.100.0/24\"", "\"198.51.100.1/24\"")]),
    ("prefix_twice", &[("\"192.0.2.0/24\"", "\"198.51.100.0/24\"")]),
    ("loopback_network", &[("192.0.2.254/32", "192.0.2.254/31")]),
    ("loopback_twice", &[("[[loopback]]", "[[loopback]]\nname = \"router\"\n[[loopback]]")]),
    ("loopback_has_the_address_of_an_interface", &[("192.0.2.254/32", "10.0.0.1/32")]),
    ("loopback_mirror_is_an_interfaces", &[("name = \"router\"", "name = \"lan\"")]),
    ("icmp_rate", &[("[tables]", "[icmp]\nunreachable = -1\n[tables]")]),
    ("hash_fields", &[("[tables]", "[hash]\nfields = \"4-tuple\"\n[tables]")]),
    ("urpf_word", &[("vlan = 200", "urpf = \"lose\"\nvlan = 200")]),
    ("route_does_nothing", &[("unreachable = true", "")]),
    ("route_with_no_next_hop", &[("[{ path = \"six\" }]", "[]")]),
    ("route_says_two_things", &[("[{ path = \"six\" }]", "[{ path = \"six\" }]\nblackhole = true")]),
    ("backup_without_next_hops", &[("next_hops = [{ path = \"two\" }]\n", "")]),
    ("unknown_path", &[("{ path = \"six\" }", "{ path = \"sxi\" }")]),
    ("next_hop_twice", &[("preference = 20 }]", "preference = 20 }, { path = \"one\" }]")]),
    ("backup_is_primary", &[("backup = [\"one\", ", "backup = [\"two\", ")]),
    ("family_mismatch", &[("{ path = \"six\" }", "{ path = \"one\" }")]),
    ("family_mismatch_v4_over_v6", &[("backup = [\"one\", ", "backup = [\"six\", ")]),
    ("weight", &[("weight = 2", "weight = 0")]),
    ("preference_negative", &[("preference = 10", "preference = -1")]),
];

const DAEMONS: &[Case] = &[
    ("not_a_socket_address", &[("\"10.0.0.1:1179\"", "\"10.0.0.1\"")]),
    ("listen_at_any_port", &[("\"10.0.0.1:1179\"", "\"10.0.0.1:0\"")]),
    ("same_listen", &[("\"10.0.0.1:1179\"", "\"127.0.0.1:2620\"")]),
    ("no_host", &[("\"10.0.0.9\"", "\"224.0.0.5\"")]),
    ("bad_router_id", &[("router_id = \"192.0.2.9\"", "router_id = \"::1\"")]),
    ("bgp_without_as", &[("as = 65000\nrouter_id", "router_id")]),
    ("bgp_as", &[("as = 65000\nrouter_id", "as = 0\nrouter_id")]),
    ("bgp_neighbor_twice", &[("\"2001:db8:1::7\"", "\"10.0.0.7\"")]),
    ("bad_password", &[("\"secret\"", "\"\"")]),
    ("bad_hold_time", &[("\"30s\"", "\"2s\"")]),
    ("too_long", &[("\"6min\"", "\"6days\"")]),
    (
        "lfa_without_fpm",
        &[(
            "[fpm]\nallow = [\"10.0.0.9\"]\nhold = \"60s\"\npreference = 30\nuloop_delay = \"700ms\"",
            "[lfa]",
        )],
    ),
    ("lfa_unknown_source", &[("[bgp]\n", "[lfa]\nsource = \"rip\"\n[bgp]\n")]),
    ("no_lfa_file", &[("[bgp]\n", "[lfa]\nsource = \"file\"\n[bgp]\n")]),
    ("lfa_key", &[("[bgp]\n", "[lfa]\nfile = \"/etc/swerve/topology.toml\"\n[bgp]\n")]),
    ("lfa_vrf", &[("[bgp]\n", "[lfa]\nsource = \"ospf\"\nvrf = \"default\"\n[bgp]\n")]),
    (
        "lfa_vrf_unknown",
        &[("[bgp]\n", "[lfa]\nsource = \"file\"\nfile = \"/t.toml\"\nvrf = \"red\"\n[bgp]\n")],
    ),
    ("too_short", &[("[bgp]\n", "[lfa]\ninterval = \"10ms\"\n[bgp]\n")]),
    ("uloop_too_long", &[("\"700ms\"", "\"2min\"")]),
];

fn show(name: &str, text: &str, found: &mut BTreeSet<String>) {
    let errors = Config::parse("swerve.toml", text).expect_err(name);
    snapshot(name, &errors, found);
}

fn snapshot(name: &str, errors: &config::ConfigErrors, found: &mut BTreeSet<String>) {
    found.extend(errors.errors().iter().map(|e| variant(&e.mistake)));
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, format!("{}\n{}", errors.plain(), rendered(errors)));
    });
}

fn variant(mistake: &Mistake) -> String {
    let debug = format!("{mistake:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[test]
fn every_mistake_has_a_message_of_its_own() {
    let mut found = BTreeSet::new();
    for (name, edits) in [SHAPE, SECTIONS, PORTS, INTERFACES, PATHS, ROUTES, VRFS, DAEMONS].concat() {
        show(name, &edited(edits), &mut found);
    }
    show("empty_file", "", &mut found);
    show("no_port", "[log]\nlevel = \"debug\"\n", &mut found);
    show("too_many_members", &too_many_members(), &mut found);
    let vrfs: String = (1..=64).map(|n| format!("[[vrf]]\nname = \"v{n}\"\ntable = {n}\n")).collect();
    show("too_many_vrfs", &(GOOD.to_owned() + &vrfs), &mut found);
    for (name, text) in of_programs() {
        show(name, &text, &mut found);
    }
    let config = super::parse(&(GOOD.to_owned() + super::program::PROGRAM));
    snapshot("program_entry", &config.entry_mistake(1, "no action is called 'forward'".into()), &mut found);
    snapshot("program_without_vrfs", &config.vrf_mistake("ingress.routes".into()), &mut found);
    let part = config::LearnPart::Arg(0, 0);
    let why = "digest 'flow_t' has no field 'in_port'; there is src, port".to_owned();
    snapshot("program_learn", &config.learn_mistake(0, part, why), &mut found);
    let why = "table 'acl' has no action 'count'".to_owned();
    snapshot("program_default", &config.default_mistake(0, why), &mut found);
    snapshot("program_clone", &config.clone_mistake(1, "there is no session 6".into()), &mut found);
    let why = "it has 10000 copies".to_owned();
    snapshot("program_multicast", &config.multicast_mistake(1, why), &mut found);
    for (name, text, machine) in on_machines() {
        let config = super::parse(&text);
        snapshot(name, &config.check_machine(&machine).expect_err(name), &mut found);
    }
    // Whatever serde may say that no message of ours translates; nothing is known to cause it.
    let untranslated = BTreeSet::from(["Shape".to_owned()]);
    let declared = declared_mistakes();
    assert!(declared.len() > 60, "the list of mistakes is read from the source: {declared:?}");
    let unseen: Vec<_> = declared.difference(&found).filter(|v| !untranslated.contains(*v)).collect();
    assert!(unseen.is_empty(), "no case shows {unseen:?}");
}

/// The variants of [`Mistake`], from its source.
fn declared_mistakes() -> BTreeSet<String> {
    let source = include_str!("../../src/mistake.rs");
    let body = source.split("pub enum Mistake {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let name = |line: &str| {
        let line = line.strip_prefix("    ")?;
        let end = line.find([' ', ','])?;
        line[..end].chars().all(char::is_alphanumeric).then(|| line[..end].to_owned())
    };
    body.lines().filter_map(name).filter(|n| n.starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

fn too_many_members() -> String {
    let mut text = edited(&[("paths = 16", "paths = 100")]);
    let mut hops = String::new();
    for n in 2..=66 {
        text += &format!("[[path]]\nname = \"p{n}\"\ninterface = \"lan\"\nnext_hop = \"10.0.0.{n}\"\n");
        hops += &format!("{{ path = \"p{n}\" }}, ");
    }
    text + &format!("[[route]]\nprefix = \"10.9.0.0/16\"\nnext_hops = [{hops}]\n")
}

fn of_programs() -> [(&'static str, String); 17] {
    let with = |from: &str, to: &str| {
        assert_eq!(super::program::PROGRAM.matches(from).count(), 1, "{from}");
        GOOD.to_owned() + &super::program::PROGRAM.replace(from, to)
    };
    [
        ("program_empty_name", with("\"router.p4\"", "\"\"")),
        ("program_entry_twice", with("\"10.1.0.0/16\"", "\"10.0.0.0/8\"")),
        ("program_no_action", with("action = \"drop\"\n", "")),
        (
            "program_dotted_key",
            with("{ \"hdr.ipv4.dst\" = \"10.1.0.0/16\" }", "{ hdr.ipv4.dst = \"10.1.0.0/16\" }"),
        ),
        ("program_unknown_key", with("priority = 5", "prority = 5")),
        ("program_controller_is_port", with("include = [", "controller_port = 1\ninclude = [")),
        ("program_controller_port", with("include = [", "controller_port = 511\ninclude = [")),
        ("program_clone_twice", with("session = 6", "session = 5")),
        ("program_clone_nowhere", with("controller = true\n", "")),
        ("program_clone_session", with("session = 6", "session = 32768")),
        (
            "program_default_twice",
            with(
                "[[program.default]]\n",
                "[[program.default]]\ntable = \"acl\"\naction = \"deny\"\n\n[[program.default]]\n",
            ),
        ),
        ("program_multicast_twice", with("group = 2", "group = 1")),
        ("program_multicast_port", with("ports = [\"wan\"]", "ports = [\"wna\"]")),
        (
            "program_learn_nothing",
            with("digest = \"flow_t\"", "digest = \"flow_t\"\n[[program.learn]]\ndigest = \"x\""),
        ),
        (
            "program_learn_idle_twice",
            with("args = { to = \"port\" }", "args = { to = \"port\" }\nidle_timeout = \"10s\""),
        ),
        ("program_learn_idle_timeout", with("idle_timeout = \"5min\"", "idle_timeout = \"1ms\"")),
        (
            "program_learn_key",
            with("keys = { vlan = 10, address = \"src\" }", "key = { vlan = 10, address = \"src\" }"),
        ),
    ]
}

fn on_machines() -> Vec<(&'static str, String, Machine)> {
    let enough = super::machine::enough;
    let without = |change: fn(&mut Machine)| {
        let mut machine = enough();
        change(&mut machine);
        machine
    };
    let auto = edited(&[("cores = [1, 2]\nidle", "cores = \"auto\"\nidle")]);
    let shared = edited(&[("main_core = 0\n", ""), ("\"10ms\"", "\"300us\"")]);
    let hugepages = edited(&[("hugepages = \"auto\"", "hugepages = \"yes\"")]);
    let elsewhere =
        edited(&[("[fpm]", "[fpm]\nnetns = \"router\""), ("[bgp]", "[bgp]\nnetns = \"elsewhere\"")]);
    let small = edited(&[("hugepages = \"auto\"", "hugepages = \"no\"\nmemory = 32")]);
    let many = edited(&[("hugepages = \"auto\"", "hugepages = \"yes\"\nmbufs = 2000000")]);
    let loopback = edited(&[(
        "name = \"router\"\naddresses",
        "name = \"router\"\nmirror = { netns = \"router\" }\naddresses",
    )]);
    vec![
        ("machine_no_such_core", GOOD.to_owned(), without(|m| m.cores = vec![0, 1])),
        ("machine_no_main_core", GOOD.to_owned(), without(|m| m.cores = vec![1, 2])),
        ("machine_no_core_left", auto.clone(), without(|m| m.cores = vec![0])),
        ("machine_queue_core_not_worker", auto, without(|m| m.cores = vec![0, 1])),
        (
            "machine_no_kernel_interface",
            GOOD.to_owned(),
            without(|m| m.kernel_interfaces = vec!["eth0".into()]),
        ),
        ("machine_no_pci_device", GOOD.to_owned(), without(|m| m.pci_devices = vec!["0000:03:00.1".into()])),
        ("machine_no_namespace", GOOD.to_owned(), without(|m| m.namespaces.clear())),
        ("machine_no_namespace_of_daemons", elsewhere, enough()),
        ("machine_no_hugepages", hugepages, without(|m| m.hugepages_free_mib = 100)),
        ("machine_memory_under_queues", small, enough()),
        ("machine_hugepages_under_mbufs", many, enough()),
        ("machine_no_namespace_of_loopback", loopback, enough()),
        ("machine_bfd_on_shared_core", shared, without(|m| m.cores = vec![1, 2])),
    ]
}

#[test]
fn one_reading_finds_every_mistake_of_shape() {
    let text = edited(&[
        ("idle = \"poll\"", "idle = \"pol\""),
        ("mtu = 9000", "mtu = 1.5\nspeed = 10"),
        ("name = \"test\"", "nmae = \"test\""),
        ("arp = 100", "arp = \"100\""),
        ("next_hop = \"fe80::1\"", ""),
        ("weight = 2", "wieght = 2"),
    ]);
    let errors = Config::parse("swerve.toml", &text).unwrap_err();
    // The port without a name because of `nmae` is not reported a second time.
    let mut seen = BTreeSet::new();
    snapshot("several_of_shape", &errors, &mut seen);
    assert_eq!(errors.errors().len(), 7);
}

#[test]
fn one_reading_finds_every_mistake_of_meaning() {
    let text = edited(&[
        ("vlan = 200", "vlan = 0"),
        ("port = \"lan\"", "port = \"lna\""),
        ("next_hop = \"203.0.113.2\"", "next_hop = \"203.0.113.1\""),
        ("\"198.51.100.0/24\"", "\"198.51.100.7/24\""),
        ("weight = 2", "weight = 0"),
    ]);
    let errors = Config::parse("swerve.toml", &text).unwrap_err();
    let mut seen = BTreeSet::new();
    snapshot("several_of_meaning", &errors, &mut seen);
    assert_eq!(errors.errors().len(), 5);
}

#[test]
fn of_very_many_mistakes_the_first_are_shown_and_all_are_counted() {
    let wrong: String = (0..3000).map(|n| format!("[[route]]\nprefix = \"10.0.0.0/{}\"\n", n % 8)).collect();
    let errors = Config::parse("swerve.toml", &(config::MINIMAL.to_owned() + &wrong)).unwrap_err();
    assert_eq!(errors.errors().len(), 50);
    let all: usize = errors.to_string().split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!(all > 3000, "{errors}");
}

#[test]
fn a_place_counts_lines_and_characters_from_one() {
    let text = "[log]\nlevel = \"info\"\n\"\u{e9}\u{e9}\" = 1\n";
    let errors = Config::parse("swerve.toml", text).unwrap_err();
    assert_eq!(errors.errors()[0].place(), (3, 1));
    let errors = Config::parse("f", "[switch]\nstats = 1").unwrap_err();
    assert_eq!(errors.errors()[0].place(), (2, 9));
}

#[test]
fn the_good_file_has_no_mistake() {
    assert_eq!(good().routes.len(), 4);
    super::parse(config::MINIMAL);
}
