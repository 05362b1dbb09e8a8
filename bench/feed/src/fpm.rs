//! Plays zebra's `dplane_fpm_nl`: next hops first, then routes, each in a frame of its own; a changed route is deleted
//! and added in one frame.

use crate::cost::Cost;
use crate::prefixes;
use ::fpm::NextHop;
use ::fpm::emit::{self, Route, Via};
use ipnet::IpNet;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Octets that are written at once.
const CHUNK: usize = 256 * 1024;
/// Routes that are paced together.
const PACED: u32 = 1024;
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(20);

/// What all routes of a feed have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    pub table: u32,
    /// As rtnetlink(7) numbers it; 186 is FRR's BGP.
    pub protocol: u8,
    pub metric: u32,
    /// Next hops are told by ids, as zebra does by default, or with each route.
    pub groups: bool,
    /// Prefixes are of IPv6, and next hops have to be.
    pub ipv6: bool,
    /// Ways that routes can have: each one next hop, or several that share.
    pub ways: Vec<Vec<NextHop>>,
}

impl Common {
    /// Ids that zebra would not give to anything else here: single next hops from 1 on, groups behind them.
    fn single(&self, way: usize, at: usize) -> u32 {
        let before: usize = self.ways[..way].iter().map(Vec::len).sum();
        (1 + before + at) as u32
    }

    /// The id of a way.
    fn id(&self, way: usize) -> u32 {
        match self.ways[way].len() {
            1 => self.single(way, 0),
            _ => self.single(self.ways.len(), way),
        }
    }

    /// Appends what has to be told before the first route; nothing without groups.
    pub fn next_hops(&self, bytes: &mut Vec<u8>) {
        if !self.groups {
            return;
        }
        for (way, next_hops) in self.ways.iter().enumerate() {
            for (at, next_hop) in next_hops.iter().enumerate() {
                emit::frame(bytes, |f| emit::new_next_hop(f, self.single(way, at), *next_hop));
            }
            if next_hops.len() > 1 {
                let members = next_hops.iter().enumerate();
                let members: Vec<(u32, u16)> =
                    members.map(|(at, next_hop)| (self.single(way, at), next_hop.weight)).collect();
                emit::frame(bytes, |f| emit::new_group(f, self.id(way), &members));
            }
        }
    }

    fn route(&self, n: u32, way: usize) -> Route<'_> {
        let via = match self.groups {
            true => Via::Id(self.id(way)),
            false => Via::NextHops(&self.ways[way]),
        };
        let prefix = match self.ipv6 {
            true => IpNet::V6(prefixes::nth6(n)),
            false => IpNet::V4(prefixes::nth(n)),
        };
        Route { table: self.table, prefix, protocol: self.protocol, metric: self.metric, via }
    }

    /// Appends the frame that says this of prefix `n`.
    ///
    /// # Panics
    /// There is no such prefix or way.
    #[inline]
    pub fn say(&self, bytes: &mut Vec<u8>, n: u32, what: What) {
        match what {
            What::Add { way } => emit::frame(bytes, |f| emit::new_route(f, &self.route(n, way))),
            What::Replace { way } => emit::frame(bytes, |f| {
                let route = self.route(n, way);
                emit::delete_route(f, &route);
                emit::new_route(f, &route);
            }),
            What::Withdraw => emit::frame(bytes, |f| emit::delete_route(f, &self.route(n, 0))),
        }
    }
}

/// What is said of a prefix. Ways are indices of [`Common::ways`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Add { way: usize },
    Replace { way: usize },
    Withdraw,
}

/// What it took to say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    pub routes: u32,
    pub octets: u64,
    /// Until the last octet was accepted by the kernel.
    pub elapsed: Duration,
    /// Of one core; see [`Cost::so_far`].
    pub used: Duration,
}

impl Told {
    pub fn routes_per_second(&self) -> f64 {
        f64::from(self.routes) / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Of the core, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.used.as_secs_f64() / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// A connection.
#[derive(Debug)]
pub struct Zebra {
    common: Common,
    to: SocketAddr,
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Zebra {
    /// Connects, for at most that long, and tells the next hops.
    ///
    /// # Errors
    /// Nobody listens.
    ///
    /// # Panics
    /// There is no way, or one without a next hop.
    pub fn connect(to: SocketAddr, common: Common, patience: Duration) -> io::Result<Zebra> {
        assert!(
            !common.ways.is_empty() && common.ways.iter().all(|way| !way.is_empty()),
            "routes lead nowhere"
        );
        let stream = connect(to, patience)?;
        let mut zebra = Zebra { common, to, stream, bytes: Vec::with_capacity(CHUNK + 4096) };
        zebra.greet()?;
        Ok(zebra)
    }

    /// Ends the connection and makes another one, on which only the next hops are told.
    ///
    /// # Errors
    /// As [`Zebra::connect`].
    pub fn reconnect(&mut self, patience: Duration) -> io::Result<()> {
        // An error says that the other side has ended it already.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        self.stream = connect(self.to, patience)?;
        self.greet()
    }

    fn greet(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.common.next_hops(&mut self.bytes);
        self.stream.write_all(&self.bytes)
    }

    /// Says that of each of those prefixes, at most at that many routes in a second.
    ///
    /// # Errors
    /// The other side has ended the connection.
    ///
    /// # Panics
    /// There is no such prefix or way.
    pub fn say(&mut self, prefixes: Range<u32>, what: What, rate: Option<u32>) -> io::Result<Told> {
        let cost = Cost::begin()?;
        let began = Instant::now();
        let mut told = Told { routes: prefixes.len() as u32, ..Told::default() };
        self.bytes.clear();
        for (count, n) in (0_u32..).zip(prefixes) {
            if let Some(rate) = rate
                && count.is_multiple_of(PACED)
            {
                told.octets += self.flush()?;
                let due = began + Duration::from_secs_f64(f64::from(count) / f64::from(rate.max(1)));
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            self.common.say(&mut self.bytes, n, what);
            if self.bytes.len() >= CHUNK {
                told.octets += self.flush()?;
            }
        }
        told.octets += self.flush()?;
        (told.elapsed, told.used) = cost.so_far()?;
        Ok(told)
    }

    fn flush(&mut self) -> io::Result<u64> {
        self.stream.write_all(&self.bytes)?;
        let len = self.bytes.len() as u64;
        self.bytes.clear();
        Ok(len)
    }
}

fn connect(to: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let until = Instant::now() + patience;
    loop {
        match TcpStream::connect(to) {
            Err(_) if Instant::now() < until => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
}
