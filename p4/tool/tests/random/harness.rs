//! One device under a script: a controller's changes and packets in turns, and everything that can be seen of it.

use super::Random;
use front::ir::{ActionCall, Bits, KeyMatch, MatchKind, ProfileId, RegisterId, TableId, ValueSetId};
use num_bigint::BigUint;
use rt::{
    CloneSession, Control, Device, DropReason, EntryId, GroupMember, Member, MulticastNode, NewEntry, Output,
    Target,
};
use std::sync::Arc;

/// What a device did, to be compared.
#[derive(Debug, PartialEq)]
pub struct Trace {
    pub outputs: Vec<Output>,
    pub events: Vec<rt::Event>,
    pub cells: Vec<String>,
}

const TURNS: usize = 3;
/// Of a register or counter that are looked at.
const MOST_CELLS: u64 = 1024;

pub fn trace(mut device: Device, packets: &[(u16, Vec<u8>)], seed: u64) -> Trace {
    let mut random = Random(seed ^ 0x5eed);
    let (mut outputs, mut events, mut cells) = (vec![], vec![], vec![]);
    configure(device.control());
    for (turn, packets) in packets.chunks(packets.len().div_ceil(TURNS)).enumerate() {
        device.set_time(turn as u64 * 1_000_000);
        change(device.control(), &mut random, &mut cells);
        for (port, frame) in packets {
            device.inject(*port, frame);
        }
        outputs.extend(device.run());
        events.extend(device.events());
    }
    // Each kind is told in the order of the packets; a vector has its log lines before its digests.
    events.sort_by_key(|event| match event {
        rt::Event::Digest { .. } => 0,
        rt::Event::Log { .. } => 1,
        rt::Event::Assertion { .. } => 2,
        rt::Event::Drop { .. } => 3,
    });
    for reason in DropReason::ALL {
        cells.push(format!("dropped {reason:?}: {}", device.drops(reason)));
    }
    state(device.control(), &mut cells);
    Trace { outputs, events, cells }
}

/// Clone sessions 1 to 3, multicast groups 1 and 2; rates that the packets exceed.
fn configure(control: &mut Control) {
    let node = |rid, ports: &[u16]| MulticastNode { rid, ports: ports.to_vec() };
    control.set_group(1, &[node(1, &[1, 2]), node(7, &[3])]).expect("a group");
    control.set_group(2, &[node(0, &[4])]).expect("a group");
    let session = |port, group, truncate| CloneSession { port, group, rid: 5, truncate };
    control.set_session(1, session(Some(6), None, None)).expect("a session");
    control.set_session(2, session(Some(7), Some(2), Some(20))).expect("a session");
    control.set_session(3, session(None, Some(1), None)).expect("a session");
    let program = Arc::clone(control.program());
    for at in 0..program.meters.len() {
        let rates = rt::MeterRates::per_second(1, 2, 2, 4);
        control.set_meters(front::ir::MeterId(at as u32), Some(rates)).expect("a meter");
    }
    for (at, _) in program.tables.iter().enumerate().filter(|(_, table)| table.meter.is_some()) {
        let rates = rt::MeterRates::per_second(1, 300, 2, 600);
        control.set_default_meter(TableId(at as u32), Some(rates)).expect("a table with a meter");
    }
}

fn state(control: &Control, cells: &mut Vec<String>) {
    let program = Arc::clone(control.program());
    for (at, register) in program.registers.iter().enumerate() {
        for index in 0..register.size.min(MOST_CELLS) {
            let value = control.register(RegisterId(at as u32), index);
            cells.push(format!("{}[{index}] {value:?}", register.name));
        }
    }
    for (at, counter) in program.counters.iter().enumerate() {
        for index in 0..counter.size.min(MOST_CELLS) {
            let value = control.counter(front::ir::CounterId(at as u32), index);
            cells.push(format!("{}[{index}] {value:?}", counter.name));
        }
    }
    for (at, table) in program.tables.iter().enumerate() {
        let id = TableId(at as u32);
        if table.counter.is_some() {
            cells.push(format!("{} default {:?}", table.name, control.default_counter(id)));
            let entries = sorted(control, id);
            let value =
                |entry: &EntryId| format!("{} {entry} {:?}", table.name, control.direct_counter(id, *entry));
            cells.extend(entries.iter().map(value));
        }
        if table.idle_timeout {
            let hit = |entry: &EntryId| control.entry(id, *entry).map(|entry| entry.last_hit);
            let line = |entry: EntryId| format!("{} {entry} hit {:?}", table.name, hit(&entry));
            cells.extend(sorted(control, id).into_iter().map(line));
        }
    }
}

fn sorted(control: &Control, table: TableId) -> Vec<EntryId> {
    let mut all: Vec<EntryId> =
        control.entries(table).expect("a table").iter().map(|entry| entry.id).collect();
    all.sort();
    all
}

/// A few changes of each table and value set; what was refused is part of the trace.
fn change(control: &mut Control, random: &mut Random, log: &mut Vec<String>) {
    let program = Arc::clone(control.program());
    for at in 0..program.profiles.len() {
        for _ in 0..random.below(6) {
            let done = change_profile(control, random, ProfileId(at as u32));
            log.push(format!("{} {done:?}", program.profiles[at].name));
        }
    }
    for (at, table) in program.tables.iter().enumerate() {
        let id = TableId(at as u32);
        for _ in 0..random.below(4) {
            let call = ActionCall { action: random.below(table.actions.len() as u64) as u32, args: vec![] };
            let of = &program.actions[table.actions[call.action as usize].action.index()];
            let args = of.params.iter().map(|param| value(random, param.ty.width)).collect();
            let call = ActionCall { args, ..call };
            let entries = sorted(control, id);
            let target = match table.profile.map(|_| random.below(8)) {
                None | Some(7) => Target::Action(call.clone()),
                Some(place @ 0..=3) => Target::Member(place as u32),
                Some(place) => Target::Group(place as u32 - 4),
            };
            let done = match random.below(8) {
                0 => control.set_default(id, &call).map(|()| String::new()),
                1 if !entries.is_empty() => {
                    let entry = entries[random.below(entries.len() as u64) as usize];
                    control.delete(id, entry).map(|()| String::new())
                }
                2 if !entries.is_empty() => {
                    let entry = entries[random.below(entries.len() as u64) as usize];
                    control.modify(id, entry, &target).map(|()| String::new())
                }
                _ => {
                    let keys = table.keys.iter().map(|k| key(random, k.kind, k.ty.width)).collect();
                    let priority = random.below(5) as i64;
                    let done = control.insert(id, &NewEntry::new(keys, priority, target));
                    if let (Ok(entry), Some(_)) = (&done, table.meter) {
                        let rates = rt::MeterRates::per_second(1, 200, 2, 500);
                        control.set_direct_meter(id, *entry, Some(rates)).expect("a table with a meter");
                    }
                    done.map(|id| id.to_string())
                }
            };
            log.push(format!("{} {done:?}", table.name));
        }
    }
    for (at, set) in program.value_sets.iter().enumerate() {
        let keys: Vec<KeyMatch> = set.keys.iter().map(|k| key(random, k.kind, k.ty.width)).collect();
        let done = control.insert_value(ValueSetId(at as u32), &keys);
        log.push(format!("{} {done:?}", set.name));
    }
}

/// A member or a group comes, changes or goes.
fn change_profile(
    control: &mut Control,
    random: &mut Random,
    profile: ProfileId,
) -> Result<(), rt::ControlError> {
    let program = Arc::clone(control.program());
    let Some(table) = program.profiles[profile.index()].tables.first() else { return Ok(()) };
    let actions = &program.tables[table.index()].actions;
    let action = actions[random.below(actions.len() as u64) as usize].action;
    let params = &program.actions[action.index()].params;
    let args = params.iter().map(|param| value(random, param.ty.width)).collect();
    let member = Member { action, args };
    let id = random.below(4) as u32;
    let weight = |random: &mut Random| random.below(4) as u32;
    let parts: Vec<GroupMember> = (0..random.below(4))
        .map(|_| GroupMember { member: random.below(4) as u32, weight: weight(random) })
        .collect();
    match random.below(10) {
        0..=3 => control.add_member(profile, id, &member),
        4 => control.modify_member(profile, id, &member),
        5 => control.delete_member(profile, id),
        6 | 7 => control.add_selector_group(profile, id, &parts),
        8 => control.modify_selector_group(profile, id, &parts),
        _ => control.delete_selector_group(profile, id),
    }
}

/// Often one that packets have too.
fn value(random: &mut Random, width: u32) -> Bits {
    let ones = (BigUint::from(1u8) << width) - 1u8;
    let value = match random.below(5) {
        0 => BigUint::ZERO,
        1 => BigUint::from(1u8),
        2 => ones.clone(),
        _ => BigUint::from_bytes_be(&random.bytes(width.div_ceil(8) as usize)),
    };
    Bits { width, value: value & ones }
}

fn key(random: &mut Random, kind: MatchKind, width: u32) -> KeyMatch {
    let bits = value(random, width);
    match kind {
        MatchKind::Exact => KeyMatch::Exact(bits),
        MatchKind::Selector => KeyMatch::Any,
        _ if random.below(6) == 0 => KeyMatch::Any,
        MatchKind::Optional => KeyMatch::Optional(bits),
        MatchKind::Lpm => {
            let length = random.below(u64::from(width) + 1) as u32;
            let value = (bits.value >> (width - length)) << (width - length);
            KeyMatch::Lpm { value: Bits { width, value }, length }
        }
        MatchKind::Ternary => {
            let mask = value(random, width);
            KeyMatch::Ternary { value: Bits { width, value: bits.value & &mask.value }, mask }
        }
        MatchKind::Range => {
            let other = value(random, width);
            let (lo, hi) = if bits.value <= other.value { (bits, other) } else { (other, bits) };
            KeyMatch::Range { lo, hi }
        }
    }
}
