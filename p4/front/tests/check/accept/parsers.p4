//// parser: states in any order and loops
const bit<8> K = 4; bit<8> n = K; Ctr() c; value_set<bit<16>>(4) vs; value_set<tuple<bit<8>, bit<16>>>(4) vt;
state start { wo = 0; transition later; }
state later { n = n - 1; transition select(n, y) { (0, _): accept; (_, vs): start; (1 .. 3, 5 &&& 7): last; default: later; } }
state last { c.count(); transition select(y) { vs: accept; 0x800: reject; 1 &&& 3: start; _: accept; } }
state other { transition select(x, y) { vt: accept; } }
//// state: keys of every type
transition select(x, y, z, f, color, kind, port) { (1, 2, -3, true, Color.Red, Kind.A, (Port) 3): accept; (1 .. 2, 1 &&& 3, -3 .. 3, false, _, Kind.A &&& 0xF, _): next; (_, _, _, _, _, default, _): reject; default: accept; }
//// state: tuples
tuple<bit<8>, bool> p = { 1, true };
transition select(p) { (1, true): accept; (_, false): next; _: reject; }
//// state: a select of one in parentheses
transition select(x) { (1): accept; (2 &&& 3): next; (_): reject; }
//// state: statements of parsers
bit<8> v = 1; if (f) { x = v; } else { x = 2; verify(x == 2, error.NoMatch); } { const bit<8> K = 3; y = (bit<16>) K; } ; hdr.h.setValid(); hdr.hs.next = hdr.h; x = hdr.hs.last.a; fill(x); verify(f, error.NoError);
transition next;
//// state: no transition
x = 1;
//// decl: unions and stacks of unions
typedef U[4] Us;
parser p(packet_in b, out Us us) {
    state start { transition select(b.lookahead<bit<8>>()) { 0: one; 1: two; } }
    state one { b.extract(us.next.h); transition start; }
    state two { b.extract(us.next.v, 32w16); transition accept; }
}
//// decl: constructor parameters
parser p(packet_in b, out H h)(bool more, bit<8> n) {
    state start { transition select(more) { false: accept; true: rest; } }
    state rest { h = { n, 2 }; transition select(h.a) { n: accept; default: reject; } }
}
parser q(packet_in b, out H h) { p(true, 5) one; p(n = 1, more = false) two; state start { one.apply(b, h); two.apply(b, h); transition accept; } }
//// decl: parsers as constructor parameters
parser Sub(packet_in b, out H h);
parser one(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser two(packet_in b, out H h)(Sub s) { state start { s.apply(b, h); transition accept; } }
parser three(packet_in b, out H h) { two(one()) t; state start { t.apply(b, h); transition accept; } }
