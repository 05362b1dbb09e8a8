//// decl: a parser in a control
parser q(packet_in b) { state start { transition accept; } }
control p(packet_in b) { q() c; apply {} }
//// decl: a parser applied in a control
parser q(packet_in b) { state start { transition accept; } }
control p(packet_in b) { apply { q.apply(b); } }
//// decl: a control at the top level
control q() { apply {} }
q() c;
//// decl: a parser at the top level
parser q(packet_in b) { state start { transition accept; } }
q() c;
//// decl: a control applied in an action
control q() { apply {} }
control p() { q() c; action a() { c.apply(); } apply {} }
//// control: a table applied in an action
table t { actions = { NoAction; } }
action a() { t.apply(); }
//// decl: a control applied with too few arguments
control q(inout bit<8> a) { apply {} }
control p() { q() c; apply { c.apply(); } }
//// decl: a control with constructor parameters applied directly
control q()(bit<8> n) { apply {} }
control p() { apply { q.apply(); } }
//// decl: a control type instantiated
control Q();
control p() { Q() c; apply {} }
//// stmt: verify in a control
verify(f, error.NoError);
//// decl: emit of a number
control p(packet_out b, in bit<8> a) { apply { b.emit(a); } }
//// decl: emit of a struct with a number
control p(packet_out b, in S s) { apply { b.emit(s); } }
//// control: an extern without constructor arguments
Reg<bit<8>>() r;
//// control: an extern without type arguments
Reg(16) r;
//// control: a constructor argument of the wrong type
Reg<bit<8>>(true) r;
//// control: a constructor argument of run time
Reg<bit<8>>((bit<32>) x) r;
//// control: a struct instantiated
S() r;
//// stmt: a constructor as a value
sink(Ctr());
//// decl: a method of an instance that is not there
Ctr() c;
control p() { apply { c.nothing(); } }
//// decl: an instance assigned to
Ctr() c;
control p() { apply { c = c; } }
//// decl: a method called on a type
control p() { apply { Ctr.count(); } }
//// decl: an abstract method without a body
extern P { P(); abstract void m(in bit<8> a); }
P() p;
//// decl: an abstract method with other parameters
extern P { P(); abstract void m(in bit<8> a); }
P() p = { void m(in bit<16> a) {} };
//// decl: an abstract method with another direction
extern P { P(); abstract void m(in bit<8> a); }
P() p = { void m(inout bit<8> a) {} };
//// decl: an abstract method with another result
extern P { P(); abstract bit<8> m(in bit<8> a); }
P() p = { bit<16> m(in bit<8> a) { return 1; } };
//// decl: a method that is not abstract
extern P1 { P1(); void m(); }
P1() p = { void m() {} };
//// decl: a body for a method that is not there
extern P { P(); abstract void m(in bit<8> a); }
P() p = { void m(in bit<8> a) {} void n() {} };
//// decl: a body given twice
extern P { P(); abstract void m(in bit<8> a); }
P() p = { void m(in bit<8> a) {} void m(in bit<8> b) {} };
//// decl: an abstract method that does not return
extern P { P(); abstract bit<8> m(in bit<8> a); }
P() p = { bit<8> m(in bit<8> a) {} };
//// stmt: this outside of a method
this.count();
//// decl: an extern whose constructor has another name
extern P { Q(); }
//// decl: an abstract method that calls itself
extern P { P(); abstract void m(in bit<8> a); }
P() p = { void m(in bit<8> a) { this.m(a); } };
//// decl: abstract methods that call one another
extern P { P(); abstract void m(in bit<8> a); abstract void n(in bit<8> a); }
P() p = { void m(in bit<8> a) { this.n(a); } void n(in bit<8> a) { this.m(a); } };
//// control: two tables of one name for the control plane
@name("q") table t { actions = { NoAction; } }
table q { actions = { NoAction; } }
//// decl: extract in a control
control c(packet_in b, out H h) { apply { b.extract(h); } }
//// decl: action data as a label
control c(in bit<8> v) { action a(bit<8> n) { switch (v) { n: {} } } apply { a(1); } }
//// decl: a shift of int by action data
control c(out bit<8> v) { action a(bit<8> n) { v = 1 << n; } apply { a(1); } }
//// decl: a choice of two ints by action data
control c(out bit<8> v) { action a(bool n) { v = n ? 1 : 2; } apply { a(true); } }
//// decl: pushing by action data
control c(inout Headers h) { action a(bit<8> n) { h.hs.push_front(n); } apply { a(1); } }
//// decl: action data as an int
control c(out bit<8> v) { action a(bit<8> n) { v = (bit<8>) (int) n; } apply { a(1); } }
