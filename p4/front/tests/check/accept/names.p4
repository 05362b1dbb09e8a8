//// decl: shadowing is allowed
const bit<4> x = 1;
control p() {
    const bit<8> x = 8;
    const bit<4> y = .x;
    const bit<8> z = x;
    apply { bit<16> x = 5; { bit<32> x = 6; } }
}
//// decl: overloads by number and by name
extern void p(in bit<8> a);
extern void p(in bit<8> a, in bit<8> b);
bit<8> q(in bit<8> a) { return a; }
bit<8> q(in bit<8> b, in bit<16> c) { return b; }
extern void r(in bit<8> a);
extern void r(in bit<16> b);
control c(in bit<8> v) { apply { p(v); p(v, v); bit<8> w = q(v); w = q(w, 2); r(a = v); r(b = 16w3); } }
//// decl: an overload that calls another
bit<8> q(in bit<8> a) { return a; }
bit<8> q(in bit<8> a, in bit<8> b) { return q(a) + q(b); }
//// decl: names of fields and states of their own
struct P { bit<8> P; bit<8> isValid; bit<8> apply; }
parser Q(packet_in b, out H h) {
    state start { transition H1; }
    state H1 { b.extract(h); transition accept; }
}
//// decl: the same name in different controls
control a() { action go() {} table t { actions = { go; } } apply { t.apply(); } }
control b() { action go() {} table t { actions = { go; } } apply { t.apply(); } }
//// decl: constants of constants
const int A = 5;
const int B = 2 * A;
const bit<32> C = B - A + 3;
const bit<(C + 2)> D = 15;
const bool E = A == 5 && !(B < 3);
const Kind F = Kind.B;
const error G = error.NoMatch;
const S X = { 1, 2 };
const S Y = { b = 2, a = 1 };
const S Z = (S) { a = 10, b = 20 };
const bit<8> W = X.a;
const tuple<bit<8>, bool> U1 = { 1, true };
const bit<8> V1 = U1[0];
const string T1 = "a" ++ "b";
const bool K = exact == lpm;
const bool L = static_assert(A == 5, "five") && static_assert(true);
const int M = S.minSizeInBits() + Kind.A.minSizeInBits() + V.maxSizeInBytes();
const bit<(M)> N = 0;
//// decl: match kinds and errors are added to
match_kind { nearly, quite }
error { Mine, Yours }
control p(in bit<8> a) { table t { key = { a: nearly; } actions = { NoAction; } } apply { t.apply(); } }
