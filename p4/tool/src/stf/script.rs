//! What a packet test says, line by line.

pub use host::number::{KeyValue, Number};

/// A whole test file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    pub command: Command,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Packet {
        port: u16,
        data: Vec<u8>,
    },
    /// Without a pattern: any number of packets with any contents.
    Expect {
        port: u16,
        pattern: Option<Pattern>,
    },
    NoPacket,
    Add(Add),
    SetDefault {
        table: String,
        action: ActionCall,
    },
    RemoveAll,
    Remove(String),
    Wait,
    CheckCounter(CheckCounter),
    MirroringAdd {
        session: u32,
        port: u16,
    },
    MirroringAddMulticast {
        session: u32,
        group: u16,
    },
    MirroringDelete {
        session: u32,
    },
    MirroringGet {
        session: u32,
    },
    MulticastGroup {
        group: u16,
    },
    ValueSetAdd {
        set: String,
        /// The only key of a set may have no name.
        keys: Vec<(String, KeyValue)>,
    },
    ValueSetRemove {
        set: String,
        keys: Vec<(String, KeyValue)>,
    },
    ValueSetClear {
        set: String,
    },
    /// The handles of members count from 0 in each profile, and so do those of groups.
    ProfileMember {
        profile: String,
        action: ActionCall,
    },
    ProfileGroup {
        profile: String,
    },
    ProfileAssociate {
        profile: String,
        member: u32,
        group: u32,
    },
    /// The handles of nodes count from 0 in the order of their creation.
    MulticastNode {
        rid: u16,
        ports: Vec<u16>,
    },
    MulticastNodeUpdate {
        node: u32,
        ports: Vec<u16>,
    },
    MulticastAssociate {
        group: u16,
        node: u32,
    },
    /// With packets and bytes: compares.
    CounterRead {
        name: String,
        index: u64,
        packets: Option<u64>,
        bytes: Option<u64>,
    },
    CounterWrite {
        name: String,
        index: u64,
        packets: u64,
        bytes: Option<u64>,
    },
    /// Without an index: all of it. With a value: compares.
    RegisterRead {
        name: String,
        index: Option<u64>,
        value: Option<Number>,
    },
    RegisterWrite {
        name: String,
        index: u64,
        value: Number,
    },
    /// Without an index: all of it.
    RegisterReset {
        name: String,
        index: Option<u64>,
    },
    /// With rates: compares.
    MeterGetRates {
        name: String,
        index: u64,
        rates: Option<Vec<Rate>>,
    },
    MeterSetRates {
        name: String,
        index: u64,
        rates: Vec<Rate>,
    },
    MeterArraySetRates {
        name: String,
        rates: Vec<Rate>,
    },
}

/// What must come: nibbles, None for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub nibbles: Vec<Option<u8>>,
    /// Nothing may follow.
    pub exact: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add {
    pub table: String,
    pub priority: Option<i64>,
    pub keys: Vec<(String, KeyValue)>,
    pub action: ActionCall,
    /// What later lines call the entry.
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionCall {
    pub name: String,
    pub args: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Without a name: the one whose turn it is.
    pub name: Option<String>,
    pub number: Number,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckCounter {
    pub name: String,
    pub cell: Option<Cell>,
    pub unit: Unit,
    pub comparison: Comparison,
    pub value: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Index(u64),
    /// Of the entry that was added with this name.
    Entry(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Packets,
    Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

/// Packets or bytes a microsecond, and as many at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub per_microsecond: f64,
    pub burst: u64,
}
