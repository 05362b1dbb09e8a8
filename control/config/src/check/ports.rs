//! `[[port]]`

use super::sections::absolute;
use super::{Names, core, number};
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::Span;
use crate::raw::{self, Int, WordOr};
use api::Mac;
use std::collections::HashMap;
use toml::Spanned;

/// Bytes of IP packet: RFC 791's least, and what common NICs take as jumbo frames.
const MTU: std::ops::RangeInclusive<u16> = 68..=9600;

/// `IFNAMSIZ` of the kernel less its terminating zero.
pub(super) const MAX_KERNEL_NAME: usize = 15;

/// Frames of the generator carry Ethernet, IP and UDP headers and the check sequence: 46 bytes with IPv4, 66 with
/// IPv6; Ethernet's own least is 64.
const MIN_FRAME: [u16; 2] = [64, 66];

#[derive(Debug)]
pub(super) struct Ports {
    pub(super) list: Vec<Port>,
    pub(super) names: Names,
    pub(super) devices: Vec<Span>,
    pub(super) queue_cores: Vec<Vec<Span>>,
}

pub(super) fn check(given: &[raw::Port], workers: &Workers, report: &mut Report) -> Ports {
    let mut ports =
        Ports { list: Vec::new(), names: Names::new("port"), devices: Vec::new(), queue_cores: Vec::new() };
    let mut macs: HashMap<Mac, (usize, Span)> = HashMap::new();
    let mut devices: HashMap<String, usize> = HashMap::new();
    for (index, port) in given.iter().enumerate() {
        let name = ports.names.add(&port.name, |name| Mistake::PortTwice { name }, report);
        let (device, place) = device(port, &name, report);
        if let Some(key) = device.as_ref().map(device_key) {
            if let Some(&first) = devices.get(&key) {
                let other = given[first].name.get_ref().clone();
                let mistake = Mistake::DeviceTwice { port: name.clone(), other, device: key };
                report.add_pair(place.clone(), ports.devices[first].clone(), mistake);
            } else {
                devices.insert(key, index);
            }
        }
        if let Some(mac) = &port.mac {
            let address = station(mac, report);
            if let Some((first, other_place)) = macs.get(&address) {
                let other = given[*first].name.get_ref().clone();
                let mistake = Mistake::MacTwice { port: name.clone(), other, mac: address };
                report.add_pair(mac.span(), other_place.clone(), mistake);
            } else {
                macs.insert(address, (index, mac.span()));
            }
        }
        let queue_places = port.queue_cores.iter().flat_map(|q| q.get_ref().iter().map(Spanned::span));
        ports.queue_cores.push(queue_places.collect());
        ports.devices.push(place);
        // A port without a device was reported; any device does for the rest of the reading.
        let device = device.unwrap_or(Device::Vdev(String::new()));
        ports.list.push(check_port(port, name, device, workers, report));
    }
    ports
}

fn check_port(
    given: &raw::Port,
    name: String,
    device: Device,
    workers: &Workers,
    report: &mut Report,
) -> Port {
    let mtu = number(given.mtu.as_ref(), "mtu", MTU, 1500, report);
    Port {
        rx_queues: rx_queues(given, &name, workers, report),
        rx_descriptors: number(given.rx_descriptors.as_ref(), "rx_descriptors", 32..=32_768, 1024, report),
        tx_descriptors: number(given.tx_descriptors.as_ref(), "tx_descriptors", 32..=32_768, 1024, report),
        mtu,
        mac: given.mac.as_ref().map(|m| m.get_ref().0),
        promiscuous: given.promiscuous,
        link: link(given, &name, &device, report),
        generator: given.generator.as_ref().map(|g| generator(g, mtu, report)),
        name,
        device,
    }
}

/// What makes two devices the same one.
fn device_key(device: &Device) -> String {
    match device {
        Device::Pci(address) => address.clone(),
        // The EAL knows a vdev by what precedes its arguments.
        Device::Vdev(text) => text.split(',').next().unwrap_or_default().to_owned(),
        Device::Kernel { name, .. } => name.clone(),
    }
}

fn device(given: &raw::Port, name: &str, report: &mut Report) -> (Option<Device>, Span) {
    let mut found: Vec<(&str, Span, Device)> = Vec::new();
    if let Some(pci) = &given.pci {
        found.push(("pci", pci.span(), Device::Pci(pci.get_ref().0.0.clone())));
    }
    if let Some(vdev) = &given.vdev {
        check_vdev(vdev, report);
        found.push(("vdev", vdev.span(), Device::Vdev(vdev.get_ref().clone())));
    }
    if let Some(kernel) = &given.kernel {
        check_kernel_name(kernel, report);
        let driver = given.driver.as_ref().map_or(KernelDriver::AfPacket, |d| *d.get_ref());
        found.push(("kernel", kernel.span(), Device::Kernel { name: kernel.get_ref().clone(), driver }));
    } else if let Some(driver) = &given.driver {
        report.add(driver.span(), Mistake::DriverWithoutKernel { port: name.to_owned() });
    }
    if found.len() > 1 {
        let given = found.iter().map(|(key, ..)| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
        let mistake = Mistake::SeveralDevices { port: name.to_owned(), given };
        report.add_pair(found[1].1.clone(), found[0].1.clone(), mistake);
    }
    match found.into_iter().next() {
        Some((_, place, device)) => (Some(device), place),
        None => {
            report.add(given.name.span(), Mistake::NoDevice { port: name.to_owned() });
            (None, given.name.span())
        }
    }
}

fn check_vdev(given: &Spanned<String>, report: &mut Report) {
    let name = given.get_ref().split(',').next().unwrap_or_default();
    let good = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    let driver = name.starts_with("net_") || name.starts_with("eth_");
    if !driver || !name.ends_with(|c: char| c.is_ascii_digit()) || !name.bytes().all(good) {
        report.add(given.span(), Mistake::BadVdev { name: name.to_owned() });
    }
}

fn check_kernel_name(given: &Spanned<String>, report: &mut Report) {
    let name = given.get_ref();
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_KERNEL_NAME {
        "it is too long"
    } else if name.contains(['/', ':', ','])
        || name.contains(char::is_whitespace)
        || name == "."
        || name == ".."
    {
        "not all of its characters fit"
    } else {
        return;
    };
    let mistake =
        Mistake::BadName { what: "kernel interface", name: name.clone(), why, max: MAX_KERNEL_NAME };
    report.add(given.span(), mistake);
}

/// A MAC of one station, not a group's and not zero.
pub(super) fn station(given: &Spanned<raw::Text<Mac>>, report: &mut Report) -> Mac {
    let mac = given.get_ref().0;
    if mac.0[0] & 1 == 1 || mac.0 == [0; 6] {
        report.add(given.span(), Mistake::MacNotUnicast { mac });
    }
    mac
}

fn link(given: &raw::Port, name: &str, device: &Device, report: &mut Report) -> LinkSource {
    let Some(link) = &given.link else { return LinkSource::Auto };
    if *link.get_ref() == LinkSource::Kernel && !matches!(device, Device::Kernel { .. }) {
        report.add(link.span(), Mistake::LinkWithoutKernel { port: name.to_owned() });
    }
    *link.get_ref()
}

fn rx_queues(given: &raw::Port, name: &str, workers: &Workers, report: &mut Report) -> RxQueues {
    let count = given.rx_queues.as_ref().and_then(|queues| match queues.get_ref() {
        WordOr::Word(_) => None,
        WordOr::Other(n) => Some(Spanned::new(queues.span(), *n)),
    });
    let queues = number(count.as_ref(), "rx_queues", 1..=1024u16, 1, report);
    let Some(list) = &given.queue_cores else {
        return if count.is_some() { RxQueues::Count(queues) } else { RxQueues::Auto };
    };
    if let Some(count) = count.as_ref().filter(|c| c.get_ref().0 != list.get_ref().len() as i64) {
        let mistake = Mistake::QueueCount {
            port: name.to_owned(),
            queues: count.get_ref().0,
            cores: list.get_ref().len(),
        };
        report.add_pair(list.span(), count.span(), mistake);
    }
    if list.get_ref().is_empty() {
        report.add(list.span(), Mistake::NoCores);
    }
    RxQueues::OnCores(list.get_ref().iter().map(|c| queue_core(c, name, workers, report)).collect())
}

fn queue_core(given: &Spanned<Int>, port: &str, workers: &Workers, report: &mut Report) -> u32 {
    let core = core(given, report);
    if let WorkerCores::List(cores) = &workers.cores
        && !cores.contains(&core)
    {
        let workers = format!("{cores:?}");
        report.add(given.span(), Mistake::QueueCoreNotWorker { port: port.to_owned(), core, workers });
    }
    core
}

fn generator(given: &raw::Generator, mtu: u16, report: &mut Report) -> Generator {
    let source = given.source.get_ref().0;
    let family = given.family.as_ref().map_or(Family::of(source), |f| *f.get_ref());
    if family != Family::of(source) {
        report.add(given.source.span(), Mistake::GeneratorFamily { family, source_address: source });
    }
    let rate = match given.rate.as_ref().map(|r| (r.get_ref(), r.span())) {
        None | Some((WordOr::Word(_), _)) => Rate::Max,
        Some((WordOr::Other(n), span)) => {
            let n = Spanned::new(span, *n);
            let rate = number(Some(&n), "rate", 1..=1_000_000_000u32, 1, report);
            Rate::PacketsPerSecond(u64::from(rate))
        }
    };
    let least = MIN_FRAME[usize::from(family == Family::Ipv6)];
    // Ethernet's header and check sequence are 18 bytes around the IP packet.
    let frame = number(given.frame.as_ref(), "frame", least..=(mtu + 18).max(least), least, report);
    Generator {
        destinations: given
            .destinations
            .as_ref()
            .map(|path| absolute(Some(path), "destinations", "/", report)),
        family,
        source,
        rate,
        frame,
        sink: given.sink.unwrap_or(false),
    }
}
