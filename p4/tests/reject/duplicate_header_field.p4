// error: field names of a header have to be distinct, 7.2.2
#include <core.p4>
header H {
    bit<8> a;
    bit<8> a;
}
