// An out parameter of a header type starts invalid (6.8).
#include <core.p4>
#include <v1model.p4>

header x_t { bit<8> v; }
void maybe(out x_t x, in bool really) {
    if (really) {
        x.setValid();
        x.v = 0x77;
    }
}

struct headers_t {
    x_t first;
    x_t second;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.first);
        pkt.extract(hdr.second);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        maybe(hdr.second, hdr.first.v == 1);
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
