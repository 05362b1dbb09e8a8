//! The objects that controllers see, with their ids and names.

use super::annotations::has;
use super::ids::{Prefix, allocate, inner};
use crate::hir::{self, Annotation, CompositeKind};
use crate::{Session, ir};
use std::collections::{HashMap, HashSet};

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble {
    pub id: u32,
    /// Fully qualified.
    pub name: String,
    /// The shortest suffix of the name that no other object's name has.
    pub alias: String,
}

/// One [`Preamble`] for each object of the program, parallel to the vectors of [`ir::Program`]; None for what controllers
/// do not see: what is `@hidden`, and actions of no table.
#[derive(Debug)]
pub struct Names {
    pub tables: Vec<Option<Preamble>>,
    pub actions: Vec<Option<Preamble>>,
    pub profiles: Vec<Option<Preamble>>,
    pub counters: Vec<Option<Preamble>>,
    pub direct_counters: Vec<Option<Preamble>>,
    pub meters: Vec<Option<Preamble>>,
    pub direct_meters: Vec<Option<Preamble>>,
    pub value_sets: Vec<Option<Preamble>>,
    pub registers: Vec<Option<Preamble>>,
    pub digests: Vec<Option<Preamble>>,
    /// With the header that stands in front of the packet.
    pub controller_headers: Vec<(hir::CompositeId, Preamble)>,
    /// Ids of a table's keys; selectors have 0.
    pub(super) key_ids: Vec<Vec<u32>>,
    pub(super) param_ids: Vec<Vec<u32>>,
    /// Of the fields of controller headers.
    pub(super) metadata_ids: Vec<Vec<u32>>,
    /// Of the matches of value sets.
    pub(super) value_ids: Vec<Vec<u32>>,
}

type Visible<'a> = Vec<Option<(&'a str, &'a [Annotation])>>;

/// Everything, or what is not hidden.
macro_rules! visible {
    ($objects:expr) => {
        $objects
            .iter()
            .map(|o| (!has(&o.annotations, "hidden")).then_some((o.name.as_str(), o.annotations.as_slice())))
            .collect::<Visible>()
    };
}

impl Names {
    /// None where `@id`s are wrong.
    pub fn of(session: &mut Session, hir: &hir::Program, ir: &ir::Program) -> Option<Names> {
        let tables = visible!(ir.tables);
        let actions = actions_of_tables(ir, &tables);
        let digests: Visible = ir.digests.iter().map(|d| Some((d.name.as_str(), &[] as &[_]))).collect();
        let kinds: [(Prefix, Visible); 10] = [
            (Prefix::Table, tables),
            (Prefix::Action, actions),
            (Prefix::ActionProfile, visible!(ir.profiles)),
            (Prefix::Counter, visible!(ir.counters)),
            (Prefix::DirectCounter, visible!(ir.direct_counters)),
            (Prefix::Meter, visible!(ir.meters)),
            (Prefix::DirectMeter, visible!(ir.direct_meters)),
            (Prefix::ValueSet, visible!(ir.value_sets)),
            (Prefix::Register, visible!(ir.registers)),
            (Prefix::Digest, digests),
        ];
        let headers = controller_headers(session, hir)?;
        let all = kinds.iter().flat_map(|(_, objects)| objects.iter().flatten().map(|(name, _)| *name));
        let aliases = aliases(all.chain(headers.iter().map(|(_, header)| header.name.as_str())));
        let mut named = vec![];
        for (prefix, objects) in &kinds {
            named.push(preambles(session, *prefix, objects, &aliases)?);
        }
        let mut named = named.into_iter();
        let mut next = || named.next().unwrap_or_default();
        let (key_ids, param_ids) = (key_ids(session, ir)?, param_ids(session, ir)?);
        let (metadata_ids, value_ids) = (metadata_ids(session, hir, &headers)?, value_ids(session, ir)?);
        Some(Names {
            tables: next(),
            actions: next(),
            profiles: next(),
            counters: next(),
            direct_counters: next(),
            meters: next(),
            direct_meters: next(),
            value_sets: next(),
            registers: next(),
            digests: next(),
            controller_headers: with_aliases(headers, &aliases),
            key_ids,
            param_ids,
            metadata_ids,
            value_ids,
        })
    }
}

fn actions_of_tables<'a>(ir: &'a ir::Program, tables: &Visible) -> Visible<'a> {
    let shown = ir.tables.iter().zip(tables).filter(|(_, shown)| shown.is_some());
    let used: HashSet<_> =
        shown.flat_map(|(table, _)| table.actions.iter().map(|a| a.action.index())).collect();
    let mut actions = visible!(ir.actions);
    for (at, action) in actions.iter_mut().enumerate() {
        *action = action.filter(|_| used.contains(&at));
    }
    actions
}

/// The headers with `@controller_header("packet_in")`, which is the name by which controllers know them; their ids come from
/// the names of their types.
fn controller_headers(
    session: &mut Session,
    hir: &hir::Program,
) -> Option<Vec<(hir::CompositeId, Preamble)>> {
    let mut headers = vec![];
    let mut types: Vec<(String, &[Annotation])> = vec![];
    for (at, composite) in hir.composites.iter().enumerate() {
        let name = super::annotations::string(&composite.annotations, "controller_header");
        if let (Some(name), CompositeKind::Header) = (name, composite.kind) {
            types.push((session.text(composite.name).to_owned(), &composite.annotations));
            let preamble = Preamble { id: 0, name: name.to_owned(), alias: name.to_owned() };
            headers.push((hir::CompositeId(at as u32), preamble));
        }
    }
    let types: Vec<_> = types.iter().map(|(name, annotations)| (name.as_str(), *annotations)).collect();
    let ids = allocate(session, Prefix::ControllerHeader, &types)?;
    for ((_, preamble), id) in headers.iter_mut().zip(ids) {
        preamble.id = id;
    }
    Some(headers)
}

fn with_aliases(
    mut headers: Vec<(hir::CompositeId, Preamble)>,
    aliases: &HashMap<String, String>,
) -> Vec<(hir::CompositeId, Preamble)> {
    for (_, preamble) in &mut headers {
        if let Some(alias) = aliases.get(&preamble.name) {
            preamble.alias.clone_from(alias);
        }
    }
    headers
}

fn preambles(
    session: &mut Session,
    prefix: Prefix,
    objects: &Visible,
    aliases: &HashMap<String, String>,
) -> Option<Vec<Option<Preamble>>> {
    let shown: Vec<_> = objects.iter().flatten().copied().collect();
    let mut ids = allocate(session, prefix, &shown)?.into_iter();
    let preamble = |(name, _): (&str, &[Annotation])| {
        let alias = aliases.get(name).cloned().unwrap_or_else(|| name.to_owned());
        Some(Preamble { id: ids.next()?, name: name.to_owned(), alias })
    };
    let mut preamble = preamble;
    Some(objects.iter().map(|object| object.and_then(&mut preamble)).collect())
}

/// For each name the shortest suffix, of whole components, that no other name ends in.
fn aliases<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<String, String> {
    let names: HashSet<&str> = names.collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        for suffix in suffixes(name) {
            *count.entry(suffix).or_default() += 1;
        }
    }
    let alias = |name: &str| {
        let unique = suffixes(name).find(|suffix| count.get(suffix) == Some(&1));
        unique.unwrap_or(name).to_owned()
    };
    names.iter().map(|name| ((*name).to_owned(), alias(name))).collect()
}

/// From the shortest to the whole.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    let inner = name.rmatch_indices('.').map(|(at, _)| &name[at + 1..]);
    inner.chain(std::iter::once(name))
}

fn key_ids(session: &mut Session, ir: &ir::Program) -> Option<Vec<Vec<u32>>> {
    let mut all = vec![];
    for table in &ir.tables {
        let fields = table.keys.iter().filter(|key| key.kind != ir::MatchKind::Selector);
        let fields: Vec<_> = fields.map(|key| (key.name.as_str(), key.annotations.as_slice())).collect();
        let mut ids = inner(session, &table.name, &fields)?.into_iter();
        let mut id = |key: &ir::TableKey| match key.kind {
            ir::MatchKind::Selector => 0,
            _ => ids.next().unwrap_or(0),
        };
        all.push(table.keys.iter().map(&mut id).collect());
    }
    Some(all)
}

fn param_ids(session: &mut Session, ir: &ir::Program) -> Option<Vec<Vec<u32>>> {
    let mut all = vec![];
    for action in &ir.actions {
        let params: Vec<_> =
            action.params.iter().map(|param| (param.name.as_str(), param.annotations.as_slice())).collect();
        all.push(inner(session, &action.name, &params)?);
    }
    Some(all)
}

fn metadata_ids(
    session: &mut Session,
    hir: &hir::Program,
    headers: &[(hir::CompositeId, Preamble)],
) -> Option<Vec<Vec<u32>>> {
    let mut all = vec![];
    for (composite, header) in headers {
        let fields = &hir.composites[composite.index()].fields;
        let names: Vec<String> = fields.iter().map(|field| session.text(field.name).to_owned()).collect();
        let fields = names.iter().zip(fields);
        let fields: Vec<_> =
            fields.map(|(name, field)| (name.as_str(), field.annotations.as_slice())).collect();
        all.push(inner(session, &header.name, &fields)?);
    }
    Some(all)
}

fn value_ids(session: &mut Session, ir: &ir::Program) -> Option<Vec<Vec<u32>>> {
    let mut all = vec![];
    for set in &ir.value_sets {
        let keys: Vec<_> =
            set.keys.iter().map(|key| (key.name.as_str(), key.annotations.as_slice())).collect();
        all.push(inner(session, &set.name, &keys)?);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_the_shortest_suffix_that_is_unique() {
        let aliases = aliases(["ingress.t", "egress.t", "ingress.acl.drop", "drop", "a.b.c"].into_iter());
        let alias = |name: &str| aliases[name].as_str();
        assert_eq!(alias("ingress.t"), "ingress.t");
        assert_eq!(alias("egress.t"), "egress.t");
        assert_eq!(alias("ingress.acl.drop"), "acl.drop");
        assert_eq!(alias("drop"), "drop");
        assert_eq!(alias("a.b.c"), "c");
    }
}
