// error: a brace without its partner, G
#include <core.p4>
control c() { apply { } }
}
