// error: an extern object is passed without a direction, 6.8
#include <core.p4>
control c(in packet_out p) {
    apply { }
}
