//! The examples that come with swerve.

use super::parse;
use config::{Action, Config, Device, Family, KernelDriver};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Where examples are.
const FOLDERS: [&str; 6] =
    ["configs", "configs/frr", "configs/igp", "bench/trex/memif", "bench/trex/nic", "bench/trex/veth"];

pub(crate) fn files() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<_> = FOLDERS
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn example(name: &str) -> Config {
    let files = files();
    let (_, text) = files.iter().find(|(file, _)| file.ends_with(name)).unwrap();
    parse(text)
}

#[test]
fn every_example_is_valid() {
    let files = files();
    assert!(files.len() >= 7, "lab, two-providers, trial, FRR and those of TRex are there");
    for (file, text) in files {
        Config::parse(&file, &text).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    }
}

#[test]
fn the_lab_prefers_isp1_in_both_families_and_notices_its_loss_after_30_ms() {
    let lab = example("lab.toml");
    for (port, device) in lab.ports.iter().zip(["p-lan", "p-isp1", "p-isp2"]) {
        assert_eq!(port.device, Device::Kernel { name: device.into(), driver: KernelDriver::AfPacket });
    }
    for family in [Family::Ipv4, Family::Ipv6] {
        let routes: Vec<_> = lab.routes.iter().filter(|r| Family::of(r.prefix.addr()) == family).collect();
        assert_eq!(routes.len(), 2);
        for route in routes {
            let Action::Paths { next_hops, backup: None } = &route.action else { panic!("{route:?}") };
            let best = next_hops.iter().min_by_key(|n| n.preference).unwrap();
            assert_eq!(lab.interfaces[lab.paths[best.path].interface].name, "isp1");
        }
    }
    for path in &lab.paths {
        let bfd = path.bfd.unwrap();
        assert_eq!(bfd.interval * u32::from(bfd.multiplier), Duration::from_millis(30));
        assert_eq!(path.wait_to_restore, Duration::from_secs(3));
    }
}

#[test]
fn a_path_goes_to_the_switch_with_names_and_units_of_the_wire() {
    let lab = example("lab.toml");
    let message = lab.path_message(&lab.paths[0]);
    assert_eq!((message.name.as_str(), message.interface.as_str()), ("isp1", "isp1"));
    assert_eq!(message.wait_to_restore_ns, (3_000_000_000, 60_000_000_000));
    let bfd = message.bfd.unwrap();
    assert_eq!((bfd.desired_min_tx_us, bfd.required_min_rx_us, bfd.detect_multiplier), (10_000, 10_000, 3));
}

#[test]
fn bfd_takes_what_a_path_leaves_out_from_the_section() {
    let two = example("two-providers.toml");
    let bfd = |name: &str| two.paths.iter().find(|p| p.name == name).unwrap().bfd.unwrap();
    assert_eq!(bfd("carrier-a").interval, Duration::from_millis(10));
    assert_eq!(bfd("carrier-b").interval, Duration::from_millis(50));
    assert_eq!(bfd("carrier-b").min_rx, Duration::from_millis(50));
}
