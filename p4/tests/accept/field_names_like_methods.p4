// isValid, setValid and minSizeInBits are legal field names (7.2.2).
#include <core.p4>
header H {
    bit<8> isValid;
    bit<8> setValid;
    bit<8> minSizeInBits;
}
struct S {
    H h;
    bit<8> size;
    bit<8> next;
    bit<8> last;
    bit<8> hit;
}
control c(inout S s) {
    apply {
        s.h.isValid = s.size;
        s.h.minSizeInBits = s.next + s.last;
        s.hit = s.h.setValid;
    }
}
