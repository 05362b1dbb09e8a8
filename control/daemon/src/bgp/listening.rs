//! The socket that neighbors connect to, and the keys of those that sign (RFC 2385).

use super::{NeighborSettings, Settings};
use crate::neighbors::netns;
use nix::sys::socket::SetSockOpt;
use nix::sys::socket::sockopt::SetStruct;
use socket2::SockRef;
use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener};

/// Why there are no feeds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[error("cannot listen for BGP at {address}: {error}")]
    Bind { address: SocketAddr, error: io::Error },
    #[error("cannot have segments of {neighbor} signed: {error}")]
    Sign { neighbor: IpAddr, error: io::Error },
    #[error("BGP has no thread: {0}")]
    Thread(io::Error),
}

/// Octets of the longest key.
const KEY_LEN: usize = 80;

/// Connections that wait to be accepted: that of the standard library's own.
const BACKLOG: libc::c_int = 128;

/// tcp(7); linux/tcp.h.
const TCP_MD5SIG: libc::c_int = 14;

/// `struct tcp_md5sig`: `sockaddr_storage`, what it applies to, and the key. The parts that are zero here stand for a
/// whole address and any interface.
#[repr(C, align(8))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    address: [u8; 128],
    flags: u8,
    prefix_len: u8,
    key_len: u16,
    interface: u32,
    key: [u8; KEY_LEN],
}

#[derive(Debug, Clone, Copy)]
struct Md5Signature;

nix::setsockopt_impl!(Md5Signature, libc::IPPROTO_TCP, TCP_MD5SIG, Signature, SetStruct<Signature>);

/// A socket of IPv6 knows IPv4 neighbors by their mapped addresses.
fn as_seen(address: IpAddr, by_v6: bool) -> IpAddr {
    match address {
        IpAddr::V4(v4) if by_v6 => v4.to_ipv6_mapped().into(),
        other => other,
    }
}

/// `struct sockaddr_in` or `sockaddr_in6` without port, flow and scope.
fn socket_address(address: IpAddr) -> [u8; 128] {
    let mut octets = [0; 128];
    let (family, at): (libc::c_int, usize) = match address {
        IpAddr::V4(_) => (libc::AF_INET, 4),
        IpAddr::V6(_) => (libc::AF_INET6, 8),
    };
    octets[..2].copy_from_slice(&(family as u16).to_ne_bytes());
    match address {
        IpAddr::V4(v4) => octets[at..at + 4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => octets[at..at + 16].copy_from_slice(&v6.octets()),
    }
    octets
}

/// Sets the key of a neighbor; an empty one takes it away.
fn sign(listener: &TcpListener, neighbor: IpAddr, key: &str) -> io::Result<()> {
    if key.len() > KEY_LEN {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("the password has over {KEY_LEN} octets"),
        ));
    }
    let address = as_seen(neighbor, listener.local_addr()?.is_ipv6());
    let mut octets = [0; KEY_LEN];
    octets[..key.len()].copy_from_slice(key.as_bytes());
    let signature = Signature {
        address: socket_address(address),
        flags: 0,
        prefix_len: 0,
        key_len: key.len() as u16,
        interface: 0,
        key: octets,
    };
    Ok(Md5Signature.set(listener, &signature)?)
}

fn sign_all<'a>(
    listener: &TcpListener,
    neighbors: impl Iterator<Item = &'a NeighborSettings>,
) -> Result<(), ListenError> {
    for neighbor in neighbors {
        let Some(password) = &neighbor.password else { continue };
        sign(listener, neighbor.address, &password.0)
            .map_err(|error| ListenError::Sign { neighbor: neighbor.address, error })?;
    }
    Ok(())
}

/// Listens in the namespace of the settings.
pub(super) fn bind(settings: &Settings) -> Result<TcpListener, ListenError> {
    let address = settings.listen;
    let open = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let listener = netns::within(settings.netns.as_deref(), open)
        .map_err(|error| ListenError::Bind { address, error })?;
    sign_all(&listener, settings.neighbors.iter())?;
    Ok(listener)
}

/// Listens no more, for whoever has the socket: another one may have its port.
pub(super) fn pause(listener: &TcpListener) -> io::Result<()> {
    SockRef::from(listener).shutdown(Shutdown::Read)
}

/// Takes [`pause`] back.
pub(super) fn resume(listener: &TcpListener) -> io::Result<()> {
    SockRef::from(listener).listen(BACKLOG)
}

/// From the keys of one file to those of another.
pub(super) fn change_keys(listener: &TcpListener, old: &Settings, new: &Settings) -> Result<(), ListenError> {
    let signs = |settings: &Settings, address| {
        settings.neighbors.iter().any(|neighbor| neighbor.address == address && neighbor.password.is_some())
    };
    for neighbor in &old.neighbors {
        let address = neighbor.address;
        if neighbor.password.is_some() && !signs(new, address) {
            sign(listener, address, "").map_err(|error| ListenError::Sign { neighbor: address, error })?;
        }
    }
    sign_all(listener, new.neighbors.iter().filter(|neighbor| !old.neighbors.contains(neighbor)))
}
