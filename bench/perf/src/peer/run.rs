//! The peer process itself.

use super::script::Script;
use super::{FILE_PREFIX, Order, RING_BITS, Session, Spec, Status, device, peer_mac, switch_mac};
use anyhow::{Context, Result};
use bfd::{Endpoint, Engine, Event, PACKET_LEN, RxMeta, SessionId, Sink, State, Time, Timers};
use dpdk::{Burst, Eal, EalOptions, Hugepages, Mempool, MempoolOptions, PortConfig, RxQueue, TxQueue};
use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

const REPORT: Duration = Duration::from_millis(20);
/// Between two looks; a hundredth of the shortest detection time in use, and most of the core is left to others.
const NAP: Duration = Duration::from_micros(100);
/// RFC 5881 5.
const TTL: u8 = 255;
const HEADERS_MAX: usize = 14 + 40 + 8;

/// Reads the specification from standard input and runs until that is closed.
pub fn run() -> Result<()> {
    crate::process::pin(crate::machine::OTHER_CORE)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let spec: Spec = serde_json::from_str(&line).context("no specification")?;
    let (sender, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if serde_json::from_str(&line).is_ok_and(|order: Order| sender.send(order).is_ok()) {
                continue;
            }
            return;
        }
    });
    let eal = Eal::init(&EalOptions {
        hugepages: Hugepages::No,
        main_core: Some(crate::machine::OTHER_CORE),
        memory_mb: Some(160),
        file_prefix: FILE_PREFIX.to_owned(),
        pci: false,
        ..EalOptions::default()
    })?;
    let count = (2u32 << RING_BITS) * u32::from(spec.ports) + 8191;
    let pool = Mempool::new(&eal, "peer", &MempoolOptions { count, ..MempoolOptions::default() })?;
    Peers::new(&eal, pool, &spec)?.run(&orders)
}

struct Lane {
    rx: RxQueue,
    tx: TxQueue,
    out: Burst,
    _port: dpdk::Port,
}

struct Peers {
    started: Instant,
    lanes: Vec<Lane>,
    pool: Mempool,
    engine: Engine,
    /// By the engine's slot.
    frames: Vec<Frame>,
    script: Option<(Script, Frame)>,
    status: Status,
}

/// The headers of a session's packets.
#[derive(Clone)]
struct Frame {
    port: u16,
    local: IpAddr,
    remote: IpAddr,
    headers: Vec<u8>,
}

impl Peers {
    fn new(eal: &Eal, pool: Mempool, spec: &Spec) -> Result<Peers> {
        let mut lanes = Vec::new();
        for number in 0..spec.ports {
            let mut port = eal.attach_vdev(&device(number, "server", &spec.socket, peer_mac(number)))?;
            port.configure(&PortConfig::default(), &pool)?;
            let (mut rx, mut tx) = port.start()?;
            let (Some(rx), Some(tx)) = (rx.pop(), tx.pop()) else { unreachable!("one queue was asked for") };
            lanes.push(Lane { rx, tx, out: Burst::new(), _port: port });
        }
        let frames: Vec<Frame> = spec.sessions.iter().map(Frame::new).collect();
        let mut peers = Peers {
            started: Instant::now(),
            lanes,
            pool,
            engine: Engine::new(frames.len().max(1), 1, Time(0)),
            frames: Vec::new(),
            script: None,
            status: Status::default(),
        };
        for (index, frame) in frames.into_iter().enumerate() {
            let discriminator = index as u32 + 1;
            if spec.scripted && index == 0 {
                let script = Script::new(discriminator, spec.interval_us, spec.multiplier);
                peers.script = Some((script, frame));
            } else {
                peers.add(discriminator, frame, spec)?;
            }
        }
        Ok(peers)
    }

    fn add(&mut self, discriminator: u32, frame: Frame, spec: &Spec) -> Result<()> {
        let interval = Duration::from_micros(u64::from(spec.interval_us));
        let config = bfd::Config {
            endpoint: Endpoint { interface: frame.port, local: frame.local, peer: frame.remote },
            timers: Timers {
                desired_min_tx: interval,
                required_min_rx: interval,
                multiplier: spec.multiplier,
            },
            discriminator,
            passive: false,
            admin_down: false,
            min_ttl: 255,
        };
        // Several addresses of one network share the switch's end: each peer has an interface of its own.
        let config = bfd::Config {
            endpoint: Endpoint { interface: discriminator as u16, ..config.endpoint },
            ..config
        };
        let id = self.engine.add(Time(0), &config)?;
        assert_eq!(id.slot(), self.frames.len(), "slots of a fresh engine are given in order");
        self.frames.push(frame);
        Ok(())
    }

    fn now_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    fn run(mut self, orders: &Receiver<Order>) -> Result<()> {
        let by_address: HashMap<IpAddr, u16> = (self.frames.iter())
            .enumerate()
            .map(|(slot, frame)| (frame.local, (slot + 1 + usize::from(self.script.is_some())) as u16))
            .collect();
        let mut reported = Instant::now() - REPORT;
        let mut last_ns = self.now_ns();
        loop {
            match orders.try_recv() {
                Ok(Order::Quiet) => self.status.quiet = true,
                Ok(order) => {
                    if let Some((script, _)) = &mut self.script {
                        script.obey(order);
                    }
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
            let now_ns = self.now_ns();
            self.status.stall_us = self.status.stall_us.max((now_ns - last_ns) / 1000);
            last_ns = now_ns;
            if !self.status.quiet {
                self.receive(now_ns, &by_address);
                self.tick(now_ns);
            }
            if reported.elapsed() >= REPORT {
                reported = Instant::now();
                self.report()?;
            }
            std::thread::sleep(NAP);
        }
    }

    fn report(&mut self) -> Result<()> {
        let script = self.script.as_ref().is_some_and(|(script, _)| script.is_up());
        let up = self.engine.sessions().filter(|(_, info)| info.state == State::Up).count();
        self.status.up = up + usize::from(script);
        let line = serde_json::to_string(&self.status)?;
        self.status.stall_us = 0;
        writeln!(std::io::stdout(), "{line}")?;
        Ok(())
    }

    /// Everything that waits, on every port.
    fn receive(&mut self, now_ns: u64, by_address: &HashMap<IpAddr, u16>) {
        let mut burst = Burst::new();
        for lane in 0..self.lanes.len() {
            while self.lanes[lane].rx.rx_burst(&mut burst, 256) > 0 {
                for mbuf in burst.iter() {
                    let Some((meta, payload)) = parse(mbuf.data()) else { continue };
                    self.status.received += 1;
                    if let Some((script, frame)) = &mut self.script
                        && frame.local == meta.dst
                    {
                        script.receive(payload);
                        continue;
                    }
                    let Some(interface) = by_address.get(&meta.dst) else { continue };
                    let meta = RxMeta { interface: *interface, ..meta };
                    let mut outbox = Outbox {
                        frames: &self.frames,
                        lanes: &mut self.lanes,
                        pool: &self.pool,
                        status: &mut self.status,
                    };
                    // A discarded packet is the engine's to count, and the session will tell.
                    let _ = self.engine.on_packet(Time(now_ns), &meta, payload, &mut outbox);
                }
                burst.clear();
            }
        }
    }

    fn tick(&mut self, now_ns: u64) {
        let mut outbox = Outbox {
            frames: &self.frames,
            lanes: &mut self.lanes,
            pool: &self.pool,
            status: &mut self.status,
        };
        // The queues were emptied after `now_ns` was taken.
        self.engine.on_time(Time(now_ns), Time(now_ns), &mut outbox);
        if let Some((script, frame)) = &mut self.script
            && let Some(packet) = script.poll(now_ns)
        {
            outbox.send(frame, &packet);
        }
        for lane in &mut self.lanes {
            lane.tx.tx_burst(&mut lane.out);
        }
    }
}

struct Outbox<'a> {
    frames: &'a [Frame],
    lanes: &'a mut [Lane],
    pool: &'a Mempool,
    status: &'a mut Status,
}

impl Outbox<'_> {
    fn send(&mut self, frame: &Frame, packet: &[u8; PACKET_LEN]) {
        let mut bytes = [0; HEADERS_MAX + PACKET_LEN];
        let headers = frame.headers.len();
        bytes[..headers].copy_from_slice(&frame.headers);
        bytes[headers..headers + PACKET_LEN].copy_from_slice(packet);
        let whole = &mut bytes[..headers + PACKET_LEN];
        if frame.local.is_ipv6() {
            udp::Packet::new_unchecked(&mut whole[headers - udp::HEADER_LEN..])
                .fill_checksum(frame.local, frame.remote);
        }
        let lane = &mut self.lanes[usize::from(frame.port)];
        if lane.out.is_full() {
            lane.tx.tx_burst(&mut lane.out);
        }
        // A full ring loses packets, as a real one would.
        if let Ok(mut mbuf) = self.pool.alloc()
            && mbuf.fill(whole)
            && lane.out.push(mbuf).is_ok()
        {
            self.status.sent += 1;
        }
    }
}

impl Sink for Outbox<'_> {
    fn event(&mut self, event: &Event) {
        self.status.flaps += u64::from(event.old == State::Up);
    }

    fn transmit(&mut self, session: SessionId, packet: &[u8; PACKET_LEN]) {
        let frames = self.frames;
        self.send(&frames[session.slot()], packet);
    }
}

impl Frame {
    fn new(session: &Session) -> Frame {
        let (local, remote) = (session.local, session.remote);
        let ethertype = if local.is_ipv4() { EtherType::IPV4 } else { EtherType::IPV6 };
        let src = MacAddr(peer_mac(session.port).0);
        let dst = MacAddr(switch_mac(session.port).0);
        let repr = ethernet::Repr { src, dst, tag: None, ethertype };
        let mut headers = vec![0; HEADERS_MAX];
        repr.emit(&mut ethernet::Frame::new_unchecked(&mut headers));
        let l3 = repr.header_len();
        let datagram = (udp::HEADER_LEN + PACKET_LEN) as u16;
        let l4 = match (local, remote) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let header = ipv4::Repr::new(src, dst, Protocol::UDP, TTL, datagram);
                header.emit(&mut ipv4::Packet::new_unchecked(&mut headers[l3..]));
                l3 + ipv4::HEADER_LEN
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let header = ipv6::Repr::new(src, dst, Protocol::UDP, TTL, datagram);
                header.emit(&mut ipv6::Packet::new_unchecked(&mut headers[l3..]));
                l3 + ipv6::HEADER_LEN
            }
            _ => unreachable!("both ends of a session are of one family"),
        };
        let mut view = udp::Packet::new_unchecked(&mut headers[l4..]);
        view.set_src_port(49152);
        view.set_dst_port(wire::bfd::PORT);
        view.set_length(datagram);
        headers.truncate(l4 + udp::HEADER_LEN);
        Frame { port: session.port, local, remote, headers }
    }
}

/// A BFD packet in a frame.
fn parse(frame: &[u8]) -> Option<(RxMeta, &[u8])> {
    let view = ethernet::Frame::new_checked(frame).ok()?;
    let packet = frame.get(view.header_len()..)?;
    let (src, dst, ttl, protocol, datagram): (IpAddr, IpAddr, u8, Protocol, &[u8]) = match view.ethertype() {
        EtherType::IPV4 => {
            let view = ipv4::Packet::new_checked(packet).ok()?;
            let end = usize::from(view.total_len());
            (
                view.src().into(),
                view.dst().into(),
                view.ttl(),
                view.protocol(),
                packet.get(view.header_len()..end)?,
            )
        }
        EtherType::IPV6 => {
            let view = ipv6::Packet::new_checked(packet).ok()?;
            let end = ipv6::HEADER_LEN + usize::from(view.payload_len());
            let datagram = packet.get(ipv6::HEADER_LEN..end)?;
            (view.src().into(), view.dst().into(), view.hop_limit(), view.next_header(), datagram)
        }
        _ => return None,
    };
    if protocol != Protocol::UDP {
        return None;
    }
    let view = udp::Packet::new_checked(datagram).ok()?;
    let payload = datagram.get(udp::HEADER_LEN..usize::from(view.length()))?;
    (view.dst_port() == wire::bfd::PORT).then_some((RxMeta { interface: 0, src, dst, ttl }, payload))
}
