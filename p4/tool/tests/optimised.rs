//! Optimised code does what the code does that lowering makes, over programs made at random. (Packet tests are always run
//! both ways.)

use proptest::prelude::*;
use std::fmt::Write;
use std::sync::Arc;
use tool::load::Files;

fn compile(name: &str, text: String) -> Result<front::ir::Program, String> {
    let mut session = front::Session::new();
    let main = session.sources.add(name, text);
    let mut files = Files::default();
    let tokens = front::preprocess(&mut session, main, &mut files, &[]);
    let tree = front::parse(&mut session, &tokens);
    let checked = front::check(&mut session, &tree);
    let flat = checked.and_then(|checked| front::lower(&mut session, &checked));
    let line = |said: &front::Diagnostic| format!("{}: {}", session.sources.place(said.span), said.message);
    flat.ok_or_else(|| session.diags.kept().iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Programs out of a sequence of numbers.
struct Maker {
    state: u64,
    loops: u32,
}

impl Maker {
    fn next(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.state >> 33) % below
    }

    fn one_of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.next(items.len() as u64) as usize]
    }

    fn variable(&mut self) -> String {
        match self.next(10) {
            0..4 => {
                self.one_of(&["hdr.h.a", "hdr.h.b", "hdr.g.a", "hdr.g.b", "lh.a", "hdr.u.x.a"]).to_owned()
            }
            4..7 => self.one_of(&["v0", "v1", "v2", "meta.x", "st.p", "st.q.a"]).to_owned(),
            7 => format!("hdr.s[{}].a", self.next(3)),
            8 => {
                let index = self.one_of(&["v0", "meta.x", "hdr.h.a & 3"]);
                format!("hdr.s[{index}].b")
            }
            _ => {
                let lo = self.next(8);
                let of = self.one_of(&["hdr.h.c", "meta.y", "hdr.g.c"]);
                format!("{of}[{}:{lo}]", lo + 7)
            }
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self
                .one_of(&["hdr.h.isValid()", "lh.isValid()", "hdr.u.isValid()", "hdr.s[1].isValid()"])
                .to_owned();
        }
        let depth = depth - 1;
        match self.next(7) {
            0 => format!("({} == {})", self.value(depth), self.value(depth)),
            1 => format!("({} < {})", self.value(depth), self.value(depth)),
            2 => format!("({} && {})", self.condition(depth), self.condition(depth)),
            3 => format!("({} || {})", self.condition(depth), self.condition(depth)),
            4 => format!("!{}", self.condition(depth)),
            5 => self.one_of(&["(hdr.h == hdr.g)", "(lh == hdr.s[v0])", "(st.q == hdr.h)"]).to_owned(),
            _ => self.condition(0),
        }
    }

    fn value(&mut self, depth: u32) -> String {
        if depth == 0 {
            return if self.next(3) == 0 { format!("8w{}", self.next(6)) } else { self.variable() };
        }
        let depth = depth - 1;
        match self.next(9) {
            0..3 => {
                let op = self.one_of(&["+", "-", "*", "&", "|", "^", "|+|", "|-|"]);
                format!("({} {op} {})", self.value(depth), self.value(depth))
            }
            3 => format!("({} << 2)", self.value(depth)),
            4 => format!("({} ? {} : {})", self.condition(depth), self.value(depth), self.value(depth)),
            5 => format!(
                "bump({}, {})",
                self.one_of(&["v0", "meta.x", "hdr.h.a", "hdr.s[v1].a"]),
                self.value(depth)
            ),
            6 => format!("(bit<8>)(hdr.h.c >> {})", self.next(12)),
            _ => self.value(0),
        }
    }

    fn header(&mut self) -> &'static str {
        self.one_of(&[
            "hdr.h",
            "hdr.g",
            "lh",
            "hdr.s[0]",
            "hdr.s[2]",
            "hdr.s[v0]",
            "hdr.u.x",
            "hdr.u.y",
            "st.q",
        ])
    }

    fn statements(&mut self, text: &mut String, depth: u32) {
        for _ in 0..=self.next(4) {
            self.statement(text, depth);
        }
    }

    fn block(&mut self, text: &mut String, depth: u32) {
        text.push_str("{ ");
        self.statements(text, depth);
        text.push_str("} ");
    }

    fn statement(&mut self, text: &mut String, depth: u32) {
        let choice = if depth == 0 { self.next(9) } else { self.next(15) };
        let _ = match choice {
            0..3 => writeln!(text, "{} = {};", self.variable(), self.value(2)),
            3 => writeln!(text, "{} = {};", self.header(), self.header()),
            4 => {
                let what = self.one_of(&["setValid", "setInvalid"]);
                writeln!(text, "{}.{what}();", self.header())
            }
            5 => writeln!(text, "{} = {{ {}, {}, 16w7 }};", self.header(), self.value(1), self.value(1)),
            6 => writeln!(text, "swap({}, {});", self.header(), self.header()),
            7 => {
                let call = self.one_of(&[
                    "act(v0, v1);",
                    "act(meta.x, hdr.h.a);",
                    "act(v2, v2);",
                    "hdr.s.push_front(1);",
                    "hdr.s.pop_front(2);",
                    "inner.apply(hdr, v0);",
                    "inner.apply(hdr, meta.x);",
                    "st = { st.q.a, hdr.h };",
                ]);
                writeln!(text, "{call}")
            }
            8 => writeln!(
                text,
                "reg.write((bit<32>){}, {});\nreg.read({}, 1);",
                self.value(0),
                self.value(1),
                self.one_of(&["v0", "meta.x"])
            ),
            9 | 10 => {
                let _ = write!(text, "if ({}) ", self.condition(2));
                self.block(text, depth - 1);
                if self.next(2) == 0 {
                    text.push_str("else ");
                    self.block(text, depth - 1);
                }
                writeln!(text)
            }
            11 => {
                let _ = write!(text, "switch ({}) {{ 8w0: ", self.value(1));
                self.block(text, depth - 1);
                text.push_str("8w1: 8w2: ");
                self.block(text, depth - 1);
                text.push_str("default: ");
                self.block(text, depth - 1);
                writeln!(text, "}}")
            }
            12 => {
                self.loops += 1;
                let name = format!("i{}", self.loops);
                let _ = write!(text, "for (bit<8> {name} in 8w0 .. 8w2) {{ v1 = v1 + {name}; ");
                self.statements(text, depth - 1);
                let _ = writeln!(
                    text,
                    "if ({}) {{ {}; }} }}",
                    self.condition(1),
                    self.one_of(&["break", "continue"])
                );
                Ok(())
            }
            13 => {
                let _ =
                    writeln!(text, "if ({}) {{ {}; }}", self.condition(2), self.one_of(&["exit", "return"]));
                Ok(())
            }
            _ => {
                let _ = write!(text, "if (t.apply().hit) ");
                self.block(text, depth - 1);
                writeln!(text)
            }
        };
    }

    fn program(seed: u64) -> String {
        let mut maker = Maker { state: seed, loops: 0 };
        let mut text = HEAD.to_owned();
        maker.statements(&mut text, 2);
        text.push_str(MIDDLE);
        maker.statements(&mut text, 3);
        maker.statements(&mut text, 3);
        text.push_str(TAIL);
        text
    }
}

const HEAD: &str = "
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<8> b; bit<16> c; }
header_union u_t { h_t x; h_t y; }
struct st_t { bit<8> p; h_t q; }
struct headers_t { h_t h; h_t g; h_t[3] s; u_t u; }
struct meta_t { bit<8> x; bit<16> y; }
bit<8> bump(inout bit<8> x, in bit<8> by) { if (by > 200) { return 9; } x = x + by; return x ^ by; }
void swap(inout h_t left, inout h_t right) { h_t kept = left; left = right; right = kept; }
parser P(packet_in p, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    state start {
        p.extract(hdr.h);
        transition select(hdr.h.a[1:0]) { 0: more; 1: both; 2: one; _: accept; }
    }
    state both { p.extract(hdr.g); transition more; }
    state one { p.extract(hdr.u.y); meta.x = hdr.u.y.a; transition accept; }
    state more {
        p.extract(hdr.s.next);
        meta.y = meta.y + hdr.s.last.c;
        transition select(hdr.s.last.a[0:0]) { 1: more; default: accept; }
    }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control Deep(inout headers_t hdr, inout bit<8> v0) {
    apply { hdr.g.a = v0; v0 = v0 + 1; if (v0 == 4) { exit; } hdr.h.b = v0; }
}
control Inner(inout headers_t hdr, inout bit<8> v0) {
    meta_t meta;
    st_t st;
    h_t lh;
    Deep() inner;
    bit<8> v1;
    bit<8> v2 = v0;
    register<bit<8>>(4) reg;
    action act(inout bit<8> x, inout bit<8> y) { x = y + 1; v1 = x; y = v1 + x; }
    table t { key = { v0: exact; } actions = { act(v1, v0); NoAction; } const entries = { 1: act(v1, v0); 3: NoAction(); } }
    apply {
        v1 = 1;
        meta = { 0, 0 };
        st = { 3, hdr.g };
";

const MIDDLE: &str = "
    }
}
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    bit<8> v0 = hdr.h.b;
    bit<8> v1 = 1;
    bit<8> v2 = hdr.s[0].b;
    st_t st;
    h_t lh;
    register<bit<8>>(4) reg;
    Inner() inner;
    action act(inout bit<8> x, inout bit<8> y) { x = y + 1; v1 = x; if (x > 250) { exit; } y = v1 + x; }
    action other(inout bit<8> x, out bit<8> y) { y = x; x = y |+| 3; }
    table t {
        key = { v0: exact; hdr.h.a: ternary; }
        actions = { act(v1, v0); other(meta.x, hdr.h.a); NoAction; }
        const entries = { (1, _): act(v1, v0); (2, 0 &&& 1): NoAction(); (3, 3): other(meta.x, hdr.h.a); }
    }
    apply {
        sm.egress_spec = 1;
        st = { 2, hdr.h };
";

const TAIL: &str = "
        hdr.g.setValid();
        hdr.g = { v0, v1, v2 ++ meta.x };
    }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    apply { if (!hdr.h.isValid()) { hdr.h = { meta.x, 1, meta.y }; } else { hdr.h.c = hdr.h.c ^ meta.y; } }
}
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out p, in headers_t hdr) { apply { p.emit(hdr); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
";

fn outputs(program: front::ir::Program, frames: &[Vec<u8>]) -> Vec<rt::Output> {
    let mut device = rt::Device::new(Arc::new(program), rt::Options::default()).expect("a device");
    frames.iter().for_each(|frame| device.inject(0, frame));
    device.run()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_made_at_random_do_the_same_when_they_are_optimised(
        seed: u64,
        frames in prop::collection::vec(prop::collection::vec(0u8..6, 0..28), 1..12),
    ) {
        let text = Maker::program(seed);
        let program = compile("random.p4", text.clone());
        let program = program.map_err(|said| TestCaseError::fail(format!("{said}\n{text}")))?;
        let mut optimised = program.clone();
        front::optimise(&mut optimised);
        prop_assert_eq!(outputs(program, &frames), outputs(optimised, &frames), "{}", text);
    }
}
