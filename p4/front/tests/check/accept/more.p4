//// decl: array indices with calls in them
header Z { bit<1> z; }
extern bit<1> ff(inout bit<1> x, in bit<1> b);
control c(out Z[2] h) { apply { bit<1> a = 0; h[a].z = 1; h[a + 1].z = ff(h[a].z, 0); a = ff(h[a].z, ff(h[a].z, a)); } }
//// decl: shadowing in every block
control p(in bit<1> y_0) { apply { bit<1> x; x = 0; if (x == 0) { bit<1> y; y = 1; sink(y); } else { bit<1> y; y = y_0; { bit<1> y; y = 0; { bit<1> y = 0; sink(y); } } } } }
//// decl: typedefs of externs with constructors
extern MyCounter<I> { MyCounter(bit<32> n); void count(in I index); }
typedef bit<10> index_t;
typedef MyCounter<index_t> my_counter_t;
control c() { my_counter_t(1024) set; MyCounter<index_t>(5) other; apply { set.count(5); other.count((index_t) 1023); } }
//// decl: generic externs with generic methods
extern Crc<Q> { Crc(); Crc(int<32> x); void initialize<R>(in R data); Q value(); Q make_index(in Q size, in Q base); }
control p() { Crc<bit<32>>() a; Crc<bit<32>>(32s0) b; Crc<int<32>>() d; apply { a.initialize({ 8w1, 16w2 }); bit<32> v = a.make_index(4, 10); v = b.value(); int<32> w = d.value(); } }
//// decl: nested tuples and a struct of the same shape
struct F { bit<1> f; }
struct G { tuple<F, F> f1; F f2; bit<1> z; }
struct Pair { F a; F b; }
control c(inout bit<1> r) { apply { G s = { { { 0 }, { 1 } }, { 0 }, 1 }; sink(s.f1); sink<Pair>({ { 0 }, { 1 } }); s.f2 = s.f1[0]; r = s.f1[1].f & s.z; } }
//// decl: new types of new types
type bit<32> B32;
type bit<32> N32;
type N32 NN32;
struct St { B32 b; N32 n; }
header Hd { N32 field; }
control c(out B32 x) {
    N32 k; NN32 l;
    apply { B32 b = (B32) 0; N32 n = (N32) 1; k = n; x = (B32) (bit<32>) n; N32 m = (N32) 1; if (n == m) { x = (B32) 2; } St s; s.b = b; s.n = n; l = (NN32) n; n = (N32) l; n = (N32) (NN32) (N32) 1; if (s.b == b) { x = (B32) 3; } }
}
//// decl: several errors, with and without a name in common
error { A1, B1 }
error { C1 }
const error E1 = error.C1;
const bool Same = error.A1 == error.B1;
//// decl: enum of values by other values
const bit<8> Base = 3;
enum bit<8> Q { A = Base, B = Base + 1, C = (bit<8>) 7 }
const bit<8> V1 = Q.B;
const bool V2 = Q.A == (Q) 3;
//// decl: fields of what calls return
S make(in bit<8> a) { return { a, 16w1 }; }
bit<16> half(in bit<32> a) { return a[31:16]; }
control c(inout bit<8> v, inout bit<16> w) { apply { v = make(v).a; w = make(3).b + half(5); if (make(v) == { 1, 2 }) { v = 1; } } }
//// decl: arguments that are lists, structures and choices
void take(in H h, in S s, in tuple<bit<8>, bool> t) {}
control c(inout bit<8> v, in bool f) { apply { take({ v, 1 }, { b = 1, a = v }, { v, f }); take({#}, f ? (S) { 1, 2 } : { 3, 4 }, { 5, ... }); take(..., ..., ...); } }
//// decl: slices as arguments for out and inout
void set(out bit<4> a, inout bit<4> b) { a = b; b = b + 1; }
control c(inout bit<8> v, inout Headers h) { apply { set(v[3:0], v[7:4]); set(h.h.b[3:0], h.hs[v].a[5:2]); } }
//// decl: value sets of structs
struct one_t { @match(ternary) bit<16> port; }
struct two_t { one_t a; bit<8> b; }
parser p(packet_in b, in bit<16> x, in bit<8> y) {
    value_set<one_t>(4) one; value_set<two_t>(8) two;
    state start { transition select(x) { one: next; 5: accept; _: reject; } }
    state next { transition select(x, y) { two: accept; (1, 2): start; (_, 3): reject; } }
}
//// decl: select on a struct
parser p(packet_in b, in S s) {
    state start { transition select(s) { { 1, 2 }: accept; default: next; } }
    state next { transition select(s) { (1, _): accept; (2 .. 3, 4 &&& 5): reject; default: accept; } }
}
//// decl: select in which constants are compared
const bit<16> TYPE = 0x800;
parser p(packet_in b, in bit<16> x) { state start { transition select(32w0) { 5 &&& 7: reject; 1: reject; default: next; } } state next { transition select(x) { TYPE: accept; TYPE + 1: reject; x: accept; } } }
//// decl: a package without main, controls only
control Ing<Q>(inout Q q);
package P1<Q>(Ing<Q> i, @optional Ing<Q> e);
control one(inout S s) { apply { s.a = 1; } }
P1(one()) first;
P1<S>(one(), one()) second;
P1(e = one(), i = one()) main;
//// decl: constructor parameters of a control
control c(inout bit<8> v)(bit<8> n, bool f) {
    bit<8> M = n + 1;
    Reg<bit<8>>((bit<32>) n) r;
    bit<8> w = f ? n : M;
    table t { key = { v: exact; } actions = { NoAction; } size = (int) n; }
    apply { if (f) { v = w; } else { v = M; } r.write(5, n); t.apply(); switch (v) { n: { v = 1; } } }
}
control d(inout bit<8> v) { c(5, true) one; c(f = false, n = 3) two; apply { one.apply(v); two.apply(v); } }
//// decl: tables in one another's conditions
control c(inout bit<8> v) {
    action a(bit<8> n) { v = n; }
    table t1 { key = { v: exact; } actions = { a; NoAction; } const default_action = NoAction(); }
    table t2 { key = { t1.apply().hit: exact; v: ternary; } actions = { a; } default_action = a(3); }
    apply { if (t1.apply().hit && !t2.apply().miss) { v = 1; } v = t2.apply().hit ? 8w1 : 8w2; }
}
//// decl: statements after the end
control c(inout bit<8> v) { apply { if (v == 1) { return; v = 2; } exit; v = 3; } }
//// decl: externs called at the top of blocks
control c(inout bit<8> v) { bit<32> r = now(); bit<8> w = v + 1; Ctr() k; bit<32> z = k.get(1); apply { v = w; } }
parser p(packet_in b, out bit<32> v) { bit<32> r = now(); state start { v = r; transition accept; } }
//// decl: functions of generic structs
struct Opt<Q> { Q v; bool f; }
Opt<Q> some<Q>(in Q v) { return { v, true }; }
Q or_else<Q>(in Opt<Q> o, in Q e) { if (o.f) { return o.v; } return e; }
control c(inout bit<8> v) { apply { Opt<bit<8>> o = some(v); v = or_else(o, 5); v = or_else({ 8w1, true }, v); v = or_else<bit<8>>({ v = 1, f = false }, v); } }
//// decl: a cast to what a type variable is
Q same<Q>(in Q a) { return (Q) a; }
//// decl: a program of empty things
struct E {}
control c(inout E e) { apply {} }
parser p(packet_in b, out E e) { state start { e = {}; transition accept; } }
control empty() { apply {} }
//// decl: sizes of generic types
bit<32> size<Q>(in Q a) { return a.minSizeInBits(); }
control c(in S s) { apply { bit<32> n = size(s); } }
//// decl: extern objects in extern methods
extern Sel { Sel(Ctr c, bit<32> n); void use(in bit<8> a); }
Ctr() shared;
Sel(shared, 5) sel;
control c() { Sel(Ctr(), 3) mine; Sel(n = 3, c = shared) other; apply { sel.use(1); } }
