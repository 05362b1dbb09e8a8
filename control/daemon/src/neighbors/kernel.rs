//! Links and neighbors of one network namespace, as the kernel tells them (rtnetlink(7)).

use super::netns;
use api::Mac;
use mio::{Interest, Registry, Token};
use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrIn, SockaddrIn6, sendmsg};
use std::collections::HashSet;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use tracing::debug;

/// Multicast groups of rtnetlink(7).
const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_NEIGH: u32 = 3;

/// The discard port (RFC 863): nobody listens there, and nobody needs to.
const DISCARD: u16 = 9;

/// Room for bursts of changes; the kernel says when it was not enough.
const RECEIVE_BUFFER: usize = 1 << 20;

/// Datagrams of one turn, so that a busy kernel cannot keep the loop.
const TURN: usize = 256;

/// What the kernel said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Link {
        index: u32,
        name: String,
        up: bool,
    },
    LinkGone {
        index: u32,
    },
    Neighbor {
        index: u32,
        address: IpAddr,
        news: News,
    },
    /// Every link there is. A listing of every neighbor begins.
    Links(HashSet<u32>),
    /// It was whole: what it did not mention is gone.
    ListEnd,
}

/// What became of a neighbor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    /// It has an address; the kernel is not sure of it any more when `stale`.
    Resolved {
        mac: Mac,
        stale: bool,
    },
    /// Nobody answers.
    Failed,
    /// The kernel has asked and waits.
    Pending,
    Deleted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Listing {
    None,
    Links,
    Neighbors,
}

/// Sockets in one namespace.
#[derive(Debug)]
pub(crate) struct Kernel {
    netlink: Socket,
    udp4: UdpSocket,
    udp6: Option<UdpSocket>,
    sequence: u32,
    listing: Listing,
    /// Links mentioned since the listing began.
    links: HashSet<u32>,
    /// Something was missed: the listing has to be done again.
    missed: bool,
}

impl Kernel {
    /// Opens the sockets in that named namespace, or in this process's own.
    pub(crate) fn open(namespace: Option<&str>) -> io::Result<Kernel> {
        let (netlink, udp4, udp6) = netns::within(namespace, || {
            let mut netlink = Socket::new(NETLINK_ROUTE)?;
            netlink.bind(&SocketAddr::new(0, 0))?;
            netlink.set_non_blocking(true)?;
            netlink.add_membership(RTNLGRP_LINK)?;
            netlink.add_membership(RTNLGRP_NEIGH)?;
            let udp4 = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
            udp4.set_nonblocking(true)?;
            // A kernel without IPv6 has no IPv6 neighbors either.
            let udp6 = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).ok();
            udp6.as_ref().map_or(Ok(()), |udp6| udp6.set_nonblocking(true))?;
            Ok((netlink, udp4, udp6))
        })?;
        // The kernel gives as much of it as its limit allows.
        let _ = netlink.set_rx_buf_sz(RECEIVE_BUFFER as libc::c_int);
        Ok(Kernel {
            netlink,
            udp4,
            udp6,
            sequence: 0,
            listing: Listing::None,
            links: HashSet::new(),
            missed: false,
        })
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.netlink, token, Interest::READABLE)
    }

    pub(crate) fn reregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.reregister(&mut self.netlink, token, Interest::READABLE)
    }

    /// Asks for every link, then for every neighbor.
    pub(crate) fn list(&mut self) -> io::Result<()> {
        self.missed = false;
        self.links.clear();
        self.ask(Listing::Links, RouteNetlinkMessage::GetLink(LinkMessage::default()))
    }

    fn ask(&mut self, listing: Listing, request: RouteNetlinkMessage) -> io::Result<()> {
        self.sequence += 1;
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.netlink.send(&bytes, 0)?;
        self.listing = listing;
        Ok(())
    }

    /// Takes what the kernel says now. True when there may be more.
    ///
    /// # Errors
    /// The sockets are of no use any more.
    pub(crate) fn receive(&mut self, told: &mut Vec<Told>) -> io::Result<bool> {
        let mut buffer = vec![0u8; 64 << 10];
        for _ in 0..TURN {
            match self.netlink.recv(&mut &mut buffer[..], 0) {
                Ok(len) => self.take(&buffer[..len.min(buffer.len())], told)?,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.raw_os_error() == Some(libc::ENOBUFS) => {
                    debug!("the kernel had more to say than its buffer holds; listing anew");
                    self.missed = true;
                    if self.listing == Listing::None {
                        self.list()?;
                    }
                }
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }

    fn take(&mut self, mut bytes: &[u8], told: &mut Vec<Told>) -> io::Result<()> {
        while let Ok(buffer) = NetlinkBuffer::new_checked(bytes) {
            let len = buffer.length() as usize;
            match NetlinkMessage::<RouteNetlinkMessage>::deserialize(&bytes[..len]) {
                Ok(message) => self.take_message(message, told)?,
                Err(error) => debug!(%error, "a message of the kernel is not understood"),
            }
            // NLMSG_ALIGN: messages start at multiples of four.
            bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(())
    }

    fn take_message(
        &mut self,
        message: NetlinkMessage<RouteNetlinkMessage>,
        told: &mut Vec<Told>,
    ) -> io::Result<()> {
        let (header, payload) = message.into_parts();
        let ours = self.listing != Listing::None && header.sequence_number == self.sequence;
        self.missed |= ours && header.flags & NLM_F_DUMP_INTR != 0;
        match payload {
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(link)) => {
                self.links.insert(link.header.index);
                told.extend(new_link(&link));
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelLink(link)) => {
                self.links.remove(&link.header.index);
                told.push(Told::LinkGone { index: link.header.index });
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewNeighbour(neighbor)) => {
                told.extend(new_neighbor(&neighbor));
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelNeighbour(neighbor)) => {
                let index = neighbor.header.ifindex;
                told.extend(address(&neighbor).map(|address| Told::Neighbor {
                    index,
                    address,
                    news: News::Deleted,
                }));
            }
            NetlinkPayload::Done(_) if ours => self.next_listing(told)?,
            NetlinkPayload::Error(error) if ours && error.code.is_some() => return Err(error.to_io()),
            NetlinkPayload::Overrun(_) => self.missed = true,
            _ => {}
        }
        Ok(())
    }

    fn next_listing(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        match self.listing {
            Listing::Links => {
                told.push(Told::Links(std::mem::take(&mut self.links)));
                self.ask(Listing::Neighbors, RouteNetlinkMessage::GetNeighbour(NeighbourMessage::default()))
            }
            Listing::Neighbors | Listing::None if self.missed => self.list(),
            Listing::Neighbors | Listing::None => {
                self.listing = Listing::None;
                told.push(Told::ListEnd);
                Ok(())
            }
        }
    }

    /// Makes the kernel resolve `address` on that link: a datagram towards it, for which no privilege is needed.
    pub(crate) fn resolve(&self, index: u32, address: IpAddr) -> io::Result<()> {
        let data = [IoSlice::new(&[0])];
        let flags = MsgFlags::MSG_DONTWAIT;
        match address {
            IpAddr::V4(address) => {
                let none = libc::in_addr { s_addr: 0 };
                let link = libc::in_pktinfo {
                    ipi_ifindex: index as libc::c_int,
                    ipi_spec_dst: none,
                    ipi_addr: none,
                };
                let to = SockaddrIn::from(SocketAddrV4::new(address, DISCARD));
                let control = [ControlMessage::Ipv4PacketInfo(&link)];
                sendmsg(self.udp4.as_raw_fd(), &data, &control, flags, Some(&to))?;
            }
            IpAddr::V6(address) => {
                let udp6 = self.udp6.as_ref().ok_or(ErrorKind::Unsupported)?;
                let none = libc::in6_addr { s6_addr: [0; 16] };
                let link = libc::in6_pktinfo { ipi6_addr: none, ipi6_ifindex: index };
                let to = SockaddrIn6::from(SocketAddrV6::new(address, DISCARD, 0, index));
                let control = [ControlMessage::Ipv6PacketInfo(&link)];
                sendmsg(udp6.as_raw_fd(), &data, &control, flags, Some(&to))?;
            }
        }
        Ok(())
    }
}

fn new_link(link: &LinkMessage) -> Option<Told> {
    let name = link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::IfName(name) => Some(name.clone()),
        _ => None,
    })?;
    let up = link.header.flags.contains(LinkFlags::Up | LinkFlags::LowerUp);
    Some(Told::Link { index: link.header.index, name, up })
}

fn address(neighbor: &NeighbourMessage) -> Option<IpAddr> {
    neighbor.attributes.iter().find_map(|attribute| match attribute {
        NeighbourAttribute::Destination(NeighbourAddress::Inet(address)) => Some(IpAddr::V4(*address)),
        NeighbourAttribute::Destination(NeighbourAddress::Inet6(address)) => Some(IpAddr::V6(*address)),
        _ => None,
    })
}

fn new_neighbor(neighbor: &NeighbourMessage) -> Option<Told> {
    let mac = neighbor.attributes.iter().find_map(|attribute| match attribute {
        NeighbourAttribute::LinkLayerAddress(bytes) => <[u8; 6]>::try_from(bytes.as_slice()).ok().map(Mac),
        _ => None,
    });
    let stale = neighbor.header.state == NeighbourState::Stale;
    let news = match neighbor.header.state {
        NeighbourState::Reachable
        | NeighbourState::Stale
        | NeighbourState::Delay
        | NeighbourState::Probe
        | NeighbourState::Permanent => News::Resolved { mac: mac?, stale },
        NeighbourState::Failed => News::Failed,
        NeighbourState::Incomplete => News::Pending,
        // NOARP is for multicast and links without addresses, NONE for entries just made.
        _ => return None,
    };
    Some(Told::Neighbor { index: neighbor.header.ifindex, address: address(neighbor)?, news })
}
