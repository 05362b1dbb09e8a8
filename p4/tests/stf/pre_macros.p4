// Object macros, function macros, redefinition after #undef, and continued lines (6.2).
#define WIDTH 8
#define ONE 1
#define ADD(x, y) ((x) + (y))
#define TWICE(x) ADD(x, x)
#define FIELD(n) bit<WIDTH> n;
#define LONG (ONE + \
ONE)
#include <core.p4>
#include <v1model.p4>

header h_t {
FIELD(a)
FIELD(b)
FIELD(c)
}
#undef ONE
#define ONE 5
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
    std.egress_spec = 1;
    hdr.h.b = TWICE(hdr.h.a * 2);
    hdr.h.c = LONG; // ONE is 5 by now
}
}
control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control Upd(inout headers_t hdr, inout meta_t meta) { apply { } }
control Dep(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
