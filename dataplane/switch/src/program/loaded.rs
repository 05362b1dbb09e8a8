//! A program in place, and what operators change of it.

use super::compile::Ready;
use super::events::Headers;
use super::staged::Upload;
use super::ways::{Protections, WaysError};
use api::program::{Action, Change, Entry, Named, Target, Which};
use front::SourceMap;
use front::ir::{self, ActionCall, KeyMatch, ProfileId, TableId};
use host::entry::{self, Misfit, Unmentioned};
use host::value::{Field, ValueError};
use rt::state::State;
use rt::table::Mode;
use rt::{BatchError, Control, ControlError, EntryId, GroupMember, Member, NameError, NewEntry};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why something about the program was refused; nothing of it was applied.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("there is no program; load one, or name its file in [program] of the configuration")]
    None,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error("change {number} of {count}: {error}")]
    Change { number: usize, count: usize, error: Box<ProgramError> },
    #[error("another client is adding entries from a file; try again when it has done so")]
    StagedElsewhere,
    #[error(
        "{have} of the {said} entries that were staged are left, as another program has taken the place of the one that was there: begin again"
    )]
    StagedGone { have: usize, said: u64 },
    #[error("{count} {what} at once; the limit is {limit}")]
    TooMany { what: &'static str, count: usize, limit: usize },
    #[error(
        "table '{table}' has no priorities, as none of its keys is ternary, range or optional: leave out {priority}"
    )]
    Priority { table: String, priority: i64 },
    #[error("table '{table}' has no entry with these keys{}", if *.counts { " and this priority" } else { "" })]
    NoSuchKeys { table: String, counts: bool },
    #[error("table '{table}' uses profile '{profile}': its entries lead to a member or a group of it")]
    NeedsMember { table: String, profile: String },
    #[error("table '{table}': path: {error}")]
    Ways { table: String, error: WaysError },
    #[error("protection group '{group}' is full: its limit is {limit} different sets of paths")]
    SetsFull { group: String, limit: u32 },
    #[error("table '{table}' has a protection group: write its paths, such as forward path=\"isp1 / isp2\"")]
    NeedsPaths { table: String },
    #[error("there is no path {0}")]
    NoPath(String),
    #[error(
        "table '{0}' has no VRF among its keys, and the file has VRFs; let its first key be swerve_vrf(...): exact"
    )]
    NoVrfKey(String),
    #[error("nothing with counters is called '{name}'; {known}")]
    NoCounter { name: String, known: String },
    #[error("nothing that meters is called '{name}'; {known}")]
    NoMeter { name: String, known: String },
    #[error("value set '{set}' has no entry with these keys")]
    NoSuchValue { set: String },
    #[error("the file must be named from the root, as both of us may be in other directories: {0}")]
    RelativeFile(String),
    #[error("the program has no header with @controller_header(\"packet_out\")")]
    NoPacketOut,
    #[error("the packet_out header has no field '{name}'; there is {known}")]
    NoPacketOutField { name: String, known: String },
    #[error("the frame has {len} bytes with its header; the limit is {limit}")]
    FrameTooLong { len: usize, limit: usize },
    #[error("no buffer is free for the packet; try again")]
    NoBuffer,
    #[error("the compiler's thread is gone; the switch must be started again to compile anything")]
    NoCompiler,
    #[error(transparent)]
    Trace(#[from] super::trace::TraceError),
    #[error("{0}")]
    Install(String),
    #[error("{0}")]
    Entry(String),
}

/// Who gave an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver {
    Program,
    File,
    Operator,
    Learned,
}

impl Giver {
    /// As rows have it.
    pub fn word(self) -> &'static str {
        match self {
            Giver::Program => "program",
            Giver::File => "file",
            Giver::Operator => "operator",
            Giver::Learned => "learned",
        }
    }
}

/// The program in place. Changes are made by the main thread only.
#[derive(Debug)]
pub struct Loaded {
    pub state: Arc<State>,
    pub control: Control,
    /// The program as it was written, over the same tables.
    pub(super) traced: Arc<State>,
    pub(super) sources: SourceMap,
    pub file: String,
    pub(super) fingerprint: u64,
    pub(super) took: Duration,
    pub(super) since: Instant,
    /// The entries that the program gave itself.
    pub(super) own: HashSet<(TableId, EntryId)>,
    /// The entries that the configuration gave.
    pub(super) from_file: HashSet<(TableId, EntryId)>,
    /// The entries that were made of digests.
    pub(super) learned: HashSet<(TableId, EntryId)>,
    /// The multicast groups that the configuration gave.
    pub(super) groups_from_file: BTreeSet<u16>,
    /// Likewise clone sessions, and tables' default actions.
    pub(super) sessions_from_file: BTreeSet<u32>,
    pub(super) defaults_from_file: HashSet<TableId>,
    pub(super) headers: Arc<Headers>,
    /// Entries that packets do not find yet.
    pub(super) upload: Option<Upload>,
    pub protections: RefCell<Protections>,
}

impl Loaded {
    pub fn new(ready: Ready) -> Loaded {
        let Ready { file, state, control, traced, sources, headers, fingerprint, took } = ready;
        let mut own = HashSet::new();
        for at in 0..state.program.tables.len() {
            let table = TableId(at as u32);
            own.extend(control.entries(table).into_iter().flatten().map(|entry| (table, entry.id)));
        }
        let since = Instant::now();
        let protections = Protections::new(state.program.protection_groups.len());
        Loaded {
            state,
            control,
            traced,
            sources,
            file,
            fingerprint,
            took,
            since,
            own,
            from_file: HashSet::new(),
            learned: HashSet::new(),
            groups_from_file: BTreeSet::new(),
            sessions_from_file: BTreeSet::new(),
            defaults_from_file: HashSet::new(),
            headers: Arc::new(headers),
            upload: None,
            protections: RefCell::new(protections),
        }
    }

    /// Whether it was compiled from the same files with the same contents.
    pub fn is(&self, other: &Ready) -> bool {
        self.fingerprint == other.fingerprint && self.file == other.file
    }

    pub(super) fn giver(&self, table: TableId, id: EntryId) -> Giver {
        if self.from_file.contains(&(table, id)) {
            Giver::File
        } else if self.own.contains(&(table, id)) {
            Giver::Program
        } else if self.learned.contains(&(table, id)) {
            Giver::Learned
        } else {
            Giver::Operator
        }
    }

    pub(super) fn table(&self, id: TableId) -> &ir::Table {
        &self.state.program.tables[id.index()]
    }

    /// Keys by name, parallel to those of the table.
    pub(super) fn keys(&self, table: TableId, given: &[Named]) -> Result<Vec<KeyMatch>, ProgramError> {
        let names = self.control.names();
        let mut values = Vec::with_capacity(given.len());
        for (name, text) in given {
            let key = &self.table(table).keys[names.key(table, name)?];
            values.push((name.clone(), Field { name: &key.name, ty: &key.ty }.key(text)?));
        }
        Ok(entry::keys(names, table, &values, Unmentioned::Refused)?)
    }

    pub(super) fn call(
        &self,
        table: TableId,
        name: &str,
        args: &[Named],
    ) -> Result<ActionCall, ProgramError> {
        let action = self.control.names().table_action(table, name)?;
        let declared = &self.state.program.actions[self.table(table).actions[action as usize].action.index()];
        Ok(ActionCall { action, args: arguments(declared, args)? })
    }

    pub(super) fn target(&self, table: TableId, target: &Target) -> Result<rt::Target, ProgramError> {
        let protected = self.table(table).protection.is_some();
        match target {
            Target::Member(_) | Target::Group(_) if protected => {
                Err(ProgramError::NeedsPaths { table: self.table(table).name.clone() })
            }
            Target::Member(member) => Ok(rt::Target::Member(*member)),
            Target::Group(group) => Ok(rt::Target::Group(*group)),
            Target::Action(Action { name, args }) => {
                if let Some(ways) = self.ways_of(table, name, args)? {
                    return Ok(rt::Target::Group(self.set_of(table, &ways)?));
                }
                let call = self.call(table, name, args)?;
                let Some(profile) = self.table(table).profile else { return Ok(rt::Target::Action(call)) };
                let profile = self.state.program.profiles[profile.index()].name.clone();
                Err(ProgramError::NeedsMember { table: self.table(table).name.clone(), profile })
            }
        }
    }

    pub(super) fn new_entry(&self, table: TableId, entry: &Entry) -> Result<NewEntry, ProgramError> {
        let target = self.target(table, &entry.target)?;
        let ranked = self.state.tables[table.index()].shape().mode == Mode::Ternary;
        if entry.priority != 0 && !ranked {
            let (table, priority) = (self.table(table).name.clone(), entry.priority);
            return Err(ProgramError::Priority { table, priority });
        }
        let idle_timeout = entry.idle_timeout_ms.saturating_mul(1_000_000);
        Ok(NewEntry { idle_timeout, ..NewEntry::new(self.keys(table, &entry.keys)?, entry.priority, target) })
    }

    fn which(&self, table: TableId, which: &Which) -> Result<EntryId, ProgramError> {
        match which {
            Which::Id(id) => Ok(EntryId(*id)),
            Which::Keys { keys, priority } => {
                let found = self.control.find(table, &self.keys(table, keys)?, *priority)?;
                let name = self.table(table).name.clone();
                found.ok_or(ProgramError::NoSuchKeys { table: name, counts: *priority != 0 })
            }
        }
    }

    /// All or nothing: the numbers of new entries.
    pub fn batch(&mut self, changes: &[Change]) -> Result<Vec<Option<u64>>, ProgramError> {
        if changes.len() > api::program::MAX_CHANGES {
            let (count, limit) = (changes.len(), api::program::MAX_CHANGES);
            return Err(ProgramError::TooMany { what: "changes", count, limit });
        }
        let count = changes.len();
        let numbered = |(at, error): (usize, ProgramError)| match count {
            1 => error,
            _ => ProgramError::Change { number: at + 1, count, error: Box::new(error) },
        };
        let mut parts = Parts::default();
        let meant = changes.iter().enumerate();
        let meant =
            meant.map(|(at, change)| self.meant(change, &mut parts).map_err(|error| numbered((at, error))));
        let meant = meant.collect::<Result<Vec<_>, _>>()?;
        let done = self.control.batch(&meant);
        let ids = done.map_err(|BatchError { index, error }| numbered((index, error.into())))?;
        for change in &meant {
            match change {
                // From now on it is the operator's.
                rt::Change::Modify { table, id, .. } | rt::Change::Delete { table, id } => {
                    self.own.remove(&(*table, *id));
                    self.from_file.remove(&(*table, *id));
                    self.learned.remove(&(*table, *id));
                }
                _ => {}
            }
        }
        Ok(ids.into_iter().map(|id| id.map(|id| id.0)).collect())
    }

    fn meant(&self, change: &Change, parts: &mut Parts) -> Result<rt::Change, ProgramError> {
        let names = self.control.names();
        Ok(match change {
            Change::Add { table, entry } => {
                let table = names.table(table)?;
                rt::Change::Insert { table, entry: self.new_entry(table, entry)? }
            }
            Change::Modify { table, which, target } => {
                let table = names.table(table)?;
                let (id, target) = (self.which(table, which)?, self.target(table, target)?);
                rt::Change::Modify { table, id, target }
            }
            Change::Delete { table, which } => {
                let table = names.table(table)?;
                rt::Change::Delete { table, id: self.which(table, which)? }
            }
            Change::SetDefault { table, action } => {
                let table = names.table(table)?;
                rt::Change::SetDefault { table, call: self.call(table, &action.name, &action.args)? }
            }
            Change::ResetDefault { table } => rt::Change::ResetDefault { table: names.table(table)? },
            _ => self.meant_of_profiles(change, parts)?,
        })
    }

    /// An action that members of the profile may have: one of its tables'.
    fn profile_action(&self, profile: ProfileId, name: &str) -> Result<ir::ActionId, ProgramError> {
        let names = self.control.names();
        match self.state.program.profiles[profile.index()].tables.first() {
            None => Ok(names.action(name)?),
            Some(table) => {
                let at = names.table_action(*table, name)?;
                Ok(self.table(*table).actions[at as usize].action)
            }
        }
    }

    fn meant_of_profiles(&self, change: &Change, parts: &mut Parts) -> Result<rt::Change, ProgramError> {
        let names = self.control.names();
        Ok(match change {
            Change::Member { profile, id, action } => {
                let (profile, id) = (names.profile(profile)?, *id);
                let of = self.profile_action(profile, &action.name)?;
                let args = arguments(&self.state.program.actions[of.index()], &action.args)?;
                let member = Member { action: of, args };
                match parts.members(self, profile)?.insert(id) {
                    true => rt::Change::AddMember { profile, id, member },
                    false => rt::Change::ModifyMember { profile, id, member },
                }
            }
            Change::MemberDelete { profile, id } => {
                let profile = names.profile(profile)?;
                parts.members(self, profile)?.remove(id);
                rt::Change::DeleteMember { profile, id: *id }
            }
            Change::Group { profile, id, members } => {
                let (profile, id) = (names.profile(profile)?, *id);
                let (count, limit) = (members.len(), api::program::MAX_CHANGES);
                if count > limit {
                    return Err(ProgramError::TooMany { what: "members", count, limit });
                }
                let members =
                    members.iter().map(|(member, weight)| GroupMember { member: *member, weight: *weight });
                let members = members.collect();
                match parts.groups(self, profile)?.insert(id) {
                    true => rt::Change::AddGroup { profile, id, members },
                    false => rt::Change::ModifyGroup { profile, id, members },
                }
            }
            Change::GroupDelete { profile, id } => {
                let profile = names.profile(profile)?;
                parts.groups(self, profile)?.remove(id);
                rt::Change::DeleteGroup { profile, id: *id }
            }
            // The rest is no change of a profile.
            Change::Add { table, .. }
            | Change::Modify { table, .. }
            | Change::Delete { table, .. }
            | Change::SetDefault { table, .. }
            | Change::ResetDefault { table } => rt::Change::ResetDefault { table: names.table(table)? },
        })
    }
}

/// The members and groups that there are while a batch is looked at.
#[derive(Default)]
struct Parts {
    members: HashMap<u32, HashSet<u32>>,
    groups: HashMap<u32, HashSet<u32>>,
}

impl Parts {
    fn members(&mut self, of: &Loaded, profile: ProfileId) -> Result<&mut HashSet<u32>, ControlError> {
        let all = of.control.members(profile)?;
        Ok(self.members.entry(profile.0).or_insert_with(|| all.into_iter().map(|(id, _)| id).collect()))
    }

    fn groups(&mut self, of: &Loaded, profile: ProfileId) -> Result<&mut HashSet<u32>, ControlError> {
        let all = of.control.selector_groups(profile)?;
        Ok(self.groups.entry(profile.0).or_insert_with(|| all.into_iter().map(|(id, _)| id).collect()))
    }
}

fn arguments(declared: &ir::Action, given: &[Named]) -> Result<Vec<ir::Bits>, ProgramError> {
    let mut values = Vec::with_capacity(given.len());
    for (name, text) in given {
        let Some(param) = declared.params.iter().find(|param| param.name == *name) else {
            return Err(entry::no_such_param(declared, name).into());
        };
        values.push((name.clone(), Field { name: &param.name, ty: &param.ty }.value(text)?));
    }
    Ok(entry::arguments(declared, &values)?)
}
