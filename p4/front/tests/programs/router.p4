#include <core.p4>
/* An architecture and a program for it, with most of the language. */
typedef bit<48> Mac;
type bit<9> Port;
const bit<16> IPV4 = 0x0800;
enum Color { RED, GREEN, BLUE, }
enum bit<8> Proto { TCP = 6, UDP = 8w17 }
error { BadVersion, BadLength }
match_kind { exact, ternary, lpm }
extern packet_in {
    void extract<T>(out T hdr);
    void extract<T>(out T hdr, in bit<32> bits);
    T lookahead<T>();
    bit<32> length();
}
extern packet_out { void emit<T>(in T data); }
extern void verify(in bool ok, in error toSignal);
extern bit<32> random<T>(in T lo, in T hi);
extern Register<T, S> {
    Register(S size);
    T read(in S index);
    @pure void write(in S index, in T value);
}
extern Balancer {
    Balancer();
    abstract bit<4> pick(in bit<32> address);
}
header Eth { Mac dst; Mac src; bit<16> type; }
header Ip { bit<4> version; bit<4> ihl; varbit<320> options; Proto proto; int<8> delta; bool flag; }
header Opt<T> { T value; }
header_union Any { Eth eth; Ip ip; }
struct Headers { Eth eth; Ip[3] ip; Opt<bit<8>>[2] opts; tuple<bit<8>, bool> pair; }
struct Meta { bit<(8 + 8)> mark; list<bit<8>> list; }
parser Prs<H>(packet_in b, out H h);
control Ctl<H>(inout H h, @optional in bit<9> port = 3);
package Switch<H>(Prs<H> p, Ctl<H> c, Ctl<_> d);
action nothing() {}
bit<8> max(in bit<8> a, in bit<8> b) { return a > b ? a : b; }
T pass<T>(in T x) { return x; }

@name("p") parser P(packet_in b, out Headers h)(bit<8> limit) {
    value_set<bit<16>>(4) types;
    bit<8> count = 0;
    Register<bit<32>, bit<8>>(128) seen;
    state start {
        b.extract(h.eth);
        verify(h.eth.type != 0, error.BadVersion);
        transition select(h.eth.type, h.ip[0].ihl) {
            (IPV4, 5 .. 15): ipv4;
            (0x0 &&& 0xff, _): more;
            types: accept;
            default: reject;
        }
    }
    @atomic state ipv4 {
        b.extract<Ip>(h.ip.next, (bit<32>)(h.ip.last.ihl) * 32);
        if (h.ip.last.version != 4) { transition_ok = false; } else count = count + 1;
        bit<8> key = b.lookahead<bit<8>>();
        transition accept;
    }
    state more {}
}
control C(inout Headers h, in bit<9> port) {
    Register<bit<32>, bit<8>>(size = 16) reg;
    Balancer() balance = {
        bit<4> pick(in bit<32> address) { return (address + 1)[3:0]; }
    };
    action set(bit<9> p, in Mac m) { h.eth.dst = m; h.eth.src[7:0] = (bit<8>) p ++ 8w0; }
    action drop() { exit; }
    table t {
        key = { h.eth.dst : exact @name("dst"); h.ip[0].ihl & 0x3 : ternary; }
        actions = { set(m = 5); @defaultonly drop; .nothing; }
        const default_action = drop();
        size = 1024;
        @large const entries = {
            (1, 2 .. 3) : set(1) @name("one");
            (4 &&& 5, _) : drop;
            default : drop();
        }
        largest_priority_wins = false;
    }
    table u {
        key = { port : exact; }
        actions = { drop; }
        entries = { const priority = 10 : 5 : drop(); priority = (N + 1) : _ : drop; 7 : drop; }
    }
    apply @likely {
        if (t.apply().hit) { return; } else if (!h.eth.isValid()) @unlikely { h.eth.setValid(); } else ;
        switch (t.apply().action_run) { set: drop: { u.apply(); } default: { exit; } }
        switch (port + 1) { 8w1: Proto.TCP: { } (bit<9>) 4: {} }
        for (bit<8> i = 0, j = 1; i < 10 && j > 3; i = i + 1, j -= 2) { if (i == 5) break; continue; }
        for (bit<8> i in 1 .. 5) { h.opts[i].value |+|= i; }
        @unroll for (@x Ip x in h.ip) x.setInvalid();
        bit<8> v = max(1, 2) + pass<bit<8>>(3) |+| 4;
        v = v << 2 >> 1 |-| ~v & 0xf ^ 3 | 1;
        v <<= 2; v >>= 1; v &= 3; v |= 4; v ^= 5; v *= 6; v /= 7; v %= 8; v |-|= 9;
        bool q = v < 3 == (v >= 4) && v != 5 || q ? true : false;
        Headers k = { eth = { 1, 2, 3 }, ip = { {#}, ... }, ... };
        h.eth = {#};
        v = h.eth.src[4 +: 8];
        reg.write(_, value = _);
        .nothing();
        C.apply(h, 1);
        bit<8> apply = key[0:0] ++ Color.RED;
        @tag { const int state = -5 - -(int) 3; }
        balance.pick(this.x);
    }
}
Switch(P(8), C(), C()) main;
@A @B(some (nested) "text" $ 8w3; {) @C[] @D[1, "x" ++ "y", 1 == 2,] @E[k = 1, l = true] @pragma old one 2
struct Last {}
