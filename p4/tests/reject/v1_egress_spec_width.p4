// error: egress_spec has nine bits, 8.12.2
#include <core.p4>
#include <v1model.p4>
control c(inout standard_metadata_t s, in bit<16> port) {
    apply { s.egress_spec = port; }
}
