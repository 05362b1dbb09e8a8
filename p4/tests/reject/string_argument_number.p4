// error: a number is no string, 8.6
#include <core.p4>
extern void log(string s);
control c() {
    apply { log(5); }
}
