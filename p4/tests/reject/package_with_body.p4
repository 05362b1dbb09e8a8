// error: a package has no body, 7.2.14
#include <core.p4>
package P() { }
