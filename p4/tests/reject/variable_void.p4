// error: void is no type of a variable, 7.1.1
#include <core.p4>
control c() {
    apply {
        void v;
    }
}
