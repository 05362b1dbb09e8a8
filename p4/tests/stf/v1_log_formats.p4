// log_msg with structures, headers, enums, errors, bools and no arguments at all.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

enum Way { up, down }
struct s_t { bit<8> a; bool b; }

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
        std.egress_spec = 1;
        s_t s = { hdr.h.a, true };
        Way w = Way.down;
        log_msg("plain, with {} and {");
        log_msg("{} {} {} {}", { s, hdr.h, w, std.parser_error });
        log_msg("{}", { s.b });
        log_msg("too few {} {} {}", { hdr.h.a });
        log_msg("too many", { hdr.h.a, s });
        hdr.h.a = hdr.h.a + 1;
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
