//! A worker's memory for vectors, in one piece.

use crate::abi::{Context, Fixed, Packets, Waiting, waiting_at};
use std::ptr::NonNull;

/// [`Fixed`], and what waits at each way to a cut.
#[derive(Debug)]
pub struct Room {
    at: NonNull<Fixed>,
    /// Where `at` leads to. Of pages that nobody writes to there are none.
    _memory: Vec<u64>,
}

impl Room {
    /// For so many ways to cuts; packets have extra areas of so many words, one after the other.
    pub fn new(ways: usize, extra: *mut u64, words: usize) -> Room {
        const WORD: usize = size_of::<u64>();
        let mut memory = vec![0; (waiting_at(ways) + align_of::<Fixed>()) / WORD];
        let begin = memory.as_mut_ptr();
        let skipped = begin.align_offset(align_of::<Fixed>());
        let Some(at) = NonNull::new(begin.wrapping_add(skipped).cast::<Fixed>()) else {
            unreachable!("a vector's memory is somewhere")
        };
        let mut room = Room { at, _memory: memory };
        room.packets_mut().begin(extra, words);
        room
    }

    /// The context, from which everything else is found.
    pub fn context(&mut self) -> *mut Context {
        self.at.as_ptr().cast()
    }

    #[inline(always)]
    pub fn packets(&self) -> &Packets {
        // SAFETY: the memory is ours and has room for it; zeros are a value of each of its numbers and pointers. Compiled code,
        // which writes to it by other ways, runs within `Core::run` only.
        unsafe { &(*self.at.as_ptr()).packets }
    }

    #[inline(always)]
    pub fn packets_mut(&mut self) -> &mut Packets {
        // SAFETY: as above, and nobody else has it.
        unsafe { &mut (*self.at.as_ptr()).packets }
    }
}

/// What waits at a way to a cut.
///
/// # Safety
/// The context is a [`Room`]'s, which has that many ways.
pub unsafe fn waiting(context: *mut Context, number: usize) -> *mut Waiting {
    // SAFETY: see above.
    unsafe { context.byte_add(waiting_at(number)).cast() }
}
