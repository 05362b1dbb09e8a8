//! What only a machine can tell.

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
    /// In order of worker number.
    pub workers: Vec<u32>,
}
