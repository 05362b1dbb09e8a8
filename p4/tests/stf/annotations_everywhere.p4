// Annotations of both kinds in every place do not change a program (20).
#include <core.p4>
#include <v1model.p4>

@pragma_like(anything goes [here] {x} + "y")
@Structured[a=1, b="two", c=true]
header a_t {
    @Length[8] bit<8> a;
    @hidden bit<8> b;
}

struct headers_t {
    @name("outer") a_t h;
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
    @noWarn("unused")
    action set(@unit("bytes") bit<8> v) { hdr.h.a = v; }
    @Empty[]
    @List[1, "x", 2 + 3,]
    table t {
        key = { hdr.h.b: exact @name("k") @Key[9]; }
        actions = { @tableonly set; @defaultonly NoAction; }
        @deprecated_property size = 4;
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        @likely {
            t.apply();
        }
        if (hdr.h.b == 9) @unlikely {
            hdr.h.a = 9;
        }
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
