// The second packet of a flow meets what the first one wrote, packet after packet.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> flow;
    bit<8> port;
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
    register<bit<9>>(1024) seen;

    apply {
        bit<32> i;
        bit<9> p;
        hash(i, HashAlgorithm.crc16, 32w0, { hdr.h.flow }, 32w1024);
        seen.read(p, i);
        if (p == 0) {
            p = std.ingress_port;
            seen.write(i, p);
            std.egress_spec = 63;
        } else {
            std.egress_spec = p;
        }
        hdr.h.port = p[7:0];
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
