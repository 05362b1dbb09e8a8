//! Tables, externs and the interpreter of compiled P4 programs: what a program of [`front::ir`] is run on.
//!
//! | | |
//! |---|---|
//! | [`Device`] | a whole v1model switch in process: frames in, frames and [`Event`]s out |
//! | [`Control`] | the control plane's handle: the one writer |
//! | [`state::State`] | what all workers read: tables, externs, sessions, groups |
//! | [`engine::Engine`] | what runs the code: [`interp::Interpreter`], the oracle, or compiled code |
//! | [`trace::trace`] | one packet, step by step, with nothing changed |
//! | [`packet::Packet`], [`layout::Layout`] | one packet and where its scalars are |
//!
//! Pure: no IO, clock or thread; time and the seed of randomness are arguments.
//!
//! Invariants: a reader of a table never waits for its writer; a change that is refused changes nothing; slots are masked to their
//! widths; no packet and no program that [`Device::new`] takes makes anything panic, run for ever or grow without bound.
#![forbid(unsafe_code)]

pub mod around;
pub mod bits;
mod check;
pub mod control;
pub mod device;
pub mod engine;
pub mod error;
pub mod events;
pub mod externs;
pub mod interp;
pub mod layout;
pub mod names;
pub mod packet;
pub mod protection;
pub mod role;
pub mod snapshot;
pub mod state;
pub mod stream;
pub mod table;
pub mod trace;

pub use around::{Around, PortInfo, Ports, ReversePath};
pub use control::{
    COPIES_LIMIT, Change, CloneSession, Control, CounterValue, EntryId, EntryView, GroupMember, Idle,
    IdleRound, Member, MeterRates, MulticastNode, NewEntry, Staged, Target,
};
pub use device::{Device, Options, Output, Pipe};
pub use error::{BatchError, ControlError, DeviceError, NameError};
pub use events::{DropReason, Event};
pub use names::Names;
