// error: two parameters of one name, 6.8
#include <core.p4>
bit<8> f(in bit<8> a, in bit<8> a) {
    return a;
}
