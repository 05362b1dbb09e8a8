// names and forms of programs translated from the older language
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

@name("hdr_t") header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }

struct headers_t {
    h_t h;
}

struct meta_t {
    @name(".ingress_md")
    bit<8> nhop;
}

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
    @name(".set_nhop") action set_nhop(@name("nhop") bit<8> nhop_0, @name("port") bit<9> port) {
        meta.nhop = nhop_0;
        std.egress_spec = port;
        hdr.h.d = hdr.h.d - 8w1;
        hdr.h.c = nhop_0;
    }
    @name("._drop") action _drop() {
        mark_to_drop(std);
        exit;
    }
    @name("._nop") action _nop() {
    }
    @name(".acl") table acl_0 {
        actions = {
            _drop();
            _nop();
            @defaultonly NoAction();
        }
        key = {
            hdr.h.a: ternary @name("hdr.h.a");
            hdr.h.b: range @name("hdr.h.b");
        }
        size = 512;
        default_action = NoAction();
    }
    @name(".fwd") table fwd_0 {
        actions = {
            set_nhop();
            @defaultonly NoAction();
        }
        key = {
            hdr.h.w: lpm @name("hdr.h.w");
        }
        default_action = NoAction();
    }
    apply {
        std.egress_spec = 1;
        acl_0.apply();
        fwd_0.apply();
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
