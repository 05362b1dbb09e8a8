//// decl: a constant twice
const bit<8> A = 1;
const bit<8> A = 2;
//// decl: a type and a constant of one name
struct A {}
const bit<8> A = 1;
//// decl: a field twice
struct P { bit<8> a; bit<8> a; }
//// decl: an enum member twice
enum P { X, Y, X }
//// decl: an error twice
error { NoError }
//// decl: a match kind twice
match_kind { exact }
//// decl: a parameter twice
action p(bit<8> a, bit<8> a) {}
//// decl: a type parameter and a parameter of one name
extern void p<Q>(in Q Q);
//// decl: a runtime and a constructor parameter of one name
control p(inout bit<8> a)(bit<8> a) { apply {} }
//// decl: two controls of one name
control p(inout bit<8> a) { apply {} }
control p(inout bit<8> a, inout bit<8> b) { apply {} }
//// decl: two parsers of one name
parser p(packet_in a) { state start { transition accept; } }
parser p(packet_in a, in bit<8> b) { state start { transition accept; } }
//// decl: two actions of one name
action p() {}
action p(bit<8> a) {}
//// decl: two functions of the same parameters
bit<8> p(in bit<8> a) { return a; }
bit<8> p(in bit<16> a) { return 1; }
//// decl: two methods of the same parameters
extern P { void m(in bit<8> a); void m(in bit<16> a); }
//// decl: an abstract method overloaded
extern P { P(); abstract void m(in bit<8> a); void m(in bit<8> a, in bit<8> b); }
//// stmt: a variable twice
bit<8> v = 1;
bit<8> v = 2;
//// stmt: a name that nothing declares
x = nothing;
//// stmt: a variable used before it is declared
x = v;
bit<8> v = 1;
//// stmt: a variable used after its block
{ bit<8> v = 1; }
x = v;
//// decl: a type used before it is declared
struct P { Q q; }
struct Q { bit<8> a; }
//// decl: a function that calls itself
bit<8> p(in bit<8> a) { return p(a - 1); }
//// decl: an action that calls itself
action p() { p(); }
//// decl: a control that applies itself
control p() { apply { p.apply(); } }
//// decl: functions that call one another
bit<8> p(in bit<8> a) { return q(a); }
bit<8> q(in bit<8> a) { return p(a); }
//// stmt: an enum member without its enum
color = Red;
//// stmt: an enum member that is not there
color = Color.Yellow;
//// stmt: an error that is not there
err = error.Nothing;
//// stmt: a field that is not there
x = s.c;
//// stmt: a local behind a dot
bit<8> v = 1;
x = .v;
//// stmt: a type as a value
x = S;
//// stmt: a value as a type
x v;
//// stmt: a function as a value
x = now;
//// parser: a state and a variable of one name
bit<8> t;
state start { t = 1; transition accept; }
state t { transition accept; }
//// decl: a variable at the top level
bit<8> v = 1;
//// decl: a table at the top level
table t { actions = { NoAction; } }
//// control: an action used before it is declared
table t { actions = { later; } }
action later() {}
