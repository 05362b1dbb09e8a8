//! Numbers for objects: stable from one version of a program to the next, since they come from the names.

use super::annotations::{find, int};
use crate::hir::Annotation;
use crate::{Diagnostic, Session};
use std::collections::HashMap;

/// The most significant byte of an object's id says what it is (P4Runtime, "ID Allocation for P4Info Objects").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Prefix {
    Action = 0x01,
    Table = 0x02,
    ValueSet = 0x03,
    ControllerHeader = 0x04,
    ActionProfile = 0x11,
    Counter = 0x12,
    DirectCounter = 0x13,
    Meter = 0x14,
    DirectMeter = 0x15,
    Register = 0x16,
    Digest = 0x17,
}

const SUFFIX: u32 = 0x00ff_ffff;

/// Jenkins' one-at-a-time hash.
pub fn hash(name: &str) -> u32 {
    let mut hash = 0u32;
    for byte in name.bytes() {
        hash = hash.wrapping_add(u32::from(byte));
        hash = hash.wrapping_add(hash << 10);
        hash ^= hash >> 6;
    }
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash.wrapping_add(hash << 15)
}

/// One id for each object of a kind: first those that the program chose, then hashes of the names.
pub(super) fn allocate(
    session: &mut Session,
    prefix: Prefix,
    objects: &[(&str, &[Annotation])],
) -> Option<Vec<u32>> {
    let mut taken: HashMap<u32, usize> = HashMap::new();
    let mut ids = vec![0u32; objects.len()];
    let mut good = true;
    for (at, (name, annotations)) in objects.iter().enumerate() {
        let Some(chosen) = find(annotations, "id") else { continue };
        match chosen_id(session, prefix, name, chosen) {
            Some(id) => {
                ids[at] = id;
                good &= claim(session, objects, &mut taken, at, id, chosen);
            }
            None => good = false,
        }
    }
    for (at, (name, annotations)) in objects.iter().enumerate() {
        if find(annotations, "id").is_none() {
            let mut suffix = hash(name) & SUFFIX;
            while suffix == 0 || taken.contains_key(&with_prefix(prefix, suffix)) {
                suffix = (suffix + 1) & SUFFIX;
            }
            ids[at] = with_prefix(prefix, suffix);
            taken.insert(ids[at], at);
        }
    }
    good.then_some(ids)
}

fn with_prefix(prefix: Prefix, suffix: u32) -> u32 {
    u32::from(prefix as u8) << 24 | suffix
}

fn claim(
    session: &mut Session,
    objects: &[(&str, &[Annotation])],
    taken: &mut HashMap<u32, usize>,
    at: usize,
    id: u32,
    chosen: &Annotation,
) -> bool {
    let Some(other) = taken.insert(id, at) else { return true };
    let message = format!("`{}` and `{}` have the same id {id:#010x}", objects[other].0, objects[at].0);
    let mut diagnostic =
        Diagnostic::error(chosen.span, message).help("give one of them another @id, or none");
    if let Some(first) = find(objects[other].1, "id") {
        diagnostic = diagnostic.related(first.span, "the other one");
    }
    session.diags.push(diagnostic);
    false
}

fn chosen_id(session: &mut Session, prefix: Prefix, name: &str, chosen: &Annotation) -> Option<u32> {
    let Some(id) = int(chosen).and_then(|id| u32::try_from(id).ok()).filter(|id| id & SUFFIX != 0) else {
        let message = format!("the @id of `{name}` is not a number of 1 to 0xffffff");
        session.diags.error(chosen.span, message);
        return None;
    };
    let written = id >> 24;
    if written != 0 && written != prefix as u32 {
        let message = format!("the @id of `{name}` begins with {written:#04x}");
        let help = format!("ids of its kind begin with {:#04x}; or leave the first byte out", prefix as u8);
        session.diags.push(Diagnostic::error(chosen.span, message).help(help));
        return None;
    }
    Some(with_prefix(prefix, id & SUFFIX))
}

/// Ids within an object (match fields, parameters): those chosen, else counted from 1.
pub(super) fn inner(
    session: &mut Session,
    owner: &str,
    members: &[(&str, &[Annotation])],
) -> Option<Vec<u32>> {
    let mut taken: HashMap<u32, usize> = HashMap::new();
    let mut ids = vec![0u32; members.len()];
    for (at, (name, annotations)) in members.iter().enumerate() {
        let Some(chosen) = find(annotations, "id") else { continue };
        let id = int(chosen).and_then(|id| u32::try_from(id).ok()).filter(|id| *id != 0);
        let Some(id) = id else {
            let message = format!("the @id of `{name}` of `{owner}` is not a number of 1 to 0xffffffff");
            session.diags.error(chosen.span, message);
            return None;
        };
        if let Some(other) = taken.insert(id, at) {
            let other = members[other].0;
            let message = format!("`{other}` and `{name}` of `{owner}` have the same id {id}");
            session.diags.push(Diagnostic::error(chosen.span, message).help("give one of them another @id"));
            return None;
        }
        ids[at] = id;
    }
    for (at, id) in ids.iter_mut().enumerate().filter(|(_, id)| **id == 0) {
        let mut next = at as u32 + 1;
        while taken.contains_key(&next) {
            next = next.wrapping_add(1).max(1);
        }
        taken.insert(next, at);
        *id = next;
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_one_at_a_time() {
        // Bob Jenkins' own examples, as published with the function.
        assert_eq!(hash("a"), 0xca2e_9442);
        assert_eq!(hash("The quick brown fox jumps over the lazy dog"), 0x519e_91f5);
    }

    #[test]
    fn the_next_free_id_is_taken_on_a_clash() {
        let mut session = Session::new();
        let objects: [(&str, &[Annotation]); 3] = [("x", &[]), ("x", &[]), ("x", &[])];
        let ids = allocate(&mut session, Prefix::Counter, &objects).expect("nothing was chosen");
        assert_eq!(ids[0] >> 24, 0x12);
        assert_eq!([ids[1], ids[2]], [ids[0] + 1, ids[0] + 2]);
    }
}
