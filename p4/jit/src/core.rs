//! Vectors through compiled stages: what the device's engine and a worker's lane have in common.

use crate::abi::{Context, Exit, Fixed, Left, OpResult, Piece, Reason, VECTOR, WHY_DROP, special};
use crate::calls::CALLS;
use crate::cells::Directory;
use crate::compile::{CompileError, Compiled, Limits, Purpose, compile};
use crate::defaults::{DefaultPlace, Defaults};
use crate::emit::{AHEAD, Entry, HostOp};
use crate::handed::Handed;
use crate::laps::{self, Laps};
use crate::lookup::{Bulk, look_up};
use crate::plan::Plan;
use crate::room::{Room, waiting};
use fib::{GroupId, PathId, Preferred, Selection, WorkerEpoch};
use front::ir::{HeaderId, Op, Role, Rvalue, SwitchValue, TableId};
use rt::interp::{self, Flow, Scratch};
use rt::packet::{Packet, Why};
use rt::role::Bound;
use rt::state::{Env, State};
use rt::stream::BitWriter;
use std::sync::Arc;

/// The compiled code of a state's program, for any number of workers.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) facts: Arc<Facts>,
}

impl Machine {
    /// For the lanes of a switch.
    pub fn new(state: &State) -> Result<Machine, CompileError> {
        Machine::for_purpose(state, Purpose::Lane)
    }

    pub(crate) fn for_purpose(state: &State, purpose: Purpose) -> Result<Machine, CompileError> {
        let plan = Plan::new(&state.program, &state.roles);
        let layout = |slot| state.layout.slot(slot).at;
        let limits = Limits { max_steps: state.step_limit, drop_port: state.drop_port };
        let compiled = compile(&plan, &layout, limits, purpose, false)?;
        let facts = Facts::new(&plan, state, &compiled);
        Ok(Machine { compiled: Arc::new(compiled), facts: Arc::new(facts) })
    }

    /// The parts of a vector's way, by the names of the program; see [`crate::Lane::laps`].
    pub fn parts(&self) -> &[String] {
        &self.facts.parts
    }
}

/// What is left of the plan when the code is made.
#[derive(Debug)]
pub(crate) struct Facts {
    pub aligned: bool,
    pub wire_deparser: bool,
    pub one_by_one: bool,
    /// The host reads bytes of packets as they entered. Of one that leaves the straight way after ingress or egress only the
    /// payload is read, which nothing has changed: it is taken when the packet leaves.
    pub needs_bytes: bool,
    /// The program asks for things by [`Packet::requests`] or [`Packet::truncate`].
    pub asks: bool,
    /// The host works on packets, not compiled code alone.
    pub hosted: bool,
    /// Some tables are the switch's own.
    roles: bool,
    /// Headers at home in bytes, with their areas.
    areas: Vec<(HeaderId, u32)>,
    area_bytes: u32,
    pieces_offset: usize,
    /// Words of a packet's extra area.
    extra: usize,
    handed: Handed,
    direct_meters: usize,
    /// Ways to sites, and the order in which they are to be run.
    sites: Vec<SiteFacts>,
    order: Vec<usize>,
    longest_header: usize,
    /// Words.
    longest_key: usize,
    defaults: Vec<Option<DefaultPlace>>,
    parts: Vec<String>,
}

#[derive(Debug)]
struct SiteFacts {
    table: TableId,
    /// Its number in the plan.
    site: usize,
    merges: bool,
    /// Routes, looked up for the whole vector.
    fib: Option<Bound>,
    /// Whether the packet's bytes may differ there from what came in, which is what the hash of a flow is of.
    written: bool,
}

impl Facts {
    fn new(plan: &Plan<'_>, state: &State, compiled: &Compiled) -> Facts {
        let areas = plan.areas.iter().enumerate();
        let areas = areas.filter_map(|(index, area)| area.map(|area| (HeaderId(index as u32), area)));
        let is_fib = |bound: &&Bound| matches!(bound.role, Role::Ipv4Fib | Role::Ipv6Fib);
        let stages_to = |way: usize| compiled.ends.iter().filter(|(_, of)| *of == way).count();
        let sites =
            compiled.sites.iter().map(|at| (*at, &plan.sites[*at])).enumerate().map(|(way, (at, site))| {
                SiteFacts {
                    table: site.table,
                    site: at,
                    merges: plan.ordered && stages_to(way) > 1,
                    fib: plan.role(site.table).filter(is_fib).cloned(),
                    written: !plan.is_pristine_behind(site.node),
                }
            });
        let sites: Vec<SiteFacts> = sites.collect();
        let mut order: Vec<usize> = (0..sites.len()).collect();
        order.sort_by_key(|way| compiled.sites[*way]);
        let keeps_flow = plan.keeps_flow(compiled);
        let hosted = !compiled.host_ops.is_empty()
            || keeps_flow
            || sites.iter().any(|site| site.fib.is_none() && plan.is_indirect(site.table))
            || compiled.lookups.iter().any(|(_, table)| plan.role(*table).is_none())
            || plan.leaves_ingress
            || plan.leaves_egress
            || !plan.wire_deparser;
        let longest = plan.program.headers.iter().map(|header| header.fixed_bits.div_ceil(8) as usize).max();
        let ops =
            || plan.program.codes().into_iter().flat_map(|code| &code.blocks).flat_map(|block| &block.ops);
        // Of operations that the code does not do itself.
        let codes = plan.program.codes();
        let called = |(code, block, at): &HostOp| &codes[*code].blocks[block.index()].ops[*at];
        let reads_bytes = |op: &Op| match op {
            Op::Extract { .. } | Op::Lookahead { .. } => true,
            Op::VerifyChecksum { payload, .. } | Op::UpdateChecksum { payload, .. } => *payload,
            Op::Clone { .. } | Op::Resubmit { .. } | Op::Recirculate { .. } => true,
            Op::Set { dst, value: Rvalue::Switch { what: SwitchValue::FlowHash, .. } } => {
                !plan.is_selector_of_role(*dst)
            }
            _ => false,
        };
        let asks = |op: &Op| {
            matches!(
                op,
                Op::Clone { .. }
                    | Op::Resubmit { .. }
                    | Op::Recirculate { .. }
                    | Op::Digest { .. }
                    | Op::Truncate { .. }
            )
        };
        Facts {
            aligned: plan.aligned,
            wire_deparser: plan.wire_deparser,
            one_by_one: plan.one_by_one,
            needs_bytes: !plan.aligned
                || !plan.wire_deparser
                || keeps_flow
                || compiled.host_ops.iter().map(called).any(reads_bytes),
            asks: ops().any(asks),
            hosted,
            roles: state.roles.iter().any(Option::is_some),
            areas: areas.collect(),
            area_bytes: plan.area_bytes,
            pieces_offset: plan.pieces_offset() as usize,
            extra: plan.extra_bytes().div_ceil(8),
            handed: plan.handed,
            direct_meters: plan.program.direct_meters.len(),
            sites,
            order,
            longest_header: longest.unwrap_or(0),
            longest_key: state.tables.iter().map(|table| table.shape().key_words).max().unwrap_or(0),
            defaults: plan.defaults.clone(),
            parts: laps::names(plan),
        }
    }
}

/// Packets of a vector that are run on end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// The first one.
    pub from: usize,
    /// It ends before the first packet that may be BFD's.
    pub listens: bool,
}

/// One worker's memory for a vector. Nothing is allocated while packets pass.
#[derive(Debug)]
pub(crate) struct Core {
    pub machine: Machine,
    scratch: Scratch,
    cells: Directory,
    defaults: Defaults,
    /// The packets of this vector come first.
    pub room: Room,
    pub count: usize,
    /// Where they came in, if by a port.
    port: u16,
    /// Packets of this vector or of those before have reasons, which those of the next are not to begin with.
    reasoned: bool,
    /// Extra areas, one after the other.
    extra: Vec<u64>,
    zeros: Vec<u64>,
    /// Of a header that is put together.
    header: Vec<u8>,
    handed: Vec<u64>,
    /// By direct meter, then by packet.
    colours: Vec<u8>,
    /// What routes lead to.
    groups: [u32; VECTOR],
    bulk: Bulk,
    /// The numbers of all packets, then zeros.
    order: Vec<u16>,
    pub laps: Laps,
}

// SAFETY: the pointers to packets are written at the beginning of each vector, lead to memory of this worker, and are used during
// that vector only; nothing of it is tied to a thread.
unsafe impl Send for Core {}

impl Core {
    pub fn new(machine: &Machine) -> Core {
        let facts = &machine.facts;
        let mut extra = vec![0; facts.extra * VECTOR];
        Core {
            scratch: Scratch::default(),
            cells: Directory::default(),
            defaults: Defaults::new(&facts.defaults),
            room: Room::new(facts.sites.len(), extra.as_mut_ptr(), facts.extra),
            count: 0,
            port: 0,
            reasoned: false,
            extra,
            zeros: vec![0; facts.longest_header / 8 + 2],
            header: vec![],
            handed: vec![0; VECTOR * facts.handed.all],
            colours: vec![0; VECTOR * facts.direct_meters],
            groups: [0; VECTOR],
            bulk: Bulk::new(facts.longest_key),
            order: (0..VECTOR as u16).chain([0; AHEAD]).collect(),
            laps: Laps::new(facts.parts.len()),
            machine: machine.clone(),
        }
    }

    /// With all that belongs to a state, so that its first packet finds it.
    pub fn for_state(machine: &Machine, state: &State) -> Core {
        let mut core = Core::new(machine);
        core.cells.count_alone(state);
        core
    }

    /// Begins a vector.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Begins a vector of packets that have just come in by a port; those before `from` are those of the vector that is
    /// running.
    ///
    /// # Safety
    /// As of [`Core::push`].
    #[inline(always)]
    pub unsafe fn fill<'f>(&mut self, port: u16, from: usize, frames: impl Iterator<Item = &'f mut [u8]>) {
        let packets = self.room.packets_mut();
        let mut count = 0;
        for ((data, length), bytes) in packets.data.iter_mut().zip(&mut packets.length).zip(frames) {
            let at = (bytes.as_mut_ptr(), bytes.len() as u32);
            assert!(count >= from || at == (*data, *length), "it is where it was");
            (*data, *length) = at;
            count += 1;
        }
        assert!(count >= from, "the vector is whole");
        packets.left[from..count].fill(Left::NOT_YET);
        // Hardly any packet has one, and what a vector does not touch does not drive its frames out of the first-level cache.
        if from == 0 && std::mem::take(&mut self.reasoned) {
            packets.why.fill(Reason::default());
        }
        if self.machine.facts.asks {
            packets.flags[from..count].fill(0);
        }
        if from == 0 {
            self.colours.fill(0);
        }
        (self.count, self.port) = (count, port);
    }

    /// Where a packet's slots are.
    pub fn set_frame(&mut self, at: usize, packet: &mut Packet) {
        self.room.packets_mut().frame[at] = packet.frame.as_mut_ptr();
    }

    /// Adds the packet whose bytes are these; its state is in its frame.
    ///
    /// # Safety
    /// The bytes and the packet's frame must stay where they are, and nothing else may use the bytes, until the vector has
    /// run. [`Core::gather`] and [`Core::bytes`] are given the same bytes.
    pub unsafe fn push(&mut self, state: &State, packet: &mut Packet, bytes: &mut [u8], entry: Entry) {
        let facts = Arc::clone(&self.machine.facts);
        let at = self.count;
        self.count += 1;
        if entry != Entry::Parser && entry != Entry::Reparse {
            let extra = &mut self.extra[at * facts.extra..(at + 1) * facts.extra];
            import_headers(&facts, state, packet, extra, (self.zeros.as_ptr().cast(), &mut self.header));
        }
        let cursor = if facts.aligned { (packet.cursor / 8).min(bytes.len()) } else { 0 };
        let packets = self.room.packets_mut();
        let data = bytes.as_mut_ptr();
        packets.data[at] = data;
        packets.length[at] = bytes.len() as u32;
        packets.cursor[at] = data.wrapping_add(cursor);
        packets.frame[at] = packet.frame.as_mut_ptr();
        packets.left[at] = Left::NOT_YET.with_path(packet.path);
        let why = u16::from(packet.why.code) | if packet.why.drop { WHY_DROP } else { 0 };
        packets.why[at] = Reason { why, argument: packet.why.argument };
        self.reasoned = true;
        packets.instance[at] = packet.instance as u32;
        packets.flags[at] = packet.requests.recirculate.is_some().into();
        for (colours, colour) in self.colours.chunks_exact_mut(VECTOR).zip(&packet.colours) {
            colours[at] = *colour;
        }
    }

    /// Runs the vector. `packets` are those that were pushed.
    pub fn run(&mut self, env: &mut Env<'_>, packets: &mut [Packet], entry: Entry) {
        let whole = Stretch { from: 0, listens: false };
        let stopped = self.run_stretch(env, packets, entry, whole);
        debug_assert_eq!(stopped, None, "nobody listens");
    }

    /// The same from some packet on, up to where it has to stop: at most once, as the rest is then run in another stretch.
    pub fn run_stretch(
        &mut self,
        env: &mut Env<'_>,
        packets: &mut [Packet],
        entry: Entry,
        Stretch { from, listens }: Stretch,
    ) -> Option<usize> {
        let count = self.count;
        assert!(count <= packets.len() && count <= VECTOR, "each record is of a packet");
        let Machine { compiled, facts } = &self.machine;
        let paths = env.around.fib.filter(|_| facts.roles).map(WorkerEpoch::raw_paths);
        assert!(paths.is_some() || !facts.roles, "roles are those of a switch");
        let context = self.room.context();
        let fixed = context.cast::<Fixed>();
        // SAFETY: a room begins with them, and nothing else uses it until the vector has run.
        let (shared, again, results) = unsafe {
            (&raw mut (*fixed).packets, &raw mut (*fixed).again, (&raw mut (*fixed).results).cast::<u64>())
        };
        let ports = env.around.ports;
        let asked = Context {
            packets: shared,
            ingress_port: self.port.into(),
            mac: ports.mac(self.port.into()).to_be(),
            interface: ports.interface(self.port.into(), 0).into(),
            zeros: self.zeros.as_mut_ptr().cast(),
            now: env.now / 1000,
            run_op,
            apply,
            host: std::ptr::null_mut(),
            results,
            handed: self.handed.as_mut_ptr(),
            colours: self.colours.as_mut_ptr(),
            ports: ports.rows().as_ptr(),
            vlans: ports.vlans().as_ptr(),
            vrfs: ports.vrfs().as_ptr(),
            paths: paths.map_or(std::ptr::null(), |paths| paths.slots),
            neighbors: paths.map_or(std::ptr::null(), |paths| paths.neighbors),
            calls: &CALLS,
            defaults: self.defaults.read(env.state, &facts.defaults),
            meter,
            cells: self.cells.of(env.state),
            page,
            gate: env.state.gate.place(),
            held: 0,
            enter,
            rarely: compiled.rarely(),
            asked: [0; 3],
            answer: 0,
            begin: from as u64,
            listens: listens.into(),
            stopped: count as u64,
            reasoned: self.reasoned.into(),
        };
        let mut host = Host {
            env,
            packets,
            scratch: &mut self.scratch,
            groups: &mut self.groups,
            bulk: &mut self.bulk,
            cells: &mut self.cells,
            ops: &compiled.host_ops,
            handed: facts.handed,
            aligned: facts.aligned,
        };
        // SAFETY: as above; there is a way to a cut for each site.
        let (refused, stopped) = unsafe {
            context.write(Context { host: std::ptr::from_mut(&mut host).cast(), ..asked });
            if from == 0 {
                (0..facts.sites.len()).for_each(|number| (*waiting(context, number)).list.count = 0);
                (*again).count = 0;
                self.laps.begin();
            }
            call(compiled, entry, context, &self.order, count);
            ((*again).count as usize, (*context).stopped as usize)
        };
        if stopped < count {
            // SAFETY: as above.
            self.reasoned = unsafe { (*context).reasoned } != 0;
            return Some(stopped);
        }
        if refused != 0 {
            // Their numbers are where the code finds them.
            call(compiled, Entry::Again, context, &self.order, refused);
        }
        self.laps.lap(0, count);
        for number in &facts.order {
            lookup_all(compiled, *number, &facts.sites[*number], context, &mut self.laps);
        }
        // SAFETY: as above.
        self.reasoned = unsafe { (*context).reasoned } != 0;
        debug_assert!(self.zeros.iter().all(|word| *word == 0), "a header that is not there was written");
        None
    }

    /// How a packet left, and where its payload begins.
    #[inline(always)]
    pub fn exit(&self, at: usize) -> (Option<Exit>, usize) {
        let packets = self.room.packets();
        (packets.left[at].exit(), (packets.cursor[at] as usize).wrapping_sub(packets.data[at] as usize))
    }

    /// Why it is punted or dropped, as the program says.
    pub fn why(&self, at: usize) -> Why {
        let Reason { why, argument } = self.room.packets().why[at];
        Why { drop: why & WHY_DROP != 0, code: why as u8, argument }
    }

    /// What direct meters found of a packet.
    pub fn colours(&self, at: usize, into: &mut [u8]) {
        for (colour, colours) in into.iter_mut().zip(self.colours.chunks_exact(VECTOR)) {
            *colour = colours[at];
        }
    }

    /// Whether what the deparser emitted is not what stands before the payload already.
    pub fn moved(&self, at: usize) -> bool {
        self.room.packets().left[at].moved()
    }

    /// What the deparser emitted of a packet that has these bytes.
    pub fn gather(&self, at: usize, bytes: &[u8], into: &mut Vec<u8>) {
        let packets = self.room.packets();
        let (data, extra) = (packets.data[at], packets.extra[at]);
        for number in 0..usize::from(packets.pieces[at]) {
            // SAFETY: compiled code wrote so many pieces there.
            let piece =
                unsafe { extra.add(self.machine.facts.pieces_offset).cast::<Piece>().add(number).read() };
            let length = piece.bytes as usize;
            let offset = (piece.from as usize).wrapping_sub(data as usize);
            match bytes.get(offset..offset.saturating_add(length)) {
                Some(part) => into.extend_from_slice(part),
                // SAFETY: a header that is not in the packet's bytes is in its area or the zeros, which are this worker's.
                None => into.extend_from_slice(unsafe { std::slice::from_raw_parts(piece.from, length) }),
            }
        }
    }
}

/// Puts valid headers from the frame into their areas, and says where each header is.
fn import_headers(
    facts: &Facts,
    state: &State,
    packet: &Packet,
    extra: &mut [u64],
    (zeros, buffer): (*const u8, &mut Vec<u8>),
) {
    let bases = facts.area_bytes as usize / 8;
    let begin = extra.as_mut_ptr();
    for (id, area) in &facts.areas {
        let header = &state.program.headers[id.index()];
        let base = if packet.word(state.layout.slot(header.valid)) == 0 {
            zeros
        } else {
            let mut writer = BitWriter::over(std::mem::take(buffer));
            for field in &header.fields {
                let place = state.layout.slot(field.slot);
                let length = field.length.map(|length| packet.word(state.layout.slot(length)) as u32);
                writer
                    .put(packet.limbs(&state.layout, place), length.unwrap_or(place.width).min(place.width));
            }
            let words = &mut extra[*area as usize / 8..];
            *buffer = writer.finish();
            for (word, bytes) in words.iter_mut().zip(buffer.chunks(8)) {
                let mut whole = [0; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                *word = u64::from_ne_bytes(whole);
            }
            begin.cast::<u8>().wrapping_add(*area as usize).cast_const()
        };
        extra[bases + id.index()] = base as u64;
    }
}

/// `list` is of packets that do not wait in the context's own memory.
fn call(compiled: &Compiled, entry: Entry, context: *mut Context, list: &[u16], count: usize) {
    let Some(stage) = compiled.stage(entry) else {
        unreachable!("{entry:?} is compiled wherever it is reached")
    };
    // SAFETY: the context describes `count` packets at least, and the list has `AHEAD` numbers more than that where the entry reads
    // it, all of them of packets; frames, extra areas and bytes outlive the call, and the functions of the context are ours.
    unsafe { stage(context, list.as_ptr(), count) };
}

/// Looks up what waits at a site, and runs the stage that follows.
fn lookup_all(compiled: &Compiled, number: usize, site: &SiteFacts, context: *mut Context, laps: &mut Laps) {
    // SAFETY: the context is that of a running vector, there is a way to a cut for each site, and nothing else uses what waits
    // at this one, or the host, until the next stage runs.
    let count = unsafe {
        let waiting = &mut *waiting(context, number);
        let count = std::mem::take(&mut waiting.list.count) as usize;
        if count == 0 {
            return;
        }
        let list = &mut waiting.list.numbers[..count];
        match &site.fib {
            Some(bound) => {
                routes(host(context), &*context, (bound, site), list, (&waiting.keys, &waiting.vrfs));
                if site.merges {
                    list.sort_unstable();
                }
            }
            None => {
                if site.merges {
                    list.sort_unstable();
                }
                look_up(&mut *context, site.table, list);
            }
        }
        count
    };
    laps.lap(laps::lookup(site.site), count);
    call(compiled, Entry::Site(number as u16), context, &[], count);
    laps.lap(laps::after(site.site), count);
}

/// Routes of a vector: bulk lookups, then the way out of each group now.
fn routes(
    host: &mut Host<'_, '_>,
    context: &Context,
    (bound, site): (&Bound, &SiteFacts),
    list: &[u16],
    (keys, vrfs): (&[u128; VECTOR], &[u16; VECTOR]),
) {
    let Some(fib) = host.env.around.fib else { return };
    let groups = &mut host.groups[..list.len()];
    let (vrfs, v6) = (bound.vrf.then_some(&vrfs[..list.len()]), &keys[..list.len()]);
    // SAFETY: compiled code wrote the address of each packet on the list to its place there, as `u32` where the table is that of
    // IPv4: there is memory for as many `u128`.
    let v4 = || unsafe { std::slice::from_raw_parts(keys.as_ptr().cast::<u32>(), list.len()) };
    match (bound.role == Role::Ipv4Fib, vrfs) {
        (true, None) => fib.lookup4_bulk(v4(), groups),
        (false, None) => fib.lookup6_bulk(v6, groups),
        (true, Some(vrfs)) => fib.lookup4_bulk_in(vrfs, v4(), groups),
        (false, Some(vrfs)) => fib.lookup6_bulk_in(vrfs, v6, groups),
    }
    // What each action of the role is in a result.
    let mut words = [NONE; 8];
    for (word, action) in words.iter_mut().zip(&bound.actions) {
        *word = action.as_ref().map_or(NONE, |action| HIT | u64::from(action.index));
    }
    let forward = words[rt::role::FORWARD];
    let mut at = 0;
    while at < list.len() {
        if forward != NONE {
            let (waiting, groups) = (&list[at..], &host.groups[at..]);
            let to = (forward, context.results);
            at += match host.env.around.repaired {
                Some(repaired) => {
                    take_preferred(waiting, groups, fib.preferred(), to, |dead| repaired.note(dead))
                }
                None => take_preferred(waiting, groups, fib.preferred(), to, |_| ()),
            };
        }
        if let Some(index) = list.get(at) {
            let (group, index) = (GroupId(host.groups[at]), usize::from(*index));
            let result = choose(host, context, (group, index), &words, site);
            // SAFETY: there is a result for each packet of the vector.
            unsafe { context.results.add(index).write(result) };
            at += 1;
        }
    }
}

/// Gives packets the paths that [`Preferred::select`] says, up to the first of which it says none; how many those are. A function of
/// its own, for what it needs to be in registers.
#[inline(never)]
fn take_preferred(
    waiting: &[u16],
    groups: &[u32],
    preferred: Preferred<'_>,
    (forward, results): (u64, *mut u64),
    note_repair: impl Fn(PathId),
) -> usize {
    for (at, (index, group)) in waiting.iter().zip(groups).enumerate() {
        let path = match preferred.select(GroupId(*group)) {
            Some(Selection::Path(path)) => path,
            Some(Selection::Repair { path, dead }) => {
                note_repair(dead);
                path
            }
            _ => return at,
        };
        // SAFETY: there is a result for each packet of the vector.
        unsafe { results.add(usize::from(*index)).write(u64::from(path.0) << 48 | forward) };
    }
    waiting.len().min(groups.len())
}

/// What a route leads a packet to, where its flow has to be looked at, or there is no live path.
#[inline(never)]
fn choose(
    host: &mut Host<'_, '_>,
    context: &Context,
    (group, at): (GroupId, usize),
    words: &[u64; 8],
    site: &SiteFacts,
) -> u64 {
    let Host { env, packets, scratch, .. } = host;
    let Some(fib) = env.around.fib else { return 0 };
    // SAFETY: the packet is one of the vector, and its bytes are its own.
    let frame = || unsafe {
        let packets = &*context.packets;
        std::slice::from_raw_parts(packets.data[at], packets.length[at] as usize)
    };
    let selection = fib.select_with(group, || match site.written {
        true => ::wire::flow::hash_frame(&packets[at].bytes),
        false => ::wire::flow::hash_frame(frame()),
    });
    let decided = rt::role::decide(selection, &env.around);
    match decided.action.map_or(NONE, |action| words[action]) {
        NONE => {
            let table = site.table.index();
            let action = interp::default_action(env.state, &mut packets[at], &mut scratch.found, table);
            // It may be one that routes choose, too.
            let argument = scratch.found.args.first().copied().unwrap_or(0);
            argument << 48 | u64::from(action)
        }
        word => u64::from(decided.argument) << 48 | word,
    }
}

/// In place of a result: the table has no such action.
const NONE: u64 = u64::MAX;

/// In a result: the table had an entry.
pub(crate) const HIT: u64 = 1 << 32;

/// What the functions that compiled code calls work with.
pub(crate) struct Host<'h, 'e> {
    pub env: &'h mut Env<'e>,
    pub packets: &'h mut [Packet],
    pub scratch: &'h mut Scratch,
    groups: &'h mut [u32; VECTOR],
    pub bulk: &'h mut Bulk,
    pub cells: &'h mut Directory,
    ops: &'h [HostOp],
    pub handed: Handed,
    aligned: bool,
}

/// The host behind a context.
///
/// # Safety
/// The context must be that of a running [`Core::run`], on whose stack the host lives, and nothing else may use
/// the host meanwhile: compiled code calls one function at a time.
pub(crate) unsafe fn host<'a>(context: *mut Context) -> &'a mut Host<'a, 'a> {
    // SAFETY: see above.
    unsafe { &mut *(*context).host.cast::<Host<'a, 'a>>() }
}

extern "C" fn run_op(context: *mut Context, index: u64, number: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let (host, packets) = unsafe { (host(context), &mut *(*context).packets) };
    let at = index as usize;
    let packet = &mut host.packets[at];
    if host.aligned {
        packet.cursor = (packets.cursor[at] as usize - packets.data[at] as usize) * 8;
    }
    match number {
        special::BEGIN_DEPARSER => interp::begin_deparser(packet, host.scratch),
        special::END_DEPARSER => interp::end_deparser(packet, host.scratch),
        number => {
            let (code, block, at) = host.ops[number as usize];
            let op = &host.env.state.program.codes()[code].blocks[block.index()].ops[at];
            // SAFETY: as above; nobody else counts while the host runs.
            let mut held = unsafe { (*context).held } as u32;
            let outcome = interp::execute(host.env, packet, host.scratch, &mut held, op);
            if matches!(op, Op::Clone { .. } | Op::Resubmit { .. } | Op::Recirculate { .. }) {
                packets.flags[index as usize] |= 1;
            }
            if host.aligned {
                packets.cursor[index as usize] = packets.data[index as usize].wrapping_add(packet.cursor / 8);
            }
            if let Flow::Fail(error) = outcome {
                let error = interp::error_number(&host.env.state.program, error);
                let place = host.env.state.layout.slot(host.env.state.program.standard.parser_error);
                packet.set_word(place, error);
                return OpResult::ParserError as u64;
            }
        }
    }
    OpResult::Done as u64
}

extern "C" fn apply(context: *mut Context, index: u64, table: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let host = unsafe { host(context) };
    let packet = &mut host.packets[index as usize];
    let applied = interp::apply(host.env, packet, host.scratch, TableId(table as u32));
    if let Some(meter) = host.env.state.program.tables[table as usize].meter {
        // SAFETY: there is a colour for each direct meter and packet of the vector.
        unsafe {
            (*context)
                .colours
                .add(meter.index() * VECTOR + index as usize)
                .write(packet.colours[meter.index()])
        };
    }
    u64::from(applied.hit) << 32 | u64::from(applied.action)
}

extern "C" fn meter(context: *mut Context, index: u64, number: u64, cell: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let (host, packets) = unsafe { (host(context), &*(*context).packets) };
    let at = index as usize;
    let length = u64::from(packets.length[at]);
    host.env.state.meters[number as usize].execute(cell, length, host.env.now) as u64
}

extern "C" fn page(context: *mut Context, array: u64, page: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let host = unsafe { host(context) };
    host.cells.make(host.env.state, array as usize, page) as u64
}

extern "C" fn enter(context: *mut Context, _: u64, _: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let host = unsafe { host(context) };
    host.env.state.gate.enter();
    0
}
