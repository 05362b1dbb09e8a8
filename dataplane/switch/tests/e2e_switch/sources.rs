//! Reverse path checks (RFC 3704): from where a packet with a source may come.

use crate::client::{path, through};
use crate::frames::{self, MAC_LEFT, MAC_RIGHT, Udp};
use crate::lab::wait_until;
use crate::wires::{BODY, Wires, wires, wires_of};
use api::switch::Group;
use stats::DropReason;

/// With this check on the left interface.
fn body(mode: &str) -> String {
    BODY.replacen("port = \"left\"\naddresses", &format!("port = \"left\"\nurpf = \"{mode}\"\naddresses"), 1)
}

/// Networks behind the left, behind the right, behind both.
fn routes(wires: &mut Wires) {
    let paths = [
        path("right", "10.2.0.2", None),
        path("right-v6", "fd00:2::2", None),
        path("left", "10.1.0.2", None),
        path("left-v6", "fd00:1::2", None),
    ];
    let both = Group::Paths { primaries: vec![(0, 1), (2, 1)], backups: vec![] };
    wires.control.sync(
        &paths,
        &[
            ("172.20.0.0/16", through(2, &[])),
            ("172.21.0.0/16", through(0, &[2])),
            ("172.22.0.0/16", through(0, &[])),
            ("172.23.0.0/16", Group::Blackhole),
            ("172.25.0.0/16", both),
            ("2001:db8:20::/48", through(3, &[])),
            ("2001:db8:21::/48", through(1, &[3])),
            ("2001:db8:22::/48", through(1, &[])),
        ],
    );
}

/// By the left interface to a host on the right.
fn from(wires: &Wires, src: &str) -> Udp {
    let dst = if src.contains(':') { "fd00:2::2" } else { "10.2.0.2" };
    Udp::new(MAC_LEFT, wires.left.mac, src, dst)
}

fn expect(wires: &Wires, src: &str, taken: bool) {
    let before = wires.lab.dropped(DropReason::ReversePath);
    wires.left.send(&from(wires, src).frame());
    if taken {
        wires.right.datagram();
        assert_eq!(wires.lab.dropped(DropReason::ReversePath), before, "{src}");
    } else {
        wires.lab.expect_dropped(DropReason::ReversePath, before + 1);
    }
}

#[test]
fn each_check_takes_what_rfc_3704_says_and_drops_the_rest() {
    // A known host, one that nobody has asked for yet, what is routed there, and one of two ways.
    let strict =
        ["10.1.0.2", "fd00:1::2", "10.1.0.77", "fd00:1::77", "172.20.0.1", "2001:db8:20::1", "172.25.0.1"];
    // A backup leads there.
    let feasible = ["172.21.0.1", "2001:db8:21::1"];
    let loose = ["172.22.0.1", "2001:db8:22::1", "10.2.0.2", "10.2.0.77", "fd00:2::77"];
    // What is thrown away, nowhere, and ours.
    let never = ["172.23.0.1", "172.24.0.1", "2001:db8:24::1", "10.2.0.1", "10.1.0.1", "fd00:2::1"];
    for (mode, rank) in [("strict", 0), ("feasible", 1), ("loose", 2)] {
        let mut wires = wires_of(&body(mode));
        routes(&mut wires);
        let groups: [(&[&str], bool); 4] =
            [(&strict, true), (&feasible, rank >= 1), (&loose, rank >= 2), (&never, false)];
        for (sources, taken) in groups {
            for src in sources {
                expect(&wires, src, taken);
            }
        }
        // Other interfaces take packets from everybody.
        wires.right.send(&Udp::new(MAC_RIGHT, wires.right.mac, "172.24.0.1", "10.1.0.2").frame());
        wires.left.datagram();
    }
}

#[test]
fn a_backup_that_carries_the_traffic_is_the_strict_way_back() {
    let mut wires = wires_of(&body("strict"));
    routes(&mut wires);
    expect(&wires, "172.21.0.1", false);
    wires.control.drain("right", true);
    expect(&wires, "172.21.0.1", true);
    wires.control.drain("right", false);
    wait_until("traffic is back", || wires.control.causes("right").is_empty());
    expect(&wires, "172.21.0.1", false);
}

#[test]
fn a_forged_source_is_told_nothing_and_does_not_go_the_slow_way() {
    let mut wires = wires_of(&body("loose"));
    routes(&mut wires);
    let forged = from(&wires, "172.24.0.1");
    wires.left.send(&Udp { ttl: 1, ..forged.clone() }.frame());
    wires.lab.expect_dropped(DropReason::ReversePath, 1);
    wires.left.send(&frames::with_options(&forged, &frames::ROUTER_ALERT));
    wires.lab.expect_dropped(DropReason::ReversePath, 2);
    let known = from(&wires, "172.20.0.1");
    wires.left.send(&frames::with_options(&known, &frames::ROUTER_ALERT));
    wires.right.datagram();
    assert_eq!(wires.lab.dropped(DropReason::TtlExpired), 0);
}

#[test]
fn a_reload_begins_and_ends_checking() {
    let mut wires = wires();
    routes(&mut wires);
    expect(&wires, "172.22.0.1", true);
    let text = wires.lab.config(&body("strict"));
    let changes = wires.control.reload(text);
    assert!(changes.contains(&"interface left: urpf changed".to_owned()), "{changes:?}");
    let dropped = |wires: &Wires| wires.lab.dropped(DropReason::ReversePath);
    // One packet at a time: one still under way would be counted as the next one's drop.
    wait_until("sources are checked", || {
        wires.left.send(&from(&wires, "172.22.0.1").frame());
        let mut passed = false;
        wait_until("the packet passes or is dropped", || {
            passed |= !wires.right.drain(frames::is_ours).is_empty();
            passed || dropped(&wires) > 0
        });
        !passed
    });
    expect(&wires, "172.20.0.1", true);
    let text = wires.lab.config(BODY);
    wires.control.reload(text);
    wires.right.drain(frames::is_ours);
    wait_until("sources are checked no more", || {
        wires.left.send(&from(&wires, "172.22.0.1").frame());
        !wires.right.drain(frames::is_ours).is_empty()
    });
}
