//! What the switch understands about the P4 program that it has.
//!
//! Names are those of the program, or the end of one that fits one thing only. Values are text; the switch reads them
//! as their fields deserve: `10.0.0.0/8`, `0x0800`, `5 &&& 0xff`, `80..443`, `02:00:00:00:00:01`, `*`.

use crate::events::{Follow, Learned, Lesson, PacketOut};
use crate::trace;
use serde::{Deserialize, Serialize};

/// The most changes of one [`Request::Batch`], nodes of a multicast group, and members of a profile's group.
pub const MAX_CHANGES: usize = 8192;

/// The most entries that may be staged at a time: of [`Request::Stage`].
pub const MAX_STAGED: usize = 1 << 21;

/// The most rows of one answer. The text in it is bounded too: `more` says that there is more either way.
pub const MAX_ROWS: u32 = 4096;

/// Whether a thing with that full name is meant by what may be the end of it.
pub fn is_called(full: &str, name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    full.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A name with its value: a key or an argument.
pub type Named = (String, String);

/// From a client to the switch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Compiles, and says what there is to say. Nothing changes.
    Check(Source),
    /// Compiles, and puts the program in place of the one that is there, whose entries, counters and registers stay
    /// where name and types are the same. A program with errors changes nothing.
    Load(Source),
    Show(Query),
    /// All or nothing.
    Batch(Vec<Change>),
    /// Entries, at most [`MAX_CHANGES`], that are checked and get their places, and that packets find with [`Request::Put`]. This
    /// connection has staged `at` entries before them. When one is refused all are dropped, and so they are when the connection
    /// ends or another program takes the place of this one. One connection may stage at a time.
    Stage {
        at: u64,
        table: String,
        entries: Vec<Entry>,
    },
    /// Packets find what this connection has staged, which is so many entries: all, or none where it is refused.
    Put {
        count: u64,
    },
    /// Of one cell, or of all: of a counter, or of the entries of a table with a direct one.
    CounterReset {
        name: String,
        index: Option<u64>,
    },
    RegisterWrite {
        name: String,
        index: u64,
        value: String,
    },
    /// `None` deletes it.
    CloneSession {
        id: u32,
        to: Option<CloneSession>,
    },
    /// `None` deletes it.
    MulticastGroup {
        id: u16,
        nodes: Option<Vec<MulticastNode>>,
    },
    /// Of one cell of a meter or entry of a table with a direct one, or of all; `None` takes the rates away.
    MeterSet {
        name: String,
        index: Option<u64>,
        rates: Option<Rates>,
    },
    /// Keys by name; of a set with one key the name may be empty.
    ValueSetAdd {
        name: String,
        keys: Vec<Named>,
    },
    ValueSetDelete {
        name: String,
        which: Which,
    },
    /// Shows the next packets that match; see [`trace`].
    Trace(trace::Ask),
    /// See [`crate::events`].
    Follow(Follow),
    /// A packet from the controller.
    PacketOut(PacketOut),
    /// Each by itself.
    Learn(Vec<Lesson>),
}

impl Request {
    /// The name under which it is refused.
    pub fn word(&self) -> &'static str {
        match self {
            Request::Check(_) => "program-check",
            Request::Load(_) => "program-load",
            Request::Show(_) => "program-show",
            Request::Batch(_) => "table-batch",
            Request::Stage { .. } => "table-stage",
            Request::Put { .. } => "table-put",
            Request::CounterReset { .. } => "counter-reset",
            Request::RegisterWrite { .. } => "register-write",
            Request::CloneSession { .. } => "clone-session",
            Request::MulticastGroup { .. } => "multicast-group",
            Request::MeterSet { .. } => "meter-set",
            Request::ValueSetAdd { .. } => "value-set-add",
            Request::ValueSetDelete { .. } => "value-set-delete",
            Request::Trace(_) => "trace",
            Request::Follow(_) => "follow",
            Request::PacketOut(_) => "packet-out",
            Request::Learn(_) => "learn",
        }
    }
}

/// A program to compile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Absolute. What it includes is looked for beside it first.
    pub file: String,
    /// In place of what stands in the file.
    pub text: Option<String>,
    /// Files that it includes: absolute names without `.` and `..`, and what to take in place of what stands there.
    pub included: Vec<(String, String)>,
    /// Where else included files are looked for, before the directories that the configuration names.
    pub include: Vec<String>,
}

/// A change of a [`Request::Batch`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Change {
    Add {
        table: String,
        entry: Entry,
    },
    Modify {
        table: String,
        which: Which,
        target: Target,
    },
    Delete {
        table: String,
        which: Which,
    },
    SetDefault {
        table: String,
        action: Action,
    },
    ResetDefault {
        table: String,
    },
    /// A member of an action profile or selector is added, or changed if it is there.
    Member {
        profile: String,
        id: u32,
        action: Action,
    },
    MemberDelete {
        profile: String,
        id: u32,
    },
    /// A group of members with weights is added, or changed if it is there.
    Group {
        profile: String,
        id: u32,
        members: Vec<(u32, u32)>,
    },
    GroupDelete {
        profile: String,
        id: u32,
    },
}

/// A new entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Keys that are not named match anything; exact ones must be named.
    pub keys: Vec<Named>,
    /// Larger wins; without meaning where all keys are exact or lpm.
    pub priority: i64,
    pub target: Target,
    /// How long it may go without a hit before that is told; 0 is for ever. For tables with `support_timeout`.
    #[serde(default)]
    pub idle_timeout_ms: u64,
}

/// An entry that is there before the batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Which {
    Id(u64),
    Keys { keys: Vec<Named>, priority: i64 },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Action {
    pub name: String,
    pub args: Vec<Named>,
}

/// What an entry leads to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Action(Action),
    /// Of the table's action profile.
    Member(u32),
    Group(u32),
}

/// Where the copies of a clone session go: to a port, to each member of a multicast group, or both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CloneSession {
    pub port: Option<u16>,
    pub multicast_group: Option<u16>,
    /// `egress_rid` of the copy to `port`.
    pub replica: u16,
    pub truncate_bytes: Option<u32>,
}

/// RFC 2698, in packets or bytes as the meter counts: committed and peak rate a second, and their bursts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rates {
    pub cir_per_s: u64,
    pub cbs: u64,
    pub pir_per_s: u64,
    pub pbs: u64,
}

/// One replication id and the ports that get a copy with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MulticastNode {
    pub replica: u16,
    pub ports: Vec<u16>,
}

/// What to show.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Query {
    Program,
    Tables,
    /// One table with its entries behind `after`, by their numbers.
    Entries {
        table: String,
        after: Option<u64>,
        limit: u32,
    },
    /// One cell, or those from `from` on: of a counter, or of the entries of a table with a direct one.
    Counter {
        name: String,
        index: Option<u64>,
        from: u64,
        limit: u32,
    },
    Register {
        name: String,
        index: Option<u64>,
        from: u64,
        limit: u32,
    },
    /// One cell, or those from `from` on: of a meter, or of the entries of a table with a direct one.
    Meter {
        name: String,
        index: Option<u64>,
        from: u64,
        limit: u32,
    },
    ValueSet {
        name: String,
    },
    /// Clone sessions, multicast groups, and action profiles with members and groups.
    Groups,
}

/// From the switch to a client. What is refused is a [`crate::switch::Reply::Refused`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// Answer to [`Request::Check`], and to a [`Request::Load`] of a program with errors.
    Checked(Verdict),
    /// In force, with a line for each thing that did not survive from the program before.
    Loaded {
        verdict: Verdict,
        lost: Vec<String>,
    },
    /// Carried out; the numbers of new entries, `None` for other changes.
    Done {
        ids: Vec<Option<u64>>,
    },
    Learned(Learned),
    /// `None` while there is none.
    Program(Option<Program>),
    Tables(Vec<Table>),
    Entries(Entries),
    Counter {
        rows: Vec<Counter>,
        more: bool,
    },
    Register {
        rows: Vec<Register>,
        more: bool,
    },
    /// Cells without rates are left out, unless one was asked for.
    Meter {
        rows: Vec<Meter>,
        /// Of bytes, else of packets.
        bytes: bool,
        more: Option<u64>,
    },
    ValueSet(ValueSet),
    Groups(Groups),
    Trace(trace::Said),
}

/// What the compiler says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub accepted: bool,
    pub errors: u64,
    pub warnings: u64,
    /// Drawn, with places and excerpts.
    pub messages: String,
    /// The same for programs.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    pub file: Option<String>,
    /// From 1, as is the column.
    pub line: Option<u64>,
    pub column: Option<u64>,
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Program {
    pub file: String,
    /// How often a program was put in place since the start.
    pub generation: u64,
    pub loaded_s: f64,
    pub compile_ms: f64,
    pub tables: Vec<String>,
    pub counters: Vec<String>,
    pub registers: Vec<String>,
    pub meters: Vec<String>,
    pub profiles: Vec<String>,
    pub value_sets: Vec<String>,
    pub digests: Vec<String>,
    pub entries: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub keys: Vec<Key>,
    /// Names with their parameters.
    pub actions: Vec<Signature>,
    pub default_action: Call,
    pub default_constant: bool,
    pub entries: u64,
    pub capacity: u64,
    /// Entries cannot be changed.
    pub constant: bool,
    pub profile: Option<String>,
    pub direct_counter: bool,
    /// Entries may have idle time-outs.
    pub idle_timeouts: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Key {
    pub name: String,
    /// `exact`, `lpm`, ...
    pub kind: String,
    pub bits: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    pub name: String,
    /// Names and bits.
    pub parameters: Vec<(String, u32)>,
}

/// An action with its arguments as they are shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Call {
    pub action: String,
    pub args: Vec<Named>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entries {
    pub table: Table,
    pub rows: Vec<EntryRow>,
    pub more: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EntryRow {
    pub id: u64,
    pub keys: Vec<Named>,
    pub priority: i64,
    pub target: RowTarget,
    /// `file`, `program`, `operator` or `learned`.
    pub source: String,
    pub constant: bool,
    /// Of an entry with an idle time-out: that, and how long ago it was last hit.
    pub idle_timeout_ms: Option<u64>,
    pub idle_ms: Option<u64>,
    /// Of a table with a direct counter.
    pub packets: Option<u64>,
    pub bytes: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowTarget {
    Action(Call),
    Member(u32),
    Group(u32),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counter {
    /// Of a cell, or of an entry.
    pub index: u64,
    pub packets: u64,
    pub bytes: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Register {
    pub index: u64,
    pub value: String,
}

/// Green while there are no rates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Meter {
    /// Of a cell, or of an entry.
    pub index: u64,
    pub rates: Option<Rates>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ValueSet {
    pub name: String,
    pub keys: Vec<Key>,
    pub capacity: u64,
    /// By their numbers.
    pub rows: Vec<(u64, Vec<Named>)>,
    /// The limit cut the answer.
    pub more: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Groups {
    pub clone_sessions: Vec<(u32, CloneSession)>,
    pub multicast_groups: Vec<(u16, Vec<MulticastNode>)>,
    pub profiles: Vec<Profile>,
    /// The limit cut the answer.
    pub more: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Profile {
    pub name: String,
    pub tables: Vec<String>,
    /// It has groups.
    pub selector: bool,
    pub members: Vec<(u32, Call)>,
    /// Members with weights.
    pub groups: Vec<(u32, Vec<(u32, u32)>)>,
}

#[cfg(test)]
mod tests {
    use crate::frame::{MAX_LEN, Reader, write};
    use crate::switch::{Reply, Request};

    use super::*;

    #[test]
    fn requests_and_replies_about_programs_survive_the_wire() {
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let action = Action { name: "forward".into(), args: vec![named("port", "3")] };
        let entry = Entry {
            keys: vec![named("hdr.ipv4.dst", "10.0.0.0/8")],
            priority: -5,
            target: Target::Action(action.clone()),
            idle_timeout_ms: 300_000,
        };
        let which = Which::Keys { keys: entry.keys.clone(), priority: 0 };
        let sent = Request::Program(super::Request::Batch(vec![
            Change::Add { table: "t".into(), entry },
            Change::Modify { table: "t".into(), which, target: Target::Group(3) },
            Change::Delete { table: "t".into(), which: Which::Id(u64::MAX) },
            Change::SetDefault { table: "t".into(), action },
        ]));
        let mut bytes = Vec::new();
        write(&sent, &mut bytes).unwrap();
        let diagnostic = Diagnostic {
            severity: "error".into(),
            file: Some("a.p4".into()),
            line: Some(3),
            column: None,
            message: "×".into(),
            help: None,
        };
        let messages = "×".repeat(1000);
        let diagnostics = vec![diagnostic];
        let verdict = Verdict { accepted: false, errors: 1, warnings: 0, messages, diagnostics };
        let said = Reply::Program(super::Reply::Checked(verdict));
        write(&said, &mut bytes).unwrap();
        let mut reader = Reader::default();
        reader.extend(&bytes);
        assert_eq!(reader.take::<Request>(), Ok(Some(sent)));
        assert_eq!(reader.take::<Reply>(), Ok(Some(said)));
    }

    #[test]
    fn a_full_answer_of_ordinary_entries_fits_a_message() {
        let row = EntryRow {
            id: u64::MAX,
            keys: vec![
                (
                    "header.field_with_a_name".into(),
                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128".into()
                );
                4
            ],
            priority: i64::MIN,
            target: RowTarget::Action(Call {
                action: "control.action".into(),
                args: vec![("a".repeat(30), "b".repeat(40)); 4],
            }),
            source: "operator".into(),
            constant: false,
            idle_timeout_ms: Some(u64::MAX),
            idle_ms: Some(u64::MAX),
            packets: Some(u64::MAX),
            bytes: Some(u64::MAX),
        };
        let mut bytes = Vec::new();
        write(&vec![row; MAX_ROWS as usize], &mut bytes).unwrap();
        assert!(bytes.len() < MAX_LEN);
    }
}
