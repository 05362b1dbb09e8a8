// error: a key twice in a structured annotation, 20.2
#include <core.p4>
@A[k=1, k=2]
struct S { }
