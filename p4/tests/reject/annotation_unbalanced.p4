// error: parentheses in an annotation are balanced, 20.1
#include <core.p4>
@A((1)
    struct S { }
