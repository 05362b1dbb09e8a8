//! The mirror of an interface in the kernel: a persistent TAP with the interface's MAC and addresses.
//!
//! Persistent, so that name and index survive a restart of the switch and daemons bound to it keep their footing.

use super::netlink::{Address, Link, Netlink};
use crate::worker::view::link_local;
use api::Mac;
use ipnet::{IpNet, Ipv6Net};
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

/// What a mirror shall look like.
#[derive(Clone, Debug)]
pub struct MirrorSpec {
    pub name: String,
    /// Named network namespace, the switch's own when `None`.
    pub netns: Option<String>,
    /// The VRF that it is a port of, where the kernel has a device of that name.
    pub vrf: Option<String>,
    pub mac: Mac,
    pub mtu: u16,
    pub addresses: Vec<IpNet>,
}

/// A TAP; reads and writes never block.
pub struct Mirror {
    device: SyncDevice,
    /// The kernel's number for it.
    pub index: u32,
}

/// A mirror could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("mirror interface {name}: {step}: {error}")]
pub struct MirrorError {
    name: String,
    step: &'static str,
    error: io::Error,
}

impl Mirror {
    /// Creates the TAP, or takes the one that an earlier run left, and gives it its MAC, MTU and addresses.
    pub fn open(spec: &MirrorSpec) -> Result<Mirror, MirrorError> {
        let (device, index) = in_namespace(spec, |spec| {
            let device = DeviceBuilder::new()
                .name(&spec.name)
                .layer(Layer::L2)
                .inherit_enable_state()
                .build_sync()
                .map_err(|e| error(spec, "create (is /dev/net/tun there, and the name free?)", e))?;
            device.persist().map_err(|e| error(spec, "make persistent", e))?;
            device.set_nonblocking(true).map_err(|e| error(spec, "make non-blocking", e))?;
            quiet_ipv6(&spec.name);
            let (mut netlink, link) = look_up(spec)?;
            netlink
                .configure(&link, spec.mac.0, u32::from(spec.mtu))
                .map_err(|e| error(spec, "set MAC and MTU", e))?;
            // Before the addresses: joining takes those of IPv6 away for a moment.
            join_vrf(spec, &mut netlink, &link)?;
            give_addresses(spec, &mut netlink, &link)?;
            Ok((device, link.index))
        })?;
        Ok(Mirror { device, index })
    }

    /// Changes addresses while running. Whether it is up, and its MTU, are as an operator left them.
    pub fn update(&self, spec: &MirrorSpec) -> Result<(), MirrorError> {
        in_namespace(spec, |spec| {
            let (mut netlink, link) = look_up(spec)?;
            give_addresses(spec, &mut netlink, &link)
        })
    }

    /// One frame from the kernel into `buffer`; `None` when there is none.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.device.recv(buffer) {
            Ok(n) => Ok(Some(n)),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// One frame to the kernel.
    pub fn write(&self, frame: &[u8]) -> io::Result<()> {
        self.device.send(frame).map(drop)
    }
}

impl AsRawFd for Mirror {
    fn as_raw_fd(&self) -> RawFd {
        self.device.as_raw_fd()
    }
}

fn error(spec: &MirrorSpec, step: &'static str, error: io::Error) -> MirrorError {
    MirrorError { name: spec.name.clone(), step, error }
}

/// Runs `work` in the namespace of the mirror.
fn in_namespace<T: Send>(
    spec: &MirrorSpec,
    work: impl FnOnce(&MirrorSpec) -> Result<T, MirrorError> + Send,
) -> Result<T, MirrorError> {
    let entered = enter(spec.netns.as_deref(), || work(spec));
    entered.map_err(|e| error(spec, "enter its network namespace", e))?
}

/// Runs `work` in a named network namespace, the switch's own for `None`: a thread of its own enters it, so that no other thread
/// is moved.
pub fn enter<T: Send>(netns: Option<&str>, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let Some(netns) = netns else { return Ok(work()) };
    let file = File::open(Path::new("/run/netns").join(netns))?;
    std::thread::scope(|scope| {
        let entered = scope.spawn(|| {
            setns(file, CloneFlags::CLONE_NEWNET)?;
            Ok(work())
        });
        entered.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The kernel's own router advertisements and address configuration have no place on a mirror.
fn quiet_ipv6(name: &str) {
    // addr_gen_mode 0: the link-local address follows from the MAC, as the switch expects it.
    // keep_addr_on_down: an interface that is set down and up again has its addresses, as with IPv4.
    for (key, value) in [
        ("accept_ra", "0"),
        ("autoconf", "0"),
        ("accept_dad", "0"),
        ("addr_gen_mode", "0"),
        ("keep_addr_on_down", "1"),
    ] {
        // Absent where IPv6 is off: nothing to keep quiet then.
        let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{name}/{key}"), value);
    }
}

fn look_up(spec: &MirrorSpec) -> Result<(Netlink, Link), MirrorError> {
    let mut netlink = Netlink::open().map_err(|e| error(spec, "open netlink", e))?;
    let link = netlink.link(&spec.name).map_err(|e| error(spec, "look up", e))?;
    let link = link.ok_or_else(|| error(spec, "look up", io::ErrorKind::NotFound.into()))?;
    Ok((netlink, link))
}

/// Devices of VRFs are the operator's: where there is none, the mirror stays in the kernel's default VRF.
fn join_vrf(spec: &MirrorSpec, netlink: &mut Netlink, link: &Link) -> Result<(), MirrorError> {
    let Some(name) = &spec.vrf else { return Ok(()) };
    let device = netlink.link(name).map_err(|e| error(spec, "look its VRF up", e))?;
    match device {
        Some(device) if link.master == Some(device.index) => Ok(()),
        Some(device) => {
            netlink.set_master(link.index, device.index).map_err(|e| error(spec, "join its VRF's device", e))
        }
        None => {
            tracing::info!(mirror = spec.name, vrf = name, "the kernel has no device of that VRF's name");
            Ok(())
        }
    }
}

/// Addresses of the file come, and those that an earlier file gave go. What operators and daemons gave stays.
fn give_addresses(spec: &MirrorSpec, netlink: &mut Netlink, link: &Link) -> Result<(), MirrorError> {
    let mut present = netlink.addresses().map_err(|e| error(spec, "read addresses", e))?;
    present.retain(|address| address.index == link.index);
    let is_there = |net: IpNet| present.iter().any(|address| address.net == net);
    // The kernel makes the link-local address from the MAC when the interface comes up, and keeps that of an earlier MAC.
    let own = IpNet::from(Ipv6Net::new_assert(link_local(spec.mac.0), 64));
    let stale = |address: &&Address| address.is_made_by_kernel() && address.net != own;
    let renewed = present.iter().any(|address| stale(&address)) && !is_there(own);
    let wanted: Vec<IpNet> = spec.addresses.iter().copied().chain(renewed.then_some(own)).collect();
    let old = |address: &&Address| address.is_ours() && !wanted.contains(&address.net) && address.net != own;
    for address in present.iter().filter(|address| old(address) || stale(address)) {
        netlink.remove_address(link.index, address.net).map_err(|e| error(spec, "remove an address", e))?;
    }
    for address in wanted.iter().filter(|address| !is_there(**address)) {
        netlink.add_address(link.index, *address).map_err(|e| error(spec, "add an address", e))?;
    }
    Ok(())
}
