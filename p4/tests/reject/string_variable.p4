// error: no variables of type string, 7.1.5
#include <core.p4>
control c() {
    apply {
        string s = "x";
    }
}
