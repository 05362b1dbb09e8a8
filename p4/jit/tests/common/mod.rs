//! Programs made by hand, flat as lowering makes them.

pub mod host;

use front::Span;
use front::ir::*;
use num_bigint::BigUint;

pub struct Builder {
    pub program: Program,
}

fn empty() -> Program {
    let none = SlotId(0);
    Program {
        slots: vec![],
        consts: vec![],
        headers: vec![],
        stacks: vec![],
        standard: Standard {
            ingress_port: none,
            egress_spec: none,
            egress_port: none,
            instance_type: none,
            packet_length: none,
            enq_timestamp: none,
            enq_qdepth: none,
            deq_timedelta: none,
            deq_qdepth: none,
            ingress_global_timestamp: none,
            egress_global_timestamp: none,
            mcast_grp: none,
            egress_rid: none,
            checksum_error: none,
            parser_error: none,
            priority: none,
        },
        errors: [
            "NoError",
            "PacketTooShort",
            "NoMatch",
            "StackOutOfBounds",
            "HeaderTooShort",
            "ParserTimeout",
            "ParserInvalidArgument",
        ]
        .map(str::to_owned)
        .to_vec(),
        actions: vec![],
        tables: vec![],
        counters: vec![],
        direct_counters: vec![],
        meters: vec![],
        direct_meters: vec![],
        registers: vec![],
        profiles: vec![],
        protection_groups: vec![],
        digests: vec![],
        value_sets: vec![],
        field_lists: vec![vec![]],
        parser: Code::default(),
        verify: Code::default(),
        ingress: Code::default(),
        egress: Code::default(),
        compute: Code::default(),
        deparser: Code::default(),
    }
}

impl Builder {
    pub fn new() -> Builder {
        let mut b = Builder { program: empty() };
        let mut standard =
            |name: &str, width| b.slot(&format!("standard_metadata.{name}"), width, SlotKind::Standard);
        let standard = Standard {
            ingress_port: standard("ingress_port", 9),
            egress_spec: standard("egress_spec", 9),
            egress_port: standard("egress_port", 9),
            instance_type: standard("instance_type", 32),
            packet_length: standard("packet_length", 32),
            enq_timestamp: standard("enq_timestamp", 32),
            enq_qdepth: standard("enq_qdepth", 19),
            deq_timedelta: standard("deq_timedelta", 32),
            deq_qdepth: standard("deq_qdepth", 19),
            ingress_global_timestamp: standard("ingress_global_timestamp", 48),
            egress_global_timestamp: standard("egress_global_timestamp", 48),
            mcast_grp: standard("mcast_grp", 16),
            egress_rid: standard("egress_rid", 16),
            checksum_error: standard("checksum_error", 1),
            parser_error: standard("parser_error", ENUM_WIDTH),
            priority: standard("priority", 3),
        };
        b.program.standard = standard;
        b
    }

    pub fn slot(&mut self, name: &str, width: u32, kind: SlotKind) -> SlotId {
        self.program.slots.push(Slot { name: name.to_owned(), width, signed: false, kind });
        SlotId(self.program.slots.len() as u32 - 1)
    }

    pub fn constant(&mut self, width: u32, value: impl Into<BigUint>) -> ConstId {
        let value = value.into() & ((BigUint::from(1u8) << width) - 1u8);
        self.program.consts.push(Bits { width, value });
        ConstId(self.program.consts.len() as u32 - 1)
    }

    pub fn header(&mut self, name: &str, widths: &[u32]) -> HeaderId {
        let valid = self.slot(&format!("hdr.{name}.$valid$"), 1, SlotKind::State);
        let mut offset = 0;
        let mut fields = vec![];
        for (at, width) in widths.iter().enumerate() {
            let slot = self.slot(&format!("hdr.{name}.f{at}"), *width, SlotKind::Field);
            fields.push(HeaderField { name: format!("f{at}"), slot, offset, width: *width, length: None });
            offset += width;
        }
        self.program.headers.push(Header {
            name: format!("hdr.{name}"),
            type_name: format!("{name}_t"),
            valid,
            fields,
            fixed_bits: offset,
            union_others: vec![],
        });
        HeaderId(self.program.headers.len() as u32 - 1)
    }

    pub fn field(&self, header: HeaderId, at: usize) -> SlotId {
        self.program.headers[header.index()].fields[at].slot
    }
}

pub fn block(ops: Vec<Op>, terminator: Terminator) -> Block {
    let spans = vec![Span::default(); ops.len()];
    Block { label: None, ops, spans, terminator, terminator_span: Span::default() }
}

pub fn code(name: &str, blocks: Vec<Block>) -> Code {
    Code { name: name.to_owned(), blocks }
}
