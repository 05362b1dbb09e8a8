//// decl: a package that infers its types
parser Prs<Q>(packet_in b, out Q result);
control Pipe<Q>(in Q data);
package Switch<Q>(Prs<Q> p, Pipe<Q> m);
parser P(packet_in b, out bit<32> index) { state start { index = 1; transition accept; } }
control C(in bit<32> data) { apply {} }
Switch(P(), C()) one;
Switch<bit<32>>(P(), C()) two;
Switch<_>(m = C(), p = P()) main;
//// decl: optional and default parameters of packages
struct Empty {}
control nothing(inout Empty h, inout Empty m) { apply {} }
parser parserProto<H1, M>(packet_in p, out H1 h, inout M m);
control controlProto<H1, M>(inout H1 h, inout M m);
package pack<HP, MP, HC, MC>(@optional parserProto<HP, MP> _parser, controlProto<HC, MC> _control = nothing());
pack() main;
//// decl: packages of packages
control Ctl();
package In1(Ctl c, bit<8> n);
package Out1(In1 a, In1 b, @optional In1 c);
control c() { apply {} }
In1(c(), 1) first;
Out1(first, In1(c(), 2)) main;
//// decl: constructor arguments of every kind
extern E1 { E1(); }
parser P1(packet_in b);
control C1();
package Pk(P1 p, C1 c, E1 e, bit<8> n, string s, bool f, Color k, list<bit<8>> l, S v);
parser p(packet_in b)(E1 unit) { state start { transition accept; } }
control c()(E1 unit, int n) { apply {} }
E1() shared;
Pk(p(shared), c(shared, 5), shared, 3, "text", 1 == 1, Color.Red, { 1, 2 }, { 1, 2 }) main;
//// decl: a library without main
parser P1<Q>(packet_in b, out Q q);
control C1<Q>(inout Q q);
