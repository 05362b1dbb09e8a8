// router.p4 with routes by VRF and with reverse path checks, for configurations with both.

#define VRFS
#define CHECK_SOURCES
#include "router.p4"
