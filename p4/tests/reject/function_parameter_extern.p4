// error: an extern object cannot be a parameter with a direction of a function, F
#include <core.p4>
extern E {
    E();
}
void f(inout E e) { }
