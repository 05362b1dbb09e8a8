//! Cores and devices against a machine; the messages are in `mistakes.rs`.

use super::{edited, good, parse};
use config::{CorePlan, Machine};

/// A machine that has what the good file asks for.
pub(crate) fn enough() -> Machine {
    Machine {
        cores: vec![0, 1, 2, 3],
        kernel_interfaces: vec!["lo".into(), "eth1".into()],
        namespaces: vec!["routers".into()],
        pci_devices: vec!["0000:03:00.0".into()],
        hugepages_free_mib: 1024,
    }
}

#[test]
fn a_machine_with_everything_is_accepted() {
    good().check_machine(&enough()).unwrap();
}

#[test]
fn auto_gives_every_core_but_the_main_one_a_worker() {
    let auto = ("cores = [1, 2]\nidle", "cores = \"auto\"\nidle");
    let config = parse(&edited(&[auto]));
    assert_eq!(config.cores(&[0, 1, 2]), CorePlan { main: 0, workers: vec![1, 2] });
    let config = parse(&edited(&[auto, ("main_core = 0", "main_core = 3")]));
    assert_eq!(config.cores(&[2, 3, 5]), CorePlan { main: 3, workers: vec![2, 5] });
    let config = parse(&edited(&[auto, ("main_core = 0", "")]));
    assert_eq!(config.cores(&[4, 5]), CorePlan { main: 4, workers: vec![5] });
}

#[test]
fn the_other_threads_go_where_no_worker_is_if_there_is_such_a_core() {
    let config = parse(&edited(&[("main_core = 0", "")]));
    assert_eq!(config.cores(&[1, 2, 3]).main, 3);
    assert_eq!(config.cores(&[1, 2]).main, 1);
    let machine = Machine { cores: vec![1, 2], ..enough() };
    config.check_machine(&machine).unwrap();
}

#[test]
fn hugepages_that_are_not_demanded_may_be_missing() {
    good().check_machine(&Machine { hugepages_free_mib: 0, ..enough() }).unwrap();
}

#[test]
fn the_switch_starts_whether_or_not_the_namespace_is_there_in_which_control_listens() {
    let config = parse(&edited(&[("[fpm]", "[fpm]\nnetns = \"elsewhere\"")]));
    config.check_machine(&enough()).unwrap_err();
    config.check_switch(&enough()).unwrap();
}
