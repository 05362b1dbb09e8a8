// error: an error is no l-value, 6.7
#include <core.p4>
control c() {
    apply { error.NoError = error.NoMatch; }
}
