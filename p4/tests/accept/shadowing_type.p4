// A local name may hide the name of a type's member or an action (6.9).
#include <core.p4>
action set(inout bit<8> a) { a = 1; }
control c(inout bit<8> v) {
    action set(inout bit<8> a) { a = 2; }
    apply {
        set(v);
        .set(v);
    }
}
