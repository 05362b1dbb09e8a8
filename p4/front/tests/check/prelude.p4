// What the snippets of the checker's tests may use: the parts of core.p4 that they need, and types of every kind.
error { NoError, PacketTooShort, NoMatch, StackOutOfBounds }
match_kind { exact, ternary, lpm }
extern packet_in {
    void extract<T>(out T hdr);
    void extract<T>(out T hdr, in bit<32> bits);
    T lookahead<T>();
    void advance(in bit<32> bits);
    bit<32> length();
}
extern packet_out { void emit<T>(in T hdr); }
extern void verify(in bool check, in error toSignal);
extern bool static_assert(bool check, string message);
extern bool static_assert(bool check);
action NoAction() {}

typedef bit<48> Mac;
type bit<9> Port;
enum Color { Red, Green, Blue }
enum bit<8> Kind { A = 1, B = 2, C = 3 }
header H { bit<8> a; bit<16> b; }
header V { bit<8> n; varbit<64> v; }
header_union U { H h; V v; }
struct S { bit<8> a; bit<16> b; }
struct T { S s; bool f; }
struct Headers { H h; H[4] hs; U u; V v; }
extern Reg<T> {
    Reg(bit<32> size);
    void read(out T value, in bit<32> index);
    void write(in bit<32> index, in T value);
}
extern Ctr { Ctr(); void count(); bit<32> get(in bit<8> a, @optional in bit<8> b); }
extern void sink<T>(in T value);
extern bit<32> now();
extern void fill(out bit<8> value);
