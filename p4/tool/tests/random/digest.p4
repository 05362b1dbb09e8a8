// Nothing here makes a packet stop between ingress and egress.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> x; }
struct Headers { h_t h; }
struct Meta { }
parser Parser_(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control Verify_(inout Headers hdr, inout Meta meta) { apply { } }
control Ingress_(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {
    apply {
        digest(1, { hdr.h.x });
        hdr.h.x = 0;
    }
}
control Egress_(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) {
    apply { digest(2, { sm.egress_port }); }
}
control Compute_(inout Headers hdr, inout Meta meta) { apply { digest(3, { hdr.h.x }); } }
control Deparser_(packet_out packet, in Headers hdr) {
    apply {
        packet.emit(hdr);
        digest(4, { hdr.h.x });
    }
}
V1Switch(Parser_(), Verify_(), Ingress_(), Egress_(), Compute_(), Deparser_()) main;
