//! What is around a program in the switch: ports, routes, paths. A program that is run by itself has none of it but ports of
//! a kind.

use fib::{PathId, WorkerEpoch};
use std::cell::Cell;
use std::sync::LazyLock;

/// Of a port that has no such interface.
pub const NO_INTERFACE: u16 = u16::MAX;
/// Ports that a program can name: 9 bits.
const PORTS: usize = 512;
const VLANS: usize = 4096;
/// As many as a program can name.
const INTERFACES: usize = 1 << 16;

/// One port, as compiled code reads it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct PortRow {
    /// As a program has it: the first octet is the most significant.
    pub mac: u64,
    /// The interface of frames without a tag.
    pub untagged: u32,
    /// Where its VLANs begin in [`Ports::vlans`].
    pub vlans: u32,
}

/// A port and its interfaces.
#[derive(Debug, Clone)]
pub struct PortInfo<'a> {
    pub port: u16,
    pub mac: [u8; 6],
    pub untagged: u16,
    /// The interface of each VLAN.
    pub vlans: Option<&'a [u16; VLANS]>,
}

/// What the route to the source of an interface's packets must be (RFC 3704).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReversePath {
    /// Packets to it leave by that interface now.
    Strict,
    /// One of its paths, backups included, leaves by it.
    Feasible,
    /// There is one that leads somewhere.
    Loose,
}

/// Every port that there is, by number.
#[derive(Debug, Clone)]
pub struct Ports {
    rows: Vec<PortRow>,
    vlans: Vec<u16>,
    /// By interface, for every number that there can be: compiled code looks without asking whether there is one.
    vrfs: Vec<u16>,
    /// By interface.
    reverse: Vec<Option<ReversePath>>,
}

impl Ports {
    pub fn new<'a>(ports: impl IntoIterator<Item = PortInfo<'a>>) -> Ports {
        let none = PortRow { mac: 0, untagged: u32::from(NO_INTERFACE), vlans: 0 };
        let mut rows = vec![none; PORTS];
        let mut vlans = vec![NO_INTERFACE; VLANS];
        for port in ports {
            let Some(row) = rows.get_mut(usize::from(port.port)) else { continue };
            row.mac = port.mac.iter().fold(0, |mac, octet| mac << 8 | u64::from(*octet));
            row.untagged = u32::from(port.untagged);
            if let Some(own) = port.vlans {
                row.vlans = vlans.len() as u32;
                vlans.extend_from_slice(own);
            }
        }
        Ports { rows, vlans, vrfs: vec![0; INTERFACES], reverse: Vec::new() }
    }

    /// With VRFs, by interface; without one, and beyond these, it is the default one.
    pub fn with_vrfs(mut self, vrfs: impl IntoIterator<Item = u16>) -> Ports {
        self.vrfs.iter_mut().zip(vrfs).for_each(|(place, vrf)| *place = vrf);
        self
    }

    /// The VRF of an interface, 0 where there is none.
    pub fn vrf(&self, interface: u16) -> u16 {
        self.vrfs[usize::from(interface)]
    }

    /// By interface, for each number that a program can name.
    pub fn vrfs(&self) -> &[u16] {
        &self.vrfs
    }

    /// With checks of sources, by interface.
    pub fn with_reverse_paths(self, reverse: Vec<Option<ReversePath>>) -> Ports {
        Ports { reverse, ..self }
    }

    /// `None` for an interface that takes packets from everybody.
    pub fn reverse_path(&self, interface: u16) -> Option<ReversePath> {
        self.reverse.get(usize::from(interface)).copied().flatten()
    }

    /// What a program sees that runs by itself: port N has the MAC 02:00:00:00:00:N and the untagged interface N, which is in
    /// VRF N.
    pub fn alone() -> &'static Ports {
        static ALONE: LazyLock<Ports> = LazyLock::new(|| {
            Ports::new((0..PORTS as u16).map(|port| {
                let [high, low] = port.to_be_bytes();
                PortInfo { port, mac: [2, 0, 0, 0, high, low], untagged: port, vlans: None }
            }))
            .with_vrfs(0..PORTS as u16)
        });
        &ALONE
    }

    fn row(&self, port: u64) -> PortRow {
        self.rows[port as usize % PORTS]
    }

    pub fn mac(&self, port: u64) -> u64 {
        self.row(port).mac
    }

    /// A tag with VLAN 0 has a priority only: the frame belongs to the untagged interface (802.1Q 6.9).
    pub fn interface(&self, port: u64, vlan: u64) -> u16 {
        let row = self.row(port);
        match vlan as usize % VLANS {
            0 => row.untagged as u16,
            vlan => self.vlans[row.vlans as usize + vlan],
        }
    }

    /// As many as a program has port numbers.
    pub fn rows(&self) -> &[PortRow] {
        &self.rows
    }

    pub fn vlans(&self) -> &[u16] {
        &self.vlans
    }
}

/// Paths whose traffic went another way, until somebody asks: for the time of the first packet of a repair.
#[derive(Debug, Default)]
pub struct Repaired {
    dead: [Cell<u16>; Repaired::MOST],
    len: Cell<usize>,
}

impl Repaired {
    /// Paths beyond these are noted with the next vector.
    const MOST: usize = 32;

    #[inline]
    pub fn note(&self, dead: PathId) {
        let len = self.len.get();
        if len > 0 && self.dead[len - 1].get() == dead.0 {
            return;
        }
        if len < Self::MOST && !self.dead[..len].iter().any(|known| known.get() == dead.0) {
            self.dead[len].set(dead.0);
            self.len.set(len + 1);
        }
    }

    /// Each of them once, and none any more.
    #[inline]
    pub fn take(&self, mut with: impl FnMut(PathId)) {
        for dead in &self.dead[..self.len.replace(0)] {
            with(PathId(dead.get()));
        }
    }
}

/// What a worker lends to the program for a vector.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    pub ports: &'a Ports,
    /// Routes, groups, paths and their rewrites.
    pub fib: Option<&'a WorkerEpoch>,
    pub repaired: Option<&'a Repaired>,
}

impl Around<'_> {
    /// Nothing but ports of a kind.
    pub fn alone() -> Around<'static> {
        Around { ports: Ports::alone(), fib: None, repaired: None }
    }

    /// A packet goes another way than by this path, which is dead.
    #[inline(always)]
    pub fn note_repair(&self, dead: PathId) {
        if let Some(repaired) = self.repaired {
            repaired.note(dead);
        }
    }

    /// Where there are no paths, every one of them is live.
    pub fn path_live(&self, path: u64) -> bool {
        self.fib.is_none_or(|fib| fib.liveness().is_live(PathId(path as u16)))
    }
}
