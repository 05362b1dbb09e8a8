//! What a valid file says. Every value here has been checked against every other; references are indices into the
//! lists of [`Config`].

use crate::bfdd::Bfdd;
use crate::learn::Learn;
use crate::places::Places;
use api::Mac;
use ipnet::IpNet;
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The whole file, valid.
#[derive(Clone, Debug)]
pub struct Config {
    pub switch: Switch,
    pub control: Control,
    pub log: Log,
    pub workers: Workers,
    /// What a path gets that says `bfd = true` or leaves a parameter out.
    pub bfd: Bfd,
    /// FRR's bfdd, whose sessions the switch runs.
    pub bfdd: Option<Bfdd>,
    pub tables: Tables,
    pub icmp: Icmp,
    pub hash: Hash,
    /// Those beside the default one: names and tables are distinct. VRF number N is the one before index N; see [`VrfId`].
    pub vrfs: Vec<Vrf>,
    /// At least one; names, devices and explicit MACs are distinct.
    pub ports: Vec<Port>,
    pub interfaces: Vec<Interface>,
    pub loopbacks: Vec<Loopback>,
    pub neighbors: Vec<Neighbor>,
    pub paths: Vec<Path>,
    /// Prefixes are distinct within a VRF.
    pub routes: Vec<Route>,
    /// Without it nobody is listened to.
    pub fpm: Option<Fpm>,
    pub bgp: Option<Bgp4>,
    /// Only with `fpm`.
    pub lfa: Option<Lfa>,
    pub program: Option<Program>,
    pub(crate) places: Places,
}

/// `[switch]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Switch {
    /// Unix socket of `swerve-switch`.
    pub socket: PathBuf,
    /// Group that may use the sockets of both processes (mode 0660).
    pub socket_group: String,
    /// File of the stats segment.
    pub stats: PathBuf,
    pub dpdk: Dpdk,
}

/// `[switch.dpdk]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dpdk {
    pub hugepages: Hugepages,
    pub memory_mib: u32,
    /// Packet buffers; `None` means as many as queues and descriptors need.
    pub mbufs: Option<u32>,
    pub file_prefix: String,
    /// Appended to the EAL's arguments as they are.
    pub extra_args: Vec<String>,
    /// Core of the threads that are not workers. No worker has it. See [`Config::cores`].
    pub main_core: Option<u32>,
}

/// Whether packet memory comes from hugepages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hugepages {
    /// If enough are free.
    Auto,
    Yes,
    No,
}

/// `[control]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Control {
    /// Unix socket of `swerve-control`.
    pub socket: PathBuf,
    /// Directory in which control keeps drains and run-time entries.
    pub state: PathBuf,
}

/// `[log]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
    pub target: LogTarget,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogTarget {
    /// Lines with a time stamp.
    Stderr,
    /// Lines on stderr for a journal that reads it: no time stamp (the journal has its own), and the syslog
    /// priority in front as `<N>` (sd-daemon(3)).
    Journal,
}

/// `[workers]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workers {
    pub cores: WorkerCores,
    pub idle: Idle,
    /// Packets of one pass, 1 to 256.
    pub vector: u16,
}

/// See [`Config::cores`] for what `auto` gives on a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorkerCores {
    Auto,
    /// Distinct, at least one.
    List(Vec<u32>),
}

/// What a worker does when it finds no packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    Poll,
    Pause,
    Sleep,
}

/// Parameters of a BFD session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bfd {
    /// Desired Min TX Interval; whole microseconds, [`crate::MIN_BFD_INTERVAL`] to `u32::MAX` of them.
    pub interval: Duration,
    /// Required Min RX Interval; the same bounds.
    pub min_rx: Duration,
    /// At least 1.
    pub multiplier: u8,
}

/// `[tables]`: capacities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tables {
    pub routes_v4: u32,
    pub routes_v6: u32,
    pub paths: u32,
    pub groups: u32,
}

/// `[icmp]`: answers to what cannot be forwarded, packets per second of each type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Icmp {
    pub unreachable: u32,
    pub time_exceeded: u32,
    /// Fragmentation needed, packet too big: path MTU discovery.
    pub too_big: u32,
    pub parameter_problem: u32,
}

/// `[hash]`: what makes a flow, where a route spreads its packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hash {
    pub fields: HashFields,
    /// Of the packet inside a tunnel.
    pub inner: bool,
    /// The flow label of IPv6 too (RFC 6438).
    pub flow_label: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub enum HashFields {
    /// Addresses and protocol.
    #[serde(rename = "3-tuple")]
    ThreeTuple,
    /// Addresses, protocol and ports.
    #[serde(rename = "5-tuple")]
    FiveTuple,
}

/// What a table has to hold, beside what it can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Need {
    pub(crate) key: &'static str,
    pub(crate) what: &'static str,
    pub(crate) have: u32,
    pub(crate) need: usize,
}

impl Need {
    pub(crate) fn is_met(&self) -> bool {
        self.need <= self.have as usize
    }
}

impl Tables {
    /// What these paths and routes need of the tables that a file can fill by itself.
    pub(crate) fn needs(&self, paths: &[Path], routes: &[Route]) -> [Need; 3] {
        let v4 = routes.iter().filter(|r| r.prefix.addr().is_ipv4()).count();
        [
            Need { key: "routes_v4", what: "IPv4 routes", have: self.routes_v4, need: v4 },
            Need { key: "routes_v6", what: "IPv6 routes", have: self.routes_v6, need: routes.len() - v4 },
            Need { key: "paths", what: "paths", have: self.paths, need: paths.len() },
        ]
    }
}

/// `[[port]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    pub name: String,
    pub device: Device,
    pub rx_queues: RxQueues,
    pub rx_descriptors: u16,
    pub tx_descriptors: u16,
    /// Bytes of an IP packet, 68 to 9600.
    pub mtu: u16,
    /// The device's own when not given.
    pub mac: Option<Mac>,
    pub promiscuous: bool,
    pub link: LinkSource,
    pub generator: Option<Generator>,
}

/// Where a port comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Device {
    /// PCI address with domain, lower case: `0000:03:00.0`.
    Pci(String),
    /// A DPDK virtual device as given to the EAL's `--vdev`: `net_memif0,role=client`.
    Vdev(String),
    /// An interface of the kernel, taken over by the switch.
    Kernel { name: String, driver: KernelDriver },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KernelDriver {
    AfPacket,
    AfXdp,
}

/// Receive queues of a port and who polls them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RxQueues {
    /// One for each worker where the device can.
    Auto,
    /// So many, at least 1, spread over the workers.
    Count(u16),
    /// One queue for each entry, polled by the worker on that core. Each core is a worker's when the file lists them.
    OnCores(Vec<u32>),
}

/// How a port's link state is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkSource {
    /// `Kernel` for a [`Device::Kernel`], else `Device`.
    Auto,
    /// What the driver says.
    Device,
    /// The carrier of the kernel's interface.
    Kernel,
    /// Taken to be up.
    Always,
}

/// `[port.generator]`: test traffic made by the worker that polls the port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Generator {
    /// File of destinations, one record each: the address (4 or 16 bytes) and the number of the port that it should
    /// leave by (4 bytes, all ones for any), in network order. Without one there is a sink only.
    pub destinations: Option<PathBuf>,
    pub family: Family,
    /// Of that family.
    pub source: IpAddr,
    pub rate: Rate,
    /// Bytes on the wire with the frame check sequence.
    pub frame: u16,
    /// Frames that the switch sends out of this port are checked, counted and freed instead of transmitted.
    pub sink: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Ipv4 => "IPv4",
            Family::Ipv6 => "IPv6",
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rate {
    Max,
    PacketsPerSecond(u64),
}

/// A VRF by its number: 0 is the default one, then those of [`Config::vrfs`] in their order.
pub type VrfId = u8;

/// What the default VRF is called.
pub const DEFAULT_VRF: &str = "default";

/// `RT_TABLE_MAIN` of rtnetlink(7): the default VRF's.
pub const MAIN_TABLE: u32 = 254;

/// `[[vrf]]`: a routing table of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vrf {
    /// Also that of its device in the kernel: at most 15 bytes.
    pub name: String,
    /// The kernel's number for its routes, which is how routing daemons name it.
    pub table: u32,
}

impl Config {
    /// The number of the VRF of that name, [`DEFAULT_VRF`] included.
    pub fn vrf(&self, name: &str) -> Option<VrfId> {
        if name == DEFAULT_VRF {
            return Some(0);
        }
        let at = self.vrfs.iter().position(|vrf| vrf.name == name)?;
        Some(at as VrfId + 1)
    }

    /// The VRF whose routes have that table in the kernel; `None` for a table that is nobody's.
    pub fn vrf_of_table(&self, table: u32) -> Option<VrfId> {
        if table == MAIN_TABLE {
            return Some(0);
        }
        let at = self.vrfs.iter().position(|vrf| vrf.table == table)?;
        Some(at as VrfId + 1)
    }

    /// The VRF of a number; `None` for the default one.
    pub fn vrf_name(&self, vrf: VrfId) -> Option<&str> {
        let at = usize::from(vrf).checked_sub(1)?;
        self.vrfs.get(at).map(|vrf| vrf.name.as_str())
    }
}

/// `[[interface]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    pub name: String,
    /// Index into [`Config::ports`].
    pub port: usize,
    /// Whose routes the packets take that come in here.
    pub vrf: VrfId,
    /// 1 to 4094; `None` is untagged, of which a port has one at most.
    pub vlan: Option<u16>,
    /// At most the port's; at least 1280 with an IPv6 address.
    pub mtu: u16,
    pub addresses: Vec<IpNet>,
    pub mirror: Option<Mirror>,
    /// Whether a packet's source is looked up (RFC 3704).
    pub urpf: Option<Urpf>,
    pub police: Police,
}

/// What the route to a packet's source must be (RFC 3704).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urpf {
    /// It leads out of the interface that the packet came in by.
    Strict,
    /// One of its ways, backups included, does.
    Feasible,
    /// There is one.
    Loose,
}

/// `[[loopback]]`: addresses of the switch that are tied to no port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loopback {
    pub name: String,
    /// Who reaches its addresses.
    pub vrf: VrfId,
    /// Each of a single host.
    pub addresses: Vec<IpNet>,
    pub mirror: Option<Mirror>,
}

/// The interface's twin in the kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mirror {
    /// At most 15 bytes; distinct among mirrors of one namespace.
    pub name: String,
    /// Named network namespace; the switch's own when `None`.
    pub netns: Option<String>,
}

/// `[interface.police]`: packets per second towards the kernel, by class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Police {
    /// ARP and IPv6 neighbor discovery.
    pub arp: u32,
    /// ICMP and ICMPv6 but neighbor discovery.
    pub icmp: u32,
    /// TCP port 179.
    pub bgp: u32,
    /// BFD of sessions that are not the switch's.
    pub bfd: u32,
    /// OSPF and IS-IS.
    pub igp: u32,
    pub rest: u32,
}

/// `[[neighbor]]`: a static one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Neighbor {
    /// Index into [`Config::interfaces`].
    pub interface: usize,
    pub address: IpAddr,
    pub mac: Mac,
}

/// `[[path]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub name: String,
    /// Index into [`Config::interfaces`].
    pub interface: usize,
    /// On a connected network of the interface, or in fe80::/10.
    pub next_hop: IpAddr,
    pub bfd: Option<Bfd>,
    /// How long the path must be well before traffic returns: the first time.
    pub wait_to_restore: Duration,
    /// The most to which that doubles while the path flaps. Not under `wait_to_restore`.
    pub wait_to_restore_max: Duration,
    /// Shared risk groups.
    pub srlg: Vec<String>,
    pub region: Option<String>,
    pub provider: Option<String>,
}

/// `[[route]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    pub vrf: VrfId,
    /// Without host bits.
    pub prefix: IpNet,
    pub action: Action,
}

/// What a route does with its packets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// At least one next hop, at most [`crate::MAX_MEMBERS`] with the backups; each path at most once.
    Paths {
        next_hops: Vec<NextHop>,
        /// Indices into [`Config::paths`], best first, in place of the computed backups.
        backup: Option<Vec<usize>>,
    },
    /// To the hosts on a network of another VRF's interface, an index into [`Config::interfaces`]. The switch has it from the file, as it
    /// has connected networks.
    Connected(usize),
    /// Dropped without an answer.
    Blackhole,
    /// Dropped with ICMP destination unreachable.
    Unreachable,
    /// Dropped with ICMP "administratively prohibited".
    Prohibit,
}

/// One of a route's next hops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NextHop {
    /// Index into [`Config::paths`].
    pub path: usize,
    /// Lower is better; equal ones share the traffic.
    pub preference: u32,
    /// Share among equals, at least 1.
    pub weight: u16,
}

/// `[fpm]`: the routes of a routing daemon that speaks the FIB push interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fpm {
    pub listen: SocketAddr,
    /// Named network namespace to listen in; the process' own when `None`.
    pub netns: Option<String>,
    /// Who may connect beside this host.
    pub allow: Vec<IpAddr>,
    /// How long what the daemon told before stays when it does not tell it again.
    pub hold: Duration,
    /// Against the preferences of routes in the file. Lower is better.
    pub preference: u32,
    /// How long routes of an IGP stay on the repair after a path has failed, when they are to go elsewhere (RFC 8333).
    pub uloop_delay: Duration,
}

/// `[lfa]`: loop-free alternates of the routes that `[fpm]` brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lfa {
    pub source: LfaSource,
    /// Between two readings when nothing changes.
    pub interval: Duration,
}

/// Where alternates come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LfaSource {
    /// zebra has those that its IGP has computed. The directory of FRR's command line sockets.
    Zebra { sockets: PathBuf },
    /// Computed from the databases of ospfd and ospf6d. The same directory.
    Ospf { sockets: PathBuf },
    /// Computed from a topology that somebody wrote down of a VRF's network.
    File { path: PathBuf, vrf: VrfId },
}

/// `[bgp]`: sessions by which BGP speakers hand over every path that they know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bgp4 {
    pub listen: SocketAddr,
    /// Named network namespace to listen in; the process' own when `None`.
    pub netns: Option<String>,
    pub asn: u32,
    /// Not all zeros.
    pub router_id: Ipv4Addr,
    /// Whole seconds; zero for none, else at least three (RFC 4271 4.2).
    pub hold_time: Duration,
    /// Addresses are distinct.
    pub neighbors: Vec<BgpNeighbor>,
}

/// `[[bgp.neighbor]]`
#[derive(Clone, PartialEq, Eq)]
pub struct BgpNeighbor {
    /// Whose routes it tells.
    pub vrf: VrfId,
    pub address: IpAddr,
    pub asn: u32,
    /// Key of TCP MD5 signatures (RFC 2385): 1 to 80 bytes.
    pub password: Option<String>,
    /// Paths of one family, above which the session ends.
    pub paths: u32,
    /// How long paths are kept when the session ends, unless the peer negotiated a time.
    pub stale_hold: Duration,
}

impl fmt::Debug for BgpNeighbor {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BgpNeighbor { vrf, address, asn, password, paths, stale_hold } = self;
        let has_password = password.is_some();
        write!(
            f,
            "BgpNeighbor {{ vrf {vrf}, {address}, as {asn}, password: {has_password}, {paths}, {stale_hold:?} }}"
        )
    }
}

/// The port of the controller, unless the file says otherwise.
pub const CONTROLLER_PORT: u16 = 509;

impl Config {
    /// The port by which a program and its controller send each other packets.
    pub fn controller_port(&self) -> u16 {
        self.program.as_ref().map_or(CONTROLLER_PORT, |program| program.controller_port)
    }
}

/// `[program]`: the P4 program and what the file puts into its tables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// As written: from the directory of the file that says so, unless absolute.
    pub file: PathBuf,
    /// Likewise. Where included files are looked for, after the directory of the file that includes them.
    pub include: Vec<PathBuf>,
    /// The port by which the program and its controller send each other packets: none of the switch's, nor that of drops.
    pub controller_port: u16,
    /// No two with the same table, keys and priority.
    pub entries: Vec<Entry>,
    /// No two of the same table.
    pub defaults: Vec<DefaultAction>,
    /// No two of the same group.
    pub multicast: Vec<Multicast>,
    /// No two of the same session.
    pub clones: Vec<CloneSession>,
    pub learn: Vec<Learn>,
}

/// `[[program.multicast]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Multicast {
    /// Not 0.
    pub group: u16,
    /// Indices of ports, which are the numbers that programs know them by.
    pub ports: Vec<usize>,
}

/// `[[program.clone]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloneSession {
    pub session: u32,
    /// A port, a multicast group, or both.
    pub port: Option<ClonePort>,
    pub multicast: Option<u16>,
    /// `egress_rid` of the copy for the port.
    pub replica: u16,
    /// Bytes that are left of a copy.
    pub truncate: Option<u32>,
}

/// Where a clone goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClonePort {
    /// Index of a port.
    Port(usize),
    Controller,
}

/// `[[program.default]]`. Names and values as in [`Entry`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefaultAction {
    pub table: String,
    pub action: String,
    /// By name, in alphabetical order.
    pub args: Vec<(String, String)>,
}

/// `[[program.entry]]`. Names and values are text; only the program tells what they mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub table: String,
    /// By name, in alphabetical order.
    pub keys: Vec<(String, String)>,
    pub action: String,
    /// By name, in alphabetical order.
    pub args: Vec<(String, String)>,
    /// Larger wins, where priorities count.
    pub priority: i64,
}

impl fmt::Display for Entry {
    /// The entry without what it does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {}", self.table)?;
        for (name, value) in &self.keys {
            write!(f, " {name}={value}")?;
        }
        if self.priority != 0 { write!(f, " priority {}", self.priority) } else { Ok(()) }
    }
}
