// A loop that leaves and goes on, over a stack with a run-time index (12.8, 8.20).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<4> op; bit<4> v; }

struct headers_t {
    l_t[6] s;
    l_t r;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        transition select(hdr.s.last.op) {
            0xf: accept;
            default: start;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        bit<8> acc = 0;
        for (bit<8> i = 0; i < 6; i += 1) {
            if (!hdr.s[i].isValid()) { break; }
            bit<8> v = (bit<8>)hdr.s[i].v;
            if (hdr.s[i].op == 1) { acc = acc + v; }
            else if (hdr.s[i].op == 2) { acc = acc * v; }
            else if (hdr.s[i].op == 3) {
                if (acc == v) { i = i + 1; }
                continue;
            } else { break; }
            hdr.s[i].op = 0;
        }
        hdr.r.setValid();
        hdr.r.op = acc[7:4];
        hdr.r.v = acc[3:0];
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
