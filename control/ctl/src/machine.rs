//! What this machine has, for `check`.

use config::Machine;
use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;
use std::fs;

/// Facts of this machine. Pages that a `running` switch holds are there for the one that replaces it.
pub fn machine(running: bool) -> Machine {
    Machine {
        cores: cores(),
        kernel_interfaces: kernel_interfaces(),
        namespaces: names("/run/netns"),
        pci_devices: names("/sys/bus/pci/devices"),
        hugepages_free_mib: hugepages_mib(if running { "HugePages_Total" } else { "HugePages_Free" }),
    }
}

fn cores() -> Vec<u32> {
    let set = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    let has = |core: &usize| set.is_set(*core).unwrap_or(false);
    (0..CpuSet::count()).filter(has).map(|core| core as u32).collect()
}

/// Of our own network namespace, whichever one `/sys` shows.
fn kernel_interfaces() -> Vec<String> {
    let Ok(interfaces) = nix::net::if_::if_nameindex() else { return Vec::new() };
    interfaces.iter().map(|interface| interface.name().to_string_lossy().into_owned()).collect()
}

fn names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn hugepages_mib(pages: &str) -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()
    };
    field(pages).unwrap_or(0) * field("Hugepagesize").unwrap_or(0) / 1024
}
