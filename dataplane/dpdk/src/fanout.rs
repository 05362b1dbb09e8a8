//! Fragments of IPv4 as they are, from DPDK's `af_packet` driver.
//!
//! The driver puts its sockets into a fanout group, of one queue too, and asks the kernel to put fragments together in it
//! (`PACKET_FANOUT_FLAG_DEFRAG`, packet(7)); there is no argument against that. What comes out is longer than a frame of the
//! ring, and so cut short: no fragmented packet would pass. The flag cannot be taken back afterwards either, so it is taken
//! out of the driver's call on its way: a symbol of the executable comes before the C library's, where the executable's link
//! exports it (`build.rs` of who has one).

use libc::{c_int, c_long, c_void, socklen_t};

/// In the upper half of the option's value, beside the kind of fanout; the lower half is the group.
const DEFRAG: c_int = 0x8000 << 16;

/// setsockopt(2), but for that flag.
///
/// # Safety
/// As the C library's: `value` is null or points to `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: socklen_t,
) -> c_int {
    let fanout: c_int;
    let mut value = value;
    if (level, name) == (libc::SOL_PACKET, libc::PACKET_FANOUT)
        && len as usize == size_of::<c_int>()
        && !value.is_null()
    {
        // SAFETY: the caller's `value` points to `len` bytes, which need not be aligned.
        fanout = unsafe { value.cast::<c_int>().read_unaligned() } & !DEFRAG;
        value = (&raw const fanout).cast();
    }
    // SAFETY: the system call checks its arguments itself; `fanout` lives until it returns.
    unsafe { libc::syscall(libc::SYS_setsockopt, c_long::from(fd), level, name, value, len) as c_int }
}

/// Sees to it that the symbol above is in whatever links this crate.
pub(crate) fn in_place() {
    std::hint::black_box(setsockopt as *const ());
}
