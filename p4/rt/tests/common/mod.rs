//! Programs in the flat code, built by hand.
#![allow(dead_code)]

use front::Span;
use front::ir::*;
use num_bigint::BigUint;
use std::sync::Arc;
use swerve_p4_rt::{Device, Options, Output};

pub fn bits(width: u32, value: u64) -> Bits {
    Bits { width, value: BigUint::from(value) }
}

pub fn scalar(width: u32) -> ScalarType {
    ScalarType {
        width,
        signed: false,
        name: None,
        members: Vec::new(),
        annotations: Vec::new(),
        is_bool: false,
    }
}

pub const ERRORS: [&str; 7] = [
    "NoError",
    "PacketTooShort",
    "NoMatch",
    "StackOutOfBounds",
    "HeaderTooShort",
    "ParserTimeout",
    "ParserInvalidArgument",
];

/// A program under construction.
pub struct Build {
    pub program: Program,
}

impl Build {
    pub fn new() -> Build {
        let standard = Standard {
            ingress_port: SlotId(0),
            egress_spec: SlotId(1),
            egress_port: SlotId(2),
            instance_type: SlotId(3),
            packet_length: SlotId(4),
            enq_timestamp: SlotId(5),
            enq_qdepth: SlotId(6),
            deq_timedelta: SlotId(7),
            deq_qdepth: SlotId(8),
            ingress_global_timestamp: SlotId(9),
            egress_global_timestamp: SlotId(10),
            mcast_grp: SlotId(11),
            egress_rid: SlotId(12),
            checksum_error: SlotId(13),
            parser_error: SlotId(14),
            priority: SlotId(15),
        };
        let widths = [9, 9, 9, 32, 32, 32, 19, 32, 19, 48, 48, 16, 16, 1, ENUM_WIDTH, 3];
        let slots = widths.iter().enumerate().map(|(at, width)| Slot {
            name: format!("standard_metadata.{at}"),
            width: *width,
            signed: false,
            kind: SlotKind::Standard,
        });
        let program = Program {
            slots: slots.collect(),
            consts: Vec::new(),
            headers: Vec::new(),
            stacks: Vec::new(),
            standard,
            errors: ERRORS.iter().map(|error| (*error).to_owned()).collect(),
            actions: Vec::new(),
            tables: Vec::new(),
            counters: Vec::new(),
            direct_counters: Vec::new(),
            meters: Vec::new(),
            direct_meters: Vec::new(),
            registers: Vec::new(),
            profiles: Vec::new(),
            protection_groups: Vec::new(),
            digests: Vec::new(),
            value_sets: Vec::new(),
            field_lists: vec![Vec::new()],
            parser: Code::default(),
            verify: Code::default(),
            ingress: Code::default(),
            egress: Code::default(),
            compute: Code::default(),
            deparser: Code::default(),
        };
        Build { program }
    }

    pub fn standard(&self) -> Standard {
        self.program.standard
    }

    pub fn slot(&mut self, width: u32, kind: SlotKind) -> SlotId {
        let id = SlotId(self.program.slots.len() as u32);
        self.program.slots.push(Slot { name: format!("slot{}", id.0), width, signed: false, kind });
        id
    }

    pub fn local(&mut self, width: u32) -> SlotId {
        self.slot(width, SlotKind::Local)
    }

    pub fn meta(&mut self, width: u32) -> SlotId {
        self.slot(width, SlotKind::Metadata)
    }

    pub fn constant(&mut self, width: u32, value: u64) -> Operand {
        self.big(width, BigUint::from(value))
    }

    pub fn big(&mut self, width: u32, value: BigUint) -> Operand {
        self.program.consts.push(Bits { width, value });
        Operand::Const(ConstId(self.program.consts.len() as u32 - 1))
    }

    /// A header of H without a varbit field; a width of 0 in `varbit` is none.
    pub fn header(&mut self, widths: &[u32], varbit: Option<(usize, u32)>) -> HeaderId {
        let valid = self.slot(1, SlotKind::State);
        let (mut fields, mut offset, mut fixed) = (Vec::new(), 0, 0);
        for (at, width) in widths.iter().enumerate() {
            let length =
                varbit.filter(|(place, _)| *place == at).map(|_| self.slot(LENGTH_WIDTH, SlotKind::Field));
            let slot = self.slot(*width, SlotKind::Field);
            fields.push(HeaderField { name: format!("f{at}"), slot, offset, width: *width, length });
            offset += width;
            fixed += if length.is_some() { 0 } else { *width };
        }
        let id = HeaderId(self.program.headers.len() as u32);
        let name = format!("hdr.h{}", id.0);
        let header = Header {
            type_name: name.clone(),
            name,
            valid,
            fields,
            fixed_bits: fixed,
            union_others: Vec::new(),
        };
        self.program.headers.push(header);
        id
    }

    pub fn field(&self, header: HeaderId, at: usize) -> SlotId {
        self.program.headers[header.index()].fields[at].slot
    }

    pub fn valid(&self, header: HeaderId) -> SlotId {
        self.program.headers[header.index()].valid
    }

    pub fn action(&mut self, name: &str, widths: &[u32]) -> ActionId {
        let param = |(at, width): (usize, &u32)| ActionParam {
            name: format!("p{at}"),
            ty: scalar(*width),
            annotations: Vec::new(),
        };
        self.program.actions.push(Action {
            name: name.to_owned(),
            span: Span::default(),
            params: widths.iter().enumerate().map(param).collect(),
            annotations: Vec::new(),
        });
        ActionId(self.program.actions.len() as u32 - 1)
    }

    /// A table with fresh key and parameter slots; action 0 is the default.
    pub fn table(&mut self, name: &str, keys: &[(MatchKind, u32)], actions: &[ActionId]) -> TableId {
        let keys: Vec<TableKey> = keys
            .iter()
            .enumerate()
            .map(|(at, (kind, width))| TableKey {
                name: format!("k{at}"),
                kind: *kind,
                slot: self.slot(*width, SlotKind::Key),
                ty: scalar(*width),
                annotations: Vec::new(),
            })
            .collect();
        let actions: Vec<TableAction> = actions
            .iter()
            .map(|action| {
                let widths: Vec<u32> =
                    self.program.actions[action.index()].params.iter().map(|param| param.ty.width).collect();
                let params = widths.iter().map(|width| self.slot(*width, SlotKind::Param)).collect();
                TableAction { action: *action, params, annotations: Vec::new() }
            })
            .collect();
        let default =
            self.program.actions[actions[0].action.index()].params.iter().map(|p| bits(p.ty.width, 0));
        let default_action = ActionCall { action: 0, args: default.collect() };
        self.program.tables.push(Table {
            name: name.to_owned(),
            span: Span::default(),
            annotations: Vec::new(),
            keys,
            actions,
            default_action,
            const_default: false,
            entries: Vec::new(),
            const_entries: false,
            size: None,
            counter: None,
            meter: None,
            profile: None,
            protection: None,
            idle_timeout: false,
            role: None,
        });
        TableId(self.program.tables.len() as u32 - 1)
    }

    pub fn key(&self, table: TableId, at: usize) -> SlotId {
        self.program.tables[table.index()].keys[at].slot
    }

    pub fn param(&self, table: TableId, action: usize, at: usize) -> SlotId {
        self.program.tables[table.index()].actions[action].params[at]
    }

    /// Ethernet-like parser of one header, deparser of the same.
    pub fn parse_and_emit(&mut self, header: HeaderId) {
        self.program.parser = straight("parser", vec![Op::Extract { header, varbit: None }]);
        self.program.deparser = straight("deparser", vec![Op::Emit(header)]);
    }

    pub fn device(self) -> Device {
        self.device_with(Options::default())
    }

    pub fn device_with(self, options: Options) -> Device {
        Device::new(Arc::new(self.program), options).expect("a program that is consistent")
    }
}

pub fn block(ops: Vec<Op>, terminator: Terminator) -> Block {
    Block {
        label: None,
        spans: vec![Span::default(); ops.len()],
        ops,
        terminator,
        terminator_span: Span::default(),
    }
}

/// Code of one block.
pub fn straight(name: &str, ops: Vec<Op>) -> Code {
    Code { name: name.to_owned(), blocks: vec![block(ops, Terminator::End)] }
}

pub fn code(name: &str, blocks: Vec<Block>) -> Code {
    Code { name: name.to_owned(), blocks }
}

pub fn set(dst: SlotId, value: Rvalue) -> Op {
    Op::Set { dst, value }
}

pub fn copy(dst: SlotId, from: SlotId) -> Op {
    set(dst, Rvalue::Use(Operand::Slot(from)))
}

pub fn put(dst: SlotId, value: Operand) -> Op {
    set(dst, Rvalue::Use(value))
}

pub fn datum(value: Operand) -> Datum {
    Datum { value, valid: None, length: None }
}

/// One packet through a device.
pub fn one(device: &mut Device, port: u16, frame: &[u8]) -> Vec<Output> {
    device.inject(port, frame);
    device.run()
}

pub fn out(port: u16, frame: &[u8]) -> Output {
    Output::new(port, frame.to_vec())
}
