//! What zebra would write: for tests, fuzzing and benchmarks.

use crate::change::NextHop;
use crate::frame;
use crate::netlink::number::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// Next hops that a route or a group may have. FRR is built for at most 256 (`--enable-multipath`).
pub const MAX_NEXT_HOPS: usize = 256;

/// NLM_F_REQUEST and NLM_F_CREATE, as zebra sets them.
const FLAGS: u16 = 0x401;

/// How a route says where packets go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via<'a> {
    /// By the id of a next hop or a group.
    Id(u32),
    /// One in attributes of the route, several in RTA_MULTIPATH.
    NextHops(&'a [NextHop]),
    Blackhole,
    Unreachable,
    Prohibit,
}

/// A route as zebra writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route<'a> {
    pub table: u32,
    pub prefix: IpNet,
    pub protocol: u8,
    pub metric: u32,
    pub via: Via<'a>,
}

/// Appends a frame of the messages that `messages` appends.
///
/// # Panics
/// They are longer than a frame may be.
pub fn frame(bytes: &mut Vec<u8>, messages: impl FnOnce(&mut Vec<u8>)) {
    let start = frame::begin(bytes);
    messages(bytes);
    frame::end(bytes, start);
}

/// Appends RTM_NEWROUTE.
pub fn new_route(bytes: &mut Vec<u8>, route: &Route<'_>) {
    let kind = match route.via {
        Via::Id(_) | Via::NextHops(_) => RTN_UNICAST,
        Via::Blackhole => RTN_BLACKHOLE,
        Via::Unreachable => RTN_UNREACHABLE,
        Via::Prohibit => RTN_PROHIBIT,
    };
    message(bytes, RTM_NEWROUTE, |bytes| {
        route_head(bytes, route, kind);
        match route.via {
            Via::Id(id) => attribute(bytes, RTA_NH_ID, &id.to_ne_bytes()),
            Via::NextHops([next_hop]) => {
                gateway(bytes, route.prefix, next_hop.gateway);
                attribute(bytes, RTA_OIF, &next_hop.ifindex.to_ne_bytes());
            }
            Via::NextHops(next_hops) => multipath(bytes, route.prefix, next_hops),
            Via::Blackhole | Via::Unreachable | Via::Prohibit => {}
        }
    });
}

/// Appends RTM_DELROUTE, which says no next hops.
pub fn delete_route(bytes: &mut Vec<u8>, route: &Route<'_>) {
    message(bytes, RTM_DELROUTE, |bytes| route_head(bytes, route, 0));
}

/// Appends RTM_NEWNEXTHOP of a single next hop.
pub fn new_next_hop(bytes: &mut Vec<u8>, id: u32, next_hop: NextHop) {
    let family = match next_hop.gateway {
        Some(IpAddr::V6(_)) => AF_INET6,
        Some(IpAddr::V4(_)) | None => AF_INET,
    };
    next_hop_message(bytes, RTM_NEWNEXTHOP, family, id, |bytes| {
        if let Some(gateway) = next_hop.gateway {
            address(bytes, NHA_GATEWAY, gateway);
        }
        attribute(bytes, NHA_OIF, &next_hop.ifindex.to_ne_bytes());
    });
}

/// Appends RTM_NEWNEXTHOP that drops.
pub fn new_blackhole(bytes: &mut Vec<u8>, id: u32) {
    next_hop_message(bytes, RTM_NEWNEXTHOP, AF_INET, id, |bytes| attribute(bytes, NHA_BLACKHOLE, &[]));
}

/// Appends RTM_NEWNEXTHOP of a group of ids with weights from 1.
pub fn new_group(bytes: &mut Vec<u8>, id: u32, members: &[(u32, u16)]) {
    next_hop_message(bytes, RTM_NEWNEXTHOP, 0, id, |bytes| {
        nested(bytes, NHA_GROUP, |bytes| {
            for (member, weight) in members {
                bytes.extend(member.to_ne_bytes());
                bytes.extend(weight.saturating_sub(1).to_le_bytes());
                bytes.extend([0; 2]);
            }
        });
    });
}

/// Appends RTM_DELNEXTHOP.
pub fn delete_next_hop(bytes: &mut Vec<u8>, id: u32) {
    next_hop_message(bytes, RTM_DELNEXTHOP, 0, id, |_| {});
}

fn next_hop_message(bytes: &mut Vec<u8>, kind: u16, family: u8, id: u32, rest: impl FnOnce(&mut Vec<u8>)) {
    const ZEBRA: u8 = 11;
    message(bytes, kind, |bytes| {
        bytes.extend([family, 0, ZEBRA, 0, 0, 0, 0, 0]);
        attribute(bytes, NHA_ID, &id.to_ne_bytes());
        rest(bytes);
    });
}

/// What NEWROUTE and DELROUTE have in common.
fn route_head(bytes: &mut Vec<u8>, route: &Route<'_>, kind: u8) {
    let family = if route.prefix.addr().is_ipv4() { AF_INET } else { AF_INET6 };
    let table = u8::try_from(route.table);
    let small = table.unwrap_or(0);
    bytes.extend([family, route.prefix.prefix_len(), 0, 0, small, route.protocol, 0, kind, 0, 0, 0, 0]);
    address(bytes, RTA_DST, route.prefix.addr());
    attribute(bytes, RTA_PRIORITY, &route.metric.to_ne_bytes());
    if table.is_err() {
        attribute(bytes, RTA_TABLE, &route.table.to_ne_bytes());
    }
}

/// RTA_GATEWAY, or RTA_VIA when the gateway is of another family than the prefix.
fn gateway(bytes: &mut Vec<u8>, prefix: IpNet, gateway: Option<IpAddr>) {
    match gateway {
        None => {}
        Some(gateway) if gateway.is_ipv4() == prefix.addr().is_ipv4() => address(bytes, RTA_GATEWAY, gateway),
        Some(IpAddr::V4(gateway)) => nested(bytes, RTA_VIA, |bytes| {
            bytes.extend(u16::from(AF_INET).to_ne_bytes());
            bytes.extend(gateway.octets());
        }),
        Some(IpAddr::V6(gateway)) => nested(bytes, RTA_VIA, |bytes| {
            bytes.extend(u16::from(AF_INET6).to_ne_bytes());
            bytes.extend(gateway.octets());
        }),
    }
}

fn multipath(bytes: &mut Vec<u8>, prefix: IpNet, next_hops: &[NextHop]) {
    nested(bytes, RTA_MULTIPATH, |bytes| {
        for next_hop in next_hops {
            let start = bytes.len();
            bytes.extend([0, 0, 0, next_hop.weight.saturating_sub(1).min(255) as u8]);
            bytes.extend(next_hop.ifindex.to_ne_bytes());
            gateway(bytes, prefix, next_hop.gateway);
            set_len16(bytes, start);
        }
    });
}

fn message(bytes: &mut Vec<u8>, kind: u16, body: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend([0; 4]);
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(FLAGS.to_ne_bytes());
    // Sequence number and port.
    bytes.extend([0; 8]);
    body(bytes);
    let length = (bytes.len() - start) as u32;
    bytes[start..start + 4].copy_from_slice(&length.to_ne_bytes());
}

fn address(bytes: &mut Vec<u8>, kind: u16, address: IpAddr) {
    match address {
        IpAddr::V4(address) => attribute(bytes, kind, &address.octets()),
        IpAddr::V6(address) => attribute(bytes, kind, &address.octets()),
    }
}

fn attribute(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    nested(bytes, kind, |bytes| bytes.extend(value));
}

fn nested(bytes: &mut Vec<u8>, kind: u16, value: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend([0; 2]);
    bytes.extend(kind.to_ne_bytes());
    value(bytes);
    set_len16(bytes, start);
}

/// Writes the length of what began at `start`, and pads it.
fn set_len16(bytes: &mut Vec<u8>, start: usize) {
    let length = bytes.len() - start;
    let field = u16::try_from(length).expect("an attribute is shorter than a frame");
    bytes[start..start + 2].copy_from_slice(&field.to_ne_bytes());
    bytes.resize(start + length.next_multiple_of(ALIGN), 0);
}
