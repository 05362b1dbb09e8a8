//! What RFC 5880, 5881 and 5882 demand of one end, sentence by sentence.

mod common;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use bfd::{AddError, Cause, Diagnostic, Discard, Endpoint, Engine, RxMeta, State, Time, TimersError};
use common::{LOCAL, Lab, META, MS, Output, PEER, TICK, bytes, config, timers};

const SECOND: Duration = Duration::from_secs(1);

fn gaps(sent: &[(Time, wire::bfd::Repr)]) -> Vec<Duration> {
    sent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

#[test]
fn the_first_packet_is_a_down_at_one_second_with_the_c_bit() {
    let mut lab = Lab::new();
    lab.run(TICK);
    let sent = lab.take_sent();
    assert_eq!(sent.len(), 1);
    let golden =
        [0x20, 0x48, 3, 24, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0, 0x27, 0x10, 0, 0, 0, 0];
    assert_eq!(bytes(&sent[0].1), golden);
}

#[test]
fn a_session_that_is_not_up_sends_once_a_second_with_jitter() {
    let mut lab = Lab::new();
    lab.run(200 * SECOND);
    let gaps = gaps(&lab.take_sent());
    assert!(gaps.len() > 200);
    assert!(gaps.iter().all(|&gap| gap >= 750 * MS && gap <= SECOND), "{gaps:?}");
    assert!(gaps.iter().any(|&gap| gap < 800 * MS) && gaps.iter().any(|&gap| gap > 950 * MS));
}

#[test]
fn a_session_that_is_up_sends_at_its_interval_with_jitter() {
    let mut lab = Lab::up();
    lab.run_hearing(&lab.peer(State::Up), 10 * MS, 2 * SECOND);
    let gaps = gaps(&lab.take_sent());
    assert!(gaps.len() > 200);
    assert!(gaps.iter().all(|&gap| gap >= 7500 * MS / 1000 && gap <= 10 * MS), "{gaps:?}");
}

#[test]
fn a_multiplier_of_one_keeps_a_tenth_in_reserve() {
    let mut lab = Lab::up();
    lab.update(timers(10 * MS, 10 * MS, 1));
    lab.run_hearing(&lab.peer(State::Up), 10 * MS, 2 * SECOND);
    let gaps = gaps(&lab.take_sent());
    assert!(gaps.iter().all(|&gap| gap >= 7500 * MS / 1000 && gap <= 9 * MS), "{gaps:?}");
}

#[test]
fn the_interval_is_the_larger_of_ours_and_what_the_peer_can_take() {
    let mut lab = Lab::up();
    let mut slow = lab.peer(State::Up);
    slow.required_min_rx_us = 40_000;
    lab.receive(&slow);
    assert_eq!(lab.info().agreed_tx_interval, Some(40 * MS));
    lab.run_hearing(&slow, 10 * MS, SECOND);
    let gaps = gaps(&lab.take_sent());
    assert!(gaps[1..].iter().all(|&gap| gap >= 30 * MS && gap <= 40 * MS), "{gaps:?}");
}

#[test]
fn the_handshake_reaches_up_with_an_immediate_packet_at_each_step() {
    let mut lab = Lab::new();
    lab.receive(&lab.peer(State::Down));
    let outputs = lab.take();
    assert!(matches!(outputs[0], Output::Event(e) if (e.old, e.new) == (State::Down, State::Init)));
    assert!(matches!(outputs[1], Output::Sent(_, p) if p.state == State::Init && p.your_discriminator == 42));
    lab.run(MS);
    lab.receive(&lab.peer(State::Init));
    let outputs = lab.take();
    assert!(matches!(outputs[0], Output::Event(e)
        if (e.old, e.new, e.cause) == (State::Init, State::Up, Cause::Signaled(State::Init)) && e.ever_up));
    assert!(matches!(outputs[1], Output::Sent(_, p)
        if p.state == State::Up && p.poll && p.desired_min_tx_us == 10_000));
    assert_eq!(outputs.len(), 2);
}

#[test]
fn an_up_received_in_down_changes_nothing() {
    let mut lab = Lab::new();
    lab.receive(&lab.peer(State::Up));
    assert_eq!(lab.info().state, State::Down);
    assert_eq!(lab.take(), []);
}

#[test]
fn silence_for_the_detection_time_takes_it_down_and_the_event_precedes_the_packet() {
    let mut lab = Lab::up();
    let heard = lab.now;
    lab.run(30 * MS - Duration::from_nanos(1));
    assert_eq!(lab.info().state, State::Up);
    lab.take();
    lab.run(TICK);
    let outputs = lab.take();
    let [Output::Event(event), Output::Sent(at, packet)] = outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((event.old, event.new), (State::Up, State::Down));
    assert_eq!(event.cause, Cause::Expired);
    assert_eq!(event.diagnostic, Diagnostic::ControlDetectionTimeExpired);
    assert_eq!(event.last_heard, Some(heard));
    assert!(event.is_path_failure());
    assert!(event.at >= heard + 30 * MS && event.at < heard + 30 * MS + TICK);
    assert_eq!(at, event.at);
    assert_eq!(packet.state, State::Down);
    assert_eq!(packet.diagnostic, Diagnostic::ControlDetectionTimeExpired);
    assert_eq!(packet.your_discriminator, 0, "RFC 5880 6.8.1: forgotten after a detection time");
    assert_eq!(packet.desired_min_tx_us, 1_000_000);
    assert_eq!(lab.info().flaps, 1);
}

#[test]
fn the_detection_time_is_the_peers_multiplier_times_the_slower_of_the_two() {
    let mut lab = Lab::up();
    let mut packet = lab.peer(State::Up);
    (packet.detect_mult, packet.desired_min_tx_us) = (5, 4_000);
    lab.receive(&packet);
    assert_eq!(lab.info().detection_time, 50 * MS);
    packet.desired_min_tx_us = 20_000;
    lab.receive(&packet);
    assert_eq!(lab.info().detection_time, 100 * MS);
    lab.run(100 * MS - Duration::from_nanos(1));
    assert_eq!(lab.info().state, State::Up);
    lab.run(TICK);
    assert_eq!(lab.info().state, State::Down);
}

#[test]
fn a_shorter_detection_time_counts_from_the_packet_that_brings_it() {
    let mut lab = Lab::up();
    let mut packet = lab.peer(State::Up);
    packet.desired_min_tx_us = 1_000_000;
    lab.receive(&packet);
    lab.run(SECOND);
    lab.receive(&lab.peer(State::Up));
    lab.run(30 * MS + TICK);
    assert_eq!(lab.info().state, State::Down);
}

#[test]
fn a_session_that_was_never_up_fails_no_path() {
    let mut lab = Lab::new();
    lab.receive(&lab.peer(State::Down));
    lab.run(30 * SECOND);
    let events = lab.take_events();
    assert_eq!(events.len(), 2);
    assert_eq!((events[1].old, events[1].new, events[1].cause), (State::Init, State::Down, Cause::Expired));
    assert!(!events[1].is_path_failure() && !events[1].ever_up);
}

#[test]
fn a_peer_that_signals_down_is_a_path_failure() {
    let mut lab = Lab::up();
    let mut packet = lab.peer(State::Down);
    packet.diagnostic = Diagnostic::ControlDetectionTimeExpired;
    lab.receive(&packet);
    let outputs = lab.take();
    let [Output::Event(event), Output::Sent(_, sent)] = outputs[..] else { panic!("{outputs:?}") };
    assert!(event.is_path_failure());
    assert_eq!(event.cause, Cause::Signaled(State::Down));
    assert_eq!(event.diagnostic, Diagnostic::NeighborSignaledDown);
    assert_eq!(event.remote_diagnostic, Diagnostic::ControlDetectionTimeExpired);
    assert_eq!((sent.state, sent.diagnostic), (State::Down, Diagnostic::NeighborSignaledDown));
}

#[test]
fn a_peers_admin_down_is_no_path_failure() {
    let mut lab = Lab::up();
    lab.receive(&lab.peer(State::AdminDown));
    let event = lab.take_events()[0];
    assert_eq!((event.new, event.cause), (State::Down, Cause::RemoteAdminDown));
    assert_eq!(event.diagnostic, Diagnostic::NeighborSignaledDown);
    assert!(!event.is_path_failure());
}

#[test]
fn a_peer_that_goes_admin_down_after_it_failed_is_reported_once() {
    let mut lab = Lab::up();
    lab.run(40 * MS);
    lab.take();
    for _ in 0..3 {
        lab.receive(&lab.peer(State::AdminDown));
        lab.run(MS);
    }
    let events = lab.take_events();
    assert_eq!(events.len(), 1);
    let event = events[0];
    assert_eq!((event.old, event.new, event.cause), (State::Down, State::Down, Cause::RemoteAdminDown));
    assert!(!event.is_path_failure());
}

#[test]
fn our_own_admin_down_is_told_at_once_and_holds_against_the_peer() {
    let mut lab = Lab::up();
    lab.admin_down(true);
    let outputs = lab.take();
    let [Output::Event(event), Output::Sent(_, sent)] = outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((event.old, event.new, event.cause), (State::Up, State::AdminDown, Cause::LocalAdminDown));
    assert!(!event.is_path_failure());
    assert_eq!((sent.state, sent.diagnostic), (State::AdminDown, Diagnostic::AdministrativelyDown));

    let packet = bytes(&lab.peer(State::Down));
    assert_eq!(lab.receive_from(&META, &packet), Err(Discard::AdminDown));
    assert_eq!(lab.info().state, State::AdminDown);
    lab.run(5 * SECOND);
    let sent = lab.take_sent();
    assert!(sent.len() >= 5 && sent.iter().all(|(_, p)| p.state == State::AdminDown));

    lab.admin_down(false);
    let event = lab.take_events()[0];
    assert_eq!((event.old, event.new, event.cause), (State::AdminDown, State::Down, Cause::LocalAdminUp));
    lab.receive(&lab.peer(State::Down));
    assert_eq!(lab.info().state, State::Init);
}

#[test]
fn admin_down_of_all_sends_a_packet_for_each_session_on_each_call() {
    let mut lab = Lab::up();
    let mut second = config();
    second.discriminator = 8;
    second.endpoint.interface = 4;
    lab.engine.add(lab.now, &second).unwrap();
    for events in [2, 0] {
        lab.engine.admin_down_all(lab.now, &mut lab.log);
        let outputs = lab.take();
        let sent = outputs.iter().filter(|o| matches!(o, Output::Sent(_, p) if p.state == State::AdminDown));
        assert_eq!(sent.count(), 2);
        assert_eq!(outputs.iter().filter(|o| matches!(o, Output::Event(_))).count(), events);
    }
}

#[test]
fn a_poll_is_answered_at_once_with_final_and_without_poll() {
    let mut lab = Lab::up();
    let mut poll = lab.peer(State::Up);
    poll.poll = true;
    lab.receive(&poll);
    let sent = lab.take_sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].1.final_ && !sent[0].1.poll);
    lab.run(10 * MS);
    assert!(lab.take_sent().iter().all(|(_, p)| !p.final_));
}

#[test]
fn a_poll_that_brings_the_session_up_is_answered_first_and_our_own_follows() {
    let mut lab = Lab::new();
    lab.receive(&lab.peer(State::Down));
    lab.take();
    let mut poll = lab.peer(State::Up);
    poll.poll = true;
    lab.receive(&poll);
    let outputs = lab.take();
    let [Output::Event(event), Output::Sent(_, answer)] = outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(event.new, State::Up);
    assert!(answer.final_ && !answer.poll && answer.state == State::Up);
    lab.run(10 * MS);
    assert!(lab.take_sent()[0].1.poll);
}

#[test]
fn slower_transmission_waits_for_the_end_of_its_poll_sequence() {
    let mut lab = Lab::up();
    lab.update(timers(50 * MS, 10 * MS, 3));
    let sent = lab.take_sent();
    assert!(sent[0].1.poll && sent[0].1.desired_min_tx_us == 50_000);
    assert_eq!(lab.info().agreed_tx_interval, Some(10 * MS));
    lab.run_hearing(&lab.peer(State::Up), 10 * MS, 100 * MS);
    let sent = lab.take_sent();
    assert!(sent.len() >= 10 && sent.iter().all(|(_, p)| p.poll));
    let mut answer = lab.peer(State::Up);
    answer.final_ = true;
    lab.receive(&answer);
    assert_eq!(lab.info().agreed_tx_interval, Some(50 * MS));
    lab.run_hearing(&lab.peer(State::Up), 10 * MS, 200 * MS);
    assert!(lab.take_sent().iter().all(|(_, p)| !p.poll));
}

#[test]
fn faster_detection_waits_for_the_end_of_its_poll_sequence() {
    let mut lab = Lab::up();
    lab.update(timers(10 * MS, 2 * MS, 3));
    let mut peer = lab.peer(State::Up);
    peer.desired_min_tx_us = 2_000;
    lab.receive(&peer);
    assert!(lab.take_sent()[0].1.required_min_rx_us == 2_000);
    assert_eq!(lab.info().detection_time, 30 * MS);
    peer.final_ = true;
    lab.receive(&peer);
    assert_eq!(lab.info().detection_time, 6 * MS);
    lab.run(6 * MS + TICK);
    assert_eq!(lab.info().state, State::Down);
}

#[test]
fn faster_transmission_and_slower_detection_take_effect_at_once() {
    let mut lab = Lab::up();
    let mut peer = lab.peer(State::Up);
    peer.required_min_rx_us = 1_000;
    lab.receive(&peer);
    lab.update(timers(2 * MS, 20 * MS, 3));
    assert_eq!(lab.info().agreed_tx_interval, Some(2 * MS));
    assert_eq!(lab.info().detection_time, 60 * MS);
    assert!(lab.info().polling);
    lab.take();
    lab.run(4 * MS);
    assert!(lab.take_sent().len() >= 2);
}

#[test]
fn a_second_change_waits_for_a_packet_without_final_after_the_first_sequence() {
    let mut lab = Lab::up();
    lab.update(timers(50 * MS, 10 * MS, 3));
    lab.update(timers(60 * MS, 10 * MS, 3));
    assert!(lab.take_sent().iter().all(|(_, p)| p.desired_min_tx_us == 50_000));
    let mut answer = lab.peer(State::Up);
    answer.final_ = true;
    lab.receive(&answer);
    assert!(!lab.info().polling, "a late Final would be taken for the answer to the second");
    lab.receive(&answer);
    assert!(!lab.info().polling);
    lab.run(2 * MS);
    lab.receive(&lab.peer(State::Up));
    let sent = lab.take_sent();
    assert!(sent.last().unwrap().1.poll && sent.last().unwrap().1.desired_min_tx_us == 60_000);
    assert_eq!(lab.info().agreed_tx_interval, Some(50 * MS));
    lab.receive(&answer);
    assert_eq!(lab.info().agreed_tx_interval, Some(60 * MS));
}

#[test]
fn a_peer_that_can_take_more_gets_it_counted_from_the_last_packet() {
    let mut lab = Lab::up();
    let mut slow = lab.peer(State::Up);
    slow.required_min_rx_us = 1_000_000;
    slow.desired_min_tx_us = 1_000_000;
    lab.receive(&slow);
    lab.run(20 * MS);
    lab.run(500 * MS);
    lab.take();
    lab.receive(&lab.peer(State::Up));
    lab.run(2 * TICK);
    assert_eq!(lab.take_sent().len(), 1, "the shorter interval was over already");
}

#[test]
fn a_peer_that_requires_nothing_gets_nothing_but_answers() {
    let mut lab = Lab::up();
    let mut mute = lab.peer(State::Up);
    mute.required_min_rx_us = 0;
    lab.receive(&mute);
    assert_eq!(lab.info().agreed_tx_interval, None);
    lab.run_hearing(&mute, 10 * MS, SECOND);
    assert_eq!(lab.take(), []);
    mute.poll = true;
    lab.receive(&mute);
    assert_eq!(lab.take_sent().len(), 1);
    lab.receive(&lab.peer(State::Up));
    lab.run(10 * MS);
    assert!(!lab.take_sent().is_empty(), "it begins again when the peer wants it");
}

#[test]
fn a_peer_that_wanted_silence_and_died_is_called_again() {
    let mut lab = Lab::up();
    let mut mute = lab.peer(State::Up);
    mute.required_min_rx_us = 0;
    lab.receive(&mute);
    lab.run(40 * MS);
    lab.take();
    lab.run(5 * SECOND);
    assert!(lab.take_sent().len() >= 5);
}

#[test]
fn a_peer_in_demand_mode_gets_periodic_packets_only_while_we_poll() {
    let mut lab = Lab::up();
    let mut demand = lab.peer(State::Up);
    demand.demand = true;
    lab.receive(&demand);
    lab.run_hearing(&demand, 10 * MS, 200 * MS);
    assert_eq!(lab.take(), []);

    lab.update(timers(20 * MS, 10 * MS, 3));
    lab.run_hearing(&demand, 10 * MS, 100 * MS);
    let sent = lab.take_sent();
    assert!(sent.len() >= 5 && sent.iter().all(|(_, p)| p.poll && !p.demand));
    demand.final_ = true;
    lab.receive(&demand);
    demand.final_ = false;
    lab.run_hearing(&demand, 10 * MS, 200 * MS);
    assert_eq!(lab.take(), []);

    lab.run(40 * MS);
    assert_eq!(lab.info().state, State::Down, "its packets are still expected");
    lab.take();
    lab.run(3 * SECOND);
    assert!(lab.take_sent().len() >= 3, "demand mode ends with Up");
}

#[test]
fn a_passive_end_is_silent_until_it_hears_the_peer() {
    let mut passive = config();
    passive.passive = true;
    let mut lab = Lab::with(&passive);
    lab.run(10 * SECOND);
    assert_eq!(lab.take(), []);
    lab.receive(&lab.peer(State::Down));
    assert_eq!(lab.take_sent()[0].1.state, State::Init);
    let mut slow = lab.peer(State::Down);
    slow.desired_min_tx_us = 1_000_000;
    lab.run_hearing(&slow, SECOND, 3 * SECOND);
    assert!(lab.take_sent().len() >= 3);
    lab.run(5 * SECOND);
    lab.take();
    lab.run(10 * SECOND);
    assert_eq!(lab.take(), []);
}

#[test]
fn a_late_worker_vetoes_instead_of_blaming_its_peer() {
    let mut lab = Lab::up();
    let horizon = lab.now + 20 * MS;
    lab.now = lab.now + 100 * MS;
    for _ in 0..5 {
        lab.tick(horizon);
        lab.now = lab.now + TICK;
    }
    assert_eq!((lab.info().state, lab.info().vetoes), (State::Up, 1));
    // The queue had the peer's packets.
    lab.receive(&lab.peer(State::Up));
    lab.run(20 * MS);
    assert_eq!((lab.info().state, lab.info().vetoes), (State::Up, 1));
    // A second stall is a second occurrence, and what was really silent dies when the horizon has moved.
    let horizon = lab.now;
    lab.now = lab.now + 100 * MS;
    lab.tick(horizon);
    assert_eq!((lab.info().state, lab.info().vetoes), (State::Up, 2));
    lab.now = lab.now + TICK;
    lab.tick(lab.now);
    assert_eq!((lab.info().state, lab.info().vetoes), (State::Down, 2));
}

#[test]
fn each_reception_check_discards_by_its_own_name_and_changes_nothing() {
    let mut lab = Lab::up();
    let good = bytes(&lab.peer(State::Down));
    let with = |at: usize, value: u8| {
        let mut packet = good;
        packet[at] = value;
        packet.to_vec()
    };
    let mut authenticated = with(1, 0x44);
    authenticated.extend([1, 4, 0, b'x']);
    authenticated[3] = 28;
    let mut bad_authentication = authenticated.clone();
    bad_authentication[25] = 9;
    let mut zero_your = with(1, 0xc0);
    zero_your[8..12].fill(0);
    let mut initial = good.to_vec();
    initial[8..12].fill(0);
    let other: IpAddr = Ipv4Addr::new(192, 0, 2, 99).into();
    let cases = [
        (RxMeta { ttl: 254, ..META }, good.to_vec(), Discard::WrongTtl),
        (META, good[..23].to_vec(), Discard::Truncated),
        (META, with(0, 0x40), Discard::WrongVersion),
        (META, with(3, 23), Discard::LengthShort),
        (META, with(3, 25), Discard::LengthLong),
        (META, bad_authentication, Discard::AuthenticationLength),
        (META, with(2, 0), Discard::ZeroMultiplier),
        (META, with(1, 0x41), Discard::Multipoint),
        (META, with(7, 0), Discard::ZeroMyDiscriminator),
        (META, zero_your, Discard::ZeroYourDiscriminator),
        (META, with(8, 1), Discard::UnknownDiscriminator),
        (RxMeta { src: other, ..META }, initial, Discard::NoSession),
        (RxMeta { interface: 9, ..META }, good.to_vec(), Discard::WrongInterface),
        (RxMeta { src: other, ..META }, good.to_vec(), Discard::WrongPeer),
        (RxMeta { dst: other, ..META }, good.to_vec(), Discard::WrongLocal),
        (META, authenticated, Discard::UnexpectedAuthentication),
    ];
    let mut before = lab.info();
    for (meta, packet, discard) in &cases {
        assert_eq!(lab.receive_from(meta, packet), Err(*discard));
        assert_eq!(lab.engine.discards()[*discard as usize], 1, "{discard:?}");
    }
    assert_eq!(cases.len() + 1, Discard::ALL.len(), "AdminDown has a test of its own");
    before.discards = 4;
    assert_eq!(lab.info(), before);
    assert_eq!(lab.take(), []);
}

#[test]
fn packets_without_our_discriminator_are_told_apart_by_interface_and_address() {
    let mut lab = Lab::new();
    let peer6: IpAddr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2).into();
    let local6: IpAddr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1).into();
    let mut add = |interface, local, peer, discriminator| {
        let mut config = config();
        config.endpoint = Endpoint { interface, local, peer };
        config.discriminator = discriminator;
        lab.engine.add(lab.now, &config).unwrap()
    };
    let other_interface = add(4, LOCAL, PEER, 8);
    let v6 = add(3, local6, peer6, 9);
    let any_local = add(5, Ipv4Addr::UNSPECIFIED.into(), PEER, 10);
    let mut initial = lab.peer(State::Down);
    initial.your_discriminator = 0;
    let initial = bytes(&initial);
    let meta = |interface, src, dst| RxMeta { interface, src, dst, ttl: 255 };
    assert_eq!(lab.receive_from(&META, &initial), Ok(lab.id));
    assert_eq!(lab.receive_from(&meta(4, PEER, LOCAL), &initial), Ok(other_interface));
    assert_eq!(lab.receive_from(&meta(3, peer6, local6), &initial), Ok(v6));
    assert_eq!(lab.receive_from(&meta(5, PEER, LOCAL), &initial), Ok(any_local));
    assert_eq!(lab.engine.find(9), Some(v6));
}

#[test]
fn what_cannot_be_added_is_refused_with_its_reason() {
    let mut lab = Lab::new();
    let mut try_add = |change: &dyn Fn(&mut bfd::Config)| {
        let mut config = config();
        (config.discriminator, config.endpoint.interface) = (8, 4);
        change(&mut config);
        lab.engine.add(lab.now, &config).map(|_| ())
    };
    assert_eq!(try_add(&|c| c.discriminator = 0), Err(AddError::ZeroDiscriminator));
    assert_eq!(try_add(&|c| c.discriminator = 7), Err(AddError::DiscriminatorInUse(7)));
    let in_use = AddError::EndpointInUse { interface: 3, peer: PEER };
    assert_eq!(try_add(&|c| c.endpoint.interface = 3), Err(in_use));
    let v6 = Ipv6Addr::LOCALHOST.into();
    assert_eq!(try_add(&|c| c.endpoint.local = v6), Err(AddError::Families { local: v6, peer: PEER }));
    assert_eq!(try_add(&|c| c.timers.multiplier = 0), Err(TimersError::Multiplier.into()));
    let short = Duration::from_micros(99);
    assert_eq!(try_add(&|c| c.timers.desired_min_tx = short), Err(TimersError::DesiredMinTx(short).into()));
    let long = Duration::from_secs(4295);
    assert_eq!(try_add(&|c| c.timers.required_min_rx = long), Err(TimersError::RequiredMinRx(long).into()));
    for more in 0..3 {
        assert_eq!(
            try_add(&|c| (c.discriminator, c.endpoint.interface) = (8 + more, 4 + more as u16)),
            Ok(())
        );
    }
    assert_eq!(try_add(&|c| (c.discriminator, c.endpoint.interface) = (90, 90)), Err(AddError::Full(4)));
}

#[test]
fn a_removed_session_is_gone_and_its_identifier_means_nothing() {
    let mut lab = Lab::up();
    let old = lab.id;
    assert!(lab.engine.remove(old));
    assert!(!lab.engine.remove(old));
    assert_eq!((lab.engine.info(old), lab.engine.len(), lab.engine.next_deadline()), (None, 0, None));
    lab.run(SECOND);
    assert_eq!(lab.take(), []);
    let packet = bytes(&lab.peer(State::Up));
    assert_eq!(lab.receive_from(&META, &packet), Err(Discard::UnknownDiscriminator));
    let new = lab.engine.add(lab.now, &config()).unwrap();
    assert_ne!(new, old);
    assert_eq!(lab.engine.info(old), None);
    assert_eq!(lab.engine.info(new).unwrap().state, State::Down);
}

#[test]
fn a_hundred_microseconds_are_kept() {
    let mut fast = config();
    fast.timers = timers(MS / 10, MS / 10, 3);
    let mut lab = Lab::with(&fast);
    let mut peer = lab.peer(State::Down);
    (peer.desired_min_tx_us, peer.required_min_rx_us) = (100, 100);
    lab.receive(&peer);
    peer.state = State::Up;
    peer.final_ = true;
    lab.receive(&peer);
    lab.receive(&peer);
    peer.final_ = false;
    lab.take();
    lab.run_hearing(&peer, MS / 10, 20 * MS);
    let gaps = gaps(&lab.take_sent());
    assert!(gaps.len() >= 200);
    assert!(gaps.iter().all(|&gap| gap >= MS * 75 / 1000 && gap <= MS / 10), "{gaps:?}");
    let heard = lab.now;
    lab.run(MS);
    let down = lab.take_events()[0];
    assert!(down.at >= heard + 3 * MS / 10 && down.at < heard + 3 * MS / 10 + TICK);
}

#[test]
fn an_engine_without_sessions_has_no_deadline() {
    let engine = Engine::new(8, 0, Time(5));
    assert_eq!(engine.next_deadline(), None);
    assert!(engine.is_empty());
    assert_eq!(engine.capacity(), 8);
}

#[test]
fn packets_that_answer_packets_keep_a_millisecond_between_them_and_none_is_lost() {
    let mut lab = Lab::new();
    for _ in 0..100 {
        for state in [State::Down, State::Init, State::Down] {
            lab.receive(&lab.peer(state));
        }
    }
    assert_eq!(lab.info().flaps, 100);
    assert_eq!(lab.take_sent().len(), 1);
    lab.run(2 * MS);
    let sent = lab.take_sent();
    assert_eq!((sent.len(), sent[0].1.state), (1, lab.info().state));
}
