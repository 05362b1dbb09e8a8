// error: packages cannot be overloaded, 7.2.11.2
#include <core.p4>
control C();
package P(C c);
package P(C c, C d);
