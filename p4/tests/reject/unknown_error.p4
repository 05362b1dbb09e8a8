// error: an error that was never declared, 8.2
#include <core.p4>
control c(inout error e) {
    apply { e = error.NeverDeclared; }
}
