//! Whole frames as a worker takes them: BFD told from the rest, the router's machine code over the rest, answers.

use fib::{Causes, GroupContent, GroupSpec, Limits, Tables, WorkerEpoch};
use host::compile::{Phase, Source, compile_text, on_large_stack};
use host::load::{ROUTER, built_in_program};
use ipnet::IpNet;
use jit::{Machine, Verdict};
use rt::around::{Around, PortInfo, Ports, Repaired};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Control, Options};
use stats::PuntClass;
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use switch::frames as arrival;
use switch::frames::{
    ETHERNET, MAX_V4, MAX_V6, Meta, NO_INTERFACE, PortView, TAGGED, Trouble, answer, classify, destination,
    find, is_bfd, judge, must_not_fragment, special,
};
use wire::fragment::fragment;
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

#[path = "../../../dataplane/switch/src/worker/by_hand.rs"]
mod by_hand;
use by_hand::{Lane, Why, parse};

const MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
const UNTAGGED: u16 = 0;
const VLAN: u16 = 100;
const VLAN_INTERFACE: u16 = 1;
/// Where answers come from.
const OWN_V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const OWN_V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1));

struct Switch {
    port: PortView,
    tables: Arc<Tables>,
    state: Arc<State>,
    machine: Machine,
    ports: Ports,
}

/// A worker with the router.
struct Worker {
    epoch: WorkerEpoch,
    lane: jit::Lane,
}

thread_local! {
    static WORKER: RefCell<Worker> = RefCell::new({
        let switch = switch();
        let epoch = switch.tables.register_worker().expect("room for a worker");
        Worker { epoch, lane: jit::Lane::new(&switch.machine, &switch.state) }
    });
}

/// The router's state and machine code.
fn router() -> (Arc<State>, Machine) {
    let source = Source { file: ROUTER.into(), ..Source::default() };
    let text = built_in_program(ROUTER).expect("it is built in").to_owned();
    let mut program = on_large_stack(|| compile_text(&source, text, Phase::Flat)).ir.expect("it is accepted");
    front::optimise(&mut program);
    let options = Options { roles: true, ..Options::default() };
    let (state, _control) = Control::create(Arc::new(program), &options).expect("a state");
    let machine = Machine::new(&state).expect("machine code");
    (state, machine)
}

/// One port, and a table with a prefix for everything that selection can say.
fn switch() -> &'static Switch {
    static SWITCH: OnceLock<Switch> = OnceLock::new();
    SWITCH.get_or_init(|| {
        let limits = Limits { groups: 64, cells: 1 << 12, paths: 8, neighbors: 8, ..Limits::default() };
        let (mut writer, tables) = fib::tables(limits).expect("small tables");
        let neighbor = fib::Neighbor {
            port: 0,
            interface: 0,
            mtu: 1500,
            header_len: 12,
            header: [0; fib::Neighbor::HEADER_MAX],
        };
        let neighbor = writer.neighbor_add(&neighbor).expect("room for one");
        let mut path = |key, causes| writer.path_add(key, Some(neighbor), causes).expect("room for four");
        let [one, two, dead, other] =
            [(1, Causes::NONE), (2, Causes::NONE), (3, Causes::BFD), (4, Causes::LINK)]
                .map(|(key, causes)| path(key, causes));
        let spread = GroupSpec { primaries: vec![(one, 1), (two, 3)], backups: vec![vec![other]] };
        let groups = [
            (GroupContent::Paths(spread), ["10.0.0.0/8", "fd00::/16"]),
            (GroupContent::Paths(GroupSpec::single(dead, [one])), ["198.51.100.0/24", "2001:db8:5::/48"]),
            (GroupContent::Paths(GroupSpec::single(dead, [other])), ["192.168.0.0/16", "2001:db8:6::/48"]),
            (GroupContent::Special(special::LOCAL), ["10.0.0.1/32", "fd00::1/128"]),
            (GroupContent::Special(special::BLACKHOLE), ["192.0.2.0/24", "2001:db8:b::/48"]),
            (GroupContent::Special(special::CONNECTED | 1), ["10.2.0.0/16", "fd00:2::/32"]),
        ];
        for (content, prefixes) in groups {
            let group = writer.group_acquire(&content).expect("room for a group");
            for prefix in prefixes {
                writer
                    .route_set(prefix.parse::<IpNet>().expect(prefix), group, 0)
                    .expect("room for a prefix");
            }
        }
        let mut vlans = Box::new([NO_INTERFACE; 4096]);
        vlans[usize::from(VLAN)] = VLAN_INTERFACE;
        let m = MAC.0;
        let mac = u64::from_le_bytes([m[0], m[1], m[2], m[3], m[4], m[5], 0, 0]);
        let (state, machine) = router();
        let info = PortInfo { port: 0, mac: MAC.0, untagged: UNTAGGED, vlans: Some(&vlans) };
        let ports = Ports::new([info]);
        let port = PortView { mac, untagged: UNTAGGED, vlans: Some(vlans) };
        Switch { port, tables, state, machine, ports }
    })
}

pub(super) fn run(frame: &[u8]) {
    take(frame);
    // Mutations rarely guess a checksum.
    for l3 in [ETHERNET, TAGGED] {
        let mut repaired = frame.to_vec();
        let Some(packet) = repaired.get_mut(l3..).filter(|p| p.first().is_some_and(|b| b >> 4 == 4)) else {
            continue;
        };
        let mut view = ipv4::Packet::new_unchecked(packet);
        if view.check_len().is_ok() {
            view.fill_checksum();
            take(&repaired);
        }
    }
}

fn take(frame: &[u8]) {
    let switch = switch();
    let mut meta = Meta::default();
    let lane = parse(frame, &switch.port, &mut meta);
    let mut found = Meta::default();
    assert_eq!(is_bfd(frame, &switch.port, &mut found), lane == Lane::Bfd, "{frame:02x?}");
    assert_eq!(found, meta, "{frame:02x?}");
    assert!(lane != Lane::Bfd || wire::bfd::may_be_control(frame), "BFD goes by unseen");
    match lane {
        Lane::Bfd => return bfd(frame, meta),
        Lane::Drop(_) => {}
        Lane::V4(_) | Lane::V6(_) => forwardable(switch, frame, meta),
        Lane::Local(why) => {
            check_meta(frame, meta);
            let class = classify(frame, meta);
            assert!(PuntClass::ALL.contains(&class));
            if why == Why::Expired {
                assert!(destination(frame, meta).is_some(), "an IP packet goes somewhere");
                answered(switch, frame, meta, Trouble::Expired);
            }
        }
    }
    routed(switch, frame, meta, lane);
}

/// The router's verdict is one that the frame allows.
fn routed(switch: &Switch, frame: &[u8], meta: Meta, lane: Lane) {
    let mut bytes = frame.to_vec();
    let out = WORKER.with_borrow_mut(|Worker { epoch, lane }| {
        let (mut random, mut caches, mut events) =
            (Random::new(1), Caches::new(&switch.state), Events::new(0));
        let repaired = Repaired::default();
        let around = Around { ports: &switch.ports, fib: Some(epoch), repaired: Some(&repaired) };
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state: &switch.state, now: 0, random, caches, events, around };
        lane.run(&mut env, 0, std::iter::once(&mut bytes[..]));
        let out = match lane.verdict(0) {
            Verdict::Out { port } => Some((port, bytes.clone())),
            Verdict::Moved { port, payload } => {
                Some((port, [lane.header(0, &bytes), &bytes[payload as usize..]].concat()))
            }
            Verdict::Dropped(_) => None,
            Verdict::Left => panic!("a router neither clones nor recirculates"),
        };
        epoch.quiescent();
        out
    });
    // Options are summed where they are looked at.
    let optioned = frame.get(usize::from(meta.l3)).is_some_and(|first| first >> 4 == 4 && first & 15 > 5);
    match (lane, out) {
        (Lane::V4(_) | Lane::V6(_), Some((0, out))) => aged(&frame[usize::from(meta.l3)..], &out),
        (Lane::Drop(_), Some(_)) => assert!(optioned, "what is dropped left: {frame:02x?}"),
        (Lane::Local(_), out) => {
            assert!(out.is_some_and(|(port, out)| port != 0 && out == frame), "{lane:?}: {frame:02x?}");
        }
        (Lane::Drop(_), None) | (_, Some(_) | None) => {}
    }
}

fn check_meta(frame: &[u8], meta: Meta) {
    let l3 = usize::from(meta.l3);
    assert!(l3 <= frame.len() && (l3 == ETHERNET || l3 == TAGGED));
    assert!(meta.interface == UNTAGGED || (meta.interface == VLAN_INTERFACE && l3 == TAGGED));
}

/// Answers to a packet that could be forwarded, and where it is policed if it is not.
fn forwardable(switch: &Switch, frame: &[u8], meta: Meta) {
    check_meta(frame, meta);
    assert!(PuntClass::ALL.contains(&classify(frame, meta)));
    answered(switch, frame, meta, Trouble::NoRoute);
    answered(switch, frame, meta, Trouble::HostUnreachable);
    for trouble in [Trouble::Prohibited, Trouble::BeyondScope, Trouble::Expired, Trouble::BadParameter(20)] {
        answered(switch, frame, meta, trouble);
    }
    if must_not_fragment(frame, meta) {
        answered(switch, frame, meta, Trouble::TooBig(1280));
    }
    slow(&frame[usize::from(meta.l3)..]);
    for word in 0..8 {
        let (ports, flow_label, inner) = (word & 1 != 0, word & 2 != 0, word & 4 != 0);
        wire::flow::hash_fields(frame, wire::flow::Fields { ports, flow_label, inner });
    }
}

/// What is cut fits, and is whole when it is put together.
fn slow(packet: &[u8]) {
    let Ok(whole) = ipv4::Packet::new_checked(packet) else { return };
    let _ = judge(whole.options());
    let (mut scratch, mut payload) = ([0; 256], vec![]);
    let cut = fragment(packet, 96, &mut scratch, |part| {
        assert!(part.len() <= 96);
        payload.extend_from_slice(ipv4::Packet::new_checked(part).expect("a packet").payload());
    });
    match cut {
        Ok(()) => assert_eq!(payload, whole.payload()),
        Err(_) => assert!(payload.is_empty()),
    }
}

/// One hop older, with a right checksum, and otherwise the same, behind an Ethernet header without a tag.
fn aged(packet: &[u8], out: &[u8]) {
    let v6 = packet[0] >> 4 == 6;
    let mut aged = out[ETHERNET..].to_vec();
    let hops = if v6 { 7 } else { 8 };
    assert_eq!(aged[hops], packet[hops] - 1);
    if !v6 {
        assert!(ipv4::Packet::new_unchecked(&packet).verify_checksum(), "a wrong checksum was forwarded");
        assert!(ipv4::Packet::new_unchecked(&aged[..]).verify_checksum(), "the new checksum is wrong");
        aged[10..12].copy_from_slice(&packet[10..12]);
    }
    aged[hops] = packet[hops];
    assert_eq!(aged, packet);
}

/// The answer, if there is one, is a packet that our own parser would forward to the sender.
fn answered(switch: &Switch, frame: &[u8], meta: Meta, trouble: Trouble) {
    let packet = &frame[usize::from(meta.l3)..];
    let v6 = packet[0] >> 4 == 6;
    let (source, max) = if v6 { (OWN_V6, MAX_V6) } else { (OWN_V4, MAX_V4) };
    let mut out = [0; MAX_V6];
    let Some((len, to)) = answer(packet, trouble, source, &mut out) else { return };
    assert!(len <= max);
    let ethertype = if v6 { EtherType::IPV6 } else { EtherType::IPV4 };
    let header = ethernet::Repr { src: MAC, dst: MAC, tag: None, ethertype };
    let mut whole = vec![0; header.header_len() + len];
    header.emit(&mut ethernet::Frame::new_unchecked(&mut whole));
    whole[header.header_len()..].copy_from_slice(&out[..len]);
    let expected = match to {
        IpAddr::V4(to) => Lane::V4(to.to_bits()),
        IpAddr::V6(to) => Lane::V6(to.to_bits()),
    };
    assert_eq!(parse(&whole, &switch.port, &mut Meta::default()), expected);
}

fn bfd(frame: &[u8], meta: Meta) {
    check_meta(frame, meta);
    assert!(PuntClass::ALL.contains(&classify(frame, meta)));
    let Some(found) = find(frame, meta, 1) else { return };
    assert!([meta.interface, bfd::multihop(1)].contains(&found.meta.interface));
    assert_eq!(Some(found.meta.dst), destination(frame, meta));
    let _ = wire::bfd::Repr::parse(&wire::bfd::Packet::new_unchecked(found.payload));
}

/// A datagram in its frame.
fn datagram(src: &str, dst: &str, ttl: u8, port: u16, vlan: Option<u16>) -> Vec<u8> {
    let (src, dst): (IpAddr, IpAddr) = (src.parse().expect(src), dst.parse().expect(dst));
    let tag = vlan.map(|vlan| ethernet::Tag { vlan, priority: 0, drop_eligible: false });
    let ethertype = if dst.is_ipv6() { EtherType::IPV6 } else { EtherType::IPV4 };
    let ethernet = ethernet::Repr { src: MacAddr([2, 0, 0, 0, 0, 2]), dst: MAC, tag, ethertype };
    let l3 = ethernet.header_len();
    let l4 = l3 + if dst.is_ipv6() { ipv6::HEADER_LEN } else { ipv4::HEADER_LEN };
    let payload = [0x20, 0xc0, 3, 24, 0, 0, 0, 7, 0, 0, 0, 9, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let len = (udp::HEADER_LEN + payload.len()) as u16;
    let mut frame = vec![0; l4 + usize::from(len)];
    ethernet.emit(&mut ethernet::Frame::new_unchecked(&mut frame));
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            ipv4::Repr::new(src, dst, Protocol::UDP, ttl, len)
                .emit(&mut ipv4::Packet::new_unchecked(&mut frame[l3..]));
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            ipv6::Repr::new(src, dst, Protocol::UDP, ttl, len)
                .emit(&mut ipv6::Packet::new_unchecked(&mut frame[l3..]));
        }
        _ => unreachable!("one family"),
    }
    frame[l4 + udp::HEADER_LEN..].copy_from_slice(&payload);
    let mut view = udp::Packet::new_unchecked(&mut frame[l4..]);
    view.set_src_port(50_000);
    view.set_dst_port(port);
    view.set_length(len);
    view.fill_checksum(src, dst);
    frame
}

/// A packet for everything that can become of one, in both families, with and without a tag.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vlan in [None, Some(VLAN)] {
        for (dst_v4, dst_v6) in [
            ("10.9.9.9", "fd00::99"),
            ("198.51.100.9", "2001:db8:5::9"),
            ("192.168.1.1", "2001:db8:6::9"),
            ("10.0.0.1", "fd00::1"),
            ("8.8.8.8", "2001:db8:dead::1"),
            ("224.0.0.5", "ff02::5"),
        ] {
            for (ttl, port) in [(64, 9), (1, 9), (255, wire::bfd::PORT)] {
                seeds.push(datagram("10.1.0.2", dst_v4, ttl, port, vlan));
                seeds.push(datagram("fd00:1::2", dst_v6, ttl, port, vlan));
            }
        }
    }
    let mut options = datagram("10.1.0.2", "10.9.9.9", 64, 9, None);
    options.splice(ETHERNET + 20..ETHERNET + 20, [0x94, 4, 0, 0]);
    let mut view = ipv4::Packet::new_unchecked(&mut options[ETHERNET..]);
    view.set_version_and_header_len(24);
    let total = view.total_len() + 4;
    view.set_total_len(total);
    view.fill_checksum();
    seeds.push(options);
    let mut arp = [1; 42];
    arp[12..20].copy_from_slice(&[8, 6, 0, 1, 8, 0, 6, 4]);
    seeds.push(arp.to_vec());
    seeds
}
