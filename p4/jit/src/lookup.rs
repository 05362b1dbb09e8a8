//! The tables of a vector's packets that are not the switch's own.

use crate::abi::{Context, VECTOR};
use crate::core::{HIT, Host, host};
use crate::handed::Handed;
use front::ir::TableId;
use rt::interp::{self, Applied, Scratch};
use rt::packet::Packet;
use rt::state::Env;
use rt::table::{Match, Steps, Way};

/// A table that is not one of routes: keys of several packets at once, so that their cache misses overlap; what follows a lookup
/// is done in the order of the list.
pub(crate) fn look_up(context: &mut Context, table: TableId, list: &[u16]) {
    // SAFETY: the context is that of a running vector, and nothing else uses the host now.
    let host = unsafe { host(context) };
    let Host { env, packets, scratch, bulk, handed, .. } = host;
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
    let mut work = Lookups { table, handed: *handed, all, results };
    match state.tables[table.index()].steps() {
        Some(steps) => work.exact(env, packets, scratch, &mut bulk.found[0], steps, list),
        None => work.others(env, packets, scratch, bulk, list),
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
}

impl Lookups<'_> {
    /// A packet's key, and where its arguments go.
    #[inline]
    fn of(&mut self, index: usize, words: usize) -> (&[u64], &mut [u64]) {
        let (key, args) =
            self.all[index * self.handed.all..][..self.handed.all].split_at_mut(self.handed.key);
        (&key[..words], args)
    }

    /// What follows a lookup.
    fn finish(
        &mut self,
        env: &mut Env<'_>,
        packet: &mut Packet,
        scratch: &mut Scratch,
        index: usize,
        found: &mut Match,
    ) {
        self.results[index] = result_of(interp::finish(env, packet, scratch, self.table, found));
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
                if let Some(action) = steps.action(key, way, args) {
                    self.results[index] = HIT | u64::from(action);
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
        bulk: &mut Bulk,
        list: &[u16],
    ) {
        let table = &env.state.tables[self.table.index()];
        let words = table.shape().key_words;
        for part in list.chunks(Bulk::KEYS) {
            bulk.keys.clear();
            part.iter().for_each(|index| bulk.keys.extend_from_slice(self.of(usize::from(*index), words).0));
            table.lookup_bulk(&bulk.keys, &mut bulk.found[..part.len()]);
            for (index, found) in part.iter().zip(&mut bulk.found) {
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
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    keys: Vec<u64>,
    found: Vec<Match>,
}

impl Bulk {
    const KEYS: usize = 32;

    pub fn new(longest_key: usize) -> Bulk {
        Bulk { keys: Vec::with_capacity(Bulk::KEYS * longest_key), found: vec![Match::default(); Bulk::KEYS] }
    }
}
