//! Tables that stand for the switch's own: routes, rewrites, addresses.

use crate::around::{Around, Ports, ReversePath};
use crate::layout::Place;
use crate::packet::Packet;
use crate::state::State;
use fib::{GroupId, Neighbor, PathId, Selection, WorkerEpoch, special};
use front::ir::{Program, Role, Table};

/// A table's actions by their place in [`Role::actions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub role: Role,
    /// The first key is the VRF.
    pub vrf: bool,
    pub actions: Vec<Option<BoundAction>>,
}

/// An action of the table that the switch may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundAction {
    /// Index among the table's actions.
    pub index: u32,
    /// For each of its parameters the place in the role's list.
    pub params: Vec<usize>,
}

/// What the switch's tables say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Place in [`Role::actions`]; `None` where there is no entry.
    pub action: Option<usize>,
    pub argument: u16,
}

/// The place in [`Role::actions`] of what a FIB does with most packets.
pub const FORWARD: usize = 0;

/// The others.
mod fib_action {
    pub const LOCAL: usize = 1;
    pub const BLACKHOLE: usize = 2;
    pub const UNREACHABLE: usize = 3;
    pub const CONNECTED: usize = 4;
    pub const NO_LIVE_PATH: usize = 5;
    pub const PROHIBIT: usize = 6;
    pub const BROADCAST: usize = 7;
}

/// An untagged [`Neighbor::header`]: both MACs. The EtherType stays the packet's own.
pub const MACS: usize = 12;
/// The same with an 802.1Q tag.
pub const MACS_AND_TAG: usize = 16;

impl Bound {
    pub fn of(program: &Program, table: &Table) -> Option<Bound> {
        let role = table.role?;
        let find = |(name, params): &(&str, &[(&str, u32)])| {
            let index = table.actions.iter().position(|listed| {
                let of = &program.actions[listed.action.index()].name;
                of.rsplit('.').next() == Some(name)
            })?;
            let own = &program.actions[table.actions[index].action.index()].params;
            let place = |own: &front::ir::ActionParam| params.iter().position(|(name, _)| *name == own.name);
            let params = own.iter().map(place).collect::<Option<Vec<_>>>()?;
            Some(BoundAction { index: index as u32, params })
        };
        Some(Bound { role, vrf: role.has_vrf(table), actions: role.actions().iter().map(find).collect() })
    }

    pub fn is_fib(&self) -> bool {
        matches!(self.role, Role::Ipv4Fib | Role::Ipv6Fib)
    }

    pub fn action(&self, at: usize) -> Option<&BoundAction> {
        self.actions.get(at)?.as_ref()
    }
}

/// The way out of a group now, as the action of a FIB.
#[inline]
pub fn decide(selection: Selection, around: &Around<'_>) -> Decided {
    let (action, argument) = match selection {
        Selection::Path(path) => (FORWARD, path.0),
        Selection::Repair { path, dead } => {
            around.note_repair(dead);
            (FORWARD, path.0)
        }
        Selection::NoLivePath { dead } => (fib_action::NO_LIVE_PATH, dead.0),
        Selection::Special(special::LOCAL) => (fib_action::LOCAL, 0),
        Selection::Special(special::BLACKHOLE) => (fib_action::BLACKHOLE, 0),
        Selection::Special(special::UNREACHABLE) => (fib_action::UNREACHABLE, 0),
        Selection::Special(special::PROHIBIT) => (fib_action::PROHIBIT, 0),
        Selection::Special(special::BROADCAST) => (fib_action::BROADCAST, 0),
        Selection::Special(code) if code & special::CONNECTED != 0 => {
            (fib_action::CONNECTED, (code & special::INTERFACE_MASK) as u16)
        }
        Selection::Special(_) | Selection::NoRoute => return Decided { action: None, argument: 0 },
    };
    Decided { action: Some(action), argument }
}

/// The place among a neighbor's actions of a rewrite; `None` for headers that no action stands for.
pub fn rewrite_of(neighbor: &Neighbor) -> Option<usize> {
    match usize::from(neighbor.header_len) {
        MACS => Some(0),
        MACS_AND_TAG => Some(1),
        _ => None,
    }
}

/// A parameter of a neighbor's action by its place in [`Role::actions`].
pub fn neighbor_param(neighbor: &Neighbor, place: usize) -> u64 {
    let octets = |range: std::ops::Range<usize>| {
        neighbor.header[range].iter().fold(0, |value, octet| value << 8 | u64::from(*octet))
    };
    match place {
        0 => u64::from(neighbor.port),
        1 => u64::from(neighbor.interface),
        2 => u64::from(neighbor.mtu),
        3 => octets(0..6),
        4 => octets(6..12),
        // Behind the tag's EtherType.
        _ => octets(14..16),
    }
}

/// Whether the routes refuse a packet that came in by an interface, for the group of its source (RFC 3704). What a host on a
/// connected network sends is the network's until its neighbor is known. Nobody else has our addresses, and what is dropped on
/// the way there has no source either.
pub fn refuses_source(ports: &Ports, fib: &WorkerEpoch, source: GroupId, interface: u16) -> bool {
    let Some(mode) = ports.reverse_path(interface) else { return false };
    let leaves = |path: PathId| fib.neighbor(path).is_some_and(|neighbor| neighbor.interface == interface);
    match (fib.select(source, 0), mode) {
        (Selection::NoRoute, _) => true,
        (Selection::Special(code), mode) if code & special::CONNECTED != 0 => {
            mode != ReversePath::Loose && code & special::INTERFACE_MASK != u32::from(interface)
        }
        (Selection::Special(_), _) => true,
        (_, ReversePath::Loose) => false,
        (_, ReversePath::Strict) => !fib.any_chosen(source, leaves),
        (_, ReversePath::Feasible) => !fib.any_candidate(source, leaves),
    }
}

fn group_of(fib: &WorkerEpoch, vrf: u16, packet: &Packet, address: Place) -> GroupId {
    let limbs = &packet.frame[address.range()];
    match address.width {
        32 => fib.lookup4_in(vrf, limbs[0] as u32),
        _ => fib.lookup6_in(vrf, u128::from(limbs[1]) << 64 | u128::from(limbs[0])),
    }
}

/// Asks the switch's tables for one packet, and sets the parameters of the action that they chose: its index among the
/// table's actions. `None` where they have nothing.
pub fn apply(
    state: &State,
    around: &Around<'_>,
    packet: &mut Packet,
    table: usize,
    (bound, fib): (&Bound, &WorkerEpoch),
) -> Option<u32> {
    let places = state.layout.table(table);
    let (vrf, key) = match bound.vrf {
        true => (packet.word(places.keys[0]) as u16, places.keys[1]),
        false => (0, places.keys[0]),
    };
    match bound.role {
        Role::Ipv4Fib | Role::Ipv6Fib => {
            let group = group_of(fib, vrf, packet, key);
            let selection = fib.select_with(group, || wire::flow::hash_frame(&packet.bytes));
            let decided = decide(selection, around);
            let action = bound.action(decided.action?)?;
            for place in &places.params[action.index as usize] {
                packet.set_word(*place, u64::from(decided.argument));
            }
            Some(action.index)
        }
        Role::Local => {
            let group = group_of(fib, vrf, packet, key);
            let local = fib.select(group, 0) == Selection::Special(special::LOCAL);
            local.then(|| bound.action(0)).flatten().map(|action| action.index)
        }
        Role::ReversePath => {
            let interface = packet.word(*places.keys.get(1)?) as u16;
            let source = group_of(fib, around.ports.vrf(interface), packet, key);
            let refused = refuses_source(around.ports, fib, source, interface);
            refused.then(|| bound.action(0)).flatten().map(|action| action.index)
        }
        Role::Neighbor => {
            let path = PathId(packet.word(key) as u16);
            let neighbor = fib.neighbor(path)?;
            let action = bound.action(rewrite_of(neighbor)?)?;
            packet.path = path.0;
            for (place, which) in places.params[action.index as usize].iter().zip(&action.params) {
                packet.set_word(*place, neighbor_param(neighbor, *which));
            }
            Some(action.index)
        }
    }
}
