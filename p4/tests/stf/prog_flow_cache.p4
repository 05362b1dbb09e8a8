// Unknown flows go to the controller as packet-in; packet-out goes where the controller says.
#include <core.p4>
#include <v1model.p4>

typedef bit<9> port_t;
const port_t CPU = 510;
@controller_header("packet_in")
header in_t {
    bit<16> port;
    bit<8> reason;
}
@controller_header("packet_out")
header out_t {
    bit<16> port;
}
header flow_t {
    bit<32> src;
    bit<32> dst;
}

struct headers_t {
    in_t to_cpu;
    out_t from_cpu;
    flow_t flow;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(std.ingress_port) {
            CPU: controller;
            default: flow;
        }
    }
    state controller {
        pkt.extract(hdr.from_cpu);
        transition flow;
    }
    state flow {
        pkt.extract(hdr.flow);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    direct_counter(CounterType.packets) hits;
    action cached(port_t port) {
        hits.count();
        std.egress_spec = port;
    }
    action unknown() {
        hdr.to_cpu.setValid();
        hdr.to_cpu.port = (bit<16>)std.ingress_port;
        hdr.to_cpu.reason = 1;
        std.egress_spec = CPU;
    }
    action drop() { hits.count(); mark_to_drop(std); }
    table cache {
        key = { hdr.flow.src: exact; hdr.flow.dst: exact; }
        actions = { cached; drop; @defaultonly unknown; }
        const default_action = unknown();
        size = 65536;
        counters = hits;
    }

    apply {
        if (hdr.from_cpu.isValid()) {
            std.egress_spec = (port_t)hdr.from_cpu.port;
            hdr.from_cpu.setInvalid();
        } else {
            cache.apply();
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
