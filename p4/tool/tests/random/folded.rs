//! What is known when a program is compiled is what the same operators make of values that come with a packet.

use super::choices::Choices;
use super::generate::Generator;
use super::harness::trace;
use super::twin::Kind;
use super::types::{ERRORS, MEMBERS, Ty};
use super::{Random, compile, environment};
use jit::JitEngine;
use rt::{Device, Options};
use std::fmt::Write;
use std::sync::Arc;

/// Wide enough for what [`Generator::integers`] makes.
const WIDE: &str = "int<800>";

impl Generator<'_, '_> {
    /// An expression of `int`, and the same in a type of many bits.
    fn integers(&mut self, depth: u32) -> (String, String) {
        if depth == 0 {
            let sign = *self.c.pick(&["", "-"]);
            let bits = *self.c.pick(&[4, 1, 30, 33, 60, 64]);
            let digits = self.digits(bits);
            let by = self.c.below(70);
            return match self.c.below(4) {
                0 => {
                    (format!("({sign}{digits} << {by})"), format!("(same(({WIDE})({sign}{digits})) << {by})"))
                }
                1 => {
                    (format!("({sign}{digits} >> {by})"), format!("(same(({WIDE})({sign}{digits})) >> {by})"))
                }
                _ => (format!("({sign}{digits})"), format!("same(({WIDE})({sign}{digits}))")),
            };
        }
        let (one, other) = (self.integers(depth - 1), self.integers(depth - 1));
        let both =
            |op: &str| (format!("({} {op} {})", one.0, other.0), format!("({} {op} {})", one.1, other.1));
        match self.c.below(6) {
            0 => both("+"),
            1 => both("-"),
            2 | 3 => both("*"),
            4 => (format!("(-{})", one.0), format!("(-{})", one.1)),
            _ => {
                let op = *self.c.pick(&["<", "<=", ">", ">=", "==", "!="]);
                let text = |one: &str, other: &str| format!("({one} {op} {other} ? {one} : {other})");
                (text(&one.0, &other.0), text(&one.1, &other.1))
            }
        }
    }
}

/// A program whose header `a` has what the compiler computed for a constant, `b` what it did within an expression, and `c`
/// what was computed for a packet.
fn program(bytes: &[u8]) -> String {
    let mut c = Choices::new(bytes);
    let mut g = Generator::new(&mut c, &[Kind::Literals]);
    let (mut constants, mut fields) = (String::new(), String::new());
    let mut sets = [String::new(), String::new(), String::new()];
    let mut total = 0;
    for at in 0..40 {
        let ty = g.ty();
        let (ty, known, unknown) = if g.c.chance(3) {
            let (known, unknown) = g.integers(2);
            let ty = Ty::Bit(1 + g.c.below(130) as u32);
            (ty, format!("({})({known})", ty.text()), format!("({})(bit<800>)({unknown})", ty.text()))
        } else {
            // The choices are the same, whatever is said of them.
            let from = g.c.place();
            let known = g.plainly(|g| g.expr(ty, 4));
            g.c.go_back(from);
            (ty, known, g.expr(ty, 4))
        };
        let said = |value: &str| match ty {
            Ty::Enum => format!("{value} == {}", MEMBERS[1]),
            Ty::Error => format!("{value} == {}", ERRORS[1]),
            _ => value.to_owned(),
        };
        let wire = if matches!(ty, Ty::Enum | Ty::Error) { Ty::Bool } else { ty };
        total += wire.width();
        let _ = writeln!(constants, "const {} c{at} = {known};", ty.text());
        let _ = writeln!(fields, "    {} f{at};", wire.text());
        for (set, value) in sets.iter_mut().zip([format!("c{at}"), known, unknown]) {
            let _ = writeln!(set, "        f{at} = {};", said(&value));
        }
    }
    let pad = 8 - total % 8;
    let mut s = String::new();
    s.push_str(super::types::PRELUDE);
    let mut apply = String::new();
    for (name, set) in ["a", "b", "c"].iter().zip(&sets) {
        let _ = writeln!(apply, "        hdr.{name}.setValid();");
        apply.push_str(&set.replace("        f", &format!("        hdr.{name}.f")));
    }
    let _ = writeln!(
        s,
        "{}{constants}header h_t {{\n{fields}    bit<{pad}> pad;\n}}
struct Headers {{ h_t a; h_t b; h_t c; }}
struct Meta {{ }}
parser P(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t sm) {{
    state start {{ transition accept; }}
}}
control V(inout Headers hdr, inout Meta meta) {{ apply {{ }} }}
control I(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {{
    apply {{
        sm.egress_spec = 1;
{apply}    }}
}}
control E(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {{ apply {{ }} }}
control C(inout Headers hdr, inout Meta meta) {{ apply {{ }} }}
control D(packet_out packet, in Headers hdr) {{ apply {{ packet.emit(hdr); }} }}
V1Switch(P(), V(), I(), E(), C(), D()) main;",
        super::twin::SAME
    );
    s
}

fn differs(source: &str) -> Option<String> {
    let plain = match compile(source) {
        Ok(plain) => plain,
        Err(error) => return Some(error),
    };
    let mut optimised = plain.clone();
    front::optimise(&mut optimised);
    for (name, program) in [("plain", plain), ("optimised", optimised)] {
        let program = Arc::new(program);
        let interpreted = Device::new(Arc::clone(&program), Options::default()).expect("a device");
        let engine = |state: &Arc<rt::state::State>| -> Box<dyn rt::engine::Engine> {
            Box::new(JitEngine::new(state).expect("code"))
        };
        let compiled = Device::with_engine(program, Options::default(), engine).expect("a device");
        for (how, device) in [("interpreted", interpreted), ("compiled", compiled)] {
            let outputs = trace(device, &[(0, vec![])], 1).outputs;
            let frame = &outputs[0].frame;
            let mut parts = frame.chunks_exact(frame.len() / 3);
            let first = parts.next().expect("three headers");
            if let Some(other) = parts.find(|part| *part != first) {
                return Some(format!("{name}, {how}: {first:02x?} and {other:02x?}"));
            }
        }
    }
    None
}

#[test]
fn constants_are_what_the_same_is_at_run_time() {
    let (count, seed) = (environment("SWERVE_PROGRAMS", 120) / 20, environment("SWERVE_SEED", 1));
    for number in 0..count {
        let source = program(&Random(seed.wrapping_mul(1_000_003) ^ number).bytes(8000));
        if let Some(what) = differs(&source) {
            panic!("program {number}: {what}\n{source}");
        }
    }
}
