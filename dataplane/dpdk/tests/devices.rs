//! Devices that reach out of the process: kernel interfaces, shared memory.

mod common;

use common::{in_own_process, pool, run, trial_eal, wait_for};
use dpdk::{Burst, Eal, Mempool, Port, PortConfig, RxQueue, TxQueue};

struct Open {
    port: Port,
    rx: RxQueue,
    tx: TxQueue,
}

fn open(eal: &Eal, pool: &Mempool, device: &str) -> Open {
    let mut port = eal.attach_vdev(device).unwrap();
    port.configure(&PortConfig { promiscuous: true, ..PortConfig::default() }, pool).unwrap();
    let (mut rx, mut tx) = port.start().unwrap();
    Open { port, rx: rx.remove(0), tx: tx.remove(0) }
}

/// A frame of `len` bytes, of an experimental Ethernet type, with a pattern of its own.
fn frame(seed: u8, len: usize) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5];
    frame.extend((14..len).map(|at| seed.wrapping_mul(31).wrapping_add(at as u8)));
    frame
}

/// Sends `frames` into `from`, and expects them at `to`, unchanged and in order.
fn expect_across(pool: &Mempool, from: &mut Open, to: &mut Open, frames: &[Vec<u8>]) {
    let mut out = Burst::new();
    for frame in frames {
        let mut mbuf = pool.alloc().unwrap();
        assert!(mbuf.fill(frame));
        out.push(mbuf).unwrap();
    }
    let mut received: Vec<Vec<u8>> = Vec::new();
    let mut back = Burst::new();
    wait_for("the frames to cross", || {
        from.tx.tx_burst(&mut out);
        to.rx.rx_burst(&mut back, 16);
        // The kernel may have words of its own on the wire.
        let ours = back.drain().filter(|mbuf| mbuf.data()[12..14] == [0x88, 0xb5]);
        received.extend(ours.map(|mbuf| mbuf.data().to_vec()));
        received.len() >= frames.len()
    });
    assert_eq!(received, frames);
}

#[test]
fn frames_cross_a_veth_pair_by_af_xdp() {
    in_own_process("frames_cross_a_veth_pair_by_af_xdp", || {
        run("ip link add left type veth peer name right; ip link set left up; ip link set right up");
        let eal = trial_eal();
        let pool = pool(&eal, 16_383);
        let mut left = open(&eal, &pool, "net_af_xdp0,iface=left");
        let mut right = open(&eal, &pool, "net_af_packet0,iface=right");
        let frames: Vec<_> = (0..100).map(|seed| frame(seed, 60 + usize::from(seed) * 10)).collect();
        expect_across(&pool, &mut left, &mut right, &frames);
        expect_across(&pool, &mut right, &mut left, &frames);
    });
}

#[test]
fn frames_cross_a_veth_pair_unchanged_in_both_directions() {
    in_own_process("frames_cross_a_veth_pair_unchanged_in_both_directions", || {
        run("ip link add left type veth peer name right; ip link set left up; ip link set right up");
        let eal = trial_eal();
        let pool = pool(&eal, 4095);
        let mut left = open(&eal, &pool, "net_af_packet0,iface=left");
        let mut right = open(&eal, &pool, "net_af_packet1,iface=right");
        let frames: Vec<_> =
            [60, 61, 64, 200, 512, 1024, 1513, 1514].iter().map(|len| frame(*len as u8, *len)).collect();
        expect_across(&pool, &mut left, &mut right, &frames);
        let many: Vec<_> = (0..100).map(|seed| frame(seed, 64)).collect();
        expect_across(&pool, &mut right, &mut left, &many);
        expect_across(&pool, &mut right, &mut left, &frames);
        assert_eq!(left.port.info().unwrap().driver, "net_af_packet");
        assert!(left.port.stats().unwrap().rx_packets >= 108);
        let counted = left.port.stats().unwrap().tx_packets;
        assert_eq!(counted, 8);
        assert_eq!(left.port.mtu().unwrap(), 1500);
        drop((left, right));
        assert_eq!(pool.available(), 4095);
        assert!(Port::names(&eal).is_empty());
    });
}

/// A fragment of UDP over IPv4, with what is behind its IP header.
fn fragment(offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];
    let (length, place) = ((20 + payload.len()) as u16, (offset / 8) as u16 | u16::from(more) << 13);
    let mut header = [0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    header[2..4].copy_from_slice(&length.to_be_bytes());
    header[6..8].copy_from_slice(&place.to_be_bytes());
    let words = header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    header[10..12].copy_from_slice(&(!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes());
    frame.extend(header);
    frame.extend(payload);
    frame
}

#[test]
fn fragments_come_as_they_are() {
    in_own_process("fragments_come_as_they_are", || {
        run("ip link add left type veth peer name right; ip link set left up; ip link set right up");
        let eal = trial_eal();
        let pool = pool(&eal, 4095);
        let mut left = open(&eal, &pool, "net_af_packet0,iface=left");
        let mut right = open(&eal, &pool, "net_af_packet1,iface=right");
        let sent = [
            fragment(0, true, &[7; 1480]),
            fragment(1480, true, &[8; 1480]),
            fragment(2960, false, &[9; 100]),
        ];
        let mut out = Burst::new();
        for frame in &sent {
            let mut mbuf = pool.alloc().unwrap();
            assert!(mbuf.fill(frame));
            out.push(mbuf).unwrap();
        }
        let mut received: Vec<Vec<u8>> = Vec::new();
        let mut back = Burst::new();
        wait_for("the fragments to cross", || {
            left.tx.tx_burst(&mut out);
            right.rx.rx_burst(&mut back, 16);
            let ours = back.drain().filter(|mbuf| mbuf.data()[12..14] == [0x08, 0x00]);
            received.extend(ours.map(|mbuf| mbuf.data().to_vec()));
            received.len() >= sent.len()
        });
        assert_eq!(received, sent);
    });
}

#[test]
fn two_memif_ports_of_one_process_exchange_frames_and_see_each_other() {
    in_own_process("two_memif_ports_of_one_process_exchange_frames_and_see_each_other", || {
        let eal = trial_eal();
        let pool = pool(&eal, 8191);
        // An abstract socket: nothing is left in the file system.
        let device = |name: &str, role: &str| {
            let socket = format!("socket=swerve-test-{},socket-abstract=yes", std::process::id());
            open(&eal, &pool, &format!("{name},role={role},id=0,{socket}"))
        };
        let mut server = device("net_memif0", "server");
        assert!(!server.port.link().unwrap().up);
        let mut client = device("net_memif1", "client");
        let both =
            |a: &Open, b: &Open, up| a.port.link().unwrap().up == up && b.port.link().unwrap().up == up;
        wait_for("the two ends to connect", || both(&server, &client, true));
        let frames: Vec<_> = (0..200).map(|seed| frame(seed, 60 + usize::from(seed) * 5)).collect();
        expect_across(&pool, &mut server, &mut client, &frames);
        expect_across(&pool, &mut client, &mut server, &frames);
        drop(client);
        wait_for("the server to see its peer go", || !server.port.link().unwrap().up);
        drop(server);
        assert_eq!(pool.available(), 8191);
    });
}

#[test]
fn a_tap_port_follows_its_interface() {
    in_own_process("a_tap_port_follows_its_interface", || {
        let eal = trial_eal();
        let pool = pool(&eal, 2047);
        let tap = open(&eal, &pool, "net_tap0,iface=swtap0");
        run("ip link set swtap0 up");
        wait_for("the link to be up", || tap.port.link().unwrap().up);
        run("ip link set swtap0 down");
        wait_for("the link to be down", || !tap.port.link().unwrap().up);
    });
}

#[test]
fn a_ring_port_reports_the_link_that_was_set() {
    in_own_process("a_ring_port_reports_the_link_that_was_set", || {
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let mut ring = open(&eal, &pool, "net_ring0");
        let link = ring.port.link().unwrap();
        assert_eq!((link.up, link.speed_mbps, link.full_duplex), (true, Some(10_000), true));
        ring.port.set_link_down().unwrap();
        assert!(!ring.port.link().unwrap().up);
        ring.port.set_link_up().unwrap();
        assert!(ring.port.link().unwrap().up);
    });
}

#[test]
fn a_port_takes_an_mtu_and_an_address() {
    in_own_process("a_port_takes_an_mtu_and_an_address", || {
        run("ip link add left type veth peer name right; ip link set left up; ip link set right up");
        let eal = trial_eal();
        let pool = pool(&eal, 255);
        let mut port = eal.attach_vdev("net_af_packet0,iface=left").unwrap();
        let mac = [2, 0, 0, 0x5e, 0, 7];
        let config = PortConfig { mtu: Some(1400), mac: Some(mac), ..PortConfig::default() };
        port.configure(&config, &pool).unwrap();
        assert_eq!((port.info().unwrap().mac, port.mtu().unwrap()), (mac, 1400));
        run("ip link show left | grep -q 'mtu 1400' && ip link show left | grep -q 02:00:00:5e:00:07");
    });
}
