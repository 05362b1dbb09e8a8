// What `##` does not make one token of stays two tokens, as it does elsewhere (6.2).
#include <core.p4>
#define RESET(name) \
action reset_ ## name(inout headers_t hdr) { \
    hdr. ## name ## _h.a = 0; \
}
header h_t { bit<8> a; }
struct headers_t {
    h_t outer_h;
}
RESET(outer)
control c(inout headers_t hdr) {
    apply { reset_outer(hdr); }
}
