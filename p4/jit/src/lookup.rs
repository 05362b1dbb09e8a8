//! The tables of a vector's packets that are not the switch's own.

use crate::abi::{Context, Packets, VECTOR};
use crate::core::{HIT, Host, host};
use crate::handed::Handed;
use front::ir::TableId;
use rt::externs::counter::DirectShard;
use rt::externs::meter::Colour;
use rt::interp::{self, Applied, Scratch};
use rt::packet::Packet;
use rt::state::{Env, State};
use rt::table::{Match, RowTarget, Steps, Table, Way};

/// A table that is not one of routes: keys of several packets at once, so that their cache misses overlap; what follows a lookup
/// is done in the order of the list.
pub(crate) fn look_up(context: &mut Context, table: TableId, list: &[u16]) {
    // SAFETY: the context is that of a running vector, and nothing else uses the host now.
    let host = unsafe { host(context) };
    let Host { env, packets, scratch, bulk, cells, handed, .. } = host;
    let state = env.state;
    // SAFETY: there is a result for each packet of the vector, and nothing else uses them now.
    let results = unsafe { std::slice::from_raw_parts_mut(context.results, VECTOR) };
    if state.roles[table.index()].is_some() {
        for index in list.iter().map(|index| usize::from(*index)) {
            results[index] = result_of(interp::apply(env, &mut packets[index], scratch, table));
        }
        return;
    }
    // SAFETY: each packet of the vector has so many words, and nothing else uses them now.
    let all = unsafe { std::slice::from_raw_parts_mut(context.handed, VECTOR * handed.all) };
    let of = &state.tables[table.index()];
    let kept = of.keeps().then(|| Kept { of, own: cells.direct(table), entries: &mut bulk.entries });
    let mut work = Lookups { table, handed: *handed, all, results, kept };
    match of.steps() {
        Some(steps) => work.exact(env, packets, scratch, &mut bulk.found[0], steps, list),
        None => work.others(env, packets, scratch, (&mut bulk.keys, &mut bulk.found), list),
    }
    if let Some(kept) = work.kept {
        // SAFETY: the packets are those of a running vector.
        kept.note(env, unsafe { &*context.packets }, colours(context, state, table), list);
    }
}

/// Where the colours of a table's meter go, and whether it counts bytes.
fn colours<'c>(context: &mut Context, state: &State, table: TableId) -> Option<(&'c mut [u8], bool)> {
    let meter = state.program.tables[table.index()].meter?;
    // SAFETY: there is a colour for each direct meter and packet of the vector, and nothing else uses them now.
    let colours =
        unsafe { std::slice::from_raw_parts_mut(context.colours.add(meter.index() * VECTOR), VECTOR) };
    Some((colours, state.program.direct_meters[meter.index()].bytes))
}

/// What is kept of hits: the lookups of a vector say of which entries, and what is kept of these is on its way to the cache until all
/// lookups are done.
struct Kept<'l> {
    of: &'l Table,
    own: Option<&'l DirectShard>,
    /// By packet.
    entries: &'l mut [u64; VECTOR],
}

impl Kept<'_> {
    #[inline]
    fn expect(&mut self, index: usize, entry: u64) {
        self.entries[index] = entry;
        self.of.touch(self.own, entry);
    }

    /// Counts, meters, and remembers the times, packet by packet in the order of the list.
    fn note(&self, env: &Env<'_>, packets: &Packets, mut colours: Option<(&mut [u8], bool)>, list: &[u16]) {
        for index in list.iter().map(|index| usize::from(*index)) {
            let entry = self.entries[index];
            let bytes = u64::from(packets.length[index]);
            self.of.note(self.own, entry, bytes, env.now);
            if let Some((colours, by_bytes)) = &mut colours {
                let size = if *by_bytes { bytes } else { 1 };
                let colour = self.of.meter(entry).map_or(Colour::Green, |cell| cell.execute(size, env.now));
                colours[index] = colour as u8;
            }
        }
    }
}

fn result_of(applied: Applied) -> u64 {
    u64::from(applied.hit) << 32 | u64::from(applied.action)
}

/// Lookups for the packets of a list: from their keys to results and arguments.
struct Lookups<'l> {
    table: TableId,
    handed: Handed,
    /// What packets and lookups hand to each other.
    all: &'l mut [u64],
    results: &'l mut [u64],
    kept: Option<Kept<'l>>,
}

impl Lookups<'_> {
    /// A packet's key, and where its arguments go.
    #[inline]
    fn of(&mut self, index: usize, words: usize) -> (&[u64], &mut [u64]) {
        let (key, args) =
            self.all[index * self.handed.all..][..self.handed.all].split_at_mut(self.handed.key);
        (&key[..words], args)
    }

    /// What a lookup found.
    fn finish(
        &mut self,
        env: &mut Env<'_>,
        packet: &mut Packet,
        scratch: &mut Scratch,
        index: usize,
        found: &mut Match,
    ) {
        if let Some(kept) = &mut self.kept {
            kept.expect(index, found.entry);
        }
        let applied = match found.target {
            RowTarget::Action(action) => Applied { hit: found.hit, action },
            RowTarget::Member(_) | RowTarget::Group(_) => {
                interp::resolve(env, packet, scratch, self.table, found)
            }
        };
        self.results[index] = result_of(applied);
        let (_, args) = self.of(index, 0);
        for (at, arg) in args.iter_mut().enumerate() {
            *arg = found.args.get(at).copied().unwrap_or(0);
        }
    }

    /// Exact keys: one packet's lookup is concluded while the rows of those behind it are on their way, and the buckets of those
    /// behind these.
    fn exact(
        &mut self,
        env: &mut Env<'_>,
        packets: &mut [Packet],
        scratch: &mut Scratch,
        found: &mut Match,
        steps: Steps<'_>,
        list: &[u16],
    ) {
        let words = env.state.tables[self.table.index()].shape().key_words;
        let mut ways = [Way::default(); WAYS];
        for step in 0..list.len() + 2 * DISTANCE {
            if let Some(index) = list.get(step) {
                let (key, _) = self.of(usize::from(*index), words);
                ways[step % WAYS] = steps.begin(key);
            }
            if let Some(step) = step.checked_sub(DISTANCE).filter(|step| *step < list.len()) {
                steps.approach(&mut ways[step % WAYS]);
            }
            if let Some(step) = step.checked_sub(2 * DISTANCE) {
                let (way, index) = (&ways[step % WAYS], usize::from(list[step]));
                let (key, args) = self.of(index, words);
                if let Some((action, entry)) = steps.action(key, way, args) {
                    self.results[index] = HIT | u64::from(action);
                    if let Some(kept) = &mut self.kept {
                        kept.expect(index, entry);
                    }
                } else {
                    steps.conclude(key, way, found);
                    self.finish(env, &mut packets[index], scratch, index, found);
                }
            }
        }
    }

    fn others(
        &mut self,
        env: &mut Env<'_>,
        packets: &mut [Packet],
        scratch: &mut Scratch,
        (keys, found): (&mut Vec<u64>, &mut [Match]),
        list: &[u16],
    ) {
        let table = &env.state.tables[self.table.index()];
        let words = table.shape().key_words;
        for part in list.chunks(Bulk::KEYS) {
            keys.clear();
            part.iter().for_each(|index| keys.extend_from_slice(self.of(usize::from(*index), words).0));
            table.lookup_bulk(keys, &mut found[..part.len()]);
            for (index, found) in part.iter().zip(found.iter_mut()) {
                let index = usize::from(*index);
                self.finish(env, &mut packets[index], scratch, index, found);
            }
        }
    }
}

/// Lookups on their way at once: a power of two.
const WAYS: usize = 32;
/// Packets between the steps of a lookup.
const DISTANCE: usize = 12;

/// What looking up keys together needs.
#[derive(Debug)]
pub(crate) struct Bulk {
    keys: Vec<u64>,
    found: Vec<Match>,
    /// By packet.
    entries: Box<[u64; VECTOR]>,
}

impl Bulk {
    const KEYS: usize = 32;

    pub fn new(longest_key: usize) -> Bulk {
        Bulk {
            keys: Vec::with_capacity(Bulk::KEYS * longest_key),
            found: vec![Match::default(); Bulk::KEYS],
            entries: Box::new([0; VECTOR]),
        }
    }
}
