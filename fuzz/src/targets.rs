//! What is fuzzed. A target panics on what must not be.

mod bfd_engine;
mod bfddp;
mod bgp;
mod fpm;
mod frames;
mod lfa;
mod messages;
mod p4;
mod packets;

#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
    /// Valid inputs, from which mutations get deeper than from nothing.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "ethernet", run: packets::ethernet, seeds: packets::ethernet_seeds },
    Target { name: "arp", run: packets::arp, seeds: packets::arp_seeds },
    Target { name: "ipv4", run: packets::ipv4, seeds: packets::ipv4_seeds },
    Target { name: "ipv6", run: packets::ipv6, seeds: packets::ipv6_seeds },
    Target { name: "udp", run: packets::udp, seeds: packets::udp_seeds },
    Target { name: "icmpv4", run: packets::icmpv4, seeds: packets::icmpv4_seeds },
    Target { name: "icmpv6", run: packets::icmpv6, seeds: packets::icmpv6_seeds },
    Target { name: "bfd", run: packets::bfd, seeds: packets::bfd_seeds },
    Target { name: "bfd-engine", run: bfd_engine::run, seeds: bfd_engine::seeds },
    Target { name: "bfddp", run: bfddp::run, seeds: bfddp::seeds },
    Target { name: "bgp-session", run: bgp::session, seeds: bgp::session_seeds },
    Target { name: "bgp-update", run: bgp::update, seeds: bgp::update_seeds },
    Target { name: "bgp-open", run: bgp::open, seeds: bgp::open_seeds },
    Target { name: "frames", run: frames::run, seeds: frames::seeds },
    Target { name: "switch-socket", run: messages::switch, seeds: messages::switch_seeds },
    Target { name: "control-socket", run: messages::control, seeds: messages::control_seeds },
    Target { name: "toml", run: messages::toml, seeds: messages::toml_seeds },
    Target { name: "fpm", run: fpm::run, seeds: fpm::seeds },
    Target { name: "lfa-ospf", run: lfa::ospf, seeds: lfa::ospf_seeds },
    Target { name: "lfa-ospf6", run: lfa::ospf6, seeds: lfa::ospf6_seeds },
    Target { name: "lfa-zebra", run: lfa::zebra, seeds: lfa::zebra_seeds },
    Target { name: "lfa-file", run: lfa::file, seeds: lfa::file_seeds },
    Target { name: "p4-preprocessor", run: p4::preprocess, seeds: p4::text_seeds },
    Target { name: "p4-parser", run: p4::parse, seeds: p4::text_seeds },
    Target { name: "p4-compiler", run: p4::compile, seeds: p4::program_seeds },
    Target { name: "stf", run: p4::stf, seeds: p4::stf_seeds },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::fuzz;
    use std::time::Duration;

    #[test]
    fn every_target_survives_a_short_run() {
        for target in TARGETS {
            let corpus = (target.seeds)();
            assert!(!corpus.is_empty(), "{}", target.name);
            // A compilation takes as long as a thousand packets.
            let inputs = if target.name == "p4-compiler" { 1_000 } else { 20_000 };
            let result = fuzz(target.run, &corpus, 1, Duration::from_secs(3600), Some(inputs));
            assert_eq!(result, Ok(inputs), "{}", target.name);
        }
    }
}
