//! What compiled code and the host share in memory. Offsets are taken by the compiler from these very types.

use fib::{Neighbor, PathSlot};
use rt::around::PortRow;
use rt::packet::NO_PATH;
use std::ffi::c_void;
use std::mem::MaybeUninit;

/// Packets of one vector.
pub const VECTOR: usize = 256;

/// How a packet left compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Exit {
    /// To the port.
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

/// The packets of a vector: an array for each thing about them, so that a pass over the vector touches the lines of what it wants.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Packets {
    pub data: [*mut u8; VECTOR],
    /// Bytes.
    pub length: [u32; VECTOR],
    pub left: [Left; VECTOR],
    pub why: [Reason; VECTOR],
    /// Where the parser stands; behind it is payload.
    pub cursor: [*mut u8; VECTOR],
    /// Slots, as the run time lays them out.
    pub frame: [*mut u64; VECTOR],
    /// Areas of headers, then their bases, then what the deparser emitted.
    pub extra: [*mut u8; VECTOR],
    /// Pieces that the deparser emitted.
    pub pieces: [u16; VECTOR],
    /// Set by the host: clones, resubmission or recirculation were asked for.
    pub flags: [u32; VECTOR],
    /// `standard_metadata.instance_type` of this pass.
    pub instance: [u32; VECTOR],
}

/// How a packet left, in one word: from the lowest 16 bits on, where it leaves, an [`Exit`], whose rewrite it has or
/// [`NO_PATH`], and whether what the deparser emitted is not simply what stands in the packet already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Left(pub u64);

/// Why a packet is punted or dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(4))]
pub struct Reason {
    /// `swerve_punt_t`, or `swerve_drop_t` and [`WHY_DROP`].
    pub why: u16,
    pub argument: u16,
}

impl Left {
    // Bytes from the word to each of its numbers.
    pub const PORT: usize = 0;
    pub const EXIT: usize = 2;
    pub const PATH: usize = 4;
    pub const MOVED: usize = 6;

    /// Of a packet that has just come in.
    pub const NOT_YET: Left = Left((NO_PATH as u64) << 32 | (Exit::Dropped as u64) << 16);

    pub fn with_path(self, path: u16) -> Left {
        Left(self.0 & !(0xffff << 32) | u64::from(path) << 32)
    }

    /// [`Exit::Out`] and not moved.
    #[inline(always)]
    pub fn is_straight(self) -> bool {
        self.0 & 0xffff_0000_ffff_0000 == 0
    }

    #[inline(always)]
    pub fn port(self) -> u16 {
        self.0 as u16
    }

    pub fn exit(self) -> Option<Exit> {
        Exit::from_number((self.0 >> 16) as u16)
    }

    #[inline(always)]
    pub fn path(self) -> u16 {
        (self.0 >> 32) as u16
    }

    pub fn moved(self) -> bool {
        self.0 >> 48 != 0
    }
}

const _: () = assert!(cfg!(target_endian = "little") && Exit::Out as u16 == 0);

impl Packets {
    /// Gives them these extra areas, one after the other, each of so many words.
    pub fn begin(&mut self, extra: *mut u64, words: usize) {
        self.left = [Left::NOT_YET; VECTOR];
        self.extra = std::array::from_fn(|at| extra.wrapping_add(at * words).cast());
    }
}

/// In [`Reason::why`]: a drop, not a punt.
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
    /// [`Fixed::packets`].
    pub packets: *mut Packets,
    /// Where those that come from a port came in.
    pub ingress_port: u64,
    /// The MAC address of that port as a program has it, in network order, and the interface of its frames without a tag.
    pub mac: u64,
    pub interface: u64,
    /// Zeros, as many as the longest header has bytes: where headers that are not there are read.
    pub zeros: *mut u8,
    /// Time of the vector, in microseconds.
    pub now: u64,
    /// Executes one operation on the frame: see [`OpResult`].
    pub run_op: extern "C" fn(*mut Context, u64, u64) -> u64,
    /// Looks one packet's keys up: `hit << 32 | action`.
    pub apply: extern "C" fn(*mut Context, u64, u64) -> u64,
    pub host: *mut c_void,
    /// [`Fixed::results`].
    pub results: *mut u64,
    /// Keys and arguments of other tables; see [`crate::handed::Handed`].
    pub handed: *mut u64,
    /// What direct meters found at the last lookup of their tables: a vector of colours for each meter.
    pub colours: *mut u8,
    /// One for each port number that a program can name.
    pub ports: *const PortRow,
    pub vlans: *const u16,
    /// One for each interface number that a program can name.
    pub vrfs: *const u16,
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
    /// Calls one of the functions above, which `asked` begins with, with its two numbers, and leaves what it returns in `answer`; all
    /// registers stay as they are.
    pub rarely: *const u8,
    pub asked: [u64; 3],
    pub answer: u64,
    /// Of packets from a port: the first one that is to be run, whether to stop at what may be BFD's, and where that was.
    pub begin: u64,
    pub listens: u64,
    pub stopped: u64,
    /// Not zero once a packet has a [`Reason`].
    pub reasoned: u64,
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

/// Numbers of packets.
#[derive(Debug)]
#[repr(C)]
pub struct List {
    pub count: u64,
    pub numbers: [u16; VECTOR],
}

/// The packets that wait at a cut.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Waiting {
    pub list: List,
    /// Keys of routes, in the order of the list: [`u32`] or [`u128`].
    pub keys: [u128; VECTOR],
    /// Their VRFs, where the table has them.
    pub vrfs: [u16; VECTOR],
}

/// What compiled code finds at fixed distances from the address of its context: a register for each would be more than there are.
/// Behind it comes [`Waiting`] for each way to a cut.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Fixed {
    pub context: MaybeUninit<Context>,
    pub packets: Packets,
    /// What lookups at cuts found, by packet: `argument << 48 | hit << 32 | action`; the argument is that of a role's action.
    pub results: [u64; VECTOR],
    /// Packets that begin again.
    pub again: List,
}

/// Bytes from the context to the packets that wait at the cut of this number.
pub const fn waiting_at(number: usize) -> usize {
    size_of::<Fixed>() + number * size_of::<Waiting>()
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
