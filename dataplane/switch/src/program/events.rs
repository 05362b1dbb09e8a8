//! What the program tells, in words; and what a controller has to say to it.

use super::loaded::{Giver, Loaded, ProgramError};
use crate::worker::events::Told;
use api::events::{self, Event, Learned, Lesson};
use api::program::{Entry, Named};
use front::info::ControllerHeader;
use front::ir::{KeyMatch, ScalarType, TableId};
use host::value::Field;
use num_bigint::BigUint;
use rt::state::State;
use rt::{ControlError, EntryId, Idle};
use std::sync::Arc;

/// Refusals that an answer names; more are counted only.
const NAMED_REFUSALS: usize = 16;

/// The headers of `@controller_header`, with their fields in the order of the wire.
#[derive(Debug, Default)]
pub struct Headers {
    packet_in: Vec<(String, ScalarType)>,
    packet_out: Vec<(String, ScalarType)>,
}

impl Headers {
    pub fn new(all: Vec<ControllerHeader>) -> Headers {
        let mut headers = Headers::default();
        for (name, fields) in all {
            match name.as_str() {
                "packet_in" => headers.packet_in = fields,
                "packet_out" => headers.packet_out = fields,
                // P4Runtime knows no others.
                _ => {}
            }
        }
        headers
    }
}

fn bits(fields: &[(String, ScalarType)]) -> usize {
    fields.iter().map(|(_, ty)| ty.width as usize).sum()
}

fn show((name, ty): &(String, ScalarType), value: &BigUint, numbers: bool) -> Named {
    let text = if numbers { value.to_string() } else { Field { name, ty }.show(value) };
    (name.clone(), text)
}

fn show_key(key: &front::ir::TableKey, value: &KeyMatch, numbers: bool) -> Named {
    let text = match value {
        KeyMatch::Exact(bits) | KeyMatch::Optional(bits) if numbers => bits.value.to_string(),
        KeyMatch::Lpm { value, length } if numbers => format!("{}/{length}", value.value),
        KeyMatch::Ternary { value, mask } if numbers => format!("{} &&& {}", value.value, mask.value),
        KeyMatch::Range { lo, hi } if numbers => format!("{}..{}", lo.value, hi.value),
        value => Field { name: &key.name, ty: &key.ty }.show_match(value),
    };
    (key.name.clone(), text)
}

/// Puts events of one program into words, also when another has taken its place meanwhile.
#[derive(Debug, Clone)]
pub struct Wording {
    pub generation: u32,
    state: Arc<State>,
    headers: Arc<Headers>,
}

impl Wording {
    pub fn new(generation: u32, loaded: &Loaded) -> Wording {
        Wording { generation, state: Arc::clone(&loaded.state), headers: Arc::clone(&loaded.headers) }
    }

    /// With `numbers`, values are numbers whatever they are: they mean the same for every field.
    pub fn event(&self, worker: u32, told: &Told<'_>, numbers: bool) -> Option<Event> {
        Some(match told {
            Told::Digest { digest, receiver, words } => {
                let of = self.state.program.digests.get(digest.index())?;
                let values = rt::events::values(&of.fields, words);
                let fields =
                    of.fields.iter().zip(values).map(|(field, value)| show(field, &value, numbers)).collect();
                Event::Digest(events::Digest { name: of.name.clone(), receiver: *receiver, fields, worker })
            }
            Told::Line { said, text } => {
                // A line that was cut may end within a character.
                let text = String::from_utf8_lossy(text).into_owned();
                Event::Line(events::Line { said: *said, text, worker })
            }
            Told::Packet { frame } => {
                let (fields, frame) = split(&self.headers.packet_in, frame, numbers);
                Event::Packet(events::Packet { fields, frame: frame.to_vec(), worker })
            }
        })
    }
}

/// The header's fields and what is behind it; a frame that is shorter has none.
fn split<'f>(fields: &[(String, ScalarType)], frame: &'f [u8], numbers: bool) -> (Vec<Named>, &'f [u8]) {
    let bits = bits(fields);
    let Some((header, rest)) = frame.split_at_checked(bits.div_ceil(8)) else { return (vec![], frame) };
    let whole = BigUint::from_bytes_be(header);
    let mut low = header.len() * 8;
    let value = |field: &(String, ScalarType)| {
        low -= field.1.width as usize;
        let mask = (BigUint::from(1u8) << field.1.width) - 1u32;
        show(field, &((&whole >> low) & mask), numbers)
    };
    (fields.iter().map(value).collect(), rest)
}

impl Loaded {
    /// The frame with the header that the program expects of its controller in front.
    pub fn packet_out(&self, given: &events::PacketOut) -> Result<Vec<u8>, ProgramError> {
        let fields = &self.headers.packet_out;
        let mut values = vec![BigUint::default(); fields.len()];
        for (name, text) in &given.fields {
            let Some(at) = fields.iter().position(|(field, _)| field == name) else {
                let known = fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(match fields.is_empty() {
                    true => ProgramError::NoPacketOut,
                    false => ProgramError::NoPacketOutField { name: name.clone(), known },
                });
            };
            let (name, ty) = &fields[at];
            values[at] = Field { name, ty }.bits("field", text)?.value;
        }
        let len = bits(fields).div_ceil(8);
        let mut whole = BigUint::default();
        for ((_, ty), value) in fields.iter().zip(&values) {
            whole = (whole << ty.width) | value;
        }
        // A header of half bytes is none that a packet can begin with; the checker has said so.
        whole <<= len * 8 - bits(fields);
        let bytes = whole.to_bytes_be();
        let mut frame = vec![0; len];
        let taken = bytes.len().min(len);
        frame[len - taken..].copy_from_slice(&bytes[bytes.len() - taken..]);
        frame.extend_from_slice(&given.frame);
        let (len, limit) = (frame.len(), events::MAX_FRAME);
        if len > limit {
            return Err(ProgramError::FrameTooLong { len, limit });
        }
        Ok(frame)
    }

    /// Nothing if somebody has deleted the entry meanwhile.
    pub fn idle_event(&self, idle: &Idle, numbers: bool) -> Option<Event> {
        let entry = self.control.entry(idle.table, idle.id).ok()?;
        let table = self.table(idle.table);
        Some(Event::Idle(events::Idle {
            table: table.name.clone(),
            id: idle.id.0,
            keys: table
                .keys
                .iter()
                .zip(&entry.keys)
                .map(|(key, value)| show_key(key, value, numbers))
                .collect(),
            priority: entry.priority,
            source: self.giver(idle.table, idle.id).word().to_owned(),
            idle_ms: idle.idle / 1_000_000,
        }))
    }

    /// Takes what a learner says, each lesson by itself.
    pub fn learn(&mut self, lessons: &[Lesson]) -> Result<Learned, ProgramError> {
        if lessons.len() > events::MAX_LESSONS {
            let (count, limit) = (lessons.len(), events::MAX_LESSONS);
            return Err(ProgramError::TooMany { what: "lessons", count, limit });
        }
        let mut learned = Learned::default();
        for (at, lesson) in lessons.iter().enumerate() {
            let done = match lesson {
                Lesson::Set { table, entry } => self.set_entry(table, entry, &mut learned),
                Lesson::Forget { table, keys, priority } => self.forget(table, keys, *priority, &mut learned),
            };
            if let Err(error) = done {
                learned.refused_count += 1;
                if learned.refused.len() < NAMED_REFUSALS {
                    learned.refused.push((at as u32, error.to_string()));
                }
            }
        }
        Ok(learned)
    }

    fn set_entry(&mut self, table: &str, entry: &Entry, learned: &mut Learned) -> Result<(), ProgramError> {
        let table = self.control.names().table(table)?;
        let entry = self.new_entry(table, entry)?;
        let Some(id) = self.control.find(table, &entry.keys, entry.priority)? else {
            let id = self.control.insert(table, &entry)?;
            self.learned.insert((table, id));
            learned.added += 1;
            return Ok(());
        };
        if self.giver(table, id) != Giver::Learned {
            learned.kept += 1;
            return Ok(());
        }
        let now = self.control.entry(table, id)?;
        if now.target != entry.target {
            self.control.modify(table, id, &entry.target)?;
            learned.changed += 1;
        }
        if now.idle_timeout != entry.idle_timeout {
            self.control.set_idle_timeout(table, id, entry.idle_timeout)?;
        }
        Ok(())
    }

    fn forget(
        &mut self,
        table: &str,
        keys: &[Named],
        priority: i64,
        learned: &mut Learned,
    ) -> Result<(), ProgramError> {
        let table = self.control.names().table(table)?;
        let Some(id) = self.control.find(table, &self.keys(table, keys)?, priority)? else { return Ok(()) };
        if self.giver(table, id) != Giver::Learned {
            learned.kept += 1;
            return Ok(());
        }
        self.delete_learned(table, id)?;
        learned.deleted += 1;
        Ok(())
    }

    fn delete_learned(&mut self, table: TableId, id: EntryId) -> Result<(), ControlError> {
        self.control.delete(table, id)?;
        self.learned.remove(&(table, id));
        Ok(())
    }
}
