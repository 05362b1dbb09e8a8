//! The feed against the session of swerve-control.

use feed::fpm::{Common, What, Zebra};
use feed::prefixes;
use fpm::{Change, Config, NextHop, Session, Target};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

fn via(last: u8) -> NextHop {
    NextHop { gateway: Some([192, 0, 2, last].into()), ifindex: last.into(), weight: 1 }
}

fn common(groups: bool) -> Common {
    let ways = vec![vec![via(1)], vec![via(2), via(3)]];
    Common { table: 254, protocol: 186, metric: 20, groups, ipv6: false, ways }
}

/// Hears connections until each ends, one after the other, and returns the session.
fn listen(connections: usize) -> (std::net::SocketAddr, JoinHandle<Session>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let hear = move || {
        let mut session = Session::new(Config::default(), 1);
        for _ in 0..connections {
            let (stream, _) = listener.accept().unwrap();
            hear(stream, &mut session);
        }
        session
    };
    (address, std::thread::spawn(hear))
}

fn hear(mut stream: TcpStream, session: &mut Session) {
    let mut buffer = vec![0; 1 << 16];
    session.connected(Instant::now());
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            len => session.receive(&buffer[..len], Instant::now()).unwrap(),
        }
    }
    session.disconnected();
}

/// Prefix, and last octets of the gateways.
fn table(changes: Vec<Change>) -> Vec<(ipnet::IpNet, Vec<u32>)> {
    let mut table: Vec<_> = changes
        .into_iter()
        .map(|change| match change {
            Change::Set {
                prefix,
                protocol: 186,
                metric: 20,
                table: 254,
                target: Target::NextHops(next_hops),
            } => (prefix, next_hops.iter().map(|next_hop| next_hop.ifindex).collect()),
            other => panic!("{other:?}"),
        })
        .collect();
    table.sort();
    table
}

fn expected(of: impl Iterator<Item = (u32, Vec<u32>)>) -> Vec<(ipnet::IpNet, Vec<u32>)> {
    let mut table: Vec<_> = of.map(|(n, via)| (prefixes::nth(n).into(), via)).collect();
    table.sort();
    table
}

#[test]
fn what_is_told_is_understood_with_and_without_groups() {
    for groups in [true, false] {
        let (address, session) = listen(1);
        let mut zebra = Zebra::connect(address, common(groups), PATIENCE).unwrap();
        let told = zebra.say(0..5000, What::Add { way: 0 }, None).unwrap();
        zebra.say(1000..2000, What::Replace { way: 1 }, None).unwrap();
        zebra.say(4000..5000, What::Withdraw, None).unwrap();
        drop(zebra);
        let mut session = session.join().unwrap();
        let way = |n| if (1000..2000).contains(&n) { vec![2, 3] } else { vec![1] };
        assert_eq!(session.refused().0, 0);
        assert_eq!(table(session.take(usize::MAX)), expected((0..4000).map(|n| (n, way(n)))));
        assert_eq!(told.routes, 5000);
        assert!(told.octets > 5000 * 40 && told.elapsed > Duration::ZERO);
    }
}

#[test]
fn a_new_connection_has_told_nothing_but_next_hops() {
    let (address, session) = listen(2);
    let mut zebra = Zebra::connect(address, common(true), PATIENCE).unwrap();
    zebra.say(0..10, What::Add { way: 0 }, None).unwrap();
    zebra.reconnect(PATIENCE).unwrap();
    zebra.say(0..4, What::Add { way: 0 }, None).unwrap();
    drop(zebra);
    let session = session.join().unwrap();
    let now = session.snapshot(Instant::now());
    assert_eq!((now.routes, now.protocols[0].stale, now.next_hop_ids), (10, 6, 4));
}

#[test]
fn a_rate_is_not_exceeded() {
    let (address, session) = listen(1);
    let mut zebra = Zebra::connect(address, common(true), PATIENCE).unwrap();
    let told = zebra.say(0..5000, What::Add { way: 0 }, Some(20_000)).unwrap();
    drop(zebra);
    assert_eq!(session.join().unwrap().waiting(), 5000);
    // The last of five parts begins after four fifths of the time.
    assert!(told.elapsed >= Duration::from_millis(204), "{told:?}");
}

#[test]
fn the_program_obeys_its_standard_input() {
    let (address, session) = listen(2);
    let mut program = Command::new(env!("CARGO_BIN_EXE_swerve-feed"));
    program.args(["fpm", "--routes", "1000", "--via", "192.0.2.1,1", "--via", "192.0.2.2,2+192.0.2.3,3"]);
    program.args(["--to", &address.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.spawn().unwrap();
    let (mut stdin, stdout) = (program.stdin.take().unwrap(), program.stdout.take().unwrap());
    let mut lines = BufReader::new(stdout).lines();
    let mut next = || {
        let line: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        (line["event"].as_str().unwrap().to_owned(), line["routes"].as_u64())
    };
    assert_eq!(next(), ("added".to_owned(), Some(1000)));
    writeln!(stdin, "replace 2 0 10").unwrap();
    assert_eq!(next(), ("replaced".to_owned(), Some(10)));
    writeln!(stdin, "reconnect").unwrap();
    assert_eq!(next(), ("reconnected".to_owned(), None));
    writeln!(stdin, "add 1 0 500\nquit").unwrap();
    assert_eq!(next(), ("added".to_owned(), Some(500)));
    assert!(program.wait().unwrap().success());
    let mut session = session.join().unwrap();
    assert_eq!(session.snapshot(Instant::now()).protocols[0].stale, 500);
    assert_eq!(table(session.take(usize::MAX)), expected((0..1000).map(|n| (n, vec![1]))));
}
