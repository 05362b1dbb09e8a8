// error: no instances of controls at the top level, 11.3.2
#include <core.p4>
control c() { apply { } }
c() inst;
