// error: `this` is for the methods of an object, 11.3.1
#include <core.p4>
control c(inout bit<8> x) {
    apply { this.run(); }
}
