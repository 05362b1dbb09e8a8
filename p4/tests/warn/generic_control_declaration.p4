// Control declarations are not generic by section 14, and are by 15.1: accepted, and said.
#include <core.p4>
control c<H>(inout H h) {
    apply { }
}
