//! The hand-written path of before P4, kept to be measured against: parse, look up, select and rewrite over a vector, in Rust.
//! It forwards what the router forwards; what it does not forward it only tells from the rest.

use fib::{GroupId, Neighbor, PathId, Selection, Tables, WorkerEpoch};

pub const VECTOR: usize = 256;
const ETHERNET: usize = 14;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const MACS: usize = 12;
const UDP: u8 = 17;
/// 169.254/16.
const LINK_LOCAL_V4: [u8; 2] = [169, 254];
const BFD_PORT: [u8; 2] = 3784u16.to_be_bytes();

/// Where a packet goes when the vector is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Out(u16),
    /// For the local step, which has it with its reason.
    Local,
    Gone,
}

/// What a port's frames are checked against: its MAC in the low 48 bits, first octet lowest.
#[derive(Debug)]
pub struct PortView {
    pub mac: u64,
}

#[derive(Debug)]
struct Lookups<A> {
    len: usize,
    index: [u8; VECTOR],
    dst: [A; VECTOR],
    group: [u32; VECTOR],
}

impl<A: Copy + Default> Lookups<A> {
    fn new() -> Self {
        Lookups { len: 0, index: [0; VECTOR], dst: [A::default(); VECTOR], group: [0; VECTOR] }
    }

    #[inline(always)]
    fn push(&mut self, index: u8, dst: A) {
        let at = self.len & (VECTOR - 1);
        self.index[at] = index;
        self.dst[at] = dst;
        self.len += 1;
    }
}

/// Everything about the packets of one pass but the packets themselves.
#[derive(Debug)]
pub struct Vector {
    v4: Lookups<u32>,
    v6: Lookups<u128>,
    pub way: [Way; VECTOR],
}

/// First octets of IPv4 addresses that may not be a source (bit 0), a destination (bit 1), or are multicast (bit 2).
static MARTIAN: [u8; 256] = {
    let mut table = [0u8; 256];
    table[0] = 3;
    table[127] = 3;
    let mut octet = 224;
    while octet < 256 {
        table[octet] = if octet < 240 { 5 } else { 3 };
        octet += 1;
    }
    table
};

#[inline(always)]
fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[inline(always)]
fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// All checks run, and one branch takes them together.
#[inline(always)]
fn forwardable_v4(frame: &[u8], port: &PortView) -> Option<u32> {
    let h = frame.first_chunk::<{ ETHERNET + IPV4_HEADER + 4 }>()?;
    let le32 = |at: usize| u32::from_le_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]);
    let mac = u64::from(le32(0)) | u64::from(u16::from_le_bytes([h[4], h[5]])) << 32;
    let shape = le32(12) & 0xff_ffff == 0x45_0008;
    let total = usize::from(be16(h, 16));
    let word = |at: usize| u64::from(le32(at));
    let sum = word(14) + word(18) + word(22) + word(26) + word(30);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let martian = (MARTIAN[usize::from(h[26])] & 1) | (MARTIAN[usize::from(h[30])] & 6);
    let link_local = (h[26..28] == LINK_LOCAL_V4) | (h[30..32] == LINK_LOCAL_V4);
    let bfd = (h[23] == UDP) & (h[36..38] == BFD_PORT);
    let good = (mac == port.mac)
        & shape
        & (total >= IPV4_HEADER)
        & (total <= frame.len() - ETHERNET)
        & (sum == 0xffff)
        & (martian == 0)
        & !link_local
        & (h[22] > 1)
        & !bfd;
    good.then(|| be32(h, 30))
}

#[inline(always)]
fn forwardable_v6(frame: &[u8], port: &PortView) -> Option<u128> {
    let h = frame.first_chunk::<{ ETHERNET + IPV6_HEADER + 4 }>()?;
    let mac = u64::from_le_bytes([h[0], h[1], h[2], h[3], h[4], h[5], 0, 0]);
    let address = |at: usize| {
        let mut octets = [0u8; 16];
        octets.copy_from_slice(&h[at..at + 16]);
        u128::from_be_bytes(octets)
    };
    let (src, dst) = (address(22), address(38));
    let link_local = |at: usize| h[at] == 0xfe && h[at + 1] & 0xc0 == 0x80;
    let good = mac == port.mac
        && h[12..14] == [0x86, 0xdd]
        && h[14] >> 4 == 6
        && usize::from(be16(h, 18)) + IPV6_HEADER <= frame.len() - ETHERNET
        && h[22] != 0xff
        && src != 1
        && h[38] != 0xff
        && dst > 1
        && !(h[20] == UDP && h[56..58] == BFD_PORT)
        && !link_local(22)
        && !link_local(38)
        && h[20] != 0
        && h[21] > 1;
    good.then_some(dst)
}

impl Vector {
    pub fn new() -> Box<Vector> {
        Box::new(Vector { v4: Lookups::new(), v6: Lookups::new(), way: [Way::Gone; VECTOR] })
    }

    /// The first stage.
    #[inline(always)]
    pub fn parse<'f>(&mut self, frames: impl Iterator<Item = &'f [u8]>, port: &PortView) {
        (self.v4.len, self.v6.len) = (0, 0);
        for (index, frame) in frames.enumerate().take(VECTOR) {
            let at = index as u8;
            if let Some(dst) = forwardable_v4(frame, port) {
                self.v4.push(at, dst);
            } else if let Some(dst) = forwardable_v6(frame, port) {
                self.v6.push(at, dst);
            } else {
                self.way[usize::from(at)] = Way::Local;
            }
        }
    }

    #[inline(always)]
    pub fn lookup(&mut self, tables: &Tables) {
        let v4 = &mut self.v4;
        if v4.len > 0 {
            tables.lookup4_bulk(&v4.dst[..v4.len], &mut v4.group[..v4.len]);
        }
        let v6 = &mut self.v6;
        if v6.len > 0 {
            tables.lookup6_bulk(&v6.dst[..v6.len], &mut v6.group[..v6.len]);
        }
    }

    /// Chooses the way out of every packet that was looked up, and rewrites it.
    #[inline(always)]
    pub fn rewrite(
        &mut self,
        frames: &mut [&mut [u8]],
        epoch: &WorkerEpoch,
        count: &mut impl FnMut(PathId, u64),
    ) {
        for k in 0..self.v4.len.min(VECTOR) {
            let index = usize::from(self.v4.index[k]);
            let group = GroupId(self.v4.group[k]);
            self.way[index] = one::<V4>(frames[index], group, epoch, count);
        }
        for k in 0..self.v6.len.min(VECTOR) {
            let index = usize::from(self.v6.index[k]);
            let group = GroupId(self.v6.group[k]);
            self.way[index] = one::<V6>(frames[index], group, epoch, count);
        }
    }
}

trait Family {
    fn flow_hash(packet: &[u8]) -> u32;
    fn age(packet: &mut [u8]);
}

struct V4;
struct V6;

impl Family for V4 {
    #[inline(always)]
    fn flow_hash(packet: &[u8]) -> u32 {
        wire::flow::hash_v4(packet)
    }

    #[inline(always)]
    fn age(packet: &mut [u8]) {
        let Some(h) = packet.first_chunk_mut::<20>() else { return };
        h[8] = h[8].wrapping_sub(1);
        // RFC 1624: the TTL is the high byte of its word, so the checksum grows by 0x0100, with the carry around.
        let checksum = u32::from(u16::from_be_bytes([h[10], h[11]])) + 0x0100;
        let checksum = checksum + u32::from(checksum >= 0xffff);
        h[10..12].copy_from_slice(&(checksum as u16).to_be_bytes());
    }
}

impl Family for V6 {
    #[inline(always)]
    fn flow_hash(packet: &[u8]) -> u32 {
        wire::flow::hash_v6(packet)
    }

    #[inline(always)]
    fn age(packet: &mut [u8]) {
        let Some(h) = packet.first_chunk_mut::<40>() else { return };
        h[7] = h[7].wrapping_sub(1);
    }
}

#[inline(always)]
fn one<F: Family>(
    frame: &mut [u8],
    group: GroupId,
    epoch: &WorkerEpoch,
    count: &mut impl FnMut(PathId, u64),
) -> Way {
    let selection =
        epoch.tables().select_with(group, || F::flow_hash(frame.get(ETHERNET..).unwrap_or_default()));
    let path = match selection {
        Selection::Path(path) | Selection::Repair { path, .. } => path,
        _ => return Way::Local,
    };
    let Some(neighbor) = epoch.neighbor(path) else { return Way::Local };
    let length = frame.len();
    if length > ETHERNET + usize::from(neighbor.mtu) || usize::from(neighbor.header_len) != MACS {
        return Way::Local;
    }
    rewrite::<F>(frame, neighbor);
    count(path, length as u64);
    Way::Out(neighbor.port)
}

#[inline(always)]
fn rewrite<F: Family>(frame: &mut [u8], neighbor: &Neighbor) {
    if let (Some(macs), Some(new)) = (frame.first_chunk_mut::<MACS>(), neighbor.header.first_chunk::<MACS>())
    {
        *macs = *new;
    }
    F::age(frame.get_mut(ETHERNET..).unwrap_or_default());
}
