//! BFD on an interface that is a VLAN of its port, against FRR's bfdd.
//!
//! Not every kernel has VLANs, so the tag is put on by what stands for the provider's access switch: the port and the
//! provider's interface are TAPs, and this test carries the frames between them.

use crate::client::{Session, path, through};
use crate::frr::{Bfdd, peer_at};
use crate::lab::{Lab, wait_until};
use crate::topology::{NET, NET6, NEXT, NEXT6, PORTS, SERVER, SERVER6, WORKERS};
use crate::traffic::{Flow, Sink};
use api::Mac;
use api::switch::Bfd;
use stats::DropReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

const INTERFACES: &str = "
[[interface]]
name = \"lan\"
port = \"lan\"
addresses = [\"10.0.0.1/24\", \"fd00:10::1/64\"]
[[interface]]
name = \"isp1\"
port = \"isp1\"
addresses = [\"203.0.113.0/31\"]
[[interface]]
name = \"vlan100\"
port = \"isp1\"
vlan = 100
addresses = [\"203.0.113.8/31\", \"2001:db8:0:8::/127\"]
[[interface]]
name = \"isp2\"
port = \"isp2\"
addresses = [\"203.0.113.2/31\", \"2001:db8:0:2::/127\"]
";
const VLAN: u16 = 100;
const OURS: [&str; 2] = ["203.0.113.8", "2001:db8:0:8::"];
const THEIRS: [&str; 2] = ["203.0.113.9", "2001:db8:0:8::1"];
/// Frames pass through threads of this test.
const STEADY: Bfd =
    Bfd { local: None, desired_min_tx_us: 20_000, required_min_rx_us: 20_000, detect_multiplier: 10 };

/// The provider's access switch: tagged to us, untagged to the provider.
struct Access {
    /// What goes to us is tagged with this; 0 for no tag.
    tag: Arc<AtomicU16>,
}

impl Access {
    fn start(lab: &Lab) -> Access {
        let tap = |namespace: &str, name: &str| -> Arc<SyncDevice> {
            let build = || DeviceBuilder::new().name(name).layer(Layer::L2).build_sync().unwrap();
            Arc::new(lab.within(namespace, build))
        };
        let (trunk, access) = (tap("sw", "p-isp1"), tap("isp1", "eth0"));
        let tag = Arc::new(AtomicU16::new(VLAN));
        let (from, to, with) = (Arc::clone(&access), Arc::clone(&trunk), Arc::clone(&tag));
        // Both end when their device goes with its namespace.
        std::thread::spawn(move || {
            carry(&from, &to, |frame| match with.load(Ordering::Relaxed) {
                0 => Some(frame.to_vec()),
                vlan => Some([&frame[..12], &[0x81, 0], &vlan.to_be_bytes(), &frame[12..]].concat()),
            });
        });
        std::thread::spawn(move || {
            carry(&trunk, &access, |frame| {
                let tagged =
                    frame[12..14] == [0x81, 0] && u16::from_be_bytes([frame[14], frame[15]]) & 0xfff == VLAN;
                tagged.then(|| [&frame[..12], &frame[16..]].concat())
            });
        });
        Access { tag }
    }
}

fn carry(from: &SyncDevice, to: &SyncDevice, change: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let mut frame = [0; 4096];
    while let Ok(len) = from.recv(&mut frame) {
        if len >= 16
            && let Some(changed) = change(&frame[..len])
        {
            // A device that is down takes nothing; a cable does not wait for it.
            let _ = to.send(&changed);
        }
    }
}

struct Network {
    lab: Lab,
    access: Access,
    control: Session,
}

impl Network {
    /// 0: vlan100, 1: isp2, 2 and 3: the same for IPv6.
    fn new() -> Network {
        let mut lab = Lab::new();
        let lan = lab.host("lan", &["10.0.0.2/24", "fd00:10::2/64"]);
        lab.ip("lan", "route add default via 10.0.0.1\nroute add default via fd00:10::1\n");
        lab.namespace("isp1");
        let access = Access::start(&lab);
        lab.ip("sw", "link set p-isp1 up\n");
        lab.ip(
            "isp1",
            &format!(
                "link set eth0 address 02:00:00:00:01:01\nlink set eth0 up\naddr add {}/31 dev eth0\n\
                 addr add {}/127 dev eth0 nodad\n{}",
                THEIRS[0],
                THEIRS[1],
                server(OURS)
            ),
        );
        let isp2 = lab.host("isp2", &[&format!("{}/31", NEXT[1]), &format!("{}/127", NEXT6[1])]);
        lab.ip("isp2", &server(["203.0.113.2", "2001:db8:0:2::"]));
        lab.start(&format!("{WORKERS}{PORTS}{INTERFACES}"));
        let mut control = lab.control();
        let isp1: Mac = "02:00:00:00:01:01".parse().unwrap();
        for (interface, address, mac) in [
            ("lan", "10.0.0.2", lan),
            ("lan", "fd00:10::2", lan),
            ("vlan100", THEIRS[0], isp1),
            ("vlan100", THEIRS[1], isp1),
            ("isp2", NEXT[1], isp2),
            ("isp2", NEXT6[1], isp2),
        ] {
            control.neighbor(interface, address, Some(mac));
        }
        let paths = [
            path("vlan100", THEIRS[0], Some(STEADY)),
            path("isp2", NEXT[1], None),
            path("vlan100-v6", THEIRS[1], Some(STEADY)),
            path("isp2-v6", NEXT6[1], None),
        ];
        control.sync(&paths, &[(NET, through(0, &[1])), (NET6, through(2, &[3]))]);
        Network { lab, access, control }
    }

    fn bfdd(&mut self) -> Bfdd {
        let peers = peer_at(OURS[0], THEIRS[0], 20, 10) + &peer_at(OURS[1], THEIRS[1], 20, 10);
        let bfdd = Bfdd::start(&mut self.lab, "isp1", &peers);
        for (name, ours) in ["vlan100", "vlan100-v6"].into_iter().zip(OURS) {
            wait_until(&format!("session of {name} up"), || self.control.bfd(name).as_deref() == Some("up"));
            wait_until(&format!("{name} live"), || self.control.path(name).live);
            wait_until("bfdd agrees", || bfdd.status(ours) == "up");
        }
        bfdd
    }
}

/// The server's addresses, and the way back by `us`.
fn server(us: [&str; 2]) -> String {
    let [v4, v6] = us;
    format!(
        "addr add {SERVER}/32 dev lo\naddr add {SERVER6}/128 dev lo nodad\n\
         route add default via {v4}\nroute add default via {v6}\n"
    )
}

#[test]
fn sessions_on_a_vlan_come_up_in_both_families_and_their_loss_moves_packets_to_the_backup() {
    let mut network = Network::new();
    let bfdd = network.bfdd();
    network.lab.ping("lan", SERVER);
    network.lab.ping("lan", SERVER6);
    let (first, second) = (Sink::new(&network.lab, "isp1", SERVER), Sink::new(&network.lab, "isp2", SERVER));
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    wait_until("packets on the VLAN", || first.count() >= 50);
    bfdd.kill(&mut network.lab);
    wait_until("packets on the backup", || second.count() >= 50);
    let sent = flow.stop();
    wait_until("all arrive", || first.count() + second.count() == sent);
    for name in ["vlan100", "vlan100-v6"] {
        wait_until(&format!("{name} down"), || network.control.causes(name).contains(&"bfd".to_owned()));
    }
    network.lab.ping("lan", SERVER6);
    assert_eq!(network.lab.dropped(DropReason::UnknownVlan), 0);
}

#[test]
fn a_peers_packets_that_lose_their_tag_are_not_the_sessions_any_more() {
    let mut network = Network::new();
    let bfdd = network.bfdd();
    let punted = |lab: &Lab| {
        let class = stats::PuntClass::BfdOther as usize;
        lab.stats().workers().iter().map(|w| w.punts[class].1 + w.policed[class].1).sum::<u64>()
    };
    assert_eq!(punted(&network.lab), 0);
    network.access.tag.store(0, Ordering::Relaxed);
    // Untagged, they are for the port's other interface, which has another address.
    wait_until("the session is down", || network.control.causes("vlan100").contains(&"bfd".to_owned()));
    wait_until("the packets came all the same", || punted(&network.lab) >= 10);
    network.access.tag.store(VLAN, Ordering::Relaxed);
    wait_until("the session is back", || network.control.bfd("vlan100").as_deref() == Some("up"));
    wait_until("bfdd agrees", || bfdd.status(OURS[0]) == "up");
}
