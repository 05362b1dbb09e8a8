//! Ports: from the configuration's devices to started queues, each with a worker.

use crate::kernel::guard::{Guard, GuardError};
use crate::worker::RxPoint;
use crate::worker::generator::{Destinations, Frame, Sink, Source};
use crate::worker::horizon::QueueHorizon;
use config::{Config, Device, Generator, KernelDriver, LinkSource, Rate, RxQueues};
use dpdk::{AttachError, Eal, Mempool, Port, PortConfig, PortError, PortInfo, TxQueue};
use std::path::PathBuf;

/// Frame slots of an `af_packet` ring; a MiB of them holds a burst of half a millisecond at a million a second.
const AF_PACKET_FRAMES: u32 = 512;
const AF_PACKET_BLOCK: u32 = 1 << 20;

/// A port could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PortsError {
    #[error("port {port}: {error}")]
    Attach { port: String, error: Box<AttachError> },
    #[error("port {port}: {error}")]
    Port { port: String, error: Box<PortError> },
    #[error("port {port}: {error}")]
    Guard { port: String, error: GuardError },
    #[error("port {port}: the device has {have} {kind} queues and {want} are needed: {advice}")]
    Queues { port: String, kind: &'static str, have: u16, want: u16, advice: &'static str },
    #[error("port {port}: queue_cores names core {core}, where no worker runs; workers run on {workers:?}")]
    NoWorker { port: String, core: u32, workers: Vec<u32> },
    #[error("ports {first} and {second} have the same MAC {mac}; give one of them a `mac` of its own")]
    SameMac { first: String, second: String, mac: api::Mac },
    #[error("port {port}: generator destinations {}: {why}", .path.display())]
    Destinations { port: String, path: PathBuf, why: String },
}

/// A started port, without the queues that its workers have.
pub struct PortHandle {
    pub name: String,
    pub device: String,
    pub port: Port,
    pub info: PortInfo,
    pub mac: api::Mac,
    pub mtu: u16,
    pub cores: Vec<u32>,
    pub tx_queues: u16,
    /// The kernel interface whose carrier is the link, where the device does not tell.
    pub carrier_of: Option<String>,
    pub link: LinkSource,
    _guard: Option<Guard>,
}

/// What every worker gets of the ports.
pub struct Queues {
    pub rx: Vec<RxPoint>,
    pub tx: Vec<(TxQueue, Option<Sink>)>,
}

/// Ports attached, not yet configured: what they are must be known before memory is sized.
pub struct Attached {
    ports: Vec<(Port, PortInfo, Option<Guard>)>,
}

impl Attached {
    /// Attaches every device of the configuration, and takes kernel interfaces from the kernel.
    pub fn new(eal: &Eal, config: &Config, workers: u16) -> Result<Attached, PortsError> {
        let mut ports = Vec::new();
        for (index, spec) in config.ports.iter().enumerate() {
            let name = || spec.name.clone();
            let guard = match &spec.device {
                Device::Kernel { name: interface, .. } => {
                    let guard = Guard::new(interface);
                    Some(guard.map_err(|error| PortsError::Guard { port: name(), error })?)
                }
                _ => None,
            };
            let attached = match &spec.device {
                Device::Pci(address) => eal.attach_pci(address),
                Device::Vdev(arguments) => eal.attach_vdev(arguments),
                Device::Kernel { name, driver } => {
                    eal.attach_vdev(&kernel_vdev(index, name, *driver, workers, spec.mtu))
                }
            };
            let port =
                attached.map_err(|error| PortsError::Attach { port: name(), error: Box::new(error) })?;
            let info =
                port.info().map_err(|error| PortsError::Port { port: name(), error: Box::new(error) })?;
            ports.push((port, info, guard));
        }
        Ok(Attached { ports })
    }

    /// Configures and starts every port, and gives each worker its queues.
    pub fn start(
        self,
        config: &Config,
        pool: &Mempool,
        cores: &[u32],
    ) -> Result<(Vec<PortHandle>, Vec<Queues>), PortsError> {
        let mut queues: Vec<Queues> =
            cores.iter().map(|_| Queues { rx: Vec::new(), tx: Vec::new() }).collect();
        let mut handles: Vec<PortHandle> = Vec::new();
        for (index, ((port, info, guard), spec)) in self.ports.into_iter().zip(&config.ports).enumerate() {
            let mut started = start_one(port, info, guard, spec, pool, cores)?;
            if let Some(first) = handles.iter().find(|other| other.mac == started.handle.mac) {
                let (first, second) = (first.name.clone(), spec.name.clone());
                return Err(PortsError::SameMac { first, second, mac: started.handle.mac });
            }
            let generator =
                spec.generator.as_ref().map(|g| Test::new(g, spec, &started.handle)).transpose()?;
            for (number, (queue, worker)) in started.rx.drain(..).enumerate() {
                queues[worker].rx.push(RxPoint {
                    port: index as u16,
                    queue,
                    horizon: QueueHorizon::new(usize::from(spec.rx_descriptors)),
                    generator: generator.as_ref().and_then(|test| test.source(number)),
                });
            }
            for (worker, queue) in started.tx.drain(..).enumerate() {
                queues[worker].tx.push((queue, generator.as_ref().and_then(Test::sink)));
            }
            handles.push(started.handle);
        }
        Ok((handles, queues))
    }
}

struct Started {
    handle: PortHandle,
    rx: Vec<(dpdk::RxQueue, usize)>,
    tx: Vec<TxQueue>,
}

fn start_one(
    mut port: Port,
    info: PortInfo,
    guard: Option<Guard>,
    spec: &config::Port,
    pool: &Mempool,
    cores: &[u32],
) -> Result<Started, PortsError> {
    let workers = cores.len() as u16;
    let assigned = assign(spec, &info, cores)?;
    if info.max_tx_queues < workers {
        return Err(PortsError::Queues {
            port: spec.name.clone(),
            kind: "transmit",
            have: info.max_tx_queues,
            want: workers,
            advice: "every worker needs one of its own; run fewer workers (`[workers] cores`)",
        });
    }
    let failed = |error| PortsError::Port { port: spec.name.clone(), error: Box::new(error) };
    let settings = PortConfig {
        rx_queues: assigned.len() as u16,
        tx_queues: workers,
        rx_descriptors: spec.rx_descriptors,
        tx_descriptors: spec.tx_descriptors,
        // The kernel's interface keeps the MTU that its owner gave it.
        mtu: (!matches!(spec.device, Device::Kernel { .. }))
            .then_some(spec.mtu)
            .filter(|_| info.max_mtu != 0),
        promiscuous: spec.promiscuous,
        allmulticast: true,
        mac: spec.mac.map(|mac| mac.0),
    };
    port.configure(&settings, pool).map_err(failed)?;
    let (rx, tx) = port.start().map_err(failed)?;
    let info = port.info().map_err(failed)?;
    let carrier_of = match (&spec.device, spec.link) {
        (Device::Kernel { name, .. }, LinkSource::Auto | LinkSource::Kernel) => Some(name.clone()),
        (Device::Vdev(arguments), LinkSource::Kernel) => interface_of(arguments),
        _ => None,
    };
    let handle = PortHandle {
        name: spec.name.clone(),
        device: device_word(&spec.device),
        mac: api::Mac(info.mac),
        mtu: spec.mtu,
        cores: assigned.iter().map(|worker| cores[*worker]).collect(),
        tx_queues: workers,
        carrier_of,
        link: spec.link,
        info,
        port,
        _guard: guard,
    };
    Ok(Started { handle, rx: rx.into_iter().zip(assigned).collect(), tx })
}

/// The worker of each receive queue.
fn assign(spec: &config::Port, info: &PortInfo, cores: &[u32]) -> Result<Vec<usize>, PortsError> {
    let workers = cores.len() as u16;
    let mut wanted = match &spec.rx_queues {
        RxQueues::OnCores(list) => {
            let worker_on = |core: &u32| {
                cores.iter().position(|c| c == core).ok_or_else(|| PortsError::NoWorker {
                    port: spec.name.clone(),
                    core: *core,
                    workers: cores.to_vec(),
                })
            };
            list.iter().map(worker_on).collect::<Result<Vec<_>, _>>()?
        }
        RxQueues::Count(count) => (0..usize::from(*count)).map(|q| q % cores.len()).collect(),
        // Several queues are of use only where the device spreads flows over them; af_packet's fanout does so itself.
        RxQueues::Auto if info.rss || matches!(spec.device, Device::Kernel { .. }) => {
            (0..usize::from(workers.min(info.max_rx_queues))).collect()
        }
        RxQueues::Auto => vec![0],
    };
    if let Device::Kernel { driver: KernelDriver::AfPacket, .. } = spec.device {
        // Every worker transmits by a socket of its own, and each of these sockets gets its share of what comes in:
        // one that nobody reads would swallow it.
        wanted = wanted.iter().copied().cycle().take(cores.len().max(wanted.len())).collect();
    }
    if wanted.len() > usize::from(info.max_rx_queues) {
        return Err(PortsError::Queues {
            port: spec.name.clone(),
            kind: "receive",
            have: info.max_rx_queues,
            want: wanted.len() as u16,
            advice: "lower `rx_queues` or shorten `queue_cores`",
        });
    }
    Ok(wanted)
}

fn kernel_vdev(index: usize, interface: &str, driver: KernelDriver, workers: u16, mtu: u16) -> String {
    match driver {
        KernelDriver::AfPacket => {
            // Room for the frame and the ring's own header, in a power of two.
            let frame = (u32::from(mtu) + 128).next_power_of_two().max(2048);
            let block = AF_PACKET_BLOCK.max(frame);
            format!(
                "net_af_packet{index},iface={interface},qpairs={workers},blocksz={block},framesz={frame},\
                 framecnt={AF_PACKET_FRAMES}"
            )
        }
        KernelDriver::AfXdp => format!("net_af_xdp{index},iface={interface},queue_count={workers}"),
    }
}

/// The kernel interface that a vdev's arguments name.
fn interface_of(arguments: &str) -> Option<String> {
    arguments.split(',').find_map(|word| word.strip_prefix("iface=")).map(str::to_owned)
}

fn device_word(device: &Device) -> String {
    match device {
        Device::Pci(address) => address.clone(),
        Device::Vdev(arguments) => arguments.split(',').next().unwrap_or(arguments).to_owned(),
        Device::Kernel { name, .. } => name.clone(),
    }
}

fn destinations(spec: &Generator, port: &str) -> Result<Destinations, PortsError> {
    let is_v6 = spec.source.is_ipv6();
    let Some(path) = &spec.destinations else { return Ok(Destinations::none(is_v6)) };
    let refuse = |why| PortsError::Destinations { port: port.to_owned(), path: path.clone(), why };
    let bytes = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
    Destinations::parse(&bytes, is_v6).map_err(refuse)
}

/// Whether the destinations of test traffic are there.
pub fn check_generators(config: &Config) -> Result<(), PortsError> {
    let given = config.ports.iter().filter_map(|port| Some((port.generator.as_ref()?, &port.name)));
    for (spec, name) in given {
        destinations(spec, name)?;
    }
    Ok(())
}

/// A port's test traffic.
struct Test {
    frame: Frame,
    destinations: Destinations,
    rate: Option<u64>,
    sink: bool,
    queues: u64,
}

impl Test {
    fn new(spec: &Generator, port: &config::Port, handle: &PortHandle) -> Result<Test, PortsError> {
        let destinations = destinations(spec, &port.name)?;
        let source = spec.source;
        let frame = Frame {
            dst_mac: handle.mac.0,
            src_mac: [2, 0, 0, 0, 0, 1],
            source,
            len: usize::from(spec.frame),
        };
        let rate = match spec.rate {
            Rate::Max => None,
            Rate::PacketsPerSecond(rate) => Some(rate),
        };
        let queues = handle.cores.len() as u64;
        Ok(Test { frame, destinations, rate, sink: spec.sink, queues })
    }

    fn source(&self, queue: usize) -> Option<Source> {
        if self.destinations.is_empty() {
            return None;
        }
        // Each queue starts at another place, so that they do not ask for the same addresses at the same time.
        let phase = self.destinations.len() / self.queues.max(1) as usize * queue;
        let rate = self.rate.map(|rate| rate / self.queues.max(1));
        Some(Source::new(&self.frame, self.destinations.clone(), rate, phase))
    }

    fn sink(&self) -> Option<Sink> {
        self.sink.then(|| Sink::new(self.frame.source))
    }
}
