// Rarer shapes with results by hand: moving slices, division by what may be zero, signed concatenation, loops with two
// variables, returns and exits out of loops, arrays and tuples of functions (8.7, 8.10, 12.4, 12.5, 12.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> op;
    bit<8> b;
    bit<16> c;
    bit<32> d;
}

bit<8> first_bit(in bit<16> x) {
    for (bit<8> i in 8w0 .. 8w15) {
        if (x[i+:1] == 1) {
            return i;
        }
    }
    return 0xff;
}

bit<8>[4] turned(in bit<8>[4] all, in bit<2> by) {
    bit<8>[4] result;
    for (bit<2> i in 2w0 .. 2w3) {
        result[i + by] = all[i];
    }
    return result;
}

tuple<T, bit<16>> paired<T>(in T one, in bit<16> two = 7) {
    return { one, two };
}

control Loop(inout bit<32> d, in bit<8> n) {
    apply {
        for (bit<8> i in 8w1 .. 8w10) {
            d = d + 1;
            if (i == n) {
                exit;
            }
        }
        d = 0xdead;
    }
}

struct headers_t {
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Loop() loop;
    apply {
        std.egress_spec = 1;
        bit<8> b = hdr.h.b;
        bit<16> c = hdr.h.c;
        switch (hdr.h.op) {
            1: { hdr.h.d[b+:8] = 0xff; }
            2: { hdr.h.d = (bit<32>)c[b+:8]; }
            3: {
                hdr.h.d[31:16] = c / (bit<16>)b;
                hdr.h.d[15:0] = c;
                hdr.h.d[15:0] %= (bit<16>)b;
            }
            4: {
                int<24> joined = (int<8>)b ++ c;
                hdr.h.d = (bit<32>)(int<32>)joined;
            }
            5: {
                for (bit<8> i = 0, bit<16> j = c; i < b && j != 0; i += 1, j -= 3) {
                    if (i == 2) {
                        continue;
                    } else if (i == 5) {
                        break;
                    }
                    hdr.h.d += (bit<32>)j;
                }
            }
            6: { hdr.h.d = (bit<32>)first_bit(c); }
            7: {
                loop.apply(hdr.h.d, b);
                hdr.h.d = hdr.h.d + 1;
            }
            8: {
                bit<8>[4] all = turned({ 1, 2, 3, 4 }, b[1:0]);
                hdr.h.d = all[0] ++ all[1] ++ all[2] ++ turned(all, 3)[c[1:0]];
            }
            9: { hdr.h.d = paired(two = 5, one = c)[0] ++ paired(c)[1]; }
            10: { hdr.h.d = (32w1 << (c ++ b)) | (32w0x80000000 >> c); }
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
