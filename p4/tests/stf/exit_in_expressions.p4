// An action that exits ends the expression that applied its table, wherever that stands (12.5).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> op;
    bit<8> k;
    bit<8> r;
    bit<8> s;
}

bit<8> noted(in bool hit, inout bit<8> r) {
    r = r | 0x10;
    return hit ? 8w1 : 2;
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
    bit<8>[2] pair = { 0, 0 };
    action leave() {
        hdr.h.s = 0xee;
        exit;
    }
    action stay() { hdr.h.s = 0x01; }
    action second() { hdr.h.r = hdr.h.r | 0x20; }
    table t {
        key = { hdr.h.k: exact; }
        actions = { leave; stay; }
        const default_action = stay();
        const entries = {
            1: leave();
            2: stay();
        }
    }
    table by_key {
        key = { t.apply().hit: exact @name("hit"); hdr.h.k: exact; }
        actions = { second; }
        const default_action = second();
    }
    apply {
        std.egress_spec = 1;
        switch (hdr.h.op) {
            1: {
                if (t.apply().hit) { hdr.h.r = 1; } else { hdr.h.r = 2; }
            }
            2: {
                switch (t.apply().action_run) {
                    leave: { hdr.h.r = 1; }
                    stay: { hdr.h.r = 2; }
                }
            }
            3: { hdr.h.r = t.apply().hit ? 8w1 : 2; }
            4: { hdr.h.r = noted(t.apply().hit, hdr.h.r); }
            5: { by_key.apply(); }
            6: {
                bool both = hdr.h.k != 9 && t.apply().miss;
                hdr.h.r = both ? 8w1 : 2;
            }
            7: {
                pair[noted(t.apply().miss, hdr.h.r) & 1] = 7;
                hdr.h.r = hdr.h.r | pair[0] | (pair[1] << 1);
            }
            8: {
                for (bit<8> i = 0; t.apply().hit && i < 3; i += 1) {
                    hdr.h.r += 1;
                }
            }
        }
        hdr.h.op = 0xff;
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
