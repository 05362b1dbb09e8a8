//! The data plane of swerve: forwards, detects, repairs, and knows no routing protocol.
//!
//! A library so that [`frames`] can be tried on any bytes; the program is [`run`].

mod bfdd;
mod kernel;
mod ports;
mod program;
mod reload;
mod server;
mod state;
mod switch;
mod worker;

use anyhow::{Context, anyhow};
use clap::Parser;
use config::{Config, CorePlan, Machine};
use dpdk::{Eal, EalOptions, Mempool, MempoolOptions, WorkerThread};
use kernel::guard;
use kernel::mirror::Mirror;
use ports::{Attached, Queues};
use program::Unfit;
use state::{Capacity, PortState, State, StateParts};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::thread::JoinHandle;
use std::time::Duration;
use switch::{Parts, Switch};
use worker::horizon::Horizons;
use worker::messages::{self, WorkerRings};
use worker::transmit::Transmit;
use worker::view::Interfaces;
use worker::{Clock, Shared, Stage, Worker, WorkerParts};

/// Exit code for a configuration that cannot be used.
const BAD_CONFIG: u8 = 2;
/// Hosts on connected networks are paths of their own, beyond those of the file.
const HOST_PATHS: u32 = 8192;
/// Sessions of one worker, and of the switch.
const SESSIONS: usize = 4096;
/// Against the clock of the kernel; long enough for a few parts in a million.
const CALIBRATION: Duration = Duration::from_millis(100);

#[derive(Parser)]
#[command(version, about = "The data plane of swerve")]
struct Arguments {
    /// The configuration file, shared with swerve-control.
    #[arg(long, short, env = "SWERVE_CONFIG", default_value = "/etc/swerve/swerve.toml")]
    config: PathBuf,
    /// Judge the file, the program that it names and what it says of it, and end; the rest is for `swervectl check`
    #[arg(long)]
    check: bool,
    /// With --check: the mistakes on standard output, with their places, as JSON
    #[arg(long, requires = "check")]
    json: bool,
}

/// What a frame goes through, as far as it needs no device: bytes in, decisions and bytes out.
pub mod frames {
    pub use crate::worker::arrival::{ETHERNET, Meta, NO_INTERFACE, PortView, TAGGED, is_bfd};
    pub use crate::worker::icmp::{MAX_V4, MAX_V6, Trouble, addressee, answer};
    pub use crate::worker::local::{classify, destination, must_not_fragment};
    pub use crate::worker::sessions::{Found, find};
    pub use crate::worker::slow::{Options, judge};
    pub use crate::worker::view::special;
}

/// The process: reads its arguments and runs until it is told to stop.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.check {
        return check(&arguments.config, arguments.json);
    }
    let (config, plan) = match load(&arguments) {
        Ok(loaded) => loaded,
        Err(unfit) => {
            eprintln!("{}", unfit.text);
            return ExitCode::from(BAD_CONFIG);
        }
    };
    process::log::start(&config.log);
    let directory = program::directory(&arguments.config);
    let program = match program::at_start(&config, &directory) {
        Ok((program, warnings)) => {
            for line in warnings.lines() {
                tracing::warn!("{line}");
            }
            program
        }
        Err(unfit) => {
            eprintln!("{}", unfit.text);
            return ExitCode::from(BAD_CONFIG);
        }
    };
    match start(config, &plan, directory, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What a start would refuse of the file whatever the machine: that, `swervectl check` judges as one that may have a switch
/// running already.
fn check(path: &Path, json: bool) -> ExitCode {
    let judged = read(path).and_then(|config| {
        let (_, warnings) = program::at_start(&config, &program::directory(path))?;
        let wrong = |error| Unfit::without_place(format!("{}: {error}", path.display()));
        ports::check_generators(&config).map_err(wrong)?;
        Ok(warnings)
    });
    let (text, mistakes) = match &judged {
        Ok(warnings) => (warnings, &[][..]),
        Err(unfit) => (&unfit.text, &unfit.mistakes[..]),
    };
    if json {
        println!("{}", serde_json::json!({ "ok": judged.is_ok(), "mistakes": mistakes }));
    }
    eprint!("{}{}", text.trim_end(), if text.is_empty() { "" } else { "\n" });
    if judged.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(BAD_CONFIG) }
}

fn read(path: &Path) -> Result<Config, Unfit> {
    let unreadable = |error| Unfit::without_place(format!("cannot read {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok(Config::parse(&path.display().to_string(), &text)?)
}

fn load(arguments: &Arguments) -> Result<(Config, CorePlan), Unfit> {
    let config = read(&arguments.config)?;
    let machine = machine();
    config.check_switch(&machine)?;
    let plan = config.cores(&machine.cores);
    if plan.workers.is_empty() {
        let main = plan.main;
        return Err(Unfit::without_place(format!(
            "this machine gives the switch core {main} only and `[workers] cores` is \"auto\", which leaves it to the \
             main thread; write cores = [{main}] to share it"
        )));
    }
    Ok((config, plan))
}

/// What the machine has, for checking the configuration against it.
fn machine() -> Machine {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let names = |directory: &str| -> Vec<String> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    };
    let links = kernel::netlink::Netlink::open().and_then(|mut netlink| netlink.links()).unwrap_or_default();
    let mut cores: Vec<u32> = cores.into_iter().map(|core| core.id as u32).collect();
    cores.sort_unstable();
    Machine {
        cores,
        kernel_interfaces: links.into_iter().map(|link| link.name).collect(),
        namespaces: names("/run/netns"),
        pci_devices: names("/sys/bus/pci/devices"),
        hugepages_free_mib: free_hugepages_mib(),
    }
}

fn free_hugepages_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()
    };
    field("HugePages_Free").unwrap_or(0) * field("Hugepagesize").unwrap_or(0) / 1024
}

fn start(
    config: Config,
    plan: &CorePlan,
    directory: PathBuf,
    program: program::Loaded,
) -> anyhow::Result<()> {
    // First: a second switch must find out before it touches a port.
    let listener = process::Listener::bind(&config.switch.socket, &config.switch.socket_group)?;
    guard::check_forwarding()?;
    let eal = Eal::init(&eal_options(&config, plan))?;
    let clock = Clock::new(dpdk::tsc::Calibration::measure(CALIBRATION));
    let workers = plan.workers.len();
    let attached = Attached::new(&eal, &config, workers as u16)?;
    let count = config.mbufs(workers);
    let pool =
        Mempool::new(&eal, "packets", &MempoolOptions { count, cache: 512, ..MempoolOptions::default() })?;
    let (ports, queues) = attached.start(&config, &pool, &plan.workers)?;

    let macs: Vec<api::Mac> = ports.iter().map(|port| port.mac).collect();
    let interfaces = Arc::new(reload::interfaces(&config, &macs, reload::Given::default()));
    wire::flow::choose(reload::flow_fields(&config.hash));
    let mut infos = reload::infos(&config, &macs);
    let mirrors =
        reload::mirrors(&config, &infos).into_iter().map(|spec| spec.as_ref().map(Mirror::open).transpose());
    let mirrors = mirrors.collect::<Result<Vec<_>, _>>()?;
    for (info, mirror) in infos.iter_mut().zip(&mirrors) {
        info.mirror_index = mirror.as_ref().map(|mirror: &Mirror| mirror.index);
    }
    let loopbacks = reload::loopback_mirrors(&config, &macs).into_iter();
    let loopbacks = loopbacks.map(|spec| spec.as_ref().map(Mirror::open).transpose());
    let loopbacks = loopbacks.collect::<Result<Vec<_>, _>>()?;

    let paths = (config.tables.paths + HOST_PATHS).min(u32::from(u16::MAX));
    let (writer, tables) = fib::tables(limits(&config, paths, workers))?;
    let shape = stats::Shape {
        workers: plan.workers.clone(),
        ports: config.ports.iter().map(|port| port.name.clone()).collect(),
        paths: paths as usize,
        sessions: SESSIONS,
        stages: Stage::NAMES.iter().map(ToString::to_string).collect(),
    };
    let shared = Arc::new(Shared {
        stats: stats::Segment::create(&config.switch.stats, &shape, clock.hz(), clock.now_ns())?,
        horizons: Horizons::new(workers),
        failovers: (0..=paths).map(|_| AtomicU32::new(0)).collect(),
        tables,
    });
    if !stats::in_memory(&config.switch.stats) {
        tracing::warn!(
            stats = %config.switch.stats.display(),
            "the stats segment is on a disk's file system, where write-back can stall a worker for milliseconds; put \
             it on a tmpfs such as /dev/shm or, on most systems, /run"
        );
    }
    let (main_rings, worker_rings) = messages::rings(workers);
    let now_ns = clock.now_ns();
    let port_states =
        ports.iter().map(|port| PortState { name: port.name.clone(), up: true, since_ns: now_ns });
    let state = State::new(StateParts {
        writer,
        shared: Arc::clone(&shared),
        clock,
        workers,
        sessions: SESSIONS,
        capacity: Capacity {
            routes_v4: config.tables.routes_v4 as usize,
            routes_v6: config.tables.routes_v6 as usize,
            paths: config.tables.paths as usize,
            hosts: HOST_PATHS as usize,
        },
        interfaces: Arc::clone(&interfaces),
        infos,
        ports: port_states.collect(),
        vrfs: config.vrfs.iter().map(|vrf| vrf.name.clone()).collect(),
    })?;
    let crew = Crew {
        eal: &eal,
        config: &config,
        plan,
        shared: &shared,
        clock,
        interfaces: &interfaces,
        pool: &pool,
        paths,
    };
    // From the first packet on.
    let identity = (1, config.controller_port());
    let programs = worker::program::for_workers(&program.state, identity, workers)?;
    if let Some(program) = programs.first() {
        shared.stats.set_program_stages(program.parts());
    }
    let workers = crew.start(queues, worker_rings, programs)?;
    tracing::info!(
        dpdk = dpdk::version(),
        workers = ?plan.workers,
        main = plan.main,
        ports = config.ports.len(),
        mbufs = count,
        "forwarding"
    );
    Switch::run(Parts {
        config,
        state,
        shared,
        clock,
        ports,
        mirrors,
        loopbacks,
        rings: main_rings,
        workers,
        pool,
        listener,
        directory,
        program,
    })
}

fn eal_options(config: &Config, plan: &CorePlan) -> EalOptions {
    let dpdk = &config.switch.dpdk;
    let huge = config.is_in_hugepages(free_hugepages_mib());
    EalOptions {
        main_core: Some(plan.main as usize),
        memory_mb: Some(dpdk.memory_mib),
        hugepages: if huge { dpdk::Hugepages::Yes } else { dpdk::Hugepages::No },
        file_prefix: dpdk.file_prefix.clone(),
        pci: config.ports.iter().any(|port| matches!(port.device, config::Device::Pci(_))),
        extra: dpdk.extra_args.clone(),
        ..EalOptions::default()
    }
}

/// Sizes with which no prefix meets a full part of a table before `[tables]` says that the whole is full. Address space
/// only: memory comes with the prefixes.
fn limits(config: &Config, paths: u32, workers: usize) -> fib::Limits {
    let tables = &config.tables;
    let default = fib::Limits::default();
    // Each prefix longer than /24 may be alone in its /24. While a source says everything anew, there are twice as many;
    // what goes and comes in one message is there once more.
    let blocks = 2 * tables.routes_v4 as usize + HOST_PATHS as usize + api::switch::MAX_ROUTES;
    // Sixteen prefixes that differ in their last bits only make a node of 256 words at each of 13 levels.
    let words = (2 * tables.routes_v6 as usize * 256).next_power_of_two();
    fib::Limits {
        v4_blocks: blocks.clamp(default.v4_blocks, 1 << 24),
        v6_words: words.clamp(default.v6_words, 1 << 31),
        groups: tables.groups as usize + paths as usize,
        paths: paths as usize,
        neighbors: 2 * paths as usize,
        // The main thread reads as one of them while it traces a packet.
        workers: workers + 1,
        vrfs: config.vrfs.len() + 1,
        ..default
    }
}

/// What all workers have in common.
struct Crew<'a> {
    eal: &'a Eal,
    config: &'a Config,
    plan: &'a CorePlan,
    shared: &'a Arc<Shared>,
    clock: Clock,
    interfaces: &'a Arc<Interfaces>,
    pool: &'a Mempool,
    paths: u32,
}

impl Crew<'_> {
    /// Starts every worker on its core, and waits until each is there.
    /// `programs` has one for each worker.
    fn start(
        &self,
        queues: Vec<Queues>,
        rings: Vec<WorkerRings>,
        programs: Vec<worker::program::Program>,
    ) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let mut threads = Vec::new();
        for (id, ((queues, rings), program)) in queues.into_iter().zip(rings).zip(programs).enumerate() {
            let core = self.plan.workers[id] as usize;
            let eal = self.eal.clone();
            let parts = WorkerParts {
                id,
                shared: Arc::clone(self.shared),
                clock: self.clock,
                rx: queues.rx,
                transmit: Transmit::new(queues.tx, self.pool.clone(), self.shared.stats.worker(id)),
                epoch: self.shared.tables.register_worker()?,
                rings,
                interfaces: Arc::clone(self.interfaces),
                idle: self.config.workers.idle,
                vector: usize::from(self.config.workers.vector),
                sessions: SESSIONS,
                paths: self.paths as usize + 1,
                program: Box::new(program),
            };
            let (ready, started) = std::sync::mpsc::channel();
            let thread = std::thread::Builder::new().name(format!("worker-{id}")).spawn(move || {
                let registered = WorkerThread::register(&eal, Some(core));
                let failed = registered.as_ref().err().map(ToString::to_string);
                // The main thread waits for this, so it is there to hear it.
                let _ = ready.send(failed);
                if let Ok(_registration) = registered {
                    Worker::new(parts).run();
                }
            })?;
            if let Some(error) = started.recv().context("a worker thread ended before it began")? {
                return Err(anyhow!("worker {id} on core {core}: {error}"));
            }
            threads.push(thread);
        }
        Ok(threads)
    }
}
