//! Records of several fields: paths, sessions, ports, failovers. A sequence number makes each change one to a reader.

use crate::Cause;
use crate::counters::Counter;
use crate::layout::NAME;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Odd while the fields change.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct Sequence(AtomicU64);

impl Sequence {
    /// Only one thread writes a slot at a time.
    pub(crate) fn write<R>(&self, change: impl FnOnce() -> R) -> R {
        let before = self.0.load(Ordering::Relaxed) | 1;
        self.0.store(before, Ordering::Relaxed);
        fence(Ordering::Release);
        let result = change();
        self.0.store(before.wrapping_add(1), Ordering::Release);
        result
    }

    /// What `read` gives while nothing changes. Only a writer that died in the middle leaves the number odd for long:
    /// then its last fields are taken as they are.
    pub(crate) fn read<R>(&self, mut read: impl FnMut() -> R) -> R {
        let mut stuck = (0, 0u32);
        loop {
            let before = self.0.load(Ordering::Acquire);
            let result = read();
            fence(Ordering::Acquire);
            let after = self.0.load(Ordering::Relaxed);
            stuck = if stuck.0 == after { (after, stuck.1 + 1) } else { (after, 0) };
            if before == after && (before & 1 == 0 || stuck.1 > STUCK) {
                return result;
            }
            std::hint::spin_loop();
        }
    }
}

/// Looks at an odd number that does not move, before its writer is taken for dead: a tenth of a second, for a writer may have lost
/// its core in the middle.
const STUCK: u32 = 2_000_000;

/// Up to 31 bytes of UTF-8; longer names are cut at a character.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct Text([AtomicU64; NAME / 8]);

impl Text {
    pub(crate) fn set(&self, text: &str) {
        set_text(&self.0, text);
    }

    pub(crate) fn get(&self) -> String {
        get_text(&self.0)
    }

    /// Takes over another text, word by word: a worker does this between verdict and repair's first packet.
    pub(crate) fn copy_from(&self, other: &Text) {
        for (word, from) in self.0.iter().zip(&other.0) {
            word.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

pub(crate) fn set_text(words: &[AtomicU64], text: &str) {
    let mut end = text.len().min(words.len() * 8 - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut bytes = text.as_bytes()[..end].iter().copied().chain(std::iter::repeat(0));
    for word in words {
        let chunk = std::array::from_fn(|_| bytes.next().unwrap_or(0));
        word.store(u64::from_le_bytes(chunk), Ordering::Relaxed);
    }
}

pub(crate) fn get_text(words: &[AtomicU64]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[derive(Debug)]
#[repr(C)]
pub(crate) struct PortSlot {
    sequence: Sequence,
    pub(crate) name: Text,
    pub(crate) up: Counter,
    pub(crate) since_ns: Counter,
}

impl PortSlot {
    pub(crate) fn set_link(&self, up: bool, since_ns: u64) {
        self.sequence.write(|| {
            self.up.set(u64::from(up));
            self.since_ns.set(since_ns);
        });
    }
}

#[derive(Debug)]
#[repr(C)]
pub(crate) struct PathSlot {
    sequence: Sequence,
    in_use: Counter,
    name: Text,
    interface: Text,
    causes: Counter,
    since_ns: Counter,
    failures: Counter,
    restore_at_ns: Counter,
    wait_to_restore_ns: Counter,
}

/// A path, as the main thread last saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathInfo {
    pub name: String,
    pub interface: String,
    /// The word of causes; live while 0.
    pub causes: u32,
    pub since_ns: u64,
    pub failures: u64,
    /// 0 when it does not wait.
    pub restore_at_ns: u64,
    pub wait_to_restore_ns: u64,
}

/// A path with what all workers sent on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRow {
    pub id: u16,
    pub info: PathInfo,
    pub packets: u64,
    pub bytes: u64,
}

impl PathSlot {
    pub(crate) fn publish(&self, info: &PathInfo) {
        self.sequence.write(|| {
            self.in_use.set(1);
            self.name.set(&info.name);
            self.interface.set(&info.interface);
            self.causes.set(u64::from(info.causes));
            self.since_ns.set(info.since_ns);
            self.failures.set(info.failures);
            self.restore_at_ns.set(info.restore_at_ns);
            self.wait_to_restore_ns.set(info.wait_to_restore_ns);
        });
    }

    pub(crate) fn clear(&self) {
        self.sequence.write(|| self.in_use.set(0));
    }

    pub(crate) fn read(&self) -> Option<PathInfo> {
        self.sequence.read(|| {
            (self.in_use.get() == 1).then(|| PathInfo {
                name: self.name.get(),
                interface: self.interface.get(),
                causes: self.causes.get() as u32,
                since_ns: self.since_ns.get(),
                failures: self.failures.get(),
                restore_at_ns: self.restore_at_ns.get(),
                wait_to_restore_ns: self.wait_to_restore_ns.get(),
            })
        })
    }

    pub(crate) fn name(&self) -> String {
        self.sequence.read(|| self.name.get())
    }
}

/// A BFD session, as its worker last saw it. States and diagnostics are the numbers of RFC 5880 4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionInfo {
    pub interface: u16,
    pub local: IpAddr,
    pub peer: IpAddr,
    pub local_discriminator: u32,
    pub remote_discriminator: u32,
    pub state: u8,
    pub remote_state: u8,
    pub diagnostic: u8,
    pub remote_diagnostic: u8,
    /// What we send at now.
    pub tx_interval_us: u32,
    pub remote_min_tx_us: u32,
    pub remote_min_rx_us: u32,
    pub remote_multiplier: u8,
    /// How long silence may last.
    pub detection_us: u32,
    pub multiplier: u8,
    pub packets_in: u64,
    pub packets_out: u64,
    pub last_heard_ns: u64,
    pub up_since_ns: u64,
    /// Times that it went down from Up.
    pub flaps: u64,
    pub vetoes: u64,
}

/// Who wants a session, and whether it crosses routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    pub by_file: bool,
    /// FRR's bfdd.
    pub by_bfdd: bool,
    pub multihop: bool,
}

const SESSION_WORDS: usize = 24;
/// In place of a path's number.
const NO_PATH: u64 = u64::MAX;

#[derive(Debug)]
#[repr(C)]
pub(crate) struct SessionSlot {
    sequence: Sequence,
    in_use: Counter,
    pub(crate) path: Counter,
    pub(crate) worker: Counter,
    asked: Counter,
    words: [Counter; SESSION_WORDS],
}

impl SessionSlot {
    /// The main thread gives the slot to a session; its worker fills it.
    pub(crate) fn open(&self, worker: u16) {
        self.sequence.write(|| {
            self.path.set(NO_PATH);
            self.asked.set(0);
            self.worker.set(u64::from(worker));
            self.words.iter().for_each(|word| word.set(0));
            self.in_use.set(1);
        });
    }

    pub(crate) fn close(&self) {
        self.in_use.set(0);
    }

    /// Words of their own, which the main thread alone writes: the worker's sequence is not disturbed.
    pub(crate) fn describe(&self, path: Option<u16>, asked: Asked) {
        self.path.set(path.map_or(NO_PATH, u64::from));
        let bits = [asked.by_file, asked.by_bfdd, asked.multihop];
        self.asked.set(bits.iter().rev().fold(0, |all, bit| all << 1 | u64::from(*bit)));
    }

    /// The path that it watches, and who wants it.
    pub(crate) fn description(&self) -> (Option<u16>, Asked) {
        let path = Some(self.path.get()).filter(|path| *path != NO_PATH).map(|path| path as u16);
        let bit = |n: u32| self.asked.get() >> n & 1 == 1;
        (path, Asked { by_file: bit(0), by_bfdd: bit(1), multihop: bit(2) })
    }

    pub(crate) fn publish(&self, info: &SessionInfo) {
        let address = |address: IpAddr| match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let (local, peer) = (address(info.local), address(info.peer));
        let words = [
            u64::from(info.interface),
            (local >> 64) as u64,
            local as u64,
            (peer >> 64) as u64,
            peer as u64,
            u64::from(info.local_discriminator),
            u64::from(info.remote_discriminator),
            u64::from(info.state),
            u64::from(info.remote_state),
            u64::from(info.diagnostic),
            u64::from(info.remote_diagnostic),
            u64::from(info.tx_interval_us),
            u64::from(info.remote_min_rx_us),
            u64::from(info.detection_us),
            u64::from(info.multiplier),
            info.packets_in,
            info.packets_out,
            info.last_heard_ns,
            info.up_since_ns,
            info.flaps,
            info.vetoes,
            u64::from(info.remote_min_tx_us),
            u64::from(info.remote_multiplier),
            1,
        ];
        self.sequence.write(|| {
            for (word, value) in self.words.iter().zip(words) {
                word.set(value);
            }
        });
    }

    /// The worker, and what it has said, if anything yet.
    pub(crate) fn read(&self) -> Option<(u16, Option<SessionInfo>)> {
        self.sequence.read(|| {
            let w = |at: usize| self.words[at].get();
            let address = |at: usize| {
                let v6 = Ipv6Addr::from_bits(u128::from(w(at)) << 64 | u128::from(w(at + 1)));
                v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)
            };
            let info = (w(23) == 1).then(|| SessionInfo {
                interface: w(0) as u16,
                local: address(1),
                peer: address(3),
                local_discriminator: w(5) as u32,
                remote_discriminator: w(6) as u32,
                state: w(7) as u8,
                remote_state: w(8) as u8,
                diagnostic: w(9) as u8,
                remote_diagnostic: w(10) as u8,
                tx_interval_us: w(11) as u32,
                remote_min_rx_us: w(12) as u32,
                detection_us: w(13) as u32,
                multiplier: w(14) as u8,
                packets_in: w(15),
                packets_out: w(16),
                last_heard_ns: w(17),
                up_since_ns: w(18),
                flaps: w(19),
                vetoes: w(20),
                remote_min_tx_us: w(21) as u32,
                remote_multiplier: w(22) as u8,
            });
            (self.in_use.get() == 1).then(|| (self.worker.get() as u16, info))
        })
    }
}

/// A failover's number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FailoverId(pub u32);

/// What is known when a path is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailoverInit {
    pub path: u16,
    pub cause: Cause,
    /// The worker that detected it; the main thread when `None`.
    pub worker: Option<u16>,
    /// The last sign of life, 0 where there is none to have.
    pub last_heard_ns: u64,
    pub detected_ns: u64,
    pub flipped_ns: u64,
}

#[derive(Debug)]
#[repr(C)]
pub(crate) struct FailoverSlot {
    sequence: Sequence,
    id: Counter,
    path: Counter,
    name: Text,
    cause: Counter,
    /// Worker plus 1, 0 for the main thread.
    detector: Counter,
    last_heard_ns: Counter,
    detected_ns: Counter,
    flipped_ns: Counter,
    reverted_ns: Counter,
    /// Plus 1, 0 where nobody can tell.
    sent_after_heard: Counter,
}

/// A failover as a chain of stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailoverRow {
    pub id: u32,
    pub path: String,
    pub cause: Cause,
    pub worker: Option<u16>,
    pub last_heard_ns: u64,
    pub detected_ns: u64,
    pub flipped_ns: u64,
    /// By worker; 0 while it has sent nothing on the backup.
    pub first_backup_ns: Vec<u64>,
    /// 0 while traffic is on the backup.
    pub reverted_ns: u64,
    /// Packets sent into the path from the last sign of life to the switch-over, where that is known.
    pub sent_after_heard: Option<u64>,
}

impl FailoverSlot {
    /// `path` is that of `init`, where there is such a slot.
    pub(crate) fn open(&self, id: u32, path: Option<&PathSlot>, init: &FailoverInit) {
        self.sequence.write(|| {
            self.id.set(u64::from(id));
            self.path.set(u64::from(init.path));
            if let Some(path) = path {
                // The main thread names a path before any worker knows it.
                self.name.copy_from(&path.name);
            }
            self.cause.set(init.cause as u64);
            self.detector.set(init.worker.map_or(0, |worker| u64::from(worker) + 1));
            self.last_heard_ns.set(init.last_heard_ns);
            self.detected_ns.set(init.detected_ns);
            self.flipped_ns.set(init.flipped_ns);
            self.reverted_ns.set(0);
            self.sent_after_heard.set(0);
        });
    }

    pub(crate) fn is(&self, id: FailoverId) -> bool {
        self.id.get() == u64::from(id.0)
    }

    pub(crate) fn set_reverted(&self, now_ns: u64) {
        self.reverted_ns.set(now_ns);
    }

    pub(crate) fn set_sent_after_heard(&self, packets: u64) {
        self.sent_after_heard.set(packets.saturating_add(1));
    }

    pub(crate) fn read(&self, first_backups: &[AtomicU64]) -> Option<FailoverRow> {
        self.sequence.read(|| {
            let id = self.id.get() as u32;
            let cause = Cause::from_index(self.cause.get())?;
            (id != 0).then(|| FailoverRow {
                id,
                path: self.name.get(),
                cause,
                worker: self.detector.get().checked_sub(1).map(|worker| worker as u16),
                last_heard_ns: self.last_heard_ns.get(),
                detected_ns: self.detected_ns.get(),
                flipped_ns: self.flipped_ns.get(),
                first_backup_ns: first_backups.iter().map(|at| at.load(Ordering::Relaxed)).collect(),
                reverted_ns: self.reverted_ns.get(),
                sent_after_heard: self.sent_after_heard.get().checked_sub(1),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_whose_writer_died_in_the_middle_is_read_as_it_was_left() {
        let sequence = Sequence(AtomicU64::new(7));
        let mut looks = 0u32;
        sequence.read(|| looks += 1);
        assert_eq!(looks, STUCK + 2);
        assert_eq!(sequence.write(|| "written"), "written");
        assert_eq!(sequence.read(|| "at once"), "at once");
        assert_eq!(sequence.0.load(Ordering::Relaxed), 8);
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let text = Text::default();
        text.set(&"ä".repeat(20));
        assert_eq!(text.get(), "ä".repeat(15));
    }
}
