#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>
/* The author of this one generates everything: headers, parsers, tables and controls. */
#define HEADER(N, ...) header N##_h { __VA_ARGS__ }
#define F(w, n) bit<w> n;
#define S(w, n) int<w> n;
#define STR(x) #x
#define NAMED(x) @name(STR(x))
#define TABLE_(tname, field, kind, ...) NAMED(generated.tname) table tname { key = { field : kind NAMED(field) ; } actions = { __VA_ARGS__ } default_action = NoAction() ; }
#define BUCKET(N, ALGO, WIDTH, ...) control bucket_##N(in __VA_ARGS__ data, inout bit<64> acc)(bit<32> buckets) \
{ apply { bit<WIDTH> r; hash(r, HashAlgorithm.ALGO, (bit<WIDTH>)1, data, buckets); acc = acc ^ (bit<64>)r; } }
HEADER(base, F(8, kind) F(8, n) S(16, temperature))
HEADER(cell, F(4, tag) F(12, value))
HEADER(blob, F(7, a) F(1, b) varbit<64> tail; F(8, after))
HEADER(sum, F(64, acc) F(32, state) F(48, when) F(32, tokens))
header_union item_u{cell_h cell;blob_h blob;}
struct slot_s { item_u u; }
struct list_s { item_u[3] items; bit<8> used; }
enum bit<4> Phase { Idle = 4w0, Armed = 4w1, Fired = 4w0b10, Broken = 0xf }
struct deep_s<T> { T x; tuple<T, bool> pair; Phase phase; }
struct H { base_h base; item_u[3] items; cell_h[4] cells; sum_h sum; }
struct M { deep_s<bit<8>> d; @field_list(1) bit<4> rounds; @field_list(1, 2) bit<64> acc; bit<2> color; }
type bit<12> value_t;
const tuple<bit<8>, bit<8>> LIMITS = { 8w3, 8w200 };
const list<bit<16>> PRIMES = { 2, 3, 5, 7, 11, 13 };

bit<8>max(in bit<8>a,in bit<8>b){return a>b?a:b;}
bit<8>max(in bit<8>a,in bit<8>b,in bit<8>c){return max(max(a,b),c);}
T first<T, U>(in T a, in U b) { return a; }

BUCKET(a, crc32, 32, tuple<bit<8>, cell_h>) BUCKET(b, crc16, 16, bit<24>)
BUCKET(c, csum16, 16, bit<16>) BUCKET(d, xor16, 16, cell_h[4]) BUCKET(e, identity, 64, tuple<cell_h, cell_h>)

parser Items(packet_in p, in bit<8> n, out item_u[3] items)
(bool strict) {
    bit<8> i;
    state start { i = n; transition again; }
    state again { transition select(i, p.lookahead<bit<4>>()) { (0, _): accept; (_, 0xf): blob; (_, 0x0 .. 0x7): cell; default: other; } }
    state cell { p.extract(items.next.cell); i = i |-| 1; transition again; }
    state blob { bit<8> l = p.lookahead<bit<8>>(); p.extract(items.next.blob, (bit<32>)((l & 0xe) >> 1) << 3); i = i |-| 1; transition again; }
    state other { transition select(strict) { true: reject_it; false: accept; } }
    state reject_it { verify(false, error.ParserInvalidArgument); transition accept; }
}

parser Prs(packet_in p, out H h, inout M m, inout standard_metadata_t sm) {
    Items(strict = true) strict; Items(false) loose;
    value_set<bit<8>>(4) odd_kinds;
    state start {
        p.extract(h.base);
        transition select(h.base.kind) { 1: s; 2: l; 3 .. 5: cells; odd_kinds: sums; 8w0x80 &&& 8w0x80: sums; _: accept; }
    }
    state s { strict.apply(p, h.base.n, h.items); transition accept; }
    state l { loose.apply(p, h.base.n, h.items); transition accept; }
    state cells { transition select((bit<1>)(h.cells.lastIndex + 1 < (bit<32>)h.base.n)) { 1: one; 0: accept; } }
    state one { p.extract(h.cells.next); transition cells; }
    state sums { p.extract(h.sum); transition accept; }
}
control Vfy(inout H h, inout M m) { apply{} }

control Machine(inout sum_h s, in bit<48> now)(bit<32> cells, bit<32> rate) {
    register<bit<36>, bit<8>>(cells) state_of;
    register<bit<80>, bit<8>>(cells) bucket;
    bit<36> st;
    action arm() { st = st[35:4] + 1 ++ (bit<4>)Phase.Armed; }
    action fire() { st[3:0] = Phase.Fired; }
    action breaks(bit<4> to) { st[3:0] = to; }
    table step {
        key = { st[3:0]: exact @name("phase"); s.state: ternary @name("input"); }
        actions = { arm; fire; breaks; @defaultonly NoAction; }
        const entries = {
            (Phase.Idle, 1): arm();
            (Phase.Armed, 2): fire();
            (Phase.Armed, 1): breaks(15);
            (Phase.Fired, _): breaks(0);
            (4w15, 0xdead0000 &&& 0xffff0000): breaks(0);
        }
    }
    apply {
        @atomic {
            state_of.read(st, (bit<8>)s.acc[7:0]);
            step.apply();
            state_of.write((bit<8>)s.acc[7:0], st);
        }
        s.state = st[35:4] << 4 | (bit<32>)st[3:0];
        bit<80> b;
        bucket.read(b, (bit<8>)s.acc[7:0]);
        bit<48> last = b[79:32]; bit<32> tokens = b[31:0];
        if (last == 0) tokens = 5; else tokens = tokens |+| (bit<32>)(now - last) * rate;
        if (tokens > 5) tokens = 5;
        if (tokens == 0) s.when = 0; else tokens = tokens - 1;
        bucket.write((bit<8>)s.acc[7:0], now ++ tokens);
        s.tokens = tokens;
    }
}
control Ing(inout H h, inout M m, inout standard_metadata_t sm) {
    bucket_a(100) ba; bucket_b(77) bb; bucket_c(1 << 16) bc; bucket_d(buckets = 1000) bd; bucket_e(0xffffffff) be;
    Machine(256, 0) machine;
    Machine(cells = 4, rate = 1) small;
    action set_phase(Phase p) { m.d.phase = p; m.d.pair = { h.base.n, p == Phase.Armed }; }
    action warm(int<16> by) { h.base.temperature = h.base.temperature |+| by; }
    action cold(int<16> by) { h.base.temperature = h.base.temperature |-| by; }
    TABLE_(temps, h.base.temperature, ternary, warm; cold; @tableonly set_phase; NoAction;)
    TABLE_(kinds, h.base.kind, range, set_phase; NoAction;)
    apply {
        sm.egress_spec = 1;
        if (sm.parser_error == error.ParserInvalidArgument) { h.base.kind = 0xee; }
        else if (sm.parser_error != error.NoError) { h.base.kind = 0xe0; exit; }
        temps.apply();
        kinds.apply();
        if (h.cells[0].isValid()) {
            bit<16> dot = 0; bit<8> k = 0;
            for (bit<16> prime in PRIMES) { if (k < 4) dot += (bit<16>)h.cells[k].value * prime; k += 1; }
            h.sum.setValid();
            h.sum.acc = (bit<64>)dot;
            ba.apply({ h.base.kind, h.cells[0] }, h.sum.acc);
            bb.apply(h.cells[0].tag ++ h.cells[1].value ++ 8w0, h.sum.acc);
            if (h.base.kind == 4) { bc.apply(h.cells[1].value ++ 4w1, h.sum.acc); bd.apply(h.cells, h.sum.acc); be.apply({ h.cells[0], h.cells[2] }, h.sum.acc); }
        } else if (h.sum.isValid() && h.base.kind[0:0] == 1) { small.apply(h.sum, 10 + (bit<48>)h.base.n); }
        else if (h.sum.isValid()) { machine.apply(h.sum, h.sum.when); }
        for (item_u it in h.items) {
            if (it.cell.isValid()) h.base.n = max(h.base.n, it.cell.value[7:0], LIMITS[0]);
            if (it.blob.isValid()) h.base.n = max(h.base.n, first(it.blob.after, it));
        }
        switch (m.d.phase) { Phase.Armed: { if (m.d.pair[1] && m.d.pair[0] == h.base.n) h.base.kind = 0xaa; } Phase.Broken: Phase.Fired: { h.base.kind = 0xbb; } default: {} }
    }
}
control Egr(inout H h, inout M m, inout standard_metadata_t sm) {
    action again() { m.rounds = m.rounds + 1; m.acc = m.acc + (bit<64>)h.base.n; recirculate_preserving_field_list(1); }
    apply {
        if (h.base.kind == 0x77) {
            if (m.rounds < 3) { h.base.n = h.base.n + 1; again(); }
            else { h.sum.setValid(); h.sum.acc = m.acc; clone_preserving_field_list(CloneType.E2E, 9, 2); h.base.kind = 0x78; }
        } else if (sm.instance_type == 2) { h.base.n = (bit<8>)m.acc; truncate(6); }
    }
}
control Cmp(inout H h, inout M m) { apply{} }
control Dep(packet_out p, in H h) { apply{ p.emit(h.base); p.emit(h.items); p.emit<cell_h[4]>(h.cells); p.emit(h.sum); } }
V1Switch<H, M>(p = Prs(), ig = Ing(), vr = Vfy(), eg = Egr(), dep = Dep(), ck = Cmp()) main;
