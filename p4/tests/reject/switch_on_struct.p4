// error: a switch expression is a number, an enum or an error, 12.7.2
#include <core.p4>
struct S { bit<8> a; }
control c(in S s) {
    apply {
        switch (s) {
            default: { }
        }
    }
}
