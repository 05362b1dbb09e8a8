// A table without keys, whose default action has parameters.
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action use(bit<9> port, bit<48> source) {
        std.egress_spec = port;
        hdr.ethernet.src = source;
    }
    action refuse() {
        mark_to_drop(std);
    }
    table settings {
        actions = { use; refuse; }
        default_action = use(2, 0x020000000001);
    }

    apply {
        settings.apply();
    }
}

PROGRAM
