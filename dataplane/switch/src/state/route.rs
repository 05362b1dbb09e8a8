//! Prefixes and groups.

use super::{Names, Refusal, State, Table, origin};
use crate::worker::view::{Interfaces, special};
use api::Source;
use api::switch::{Group, RouteUpdate};
use fib::{FibError, GroupContent, GroupId, GroupSpec, PathId, Prefix};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// How far ahead of its update a prefix's lines are fetched; measured with the table's own benchmark.
const FAR: usize = 16;
const NEAR: usize = 8;

fn family(prefix: &IpNet) -> usize {
    usize::from(matches!(prefix, IpNet::V6(_)))
}

/// Who has given a prefix, and whether since its source last began to say everything.
#[derive(Debug, Clone, Copy)]
struct Owner {
    source: u8,
    fresh: bool,
}

/// What a table holds of the sources, and what it may hold.
#[derive(Debug)]
struct Room {
    table: Table,
    limit: usize,
    fresh: usize,
    all: usize,
}

impl Room {
    fn new(table: Table, limit: usize) -> Room {
        Room { table, limit, fresh: 0, all: 0 }
    }

    fn give(&mut self, fresh: usize, all: usize) {
        self.fresh += fresh;
        self.all += all;
    }

    /// Whether this many more fit.
    fn takes(&self, more: usize) -> bool {
        self.fresh + more <= self.limit && self.all + more <= 2 * self.limit
    }

    /// One more, in place of what is there.
    fn add(&mut self, old: Option<Owner>) -> Result<(), Refusal> {
        self.fresh += usize::from(!old.is_some_and(|old| old.fresh));
        self.all += usize::from(old.is_none());
        if self.takes(0) { Ok(()) } else { Err(Refusal::Full { table: self.table, limit: self.limit }) }
    }

    fn remove(&mut self, old: Owner) {
        self.fresh -= usize::from(old.fresh);
        self.all -= 1;
    }
}

/// Both broadcast addresses of a connected network, the old one of all zeros too (RFC 1812 4.2.3.1). None in a network of two
/// hosts (RFC 3021) or one, or of IPv6.
fn broadcasts(address: &IpNet) -> Vec<IpNet> {
    match address {
        IpNet::V4(net) if net.prefix_len() < 31 => {
            [net.network(), net.broadcast()].map(|broadcast| IpNet::from(IpAddr::V4(broadcast))).into()
        }
        _ => Vec::new(),
    }
}

impl State {
    /// A group shall exist, as a connection's `local`.
    pub fn group_set(&mut self, names: &mut Names, local: u32, group: &Group) -> Result<(), Refusal> {
        let content = match group {
            Group::Blackhole => GroupContent::Special(special::BLACKHOLE),
            Group::Unreachable => GroupContent::Special(special::UNREACHABLE),
            Group::Prohibit => GroupContent::Special(special::PROHIBIT),
            Group::Paths { primaries, backups } => {
                let id = |local: &u32| names.paths.get(local).copied().ok_or(Refusal::UnknownPathId(*local));
                let weighted = |(local, weight): &(u32, u16)| Ok((id(local)?, *weight));
                let primaries =
                    primaries.iter().map(weighted).collect::<Result<Vec<(PathId, u16)>, Refusal>>()?;
                let set = |set: &Vec<u32>| set.iter().map(id).collect::<Result<Vec<_>, _>>();
                let backups = backups.iter().map(set).collect::<Result<_, Refusal>>()?;
                GroupContent::Paths(GroupSpec { primaries, backups })
            }
        };
        let id = self.writer.group_acquire(&content)?;
        if let Some(old) = names.groups.insert(local, id) {
            self.writer.group_release(old)?;
        }
        Ok(())
    }

    /// A connection will not name this group any more.
    pub fn group_forget(&mut self, names: &mut Names, local: u32) -> Result<(), Refusal> {
        let group = names.groups.remove(&local).ok_or(Refusal::UnknownGroupId(local))?;
        Ok(self.writer.group_release(group)?)
    }

    /// A connection is gone: what it named stays as long as prefixes need it.
    pub fn forget(&mut self, names: Names) {
        for group in names.groups.into_values() {
            if let Err(error) = self.writer.group_release(group) {
                unreachable!("a connection holds what it has acquired: {error}");
            }
        }
    }

    /// Adds, changes and withdrawals, in order. Names, own addresses and room are checked before anything is applied.
    pub fn routes(
        &mut self,
        names: &Names,
        source: Source,
        vrf: Option<&str>,
        updates: &[RouteUpdate],
    ) -> Result<(), Refusal> {
        let vrf = self.vrf(vrf)?;
        let groups = updates.iter().map(|update| self.group_for(names, vrf, update));
        let groups = groups.collect::<Result<Vec<Option<GroupId>>, Refusal>>()?;
        self.check_room(source, vrf, updates)?;
        for update in updates.iter().take(FAR) {
            self.writer.route_prefetch((vrf, update.prefix));
        }
        for (index, (update, group)) in updates.iter().zip(groups).enumerate() {
            if let Some(ahead) = updates.get(index + FAR) {
                self.writer.route_prefetch((vrf, ahead.prefix));
            }
            if let Some(ahead) = updates.get(index + NEAR) {
                self.writer.route_prefetch_near((vrf, ahead.prefix));
            }
            self.route(source, (vrf, update.prefix).into(), group).map_err(|refusal| match refusal {
                Refusal::Table(error) => Refusal::Routes { applied: index, of: updates.len(), error },
                other => other,
            })?;
        }
        self.writer.reclaim();
        Ok(())
    }

    #[inline]
    fn group_for(&self, names: &Names, vrf: u16, update: &RouteUpdate) -> Result<Option<GroupId>, Refusal> {
        let Some(local) = update.group else { return Ok(None) };
        let group = names.groups.get(&local).copied().ok_or(Refusal::UnknownGroupId(local))?;
        let prefix = update.prefix;
        if prefix.prefix_len() == prefix.max_prefix_len() && self.local.contains_key(&(vrf, prefix).into()) {
            return Err(Refusal::OwnAddress(prefix));
        }
        Ok(Some(group))
    }

    /// Whether the tables hold what the sources will have given after these. While a source says everything anew, what
    /// it said before stays beside it: that much may be there once more.
    fn check_room(&self, source: Source, vrf: u16, updates: &[RouteUpdate]) -> Result<(), Refusal> {
        let mut room = [
            Room::new(Table::RoutesV4, self.capacity.routes_v4),
            Room::new(Table::RoutesV6, self.capacity.routes_v6),
        ];
        for source in Source::ALL {
            let (all, fresh) =
                (self.writer.source_counts(source.index()), self.writer.fresh_counts(source.index()));
            room[0].give(fresh.0, all.0);
            room[1].give(fresh.1, all.1);
        }
        let mut adds = [0; 2];
        for update in updates {
            adds[family(&update.prefix)] += usize::from(update.group.is_some());
        }
        if (0..2).all(|family| room[family].takes(adds[family])) {
            return Ok(());
        }
        // Only near a limit it matters what these replace and withdraw themselves.
        let mut owners: HashMap<IpNet, Option<Owner>> = HashMap::new();
        for update in updates {
            let prefix = update.prefix.trunc();
            let owner = owners.entry(prefix).or_insert_with(|| self.owner((vrf, prefix).into()));
            let room = &mut room[family(&prefix)];
            let fresh = Owner { source: source.index(), fresh: true };
            match (update.group, *owner) {
                (Some(_), old) => {
                    room.add(old)?;
                    *owner = Some(fresh);
                }
                (None, Some(old)) if old.source == fresh.source => {
                    room.remove(old);
                    *owner = None;
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// The source that has given this prefix, if one has.
    fn owner(&self, prefix: Prefix) -> Option<Owner> {
        let entry = self.writer.route_get(prefix)?;
        let source = Source::from_index(entry.source)?;
        Some(Owner { source: source.index(), fresh: self.writer.is_fresh(&entry) })
    }

    #[inline]
    fn route(&mut self, source: Source, prefix: Prefix, group: Option<GroupId>) -> Result<(), Refusal> {
        match group {
            Some(group) => {
                self.writer.route_set(prefix, group, source.index())?;
            }
            None => match self.writer.route_del(prefix, source.index()) {
                Ok(Some(_)) => self.fall_back(prefix)?,
                // Withdrawing what another source gave, or nobody, changes nothing.
                Ok(None) | Err(FibError::OtherSource { .. }) => {}
                Err(error) => return Err(error.into()),
            },
        }
        Ok(())
    }

    /// What a prefix is when no source says anything: a connected network, or nothing.
    pub(super) fn fall_back(&mut self, prefix: Prefix) -> Result<(), Refusal> {
        if let Some(group) = self.connected.get(&prefix) {
            self.writer.route_set(prefix, *group, origin::CONNECTED)?;
        }
        Ok(())
    }

    /// Routes to our own addresses and networks, as the interfaces have them now.
    pub(super) fn connect(&mut self) -> Result<(), Refusal> {
        let mut local = HashMap::new();
        let mut connected = HashMap::new();
        let interfaces = Arc::clone(&self.interfaces);
        for (index, view) in interfaces.interfaces.iter().enumerate() {
            let in_vrf = |net: IpNet| Prefix { vrf: view.vrf, net };
            for address in &view.addresses {
                local.insert(in_vrf(address.addr().into()), special::LOCAL);
                if address.prefix_len() < address.max_prefix_len() {
                    connected.insert(in_vrf(address.trunc()), special::CONNECTED | index as u32);
                }
                for broadcast in broadcasts(address) {
                    connected.insert(in_vrf(broadcast), special::BROADCAST);
                }
            }
        }
        // A network of its own comes before one that another VRF lends.
        for (index, view) in interfaces.interfaces.iter().enumerate() {
            for leak in
                view.leaks.iter().filter(|leak| view.addresses.iter().any(|own| own.contains(&leak.net)))
            {
                connected.entry(*leak).or_insert(special::CONNECTED | index as u32);
            }
        }
        let loopbacks = interfaces.loopbacks.iter();
        local.extend(
            loopbacks
                .map(|(vrf, address)| (Prefix { vrf: *vrf, net: IpNet::from(*address) }, special::LOCAL)),
        );
        connected.retain(|prefix, _| !local.contains_key(prefix));
        let old_local = std::mem::take(&mut self.local);
        let old_connected = std::mem::take(&mut self.connected);
        self.local = self.install(local, origin::LOCAL)?;
        self.connected = self.install(connected, origin::CONNECTED)?;
        self.uninstall(old_local, origin::LOCAL)?;
        self.uninstall(old_connected, origin::CONNECTED)?;
        self.hosts_again()
    }

    fn install(
        &mut self,
        codes: HashMap<Prefix, u32>,
        origin: u8,
    ) -> Result<HashMap<Prefix, GroupId>, Refusal> {
        let mut groups = HashMap::new();
        for (prefix, code) in codes {
            let group = self.writer.group_acquire(&GroupContent::Special(code))?;
            groups.insert(prefix, group);
            // A source's own word about a connected network stands, and a host that is known; about our addresses ours does.
            let stands = self.writer.route_get(prefix).is_some_and(|entry| entry.source <= origin::NEIGHBOR);
            if origin == origin::LOCAL || !stands {
                self.writer.route_set(prefix, group, origin)?;
            }
        }
        Ok(groups)
    }

    fn uninstall(&mut self, old: HashMap<Prefix, GroupId>, origin: u8) -> Result<(), Refusal> {
        for (prefix, group) in old {
            let kept = self.local.contains_key(&prefix) || self.connected.contains_key(&prefix);
            if !kept {
                match self.writer.route_del(prefix, origin) {
                    Ok(_) | Err(FibError::OtherSource { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.writer.group_release(group)?;
        }
        Ok(())
    }

    /// Addresses and MTUs have changed, or interfaces were set up or down.
    pub fn interfaces_changed(&mut self, interfaces: Arc<Interfaces>) -> Result<(), Refusal> {
        let old = std::mem::replace(&mut self.interfaces, interfaces);
        let both = old.interfaces.iter().zip(&self.interfaces.interfaces).enumerate();
        let changed: Vec<u16> =
            both.filter(|(_, (old, new))| old.up != new.up).map(|(index, _)| index as u16).collect();
        self.refresh_links(&changed);
        self.connect()?;
        self.rearrange_asks();
        self.renew_headers()
    }
}
