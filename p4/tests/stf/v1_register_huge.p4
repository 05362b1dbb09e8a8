// Arrays as large as an index of 32 bits reaches: what is not written takes no memory.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
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
    register<bit<8>>(32w0xffffffff) r;
    register<bit<100>>(1 << 27) w;
    counter(100000000, CounterType.packets) n;

    apply {
        std.egress_spec = 1;
        bit<32> at = (bit<32>)hdr.h.c << 16 | 0xfffe;
        bit<100> wide;
        r.write(at, hdr.h.a);
        r.read(hdr.h.b, 0xfffefffe);
        n.count(99999999);
        w.read(wide, (1 << 27) - 1);
        w.write((1 << 27) - 1, wide + 1);
        hdr.h.c = wide[15:0];
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
