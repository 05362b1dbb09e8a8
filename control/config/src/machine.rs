//! What only a machine can tell.

use crate::error::{ConfigErrors, Report};
use crate::mistake::{Mistake, nearest};
use crate::model::{Config, Device, Hugepages, Port, RxQueues, WorkerCores};
use crate::places::{START, Span};
use std::time::Duration;

/// Facts about the machine the switch is to run on, found by who asks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Machine {
    /// Cores this process may run on, ascending.
    pub cores: Vec<u32>,
    /// Network interfaces of the switch's own namespace.
    pub kernel_interfaces: Vec<String>,
    /// Named network namespaces.
    pub namespaces: Vec<String>,
    /// Addresses of PCI devices, with domain, lower case.
    pub pci_devices: Vec<String>,
    pub hugepages_free_mib: u64,
}

/// Which core does what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorePlan {
    /// Of the threads that are not workers; shared with a worker only when the machine has no core left.
    pub main: u32,
    /// In order of worker number; with `auto`, ascending.
    pub workers: Vec<u32>,
}

/// Bytes of hugepages for each packet buffer: headroom and data (`RTE_MBUF_DEFAULT_BUF_SIZE`), the `rte_mbuf`, the
/// mempool's header, and a place in its ring.
const MBUF_BYTES: u64 = 2176 + 128 + 64 + 8;
/// Of ordinary pages: none holds a part of a buffer, so each holds one. The least with which a switch started was 66 MiB for
/// 16,383 buffers, 258 for 65,535 and 394 for 100,000.
const MBUF_BYTES_ORDINARY: u64 = 4096 + 8;

/// The other threads of a shared core take a worker's time for up to a scheduler's slice.
const MIN_SHARED_INTERVAL: Duration = Duration::from_millis(1);

impl Config {
    /// Which of the `allowed` cores (ascending) does what. The main core is `main_core`, else the lowest that no
    /// listed worker has. `workers` is empty when `auto` finds no core but the main one.
    pub fn cores(&self, allowed: &[u32]) -> CorePlan {
        let listed: &[u32] = match &self.workers.cores {
            WorkerCores::Auto => &[],
            WorkerCores::List(cores) => cores,
        };
        let free = || allowed.iter().copied().find(|c| !listed.contains(c));
        let main = self.switch.dpdk.main_core.or_else(free).or(allowed.first().copied()).unwrap_or(0);
        let workers = match &self.workers.cores {
            WorkerCores::Auto => allowed.iter().copied().filter(|&c| c != main).collect(),
            WorkerCores::List(cores) => cores.clone(),
        };
        CorePlan { main, workers }
    }

    /// Packet buffers: those of the file, else as many as queues, bursts and rings can hold at once, and some to work with.
    pub fn mbufs(&self, workers: usize) -> u32 {
        let workers = workers as u64;
        let of_port = |port: &Port| {
            let rx = match &port.rx_queues {
                RxQueues::Auto => workers,
                RxQueues::Count(n) => u64::from(*n),
                RxQueues::OnCores(cores) => cores.len() as u64,
            };
            rx * u64::from(port.rx_descriptors) + workers * (u64::from(port.tx_descriptors) + 512)
        };
        let queues: u64 = self.ports.iter().map(of_port).sum();
        let enough = (queues + workers * 4096 + 4096).next_power_of_two() - 1;
        self.switch.dpdk.mbufs.unwrap_or_else(|| u32::try_from(enough).unwrap_or(u32::MAX))
    }

    /// Whether packets are in hugepages, on a machine with so many MiB free of them.
    pub fn is_in_hugepages(&self, free_mib: u64) -> bool {
        let dpdk = &self.switch.dpdk;
        match dpdk.hugepages {
            Hugepages::Yes => true,
            Hugepages::No => false,
            Hugepages::Auto => free_mib >= u64::from(dpdk.memory_mib),
        }
    }

    /// Everything in which the file asks for what `machine` does not have, for either process.
    ///
    /// # Errors
    /// Every such place in the file.
    pub fn check_machine(&self, machine: &Machine) -> Result<(), ConfigErrors> {
        let mut report = Report::new(self.places.source.clone());
        self.judge_switch(machine, &mut report);
        let listeners = [self.fpm.as_ref().map(|fpm| &fpm.netns), self.bgp.as_ref().map(|bgp| &bgp.netns)];
        for (netns, place) in listeners.into_iter().zip(&self.places.listeners) {
            check_namespace(netns.and_then(Option::as_ref), place, machine, &mut report);
        }
        report.finish(())
    }

    /// What the switch cannot do without. Where control listens is not of it: it forwards whether or not FRR's namespace
    /// is there.
    ///
    /// # Errors
    /// Every place in the file that asks for what `machine` does not have.
    pub fn check_switch(&self, machine: &Machine) -> Result<(), ConfigErrors> {
        let mut report = Report::new(self.places.source.clone());
        self.judge_switch(machine, &mut report);
        report.finish(())
    }

    fn judge_switch(&self, machine: &Machine, report: &mut Report) {
        self.check_cores(machine, report);
        self.check_devices(machine, report);
        let mirrors = self.interfaces.iter().map(|interface| &interface.mirror);
        let mirrors = mirrors.chain(self.loopbacks.iter().map(|loopback| &loopback.mirror));
        for (mirror, place) in mirrors.zip(&self.places.namespaces) {
            let netns = mirror.as_ref().and_then(|m| m.netns.as_ref());
            check_namespace(netns, place, machine, report);
        }
        self.check_memory(machine, report);
    }

    fn check_memory(&self, machine: &Machine, report: &mut Report) {
        let (wanted, free) = (self.switch.dpdk.memory_mib, machine.hugepages_free_mib);
        if self.switch.dpdk.hugepages == Hugepages::Yes && u64::from(wanted) > free {
            report.add(self.places.hugepages.clone(), Mistake::NoHugepages { wanted, free });
            return;
        }
        let mbufs = self.mbufs(self.cores(&machine.cores).workers.len());
        let mib = |bytes: u64| (u64::from(mbufs) * bytes).div_ceil(1 << 20);
        // Of hugepages DPDK takes more than it was given at first, as long as there are some.
        let (need, have, said, right) = if self.is_in_hugepages(free) {
            let right = "reserve more (`sysctl vm.nr_hugepages`)".to_owned();
            (mib(MBUF_BYTES), free, format!("{free} MiB of hugepages are free"), right)
        } else {
            let need = mib(MBUF_BYTES_ORDINARY);
            let right = format!("write `memory = {}`", need + need / 8 + 8);
            (need, wanted.into(), format!("`memory` gives DPDK {wanted}"), right)
        };
        if need > have {
            let fewer = "shorter queues (`rx_descriptors`, `tx_descriptors`), or `mbufs`";
            let right = format!("{right}, or ask for fewer buffers: {fewer}");
            let mistake = Mistake::MemoryUnderMbufs { mbufs, need, have: said, right };
            report.add(self.places.memory.clone(), mistake);
        }
    }

    fn check_cores(&self, machine: &Machine, report: &mut Report) {
        let cores = || format!("{:?}", machine.cores);
        let exists = |core: &u32| machine.cores.contains(core);
        if let Some(core) = self.switch.dpdk.main_core.filter(|c| !exists(c)) {
            report.add(self.places.main_core.clone(), Mistake::NoSuchCore { core, cores: cores() });
        }
        if let WorkerCores::List(list) = &self.workers.cores {
            for (core, place) in list.iter().zip(&self.places.cores).filter(|(c, _)| !exists(c)) {
                report.add(place.clone(), Mistake::NoSuchCore { core: *core, cores: cores() });
            }
        }
        let plan = self.cores(&machine.cores);
        if plan.workers.is_empty() {
            let mistake = Mistake::NoCoreLeft { cores: cores(), main: plan.main };
            report.add(self.places.cores.first().cloned().unwrap_or(START), mistake);
            return;
        }
        for (port, places) in self.ports.iter().zip(&self.places.queue_cores) {
            let RxQueues::OnCores(list) = &port.rx_queues else { continue };
            // A core that the file's own list lacks was refused when the file was parsed.
            for (core, place) in list.iter().zip(places).filter(|(c, _)| !plan.workers.contains(c)) {
                let workers = format!("{:?}", plan.workers);
                let mistake = Mistake::QueueCoreNotWorker { port: port.name.clone(), core: *core, workers };
                report.add(place.clone(), mistake);
            }
        }
        if plan.workers.contains(&plan.main) {
            self.check_shared_core(plan.main, report);
        }
    }

    fn check_shared_core(&self, core: u32, report: &mut Report) {
        for (path, place) in self.paths.iter().zip(&self.places.intervals) {
            let interval = path.bfd.map(|b| b.interval.min(b.min_rx));
            if let Some(interval) = interval.filter(|i| *i < MIN_SHARED_INTERVAL) {
                let given = humantime::format_duration(interval).to_string();
                report.add(place.clone(), Mistake::BfdOnSharedCore { given, core });
            }
        }
    }

    fn check_devices(&self, machine: &Machine, report: &mut Report) {
        for (port, place) in self.ports.iter().zip(&self.places.devices) {
            match &port.device {
                Device::Kernel { name, .. } if !machine.kernel_interfaces.contains(name) => {
                    let right = nearest(name, machine.kernel_interfaces.iter().map(String::as_str));
                    report.add(place.clone(), Mistake::NoKernelInterface { name: name.clone(), right });
                }
                Device::Pci(address) if !machine.pci_devices.contains(address) => {
                    let right = nearest(address, machine.pci_devices.iter().map(String::as_str));
                    report.add(place.clone(), Mistake::NoPciDevice { address: address.clone(), right });
                }
                Device::Kernel { .. } | Device::Pci(_) | Device::Vdev(_) => {}
            }
        }
    }
}

fn check_namespace(netns: Option<&String>, place: &Span, machine: &Machine, report: &mut Report) {
    if let Some(name) = netns.filter(|name| !machine.namespaces.contains(name)) {
        let right = nearest(name, machine.namespaces.iter().map(String::as_str));
        report.add(place.clone(), Mistake::NoNamespace { name: name.clone(), right });
    }
}
