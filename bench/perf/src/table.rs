//! Routes that look like the Internet's, and destinations drawn from them.

use crate::random::Random;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::HashSet;
use std::net::IpAddr;

/// In place of an expected port: any will do.
pub const ANY_PORT: u32 = u32::MAX;

/// Prefixes of each length in a thousand, as a full table of the Internet has them (IPv4, 2024).
const LENGTHS_V4: &[(u8, u32)] = &[
    (24, 603),
    (22, 112),
    (23, 103),
    (21, 54),
    (20, 46),
    (19, 26),
    (18, 14),
    (16, 14),
    (17, 9),
    (15, 6),
    (14, 5),
    (13, 4),
    (12, 3),
    (11, 1),
];
/// The same for IPv6.
const LENGTHS_V6: &[(u8, u32)] = &[
    (48, 470),
    (32, 125),
    (44, 95),
    (40, 85),
    (36, 50),
    (46, 40),
    (47, 30),
    (42, 30),
    (45, 20),
    (33, 20),
    (34, 15),
    (38, 10),
    (29, 10),
];

/// A prefix as bits on the left of a 128-bit word, for both families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    pub bits: u128,
    pub len: u8,
    pub v6: bool,
}

impl Prefix {
    fn last(&self) -> u128 {
        self.bits | host_mask(self.len)
    }

    pub fn net(&self) -> IpNet {
        if self.v6 {
            IpNet::V6(Ipv6Net::new_assert(self.bits.into(), self.len))
        } else {
            IpNet::V4(Ipv4Net::new_assert(((self.bits >> 96) as u32).into(), self.len))
        }
    }
}

fn host_mask(len: u8) -> u128 {
    u128::MAX.checked_shr(u32::from(len)).unwrap_or(0)
}

/// A prefix and the number of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub prefix: Prefix,
    pub group: u32,
}

/// `count` distinct IPv4 prefixes within 1.0.0.0 to 223.255.255.255, without 10/8 (our own networks), 127/8 and
/// 169.254/16 (of which nothing is forwarded), in random order, each in one of `groups` groups.
pub fn routes_v4(count: usize, groups: u32, random: &mut Random) -> Vec<Route> {
    routes(count, groups, random, |random| {
        let len = length(LENGTHS_V4, random);
        let address = u128::from(random.next() as u32) << 96;
        let first = (address >> 120) as u8;
        let local = len.min(16);
        let in_local = address >> 112 >> (16 - local) == 0xa9fe >> (16 - local);
        let usable = (1..=223).contains(&first) && first != 10 && first != 127 && !in_local;
        usable.then_some(Prefix { bits: address & !host_mask(len), len, v6: false })
    })
}

/// `count` distinct IPv6 prefixes within 2000::/3.
pub fn routes_v6(count: usize, groups: u32, random: &mut Random) -> Vec<Route> {
    routes(count, groups, random, |random| {
        let len = length(LENGTHS_V6, random);
        let address = u128::from(random.next() >> 3 | 1 << 61) << 64;
        Some(Prefix { bits: address & !host_mask(len), len, v6: true })
    })
}

fn routes(
    count: usize,
    groups: u32,
    random: &mut Random,
    mut draw: impl FnMut(&mut Random) -> Option<Prefix>,
) -> Vec<Route> {
    let mut seen = HashSet::with_capacity(count);
    let mut routes = Vec::with_capacity(count);
    while routes.len() < count {
        let Some(prefix) = draw(random) else { continue };
        if seen.insert(prefix) {
            routes.push(Route { prefix, group: random.below(groups as usize) as u32 });
        }
    }
    routes
}

fn length(mix: &[(u8, u32)], random: &mut Random) -> u8 {
    let total: u32 = mix.iter().map(|(_, share)| share).sum();
    let mut at = random.below(total as usize) as u32;
    for (len, share) in mix {
        match at.checked_sub(*share) {
            None => return *len,
            Some(rest) => at = rest,
        }
    }
    unreachable!("the draw is below the sum of the shares")
}

/// Destinations, each drawn from a uniformly chosen route with random host bits, with what `expect` says of the route
/// that covers it (which may be a more specific one). Records as the switch's generator reads them.
pub fn destinations(
    routes: &[Route],
    count: usize,
    random: &mut Random,
    expect: impl Fn(&Route) -> u32,
) -> Vec<u8> {
    let draw = |random: &mut Random| {
        let prefix = routes[random.below(routes.len())].prefix;
        let noise = u128::from(random.next()) << 64 | u128::from(random.next());
        prefix.bits | noise & host_mask(prefix.len)
    };
    let addresses: Vec<u128> = (0..count).map(|_| draw(random)).collect();
    let found = longest_matches(routes, &addresses);
    let v6 = routes.first().is_some_and(|route| route.prefix.v6);
    let mut bytes = Vec::with_capacity(count * if v6 { 20 } else { 8 });
    for (address, route) in addresses.iter().zip(found) {
        let octets = address.to_be_bytes();
        bytes.extend_from_slice(if v6 { &octets } else { &octets[..4] });
        let Some(route) = route else { unreachable!("every destination was drawn from a route") };
        bytes.extend_from_slice(&expect(&routes[route]).to_be_bytes());
    }
    bytes
}

/// The longest route that covers each address: both lists in order, and a stack of the prefixes that are open.
pub fn longest_matches(routes: &[Route], addresses: &[u128]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..routes.len()).collect();
    order.sort_by_key(|index| (routes[*index].prefix.bits, routes[*index].prefix.len));
    let mut sorted: Vec<usize> = (0..addresses.len()).collect();
    sorted.sort_by_key(|index| addresses[*index]);
    let mut found = vec![None; addresses.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut next = order.into_iter().peekable();
    for index in sorted {
        let address = addresses[index];
        while let Some(route) = next.next_if(|route| routes[*route].prefix.bits <= address) {
            close(&mut open, routes, routes[route].prefix.bits);
            open.push(route);
        }
        close(&mut open, routes, address);
        found[index] = open.last().copied();
    }
    found
}

/// Forgets the prefixes that end before `at`.
fn close(open: &mut Vec<usize>, routes: &[Route], at: u128) {
    while open.last().is_some_and(|route| routes[*route].prefix.last() < at) {
        open.pop();
    }
}

/// The address that an interface or a peer of ours has: never within the tables above.
pub fn own_address(port: usize, host: u16, v6: bool) -> IpAddr {
    let [high, low] = host.to_be_bytes();
    if v6 {
        IpAddr::from([0xfd00, port as u16, 0, 0, 0, 0, 0, host])
    } else {
        IpAddr::from([10, port as u8, high, low])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(routes: &[Route], address: u128) -> Option<usize> {
        let covering = (0..routes.len()).filter(|index| {
            let prefix = routes[*index].prefix;
            prefix.bits <= address && address <= prefix.last()
        });
        covering.max_by_key(|index| routes[*index].prefix.len)
    }

    #[test]
    fn nothing_is_sent_to_where_nothing_is_forwarded() {
        let routes = routes_v4(200_000, 1, &mut Random::new(9));
        let local = Prefix { bits: 0xa9fe << 112, len: 16, v6: false };
        assert!(routes.iter().all(|route| {
            let prefix = route.prefix;
            prefix.last() < local.bits || local.last() < prefix.bits
        }));
    }

    #[test]
    fn the_sweep_finds_what_a_search_of_all_routes_finds() {
        let mut random = Random::new(7);
        for v6 in [false, true] {
            let mut routes = if v6 { routes_v6(500, 4, &mut random) } else { routes_v4(500, 4, &mut random) };
            // Denser than the Internet: more specifics of what is there.
            for index in 0..400 {
                let prefix = routes[index].prefix;
                let len = prefix.len + 1 + random.below(6) as u8;
                let bits =
                    (prefix.bits | u128::from(random.next()) << 64 & host_mask(prefix.len)) & !host_mask(len);
                let route = Route { prefix: Prefix { bits, len, v6 }, group: 0 };
                if routes.iter().all(|other| other.prefix != route.prefix) {
                    routes.push(route);
                }
            }
            let mut addresses: Vec<u128> = (0..500)
                .map(|_| routes[random.below(routes.len())].prefix.last() - u128::from(random.next() & 3))
                .collect();
            addresses.extend((0..500).map(|_| u128::from(random.next()) << 64));
            let found = longest_matches(&routes, &addresses);
            for (address, found) in addresses.iter().zip(found) {
                let slow = slow(&routes, *address);
                assert_eq!(found.map(|r| routes[r].prefix), slow.map(|r| routes[r].prefix));
            }
        }
    }

    #[test]
    fn a_table_has_as_many_distinct_prefixes_as_asked_for_and_none_of_our_own_networks() {
        let routes = routes_v4(50_000, 16, &mut Random::new(1));
        let distinct: HashSet<_> = routes.iter().map(|route| route.prefix).collect();
        assert_eq!(distinct.len(), 50_000);
        let ours: IpNet = "10.0.0.0/8".parse().unwrap();
        for route in &routes {
            let net = route.prefix.net();
            assert_eq!(net, net.trunc());
            assert!(!ours.contains(&net) && !net.contains(&ours), "{net}");
        }
        let long = routes.iter().filter(|route| route.prefix.len == 24).count();
        assert!((28_000..32_000).contains(&long), "{long} of 50000 are /24");
    }

    #[test]
    fn every_destination_carries_the_word_of_the_route_that_covers_it() {
        let mut random = Random::new(3);
        let routes = routes_v4(1000, 16, &mut random);
        let bytes = destinations(&routes, 2000, &mut random, |route| route.group);
        assert_eq!(bytes.len(), 16_000);
        for record in bytes.chunks_exact(8) {
            let word = |at: usize| u32::from_be_bytes(record[at..at + 4].try_into().unwrap());
            let route = slow(&routes, u128::from(word(0)) << 96).unwrap();
            assert_eq!(word(4), routes[route].group);
        }
    }
}
