//! What only a machine can tell.

use crate::error::{ConfigErrors, Report};
use crate::mistake::{Mistake, nearest};
use crate::model::{Config, Device, Hugepages, RxQueues, WorkerCores};
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
        for (interface, place) in self.interfaces.iter().zip(&self.places.namespaces) {
            let netns = interface.mirror.as_ref().and_then(|m| m.netns.as_ref());
            check_namespace(netns, place, machine, report);
        }
        let (wanted, free) = (self.switch.dpdk.memory_mib, machine.hugepages_free_mib);
        if self.switch.dpdk.hugepages == Hugepages::Yes && u64::from(wanted) > free {
            report.add(self.places.hugepages.clone(), Mistake::NoHugepages { wanted, free });
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
