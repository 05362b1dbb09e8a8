//! Everything that can be wrong with a file, and what would be right.

use crate::model::Family;
use api::Mac;
use ipnet::IpNet;
use miette::Diagnostic;
use std::net::{IpAddr, SocketAddr};

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// One mistake: `Display` names the value, the help of the diagnostic says what would be right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Mistake {
    // The text and its shape.
    #[error("this is not TOML: {message}")]
    Syntax { message: String },
    #[error("unknown key `{key}`")]
    UnknownKey {
        key: String,
        #[help]
        right: String,
    },
    #[error("`{key}` cannot be `{value}`")]
    UnknownWord {
        key: String,
        value: String,
        #[help]
        right: String,
    },
    #[error("`{key}` cannot be {found}")]
    #[diagnostic(help("write {expected}"))]
    WrongType { key: String, found: String, expected: String },
    #[error("{table} has no `{key}`")]
    #[diagnostic(help("add `{key} = ...`"))]
    Missing { table: String, key: String },
    #[error("{message}")]
    Shape { message: String },

    // Values by themselves.
    #[error("the file has no port, so there is nothing to switch")]
    #[diagnostic(help("the least that does something:\n{}", crate::MINIMAL))]
    NoPort,
    #[error("`{key}` = {value} is out of range")]
    #[diagnostic(help("write a number from {min} to {max}"))]
    OutOfRange { key: &'static str, value: i64, min: i64, max: i64 },
    #[error("`{name}` cannot name {article} {what}: {why}", article = article(.what))]
    #[diagnostic(help("write 1 to {max} letters, digits, `-`, `_` or `.`, such as `isp1`"))]
    BadName { what: &'static str, name: String, why: &'static str, max: usize },
    #[error("`{key}` = \"{value}\" is not an absolute path")]
    #[diagnostic(help("write it from the root: both processes read it, each in its own directory"))]
    RelativePath { key: &'static str, value: String },
    #[error("the socket's path is {len} bytes long, and the kernel takes 107")]
    #[diagnostic(help("choose a shorter one, such as /run/swerve/switch.sock"))]
    SocketTooLong { len: usize },
    #[error("both processes would listen on {socket}")]
    #[diagnostic(help("give [control] and [switch] a socket each"))]
    SameSocket { socket: String },
    #[error("`file_prefix` = \"{value}\" cannot be part of a file's name")]
    #[diagnostic(help("write a word without `/`, such as \"swerve\""))]
    BadFilePrefix { value: String },

    // Routing daemons.
    #[error("[fpm] and [bgp] would both listen on {listen}")]
    #[diagnostic(help("give each an address or a port of its own"))]
    SameListen { listen: SocketAddr },
    #[error("`{key}` = \"{address}\" is no address of a host")]
    #[diagnostic(help("name hosts that may connect beside this one, such as \"192.0.2.1\""))]
    NoHost { key: &'static str, address: IpAddr },
    #[error("`router_id` cannot be {given}")]
    #[diagnostic(help("write an IPv4 address that no neighbor has as its own, such as \"192.0.2.1\""))]
    BadRouterId { given: IpAddr },
    #[error("there are two neighbors {address} in [bgp]")]
    #[diagnostic(help("a neighbor is known by its address: keep one of them"))]
    BgpNeighborTwice { address: IpAddr },
    #[error("the password is {len} bytes long")]
    #[diagnostic(help("write 1 to {max} bytes, or leave `password` out"))]
    BadPassword { len: usize, max: usize },
    #[error("`hold_time` cannot be {given}")]
    #[diagnostic(help("write \"0s\" for no keepalives, or whole seconds from \"3s\" on (RFC 4271 4.2)"))]
    BadHoldTime { given: String },
    #[error("[lfa] has no routes to find alternates of: there is no [fpm]")]
    #[diagnostic(help("add [fpm], by which zebra tells its routes, or take [lfa] out"))]
    LfaWithoutFpm,
    #[error("[lfa] `source` = \"file\" needs `file`")]
    #[diagnostic(help("write `file = \"/etc/swerve/topology.toml\"`, or another `source`"))]
    NoLfaFile,
    #[error("[lfa] `{key}` does not go with `source` = \"{word}\"")]
    #[diagnostic(help(
        "`sockets` goes with \"zebra\" and \"ospf\", `file` and `vrf` with \"file\": take it out, or write another `source`"
    ))]
    LfaKey { key: &'static str, word: &'static str },
    #[error("`{key}` = {given} is shorter than {min}")]
    #[diagnostic(help("write at least {min}: each time a routing daemon prints all of it"))]
    TooShort { key: &'static str, given: String, min: String },
    #[error("`{key}` = {given} is longer than anybody waits")]
    #[diagnostic(help("write at most {max}"))]
    TooLong { key: &'static str, given: String, max: String },

    // Cores and queues.
    #[error("core {core} is given twice")]
    #[diagnostic(help("one core runs one worker; name each core once"))]
    CoreTwice { core: u32 },
    #[error("the list of cores is empty")]
    #[diagnostic(help("write \"auto\" or at least one core, such as [1]"))]
    NoCores,
    #[error("core {core} is both a worker's and the main core")]
    #[diagnostic(help("take it out of `cores`, choose another `main_core`, or leave `main_core` out"))]
    MainCoreIsWorker { core: u32 },
    #[error("core {core}, which is to poll a queue of port `{port}`, has no worker")]
    #[diagnostic(help(
        "the workers' cores are {workers}; name one of them, or add {core} to [workers] cores"
    ))]
    QueueCoreNotWorker { port: String, core: u32, workers: String },
    #[error("port `{port}` has {queues} receive queues but {cores} queue cores")]
    #[diagnostic(help("name one core for each queue, or leave `rx_queues` out"))]
    QueueCount { port: String, queues: i64, cores: usize },

    // Ports.
    #[error("two ports are named `{name}`")]
    #[diagnostic(help("give each port a name of its own"))]
    PortTwice { name: String },
    #[error("ports `{port}` and `{other}` have the same MAC {mac}")]
    #[diagnostic(help("give each its own, or leave `mac` out to use the device's"))]
    MacTwice { port: String, other: String, mac: Mac },
    #[error("ports `{port}` and `{other}` are the same device {device}")]
    #[diagnostic(help("one device is one port; several networks on it are several VLAN interfaces"))]
    DeviceTwice { port: String, other: String, device: String },
    #[error("port `{port}` has no device")]
    #[diagnostic(help(
        "add one of `pci = \"0000:03:00.0\"`, `vdev = \"net_memif0,role=client\"`, `kernel = \"eth1\"`"
    ))]
    NoDevice { port: String },
    #[error("port `{port}` has several devices: {given}")]
    #[diagnostic(help("keep exactly one of `pci`, `vdev` and `kernel`"))]
    SeveralDevices { port: String, given: String },
    #[error("port `{port}` has a `driver` but is no kernel interface")]
    #[diagnostic(help(
        "`driver` goes with `kernel = \"eth1\"`; DPDK finds the driver of other devices itself"
    ))]
    DriverWithoutKernel { port: String },
    #[error("port `{port}` cannot follow a kernel interface's carrier: it has none")]
    #[diagnostic(help(
        "`link = \"kernel\"` goes with `kernel = \"eth1\"`; write \"device\", \"always\" or \"auto\""
    ))]
    LinkWithoutKernel { port: String },
    #[error("`{name}` is no vdev")]
    #[diagnostic(help(
        "write a driver's name, a number and its arguments, such as \"net_memif0,role=client\""
    ))]
    BadVdev { name: String },
    #[error("{mac} is no address of a station")]
    #[diagnostic(help("the first byte must be even and not all bytes zero, such as 02:00:00:00:00:01"))]
    MacNotUnicast { mac: Mac },
    #[error("the generator makes {family} but its source is {source_address}")]
    #[diagnostic(help("give a source of that family, or change `family`"))]
    GeneratorFamily { family: Family, source_address: IpAddr },

    // VRFs.
    #[error("two VRFs are named `{name}`")]
    #[diagnostic(help("give each VRF a name of its own"))]
    VrfTwice { name: String },
    #[error("no VRF can be named `{name}`")]
    #[diagnostic(help("the default VRF is there without a [[vrf]]; give this one another name"))]
    VrfIsDefault { name: String },
    #[error("the VRF's name `{name}` is {len} bytes long, and the kernel takes 15")]
    #[diagnostic(help("shorten it: the VRF's device in the kernel has the same name"))]
    VrfNameTooLong { name: String, len: usize },
    #[error("VRFs `{name}` and `{other}` both have the table {table}")]
    #[diagnostic(help("give each the number that its device has: `ip -d link show type vrf` says which"))]
    VrfTableTwice { name: String, other: String, table: u32 },
    #[error("`table` = {table} cannot be a VRF's")]
    #[diagnostic(help(
        "write a number from 1 to 4294967295 but 253, 254 and 255, which the kernel has for itself"
    ))]
    VrfTable { table: i64 },
    #[error("the file has {count} VRFs")]
    #[diagnostic(help("{} at most, beside the default one", crate::MAX_VRFS))]
    TooManyVrfs { count: usize },
    #[error("the mirror `{name}` would have the name of a VRF, and so of its device in the kernel")]
    #[diagnostic(help("rename the interface or the VRF, or write `mirror = {{ name = \"...\" }}`"))]
    MirrorIsVrf { name: String },
    #[error(
        "the route to {prefix} is in VRF `{vrf}`, and its path `{path}` leaves by one in VRF `{of_path}`"
    )]
    #[diagnostic(help(
        "write `next_hop_vrf = \"{of_path}\"` if its packets shall leave VRF `{vrf}`, or name a path of an interface in it"
    ))]
    PathInOtherVrf { prefix: IpNet, vrf: String, path: String, of_path: String },
    #[error("the route to {prefix} would leak from VRF `{vrf}` to itself")]
    #[diagnostic(help("take `next_hop_vrf` away, or name the VRF that the next hops are in"))]
    LeakToItself { prefix: IpNet, vrf: String },
    #[error("the route to {prefix} has no next hop in VRF `{vrf}`")]
    #[diagnostic(help("take `next_hop_vrf` away, or name a path of an interface in that VRF"))]
    NothingLeaks { prefix: IpNet, vrf: String },
    #[error("no interface in VRF `{vrf}` has a network that {prefix} is in")]
    #[diagnostic(help(
        "name the network of one, or part of it, to leak to its hosts; or say by `next_hops` which path leads there"
    ))]
    NoNetworkLeaks { prefix: IpNet, vrf: String },
    #[error(
        "VRF `{vrf}` has the network {prefix} itself, by the interface `{interface}`, which comes before a leak"
    )]
    #[diagnostic(help("take the route away, or leak to parts of the other network"))]
    LeakOfOwnNetwork { prefix: IpNet, vrf: String, interface: String },

    // Interfaces.
    #[error("two interfaces are named `{name}`")]
    #[diagnostic(help("give each interface a name of its own"))]
    InterfaceTwice { name: String },
    #[error("there are two loopbacks named `{name}`")]
    #[diagnostic(help("give each loopback a name of its own"))]
    LoopbackTwice { name: String },
    #[error("a loopback cannot have {address}: it is no address of a single host")]
    #[diagnostic(help("write {}/{}", .address.addr(), .address.max_prefix_len()))]
    LoopbackNetwork { address: IpNet },
    #[error("no {what} is named `{name}`")]
    UnknownName {
        what: &'static str,
        name: String,
        #[help]
        right: String,
    },
    #[error("VLAN {vlan} does not exist")]
    #[diagnostic(help("write 1 to 4094 (IEEE 802.1Q), or leave `vlan` out for untagged"))]
    VlanRange { vlan: i64 },
    #[error("interfaces `{name}` and `{other}` are both VLAN {vlan} of port `{port}`")]
    #[diagnostic(help("give one of them another VLAN or another port"))]
    VlanTwice { name: String, other: String, port: String, vlan: u16 },
    #[error("interfaces `{name}` and `{other}` are both untagged on port `{port}`")]
    #[diagnostic(help("give all but one of them a `vlan`"))]
    UntaggedTwice { name: String, other: String, port: String },
    #[error("the MTU {mtu} of interface `{name}` is over the {port_mtu} of port `{port}`")]
    #[diagnostic(help("raise the port's `mtu`, or lower the interface's to {port_mtu}"))]
    MtuOverPort { name: String, mtu: u16, port: String, port_mtu: u16 },
    #[error("the MTU {mtu} of interface `{name}` is too small for IPv6")]
    #[diagnostic(help("RFC 8200 section 5 wants 1280 at least; raise it, or take the IPv6 addresses away"))]
    MtuUnderIpv6 { name: String, mtu: u16 },
    #[error("{address} cannot be an interface's address: it is {why}")]
    #[diagnostic(help("write the switch's own address in that network, then the prefix length"))]
    NotAHost { address: IpNet, why: &'static str },
    #[error("interfaces `{name}` and `{other}` both have the address {address}")]
    #[diagnostic(help("an address belongs to one interface; change one of them"))]
    AddressTwice { name: String, other: String, address: IpAddr },
    #[error("{address} of interface `{name}` overlaps {other_address} of interface `{other}`")]
    #[diagnostic(help(
        "connected networks must not share addresses; make the prefixes longer, or change one"
    ))]
    NetworksOverlap { name: String, address: IpNet, other: String, other_address: IpNet },
    #[error("the mirror's name `{name}` is {len} bytes long, and the kernel takes 15")]
    #[diagnostic(help("shorten the interface's name, or write `mirror = {{ name = \"...\" }}`"))]
    MirrorNameTooLong { name: String, len: usize },
    #[error("the mirrors of interfaces `{interface}` and `{other}` would both be named `{name}`")]
    #[diagnostic(help("write `mirror = {{ name = \"...\" }}` for one of them"))]
    MirrorTwice { interface: String, other: String, name: String },
    #[error("the mirror `{name}` would have the name of the kernel interface that port `{port}` takes over")]
    #[diagnostic(help("rename the interface, or write `mirror = {{ name = \"...\" }}`"))]
    MirrorIsPort { name: String, port: String },

    // Neighbors.
    #[error("the neighbor {address} is on no network of interface `{interface}`")]
    #[diagnostic(help("{networks}"))]
    NeighborNotConnected { address: IpAddr, interface: String, networks: String },
    #[error("the neighbor {address} is this switch itself")]
    #[diagnostic(help("write the other side's address"))]
    NeighborIsOwn { address: IpAddr },
    #[error("interface `{interface}` has the neighbor {address} twice")]
    #[diagnostic(help("keep the one with the right MAC"))]
    NeighborTwice { interface: String, address: IpAddr },

    // Paths.
    #[error("two paths are named `{name}`")]
    #[diagnostic(help("give each path a name of its own"))]
    PathTwice { name: String },
    #[error("the next hop {next_hop} is on no network of interface `{interface}`")]
    #[diagnostic(help("{networks}"))]
    NextHopNotConnected { next_hop: IpAddr, interface: String, networks: String },
    #[error("the next hop {next_hop} is this switch itself (interface `{interface}`)")]
    #[diagnostic(help("write the address of the router on the other side"))]
    NextHopIsOwn { next_hop: IpAddr, interface: String },
    #[error("the next hop {next_hop} is the address of the network {network} itself")]
    #[diagnostic(help("write the address of a router in that network"))]
    NextHopIsNetwork { next_hop: IpAddr, network: IpNet },
    #[error("the next hop {next_hop} is the broadcast address of {network}")]
    #[diagnostic(help("write the address of a router in that network"))]
    NextHopIsBroadcast { next_hop: IpAddr, network: IpNet },
    #[error("the next hop {next_hop} is no address of one router")]
    #[diagnostic(help("write a unicast address"))]
    NextHopNotUnicast { next_hop: IpAddr },
    #[error("paths `{name}` and `{other}` are the same way out: {next_hop} on interface `{interface}`")]
    #[diagnostic(help("neither can be a backup of the other; change the next hop or the interface of one"))]
    SameWayOut { name: String, other: String, interface: String, next_hop: IpAddr },
    #[error("`wait_to_restore` = {wait} is over `wait_to_restore_max` = {max}")]
    #[diagnostic(help("raise `wait_to_restore_max` to {wait} at least, or lower `wait_to_restore`"))]
    RestoreOverMax { wait: String, max: String },
    #[error("`{key}` = {given} is over a day")]
    #[diagnostic(help("write 24h or less; `swervectl drain` keeps a path out of use for longer"))]
    RestoreTooLong { key: &'static str, given: String },

    // BFD.
    #[error("a BFD multiplier of {multiplier} is out of range")]
    #[diagnostic(help("write 1 to 255: so many intervals without a packet mean Down; 3 is usual"))]
    BfdMultiplier { multiplier: i64 },
    #[error("a BFD `{key}` of {given} is too short")]
    #[diagnostic(help("write 100us or more; shorter than that, a core's own stalls look like a dead peer"))]
    BfdTooShort { key: &'static str, given: String },
    #[error("a BFD `{key}` of {given} is too long")]
    #[diagnostic(help("BFD carries it as 32 bits of microseconds (RFC 5880 section 4.1): 71m 34s at most"))]
    BfdTooLong { key: &'static str, given: String },
    #[error("a BFD `{key}` of {given} is not a whole number of microseconds")]
    #[diagnostic(help("BFD counts in microseconds; write {nearest}"))]
    BfdNotMicroseconds { key: &'static str, given: String, nearest: String },
    #[error("a BFD `{key}` of {given} cannot be kept by workers that sleep")]
    #[diagnostic(help("write 1ms or more, or `idle = \"poll\"` in [workers]"))]
    BfdUnderSleep { key: &'static str, given: String },
    #[error(
        "a BFD `{key}` of {given} cannot be kept on port `{port}`, whose packets pass through the kernel"
    )]
    #[diagnostic(help("write 1ms or more, or give the port to DPDK by `pci`"))]
    BfdThroughKernel { key: &'static str, given: String, port: String },

    // Routes.
    #[error("{given} has bits set beyond its prefix length")]
    #[diagnostic(help("write {meant}, or /{full} if that one address was meant"))]
    HostBits { given: IpNet, meant: IpNet, full: u8 },
    #[error("two routes have the prefix {prefix}")]
    #[diagnostic(help("put all next hops into one route"))]
    PrefixTwice { prefix: IpNet },
    #[error("the route to {prefix} has no next hop")]
    #[diagnostic(help(
        "add `next_hops = [ {{ path = \"...\" }} ]`, `blackhole = true`, `unreachable = true` or `prohibit = true`"
    ))]
    RouteDoesNothing { prefix: IpNet },
    #[error("the route to {prefix} says several things: {given}")]
    #[diagnostic(help("keep exactly one of them"))]
    RouteSaysTwoThings { prefix: IpNet, given: String },
    #[error("the route to {prefix} has a backup but no next hop")]
    #[diagnostic(help("add `next_hops`, or take `backup` away"))]
    BackupWithoutNextHops { prefix: IpNet },
    #[error("the route to {prefix} names the path `{path}` twice")]
    #[diagnostic(help("a path cannot back itself up; name another one, or give it more `weight`"))]
    NextHopTwice { prefix: IpNet, path: String },
    #[error("the backup `{path}` of {prefix} is one of its own next hops")]
    #[diagnostic(help("a path cannot back itself up; name a path that is not in `next_hops`"))]
    BackupIsPrimary { prefix: IpNet, path: String },
    #[error(
        "the {family} prefix {prefix} cannot use path `{path}`, whose next hop {next_hop} is not {family}"
    )]
    #[diagnostic(help("name a path with an {family} next hop"))]
    FamilyMismatch { prefix: IpNet, family: Family, path: String, next_hop: IpAddr },
    #[error("the route to {prefix} has {members} next hops and backups")]
    #[diagnostic(help("{} at most", crate::MAX_MEMBERS))]
    TooManyMembers { prefix: IpNet, members: usize },
    #[error("path `{path}` has weight {weight}")]
    #[diagnostic(help("write 1 to 65535; to keep a path for failures only, give it a higher `preference`"))]
    Weight { path: String, weight: i64 },
    #[error("the file has {need} {what}, and `{key}` = {have} leaves no room for them")]
    #[diagnostic(help("raise `{key}` in [tables]"))]
    TableTooSmall { key: &'static str, what: &'static str, have: u32, need: usize },

    // The program.
    #[error("`{key}` is empty")]
    #[diagnostic(help("write the name, as the program has it, or the path of a file"))]
    EmptyName { key: &'static str },
    #[error("`controller_port` = {port} is port `{name}`")]
    #[diagnostic(help(
        "ports are numbered from 0 in the order of the file; write a number behind the last, or leave it out for 509"
    ))]
    ControllerIsPort { port: u16, name: String },
    #[error("table `{table}` is given these keys twice")]
    #[diagnostic(help("keep the entry with the right action, or give the two a `priority` each"))]
    EntryTwice { table: String },

    #[error("multicast group {group} is given twice")]
    #[diagnostic(help("give all its ports in one list"))]
    MulticastTwice { group: u16 },
    #[error("clone session {session} is given twice")]
    #[diagnostic(help("give its port and its multicast group in one place"))]
    CloneTwice { session: u32 },
    #[error("clone session {session} leads nowhere")]
    #[diagnostic(help("give it one of `port` and `controller = true`, a `multicast` group, or both"))]
    CloneNowhere { session: u32 },
    #[error("the default action of table `{table}` is given twice")]
    #[diagnostic(help("keep the right one"))]
    DefaultTwice { table: String },
    #[error("nothing is learned from digest `{digest}`")]
    #[diagnostic(help("add at least one [[program.learn.entry]] behind it"))]
    NothingLearned { digest: String },
    #[error("a second entry of this rule has an `idle_timeout`")]
    #[diagnostic(help("give it to the entry that every packet of the station hits; when it ends, all go"))]
    IdleTwice,
    #[error("an `idle_timeout` of {given} is out of range")]
    #[diagnostic(help("write 100ms to 365days, or leave it out for entries that stay"))]
    IdleTimeout { given: String },

    // What only the program can tell.
    #[error("table `{table}` of the program has no VRF among its keys, and the file has VRFs")]
    #[diagnostic(help(
        "let its first key be `swerve_vrf(...): exact`, as in router.p4: else packets of every VRF would find what is the default one's"
    ))]
    ProgramWithoutVrfs { table: String },
    #[error("this entry does not fit the program: {why}")]
    Entry { why: String },
    #[error("this default action does not fit the program: {why}")]
    DefaultAction { why: String },
    #[error("this clone session does not fit the program: {why}")]
    CloneSession { why: String },
    #[error("this group does not fit the program: {why}")]
    Multicast { why: String },
    #[error("this rule does not fit the program: {why}")]
    Learn { why: String },

    // What only the machine can tell.
    #[error("core {core} does not exist here, or this process may not run on it")]
    #[diagnostic(help("the cores it may use are {cores}"))]
    NoSuchCore { core: u32, cores: String },
    #[error("no core is left for a worker")]
    #[diagnostic(help(
        "this process may use {cores}; allow it more, or share one: `cores = [{main}]` and `idle = \"sleep\"`"
    ))]
    NoCoreLeft { cores: String, main: u32 },
    #[error("no kernel interface is named `{name}`")]
    NoKernelInterface {
        name: String,
        #[help]
        right: String,
    },
    #[error("there is no PCI device {address}")]
    NoPciDevice {
        address: String,
        #[help]
        right: String,
    },
    #[error("no network namespace is named `{name}`")]
    NoNamespace {
        name: String,
        #[help]
        right: String,
    },
    #[error("{wanted} MiB of hugepages are wanted and {free} MiB are free")]
    #[diagnostic(help(
        "reserve more (`sysctl vm.nr_hugepages`), lower `memory`, or write `hugepages = \"auto\"` or \"no\""
    ))]
    NoHugepages { wanted: u32, free: u64 },
    #[error("{mbufs} packet buffers need {need} MiB, and {have}")]
    MemoryUnderMbufs {
        mbufs: u32,
        need: u64,
        have: String,
        #[help]
        right: String,
    },
    #[error(
        "a BFD `interval` of {given} cannot be kept by a worker that shares core {core} with other threads"
    )]
    #[diagnostic(help("write 1ms or more, or leave a core without a worker"))]
    BfdOnSharedCore { given: String, core: u32 },
}

/// "did you mean ..." when one of `known` is near to `word`, and the list of them.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 16;
    let known: Vec<&str> = known.into_iter().collect();
    let list = match known.len() {
        0 => "there is none".to_owned(),
        n if n > SHOWN => format!("there are {n}, such as `{}`", known[..SHOWN].join("`, `")),
        1 => format!("there is only `{}`", known[0]),
        _ => format!("known are `{}`", known.join("`, `")),
    };
    let distance = |k: &str| strsim::osa_distance(&word.to_lowercase(), &k.to_lowercase());
    let best = known.iter().min_by_key(|k| distance(k)).filter(|k| distance(k) <= 1 + k.len().max(2) / 3);
    match best {
        Some(best) => format!("did you mean `{best}`? {list}"),
        None => list,
    }
}
