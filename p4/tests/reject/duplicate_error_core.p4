// error: an error that core.p4 has already declared, 7.1.2
#include <core.p4>
error { PacketTooShort }
