//! Words: the variant is the counter is the word in the CLI.

/// An enum of words with a stable number each.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            pub const ALL: [$name; [$($name::$variant),*].len()] = [$($name::$variant),*];
            pub const COUNT: usize = $name::ALL.len();

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The word of that number.
            pub fn from_index(index: u64) -> Option<$name> {
                usize::try_from(index).ok().and_then(|index| $name::ALL.get(index).copied())
            }
        }
    };
}

words! {
    /// Why a packet was not forwarded.
    DropReason {
        /// No prefix covers the destination.
        NoRoute = "no-route",
        /// Every path of the prefix is dead.
        NoLivePath = "no-live-path",
        /// The route says so, without an answer.
        Blackhole = "blackhole",
        /// The route says so, with an answer.
        Unreachable = "unreachable",
        /// TTL or hop limit ran out.
        TtlExpired = "ttl-expired",
        /// IPv4 header checksum (RFC 1812 5.2.2).
        BadChecksum = "bad-checksum",
        /// A header that says what cannot be: version, header length, a damaged BFD datagram.
        BadHeader = "bad-header",
        /// The frame is shorter than its headers say.
        Truncated = "truncated",
        /// A source no packet may have (RFC 1812 5.3.7, RFC 4291 2.5 and 2.7).
        MartianSource = "martian-source",
        MartianDestination = "martian-destination",
        /// Options or extension headers on a packet that is not for us (RFC 7126).
        IpOptions = "ip-options",
        /// Another station's MAC.
        NotForUs = "not-for-us",
        /// A VLAN that is no interface, or untagged where the port has no untagged interface.
        UnknownVlan = "unknown-vlan",
        /// Larger than the MTU of the way out.
        MtuExceeded = "mtu-exceeded",
        /// On a connected network, and nobody knows its neighbor yet.
        UnresolvedNeighbor = "unresolved-neighbor",
        /// The device took no more.
        TxFull = "tx-full",
        /// No packet buffer was free.
        NoMbuf = "no-mbuf",
        /// More for the kernel than its class may have.
        PuntPoliced = "punt-policed",
        /// The ring towards the kernel was full.
        PuntFull = "punt-full",
        /// For the kernel, on an interface without a mirror.
        NoMirror = "no-mirror",
        /// A BFD packet that failed a reception check; `swervectl show bfd` has the reasons.
        BfdDiscarded = "bfd-discarded",
        /// A BFD packet of another worker's session, and its ring was full.
        HandoverFull = "handover-full",
        /// The P4 program said so.
        Program = "program",
        /// The P4 program asked for more turns or passes than a packet may have, or for a clone session or multicast group that
        /// is not there.
        ProgramLimit = "program-limit",
        /// The P4 program sent it to a port that the switch does not have.
        ProgramPort = "program-port",
        /// The P4 program sent it to the controller, and the ring on the way there was full, or the frame too long for it.
        ControllerFull = "controller-full",
        /// The P4 program made its headers longer than the buffer has room for.
        NoHeadroom = "no-headroom",
        /// The route says so, with an answer that names an administrator.
        Prohibited = "prohibited",
        /// To the broadcast address of a connected network (RFC 2644).
        DirectedBroadcast = "directed-broadcast",
        /// The routes do not lead back to the source (RFC 3704).
        ReversePath = "reverse-path",
        /// From or to a link-local address, and beyond the link (RFC 3927 2.7, RFC 4291 2.5.6).
        BeyondScope = "beyond-scope",
        /// More packets with options, or to be fragmented, than go the slow way.
        SlowPath = "slow-path",
    }
}

words! {
    /// What a packet for the kernel is, for policing.
    PuntClass {
        Arp = "arp",
        /// IPv6 neighbor discovery.
        Nd = "nd",
        Icmp = "icmp",
        Bgp = "bgp",
        Ospf = "ospf",
        IsIs = "is-is",
        /// BFD that is not ours: echo, multihop.
        BfdOther = "bfd-other",
        /// Anything else to one of our own addresses.
        Local = "local",
        Multicast = "multicast",
        Rest = "rest",
    }
}

words! {
    /// What took a path out.
    Cause {
        /// Nothing was heard of the peer for the detection time.
        BfdExpired = "bfd-expired",
        /// The peer said that it does not hear us.
        BfdSignaled = "bfd-signaled",
        LinkDown = "link-down",
        /// An operator.
        Drain = "drain",
        /// The next hop's neighbor was lost.
        Unresolved = "unresolved",
        Probe = "probe",
    }
}

words! {
    /// Why a BFD packet was not for a session: the numbers and words of the BFD engine's own enum.
    BfdDiscard {
        WrongTtl = "wrong-ttl",
        Truncated = "truncated",
        WrongVersion = "wrong-version",
        LengthShort = "length-short",
        LengthLong = "length-long",
        AuthenticationLength = "authentication-length",
        ZeroMultiplier = "zero-multiplier",
        Multipoint = "multipoint",
        ZeroMyDiscriminator = "zero-my-discriminator",
        ZeroYourDiscriminator = "zero-your-discriminator",
        UnknownDiscriminator = "unknown-discriminator",
        NoSession = "no-session",
        WrongInterface = "wrong-interface",
        WrongPeer = "wrong-peer",
        WrongLocal = "wrong-local",
        UnexpectedAuthentication = "unexpected-authentication",
        AdminDown = "admin-down",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_distinct_and_found_again_by_their_number() {
        let words: HashSet<_> = DropReason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(words.len(), DropReason::COUNT);
        for reason in DropReason::ALL {
            assert_eq!(DropReason::from_index(reason as u64), Some(reason));
            assert!(reason.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        }
        assert_eq!(Cause::from_index(99), None);
    }
}
