#!/bin/sh
# Three veth pairs: s-NAME for swerve, t-NAME for TRex. `up.sh down` removes them.
set -eu
for name in lan primary backup; do
	if [ "${1:-up}" = down ]; then
		ip link del "s-$name"
		continue
	fi
	ip link add "s-$name" type veth peer name "t-$name"
	for end in "s-$name" "t-$name"; do
		# TRex computes no checksum that hardware would; the kernel must not leave any to it either.
		ethtool -K "$end" rx off tx off sg off tso off gso off gro off
		sysctl -qw "net.ipv6.conf.$end.disable_ipv6=1"
		ip link set "$end" up
	done
done
