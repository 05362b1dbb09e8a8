//! A full table from two providers: 1M prefixes by FPM, and both paths of each by BGP. What it costs to learn, to tell,
//! to withdraw half of one provider's, to show; and the memory. `cargo bench -p swerve-rib`.

use ipnet::{IpNet, Ipv4Net};
use rib::{Around, BgpPath, Fpm, FpmHop, FpmTarget, Interface, Limits, Proof, Rib};
use std::net::IpAddr;
use std::time::Instant;

const PREFIXES: u32 = 1_000_000;

fn prefix(n: u32) -> IpNet {
    // Scattered, as they come.
    IpNet::V4(Ipv4Net::new((n.wrapping_mul(0x9e37_79b1) & 0xffff_ff00).into(), 24).unwrap_or_default())
        .trunc()
}

fn provider(n: u32) -> IpAddr {
    IpAddr::from([203, 0, 113, (2 * n + 1) as u8])
}

fn path(n: u32, of: u32) -> BgpPath {
    BgpPath {
        vrf: 0,
        peer: 0,
        next_hop: provider(of),
        local_pref: 100,
        as_path_len: 2 + n % 7,
        origin: n.is_multiple_of(3).into(),
        neighbor_as: 65_001 + of,
        med: 0,
        external: true,
        router_id: of,
        cluster_len: 0,
    }
}

fn fpm(of: u32) -> Fpm {
    let hop = FpmHop { link: 10 + of, gateway: provider(of), weight: 1 };
    Fpm {
        protocol: 186,
        is_bgp: true,
        preference: 20,
        metric: 20,
        proof: Proof::Unproven,
        target: FpmTarget::Hops([hop].into_iter().collect()),
    }
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}

fn timed<T>(what: &str, count: u32, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    let each = took.as_nanos() / u128::from(count.max(1));
    println!("{what:<44} {:>9.1} ms {each:>7} ns each {:>7.0} MiB", took.as_secs_f64() * 1e3, resident_mib());
    result
}

fn tell(rib: &mut Rib) -> (usize, u128) {
    let (mut told, mut longest) = (0, 0);
    while rib.has_news() {
        let start = Instant::now();
        told += rib.next_changes(8192, None).len();
        longest = longest.max(start.elapsed().as_micros());
    }
    (told, longest)
}

fn main() {
    let interface = |n: u8| Interface {
        vrf: 0,
        addresses: IpAddr::from([203, 0, 113, 2 * n])
            .to_string()
            .parse()
            .map(|a| IpNet::new(a, 31))
            .into_iter()
            .flatten()
            .collect(),
        risks: vec![n.into()],
    };
    let limits = Limits { prefixes_v4: 1 << 21, ..Limits::default() };
    let mut rib =
        Rib::new(Around { interfaces: (0..2).map(interface).collect(), limits, ..Around::default() });
    (0..2).for_each(|n| rib.set_link(10 + n, n));
    rib.tell_all();
    let mut refused = 0;
    timed("learn 1M by FPM", PREFIXES, || {
        (0..PREFIXES).for_each(|n| refused += u32::from(rib.set_fpm(prefix(n), fpm(0)).is_err()));
    });
    for of in 0..2 {
        timed("learn 1M paths by BGP", PREFIXES, || {
            (0..PREFIXES)
                .for_each(|n| refused += u32::from(rib.set_bgp(prefix(n), of, path(n, of)).is_err()));
        });
    }
    let prefixes = rib.len();
    let (told, longest) = timed("tell all", PREFIXES, || tell(&mut rib));
    println!(
        "  {prefixes} prefixes, {told} told, longest slice {longest} us, refused {refused}, shared {:?}",
        rib.shared()
    );
    timed("withdraw 500k of the first provider", PREFIXES / 2, || {
        for n in 0..PREFIXES / 2 {
            rib.withdraw_bgp(prefix(n), 0, 0);
            refused += u32::from(rib.set_fpm(prefix(n), fpm(1)).is_err());
        }
    });
    let (told, longest) = timed("tell that", PREFIXES / 2, || tell(&mut rib));
    println!("  {told} told, longest slice {longest} us, shared {:?}", rib.shared());
    timed("coverage", 1, || rib.path_coverage(|_| true));
    timed("what if", 1, || rib.what_if(|path, _| path == 0, |_| true, 100));
    timed("what if nothing uses it, listing all", 1, || {
        rib.what_if(|path, _| path == 1, |_| true, usize::MAX).listed.len()
    });
    timed("explain", 1, || rib.explain(prefix(7)).map(|explained| explained.rows.len()));
}
