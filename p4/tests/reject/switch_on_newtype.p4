// error: a switch is not on a type made by `type`, 12.7.2
#include <core.p4>
type bit<9> Port;
control c(in Port port, inout bit<8> x) {
    apply {
        switch (port) {
            (Port) 1: { x = 1; }
        }
    }
}
