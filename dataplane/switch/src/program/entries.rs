//! What the configuration puts into the tables of the program.

use super::loaded::{Loaded, ProgramError};
use api::program::{Action, Entry, Target};
use config::{ClonePort, Config, ConfigErrors, DefaultAction, Multicast};
use front::ir::{ActionCall, Role, TableId};
use rt::role::Bound;
use rt::{Change, EntryId, MulticastNode, NewEntry};
use std::collections::{BTreeSet, HashSet};

/// Which entry of the configuration is wrong, and why.
pub type Wrong = (usize, String);

impl Loaded {
    fn translate(&self, entries: &[config::Entry]) -> Result<Vec<(TableId, NewEntry)>, Wrong> {
        let one = |entry: &config::Entry| -> Result<(TableId, NewEntry), ProgramError> {
            let table = self.control.names().table(&entry.table)?;
            let action = Action { name: entry.action.clone(), args: entry.args.clone() };
            let (keys, priority) = (entry.keys.clone(), entry.priority);
            let entry = Entry { keys, priority, target: Target::Action(action), idle_timeout_ms: 0 };
            Ok((table, self.new_entry(table, &entry)?))
        };
        let wrong = |at: usize| move |error: ProgramError| (at, error.to_string());
        entries.iter().enumerate().map(|(at, entry)| one(entry).map_err(wrong(at))).collect()
    }

    /// Entries of the file lead to paths of the file.
    fn check_paths(&self, config: &Config, entries: &[config::Entry]) -> Result<(), ConfigErrors> {
        for (at, entry) in entries.iter().enumerate() {
            // What is wrong with a name or a value is told when the entry is translated.
            let Ok(table) = self.control.names().table(&entry.table) else { continue };
            let Ok(Some(ways)) = self.ways_of(table, &entry.action, &entry.args) else { continue };
            let known = |name: &&str| config.paths.iter().any(|path| path.name == **name);
            if let Some(name) = ways.names().find(|name| !known(name)) {
                return Err(config.entry_mistake(at, format!("there is no [[path]] called {name}")));
            }
        }
        Ok(())
    }

    /// Whether the program takes what the configuration says of it, as far as that can be said before it is applied.
    pub fn check(&self, config: &Config) -> Result<(), ConfigErrors> {
        let Some(program) = &config.program else { return Ok(()) };
        self.check_paths(config, &program.entries)?;
        self.check_vrfs(config)?;
        self.check_entries(&program.entries).map_err(|(at, why)| config.entry_mistake(at, why))?;
        self.check_rest(config, program)
    }

    /// Whether packets of every VRF find its own routes.
    fn check_vrfs(&self, config: &Config) -> Result<(), ConfigErrors> {
        match self.without_vrf() {
            Some(table) if !config.vrfs.is_empty() => Err(config.vrf_mistake(table.to_owned())),
            _ => Ok(()),
        }
    }

    /// A table in which packets of every VRF would find what is the default one's.
    pub fn without_vrf(&self) -> Option<&str> {
        let tables = self.state.roles.iter().zip(&self.state.program.tables);
        let blind = |bound: &Bound| (bound.is_fib() || bound.role == Role::Local) && !bound.vrf;
        let mut tables = tables.filter(|(bound, _)| bound.as_ref().is_some_and(blind));
        tables.next().map(|(_, table)| table.name.as_str())
    }

    fn check_rest(&self, config: &Config, program: &config::Program) -> Result<(), ConfigErrors> {
        for (at, Multicast { ports, .. }) in program.multicast.iter().enumerate() {
            let (copies, limit) = (ports.len(), rt::COPIES_LIMIT);
            if copies > limit {
                let why = format!("it has {copies} ports, and the limit is {limit}");
                return Err(config.multicast_mistake(at, why));
            }
        }
        self.defaults(config, &program.defaults)?;
        let wrong = |(rule, part, why)| config.learn_mistake(rule, part, why);
        self.check_learn(&program.learn).map_err(wrong)
    }

    /// Makes of the program what the configuration says of it. With an error, entries are as they were.
    pub fn configure(&mut self, config: &Config) -> Result<(), ConfigErrors> {
        let Some(program) = &config.program else { return Ok(()) };
        self.check_vrfs(config)?;
        self.check_rest(config, program)?;
        self.check_paths(config, &program.entries)?;
        self.apply_entries(&program.entries).map_err(|(at, why)| config.entry_mistake(at, why))?;
        self.apply_defaults(config, &program.defaults)?;
        self.apply_multicast(config, &program.multicast)?;
        self.apply_clones(config, program)
    }

    /// What the file's default actions mean.
    fn defaults(
        &self,
        config: &Config,
        defaults: &[DefaultAction],
    ) -> Result<Vec<(TableId, ActionCall)>, ConfigErrors> {
        let one = |given: &DefaultAction| -> Result<(TableId, ActionCall), ProgramError> {
            let table = self.control.names().table(&given.table)?;
            let call = self.call(table, &given.action, &given.args)?;
            self.control.check_default(table, &call)?;
            Ok((table, call))
        };
        let mut seen = HashSet::new();
        let checked = defaults.iter().enumerate().map(|(at, given)| {
            let wrong = |why: String| config.default_mistake(at, why);
            let (table, call) = one(given).map_err(|error| wrong(error.to_string()))?;
            if !seen.insert(table) {
                return Err(wrong("one before it is of the same table, written otherwise".to_owned()));
            }
            Ok((table, call))
        });
        checked.collect()
    }

    /// A table whose default action the file gave before and does not give now has the program's again.
    fn apply_defaults(&mut self, config: &Config, defaults: &[DefaultAction]) -> Result<(), ConfigErrors> {
        let mut given = HashSet::new();
        for (at, (table, call)) in self.defaults(config, defaults)?.into_iter().enumerate() {
            let done = self.control.set_default(table, &call);
            done.map_err(|error| config.default_mistake(at, error.to_string()))?;
            given.insert(table);
        }
        for gone in self.defaults_from_file.difference(&given) {
            // It is a table of this program.
            let _ = self.control.reset_default(*gone);
        }
        self.defaults_from_file = given;
        Ok(())
    }

    /// Sessions of operators stay, unless the file has one of the same number.
    fn apply_clones(&mut self, config: &Config, program: &config::Program) -> Result<(), ConfigErrors> {
        let mut given = BTreeSet::new();
        for (at, clone) in program.clones.iter().enumerate() {
            let port = clone.port.map(|port| match port {
                ClonePort::Port(index) => index as u16,
                ClonePort::Controller => program.controller_port,
            });
            let to = rt::CloneSession {
                port,
                group: clone.multicast,
                rid: clone.replica,
                truncate: clone.truncate,
            };
            let done = self.control.set_session(clone.session, to);
            done.map_err(|error| config.clone_mistake(at, error.to_string()))?;
            given.insert(clone.session);
        }
        for gone in self.sessions_from_file.difference(&given) {
            // An operator may have deleted it.
            let _ = self.control.delete_session(*gone);
        }
        self.sessions_from_file = given;
        Ok(())
    }

    /// Groups of operators stay, unless the file has one of the same number.
    fn apply_multicast(&mut self, config: &Config, groups: &[Multicast]) -> Result<(), ConfigErrors> {
        let mut given = BTreeSet::new();
        for (at, Multicast { group, ports }) in groups.iter().enumerate() {
            let ports = ports.iter().map(|port| *port as u16).collect();
            let done = self.control.set_group(*group, &[MulticastNode { rid: 0, ports }]);
            done.map_err(|error| config.multicast_mistake(at, error.to_string()))?;
            given.insert(*group);
        }
        for gone in self.groups_from_file.difference(&given) {
            // An operator may have deleted it.
            let _ = self.control.delete_group(*gone);
        }
        self.groups_from_file = given;
        Ok(())
    }

    /// Whether the program takes them, as far as that can be said before they are applied.
    pub fn check_entries(&self, entries: &[config::Entry]) -> Result<(), Wrong> {
        self.translate(entries).map(drop)
    }

    /// Makes the file's entries these, all or none: what it gave before and does not give now goes, what is there and
    /// differs is changed, and entries of others with the same keys become the file's.
    pub fn apply_entries(&mut self, entries: &[config::Entry]) -> Result<(), Wrong> {
        let wanted = self.translate(entries)?;
        let (mut changes, mut by, mut kept) = (Vec::new(), Vec::new(), HashSet::new());
        for (at, (table, entry)) in wanted.iter().enumerate() {
            let wrong = |why: String| (at, why);
            let found = self.control.find(*table, &entry.keys, entry.priority);
            let Some(id) = found.map_err(|error| wrong(error.to_string()))? else {
                changes.push(Change::Insert { table: *table, entry: entry.clone() });
                by.push(at);
                continue;
            };
            if !kept.insert((*table, id)) {
                return Err(wrong("an entry before it has the same keys, written otherwise".to_owned()));
            }
            let now = self.control.entry(*table, id).map_err(|error| wrong(error.to_string()))?;
            if now.target != entry.target {
                changes.push(Change::Modify { table: *table, id, target: entry.target.clone() });
                by.push(at);
            }
        }
        // Room for what comes is made by what goes.
        let gone = self.going(&kept);
        let offset = gone.len();
        changes.splice(0..0, gone);
        let done = self.control.batch(&changes).map_err(|error| {
            let at = error.index.checked_sub(offset).and_then(|at| by.get(at)).copied().unwrap_or(0);
            (at, error.error.to_string())
        })?;
        for (change, id) in changes.iter().zip(done) {
            if let (Change::Insert { table, .. }, Some(id)) = (change, id) {
                kept.insert((*table, id));
            }
        }
        self.own.retain(|entry| !kept.contains(entry));
        self.learned.retain(|entry| !kept.contains(entry));
        self.from_file = kept;
        Ok(())
    }

    fn going(&self, kept: &HashSet<(TableId, EntryId)>) -> Vec<Change> {
        let gone = self.from_file.difference(kept);
        let there = gone.filter(|(table, id)| self.control.entry(*table, *id).is_ok());
        there.map(|(table, id)| Change::Delete { table: *table, id: *id }).collect()
    }
}
