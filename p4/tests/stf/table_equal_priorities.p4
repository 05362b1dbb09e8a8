// Equal priorities: the entry that is written, or added, first
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
    bit<8> e;
    bit<8> f;
    bit<8> g;
    bit<8> h;
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
    action set(bit<8> v) { hdr.h.c = v; }
    action mark(bit<8> v) { hdr.h.d = v; }
    action note(bit<8> v) { hdr.h.e = v; }
    // Older programs: an annotation, the smaller number first.
    table annotated {
        key = { hdr.h.a: ternary; }
        actions = { set; }
        const entries = {
            0x10 &&& 0xf0: set(1) @priority(7);
            0x11 &&& 0xff: set(2) @priority(7);
            0x01 &&& 0x0f: set(3) @priority(7);
            0x00 &&& 0x00: set(4) @priority(3);
            0x12 &&& 0xff: set(5) @priority(3);
            0x13 &&& 0xff: set(6) @priority(2);
        }
    }
    // The language's own.
    table written {
        key = { hdr.h.a: ternary; hdr.h.b: range; }
        actions = { mark; }
        largest_priority_wins = false;
        @noWarn("duplicate_priorities") @noWarn("entries_out_of_priority_order")
        entries = {
            priority = 4: (0x10 &&& 0xf0, _): mark(1);
            priority = 4: (0x11, 0 .. 9): mark(2);
            priority = 3: (0x12, 5 .. 6): mark(3);
            priority = 3: (_, 6 .. 7): mark(4);
        }
    }
    // Those of a test.
    table added {
        key = { hdr.h.a: ternary; hdr.h.b: optional; }
        actions = { note; }
        default_action = note(0xff);
    }
    apply {
        std.egress_spec = 1;
        annotated.apply();
        written.apply();
        added.apply();
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
