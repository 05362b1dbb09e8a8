// Which error a parser ends with, where several would do, and what is extracted by then (13.5 to 13.10).
#include <core.p4>
#include <v1model.p4>

error { Mine }

header h_t {
    bit<8> op;
    bit<8> b;
}

header v_t {
    bit<8> l;
    varbit<32> v;
}

header told_t {
    bit<8> error_;
    bit<8> first;
    bit<8> x;
}

struct headers_t {
    told_t told;
    h_t h;
    h_t[2] st;
    v_t v;
}

struct meta_t {
    bit<8> x;
}

parser Sub(packet_in pkt, out h_t h, inout bit<8> count) {
    state start {
        count = count + 1;
        pkt.extract(h);
        verify(h.op != 9, error.Mine);
        transition accept;
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Sub() sub;
    state start {
        pkt.extract(hdr.h);
        meta.x = 1;
        transition select(hdr.h.op) {
            1: stack;
            2: variable;
            3: skip;
            4: look;
            5: subs;
            6: index;
            7: no_match;
            8: refuse;
            default: accept;
        }
    }
    state stack {
        pkt.extract(hdr.st.next);
        pkt.extract(hdr.st.next);
        meta.x = 2;
        pkt.extract(hdr.st.next);
        meta.x = 3;
        transition accept;
    }
    state variable {
        pkt.extract(hdr.v, (bit<32>)hdr.h.b);
        meta.x = 4;
        transition accept;
    }
    state skip {
        pkt.advance((bit<32>)hdr.h.b);
        meta.x = 5;
        transition accept;
    }
    state look {
        meta.x = pkt.lookahead<bit<8>>();
        meta.x = pkt.lookahead<h_t>().b;
        transition accept;
    }
    state subs {
        sub.apply(pkt, hdr.st[0], meta.x);
        sub.apply(pkt, hdr.st[1], meta.x);
        transition accept;
    }
    state index {
        meta.x = 6;
        pkt.extract(hdr.st[1]);
        transition select(hdr.st.last.op) {
            default: accept;
        }
    }
    state no_match {
        transition select(hdr.h.b) {
            1: accept;
        }
    }
    state refuse {
        transition reject;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.told = { 0, 0, meta.x };
        if (hdr.st[0].isValid()) {
            hdr.told.first = 1;
        }
        switch (std.parser_error) {
            error.NoError: { hdr.told.error_ = 0; }
            error.PacketTooShort: { hdr.told.error_ = 1; }
            error.NoMatch: { hdr.told.error_ = 2; }
            error.StackOutOfBounds: { hdr.told.error_ = 3; }
            error.HeaderTooShort: { hdr.told.error_ = 4; }
            error.Mine: { hdr.told.error_ = 5; }
            default: { hdr.told.error_ = 0xff; }
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
