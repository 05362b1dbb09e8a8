//! The lab's network.
//!
//! ```text
//!                      swv-swerve              swv-wire        swv-isp1
//!  swv-lan   lan ---- p-lan  p-isp1 ---- [bridge of isp1] ---- swerve   upstream ---- isp1
//!                            p-isp2 ---- [bridge of isp2] ---- swerve   upstream ---- isp2   swv-server
//!                                                              swv-isp2
//! ```
//!
//! In `make lab-igp` the providers' routers are joined by a link of their own: `isp2` at isp1, `isp1` at isp2.
//!
//! The bridges are the wires: a bridge port that is disabled cuts both directions and leaves every carrier up.

use crate::ledger::Via;
use crate::netns::{self, ip, run, within};
use crate::spread::ALL;
use anyhow::{Context, Result};

pub const LAN: &str = "swv-lan";
pub const SWERVE: &str = "swv-swerve";
pub const WIRE: &str = "swv-wire";
pub const SERVER: &str = "swv-server";

pub const SERVER_HOST: &str = "198.51.100.10";
pub const SERVER_NET: &str = "198.51.100.0/24";
pub const SERVER_HOST6: &str = "2001:db8:5::10";
pub const SERVER_NET6: &str = "2001:db8:5::/64";

/// The addresses of one kind of lab. Names and wires are the same in all.
#[derive(Debug)]
pub struct Plan {
    pub lan_host: &'static str,
    pub lan_gateway: &'static str,
    /// Bits of the network between these two.
    pub lan_bits: u8,
    /// What the providers and the server have a route to.
    pub lan_net: &'static str,
    pub lan_host6: &'static str,
    pub lan_gateway6: &'static str,
    pub lan_net6: &'static str,
    pub isps: [Isp; 2],
    /// The ends of a link between the providers' routers, where there is one.
    pub cross: Option<[&'static str; 2]>,
}

/// A provider: a router in the kernel with FRR, on a wire to swerve and on another to the server.
#[derive(Debug)]
pub struct Isp {
    /// Also the name of swerve's path, of its wire, and of the interface at the server.
    pub name: &'static str,
    pub namespace: &'static str,
    /// Counted from 1.
    pub number: u32,
    /// swerve's end and the provider's end of the wire.
    pub swerve: &'static str,
    pub router: &'static str,
    pub swerve6: &'static str,
    pub router6: &'static str,
    /// The provider's end and the server's end of the wire to the server.
    pub up: &'static str,
    pub server: &'static str,
    pub up6: &'static str,
    pub server6: &'static str,
}

/// As `make run` has them; names and wires are those of all labs.
const ISPS: [Isp; 2] = [
    Isp {
        name: "isp1",
        namespace: "swv-isp1",
        number: 1,
        swerve: "203.0.113.0",
        router: "203.0.113.1",
        swerve6: "2001:db8:0:1::",
        router6: "2001:db8:0:1::1",
        up: "192.0.2.0",
        server: "192.0.2.1",
        up6: "2001:db8:e1::",
        server6: "2001:db8:e1::1",
    },
    Isp {
        name: "isp2",
        namespace: "swv-isp2",
        number: 2,
        swerve: "203.0.113.2",
        router: "203.0.113.3",
        swerve6: "2001:db8:0:2::",
        router6: "2001:db8:0:2::1",
        up: "192.0.2.2",
        server: "192.0.2.3",
        up6: "2001:db8:e2::",
        server6: "2001:db8:e2::1",
    },
];

/// `make run`: static routes, the lower address of each link is swerve's.
pub static STATIC: Plan = Plan {
    lan_host: "10.0.0.10",
    lan_gateway: "10.0.0.1",
    lan_bits: 24,
    lan_net: "10.0.0.0/24",
    lan_host6: "fd00:10::10",
    lan_gateway6: "fd00:10::1",
    lan_net6: "fd00:10::/64",
    isps: ISPS,
    cross: None,
};

/// `make lab-bgp`: the addresses that the network redundancy pattern gives its routers, so that the second provider has
/// the lower address of its link.
pub static BGP: Plan = Plan {
    lan_host: "192.0.2.10",
    lan_gateway: "192.0.2.1",
    lan_bits: 25,
    lan_net: "192.0.2.0/24",
    lan_host6: "fd00:10::10",
    lan_gateway6: "fd00:10::1",
    lan_net6: "fd00:10::/64",
    isps: [
        Isp { up: "10.1.1.0", server: "10.1.1.1", ..ISPS[0] },
        Isp { swerve: "203.0.113.3", router: "203.0.113.2", up: "10.1.2.0", server: "10.1.2.1", ..ISPS[1] },
    ],
    cross: None,
};

/// `make lab-igp`: a triangle.
pub static IGP: Plan = Plan {
    isps: [
        Isp { up: "10.1.1.0", server: "10.1.1.1", ..ISPS[0] },
        Isp { up: "10.1.2.0", server: "10.1.2.1", ..ISPS[1] },
    ],
    cross: Some(["203.0.113.4", "203.0.113.5"]),
    lan_host: "192.0.2.10",
    lan_gateway: "192.0.2.1",
    lan_bits: 25,
    lan_net: "192.0.2.0/25",
    lan_host6: "fd00:10::10",
    lan_gateway6: "fd00:10::1",
    lan_net6: "fd00:10::/64",
};

/// The provider of a way; names are the same in every kind of lab.
pub fn way_name(via: Via) -> &'static str {
    STATIC.isps[usize::from(via) - 1].name
}

/// The other provider.
pub fn other<'a>(plan: &'a Plan, isp: &Isp) -> &'a Isp {
    &plan.isps[usize::from(isp.number == 1)]
}

/// Makes all of it. What exists already is an error: [`crate::lock::sweep`] comes first.
pub fn build(plan: &Plan) -> Result<()> {
    let [isp1, isp2] = &plan.isps;
    for namespace in [LAN, SWERVE, WIRE, SERVER, isp1.namespace, isp2.namespace] {
        run(&["ip", "netns", "add", namespace])?;
        within(namespace, quiet_kernel).with_context(|| namespace.to_owned())?;
    }
    links(plan)?;
    for (namespace, device) in devices(plan) {
        offloads_off(namespace, &device)?;
    }
    ends(plan)?;
    plan.isps.iter().try_for_each(wire)?;
    plan.isps.iter().try_for_each(router)?;
    cross(plan)
}

/// Every kernel interface of the lab.
fn devices(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut all = vec![(LAN, "lan".to_owned()), (SWERVE, "p-lan".to_owned())];
    for isp in &plan.isps {
        all.push((SWERVE, format!("p-{}", isp.name)));
        all.push((WIRE, near(isp)));
        all.push((WIRE, far(isp)));
        all.push((isp.namespace, "swerve".to_owned()));
        all.push((isp.namespace, "upstream".to_owned()));
        all.push((SERVER, isp.name.to_owned()));
        if plan.cross.is_some() {
            all.push((isp.namespace, other(plan, isp).name.to_owned()));
        }
    }
    all
}

/// The wire's port towards swerve.
fn near(isp: &Isp) -> String {
    format!("{}-near", isp.name)
}

/// The wire's port towards the provider.
fn far(isp: &Isp) -> String {
    format!("{}-far", isp.name)
}

fn quiet_kernel() -> Result<()> {
    // The way there and the way back differ by design, which reverse path filters take for spoofing.
    for (key, value) in [
        ("ipv4/conf/all/rp_filter", "0"),
        ("ipv4/conf/default/rp_filter", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
        ("ipv6/conf/default/router_solicitations", "0"),
    ] {
        std::fs::write(format!("/proc/sys/net/{key}"), value).with_context(|| key.to_owned())?;
    }
    Ok(())
}

fn links(plan: &Plan) -> Result<()> {
    let mut lines = format!("link add lan netns {LAN} type veth peer name p-lan netns {SWERVE}\n");
    for isp in &plan.isps {
        let (name, router, near, far) = (isp.name, isp.namespace, near(isp), far(isp));
        lines += &format!(
            "link add p-{name} netns {SWERVE} type veth peer name {near} netns {WIRE}\n\
             link add {far} netns {WIRE} type veth peer name swerve netns {router}\n\
             link add upstream netns {router} type veth peer name {name} netns {SERVER}\n",
        );
    }
    if plan.cross.is_some() {
        let [isp1, isp2] = &plan.isps;
        lines += &format!(
            "link add {} netns {} type veth peer name {} netns {}\n",
            isp2.name, isp1.namespace, isp1.name, isp2.namespace,
        );
    }
    netns::feed(&["ip", "-batch", "-"], &lines).map(drop).context("making the links")
}

/// Hosts of a virtual wire leave checksums and segmentation to hardware that does not exist.
fn offloads_off(namespace: &str, device: &str) -> Result<()> {
    within(namespace, || {
        let features = ["rx", "off", "tx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off"];
        run(&[&["ethtool", "-K", device][..], &features[..]].concat()).map(drop)
    })
}

/// The host in the LAN, swerve's ports (bare: the addresses are swerve's own), and the server.
fn ends(plan: &Plan) -> Result<()> {
    ip(
        LAN,
        &format!(
            "link set lo up\nlink set lan up\naddress add {}/{} dev lan\n\
             address add {}/64 dev lan nodad\n\
             route add default via {}\nroute add default via {}\n",
            plan.lan_host, plan.lan_bits, plan.lan_host6, plan.lan_gateway, plan.lan_gateway6,
        ),
    )?;
    ip(SWERVE, "link set lo up\nlink set p-lan up\nlink set p-isp1 up\nlink set p-isp2 up\n")?;
    let mut lines = format!(
        "link set lo up\naddress add {SERVER_HOST}/32 dev lo\naddress add {SERVER_HOST6}/128 dev lo nodad\n"
    );
    for isp in &plan.isps {
        lines += &format!(
            "link set {0} up\naddress add {1}/31 dev {0}\naddress add {2}/127 dev {0} nodad\n",
            isp.name, isp.server, isp.server6,
        );
    }
    ip(SERVER, &lines)?;
    way_back(plan, &plan.isps[0])
}

fn wire(isp: &Isp) -> Result<()> {
    let (name, near, far) = (isp.name, near(isp), far(isp));
    within(WIRE, || Ok(std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")?))?;
    ip(
        WIRE,
        &format!(
            "link add {name} type bridge stp_state 0 mcast_snooping 0 forward_delay 0\n\
             link set {near} master {name}\nlink set {far} master {name}\n\
             link set {near} up\nlink set {far} up\nlink set {name} up\n",
        ),
    )
}

fn router(isp: &Isp) -> Result<()> {
    within(isp.namespace, || {
        std::fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
        Ok(std::fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")?)
    })?;
    ip(
        isp.namespace,
        &format!(
            "link set lo up\nlink set swerve up\nlink set upstream up\n\
             address add {}/31 dev swerve\naddress add {}/127 dev swerve nodad\n\
             address add {}/31 dev upstream\naddress add {}/127 dev upstream nodad\n",
            isp.router, isp.router6, isp.up, isp.up6,
        ),
    )
}

/// Makes the kernel the router between the LAN and the providers.
pub fn kernel_forwards(plan: &Plan) -> Result<()> {
    within(SWERVE, || Ok(std::fs::write("/proc/sys/net/ipv4/ip_forward", "1")?))?;
    let mut lines = format!("address add {}/{} dev p-lan\n", plan.lan_gateway, plan.lan_bits);
    for isp in &plan.isps {
        lines += &format!("address add {}/31 dev p-{}\n", isp.swerve, isp.name);
    }
    ip(SWERVE, &lines)
}

/// Prefixes in that kernel's table.
pub fn kernel_routes() -> Result<u64> {
    let path = "/proc/thread-self/net/fib_triestat";
    let text = within(SWERVE, || std::fs::read_to_string(path).context(path))?;
    let counts = text.lines().filter_map(|line| line.trim().strip_prefix("Prefixes:")?.trim().parse().ok());
    counts.max().context("fib_triestat has no count of prefixes")
}

/// The address of an interface, as `ip` shows it.
pub fn mac(namespace: &str, device: &str) -> Result<String> {
    let text = run(&["ip", "-n", namespace, "-o", "link", "show", "dev", device])?;
    let mut words = text.split_whitespace().skip_while(|word| *word != "link/ether");
    words.nth(1).map(str::to_owned).with_context(|| format!("{device} has no address"))
}

/// Tells hosts beside something that does not answer ARP where it is.
pub fn neighbor(namespace: &str, device: &str, address: &str, mac: &str) -> Result<()> {
    ip(namespace, &format!("neigh replace {address} lladdr {mac} dev {device} nud permanent\n"))
}

fn cross(plan: &Plan) -> Result<()> {
    for (isp, address) in plan.isps.iter().zip(plan.cross.iter().flatten()) {
        let to = other(plan, isp).name;
        ip(isp.namespace, &format!("link set {to} up\naddress add {address}/31 dev {to}\n"))?;
    }
    Ok(())
}

/// Lets the server have every address of the feeds' prefixes.
pub fn server_is_everything(plan: &Plan) -> Result<()> {
    ip(SERVER, &format!("route add local {ALL} dev lo\n"))?;
    plan.isps.iter().try_for_each(|isp| ip(isp.namespace, &format!("route add {ALL} via {}\n", isp.server)))
}

/// Sends what the server sends to the LAN through this provider.
pub fn way_back(plan: &Plan, isp: &Isp) -> Result<()> {
    let (up, up6, lan_net, lan_net6) = (isp.up, isp.up6, plan.lan_net, plan.lan_net6);
    ip(
        SERVER,
        &format!(
            "route replace {lan_net} via {up} src {SERVER_HOST}\n\
             route replace {lan_net6} via {up6} src {SERVER_HOST6}\n"
        ),
    )
}

/// Cuts the provider's wire without a word: nothing passes, every carrier stays.
pub fn cut(isp: &Isp) -> Result<()> {
    run(&["bridge", "-n", WIRE, "link", "set", "dev", &far(isp), "state", "0"]).map(drop)
}

/// Undoes [`cut`].
pub fn heal(isp: &Isp) -> Result<()> {
    run(&["bridge", "-n", WIRE, "link", "set", "dev", &far(isp), "state", "3"]).map(drop)
}

/// Takes a provider's router out with all its links, or puts it back. swerve's own port sees nothing of that.
pub fn router_power(plan: &Plan, isp: &Isp, on: bool) -> Result<()> {
    let state = if on { "up" } else { "down" };
    let links = ["swerve", "upstream", other(plan, isp).name];
    ip(isp.namespace, &links.map(|link| format!("link set {link} {state}\n")).concat())
}

/// Takes the carrier from swerve's port towards this provider, or gives it back.
pub fn carrier(isp: &Isp, up: bool) -> Result<()> {
    ip(WIRE, &format!("link set {} {}\n", near(isp), if up { "up" } else { "down" }))
}
