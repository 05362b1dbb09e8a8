//! Tables: from the key slots to the parameters of an action. Compiled code comes here as well for what it does not do itself.

use super::Scratch;
use crate::externs::hash;
use crate::externs::meter::Colour;
use crate::externs::random::Random;
use crate::packet::Packet;
use crate::role::{self, Bound};
use crate::state::{Env, State};
use crate::stream::BitWriter;
use crate::table::{Match, RowTarget, hash as index_hash};
use front::ir::{ProfileId, TableId};

/// What a table decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    pub hit: bool,
    /// Index among the table's actions; its parameters are set.
    pub action: u32,
}

/// Looks a table up for one packet, counts, meters, and sets the parameters of the action.
pub fn apply(env: &mut Env<'_>, packet: &mut Packet, scratch: &mut Scratch, id: TableId) -> Applied {
    let state = env.state;
    if let (Some(bound), Some(fib)) = (&state.roles[id.index()], env.around.fib) {
        return apply_role(env, packet, scratch, id.index(), (bound, fib));
    }
    let mut found = std::mem::take(&mut scratch.found);
    if state.program.tables[id.index()].keys.is_empty() {
        state.tables[id.index()].default_into(&mut found);
    } else {
        scratch.key.resize(state.tables[id.index()].shape().key_words, 0);
        state.gather_key(id.index(), &packet.frame, &mut scratch.key);
        state.tables[id.index()].lookup(&scratch.key, &mut found);
    }
    note(env, packet, scratch, id, &found);
    let applied = resolve(env, packet, scratch, id, &mut found);
    set_params(state, packet, &found, id.index(), applied.action);
    scratch.found = found;
    applied
}

/// The switch's own tables, or the default action where they have nothing.
fn apply_role(
    env: &Env<'_>,
    packet: &mut Packet,
    scratch: &mut Scratch,
    table: usize,
    bound: (&Bound, &fib::WorkerEpoch),
) -> Applied {
    if let Some(action) = role::apply(env.state, &env.around, packet, table, bound) {
        // No entry of ours.
        let target = RowTarget::Action(action);
        (scratch.found.hit, scratch.found.entry, scratch.found.target) = (true, 0, target);
        return Applied { hit: true, action };
    }
    let action = default_action(env.state, packet, &mut scratch.found, table);
    Applied { hit: false, action }
}

/// Puts the arguments of a table's default action into their slots.
pub fn default_action(state: &State, packet: &mut Packet, found: &mut Match, table: usize) -> u32 {
    let action = find_default(state, found, table);
    set_params(state, packet, found, table, action);
    action
}

fn find_default(state: &State, found: &mut Match, table: usize) -> u32 {
    state.tables[table].default_into(found);
    match found.target {
        RowTarget::Action(action) => action,
        RowTarget::Member(_) | RowTarget::Group(_) => 0,
    }
}

/// What follows a lookup: counts and meters.
fn note(env: &Env<'_>, packet: &mut Packet, scratch: &mut Scratch, id: TableId, found: &Match) {
    let state = env.state;
    let table = &state.tables[id.index()];
    let bytes = u64::from(packet.length);
    if scratch.aside.is_none() {
        table.note(None, found.entry, bytes, env.now);
    }
    if let Some(meter) = state.program.tables[id.index()].meter {
        let size = if state.program.direct_meters[meter.index()].bytes { bytes } else { 1 };
        let cell = table.meter(found.entry);
        let colour = match (&mut scratch.aside, cell) {
            (_, None) => Colour::Green,
            (None, Some(cell)) => cell.execute(size, env.now),
            (Some(aside), Some(cell)) => aside.direct_meter((id, found.entry), cell, size, env.now),
        };
        packet.colours[meter.index()] = colour as u8;
    }
}

/// The action that a lookup leads to, with its arguments in `found`. Compiled code looks many packets up at once, and comes here
/// for those whose entries lead to no action of their own.
pub fn resolve(
    env: &mut Env<'_>,
    packet: &mut Packet,
    scratch: &mut Scratch,
    id: TableId,
    found: &mut Match,
) -> Applied {
    let (state, at) = (env.state, id.index());
    let program = &state.program.tables[at];
    let hit = found.hit;
    let action = match found.target {
        RowTarget::Action(action) => Some(action),
        RowTarget::Group(set) if program.protection.is_some() => protect(env, packet, at, set, found),
        _ => program.profile.and_then(|profile| member(env, packet, scratch, (id, profile), found)),
    };
    let action = action.unwrap_or_else(|| find_default(state, found, at));
    Applied { hit, action }
}

fn set_params(state: &State, packet: &mut Packet, found: &Match, table: usize, action: u32) {
    let mut from = 0;
    let params = state.layout.table(table).params.get(action as usize).map_or(&[][..], Vec::as_slice);
    for place in params {
        let words = place.words();
        if let Some(args) = found.args.get(from..from + words) {
            packet.frame[place.range()].copy_from_slice(args);
        }
        from += words;
    }
}

/// What a protection group chooses, with the path in `found`. Flows are told apart by the table's selector keys.
fn protect(env: &Env<'_>, packet: &Packet, table: usize, set: u32, found: &mut Match) -> Option<u32> {
    let state = env.state;
    let protected = state.protected[table]?;
    let sets = state.protections.get(protected.group.index())?;
    let hash = || {
        let selectors = &state.layout.table(table).selectors;
        index_hash(selectors.iter().flat_map(|place| packet.frame[place.range()].iter().copied())) as u32
    };
    let (action, path) = protected.choose(sets, set, &env.around, hash)?;
    found.args.clear();
    found.args.push(u64::from(path));
    Some(action)
}

/// The action of a member or of a group's choice, its arguments in `found`; `None` for an empty group.
fn member(
    env: &mut Env<'_>,
    packet: &Packet,
    scratch: &mut Scratch,
    (table, profile): (TableId, ProfileId),
    found: &mut Match,
) -> Option<u32> {
    let Env { state, caches, random, .. } = env;
    let data = caches.profiles[profile.index()].get(&state.profiles[profile.index()]);
    let member = match found.target {
        RowTarget::Action(action) => return Some(action),
        RowTarget::Member(member) => member,
        RowTarget::Group(group) => {
            let group = data.groups.get(group)?;
            match group.members.as_slice() {
                [(_, only)] => *only,
                _ => group.pick(selector_hash(state, random, packet, scratch, (table, profile)))?,
            }
        }
    };
    let member = data.members.get(member)?;
    found.args.clear();
    found.args.extend_from_slice(&member.args);
    state.action_of(table.index(), member.action)
}

fn selector_hash(
    state: &State,
    random: &mut Random,
    packet: &Packet,
    scratch: &mut Scratch,
    (table, profile): (TableId, ProfileId),
) -> u64 {
    let Some(selector) = &state.program.profiles[profile.index()].selector else { return 0 };
    let mut writer = BitWriter::over(std::mem::take(&mut scratch.bytes));
    for place in &state.layout.table(table.index()).selectors {
        writer.put(packet.limbs(&state.layout, *place), place.width);
    }
    let bytes = writer.finish();
    let hash = hash::compute(selector.algorithm, &bytes, random);
    scratch.bytes = bytes;
    hash & crate::bits::mask64(selector.width)
}
