//! What a controller can get wrong: each message names the object, the value and the limit.

use crate::control::{EntryId, MeterRates};
use thiserror::Error;

/// A name that leads to no object, or to several.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("no {kind} is called '{name}'{}", among(known))]
    Unknown { kind: &'static str, name: String, known: Vec<String> },
    #[error("'{name}' may be any of these {kind}s: {}", candidates.join(", "))]
    Ambiguous { kind: &'static str, name: String, candidates: Vec<String> },
}

fn among(known: &[String]) -> String {
    const SHOWN: usize = 12;
    match known.len() {
        0 => "; there is none".to_owned(),
        n if n <= SHOWN => format!("; there is {}", known.join(", ")),
        n => format!("; there is {} and {} more", known[..SHOWN].join(", "), n - SHOWN),
    }
}

/// Why a program cannot be made into a device.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeviceError {
    #[error("{kind} '{name}' has {size} cells, there is room for {limit}")]
    TooManyCells { kind: &'static str, name: String, size: u64, limit: u64 },
    #[error("the entries that the program gives table '{table}' do not fit it: {error}")]
    Entry { table: String, error: ControlError },
    #[error("the program is inconsistent: {0}")]
    Program(String),
}

/// Why a change was refused. A change that is refused changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ControlError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("there is no {kind} number {index}")]
    NoSuchObject { kind: &'static str, index: u64 },
    #[error("table '{table}': entry exists, its id is {id}")]
    EntryExists { table: String, id: EntryId },
    #[error("table '{table}': entry exists twice: number {number} of those that come together has its key")]
    EntryTwice { table: String, number: usize },
    #[error("table '{table}' has no entry {id}")]
    NoSuchEntry { table: String, id: EntryId },
    #[error("table '{table}' is full: its limit is {limit} entries")]
    TableFull { table: String, limit: u64 },
    #[error("the entries of table '{table}' are constant")]
    ConstTable { table: String },
    #[error("entry {id} of table '{table}' is constant")]
    ConstEntry { table: String, id: EntryId },
    #[error("the default action of table '{table}' is constant")]
    ConstDefault { table: String },
    #[error("table '{table}' has {expected} keys, not {got}")]
    KeyCount { table: String, expected: usize, got: usize },
    #[error("key '{key}' of '{table}' is matched as {expected}, a match as {got} does not fit")]
    KeyKind { table: String, key: String, expected: &'static str, got: &'static str },
    #[error("key '{key}' of '{table}': {value} does not fit into {width} bits")]
    KeyValue { table: String, key: String, value: String, width: u32 },
    #[error("key '{key}' of '{table}': a prefix of {length} bits is longer than its {width} bits")]
    PrefixLength { table: String, key: String, length: u32, width: u32 },
    #[error("key '{key}' of '{table}': the range {lo} .. {hi} is empty")]
    EmptyRange { table: String, key: String, lo: String, hi: String },
    #[error("table '{table}' has no action number {action}")]
    NoSuchAction { table: String, action: u32 },
    #[error("action '{action}' of '{table}' is {annotation}")]
    ActionScope { table: String, action: String, annotation: &'static str },
    #[error("action '{action}' takes {expected} arguments, not {got}")]
    ArgCount { action: String, expected: usize, got: usize },
    #[error("argument '{param}' of '{action}': {value} does not fit into {width} bits")]
    ArgValue { action: String, param: String, value: String, width: u32 },
    #[error("{kind} '{name}' has no index {index}: its size is {size}")]
    Index { kind: &'static str, name: String, index: u64, size: u64 },
    #[error("register '{name}': {value} does not fit into {width} bits")]
    RegisterValue { name: String, value: String, width: u32 },
    #[error("table '{table}' has no direct {kind}")]
    NotDirect { table: String, kind: &'static str },
    #[error("table '{table}' has no idle timeout: it lacks support_timeout")]
    NoIdleTimeout { table: String },
    #[error("table '{table}' has no action profile")]
    NoProfile { table: String },
    #[error("action profile '{profile}' has no groups: it is not an action_selector")]
    NoSelector { profile: String },
    #[error("action '{action}' is not an action of table '{table}', which uses profile '{profile}'")]
    ProfileAction { profile: String, table: String, action: String },
    #[error("action profile '{profile}' is full: its size is {limit}")]
    ProfileFull { profile: String, limit: u64 },
    #[error("action profile '{profile}' has no {kind} {id}")]
    NoSuchPart { profile: String, kind: &'static str, id: u32 },
    #[error("action profile '{profile}': {kind} {id} exists")]
    PartExists { profile: String, kind: &'static str, id: u32 },
    #[error("action profile '{profile}': {kind} {id} is used by {users} {by}")]
    PartInUse { profile: String, kind: &'static str, id: u32, users: u64, by: &'static str },
    #[error("action profile '{profile}': the weights of group {group} add up to {sum}, the limit is {limit}")]
    GroupWeight { profile: String, group: u32, sum: u64, limit: u64 },
    #[error(
        "meter rates: the peak rate (pir), {} per second, is below the committed rate (cir), {} per second",
        .0.pir as f64 / 1e3, .0.cir as f64 / 1e3
    )]
    Rates(MeterRates),
    #[error("meter '{name}' has {size} cells: name the index of one, or of each in turn")]
    AllMeters { name: String, size: u64 },
    #[error("clone session {session} is beyond {limit}")]
    SessionRange { session: u32, limit: u32 },
    #[error("there is no clone session {session}")]
    NoSuchSession { session: u32 },
    #[error("clone session {session} leads nowhere: it needs a port or a multicast group")]
    EmptySession { session: u32 },
    #[error("multicast group 0 is no group")]
    GroupZero,
    #[error("there is no port {port}: the largest is {most}")]
    NoSuchPort { port: u16, most: u16 },
    #[error("there is no multicast group {group}")]
    NoSuchGroup { group: u16 },
    #[error("multicast group {group} would make {copies} copies, the limit is {limit}")]
    GroupSize { group: u16, copies: usize, limit: usize },
}

/// The change of a batch that was refused; nothing of the batch was done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("change {index} of the batch: {error}")]
pub struct BatchError {
    /// From 0.
    pub index: usize,
    #[source]
    pub error: ControlError,
}
