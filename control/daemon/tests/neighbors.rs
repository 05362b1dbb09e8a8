//! The kernel's neighbors, in namespaces of the test's own. Needs root for these; `swerve-control` runs without.

mod common;

use api::Mac;
use api::switch::Event;
use common::{Control, FakeSwitch, Session, Site, wait_for};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const ONE: &str = "02:00:00:00:00:01";
const TWO: &str = "02:00:00:00:00:02";

/// Two namespaces: `mirror` has an interface `isp1`, on whose other end `peer` answers.
struct Lab {
    mirror: String,
    peer: String,
}

impl Lab {
    fn new() -> Lab {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |what: &str| format!("swctl-{}-{number}-{what}", std::process::id());
        let lab = Lab { mirror: name("mirror"), peer: name("peer") };
        ip(&format!("netns add {}", lab.mirror));
        ip(&format!("netns add {}", lab.peer));
        lab
    }

    /// The interface appears, with a peer of that MAC on the other end.
    fn connect(&self, mac: &str) {
        let peer = &self.peer;
        self.ip(&format!("link add isp1 type veth peer name peer address {mac} netns {peer}"));
        ip(&format!("-n {peer} addr add 192.0.2.2/24 dev peer"));
        ip(&format!("-n {peer} addr add 192.0.2.3/24 dev peer"));
        ip(&format!("-n {peer} addr add 2001:db8::2/64 dev peer nodad"));
        ip(&format!("-n {peer} link set peer up"));
        self.ip("addr add 192.0.2.1/24 dev isp1");
        self.ip("addr add 2001:db8::1/64 dev isp1 nodad");
        self.ip("link set isp1 up");
    }

    /// `ip` in the namespace of the mirror.
    fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.mirror));
    }

    /// Control as nobody in the namespace of the mirror.
    fn start(&self, site: &Site) -> Control {
        let open = |mode| fs::set_permissions(site.dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        open(0o777);
        let binary = site.path("swerve-control");
        fs::copy(env!("CARGO_BIN_EXE_swerve-control"), &binary).unwrap();
        fs::set_permissions(site.path("switch.sock"), fs::Permissions::from_mode(0o666)).unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.mirror, "setpriv", "--reuid=65534", "--regid=65534"]);
        command.args(["--clear-groups", "--no-new-privs", "--bounding-set=-all"]).arg(binary);
        site.start_by(command)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for namespace in [&self.mirror, &self.peer] {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
        }
    }
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().unwrap();
    assert!(status.success(), "ip {arguments}: {status} (these tests need root)");
}

fn site(mirror: &str, next_hop: &str) -> Site {
    Site::new(&format!(
        r#"
        [[port]]
        name = "p1"
        kernel = "eth1"
        [[interface]]
        name = "isp1"
        port = "p1"
        addresses = ["192.0.2.1/24", "2001:db8::1/64"]
        mirror = {mirror}
        [[path]]
        name = "isp1"
        interface = "isp1"
        next_hop = "{next_hop}"
        "#
    ))
}

/// Reads until that is told of that address; what is told of others before is ignored, what else is told of it fails.
fn expect(session: &mut Session, address: &str, mac: Option<&str>) {
    let mac: Option<Mac> = mac.map(|mac| mac.parse().unwrap());
    loop {
        let (interface, told, new) = session.neighbor();
        assert_eq!(interface, "isp1");
        if told == address {
            assert_eq!(new, mac, "{address}");
            return;
        }
    }
}

#[test]
fn a_next_hop_is_resolved_without_privilege_followed_and_resolved_again() {
    let lab = Lab::new();
    let site = site("true", "192.0.2.2");
    let switch = FakeSwitch::bind(&site);
    let _control = lab.start(&site);
    let mut session = switch.greet();
    session.sync();
    lab.connect(ONE);
    expect(&mut session, "192.0.2.2", Some(ONE));
    lab.ip(&format!("neigh replace 192.0.2.2 lladdr {TWO} nud reachable dev isp1"));
    expect(&mut session, "192.0.2.2", Some(TWO));
    // To the kernel, what an operator deletes has failed. It is asked for anew without anybody's help.
    lab.ip("neigh del 192.0.2.2 dev isp1");
    expect(&mut session, "192.0.2.2", None);
    expect(&mut session, "192.0.2.2", Some(ONE));

    // A switch that comes back hears of it before it hears of paths.
    drop(session);
    let mut session = switch.greet();
    expect(&mut session, "192.0.2.2", Some(ONE));

    // Nobody answers any more.
    ip(&format!("-n {} addr del 192.0.2.2/24 dev peer", lab.peer));
    lab.ip("neigh del 192.0.2.2 dev isp1");
    expect(&mut session, "192.0.2.2", None);
}

#[test]
fn an_ipv6_next_hop_and_an_address_that_packets_come_for_are_resolved() {
    let lab = Lab::new();
    lab.connect(ONE);
    let site = site("true", "2001:db8::2");
    let switch = FakeSwitch::bind(&site);
    let _control = lab.start(&site);
    let mut session = switch.greet();
    expect(&mut session, "2001:db8::2", Some(ONE));
    let address = "192.0.2.3".parse().unwrap();
    session.event(Event::Unresolved { interface: "isp1".to_owned(), address });
    session.event(Event::Unresolved { interface: "elsewhere".to_owned(), address });
    expect(&mut session, "192.0.2.3", Some(ONE));
    lab.ip("neigh del 192.0.2.3 dev isp1");
    expect(&mut session, "192.0.2.3", None);
}

#[test]
fn a_link_local_next_hop_is_resolved_on_its_interface() {
    let lab = Lab::new();
    lab.connect(ONE);
    ip(&format!("-n {} addr add fe80::2/64 dev peer nodad", lab.peer));
    let site = site("true", "fe80::2");
    let switch = FakeSwitch::bind(&site);
    let _control = lab.start(&site);
    expect(&mut switch.greet(), "fe80::2", Some(ONE));
}

#[test]
fn a_mirror_that_reappears_is_followed_under_its_new_index() {
    let lab = Lab::new();
    lab.connect(ONE);
    let site = site("true", "192.0.2.2");
    let switch = FakeSwitch::bind(&site);
    let _control = lab.start(&site);
    let mut session = switch.greet();
    expect(&mut session, "192.0.2.2", Some(ONE));
    // Neither says that the neighbor is gone.
    lab.ip("link del isp1");
    lab.connect(TWO);
    expect(&mut session, "192.0.2.2", Some(TWO));
    lab.ip("link set isp1 down");
    ip(&format!("-n {} link set peer address {ONE}", lab.peer));
    lab.ip("link set isp1 up");
    expect(&mut session, "192.0.2.2", Some(ONE));
}

#[test]
fn a_mirror_in_a_namespace_is_followed_there_even_when_the_namespace_is_replaced() {
    let lab = Lab::new();
    lab.connect(ONE);
    let site = site(&format!("{{ name = \"isp1\", netns = \"{}\" }}", lab.mirror), "192.0.2.2");
    let switch = FakeSwitch::bind(&site);
    let _control = site.start();
    let mut session = switch.greet();
    expect(&mut session, "192.0.2.2", Some(ONE));
    ip(&format!("netns del {}", lab.mirror));
    ip(&format!("netns add {}", lab.mirror));
    // The sockets in the old one keep it, with its end of the cable, until control has left it.
    wait_for("the end of the old namespace", || {
        let old = Command::new("ip").args(["-n", &lab.peer, "link", "show", "peer"]).output().unwrap();
        (!old.status.success()).then_some(())
    });
    lab.connect(TWO);
    expect(&mut session, "192.0.2.2", Some(TWO));
}

#[test]
fn a_namespace_that_may_not_be_entered_is_said_and_its_mirrors_looked_for_here() {
    let lab = Lab::new();
    lab.connect(ONE);
    let site = site(&format!("{{ name = \"isp1\", netns = \"{}\" }}", lab.mirror), "192.0.2.2");
    let switch = FakeSwitch::bind(&site);
    let _control = lab.start(&site);
    expect(&mut switch.greet(), "192.0.2.2", Some(ONE));
    assert!(site.log().contains("CAP_SYS_ADMIN"), "{}", site.log());
}
