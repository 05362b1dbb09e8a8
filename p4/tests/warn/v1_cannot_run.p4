// Right as far as the language goes, but v1model must know some things when it compiles: a warning where nothing is run.
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
    CloneType way = CloneType.I2E;
    HashAlgorithm algorithm = HashAlgorithm.crc16;
    varbit<32> some;
    varbit<32> other = some;
    apply {
        clone(way, 5);
        hash(hdr.h.c, algorithm, 16w0, { hdr.h.a }, 16w10);
        log_msg("{}", { other });
        digest(1, { some });
        list<bit<8>> values = { 1, hdr.h.b };
        for (bit<8> value in values) {
            hdr.h.a = value;
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
