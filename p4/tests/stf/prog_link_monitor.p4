// Probes collect the bytes that left each port since the last probe, and go where their list says.
#include <core.p4>
#include <v1model.p4>

#define MAX_PORTS 8
#define MAX_HOPS 4
header ethernet_t {
    bit<16> type;
}
header probe_t {
    bit<8> hops;
}
header forward_t {
    bit<8> port;
}
header data_t {
    bit<8> switch_id;
    bit<8> port;
    bit<32> bytes;
    bit<48> last_time;
}

struct headers_t {
    ethernet_t ethernet;
    probe_t probe;
    data_t[MAX_HOPS] data;
    forward_t[MAX_HOPS] forward;
}

struct meta_t {
    bit<8> left;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x0812: probe;
            default: accept;
        }
    }
    state probe {
        pkt.extract(hdr.probe);
        meta.left = hdr.probe.hops;
        transition select(meta.left) {
            0: forward;
            default: data;
        }
    }
    state data {
        pkt.extract(hdr.data.next);
        meta.left = meta.left - 1;
        transition select(meta.left) {
            0: forward;
            default: data;
        }
    }
    state forward {
        pkt.extract(hdr.forward.next);
        transition select(hdr.forward.last.port) {
            0xff: accept;
            default: forward;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (hdr.probe.isValid()) {
            std.egress_spec = (bit<9>)hdr.forward[0].port;
            hdr.forward.pop_front(1);
            hdr.probe.hops = hdr.probe.hops + 1;
        } else {
            std.egress_spec = 3;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<32>>(MAX_PORTS) bytes;
    register<bit<48>>(MAX_PORTS) times;
    action set_id(bit<8> id) {
        hdr.data[0].switch_id = id;
    }
    table id {
        actions = { set_id; NoAction; }
        default_action = set_id(0x51);
    }

    apply {
        bit<32> at = (bit<32>)std.egress_port;
        bit<32> count;
        bytes.read(count, at);
        count = count + std.packet_length;
        if (hdr.probe.isValid()) {
            hdr.data.push_front(1);
            hdr.data[0].setValid();
            id.apply();
            hdr.data[0].port = (bit<8>)at;
            hdr.data[0].bytes = count;
            times.read(hdr.data[0].last_time, at);
            times.write(at, std.egress_global_timestamp);
            count = 0;
        }
        bytes.write(at, count);
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
