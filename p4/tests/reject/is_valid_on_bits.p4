// error: isValid is a method of headers and unions, 8.18
#include <core.p4>
control c(in bit<8> x, out bool r) {
    apply { r = x.isValid(); }
}
