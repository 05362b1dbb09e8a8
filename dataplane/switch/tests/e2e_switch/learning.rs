//! `l2_learning.p4` as its users have it: the file of `configs/`, the real switch, the real `swerve-control` and `swervectl`,
//! and hosts that know nothing of it.

use crate::client::Session;
use crate::lab::{Lab, beside, wait_for, wait_until};
use api::program::{Call, EntryRow, Query, Reply, Request, RowTarget};
use api::{Mac, switch};

const CONFIG: &str = include_str!("../../../../configs/p4/l2_learning.toml");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../p4/programs/l2_learning.p4");

struct Learning {
    lab: Lab,
    operator: Session,
    /// Of the hosts one, two and three, which are on the ports 0, 1 and 2.
    macs: Vec<Mac>,
}

const ADDRESSES: [(&str, &str); 3] = [("one", "10.0.0.1"), ("two", "10.0.0.2"), ("three", "10.0.0.3")];

impl Learning {
    fn start(idle_timeout: &str) -> Learning {
        let mut lab = Lab::new();
        let macs = ADDRESSES.map(|(name, address)| lab.host(name, &[&format!("{address}/24")])).to_vec();
        let mut body = CONFIG.replace("\"../../p4/programs/l2_learning.p4\"", &format!("{PROGRAM:?}"));
        for (from, to) in [
            ("\"eth1\"", "\"p-one\""),
            ("\"eth2\"", "\"p-two\""),
            ("\"eth3\"", "\"p-three\""),
            ("\"auto\"", "[1]"),
        ] {
            assert_eq!(body.matches(from).count(), 1, "{from}");
            body = body.replace(from, to);
        }
        assert_eq!(body.matches("\"5min\"").count(), 1);
        lab.start(&body.replace("\"5min\"", &format!("{idle_timeout:?}")));
        let operator = lab.operator();
        let mut learning = Learning { lab, operator, macs };
        learning.start_control();
        learning
    }

    fn start_control(&mut self) {
        let config = self.lab.path("switch.toml").display().to_string();
        self.lab.spawn("control", "sw", &[&beside("swerve-control"), "--config", &config]);
    }

    fn ctl(&self, args: &[&str]) -> String {
        let config = self.lab.path("switch.toml").display().to_string();
        let ctl = beside("swervectl");
        let (ok, text) = self.lab.exec("sw", &[&[ctl.as_str(), "--config", &config], args].concat());
        assert!(ok, "swervectl {args:?}: {text}\n{}", self.lab.log("control"));
        text
    }

    fn rows(&mut self, table: &str) -> Vec<EntryRow> {
        let query = Query::Entries { table: table.to_owned(), after: None, limit: 100 };
        match self.operator.ask(&switch::Request::Program(Request::Show(query))) {
            switch::Reply::Program(Reply::Entries(entries)) => entries.rows,
            other => panic!("{other:?}"),
        }
    }

    /// Number of its entry and port of a station, as a table has them.
    fn station(&mut self, table: &str, mac: Mac) -> Option<(u64, String)> {
        let row = self.rows(table).into_iter().find(|row| row.keys[1].1 == mac.to_string())?;
        assert_eq!((row.source.as_str(), row.keys[0].1.as_str()), ("learned", "0"), "{row:?}");
        let RowTarget::Action(Call { args, .. }) = row.target else { panic!("an action") };
        Some((row.id, args[0].1.clone()))
    }

    /// Waits until both tables have a station on that port; the numbers of its entries.
    fn expect(&mut self, mac: Mac, port: &str) -> (u64, u64) {
        wait_for(&format!("{mac} on port {port}"), || {
            let (source, destination) = (self.station("sources", mac)?, self.station("destinations", mac)?);
            (source.1 == port && destination.1 == port).then_some((source.0, destination.0))
        })
    }

    fn received(&self, host: &str) -> u64 {
        let (_, text) = self.lab.exec(host, &["cat", "/sys/class/net/eth0/statistics/rx_packets"]);
        text.trim().parse().expect("a number")
    }
}

#[test]
fn hosts_find_each_other_and_their_frames_go_to_them_alone_once_they_are_learned() {
    let mut learning = Learning::start("5min");
    learning.lab.ping("one", "10.0.0.2");
    learning.lab.ping("three", "10.0.0.1");
    let macs = learning.macs.clone();
    let ids: Vec<_> =
        ["0", "1", "2"].iter().zip(&macs).map(|(port, mac)| learning.expect(*mac, port)).collect();
    let before = learning.received("three");
    let (ok, text) = learning.lab.exec("one", &["ping", "-c50", "-i0.01", "-W1", "10.0.0.2"]);
    assert!(ok, "{text}");
    let overheard = learning.received("three") - before;
    assert!(overheard < 25, "50 requests and answers between others, and {overheard} frames came to three");
    let shown = learning.ctl(&["table", "show", "sources"]);
    assert!(macs.iter().all(|mac| shown.contains(&mac.to_string())) && shown.contains("learned"), "{shown}");

    // The station of three moves to where one was: its cable is put into another port.
    learning.lab.ip("one", "link set eth0 down\n");
    learning.lab.ip("three", "link set eth0 down\n");
    learning.lab.ip(
        "one",
        &format!("link set eth0 address {}\naddr add 10.0.0.3/24 dev eth0\nlink set eth0 up\n", macs[2]),
    );
    let (ok, text) = learning.lab.exec("one", &["ping", "-c1", "-W5", "-I", "10.0.0.3", "10.0.0.2"]);
    assert!(ok, "{text}");
    assert_eq!(learning.expect(macs[2], "0"), ids[2], "the same entries, changed in place");
    assert_eq!(learning.expect(macs[1], "1"), ids[1]);
}

#[test]
fn stations_outlive_a_death_of_control_and_are_forgotten_when_they_are_silent_also_after_it() {
    let mut learning = Learning::start("3s");
    let macs = learning.macs.clone();
    learning.lab.ping("one", "10.0.0.2");
    learning.lab.ping("three", "10.0.0.2");
    let two = learning.expect(macs[1], "1");
    learning.expect(macs[2], "2");
    learning.lab.kill("control");
    // Only one and two go on talking, and nobody is there to forget the other.
    learning.lab.ip("three", "link set eth0 down\n");
    let silent_since = std::time::Instant::now();
    wait_until("three is silent for long enough", || {
        let (ok, text) = learning.lab.exec("one", &["ping", "-c5", "-i0.1", "-W2", "10.0.0.2"]);
        assert!(ok, "{text}");
        silent_since.elapsed().as_secs() >= 4
    });
    assert_eq!(learning.expect(macs[1], "1"), two);
    learning.expect(macs[2], "2");
    learning.start_control();
    wait_until("three is forgotten", || {
        let (ok, text) = learning.lab.exec("one", &["ping", "-c2", "-i0.1", "-W2", "10.0.0.2"]);
        assert!(ok, "{text}");
        learning.station("sources", macs[2]).is_none() && learning.station("destinations", macs[2]).is_none()
    });
    assert_eq!(learning.expect(macs[1], "1"), two, "who talks is not");
    learning.lab.ip("three", "link set eth0 up\n");
    learning.lab.ping("three", "10.0.0.1");
    learning.expect(macs[2], "2");
}

#[test]
fn a_station_that_an_operator_has_put_somewhere_stays_there() {
    let mut learning = Learning::start("5min");
    let mac = learning.macs[1];
    let shown = mac.to_string();
    let address = format!("address={shown}");
    learning.ctl(&["table", "add", "sources", "vlan=0", &address, "known", "port=1"]);
    learning.ctl(&["table", "add", "destinations", "vlan=0", &address, "forward", "port=1"]);
    learning.lab.ping("one", "10.0.0.3");
    learning.expect(learning.macs[0], "0");
    // Somebody else says that he is two.
    learning
        .lab
        .ip("three", &format!("link set eth0 down\nlink set eth0 address {shown}\nlink set eth0 up\n"));
    learning.lab.exec("three", &["ping", "-c3", "-i0.2", "-W1", "10.0.0.1"]);
    // What is learned behind it is there, so that what he said has been considered.
    learning.lab.ip("one", "link set eth0 down\nlink set eth0 address 02:00:00:00:00:99\nlink set eth0 up\n");
    learning.lab.ping("one", "10.0.0.2");
    learning.expect("02:00:00:00:00:99".parse().expect("a MAC"), "0");
    let rows: Vec<_> =
        learning.rows("destinations").into_iter().filter(|row| row.keys[1].1 == shown).collect();
    let [EntryRow { source, target: RowTarget::Action(call), .. }] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((source.as_str(), call.args[0].1.as_str()), ("operator", "1"));
}
