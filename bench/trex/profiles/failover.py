"""Failover by packet loss (RFC 6414 3.5): outage = (sent - received) / rate of one continuous stream.

Group 1 is that stream, group 2 is 1000 stamped packets a second that show the latency before, during and after.
`outage.py` starts this, breaks the primary and does the arithmetic.
"""

import argparse

from trex.stl.api import *

from frames import builder

LOSS_GROUP = 1
STAMPED_GROUP = 2
STAMPED_PPS = 1000


class Failover:
    def get_streams(self, direction, tunables, port_id, **kwargs):
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--pps", type=int, default=100_000, help="packets a second: the outage is known to 1/pps")
        parser.add_argument("--flows", type=int, default=4096, help="destinations")
        args = parser.parse_args(tunables)
        return [
            STLStream(
                name="loss",
                packet=builder(0, 64, args.flows),
                mode=STLTXCont(pps=args.pps),
                flow_stats=STLFlowStats(pg_id=LOSS_GROUP),
            ),
            STLStream(
                name="stamped",
                packet=builder(0, 68, 1),
                mode=STLTXCont(pps=STAMPED_PPS),
                flow_stats=STLFlowLatencyStats(pg_id=STAMPED_GROUP),
            ),
        ]


def register():
    return Failover()
