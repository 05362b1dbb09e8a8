//! P4 programs and packet tests: text that a user writes.

use front::{MapLoader, Session, Token};
use tool::compile::on_large_stack;
use tool::load::HEADERS;

/// What a program may include: nothing of the disk.
fn loader() -> MapLoader {
    MapLoader(HEADERS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

fn tokens(session: &mut Session, text: &str) -> Vec<Token> {
    let main = session.sources.add("fuzz.p4", text);
    front::preprocess(session, main, &mut loader(), &[])
}

pub(super) fn preprocess(input: &[u8]) {
    tokens(&mut Session::new(), &String::from_utf8_lossy(input));
}

pub(super) fn parse(input: &[u8]) {
    on_large_stack(|| {
        let mut session = Session::new();
        let tokens = tokens(&mut session, &String::from_utf8_lossy(input));
        front::parse(&mut session, &tokens);
    });
}

/// What is refused says why; what is accepted is told to controllers.
pub(super) fn compile(input: &[u8]) {
    on_large_stack(|| {
        let mut session = Session::new();
        let tokens = tokens(&mut session, &String::from_utf8_lossy(input));
        let ast = front::parse(&mut session, &tokens);
        if session.diags.has_errors() {
            return;
        }
        let Some(hir) = front::check(&mut session, &ast) else {
            assert!(session.diags.has_errors(), "a program is refused and nothing is said");
            return;
        };
        let Some(ir) = front::lower(&mut session, &hir) else {
            assert!(session.diags.has_errors(), "a program is refused and nothing is said");
            return;
        };
        front::info::p4info(&mut session, &hir, &ir);
        front::info::entries(&mut session, &hir, &ir);
    });
}

pub(super) fn stf(input: &[u8]) {
    if let Err(mistakes) = tool::stf::parse(&String::from_utf8_lossy(input)) {
        assert!(!mistakes.is_empty(), "a test is refused and nothing is said");
    }
}

const PROGRAM: &str = r#"#include <v1model.p4>
#define WIDTH 32
typedef bit<48> mac_t;
type bit<9> port_t;
enum bit<16> kind_t { ipv4 = 0x800, vlan = 0x8100 }
header ethernet_t { mac_t dst; mac_t src; kind_t kind; }
header vlan_t { bit<3> pcp; bit<1> dei; bit<12> id; bit<16> next; }
header option_t { bit<8> size; varbit<64> data; }
header_union either_t { vlan_t v; option_t o; }
struct headers { ethernet_t eth; vlan_t[2] vlans; either_t[2] either; }
struct meta { @field_list(1) bit<WIDTH> seen; port_t port; bool flag; tuple<bit<8>, bit<8>> pair; }
const bit<12> LIMIT = 12w0xfff - 1;
bit<8> twice<T>(in T unused, bit<8> x) { return x << 1; }
parser p(packet_in b, out headers h, inout meta m, inout standard_metadata_t s) {
    value_set<bit<16>>(4) extra;
    state start { b.extract(h.eth); transition select(h.eth.kind, s.ingress_port) {
        (kind_t.vlan, _): vlans; (kind_t.ipv4 &&& 0xff00, 1..5): accept; default: options; } }
    state vlans { b.extract(h.vlans.next); transition select(h.vlans.last.next) {
        0x8100: vlans; extra: options; _: accept; } }
    state options { bit<8> n = b.lookahead<bit<8>>(); verify(n < 8, error.HeaderTooShort);
        b.extract(h.either.next.o, (bit<32>)n * 8); transition accept; }
}
control v(inout headers h, inout meta m) { apply { verify_checksum(true, { h.eth.dst }, 16w0, HashAlgorithm.csum16); } }
control i(inout headers h, inout meta m, inout standard_metadata_t s) {
    register<bit<32>>(16) r;
    direct_counter(CounterType.packets) c;
    action out_of(bit<9> port, @id(7) mac_t dst) { s.egress_spec = port; h.eth.dst = dst; c.count(); }
    action drop() { mark_to_drop(s); }
    @id(3) table t {
        key = { h.eth.dst: ternary; h.vlans[0].isValid(): exact; h.eth.src[7:0]: range @name("low"); }
        actions = { out_of; @defaultonly drop; NoAction; }
        const entries = { (0 &&& 1, true, 1..2): out_of(1, 2); (_, false, _): NoAction(); }
        default_action = drop(); counters = c; size = 64;
    }
    apply {
        r.read(m.seen, 3);
        for (bit<8> k in 0..3) { m.seen = m.seen |+| (bit<32>)k; if (k == 2) break; }
        switch (t.apply().action_run) { out_of: { r.write(3, m.seen ++ 0); } default: { exit; } }
        if (h.vlans[m.seen[0:0]].id == LIMIT || m.pair == { 1, 2 }) { h.vlans.push_front(1); h.vlans[0].setValid(); }
        hash(m.seen, HashAlgorithm.crc32, 32w0, { h.eth, twice(m, 8w3) }, 32w64);
        digest<meta>(1, m); clone_preserving_field_list(CloneType.I2E, 5, 1);
    }
}
control e(inout headers h, inout meta m, inout standard_metadata_t s) { apply { } }
control k(inout headers h, inout meta m) { apply { } }
control d(packet_out b, in headers h) { apply { b.emit(h); } }
V1Switch(p(), v(), i(), e(), k(), d()) main;
"#;

const SMALL: &str = "const int<8> x = 8s1 + (1 < 2 ? -1 : 3);\nenum e { a, b }\nextern X<T> { X(T t); abstract T f(in T a, @optional bool b); }\nstruct s<T> { T a; bit<(3 + 4)>[2] b; }\nbit<4> g(bit<4> a = 3) { return a[2:1] ++ a[1+:2]; }\n";

const MACROS: &str = "#define F(a, ...) a ## 1 #a __VA_ARGS__ __LINE__\n#define G F(F(1, 2), 3)\n#if defined(F) && (1 << 3) % 5 == 3 || !X\nG F(x) \"str\\n\" 0b1_0 8w0xff /* c\n */ // d\n#elif 1\n#include \"core.p4\"\n#else\n#error no\n#endif\n#line 7 \"y\"\n#undef F\n#include <v1model.p4>\n@pragma a b c\n";

pub(super) fn text_seeds() -> Vec<Vec<u8>> {
    [PROGRAM, SMALL, MACROS].map(|text| text.as_bytes().to_vec()).to_vec()
}

pub(super) fn program_seeds() -> Vec<Vec<u8>> {
    [PROGRAM, SMALL].map(|text| text.as_bytes().to_vec()).to_vec()
}

pub(super) fn stf_seeds() -> Vec<Vec<u8>> {
    let lines = [
        "packet 0 00 0102 0aFf # x\nexpect 3 01*2 ** $\nexpect 4\nno_packet\nwait\nremove all\nremove a\n",
        "add t 100 hdr.h.a:0x12&&&0xf0 h$0.b:0b1**0 v:1..5 w:2->3 l:0x0a**/8 \"q r\":* act(x:-1, y:0xff) = id\n",
        "setdefault t a(x:1)\ncheck_counter c($id) bytes >= 3\ncheck_counter c(0) packets 1\nmirroring_add 5 1\n",
        "mc_mgrp_create 1\nmc_node_create 1 2 3\nmc_node_associate 1 0\nregister_write r 0 0xff\n",
        "meter_set_rates m 0 0.1:8 0.2:16\nmeter_array_set_rates m 1:1 2:2\ncounter_write c 1 2 3\n",
    ];
    lines.map(|text| text.as_bytes().to_vec()).to_vec()
}
