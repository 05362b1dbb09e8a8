// error: an error identifier declared twice, 7.1.2
#include <core.p4>
error { Mine }
error { Mine }
