//// decl: widths by expressions
const int W = 4;
header P { bit<(W * 2)> a; int<(W + 4)> b; varbit<(8 * W)> c; bit d; bit<0> e; }
//// decl: what may be in a header
struct In { bit<8> a; int<8> b; bool c; Kind k; }
header P { bit<1> a; int<7> b; bool c; Kind k; Port p; In i; Mac m; varbit<16> v; }
header Empty {}
//// decl: what may be in a struct
typedef H[3] Stack;
struct Empty {}
struct P { bit<8> a; error e; Color c; H h; U u; H[2] hs; U[2] us; S s; tuple<bit<8>, bool> t; tuple<> n; Stack k; varbit<8> v; Empty m; }
//// decl: typedef and type of what they may be of
typedef bit<32> A; typedef A B; typedef int C; typedef error D; typedef Color E; typedef H F; typedef tuple<A, B> G;
typedef S I; typedef H[4] J; typedef Reg<bit<8>> K; typedef struct Pt { int<32> x; int<32> y; } L;
type bit<32> M; type M N; type int<8> O; type bool P; type A Q;
//// decl: serializable enums
enum bit<16> P { A = 0x8100, B = 33024, C = 1 + 1, D = (bit<16>) 5, }
enum int<8> Q { A = -1, B = 127 }
typedef bit<4> Four;
enum Four R { A = 4w3 }
//// decl: generic types
struct P<Q> { Q q; bool v; }
struct R<Q> { P<Q> p; }
header G<Q> { Q q; bit<8> a; }
header_union GU<Q> { G<bit<8>> a; G<Q> b; }
const P<bit<32>> A = { q = 32w0, v = false };
const R<bit<32>> B = { p = { q = 0, v = false } };
struct X { G<bit<8>> g; G<bit<16>>[4] s; GU<bit<32>> u; P<P<bit<8>>> n; }
control c(inout X x) { apply { x.g.q = x.s[0].a; x.u.b.q = 5; x.n.q.q = A.q[7:0]; x.s[1] = { 1, 2 }; } }
//// decl: arrays of values
struct P { bit<8>[4] a; S[2] s; }
control c(inout P p, in bit<8> i) { apply { p.a[0] = p.a[i]; p.s[1].a = 3; p.a = { 1, 2, 3, 4 }; } }
//// decl: lists
struct pair { bit<16> a; bit<32> b; }
extern P { P(list<pair> data); P(list<bit<8>> a, list<string> b); void run(); }
control c() { P((list<pair>) {{2, 3}, {4, 5}}) e; P({ {1, 2} }) g; P({1, 2, 3}, {"a", "b"}) h; apply { e.run(); } }
//// decl: don't-care types
parser Parser1<IH>(packet_in b, out IH h);
control Pipe1<T1, IH>(in IH h, out T1 t);
package Ingress1<T1, IH>(Parser1<IH> p, Pipe1<T1, IH> m);
package Switch1<T1>(Ingress1<T1, _> i, Ingress1<T1, _> e);
parser PA(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser PB(packet_in b, out S s) { state start { s = { 1, 2 }; transition accept; } }
control CA(in H h, out bit<8> t) { apply { t = h.a; } }
control CB(in S s, out bit<8> t) { apply { t = s.a; } }
Ingress1(PA(), CA()) one;
Ingress1(PB(), CB()) two;
Switch1(one, two) main;
