//// stmt: arguments by position, by name, left out
bit<32> r; fill(x); fill(value = wo); fill(_); sink(x); sink(value = s); sink<bit<8>>(5); sink({ x, y }); sink({ a = x, b = y }); r = now();
//// decl: named arguments and defaults
extern void p(in bit a, in bit<3> b = 2, in bit<5> c);
extern void h(in bit<32> a, in bool b = true);
bit<8> f2(in bit<8> a, in bit<8> b = 3) { return a + b; }
control c() { apply { p(a = 1, b = 2, c = 3); p(a = 1, c = 3); p(c = 3, a = 1); p(1, 2, 3); h(10); h(a = 10); h(b = false, a = 1); bit<8> v = f2(1); v = f2(1, 2); } }
//// decl: optional arguments
Ctr() k;
extern void o(in bit<8> a, @optional out bit<8> b);
control c() { apply { bit<32> v = k.get(1); v = k.get(1, 2); o(1); bit<8> w; o(1, w); o(1, _); } }
//// decl: generic functions
Q id<Q>(in Q a) { Q b = a; return b; }
void swap<Q>(inout Q a, inout Q b) { Q c = a; a = b; b = c; }
extern Q pick<Q, R>(in Q a, in R b);
extern void both<Q>(out Q a, in Q b, in Q c);
control c(inout bit<8> a, inout S s) { apply { a = id(a); s = id(s); a = id<bit<8>>(5); swap(a, a); swap(s, s); a = pick(a, s); a = pick<bit<8>, _>(1, s); both(a, 0, 255); both(a, a, 1); both(a, 1, a); } }
//// decl: functions call functions and externs
bit<8> p(in bit<8> a, out bit<8> b, inout bit<8> c) { b = a; c = c + 1; if (a > 3) { return a; } else if (a == 2) { return b; } return c; }
void q(inout bit<8> a) { bit<8> b; a = p(a, b, a); sink(b); return; }
bit<8> r(in bit<8> a) { switch (a) { 1: { return 1; } default: { return 2; } } }
bit<8> s2(in bit<8> a) { for (bit<8> i in 1 .. a) { if (i == 3) { return i; } } return 0; }
//// decl: generic externs and their methods
extern X<Q> { X(Q a); Q get(); void put<R>(in Q a, in R b); Q both(in Q a); Q both(in Q a, in Q b); }
control c(inout bit<8> a) {
    X<bit<8>>(5) x1; X(8w3) x2; X<S>({1, 2}) x3;
    apply { a = x1.get(); x2.put(a, 16w2); S s = x3.get(); x3.put({ 1, 2 }, true); a = x1.both(1) + x1.both(1, 2); }
}
//// decl: extern objects are passed along
extern void use(Ctr c);
control inner(Ctr c, inout bit<8> a) { apply { c.count(); use(c); } }
control outer(inout bit<8> a) { Ctr() k; inner() i; apply { i.apply(k, a); inner.apply(k, a); } }
parser pi(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser po(packet_in b, out H h) { pi() sub; state start { sub.apply(b, h); pi.apply(b, h); transition accept; } }
//// decl: strings and ints as arguments
extern void log(string s, in bit<8> a);
extern void number(int n);
void p(int n, bit<8> m) { number(n); number(n + 1); }
control c(in bit<8> a) { apply { log("a" ++ "b", a); number(5 * 7); p(3, 4); } }
//// decl: lookahead and extract
parser p(packet_in b, out Headers h) {
    state start {
        bit<8> n = b.lookahead<bit<8>>();
        n = b.lookahead<S>().a;
        b.extract(h.h); b.extract(h.v, 32w8); b.extract(h.hs.next); b.extract<H>(_); b.extract(h.v, (bit<32>) (n * 8)); b.advance(8); b.advance((bit<32>) n);
        transition select(h.hs.last.a, h.hs.lastIndex) { (1, 2): accept; default: reject; }
    }
}
//// decl: emit
control p(packet_out b, in Headers h) { apply { b.emit(h); b.emit(h.h); b.emit(h.hs); b.emit(h.u); b.emit({ h.h, h.v }); } }
