//! The stream of bfdd: whatever comes in whatever pieces, nothing panics, little is kept, and what parses is emitted and
//! parsed again as the same.

use bfddp::{Body, MAX_LEN, Message, Packet, Session, Stream};

pub(super) fn run(data: &[u8]) {
    let mut stream = Stream::default();
    for chunk in data.chunks(37) {
        stream.extend(chunk);
        loop {
            match stream.take() {
                Ok(Some(message)) => same_again(&message),
                Ok(None) => break,
                Err(error) if error.breaks_stream() => return,
                Err(_) => {}
            }
        }
        assert!(stream.pending() < MAX_LEN);
    }
}

fn same_again(message: &Message) {
    let octets = message.to_bytes();
    assert_eq!(Message::parse(&Packet::new_unchecked(octets)).as_ref(), Ok(message));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let session = Session {
        multihop: false,
        demand: false,
        cbit: true,
        echo: false,
        passive: false,
        shutdown: false,
        src: [203, 0, 113, 1].into(),
        dst: [203, 0, 113, 2].into(),
        lid: 7,
        min_tx: 50_000,
        min_rx: 50_000,
        min_echo_tx: 50_000,
        min_echo_rx: 50_000,
        hold_time: 0,
        ttl: 255,
        detect_mult: 3,
        ifindex: 2,
        ifname: "isp1".into(),
    };
    let far =
        Session { multihop: true, ttl: 250, dst: [0xfd; 16].into(), src: [0; 16].into(), ..session.clone() };
    let bodies = [
        Body::AddSession(session.clone()),
        Body::AddSession(far),
        Body::DeleteSession(session),
        Body::RequestCounters(7),
    ];
    let messages = bodies.map(|body| Message { id: 1, body }.to_bytes());
    let mut seeds = messages.to_vec();
    seeds.push(messages.concat());
    seeds
}
