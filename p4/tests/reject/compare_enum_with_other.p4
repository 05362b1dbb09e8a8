// error: values of two enums cannot be compared, 8.3
#include <core.p4>
enum E { a }
enum F { a }
control c(in E e, in F f, out bool r) {
    apply { r = e == f; }
}
