// parser_error of the parser in ingress and in a table.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

header e_t { bit<8> code; }

struct headers_t {
    h_t h;
    e_t more;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        pkt.extract(hdr.more);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<8> v) { hdr.h.a = v; }
    table t {
        key = { std.parser_error: exact; }
        actions = { set; }
        default_action = set(0xdd);
        const entries = {
            error.NoError: set(1);
            error.PacketTooShort: set(2);
        }
    }

    apply {
        std.egress_spec = 1;
        t.apply();
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
