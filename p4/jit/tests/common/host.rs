//! Calls compiled stages without a device.

use super::Builder;
use front::ir::SlotId;
use std::collections::BTreeMap;
use swerve_p4_jit::abi::{Context, Left};
use swerve_p4_jit::calls::CALLS;
use swerve_p4_jit::compile::{Limits, Purpose, compile};
use swerve_p4_jit::emit::Entry;
use swerve_p4_jit::plan::Plan;
use swerve_p4_jit::room::Room;

extern "C" fn unexpected(_: *mut Context, _: u64, _: u64) -> u64 {
    // A panic must not cross the compiled code.
    std::process::abort()
}

extern "C" fn unexpected4(_: *mut Context, _: u64, _: u64, _: u64) -> u64 {
    std::process::abort()
}

/// What came of one packet.
pub struct Ran {
    pub exit: u32,
    pub port: u32,
    pub moved: u32,
    pub data: Vec<u8>,
    pub frame: Vec<u64>,
}

pub const WORDS: usize = 5;

/// Runs the parser's stage over one packet; slots have [`WORDS`] words each in the frame.
pub fn run(b: &Builder, data: &[u8], slots: &BTreeMap<SlotId, Vec<u64>>) -> Ran {
    let plan = Plan::new(&b.program, &[]);
    let layout = |slot: SlotId| slot.0 * WORDS as u32;
    let compiled = compile(&plan, &layout, Limits { max_steps: 100, drop_port: 511 }, Purpose::Device, false)
        .expect("compiles");
    let stage = compiled.stage(Entry::Parser).expect("every program has a parser");
    let mut frame = vec![0u64; b.program.slots.len() * WORDS];
    for (slot, value) in slots {
        frame[slot.index() * WORDS..][..value.len()].copy_from_slice(value);
    }
    let mut extra = vec![0u64; plan.extra_bytes() / 8 + 1];
    let mut data = data.to_vec();
    let mut zeros = [0u8; 4096];
    let begin = data.as_mut_ptr();
    let mut room = Room::new(0, extra.as_mut_ptr(), 0);
    let packets = room.packets_mut();
    packets.frame[0] = frame.as_mut_ptr();
    packets.data[0] = begin;
    packets.length[0] = data.len() as u32;
    packets.cursor[0] = begin;
    packets.left[0] = Left((u16::MAX as u64) << 16);
    let asked = Context {
        packets,
        ingress_port: 0,
        mac: 0,
        interface: 0,
        zeros: zeros.as_mut_ptr(),
        now: 0,
        run_op: unexpected,
        apply: unexpected,
        host: std::ptr::null_mut(),
        results: std::ptr::null_mut(),
        handed: std::ptr::null_mut(),
        colours: std::ptr::null_mut(),
        ports: std::ptr::null(),
        vlans: std::ptr::null(),
        vrfs: std::ptr::null(),
        paths: std::ptr::null(),
        neighbors: std::ptr::null(),
        calls: &CALLS,
        defaults: std::ptr::null(),
        meter: unexpected4,
        cells: std::ptr::null(),
        page: unexpected,
        gate: std::ptr::null_mut(),
        held: 0,
        enter: unexpected,
        rarely: std::ptr::null(),
        asked: [0; 3],
        answer: 0,
        begin: 0,
        listens: 0,
        stopped: 0,
        reasoned: 0,
    };
    let list = [0u16; 1 + swerve_p4_jit::emit::AHEAD];
    let context = room.context();
    // SAFETY: the context describes one packet, whose frame, extra area and bytes outlive the call.
    unsafe {
        context.write(asked);
        stage(context, list.as_ptr(), 1);
    }
    assert_eq!(zeros, [0u8; 4096], "what is read for headers that are not there was written");
    let left = room.packets().left[0];
    Ran {
        exit: (left.0 >> 16) as u16 as u32,
        port: left.port().into(),
        moved: left.moved().into(),
        data,
        frame,
    }
}
