use super::*;
use crate::types::GroupId;
use proptest::prelude::*;

const ORDER: u32 = 18;

struct Bench {
    table: TableV6,
    writer: WriterV6,
}

impl Bench {
    fn new() -> Self {
        Self { table: TableV6::new(1 << ORDER).unwrap(), writer: WriterV6::new(ORDER) }
    }

    /// Without readers everything is free at once.
    fn change(&mut self, addr: u128, len: u8, add: bool) {
        let (addr, mut runs) = (masked(addr, len), Vec::new());
        match (add, self.writer.get(addr, len)) {
            (true, _) => {
                let entry = Entry { group: GroupId(1), source: 0, generation: 0 };
                self.writer.set(&self.table, addr, len, entry, &mut runs).unwrap();
            }
            (false, Some(_)) => self.writer.remove(&self.table, addr, len, &mut runs),
            (false, None) => {}
        }
        runs.into_iter().for_each(|run| self.writer.free(run));
    }

    /// Counts words below `level`, checking each node's count against the routes.
    fn words_below(&self, level: Level, base: u128) -> usize {
        let slots = table_slots(&self.table, level);
        let words = slots.map(|(index, child)| {
            let addr = base | (index as u128) << (128 - level.end());
            if !child.is_node() {
                return 1 << order_of(self.table.bag_words(child));
            }
            let end = level.end();
            let routes = self.writer.routes.range((addr, end + 1)..=(addr | !mask(end), 128)).count();
            assert_eq!(self.writer.below_node[child.offset() / NODE] as usize, routes);
            assert!(routes > BAG_MAX / 2, "a node of {routes} should be a bag");
            NODE + self.words_below(Level { node: child, above: end }, addr)
        });
        words.sum()
    }
}

fn table_slots(table: &TableV6, level: Level) -> impl Iterator<Item = (usize, Below)> + '_ {
    let slots = table.level(level.node).iter().enumerate();
    slots.map(|(index, slot)| (index, below(slot))).filter(|&(_, child)| child != Below::NOTHING)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nodes_know_their_routes_and_no_word_is_lost(
        ops in proptest::collection::vec((any::<u8>(), 0u8..3, 0u8..4, 0usize..4), 1..400),
    ) {
        let mut bench = Bench::new();
        for (i, (last, middle, high, pick)) in ops.into_iter().enumerate() {
            let len = [32, 40, 48, 56][usize::from(pick as u8)];
            let addr = 0x2001u128 << 112 | u128::from(high) << 88 | u128::from(middle) << 80 | u128::from(last) << 72;
            // First mostly adds, later mostly removals, so that nodes come and go.
            bench.change(addr, len, (i / 100) % 2 == 0 || last % 4 == 0);
        }
        let used = bench.words_below(Level::ROOT, 0);
        // One unit is never given out.
        prop_assert_eq!(bench.writer.words_left() + used + 4, 1 << ORDER);
    }
}

#[test]
fn a_node_that_has_become_almost_empty_is_a_bag_again() {
    let mut bench = Bench::new();
    let addr = |i: u128| 0x2001u128 << 112 | i << 80;
    (0..100).for_each(|i| bench.change(addr(i), 48, true));
    let level = |bench: &Bench| below(Level::ROOT.slot(&bench.table, addr(0)));
    assert!(level(&bench).is_node());
    (7..100).for_each(|i| bench.change(addr(i), 48, false));
    assert!(!level(&bench).is_node());
    assert_eq!(bench.table.bag_len(level(&bench)), 7);
    (0..7).for_each(|i| bench.change(addr(i), 48, false));
    assert_eq!(level(&bench), Below::NOTHING);
}
