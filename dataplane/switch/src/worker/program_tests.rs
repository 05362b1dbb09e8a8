//! The built-in router against what a router has to do, written down once more.

use super::arrival::{Meta, NO_INTERFACE, PortView, is_bfd};
use super::by_hand::{self, Lane, Why};
use super::program::{drop_reason, reason};
use super::vector::Reason;
use crate::program::compile::{Job, compile_job};
use fib::{Causes, GroupContent, GroupSpec, Limits, Neighbor, PathId, Selection, WorkerEpoch, special};
use host::load::{Access, ROUTER, built_in_program};
use ipnet::IpNet;
use jit::{Machine, Verdict};
use rt::around::{Around, PortInfo, Ports, Repaired};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use stats::DropReason;
use std::sync::Arc;
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const HOST: [u8; 6] = [0xa, 0, 0, 0, 0, 1];
const UNTAGGED: u16 = 3;
const VLAN_100: u16 = 4;
const INTERFACES: usize = 8;

/// What became of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Out { port: u16, path: u16, frame: Vec<u8> },
    Kernel(Reason),
    Dropped(DropReason),
}

struct World {
    view: PortView,
    ports: Ports,
    epoch: WorkerEpoch,
    writer: fib::Writer,
    state: Arc<State>,
    lane: jit::Lane,
}

/// A rewrite with so many bytes of header, to a port.
fn neighbor(port: u16, header: &[u8], mtu: u16) -> Neighbor {
    let mut all = [0; Neighbor::HEADER_MAX];
    all[..header.len()].copy_from_slice(header);
    Neighbor { port, interface: 1, mtu, header_len: header.len() as u8, header: all }
}

impl World {
    fn new() -> World {
        let (mut writer, tables) = fib::tables(Limits::default()).unwrap();
        let untagged = [0xa, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2];
        let tagged = [0xa, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 3, 0x81, 0, 0x60, 200];
        let [plain, tag, small] =
            [neighbor(2, &untagged, 1500), neighbor(3, &tagged, 1500), neighbor(2, &untagged, 50)]
                .map(|neighbor| writer.neighbor_add(&neighbor).unwrap());
        let mut path = |key, neighbor| writer.path_add(key, neighbor, Causes::NONE).unwrap();
        let [plain, tag, small, bare] =
            [path(1, Some(plain)), path(2, Some(tag)), path(3, Some(small)), path(4, None)];
        let paths = |spec| GroupContent::Paths(spec);
        let ecmp = GroupSpec { primaries: vec![(plain, 1), (tag, 3)], backups: vec![vec![small]] };
        let routes = [
            ("198.51.100.0/24", paths(GroupSpec::single(plain, [tag]))),
            ("203.0.113.0/24", paths(GroupSpec::single(tag, [plain]))),
            ("192.0.2.0/24", paths(GroupSpec::single(small, []))),
            ("198.18.0.0/15", paths(ecmp.clone())),
            ("100.64.0.0/10", paths(GroupSpec::single(bare, []))),
            ("169.254.0.0/16", paths(GroupSpec::single(plain, []))),
            ("10.0.0.1/32", GroupContent::Special(special::LOCAL)),
            ("10.0.0.0/24", GroupContent::Special(special::CONNECTED | u32::from(UNTAGGED))),
            ("10.9.0.0/16", GroupContent::Special(special::BLACKHOLE)),
            ("10.8.0.0/16", GroupContent::Special(special::UNREACHABLE)),
            ("10.7.0.0/16", GroupContent::Special(special::PROHIBIT)),
            ("10.0.0.255/32", GroupContent::Special(special::BROADCAST)),
            ("2001:db8:3::/48", GroupContent::Special(special::PROHIBIT)),
            ("2001:db8::/32", paths(GroupSpec::single(plain, [tag]))),
            ("2001:db8:1::/48", paths(ecmp)),
            ("2001:db8:2::/48", paths(GroupSpec::single(tag, []))),
            ("fd00::1/128", GroupContent::Special(special::LOCAL)),
        ];
        for (prefix, content) in routes {
            let group = writer.group_acquire(&content).unwrap();
            writer.route_set(prefix.parse::<IpNet>().unwrap(), group, 1).unwrap();
        }
        let mut vlans = Box::new([NO_INTERFACE; 4096]);
        vlans[100] = VLAN_100;
        let info = PortInfo { port: 1, mac: MAC, untagged: UNTAGGED, vlans: Some(&vlans) };
        let ports = Ports::new([info]);
        let m = MAC;
        let mac = u64::from_le_bytes([m[0], m[1], m[2], m[3], m[4], m[5], 0, 0]);
        let text = built_in_program(ROUTER).map(ToOwned::to_owned);
        let compiled = compile_job(&Job {
            file: ROUTER.into(),
            text,
            included: vec![],
            include: vec![],
            load: true,
            access: Access::Own,
        });
        let state = compiled.ready.unwrap_or_else(|| panic!("{}", compiled.verdict.messages)).state;
        let machine = Machine::new(&state).unwrap();
        World {
            view: PortView { mac, untagged: UNTAGGED, vlans: Some(vlans) },
            ports,
            epoch: tables.register_worker().unwrap(),
            writer,
            lane: jit::Lane::new(&machine, &state),
            state,
        }
    }

    /// What the router does with a vector.
    fn by_program(&mut self, frames: &[Vec<u8>]) -> Vec<Fate> {
        let mut work = frames.to_vec();
        let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&self.state), Events::new(0));
        let repaired = Repaired::default();
        let around = Around { ports: &self.ports, fib: Some(&self.epoch), repaired: Some(&repaired) };
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state: &self.state, now: 0, random, caches, events, around };
        self.lane.run(&mut env, 1, work.iter_mut().map(|frame| &mut frame[..]));
        let fate = |(at, (frame, original)): (usize, (&Vec<u8>, &Vec<u8>))| {
            let (why, path) = (self.lane.why(at), self.lane.path(at));
            let (port, frame) = match self.lane.verdict(at) {
                Verdict::Out { port } => (port, frame.clone()),
                Verdict::Moved { port, payload } => {
                    (port, [self.lane.header(at, frame), &frame[payload as usize..]].concat())
                }
                Verdict::Dropped(_) => return Fate::Dropped(drop_reason(why)),
                Verdict::Left => panic!("a router neither clones nor recirculates"),
            };
            if port == super::program::LOCAL_PORT {
                assert_eq!(&frame, original, "the kernel gets packets as they came");
                return Fate::Kernel(reason(why, INTERFACES));
            }
            Fate::Out { port, path, frame }
        };
        work.iter().zip(frames).enumerate().map(fate).collect()
    }

    /// What it ought to do.
    fn by_hand(&self, frame: &[u8]) -> Fate {
        let mut meta = Meta::default();
        let tables = self.epoch.tables();
        let l3 = |meta: Meta| usize::from(meta.l3);
        let (group, hash, v6) = match by_hand::parse(frame, &self.view, &mut meta) {
            Lane::Drop(reason) => return Fate::Dropped(reason),
            Lane::Local(why) => {
                return Fate::Kernel(match why {
                    Why::NotIp => Reason::NotIp,
                    Why::Multicast => Reason::Multicast,
                    Why::Options => Reason::Options,
                    Why::Expired => Reason::Expired,
                });
            }
            Lane::Bfd if frame[l3(meta)] >> 4 == 4 => {
                let p = &frame[l3(meta)..];
                if p[8] <= 1 {
                    return Fate::Kernel(Reason::Expired);
                }
                let dst = u32::from_be_bytes([p[16], p[17], p[18], p[19]]);
                (tables.lookup4(dst), wire::flow::hash_v4(p), false)
            }
            // Comes before what the others of its family are asked for; the same goes for the tests below.
            Lane::Bfd => return Fate::Kernel(Reason::ForUs),
            Lane::V4(dst) => (tables.lookup4(dst), wire::flow::hash_v4(&frame[l3(meta)..]), false),
            Lane::V6(dst) => (tables.lookup6(dst), wire::flow::hash_v6(&frame[l3(meta)..]), true),
        };
        let path = match tables.select(group, hash) {
            Selection::Path(path) | Selection::Repair { path, .. } => path,
            Selection::Special(special::LOCAL) => return Fate::Kernel(Reason::ForUs),
            Selection::Special(special::BLACKHOLE) => return Fate::Dropped(DropReason::Blackhole),
            Selection::Special(special::BROADCAST) => return Fate::Dropped(DropReason::DirectedBroadcast),
            Selection::Special(special::UNREACHABLE) => return Fate::Kernel(Reason::Unreachable),
            Selection::Special(special::PROHIBIT) => return Fate::Kernel(Reason::Prohibited),
            Selection::Special(code) => {
                return Fate::Kernel(Reason::Unresolved((code & special::INTERFACE_MASK) as u16));
            }
            Selection::NoLivePath { dead } => return Fate::Kernel(Reason::NoLivePath { dead }),
            Selection::NoRoute => return Fate::Kernel(Reason::NoRoute),
        };
        let Some(neighbor) = self.epoch.neighbor(path) else {
            return Fate::Kernel(Reason::NoLivePath { dead: path });
        };
        if frame.len() > l3(meta) + usize::from(neighbor.mtu) {
            return Fate::Kernel(Reason::TooBig(neighbor.mtu));
        }
        let mut out = neighbor.header[..usize::from(neighbor.header_len)].to_vec();
        out.extend_from_slice(&frame[l3(meta) - 2..]);
        let packet = &mut out[usize::from(neighbor.header_len) + 2..];
        if v6 {
            packet[7] -= 1;
        } else {
            packet[8] -= 1;
            packet[10..12].fill(0);
            let sum = !wire::checksum::sum(&packet[..20]);
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        Fate::Out { port: neighbor.port, path: path.0, frame: out }
    }
}

/// A UDP datagram of 32 octets.
pub(super) fn frame(tag: Option<u16>, src: &str, dst: &str, ttl: u8, ports: (u16, u16)) -> Vec<u8> {
    let (src, dst): (std::net::IpAddr, std::net::IpAddr) = (src.parse().unwrap(), dst.parse().unwrap());
    let tag = tag.map(|vlan| ethernet::Tag { vlan, priority: 5, drop_eligible: false });
    let ethertype = if dst.is_ipv6() { EtherType::IPV6 } else { EtherType::IPV4 };
    let repr = ethernet::Repr { src: MacAddr(HOST), dst: MacAddr(MAC), tag, ethertype };
    let l3 = repr.header_len();
    let l4 = l3 + if dst.is_ipv6() { 40 } else { 20 };
    let mut frame = vec![0; l4 + udp::HEADER_LEN + 32];
    repr.emit(&mut ethernet::Frame::new_unchecked(&mut frame));
    let length = (udp::HEADER_LEN + 32) as u16;
    use std::net::IpAddr::{V4, V6};
    match (src, dst) {
        (V4(src), V4(dst)) => ipv4::Repr::new(src, dst, Protocol::UDP, ttl, length)
            .emit(&mut ipv4::Packet::new_unchecked(&mut frame[l3..])),
        (V6(src), V6(dst)) => ipv6::Repr::new(src, dst, Protocol::UDP, ttl, length)
            .emit(&mut ipv6::Packet::new_unchecked(&mut frame[l3..])),
        _ => unreachable!("{src} and {dst}"),
    }
    let mut datagram = udp::Packet::new_unchecked(&mut frame[l4..]);
    datagram.set_src_port(ports.0);
    datagram.set_dst_port(ports.1);
    datagram.set_length(length);
    datagram.fill_checksum(src, dst);
    frame
}

/// Frames to every route, plain, with the VLAN's tag, with a priority tag, and with one of no interface.
fn samples() -> Vec<Vec<u8>> {
    const V4: [&str; 13] = [
        "198.51.100.7",
        "203.0.113.9",
        "192.0.2.1",
        "198.18.7.7",
        "198.19.3.3",
        "100.64.0.1",
        "10.0.0.1",
        "10.0.0.77",
        "10.9.1.1",
        "10.8.1.1",
        "10.7.1.1",
        "10.0.0.255",
        "169.254.3.3",
    ];
    const V6: [&str; 7] = [
        "2001:db8::7",
        "2001:db8:1::5",
        "2001:db8:1::6",
        "2001:db8:2::1",
        "2001:db8:3::1",
        "fd00::1",
        "3fff::1",
    ];
    let mut all = vec![];
    for (n, tag) in [None, Some(100), Some(0), Some(7)].into_iter().enumerate() {
        for (m, dst) in V4.iter().chain(&["172.16.0.1"]).enumerate() {
            all.push(frame(tag, "10.0.0.2", dst, 64, (1000 + n as u16, 2000 + m as u16)));
        }
        all.push(frame(tag, "169.254.7.7", V4[0], 64, (1000 + n as u16, 2000)));
        for (m, dst) in V6.iter().enumerate() {
            all.push(frame(tag, "fd00::2", dst, 64, (1000 + n as u16, 2000 + m as u16)));
        }
    }
    all
}

/// In vectors, and each alone.
fn compare(world: &mut World, frames: &[Vec<u8>]) -> [usize; 3] {
    let mut counts = [0; 3];
    for frames in frames.chunks(256) {
        let together = world.by_program(frames);
        for (frame, fate) in frames.iter().zip(together) {
            // IPv6 to the BFD port is sorted out before the program runs.
            let mut meta = Meta::default();
            if !is_bfd(frame, &world.view, &mut meta) {
                assert_eq!(fate, world.by_hand(frame), "{frame:02x?}");
            }
            counts[match fate {
                Fate::Out { .. } => 0,
                Fate::Kernel(_) => 1,
                Fate::Dropped(_) => 2,
            }] += 1;
        }
        world.epoch.quiescent();
    }
    counts
}

#[test]
fn the_router_does_with_every_frame_what_a_router_has_to_do() {
    let mut world = World::new();
    let mut frames = samples();
    for good in samples() {
        for end in 0..=good.len() {
            frames.push(good[..end].to_vec());
        }
        // The headers; what is behind is only carried.
        let head = if good[12..14] == [0x81, 0] { 18 } else { 14 };
        for at in 0..good.len().min(head + 44) {
            for value in
                [0, 1, 2, 4, 5, 6, 0x40, 0x7f, 0x80, 0xe0, 0xf0, 0xfe, 0xff, good[at] ^ 1, good[at] ^ 0x10]
            {
                let mut bytes = good.clone();
                bytes[at] = value;
                frames.push(bytes.clone());
                // The same with a checksum that is right: the other checks have to find it. Options are the kernel's to sum.
                let v4 = bytes.get(head).is_some_and(|byte| *byte == 0x45);
                if v4 {
                    ipv4::Packet::new_unchecked(&mut bytes[head..]).fill_checksum();
                    frames.push(bytes);
                }
            }
        }
    }
    // Headers with options have their sum checked where they are looked at, which is not here.
    frames.retain(|frame| {
        let head = if frame.get(12..14) == Some(&[0x81, 0]) { 18 } else { 14 };
        frame.get(head).is_none_or(|first| first >> 4 != 4 || first & 15 <= 5)
    });
    let counts = compare(&mut world, &frames);
    assert!(counts.iter().all(|count| *count > 5000), "{counts:?}: the test has lost its subject");
}

#[test]
fn when_paths_die_the_next_vector_takes_the_backup_and_says_whose_it_is() {
    let mut world = World::new();
    let frames = samples();
    for dead in [PathId(1), PathId(2), PathId(3)] {
        compare(&mut world, &frames);
        world.epoch.tables().liveness().set(dead, Causes::DRAIN);
        let counts = compare(&mut world, &frames);
        assert!(counts[1] > 0, "{counts:?}");
    }
    let _ = world.writer.reclaim();
}
