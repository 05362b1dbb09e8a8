//! Plays bgpd with `addpath-tx-all-paths`: the same prefixes from several providers, as fast as they are taken.

use ::bgp::{
    Capabilities, Family, FamilySet, HEADER_LEN, Kind, MAX_EXTENDED_LEN, MAX_LEN, Message, Notification,
    Open, emit, frame,
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use feed::prefixes;
use serde_json::json;
use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Octets that are written at once.
const CHUNK: usize = 256 * 1024;

/// Seconds; bgpd's by default.
const HOLD_TIME: u16 = 180;

/// How long swerve may take to open a session.
const HANDSHAKE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where swerve listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:1179")]
    connect: SocketAddr,
    /// The AS, which is swerve's own
    #[arg(long = "as", value_name = "AS", default_value_t = 65000)]
    asn: u32,
    /// The BGP identifier, another than swerve's
    #[arg(long, value_name = "ADDRESS", default_value = "10.255.0.1")]
    router_id: Ipv4Addr,
    /// How many prefixes each provider has
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(..=i64::from(prefixes::COUNT)))]
    prefixes: u32,
    /// A provider: next hop and AS; give it once for each
    #[arg(long = "provider", value_name = "NEXT-HOP,AS", required = true)]
    providers: Vec<Provider>,
    /// How many prefixes share their attributes, which is how many bgpd puts into one message
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=400))]
    share: u32,
    /// End when everything is announced; without it, obey lines of `announce`, `withdraw` and `quit` on standard input
    #[arg(long)]
    once: bool,
}

/// Where a provider's paths lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Provider {
    next_hop: Ipv4Addr,
    asn: u32,
}

impl FromStr for Provider {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Provider> {
        let (next_hop, asn) = text.split_once(',').context("a next hop, a comma and an AS are wanted")?;
        Ok(Provider { next_hop: next_hop.parse()?, asn: asn.parse()? })
    }
}

/// What a line of standard input asks for.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Announce { provider: usize, prefixes: Range<u32> },
    Withdraw { provider: usize, prefixes: Range<u32> },
    Quit,
}

impl Order {
    /// `announce PROVIDER [FIRST COUNT]`, `withdraw PROVIDER [FIRST COUNT]` or `quit`; providers count from 1.
    fn parse(line: &str, providers: usize, prefixes: u32) -> Result<Order> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (verb, provider, range) = match words[..] {
            ["quit"] => return Ok(Order::Quit),
            [verb, provider] => (verb, provider, 0..prefixes),
            [verb, provider, first, count] => {
                let (first, count): (u32, u32) = (first.parse()?, count.parse()?);
                (verb, provider, first..first.saturating_add(count))
            }
            _ => bail!("`{line}` is no order"),
        };
        let provider: usize = provider.parse()?;
        ensure!(
            (1..=providers).contains(&provider),
            "there is no provider {provider}, but {providers} of them"
        );
        ensure!(range.end <= prefixes, "there are {prefixes} prefixes");
        match verb {
            "announce" => Ok(Order::Announce { provider: provider - 1, prefixes: range }),
            "withdraw" => Ok(Order::Withdraw { provider: provider - 1, prefixes: range }),
            _ => bail!("`{verb}` is no order"),
        }
    }
}

/// Runs the sub-command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (session, input) = Session::open(arguments)?;
    std::thread::spawn(move || input.listen());
    say(&json!({"event": "established", "extended_messages": session.longest > MAX_LEN}));
    let started = Instant::now();
    let mut octets = 0;
    for provider in 0..arguments.providers.len() {
        octets += session.announce(arguments, provider, 0..arguments.prefixes)?;
    }
    session.end_of_rib()?;
    let paths = u64::from(arguments.prefixes) * arguments.providers.len() as u64;
    say(
        &json!({"event": "announced", "paths": paths, "octets": octets, "seconds": started.elapsed().as_secs_f64()}),
    );
    if arguments.once {
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        let order = Order::parse(&line?, arguments.providers.len(), arguments.prefixes)?;
        let started = Instant::now();
        let (event, paths, octets) = match order {
            Order::Quit => return Ok(()),
            Order::Announce { provider, prefixes } => {
                ("announced", prefixes.len(), session.announce(arguments, provider, prefixes)?)
            }
            Order::Withdraw { provider, prefixes } => {
                ("withdrawn", prefixes.len(), session.withdraw(provider, prefixes)?)
            }
        };
        say(
            &json!({"event": event, "paths": paths, "octets": octets, "seconds": started.elapsed().as_secs_f64()}),
        );
    }
    // Nobody gives orders any more: the session stands until somebody ends it.
    loop {
        std::thread::park();
    }
}

fn say(event: &serde_json::Value) {
    println!("{event}");
}

/// An established session. KEEPALIVEs are sent by a thread of their own.
#[derive(Debug)]
struct Session {
    stream: Arc<Mutex<TcpStream>>,
    /// Octets of the longest message that swerve takes.
    longest: usize,
}

fn lock(stream: &Mutex<TcpStream>) -> MutexGuard<'_, TcpStream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What bgpd 8.4.4 says of itself, as far as swerve listens.
fn our_open(arguments: &Arguments) -> Open {
    let capabilities = Capabilities {
        families: Some(FamilySet::ALL),
        four_octet_as: Some(arguments.asn),
        add_path_send: FamilySet::ALL,
        add_path_receive: FamilySet::ALL,
        graceful_restart: None,
        route_refresh: true,
        enhanced_refresh: true,
        extended_message: true,
    };
    Open { asn: arguments.asn, hold_time: HOLD_TIME, identifier: arguments.router_id, capabilities }
}

impl Session {
    fn open(arguments: &Arguments) -> Result<(Session, Input)> {
        let address = arguments.connect;
        let mut stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(HANDSHAKE))?;
        let mut out = Vec::new();
        emit(Kind::Open, &our_open(arguments).body(), &mut out);
        emit(Kind::Keepalive, &[], &mut out);
        stream.write_all(&out)?;
        let mut input = Input::new(stream.try_clone()?);
        let theirs = input.next(|message| match message.kind {
            Kind::Open => Ok(Open::parse(message.body)?),
            kind => bail!("swerve opened with {}", kind.name()),
        })?;
        ensure!(theirs.capabilities.add_path_receive == FamilySet::ALL, "swerve does not want every path");
        input.next(|message| match message.kind {
            Kind::Keepalive => Ok(()),
            kind => bail!("swerve confirmed with {}", kind.name()),
        })?;
        stream.set_read_timeout(None)?;
        let longest = if theirs.capabilities.extended_message { MAX_EXTENDED_LEN } else { MAX_LEN };
        let stream = Arc::new(Mutex::new(stream));
        let keeps = Arc::clone(&stream);
        std::thread::spawn(move || keep_alive(&keeps, theirs.hold_time.min(HOLD_TIME)));
        Ok((Session { stream, longest }, input))
    }

    fn send(&self, octets: &[u8]) -> Result<()> {
        lock(&self.stream).write_all(octets).context("the session ended")
    }

    /// Announces prefixes of a provider; answers with the octets sent.
    fn announce(&self, arguments: &Arguments, provider: usize, prefixes: Range<u32>) -> Result<u64> {
        let path_id = provider as u32 + 1;
        let (mut out, mut sent) = (Vec::with_capacity(2 * CHUNK), 0);
        let mut body = Vec::new();
        let mut first = prefixes.start;
        while first < prefixes.end {
            // Groups of prefixes with the same attributes begin at multiples, whatever part of the table is announced.
            let group = first / arguments.share;
            let end = ((group + 1) * arguments.share).min(prefixes.end);
            let attributes = attributes(arguments.providers[provider], group);
            body.clear();
            body.extend([0, 0]);
            body.extend((attributes.len() as u16).to_be_bytes());
            body.extend(&attributes);
            (first..end).for_each(|n| put_prefix(n, path_id, &mut body));
            emit(Kind::Update, &body, &mut out);
            first = end;
            if out.len() >= CHUNK {
                sent += out.len() as u64;
                self.send(&out)?;
                out.clear();
            }
        }
        self.send(&out)?;
        Ok(sent + out.len() as u64)
    }

    /// Withdraws prefixes of a provider, as many in a message as fit; answers with the octets sent.
    fn withdraw(&self, provider: usize, prefixes: Range<u32>) -> Result<u64> {
        let path_id = provider as u32 + 1;
        let (mut out, mut sent) = (Vec::new(), 0);
        let mut numbers = prefixes.peekable();
        while numbers.peek().is_some() {
            let mut withdrawn = Vec::new();
            // A prefix takes 9 octets at most.
            while HEADER_LEN + 4 + withdrawn.len() + 9 <= self.longest {
                let Some(n) = numbers.next() else { break };
                put_prefix(n, path_id, &mut withdrawn);
            }
            let body = [&(withdrawn.len() as u16).to_be_bytes(), &withdrawn[..], &[0, 0]].concat();
            out.clear();
            emit(Kind::Update, &body, &mut out);
            sent += out.len() as u64;
            self.send(&out)?;
        }
        Ok(sent)
    }

    fn end_of_rib(&self) -> Result<()> {
        let mut out = Vec::new();
        emit(Kind::Update, &[0; 4], &mut out);
        let (afi, safi) = Family::Ipv6.code();
        emit(Kind::Update, &[0, 0, 0, 6, 0x80, 15, 3, 0, afi as u8, safi], &mut out);
        self.send(&out)
    }
}

fn put_prefix(n: u32, path_id: u32, out: &mut Vec<u8>) {
    let prefix = prefixes::nth(n);
    out.extend(path_id.to_be_bytes());
    out.push(prefix.prefix_len());
    out.extend(&prefix.network().octets()[..usize::from(prefix.prefix_len()).div_ceil(8)]);
}

/// ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF and COMMUNITIES of a group of prefixes: their own AS path behind the provider.
fn attributes(provider: Provider, group: u32) -> Vec<u8> {
    let transit = 1 + group.wrapping_mul(0x9e37_79b9) % 60_000;
    let path = [provider.asn, transit, 100_000 + group];
    let mut out = vec![0x40, 1, 1, 0, 0x40, 2, 2 + 4 * path.len() as u8, 2, path.len() as u8];
    path.iter().for_each(|asn| out.extend(asn.to_be_bytes()));
    out.extend([0x40, 3, 4]);
    out.extend(provider.next_hop.octets());
    out.extend([0x40, 5, 4, 0, 0, 0, 100]);
    out.extend([0xc0, 8, 4]);
    out.extend((((provider.asn & 0xffff) << 16) | (group % 50)).to_be_bytes());
    out
}

/// KEEPALIVEs three times in the hold time, until the session ends.
fn keep_alive(stream: &Mutex<TcpStream>, hold_time: u16) {
    if hold_time == 0 {
        return;
    }
    let mut out = Vec::new();
    emit(Kind::Keepalive, &[], &mut out);
    loop {
        std::thread::sleep(Duration::from_secs(u64::from(hold_time)) / 3);
        if lock(stream).write_all(&out).is_err() {
            return;
        }
    }
}

/// Messages of swerve.
#[derive(Debug)]
struct Input {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Input {
    fn new(stream: TcpStream) -> Input {
        Input { stream, bytes: Vec::new() }
    }

    /// The next message; a NOTIFICATION is an error.
    fn next<T>(&mut self, mut hear: impl FnMut(Message<'_>) -> Result<T>) -> Result<T> {
        loop {
            if let Some(message) = frame(&self.bytes, MAX_EXTENDED_LEN)? {
                let octets = message.octets();
                if message.kind == Kind::Notification {
                    let notification = Notification::parse(message.body);
                    bail!("swerve says: {}", notification.map_or_else(String::new, |n| n.to_string()));
                }
                let heard = hear(message)?;
                self.bytes.drain(..octets);
                return Ok(heard);
            }
            let mut chunk = [0; 4096];
            let octets = self.stream.read(&mut chunk)?;
            ensure!(octets > 0, "swerve closed the connection");
            self.bytes.extend_from_slice(&chunk[..octets]);
        }
    }

    /// To the end, which is the end of the process.
    fn listen(mut self) {
        let error = loop {
            if let Err(error) = self.next(|_| Ok(())) {
                break error;
            }
        };
        eprintln!("swerve-feed bgp: {error:#}");
        std::process::exit(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::bgp::{Change, Context, Local, Neighbor, Peer, Update};
    use std::collections::BTreeSet;
    use std::net::{IpAddr, TcpListener};

    fn arguments(connect: SocketAddr) -> Arguments {
        let providers = ["203.0.113.1,65001", "203.0.113.3,65002"].map(|text| text.parse().unwrap());
        Arguments {
            connect,
            asn: 65000,
            router_id: [10, 255, 0, 1].into(),
            prefixes: 5000,
            providers: providers.into(),
            share: 7,
            once: true,
        }
    }

    #[test]
    fn orders_are_understood_and_what_is_none_is_refused() {
        let parse = |line| Order::parse(line, 2, 100);
        assert_eq!(parse("announce 1").unwrap(), Order::Announce { provider: 0, prefixes: 0..100 });
        assert_eq!(parse(" withdraw 2  10 20").unwrap(), Order::Withdraw { provider: 1, prefixes: 10..30 });
        assert_eq!(parse("quit").unwrap(), Order::Quit);
        for line in
            ["", "announce", "announce 3", "announce 0", "withdraw 1 90 11", "forget 1", "announce 1 2"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    /// Swerve's side of a connection: everything that came until it ended.
    fn hear(listener: &TcpListener) -> (Peer, Vec<Change>) {
        let local = Local { asn: 65000, router_id: [10, 0, 0, 1].into(), hold_time: 90 };
        let stale_hold = Duration::from_secs(120);
        let address: IpAddr = [127, 0, 0, 1].into();
        let neighbor = Neighbor { number: 1, address, asn: 65000, path_limit: u32::MAX, stale_hold };
        let mut peer = Peer::new(local, neighbor, 1, Instant::now());
        let (mut stream, _) = listener.accept().unwrap();
        let slot = peer.accept(Instant::now()).unwrap();
        let mut buffer = vec![0; 65536];
        loop {
            let out = peer.output(slot).to_vec();
            stream.write_all(&out).unwrap();
            peer.sent(slot, out.len(), Instant::now());
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(octets) => peer.on_bytes(slot, &buffer[..octets], Instant::now()),
            }
        }
        let mut changes = Vec::new();
        peer.take(usize::MAX, &mut changes);
        (peer, changes)
    }

    #[test]
    fn swerve_hears_every_path_of_every_provider_and_what_is_withdrawn_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let arguments = arguments(listener.local_addr().unwrap());
        let (peer, changes) = std::thread::scope(|scope| {
            let hears = scope.spawn(|| hear(&listener));
            let (session, _input) = Session::open(&arguments).unwrap();
            for provider in 0..2 {
                session.announce(&arguments, provider, 0..5000).unwrap();
            }
            session.end_of_rib().unwrap();
            session.withdraw(0, 1000..4000).unwrap();
            session.announce(&arguments, 0, 1003..1005).unwrap();
            lock(&session.stream).shutdown(std::net::Shutdown::Both).unwrap();
            hears.join().unwrap()
        });
        let status = peer.status(Instant::now());
        assert_eq!(status.counters.treated_as_withdraw + status.counters.prefixes_ignored, 0);
        assert_eq!((status.families[0].prefixes, status.families[0].paths), (5000, 7002));
        let next_hops: BTreeSet<IpAddr> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Set { path, .. } => Some(path.next_hop),
                _ => None,
            })
            .collect();
        assert_eq!(next_hops, ["203.0.113.1", "203.0.113.3"].map(|a| a.parse().unwrap()).into());
    }

    #[test]
    fn attributes_are_those_of_a_group_and_right() {
        let provider = Provider { next_hop: [203, 0, 113, 1].into(), asn: 65001 };
        let context = Context {
            families: FamilySet::ALL,
            add_path: FamilySet::ALL,
            internal: true,
            four_octet_as: true,
        };
        let paths: BTreeSet<String> = (0..1000)
            .map(|group| {
                let attributes = attributes(provider, group);
                let mut body = [&[0, 0][..], &(attributes.len() as u16).to_be_bytes(), &attributes].concat();
                put_prefix(0, 1, &mut body);
                let update = Update::parse(&body, &context).unwrap();
                assert_eq!((update.malformed, update.discarded), (None, 0));
                let path = update.reach[0].as_ref().unwrap().attributes.clone().unwrap();
                path.as_path().to_string()
            })
            .collect();
        assert_eq!(paths.len(), 1000);
        assert!(paths.iter().all(|path| path.starts_with("65001 ")));
    }
}
