//! Two workers: what arrives at the wrong one gets to the right one.

use crate::client::{path, through};
use crate::frr::{Bfdd, peer_at};
use crate::lab::{Lab, wait_until};
use crate::topology::{NET, SERVER};
use std::collections::BTreeMap;

/// All of the provider's packets come in at the worker of core 0.
const BODY: &str = "
[workers]
cores = [0, 1]
idle = \"sleep\"
[[port]]
name = \"lan\"
kernel = \"p-lan\"
[[port]]
name = \"isp1\"
kernel = \"p-isp1\"
queue_cores = [0]
[[interface]]
name = \"lan\"
port = \"lan\"
addresses = [\"10.0.0.1/24\"]
[[interface]]
name = \"isp1\"
port = \"isp1\"
addresses = [\"203.0.113.30/27\"]
";
const OURS: &str = "203.0.113.30";
const PEERS: u8 = 8;
/// Both workers share their cores with bfdd and this test.
const STEADY: api::switch::Bfd = api::switch::Bfd {
    local: None,
    desired_min_tx_us: 20_000,
    required_min_rx_us: 20_000,
    detect_multiplier: 10,
};

#[test]
fn a_session_whose_packets_all_arrive_at_the_wrong_worker_comes_up_and_stays_up() {
    let mut lab = Lab::new();
    let lan = lab.host("lan", &["10.0.0.2/24"]);
    lab.ip("lan", "route add default via 10.0.0.1\n");
    let addresses: Vec<String> = (1..=PEERS).map(|n| format!("203.0.113.{n}")).collect();
    let with_length: Vec<String> = addresses.iter().map(|a| format!("{a}/27")).collect();
    let mac = lab.host("isp1", &with_length.iter().map(String::as_str).collect::<Vec<_>>());
    lab.ip("isp1", &format!("addr add {SERVER}/32 dev lo\nroute add default via {OURS}\n"));
    lab.start(BODY);
    let mut control = lab.control();
    control.neighbor("lan", "10.0.0.2", Some(lan));
    for address in &addresses {
        control.neighbor("isp1", address, Some(mac));
    }
    let named = |n: usize| format!("isp1-{n}");
    let paths: Vec<_> =
        addresses.iter().enumerate().map(|(n, address)| path(&named(n), address, Some(STEADY))).collect();
    control.sync(&paths, &[(NET, through(0, &[1]))]);

    // Which worker runs which session is the switch's to say.
    let owners: BTreeMap<String, u16> =
        lab.stats().sessions().into_iter().map(|s| (s.path, s.worker)).collect();
    assert_eq!(owners.len(), usize::from(PEERS));
    let wrong = (0..addresses.len()).find(|n| owners[&named(*n)] == 1);
    let wrong = wrong.expect("no peer of these belongs to the other worker: choose others");
    // bfdd has one session with an address of ours, whatever the number of its own.
    let _bfdd = Bfdd::start(&mut lab, "isp1", &peer_at(OURS, &addresses[wrong], 20, 10));
    wait_until("session up", || control.bfd(&named(wrong)).as_deref() == Some("up"));
    // Some hundred of its packets pass through the ring, and only there.
    let heard = |lab: &Lab| lab.stats().workers().iter().map(|w| (w.bfd_rx, w.handovers)).collect::<Vec<_>>();
    let flaps = |lab: &Lab| {
        let sessions = lab.stats().sessions();
        sessions.iter().find(|s| s.path == named(wrong)).and_then(|s| s.info).expect("published").flaps
    };
    let before = flaps(&lab);
    let target = heard(&lab)[0].1 + 150;
    wait_until("packets are handed over", || heard(&lab)[0].1 >= target);
    let [(first_rx, handed), (second_rx, back)] = heard(&lab)[..] else { panic!("two workers") };
    assert_eq!((first_rx, back), (0, 0), "the first worker runs none of these sessions");
    assert!(second_rx > 0 && second_rx <= handed);
    assert_eq!(flaps(&lab), before, "the session flapped");
    assert_eq!(lab.dropped(stats::DropReason::HandoverFull), 0);
    lab.ping("lan", SERVER);
}

#[test]
fn both_workers_forward_what_their_queues_receive() {
    let mut lab = Lab::new();
    let lan = lab.host("lan", &["10.0.0.2/24"]);
    lab.ip("lan", "route add default via 10.0.0.1\n");
    let mac = lab.host("isp1", &["203.0.113.1/27"]);
    lab.ip("isp1", &format!("addr add {SERVER}/32 dev lo\nroute add default via {OURS}\n"));
    // The lan's packets come in at one worker, the provider's at the other.
    let body = BODY.replace("kernel = \"p-lan\"\n", "kernel = \"p-lan\"\nqueue_cores = [1]\n");
    lab.start(&body);
    let mut control = lab.control();
    control.neighbor("lan", "10.0.0.2", Some(lan));
    control.neighbor("isp1", "203.0.113.1", Some(mac));
    control.sync(&[path("isp1", "203.0.113.1", None)], &[(NET, through(0, &[]))]);
    lab.ping("lan", SERVER);
    let (ok, text) = lab.exec("lan", &["ping", "-c20", "-i0.02", "-W2", SERVER]);
    assert!(ok && text.contains(" 0% packet loss"), "{text}");
    for worker in lab.stats().workers() {
        assert!(worker.rx_packets >= 20 && worker.tx_packets >= 20, "{worker:?}");
    }
}
