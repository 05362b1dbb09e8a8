//! The few rtnetlink requests the switch makes, and the link changes it follows.

use ipnet::IpNet;
use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    address::{AddressAttribute, AddressMessage},
    link::{LinkAttribute, LinkFlags, LinkMessage},
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};

const GROUP_LINK: u32 = 1;
const GROUP_IPV4_ADDRESSES: u32 = 5;
const GROUP_IPV6_ADDRESSES: u32 = 9;
/// Who gave an address (`proto` of `ip addr`, Linux 5.18): the switch.
const OURS: u8 = 0x53;
/// The kernel, from the MAC.
const KERNEL_LINK_LOCAL: u8 = 3;
/// Larger than any message the kernel sends: a dump comes in pieces of at most 32 KiB.
const BUFFER: usize = 1 << 16;

/// A kernel interface, as far as we look at it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    pub index: u32,
    pub name: String,
    /// Administratively.
    pub up: bool,
    /// Administratively up and with a carrier.
    pub running: bool,
    pub mtu: u32,
    pub mac: [u8; 6],
    /// The index of the bridge, VRF or other device that it is a port of.
    pub master: Option<u32>,
}

/// An address of an interface, with its network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    pub index: u32,
    pub net: IpNet,
    protocol: u8,
}

impl Address {
    /// Given by the switch, of this run or an earlier one. Before Linux 5.18 nobody knows.
    pub fn is_ours(&self) -> bool {
        self.protocol == OURS
    }

    pub fn is_made_by_kernel(&self) -> bool {
        self.protocol == KERNEL_LINK_LOCAL
    }
}

/// A socket for requests, one at a time.
pub struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl Netlink {
    /// Opens a socket in the calling thread's network namespace.
    pub fn open() -> io::Result<Netlink> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Netlink { socket, sequence: 0 })
    }

    /// Every interface of the namespace.
    pub fn links(&mut self) -> io::Result<Vec<Link>> {
        let request = RouteNetlinkMessage::GetLink(LinkMessage::default());
        let answers = self.request(request, NLM_F_DUMP)?;
        Ok(answers.into_iter().filter_map(link_of).collect())
    }

    /// The interface of that name.
    pub fn link(&mut self, name: &str) -> io::Result<Option<Link>> {
        Ok(self.links()?.into_iter().find(|l| l.name == name))
    }

    /// Gives the interface a carrier, or takes it away: what is behind it is up or down.
    pub fn set_carrier(&mut self, index: u32, up: bool) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.attributes.push(LinkAttribute::Carrier(u8::from(up)));
        self.request(RouteNetlinkMessage::SetLink(message), NLM_F_ACK).map(drop)
    }

    /// Makes the interface a port of another, such as a VRF.
    pub fn set_master(&mut self, index: u32, master: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.attributes.push(LinkAttribute::Controller(master));
        self.request(RouteNetlinkMessage::SetLink(message), NLM_F_ACK).map(drop)
    }

    /// Sets MAC and MTU where they differ, and brings the interface up. The kernel forgets an interface's neighbors
    /// when its MAC is set, even to what it was.
    pub fn configure(&mut self, link: &Link, mac: [u8; 6], mtu: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = link.index;
        message.header.flags = LinkFlags::Up;
        message.header.change_mask = LinkFlags::Up;
        if link.mac != mac {
            message.attributes.push(LinkAttribute::Address(mac.to_vec()));
        }
        if link.mtu != mtu {
            message.attributes.push(LinkAttribute::Mtu(mtu));
        }
        self.request(RouteNetlinkMessage::SetLink(message), NLM_F_ACK).map(drop)
    }

    /// Addresses of every interface.
    pub fn addresses(&mut self) -> io::Result<Vec<Address>> {
        let request = RouteNetlinkMessage::GetAddress(AddressMessage::default());
        let answers = self.request(request, NLM_F_DUMP)?;
        let addresses = answers.into_iter().filter_map(|message| match message {
            RouteNetlinkMessage::NewAddress(message) => address_of(&message),
            _ => None,
        });
        Ok(addresses.collect())
    }

    /// Adds an address as ours; one that is there already is no error.
    pub fn add_address(&mut self, index: u32, address: IpNet) -> io::Result<()> {
        let message = RouteNetlinkMessage::NewAddress(address_message(index, address));
        self.request(message, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE).map(drop)
    }

    /// Removes an address.
    pub fn remove_address(&mut self, index: u32, address: IpNet) -> io::Result<()> {
        self.request(RouteNetlinkMessage::DelAddress(address_message(index, address)), NLM_F_ACK).map(drop)
    }

    fn request(&mut self, message: RouteNetlinkMessage, flags: u16) -> io::Result<Vec<RouteNetlinkMessage>> {
        self.sequence += 1;
        let mut packet = NetlinkMessage::new(NetlinkHeader::default(), NetlinkPayload::from(message));
        packet.header.flags = NLM_F_REQUEST | flags;
        packet.header.sequence_number = self.sequence;
        packet.finalize();
        let mut bytes = vec![0; packet.buffer_len()];
        packet.serialize(&mut bytes);
        self.socket.send(&bytes, 0)?;
        self.collect(flags & NLM_F_DUMP == NLM_F_DUMP)
    }

    fn collect(&mut self, dump: bool) -> io::Result<Vec<RouteNetlinkMessage>> {
        let mut answers = Vec::new();
        loop {
            let (bytes, _) = self.socket.recv_from_full()?;
            for message in messages(&bytes)? {
                if message.header.sequence_number != self.sequence {
                    continue;
                }
                match message.payload {
                    NetlinkPayload::Done(_) => return Ok(answers),
                    NetlinkPayload::Error(error) => {
                        return if error.code.is_none() { Ok(answers) } else { Err(error.to_io()) };
                    }
                    NetlinkPayload::InnerMessage(inner) => {
                        answers.push(inner);
                        if !dump {
                            return Ok(answers);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether links or addresses of a namespace have changed; non-blocking.
pub struct ChangeWatch {
    socket: Socket,
}

impl ChangeWatch {
    /// Subscribes in the calling thread's network namespace.
    pub fn open() -> io::Result<ChangeWatch> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        for group in [GROUP_LINK, GROUP_IPV4_ADDRESSES, GROUP_IPV6_ADDRESSES] {
            socket.add_membership(group)?;
        }
        socket.set_non_blocking(true)?;
        Ok(ChangeWatch { socket })
    }

    /// Since the last call. Which ones is not looked at: changes may be lost, and what is true now can be read.
    pub fn changed(&mut self) -> bool {
        let mut any = false;
        loop {
            let mut buffer = Vec::with_capacity(BUFFER);
            match self.socket.recv(&mut buffer, 0) {
                Ok(_) => any = true,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return any,
                Err(_) => return true,
            }
        }
    }
}

/// Link changes as the kernel tells them; non-blocking, for an event loop.
pub struct LinkWatch {
    socket: Socket,
}

impl LinkWatch {
    /// Subscribes in the calling thread's network namespace.
    pub fn open() -> io::Result<LinkWatch> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.add_membership(GROUP_LINK)?;
        socket.set_non_blocking(true)?;
        Ok(LinkWatch { socket })
    }

    /// Changes since the last call; an interface that went away is reported as not running.
    ///
    /// # Errors
    /// `ENOBUFS` when changes were lost: the caller reads all links again.
    pub fn poll(&mut self) -> io::Result<Vec<Link>> {
        let mut changes = Vec::new();
        loop {
            let mut buffer = Vec::with_capacity(BUFFER);
            match self.socket.recv(&mut buffer, 0) {
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(changes),
                Err(e) => return Err(e),
            }
            for message in messages(&buffer)? {
                match message.payload {
                    NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelLink(link)) => {
                        let gone = link_of(RouteNetlinkMessage::NewLink(link));
                        changes.extend(gone.map(|l| Link { running: false, ..l }));
                    }
                    NetlinkPayload::InnerMessage(message) => changes.extend(link_of(message)),
                    _ => {}
                }
            }
        }
    }
}

impl AsRawFd for LinkWatch {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

fn messages(bytes: &[u8]) -> io::Result<Vec<NetlinkMessage<RouteNetlinkMessage>>> {
    let mut all = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
        // Messages are aligned to 4 bytes; one without a length would never end.
        let step = (message.header.length as usize).max(16).next_multiple_of(4);
        rest = rest.get(step..).unwrap_or_default();
        all.push(message);
    }
    Ok(all)
}

fn link_of(message: RouteNetlinkMessage) -> Option<Link> {
    let RouteNetlinkMessage::NewLink(message) = message else { return None };
    let flags = message.header.flags;
    let up = flags.contains(LinkFlags::Up);
    let running = up && flags.contains(LinkFlags::LowerUp);
    let index = message.header.index;
    let mut link = Link { index, name: String::new(), up, running, mtu: 0, mac: [0; 6], master: None };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = name,
            LinkAttribute::Mtu(mtu) => link.mtu = mtu,
            LinkAttribute::Controller(master) => link.master = Some(master),
            LinkAttribute::Address(mac) => link.mac = mac.try_into().unwrap_or([0; 6]),
            _ => {}
        }
    }
    Some(link)
}

fn address_message(index: u32, address: IpNet) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.index = index;
    message.header.prefix_len = address.prefix_len();
    message.header.family = match address {
        IpNet::V4(_) => AddressFamily::Inet,
        IpNet::V6(_) => AddressFamily::Inet6,
    };
    message.attributes =
        vec![AddressAttribute::Local(address.addr()), AddressAttribute::Address(address.addr())];
    message.attributes.push(AddressAttribute::Protocol(OURS.into()));
    if address.addr().is_ipv6() {
        // Duplicate address detection would hold the address back for a second at every start.
        message.header.flags = netlink_packet_route::address::AddressHeaderFlags::Nodad;
    }
    message
}

fn address_of(message: &AddressMessage) -> Option<Address> {
    let mut found: Option<IpAddr> = None;
    let mut protocol = 0;
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(address) => found = Some(*address),
            AddressAttribute::Address(address) => found = found.or(Some(*address)),
            AddressAttribute::Protocol(by) => protocol = u8::from(*by),
            _ => {}
        }
    }
    let net = IpNet::new(found?, message.header.prefix_len).ok()?;
    Some(Address { index: message.header.index, net, protocol })
}
