// A histogram in a register, written by one packet and read by the next ones.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> cmd;
    bit<8> i;
    bit<8> v;
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
    register<bit<8>>(256) r;

    apply {
        std.egress_spec = 1;
        if (hdr.h.cmd == 0) {
            bit<8> x;
            r.read(x, (bit<32>)hdr.h.i);
            r.write((bit<32>)hdr.h.i, x |+| hdr.h.v);
        } else {
            r.read(hdr.h.v, (bit<32>)hdr.h.i);
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
