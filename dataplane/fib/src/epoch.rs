//! Grace periods by worker epochs (quiescent-state based reclamation).
//!
//! The writer unlinks something, then advances the epoch. A worker that has copied that epoch into its own
//! line can no longer reach what was unlinked before: its acquire load of the epoch orders all its later
//! loads after the unlinking, and its release store orders all its earlier ones before the writer's reuse.

use crate::sync::{AtomicBool, AtomicU64, Ordering, fence};

/// The epoch of a worker that reads nothing: it holds nothing up.
const OFFLINE: u64 = u64::MAX;

/// One worker's line; 128 bytes because adjacent lines are fetched in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Slot {
    taken: AtomicBool,
    seen: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Epochs {
    current: AtomicU64,
    slots: Box<[Slot]>,
}

impl Epochs {
    pub(crate) fn new(workers: usize) -> Self {
        let slot = || Slot { taken: AtomicBool::new(false), seen: AtomicU64::new(OFFLINE) };
        Self { current: AtomicU64::new(0), slots: (0..workers).map(|_| slot()).collect() }
    }

    /// Takes a free slot and puts it online; `None` when all are taken.
    pub(crate) fn register(&self) -> Option<usize> {
        let index = self.slots.iter().position(|slot| {
            slot.taken.compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })?;
        self.online(index);
        Some(index)
    }

    pub(crate) fn unregister(&self, index: usize) {
        self.offline(index);
        self.slots[index].taken.store(false, Ordering::Release);
    }

    #[inline]
    pub(crate) fn quiescent(&self, index: usize) {
        let current = self.current.load(Ordering::Acquire);
        self.slots[index].seen.store(current, Ordering::Release);
    }

    pub(crate) fn offline(&self, index: usize) {
        self.slots[index].seen.store(OFFLINE, Ordering::Release);
    }

    /// The fence pairs with the one in [`Epochs::passed`]: either the writer sees this worker online, or
    /// this worker sees everything the writer had unlinked by then.
    pub(crate) fn online(&self, index: usize) {
        let current = self.current.load(Ordering::Acquire);
        self.slots[index].seen.store(current, Ordering::Release);
        fence(Ordering::SeqCst);
    }

    /// The epoch that ends the grace period of what is unlinked from now until the next `advance`.
    pub(crate) fn tag(&self) -> u64 {
        self.current.load(Ordering::Relaxed) + 1
    }

    /// Only the writer calls this, so load and store need not be one operation.
    pub(crate) fn advance(&self) {
        self.current.store(self.tag(), Ordering::Release);
    }

    /// Everything tagged with this epoch or an earlier one is out of every worker's reach.
    pub(crate) fn passed(&self) -> u64 {
        fence(Ordering::SeqCst);
        let current = self.current.load(Ordering::Relaxed);
        self.slots.iter().map(|slot| slot.seen.load(Ordering::Acquire)).fold(current, u64::min)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_tag_passes_only_after_every_online_worker_was_quiescent() {
        let epochs = Epochs::new(3);
        let first = epochs.register().unwrap();
        let second = epochs.register().unwrap();
        let tag = epochs.tag();
        epochs.advance();
        assert!(epochs.passed() < tag);
        epochs.quiescent(first);
        assert!(epochs.passed() < tag);
        epochs.quiescent(second);
        assert!(epochs.passed() >= tag);
    }

    #[test]
    fn a_parked_worker_holds_nothing_up_and_an_online_one_does_again() {
        let epochs = Epochs::new(1);
        let worker = epochs.register().unwrap();
        epochs.offline(worker);
        let tag = epochs.tag();
        epochs.advance();
        assert!(epochs.passed() >= tag);
        epochs.online(worker);
        let tag = epochs.tag();
        epochs.advance();
        assert!(epochs.passed() < tag);
    }

    #[test]
    fn slots_run_out_and_come_back() {
        let epochs = Epochs::new(1);
        let worker = epochs.register().unwrap();
        assert!(epochs.register().is_none());
        epochs.unregister(worker);
        assert_eq!(epochs.register(), Some(worker));
    }
}

/// The protocol of publication and reuse on two blocks: `link` names the block in use, a block's content
/// says which generation it was filled for. Run with `RUSTFLAGS="--cfg loom" cargo test --release loom_`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    struct Model {
        epochs: Epochs,
        link: AtomicU64,
        blocks: [AtomicU64; 2],
    }

    /// Block 0 holds 10; what `link` says and what the block holds must always belong together.
    fn model() -> Arc<Model> {
        let blocks = [AtomicU64::new(10), AtomicU64::new(0)];
        Arc::new(Model { epochs: Epochs::new(1), link: AtomicU64::new(10 << 8), blocks })
    }

    fn read(model: &Model) {
        let link = model.link.load(Ordering::Acquire);
        let content = model.blocks[(link & 0xFF) as usize].load(Ordering::Relaxed);
        assert_eq!(content, link >> 8, "a freed block's foreign content");
    }

    fn replace_and_reuse(model: &Model) {
        model.blocks[1].store(20, Ordering::Relaxed);
        model.link.store(20 << 8 | 1, Ordering::Release);
        let tag = model.epochs.tag();
        model.epochs.advance();
        if model.epochs.passed() >= tag {
            model.blocks[0].store(30, Ordering::Relaxed);
        }
        if model.epochs.passed() >= tag {
            model.blocks[0].store(40, Ordering::Relaxed);
            model.link.store(40 << 8, Ordering::Release);
        }
    }

    #[test]
    fn loom_a_worker_never_reads_a_block_that_was_reused() {
        loom::model(|| {
            let model = model();
            let worker = model.epochs.register().unwrap();
            let reader = {
                let model = model.clone();
                thread::spawn(move || {
                    read(&model);
                    model.epochs.quiescent(worker);
                    read(&model);
                    model.epochs.offline(worker);
                })
            };
            replace_and_reuse(&model);
            reader.join().unwrap();
        });
    }

    #[test]
    fn loom_a_worker_that_comes_back_online_never_reads_a_block_that_was_reused() {
        loom::model(|| {
            let model = model();
            let worker = model.epochs.register().unwrap();
            model.epochs.offline(worker);
            let reader = {
                let model = model.clone();
                thread::spawn(move || {
                    model.epochs.online(worker);
                    read(&model);
                })
            };
            replace_and_reuse(&model);
            reader.join().unwrap();
        });
    }
}
