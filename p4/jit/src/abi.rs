//! What compiled code and the host share in memory. Offsets are taken by the compiler from these very types.

use fib::{Neighbor, PathSlot};
use rt::around::PortRow;
use std::ffi::c_void;

/// Packets of one vector.
pub const VECTOR: usize = 256;

/// How a packet left compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Exit {
    /// To `PacketRec::port`.
    Out = 0,
    /// egress_spec said so after ingress.
    Dropped = 1,
    /// A control went round a loop too often.
    TooManySteps = 2,
    /// After ingress, for the traffic manager: everything is in the frame.
    AfterIngress = 3,
    /// After egress: everything is in the frame.
    AfterEgress = 4,
    /// egress_spec said so after egress.
    DroppedByEgress = 5,
}

impl Exit {
    pub fn from_number(number: u16) -> Option<Exit> {
        [
            Exit::Out,
            Exit::Dropped,
            Exit::TooManySteps,
            Exit::AfterIngress,
            Exit::AfterEgress,
            Exit::DroppedByEgress,
        ]
        .into_iter()
        .find(|exit| *exit as u16 == number)
    }
}

/// One packet of the vector: one cache line.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct PacketRec {
    /// Slots, as the run time lays them out.
    pub frame: *mut u64,
    /// Areas of headers, then their bases, then what the deparser emitted.
    pub extra: *mut u8,
    pub data: *mut u8,
    pub end: *mut u8,
    /// Where the parser stands; behind it is payload.
    pub cursor: *mut u8,
    pub exit: u16,
    /// Where it leaves.
    pub port: u16,
    /// Pieces that the deparser emitted.
    pub pieces: u16,
    /// Whether they are not simply what stands in the packet already.
    pub moved: u16,
    /// Set by the host: clones, resubmission or recirculation were asked for.
    pub flags: u32,
    /// `standard_metadata.instance_type` of this pass.
    pub instance: u32,
    /// `swerve_punt_t`, or `swerve_drop_t` and [`WHY_DROP`].
    pub why: u16,
    pub argument: u16,
    /// Whose rewrite it has, or [`rt::packet::NO_PATH`].
    pub path: u16,
    /// Where it came in.
    pub ingress_port: u16,
}

/// In [`PacketRec::why`]: a drop, not a punt.
pub const WHY_DROP: u16 = 0x100;

/// A header as the deparser emitted it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Piece {
    pub from: *const u8,
    pub bytes: u64,
}

/// What a stage is called with.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    pub packets: *mut PacketRec,
    /// Zeros, as many as the longest header has bytes: where headers that are not there are read.
    pub zeros: *mut u8,
    /// Time of the vector, in microseconds.
    pub now: u64,
    /// Executes one operation on the frame: see [`OpResult`].
    pub run_op: extern "C" fn(*mut Context, u64, u64) -> u64,
    /// Looks one packet's keys up: `hit << 32 | action`.
    pub apply: extern "C" fn(*mut Context, u64, u64) -> u64,
    pub host: *mut c_void,
    pub sites: *mut SiteRec,
    /// Packets that begin again.
    pub again: SiteRec,
    /// What lookups at cuts found, by packet: `argument << 48 | hit << 32 | action`; the argument is that of a role's action.
    pub results: *mut u64,
    /// Keys of routes that are looked up at cuts, by packet.
    pub keys: *mut u128,
    /// One for each port number that a program can name.
    pub ports: *const PortRow,
    pub vlans: *const u16,
    /// Of a program with roles.
    pub paths: *const PathSlot,
    pub neighbors: *const Neighbor,
    pub calls: *const Calls,
    /// Default actions of tables without keys; see [`crate::defaults`].
    pub defaults: *const u64,
    /// Executes a meter for a packet: its number, the cell; a colour.
    pub meter: extern "C" fn(*mut Context, u64, u64, u64) -> u64,
    /// The pages of each array of cells; see [`crate::cells`].
    pub cells: *const *mut *mut u8,
    /// Makes a page: of this array, this number.
    pub page: extern "C" fn(*mut Context, u64, u64) -> u64,
    /// The byte of the gate; one while somebody is in.
    pub gate: *mut u8,
    /// Nested `@atomic` blocks that the packet is in.
    pub held: u64,
    /// Waits at the gate until it is ours.
    pub enter: extern "C" fn(*mut Context, u64, u64) -> u64,
}

/// Functions of the run time that know nothing of packets.
#[derive(Debug)]
#[repr(C)]
pub struct Calls {
    /// Limbs from so many bytes in network order; all of the words are written.
    pub load_varbit: unsafe extern "C" fn(to: *mut u64, from: *const u8, bytes: u64, words: u64) -> u64,
    /// So many bytes in network order from limbs.
    pub store_varbit: unsafe extern "C" fn(to: *mut u8, from: *const u64, bytes: u64, words: u64) -> u64,
    pub copy: unsafe extern "C" fn(to: *mut u8, from: *const u8, bytes: u64, unused: u64) -> u64,
    /// One's complement sum of 16-bit words in network order.
    pub sum: OfBytes,
    pub crc32: OfBytes,
    pub crc16: OfBytes,
    pub xor16: OfBytes,
    pub identity: OfBytes,
    pub csum16: OfBytes,
    /// `swerve_flow_hash` of a frame.
    pub flow: OfBytes,
}

/// A number for bytes. All have four arguments, so that one signature does for all calls.
pub type OfBytes = unsafe extern "C" fn(from: *const u8, bytes: u64, unused: u64, unused: u64) -> u64;

/// The packets that wait at a cut.
#[derive(Debug)]
#[repr(C)]
pub struct SiteRec {
    /// Room for a vector.
    pub list: *mut u16,
    pub count: u64,
}

/// Numbers of `run_op` that are no operation of the program.
pub mod special {
    /// The deparser begins.
    pub const BEGIN_DEPARSER: u64 = u64::MAX;
    /// It ends: the payload follows.
    pub const END_DEPARSER: u64 = u64::MAX - 1;
}

/// What an operation of the host comes back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum OpResult {
    Done = 0,
    /// The parser ends; its error is in the frame.
    ParserError = 1,
}
