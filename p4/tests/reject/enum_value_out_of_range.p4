// error: a value that the representation cannot hold, 7.2.1
#include <core.p4>
enum bit<8> E {
    first = 1,
    unrepresentable = 300
}
