//! Start-up and clean-up of DPDK's environment (EAL), and its devices.

use std::ffi::{CString, c_char};
use std::fs;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dpdk_sys::rte_mempool;

use crate::{Port, PortError, errno, error_text, log, mempool, port};

/// Where packet memory comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hugepages {
    /// Huge pages of the kernel (`vm.nr_hugepages`): for work.
    #[default]
    Yes,
    /// Ordinary pages: for trial. NICs by PCI address need huge pages.
    No,
}

/// How to start DPDK. The defaults suit a switch that has the machine to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EalOptions {
    /// The core to which the calling thread and DPDK's own threads (interrupts, alarms) are pinned, so that they stay
    /// off the workers' cores; they run wherever the process may when `None`. Threads started later inherit it.
    pub main_core: Option<usize>,
    /// Memory to take at once, in MiB. Without it huge pages are taken as needed, and ordinary pages are 64 MiB.
    pub memory_mb: Option<u32>,
    pub hugepages: Hugepages,
    /// Leave no files behind (but an empty /run/dpdk/PREFIX) and share nothing: no second start can collide with this
    /// one, no hugetlbfs needs to be mounted, and nothing is left after a crash.
    pub in_memory: bool,
    /// Tells processes apart that are not `in_memory`.
    pub file_prefix: String,
    /// Whether [`Eal::attach_pci`] may be used. No PCI device is taken unless attached.
    pub pci: bool,
    /// Few large memory files instead of one a page, as net_memif's zero-copy needs. Huge pages only.
    pub single_file_segments: bool,
    /// Let DPDK and drivers use vectors this wide (64 to 512 bits); they choose 256 when `None`.
    pub max_simd_bitwidth: Option<u16>,
    /// Further EAL arguments, as on the command line of any DPDK program.
    pub extra: Vec<String>,
}

impl Default for EalOptions {
    fn default() -> Self {
        Self {
            main_core: None,
            memory_mb: None,
            hugepages: Hugepages::Yes,
            in_memory: true,
            file_prefix: "swerve".to_owned(),
            pci: true,
            single_file_segments: false,
            max_simd_bitwidth: None,
            extra: Vec::new(),
        }
    }
}

/// DPDK did not start: what is missing, in one sentence.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EalError {
    #[error("DPDK was started in this process before; it starts once per process")]
    Started,
    #[error(
        "the machine has no free huge pages: set `sysctl -w vm.nr_hugepages=512`, or do without (no-huge) for a trial"
    )]
    NoHugepages,
    #[error(
        "the machine has {free_mb} MiB in free huge pages and {wanted_mb} MiB are asked for: \
         raise vm.nr_hugepages or ask for less"
    )]
    FewHugepages { wanted_mb: u32, free_mb: u64 },
    #[error("DPDK gets no memory ({} asked for): {log}", wanted_mb.map_or("no amount".to_owned(), |mb| format!("{mb} MiB")))]
    Memory { wanted_mb: Option<u32>, log: String },
    #[error("another DPDK process runs with the file prefix '{0}': stop it or choose another prefix")]
    PrefixInUse(String),
    #[error(
        "DPDK needs root, or CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK and access to /dev/hugepages and /run/dpdk: {0}"
    )]
    Permission(String),
    #[error("main core {0} does not exist, or this process may not run on it")]
    MainCore(usize),
    #[error("an EAL argument contains a NUL byte: {0:?}")]
    Argument(String),
    #[error("DPDK refuses to start: {text}: {log}")]
    Refused { text: String, log: String },
}

/// A device could not be attached; each variant names it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AttachError {
    #[error("device '{0}' is attached already")]
    Exists(String),
    #[error("device '{device}': there is no network interface '{interface}' in this network namespace")]
    NoInterface { device: String, interface: String },
    #[error(
        "device '{device}': no DPDK driver is called '{driver}' (vdev names begin with it, as net_af_packet0 does)"
    )]
    NoDriver { device: String, driver: String },
    #[error("device '{0}': not a PCI address, which looks like 0000:3b:00.1")]
    NotPci(String),
    #[error("device '{0}': no such PCI device on this machine")]
    NoPciDevice(String),
    #[error(
        "device '{device}' is held by the kernel's driver '{driver}': dpdk-devbind.py -b vfio-pci {device}"
    )]
    KernelDriver { device: String, driver: String },
    #[error("device '{0}': PCI is turned off in the start-up options")]
    PciOff(String),
    #[error("device '{device}': its driver refuses the arguments '{arguments}' {log}")]
    Refused { device: String, arguments: String, log: String },
    #[error("device '{device}': {text} {log}")]
    Failed { device: String, text: String, log: String },
    #[error("device '{device}' has no ethernet port: {error}")]
    NoPort { device: String, error: PortError },
}

static STARTED: AtomicBool = AtomicBool::new(false);
/// DPDK's probing is one at a time, and so are the log lines that explain it.
static ATTACHING: Mutex<()> = Mutex::new(());

/// DPDK, started. Cheap to clone; pools, ports, queues and worker threads hold a share of it as well.
///
/// When the last share is dropped, on the thread that started it and with every packet back in its pool, DPDK is
/// cleaned up (`rte_eal_cleanup`). Otherwise, and after the use of net_memif, its memory stays until the process ends,
/// so that no packet is left pointing nowhere.
#[derive(Debug, Clone)]
pub struct Eal(Arc<EalState>);

#[derive(Debug)]
pub(crate) struct EalState {
    pci: bool,
    pools: Mutex<Vec<Pool>>,
    /// Whether a net_memif port was ever open. That driver (22.11) leaves an interrupt source behind in memory that
    /// clean-up unmaps, and the interrupt thread then crashes: seen in one of 5 to 60 runs.
    memif: AtomicBool,
}

#[derive(Debug)]
struct Pool(NonNull<rte_mempool>);

// SAFETY: mempools are used by any thread and freed by clean-up only.
unsafe impl Send for Pool {}

impl Eal {
    /// Starts DPDK, with the calling thread as its main thread (lcore 0). Once per process, whatever the outcome,
    /// except for what is found out beforehand: too few huge pages, a core that does not exist, a NUL byte.
    pub fn init(options: &EalOptions) -> Result<Self, EalError> {
        if options.hugepages == Hugepages::Yes {
            check_hugepages(options.memory_mb)?;
        }
        let args = arguments(options)?;
        if STARTED.swap(true, Ordering::AcqRel) {
            return Err(EalError::Started);
        }
        if let Some(id) = options.main_core {
            // EAL's own threads get the cores of this thread that are no lcore's; with none left, the main lcore's.
            core_affinity::set_for_current(core_affinity::CoreId { id });
        }
        log::redirect();
        log::mark();
        let mut argv: Vec<*mut c_char> = args.into_iter().map(CString::into_raw).collect();
        argv.push(std::ptr::null_mut());
        // EAL keeps pointers into its arguments, so they stay for the life of the process.
        let argv = argv.leak();
        // SAFETY: `argc` strings and a null, writable and never freed, as C's main has them.
        let rc = unsafe { dpdk_sys::rte_eal_init(argv.len() as i32 - 1, argv.as_mut_ptr()) };
        if rc < 0 {
            return Err(explain(options, errno(), log::reasons().join("; ")));
        }
        Ok(Self(Arc::new(EalState {
            pci: options.pci,
            pools: Mutex::new(Vec::new()),
            memif: AtomicBool::new(false),
        })))
    }

    /// Creates a virtual device from `NAME[,ARGUMENTS]`, such as `net_af_packet0,iface=eth1`, and opens its port.
    /// The name begins with the driver's and is unique.
    pub fn attach_vdev(&self, device: &str) -> Result<Port, AttachError> {
        let (name, arguments) = device.split_once(',').unwrap_or((device, ""));
        let kernel_interface = arguments.split(',').find_map(|argument| argument.strip_prefix("iface="));
        // net_tap *makes* the interface that its iface= names.
        if let Some(interface) = kernel_interface.filter(|_| name.starts_with("net_af_"))
            && !interface_exists(interface)
        {
            return Err(AttachError::NoInterface {
                device: name.to_owned(),
                interface: interface.to_owned(),
            });
        }
        crate::fanout::in_place();
        self.attach("vdev", name, arguments)
    }

    /// Takes the PCI device `ADDRESS[,ARGUMENTS]`, such as `0000:3b:00.1`, and opens its port.
    pub fn attach_pci(&self, device: &str) -> Result<Port, AttachError> {
        let (address, arguments) = device.split_once(',').unwrap_or((device, ""));
        if !is_pci_address(address) {
            return Err(AttachError::NotPci(address.to_owned()));
        }
        if !self.0.pci {
            return Err(AttachError::PciOff(address.to_owned()));
        }
        let sysfs = format!("/sys/bus/pci/devices/{address}");
        if !fs::exists(&sysfs).unwrap_or(false) {
            return Err(AttachError::NoPciDevice(address.to_owned()));
        }
        self.attach("pci", address, arguments).map_err(|error| {
            let driver = fs::read_link(format!("{sysfs}/driver")).ok();
            let driver = driver.as_deref().and_then(|d| d.file_name()?.to_str());
            match (error, driver) {
                (AttachError::Failed { device, .. } | AttachError::Refused { device, .. }, Some(driver))
                    if !driver.contains("vfio") && !driver.contains("uio") =>
                {
                    AttachError::KernelDriver { device, driver: driver.to_owned() }
                }
                (error, _) => error,
            }
        })
    }

    fn attach(&self, bus: &str, name: &str, arguments: &str) -> Result<Port, AttachError> {
        let failed = |text: String, log: String| AttachError::Failed { device: name.to_owned(), text, log };
        let c = |text: &str| {
            CString::new(text).map_err(|_| failed("the text contains a NUL byte".to_owned(), String::new()))
        };
        let (c_bus, c_name, c_arguments) = (c(bus)?, c(name)?, c(arguments)?);
        let _one_at_a_time = probing();
        log::mark();
        // SAFETY: three C strings, which DPDK copies; EAL is initialised.
        let rc =
            unsafe { dpdk_sys::rte_eal_hotplug_add(c_bus.as_ptr(), c_name.as_ptr(), c_arguments.as_ptr()) };
        if rc != 0 {
            return Err(explain_attach(bus, name, arguments, rc, attach_reasons()));
        }
        Port::by_name(self, name).map_err(|error| match error {
            // DPDK is content when a device that it is to add is there already.
            PortError::Open(name) => AttachError::Exists(name),
            error => AttachError::NoPort { device: name.to_owned(), error },
        })
    }

    pub(crate) fn state(&self) -> Arc<EalState> {
        Arc::clone(&self.0)
    }

    /// A share for the port `name`.
    pub(crate) fn register_port(&self, name: &str) -> Arc<EalState> {
        self.0.memif.fetch_or(port::is_memif(name), Ordering::Relaxed);
        self.state()
    }

    /// Notes a pool that clean-up has to wait for.
    pub(crate) fn register_pool(&self, pool: NonNull<rte_mempool>) -> Arc<EalState> {
        self.0.pools.lock().unwrap_or_else(PoisonError::into_inner).push(Pool(pool));
        self.state()
    }
}

impl Drop for EalState {
    fn drop(&mut self) {
        // SAFETY: reads a thread-local integer. The main thread is lcore 0 and has a cache in every pool; were it to
        // free a packet while another thread cleans up, it would write to memory that is gone.
        let on_main = unsafe { dpdk_sys::rte_lcore_id() } == 0;
        if self.memif.load(Ordering::Relaxed) {
            return;
        }
        let pools = self.pools.get_mut().unwrap_or_else(PoisonError::into_inner);
        let in_use: u32 = pools.iter().map(|pool| mempool::in_use(pool.0)).sum();
        if !on_main || in_use > 0 {
            tracing::warn!(
                on_main,
                in_use,
                "DPDK is not cleaned up: packets or its main thread are elsewhere"
            );
            return;
        }
        // SAFETY: no port, queue, worker, pool handle or packet is left.
        unsafe { dpdk_sys::rte_eal_cleanup() };
    }
}

/// Held while a device is attached or detached.
pub(crate) fn probing() -> MutexGuard<'static, ()> {
    ATTACHING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn arguments(options: &EalOptions) -> Result<Vec<CString>, EalError> {
    let allowed = core_affinity::get_core_ids().unwrap_or_default();
    let main = match options.main_core {
        Some(core) if !allowed.iter().any(|id| id.id == core) => return Err(EalError::MainCore(core)),
        Some(core) => vec![core],
        None => allowed.iter().map(|id| id.id).collect(),
    };
    let cores = main.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    // lcore 0 is the main thread; workers register and get the numbers above it.
    let mut args = vec!["swerve".to_owned(), format!("--lcores=0@({cores})"), "--no-telemetry".to_owned()];
    args.push(format!("--file-prefix={}", options.file_prefix));
    let huge = options.hugepages == Hugepages::Yes;
    if !huge {
        args.push("--no-huge".to_owned());
    }
    if options.in_memory {
        // --in-memory is about huge pages; without them this is what it means.
        args.push(if huge { "--in-memory" } else { "--no-shconf" }.to_owned());
    }
    if let Some(memory) = options.memory_mb {
        args.extend(["-m".to_owned(), memory.to_string()]);
    }
    if options.pci {
        // An allow-list of one device that no driver matches: EAL knows the bus and takes nothing by itself.
        args.extend(["-a".to_owned(), "0000:00:00.0".to_owned()]);
    } else {
        args.push("--no-pci".to_owned());
    }
    if options.single_file_segments && huge {
        args.push("--single-file-segments".to_owned());
    }
    if let Some(bits) = options.max_simd_bitwidth {
        args.push(format!("--force-max-simd-bitwidth={bits}"));
    }
    args.extend(options.extra.iter().cloned());
    args.into_iter().map(|arg| CString::new(arg.clone()).map_err(|_| EalError::Argument(arg))).collect()
}

fn check_hugepages(wanted_mb: Option<u32>) -> Result<(), EalError> {
    let free_mb = free_hugepages_mb();
    match wanted_mb {
        _ if free_mb == 0 => Err(EalError::NoHugepages),
        Some(wanted_mb) if free_mb < u64::from(wanted_mb) => {
            Err(EalError::FewHugepages { wanted_mb, free_mb })
        }
        _ => Ok(()),
    }
}

/// Free huge pages of all sizes (`/sys/kernel/mm/hugepages`).
fn free_hugepages_mb() -> u64 {
    let Ok(sizes) = fs::read_dir("/sys/kernel/mm/hugepages") else { return 0 };
    let free_kb = sizes.flatten().filter_map(|size| {
        let kb: u64 =
            size.file_name().to_str()?.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok()?;
        let free: u64 = fs::read_to_string(size.path().join("free_hugepages")).ok()?.trim().parse().ok()?;
        Some(kb * free)
    });
    free_kb.sum::<u64>() / 1024
}

fn explain(options: &EalOptions, errno: i32, log: String) -> EalError {
    // SAFETY: takes no arguments and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    let denied =
        log.to_lowercase().contains("permission denied") || [libc::EPERM, libc::EACCES].contains(&errno);
    if log.contains("another primary process") {
        EalError::PrefixInUse(options.file_prefix.clone())
    } else if !root && denied {
        EalError::Permission(log)
    } else if errno == libc::ENOMEM || log.contains("init memory") {
        EalError::Memory { wanted_mb: options.memory_mb, log }
    } else {
        EalError::Refused { text: error_text(errno), log }
    }
}

/// What was logged, without the lines that say no more than "failed".
fn attach_reasons() -> String {
    let empty = |line: &&str| {
        line.starts_with("EAL: Driver cannot attach")
            || line.starts_with("EAL: Failed to attach")
            // Of net_memif, when nothing is shared with other processes: harmless.
            || line.contains("register mp action callback")
    };
    log::reasons().into_iter().filter(|line| !empty(&line.as_str())).collect::<Vec<_>>().join("; ")
}

fn explain_attach(bus: &str, name: &str, arguments: &str, rc: i32, log: String) -> AttachError {
    let device = name.to_owned();
    let unknown = ["no driver", "find device", "failed to parse"].iter().any(|text| log.contains(text));
    match -rc {
        libc::EEXIST => AttachError::Exists(device),
        // DPDK looks for the longest driver name that the device's name begins with.
        _ if bus == "vdev" && unknown => {
            let driver = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            AttachError::NoDriver { device, driver }
        }
        // Most drivers return a bare -1, which is not EPERM.
        1 | libc::EINVAL => AttachError::Refused { device, arguments: arguments.to_owned(), log },
        _ => AttachError::Failed { device, text: error_text(rc), log },
    }
}

fn interface_exists(name: &str) -> bool {
    // SAFETY: a C string that is read during the call only.
    CString::new(name).is_ok_and(|name| unsafe { libc::if_nametoindex(name.as_ptr()) } != 0)
}

/// `DDDD:BB:DD.F` in hexadecimal.
fn is_pci_address(text: &str) -> bool {
    let hex = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split([':', '.']).collect();
    matches!(parts[..], [domain, bus, device, function]
        if hex(domain, 4) && hex(bus, 2) && hex(device, 2) && hex(function, 1)
            && text.as_bytes()[4] == b':' && text.as_bytes()[7] == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pci_address_has_domain_bus_device_and_function() {
        assert!(is_pci_address("0000:3b:00.1"));
        for wrong in ["3b:00.1", "0000:3b:00", "0000.3b:00:1", "0000:3b:00.g", "", "net_null0"] {
            assert!(!is_pci_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_options_become_eal_arguments() {
        let options = EalOptions {
            main_core: Some(0),
            memory_mb: Some(64),
            max_simd_bitwidth: Some(512),
            single_file_segments: true,
            extra: vec!["--log-level=8".to_owned()],
            ..EalOptions::default()
        };
        let args: Vec<String> =
            arguments(&options).unwrap().into_iter().map(|a| a.into_string().unwrap()).collect();
        let line = args.join(" ");
        assert_eq!(
            line,
            "swerve --lcores=0@(0) --no-telemetry --file-prefix=swerve --in-memory -m 64 -a 0000:00:00.0 \
             --single-file-segments --force-max-simd-bitwidth=512 --log-level=8"
        );
    }

    #[test]
    fn an_argument_with_a_nul_is_refused_before_dpdk_starts() {
        let options = EalOptions { extra: vec!["a\0b".to_owned()], ..EalOptions::default() };
        assert_eq!(arguments(&options), Err(EalError::Argument("a\0b".to_owned())));
    }
}
