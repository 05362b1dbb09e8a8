// error: the size of an enum without a representation is not defined, 8.3
#include <core.p4>
enum E { a, b }
control c(in E e, out bit<8> x) {
    apply { x = (bit<8>)e.minSizeInBits(); }
}
