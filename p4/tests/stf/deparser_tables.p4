// Tables and actions in the deparser decide what is emitted (16).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
}

header tag_t {
    bit<8> v;
}

struct headers_t {
    h_t h;
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
    apply {
        std.egress_spec = 1;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    counter(4, CounterType.packets) emitted;
    action twice(bit<8> tag) {
        tag_t t = { tag };
        pkt.emit(t);
        pkt.emit(hdr.h);
        pkt.emit(hdr.h);
    }
    action once() { pkt.emit(hdr.h); }
    action nothing() { }
    table order {
        key = { hdr.h.a: exact; }
        actions = { twice; once; nothing; }
        default_action = once();
    }
    table tail {
        key = { hdr.h.b: exact; }
        actions = { NoAction; }
        const entries = { 1: NoAction(); }
    }

    apply {
        switch (order.apply().action_run) {
            twice: { emitted.count(1); }
            once: {
                emitted.count(1);
                if (tail.apply().hit) {
                    pkt.emit((tag_t){ 5 });
                }
            }
        }
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
