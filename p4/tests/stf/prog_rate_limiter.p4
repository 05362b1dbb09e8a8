// Rate limits: a meter for each customer (direct, by table entry) and one for each class (by index). Yellow is marked in the
// DSCP, red is dropped and counted.
#include <core.p4>
#define V1MODEL_VERSION 20200408
#include <v1model.p4>

type bit<4> class_t;

enum bit<2> colour_t {
    GREEN = V1MODEL_METER_COLOR_GREEN,
    YELLOW = V1MODEL_METER_COLOR_YELLOW,
    RED = V1MODEL_METER_COLOR_RED
}

header ipv4_t {
    bit<8> version_ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<32> src;
}

struct headers_t {
    ipv4_t ipv4;
}

struct meta_t {
    colour_t of_customer;
    colour_t of_class;
    class_t class;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ipv4);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

// The worse of two colours.
colour_t worse(in colour_t a, in colour_t b) {
    return (bit<2>) a > (bit<2>) b ? a : b;
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    direct_meter<bit<2>>(MeterType.packets) customer_rates;
    meter<class_t>(16, MeterType.bytes) class_rates;
    counter<bit<4>>(3, CounterType.packets_and_bytes) colours;

    bit<2> read = 0;

    action customer(class_t class) {
        meta.class = class;
        customer_rates.read(read);
        meta.of_customer = (colour_t) read;
    }
    action stranger() {
        meta.class = (class_t) 0;
        meta.of_customer = colour_t.GREEN;
    }
    table customers {
        key = { hdr.ipv4.src: lpm @name("src"); }
        actions = { customer; @defaultonly stranger; }
        const default_action = stranger();
        meters = customer_rates;
        size = 256;
    }
    apply {
        std.egress_spec = 1;
        customers.apply();
        class_rates.execute_meter(meta.class, read);
        meta.of_class = (colour_t) read;
        colour_t all = worse(meta.of_customer, meta.of_class);
        colours.count(2w0 ++ (bit<2>) all);
        switch (all) {
            colour_t.RED: { mark_to_drop(std); }
            colour_t.YELLOW: { hdr.ipv4.dscp[2:1] = 2; }
            default: { }
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
        pkt.emit(hdr.ipv4);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
