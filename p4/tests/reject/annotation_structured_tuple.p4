// error: no tuples in a structured annotation, 20.2
#include <core.p4>
@A[{1, 2}]
struct S { }
