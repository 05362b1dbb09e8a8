//! What v1model does with packets between the parts of a program.

mod common;

use common::*;
use front::ir::*;
use swerve_p4_rt::{CloneSession, Device, DropReason, Event, MulticastNode, Options};

/// One header of bytes `op`, `arg`, `mark`; a user metadata field that clones may keep. Each part of the program does what
/// `op` says while `instance_type` is `when`.
struct Switch {
    build: Build,
    header: HeaderId,
    meta: SlotId,
    keep: FieldListId,
    ingress: Vec<Block>,
    egress: Vec<Block>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Ingress,
    Egress,
}

impl Switch {
    fn new() -> Switch {
        let mut build = Build::new();
        let header = build.header(&[8, 8, 8], None);
        build.parse_and_emit(header);
        let meta = build.meta(8);
        build.program.field_lists.push(vec![meta]);
        Switch { build, header, meta, keep: FieldListId(1), ingress: Vec::new(), egress: Vec::new() }
    }

    fn constant(&mut self, width: u32, value: u64) -> Operand {
        self.build.constant(width, value)
    }

    fn field(&self, at: usize) -> SlotId {
        self.build.field(self.header, at)
    }

    /// `ops` in a part for packets with this first byte and instance type.
    fn when(&mut self, part: Part, op: u64, instance: u64, ops: Vec<Op>) {
        let (a, b, both) = (self.build.local(1), self.build.local(1), self.build.local(1));
        let (op, instance) = (self.constant(8, op), self.constant(32, instance));
        let (lead, kind) = (self.field(0), self.build.standard().instance_type);
        let blocks = if part == Part::Ingress { &mut self.ingress } else { &mut self.egress };
        let at = blocks.len() as u32;
        let test = vec![
            set(a, Rvalue::Compare(CmpOp::Eq, Operand::Slot(lead), op)),
            set(b, Rvalue::Compare(CmpOp::Eq, Operand::Slot(kind), instance)),
            set(both, Rvalue::Binary(BinOp::And, Operand::Slot(a), Operand::Slot(b))),
        ];
        let branch =
            Terminator::Branch { cond: Operand::Slot(both), then: BlockId(at + 1), other: BlockId(at + 2) };
        blocks.push(block(test, branch));
        blocks.push(block(ops, Terminator::Goto(BlockId(at + 2))));
    }

    fn spec(&mut self, port: u64) -> Op {
        let port = self.constant(9, port);
        put(self.build.standard().egress_spec, port)
    }

    /// `mark = metadata`, to see what was kept.
    fn show_meta(&self) -> Op {
        copy(self.field(2), self.meta)
    }

    /// `arg = instance_type`.
    fn show_instance(&self) -> Op {
        let kind = self.build.standard().instance_type;
        set(self.field(1), Rvalue::Resize { of: Operand::Slot(kind), signed: false })
    }

    fn put_meta(&mut self, value: u64) -> Op {
        let value = self.constant(8, value);
        put(self.meta, value)
    }

    fn device_with(mut self, options: Options) -> Device {
        for (blocks, part) in [(self.ingress, Part::Ingress), (self.egress, Part::Egress)] {
            let mut blocks = blocks;
            blocks.push(block(vec![], Terminator::End));
            match part {
                Part::Ingress => self.build.program.ingress = code("ingress", blocks),
                Part::Egress => self.build.program.egress = code("egress", blocks),
            }
        }
        self.build.device_with(options)
    }

    fn device(self) -> Device {
        self.device_with(Options::default())
    }
}

fn to_port(port: u16) -> CloneSession {
    CloneSession { port: Some(port), ..CloneSession::default() }
}

fn drop_of(reason: DropReason) -> Event {
    Event::Drop { reason, ingress_port: 3 }
}

const NORMAL: u64 = 0;

#[test]
fn a_packet_that_nobody_sends_anywhere_leaves_by_port_0() {
    assert_eq!(one(&mut Switch::new().device(), 3, &[1, 2, 3, 4]), [out(0, &[1, 2, 3, 4])]);
}

#[test]
fn the_drop_port_drops_in_ingress_and_in_egress() {
    let mut switch = Switch::new();
    let (ops, later) = (vec![switch.spec(511)], vec![switch.spec(511)]);
    let forward = vec![switch.spec(7)];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    switch.when(Part::Ingress, 2, NORMAL, forward);
    switch.when(Part::Egress, 2, NORMAL, later);
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 0, 0]), []);
    assert_eq!(one(&mut device, 3, &[2, 0, 0]), []);
    assert_eq!(device.events(), [drop_of(DropReason::Ingress), drop_of(DropReason::Egress)]);
    assert_eq!((device.drops(DropReason::Ingress), device.drops(DropReason::Egress)), (1, 1));
}

#[test]
fn egress_sees_its_port_its_length_the_time_and_no_drop_port() {
    let mut build = Build::new();
    let header = build.header(&[16, 16, 32, 48, 32, 48], None);
    build.parse_and_emit(header);
    let s = build.standard();
    let port = build.constant(9, 9);
    build.program.ingress = straight("ingress", vec![put(s.egress_spec, port)]);
    let show = |to: usize, from| {
        set(build.field(header, to), Rvalue::Resize { of: Operand::Slot(from), signed: false })
    };
    let ops = vec![
        show(0, s.egress_port),
        show(1, s.egress_spec),
        show(2, s.packet_length),
        show(3, s.egress_global_timestamp),
        show(4, s.enq_timestamp),
        show(5, s.ingress_global_timestamp),
    ];
    build.program.egress = straight("egress", ops);
    let mut device = build.device();
    device.set_time(1_002_003_000_000);
    device.set_time(5);
    let mut expected = vec![0, 9, 0, 0, 0, 0, 0, 25];
    expected.extend(&1_002_003_000u64.to_be_bytes()[2..]);
    expected.extend(1_002_003_000u32.to_be_bytes());
    expected.extend(&1_002_003_000u64.to_be_bytes()[2..]);
    expected.push(0xee);
    let mut bytes = vec![0; 24];
    bytes.push(0xee);
    assert_eq!(one(&mut device, 3, &bytes), [out(9, &expected)]);
}

#[test]
fn an_ingress_clone_is_the_packet_as_it_entered_with_the_fields_to_keep() {
    let mut switch = Switch::new();
    let (session, nine) = (switch.constant(32, 5), switch.constant(8, 9));
    let ops = vec![
        switch.put_meta(0x11),
        Op::Clone { egress: false, session, keep: switch.keep },
        switch.put_meta(0x22),
        put(switch.field(1), nine),
        switch.spec(7),
    ];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta(), switch.show_instance()];
    switch.when(Part::Egress, 1, 1, ops);
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(7, &[1, 9, 3, 4])]);
    assert_eq!(device.events(), [drop_of(DropReason::UnknownSession)]);
    device.control().set_session(5, to_port(8)).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(8, &[1, 1, 0x22, 4]), out(7, &[1, 9, 3, 4])]);
}

#[test]
fn an_ingress_clone_is_made_of_a_packet_that_is_dropped() {
    let mut switch = Switch::new();
    let session = switch.constant(32, 5);
    let ops = vec![Op::Clone { egress: false, session, keep: FieldListId(0) }, switch.spec(511)];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta()];
    switch.when(Part::Egress, 1, 1, ops);
    let mut device = switch.device();
    device.control().set_session(5, to_port(8)).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(8, &[1, 2, 0, 4])]);
}

#[test]
fn the_last_clone_call_of_a_control_wins() {
    let mut switch = Switch::new();
    let (five, six) = (switch.constant(32, 5), switch.constant(32, 6));
    let clone = |session| Op::Clone { egress: false, session, keep: FieldListId(0) };
    switch.when(Part::Ingress, 1, NORMAL, vec![clone(five), clone(six)]);
    let mut device = switch.device();
    device.control().set_session(5, to_port(8)).unwrap();
    device.control().set_session(6, to_port(9)).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 0, 0]), [out(9, &[1, 0, 0]), out(0, &[1, 0, 0])]);
}

#[test]
fn an_egress_clone_has_the_headers_of_the_end_of_egress_and_goes_through_egress_again() {
    let mut switch = Switch::new();
    let (session, nine) = (switch.constant(32, 5), switch.constant(8, 9));
    let ops = vec![
        switch.put_meta(0x33),
        Op::Clone { egress: true, session, keep: switch.keep },
        put(switch.field(1), nine),
        switch.spec(511),
    ];
    switch.when(Part::Egress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta()];
    switch.when(Part::Egress, 1, 2, ops);
    let mut device = switch.device();
    device.control().set_session(5, to_port(8)).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(8, &[1, 9, 0x33, 4])]);
    assert_eq!(device.events(), [drop_of(DropReason::Egress)]);
}

#[test]
fn a_session_cuts_its_copies_and_may_lead_to_a_group() {
    let mut switch = Switch::new();
    let session = switch.constant(32, 5);
    switch.when(Part::Ingress, 1, NORMAL, vec![Op::Clone { egress: false, session, keep: FieldListId(0) }]);
    let ops = vec![switch.show_instance()];
    switch.when(Part::Egress, 1, 1, ops);
    let mut device = switch.device();
    let control = device.control();
    control.set_group(4, &[MulticastNode { rid: 1, ports: vec![10, 11] }]).unwrap();
    control
        .set_session(5, CloneSession { port: Some(8), group: Some(4), truncate: Some(2), rid: 0 })
        .unwrap();
    let mut outputs = one(&mut device, 3, &[1, 2, 3, 4]);
    outputs.sort_by_key(|output| output.port);
    assert_eq!(outputs, [out(0, &[1, 2, 3, 4]), out(8, &[1, 1]), out(10, &[1, 1]), out(11, &[1, 1])]);
}

#[test]
fn a_resubmitted_packet_begins_again_with_its_original_bytes_and_the_fields_to_keep() {
    let mut switch = Switch::new();
    let nine = switch.constant(8, 9);
    let ops = vec![
        switch.put_meta(0x44),
        put(switch.field(1), nine),
        switch.spec(511),
        Op::Resubmit { keep: switch.keep },
    ];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta(), switch.show_instance(), switch.spec(6)];
    switch.when(Part::Ingress, 1, 6, ops);
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(6, &[1, 6, 0x44, 4])]);
}

#[test]
fn a_recirculated_packet_begins_again_with_its_deparsed_bytes() {
    let mut switch = Switch::new();
    let (nine, two) = (switch.constant(8, 9), switch.constant(8, 2));
    let ops = vec![
        switch.put_meta(0x55),
        put(switch.field(0), two),
        put(switch.field(1), nine),
        Op::Recirculate { keep: switch.keep },
    ];
    switch.when(Part::Egress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta(), switch.show_instance(), switch.spec(6)];
    switch.when(Part::Ingress, 2, 4, ops);
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4]), [out(6, &[2, 4, 0x55, 4])]);
}

#[test]
fn a_field_list_that_names_no_field_keeps_nothing() {
    let mut switch = Switch::new();
    let ops = vec![switch.put_meta(0x44), Op::Resubmit { keep: FieldListId(0) }];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let ops = vec![switch.show_meta()];
    switch.when(Part::Ingress, 1, 6, ops);
    assert_eq!(one(&mut switch.device(), 3, &[1, 2, 3]), [out(0, &[1, 2, 0])]);
}

#[test]
fn multicast_makes_a_copy_for_each_port_of_each_node_and_wins_over_a_drop() {
    let mut switch = Switch::new();
    let group = switch.constant(16, 77);
    let mcast = switch.build.standard().mcast_grp;
    let ops = vec![switch.spec(511), put(mcast, group)];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let rid = switch.build.standard().egress_rid;
    let show_rid = set(switch.field(1), Rvalue::Resize { of: Operand::Slot(rid), signed: false });
    switch.when(Part::Egress, 1, 5, vec![show_rid]);
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 2, 3]), []);
    assert_eq!(device.events(), [drop_of(DropReason::UnknownGroup)]);
    let nodes = [MulticastNode { rid: 7, ports: vec![2, 1] }, MulticastNode { rid: 8, ports: vec![2] }];
    device.control().set_group(77, &nodes).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3]), [out(2, &[1, 7, 3]), out(1, &[1, 7, 3]), out(2, &[1, 8, 3])]);
    device.control().set_group(77, &[]).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3]), []);
    assert_eq!(device.control().groups(), [77]);
    device.control().delete_group(77).unwrap();
    assert!(device.control().group(77).is_none());
}

#[test]
fn resubmit_wins_over_multicast_and_clones_are_made_all_the_same() {
    let mut switch = Switch::new();
    let (group, session) = (switch.constant(16, 1), switch.constant(32, 5));
    let mcast = switch.build.standard().mcast_grp;
    let clone = Op::Clone { egress: false, session, keep: FieldListId(0) };
    let ops = vec![put(mcast, group), Op::Resubmit { keep: FieldListId(0) }, clone];
    switch.when(Part::Ingress, 1, NORMAL, ops);
    let mut device = switch.device();
    device.control().set_group(1, &[MulticastNode { rid: 0, ports: vec![4, 5] }]).unwrap();
    device.control().set_session(5, to_port(8)).unwrap();
    assert_eq!(one(&mut device, 3, &[1, 2, 3]), [out(8, &[1, 2, 3]), out(0, &[1, 2, 3])]);
}

#[test]
fn truncation_cuts_what_leaves_and_not_what_is_resubmitted() {
    let mut switch = Switch::new();
    let (two, four) = (switch.constant(32, 2), switch.constant(32, 4));
    switch.when(Part::Ingress, 1, NORMAL, vec![Op::Truncate { bytes: four }]);
    switch.when(
        Part::Ingress,
        2,
        NORMAL,
        vec![Op::Truncate { bytes: two }, Op::Resubmit { keep: FieldListId(0) }],
    );
    let mut device = switch.device();
    assert_eq!(one(&mut device, 3, &[1, 2, 3, 4, 5, 6]), [out(0, &[1, 2, 3, 4])]);
    assert_eq!(one(&mut device, 3, &[1, 2, 3]), [out(0, &[1, 2, 3])]);
    assert_eq!(one(&mut device, 3, &[2, 2, 3, 4]), [out(0, &[2, 2, 3, 4])]);
}

#[test]
fn checksums_are_computed_after_egress_and_cover_what_it_wrote() {
    let mut switch = Switch::new();
    let (yes, nine) = (switch.constant(1, 1), switch.constant(8, 9));
    let (arg, mark) = (switch.field(1), switch.field(2));
    switch.when(Part::Egress, 1, NORMAL, vec![put(arg, nine)]);
    let data = vec![datum(Operand::Slot(arg))];
    let algorithm = HashAlgorithm::Identity;
    switch.build.program.compute = straight(
        "compute",
        vec![Op::UpdateChecksum { cond: yes, data, dst: mark, algorithm, payload: false }],
    );
    assert_eq!(one(&mut switch.device(), 3, &[1, 2, 3]), [out(0, &[1, 9, 9])]);
}

#[test]
fn endless_resubmission_recirculation_and_cloning_end() {
    for what in 0..3 {
        let mut switch = Switch::new();
        let session = switch.constant(32, 5);
        let keep = FieldListId(0);
        for instance in [0, 2, 4, 6] {
            match what {
                0 => switch.when(Part::Ingress, 1, instance, vec![Op::Resubmit { keep }]),
                1 => switch.when(Part::Egress, 1, instance, vec![Op::Recirculate { keep }]),
                _ => switch.when(
                    Part::Egress,
                    1,
                    instance,
                    vec![Op::Clone { egress: true, session, keep }, Op::Recirculate { keep }],
                ),
            }
        }
        let mut device = switch.device();
        device.control().set_session(5, to_port(8)).unwrap();
        assert_eq!(one(&mut device, 3, &[1, 2, 3]), [], "{what}");
        assert!(device.drops(DropReason::PassLimit) > 0);
        // The next packet has its own share.
        assert_eq!(one(&mut device, 3, &[9, 2, 3]), [out(0, &[9, 2, 3])]);
    }
}

#[test]
fn packets_leave_in_the_order_of_their_arrival() {
    let mut device = Switch::new().device_with(Options { vector: 1, ..Options::default() });
    for at in 0..300u16 {
        device.inject(at % 5, &at.to_be_bytes());
    }
    let outputs: Vec<Vec<u8>> = device.run().into_iter().map(|output| output.frame).collect();
    assert_eq!(outputs, (0..300u16).map(|at| at.to_be_bytes().to_vec()).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_and_a_frame_too_long_are_reasons_to_drop() {
    let options = Options { queue_limit: 1, frame_limit: 4, ..Options::default() };
    let mut device = Switch::new().device_with(options);
    device.inject(3, &[1, 2, 3]);
    device.inject(3, &[1, 2, 3]);
    device.inject(3, &[1, 2, 3, 4, 5]);
    assert_eq!(device.run().len(), 1);
    assert_eq!(device.events(), [drop_of(DropReason::QueueFull), drop_of(DropReason::TooLong)]);
}

#[test]
fn a_recirculated_packet_waits_behind_those_that_arrived_before_it() {
    let mut switch = Switch::new();
    let two = switch.constant(8, 2);
    switch.when(
        Part::Egress,
        1,
        NORMAL,
        vec![put(switch.field(0), two), Op::Recirculate { keep: FieldListId(0) }],
    );
    let mut device = switch.device();
    device.inject(3, &[1, 0, 0]);
    device.inject(3, &[7, 0, 0]);
    assert_eq!(device.run(), [out(0, &[7, 0, 0]), out(0, &[2, 0, 0])]);
}

#[test]
fn sessions_and_groups_that_make_no_sense_are_refused() {
    let mut device = Switch::new().device();
    let control = device.control();
    assert_eq!(
        control.set_session(1, CloneSession::default()).unwrap_err().to_string(),
        "clone session 1 leads nowhere: it needs a port or a multicast group"
    );
    assert_eq!(
        control.set_session(40000, to_port(1)).unwrap_err().to_string(),
        "clone session 40000 is beyond 32767"
    );
    assert_eq!(control.delete_session(1).unwrap_err().to_string(), "there is no clone session 1");
    assert!(control.set_group(0, &[]).is_err() && control.delete_group(9).is_err());
    let huge = [MulticastNode { rid: 0, ports: (0..5000).collect() }];
    assert_eq!(
        control.set_group(1, &huge).unwrap_err().to_string(),
        "multicast group 1 would make 5000 copies, the limit is 4096"
    );
    let beyond = [MulticastNode { rid: 0, ports: vec![1, 512] }];
    for refused in [control.set_group(1, &beyond), control.set_session(2, to_port(512))] {
        assert_eq!(refused.unwrap_err().to_string(), "there is no port 512: the largest is 511");
    }
    control.set_session(32767, to_port(1)).unwrap();
    assert_eq!(control.sessions(), [(32767, to_port(1))]);
}
