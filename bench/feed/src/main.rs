//! Plays routing daemons towards swerve, faster than they are: for tables of a million prefixes.

#![forbid(unsafe_code)]

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
    /// The best route of each prefix, as FRR's zebra sends them to a forwarding plane manager
    Fpm(zebra::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().feed {
        Feed::Fpm(arguments) => zebra::run(&arguments),
    }
}
