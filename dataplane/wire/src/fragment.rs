//! IPv4 fragmentation (RFC 791 3.2), for routers: a packet becomes packets that fit a link. Nothing here puts them together again.

use crate::ipv4::{self, Packet};

/// The largest header that there is.
const HEADER_MAX: usize = 60;
/// Every option but these has its length behind its type (RFC 791 3.1).
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
/// In an option's type: it stands in every fragment.
const COPIED: u8 = 0x80;
/// Fragments begin at multiples of this.
const UNIT: usize = 8;

/// Why a packet cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncut {
    /// It is no IPv4 packet, or shorter than it says.
    Malformed,
    /// Its sender forbids it.
    Forbidden,
    /// Not even eight octets fit behind the header.
    NoRoom,
}

/// Cuts `packet` into fragments of at most `mtu` octets, and no more than fit in `scratch`, and hands each to `out`, in order.
/// Padding behind the packet is left out; a packet that fits is handed over as it is.
///
/// # Errors
/// Before anything was handed over.
pub fn fragment(
    packet: &[u8],
    mtu: usize,
    scratch: &mut [u8],
    mut out: impl FnMut(&[u8]),
) -> Result<(), Uncut> {
    let mtu = mtu.min(scratch.len());
    let whole = Packet::new_checked(packet).map_err(|_| Uncut::Malformed)?;
    if whole.version() != 4 {
        return Err(Uncut::Malformed);
    }
    let total = usize::from(whole.total_len());
    if total <= mtu {
        out(&packet[..total]);
        return Ok(());
    }
    if whole.dont_fragment() {
        return Err(Uncut::Forbidden);
    }
    let (payload, header_len) = (whole.payload(), whole.header_len());
    let mut later = [0; HEADER_MAX];
    let later = later_header(&packet[..header_len], &mut later);
    if mtu < header_len + UNIT {
        return Err(Uncut::NoRoom);
    }
    let mut at = 0;
    while at < payload.len() {
        let header = if at == 0 { &packet[..header_len] } else { later };
        let room = mtu - header.len();
        let rest = payload.len() - at;
        let len = if rest <= room { rest } else { room / UNIT * UNIT };
        let size = header.len() + len;
        let part = &mut scratch[..size];
        part[..header.len()].copy_from_slice(header);
        part[header.len()..].copy_from_slice(&payload[at..at + len]);
        let mut view = Packet::new_unchecked(&mut *part);
        view.set_total_len(size as u16);
        // What was a fragment itself goes on where it was, and its last part is the last only if it was.
        let more = at + len < payload.len() || whole.more_fragments();
        view.set_fragment(false, more, whole.fragment_offset().wrapping_add(at as u16));
        view.fill_checksum();
        out(part);
        at += len;
    }
    Ok(())
}

/// The header of all fragments but the first: only options that are to be copied, filled up to a multiple of four.
fn later_header<'a>(header: &[u8], later: &'a mut [u8; HEADER_MAX]) -> &'a [u8] {
    let (fixed, mut rest) = header.split_at(ipv4::HEADER_LEN);
    later[..fixed.len()].copy_from_slice(fixed);
    let mut end = fixed.len();
    while let Some(&kind) = rest.first() {
        let len = match kind {
            END_OF_OPTIONS => break,
            NO_OPERATION => 1,
            _ => match rest.get(1).map(|len| usize::from(*len)) {
                Some(len) if len >= 2 && len <= rest.len() => len,
                // Nobody knows where the next one begins.
                _ => break,
            },
        };
        if kind & COPIED != 0 {
            later[end..end + len].copy_from_slice(&rest[..len]);
            end += len;
        }
        rest = &rest[len..];
    }
    let padded = end.next_multiple_of(4);
    later[end..padded].fill(END_OF_OPTIONS);
    let later = &mut later[..padded];
    Packet::new_unchecked(&mut *later).set_version_and_header_len(padded);
    later
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A packet with these options (a multiple of four octets) and so much payload.
    fn packet(options: &[u8], payload: &[u8], more: bool, offset: u16) -> Vec<u8> {
        let mut bytes = vec![0; ipv4::HEADER_LEN];
        bytes.extend_from_slice(options);
        bytes.extend_from_slice(payload);
        let len = bytes.len() as u16;
        let mut view = Packet::new_unchecked(&mut bytes[..]);
        view.set_version_and_header_len(ipv4::HEADER_LEN + options.len());
        view.set_total_len(len);
        view.set_ident(0x1234);
        view.set_fragment(false, more, offset);
        view.set_ttl(7);
        view.set_src([10, 0, 0, 1].into());
        view.set_dst([10, 0, 0, 2].into());
        view.fill_checksum();
        bytes
    }

    fn cut(packet: &[u8], mtu: usize) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        fragment(packet, mtu, &mut [0; 2000], |part| all.push(part.to_vec())).unwrap();
        all
    }

    #[test]
    fn a_datagram_is_cut_at_multiples_of_eight_and_every_part_has_its_checksum() {
        let payload: Vec<u8> = (0..1400).map(|n| n as u8).collect();
        let parts = cut(&packet(&[], &payload, false, 0), 576);
        let views: Vec<_> = parts.iter().map(|part| Packet::new_checked(&part[..]).unwrap()).collect();
        let shape: Vec<_> =
            views.iter().map(|v| (v.total_len(), v.fragment_offset(), v.more_fragments())).collect();
        assert_eq!(shape, [(572, 0, true), (572, 552, true), (316, 1104, false)]);
        assert!(views.iter().all(|v| v.verify_checksum() && v.ident() == 0x1234 && v.ttl() == 7));
    }

    #[test]
    fn a_fragment_is_cut_again_and_stays_in_its_place() {
        let payload = [7; 800];
        let parts = cut(&packet(&[], &payload, true, 1480), 420);
        let shape: Vec<_> = parts
            .iter()
            .map(|part| Packet::new_unchecked(&part[..]))
            .map(|v| (v.fragment_offset(), v.more_fragments()))
            .collect();
        assert_eq!(shape, [(1480, true), (1880, true)]);
    }

    #[test]
    fn the_first_part_has_all_options_and_the_others_those_that_are_to_be_copied() {
        // Record route (7), which is not; router alert (148), which is; the end.
        let options = [7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0];
        let parts = cut(&packet(&options, &[1; 100], false, 0), 80);
        assert_eq!(Packet::new_unchecked(&parts[0][..]).options(), options);
        assert!(parts.len() > 1);
        for part in &parts[1..] {
            let view = Packet::new_checked(&part[..]).unwrap();
            assert_eq!(view.options(), [148, 4, 0, 0]);
            assert!(view.verify_checksum());
        }
    }

    #[test]
    fn what_fits_is_left_and_what_may_not_or_cannot_be_cut_is_said() {
        let small = packet(&[], &[1; 20], false, 0);
        let mut padded = small.clone();
        padded.extend([0; 6]);
        assert_eq!(cut(&padded, 40), std::slice::from_ref(&small));
        let none = |_: &[u8]| panic!("nothing is handed over");
        assert_eq!(fragment(&small, 24, &mut [0; 100], none), Err(Uncut::NoRoom));
        let mut forbidden = small;
        Packet::new_unchecked(&mut forbidden[..]).set_fragment(true, false, 0);
        assert_eq!(fragment(&forbidden, 30, &mut [0; 100], none), Err(Uncut::Forbidden));
        assert_eq!(fragment(&forbidden[..10], 30, &mut [0; 100], none), Err(Uncut::Malformed));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole(
            payload in proptest::collection::vec(any::<u8>(), 1..3000),
            mtu in 68usize..1500,
            words in 0usize..10,
            more: bool,
            offset in 0u16..1000,
            options in proptest::collection::vec(any::<u8>(), 40),
        ) {
            let whole = packet(&options[..words * 4], &payload, more, offset * 8);
            let mut back = Vec::new();
            for part in cut(&whole, mtu) {
                prop_assert!(part.len() <= mtu);
                let view = Packet::new_checked(&part[..]).unwrap();
                prop_assert!(view.verify_checksum());
                prop_assert_eq!(usize::from(view.fragment_offset()), usize::from(offset) * 8 + back.len());
                back.extend_from_slice(view.payload());
                prop_assert_eq!(view.more_fragments(), more || back.len() < payload.len());
            }
            prop_assert_eq!(back, payload);
        }

        #[test]
        fn arbitrary_octets_never_panic(data in proptest::collection::vec(any::<u8>(), 0..200), mtu in 0usize..300) {
            let _ = fragment(&data, mtu, &mut [0; 300], |part| assert!(part.len() <= mtu));
        }
    }
}
