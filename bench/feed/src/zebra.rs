//! The command line of [`feed::fpm`].

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use feed::fpm::{Common, Told, What, Zebra};
use feed::prefixes;
use fpm::NextHop;
use nix::net::if_::if_nametoindex;
use serde_json::json;
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

/// How long swerve may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where swerve listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2620")]
    to: SocketAddr,
    /// How many prefixes there are
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(prefixes::COUNT)))]
    routes: u32,
    /// A way that routes can have: next hops with `+` between them, each an address, a comma, and an interface by name
    /// or index; give it once for each way. All routes begin with the first one
    #[arg(long = "via", value_name = "ADDRESS,INTERFACE[+...]", required = true)]
    ways: Vec<Way>,
    /// Number of the table
    #[arg(long, default_value_t = 254)]
    table: u32,
    /// Whose routes they are, as in rtnetlink(7); BGP's unless told otherwise
    #[arg(long, default_value_t = 186)]
    protocol: u8,
    /// Prefixes of IPv6 in place of IPv4: /48s, whose next hops are of IPv6 too
    #[arg(long)]
    ipv6: bool,
    /// Tell next hops with each route, as after `no fpm use-next-hop-groups`
    #[arg(long)]
    no_groups: bool,
    /// At most so many routes in a second
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// End when everything is told; without it, obey lines of `add`, `replace`, `withdraw`, `reconnect` and `quit` on
    /// standard input
    #[arg(long)]
    once: bool,
}

/// Next hops.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way(Vec<NextHop>);

impl FromStr for Way {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Way> {
        let next_hop = |text: &str| -> Result<NextHop> {
            let (gateway, interface) =
                text.split_once(',').context("an address, a comma and an interface are wanted")?;
            let ifindex = match interface.parse() {
                Ok(ifindex) => ifindex,
                Err(_) => if_nametoindex(interface).with_context(|| format!("interface {interface}"))?,
            };
            Ok(NextHop { gateway: Some(gateway.parse()?), ifindex, weight: 1 })
        };
        Ok(Way(text.split('+').map(next_hop).collect::<Result<_>>()?))
    }
}

/// What a line of standard input asks for.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Say { what: What, prefixes: Range<u32> },
    Reconnect,
    Quit,
}

impl Order {
    /// `add WAY [FIRST COUNT]`, `replace WAY [FIRST COUNT]`, `withdraw [FIRST COUNT]`, `reconnect` or `quit`; ways count
    /// from 1.
    fn parse(line: &str, ways: usize, routes: u32) -> Result<Order> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (what, range) = match words[..] {
            ["quit"] => return Ok(Order::Quit),
            ["reconnect"] => return Ok(Order::Reconnect),
            ["add", way, ref range @ ..] => (What::Add { way: index(way, ways)? }, range),
            ["replace", way, ref range @ ..] => (What::Replace { way: index(way, ways)? }, range),
            ["withdraw", ref range @ ..] => (What::Withdraw, range),
            _ => bail!("`{line}` is no order"),
        };
        let prefixes = match range {
            [] => 0..routes,
            [first, count] => {
                let (first, count): (u32, u32) = (first.parse()?, count.parse()?);
                first..first.saturating_add(count)
            }
            _ => bail!("`{line}` is no order"),
        };
        ensure!(prefixes.end <= routes, "there are {routes} prefixes");
        Ok(Order::Say { what, prefixes })
    }
}

fn index(way: &str, ways: usize) -> Result<usize> {
    let way: usize = way.parse()?;
    ensure!((1..=ways).contains(&way), "there is no way {way}, but {ways} of them");
    Ok(way - 1)
}

/// Runs the sub-command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { to, routes, table, protocol, ipv6, no_groups, rate, .. } = *arguments;
    let ways: Vec<Vec<NextHop>> = arguments.ways.iter().map(|way| way.0.clone()).collect();
    let count = ways.len();
    let common = Common { table, protocol, metric: 20, groups: !no_groups, ipv6, ways };
    let mut zebra = Zebra::connect(to, common, PATIENCE).with_context(|| format!("connecting to {to}"))?;
    let first = What::Add { way: 0 };
    say(first, &zebra.say(0..routes, first, rate)?)?;
    if arguments.once {
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        match Order::parse(&line?, count, routes)? {
            Order::Quit => return Ok(()),
            Order::Reconnect => {
                zebra.reconnect(PATIENCE).with_context(|| format!("connecting to {to}"))?;
                print(&json!({"event": "reconnected"}))?;
            }
            Order::Say { what, prefixes } => say(what, &zebra.say(prefixes, what, rate)?)?,
        }
    }
    // Nobody gives orders any more: the connection stands until somebody ends it.
    loop {
        std::thread::park();
    }
}

fn say(what: What, told: &Told) -> Result<()> {
    let event = match what {
        What::Add { .. } => "added",
        What::Replace { .. } => "replaced",
        What::Withdraw => "withdrawn",
    };
    print(&json!({
        "event": event,
        "routes": told.routes,
        "octets": told.octets,
        "seconds": told.elapsed.as_secs_f64(),
        "routes_per_second": told.routes_per_second().round(),
        "core_seconds": told.used.as_secs_f64(),
        "core_share": told.share(),
    }))
}

fn print(line: &serde_json::Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_understood_and_what_is_none_is_refused() {
        let parse = |line| Order::parse(line, 2, 100);
        assert_eq!(parse("add 1").unwrap(), Order::Say { what: What::Add { way: 0 }, prefixes: 0..100 });
        assert_eq!(
            parse("replace 2 10 20").unwrap(),
            Order::Say { what: What::Replace { way: 1 }, prefixes: 10..30 }
        );
        assert_eq!(parse("withdraw 0 100").unwrap(), Order::Say { what: What::Withdraw, prefixes: 0..100 });
        assert_eq!(parse("reconnect").unwrap(), Order::Reconnect);
        assert_eq!(parse("quit").unwrap(), Order::Quit);
        for wrong in ["", "add", "add 0", "add 3", "replace x", "withdraw 1", "withdraw 50 51", "sing 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_way_has_one_next_hop_or_several() {
        let way: Way = "192.0.2.1,7+2001:db8::1,8".parse().unwrap();
        assert_eq!(way.0.len(), 2);
        assert_eq!(way.0[0], NextHop { gateway: Some([192, 0, 2, 1].into()), ifindex: 7, weight: 1 });
        assert_eq!(way.0[1].ifindex, 8);
        assert_eq!("127.0.0.1,lo".parse::<Way>().unwrap().0[0].ifindex, if_nametoindex("lo").unwrap());
        for wrong in ["192.0.2.1", "192.0.2.1,no-such-interface", "x,1", "192.0.2.1,1+"] {
            assert!(wrong.parse::<Way>().is_err(), "{wrong}");
        }
    }
}
