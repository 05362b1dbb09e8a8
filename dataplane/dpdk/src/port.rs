//! Ethernet ports: set-up, start and stop, link and counters.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dpdk_sys::{rte_eth_conf, rte_eth_dev_info, rte_eth_stats, rte_ether_addr};

use crate::eal::{self, Eal, EalState};
use crate::interrupt::on_interrupt_thread;
use crate::{Mempool, RxQueue, TxQueue, error_text, log};

/// Six bytes, in the order of the wire.
pub type MacAddr = [u8; 6];

/// How a port is set up, see [`Port::configure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortConfig {
    /// At least 1. With more than one, packets are spread by a hash of addresses and ports (RSS), if the device can.
    pub rx_queues: u16,
    /// At least 1.
    pub tx_queues: u16,
    /// Packets a queue holds; the driver rounds to what it can.
    pub rx_descriptors: u16,
    pub tx_descriptors: u16,
    /// Largest layer-3 packet; the driver's default (1500) when `None`.
    pub mtu: Option<u16>,
    /// Receive frames to any address. Devices without an address filter do anyhow.
    pub promiscuous: bool,
    /// Receive all multicast.
    pub allmulticast: bool,
    /// The port's address; the device's own when `None`.
    pub mac: Option<MacAddr>,
}

impl Default for PortConfig {
    fn default() -> Self {
        Self {
            rx_queues: 1,
            tx_queues: 1,
            rx_descriptors: 1024,
            tx_descriptors: 1024,
            mtu: None,
            promiscuous: false,
            allmulticast: true,
            mac: None,
        }
    }
}

/// What a port is and can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortInfo {
    /// DPDK's driver, as `net_ice`.
    pub driver: String,
    pub max_rx_queues: u16,
    pub max_tx_queues: u16,
    pub min_mtu: u16,
    pub max_mtu: u16,
    pub mac: MacAddr,
    /// NUMA node, where known.
    pub socket: Option<u32>,
    /// Whether the driver reports a change of the link by interrupt. Polling [`Port::link`] always works.
    pub link_events: bool,
    /// Whether the device can spread packets over receive queues by flow.
    pub rss: bool,
}

/// State of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub up: bool,
    /// Megabits a second; `None` where the driver does not know.
    pub speed_mbps: Option<u32>,
    pub full_duplex: bool,
}

/// Counters of a port since it was attached (`rte_eth_stats`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortStats {
    pub rx_packets: u64,
    pub tx_packets: u64,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    /// Dropped by the device because the receive queue was full.
    pub rx_missed: u64,
    pub rx_errors: u64,
    pub tx_errors: u64,
    /// Receive attempts that found the packet pool empty.
    pub rx_no_mbuf: u64,
}

/// What went wrong with which port.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PortError {
    #[error("there is no port '{0}'")]
    NotFound(String),
    #[error("port '{0}' is open already")]
    Open(String),
    #[error("port '{port}': {asked} {kind} queues are asked for, its driver has 1 to {max}")]
    Queues { port: String, kind: &'static str, asked: u16, max: u16 },
    #[error("port '{port}': an MTU of {asked} is outside its driver's {min} to {max}")]
    Mtu { port: String, asked: u16, min: u16, max: u16 },
    #[error("port '{0}': its queues are still with their workers")]
    QueuesInUse(String),
    #[error("port '{0}' is started: stop it first")]
    Started(String),
    #[error("port '{0}' is not configured")]
    NotConfigured(String),
    #[error("port '{port}': cannot {action}: {text}: {log}")]
    Failed { port: String, action: &'static str, text: String, log: String },
}

/// Which ports have a [`Port`]: two would hand out the same queue twice.
static OPEN: [AtomicBool; dpdk_sys::RTE_MAX_ETHPORTS as usize] =
    [const { AtomicBool::new(false) }; dpdk_sys::RTE_MAX_ETHPORTS as usize];

/// An open port, shared by its [`Port`] and its queues. Dropping the last of them stops the port and detaches its
/// device.
#[derive(Debug)]
pub(crate) struct PortState {
    id: u16,
    name: String,
    attached: bool,
    _eal: Arc<EalState>,
}

impl PortState {
    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    fn check(&self, action: &'static str, rc: i32) -> Result<(), PortError> {
        if rc >= 0 {
            return Ok(());
        }
        Err(PortError::Failed {
            port: self.name.clone(),
            action,
            text: error_text(rc),
            log: log::reasons().join("; "),
        })
    }

    fn raw_info(&self) -> Result<rte_eth_dev_info, PortError> {
        let mut info = rte_eth_dev_info::default();
        // SAFETY: `info` is writable; DPDK checks the port.
        let rc = unsafe { dpdk_sys::rte_eth_dev_info_get(self.id, &mut info) };
        self.check("read its properties", rc)?;
        Ok(info)
    }

    /// Stops the port, whose queues nobody may be using: each has a share of this state, and `&mut` is the only one.
    fn stop(&mut self) -> i32 {
        // SAFETY: takes a number; no queue of the port is in use.
        self.beside_nothing(|| unsafe { dpdk_sys::rte_eth_dev_stop(self.id) })
    }

    /// Runs `work` where it cannot collide with what the driver does by itself.
    ///
    /// net_memif (22.11) tears a connection down on the interrupt thread when its peer goes, and on the calling
    /// thread when the port goes, without a lock: both at once free the same memory twice. Other drivers wait for
    /// their own interrupts when they close, which on that very thread would never come.
    fn beside_nothing<R>(&self, work: impl FnOnce() -> R) -> R {
        if is_memif(&self.name) { on_interrupt_thread(work) } else { work() }
    }

    /// Stops the port and detaches its device, once.
    fn detach(&mut self) -> Result<(), PortError> {
        let _one_at_a_time = eal::probing();
        self.attached = false;
        log::mark();
        // A port that is stopped already stays so.
        self.stop();
        let info = self.raw_info()?;
        // SAFETY: the device of an attached port, which is stopped.
        let rc = self.beside_nothing(|| unsafe { dpdk_sys::rte_dev_remove(info.device) });
        OPEN[usize::from(self.id)].store(false, Ordering::Release);
        self.check("detach its device", rc)
    }
}

impl Drop for PortState {
    fn drop(&mut self) {
        if self.attached
            && let Err(error) = self.detach()
        {
            tracing::warn!(%error, "a port could not be detached");
        }
    }
}

/// An Ethernet port: configure, start, hand its queues to workers. It has one owner, which may be any thread.
#[derive(Debug)]
pub struct Port {
    state: Arc<PortState>,
    /// Receive and transmit queues that are set up.
    configured: Option<(u16, u16)>,
    started: bool,
    /// DPDK's control functions of one port are for one thread at a time: Send, but not Sync.
    not_sync: PhantomData<Cell<()>>,
}

impl Port {
    /// Opens the port of this name. What [`Eal`] attaches is open already.
    pub fn by_name(eal: &Eal, name: &str) -> Result<Self, PortError> {
        let not_found = || PortError::NotFound(name.to_owned());
        let c_name = CString::new(name).map_err(|_| not_found())?;
        let mut id = 0;
        // SAFETY: a C string and a writable number.
        if unsafe { dpdk_sys::rte_eth_dev_get_port_by_name(c_name.as_ptr(), &mut id) } != 0 {
            return Err(not_found());
        }
        if OPEN[usize::from(id)].swap(true, Ordering::Acquire) {
            return Err(PortError::Open(name.to_owned()));
        }
        let state = PortState { id, name: name.to_owned(), attached: true, _eal: eal.register_port(name) };
        Ok(Self { state: Arc::new(state), configured: None, started: false, not_sync: PhantomData })
    }

    /// The names of all ports, open or not (such as those of `--vdev` among the extra EAL arguments).
    pub fn names(_eal: &Eal) -> Vec<String> {
        (0..dpdk_sys::RTE_MAX_ETHPORTS as u16).filter_map(name_of).collect()
    }

    /// The device's name, or its PCI address.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// DPDK's number of the port, as in [`Mbuf::port`](crate::Mbuf::port).
    pub fn id(&self) -> u16 {
        self.state.id
    }

    pub fn info(&self) -> Result<PortInfo, PortError> {
        let info = self.state.raw_info()?;
        // SAFETY: DPDK's driver names are static C strings, null at worst.
        let driver = unsafe { text_at(info.driver_name) };
        // SAFETY: a pointer to the port's flags, null at worst.
        let flags = unsafe { info.dev_flags.as_ref() }.copied().unwrap_or(0);
        let mut mac = rte_ether_addr::default();
        // SAFETY: `mac` is writable.
        let rc = unsafe { dpdk_sys::rte_eth_macaddr_get(self.id(), &mut mac) };
        self.state.check("read its address", rc)?;
        // SAFETY: takes a number; negative means unknown.
        let socket = unsafe { dpdk_sys::rte_eth_dev_socket_id(self.id()) };
        Ok(PortInfo {
            driver,
            max_rx_queues: info.max_rx_queues,
            max_tx_queues: info.max_tx_queues,
            min_mtu: info.min_mtu,
            max_mtu: info.max_mtu,
            mac: mac.addr_bytes,
            socket: u32::try_from(socket).ok(),
            link_events: flags & dpdk_sys::SWERVE_PORT_LINK_EVENTS != 0,
            rss: info.flow_type_rss_offloads != 0,
        })
    }

    /// Sets up the stopped port and its queues; received packets come out of `pool`.
    pub fn configure(&mut self, config: &PortConfig, pool: &Mempool) -> Result<(), PortError> {
        if self.started {
            return Err(PortError::Started(self.name().to_owned()));
        }
        self.configured = None;
        log::mark();
        let info = self.state.raw_info()?;
        self.check_config(config, &info)?;
        let conf = device_conf(config, &info);
        // SAFETY: the configuration is read during the call only.
        let rc =
            unsafe { dpdk_sys::rte_eth_dev_configure(self.id(), config.rx_queues, config.tx_queues, &conf) };
        self.state.check("configure", rc)?;
        self.set_up_queues(config, pool)?;
        if let Some(mtu) = config.mtu {
            self.set_mtu(mtu)?;
        }
        if let Some(mac) = config.mac {
            self.set_mac(mac)?;
        }
        self.set_filters(config)?;
        self.configured = Some((config.rx_queues, config.tx_queues));
        Ok(())
    }

    fn check_config(&self, config: &PortConfig, info: &rte_eth_dev_info) -> Result<(), PortError> {
        let queues = [
            ("receive", config.rx_queues, info.max_rx_queues),
            ("transmit", config.tx_queues, info.max_tx_queues),
        ];
        for (kind, asked, max) in queues {
            if asked == 0 || asked > max {
                return Err(PortError::Queues { port: self.name().to_owned(), kind, asked, max });
            }
        }
        Ok(())
    }

    fn set_up_queues(&self, config: &PortConfig, pool: &Mempool) -> Result<(), PortError> {
        let (mut rx, mut tx) = (config.rx_descriptors, config.tx_descriptors);
        // SAFETY: two writable numbers.
        let rc = unsafe { dpdk_sys::rte_eth_dev_adjust_nb_rx_tx_desc(self.id(), &mut rx, &mut tx) };
        self.state.check("choose descriptors", rc)?;
        // SAFETY: takes a number.
        let socket = unsafe { dpdk_sys::rte_eth_dev_socket_id(self.id()) } as u32;
        for queue in 0..config.rx_queues {
            // SAFETY: the pool lives until clean-up, so longer than the port. Null is the driver's default.
            let rc = unsafe {
                dpdk_sys::rte_eth_rx_queue_setup(
                    self.id(),
                    queue,
                    rx,
                    socket,
                    std::ptr::null(),
                    pool.as_ptr(),
                )
            };
            self.state.check("set up a receive queue", rc)?;
        }
        for queue in 0..config.tx_queues {
            // SAFETY: null is the driver's default.
            let rc =
                unsafe { dpdk_sys::rte_eth_tx_queue_setup(self.id(), queue, tx, socket, std::ptr::null()) };
            self.state.check("set up a transmit queue", rc)?;
        }
        Ok(())
    }

    fn set_filters(&self, config: &PortConfig) -> Result<(), PortError> {
        // A driver without the call has no filter, and receives everything.
        let supported = |rc: i32| if rc == -libc::ENOTSUP { 0 } else { rc };
        if config.promiscuous {
            // SAFETY: takes a number.
            let rc = unsafe { dpdk_sys::rte_eth_promiscuous_enable(self.id()) };
            self.state.check("turn on promiscuous reception", supported(rc))?;
        }
        if config.allmulticast {
            // SAFETY: takes a number.
            let rc = unsafe { dpdk_sys::rte_eth_allmulticast_enable(self.id()) };
            self.state.check("receive all multicast", supported(rc))?;
        }
        Ok(())
    }

    /// Starts the configured port and gives out its queues, in order of their numbers.
    pub fn start(&mut self) -> Result<(Vec<RxQueue>, Vec<TxQueue>), PortError> {
        if self.started {
            return Err(PortError::Started(self.name().to_owned()));
        }
        let (rx, tx) = self.configured.ok_or_else(|| PortError::NotConfigured(self.name().to_owned()))?;
        log::mark();
        // SAFETY: takes a number.
        let rc = unsafe { dpdk_sys::rte_eth_dev_start(self.id()) };
        self.state.check("start", rc)?;
        self.started = true;
        let share = || Arc::clone(&self.state);
        // SAFETY: the port is started with these queues; it was stopped, so none of them is with a worker.
        let rx = (0..rx).map(|queue| unsafe { RxQueue::new(share(), queue) }).collect();
        // SAFETY: as above.
        let tx = (0..tx).map(|queue| unsafe { TxQueue::new(share(), queue) }).collect();
        Ok((rx, tx))
    }

    /// Stops the port, whose queues have all been dropped by then. It may be configured and started again.
    pub fn stop(&mut self) -> Result<(), PortError> {
        let Some(state) = Arc::get_mut(&mut self.state) else {
            return Err(PortError::QueuesInUse(self.name().to_owned()));
        };
        log::mark();
        let rc = state.stop();
        self.state.check("stop", rc)?;
        self.started = false;
        Ok(())
    }

    /// The link, without waiting for it.
    pub fn link(&self) -> Result<Link, PortError> {
        let mut link = dpdk_sys::swerve_link::default();
        // SAFETY: `link` is writable.
        let rc = unsafe { dpdk_sys::swerve_link_get_nowait(self.id(), &mut link) };
        self.state.check("read its link", rc)?;
        // 0 is RTE_ETH_SPEED_NUM_NONE, the largest number RTE_ETH_SPEED_NUM_UNKNOWN.
        let speed_mbps = Some(link.speed_mbps).filter(|speed| ![0, u32::MAX].contains(speed));
        Ok(Link { up: link.up != 0, speed_mbps, full_duplex: link.full_duplex != 0 })
    }

    /// Takes the link up, where the driver can.
    pub fn set_link_up(&mut self) -> Result<(), PortError> {
        log::mark();
        // SAFETY: takes a number.
        let rc = unsafe { dpdk_sys::rte_eth_dev_set_link_up(self.id()) };
        self.state.check("take its link up", rc)
    }

    /// Takes the link down, where the driver can.
    pub fn set_link_down(&mut self) -> Result<(), PortError> {
        log::mark();
        // SAFETY: takes a number.
        let rc = unsafe { dpdk_sys::rte_eth_dev_set_link_down(self.id()) };
        self.state.check("take its link down", rc)
    }

    /// The largest layer-3 packet.
    pub fn mtu(&self) -> Result<u16, PortError> {
        let mut mtu = 0;
        // SAFETY: `mtu` is writable.
        let rc = unsafe { dpdk_sys::rte_eth_dev_get_mtu(self.id(), &mut mtu) };
        self.state.check("read its MTU", rc)?;
        Ok(mtu)
    }

    /// Sets the largest layer-3 packet. Many drivers do so only while the port is stopped.
    pub fn set_mtu(&mut self, mtu: u16) -> Result<(), PortError> {
        log::mark();
        let info = self.state.raw_info()?;
        if mtu < info.min_mtu || mtu > info.max_mtu {
            let port = self.name().to_owned();
            return Err(PortError::Mtu { port, asked: mtu, min: info.min_mtu, max: info.max_mtu });
        }
        if self.mtu()? == mtu {
            return Ok(());
        }
        // SAFETY: takes numbers.
        let rc = unsafe { dpdk_sys::rte_eth_dev_set_mtu(self.id(), mtu) };
        self.state.check("set its MTU", rc)
    }

    /// Sets the port's address.
    pub fn set_mac(&mut self, mac: MacAddr) -> Result<(), PortError> {
        log::mark();
        let mut address = rte_ether_addr { addr_bytes: mac };
        // SAFETY: the address is read during the call.
        let rc = unsafe { dpdk_sys::rte_eth_dev_default_mac_addr_set(self.id(), &mut address) };
        self.state.check("set its address", rc)
    }

    pub fn stats(&self) -> Result<PortStats, PortError> {
        let mut stats = rte_eth_stats::default();
        // SAFETY: `stats` is writable.
        let rc = unsafe { dpdk_sys::rte_eth_stats_get(self.id(), &mut stats) };
        self.state.check("read its counters", rc)?;
        Ok(PortStats {
            rx_packets: stats.ipackets,
            tx_packets: stats.opackets,
            rx_bytes: stats.ibytes,
            tx_bytes: stats.obytes,
            rx_missed: stats.imissed,
            rx_errors: stats.ierrors,
            tx_errors: stats.oerrors,
            rx_no_mbuf: stats.rx_nombuf,
        })
    }

    /// Stops the port and detaches its device. Dropping a port and its queues does the same, without an answer; that
    /// is also what happens later when queues are in use still.
    pub fn detach(self) -> Result<(), PortError> {
        let in_use = |state: Arc<PortState>| PortError::QueuesInUse(state.name.clone());
        Arc::try_unwrap(self.state).map_err(in_use)?.detach()
    }
}

pub(crate) fn is_memif(name: &str) -> bool {
    name.starts_with("net_memif")
}

fn device_conf(config: &PortConfig, info: &rte_eth_dev_info) -> rte_eth_conf {
    let mut conf = rte_eth_conf::default();
    // SAFETY: returns a number.
    let flows = info.flow_type_rss_offloads & unsafe { dpdk_sys::swerve_rss_flows() };
    if config.rx_queues > 1 && flows != 0 {
        conf.rxmode.mq_mode = dpdk_sys::RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = flows;
    }
    conf
}

fn name_of(id: u16) -> Option<String> {
    let mut name = [0 as c_char; dpdk_sys::RTE_DEV_NAME_MAX_LEN as usize];
    // SAFETY: the buffer is as long as DPDK asks for.
    let rc = unsafe { dpdk_sys::rte_eth_dev_get_name_by_port(id, name.as_mut_ptr()) };
    // SAFETY: on success a C string is in the buffer.
    (rc == 0).then(|| unsafe { text_at(name.as_ptr()) })
}

/// # Safety
/// `text` is null or a C string.
unsafe fn text_at(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
