//! What a device tells besides packets.

use crate::bits;
use front::ir::{DigestId, ScalarType};
use num_bigint::BigUint;

/// The values of a digest's fields, of which each is in whole words.
pub fn values<'a>(fields: &'a [(String, ScalarType)], mut words: &'a [u64]) -> impl Iterator<Item = BigUint> {
    fields.iter().map(move |(_, ty)| {
        let (value, rest) = words.split_at(bits::words(ty.width).min(words.len()));
        words = rest;
        bits::big(value)
    })
}

/// Why a packet, or a copy that was asked for, went nowhere. The words of [`DropReason::word`] are those of counters and listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// `egress_spec` was the drop port when ingress ended.
    Ingress,
    /// `egress_spec` was the drop port when egress ended.
    Egress,
    /// `mcast_grp` names no group.
    UnknownGroup,
    /// No such clone session: the copy is not made.
    UnknownSession,
    /// Resubmitted, recirculated and cloned too often.
    PassLimit,
    /// The queue of the device is full.
    QueueFull,
    /// A loop of a control took too many turns.
    StepLimit,
    /// The frame is longer than the device takes.
    TooLong,
}

impl DropReason {
    pub const ALL: [DropReason; 8] = [
        DropReason::Ingress,
        DropReason::Egress,
        DropReason::UnknownGroup,
        DropReason::UnknownSession,
        DropReason::PassLimit,
        DropReason::QueueFull,
        DropReason::StepLimit,
        DropReason::TooLong,
    ];

    pub fn word(self) -> &'static str {
        match self {
            DropReason::Ingress => "ingress-drop",
            DropReason::Egress => "egress-drop",
            DropReason::UnknownGroup => "unknown-multicast-group",
            DropReason::UnknownSession => "unknown-clone-session",
            DropReason::PassLimit => "pass-limit",
            DropReason::QueueFull => "queue-full",
            DropReason::StepLimit => "step-limit",
            DropReason::TooLong => "too-long",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Values parallel to the digest's fields, as they were at the call.
    Digest {
        digest: DigestId,
        receiver: u32,
        values: Vec<BigUint>,
    },
    Log {
        text: String,
    },
    /// `assert` or `assume` with a false condition; the packet goes on.
    Assertion {
        assume: bool,
        text: String,
    },
    Drop {
        reason: DropReason,
        ingress_port: u16,
    },
}
