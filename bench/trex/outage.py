"""Measures a failover with TRex: start the failover profile on port 0, run a command that breaks the primary, count.

    python outage.py --break-with 'ip link set primary down' --mend-with 'ip link set primary up' --runs 10

A run in which nothing is broken comes first and must lose nothing: otherwise no figure here would mean anything.
"""

import argparse
import os
import subprocess
import sys
import time

DIRECTORY = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(DIRECTORY, "profiles"))


class Void(Exception):
    """The measurement says nothing of the device under test."""


def outage(sent, received, pps):
    """Seconds without service (RFC 6414 3.5)."""
    if received > sent:
        raise Void("%d packets received of %d sent: something duplicates them" % (received, sent))
    return (sent - received) / pps


def check_source(left_port, of_groups, errors):
    """In low-end mode a group also counts packets that never left."""
    if left_port != of_groups:
        raise Void("%d packets left the port, the streams count %d: send slower" % (left_port, of_groups))
    if errors:
        raise Void("%d receive errors at TRex's own ports" % errors)


def counts(statistics, groups):
    """(sent, received) of a group over all ports, from the client's `flow_stats`."""
    sides = statistics["flow_stats"][groups[0]]
    others = [statistics["flow_stats"][group] for group in groups[1:]]
    sent = sides["tx_pkts"]["total"]
    return sent, sides["rx_pkts"]["total"], sent + sum(other["tx_pkts"]["total"] for other in others)


def run(client, pps, flows, seconds, strike):
    from failover import LOSS_GROUP, STAMPED_GROUP
    from trex.stl.api import STLProfile

    client.reset(ports=client.get_all_ports())
    profile = os.path.join(DIRECTORY, "profiles", "failover.py")
    streams = STLProfile.load_py(profile, direction=0, port_id=0, tunables=["--pps", str(pps), "--flows", str(flows)])
    client.add_streams(streams.get_streams(), ports=[0])
    client.clear_stats()
    client.start(ports=[0], duration=seconds)
    time.sleep(seconds / 2)
    if strike:
        subprocess.run(strike, shell=True, check=True)
    client.wait_on_traffic(ports=[0], rx_delay_ms=500)
    statistics = client.get_stats()
    sent, received, all_sent = counts(statistics, (LOSS_GROUP, STAMPED_GROUP))
    errors = sum(statistics[port]["ierrors"] for port in client.get_all_ports())
    check_source(statistics[0]["opackets"], all_sent, errors)
    return sent, received


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="127.0.0.1")
    parser.add_argument("--pps", type=int, default=100_000)
    parser.add_argument("--flows", type=int, default=4096)
    parser.add_argument("--seconds", type=int, default=4, help="of one run; the primary is broken in its middle")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--break-with", required=True, help="command that breaks the primary")
    parser.add_argument("--mend-with", required=True, help="command that mends it")
    parser.add_argument("--mended-after", type=float, default=10, help="seconds until traffic is back on it")
    args = parser.parse_args()

    import lbr_trex_client  # noqa: F401  puts the client's own modules on the path
    from trex.stl.api import STLClient

    client = STLClient(server=args.server)
    client.connect()
    try:
        sent, received = run(client, args.pps, args.flows, args.seconds, None)
        if sent != received:
            raise Void("%d of %d packets lost while nothing was broken: send slower" % (sent - received, sent))
        figures = []
        for number in range(args.runs):
            sent, received = run(client, args.pps, args.flows, args.seconds, args.break_with)
            figures.append(outage(sent, received, args.pps) * 1e3)
            print("run %d: %d of %d lost, outage %.3f ms" % (number + 1, sent - received, sent, figures[-1]))
            subprocess.run(args.mend_with, shell=True, check=True)
            time.sleep(args.mended_after)
        figures.sort()
        print("outage ms: min %.3f, median %.3f, max %.3f" % (figures[0], figures[len(figures) // 2], figures[-1]))
    finally:
        client.disconnect()


if __name__ == "__main__":
    try:
        main()
    except Void as reason:
        sys.exit("void: %s" % reason)
