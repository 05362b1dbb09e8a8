// Ten levels of conditions and blocks.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<8> r;
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
    apply {
        std.egress_spec = 1;
        {
            {
                {
                    {
                        {
                            hdr.h.r = 1;
                            if (hdr.h.a[0:0] == 1) { hdr.h.r = 2;
                                if (hdr.h.a[1:1] == 1) { hdr.h.r = 3;
                                    if (hdr.h.a[2:2] == 1) { hdr.h.r = 4;
                                        if (hdr.h.a[3:3] == 1) { hdr.h.r = 5;
                                            if (hdr.h.a[4:4] == 1) { hdr.h.r = 6;
                                            } else { hdr.h.r = hdr.h.r + 0x50; }
                                        } else { hdr.h.r = hdr.h.r + 0x40; }
                                    } else { hdr.h.r = hdr.h.r + 0x30; }
                                } else { hdr.h.r = hdr.h.r + 0x20; }
                            } else { hdr.h.r = hdr.h.r + 0x10; }
                        }
                    }
                }
            }
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
