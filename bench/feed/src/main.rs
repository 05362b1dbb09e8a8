//! Plays routing daemons towards swerve, faster than they are: for tables of a million prefixes.

#![forbid(unsafe_code)]

mod bgp;

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
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().feed {
        Feed::Bgp(arguments) => bgp::run(&arguments),
    }
}
