//! A bgpd of our own: messages octet by octet, and a neighbor that hears them at a time that the test says.

use bgp::{
    Capabilities, Change, Context, Family, FamilySet, GracefulRestart, HEADER_LEN, Kind, Local, MAX_LEN,
    Neighbor, Notification, Open, Peer, PeerState, Slot, Status, emit, frame,
};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

pub(crate) const AS: u32 = 65000;
pub(crate) const OURS: Local = Local { asn: AS, router_id: Ipv4Addr::new(10, 0, 0, 1), hold_time: 90 };
pub(crate) const THEIR_ID: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);
pub(crate) const STALE_HOLD: Duration = Duration::from_secs(120);

/// As bgpd 8.4.4 opens, with add-path for both families.
pub(crate) fn open() -> Open {
    let capabilities = Capabilities {
        families: Some(FamilySet::ALL),
        four_octet_as: Some(AS),
        add_path_send: FamilySet::ALL,
        add_path_receive: FamilySet::ALL,
        graceful_restart: Some(GracefulRestart::default()),
        route_refresh: true,
        enhanced_refresh: true,
        extended_message: true,
    };
    Open { asn: AS, hold_time: 180, identifier: THEIR_ID, capabilities }
}

/// The same with a restart time for both families.
pub(crate) fn restartable(restarting: bool) -> Open {
    let graceful = GracefulRestart { restarting, restart_time: 60, families: FamilySet::ALL };
    let mut open = open();
    open.capabilities.graceful_restart = Some(graceful);
    open
}

/// What such a session reads UPDATEs by.
pub(crate) fn context() -> Context {
    Context { families: FamilySet::ALL, add_path: FamilySet::ALL, internal: true, four_octet_as: true }
}

pub(crate) fn message(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    emit(kind, body, &mut out);
    out
}

pub(crate) fn attribute(flags: u8, code: u8, value: &[u8]) -> Vec<u8> {
    [&[flags | 0x10, code][..], &(value.len() as u16).to_be_bytes(), value].concat()
}

/// ORIGIN, AS_PATH over one AS, NEXT_HOP 203.0.113.1, LOCAL_PREF 100.
pub(crate) fn usual(asn: u32) -> Vec<u8> {
    let path = [&[2, 1][..], &asn.to_be_bytes()].concat();
    [
        attribute(0x40, 1, &[0]),
        attribute(0x40, 2, &path),
        attribute(0x40, 3, &[203, 0, 113, 1]),
        attribute(0x40, 5, &100u32.to_be_bytes()),
    ]
    .concat()
}

/// 10.`n`.0.0/16 with a path identifier.
pub(crate) fn prefix(n: u8, path_id: u8) -> [u8; 7] {
    [0, 0, 0, path_id, 16, 10, n]
}

/// 2001:db8:`n`::/48 with a path identifier.
pub(crate) fn prefix6(n: u8, path_id: u8) -> [u8; 11] {
    [0, 0, 0, path_id, 48, 0x20, 0x01, 0x0d, 0xb8, 0, n]
}

pub(crate) fn mp_reach6(prefixes: &[[u8; 11]]) -> Vec<u8> {
    let mut value = vec![0, 2, 1, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    value.extend(prefixes.concat());
    attribute(0x80, 14, &value)
}

/// The body of an UPDATE.
pub(crate) fn update(withdrawn: &[u8], attributes: &[u8], announced: &[u8]) -> Vec<u8> {
    let (w, a) = (withdrawn.len() as u16, attributes.len() as u16);
    [&w.to_be_bytes()[..], withdrawn, &a.to_be_bytes(), attributes, announced].concat()
}

pub(crate) fn announce(n: u8, path_id: u8, asn: u32) -> Vec<u8> {
    update(&[], &usual(asn), &prefix(n, path_id))
}

pub(crate) fn withdraw(n: u8, path_id: u8) -> Vec<u8> {
    update(&prefix(n, path_id), &[], &[])
}

pub(crate) fn end_of_rib(family: Family) -> Vec<u8> {
    match family {
        Family::Ipv4 => update(&[], &[], &[]),
        Family::Ipv6 => update(&[], &attribute(0x80, 15, &[0, 2, 1]), &[]),
    }
}

/// A neighbor and the time.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) peer: Peer,
    pub(crate) now: Instant,
}

impl World {
    pub(crate) fn new() -> World {
        World::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Neighbor)) -> World {
        let mut neighbor = Neighbor {
            number: 7,
            address: [192, 0, 2, 9].into(),
            asn: AS,
            path_limit: 1000,
            stale_hold: STALE_HOLD,
        };
        change(&mut neighbor);
        let now = Instant::now();
        World { peer: Peer::new(OURS, neighbor, 42, now), now }
    }

    pub(crate) fn accept(&mut self) -> Slot {
        self.peer.accept(self.now).expect("the connection is accepted")
    }

    pub(crate) fn hear(&mut self, slot: Slot, kind: Kind, body: &[u8]) {
        self.peer.on_bytes(slot, &message(kind, body), self.now);
    }

    pub(crate) fn hear_update(&mut self, slot: Slot, body: &[u8]) {
        self.hear(slot, Kind::Update, body);
    }

    /// A session that opened with that.
    pub(crate) fn establish(&mut self, open: &Open) -> Slot {
        let slot = self.accept();
        self.hear(slot, Kind::Open, &open.body());
        self.hear(slot, Kind::Keepalive, &[]);
        assert!(!self.peer.is_over(slot), "{:?}", self.status());
        slot
    }

    /// Time passes, and every timer that ends by then is served at its time.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.peer.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.peer.on_time(self.now);
        }
        self.now = end;
        self.peer.on_time(end);
    }

    /// The connection is gone.
    pub(crate) fn lose(&mut self, slot: Slot) {
        self.peer.release(slot, self.now);
    }

    /// The kinds and bodies of what is sent, which then counts as sent.
    pub(crate) fn sent(&mut self, slot: Slot) -> Vec<(Kind, Vec<u8>)> {
        let output = self.peer.output(slot).to_vec();
        let (mut at, mut messages) = (0, Vec::new());
        while let Some(message) = frame(&output[at..], MAX_LEN).expect("our own messages are right") {
            at += HEADER_LEN + message.body.len();
            messages.push((message.kind, message.body.to_vec()));
        }
        assert_eq!(at, output.len());
        self.peer.sent(slot, at, self.now);
        messages
    }

    /// The NOTIFICATION that ends the connection.
    pub(crate) fn told(&mut self, slot: Slot) -> Option<(u8, u8)> {
        let over = self.peer.is_over(slot);
        let last = self.sent(slot).pop()?;
        let notification = Notification::parse(&last.1).filter(|_| last.0 == Kind::Notification);
        assert_eq!(over, notification.is_some(), "a NOTIFICATION is the last that is said");
        notification.map(|n| (n.code, n.subcode))
    }

    /// All that waits, in words; states of the peer, which most tests know, left out.
    pub(crate) fn changes(&mut self) -> Vec<String> {
        let mut changes = Vec::new();
        self.peer.take(usize::MAX, &mut changes);
        changes.iter().filter(|change| !matches!(change, Change::State { .. })).map(|c| self.say(c)).collect()
    }

    pub(crate) fn say(&self, change: &Change) -> String {
        match change {
            Change::Set { peer: 7, prefix, path_id, path } => {
                format!("set {prefix} {path_id} via {} {}", path.next_hop, path.as_path())
            }
            Change::Withdraw { peer: 7, prefix, path_id } => format!("withdraw {prefix} {path_id}"),
            Change::EndOfRib { peer: 7, family } => format!("end of {family}"),
            Change::Stale { peer: 7, family, until: Some(until) } => {
                format!("{family} stale for {} s", until.saturating_duration_since(self.now).as_secs())
            }
            Change::Stale { peer: 7, family, until: None } => format!("{family} not stale"),
            Change::State { peer: 7, state: PeerState::Down } => "Down".to_owned(),
            Change::State { peer: 7, state: PeerState::Established { identifier } } => {
                format!("Established with {identifier}")
            }
            other => panic!("a change of another peer: {other:?}"),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.peer.status(self.now)
    }

    /// Prefixes, paths and stale paths of IPv4.
    pub(crate) fn held(&self) -> (u32, u32, u32) {
        let v4 = self.status().families[0];
        (v4.prefixes, v4.paths, v4.stale)
    }
}
