//! Routes, paths and frames: the same in every run.

use anyhow::Result;
use fib::{Causes, GroupContent, GroupSpec, Limits, Neighbor, Tables, Writer};
use ipnet::{IpNet, Ipv4Net};
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// Of this nothing is forwarded (RFC 3927 2.7).
const LINK_LOCAL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16);

/// Lengths of prefixes by their share in a thousand, as in the global table.
const LENGTHS: [(u8, usize); 12] = [
    (16, 13),
    (17, 9),
    (18, 15),
    (19, 26),
    (20, 45),
    (21, 50),
    (22, 110),
    (23, 105),
    (24, 620),
    (28, 3),
    (30, 1),
    (32, 3),
];

pub const PORT_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const PATHS: usize = 64;

/// A table of so many prefixes over 64 paths.
#[derive(Debug)]
pub struct World {
    pub tables: Arc<Tables>,
    _writer: Writer,
    routes: Vec<Ipv4Net>,
}

impl World {
    pub fn new(routes: usize) -> Result<World> {
        let (mut writer, tables) = fib::tables(Limits { v4_blocks: 1 << 21, ..Limits::default() })?;
        let mut groups = vec![];
        for at in 0..PATHS {
            let mut header = [0; Neighbor::HEADER_MAX];
            header[..12].copy_from_slice(&[2, 0, 0, 0, 9, at as u8, 2, 0, 0, 0, 0, 2 + (at % 2) as u8]);
            let neighbor =
                Neighbor { port: 1 + (at % 2) as u16, interface: 1, mtu: 1500, header_len: 12, header };
            let neighbor = writer.neighbor_add(&neighbor)?;
            groups.push(writer.path_add(at as u64, Some(neighbor), Causes::NONE)?);
        }
        let groups = groups.iter().enumerate().map(|(at, path)| {
            let backup = groups[(at + 1) % PATHS];
            writer.group_acquire(&GroupContent::Paths(GroupSpec::single(*path, [backup])))
        });
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let mut random = Random(7);
        let routes = prefixes(routes, &mut random);
        for route in &routes {
            writer.route_set(IpNet::V4(*route), groups[random.below(PATHS)], 1)?;
        }
        Ok(World { tables, _writer: writer, routes })
    }

    /// An address within a route that is drawn uniformly.
    pub fn address(&self, random: &mut Random) -> u32 {
        let net = self.routes[random.below(self.routes.len())];
        net.network().to_bits() | random.next() as u32 & net.hostmask().to_bits()
    }
}

fn prefixes(count: usize, random: &mut Random) -> Vec<Ipv4Net> {
    let mut seen = HashSet::with_capacity(count);
    let mut routes = Vec::with_capacity(count);
    while routes.len() < count {
        let address = (1 + random.below(223) as u32) << 24 | random.next() as u32 >> 8;
        let mut at = random.below(1000);
        let found = LENGTHS.iter().find(|(_, share)| {
            let here = at < *share;
            at = at.saturating_sub(*share);
            here
        });
        let Some((length, _)) = found else { continue };
        let Ok(net) = Ipv4Net::new(Ipv4Addr::from_bits(address), *length) else { continue };
        let net = net.trunc();
        let is_local = net.contains(&LINK_LOCAL) || LINK_LOCAL.contains(&net);
        if net.network().octets()[0] != 127 && !is_local && seen.insert(net) {
            routes.push(net);
        }
    }
    routes
}

/// A 64-byte frame (60 without its check sequence) to a destination.
pub fn fill_v4(frame: &mut [u8], dst: u32, flow: u64) {
    let mut h = [0u8; 60];
    h[..6].copy_from_slice(&PORT_MAC);
    h[6..12].copy_from_slice(&[0x0a, 0, 0, 0, 0, 1]);
    h[12..24].copy_from_slice(&[0x08, 0x00, 0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17]);
    h[26..30].copy_from_slice(&[10, 0, flow as u8, (flow >> 8) as u8 | 1]);
    h[30..34].copy_from_slice(&dst.to_be_bytes());
    h[34..38].copy_from_slice(&[(flow >> 16) as u8 | 1, (flow >> 24) as u8, 0x01, 0xbb]);
    let mut sum = 0u32;
    for at in (14..34).step_by(2) {
        sum += u32::from(u16::from_be_bytes([h[at], h[at + 1]]));
    }
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    h[24..26].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    frame[..60].copy_from_slice(&h);
}
