"""Frames of the profiles: UDP from the networks behind one side of swerve to those behind the other."""

from trex.stl.api import *

# RFC 2544 appendix C.2.2: the benchmark networks, one half behind TRex port 0, the other behind ports 1 and 2.
LEFT = "198.18.0.0"
RIGHT = "198.19.0.0"

# RFC 2544 9.1, with the check sequence, which TRex leaves to the device.
SIZES = (64, 128, 256, 512, 1024, 1280, 1518)
CHECK_SEQUENCE = 4


def address(network, number):
    """The address of this number in a /16."""
    high, low, _, _ = network.split(".")
    return "%s.%s.%d.%d" % (high, low, number >> 8 & 255, number & 255)


def builder(direction, size, flows):
    """A frame of `size` bytes on the wire that goes through `flows` destinations, one after the other."""
    if size not in range(64, 9601):
        raise ValueError("a frame of %s bytes: 64 to 9600 are possible" % size)
    if flows not in range(1, 65536):
        raise ValueError("%s flows: 1 to 65535 are possible" % flows)
    source, target = (LEFT, RIGHT) if direction % 2 == 0 else (RIGHT, LEFT)
    frame = Ether() / IP(src=address(source, 1), dst=address(target, 1)) / UDP(sport=1025, dport=12)
    frame = frame / (b"x" * (size - CHECK_SEQUENCE - len(frame)))
    program = STLScVmRaw(
        [
            STLVmFlowVar("to", min_value=address(target, 1), max_value=address(target, flows), size=4, op="inc"),
            STLVmWrFlowVar("to", pkt_offset="IP.dst"),
            STLVmFixIpv4(offset="IP"),
        ]
    )
    return STLPktBuilder(pkt=frame, vm=program if flows > 1 else None)
