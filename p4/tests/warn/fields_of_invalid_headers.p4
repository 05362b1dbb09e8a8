// Fields of headers that cannot be valid (8.27).
#include <core.p4>
header H {
    bit<8> a;
    bit<8> b;
}
struct S {
    H h;
    H g;
}
bit<8> local() {
    H h;
    bit<8> read = h.a;
    h = { 1, 2 };
    return h.a + read;
}
void of_out(out S s, in bit<8> x) {
    s.h.a = x;
    s.g.setValid();
    s.g.a = x;
}
parser p(packet_in packet, out S s) {
    state start {
        bit<8> before = s.h.a;
        packet.extract(s.h);
        transition select(s.h.a + before, s.g.b) {
            (1, 2): next;
            default: accept;
        }
    }
    state next {
        packet.extract(s.g);
        s.h.setInvalid();
        transition select(s.h.b) {
            0: accept;
        }
    }
}
control c(inout S s, inout bit<8> x) {
    H copy;
    action set() { copy = s.h; }
    apply {
        s.h.setInvalid();
        copy = s.h;
        x = copy.a;
        s.g = (H){#};
        s.g.b = 1;
        if (x == 1) {
            s.h.setInvalid();
        } else {
            s.h.setInvalid();
            s.g.setInvalid();
        }
        x = s.h.a + s.g.a;
        set();
    }
}
@noWarn("invalid_header") control quiet(inout S s) {
    apply {
        s.h.setInvalid();
        s.h.a = 1;
    }
}
control fine(inout S s, inout bit<8> x, in bool flag) {
    H h;
    S t;
    apply {
        s.h.setInvalid();
        if (flag) {
            s.h.setValid();
        }
        s.h.a = 1;
        t = s;
        if (h.isValid() && h.a == 1 || t.g.a == 2) {
            x = h.a;
        }
        of_out(s, x);
        x = s.g.a;
        s.h = s.g;
        x = s.h.b;
    }
}
