// A table with a direct meter that a packet passes twice: the meter sees one packet twice before it sees the next, whatever the
// length of the vectors.
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> k; bit<8> first; bit<8> second; }

struct headers_t { h_t h; }
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
    direct_meter<bit<8>>(MeterType.packets) m;
    bit<8> colour = 0xff;
    action ask() { m.read(colour); }
    table t {
        key = { hdr.h.k: exact; }
        actions = { ask; NoAction; }
        default_action = NoAction;
        meters = m;
    }

    apply {
        std.egress_spec = 1;
        t.apply();
        hdr.h.first = colour;
        t.apply();
        hdr.h.second = colour;
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
