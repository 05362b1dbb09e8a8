// More places in a message than values to put there.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<8> b; }
struct headers_t { h_t h; }
struct meta_t { }
parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}
control Vrf(inout headers_t hdr, inout meta_t meta) { apply { } }
control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        log_msg("a {} b {}", { hdr.h.a });
        log_msg("a {} b {}", { hdr.h.a, hdr.h.b });
        log_msg("nothing {}");
    }
}
control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control Upd(inout headers_t hdr, inout meta_t meta) { apply { } }
control Dep(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
