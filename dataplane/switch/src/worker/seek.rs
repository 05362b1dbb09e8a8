//! Hosts on connected networks that do not answer: their neighbors are asked for, and when that has been in vain for a while, who
//! sends to them is told (RFC 1812 5.2.7.1, RFC 4861 7.2.2).

use std::net::IpAddr;

/// A host that has not answered for so long is not there: three requests, a second apart, as everybody sends them.
const IN_VAIN_NS: u64 = 3_000_000_000;
/// Without a packet for so long, asking begins anew.
const FORGOTTEN_NS: u64 = 10_000_000_000;
/// Hosts that are remembered; a power of two. One that takes another's place costs that one an answer.
const PLACES: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Sought {
    interface: u16,
    address: IpAddr,
    first_ns: u64,
    last_ns: u64,
}

/// Whom a worker has packets for that nobody knows the way to.
#[derive(Debug)]
pub struct Seeking(Box<[Option<Sought>; PLACES]>);

impl Seeking {
    pub fn new() -> Seeking {
        Seeking(Box::new([None; PLACES]))
    }

    /// Another packet for `address`: whether it has been looked for in vain.
    pub fn in_vain(&mut self, now_ns: u64, interface: u16, address: IpAddr) -> bool {
        let low = match address {
            IpAddr::V4(v4) => v4.to_bits(),
            IpAddr::V6(v6) => v6.to_bits() as u32,
        };
        let place = &mut self.0[low as usize % PLACES];
        match place {
            Some(known)
                if (known.interface, known.address) == (interface, address)
                    && now_ns.saturating_sub(known.last_ns) < FORGOTTEN_NS =>
            {
                known.last_ns = now_ns;
                now_ns.saturating_sub(known.first_ns) >= IN_VAIN_NS
            }
            _ => {
                *place = Some(Sought { interface, address, first_ns: now_ns, last_ns: now_ns });
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_three_seconds_to_answer_and_again_after_a_pause() {
        const SECOND: u64 = 1_000_000_000;
        let host: IpAddr = "10.0.0.9".parse().unwrap();
        let mut seeking = Seeking::new();
        assert!([0, 1, 2].iter().all(|at| !seeking.in_vain(at * SECOND, 1, host)));
        assert!(seeking.in_vain(3 * SECOND, 1, host) && seeking.in_vain(12 * SECOND, 1, host));
        assert!(!seeking.in_vain(22 * SECOND, 1, host), "there was a pause");
        assert!(!seeking.in_vain(25 * SECOND - 1, 1, host) && seeking.in_vain(25 * SECOND, 1, host));
        assert!(!seeking.in_vain(25 * SECOND, 2, host), "on another interface it is another host");
    }

    #[test]
    fn a_host_in_the_same_place_begins_anew_and_is_not_taken_for_the_other() {
        let (one, two): (IpAddr, IpAddr) = ("10.0.0.9".parse().unwrap(), "10.0.1.9".parse().unwrap());
        let mut seeking = Seeking::new();
        assert!(!seeking.in_vain(0, 1, one));
        assert!(!seeking.in_vain(4_000_000_000, 1, two));
        assert!(!seeking.in_vain(4_000_000_000, 1, one));
    }
}
