//! Compiled code under a device: what the interpreter does, done by stages over vectors.

use crate::abi::{Context, Exit, OpResult, PacketRec, Piece, SiteRec, VECTOR, special};
use crate::compile::{CompileError, Compiled, Limits, compile};
use crate::emit::{AHEAD, Entry, HostOp};
use crate::plan::Plan;
use front::ir::{HeaderId, Op, TableId};
use rt::engine::{At, Engine};
use rt::events::DropReason;
use rt::interp::{self, Flow, Scratch};
use rt::packet::Packet;
use rt::state::{Env, State};
use rt::stream::BitWriter;
use std::sync::Arc;

/// What is left of the plan when the code is made.
#[derive(Debug)]
struct Facts {
    aligned: bool,
    wire_deparser: bool,
    one_by_one: bool,
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
    fn new(plan: &Plan<'_>) -> Facts {
        let areas = plan.areas.iter().enumerate();
        let areas = areas.filter_map(|(index, area)| area.map(|area| (HeaderId(index as u32), area)));
        let sites = plan.sites.iter().map(|site| SiteFacts { table: site.table, merges: site.merges });
        let longest = plan.program.headers.iter().map(|header| header.fixed_bits.div_ceil(8) as usize).max();
        Facts {
            aligned: plan.aligned,
            wire_deparser: plan.wire_deparser,
            one_by_one: plan.one_by_one,
            areas: areas.collect(),
            area_bytes: plan.area_bytes,
            pieces_offset: plan.pieces_offset() as usize,
            extra: plan.extra_bytes().div_ceil(8),
            sites: sites.collect(),
            longest_header: longest.unwrap_or(0),
        }
    }
}

/// Runs the compiled code of one state.
#[derive(Debug)]
pub struct JitEngine {
    compiled: Arc<Compiled>,
    facts: Facts,
    scratch: Scratch,
    held: u32,
    /// Bytes of the packets of a vector: what is written in place must leave the packet as it entered.
    buffers: Vec<Vec<u8>>,
    extra: Vec<Vec<u64>>,
    zeros: Vec<u64>,
    lists: Vec<Vec<u16>>,
    results: Vec<u64>,
}

impl JitEngine {
    pub fn new(state: &Arc<State>, listing: bool) -> Result<JitEngine, CompileError> {
        let plan = Plan::new(&state.program);
        let layout = |slot| state.layout.slot(slot).at;
        let limits = Limits { max_steps: state.step_limit, drop_port: state.drop_port };
        let compiled = compile(&plan, &layout, limits, listing)?;
        let facts = Facts::new(&plan);
        let lists = facts.sites.iter().map(|_| vec![0; VECTOR + AHEAD]);
        Ok(JitEngine {
            compiled: Arc::new(compiled),
            scratch: Scratch::default(),
            held: 0,
            buffers: vec![vec![]; VECTOR],
            extra: vec![vec![0; facts.extra]; VECTOR],
            zeros: vec![0; facts.longest_header / 8 + 2],
            lists: lists.collect(),
            results: vec![0; VECTOR],
            facts,
        })
    }

    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    fn run(&mut self, env: &mut Env<'_>, packets: &mut [Packet], entry: Entry) {
        for packets in packets.chunks_mut(VECTOR) {
            self.vector(env, packets, entry);
        }
    }

    fn vector(&mut self, env: &mut Env<'_>, packets: &mut [Packet], entry: Entry) {
        let mut records: Vec<PacketRec> = packets
            .iter_mut()
            .enumerate()
            .map(|(at, packet)| self.begin(env.state, packet, at, entry))
            .collect();
        let mut sites: Vec<SiteRec> =
            self.lists.iter_mut().map(|list| SiteRec { list: list.as_mut_ptr(), count: 0 }).collect();
        let compiled = Arc::clone(&self.compiled);
        let now = env.now / 1000;
        let mut context = Context {
            packets: records.as_mut_ptr(),
            zeros: self.zeros.as_mut_ptr().cast(),
            now,
            run_op,
            apply,
            host: std::ptr::null_mut(),
            sites: sites.as_mut_ptr(),
            results: self.results.as_mut_ptr(),
        };
        let mut host = Host {
            env,
            packets,
            scratch: &mut self.scratch,
            held: &mut self.held,
            ops: &compiled.host_ops,
            aligned: self.facts.aligned,
        };
        context.host = std::ptr::from_mut(&mut host).cast();
        let count = host.packets.len();
        let mut list: Vec<u16> = (0..count as u16).collect();
        list.resize(count + AHEAD, 0);
        call(&compiled, entry, &mut context, &list, count);
        for (number, site) in self.facts.sites.iter().enumerate() {
            lookup_all(&compiled, number, site, &mut sites, &mut context);
        }
        debug_assert!(self.zeros.iter().all(|word| *word == 0), "a header that is not there was written");
        for (at, (packet, record)) in packets.iter_mut().zip(&records).enumerate() {
            self.end(env.state, packet, record, at);
        }
    }

    /// The record of a packet whose state is in its frame.
    fn begin(&mut self, state: &State, packet: &mut Packet, at: usize, entry: Entry) -> PacketRec {
        let buffer = &mut self.buffers[at];
        buffer.clear();
        buffer.extend_from_slice(&packet.bytes);
        let extra = &mut self.extra[at];
        if !matches!(entry, Entry::Parser | Entry::Reparse) {
            import_headers(&self.facts, state, packet, extra, self.zeros.as_ptr().cast());
        }
        let data = buffer.as_mut_ptr();
        let cursor = if self.facts.aligned { packet.cursor / 8 } else { 0 };
        PacketRec {
            frame: packet.frame.as_mut_ptr(),
            extra: extra.as_mut_ptr().cast(),
            data,
            end: data.wrapping_add(buffer.len()),
            cursor: data.wrapping_add(cursor),
            exit: Exit::Dropped as u32,
            port: 0,
            pieces: 0,
            moved: 0,
            flags: 0,
            instance: packet.instance as u32,
        }
    }

    fn end(&mut self, state: &State, packet: &mut Packet, record: &PacketRec, at: usize) {
        if self.facts.aligned {
            packet.cursor = (record.cursor as usize - record.data as usize) * 8;
        }
        match Exit::from_number(record.exit) {
            Some(Exit::Out) => {
                packet.at = At::Out;
                let place = state.layout.slot(state.program.standard.egress_port);
                packet.set_word(place, u64::from(record.port));
                if self.facts.wire_deparser {
                    self.take_out(packet, record, at);
                }
            }
            Some(Exit::AfterIngress) => packet.at = At::AfterIngress,
            Some(Exit::AfterEgress) => packet.at = At::AfterEgress,
            Some(Exit::DroppedByEgress) => packet.failed = Some(DropReason::Egress),
            Some(Exit::Dropped) => packet.failed = Some(DropReason::Ingress),
            Some(Exit::TooManySteps) | None => packet.failed = Some(DropReason::StepLimit),
        }
    }

    /// What the deparser made: the bytes as they stand, or the pieces and the payload.
    fn take_out(&mut self, packet: &mut Packet, record: &PacketRec, at: usize) {
        let buffer = &mut self.buffers[at];
        if record.moved == 0 {
            return std::mem::swap(&mut packet.out, buffer);
        }
        packet.out.clear();
        let payload = (record.cursor as usize - record.data as usize).min(buffer.len());
        for number in 0..record.pieces as usize {
            // SAFETY: compiled code wrote so many pieces there, each a header in the packet's bytes, its area or the zeros,
            // all of which are still where they were.
            let bytes = unsafe {
                let piece = record.extra.add(self.facts.pieces_offset).cast::<Piece>().add(number).read();
                std::slice::from_raw_parts(piece.from, piece.bytes as usize)
            };
            packet.out.extend_from_slice(bytes);
        }
        packet.out.extend_from_slice(&buffer[payload..]);
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
fn lookup_all(
    compiled: &Compiled,
    number: usize,
    site: &SiteFacts,
    sites: &mut [SiteRec],
    context: &mut Context,
) {
    let count = sites[number].count as usize;
    if count == 0 {
        return;
    }
    // SAFETY: compiled code wrote `count` numbers of packets to a list that has room for a vector and `AHEAD` more.
    let list = unsafe { std::slice::from_raw_parts_mut(sites[number].list, count + AHEAD) };
    if site.merges {
        list[..count].sort_unstable();
    }
    list[count..].fill(0);
    for index in &list[..count] {
        let result = apply(context, u64::from(*index), u64::from(site.table.0));
        // SAFETY: there is a result for each packet of the vector.
        unsafe { context.results.add(usize::from(*index)).write(result) };
    }
    sites[number].count = 0;
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
/// The context must be that of a running [`JitEngine::vector`], on whose stack the host lives, and nothing else may use
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

impl Engine for JitEngine {
    fn batch(&self) -> usize {
        if self.facts.one_by_one { 1 } else { VECTOR }
    }

    fn parse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Reparse);
    }

    fn enter(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Parser);
    }

    fn egress(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Egress);
    }

    fn deparse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]) {
        self.run(env, packets, Entry::Compute);
    }
}
