// The l-value of an out argument is fixed before later arguments change its index (6.8, step 3).
#include <core.p4>
#include <v1model.p4>

header e_t { bit<8> z; }
bit<8> bump(inout bit<8> z) {
    z = z + 1;
    return z;
}
void f(inout bit<8> x, in bit<8> y) {
    x = x + y;
}

struct headers_t {
    e_t first;
    e_t[3] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.first);
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        bit<8> i = hdr.first.z;
        f(hdr.s[i].z, bump(i));
        hdr.first.z = i;
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
