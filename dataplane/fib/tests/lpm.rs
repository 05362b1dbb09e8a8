//! Longest prefix match against an obvious twin: a sorted map that is searched from end to end.

use fib::{Causes, Entry, FibError, GroupContent, GroupId, GroupSpec, Limits, RouteChange, Tables, Writer};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

const GROUPS: usize = 5;

fn small() -> Limits {
    Limits { v4_blocks: 4096, v6_words: 1 << 20, paths: 64, neighbors: 64, ..Limits::default() }
}

struct Pair {
    writer: Writer,
    tables: Arc<Tables>,
    groups: Vec<GroupId>,
    twin: BTreeMap<IpNet, (GroupId, u8)>,
}

impl Pair {
    fn new() -> Self {
        let (mut writer, tables) = fib::tables(small()).unwrap();
        let groups = (0..GROUPS as u32).map(|code| writer.group_add(&GroupContent::Special(code)).unwrap());
        let groups = groups.collect();
        Self { writer, tables, groups, twin: BTreeMap::new() }
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Set(prefix, group, source) => {
                let group = self.groups[group % GROUPS];
                let change = self.writer.route_set(prefix, group, source).unwrap();
                let old = self.twin.insert(prefix.trunc(), (group, source));
                match (old, change) {
                    (None, RouteChange::Added) => {}
                    (Some(old), RouteChange::Unchanged) => assert_eq!(old, (group, source)),
                    (Some(old), RouteChange::Replaced(entry)) => {
                        assert_eq!((entry.group, entry.source), old);
                        assert_ne!(old, (group, source));
                    }
                    other => panic!("{prefix}: {other:?}"),
                }
            }
            Op::Del(prefix, source) => {
                let result = self.writer.route_del(prefix, source);
                match self.twin.get(&prefix.trunc()) {
                    None => assert_eq!(result, Ok(None)),
                    Some(&(group, owner)) if owner == source => {
                        assert_eq!(result.unwrap().map(|entry| entry.group), Some(group));
                        self.twin.remove(&prefix.trunc());
                    }
                    Some(&(_, owner)) => {
                        let prefix = prefix.trunc();
                        assert_eq!(result, Err(FibError::OtherSource { prefix, owner, source_id: source }));
                    }
                }
            }
        }
    }

    fn expected(&self, addr: IpAddr) -> Option<(IpNet, GroupId)> {
        let covering = self.twin.iter().filter(|(prefix, _)| prefix.contains(&addr));
        covering.max_by_key(|(prefix, _)| prefix.prefix_len()).map(|(prefix, entry)| (*prefix, entry.0))
    }

    fn check(&self, addrs: &[IpAddr]) {
        let mut v4 = (Vec::new(), Vec::new());
        let mut v6 = (Vec::new(), Vec::new());
        for &addr in addrs {
            let expected = self.expected(addr);
            let group = expected.map_or(GroupId::NONE, |(_, group)| group);
            let shadow = self.writer.route_lookup(0, addr).map(|(prefix, entry)| (prefix, entry.group));
            assert_eq!(shadow, expected, "the writer's copy, {addr}");
            match addr {
                IpAddr::V4(addr) => {
                    assert_eq!(self.tables.lookup4(addr.to_bits()), group, "{addr}");
                    v4.0.push(addr.to_bits());
                    v4.1.push(group.0);
                }
                IpAddr::V6(addr) => {
                    assert_eq!(self.tables.lookup6(addr.to_bits()), group, "{addr}");
                    v6.0.push(addr.to_bits());
                    v6.1.push(group.0);
                }
            }
        }
        let mut groups = vec![u32::MAX; v4.0.len()];
        self.tables.lookup4_bulk(&v4.0, &mut groups);
        assert_eq!(groups, v4.1);
        let mut groups = vec![u32::MAX; v6.0.len()];
        self.tables.lookup6_bulk(&v6.0, &mut groups);
        assert_eq!(groups, v6.1);
    }

    fn check_listing(&self) {
        let listed: Vec<_> = self.writer.routes(0, None).map(|(p, e)| (p, (e.group, e.source))).collect();
        let mut expected: Vec<_> = self.twin.iter().map(|(&p, &e)| (p, e)).collect();
        expected.sort_by_key(|(p, _)| (p.addr().is_ipv6(), p.addr(), p.prefix_len()));
        assert_eq!(listed, expected);
        let v4 = expected.iter().filter(|(p, _)| p.addr().is_ipv4()).count();
        assert_eq!(self.writer.route_counts(), (v4, expected.len() - v4));
        for (prefix, _) in &expected {
            let rest = expected.iter().skip_while(|(p, _)| p != prefix);
            let resumed = self.writer.routes(0, Some(*prefix)).take(3).map(|(p, e)| (p, (e.group, e.source)));
            assert!(resumed.eq(rest.copied().take(3)), "resumed at {prefix}");
        }
    }
}

#[derive(Debug, Clone)]
enum Op {
    Set(IpNet, usize, u8),
    Del(IpNet, u8),
}

/// A few octets in few places, so that prefixes nest, collide and fill their neighborhood.
fn prefix4() -> impl Strategy<Value = IpNet> {
    let octet = || prop_oneof![Just(0u8), Just(1), Just(128), Just(255)];
    let len = prop_oneof![2 => 0u8..=32, 2 => 22u8..=26, 1 => 15u8..=17, 1 => Just(32u8)];
    let high = prop_oneof![Just(0u8), Just(10), Just(255)];
    (high, octet(), octet(), any::<u8>(), len)
        .prop_map(|(a, b, c, d, len)| IpNet::V4(Ipv4Net::new(Ipv4Addr::new(a, b, c, d), len).unwrap()))
}

fn prefix6() -> impl Strategy<Value = IpNet> {
    let high = prop_oneof![Just(0u16), Just(0x2001), Just(0xFFFF)];
    let word = || prop_oneof![Just(0u16), Just(1), Just(0x100), Just(0xFFFF), 0u16..0x300];
    let len = prop_oneof![2 => 0u8..=128, 2 => 30u8..=50, 1 => 15u8..=17, 1 => 63u8..=66, 1 => Just(128u8)];
    (high, prop_oneof![Just(0u16), Just(0xdb8)], word(), word(), word(), len).prop_map(
        |(a, b, c, d, h, len)| IpNet::V6(Ipv6Net::new(Ipv6Addr::new(a, b, c, d, 0, 0, 0, h), len).unwrap()),
    )
}

fn op(prefix: impl Strategy<Value = IpNet> + 'static) -> impl Strategy<Value = (bool, IpNet, usize, u8)> {
    (any::<bool>(), prefix, 0..GROUPS, 0u8..2)
}

/// Half of the deletions hit what is there.
fn ops(raw: Vec<(bool, IpNet, usize, u8)>) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut seen = Vec::new();
    for (set, prefix, group, source) in raw {
        if set || seen.is_empty() {
            seen.push((prefix, source));
            ops.push(Op::Set(prefix, group, source));
        } else if group > 0 {
            let (prefix, source) = seen[(group * 7919 + seen.len() / 2) % seen.len()];
            ops.push(Op::Del(prefix, source));
        } else {
            ops.push(Op::Del(prefix, source));
        }
    }
    ops
}

/// The ends of each prefix and the addresses beside them.
fn edges(ops: &[Op]) -> Vec<IpAddr> {
    let mut addrs = Vec::new();
    for op in ops {
        let (Op::Set(prefix, ..) | Op::Del(prefix, ..)) = *op;
        match prefix {
            IpNet::V4(net) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                let all = [first, last, first.wrapping_sub(1), last.wrapping_add(1), net.addr().to_bits()];
                addrs.extend(all.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))));
            }
            IpNet::V6(net) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                let all = [first, last, first.wrapping_sub(1), last.wrapping_add(1), net.addr().to_bits()];
                addrs.extend(all.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))));
            }
        }
    }
    addrs.sort();
    addrs.dedup();
    addrs
}

fn agree(raw: Vec<(bool, IpNet, usize, u8)>) {
    let ops = ops(raw);
    let addrs = edges(&ops);
    let mut pair = Pair::new();
    for (index, op) in ops.iter().enumerate() {
        pair.apply(op);
        if index % 16 == 0 {
            pair.check(&addrs);
            pair.writer.reclaim();
        }
    }
    pair.check(&addrs);
    pair.check_listing();
    let held: Vec<(IpNet, u8)> = pair.twin.iter().map(|(&prefix, entry)| (prefix, entry.1)).collect();
    for (prefix, source) in held {
        pair.apply(&Op::Del(prefix, source));
    }
    pair.check(&addrs);
    assert_eq!(pair.writer.routes(0, None).count(), 0);
    for &group in &pair.groups {
        assert_eq!(pair.writer.group_prefixes(group), Some(0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn ipv4_agrees_with_its_twin(raw in proptest::collection::vec(op(prefix4()), 1..250)) {
        agree(raw);
    }

    #[test]
    fn ipv6_agrees_with_its_twin(raw in proptest::collection::vec(op(prefix6()), 1..250)) {
        agree(raw);
    }
}

#[test]
fn entries_that_outlive_their_neighbors_in_a_bag_keep_their_groups() {
    let mut pair = Pair::new();
    let net = |text: &str| text.parse::<IpNet>().unwrap();
    let all: Vec<Op> = (0..40u16)
        .map(|i| {
            Op::Set(
                IpNet::V6(Ipv6Net::new(Ipv6Addr::new(0x2001, 0xdb8, i, 0, 0, 0, 0, 0), 48).unwrap()),
                usize::from(i),
                0,
            )
        })
        .chain([Op::Set(net("2001:db8::/32"), 1, 0), Op::Set(net("::/0"), 2, 0)])
        .collect();
    let addrs = edges(&all);
    for op in &all {
        pair.apply(op);
        pair.check(&addrs);
    }
    for op in &all {
        let Op::Set(prefix, ..) = *op else { unreachable!("only sets above") };
        pair.apply(&Op::Del(prefix, 0));
        pair.check(&addrs);
    }
}

#[test]
fn a_full_table_of_blocks_refuses_and_changes_nothing() {
    let (mut writer, tables) = fib::tables(Limits { v4_blocks: 1, ..small() }).unwrap();
    let group = writer.group_add(&GroupContent::Special(7)).unwrap();
    writer.route_set("10.0.0.1/32".parse::<IpNet>().unwrap(), group, 0).unwrap();
    let refused = writer.route_set("10.0.1.1/32".parse::<IpNet>().unwrap(), group, 0);
    assert!(matches!(refused, Err(FibError::TableFull { limit: 1, .. })), "{refused:?}");
    assert_eq!(writer.route_counts(), (1, 0));
    assert_eq!(writer.group_prefixes(group), Some(1));
    assert_eq!(tables.lookup4(0x0A00_0101), GroupId::NONE);
    // The one block is freed as soon as nobody reads, and no earlier.
    let mut worker = tables.register_worker().unwrap();
    writer.route_del("10.0.0.1/32".parse::<IpNet>().unwrap(), 0).unwrap();
    assert!(writer.route_set("10.0.1.1/32".parse::<IpNet>().unwrap(), group, 0).is_err());
    worker.quiescent();
    assert_eq!(writer.route_set("10.0.1.1/32".parse::<IpNet>().unwrap(), group, 0), Ok(RouteChange::Added));
    assert_eq!(tables.lookup4(0x0A00_0101), group);
}

#[test]
fn a_full_ipv6_table_refuses_and_changes_nothing() {
    let (mut writer, tables) = fib::tables(Limits { v6_words: 64, ..small() }).unwrap();
    let group = writer.group_add(&GroupContent::Special(7)).unwrap();
    let prefix = |i: u16| IpNet::V6(Ipv6Net::new(Ipv6Addr::new(0x2001, i, 0, 0, 0, 0, 0, 0), 32).unwrap());
    let mut stored = 0u16;
    let error = loop {
        match writer.route_set(prefix(stored), group, 0) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, FibError::TableFull { table: "IPv6 words", .. }));
    assert_eq!(writer.route_counts(), (0, usize::from(stored)));
    for i in 0..stored {
        let IpAddr::V6(addr) = prefix(i).addr() else { unreachable!("made of IPv6") };
        assert_eq!(tables.lookup6(addr.to_bits()), group);
        assert!(writer.route_del(prefix(i), 0).unwrap().is_some());
        assert_eq!(tables.lookup6(addr.to_bits()), GroupId::NONE);
    }
}

#[test]
fn a_route_to_a_group_that_does_not_exist_is_refused() {
    let (mut writer, _tables) = fib::tables(small()).unwrap();
    let refused = writer.route_set("10.0.0.0/8".parse::<IpNet>().unwrap(), GroupId(9), 0);
    assert_eq!(refused, Err(FibError::UnknownGroup(GroupId(9))));
    let none = writer.route_set("10.0.0.0/8".parse::<IpNet>().unwrap(), GroupId::NONE, 0);
    assert_eq!(none, Err(FibError::UnknownGroup(GroupId::NONE)));
    assert_eq!(writer.route_counts(), (0, 0));
}

#[test]
fn a_group_stays_until_its_last_prefix_is_gone() {
    let (mut writer, tables) = fib::tables(small()).unwrap();
    let path = writer.path_add(1, None, Causes::NONE).unwrap();
    let group = writer.group_acquire(&GroupContent::Paths(GroupSpec::single(path, []))).unwrap();
    let prefix: IpNet = "192.0.2.0/24".parse().unwrap();
    writer.route_set(prefix, group, 3).unwrap();
    writer.group_release(group).unwrap();
    assert_eq!(tables.lookup4(0xC000_0201), group);
    assert_eq!(writer.path_remove(path), Err(FibError::PathInUse { path, groups: 1 }));
    let entry: Entry = writer.route_del(prefix, 3).unwrap().unwrap();
    assert_eq!(entry.group, group);
    assert_eq!(writer.group_content(group), None);
    writer.path_remove(path).unwrap();
}
