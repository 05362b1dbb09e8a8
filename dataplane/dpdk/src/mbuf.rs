//! A packet buffer with one owner.

use std::fmt;
use std::ptr::NonNull;

use dpdk_sys::rte_mbuf;

/// One packet (`rte_mbuf`, possibly a chain of segments), owned: dropping it gives it back to its pool.
///
/// Nothing here clones a reference, so the data belongs to the owner alone.
#[repr(transparent)]
pub struct Mbuf(NonNull<rte_mbuf>);

// SAFETY: an mbuf has one owner, and a mempool takes it back from any thread.
unsafe impl Send for Mbuf {}
// SAFETY: `&Mbuf` only reads.
unsafe impl Sync for Mbuf {}

impl Mbuf {
    /// Takes over `ptr`.
    ///
    /// # Safety
    /// `ptr` is a live mbuf of a [`Mempool`](crate::Mempool) with a reference count of one, and nobody else uses it.
    #[inline]
    pub unsafe fn from_raw(ptr: NonNull<rte_mbuf>) -> Self {
        Self(ptr)
    }

    /// Gives up ownership: the caller frees it, or hands it to DPDK.
    #[inline]
    pub fn into_raw(self) -> NonNull<rte_mbuf> {
        let ptr = self.0;
        std::mem::forget(self);
        ptr
    }

    /// The `rte_mbuf`, for generated code; valid as long as `self`.
    #[inline]
    pub fn as_ptr(&self) -> *mut rte_mbuf {
        self.0.as_ptr()
    }

    /// # Safety
    /// `T` is the type of the field at byte `offset`.
    #[inline]
    unsafe fn field<T>(&self, offset: u32) -> *mut T {
        // SAFETY: the offset is inside the rte_mbuf that `self` owns.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset as usize).cast() }
    }

    #[inline]
    fn u16_at(&self, offset: u32) -> u16 {
        // SAFETY: called with the offsets of u16 fields only.
        unsafe { *self.field::<u16>(offset) }
    }

    #[inline]
    fn set_u16_at(&mut self, offset: u32, value: u16) {
        // SAFETY: called with the offsets of u16 fields only; `&mut self` is the only access.
        unsafe { *self.field::<u16>(offset) = value }
    }

    #[inline]
    fn add_packet_len(&mut self, change: i32) {
        // SAFETY: pkt_len is a u32; `&mut self` is the only access.
        unsafe {
            let len = self.field::<u32>(dpdk_sys::SWERVE_MBUF_PKT_LEN);
            *len = (*len).wrapping_add_signed(change);
        }
    }

    /// The first byte of the packet.
    #[inline]
    pub fn data_ptr(&self) -> *mut u8 {
        // SAFETY: buf_addr is a pointer field, and data_off stays inside the buffer it points to.
        unsafe { (*self.field::<*mut u8>(dpdk_sys::SWERVE_MBUF_BUF_ADDR)).add(usize::from(self.headroom())) }
    }

    /// The bytes of the first segment: all of the packet when [`is_contiguous`](Self::is_contiguous).
    #[inline]
    pub fn data(&self) -> &[u8] {
        // SAFETY: data_len bytes from data_ptr are in the buffer, which is ours.
        unsafe { std::slice::from_raw_parts(self.data_ptr(), usize::from(self.data_len())) }
    }

    /// As [`data`](Self::data), to write to.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `data`, and `&mut self` is the only access.
        unsafe { std::slice::from_raw_parts_mut(self.data_ptr(), usize::from(self.data_len())) }
    }

    /// Bytes in the first segment.
    #[inline]
    pub fn data_len(&self) -> u16 {
        self.u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN)
    }

    /// Bytes in all segments.
    #[inline]
    pub fn packet_len(&self) -> u32 {
        // SAFETY: pkt_len is a u32.
        unsafe { *self.field::<u32>(dpdk_sys::SWERVE_MBUF_PKT_LEN) }
    }

    /// Segments in the chain, at least 1.
    #[inline]
    pub fn segments(&self) -> u16 {
        self.u16_at(dpdk_sys::SWERVE_MBUF_NB_SEGS)
    }

    /// Whether the packet is one segment, as it is unless a port scatters.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.segments() == 1
    }

    /// The number of the port that received it.
    #[inline]
    pub fn port(&self) -> u16 {
        self.u16_at(dpdk_sys::SWERVE_MBUF_PORT)
    }

    /// Free bytes before the data.
    #[inline]
    pub fn headroom(&self) -> u16 {
        self.u16_at(dpdk_sys::SWERVE_MBUF_DATA_OFF)
    }

    /// Free bytes after the data of the first segment.
    #[inline]
    pub fn tailroom(&self) -> u16 {
        self.u16_at(dpdk_sys::SWERVE_MBUF_BUF_LEN) - self.headroom() - self.data_len()
    }

    /// Grows the packet by `count` bytes at the front and returns them, with whatever they contain; `None`, and no
    /// change, when the headroom is smaller.
    #[inline]
    pub fn prepend(&mut self, count: u16) -> Option<&mut [u8]> {
        let headroom = self.headroom().checked_sub(count)?;
        let data_len = self.data_len().checked_add(count)?;
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_OFF, headroom);
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN, data_len);
        self.add_packet_len(i32::from(count));
        Some(&mut self.data_mut()[..usize::from(count)])
    }

    /// Cuts `count` bytes off the front; false, and no change, when the first segment is shorter.
    #[inline]
    #[must_use]
    pub fn trim_front(&mut self, count: u16) -> bool {
        let Some(data_len) = self.data_len().checked_sub(count) else { return false };
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_OFF, self.headroom() + count);
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN, data_len);
        self.add_packet_len(-i32::from(count));
        true
    }

    /// Grows the packet by `count` bytes at the end and returns them, with whatever they contain; `None`, and no
    /// change, when the tailroom is smaller or the packet is not contiguous.
    #[inline]
    pub fn append(&mut self, count: u16) -> Option<&mut [u8]> {
        if !self.is_contiguous() || count > self.tailroom() {
            return None;
        }
        let before = self.data_len();
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN, before + count);
        self.add_packet_len(i32::from(count));
        Some(&mut self.data_mut()[usize::from(before)..])
    }

    /// Cuts the packet to `len` bytes; false, and no change, when it is shorter or not contiguous.
    #[inline]
    #[must_use]
    pub fn truncate(&mut self, len: u16) -> bool {
        let before = self.data_len();
        if !self.is_contiguous() || len > before {
            return false;
        }
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN, len);
        self.add_packet_len(i32::from(len) - i32::from(before));
        true
    }

    /// Makes `bytes` the whole packet, with the headroom it has; false, and no change, when they do not fit
    /// or the packet is not contiguous.
    #[must_use]
    pub fn fill(&mut self, bytes: &[u8]) -> bool {
        let room = usize::from(self.data_len()) + usize::from(self.tailroom());
        if !self.is_contiguous() || bytes.len() > room {
            return false;
        }
        // `room` is at most u16::MAX: it is part of buf_len.
        let len = bytes.len() as u16;
        let change = i32::from(len) - i32::from(self.data_len());
        self.set_u16_at(dpdk_sys::SWERVE_MBUF_DATA_LEN, len);
        self.add_packet_len(change);
        self.data_mut().copy_from_slice(bytes);
        true
    }
}

impl Drop for Mbuf {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `self` owns the mbuf, and its pool lives until the EAL is cleaned up, which waits for it.
        unsafe { dpdk_sys::rte_pktmbuf_free(self.as_ptr()) }
    }
}

impl fmt::Debug for Mbuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mbuf")
            .field("packet_len", &self.packet_len())
            .field("segments", &self.segments())
            .finish()
    }
}

/// Starts fetching the cache line of `address` into all levels. Any address is allowed.
#[inline(always)]
pub fn prefetch<T>(address: *const T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch never faults and changes nothing but caches; SSE is part of x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
}
