//! The bits that sums and hashes are made of, as runs that stand in the packet and values that do not.

use crate::plan::{Home, Plan};
use front::ir::{Datum, HeaderId, Operand, SlotId};

/// A stretch of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Fields that follow each other in a header's bytes.
    Run {
        header: HeaderId,
        offset: u32,
        width: u32,
    },
    Value {
        value: Operand,
        width: u32,
    },
    /// As many bits of a varbit field as the length says.
    Varbit {
        slot: SlotId,
        length: SlotId,
    },
}

/// Parts that are there or not there together; a varbit field is one for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub valid: Option<SlotId>,
    pub parts: Vec<Part>,
}

impl Part {
    /// `None` where only the packet knows.
    pub fn width(self) -> Option<u32> {
        match self {
            Part::Run { width, .. } | Part::Value { width, .. } => Some(width),
            Part::Varbit { .. } => None,
        }
    }
}

impl Group {
    /// Bits, if the header is there.
    pub fn width(&self) -> Option<u32> {
        self.parts.iter().map(|part| part.width()).sum()
    }
}

fn part(plan: &Plan<'_>, datum: &Datum) -> Part {
    let width = plan.program.width(datum.value);
    match (datum.value, datum.length) {
        (Operand::Slot(slot), Some(length)) => Part::Varbit { slot, length },
        (Operand::Slot(slot), None) => match plan.homes[slot.index()] {
            Home::Wire { header, offset } => Part::Run { header, offset, width },
            _ => Part::Value { value: datum.value, width },
        },
        (Operand::Const(_), _) => Part::Value { value: datum.value, width },
    }
}

/// Neighbours joined.
pub(super) fn groups(plan: &Plan<'_>, data: &[Datum]) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for datum in data {
        let new = part(plan, datum);
        let Some(group) = groups.last_mut().filter(|group| group.valid == datum.valid) else {
            groups.push(Group { valid: datum.valid, parts: vec![new] });
            continue;
        };
        match (group.parts.last_mut(), new) {
            (Some(Part::Varbit { .. }), _) | (_, Part::Varbit { .. }) => {
                groups.push(Group { valid: datum.valid, parts: vec![new] });
            }
            (
                Some(Part::Run { header, offset, width }),
                Part::Run { header: next, offset: at, width: more },
            ) if *header == next && *offset + *width == at => *width += more,
            _ => group.parts.push(new),
        }
    }
    groups
}
