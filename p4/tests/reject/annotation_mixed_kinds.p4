// error: one name for a structured and an unstructured annotation, 20
#include <core.p4>
@A(1)
@A[2]
struct S { }
