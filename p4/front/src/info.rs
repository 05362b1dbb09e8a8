//! What a controller must know of a program: P4Info and the program's own entries, as protobuf text (P4Runtime 1.x).

mod annotations;
mod entries;
mod ids;
mod names;
mod objects;
mod package;
mod text;
mod types;

use crate::{Session, hir, ir};
pub use ids::{Prefix, hash};
pub use names::{Names, Preamble};

/// The P4Info of a program; None where its `@id` annotations contradict each other, or those of its package, which is then
/// said.
pub fn p4info(session: &mut Session, hir: &hir::Program, ir: &ir::Program) -> Option<String> {
    let names = Names::of(session, hir, ir)?;
    if !package::check(session, hir) {
        return None;
    }
    Some(objects::Writer::new(session, hir, ir, &names).write())
}

/// The entries that the program itself gives to its tables, as a P4Runtime WriteRequest.
pub fn entries(session: &mut Session, hir: &hir::Program, ir: &ir::Program) -> Option<String> {
    let names = Names::of(session, hir, ir)?;
    Some(entries::write(ir, &names))
}

/// A header that controllers know, with its fields in the order of the wire.
pub type ControllerHeader = (String, Vec<(String, ir::ScalarType)>);

/// The headers with `@controller_header("packet_in")` or another name.
pub fn controller_headers(session: &Session, hir: &hir::Program) -> Vec<ControllerHeader> {
    let types = types::Types::new(session, hir);
    let header = |composite: &hir::Composite| {
        let name = annotations::string(&composite.annotations, "controller_header")?;
        let field =
            |field: &hir::Field| Some((session.text(field.name).to_owned(), types.scalar(&field.ty)?));
        let fields: Option<Vec<_>> = composite.fields.iter().map(field).collect();
        (composite.kind == hir::CompositeKind::Header).then_some((name.to_owned(), fields?))
    };
    hir.composites.iter().filter_map(header).collect()
}
