//! What runs the code of a program over packets: the interpreter or compiled code.

use crate::events::DropReason;
use crate::packet::Packet;
use crate::state::Env;
use std::fmt::Debug;

/// How far an engine has taken a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum At {
    #[default]
    AfterIngress,
    AfterEgress,
    /// [`Packet::out`] is made, and goes to `egress_port`.
    Out,
}

/// Works on packets in the order of their arrival, with the result of running one after the other. Where a packet is
/// afterwards is in [`Packet::at`]; one that was given up has [`Packet::failed`].
pub trait Engine: Debug + Send {
    /// Packets that may be given together, without another result than one after the other.
    fn batch(&self) -> usize;

    /// The parser alone, for clones.
    fn parse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]);

    /// The parser, verification of checksums, ingress, and on as far as a packet goes straight: to one port, with nothing
    /// asked of the device.
    fn enter(&mut self, env: &mut Env<'_>, packets: &mut [Packet]);

    /// Egress, and on as far as a packet goes straight.
    fn egress(&mut self, env: &mut Env<'_>, packets: &mut [Packet]);

    /// Computation of checksums, deparser: fills [`Packet::out`], payload included.
    fn deparse(&mut self, env: &mut Env<'_>, packets: &mut [Packet]);

    /// For traces.
    fn dropped(&mut self, _packet: &Packet, _reason: DropReason) {}

    /// For traces.
    fn sent(&mut self, _packet: &Packet, _port: u16) {}
}
