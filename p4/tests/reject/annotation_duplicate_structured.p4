// error: a structured annotation used twice on one element, 20
#include <core.p4>
@A[1]
@A[2]
struct S { }
