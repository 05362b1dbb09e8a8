// error: every element of a list has the same type, 7.2.8
#include <core.p4>
extern E {
    E(list<bit<8>> l);
}
E((list<bit<8>>){ 1, true }) e;
