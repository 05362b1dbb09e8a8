"""Throughput: frames of one size, both ways, at the rate that the caller asks for.

    start -f profiles/throughput.py -p 0 1 -m 100% -t --size 64 --flows 65535
"""

import argparse

from trex.stl.api import *

from frames import SIZES, builder


class Throughput:
    def get_streams(self, direction, tunables, port_id, **kwargs):
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--size", type=int, default=64, help="bytes on the wire; RFC 2544 takes %s" % (SIZES,))
        parser.add_argument("--flows", type=int, default=4096, help="destinations")
        args = parser.parse_args(tunables)
        # One packet a second, which the multiplier of `start` scales.
        return [STLStream(packet=builder(direction, args.size, args.flows), mode=STLTXCont(pps=1))]


def register():
    return Throughput()
