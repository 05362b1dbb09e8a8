// error: a tuple has no such component, 8.13
#include <core.p4>
control c(in tuple<bit<8>, bit<8>> t, out bit<8> x) {
    apply { x = t[2]; }
}
