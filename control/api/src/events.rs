//! What a P4 program tells, and who listens: digests, idle time-outs, packets to the controller. And the way back: packets
//! from the controller, and what was learned.
//!
//! Who asks for events by [`Follow`] gets each as a [`crate::switch::Reply::Told`] between other answers, those of one worker
//! in their order. Who does not read loses events, and is told how many ([`Event::Lost`]).

use crate::program::{Entry, Named};
use serde::{Deserialize, Serialize};

/// The most [`Lesson`]s at once.
pub const MAX_LESSONS: usize = 1024;

/// The longest line of a program, in bytes; longer ones are cut.
pub const MAX_LINE: usize = 1024;

/// The longest frame of a packet to or from the controller, with its header.
pub const MAX_FRAME: usize = 9216;

/// What a client wants to be told from now on, in place of what it wanted before. Who begins with `idle` is told of every
/// entry that is idle already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Follow {
    pub digests: bool,
    pub idle: bool,
    pub packets: bool,
    /// What `log_msg`, `assert` and `assume` say.
    pub lines: bool,
    /// Values as numbers, and not as their fields deserve: for programs, which may have them for other fields.
    pub numbers: bool,
}

/// Something that a program told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Digest(Digest),
    Idle(Idle),
    Packet(Packet),
    Line(Line),
    /// So many events of each kind found no room, in the switch or on the way to this client.
    Lost {
        digests: u64,
        idle: u64,
        packets: u64,
        lines: u64,
    },
}

/// Which statement of the program said a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// `log_msg`
    Log,
    /// `assert` of what does not hold.
    Assert,
    Assume,
}

/// A line of the program: the message with its values, or the condition that does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    pub said: Said,
    pub text: String,
    pub worker: u32,
}

/// `digest<T>(receiver, { ... })`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Digest {
    /// Name of `T`.
    pub name: String,
    pub receiver: u32,
    /// Values as they are shown.
    pub fields: Vec<Named>,
    pub worker: u32,
}

/// An entry was not hit for as long as its time-out says. It stays until somebody deletes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Idle {
    pub table: String,
    pub id: u64,
    pub keys: Vec<Named>,
    pub priority: i64,
    /// Who gave it: see [`crate::program::EntryRow::source`].
    pub source: String,
    pub idle_ms: u64,
}

/// A packet that the program sent to the controller's port.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Packet {
    /// Fields of the header with `@controller_header("packet_in")`, if the program has one: it is no part of `frame`.
    pub fields: Vec<Named>,
    /// In hexadecimal where text is spoken.
    #[serde(with = "hex")]
    pub frame: Vec<u8>,
    pub worker: u32,
}

/// A packet that the program shall treat as one from the controller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PacketOut {
    /// Fields of the header with `@controller_header("packet_out")`; those that are not named are zero.
    #[serde(default)]
    pub fields: Vec<Named>,
    #[serde(with = "hex")]
    pub frame: Vec<u8>,
}

/// A change of an entry that was learned. Entries of others are left alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Lesson {
    /// The entry is added, or changed in place.
    Set {
        table: String,
        entry: Entry,
    },
    Forget {
        table: String,
        keys: Vec<Named>,
        priority: i64,
    },
}

/// What became of lessons: each is taken or not by itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Learned {
    pub added: u64,
    pub changed: u64,
    pub deleted: u64,
    /// Entries with these keys that somebody else gave, and keeps.
    pub kept: u64,
    /// Number of the lesson and why it was refused, for the first few.
    pub refused: Vec<(u32, String)>,
    pub refused_count: u64,
}

/// Bytes, or in text their hexadecimal digits.
pub mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    /// The digits of `bytes`.
    pub fn text(bytes: &[u8]) -> String {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// The bytes that the digits mean; blanks, colons and dots between them say nothing.
    ///
    /// # Errors
    /// What is no digit, or half a byte.
    pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
        let mut digits = Vec::with_capacity(text.len());
        for c in text.strip_prefix("0x").unwrap_or(text).chars() {
            match c.to_digit(16) {
                Some(digit) => digits.push(digit as u8),
                None if c.is_whitespace() || matches!(c, ':' | '.' | '-') => {}
                None => return Err(format!("`{c}` is no hexadecimal digit")),
            }
        }
        if digits.len() % 2 != 0 {
            return Err(format!("{} digits are half a byte too many", digits.len()));
        }
        Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
    }

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.serialize_str(&text(bytes)) } else { to.serialize_bytes(bytes) }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        if from.is_human_readable() {
            return bytes(&String::deserialize(from)?).map_err(de::Error::custom);
        }
        Vec::<u8>::deserialize(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{MAX_LEN, Reader, write};
    use crate::switch::Reply;

    #[test]
    fn packets_survive_the_wire() {
        let packet =
            Packet { fields: vec![("port".into(), "3".into())], frame: vec![0, 0x1f, 0xff], worker: 2 };
        let sent = Reply::Told(Event::Packet(packet));
        let mut bytes = Vec::new();
        write(&sent, &mut bytes).unwrap();
        let mut reader = Reader::default();
        reader.extend(&bytes);
        assert_eq!(reader.take::<Reply>(), Ok(Some(sent)));
    }

    #[test]
    fn as_many_lessons_as_are_allowed_fit_a_message() {
        let named = |at: usize| (format!("header.field_number_{at}"), "ffff:".repeat(8));
        let keys: Vec<_> = (0..8).map(named).collect();
        let lesson = Lesson::Forget { table: "control.control.table".into(), keys, priority: i64::MIN };
        let mut bytes = Vec::new();
        write(&vec![lesson; MAX_LESSONS], &mut bytes).unwrap();
        assert!(bytes.len() < MAX_LEN);
    }

    #[test]
    fn hexadecimal_is_read_as_it_is_written_and_in_the_usual_groups() {
        assert_eq!(hex::text(&[0, 0x1f, 0xff]), "001fff");
        for text in ["001fff", "00 1f ff", "00:1F:FF", "0x001fff", "001f.ff\n"] {
            assert_eq!(hex::bytes(text), Ok(vec![0, 0x1f, 0xff]), "{text}");
        }
        assert!(hex::bytes("001").unwrap_err().contains("half a byte"));
        assert!(hex::bytes("0g").unwrap_err().contains("`g`"));
    }
}
