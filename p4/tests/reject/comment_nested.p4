// error: comments do not nest, 6.4.2
#include <core.p4>
/* outer /* inner */ still outer */
struct S { }
