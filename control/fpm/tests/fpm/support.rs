//! A session, frames for it, and its changes in words.

use fpm::emit::{self, Route, Via};
use fpm::{Change, Config, NextHop, Session, Target, protocol_name};
use ipnet::IpNet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

pub(crate) const HOLD: Duration = Duration::from_secs(120);
pub(crate) const MAIN: u32 = 254;
pub(crate) const BGP: u8 = 186;
pub(crate) const STATIC: u8 = 196;

/// A session with a connection, and a time.
pub(crate) struct Zebra {
    pub(crate) session: Session,
    pub(crate) now: Instant,
}

impl Zebra {
    pub(crate) fn new() -> Zebra {
        Zebra::with(Config { hold: HOLD, routes: 1000 })
    }

    pub(crate) fn with(config: Config) -> Zebra {
        let now = Instant::now();
        let mut session = Session::new(config, 7);
        session.connected(now);
        Zebra { session, now }
    }

    /// A frame, and what follows from it.
    pub(crate) fn says(&mut self, messages: impl FnOnce(&mut Vec<u8>)) -> Vec<String> {
        self.hears(messages);
        self.changes()
    }

    /// A frame whose changes nobody takes yet.
    pub(crate) fn hears(&mut self, messages: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        emit::frame(&mut bytes, messages);
        self.session.receive(&bytes, self.now).unwrap();
    }

    pub(crate) fn changes(&mut self) -> Vec<String> {
        self.session.take(usize::MAX).iter().map(said).collect()
    }

    pub(crate) fn passes(&mut self, time: Duration) -> Vec<String> {
        self.now += time;
        self.session.on_time(self.now);
        self.changes()
    }

    pub(crate) fn reconnects(&mut self) {
        self.session.disconnected();
        self.session.connected(self.now);
    }

    /// Routes and stale ones of a protocol.
    pub(crate) fn counts(&self, protocol: u8) -> (u32, u32) {
        let protocols = self.session.snapshot(self.now).protocols;
        let found = protocols.iter().find(|p| p.protocol == protocol);
        found.map_or((0, 0), |p| (p.routes, p.stale))
    }

    /// How often messages were refused, with the reasons.
    pub(crate) fn refused(&self) -> Vec<(&'static str, u64)> {
        let refused = self.session.snapshot(self.now).refused;
        refused.into_iter().map(|(reason, count)| (reason.word(), count)).collect()
    }
}

pub(crate) fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

pub(crate) fn via(gateway: &str, ifindex: u32) -> NextHop {
    NextHop { gateway: Some(gateway.parse().unwrap()), ifindex, weight: 1 }
}

/// A route of the main table by BGP.
pub(crate) fn route<'a>(prefix: &str, via: Via<'a>) -> Route<'a> {
    Route { table: MAIN, prefix: net(prefix), protocol: BGP, metric: 20, via }
}

pub(crate) fn said(change: &Change) -> String {
    match change {
        Change::Withdraw { table, prefix, untold: false } => format!("withdraw {prefix} table {table}"),
        Change::Withdraw { table, prefix, untold: true } => format!("sweep {prefix} table {table}"),
        Change::Set { table, prefix, protocol, metric, target } => {
            let protocol = protocol_name(*protocol).map_or(protocol.to_string(), str::to_owned);
            let target = match target {
                Target::NextHops(next_hops) => next_hops.iter().map(way).collect::<Vec<_>>().join(", "),
                Target::Blackhole => "blackhole".to_owned(),
                Target::Unreachable => "unreachable".to_owned(),
                Target::Prohibit => "prohibit".to_owned(),
            };
            format!("set {prefix} table {table} {protocol} metric {metric}: {target}")
        }
    }
}

fn way(next_hop: &NextHop) -> String {
    let gateway = next_hop.gateway.as_ref().map_or("link".to_owned(), IpAddr::to_string);
    let weight = if next_hop.weight == 1 { String::new() } else { format!(" x{}", next_hop.weight) };
    format!("{gateway} on {}{weight}", next_hop.ifindex)
}
