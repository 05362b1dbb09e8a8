// error: tables are declared in controls, F
#include <core.p4>
table t {
    actions = { NoAction; }
}
