// A count-min sketch finds heavy hitters; they are dropped above a limit from a table.
#include <core.p4>
#include <v1model.p4>

header f_t {
    bit<32> src;
    bit<32> dst;
}

struct headers_t {
    f_t f;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.f);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<16>>(64) row0;
    register<bit<16>>(64) row1;
    register<bit<16>>(64) row2;
    bit<16> limit = 0xffff;
    bit<16> least;
    action bump0() {
        bit<32> i;
        bit<16> n;
        hash(i, HashAlgorithm.crc32, 32w0, { hdr.f.src, hdr.f.dst }, 32w64);
        row0.read(n, i);
        n = n |+| 1;
        row0.write(i, n);
        least = n;
    }
    action bump1() {
        bit<32> i;
        bit<16> n;
        hash(i, HashAlgorithm.crc16, 32w0, { hdr.f.src, hdr.f.dst }, 32w64);
        row1.read(n, i);
        n = n |+| 1;
        row1.write(i, n);
        least = n < least ? n : least;
    }
    action bump2() {
        bit<32> i;
        bit<16> n;
        hash(i, HashAlgorithm.xor16, 32w0, { hdr.f.src, hdr.f.dst }, 32w64);
        row2.read(n, i);
        n = n |+| 1;
        row2.write(i, n);
        least = n < least ? n : least;
    }
    action set_limit(bit<16> n) { limit = n; }
    table limits {
        key = { hdr.f.dst: lpm; }
        actions = { set_limit; NoAction; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        @atomic {
            bump0();
            bump1();
            bump2();
        }
        limits.apply();
        if (least > limit) {
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
