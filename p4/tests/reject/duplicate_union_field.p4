// error: field names of a header union have to be distinct, 7.2.5
#include <core.p4>
header A { bit<8> x; }
header_union U {
    A a;
    A a;
}
