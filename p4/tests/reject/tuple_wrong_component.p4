// error: a component of another type, 8.13
#include <core.p4>
control c() {
    apply { tuple<bit<8>, bool> t = { 1, 2 }; }
}
