//! What a controller must know of a program: P4Info and the program's own entries, as protobuf text (P4Runtime 1.x).

mod annotations;
mod entries;
mod ids;
mod names;
mod objects;
mod text;
mod types;

use crate::{Session, hir, ir};
pub use ids::{Prefix, hash};
pub use names::{Names, Preamble};

/// The P4Info of a program; None where its `@id` annotations contradict each other, which is then said.
pub fn p4info(session: &mut Session, hir: &hir::Program, ir: &ir::Program) -> Option<String> {
    let names = Names::of(session, hir, ir)?;
    Some(objects::Writer::new(session, hir, ir, &names).write())
}

/// The entries that the program itself gives to its tables, as a P4Runtime WriteRequest.
pub fn entries(session: &mut Session, hir: &hir::Program, ir: &ir::Program) -> Option<String> {
    let names = Names::of(session, hir, ir)?;
    Some(entries::write(ir, &names))
}
