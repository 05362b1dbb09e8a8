// Slices and elements as out arguments of extern methods and functions (6.8).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<8> v; }

struct headers_t {
    l_t n;
    l_t[2] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.n);
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<4>>(2) r;

    apply {
        std.egress_spec = 1;
        r.write(0, 4w0xa);
        r.write(1, 4w0x5);
        r.read(hdr.n.v[3:0], 0);
        r.read(hdr.n.v[7:4], 1);
        bit<8> i = 7;
        random(hdr.s[i].v, 8w1, 8w1);
        i = 1;
        random(hdr.s[i].v, 8w9, 8w9);
        hash(hdr.s[0].v[7:4], HashAlgorithm.csum16, 4w3, { 16w0 }, 4w0);
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
