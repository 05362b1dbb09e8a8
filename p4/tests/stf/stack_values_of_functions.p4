// stacks as values: function results, arguments, locals, nextIndex after shifts
#include <core.p4>
#include <v1model.p4>

header b_t { bit<1> last; bit<7> v; }
header p_t { bit<8> x; }

struct headers_t {
    b_t[4] s;
    p_t p;
}

struct meta_t { }

b_t[4] push(in b_t[4] s, in bit<7> v) {
    b_t[4] r = s;
    r.push_front(1);
    r[0] = { 0, v };
    return r;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        transition select(hdr.s.last.last, hdr.s.lastIndex) {
            (1, _): accept;
            (_, 3): reject;
            default: start;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        b_t[4] t = push(hdr.s, 9);
        hdr.s = t;
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
