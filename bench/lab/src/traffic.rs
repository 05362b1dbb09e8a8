//! The paced UDP flow: one packet at a time on the clock's beat, each with its number.

use crate::clock::{Clock, MS};
use crate::ledger::{Ledger, Via};
use crate::netns::within;
use crate::spread::Spread;
use crate::task::{Task, realtime};
use anyhow::{Context, Result};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt, sockopt,
};
use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const SENDER_PRIORITY: u8 = 10;
/// Below the sender: a receiver that is late loses nothing, one that is kept out for long would.
const RECEIVER_PRIORITY: u8 = 5;
/// Bytes of payload: with headers a frame of 106 bytes.
const PAYLOAD: usize = 64;
/// Packets that a receiver takes at once.
const BATCH: usize = 256;
/// Room for half a second of packets, should the receiver be kept from its core.
const RECEIVE_BUFFER: usize = 16 << 20;
/// A sender that is this late starts afresh: what it has missed was never offered.
const HOPELESS: u64 = 50 * MS;

/// The receiver listens on every address that its host has.
const ANY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// Where a flow begins and ends.
#[derive(Debug)]
pub struct Ends {
    pub from: (&'static str, SocketAddr),
    pub to: (&'static str, SocketAddr),
    /// Names of the interfaces at the receiver, in the order of [`Via`] from 1 on.
    pub ways: &'static [&'static str],
    /// What the flow is shared by instead of `to`.
    pub spread: Arc<Spread>,
}

/// Starts sender and receiver.
pub fn start(names: [&'static str; 2], ends: &Ends, ledger: &Arc<Ledger>, clock: Clock) -> Result<[Task; 2]> {
    let receiving = within(ends.to.0, || Ok(UdpSocket::bind((ANY, ends.to.1.port()))?))
        .context("the receiver's socket")?;
    let indices = within(ends.to.0, || {
        let index = |name: &&str| nix::net::if_::if_nametoindex(*name).context((*name).to_owned());
        ends.ways.iter().map(index).collect::<Result<Vec<u32>>>()
    })?;
    let sending = within(ends.from.0, || Ok(UdpSocket::bind(ends.from.1)?)).context("the sender's socket")?;
    receiving.set_nonblocking(true)?;
    setsockopt(&receiving, sockopt::RcvBufForce, &RECEIVE_BUFFER)?;
    setsockopt(&receiving, sockopt::ReceiveTimestampns, &true)?;
    setsockopt(&receiving, sockopt::Ipv4PacketInfo, &true)?;
    setsockopt(&receiving, sockopt::RxqOvfl, &1)?;
    let book = Arc::clone(ledger);
    let receiver = Task::start(names[1], move |stop| receive(&receiving, &indices, &book, clock, stop))?;
    let (book, to, spread) = (Arc::clone(ledger), ends.to.1, Arc::clone(&ends.spread));
    let sender = Task::start(names[0], move |stop| send(&sending, (to, &spread), &book, clock, stop))?;
    Ok([sender, receiver])
}

fn send(
    socket: &UdpSocket,
    (mut to, spread): (SocketAddr, &Spread),
    ledger: &Ledger,
    clock: Clock,
    stop: &AtomicBool,
) -> Result<()> {
    let host = to.ip();
    realtime(SENDER_PRIORITY)?;
    nix::sys::prctl::set_timerslack(1)?;
    let interval = 1_000_000_000 / ledger.rate;
    let mut payload = [0; PAYLOAD];
    let mut due = clock.now() + interval;
    while !stop.load(Relaxed) {
        clock.sleep_until(due);
        let now = clock.now();
        if now > due + HOPELESS {
            due = now;
        }
        while due <= now {
            let sequence = ledger.send(clock.now());
            payload[..8].copy_from_slice(&sequence.to_be_bytes());
            to.set_ip(spread.destination(sequence).map_or(host, IpAddr::V4));
            // An unconnected socket reports no ICMP errors here; what remains is this host refusing the packet.
            if socket.send_to(&payload, to).is_err() {
                ledger.refused.fetch_add(1, Relaxed);
            }
            due += interval * spread.beats();
        }
    }
    Ok(())
}

fn receive(socket: &UdpSocket, ways: &[u32], ledger: &Ledger, clock: Clock, stop: &AtomicBool) -> Result<()> {
    realtime(RECEIVER_PRIORITY)?;
    let mut buffers = vec![[0u8; PAYLOAD]; BATCH];
    let control = nix::cmsg_space!(nix::sys::time::TimeSpec, nix::libc::in_pktinfo, u32);
    let mut headers = MultiHeaders::<SockaddrIn>::preallocate(BATCH, Some(control));
    while !stop.load(Relaxed) {
        // The kernel stamps arrivals, so nothing is lost by looking only now and then.
        clock.sleep_until(clock.now() + MS);
        loop {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let taken = match recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None) {
                Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => break,
                other => other.context("recvmmsg")?,
            };
            let mut count = 0;
            for message in taken {
                count += 1;
                let number = message.iovs().next().and_then(|bytes| bytes.first_chunk::<8>().copied());
                let (at, via) = stamps(message.cmsgs()?, ways, ledger, clock);
                if let (Some(number), Some(at)) = (number, at) {
                    ledger.arrive(u64::from_be_bytes(number), at, via);
                }
            }
            if count < BATCH {
                break;
            }
        }
    }
    Ok(())
}

fn stamps(
    messages: impl Iterator<Item = ControlMessageOwned>,
    ways: &[u32],
    ledger: &Ledger,
    clock: Clock,
) -> (Option<u64>, Via) {
    let (mut at, mut via) = (None, 0);
    for message in messages {
        match message {
            ControlMessageOwned::ScmTimestampns(stamp) => at = Some(clock.of_packet(stamp)),
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                let index = ways.iter().position(|&way| info.ipi_ifindex.cast_unsigned() == way);
                via = index.map_or(0, |index| index as Via + 1);
            }
            ControlMessageOwned::RxqOvfl(dropped) => ledger.overflowed.store(dropped.into(), Relaxed),
            _ => {}
        }
    }
    (at, via)
}
