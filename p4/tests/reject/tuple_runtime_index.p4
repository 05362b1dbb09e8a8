// error: tuple indexes are known at compile time, 8.13
#include <core.p4>
control c(in tuple<bit<8>, bit<8>> t, in bit<8> i, out bit<8> x) {
    apply { x = t[i]; }
}
