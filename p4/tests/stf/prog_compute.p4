// A compute server in the network: one request header, many wide operations.
#include <core.p4>
#include <v1model.p4>

#define ROTL(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define QUARTER(a, b, c, d) \
    st[a].w = st[a].w + st[b].w; st[d].w = ROTL(st[d].w ^ st[a].w, 16); \
    st[c].w = st[c].w + st[d].w; st[b].w = ROTL(st[b].w ^ st[c].w, 12); \
    st[a].w = st[a].w + st[b].w; st[d].w = ROTL(st[d].w ^ st[a].w, 8);  \
    st[c].w = st[c].w + st[d].w; st[b].w = ROTL(st[b].w ^ st[c].w, 7)
#define SWAP(i, j) if (v[i].w > v[j].w) { word_t t = v[i]; v[i] = v[j]; v[j] = t; }

enum bit<8> Op { Chacha = 1, Feistel = 2, Sort = 3, Mul = 4, Encode = 5, Saturate = 6, Reverse = 7, Mix = 8, Gray = 9, Popcount = 10 }
typedef bit<128> u128;
typedef bit<512> u512;

header request_t { Op op; bit<8> count; }
header word_t { bit<32> w; }
header wide_t { u512 v; }
header pair_t { u128 a; u128 b; }
header signed_t { int<24> a; int<24> b; int<24> sum; int<24> diff; int<24> shifted; bit<8> flags; }
header onehot_t { bit<32> bits; bit<8> first; bit<8> last; }

struct headers { request_t q; word_t[16] st; wide_t wide; pair_t pair; signed_t sg; onehot_t one; }
struct meta_t { bit<8> left; }

bit<32> rotr(in bit<32> x, in bit<5> n) { return (x >> n) | (x << (32 - (bit<6>)n)); }
u128 swap_halves(in u128 x) { return x[63:0] ++ x[127:64]; }
bit<64> round_function(in bit<64> half, in bit<64> key) {
    bit<64> x = half ^ key;
    x = (x << 13) ^ x;
    x = (x >> 7) ^ x;
    x = (x << 17) ^ x;
    return x * 64w0x2545F4914F6CDD1D + key;
}
void feistel(inout u128 block, in u128 key) {
    bit<64> l = block[127:64];
    bit<64> r = block[63:0];
    for (bit<4> i in 4w0 .. 4w11) {
        bit<64> k = (i & 1) == 0 ? key[127:64] : key[63:0];
        bit<64> n = l ^ round_function(r, k + (bit<64>)i);
        l = r;
        r = n;
    }
    block = r ++ l;
}
bit<8> popcount512(in u512 x) {
    u512 y = x - ((x >> 1) & (512w0x55555555555555555555555555555555 * (512w1 + (512w1 << 128) + (512w1 << 256) + (512w1 << 384))));
    bit<8> n = 0;
    for (bit<16> i in 16w0 .. 255) {
        n = n + (bit<8>)(bit<2>)(y >> (i << 1))[1:0];
    }
    return n;
}
u512 reverse_bytes(in u512 x) {
    u512 r = 0;
    u512 y = x;
    for (int<9> i = 0; i < 64; i = i + 1) {
        r = (r << 8) | (u512)y[7:0];
        y >>= 8;
    }
    return r;
}

parser prs(packet_in b, out headers h, inout meta_t m, inout standard_metadata_t s) {
    state start {
        b.extract(h.q);
        m.left = h.q.count;
        transition select(h.q.op) {
            Op.Chacha: words16;
            Op.Feistel &&& 0xff: pair;
            Op.Sort: some;
            Op.Mul: pair;
            Op.Encode: one;
            Op.Saturate: signed;
            Op.Reverse: wide;
            Op.Mix: wide;
            Op.Gray: wide;
            Op.Popcount: wide;
            _: accept;
        }
    }
    state words16 { m.left = 16; transition some; }
    state some {
        transition select(m.left) { 0: accept; default: another; }
    }
    state another { b.extract(h.st.next); m.left = m.left - 1; transition some; }
    state pair { b.extract(h.pair); transition accept; }
    state wide { b.extract(h.wide); transition accept; }
    state signed { b.extract(h.sg); transition accept; }
    state one { b.extract(h.one); transition accept; }
}

control chacha(inout word_t[16] st)(bit<8> rounds) {
    action double_round() {
        QUARTER(0, 4, 8, 12); QUARTER(1, 5, 9, 13); QUARTER(2, 6, 10, 14); QUARTER(3, 7, 11, 15);
        QUARTER(0, 5, 10, 15); QUARTER(1, 6, 11, 12); QUARTER(2, 7, 8, 13); QUARTER(3, 4, 9, 14);
    }
    apply {
        word_t[16] before = st;
        for (bit<8> i = 0; i < rounds; i += 2) double_round();
        for (bit<8> i in 8w0 .. 15) st[i].w = st[i].w + before[i].w;
    }
}
control sorter(inout word_t[16] v) {
    apply {
        // Batcher's odd-even merge of eight.
        SWAP(0, 1) SWAP(2, 3) SWAP(4, 5) SWAP(6, 7)
        SWAP(0, 2) SWAP(1, 3) SWAP(4, 6) SWAP(5, 7)
        SWAP(1, 2) SWAP(5, 6)
        SWAP(0, 4) SWAP(1, 5) SWAP(2, 6) SWAP(3, 7)
        SWAP(2, 4) SWAP(3, 5)
        SWAP(1, 2) SWAP(3, 4) SWAP(5, 6)
    }
}
control vfy(inout headers h, inout meta_t m) { apply {} }
control ing(inout headers h, inout meta_t m, inout standard_metadata_t s) {
    chacha(20) cipher;
    sorter() network;
    action first(bit<8> n) { h.one.first = n; }
    action last(bit<8> n) { h.one.last = n; }
#define BIT_F(n) (32w1 << (n)) &&& (32w0xffffffff << (n)): first(31 - (n));
#define BIT_L(n) 1 << (n) &&& (2 << (n)) - 1: last(31 - (n));
#define FOUR(F, n) F(n) F(n + 1) F(n + 2) F(n + 3)
#define SIXTEEN(F, n) FOUR(F, n) FOUR(F, n + 4) FOUR(F, n + 8) FOUR(F, n + 12)
    table encode_first { key = { h.one.bits: ternary; } actions = { first; } default_action = first(255);
        const entries = { SIXTEEN(BIT_F, 0) SIXTEEN(BIT_F, 16) } }
    table encode_last { key = { h.one.bits: ternary; } actions = { @tableonly last; NoAction; } default_action = NoAction;
        const entries = { SIXTEEN(BIT_L, 0) SIXTEEN(BIT_L, 16) } }
    action run_feistel() { feistel(h.pair.a, h.pair.b); }
    action multiply() {
        bit<256> p = (bit<256>)h.pair.a * (bit<256>)h.pair.b;
        h.pair.a = p[255:128];
        h.pair.b = p[127:0];
    }
    action saturate() {
        h.sg.sum = h.sg.a |+| h.sg.b;
        h.sg.diff = h.sg.a |-| h.sg.b;
        h.sg.shifted = h.sg.a >> (bit<8>)h.sg.b[4:0];
        h.sg.flags = 2w0 ++ (bit<1>)(h.sg.a < h.sg.b) ++ (bit<1>)(h.sg.a == h.sg.b) ++ (bit<1>)(-h.sg.a == h.sg.a)
            ++ (bit<1>)((bit<24>)h.sg.a < (bit<24>)h.sg.b) ++ h.sg.sum[23:23] ++ h.sg.diff[23:23];
    }
    action mix() {
        u512 x = h.wide.v;
        x[511:480] = rotr(x[511:480], 5) |+| 0x80000000;
        x[3:0] = ~x[3:0];
        x = x ^ (x >> 255) ^ (x << 257);
        x = (x[100:0] ++ x[511:101]) |-| (512w1 << 400);
        h.wide.v = -x;
    }
    apply {
        s.egress_spec = s.ingress_port;
        if (s.parser_error != error.NoError) { h.q.op = (Op)0xff; exit; }
        switch (h.q.op) {
            Op.Chacha: { cipher.apply(h.st); }
            Op.Feistel: { run_feistel(); }
            Op.Sort: { network.apply(h.st); }
            Op.Mul: { multiply(); }
            Op.Encode: { encode_first.apply(); encode_last.apply(); }
            Op.Saturate: { saturate(); }
            Op.Reverse: { h.wide.v = reverse_bytes(h.wide.v); }
            Op.Mix: { mix(); }
            Op.Gray: { h.wide.v = h.wide.v ^ (h.wide.v >> 1); }
            Op.Popcount: { h.q.count = popcount512(h.wide.v); }
            default: { mark_to_drop(s); }
        }
    }
}
control egr(inout headers h, inout meta_t m, inout standard_metadata_t s) { apply {} }
control cks(inout headers h, inout meta_t m) { apply {} }
control dep(packet_out b, in headers h) { apply { b.emit(h); } }
V1Switch(prs(), vfy(), ing(), egr(), cks(), dep()) main;
