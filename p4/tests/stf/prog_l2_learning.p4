// L2 learning: an unknown source makes a digest; unknown destinations are flooded, not back.
#include <core.p4>
#include <v1model.p4>

struct learned_t {
    bit<48> mac;
    bit<9> port;
}
header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

struct headers_t {
    ethernet_t ethernet;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action learn() {
        digest<learned_t>(1, { mac = hdr.ethernet.src, port = std.ingress_port });
    }
    action forward(bit<9> port) {
        std.egress_spec = port;
    }
    action flood() {
        std.mcast_grp = 1;
    }
    table source {
        key = { hdr.ethernet.src: exact; }
        actions = { learn; NoAction; }
        const default_action = learn();
        size = 4096;
    }
    table destination {
        key = { hdr.ethernet.dst: exact; }
        actions = { forward; flood; }
        const default_action = flood();
        size = 4096;
    }

    apply {
        source.apply();
        destination.apply();
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (std.instance_type == 5 && std.egress_port == std.ingress_port) {
            mark_to_drop(std);
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
