// error: verify can only be called in a parser, 13.7
#include <core.p4>
control c(in bit<8> x) {
    apply { verify(x == 1, error.NoMatch); }
}
