// error: key-value pairs and expressions in one structured annotation, 20.2
#include <core.p4>
@A[k=1, 2]
struct S { }
