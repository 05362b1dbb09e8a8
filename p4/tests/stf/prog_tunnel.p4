// An encapsulation of our own: tunnelled packets go by the tunnel's id, others by their address; the end removes it.
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_TUNNEL = 0x1212;
const bit<16> TYPE_IPV4 = 0x0800;
header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header tunnel_t {
    bit<16> protocol;
    bit<16> id;
}
header ip_t {
    bit<64> front;
    bit<8> ttl;
    bit<24> mid;
    bit<32> src;
    bit<32> dst;
}

struct headers_t {
    ethernet_t ethernet;
    tunnel_t tunnel;
    ip_t ip;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            TYPE_TUNNEL: tunnel;
            TYPE_IPV4: ip;
            default: accept;
        }
    }
    state tunnel {
        pkt.extract(hdr.tunnel);
        transition select(hdr.tunnel.protocol) {
            TYPE_IPV4: ip;
            default: accept;
        }
    }
    state ip {
        pkt.extract(hdr.ip);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    counter(65536, CounterType.packets_and_bytes) into;
    counter(65536, CounterType.packets) out_of;
    action drop() { mark_to_drop(std); }
    action enter(bit<16> id) {
        hdr.tunnel.setValid();
        hdr.tunnel.id = id;
        hdr.tunnel.protocol = hdr.ethernet.type;
        hdr.ethernet.type = TYPE_TUNNEL;
        into.count((bit<32>)id);
    }
    action plain(bit<9> port) { std.egress_spec = port; }
    action pass(bit<9> port) { std.egress_spec = port; }
    action leave(bit<48> mac, bit<9> port) {
        out_of.count((bit<32>)hdr.tunnel.id);
        hdr.ethernet.dst = mac;
        hdr.ethernet.type = hdr.tunnel.protocol;
        hdr.tunnel.setInvalid();
        std.egress_spec = port;
    }
    table routes {
        key = { hdr.ip.dst: lpm; }
        actions = { enter; plain; drop; }
        default_action = drop();
    }
    table tunnels {
        key = { hdr.tunnel.id: exact; }
        actions = { pass; leave; drop; }
        default_action = drop();
    }

    apply {
        if (hdr.ip.isValid() && !hdr.tunnel.isValid()) {
            routes.apply();
        }
        if (hdr.tunnel.isValid()) {
            tunnels.apply();
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
