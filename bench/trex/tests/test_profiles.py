"""Loads every profile with TRex's own client library and looks at the streams that it builds."""

import glob
import os
import re
import sys
import unittest

# In this order: PyYAML before the old one that the client brings along, then what puts the client's modules on the
# path, then the client, which puts its libraries there.
import yaml
import lbr_trex_client  # noqa: F401
from trex.stl.api import STLProfile
from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, ROOT)

import outage  # noqa: E402

MODES = ("memif", "nic", "veth")


def streams(name, direction=0, port_id=0, tunables=()):
    path = os.path.join(ROOT, "profiles", name + ".py")
    return STLProfile.load_py(path, direction=direction, port_id=port_id, tunables=list(tunables)).get_streams()


def packet(stream):
    return Ether(stream.pkt)


def rate(stream):
    return stream.to_json()["mode"]["rate"]


class Profiles(unittest.TestCase):
    def test_every_profile_of_the_directory_is_tested(self):
        files = glob.glob(os.path.join(ROOT, "profiles", "*.py"))
        names = {os.path.splitext(os.path.basename(file))[0] for file in files}
        self.assertEqual(names, {"frames", "throughput", "latency", "failover"})

    def test_throughput_is_one_stream_of_the_size_asked_for_in_both_directions(self):
        for direction, source, target in ((0, "198.18.0.1", "198.19.0.1"), (1, "198.19.0.1", "198.18.0.1")):
            for size in (64, 128, 256, 512, 1024, 1280, 1518):
                (stream,) = streams("throughput", direction, tunables=["--size", str(size)])
                frame = packet(stream)
                self.assertEqual(len(stream.pkt) + 4, size)
                self.assertEqual((frame[IP].src, frame[IP].dst), (source, target))
                self.assertIn(UDP, frame)
                self.assertEqual(stream.to_json()["mode"]["type"], "continuous")
                self.assertEqual(rate(stream), {"type": "pps", "value": 1})

    def test_destinations_go_through_as_many_addresses_as_asked_for_with_a_right_checksum(self):
        (stream,) = streams("throughput", tunables=["--flows", "4096"])
        flow, write, fix = stream.to_json()["vm"]["instructions"]
        first = 0xC6130001
        self.assertEqual((flow["min_value"], flow["max_value"], flow["op"]), (first, 0xC6131000, "inc"))
        self.assertEqual(write["pkt_offset"], 30)
        self.assertEqual(fix["type"], "fix_checksum_ipv4")

    def test_a_size_or_number_of_flows_that_cannot_be_is_refused(self):
        for tunables in (["--size", "63"], ["--size", "9601"], ["--flows", "0"], ["--flows", "65536"]):
            with self.assertRaisesRegex(Exception, "are possible"):
                streams("throughput", tunables=tunables)

    def test_latency_is_a_load_and_a_thousand_stamped_packets_a_second(self):
        load, stamped = streams("latency", tunables=["--pps", "250000", "--size", "512"])
        self.assertEqual(rate(load)["value"], 250_000)
        self.assertEqual(rate(stamped)["value"], 1000)
        self.assertFalse(load.to_json()["flow_stats"]["enabled"])
        self.assertEqual(stamped.to_json()["flow_stats"]["rule_type"], "latency")
        self.assertEqual(len(load.pkt), len(stamped.pkt))
        # The stamp takes the last 16 bytes of the payload.
        (_, small) = streams("latency", tunables=["--size", "64"])
        self.assertGreaterEqual(len(packet(small)[UDP].payload), 16)

    def test_stamped_streams_of_two_ports_are_two_groups(self):
        groups = {streams("latency", direction=port % 2, port_id=port)[1].to_json()["flow_stats"]["stream_id"] for port in (0, 1)}
        self.assertEqual(len(groups), 2)

    def test_failover_is_a_counted_stream_and_a_stamped_one(self):
        loss, stamped = streams("failover", tunables=["--pps", "200000", "--flows", "1000"])
        self.assertEqual(rate(loss)["value"], 200_000)
        self.assertEqual(loss.to_json()["flow_stats"]["rule_type"], "stats")
        self.assertEqual(loss.to_json()["flow_stats"]["stream_id"], 1)
        self.assertEqual(stamped.to_json()["flow_stats"]["stream_id"], 2)
        self.assertEqual(rate(stamped)["value"], 1000)
        # The groups are told apart by the IPv4 identification, which nothing else may write.
        for instruction in loss.to_json()["vm"]["instructions"]:
            self.assertNotEqual(instruction.get("pkt_offset"), 18)


class Outage(unittest.TestCase):
    def statistics(self, sent, received):
        group = lambda s, r: {"tx_pkts": {"total": s, 0: s}, "rx_pkts": {"total": r, 1: r}}
        return {"flow_stats": {1: group(sent, received), 2: group(40, 39)}}

    def test_the_outage_is_loss_over_rate(self):
        self.assertAlmostEqual(outage.outage(400_000, 397_000, 100_000), 0.030)
        self.assertEqual(outage.outage(5, 5, 100), 0)

    def test_packets_that_came_twice_make_it_void(self):
        with self.assertRaisesRegex(outage.Void, "duplicates"):
            outage.outage(5, 6, 100)

    def test_packets_that_never_left_make_it_void(self):
        outage.check_source(10, 10, 0)
        for left, errors in ((9, 0), (10, 1)):
            with self.assertRaises(outage.Void):
                outage.check_source(left, 10, errors)

    def test_the_groups_are_counted_over_all_ports(self):
        self.assertEqual(outage.counts(self.statistics(1000, 970), (1, 2)), (1000, 970, 1040))


class Files(unittest.TestCase):
    def test_each_pair_of_files_has_the_same_addresses_on_both_sides(self):
        for mode in MODES:
            with open(os.path.join(ROOT, mode, "trex_cfg.yaml")) as file:
                (trex,) = yaml.safe_load(file)
            with open(os.path.join(ROOT, mode, "swerve.toml")) as file:
                toml = file.read()
            self.assertEqual(trex["port_limit"], len(trex["interfaces"]), mode)
            self.assertEqual(trex["port_limit"], len(trex["port_info"]), mode)
            for number, port in enumerate(trex["port_info"][:3]):
                if "ip" in port:
                    self.assertIn('addresses = ["%s/24"]' % port["default_gw"], toml, mode)
                    self.assertIn('next_hop = "%s"' % port["ip"], toml, mode)
                else:
                    self.assertIn('mac = "%s"' % port["dest_mac"], toml, mode)
                    self.assertRegex(toml, 'address = "10.0.%d.2"\nmac = "%s"' % (number, port["src_mac"]))

    def test_the_sockets_of_memif_are_those_of_the_switch(self):
        socket = re.compile("socket=([^,\"]+)")
        found = []
        for name in ("trex_cfg.yaml", "swerve.toml"):
            with open(os.path.join(ROOT, "memif", name)) as file:
                found.append(socket.findall(file.read()))
        ours, theirs = found
        self.assertEqual(len(ours), 3)
        self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
