// A small cache in the switch: registers answer GET, PUT writes them, misses go to the server.
#include <core.p4>
#include <v1model.p4>

enum bit<8> Op { get = 1, put = 2, reply = 3 }
header kv_t {
    Op op;
    bit<8> pad;
    bit<16> key;
    bit<64> value;
}

struct headers_t {
    kv_t kv;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.kv);
        transition select(hdr.kv.op) {
            Op.get: accept;
            Op.put: accept;
            Op.reply: accept;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<64>>(256) values;
    register<bit<17>>(256) tags;

    apply {
        bit<32> slot = (bit<32>)(hdr.kv.key & 0xff);
        bit<17> tag;
        std.egress_spec = 9;
        if (std.parser_error == error.NoError) {
            switch (hdr.kv.op) {
                Op.get: {
                    tags.read(tag, slot);
                    if (tag == 1w1 ++ hdr.kv.key) {
                        values.read(hdr.kv.value, slot);
                        hdr.kv.op = Op.reply;
                        std.egress_spec = std.ingress_port;
                    }
                }
                Op.put: {
                    @atomic {
                        tags.write(slot, 1w1 ++ hdr.kv.key);
                        values.write(slot, hdr.kv.value);
                    }
                }
            }
        } else {
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
