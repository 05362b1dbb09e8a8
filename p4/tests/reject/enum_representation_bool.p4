// error: the representation is bit<W> or int<W>, 7.2.1
#include <core.p4>
enum bool E { a = true }
