// All the explicit casts (8.12.1).
#include <core.p4>
typedef bit<8> u8;
type bit<8> n8;
enum bit<8> E { a = 1 }
struct S { bit<8> x; }
header H { bit<8> x; }
control c(inout bit<1> b1, inout bit<8> b8, inout int<8> i8, inout bool t) {
    apply {
        t = (bool)b1;
        b1 = (bit<1>)t;
        t = (bool)1;
        b8 = (bit<8>)i8;
        i8 = (int<8>)b8;
        b1 = (bit<1>)b8;
        i8 = (int<8>)(int<16>)i8;
        b8 = (u8)b8;
        n8 n = (n8)b8;
        b8 = (bit<8>)n;
        E e = (E)b8;
        b8 = (bit<8>)e;
        e = (E)e;
        S s = (S){ x = 1 };
        s = (S)s;
        H h = (H){ 1 };
        h = (H){#};
        b8 = (bit<8>)-1;
        b8 = (bit<8>)300;
        const int K = (int)8w5;
    }
}
