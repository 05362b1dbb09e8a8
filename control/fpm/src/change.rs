//! What a session says of routes.

use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// A prefix whose route is another now.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// In place of the route that there was, if any.
    Set {
        /// The kernel's number of the table: 254 is the main one, those of VRFs are the operator's.
        table: u32,
        prefix: IpNet,
        /// Who made the route, as rtnetlink(7) numbers it (`rtm_protocol`); see [`protocol_name`].
        protocol: u8,
        /// As zebra would tell the kernel (`RTA_PRIORITY`).
        metric: u32,
        target: Target,
    },
    Withdraw {
        table: u32,
        prefix: IpNet,
        /// Zebra did not say so: it has not told the route again since it came back.
        untold: bool,
    },
}

/// Where packets go.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// At least one, each once, in order of gateway and interface: equal sets are equal. Weights have no common
    /// divisor. Shared by all routes of one next-hop id.
    NextHops(Arc<[NextHop]>),
    /// Dropped without a word.
    Blackhole,
    /// Dropped; the sender is told that there is no way.
    Unreachable,
    /// Dropped; the sender is told that it is forbidden.
    Prohibit,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NextHop {
    /// `None`: the destination itself is on the link. May be of IPv6 for a route of IPv4 (RFC 8950).
    pub gateway: Option<IpAddr>,
    /// The kernel's index of the interface in zebra's namespace; 0 when zebra named none.
    pub ifindex: u32,
    /// Share among the next hops of the route, from 1.
    pub weight: u16,
}

/// What FRR calls the source that it writes as this protocol: linux/rtnetlink.h, and FRR's own numbers (`rt_netlink.h`).
pub fn protocol_name(protocol: u8) -> Option<&'static str> {
    Some(match protocol {
        2 => "connected",
        4 => "static",
        11 => "zebra",
        42 => "babel",
        186 => "bgp",
        187 => "isis",
        188 => "ospf",
        189 => "rip",
        190 => "ripng",
        191 => "nhrp",
        192 => "eigrp",
        193 => "ldp",
        194 => "sharp",
        195 => "pbr",
        196 => "static",
        197 => "openfabric",
        198 => "srte",
        _ => return None,
    })
}

/// Brings next hops into the form that [`Target::NextHops`] promises.
pub(crate) fn normalise(next_hops: &mut Vec<NextHop>) {
    if next_hops.len() > 1 {
        next_hops.sort_unstable();
        next_hops.dedup_by(|next, kept| {
            let same = (next.gateway, next.ifindex) == (kept.gateway, kept.ifindex);
            if same {
                kept.weight = kept.weight.saturating_add(next.weight);
            }
            same
        });
    }
    let divisor = next_hops.iter().fold(0, |divisor, next_hop| common_divisor(divisor, next_hop.weight));
    if divisor > 1 {
        next_hops.iter_mut().for_each(|next_hop| next_hop.weight /= divisor);
    }
}

/// Euclid's; of 0 and a number it is the number.
fn common_divisor(mut a: u16, mut b: u16) -> u16 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(last: u8, weight: u16) -> NextHop {
        NextHop { gateway: Some([192, 0, 2, last].into()), ifindex: 2, weight }
    }

    #[test]
    fn equal_sets_are_equal_whatever_their_order_and_the_measure_of_their_weights() {
        let mut one = vec![via(2, 20), via(1, 10), via(2, 10)];
        let mut other = vec![via(1, 1), via(2, 3)];
        normalise(&mut one);
        normalise(&mut other);
        assert_eq!(one, other);
        assert_eq!(one, [via(1, 1), via(2, 3)]);
        let mut alone = vec![via(1, 7)];
        normalise(&mut alone);
        assert_eq!(alone, [via(1, 1)]);
    }
}
