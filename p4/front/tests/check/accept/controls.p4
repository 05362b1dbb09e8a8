//// decl: actions, tables and controls
action drop(inout bit<8> v) { v = 0; }
control sub(inout bit<8> v)(bit<8> n) { apply { v = v + n; } }
control c(inout Headers h, inout bit<8> v) {
    bit<8> n = 5; const bit<8> K = 2; sub(1) one; sub(n = 2) two; Reg<bit<8>>(128) r;
    action a() { n = 1; drop(v); }
    action b(inout bit<8> d, bit<8> e) { d = e; r.read(d, 5); r.write(5, e); a(); }
    table t {
        key = { h.h.a: exact; v & 0xF: ternary @name("masked"); h.h.isValid(): exact; h.h.b[7:0]: lpm; h.hs[0].a: exact; }
        actions = { a; b(n); drop(v); NoAction; }
        default_action = b(n, 3);
        size = 1024;
    }
    apply { one.apply(v); two.apply(v = v); if (t.apply().hit) { v = n; } else if (t.apply().miss) { v = K; } a(); b(n, v); drop(n); t.apply(); bool x = t.apply().hit; }
}
//// control: tables of every kind
action a(bit<8> v) { x = v; }
action b() {}
action bound(in bit<8> v, bit<8> w) {}
table t1 { actions = { a; } }
table t2 { key = {} actions = { b; } const default_action = b(); }
table t3 { key = { x: exact; y: exact; } actions = { a; b; @defaultonly NoAction; } const entries = { (1, 2): a(3); (2, 16w3): b; (3, 4): b(); } size = 10; default_action = NoAction; }
table t4 { key = { x: ternary; y: lpm; kind: exact; f: exact; } actions = { a; @tableonly b; } entries = { (1 &&& 3, 5, Kind.A, true): a(1); const (_, 0x800 &&& 0xFF00, Kind.B, false): b(); default: a(2); _: b(); } }
table t5 { key = { x: ternary; } actions = { a; } largest_priority_wins = false; priority_delta = 10; @noWarn("duplicate_priorities") entries = { const priority=10: 1: a(1); 2: a(2); priority=20: 3: a(3); priority=(5 + 5): 4: a(4); } }
table t6 { key = { x: exact; } actions = { bound(5); } default_action = bound(5, 3); const entries = { 1: bound(5, 2); } }
table t7 { key = { x: exact; } actions = { NoAction; } implementation = Ctr(); counters = "none"; meters = 5; custom = true; const entries = { } }
table t8 { key = { color: exact; err: exact; port: exact; z: exact; } actions = { NoAction; } const entries = { (Color.Red, error.NoError, (Port) 3, -1): NoAction(); } }
//// apply: switch on what a table did
action a() {}
action b(bit<8> v) {}
table t { actions = { a; b; } }
table u { key = { x: exact; } actions = { .NoAction; a; } default_action = NoAction(); }
apply { wo = 0; switch (t.apply().action_run) { a: { x = 1; } b: default: { x = 2; } } switch (u.apply().action_run) { NoAction: a: { return; } } switch (t.apply().action_run) { NoAction: { x = 3; } } switch (t.apply().action_run) { a: } }
//// decl: abstract methods
extern Balancer { Balancer(); bit<32> getFlowCount(); abstract bit<4> on_new_flow(in bit<32> address); }
Balancer() b = {
    bit<4> on_new_flow(in bit<32> address) { bit<32> count = this.getFlowCount(); return (address + count)[3:0]; }
};
extern Gen<Q> { Gen(bit<8> n); abstract void run(inout Q v, out Q w); void go(); }
control c(inout bit<8> v) {
    bit<8> outer = 1;
    Gen<bit<8>>(5) g = { Ctr() inside; void run(inout bit<8> a, out bit<8> w) { inside.count(); w = a; a = a + outer; } };
    apply { g.go(); g.run(v, outer); }
}
//// decl: controls as constructor parameters
control Sub(inout bit<8> v);
control one(inout bit<8> v) { apply { v = 1; } }
control two(inout bit<8> v)(Sub s, Ctr k) { apply { s.apply(v); k.count(); } }
control three(inout bit<8> v) { Ctr() k; two(one(), k) t; two(one(), Ctr()) u; apply { t.apply(v); u.apply(v); } }
//// decl: direct application
control one(inout bit<8> v) { apply { v = 1; } }
control two(inout bit<8> v) { apply { one.apply(v); { one.apply(v); } } }
//// decl: abstract methods that call earlier ones
extern P { P(); abstract bit<8> m(in bit<8> a); abstract void n(in bit<8> a); void k(); }
P() p = { bit<8> m(in bit<8> a) { this.k(); return a; } void n(in bit<8> a) { sink(this.m(a)); } };
