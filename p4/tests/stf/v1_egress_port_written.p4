// What egress writes to egress_port is read there, and the packet leaves by the port that was decided on.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> how;
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
    apply {
        std.egress_port = 7;
        std.egress_spec = 1;
        if (hdr.h.how == 3) {
            std.mcast_grp = 1;
        }
        if (hdr.h.how == 4) {
            clone(CloneType.I2E, 5);
        }
    }
}

control Change(inout standard_metadata_t std) {
    apply {
        std.egress_port[3:0] = 9;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set() { std.egress_port = 6; exit; }
    table t {
        key = { hdr.h.how: exact; std.egress_port: exact; }
        actions = { set; NoAction; }
        const entries = { (2, 1): set(); }
    }
    Change() change;
    apply {
        hdr.h.port = (bit<8>) std.egress_port;
        t.apply();
        if (hdr.h.how != 0) {
            change.apply(std);
            hdr.h.port = hdr.h.port << 4 | (bit<8>) std.egress_port;
        }
    }
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
