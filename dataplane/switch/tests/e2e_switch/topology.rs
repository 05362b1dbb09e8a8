//! The network of most tests: a host on the lan, and two providers that are the server as well.
//!
//! ```text
//! lan 10.0.0.2, fd00:10::2 --- [switch] -+- isp1 203.0.113.1, 2001:db8:0:1::1 \  each 198.51.100.2, 2001:db8:5::2
//!                                        +- isp2 203.0.113.3, 2001:db8:0:2::1 /
//! ```

use crate::client::{Session, path, through};
use crate::lab::Lab;
use api::Mac;
use api::switch::{Bfd, Group, Path};

pub const SERVER: &str = "198.51.100.2";
pub const SERVER6: &str = "2001:db8:5::2";
pub const NET: &str = "198.51.100.0/24";
pub const NET6: &str = "2001:db8:5::/64";
pub const NEXT: [&str; 2] = ["203.0.113.1", "203.0.113.3"];
pub const NEXT6: [&str; 2] = ["2001:db8:0:1::1", "2001:db8:0:2::1"];

pub const WORKERS: &str = "[workers]\ncores = [1]\nidle = \"sleep\"\n";
pub const PORTS: &str = "
[[port]]
name = \"lan\"
kernel = \"p-lan\"
[[port]]
name = \"isp1\"
kernel = \"p-isp1\"
[[port]]
name = \"isp2\"
kernel = \"p-isp2\"
";
pub const INTERFACES: &str = "
[[interface]]
name = \"lan\"
port = \"lan\"
addresses = [\"10.0.0.1/24\", \"fd00:10::1/64\"]
[[interface]]
name = \"isp1\"
port = \"isp1\"
addresses = [\"203.0.113.0/31\", \"2001:db8:0:1::/127\"]
[[interface]]
name = \"isp2\"
port = \"isp2\"
addresses = [\"203.0.113.2/31\", \"2001:db8:0:2::/127\"]
";

/// The lab, and the MACs of lan host and providers.
pub struct Network {
    pub lab: Lab,
    pub lan: Mac,
    pub isps: [Mac; 2],
}

impl Network {
    /// The hosts, without a switch yet.
    pub fn hosts() -> Network {
        let mut lab = Lab::new();
        let lan = lab.host("lan", &["10.0.0.2/24", "fd00:10::2/64"]);
        lab.ip("lan", "route add default via 10.0.0.1\nroute add default via fd00:10::1\n");
        let isps = [0, 1].map(|n| {
            let name = ["isp1", "isp2"][n];
            let mac = lab.host(name, &[&format!("{}/31", NEXT[n]), &format!("{}/127", NEXT6[n])]);
            lab.ip(
                name,
                &format!(
                    "addr add {SERVER}/32 dev lo\naddr add {SERVER6}/128 dev lo nodad\n\
                     route add default via 203.0.113.{}\nroute add default via 2001:db8:0:{}::\n",
                    2 * n,
                    n + 1
                ),
            );
            mac
        });
        Network { lab, lan, isps }
    }

    /// With the switch running.
    pub fn new() -> Network {
        let mut network = Network::hosts();
        network.start(WORKERS);
        network
    }

    pub fn start(&mut self, workers: &str) {
        self.lab.start(&format!("{workers}{PORTS}{INTERFACES}"));
    }

    /// Tells the neighbors, as control learns them from the kernel.
    pub fn neighbors(&self, control: &mut Session) {
        control.neighbor("lan", "10.0.0.2", Some(self.lan));
        control.neighbor("lan", "fd00:10::2", Some(self.lan));
        for n in 0..2 {
            let interface = ["isp1", "isp2"][n];
            control.neighbor(interface, NEXT[n], Some(self.isps[n]));
            control.neighbor(interface, NEXT6[n], Some(self.isps[n]));
        }
    }

    /// Connects as control and installs the usual state.
    pub fn control(&self, bfd: Option<Bfd>) -> Session {
        let mut control = self.lab.control();
        self.neighbors(&mut control);
        control.sync(&paths(bfd), &routes());
        control
    }
}

/// 0: isp1, 1: isp2, 2 and 3: the same for IPv6.
pub fn paths(bfd: Option<Bfd>) -> [Path; 4] {
    [
        path("isp1", NEXT[0], bfd.clone()),
        path("isp2", NEXT[1], bfd.clone()),
        path("isp1-v6", NEXT6[0], bfd.clone()),
        path("isp2-v6", NEXT6[1], bfd),
    ]
}

/// isp1 before isp2.
pub fn routes() -> [(&'static str, Group); 2] {
    [(NET, through(0, &[1])), (NET6, through(2, &[3]))]
}
