"""Latency under load: a continuous load, and beside it 1000 stamped packets a second.

    start -f profiles/latency.py -p 0 1 -m 1 -t --size 64 --pps 1000000

Stamps are in the last 16 bytes of the payload, numbers in the IPv4 identification; swerve changes neither.
"""

import argparse

from trex.stl.api import *

from frames import builder

STAMPED_PPS = 1000


class Latency:
    def get_streams(self, direction, tunables, port_id, **kwargs):
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--size", type=int, default=64, help="bytes on the wire of the load")
        parser.add_argument("--flows", type=int, default=4096, help="destinations of the load")
        parser.add_argument("--pps", type=int, default=100_000, help="packets a second of the load")
        args = parser.parse_args(tunables)
        return [
            STLStream(
                name="load-%d" % port_id,
                packet=builder(direction, args.size, args.flows),
                mode=STLTXCont(pps=args.pps),
            ),
            # Its group has to differ from port to port. 68 bytes are the least with room for the stamp.
            STLStream(
                name="stamped-%d" % port_id,
                packet=builder(direction, max(args.size, 68), 1),
                mode=STLTXCont(pps=STAMPED_PPS),
                flow_stats=STLFlowLatencyStats(pg_id=100 + port_id),
            ),
        ]


def register():
    return Latency()
