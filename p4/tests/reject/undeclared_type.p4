// error: use of a type that is not declared, 6.9
#include <core.p4>
control c(inout Missing x) {
    apply { }
}
