//// decl: blocks that disagree about a type
parser Prs<Q>(packet_in b, out Q result);
control Pipe<Q>(in Q data);
package Switch<Q>(Prs<Q> p, Pipe<Q> m);
parser P(packet_in b, out bit<32> index) { state start { index = 1; transition accept; } }
control P2(in bit<8> data) { apply {} }
Switch(P(), P2()) main;
//// decl: a direction that differs
control Pipe<Q>(in Q data);
package Switch<Q>(Pipe<Q> m);
control P(inout bit<8> data) { apply {} }
Switch(P()) main;
//// decl: a parameter that is missing
control Pipe<Q>(in Q data, in bit<8> more);
package Switch<Q>(Pipe<Q> m);
control P(in bit<8> data) { apply {} }
Switch(P()) main;
//// decl: a parser for a control
control Pipe<Q>(in Q data);
package Switch<Q>(Pipe<Q> m);
parser P(packet_in b) { state start { transition accept; } }
Switch(P()) main;
//// decl: a package with too few arguments
control Pipe<Q>(in Q data);
package Switch<Q>(Pipe<Q> m, Pipe<Q> n);
control P(in bit<8> data) { apply {} }
Switch(P()) main;
//// decl: a block that is not instantiated
control Pipe<Q>(in Q data);
package Switch<Q>(Pipe<Q> m);
control P(in bit<8> data) { apply {} }
Switch(P) main;
//// decl: main that is an extern
Ctr() main;
//// decl: a package in a control
package Q();
control p() { Q() q; apply {} }
//// decl: type arguments that do not fit the blocks
control Pipe<Q>(in Q data);
package Switch<Q>(Pipe<Q> m);
control P(in bit<8> data) { apply {} }
Switch<bit<16>>(P()) main;
//// decl: a type parameter that nothing says
package Switch<Q>(bit<8> n);
Switch(5) main;
