//! What all workers of a program share: read without locks, written by one [`crate::Control`].

use crate::around::Around;
use crate::control::{CloneSession, MulticastNode};
use crate::device::Options;
use crate::error::DeviceError;
use crate::events::Event;
use crate::externs::counter::CounterArray;
use crate::externs::gate::Gate;
use crate::externs::meter::MeterArray;
use crate::externs::random::Random;
use crate::externs::register::RegisterArray;
use crate::layout::Layout;
use crate::protection::{Protected, Sets};
use crate::role::Bound;
use crate::snapshot::{Cached, Paged, Snapshot};
use crate::table::{Extras, KeyPart, Shape, Table};
use front::ir::{ActionId, Op, Program};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Clone sessions and multicast groups.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    pub sessions: Paged<CloneSession>,
    pub groups: Paged<Arc<Vec<MulticastNode>>>,
}

/// A member of an action profile.
#[derive(Debug, Clone)]
pub struct MemberData {
    pub action: ActionId,
    /// Each argument in whole words.
    pub args: Vec<u64>,
}

/// A group of an action selector.
#[derive(Debug, Clone, Default)]
pub struct GroupData {
    /// Sum of the weights so far, and the member's place.
    pub members: Vec<(u64, u32)>,
}

impl GroupData {
    /// The member that a hash leads to.
    pub fn pick(&self, hash: u64) -> Option<u32> {
        let (total, _) = self.members.last()?;
        let at = hash.checked_rem(*total)?;
        let place = self.members.partition_point(|(sum, _)| *sum <= at);
        self.members.get(place).map(|(_, member)| *member)
    }
}

/// Members and groups by their places.
#[derive(Debug, Clone, Default)]
pub struct ProfileData {
    pub members: Paged<Arc<MemberData>>,
    pub groups: Paged<Arc<GroupData>>,
}

#[derive(Debug)]
pub struct State {
    pub program: Arc<Program>,
    pub layout: Layout,
    pub tables: Arc<[Table]>,
    pub value_sets: Arc<[Table]>,
    pub counters: Arc<[CounterArray]>,
    pub meters: Arc<[MeterArray]>,
    pub registers: Arc<[RegisterArray]>,
    pub profiles: Arc<[Snapshot<ProfileData>]>,
    pub traffic: Arc<Snapshot<Traffic>>,
    pub gate: Gate,
    /// Who holds a copy of this can tell whether a state is this one.
    pub identity: Arc<()>,
    /// Whether there are `@atomic` blocks: only then does each extern call pass the gate.
    pub atomic: bool,
    /// Nanoseconds, as last told.
    pub clock: AtomicU64,
    pub drop_port: u32,
    pub step_limit: u32,
    /// For each table what of the switch is behind it; nothing where a program runs by itself.
    pub roles: Vec<Option<Bound>>,
    /// The sets of paths of each protection group.
    pub protections: Arc<[Sets]>,
    /// For each table what its protection group chooses.
    pub protected: Vec<Option<Protected>>,
    /// For each table how its lookup keys are made.
    key_parts: Vec<Vec<KeyPart>>,
    /// For each table the index of each action of the program.
    actions: Vec<Vec<Option<u32>>>,
}

impl State {
    pub fn new(program: Arc<Program>, options: &Options) -> Result<State, DeviceError> {
        crate::check::check(&program)?;
        let used = std::cell::Cell::new(0u64);
        let fits = |kind: &'static str, name: &str, size: u64| {
            let weight = if kind == "meter" { 8 } else { 1 };
            let total = used.get().saturating_add(size.saturating_mul(weight));
            if total <= options.cell_limit {
                used.set(total);
                return Ok(size);
            }
            let limit = (options.cell_limit - used.get()) / weight;
            Err(DeviceError::TooManyCells { kind, name: name.to_owned(), size, limit })
        };
        let counters =
            program.counters.iter().map(|c| Ok(CounterArray::new(fits("counter", &c.name, c.size)?)));
        let meters =
            program.meters.iter().map(|m| Ok(MeterArray::new(fits("meter", &m.name, m.size)?, m.bytes)));
        let registers = program
            .registers
            .iter()
            .map(|r| Ok(RegisterArray::new(fits("register", &r.name, r.size)?, r.width)));
        let protections = program.protection_groups.iter().enumerate().map(|(at, of)| {
            let used = program.tables.iter().any(|table| table.protection.is_some_and(|id| id.index() == at));
            Ok(Sets::new(if used { fits("protection group", &of.name, of.size)? } else { 0 }))
        });
        let table = |table: &front::ir::Table| {
            let extras = Extras {
                counter: table.counter.is_some(),
                meter: table.meter.is_some(),
                idle: table.idle_timeout,
            };
            Table::new(Shape::of(&program, table), extras)
        };
        let value_set = |set: &front::ir::ValueSet| {
            let keys = set.keys.iter().map(|key| (key.name.clone(), key.kind, key.ty.width, key.ty.signed));
            Table::new(Shape::new(keys, 0), Extras::default())
        };
        let layout = Layout::new(&program);
        let tables: Arc<[Table]> = program.tables.iter().map(table).collect();
        Ok(State {
            key_parts: key_parts(&layout, &tables),
            layout,
            tables,
            value_sets: program.value_sets.iter().map(value_set).collect(),
            counters: counters.collect::<Result<_, _>>()?,
            meters: meters.collect::<Result<_, _>>()?,
            registers: registers.collect::<Result<_, _>>()?,
            protections: protections.collect::<Result<_, _>>()?,
            protected: protected(&program),
            profiles: program.profiles.iter().map(|_| Snapshot::new(ProfileData::default())).collect(),
            traffic: Arc::new(Snapshot::new(Traffic::default())),
            gate: Gate::default(),
            identity: Arc::new(()),
            atomic: uses_atomic(&program),
            clock: AtomicU64::new(0),
            drop_port: options.drop_port,
            step_limit: options.step_limit,
            roles: program
                .tables
                .iter()
                .map(|table| Bound::of(&program, table).filter(|_| options.roles))
                .collect(),
            actions: action_places(&program),
            program,
        })
    }

    /// The same tables and externs under the program that this one's was made from: of the same objects with the same numbers,
    /// and with other code.
    pub fn twin(&self, program: Arc<Program>) -> Result<State, DeviceError> {
        crate::check::check(&program)?;
        let layout = Layout::new(&program);
        Ok(State {
            key_parts: key_parts(&layout, &self.tables),
            layout,
            tables: Arc::clone(&self.tables),
            value_sets: Arc::clone(&self.value_sets),
            counters: Arc::clone(&self.counters),
            meters: Arc::clone(&self.meters),
            registers: Arc::clone(&self.registers),
            protections: Arc::clone(&self.protections),
            protected: protected(&program),
            profiles: Arc::clone(&self.profiles),
            traffic: Arc::clone(&self.traffic),
            gate: Gate::default(),
            identity: Arc::new(()),
            atomic: uses_atomic(&program),
            clock: AtomicU64::new(0),
            drop_port: self.drop_port,
            step_limit: self.step_limit,
            roles: program
                .tables
                .iter()
                .zip(&self.roles)
                .map(|(table, bound)| Bound::of(&program, table).filter(|_| bound.is_some()))
                .collect(),
            actions: action_places(&program),
            program,
        })
    }

    /// Makes the lookup key of a table of a packet's frame; `key` has its words.
    #[inline]
    pub fn gather_key(&self, table: usize, frame: &[u64], key: &mut [u64]) {
        key.fill(0);
        for part in &self.key_parts[table] {
            key[part.to as usize] |= frame[part.from as usize] << part.shift;
        }
    }

    /// The index of an action among those of a table.
    pub fn action_of(&self, table: usize, action: ActionId) -> Option<u32> {
        *self.actions.get(table)?.get(action.index())?
    }
}

fn key_parts(layout: &Layout, tables: &[Table]) -> Vec<Vec<KeyPart>> {
    let of = |(at, table): (usize, &Table)| {
        table.shape().parts(layout.table(at).keys.iter().map(|place| place.range()))
    };
    tables.iter().enumerate().map(of).collect()
}

fn protected(program: &Program) -> Vec<Option<Protected>> {
    program.tables.iter().map(|table| Protected::of(program, table)).collect()
}

fn uses_atomic(program: &Program) -> bool {
    let blocks = program.codes().into_iter().flat_map(|code| &code.blocks);
    blocks.flat_map(|block| &block.ops).any(|op| matches!(op, Op::AtomicBegin))
}

fn action_places(program: &Program) -> Vec<Vec<Option<u32>>> {
    let of = |table: &front::ir::Table| {
        let mut places = vec![None; program.actions.len()];
        for (at, action) in table.actions.iter().enumerate() {
            places[action.action.index()].get_or_insert(at as u32);
        }
        places
    };
    program.tables.iter().map(of).collect()
}

/// A worker's copies of what is published whole.
#[derive(Debug)]
pub struct Caches {
    pub profiles: Vec<Cached<ProfileData>>,
    pub traffic: Cached<Traffic>,
}

impl Caches {
    pub fn new(state: &State) -> Caches {
        Caches {
            profiles: state.profiles.iter().map(Cached::new).collect(),
            traffic: Cached::new(&state.traffic),
        }
    }
}

/// Events until they are taken, bounded.
#[derive(Debug)]
pub struct Events {
    queue: VecDeque<Event>,
    limit: usize,
    lost: u64,
}

impl Events {
    pub fn new(limit: usize) -> Events {
        Events { queue: VecDeque::new(), limit, lost: 0 }
    }

    pub fn push(&mut self, event: Event) {
        if self.queue.len() < self.limit {
            self.queue.push_back(event);
        } else {
            self.lost += 1;
        }
    }

    pub fn take(&mut self) -> Vec<Event> {
        self.queue.drain(..).collect()
    }

    /// The oldest.
    pub fn pop(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }

    /// Events that found no place.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// What an engine works with besides the packets.
#[derive(Debug)]
pub struct Env<'a> {
    pub state: &'a State,
    /// Nanoseconds.
    pub now: u64,
    pub random: &'a mut Random,
    pub caches: &'a mut Caches,
    pub events: &'a mut Events,
    pub around: Around<'a>,
}
