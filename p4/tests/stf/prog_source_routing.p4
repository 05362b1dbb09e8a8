// The packet carries its own list of ports; each switch pops one.
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_ROUTE = 0x1234;
header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header route_t {
    bit<1> bos;
    bit<15> port;
}

struct headers_t {
    ethernet_t ethernet;
    route_t[9] routes;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            TYPE_ROUTE: route;
            default: accept;
        }
    }
    state route {
        pkt.extract(hdr.routes.next);
        transition select(hdr.routes.last.bos) {
            1: accept;
            default: route;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (hdr.routes[0].isValid()) {
            if (hdr.routes[0].bos == 1) {
                hdr.ethernet.type = 0x0800;
            }
            std.egress_spec = (bit<9>)hdr.routes[0].port;
            hdr.routes.pop_front(1);
        } else {
            mark_to_drop(std);
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
