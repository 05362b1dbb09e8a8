// error: both operands of a string concatenation must be strings, 8.6
#include <core.p4>
extern void log(string s);
control c(in bit<8> x) {
    apply { log("x = " ++ x); }
}
