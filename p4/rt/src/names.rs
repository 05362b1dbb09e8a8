//! Objects by name: the fully qualified name, else the only one that ends in `.` and the name.

use crate::error::NameError;
use front::ir::{
    ActionId, CounterId, DigestId, DirectCounterId, DirectMeterId, MeterId, ProfileId, Program, RegisterId,
    TableId, ValueSetId,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The full names of one kind of object, and what each of their suffixes may mean.
#[derive(Debug, Default)]
struct Kind {
    kind: &'static str,
    full: Vec<String>,
    exact: HashMap<String, usize>,
    suffixes: HashMap<String, Vec<usize>>,
}

impl Kind {
    fn new(kind: &'static str, names: impl Iterator<Item = String>) -> Kind {
        let mut all = Kind { kind, ..Kind::default() };
        for (at, name) in names.enumerate() {
            let plain = plain(&name);
            for (dot, _) in plain.match_indices('.') {
                all.suffixes.entry(plain[dot + 1..].to_owned()).or_default().push(at);
            }
            all.exact.entry(plain).or_insert(at);
            all.full.push(name);
        }
        all
    }

    fn find(&self, name: &str) -> Result<usize, NameError> {
        let wanted = plain(name);
        let candidates = match self.candidates(&wanted) {
            [] => validity(&wanted).map_or(&[][..], |other| self.candidates(&other)),
            found => found,
        };
        match candidates {
            [at] => Ok(*at),
            [] => {
                Err(NameError::Unknown { kind: self.kind, name: name.to_owned(), known: self.full.clone() })
            }
            several => Err(NameError::Ambiguous {
                kind: self.kind,
                name: name.to_owned(),
                candidates: several.iter().map(|at| self.full[*at].clone()).collect(),
            }),
        }
    }

    fn candidates(&self, wanted: &str) -> &[usize] {
        match self.exact.get(wanted) {
            Some(at) => std::slice::from_ref(at),
            None => self.suffixes.get(wanted).map_or(&[][..], Vec::as_slice),
        }
    }
}

/// One spelling for all that mean the same: `h.isValid()` and `h.$valid$`; `h[0]` and `h$0`; `.x` and `x`; blanks do not count.
fn plain(name: &str) -> String {
    let name: String = name.chars().filter(|char| !char.is_whitespace()).collect();
    let name = name.strip_prefix('.').unwrap_or(&name).replace("isValid()", "$valid$");
    if name.contains('[') { stack_elements(&name) } else { name }
}

/// `h.valid` as `h.$valid$` and the reverse, for where there is no such name: a field may be called `valid`.
fn validity(name: &str) -> Option<String> {
    let last = name.rfind('.').map_or(0, |dot| dot + 1);
    let other = match &name[last..] {
        "valid" => "$valid$",
        "$valid$" => "valid",
        _ => return None,
    };
    Some(format!("{}{other}", &name[..last]))
}

/// `h[3]` as `h$3`; a slice `f[7:0]` stays.
fn stack_elements(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']') {
            Some((index, tail)) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push('$');
                out.push_str(index);
                rest = tail;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Every name that a controller can say.
#[derive(Debug)]
pub struct Names {
    tables: Kind,
    actions: Kind,
    /// Per table.
    table_actions: Vec<Kind>,
    keys: Vec<Kind>,
    counters: Kind,
    direct_counters: Kind,
    registers: Kind,
    meters: Kind,
    direct_meters: Kind,
    profiles: Kind,
    value_sets: Kind,
    digests: Kind,
    program: Arc<Program>,
}

macro_rules! finders {
    ($($(#[$doc:meta])* $find:ident $of:ident $id:ident;)*) => {$(
        $(#[$doc])*
        pub fn $find(&self, name: &str) -> Result<$id, NameError> {
            self.$of.find(name).map(|at| $id(at as u32))
        }
    )*};
}

impl Names {
    pub fn new(program: Arc<Program>) -> Names {
        macro_rules! kind {
            ($kind:literal, $of:expr) => {
                Kind::new($kind, $of.iter().map(|object| object.name.clone()))
            };
        }
        let action = |table: &front::ir::TableAction| program.actions[table.action.index()].name.clone();
        Names {
            tables: kind!("table", program.tables),
            actions: kind!("action", program.actions),
            table_actions: program
                .tables
                .iter()
                .map(|t| Kind::new("action", t.actions.iter().map(action)))
                .collect(),
            keys: program.tables.iter().map(|t| kind!("key", t.keys)).collect(),
            counters: kind!("counter", program.counters),
            direct_counters: kind!("direct counter", program.direct_counters),
            registers: kind!("register", program.registers),
            meters: kind!("meter", program.meters),
            direct_meters: kind!("direct meter", program.direct_meters),
            profiles: kind!("action profile", program.profiles),
            value_sets: kind!("value set", program.value_sets),
            digests: kind!("digest", program.digests),
            program,
        }
    }

    finders! {
        table tables TableId;
        /// Of the whole program.
        action actions ActionId;
        counter counters CounterId;
        direct_counter direct_counters DirectCounterId;
        register registers RegisterId;
        meter meters MeterId;
        direct_meter direct_meters DirectMeterId;
        profile profiles ProfileId;
        value_set value_sets ValueSetId;
        digest digests DigestId;
    }

    /// The index of an action among those of a table.
    pub fn table_action(&self, table: TableId, name: &str) -> Result<u32, NameError> {
        self.within(&self.table_actions, table, "action", name).map(|at| at as u32)
    }

    /// The index of a key of a table. A key may be called by `@name`, by its expression as written or by the end of that.
    pub fn key(&self, table: TableId, name: &str) -> Result<usize, NameError> {
        self.within(&self.keys, table, "key", name)
    }

    fn within(
        &self,
        kinds: &[Kind],
        table: TableId,
        kind: &'static str,
        name: &str,
    ) -> Result<usize, NameError> {
        match kinds.get(table.index()) {
            Some(names) => names.find(name),
            None => Err(NameError::Unknown { kind, name: name.to_owned(), known: Vec::new() }),
        }
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Kind {
        Kind::new("table", all.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn a_full_name_wins_over_the_suffixes_of_others() {
        let kind = names(&["ingress.acl.t", "acl.t", "t"]);
        assert_eq!(kind.find("acl.t"), Ok(1));
        assert_eq!(kind.find("t"), Ok(2));
        assert_eq!(kind.find("ingress.acl.t"), Ok(0));
    }

    #[test]
    fn an_ambiguous_suffix_lists_the_candidates() {
        let error = names(&["ingress.t", "egress.t"]).find("t").unwrap_err();
        assert_eq!(error.to_string(), "'t' may be any of these tables: ingress.t, egress.t");
    }

    #[test]
    fn a_suffix_begins_behind_a_dot() {
        assert!(names(&["ingress.route_v4"]).find("v4").is_err());
    }

    #[test]
    fn spellings_of_validity_and_stack_elements_are_one() {
        let kind = names(&["hdr.ipv4.isValid()", "hdr.mpls[2].label", "hdr.x.f[7:0]"]);
        assert_eq!(kind.find("ipv4.valid"), Ok(0));
        assert_eq!(kind.find("hdr.ipv4.$valid$"), Ok(0));
        assert_eq!(kind.find("mpls$2.label"), Ok(1));
        assert_eq!(kind.find("x.f[7:0]"), Ok(2));
        assert_eq!(kind.find(".hdr.x.f[7:0]"), Ok(2));
    }

    #[test]
    fn a_field_called_valid_is_not_the_validity_of_its_header() {
        let kind = names(&["hdr.h.valid", "hdr.h.isValid()", "hdr.g.isValid()"]);
        for (name, at) in [("hdr.h.valid", 0), ("h.$valid$", 1), ("hdr.h.isValid()", 1), ("g.valid", 2)] {
            assert_eq!(kind.find(name), Ok(at), "{name}");
        }
        assert_eq!(kind.find("valid"), Ok(0));
        assert!(kind.find("$valid$").is_err() && kind.find("isValid()").is_err());
    }

    #[test]
    fn an_unknown_name_says_what_there_is() {
        let error = names(&["ingress.t"]).find("u").unwrap_err();
        assert_eq!(error.to_string(), "no table is called 'u'; there is ingress.t");
    }
}
