// error: control declarations are not generic, 14
#include <core.p4>
control c<H>(inout H h) {
    apply { }
}
