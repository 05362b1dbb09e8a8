//! VRFs: prefixes of their own, groups and paths in common.

use fib::{FibError, GroupContent, GroupId, Limits, RouteChange};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn three() -> Limits {
    Limits { v4_blocks: 64, v6_words: 1 << 16, paths: 64, neighbors: 64, vrfs: 3, ..Limits::default() }
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

#[test]
fn a_prefix_in_two_vrfs_leads_to_two_groups_and_one_of_a_third_to_none() {
    let (mut writer, tables) = fib::tables(three()).unwrap();
    let group = |writer: &mut fib::Writer, code| writer.group_add(&GroupContent::Special(code)).unwrap();
    let (main, red) = (group(&mut writer, 1), group(&mut writer, 2));
    for (prefix, v4) in
        [("10.0.0.0/8", true), ("10.1.1.128/25", true), ("0.0.0.0/0", true), ("fd00::/16", false)]
    {
        let prefix = net(prefix);
        writer.route_set(prefix, main, 1).unwrap();
        writer.route_set((1, prefix), red, 1).unwrap();
        let addr: IpAddr = if v4 {
            Ipv4Addr::new(10, 1, 1, 200).into()
        } else {
            "fd00::1".parse::<Ipv6Addr>().unwrap().into()
        };
        let found = [0, 1, 2, 3].map(|vrf| tables.lookup_in(vrf, addr));
        assert_eq!(found, [main, red, GroupId::NONE, GroupId::NONE], "{prefix}");
        assert_eq!(
            writer.route_lookup(1, addr).map(|(found, entry)| (found, entry.group)),
            Some((prefix, red))
        );
        assert_eq!(writer.route_del((1, prefix), 1).unwrap().unwrap().group, red);
        let found = [0, 1].map(|vrf| tables.lookup_in(vrf, addr));
        assert_eq!(found, [main, GroupId::NONE], "withdrawn in one VRF only: {prefix}");
        writer.route_del(prefix, 1).unwrap();
    }
    assert_eq!(writer.route_set((3, net("10.0.0.0/8")), red, 1), Err(FibError::UnknownVrf(3)));
    assert_eq!(writer.route_counts(), (0, 0));
}

#[test]
fn a_sweep_goes_through_every_vrf() {
    let (mut writer, tables) = fib::tables(three()).unwrap();
    let group = writer.group_add(&GroupContent::Special(7)).unwrap();
    let all = || {
        (0..3).flat_map(|vrf| ["10.0.0.0/8", "2001:db8::/32", "255.255.255.255/32"].map(|p| (vrf, net(p))))
    };
    for prefix in all() {
        writer.route_set(prefix, group, 4).unwrap();
    }
    writer.sweep_start(4).unwrap();
    let kept = (2, net("2001:db8::/32"));
    assert_eq!(writer.route_set(kept, group, 4), Ok(RouteChange::Unchanged));
    let mut sweep = writer.sweep(4);
    let mut removed = 0;
    while !writer.sweep_done(&sweep) {
        removed += writer.sweep_step(&mut sweep, 2);
    }
    assert_eq!(removed, 8);
    let left: Vec<_> = (0..3)
        .flat_map(|vrf| writer.routes(vrf, None).map(move |(net, _)| (vrf, net)).collect::<Vec<_>>())
        .collect();
    assert_eq!(left, [kept]);
    assert_eq!(tables.lookup_in(0, Ipv4Addr::BROADCAST.into()), GroupId::NONE);
}

#[test]
fn blocks_and_words_go_back_to_the_vrf_that_they_came_from() {
    let (mut writer, _tables) = fib::tables(Limits { v4_blocks: 1, ..three() }).unwrap();
    let group = writer.group_add(&GroupContent::Special(7)).unwrap();
    let long = net("10.0.0.1/32");
    for _ in 0..3 {
        // One block in each VRF: a second one in the same is refused.
        for vrf in 0..3 {
            writer.route_set((vrf, long), group, 0).unwrap();
        }
        assert!(writer.route_set((1, net("10.0.1.1/32")), group, 0).is_err());
        for vrf in 0..3 {
            writer.route_del((vrf, long), 0).unwrap();
        }
        writer.reclaim();
    }
}

#[test]
fn many_addresses_of_mixed_vrfs_are_found_as_each_by_itself() {
    let (mut writer, tables) = fib::tables(three()).unwrap();
    for i in 0..60u8 {
        let group = writer.group_add(&GroupContent::Special(u32::from(i))).unwrap();
        let vrf = u16::from(i) % 3;
        writer.route_set((vrf, IpNet::new(Ipv4Addr::new(i, 0, 0, 0).into(), 8).unwrap()), group, 0).unwrap();
        let six = Ipv6Addr::new(0x2000 + u16::from(i), 0, 0, 0, 0, 0, 0, 0);
        writer.route_set((vrf, IpNet::new(six.into(), 16).unwrap()), group, 0).unwrap();
    }
    for count in [0, 1, 15, 16, 17, 250] {
        let vrfs: Vec<u16> = (0..count).map(|i| (i * 7 % 4) as u16).collect();
        let v4: Vec<u32> = (0..count as u32).map(|i| (i % 64) << 24 | i).collect();
        let v6: Vec<u128> = (0..count as u128).map(|i| (0x2000 + i % 64) << 112 | i).collect();
        let (mut four, mut six) = (vec![0; count], vec![0; count]);
        tables.lookup4_bulk_in(&vrfs, &v4, &mut four);
        tables.lookup6_bulk_in(&vrfs, &v6, &mut six);
        for at in 0..count {
            assert_eq!(four[at], tables.lookup4_in(vrfs[at], v4[at]).0);
            assert_eq!(six[at], tables.lookup6_in(vrfs[at], v6[at]).0);
        }
        assert!(count < 60 || four.iter().any(|group| *group != 0) && six.contains(&0));
    }
}
