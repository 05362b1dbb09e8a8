//! What holds for all messages and for no message.

use bfddp::{
    Body, Counters, Diagnostic, Echo, Error, HEADER_LEN, MAX_LEN, Message, Packet, Session, State,
    StateChange, Stream, Traffic,
};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn addresses() -> impl Strategy<Value = (IpAddr, IpAddr)> {
    prop_oneof![
        any::<(u32, u32)>().prop_map(|(a, b)| (Ipv4Addr::from(a).into(), Ipv4Addr::from(b).into())),
        any::<(u128, u128)>().prop_map(|(a, b)| (Ipv6Addr::from(a).into(), Ipv6Addr::from(b).into())),
    ]
}

prop_compose! {
    fn session()(
        flags in any::<[bool; 6]>(),
        (src, dst) in addresses(),
        [lid, min_tx, min_rx, min_echo_tx, min_echo_rx, hold_time, ifindex] in any::<[u32; 7]>(),
        (ttl, detect_mult) in any::<(u8, u8)>(),
        ifname in "[a-z0-9.-]{0,63}",
    ) -> Session {
        let [multihop, demand, cbit, echo, passive, shutdown] = flags;
        Session {
            multihop, demand, cbit, echo, passive, shutdown, src, dst, lid, min_tx, min_rx, min_echo_tx, min_echo_rx,
            hold_time, ttl, detect_mult, ifindex, ifname,
        }
    }
}

prop_compose! {
    fn change()(
        [lid, rid, desired_tx, required_rx, required_echo_rx] in any::<[u32; 5]>(),
        [control_plane_independent, demand, multipoint] in any::<[bool; 3]>(),
        state in prop::sample::select(vec![State::AdminDown, State::Down, State::Init, State::Up]),
        diagnostic in (0u8..32).prop_map(Diagnostic::from_code),
        detection_multiplier in any::<u8>(),
    ) -> StateChange {
        StateChange {
            lid, rid, control_plane_independent, demand, multipoint, desired_tx, required_rx, required_echo_rx, state,
            diagnostic, detection_multiplier,
        }
    }
}

fn traffic() -> impl Strategy<Value = Traffic> {
    any::<[u64; 4]>().prop_map(|[input_bytes, input_packets, output_bytes, output_packets]| Traffic {
        input_bytes,
        input_packets,
        output_bytes,
        output_packets,
    })
}

fn message() -> impl Strategy<Value = Message> {
    let echo = || any::<(u64, u64)>().prop_map(|(dp_time, bfdd_time)| Echo { dp_time, bfdd_time });
    let counters =
        (any::<u32>(), traffic(), traffic()).prop_map(|(lid, control, echo)| Counters { lid, control, echo });
    let body = prop_oneof![
        echo().prop_map(Body::EchoRequest),
        echo().prop_map(Body::EchoReply),
        session().prop_map(Body::AddSession),
        session().prop_map(Body::DeleteSession),
        change().prop_map(Body::StateChange),
        any::<u32>().prop_map(Body::RequestCounters),
        counters.prop_map(Body::SessionCounters),
    ];
    (any::<u16>(), body).prop_map(|(id, body)| Message { id, body })
}

proptest! {
    #[test]
    fn what_is_emitted_is_parsed_as_the_same(message in message()) {
        let octets = message.to_bytes();
        prop_assert_eq!(octets.len(), message.buffer_len());
        prop_assert_eq!(Message::parse(&Packet::new_unchecked(octets)), Ok(message));
    }

    #[test]
    fn octets_behind_the_fields_of_a_later_version_are_no_error(message in message(), extra in 1usize..64) {
        let mut octets = message.to_bytes();
        octets.extend(std::iter::repeat_n(0xaa, extra));
        let length = (octets.len() as u16).to_be_bytes();
        octets[6..8].copy_from_slice(&length);
        prop_assert_eq!(Message::parse(&Packet::new_unchecked(octets)), Ok(message));
    }

    #[test]
    fn a_message_that_is_cut_is_waited_for_and_one_that_lies_is_an_error(message in message(), cut in any::<prop::sample::Index>()) {
        let whole = message.to_bytes();
        let cut = cut.index(whole.len());
        let mut stream = Stream::default();
        stream.extend(&whole[..cut]);
        prop_assert_eq!(stream.take(), Ok(None));
        stream.extend(&whole[cut..]);
        prop_assert_eq!(stream.take(), Ok(Some(message)));
        // The same octets as a whole message, as its length says.
        if cut >= HEADER_LEN {
            let mut lying = whole[..cut].to_vec();
            lying[6..8].copy_from_slice(&(cut as u16).to_be_bytes());
            let error = Message::parse(&Packet::new_unchecked(lying));
            // The pad behind a state change is nobody's.
            if !(matches!(Message::parse(&Packet::new_unchecked(&whole)).unwrap().body, Body::StateChange(_)) && cut == 35) {
                let short = matches!(error, Err(Error::Short { .. }));
                prop_assert!(short, "{:?}", error);
            }
        }
    }

    #[test]
    fn a_stream_survives_anything_and_keeps_less_than_a_message(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        good in message(),
    ) {
        let mut stream = Stream::default();
        stream.extend(&good.to_bytes());
        prop_assert_eq!(stream.take(), Ok(Some(good)));
        'all: for chunk in chunks {
            stream.extend(&chunk);
            loop {
                match stream.take() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) if error.breaks_stream() => break 'all,
                    Err(_) => {}
                }
            }
            prop_assert!(stream.pending() < MAX_LEN);
        }
    }
}

fn header(version: u8, kind: u16, length: u16) -> Vec<u8> {
    let mut octets = vec![version, 0];
    for number in [kind, 7, length] {
        octets.extend(number.to_be_bytes());
    }
    octets.resize(usize::from(length).max(HEADER_LEN), 0);
    octets
}

#[test]
fn another_version_or_an_impossible_length_ends_the_stream_and_an_unknown_message_does_not() {
    for (octets, error) in [
        (header(0, 0, 24), Error::Version(0)),
        (header(2, 0, 24), Error::Version(2)),
        (header(1, 0, 7), Error::Length(7)),
        (header(1, 0, 0), Error::Length(0)),
        (header(1, 2, 1025), Error::Length(1025)),
    ] {
        let mut stream = Stream::default();
        stream.extend(&octets);
        assert!(error.breaks_stream());
        assert_eq!(stream.take(), Err(error));
        assert_eq!(stream.take(), Err(error), "it stays broken");
    }
    let mut stream = Stream::default();
    let mut octets = header(1, 9, 30);
    octets.extend(header(1, 2, 139));
    octets.extend(header(1, 5, 12));
    stream.extend(&octets);
    assert_eq!(stream.take(), Err(Error::Type(9)));
    assert_eq!(stream.take(), Err(Error::Short { kind: 2, length: 139, need: 140 }));
    assert_eq!(stream.take(), Ok(Some(Message { id: 7, body: Body::RequestCounters(0) })));
    assert!(!Error::Type(9).breaks_stream());
}

#[test]
fn a_name_without_an_end_or_of_no_text_and_a_state_beyond_up_are_errors() {
    let mut add = header(1, 2, 140);
    add[76..140].fill(b'a');
    assert_eq!(Message::parse(&Packet::new_unchecked(&add)), Err(Error::InterfaceName));
    add[76..140].copy_from_slice(&[[0xff; 4], [0; 4]].concat().repeat(8));
    assert_eq!(Message::parse(&Packet::new_unchecked(&add)), Err(Error::InterfaceName));
    let mut change = header(1, 4, 36);
    change[32] = 4;
    assert_eq!(Message::parse(&Packet::new_unchecked(&change)), Err(Error::State(4)));
    change[32..34].copy_from_slice(&[3, 32]);
    assert_eq!(Message::parse(&Packet::new_unchecked(&change)), Err(Error::Diagnostic(32)));
}
