//// stmt: too few arguments
fill();
//// stmt: too many arguments
fill(x, x);
//// stmt: an argument of the wrong type
verify(x, error.NoError);
//// stmt: a constant for out
fill(5);
//// stmt: an expression for out
fill(x + 1);
//// stmt: an in parameter for out
fill(ro);
//// stmt: another width for out
fill(y);
//// stmt: an enum for out of its type
fill(kind);
//// stmt: some arguments named
sink(value = x, y);
//// stmt: an argument named twice
sink(value = x, value = y);
//// stmt: a name that no parameter has
sink(other = x);
//// decl: an underscore for in
control p() { apply { sink(_); } }
//// stmt: type arguments that are too many
sink<bit<8>, bit<8>>(x);
//// stmt: type arguments that disagree
sink<bit<16>>(x);
//// stmt: an int without width for a type variable
sink(5);
//// state: a type argument that cannot be inferred
x = pkt.lookahead();
transition accept;
//// decl: two types for one variable
extern void two<Q>(in Q a, in Q b);
control p(in bit<8> a, in bit<16> b) { apply { two(a, b); } }
//// stmt: an in parameter written
ro = 1;
//// decl: an action parameter without direction written
action p(bit<8> a) { a = 1; }
//// stmt: a call of a variable
x();
//// stmt: a call of nothing
nothing();
//// stmt: a method that is not there
hdr.h.setNothing();
//// stmt: validity of a struct
s.setValid();
//// stmt: validity of a union
hdr.u.setValid();
//// stmt: arguments of setValid
hdr.h.setValid(1);
//// decl: a header that is read-only made valid
control p(in H h) { apply { h.setValid(); } }
//// stmt: pushing by a value of run time
hdr.hs.push_front(x);
//// stmt: pushing by a negative number
hdr.hs.push_front(-1);
//// stmt: pushing by nothing
hdr.hs.push_front();
//// stmt: next in a control
hdr.hs.next.setValid();
//// stmt: last in a control
x = hdr.hs.last.a;
//// stmt: lastIndex in a control
bit<32> v = hdr.hs.lastIndex;
//// stmt: the size of a stack written
hdr.hs.size = 3;
//// decl: a directionless argument of run time
bit<8> p(bit<8> a) { return a; }
control q(in bit<8> a) { apply { bit<8> v = p(a); } }
//// decl: a directionless argument of run time for an extern
extern void p(bit<8> a);
control q(in bit<8> a) { apply { p(a); } }
//// decl: overloads that no call fits
extern void p(in bit<8> a);
extern void p(in bit<8> a, in bit<8> b, in bit<8> c);
control q(in bit<8> a) { apply { p(a, a); } }
//// decl: a default value for out
extern void p(out bit<8> a = 1);
//// decl: a default value of run time
extern void p(in bit<32> a = now());
//// decl: an optional parameter with a default
extern void p(@optional in bit<8> a = 1);
//// decl: an optional parameter of a function
void p(@optional in bit<8> a) {}
//// decl: an optional parameter of an action
action p(@optional bit<8> a) {}
//// decl: a default that is not at the end and not named
extern void p(in bit a, in bit<3> b = 2, in bit<5> c);
control q() { apply { p(1, 3); } }
//// decl: a string with a direction
extern void p(in string a);
//// decl: int with a direction
extern void p(in int a);
//// decl: int as action data
action p(int a) {}
//// decl: an extern with a direction
control p(inout Ctr c) { apply {} }
//// decl: an extern for an action
action p(Ctr c) {}
//// decl: void as a parameter
extern void p(in void a);
//// decl: a control as a parameter at run time
control Q();
control p(Q q) { apply {} }
//// decl: a package as a constructor parameter of a control
package Q();
control p()(Q q) { apply {} }
//// decl: a control as a constructor parameter of a parser
control Q();
parser p(packet_in b)(Q q) { state start { transition accept; } }
//// decl: a parser as a constructor parameter of a control
parser Q(packet_in b);
control p()(Q q) { apply {} }
//// decl: a constructor parameter with a direction
control p()(in bit<8> n) { apply {} }
//// decl: a package parameter with a direction
package P(in bit<8> n);
//// decl: an extern constructor parameter with a direction
extern P { P(in bit<8> n); }
//// decl: action data before the others
action p(bit<8> a, in bit<8> b) {}
//// decl: a function that returns an extern
extern Ctr p();
//// stmt: void as a value
x = sink(x);
//// stmt: a statement that does nothing
x + 1;
