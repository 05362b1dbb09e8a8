//! What this machine has, for `check`.

use config::Machine;
use std::fs;

/// Facts of this machine. Where a switch is `running`, as that process, its pages are there for the one that replaces
/// it, and its namespace is the one that the file speaks of.
pub fn machine(running: Option<u32>) -> Machine {
    let switch = running.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/net/dev")).ok());
    Machine {
        cores: cores(),
        kernel_interfaces: switch.map_or_else(kernel_interfaces, |text| interfaces_of(&text)),
        namespaces: names("/run/netns"),
        pci_devices: names("/sys/bus/pci/devices"),
        hugepages_free_mib: hugepages_mib(if running.is_some() {
            "HugePages_Total"
        } else {
            "HugePages_Free"
        }),
    }
}

/// Those of the machine, not those that this command was given: the switch is started by somebody else.
fn cores() -> Vec<u32> {
    list(fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default().trim())
}

/// Numbers and ranges, as in `0-3,8`.
fn list(text: &str) -> Vec<u32> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

/// The names in `/proc/net/dev`, behind two lines of headings.
fn interfaces_of(text: &str) -> Vec<String> {
    text.lines().skip(2).filter_map(|line| Some(line.rsplit_once(':')?.0.trim().to_owned())).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_read_from_ranges() {
        assert_eq!(list("0-3,8,10-11"), [0, 1, 2, 3, 8, 10, 11]);
        assert_eq!(list("0"), [0]);
        assert_eq!(list(""), Vec::<u32>::new());
    }

    #[test]
    fn the_kernels_table_names_the_interfaces_that_it_tells_us_of_by_itself() {
        let text = fs::read_to_string("/proc/self/net/dev").unwrap();
        let (mut table, mut told) = (interfaces_of(&text), kernel_interfaces());
        table.sort();
        told.sort();
        assert!(table.contains(&"lo".to_owned()));
        assert_eq!(table, told);
    }
}
