// error: a keyword cannot be a name, B
#include <core.p4>
control c(inout bit<8> table) {
    apply { }
}
