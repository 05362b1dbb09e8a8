// A cable made of software: what comes in on port 0 goes out of port 1 and the other way round; likewise 2 and 3, 4 and 5.
#include <core.p4>
#include <v1model.p4>

struct headers_t {}  // nothing of the packet is looked at: all of it is payload
struct metadata_t {} // and nothing is remembered about it

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start { transition accept; }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply { std.egress_spec = std.ingress_port ^ 1; }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply {} }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control deparse(packet_out packet, in headers_t hdr) { apply {} }

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
