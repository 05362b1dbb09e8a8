//! Packets from a port that may be BFD's: the host hears them before anything behind them is run.
//!
//! Here because the first stage has each packet's length and ether type in its hands anyway: a pass of its own over the vector
//! cost 2.1 cycles a packet. What is found out on the way spares the parser its own questions.

use super::Gen;
use crate::abi::Context;
use crate::plan::Node;
use crate::wire::flags;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use std::mem::offset_of;
use wire::bfd::{PORT, PORT_BITS, PORT_PLACES};

impl Gen<'_, '_> {
    /// On to the parser, unless the packet has to be looked at closely: it is short, has a tag or another ether type, or a port
    /// much like one of BFD's where that of UDP would be. Of the last there are 128.
    pub(super) fn listen(&mut self, node: Node) {
        let close = self.a.b.create_block();
        self.a.b.set_cold_block(close);
        let mut reached = 0;
        for (number, place) in PORT_PLACES {
            let least = place as u32 + 2;
            if reached == 0 {
                self.close_if_shorter(least, close);
                reached = least;
            }
            let read = self.number_at(12);
            let (this, other) = (self.a.b.create_block(), self.a.b.create_block());
            let same = self.a.b.ins().icmp_imm_u(IntCC::Equal, read, i64::from(number.swap_bytes()));
            self.a.b.ins().brif(same, this, &[], other, &[]);
            self.a.b.switch_to_block(this);
            if least > reached {
                self.close_if_shorter(least, close);
            }
            let port = self.number_at(place as i32);
            let port = self.a.b.ins().band_imm_u(port, i64::from(PORT_BITS.swap_bytes()));
            let alike = (PORT & PORT_BITS).swap_bytes();
            let alike = self.a.b.ins().icmp_imm_u(IntCC::Equal, port, i64::from(alike));
            let parser = self.aside(|g| {
                g.know_packet(number, least);
                g.target(node)
            });
            self.a.b.ins().brif(alike, close, &[], parser, &[]);
            self.a.b.switch_to_block(other);
        }
        self.a.b.ins().jump(close, &[]);
        self.a.b.switch_to_block(close);
        let listens =
            self.a.b.ins().load(types::I64, flags(), self.context, offset_of!(Context, listens) as i32);
        let stop = self.a.b.create_block();
        self.a.b.set_cold_block(stop);
        let parser = self.target(node);
        self.a.b.ins().brif(listens, stop, &[], parser, &[]);
        self.a.b.switch_to_block(stop);
        let index = self.regs().index;
        self.a.b.ins().store(flags(), index, self.context, offset_of!(Context, stopped) as i32);
        self.a.b.ins().return_(&[]);
    }

    fn close_if_shorter(&mut self, bytes: u32, close: Block) {
        let length = self.regs().length;
        let short = self.a.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, length, i64::from(bytes));
        let long = self.a.b.create_block();
        self.a.b.ins().brif(short, close, &[], long, &[]);
        self.a.b.switch_to_block(long);
    }

    /// Two bytes of the packet, as they stand.
    fn number_at(&mut self, at: i32) -> Value {
        let data = self.regs().data;
        self.a.b.ins().uload16(types::I64, flags(), data, at)
    }
}
