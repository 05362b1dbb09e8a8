// error: field names of a structure have to be distinct, 7.2.6
#include <core.p4>
struct S {
    bit<8> a;
    bit<16> a;
}
