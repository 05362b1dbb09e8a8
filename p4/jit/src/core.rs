//! Vectors through compiled stages: what the device's engine and a worker's lane have in common.

use crate::abi::{Context, Exit, OpResult, PacketRec, Piece, SiteRec, VECTOR, special};
use crate::compile::{CompileError, Compiled, Limits, compile};
use crate::emit::{AHEAD, Entry, HostOp};
use crate::plan::{Plan, UnitKind};
use front::ir::{HeaderId, Op, TableId};
use rt::interp::{self, Flow, Scratch};
use rt::layout::Place;
use rt::packet::Packet;
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
    pub fn new(state: &State) -> Result<Machine, CompileError> {
        let plan = Plan::new(&state.program);
        let layout = |slot| state.layout.slot(slot).at;
        let limits = Limits { max_steps: state.step_limit, drop_port: state.drop_port };
        let compiled = compile(&plan, &layout, limits, false)?;
        Ok(Machine { compiled: Arc::new(compiled), facts: Arc::new(Facts::new(&plan, state)) })
    }
}

/// What is left of the plan when the code is made.
#[derive(Debug)]
pub(crate) struct Facts {
    pub aligned: bool,
    pub wire_deparser: bool,
    pub one_by_one: bool,
    /// The host reads bytes of packets as they entered.
    pub needs_bytes: bool,
    /// The program asks for things by [`Packet::requests`] or [`Packet::truncate`].
    pub asks: bool,
    /// Slots that the parser's stage reads before anything writes them.
    pub entry_slots: Vec<Place>,
    /// Headers at home in bytes, with their areas.
    areas: Vec<(HeaderId, u32)>,
    area_bytes: u32,
    pieces_offset: usize,
    /// Words of a packet's extra area.
    extra: usize,
    sites: Vec<SiteFacts>,
    longest_header: usize,
}

#[derive(Debug)]
struct SiteFacts {
    table: TableId,
    merges: bool,
}

impl Facts {
    fn new(plan: &Plan<'_>, state: &State) -> Facts {
        let areas = plan.areas.iter().enumerate();
        let areas = areas.filter_map(|(index, area)| area.map(|area| (HeaderId(index as u32), area)));
        let sites = plan.sites.iter().map(|site| SiteFacts { table: site.table, merges: site.merges });
        let longest = plan.program.headers.iter().map(|header| header.fixed_bits.div_ceil(8) as usize).max();
        let ops =
            || plan.program.codes().into_iter().flat_map(|code| &code.blocks).flat_map(|block| &block.ops);
        let reads_bytes = |op: &Op| match op {
            Op::Extract { header, .. } => plan.areas[header.index()].is_none(),
            Op::VerifyChecksum { payload, .. } | Op::UpdateChecksum { payload, .. } => *payload,
            Op::Clone { .. } | Op::Resubmit { .. } | Op::Recirculate { .. } => true,
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
        let live = plan.live_in(plan.entry(crate::plan::PARSER));
        let entry_slots = live.iter().filter_map(|unit| match plan.kind(unit) {
            UnitKind::Slot(slot) => Some(state.layout.slot(slot)),
            UnitKind::Base(_) | UnitKind::Cursor => None,
        });
        Facts {
            aligned: plan.aligned,
            wire_deparser: plan.wire_deparser,
            one_by_one: plan.one_by_one,
            needs_bytes: !plan.aligned
                || !plan.wire_deparser
                || plan.leaves_ingress
                || plan.leaves_egress
                || ops().any(reads_bytes),
            asks: ops().any(asks),
            entry_slots: entry_slots.collect(),
            areas: areas.collect(),
            area_bytes: plan.area_bytes,
            pieces_offset: plan.pieces_offset() as usize,
            extra: plan.extra_bytes().div_ceil(8),
            sites: sites.collect(),
            longest_header: longest.unwrap_or(0),
        }
    }
}

/// One worker's memory for a vector. Nothing is allocated while packets pass.
#[derive(Debug)]
pub(crate) struct Core {
    pub machine: Machine,
    scratch: Scratch,
    held: u32,
    pub records: Vec<PacketRec>,
    /// Extra areas, one after the other.
    extra: Vec<u64>,
    zeros: Vec<u64>,
    lists: Vec<Vec<u16>>,
    sites: Vec<SiteRec>,
    results: Vec<u64>,
    /// The numbers of all packets, then zeros.
    order: Vec<u16>,
}

// SAFETY: the pointers in records and sites are written at the beginning of each vector, lead to memory of this worker, and
// are used during that vector only; nothing of it is tied to a thread.
unsafe impl Send for Core {}

impl Core {
    pub fn new(machine: &Machine) -> Core {
        let facts = &machine.facts;
        Core {
            scratch: Scratch::default(),
            held: 0,
            records: Vec::with_capacity(VECTOR),
            extra: vec![0; facts.extra * VECTOR],
            zeros: vec![0; facts.longest_header / 8 + 2],
            lists: facts.sites.iter().map(|_| vec![0; VECTOR + AHEAD]).collect(),
            sites: Vec::with_capacity(facts.sites.len()),
            results: vec![0; VECTOR],
            order: vec![0; VECTOR + AHEAD],
            machine: machine.clone(),
        }
    }

    /// Begins a vector.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// Adds the packet whose bytes are these; its state is in its frame.
    ///
    /// # Safety
    /// The bytes and the packet's frame must stay where they are, and nothing else may use the bytes, until the vector has run
    /// and all was asked of it ([`Core::gather`], [`Core::bytes`]).
    pub unsafe fn push(&mut self, state: &State, packet: &mut Packet, bytes: &mut [u8], entry: Entry) {
        let facts = &self.machine.facts;
        let at = self.records.len();
        let extra = &mut self.extra[at * facts.extra..(at + 1) * facts.extra];
        if !matches!(entry, Entry::Parser | Entry::Reparse) {
            import_headers(facts, state, packet, extra, self.zeros.as_ptr().cast());
        }
        let data = bytes.as_mut_ptr();
        let cursor = if facts.aligned { (packet.cursor / 8).min(bytes.len()) } else { 0 };
        self.records.push(PacketRec {
            frame: packet.frame.as_mut_ptr(),
            extra: extra.as_mut_ptr().cast(),
            data,
            end: data.wrapping_add(bytes.len()),
            cursor: data.wrapping_add(cursor),
            exit: Exit::Dropped as u32,
            port: 0,
            pieces: 0,
            moved: 0,
            flags: 0,
            instance: packet.instance as u32,
        });
    }

    /// Runs the vector. `packets` are those that were pushed.
    pub fn run(&mut self, env: &mut Env<'_>, packets: &mut [Packet], entry: Entry) {
        let count = self.records.len();
        assert!(count <= packets.len() && count <= VECTOR, "each record is of a packet");
        let machine = self.machine.clone();
        let (compiled, facts) = (&machine.compiled, &machine.facts);
        self.sites.clear();
        self.sites.extend(self.lists.iter_mut().map(|list| SiteRec { list: list.as_mut_ptr(), count: 0 }));
        let mut context = Context {
            packets: self.records.as_mut_ptr(),
            zeros: self.zeros.as_mut_ptr().cast(),
            now: env.now / 1000,
            run_op,
            apply,
            host: std::ptr::null_mut(),
            sites: self.sites.as_mut_ptr(),
            results: self.results.as_mut_ptr(),
        };
        let mut host = Host {
            env,
            packets,
            scratch: &mut self.scratch,
            held: &mut self.held,
            ops: &compiled.host_ops,
            aligned: facts.aligned,
        };
        context.host = std::ptr::from_mut(&mut host).cast();
        for (at, number) in self.order.iter_mut().enumerate() {
            *number = if at < count { at as u16 } else { 0 };
        }
        call(compiled, entry, &mut context, &self.order, count);
        for (number, site) in facts.sites.iter().enumerate() {
            lookup_all(compiled, number, site, &mut context);
        }
        debug_assert!(self.zeros.iter().all(|word| *word == 0), "a header that is not there was written");
    }

    /// How a packet left, and where its payload begins.
    pub fn exit(&self, at: usize) -> (Option<Exit>, usize) {
        let record = &self.records[at];
        (Exit::from_number(record.exit), record.cursor as usize - record.data as usize)
    }

    /// Whether what the deparser emitted is not what stands before the payload already.
    pub fn moved(&self, at: usize) -> bool {
        self.records[at].moved != 0
    }

    /// The bytes of a packet, as they are now.
    pub fn bytes(&self, at: usize) -> &[u8] {
        let record = &self.records[at];
        let length = record.end as usize - record.data as usize;
        // SAFETY: these are the bytes that were given to `push`, whose caller leaves them where they are.
        unsafe { std::slice::from_raw_parts(record.data, length) }
    }

    /// What the deparser emitted.
    pub fn gather(&self, at: usize, into: &mut Vec<u8>) {
        let record = &self.records[at];
        for number in 0..record.pieces as usize {
            // SAFETY: compiled code wrote so many pieces there, each a header in the packet's bytes, its area or the zeros,
            // all of which are still where they were: the caller of `push` promised it for the bytes.
            let bytes = unsafe {
                let pieces = record.extra.add(self.machine.facts.pieces_offset).cast::<Piece>();
                let piece = pieces.add(number).read();
                std::slice::from_raw_parts(piece.from, piece.bytes as usize)
            };
            into.extend_from_slice(bytes);
        }
    }
}

/// Puts valid headers from the frame into their areas, and says where each header is.
fn import_headers(facts: &Facts, state: &State, packet: &Packet, extra: &mut [u64], zeros: *const u8) {
    let bases = facts.area_bytes as usize / 8;
    let begin = extra.as_mut_ptr();
    for (id, area) in &facts.areas {
        let header = &state.program.headers[id.index()];
        let base = if packet.word(state.layout.slot(header.valid)) == 0 {
            zeros
        } else {
            let mut writer = BitWriter::default();
            for field in &header.fields {
                let place = state.layout.slot(field.slot);
                writer.put(packet.limbs(&state.layout, place), place.width);
            }
            let words = &mut extra[*area as usize / 8..];
            for (word, bytes) in words.iter_mut().zip(writer.finish().chunks(8)) {
                let mut whole = [0; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                *word = u64::from_ne_bytes(whole);
            }
            begin.cast::<u8>().wrapping_add(*area as usize).cast_const()
        };
        extra[bases + id.index()] = base as u64;
    }
}

fn call(compiled: &Compiled, entry: Entry, context: &mut Context, list: &[u16], count: usize) {
    let Some(stage) = compiled.stage(entry) else {
        unreachable!("{entry:?} is compiled wherever it is reached")
    };
    // SAFETY: the context describes `count` packets at least, and the list has `AHEAD` numbers more than that, all of them
    // of packets; frames, extra areas and bytes outlive the call, and the functions of the context are ours.
    unsafe { stage(context, list.as_ptr(), count) };
}

/// Looks up what waits at a site, and runs the stage that follows.
fn lookup_all(compiled: &Compiled, number: usize, site: &SiteFacts, context: &mut Context) {
    // SAFETY: there is a record for each site.
    let waiting = unsafe { &mut *context.sites.add(number) };
    let count = waiting.count as usize;
    if count == 0 {
        return;
    }
    // SAFETY: compiled code wrote `count` numbers of packets to a list that has room for a vector and `AHEAD` more.
    let list = unsafe { std::slice::from_raw_parts_mut(waiting.list, count + AHEAD) };
    if site.merges {
        list[..count].sort_unstable();
    }
    list[count..].fill(0);
    for index in &list[..count] {
        let result = apply(context, u64::from(*index), u64::from(site.table.0));
        // SAFETY: there is a result for each packet of the vector.
        unsafe { context.results.add(usize::from(*index)).write(result) };
    }
    waiting.count = 0;
    call(compiled, Entry::Site(number as u16), context, list, count);
}

/// What the functions that compiled code calls work with.
struct Host<'h, 'e> {
    env: &'h mut Env<'e>,
    packets: &'h mut [Packet],
    scratch: &'h mut Scratch,
    held: &'h mut u32,
    ops: &'h [HostOp],
    aligned: bool,
}

/// The host behind a context.
///
/// # Safety
/// The context must be that of a running [`Core::run`], on whose stack the host lives, and nothing else may use
/// the host meanwhile: compiled code calls one function at a time.
unsafe fn host<'a>(context: *mut Context) -> &'a mut Host<'a, 'a> {
    // SAFETY: see above.
    unsafe { &mut *(*context).host.cast::<Host<'a, 'a>>() }
}

extern "C" fn run_op(context: *mut Context, index: u64, number: u64) -> u64 {
    // SAFETY: called by compiled code only, with its own context.
    let (host, record) = unsafe { (host(context), &mut *(*context).packets.add(index as usize)) };
    let packet = &mut host.packets[index as usize];
    if host.aligned {
        packet.cursor = (record.cursor as usize - record.data as usize) * 8;
    }
    match number {
        special::BEGIN_DEPARSER => interp::begin_deparser(packet, host.scratch),
        special::END_DEPARSER => interp::end_deparser(packet, host.scratch),
        special::END_CODE => {
            if std::mem::take(host.held) > 0 {
                host.env.state.gate.leave();
            }
        }
        number => {
            let (code, block, at) = host.ops[number as usize];
            let op = &host.env.state.program.codes()[code].blocks[block.index()].ops[at];
            let outcome = interp::execute(host.env, packet, host.scratch, host.held, op);
            if matches!(op, Op::Clone { .. } | Op::Resubmit { .. } | Op::Recirculate { .. }) {
                record.flags |= 1;
            }
            if host.aligned {
                record.cursor = record.data.wrapping_add(packet.cursor / 8);
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
    u64::from(applied.hit) << 32 | u64::from(applied.action)
}
