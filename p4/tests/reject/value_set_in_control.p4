// error: a value set is declared in a parser, 13.11
#include <core.p4>
control c(in bit<8> x) {
    value_set<bit<8>>(4) vs;
    apply { }
}
