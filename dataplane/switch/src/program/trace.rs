//! What a traced packet did, in the words of the program.

use super::loaded::Loaded;
use crate::worker::capture::Captured;
use crate::worker::program::drop_reason;
use api::program::{Call, Named};
use api::trace::{Entry, Packet, Place, Port, Step, What};
use front::Span;
use front::ir::{HeaderId, Program, RegisterId, ScalarType, SlotId, TableId};
use host::value::Field;
use num_bigint::BigUint;
use rt::around::Around;
use rt::packet::Instance;
use rt::trace::{MOST_STEPS, Seen, Trace, trace};
use rt::{EntryId, Output, Target};

/// `swerve_punt_t` and `swerve_drop_t` of swerve.p4.
const PUNTS: [&str; 11] = [
    "LOCAL",
    "NOT_IP",
    "MULTICAST",
    "OPTIONS",
    "EXPIRED",
    "NO_ROUTE",
    "NO_PATH",
    "UNREACHABLE",
    "UNRESOLVED",
    "TOO_BIG",
    "PROHIBITED",
];
const DROPS: [&str; 12] = [
    "PROGRAM",
    "TRUNCATED",
    "BAD_HEADER",
    "BAD_CHECKSUM",
    "NOT_FOR_US",
    "UNKNOWN_VLAN",
    "MARTIAN_SOURCE",
    "MARTIAN_DESTINATION",
    "BLACKHOLE",
    "NO_ROUTE",
    "DIRECTED_BROADCAST",
    "REVERSE_PATH",
];
/// Characters of a condition that are shown.
const MOST_CONDITION: usize = 100;

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error("a trace is under way for somebody else; it ends with its packets, its time or its swervectl")]
    Busy,
    #[error("there is no port '{port}'; there is {known}")]
    NoPort { port: String, known: String },
    #[error(
        "{count} packets within {wait_ms} ms: a trace shows 1 to {} packets within 1 ms to 24 h",
        api::trace::MAX_COUNT
    )]
    Bounds { count: u32, wait_ms: u64 },
}

/// A frame that a worker copied.
pub struct Sighting<'a> {
    pub number: u32,
    pub worker: u16,
    pub captured: &'a Captured,
}

fn scalar(width: u32) -> ScalarType {
    ScalarType { width, signed: false, name: None, members: vec![], annotations: vec![], is_bool: false }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn colour(number: u64) -> String {
    ["green", "yellow"].get(number as usize).copied().unwrap_or("red").to_owned()
}

/// What has become of a packet that is not as it came.
fn becoming(instance: Instance) -> Option<String> {
    let word = match instance {
        Instance::Normal => return None,
        Instance::IngressClone => "clone of ingress",
        Instance::EgressClone => "clone of egress",
        Instance::Recirculated => "recirculated",
        Instance::Replicated => "multicast copy",
        Instance::Resubmitted => "resubmitted",
    };
    Some(word.to_owned())
}

impl Loaded {
    /// Takes a copied frame through the program, over the tables as they are now, and changes nothing. `port` names a port.
    pub fn trace(&self, sighting: &Sighting<'_>, around: Around<'_>, port: &dyn Fn(u16) -> Port) -> Packet {
        let Sighting { number, worker, captured } = *sighting;
        let length = (captured.length as usize).clamp(captured.bytes().len(), 1 << 16);
        let mut frame = captured.bytes().to_vec();
        let kept = frame.len();
        frame.resize(length, 0);
        let arrived = (captured.port, &frame[..]);
        let traced = trace(&self.traced, around, arrived, captured.now_ns, u64::from(number));
        let mut notes = notes(&traced);
        if kept < length {
            notes.push(format!("bytes behind the first {kept} were not copied, and are zero here"));
        }
        let frame = hexadecimal(&frame[..kept]);
        let steps = Words { of: self, program: &self.traced.program, port }.steps(traced);
        Packet { number, worker, port: port(captured.port), bytes: length as u32, frame, steps, notes }
    }
}

/// What the trace cannot know.
fn notes(trace: &Trace) -> Vec<String> {
    let mut notes = Vec::new();
    let reads = |step: &rt::trace::Step| {
        matches!(step.seen, Seen::Read { .. } | Seen::Metered { .. } | Seen::DirectMeter { .. })
    };
    if trace.steps.iter().any(reads) {
        notes.push(
            "registers and meters were read after the packet had passed: it may have found others".into(),
        );
    }
    if trace.random {
        notes.push("random numbers were drawn anew: the packet had others".into());
    }
    if trace.cut {
        notes.push(format!("only the first {MOST_STEPS} steps are shown"));
    }
    notes
}

struct Words<'a> {
    of: &'a Loaded,
    program: &'a Program,
    port: &'a dyn Fn(u16) -> Port,
}

impl Words<'_> {
    fn steps(&self, trace: Trace) -> Vec<Step> {
        let mut outputs = trace.outputs.into_iter();
        let step = |step: rt::trace::Step| {
            let what = self.what(&step, &mut outputs)?;
            Some(Step { place: step.span.and_then(|span| self.place(span)), what })
        };
        trace.steps.into_iter().filter_map(step).collect()
    }

    /// Of what has one.
    fn place(&self, span: Span) -> Option<Place> {
        if span == Span::default() {
            return None;
        }
        let (file, line) = self.of.sources.presumed(span);
        Some(Place { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) })
    }

    /// A slot's value as it deserves.
    fn value(&self, slot: SlotId, value: &BigUint) -> String {
        let of = self.program.slot(slot);
        if slot == self.program.standard.parser_error {
            return self.error(u64::try_from(value).unwrap_or(u64::MAX));
        }
        if of.signed && of.width > 0 && value.bit(u64::from(of.width) - 1) {
            return format!("-{}", (BigUint::from(1u8) << of.width) - value);
        }
        Field { name: &of.name, ty: &scalar(of.width) }.show(value)
    }

    fn error(&self, number: u64) -> String {
        let name = usize::try_from(number).ok().and_then(|number| self.program.errors.get(number));
        name.map_or_else(|| number.to_string(), |name| format!("error.{name}"))
    }

    fn header(&self, header: HeaderId) -> String {
        self.program.headers[header.index()].name.clone()
    }

    fn register(&self, register: RegisterId, value: &BigUint) -> (String, String) {
        let declared = &self.program.registers[register.index()];
        (declared.name.clone(), super::show::register_text(declared, value))
    }

    fn what(&self, step: &rt::trace::Step, outputs: &mut impl Iterator<Item = Output>) -> Option<What> {
        Some(match &step.seen {
            Seen::Code { name, instance, port } => {
                What::Part { name: name.clone(), of: becoming(*instance), egress_port: *port }
            }
            // That of a table's action says nothing that the table's step does not.
            Seen::Label(label) => What::State { name: label.strip_prefix("state ")?.to_owned() },
            Seen::Extracted { header, bits, values } => self.extract(*header, *bits, values),
            Seen::ParserError(error) => What::ParserError { error: self.error(*error) },
            Seen::Applied { .. } => self.applied(&step.seen)?,
            Seen::Branch(holds) => What::If { condition: self.condition(step.span?)?, holds: *holds },
            Seen::Set { slot, before, after } => What::Set {
                field: self.program.slot(*slot).name.clone(),
                before: self.value(*slot, before),
                after: self.value(*slot, after),
            },
            Seen::NotThere { slot } => What::NotValid { field: self.program.slot(*slot).name.clone() },
            Seen::Valid { header, valid } => What::Header { header: self.header(*header), valid: *valid },
            Seen::Emitted { header } => What::Emit { header: self.header(*header) },
            Seen::Sent { port, bytes, chosen, .. } => {
                let frame = outputs.next().map(|output| hexadecimal(&output.frame)).unwrap_or_default();
                What::Sent { port: (self.port)(*port), bytes: *bytes as u64, frame, chosen: *chosen }
            }
            seen => self.called(seen)?,
        })
    }

    /// What was asked of externs and of the switch.
    fn called(&self, seen: &Seen) -> Option<What> {
        let program = self.program;
        Some(match seen {
            Seen::Read { register, index, value } => {
                let (register, value) = self.register(*register, value);
                What::RegisterRead { register, index: *index, value }
            }
            Seen::Written { register, index, value } => {
                let (register, value) = self.register(*register, value);
                What::RegisterWrite { register, index: *index, value }
            }
            Seen::Counted { counter, index } => {
                What::Count { counter: program.counters[counter.index()].name.clone(), index: *index }
            }
            Seen::Metered { meter, index, colour: number } => {
                let meter = program.meters[meter.index()].name.clone();
                What::Meter { meter, index: Some(*index), colour: colour(*number) }
            }
            Seen::DirectMeter { meter, colour: number } => {
                let meter = program.direct_meters[meter.index()].name.clone();
                What::Meter { meter, index: None, colour: colour(*number) }
            }
            Seen::Digest { digest, values } => {
                let of = &program.digests[digest.index()];
                let field = |((name, ty), value): (&(String, ScalarType), &BigUint)| {
                    (name.clone(), Field { name, ty }.show(value))
                };
                let fields = of.fields.iter().zip(values).map(field).collect();
                What::Digest { digest: of.name.clone(), fields }
            }
            Seen::Clone { egress, session } => What::Clone { egress: *egress, session: *session },
            Seen::Resubmit => What::Resubmit,
            Seen::Recirculate => What::Recirculate,
            Seen::Truncate(bytes) => What::Truncate { bytes: *bytes },
            Seen::Logged(text) => What::Log { text: text.clone() },
            Seen::Failed { assume, text } => What::Failed { assume: *assume, text: text.clone() },
            Seen::Verdict(why) => {
                let words = if why.drop { DROPS.as_slice() } else { PUNTS.as_slice() };
                let reason = words
                    .get(usize::from(why.code))
                    .map_or_else(|| why.code.to_string(), ToString::to_string);
                What::Verdict { drop: why.drop, reason, argument: why.argument }
            }
            Seen::Dropped { reason, why } => {
                let word = match reason {
                    rt::DropReason::Ingress | rt::DropReason::Egress => drop_reason(*why),
                    _ => stats::DropReason::ProgramLimit,
                };
                What::Dropped { reason: word.as_str().to_owned(), by: reason.word().to_owned() }
            }
            _ => return None,
        })
    }

    fn extract(&self, header: HeaderId, bits: usize, values: &[BigUint]) -> What {
        let of = &self.program.headers[header.index()];
        let field = |(field, value): (&front::ir::HeaderField, &BigUint)| {
            (field.name.clone(), self.value(field.slot, value))
        };
        let fields = of.fields.iter().zip(values).map(field).collect();
        What::Extract { header: of.name.clone(), bits: bits as u64, fields }
    }

    /// As written; none where the jump is not one that somebody wrote.
    fn condition(&self, span: Span) -> Option<String> {
        let text = self.of.sources.snippet(span);
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        if text.is_empty() || text.starts_with("select") {
            return None;
        }
        if text.chars().count() <= MOST_CONDITION {
            return Some(text);
        }
        Some(text.chars().take(MOST_CONDITION).chain("...".chars()).collect())
    }

    fn applied(&self, seen: &Seen) -> Option<What> {
        let Seen::Applied { table, keys, hit, entry, action, args, .. } = seen else { return None };
        let of = &self.program.tables[table.index()];
        let compared = of.keys.iter().filter(|key| key.kind != front::ir::MatchKind::Selector);
        let key = |(key, value): (&front::ir::TableKey, &BigUint)| {
            (key.name.clone(), Field { name: &key.name, ty: &key.ty }.show(value))
        };
        let declared = &self.program.actions[of.actions.get(*action as usize)?.action.index()];
        let arg = |(param, value): (&front::ir::ActionParam, &BigUint)| {
            (param.name.clone(), Field { name: &param.name, ty: &param.ty }.show(value))
        };
        Some(What::Table {
            table: of.name.clone(),
            keys: compared.zip(keys).map(key).collect(),
            hit: *hit,
            entry: (*hit && *entry != 0).then(|| self.entry(*table, *entry)),
            action: Call {
                action: declared.name.clone(),
                args: declared.params.iter().zip(args).map(arg).collect(),
            },
        })
    }

    fn entry(&self, table: TableId, id: u64) -> Entry {
        let none = Entry { id, keys: vec![], priority: 0, member: None, group: None };
        let Ok(view) = self.of.control.entry(table, EntryId(id)) else { return none };
        let named = |(key, of): (&front::ir::TableKey, &front::ir::KeyMatch)| -> Named {
            (key.name.clone(), Field { name: &key.name, ty: &key.ty }.show_match(of))
        };
        let keys = self.program.tables[table.index()].keys.iter().zip(&view.keys).map(named).collect();
        let (member, group) = match view.target {
            Target::Action(_) => (None, None),
            Target::Member(member) => (Some(member), None),
            Target::Group(group) => {
                let of_profile = self.program.tables[table.index()].profile.is_some();
                (None, of_profile.then_some(group))
            }
        };
        Entry { keys, priority: view.priority, member, group, ..none }
    }
}
