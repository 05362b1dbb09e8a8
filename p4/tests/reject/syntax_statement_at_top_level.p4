// error: statements are not declarations, 6.6
#include <core.p4>
control c() { apply { } }
if (true) { }
