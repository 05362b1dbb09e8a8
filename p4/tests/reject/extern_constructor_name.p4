// error: a constructor has the name of its extern, 7.2.11.2
#include <core.p4>
extern E {
    F(bit<8> n);
}
