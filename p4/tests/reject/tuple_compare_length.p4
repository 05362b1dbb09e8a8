// error: tuples of different types cannot be compared, 8.13
#include <core.p4>
control c(in tuple<bit<8>> a, in tuple<bit<8>, bit<8>> b, out bool r) {
    apply { r = a == b; }
}
