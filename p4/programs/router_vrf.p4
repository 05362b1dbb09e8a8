// router.p4 with routes by VRF: what swerve-switch runs when its configuration has a [[vrf]]. A program of its own, so that nobody
// else pays for the key.

#define VRFS
#include "router.p4"
