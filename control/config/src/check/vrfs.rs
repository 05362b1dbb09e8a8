//! `[[vrf]]`

use super::Names;
use super::ports::MAX_KERNEL_NAME;
use crate::MAX_VRFS;
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::{DEFAULT_VRF, Vrf, VrfId};
use crate::places::{START, Span};
use crate::raw;
use std::collections::HashMap;
use toml::Spanned;

/// `RT_TABLE_DEFAULT`, `RT_TABLE_MAIN` and `RT_TABLE_LOCAL` of linux/rtnetlink.h.
const KERNELS: [u32; 3] = [253, 254, 255];

/// What a VRF that is not there resolves to. It has been reported, so no such configuration is ever returned.
pub(super) const UNKNOWN: VrfId = VrfId::MAX;

#[derive(Debug)]
pub(super) struct Vrfs {
    pub(super) list: Vec<Vrf>,
    /// The default one is the first.
    names: Names,
}

pub(super) fn check(given: &[raw::Vrf], report: &mut Report) -> Vrfs {
    let mut names = Names::new("VRF");
    let default = Spanned::new(START, DEFAULT_VRF.to_owned());
    names.add(&default, |name| Mistake::VrfTwice { name }, report);
    let mut list: Vec<Vrf> = Vec::new();
    let mut tables: HashMap<u32, (usize, Span)> = HashMap::new();
    for (index, vrf) in given.iter().enumerate() {
        let name = vrf.name.get_ref();
        if name == DEFAULT_VRF {
            report.add(vrf.name.span(), Mistake::VrfIsDefault { name: name.clone() });
            continue;
        }
        let name = names.add(&vrf.name, |name| Mistake::VrfTwice { name }, report);
        if name.len() > MAX_KERNEL_NAME {
            report.add(vrf.name.span(), Mistake::VrfNameTooLong { len: name.len(), name: name.clone() });
        }
        let table = table(&vrf.table, report);
        if table != 0
            && let Some((first, place)) = tables.insert(table, (index, vrf.table.span()))
        {
            let other = given[first].name.get_ref().clone();
            report.add_pair(
                vrf.table.span(),
                place,
                Mistake::VrfTableTwice { name: name.clone(), other, table },
            );
        }
        list.push(Vrf { name, table });
    }
    if given.len() > MAX_VRFS {
        report.add(given[MAX_VRFS].name.span(), Mistake::TooManyVrfs { count: given.len() });
    }
    Vrfs { list, names }
}

/// 0 for what was reported.
fn table(given: &Spanned<raw::Int>, report: &mut Report) -> u32 {
    let number = given.get_ref().0;
    match u32::try_from(number) {
        Ok(table) if table > 0 && !KERNELS.contains(&table) => table,
        _ => {
            report.add(given.span(), Mistake::VrfTable { table: number });
            0
        }
    }
}

impl Vrfs {
    /// The number of the VRF that is named, the default one's without a name, [`UNKNOWN`] for a mistaken one.
    pub(super) fn find(&self, given: Option<&Spanned<String>>, report: &mut Report) -> VrfId {
        let found = given.map_or(0, |name| self.names.find(name, report));
        VrfId::try_from(found).ok().filter(|vrf| usize::from(*vrf) <= self.list.len()).unwrap_or(UNKNOWN)
    }

    pub(super) fn name(&self, vrf: VrfId) -> &str {
        let at = usize::from(vrf).checked_sub(1);
        at.and_then(|at| self.list.get(at)).map_or(DEFAULT_VRF, |vrf| &vrf.name)
    }
}
