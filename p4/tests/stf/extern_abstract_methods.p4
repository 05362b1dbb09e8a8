// Abstract methods of an extern of the program's own: their bodies are P4, and run. 11.3.1
#include <core.p4>
#include <v1model.p4>

extern Adder {
    Adder();
    abstract bit<8> twice(in bit<8> x);
    abstract bit<8> next(in bit<8> x, out bool wrapped);
    abstract void count();
}

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> count;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

Adder() outside = {
    bit<8> twice(in bit<8> x) {
        bit<8> y = x;
        return x + y;
    }
    bit<8> next(in bit<8> x, out bool wrapped) {
        wrapped = x == 0xff;
        return x + 1;
    }
    void count() { }
};

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    bit<8> calls = 0;

    Adder() inside = {
        bit<8> twice(in bit<8> x) {
            calls = calls + 1;
            if (x > 100) {
                return 0;
            }
            return outside.twice(x) + 1;
        }
        bit<8> next(in bit<8> x, out bool wrapped) {
            bit<8> once = this.twice(x);
            wrapped = once < x;
            return this.twice(once);
        }
        void count() {
            calls = calls + 0x10;
        }
    };

    apply {
        std.egress_spec = 1;
        bool wrapped;
        hdr.h.a = outside.twice(hdr.h.a);
        hdr.h.b = inside.next(hdr.h.b, wrapped);
        if (wrapped) {
            hdr.h.c = outside.next(hdr.h.c, wrapped);
            inside.count();
        }
        hdr.h.d = calls | (wrapped ? 8w0x80 : 0);
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
