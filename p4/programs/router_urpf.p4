// router.p4 with reverse path checks (RFC 3704): what swerve-switch runs when an interface has `urpf`. A program of its own, so that
// nobody else pays for the look-ups.

#define CHECK_SOURCES
#include "router.p4"
