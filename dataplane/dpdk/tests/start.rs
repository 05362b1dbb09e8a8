//! What is said when DPDK, a device or a port does not start.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use common::{in_own_process, pool, trial_eal, trial_options};
use dpdk::{AttachError, Eal, EalError, EalOptions, Hugepages, Port, PortConfig, PortError};

#[test]
fn a_device_that_cannot_be_attached_is_named_with_the_reason() {
    in_own_process("a_device_that_cannot_be_attached_is_named_with_the_reason", || {
        let eal = trial_eal();
        let refused = |device: &str| eal.attach_vdev(device).unwrap_err().to_string();
        assert!(refused("net_nosuch0").contains("'net_nosuch0': no DPDK driver is called 'net_nosuch'"));
        assert!(refused("").contains("no DPDK driver is called ''"));
        let text = refused("net_af_packet0,iface=nosuch");
        assert!(text.contains("'net_af_packet0': there is no network interface 'nosuch'"), "{text}");
        let text = refused("net_null0,bogus=1");
        assert!(text.contains("'net_null0': its driver refuses the arguments 'bogus=1'"), "{text}");
        let text = refused("net_memif0,role=king");
        assert!(
            text.contains("refuses the arguments 'role=king' memif_set_role(): Unknown role: king"),
            "{text}"
        );
        assert_eq!(Port::names(&eal).len(), 0);
        let _port = eal.attach_vdev("net_null0").unwrap();
        assert_eq!(eal.attach_vdev("net_null0").unwrap_err(), AttachError::Exists("net_null0".to_owned()));
        assert_eq!(
            eal.attach_pci("0000:ff:00.0").unwrap_err(),
            AttachError::PciOff("0000:ff:00.0".to_owned())
        );
        assert_eq!(eal.attach_pci("eth0").unwrap_err(), AttachError::NotPci("eth0".to_owned()));
    });
}

#[test]
fn a_pci_device_that_does_not_exist_is_named() {
    in_own_process("a_pci_device_that_does_not_exist_is_named", || {
        let eal = Eal::init(&EalOptions { pci: true, ..trial_options() }).unwrap();
        let error = eal.attach_pci("0000:ff:1f.7,iova=1").unwrap_err();
        assert_eq!(error, AttachError::NoPciDevice("0000:ff:1f.7".to_owned()));
        // The machine's own devices were left alone.
        assert!(Port::names(&eal).is_empty());
    });
}

#[test]
fn a_port_refuses_what_its_driver_cannot() {
    in_own_process("a_port_refuses_what_its_driver_cannot", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        assert_eq!(Port::by_name(&eal, "eth7").unwrap_err(), PortError::NotFound("eth7".to_owned()));
        let mut port = eal.attach_vdev("net_ring0").unwrap();
        let info = port.info().unwrap();
        assert_eq!((info.driver.as_str(), info.link_events), ("net_ring", false));
        let mut refused = |config| port.configure(&config, &pool).unwrap_err().to_string();
        let text = refused(PortConfig { rx_queues: 2000, ..PortConfig::default() });
        let max = info.max_rx_queues;
        assert_eq!(
            text,
            format!("port 'net_ring0': 2000 receive queues are asked for, its driver has 1 to {max}")
        );
        let text = refused(PortConfig { tx_queues: 0, ..PortConfig::default() });
        assert!(text.contains("0 transmit queues are asked for"), "{text}");
        let text = refused(PortConfig { mtu: Some(9), ..PortConfig::default() });
        assert!(text.contains("an MTU of 9 is outside its driver's"), "{text}");
        let text = refused(PortConfig { mac: Some([1; 6]), ..PortConfig::default() });
        assert!(text.contains("cannot set its address: Invalid argument"), "{text}");
    });
}

#[test]
fn a_core_that_does_not_exist_is_named_and_another_start_may_follow() {
    in_own_process("a_core_that_does_not_exist_is_named_and_another_start_may_follow", || {
        let options = EalOptions { main_core: Some(9999), ..trial_options() };
        assert_eq!(Eal::init(&options).unwrap_err(), EalError::MainCore(9999));
        let eal = trial_eal();
        assert_eq!(Eal::init(&trial_options()).unwrap_err(), EalError::Started);
        drop(eal);
    });
}

#[test]
fn dpdks_own_threads_stay_on_the_main_core() {
    in_own_process("dpdks_own_threads_stay_on_the_main_core", || {
        let _eal = Eal::init(&EalOptions { main_core: Some(0), ..trial_options() }).unwrap();
        let mut found = 0;
        for task in std::fs::read_dir("/proc/self/task").unwrap() {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            let field = |name| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
            if field("Name:").starts_with("eal-") {
                assert_eq!(field("Cpus_allowed_list:"), "0", "{}", field("Name:"));
                found += 1;
            }
        }
        assert!(found > 0, "DPDK has no thread of its own");
    });
}

#[test]
fn an_argument_that_eal_does_not_know_is_refused() {
    in_own_process("an_argument_that_eal_does_not_know_is_refused", || {
        let options = EalOptions { extra: vec!["--bogus".to_owned()], ..trial_options() };
        let text = Eal::init(&options).unwrap_err().to_string();
        assert!(text.contains("Invalid argument") && text.contains("'command line' arguments"), "{text}");
    });
}

#[test]
fn more_memory_than_there_is_gives_the_amount() {
    in_own_process("more_memory_than_there_is_gives_the_amount", || {
        let options = EalOptions { memory_mb: Some(400_000_000), ..trial_options() };
        let text = Eal::init(&options).unwrap_err().to_string();
        assert!(text.starts_with("DPDK gets no memory (400000000 MiB asked for): "), "{text}");
    });
}

#[test]
fn more_huge_pages_than_are_free_are_refused_before_dpdk_starts() {
    in_own_process("more_huge_pages_than_are_free_are_refused_before_dpdk_starts", || {
        let options = EalOptions { hugepages: Hugepages::Yes, memory_mb: Some(u32::MAX), ..trial_options() };
        // Which of the two depends on the machine.
        let error = Eal::init(&options).unwrap_err();
        let few = matches!(error, EalError::FewHugepages { wanted_mb: u32::MAX, free_mb: 1.. });
        assert!(few || error == EalError::NoHugepages, "{error}");
        assert!(error.to_string().contains("vm.nr_hugepages"));
        drop(trial_eal());
    });
}

struct RemoveOnDrop(String);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_second_process_with_the_same_file_prefix_is_refused() {
    const NAME: &str = "a_second_process_with_the_same_file_prefix_is_refused";
    in_own_process(NAME, || {
        let prefix = format!("swerve-test-{}", std::process::id());
        let prefix = std::env::var("HELD_PREFIX").unwrap_or(prefix);
        let options = EalOptions { in_memory: false, file_prefix: prefix.clone(), ..trial_options() };
        if std::env::var_os("HELD_PREFIX").is_some() {
            let _eal = Eal::init(&options).unwrap();
            println!("\nheld");
            std::io::stdout().flush().unwrap();
            // Until the other process closes its end, or dies.
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
            return;
        }
        let mut holder = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env("HELD_PREFIX", &prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let _files = RemoveOnDrop(format!("/var/run/dpdk/{prefix}"));
        let mut said = BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.any(|line| line == "held"));
        let refused = Eal::init(&options);
        drop(holder.stdin.take());
        assert!(said.any(|line| line.contains("1 passed")) && holder.wait().unwrap().success());
        assert_eq!(refused.unwrap_err(), EalError::PrefixInUse(prefix));
    });
}
