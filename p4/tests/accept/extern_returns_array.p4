// An extern function returns a stack or an array of a named type (7.2.11.1, 7.2.3).
#include <core.p4>
header H { bit<8> a; }
struct S { bit<8> a; }
extern H[2] stack(in H[2] a);
extern S[3] array<T>(in T of);
extern bit<8>[4] bytes();
control c(inout H[2] h, inout S[3] s, inout bit<8>[4] b) {
    apply {
        h = stack(h);
        s = array(h);
        b = bytes();
    }
}
