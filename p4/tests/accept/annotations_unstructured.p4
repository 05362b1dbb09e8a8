// Unstructured annotations hold any balanced tokens (20.1).
#include <core.p4>
@A
@B()
@C(1, two "three" ( nested [ { ) && <<= ... header struct)
        @C(again)
        @noWarn("unused")
        struct S {
            @D(x) bit<8> a;
            @E @F(if else for) bit<8> b;
        }
