// error: a function cannot call itself, 10
#include <core.p4>
bit<8> f(in bit<8> x) {
    return x == 0 ? 8w0 : f(x - 1);
}
