// error: no variables of type int, 11.2
#include <core.p4>
control c() {
    apply {
        int x = 5;
    }
}
