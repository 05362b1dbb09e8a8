//! Whether the rules of `[[program.learn]]` fit the program. Control carries them out; here is who knows the program.

use super::loaded::{Loaded, ProgramError};
use config::{Learn, LearnEntry, LearnPart, LearnValue};
use front::ir::{Digest, ScalarType, TableId};
use host::value::Field;

/// Which rule is wrong in what part, and why.
pub type WrongRule = (usize, LearnPart, String);

/// In place of what a digest will have in a field.
const ANY: &str = "0";

/// A mistake of a rule that the program's own messages have no words for.
#[derive(Debug, thiserror::Error)]
enum Misfit {
    #[error("digest '{digest}' has no field '{field}'; there is {known}")]
    NoField { digest: String, field: String, known: String },
    #[error("field '{field}' of digest '{digest}' has {bits} bits, and '{name}' only {width}")]
    TooWide { digest: String, field: String, bits: u32, name: String, width: u32 },
    #[error(
        "'{name}' has field '{field}', which no key of table '{timed}' has: when the entry there is idle, nobody \
         would know which of table '{table}' goes with it"
    )]
    NotOfTimed { name: String, field: String, timed: String, table: String },
}

impl Loaded {
    pub fn check_learn(&self, rules: &[Learn]) -> Result<(), WrongRule> {
        for (at, rule) in rules.iter().enumerate() {
            self.check_rule(rule).map_err(|(part, why)| (at, part, why))?;
        }
        Ok(())
    }

    fn check_rule(&self, rule: &Learn) -> Result<(), (LearnPart, String)> {
        let digest = self.control.names().digest(&rule.digest);
        let digest = digest.map_err(|error| (LearnPart::Digest, error.to_string()))?;
        let digest = &self.state.program.digests[digest.index()];
        for (at, entry) in rule.entries.iter().enumerate() {
            self.check_entry(digest, at, entry)?;
        }
        check_siblings(rule)
    }

    fn check_entry(&self, digest: &Digest, at: usize, entry: &LearnEntry) -> Result<(), (LearnPart, String)> {
        let said = |part: LearnPart| move |error: ProgramError| (part, error.to_string());
        let of_table = said(LearnPart::Table(at));
        let table = self.control.names().table(&entry.table).map_err(|error| of_table(error.into()))?;
        for (key, (name, value)) in entry.keys.iter().enumerate() {
            let part = said(LearnPart::Key(at, key));
            let index = self.control.names().key(table, name).map_err(|error| part(error.into()))?;
            let declared = &self.table(table).keys[index];
            let field = Field { name: &declared.name, ty: &declared.ty };
            check_value(digest, value, &field).map_err(|why| (LearnPart::Key(at, key), why))?;
            // As one key alone it says what is wrong with itself; that others miss is said of the table.
            field.key(&text(value)).map_err(|error| part(error.into()))?;
        }
        let keys: Vec<_> = entry.keys.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        self.keys(table, &keys).map_err(said(LearnPart::Table(at)))?;
        if self.table(table).const_entries {
            let error = rt::ControlError::ConstTable { table: self.table(table).name.clone() };
            return Err(of_table(error.into()));
        }
        self.check_action(digest, table, at, entry)?;
        if entry.idle_timeout.is_some() && !self.table(table).idle_timeout {
            let error = rt::ControlError::NoIdleTimeout { table: self.table(table).name.clone() };
            return Err((LearnPart::IdleTimeout(at), error.to_string()));
        }
        Ok(())
    }

    fn check_action(
        &self,
        digest: &Digest,
        table: TableId,
        at: usize,
        entry: &LearnEntry,
    ) -> Result<(), (LearnPart, String)> {
        let said = |error: ProgramError| (LearnPart::Action(at), error.to_string());
        let names = self.control.names();
        let action = names.table_action(table, &entry.action).map_err(|error| said(error.into()))?;
        let declared = &self.table(table).actions[action as usize];
        let declared = &self.state.program.actions[declared.action.index()];
        for (arg, (name, value)) in entry.args.iter().enumerate() {
            let Some(param) = declared.params.iter().find(|param| param.name == *name) else { continue };
            let field = Field { name: &param.name, ty: &param.ty };
            let part = LearnPart::Arg(at, arg);
            check_value(digest, value, &field).map_err(|why| (part, why))?;
            field.bits("parameter", &text(value)).map_err(|error| (part, error.to_string()))?;
        }
        let args: Vec<_> = entry.args.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let action = api::program::Action { name: entry.action.clone(), args };
        self.target(table, &api::program::Target::Action(action)).map(drop).map_err(said)
    }
}

fn text(value: &LearnValue) -> String {
    match value {
        LearnValue::Field(_) => ANY.to_owned(),
        LearnValue::Value(text) => text.clone(),
    }
}

fn check_value(digest: &Digest, value: &LearnValue, into: &Field<'_>) -> Result<(), String> {
    let LearnValue::Field(field) = value else { return Ok(()) };
    let (digest_name, name) = (digest.name.clone(), field.clone());
    let found = digest.fields.iter().find(|(of, _)| of == field);
    let Some((_, ScalarType { width: bits, .. })) = found else {
        let known = digest.fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Misfit::NoField { digest: digest_name, field: name, known }.to_string());
    };
    let (bits, width) = (*bits, into.ty.width);
    if bits > width {
        let into = into.name.to_owned();
        return Err(Misfit::TooWide { digest: digest_name, field: name, bits, name: into, width }.to_string());
    }
    Ok(())
}

/// The end of the entry with the time-out is the end of all, so that its keys must say which these are.
fn check_siblings(rule: &Learn) -> Result<(), (LearnPart, String)> {
    let Some(timed) = rule.entries.iter().find(|entry| entry.idle_timeout.is_some()) else { return Ok(()) };
    for (at, entry) in rule.entries.iter().enumerate() {
        for (key, (name, value)) in entry.keys.iter().enumerate() {
            let LearnValue::Field(field) = value else { continue };
            if !timed.keys.iter().any(|(_, of)| of == value) {
                let (name, field) = (name.clone(), field.clone());
                let (timed, table) = (timed.table.clone(), entry.table.clone());
                let why = Misfit::NotOfTimed { name, field, timed, table };
                return Err((LearnPart::Key(at, key), why.to_string()));
            }
        }
    }
    Ok(())
}
