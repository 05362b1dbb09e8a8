// Errors in structures, tuples, functions and switches (7.2.9, 8.2).
#include <core.p4>
error { Strange, Stranger }
error { Strangest }
struct S { error e; tuple<error, bool> t; }
error worse(in error e) {
    if (e == error.Strange) { return error.Stranger; }
    return error.Strangest;
}
control c(inout S s) {
    apply {
        s.e = worse(s.e);
        s.t = { s.e, s.e != error.NoError };
        switch (s.e) {
            error.NoError:
            error.Strange: { s.e = error.NoMatch; }
            default: { }
        }
    }
}
