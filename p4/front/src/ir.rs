//! What a v1model program does, flat: scalars in slots, control flow in blocks. Made by lowering, run by the interpreter
//! (the oracle) and compiled by the JIT.
//!
//! - Every struct, header, stack and union is taken apart into scalar *slots* of one packet. `bool` is one bit, `error` and
//!   enums are [`ENUM_WIDTH`] bits (a serializable enum has its own width), a varbit is a value (right-aligned, of the maximum
//!   width) and a length in bits ([`LENGTH_WIDTH`]).
//! - Functions, actions, sub-parsers and sub-controls are inlined: copy-in, copy-out and the order of evaluation are explicit.
//! - Slots of an invalid header are zero: `SetInvalid` clears them and writes are guarded, so that reads need no test.
//! - Every operation has one meaning for every width; nothing here is undefined.

use crate::hir::Annotation;
use crate::ids::ids;
pub use crate::ir_switch::SwitchValue;
use crate::source::Span;
use num_bigint::BigUint;

ids! {
    SlotId,
    /// Of [`Program::consts`].
    ConstId,
    HeaderId,
    StackId,
    TableId,
    /// Of [`Program::actions`]: an action as the control plane sees it.
    ActionId,
    CounterId,
    DirectCounterId,
    MeterId,
    DirectMeterId,
    RegisterId,
    ProfileId,
    ProtectionId,
    DigestId,
    ValueSetId,
    FieldListId,
    /// Within its [`Code`].
    BlockId,
}

pub const ENUM_WIDTH: u32 = 32;
pub const LENGTH_WIDTH: u32 = 32;

/// A constant. `value` has no more than `width` bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bits {
    pub width: u32,
    pub value: BigUint,
}

/// A scalar of one packet.
#[derive(Debug, Clone)]
pub struct Slot {
    /// As a programmer would write it: `hdr.ipv4.ttl`, `hdr.ipv4.$valid$`, `ingress.tmp`; unique only with its number.
    pub name: String,
    pub width: u32,
    pub signed: bool,
    pub kind: SlotKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// Field of a header of H.
    Field,
    /// Validity of a header of H, the next index of a stack of H.
    State,
    /// Of M (or a plain struct member of H).
    Metadata,
    Standard,
    /// Lives within one control or parser; written before it is read.
    Local,
    /// Argument of a table's action: written by Apply.
    Param,
    /// Key of a table: written before Apply reads it.
    Key,
}

#[derive(Debug, Clone)]
pub struct Header {
    /// `hdr.ipv4`, `hdr.mpls[2]`, `hdr.u.v4`.
    pub name: String,
    pub type_name: String,
    pub valid: SlotId,
    pub fields: Vec<HeaderField>,
    /// Bits without the varbit field.
    pub fixed_bits: u32,
    /// The other members of its union: making this header valid makes them invalid.
    pub union_others: Vec<HeaderId>,
}

#[derive(Debug, Clone)]
pub struct HeaderField {
    pub name: String,
    pub slot: SlotId,
    /// Bits from the beginning of the header; what stands behind a varbit field moves with its length.
    pub offset: u32,
    /// The maximum for a varbit field.
    pub width: u32,
    /// Of the varbit field: its length in bits.
    pub length: Option<SlotId>,
}

/// For traces; operations on stacks are lowered to operations on headers.
#[derive(Debug, Clone)]
pub struct Stack {
    pub name: String,
    /// Of a stack of unions: the members of each element, one element after the other.
    pub elements: Vec<HeaderId>,
    pub size: u32,
    /// The next index.
    pub next: SlotId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    Slot(SlotId),
    Const(ConstId),
}

/// A value computed into a slot of the given width. Unsigned unless it says signed; results wrap to the width of `dst`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rvalue {
    Use(Operand),
    /// `~`
    Not(Operand),
    Neg(Operand),
    Binary(BinOp, Operand, Operand),
    /// The result is one bit.
    Compare(CmpOp, Operand, Operand),
    /// The first operand is the more significant.
    Concat(Operand, Operand),
    /// Bits `lo ..` of the operand, as many as `dst` has; `lo + width(dst) <= width(of)`.
    Slice {
        of: Operand,
        lo: u32,
    },
    /// `into` with `value` in place of bits `lo .. lo + width(value)`.
    Insert {
        into: Operand,
        lo: u32,
        value: Operand,
    },
    /// Cut, or extended by zeros or by the sign.
    Resize {
        of: Operand,
        signed: bool,
    },
    /// The condition is one bit.
    Select {
        cond: Operand,
        then: Operand,
        other: Operand,
    },
    /// `packet.length()`: bytes.
    PacketLength,
    /// What only the switch knows.
    Switch {
        what: SwitchValue,
        args: Vec<Operand>,
    },
    /// Whether the run-time entries of a value set match; one operand for each of its keys.
    ValueSet {
        set: ValueSetId,
        keys: Vec<Operand>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    /// Zero for a divisor of zero.
    Div,
    Mod,
    AddSat,
    SubSat,
    AddSatSigned,
    SubSatSigned,
    /// The right operand of shifts is unsigned and may have another width; by the width or more gives 0 (Sar: the sign).
    Shl,
    Shr,
    Sar,
    And,
    Or,
    Xor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    LtSigned,
    LeSigned,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Set {
        dst: SlotId,
        value: Rvalue,
    },
    SetValid(HeaderId),
    SetInvalid(HeaderId),
    /// Parser. `varbit` is the length in bits of the varbit field. In this order: no whole number of bytes is
    /// ParserInvalidArgument, too few bits left PacketTooShort, over the maximum HeaderTooShort. A failure sets
    /// `standard_metadata.parser_error` and ends the parser, the header untouched.
    Extract {
        header: HeaderId,
        varbit: Option<Operand>,
    },
    /// Parser. The next bits, as many as `dst` has, without moving.
    Lookahead {
        dst: SlotId,
    },
    /// Parser.
    Advance {
        bits: Operand,
    },
    /// One turn of a loop: over the run time's bound, a parser ends with ParserTimeout, a control's packet is dropped.
    Step,
    /// Deparser. Nothing for an invalid header.
    Emit(HeaderId),
    Count {
        counter: CounterId,
        index: Operand,
    },
    ExecuteMeter {
        meter: MeterId,
        index: Operand,
        dst: SlotId,
    },
    /// The colour that the lookup of the meter's table found.
    ReadDirectMeter {
        meter: DirectMeterId,
        dst: SlotId,
    },
    ReadRegister {
        register: RegisterId,
        index: Operand,
        dst: SlotId,
    },
    WriteRegister {
        register: RegisterId,
        index: Operand,
        value: Operand,
    },
    /// Uniform in lo ..= hi; lo where hi < lo.
    Random {
        dst: SlotId,
        lo: Operand,
        hi: Operand,
    },
    Hash {
        dst: SlotId,
        algorithm: HashAlgorithm,
        base: Operand,
        data: Vec<Datum>,
        max: Operand,
    },
    /// Sets `standard_metadata.checksum_error` to 1 where `cond` holds and `sum` differs.
    VerifyChecksum {
        cond: Operand,
        data: Vec<Datum>,
        sum: Operand,
        algorithm: HashAlgorithm,
        payload: bool,
    },
    UpdateChecksum {
        cond: Operand,
        data: Vec<Datum>,
        dst: SlotId,
        algorithm: HashAlgorithm,
        payload: bool,
    },
    /// `Checksum16.get`
    Checksum16 {
        dst: SlotId,
        data: Vec<Datum>,
    },
    Digest {
        digest: DigestId,
        receiver: Operand,
        values: Vec<Operand>,
    },
    Clone {
        egress: bool,
        session: Operand,
        keep: FieldListId,
    },
    Resubmit {
        keep: FieldListId,
    },
    Recirculate {
        keep: FieldListId,
    },
    Truncate {
        bytes: Operand,
    },
    /// Why the packet is punted (swerve_punt_t) or dropped (swerve_drop_t): 8 bits, and 16 of an argument. The last one counts.
    Verdict {
        drop: bool,
        why: Operand,
        argument: Operand,
    },
    Assert {
        cond: Operand,
        assume: bool,
        text: String,
    },
    Log {
        format: String,
        args: Vec<Operand>,
    },
    AtomicBegin,
    AtomicEnd,
}

/// An element of what is hashed or summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datum {
    pub value: Operand,
    /// Left out where this is zero.
    pub valid: Option<SlotId>,
    /// Of a varbit: how many of its bits count.
    pub length: Option<SlotId>,
}

/// A cyclic redundancy check of up to 32 bits, in the terms of the usual catalogues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crc {
    pub width: u32,
    pub polynomial: u32,
    pub initial: u32,
    pub final_xor: u32,
    pub reflect_in: bool,
    pub reflect_out: bool,
}

impl Crc {
    /// CRC-16/ARC.
    pub const CRC16: Crc =
        Crc { width: 16, polynomial: 0x8005, initial: 0, final_xor: 0, reflect_in: true, reflect_out: true };
    /// CRC-32 of IEEE 802.3.
    pub const CRC32: Crc = Crc {
        width: 32,
        polynomial: 0x04c1_1db7,
        initial: u32::MAX,
        final_xor: u32::MAX,
        reflect_in: true,
        reflect_out: true,
    };

    /// Whether a number has no more bits than the check.
    pub fn holds(&self, number: u32) -> bool {
        u64::from(number) >> self.width == 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// With the program's parameters.
    Crc(Crc),
    Crc32,
    Crc16,
    Random,
    Identity,
    Csum16,
    Xor16,
}

#[derive(Debug, Clone)]
pub enum Terminator {
    Goto(BlockId),
    /// The condition is one bit.
    Branch {
        cond: Operand,
        then: BlockId,
        other: BlockId,
    },
    /// Constants have the width of `on`.
    Switch {
        on: Operand,
        cases: Vec<(ConstId, BlockId)>,
        default: BlockId,
    },
    /// Looks the table's key slots up, sets `hit` (one bit), counts and meters directly, writes the action's parameters to its
    /// slots and goes to the action's block; `actions` is parallel to the table's actions.
    Apply {
        table: TableId,
        hit: Option<SlotId>,
        actions: Vec<BlockId>,
    },
    /// The parser ends with this error.
    Reject {
        error: Operand,
    },
    /// The code ends.
    End,
}

#[derive(Debug, Clone)]
pub struct Block {
    /// `state parse_ipv4`, `action ingress.drop`: for traces and listings.
    pub label: Option<String>,
    pub ops: Vec<Op>,
    /// Parallel to `ops`.
    pub spans: Vec<Span>,
    pub terminator: Terminator,
    pub terminator_span: Span,
}

/// A parser or a control. Block 0 is the entry.
#[derive(Debug, Clone, Default)]
pub struct Code {
    pub name: String,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchKind {
    Exact,
    Lpm,
    Ternary,
    Range,
    Optional,
    Selector,
}

/// A type as controllers and people see it.
#[derive(Debug, Clone)]
pub struct ScalarType {
    pub width: u32,
    pub signed: bool,
    /// `type` or serializable enum.
    pub name: Option<String>,
    /// Members of a serializable enum.
    pub members: Vec<(String, BigUint)>,
    /// Of the `type` (`@p4runtime_translation`, ...).
    pub annotations: Vec<Annotation>,
    pub is_bool: bool,
}

#[derive(Debug, Clone)]
pub struct TableKey {
    /// `@name`, else the expression as written.
    pub name: String,
    pub kind: MatchKind,
    pub slot: SlotId,
    pub ty: ScalarType,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub struct Action {
    /// Fully qualified: `ingress.ipv4_forward`.
    pub name: String,
    pub span: Span,
    /// What the control plane supplies.
    pub params: Vec<ActionParam>,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub struct ActionParam {
    pub name: String,
    pub ty: ScalarType,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub struct TableAction {
    pub action: ActionId,
    /// Parallel to the action's parameters.
    pub params: Vec<SlotId>,
    /// `@defaultonly`, `@tableonly` and others of the action list.
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionCall {
    /// Index into the table's actions.
    pub action: u32,
    pub args: Vec<Bits>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMatch {
    Exact(Bits),
    Lpm { value: Bits, length: u32 },
    Ternary { value: Bits, mask: Bits },
    Range { lo: Bits, hi: Bits },
    Optional(Bits),
    Any,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub is_const: bool,
    /// Larger wins, already turned round where the program said that smaller wins; by position where it said nothing.
    pub priority: i64,
    pub keys: Vec<KeyMatch>,
    pub call: ActionCall,
    pub span: Span,
}

/// Entries that a table may have. They take memory when they are added.
pub const MOST_ENTRIES: u64 = 1 << 24;

#[derive(Debug, Clone)]
pub struct Table {
    /// Fully qualified: `ingress.ipv4_lpm`.
    pub name: String,
    pub span: Span,
    pub annotations: Vec<Annotation>,
    pub keys: Vec<TableKey>,
    pub actions: Vec<TableAction>,
    pub default_action: ActionCall,
    pub const_default: bool,
    pub entries: Vec<Entry>,
    pub const_entries: bool,
    /// As written, of v1model at most [`MOST_ENTRIES`]; None: the run time's default.
    pub size: Option<u64>,
    pub counter: Option<DirectCounterId>,
    pub meter: Option<DirectMeterId>,
    pub profile: Option<ProfileId>,
    /// Entries lead to paths of the switch, of which one that is live is chosen. None of a table with a role, whose
    /// groups are those of its routes.
    pub protection: Option<ProtectionId>,
    /// `support_timeout = true`
    pub idle_timeout: bool,
    /// `@swerve_role("...")`: where it runs in the switch, the switch's own tables are behind it.
    pub role: Option<Role>,
}

/// What of the switch a table stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Routes: one lpm key of 32 bits, perhaps behind a [VRF](Role::has_vrf).
    Ipv4Fib,
    /// Routes: one lpm key of 128 bits, perhaps behind a VRF.
    Ipv6Fib,
    /// The rewrite of a path: one exact key of 16 bits.
    Neighbor,
    /// Addresses of our own: one exact key of 32 or 128 bits, perhaps behind a VRF.
    Local,
    /// Sources that the routes refuse on an interface (RFC 3704): two exact keys, of 32 or 128 bits and of 16.
    ReversePath,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Ipv4Fib, Role::Ipv6Fib, Role::Neighbor, Role::Local, Role::ReversePath];

    pub fn name(self) -> &'static str {
        match self {
            Role::Ipv4Fib => "ipv4_fib",
            Role::Ipv6Fib => "ipv6_fib",
            Role::Neighbor => "neighbor",
            Role::Local => "local",
            Role::ReversePath => "reverse_path",
        }
    }

    /// Whether a table has the VRF as its first key, an exact one of 16 bits. Without it the default VRF is asked.
    pub fn has_vrf(self, table: &Table) -> bool {
        let mut keys = table.keys.iter().filter(|key| key.kind != MatchKind::Selector);
        let first = keys.next().is_some_and(|key| key.kind == MatchKind::Exact && key.ty.width == 16);
        matches!(self, Role::Ipv4Fib | Role::Ipv6Fib | Role::Local) && first && keys.next().is_some()
    }

    /// The actions that the switch may choose, with the parameters that each takes. Of a neighbor's actions a program may leave
    /// parameters out.
    pub fn actions(self) -> &'static [(&'static str, &'static [(&'static str, u32)])] {
        const PORT: (&str, u32) = ("port", 9);
        const INTERFACE: (&str, u32) = ("interface", 16);
        const MTU: (&str, u32) = ("mtu", 16);
        const DST: (&str, u32) = ("dst", 48);
        const SRC: (&str, u32) = ("src", 48);
        match self {
            Role::Ipv4Fib | Role::Ipv6Fib => &[
                ("forward", &[("path", 16)]),
                ("local", &[]),
                ("blackhole", &[]),
                ("unreachable", &[]),
                ("connected", &[("interface", 16)]),
                ("no_live_path", &[("path", 16)]),
                ("prohibit", &[]),
                ("broadcast", &[]),
            ],
            Role::Neighbor => &[
                ("rewrite", &[PORT, INTERFACE, MTU, DST, SRC]),
                ("rewrite_tagged", &[PORT, INTERFACE, MTU, DST, SRC, ("tag", 16)]),
            ],
            Role::Local => &[("local", &[])],
            Role::ReversePath => &[("spoofed", &[])],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CounterKind {
    Packets,
    Bytes,
    Both,
}

#[derive(Debug, Clone)]
pub struct Counter {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub kind: CounterKind,
    pub size: u64,
    pub index: Option<ScalarType>,
}

#[derive(Debug, Clone)]
pub struct DirectCounter {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub kind: CounterKind,
    pub table: Option<TableId>,
}

#[derive(Debug, Clone)]
pub struct Meter {
    pub name: String,
    pub annotations: Vec<Annotation>,
    /// Of bytes, else of packets.
    pub bytes: bool,
    pub size: u64,
    pub index: Option<ScalarType>,
}

#[derive(Debug, Clone)]
pub struct DirectMeter {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub bytes: bool,
    pub table: Option<TableId>,
}

#[derive(Debug, Clone)]
pub struct Register {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub size: u64,
    /// A register of structs has their fields concatenated, the first most significant.
    pub width: u32,
    /// The parts of its value with their names; one part without a name for a scalar.
    pub fields: Vec<(String, ScalarType)>,
    /// The name of the struct, header or union that a cell is; None of a generic one.
    pub composite: Option<String>,
    pub index: Option<ScalarType>,
}

/// `action_profile` and `action_selector`.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub size: u64,
    pub selector: Option<Selector>,
    pub tables: Vec<TableId>,
}

/// `protection_group`
#[derive(Debug, Clone)]
pub struct ProtectionGroup {
    pub name: String,
    /// Sets of paths that its tables' entries may have together.
    pub size: u64,
}

/// The actions that a protection group chooses, with their parameters.
pub const PROTECTED: [(&str, &[(&str, u32)]); 2] =
    [("forward", &[("path", 16)]), ("no_live_path", &[("path", 16)])];

#[derive(Debug, Clone)]
pub struct Selector {
    pub algorithm: HashAlgorithm,
    pub width: u32,
}

#[derive(Debug, Clone)]
pub struct Digest {
    /// The struct's name.
    pub name: String,
    pub fields: Vec<(String, ScalarType)>,
}

#[derive(Debug, Clone)]
pub struct ValueSet {
    pub name: String,
    pub annotations: Vec<Annotation>,
    pub size: u64,
    pub keys: Vec<ValueSetKey>,
}

#[derive(Debug, Clone)]
pub struct ValueSetKey {
    pub name: String,
    pub kind: MatchKind,
    pub ty: ScalarType,
    pub annotations: Vec<Annotation>,
}

/// `standard_metadata_t`, member by member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    pub ingress_port: SlotId,
    pub egress_spec: SlotId,
    pub egress_port: SlotId,
    pub instance_type: SlotId,
    pub packet_length: SlotId,
    pub enq_timestamp: SlotId,
    pub enq_qdepth: SlotId,
    pub deq_timedelta: SlotId,
    pub deq_qdepth: SlotId,
    pub ingress_global_timestamp: SlotId,
    pub egress_global_timestamp: SlotId,
    pub mcast_grp: SlotId,
    pub egress_rid: SlotId,
    pub checksum_error: SlotId,
    pub parser_error: SlotId,
    pub priority: SlotId,
}

#[derive(Debug, Clone)]
pub struct Program {
    pub slots: Vec<Slot>,
    pub consts: Vec<Bits>,
    /// Those of H first; then those of locals.
    pub headers: Vec<Header>,
    pub stacks: Vec<Stack>,
    pub standard: Standard,
    pub errors: Vec<String>,
    pub actions: Vec<Action>,
    pub tables: Vec<Table>,
    pub counters: Vec<Counter>,
    pub direct_counters: Vec<DirectCounter>,
    pub meters: Vec<Meter>,
    pub direct_meters: Vec<DirectMeter>,
    pub registers: Vec<Register>,
    pub profiles: Vec<Profile>,
    pub protection_groups: Vec<ProtectionGroup>,
    pub digests: Vec<Digest>,
    pub value_sets: Vec<ValueSet>,
    /// List 0 is empty.
    pub field_lists: Vec<Vec<SlotId>>,
    pub parser: Code,
    pub verify: Code,
    pub ingress: Code,
    pub egress: Code,
    pub compute: Code,
    pub deparser: Code,
}

impl Program {
    pub fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id.index()]
    }

    pub fn width(&self, operand: Operand) -> u32 {
        match operand {
            Operand::Slot(slot) => self.slots[slot.index()].width,
            Operand::Const(id) => self.consts[id.index()].width,
        }
    }

    /// In the order that a packet passes them.
    pub fn codes(&self) -> [&Code; 6] {
        [&self.parser, &self.verify, &self.ingress, &self.egress, &self.compute, &self.deparser]
    }
}
