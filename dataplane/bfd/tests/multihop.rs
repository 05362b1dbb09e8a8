//! Sessions over several hops (RFC 5883), and what somebody who runs sessions for others needs to know.

mod common;

use bfd::{AddError, Cause, Config, Discard, Endpoint, Remote, RxMeta, SessionId, State, multihop};
use common::*;
use core::net::{IpAddr, Ipv4Addr};

const FAR: RxMeta = RxMeta { interface: multihop(0), src: PEER, dst: LOCAL, ttl: 250 };

fn far(discriminator: u32, local: IpAddr, min_ttl: u8) -> Config {
    let endpoint = Endpoint { interface: multihop(0), local, peer: PEER };
    Config { endpoint, discriminator, min_ttl, ..config() }
}

fn first(lab: &Lab) -> Vec<u8> {
    let mut repr = lab.peer(State::Down);
    repr.your_discriminator = 0;
    bytes(&repr).to_vec()
}

#[test]
fn sessions_over_several_hops_are_told_apart_by_both_addresses() {
    let mut lab = Lab::new();
    let other: IpAddr = Ipv4Addr::new(192, 0, 2, 77).into();
    let mut add = |config: Config| lab.engine.add(lab.now, &config);
    let one = add(far(8, LOCAL, 250)).unwrap();
    let two = add(far(9, other, 250)).unwrap();
    assert_eq!(add(far(10, LOCAL, 200)), Err(AddError::EndpointInUse { interface: multihop(0), peer: PEER }));
    let packet = first(&lab);
    let of = |result: Result<SessionId, Discard>| result.unwrap();
    assert_eq!(of(lab.receive_from(&FAR, &packet)), one);
    assert_eq!(of(lab.receive_from(&RxMeta { dst: other, ..FAR }, &packet)), two);
    // The single hop with the same peer is a session of its own.
    assert_eq!(of(lab.receive_from(&META, &packet)), lab.id);
    assert_eq!(lab.receive_from(&RxMeta { src: other, ..FAR }, &packet), Err(Discard::NoSession));
    assert!(lab.engine.remove(one));
    assert_eq!(lab.receive_from(&FAR, &packet), Err(Discard::NoSession));
}

#[test]
fn a_packet_that_crossed_more_routers_than_allowed_is_discarded() {
    let mut lab = Lab::new();
    let id = lab.engine.add(lab.now, &far(8, LOCAL, 250)).unwrap();
    let packet = first(&lab);
    assert_eq!(lab.receive_from(&RxMeta { ttl: 249, ..FAR }, &packet), Err(Discard::WrongTtl));
    assert_eq!(lab.engine.info(id).unwrap().state, State::Down);
    for ttl in [250, 255] {
        assert_eq!(lab.receive_from(&RxMeta { ttl, ..FAR }, &packet), Ok(id));
    }
    lab.engine.set_min_ttl(id, 251);
    assert_eq!(lab.receive_from(&FAR, &packet), Err(Discard::WrongTtl));
    // A single hop takes 255 only.
    assert_eq!(lab.receive_from(&RxMeta { ttl: 254, ..META }, &packet), Err(Discard::WrongTtl));
}

#[test]
fn a_packet_for_the_other_kind_of_session_is_of_the_wrong_interface() {
    let mut lab = Lab::new();
    lab.engine.add(lab.now, &far(8, LOCAL, 1)).unwrap();
    let to = |discriminator| {
        let mut repr = lab.peer(State::Down);
        repr.your_discriminator = discriminator;
        bytes(&repr)
    };
    let (single, several) = (to(7), to(8));
    assert_eq!(lab.receive_from(&FAR, &single), Err(Discard::WrongInterface));
    assert_eq!(lab.receive_from(&META, &several), Err(Discard::WrongInterface));
}

#[test]
fn each_order_to_stay_out_of_service_tells_the_peer_again() {
    let mut lab = Lab::up();
    for _ in 0..3 {
        lab.admin_down(true);
        lab.now = lab.now + MS;
    }
    let sent = lab.take_sent();
    assert_eq!(sent.iter().map(|(_, repr)| repr.state).collect::<Vec<_>>(), [State::AdminDown; 3]);
    lab.admin_down(false);
    lab.admin_down(false);
    assert_eq!(lab.take_sent().len(), 1, "back in service is said once");
}

#[test]
fn an_event_says_what_the_peer_said_and_nobody_is_left_after_an_expiry() {
    let mut lab = Lab::new();
    lab.take();
    let mut repr = lab.peer(State::Init);
    repr.control_plane_independent = true;
    repr.required_min_echo_rx_us = 50_000;
    lab.receive(&repr);
    let up = lab.take_events().pop().expect("it came up");
    let remote = Remote {
        discriminator: 42,
        min_tx: 10 * MS,
        min_rx: 10 * MS,
        min_echo_rx: 50 * MS,
        multiplier: 3,
        demand: false,
        control_plane_independent: true,
    };
    assert_eq!((up.new, up.remote), (State::Up, remote));
    lab.run(60 * MS);
    let down = lab.take_events().pop().expect("it went down");
    assert_eq!((down.cause, down.remote.discriminator), (Cause::Expired, 0));
}

#[test]
fn a_session_that_becomes_passive_falls_silent_until_it_hears_the_peer() {
    let mut lab = Lab::new();
    lab.run(3000 * MS);
    assert!(lab.take_sent().len() >= 3);
    lab.engine.set_passive(lab.now, lab.id, true, &mut lab.log);
    lab.run(3000 * MS);
    assert_eq!(lab.take_sent(), []);
    lab.receive(&lab.peer(State::Down));
    assert_eq!(lab.take_sent().len(), 1);
    lab.engine.set_passive(lab.now, lab.id, false, &mut lab.log);
    lab.run(2000 * MS);
    assert!(!lab.take_sent().is_empty());
}
