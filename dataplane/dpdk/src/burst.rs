//! A vector of packets of fixed capacity, in place.

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use dpdk_sys::rte_mbuf;

use crate::Mbuf;

/// Up to [`Burst::CAPACITY`] packets, owned: dropping the burst frees them in one call.
///
/// It is a slice of [`Mbuf`] (index, iterate, swap), 2 KiB in place: keep it where it is and pass `&mut`.
/// To hand packets on one by one, [`drain`](Self::drain) it and [`push`](Self::push) them elsewhere.
#[repr(C, align(64))]
pub struct Burst {
    mbufs: [MaybeUninit<Mbuf>; Self::CAPACITY],
    /// The first `len` of `mbufs` are initialised; at most CAPACITY.
    len: usize,
}

impl Burst {
    /// The largest vector of a worker.
    pub const CAPACITY: usize = 256;

    pub const fn new() -> Self {
        Self { mbufs: [const { MaybeUninit::uninit() }; Self::CAPACITY], len: 0 }
    }

    /// How many packets may still be pushed.
    #[inline]
    pub fn room(&self) -> usize {
        Self::CAPACITY - self.len
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.len == Self::CAPACITY
    }

    /// Adds a packet at the end; a full burst gives it back.
    #[inline(always)]
    pub fn push(&mut self, mbuf: Mbuf) -> Result<(), Mbuf> {
        match self.mbufs.get_mut(self.len) {
            Some(slot) => {
                slot.write(mbuf);
                self.len += 1;
                Ok(())
            }
            None => Err(mbuf),
        }
    }

    /// Takes the last packet.
    #[inline]
    pub fn pop(&mut self) -> Option<Mbuf> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: this slot was below `len`, and no longer is.
        Some(unsafe { self.mbufs[self.len].assume_init_read() })
    }

    /// Takes all packets, in order: the burst is empty from here on, and what the iterator did not yield is freed.
    #[inline]
    pub fn drain(&mut self) -> Drain<'_> {
        let end = std::mem::take(&mut self.len);
        Drain { mbufs: &mut self.mbufs, next: 0, end }
    }

    /// Frees all packets.
    #[inline]
    pub fn clear(&mut self) {
        let count = std::mem::take(&mut self.len);
        free(&mut self.mbufs[..count]);
    }

    /// Frees the packets from `len` on.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            let end = std::mem::replace(&mut self.len, len);
            free(&mut self.mbufs[len..end]);
        }
    }

    /// Moves all packets of `from` to the end of this burst; what does not fit stays in `from`, in order.
    pub fn append(&mut self, from: &mut Burst) {
        let count = from.len.min(self.room());
        // SAFETY: the first `count` slots of `from` are initialised, there is room for them here, and the two bursts
        // are different objects. They change owner with the two lengths, below.
        unsafe {
            std::ptr::copy_nonoverlapping(from.mbufs.as_ptr(), self.mbufs.as_mut_ptr().add(self.len), count);
            self.len += count;
            from.forget_front(count);
        }
    }

    /// The packets as DPDK and generated code see them: `len()` pointers, valid as long as the burst is not changed.
    #[inline]
    pub fn as_ptrs(&self) -> *const NonNull<rte_mbuf> {
        self.mbufs.as_ptr().cast()
    }

    /// The free slots, for a function that fills them; follow with [`assume_pushed`](Self::assume_pushed).
    #[inline]
    pub(crate) fn free_slots(&mut self) -> &mut [MaybeUninit<Mbuf>] {
        &mut self.mbufs[self.len..]
    }

    /// # Safety
    /// The first `count` of [`free_slots`](Self::free_slots) have been filled with packets nobody else owns.
    #[inline]
    pub(crate) unsafe fn assume_pushed(&mut self, count: usize) {
        debug_assert!(count <= self.room());
        self.len += count;
    }

    /// Forgets the first `count` packets and moves the rest to the front.
    ///
    /// # Safety
    /// `count` is at most `len()`, and the packets have another owner now.
    #[inline]
    pub(crate) unsafe fn forget_front(&mut self, count: usize) {
        debug_assert!(count <= self.len);
        self.len -= count;
        if self.len > 0 {
            // SAFETY: the slots from `count` to the old end are initialised; `copy` allows the overlap.
            unsafe { std::ptr::copy(self.mbufs.as_ptr().add(count), self.mbufs.as_mut_ptr(), self.len) }
        }
    }
}

/// Frees `mbufs`, which are all initialised and no longer counted by their burst.
#[inline]
fn free(mbufs: &mut [MaybeUninit<Mbuf>]) {
    if !mbufs.is_empty() {
        // SAFETY: Mbuf is a transparent NonNull<rte_mbuf>, so this is an array of mbuf pointers that we own.
        unsafe { dpdk_sys::rte_pktmbuf_free_bulk(mbufs.as_mut_ptr().cast(), mbufs.len() as u32) }
    }
}

impl Default for Burst {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Burst {
    type Target = [Mbuf];

    #[inline(always)]
    fn deref(&self) -> &[Mbuf] {
        // SAFETY: the first `len` slots are initialised.
        unsafe { std::slice::from_raw_parts(self.mbufs.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Burst {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Mbuf] {
        // SAFETY: the first `len` slots are initialised, and `&mut self` is the only access.
        unsafe { std::slice::from_raw_parts_mut(self.mbufs.as_mut_ptr().cast(), self.len) }
    }
}

impl Drop for Burst {
    fn drop(&mut self) {
        self.clear();
    }
}

impl fmt::Debug for Burst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The packets of a burst, each with its new owner; see [`Burst::drain`].
#[derive(Debug)]
pub struct Drain<'a> {
    mbufs: &'a mut [MaybeUninit<Mbuf>; Burst::CAPACITY],
    /// The slots from `next` to `end` are initialised and ours.
    next: usize,
    end: usize,
}

impl Iterator for Drain<'_> {
    type Item = Mbuf;

    #[inline(always)]
    fn next(&mut self) -> Option<Mbuf> {
        if self.next == self.end {
            return None;
        }
        // SAFETY: `next` is below `end`, which is at most CAPACITY; the slot is initialised, and never read again.
        let mbuf = unsafe { self.mbufs.get_unchecked(self.next).assume_init_read() };
        self.next += 1;
        Some(mbuf)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.next, Some(self.end - self.next))
    }
}

impl ExactSizeIterator for Drain<'_> {}

impl Drop for Drain<'_> {
    #[inline]
    fn drop(&mut self) {
        free(&mut self.mbufs[self.next..self.end]);
    }
}
