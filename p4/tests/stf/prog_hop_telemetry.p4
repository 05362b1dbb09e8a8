// Each switch pushes its id onto a stack in a telemetry header and keeps the counts right.
#include <core.p4>
#include <v1model.p4>

#define MAX_HOPS 4
header shim_t {
    bit<8> kind;
    bit<8> count;
    bit<16> length;
}
header hop_t {
    bit<32> switch_id;
    bit<13> pad;
    bit<19> depth;
}
error { CountTooLarge }

struct headers_t {
    shim_t shim;
    hop_t[MAX_HOPS] hops;
}

struct meta_t {
    bit<8> left;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.shim);
        verify(hdr.shim.count <= MAX_HOPS, error.CountTooLarge);
        meta.left = hdr.shim.count;
        transition select(hdr.shim.kind, meta.left) {
            (0x1f, 0): accept;
            (0x1f, _): hop;
            default: accept;
        }
    }
    state hop {
        pkt.extract(hdr.hops.next);
        meta.left = meta.left - 1;
        transition select(meta.left) {
            0: accept;
            default: hop;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action drop() { mark_to_drop(std); }

    apply {
        std.egress_spec = 1;
        if (std.parser_error != error.NoError) {
            drop();
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action push(bit<32> id) {
        hdr.hops.push_front(1);
        hdr.hops[0].setValid();
        hdr.hops[0].switch_id = id;
        hdr.hops[0].depth = std.deq_qdepth;
        hdr.shim.count = hdr.shim.count + 1;
        hdr.shim.length = hdr.shim.length + 8;
    }
    table me {
        actions = { push; NoAction; }
        default_action = NoAction();
    }

    apply {
        if (hdr.shim.isValid() && hdr.shim.kind == 0x1f && hdr.shim.count < MAX_HOPS) {
            me.apply();
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
