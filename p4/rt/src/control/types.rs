//! What a controller says and sees.

use front::ir::{ActionCall, ActionId, Bits, KeyMatch, ProfileId, TableId};
use std::fmt;

/// An entry of a table, for as long as it lives; numbers are not used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub u64);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What an entry leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Action(ActionCall),
    /// Of the table's action profile.
    Member(u32),
    Group(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Parallel to the table's keys. A selector key is always [`KeyMatch::Any`]. A ternary, range, optional or lpm key may be `Any`;
    /// an `Exact` value is understood by every kind of key.
    pub keys: Vec<KeyMatch>,
    /// Larger wins. Without meaning (and kept as 0) where all keys are exact or lpm.
    pub priority: i64,
    pub target: Target,
    /// Nanoseconds without a hit after which [`super::Control::idle`] reports the entry; 0 is never.
    pub idle_timeout: u64,
}

impl NewEntry {
    pub fn new(keys: Vec<KeyMatch>, priority: i64, target: Target) -> NewEntry {
        NewEntry { keys, priority, target, idle_timeout: 0 }
    }
}

/// An entry as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    pub id: EntryId,
    /// A ternary key with an empty mask, an lpm key of length 0, a full range: `Any`.
    pub keys: Vec<KeyMatch>,
    pub priority: i64,
    pub target: Target,
    pub is_const: bool,
    pub counter: Option<CounterValue>,
    /// `None` where the table has no direct meter or the entry no rates.
    pub rates: Option<MeterRates>,
    /// Nanoseconds of the device's clock; of tables with `support_timeout`.
    pub last_hit: Option<u64>,
    pub idle_timeout: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CounterValue {
    pub packets: u64,
    pub bytes: u64,
}

/// RFC 2698. Rates in thousandths of a packet or byte per second, bursts in packets or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeterRates {
    pub cir: u64,
    pub cbs: u64,
    pub pir: u64,
    pub pbs: u64,
}

impl MeterRates {
    /// Rates in packets or bytes per second.
    pub fn per_second(cir: u64, cbs: u64, pir: u64, pbs: u64) -> MeterRates {
        MeterRates { cir: cir.saturating_mul(1000), cbs, pir: pir.saturating_mul(1000), pbs }
    }

    /// Rates in packets or bytes per microsecond, as packet tests write them: committed first.
    pub fn per_microsecond(cir: f64, cbs: u64, pir: f64, pbs: u64) -> MeterRates {
        let milli = |rate: f64| (rate * 1e9).round().clamp(0.0, 1e18) as u64;
        MeterRates { cir: milli(cir), cbs, pir: milli(pir), pbs }
    }

    /// Committed and peak rate per microsecond.
    pub fn as_per_microsecond(&self) -> (f64, f64) {
        (self.cir as f64 / 1e9, self.pir as f64 / 1e9)
    }
}

/// Where the copies of a clone session go: to a port, to each member of a multicast group, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CloneSession {
    pub port: Option<u16>,
    pub group: Option<u16>,
    /// `egress_rid` of the copy to `port`.
    pub rid: u16,
    /// Bytes at which copies are cut.
    pub truncate: Option<u32>,
}

/// One replication id and the ports that get a copy with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MulticastNode {
    pub rid: u16,
    pub ports: Vec<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub action: ActionId,
    pub args: Vec<Bits>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMember {
    pub member: u32,
    /// At least 1 to take part.
    pub weight: u32,
}

/// A change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Insert { table: TableId, entry: NewEntry },
    Modify { table: TableId, id: EntryId, target: Target },
    Delete { table: TableId, id: EntryId },
    SetDefault { table: TableId, call: ActionCall },
    ResetDefault { table: TableId },
    AddMember { profile: ProfileId, id: u32, member: Member },
    ModifyMember { profile: ProfileId, id: u32, member: Member },
    DeleteMember { profile: ProfileId, id: u32 },
    AddGroup { profile: ProfileId, id: u32, members: Vec<GroupMember> },
    ModifyGroup { profile: ProfileId, id: u32, members: Vec<GroupMember> },
    DeleteGroup { profile: ProfileId, id: u32 },
}

/// An entry that was not hit for as long as its idle timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    pub table: TableId,
    pub id: EntryId,
    /// Nanoseconds since the last hit.
    pub idle: u64,
}

/// How far [`super::Control::idle_part`] is through the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdleRound {
    pub(super) table: usize,
    pub(super) place: usize,
}
