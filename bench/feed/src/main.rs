//! Plays routing daemons towards swerve, faster than they are: for tables of a million prefixes.

#![forbid(unsafe_code)]

mod bgp;
mod zebra;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "swerve-feed", version, about)]
struct Arguments {
    #[command(subcommand)]
    feed: Feed,
}

#[derive(Debug, Subcommand)]
enum Feed {
    /// Every path of several providers, as bgpd sends them with addpath-tx-all-paths
    Bgp(bgp::Arguments),
    /// The best route of each prefix, as FRR's zebra sends them to a forwarding plane manager
    Fpm(zebra::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().feed {
        Feed::Bgp(arguments) => bgp::run(&arguments),
        Feed::Fpm(arguments) => zebra::run(&arguments),
    }
}
