//! Reload: all of it or nothing.

use crate::client::Session;
use crate::lab::wait_until;
use crate::topology::{INTERFACES, Network, PORTS, SERVER, WORKERS};
use crate::traffic::{Flow, Sink};
use api::show::Rows;
use api::switch::{Query, Reply, Request};

const NEW: &str = "10.0.0.254";

/// The file, with an address more on the lan.
fn file(network: &Network, addresses: &str) -> String {
    let interfaces = INTERFACES.replace("\"10.0.0.1/24\"", addresses);
    network.lab.config(&format!("{WORKERS}{PORTS}{interfaces}"))
}

fn prepare(session: &mut Session, text: String) -> Reply {
    session.ask(&Request::ReloadPrepare { text })
}

fn addresses(session: &mut Session) -> Vec<String> {
    let Rows::Interfaces(rows) = session.show(Query::Interfaces) else { panic!("rows of interfaces") };
    rows[0].addresses.iter().map(ToString::to_string).collect()
}

#[test]
fn an_address_that_is_added_is_answered_after_the_commit_and_not_before() {
    let network = Network::new();
    let mut control = network.control(None);
    network.lab.ping("lan", SERVER);
    let sink = Sink::new(&network.lab, "isp1", SERVER);
    let mut flow = Flow::start(&network.lab, "lan", SERVER);
    let answers = || network.lab.exec("lan", &["ping", "-c1", "-W1", NEW]).0;
    let text = file(&network, "\"10.0.0.1/24\", \"10.0.0.254/24\"");
    let Reply::Prepared { changes, left } = prepare(&mut control, text) else { panic!("prepared") };
    assert!(changes.iter().any(|line| line.contains("10.0.0.254")), "{changes:?}");
    assert!(left.is_empty(), "{left:?}");
    assert!(!answers(), "before the commit");
    assert_eq!(control.ask(&Request::ReloadCommit), Reply::Ok);
    network.lab.ping("lan", NEW);
    network.lab.ping("lan", "10.0.0.1");
    assert!(addresses(&mut control).contains(&"10.0.0.254/24".to_owned()));
    // What was committed is used up.
    assert!(control.refusal(&Request::ReloadCommit).contains("reload"));

    let text = file(&network, "\"10.0.0.1/24\"");
    assert!(matches!(prepare(&mut control, text), Reply::Prepared { .. }));
    assert_eq!(control.ask(&Request::ReloadCommit), Reply::Ok);
    wait_until("the address is gone", || !answers());
    let sent = flow.stop();
    wait_until("no packet is lost", || sink.count() == sent);
}

#[test]
fn a_bad_file_is_refused_with_its_message_and_nothing_changes() {
    let network = Network::new();
    let mut control = network.control(None);
    let before = addresses(&mut control);
    for (text, word) in [
        (file(&network, "\"10.0.0.1/24\", \"10.0.0.254\""), "10.0.0.254"),
        (file(&network, "\"10.0.0.1/24\"") + "[swich]\n", "swich"),
        (String::from("]"), ""),
    ] {
        let why = match prepare(&mut control, text) {
            Reply::Refused { why, .. } => why,
            other => panic!("{other:?}"),
        };
        assert!(why.contains(word) && !why.is_empty(), "{why}");
        assert!(control.refusal(&Request::ReloadCommit).contains("reload"));
    }
    assert_eq!(addresses(&mut control), before);
    network.lab.ping("lan", SERVER);
}

#[test]
fn what_cannot_change_while_running_is_said_and_left() {
    let network = Network::new();
    let mut control = network.control(None);
    let text = file(&network, "\"10.0.0.1/24\"").replace("cores = [1]", "cores = [0]");
    let Reply::Prepared { left, .. } = prepare(&mut control, text) else { panic!("prepared") };
    assert!(left.iter().any(|line| line.contains("workers")), "{left:?}");
    assert_eq!(control.ask(&Request::ReloadCommit), Reply::Ok);
    assert_eq!(network.lab.stats().workers()[0].core, 1);
    network.lab.ping("lan", SERVER);
}
