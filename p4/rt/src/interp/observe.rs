//! What a trace sees of the interpreter.

use crate::events::DropReason;
use crate::packet::Packet;
use crate::table::Match;
use front::Span;
use front::ir::{Code, HeaderId, Op, TableId, Terminator};
use std::fmt::Debug;

/// Called along the way of a packet. Every method does nothing unless it is written; `()` sees nothing and costs nothing.
#[allow(unused_variables)]
pub trait Observer: Debug + Send {
    /// Whether [`Observer::op`], [`Observer::done`] and [`Observer::turn`] want to be called.
    const OPS: bool = false;

    /// A parser or control begins.
    fn enter(&mut self, code: &Code, packet: &Packet) {}

    /// A parser state, an action or another part with a name begins.
    fn label(&mut self, label: &str) {}

    /// An operation begins.
    fn op(&mut self, op: &Op, span: Span, packet: &Packet) {}

    /// An operation has ended, unless the parser ends with it.
    fn done(&mut self, op: &Op, packet: &Packet) {}

    /// A block ends.
    fn turn(&mut self, terminator: &Terminator, span: Span, packet: &Packet) {}

    /// A table was applied and goes to an action (an index among the table's), whose parameters have been set.
    fn table(&mut self, table: TableId, found: &Match, action: u32, packet: &Packet) {}

    /// A header became valid or invalid.
    fn header(&mut self, header: HeaderId, valid: bool, packet: &Packet) {}

    /// The parser ended with an error, by its number.
    fn parser_error(&mut self, error: u64) {}

    fn dropped(&mut self, packet: &Packet, reason: DropReason) {}

    fn sent(&mut self, packet: &Packet, port: u16) {}
}

impl Observer for () {}
