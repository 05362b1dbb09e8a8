// Methods of results of expressions and in conditions (8).
#include <core.p4>
header H { bit<8> a; }
struct S { H[2] hs; }
extern E {
    E();
    bool test(in bit<8> x);
    S all();
}
control c(inout S s, inout bit<8> x) {
    E() e;
    apply {
        if (e.test(x) && s.hs[x].isValid() || !s.hs[0].isValid()) {
            x = e.all().hs[1].a;
        }
        bool v = e.all().hs[0].isValid();
        s = e.all();
    }
}
