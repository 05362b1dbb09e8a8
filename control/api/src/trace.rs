//! One packet at a time, on its way through the P4 program, step by step.
//!
//! A client asks by [`crate::program::Request::Trace`]. It is told [`Said::Armed`], then each packet, then [`Said::Ended`]; who
//! has seen enough closes the connection.

use crate::program::{Call, Named};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The most packets of one trace.
pub const MAX_COUNT: u32 = 10_000;
/// The longest wait for them.
pub const MAX_WAIT_MS: u64 = 24 * 3600 * 1000;

/// Which packets. What is not named matches anything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ask {
    pub count: u32,
    /// Name or number of the port that they come in by.
    pub port: Option<String>,
    /// Of the outermost IPv4 or IPv6 header, or of ARP.
    pub src: Option<IpNet>,
    pub dst: Option<IpNet>,
    pub wait_ms: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Said {
    /// From now on.
    Armed,
    Packet(Box<Packet>),
    Ended(Ended),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub packets: u32,
    /// Packets that matched and came too fast to be kept.
    pub missed: u64,
    /// The time was over before there were as many as asked for.
    pub timed_out: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Packet {
    /// From 1.
    pub number: u32,
    pub worker: u16,
    pub port: Port,
    pub bytes: u32,
    /// In hexadecimal, as it came in.
    pub frame: String,
    pub steps: Vec<Step>,
    /// What the trace cannot know of this packet.
    pub notes: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Port {
    pub number: u16,
    /// `kernel` for the port that means it; none for one that is not there.
    pub name: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    pub place: Option<Place>,
    pub what: What,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    pub line: u32,
}

/// Values are written as their fields deserve.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A parser or control begins: with the packet as it came, or with what has become of it (`clone`, `copy`, ...).
    Part {
        name: String,
        of: Option<String>,
        egress_port: Option<u16>,
    },
    State {
        name: String,
    },
    Extract {
        header: String,
        bits: u64,
        fields: Vec<Named>,
    },
    ParserError {
        error: String,
    },
    Table {
        table: String,
        keys: Vec<Named>,
        hit: bool,
        /// None for a hit in the switch's own tables.
        entry: Option<Entry>,
        action: Call,
    },
    If {
        condition: String,
        holds: bool,
    },
    Set {
        field: String,
        before: String,
        after: String,
    },
    /// The field's header is not valid: the assignment does nothing.
    NotValid {
        field: String,
    },
    Header {
        header: String,
        valid: bool,
    },
    Emit {
        header: String,
    },
    RegisterRead {
        register: String,
        index: u64,
        value: String,
    },
    /// Seen by this packet's later reads only.
    RegisterWrite {
        register: String,
        index: u64,
        value: String,
    },
    /// Of the packet itself; the trace does not count.
    Count {
        counter: String,
        index: u64,
    },
    Meter {
        meter: String,
        /// None for a direct meter.
        index: Option<u64>,
        colour: String,
    },
    Digest {
        digest: String,
        fields: Vec<Named>,
    },
    Clone {
        egress: bool,
        session: u64,
    },
    Resubmit,
    Recirculate,
    Truncate {
        bytes: u64,
    },
    Log {
        text: String,
    },
    /// `assert` or `assume` with a false condition.
    Failed {
        assume: bool,
        text: String,
    },
    /// The reason that the program gives for a drop, or for handing the packet to the kernel, as swerve.p4 calls it.
    Verdict {
        drop: bool,
        reason: String,
        argument: u16,
    },
    /// `reason` is the word of `show drops`, `by` what decided it; `place` is where the program did so.
    Dropped {
        reason: String,
        by: String,
    },
    Sent {
        port: Port,
        bytes: u64,
        /// In hexadecimal, as it leaves.
        frame: String,
        /// The program assigned `egress_spec`.
        chosen: bool,
    },
}

/// The entry that was hit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub id: u64,
    /// Empty when it was deleted meanwhile.
    pub keys: Vec<Named>,
    pub priority: i64,
    /// Of an action profile.
    pub member: Option<u32>,
    pub group: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Reader, write};
    use crate::{program, switch};

    #[test]
    fn a_question_for_a_trace_and_its_packets_survive_the_wire() {
        let ask = Ask {
            count: 3,
            port: Some("left".into()),
            src: Some("10.0.0.0/8".parse().unwrap()),
            dst: Some("2001:db8::1/128".parse().unwrap()),
            wait_ms: 500,
        };
        let set = What::Set { field: "hdr.ipv4.ttl".into(), before: "64".into(), after: "63".into() };
        let place = Some(Place { file: "router.p4".into(), line: 60 });
        let packet = Packet {
            number: 1,
            worker: 0,
            port: Port { number: 0, name: Some("left".into()) },
            bytes: 60,
            frame: "00ff".into(),
            steps: vec![Step { place, what: set }, Step { place: None, what: What::Resubmit }],
            notes: vec![],
        };
        let sent = switch::Request::Program(program::Request::Trace(ask));
        let said = switch::Reply::Program(program::Reply::Trace(Said::Packet(Box::new(packet))));
        let mut bytes = Vec::new();
        write(&sent, &mut bytes).unwrap();
        write(&said, &mut bytes).unwrap();
        let mut reader = Reader::default();
        reader.extend(&bytes);
        assert_eq!(reader.take::<switch::Request>(), Ok(Some(sent)));
        assert_eq!(reader.take::<switch::Reply>(), Ok(Some(said)));
    }
}
