// packet_length of a recirculated packet is that of the deparsed packet.
#include <core.p4>
#include <v1model.p4>

header l_t { bit<32> v; }

struct headers_t {
    l_t l;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(pkt.lookahead<bit<8>>()) {
            0xff: label;
            default: accept;
        }
    }
    state label {
        pkt.extract(hdr.l);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (!hdr.l.isValid()) {
            hdr.l.setValid();
            hdr.l.v = 0xff000000 + std.packet_length;
            recirculate_preserving_field_list(1);
        } else {
            hdr.l.v[23:12] = std.packet_length[11:0];
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
