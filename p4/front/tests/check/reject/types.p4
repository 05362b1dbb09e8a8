//// decl: a width that is not constant
control p(in bit<8> n) { apply { bit<(n)> v; } }
//// decl: a negative width
const bit<(1 - 3)> A = 0;
//// decl: a width that is too large
header P { bit<2147483647> a; }
//// decl: a width of a constructor parameter
control p()(bit<8> n) { bit<(n)> v; apply {} }
//// decl: a width that is a bool
const bit<(true)> A = 0;
//// decl: a header in a header
header P { H h; }
//// decl: an enum without type in a header
header P { Color c; }
//// decl: an error in a header
header P { error e; }
//// decl: a tuple in a header
header P { tuple<bit<8>, bit<8>> t; }
//// decl: a header stack in a header
header P { H[2] hs; }
//// decl: a struct with a header in a header
struct Q { H h; }
header P { Q q; }
//// decl: int in a header
header P { int a; }
//// decl: int in a struct
struct P { int a; }
//// decl: void in a struct
struct P { void a; }
//// decl: string in a struct
struct P { string a; }
//// decl: match_kind in a struct
struct P { match_kind a; }
//// decl: an extern in a struct
struct P { Ctr c; }
//// decl: a list in a struct
struct P { list<bit<8>> l; }
//// decl: a parser type in a struct
parser Q(packet_in p);
struct P { Q q; }
//// decl: a struct in a union
header_union P { S s; }
//// decl: a bit-string in a union
header_union P { bit<8> a; }
//// decl: a union in a union
header_union P { U u; }
//// decl: int in a tuple
const tuple<int, bool> A = { 1, true };
//// decl: an extern in a list
extern P { P(list<Ctr> l); }
//// decl: a stack of stacks of headers
struct P { H[2] a; }
typedef H[2] HS;
struct Q { HS[2] b; }
//// decl: a stack of tuples
typedef tuple<bit<8>>[4] Q;
//// decl: a stack of negative size
struct P { H[-1] a; }
//// decl: a stack of too many elements
struct P { H[2147483648] a; }
//// decl: typedef of void
typedef void P;
//// decl: typedef of string
typedef string P;
//// decl: typedef of match_kind
typedef match_kind P;
//// decl: type of a struct
type S P;
//// decl: type of a header
type H P;
//// decl: type of a varbit
type varbit<8> P;
//// decl: type of an enum
type Color P;
//// decl: type of error
type error P;
//// decl: an enum behind an enum
enum Color P { A = 1 }
//// decl: bool behind an enum
enum bool P { A = true }
//// decl: a value that does not fit its enum
enum bit<8> P { A = 300 }
//// decl: a negative value of an unsigned enum
enum bit<8> P { A = -1 }
//// decl: an enum member without its value
enum bit<8> P { A }
//// decl: an enum member with a value and no type
enum P { A = 1 }
//// decl: a generic struct without arguments
struct P<Q> { Q q; }
struct R { P p; }
//// decl: a generic struct with too many arguments
struct P<Q> { Q q; }
struct R { P<bit<8>, bit<8>> p; }
//// decl: arguments for a type that is not generic
struct R { S<bit<8>> p; }
//// decl: typedef of a generic type without arguments
struct P<Q> { Q q; }
typedef P R;
//// decl: a generic header with a header inside
header P<Q> { Q q; }
struct R { P<H> p; }
//// decl: a generic extern without arguments as a parameter
control p(in Reg r) { apply {} }
//// stmt: a don't-care type
_ v;
//// stmt: a variable of type int
int v = 1;
//// stmt: a variable of type string
string v = "a";
//// stmt: a variable of type void
void v;
//// stmt: a variable of type match_kind
match_kind v = exact;
//// stmt: a variable of an extern type
Ctr v;
//// decl: a constant of an extern type
const Ctr A = 1;
//// decl: a struct with more fields than anything
struct A { bit<8>[16000] a; }
struct B { A[16000] a; }
//// decl: a struct that contains itself
struct P { P p; }
