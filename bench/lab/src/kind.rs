//! The kinds of lab: what stands behind the same wires.

use crate::frr::{Router, igp_provider, static_provider};
use crate::topology::{BGP, IGP, Plan, STATIC, SWERVE};
use anyhow::{Context, Result};
use feed::prefixes;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Prefixes beside the server's that each provider of the BGP lab announces: all /25 of 198.18.0.0/15 (RFC 2544).
pub const TABLE: u32 = 1024;
const TABLE_FROM: u32 = 0xc612_0000;

/// Prefixes that real daemons announce in `make bench-bgp`: the first of the feeds'.
pub const PREFIXES: u32 = 100_000;

/// Which lab.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `make run`: static routes; the providers run FRR's bfdd.
    Static,
    /// `make lab-bgp`: swerve under FRR, BGP with both providers.
    Bgp,
    /// `make lab-igp`: swerve under FRR, an IGP with both providers' routers, which are joined.
    Igp(Igp),
    /// `make bench-bgp`: the network of `make run`, and feeds in the place of FRR above swerve.
    Feed,
    /// Beside it: swerve under FRR as in [`Kind::Bgp`], with [`PREFIXES`] from both providers.
    Full,
    /// The same providers, and in swerve's place FRR over the kernel.
    Frr,
    /// BIRD over the kernel.
    Bird,
    /// Open vSwitch with one group; the providers speak BFD and no BGP.
    Ovs,
}

/// Which IGP, and with it who computes alternates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Igp {
    /// swerve, from ospfd's database.
    Ospf,
    /// isisd; swerve reads them from zebra.
    Isis,
}

impl Igp {
    /// Of `source` in `[lfa]`.
    pub fn source(self) -> &'static str {
        match self {
            Igp::Ospf => "ospf",
            Igp::Isis => "zebra",
        }
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Igp::Ospf => &["zebra", "staticd", "bfdd", "ospfd"],
            Igp::Isis => &["zebra", "staticd", "bfdd", "isisd"],
        }
    }

    /// The daemon that speaks it.
    pub fn daemon(self) -> &'static str {
        match self {
            Igp::Ospf => "ospfd",
            Igp::Isis => "isisd",
        }
    }
}

impl Kind {
    pub fn plan(self) -> &'static Plan {
        match self {
            Kind::Static | Kind::Feed => &STATIC,
            Kind::Bgp | Kind::Full | Kind::Frr | Kind::Bird | Kind::Ovs => &BGP,
            Kind::Igp(_) => &IGP,
        }
    }

    /// Whether swerve is between the LAN and the providers, and not another router.
    pub fn has_swerve(self) -> bool {
        matches!(self, Kind::Static | Kind::Bgp | Kind::Igp(_) | Kind::Feed | Kind::Full)
    }

    /// Whether packets go to the prefixes of the feeds.
    pub fn is_spread(self) -> bool {
        !matches!(self, Kind::Static | Kind::Bgp)
    }

    /// swerve's configuration, unless another is asked for. Without swerve only its cores count.
    pub fn example(self) -> PathBuf {
        let configs = configs();
        match self {
            Kind::Static | Kind::Feed => configs.join("lab.toml"),
            Kind::Bgp | Kind::Full | Kind::Frr | Kind::Bird | Kind::Ovs => configs.join("frr/swerve.toml"),
            Kind::Igp(_) => configs.join("igp/swerve.toml"),
        }
    }

    /// What is written behind that.
    pub fn more(self) -> &'static str {
        match self {
            Kind::Static | Kind::Bgp | Kind::Igp(_) | Kind::Full | Kind::Frr | Kind::Bird | Kind::Ovs => "",
            Kind::Feed => include_str!("feed.toml"),
        }
    }

    /// The directory of the results, beside the build profile's.
    pub fn out(self) -> &'static str {
        match self {
            Kind::Static => "lab",
            Kind::Bgp => "lab-bgp",
            Kind::Igp(Igp::Ospf) => "lab-igp",
            Kind::Igp(Igp::Isis) => "lab-igp-isis",
            Kind::Feed | Kind::Full | Kind::Frr | Kind::Bird | Kind::Ovs => "bench-bgp",
        }
    }

    /// Where its logs go, within that.
    pub fn logs(self) -> &'static str {
        match self {
            Kind::Static | Kind::Bgp | Kind::Igp(_) | Kind::Feed => "logs",
            Kind::Full => "logs-swerve-frr",
            Kind::Frr => "logs-frr",
            Kind::Bird => "logs-bird",
            Kind::Ovs => "logs-ovs",
        }
    }

    /// Prefixes beside the server's that each provider announces by BGP.
    pub fn table(self) -> u32 {
        match self {
            Kind::Static | Kind::Igp(_) | Kind::Feed | Kind::Ovs => 0,
            Kind::Bgp => TABLE,
            Kind::Full | Kind::Frr | Kind::Bird => PREFIXES,
        }
    }

    /// One of them.
    pub fn prefix(self, index: u32) -> String {
        match self {
            Kind::Bgp => table_prefix(index),
            _ => prefixes::nth(index).to_string(),
        }
    }

    /// The providers' FRR, in the order of the plan.
    pub fn providers(self) -> Result<Vec<Router>> {
        let plan = self.plan();
        match self {
            Kind::Static | Kind::Feed | Kind::Ovs => {
                Ok(plan.isps.iter().map(|isp| static_provider(plan, isp)).collect())
            }
            Kind::Igp(igp) => {
                let router = |isp| Router {
                    programs: igp.programs(),
                    configuration: igp_provider(plan, isp, igp),
                    ..static_provider(plan, isp)
                };
                Ok(plan.isps.iter().map(router).collect())
            }
            Kind::Bgp | Kind::Full | Kind::Frr | Kind::Bird => plan
                .isps
                .iter()
                .map(|isp| {
                    let configuration =
                        read(&format!("frr/{}.conf", isp.name))? + &self.announced(isp.number);
                    Ok(Router {
                        name: isp.name,
                        namespace: isp.namespace,
                        programs: &["zebra", "staticd", "bfdd", "bgpd"],
                        configuration,
                        options: String::new(),
                    })
                })
                .collect(),
        }
    }

    /// FRR above swerve, in swerve's namespace.
    pub fn edge(self) -> Result<Option<Router>> {
        const BGP: &[&str] = &["zebra", "staticd", "bfdd", "bgpd"];
        let (programs, configuration, options) = match self {
            Kind::Bgp | Kind::Full => (BGP, read("frr/frr.conf")?, read("frr/daemons")?),
            Kind::Frr => (BGP, without_swerve(&read("frr/frr.conf")?), KERNEL_OPTIONS.to_owned()),
            Kind::Igp(igp) => {
                let file = match igp {
                    Igp::Ospf => "igp/ospf.conf",
                    Igp::Isis => "igp/isis.conf",
                };
                (igp.programs(), read(file)?, read("igp/daemons")?)
            }
            Kind::Static | Kind::Feed | Kind::Bird | Kind::Ovs => return Ok(None),
        };
        Ok(Some(Router { name: "edge", namespace: SWERVE, programs, configuration, options }))
    }

    /// The table that a provider announces, as lines behind its own.
    fn announced(self, provider: u32) -> String {
        let mut text = format!("\nrouter bgp {}\n address-family ipv4 unicast\n", as_number(provider));
        for index in 0..self.table() {
            let _ = writeln!(text, "  network {}", self.prefix(index));
        }
        text + " exit-address-family\nexit\n"
    }
}

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn read(name: &str) -> Result<String> {
    let path = configs().join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// A prefix of the table.
pub fn table_prefix(index: u32) -> String {
    format!("{}/25", std::net::Ipv4Addr::from(TABLE_FROM + (index << 7)))
}

/// Room in the sockets to the kernel for a full table, as in `configs/frr/daemons`.
const KERNEL_OPTIONS: &str = "zebra_options=\"-s 90000000\"\n";

/// FRR's configuration without the lines that speak to swerve.
fn without_swerve(text: &str) -> String {
    let ours = |line: &&str| !line.contains("127.0.0.1");
    text.lines().filter(ours).map(|line| format!("{line}\n")).collect()
}

/// The AS of a provider, counted from 1.
pub fn as_number(provider: u32) -> u32 {
    65000 + provider
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netns::run;

    #[test]
    fn vtysh_understands_every_line_of_every_router() {
        let directory = tempfile::tempdir().unwrap();
        let mut routers = Vec::new();
        for kind in [Kind::Static, Kind::Bgp, Kind::Igp(Igp::Ospf), Kind::Igp(Igp::Isis)] {
            routers.extend(kind.providers().unwrap());
            routers.extend(kind.edge().unwrap());
        }
        routers.extend(Kind::Frr.edge().unwrap());
        assert_eq!(routers.len(), 12);
        let check = |text: &str| {
            let file = directory.path().join("frr.conf");
            std::fs::write(&file, text).unwrap();
            run(&["vtysh", "-C", "-f", &file.display().to_string()])
        };
        for router in routers {
            check(&router.configuration).unwrap_or_else(|error| panic!("{}: {error:#}", router.name));
        }
        assert!(check("router bgp 65000\n neighbour 203.0.113.1 remote-as 65001\n").is_err());
    }

    #[test]
    fn frr_over_the_kernel_has_the_same_neighbors_and_nothing_of_swerve() {
        let (with, without) = (Kind::Full.edge().unwrap().unwrap(), Kind::Frr.edge().unwrap().unwrap());
        assert!(with.configuration.contains("fpm address"));
        assert!(!without.configuration.contains("fpm address"));
        assert!(!without.options.contains("fpm") && !without.options.contains("dplane"));
        let neighbors = |text: &str| text.lines().filter(|line| line.contains("neighbor 203.0.113.")).count();
        assert_eq!(neighbors(&with.configuration), neighbors(&without.configuration));
    }

    #[test]
    fn the_table_is_all_of_the_benchmark_network_once() {
        assert_eq!(table_prefix(0), "198.18.0.0/25");
        assert_eq!(table_prefix(3), "198.18.1.128/25");
        assert_eq!(table_prefix(TABLE - 1), "198.19.255.128/25");
        assert_eq!(Kind::Bgp.announced(2).matches("  network 198.1").count(), 1024);
    }

    #[test]
    fn the_addresses_of_the_plan_are_those_of_the_files() {
        let edge = Kind::Bgp.edge().unwrap().unwrap().configuration;
        let toml = std::fs::read_to_string(Kind::Bgp.example()).unwrap();
        for (isp, provider) in BGP.isps.iter().zip(Kind::Bgp.providers().unwrap()) {
            let number = as_number(isp.number);
            assert!(edge.contains(&format!("neighbor {} remote-as {number}\n", isp.router)));
            assert!(provider.configuration.contains(&format!("neighbor {} remote-as 65000\n", isp.swerve)));
            assert!(provider.configuration.contains(&format!("ip route 198.51.100.0/24 {}\n", isp.server)));
            assert!(toml.contains(&format!("\"{}/31\"", isp.swerve)));
        }
        assert!(toml.contains(&format!("\"{}/{}\"", BGP.lan_gateway, BGP.lan_bits)));
        assert!(edge.contains(&format!("network {}\n", BGP.lan_net)));
        let toml = std::fs::read_to_string(Kind::Igp(Igp::Ospf).example()).unwrap();
        for isp in &IGP.isps {
            assert!(toml.contains(&format!("\"{}/31\"", isp.swerve)));
            assert!(toml.contains(&format!("next_hop = \"{}\"", isp.router)));
        }
        assert!(toml.contains(&format!("\"{}/{}\"", IGP.lan_gateway, IGP.lan_bits)));
    }
}
