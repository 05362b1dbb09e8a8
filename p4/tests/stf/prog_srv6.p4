// IPv6 segment routing: an endpoint copies the next segment to the destination, the last one removes the header.
#include <core.p4>
#include <v1model.p4>

header ipv6_t {
    bit<4> version;
    bit<8> class;
    bit<20> flow;
    bit<16> length;
    bit<8> next;
    bit<8> hops;
    bit<128> src;
    bit<128> dst;
}
header srh_t {
    bit<8> next;
    bit<8> length;
    bit<8> type;
    bit<8> left;
    bit<8> last_entry;
    bit<8> flags;
    bit<16> tag;
}
header segment_t {
    bit<128> addr;
}

struct headers_t {
    ipv6_t ip;
    srh_t srh;
    segment_t[4] segments;
}

struct meta_t {
    bit<8> remaining;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.next) {
            43: srh;
            default: accept;
        }
    }
    state srh {
        pkt.extract(hdr.srh);
        verify(hdr.srh.last_entry < 4, error.StackOutOfBounds);
        meta.remaining = hdr.srh.last_entry + 1;
        transition segment;
    }
    state segment {
        pkt.extract(hdr.segments.next);
        meta.remaining = meta.remaining - 1;
        transition select(meta.remaining) {
            0: accept;
            default: segment;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action drop() { mark_to_drop(std); }
    action forward(bit<9> port) {
        hdr.ip.hops = hdr.ip.hops - 1;
        std.egress_spec = port;
    }
    action endpoint() {
        hdr.srh.left = hdr.srh.left - 1;
        hdr.ip.dst = hdr.segments[hdr.srh.left].addr;
    }
    action decapsulate() {
        hdr.ip.next = hdr.srh.next;
        hdr.ip.length = hdr.ip.length - ((bit<16>)hdr.srh.length * 8 + 8);
        hdr.srh.setInvalid();
        for (bit<8> i in 0 .. 3) {
            hdr.segments[i].setInvalid();
        }
    }
    table local_sids {
        key = { hdr.ip.dst: exact; }
        actions = { endpoint; NoAction; }
        default_action = NoAction();
    }
    table routes {
        key = { hdr.ip.dst: lpm; }
        actions = { forward; drop; }
        default_action = drop();
    }

    apply {
        if (std.parser_error != error.NoError) {
            drop();
            return;
        }
        if (hdr.srh.isValid() && hdr.srh.left > 0) {
            if (local_sids.apply().hit) {
                if (hdr.srh.left == 0) {
                    decapsulate();
                }
            }
        }
        routes.apply();
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
