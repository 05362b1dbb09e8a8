//! The command line.

use crate::complete;
use api::control::MAX_PREFIXES;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use clap_complete::engine::ArgValueCompleter;
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Shows and steers a running swerve.
///
/// Exit code: 0 done; 1 refused or not found; 2 a mistake in the command line or in a file; 3 a process could not
/// be asked.
#[derive(Debug, Parser)]
#[command(name = "swervectl", version)]
pub struct Arguments {
    #[command(flatten)]
    pub reach: Reach,
    /// Print JSON: stable keys, with units in their names.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// Where the processes are.
#[derive(Debug, Args)]
pub struct Reach {
    /// The file the processes run with; sockets and segment are taken from it
    /// [default: /etc/swerve/swerve.toml if it exists, else the built-in paths].
    #[arg(long, short, global = true, env = "SWERVE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Socket of swerve-switch, whatever the file says.
    #[arg(long, global = true, value_name = "PATH")]
    pub switch_socket: Option<PathBuf>,
    /// Socket of swerve-control, whatever the file says.
    #[arg(long, global = true, value_name = "PATH")]
    pub control_socket: Option<PathBuf>,
    /// Stats segment of swerve-switch, whatever the file says.
    #[arg(long, global = true, value_name = "PATH")]
    pub stats: Option<PathBuf>,
    /// How long a process may take to answer [default: 5, or 60 for reload]; for trace, how long to wait for packets
    /// [default: 60].
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what is, or what happened.
    Show(Show),
    /// Take a path out of use without loss, until `undrain`; kept across restarts.
    Drain {
        #[arg(add = ArgValueCompleter::new(complete::paths))]
        path: String,
    },
    /// Put a drained path back to use.
    Undrain {
        #[arg(add = ArgValueCompleter::new(complete::paths))]
        path: String,
    },
    /// Add and delete routes at run time, beside those of the file; kept across restarts.
    Route {
        #[command(subcommand)]
        what: RouteCommand,
    },
    /// The P4 program of the switch: show, load or check one.
    Program {
        #[command(subcommand)]
        what: ProgramCommand,
    },
    /// Tables of the P4 program and their entries.
    Table {
        #[command(subcommand)]
        what: TableCommand,
    },
    /// Show a counter of the P4 program: all cells that counted, or one; of a table with a direct counter, by entry.
    Counter {
        #[arg(add = ArgValueCompleter::new(complete::counters))]
        name: String,
        index: Option<u64>,
        /// Back to zero.
        #[arg(long)]
        reset: bool,
    },
    /// Show a register of the P4 program: all cells but zeros, or one; or write a cell.
    Register {
        #[arg(add = ArgValueCompleter::new(complete::registers))]
        name: String,
        index: Option<u64>,
        value: Option<String>,
    },
    /// Show a meter of the P4 program: all cells with rates, or one; or set rates (RFC 2698), in packets or bytes as
    /// the meter counts.
    Meter(MeterArguments),
    /// Parser value sets of the P4 program.
    Valueset {
        #[command(subcommand)]
        what: ValueSetCommand,
    },
    /// Clone sessions, multicast groups, and members and groups of action profiles.
    Group {
        #[command(subcommand)]
        what: GroupCommand,
    },
    /// Show the next packets on their way through the P4 program: states, tables, actions, changes, and their end.
    ///
    /// The switch forwards them as ever; what is shown is a copy of each, taken through the same program and tables once
    /// more, which counts nothing and writes no register.
    Trace(TraceArguments),
    /// Print the digests that the P4 program sends, and the entries whose idle time-out has passed, as they come:
    /// `digest --follow`.
    Digest {
        /// Only digests of this name.
        #[arg(add = ArgValueCompleter::new(complete::digests))]
        name: Option<String>,
        #[command(flatten)]
        follow: Follow,
        /// End after so many.
        #[arg(long, short = 'n', value_name = "N")]
        count: Option<u64>,
    },
    /// Print what the P4 program says with `log_msg`, and the conditions of `assert` and `assume` that do not hold:
    /// `log --follow`.
    Log {
        #[command(flatten)]
        follow: Follow,
        /// End after so many.
        #[arg(long, short = 'n', value_name = "N")]
        count: Option<u64>,
    },
    /// Packets between the P4 program and its controller: `packet --follow` prints those that it sends to its controller's port,
    /// `packet send` sends it one from there.
    #[command(args_conflicts_with_subcommands = true)]
    Packet {
        #[command(subcommand)]
        what: Option<PacketCommand>,
        #[command(flatten)]
        follow: FollowPackets,
    },
    /// What a failure would do to the routes as they are now; nothing is touched.
    WhatIf {
        #[command(subcommand)]
        what: WhatIfCommand,
    },
    /// Have both processes apply the changed file, or neither.
    Reload,
    /// Judge a file, against this machine too, without touching anything.
    Check { file: PathBuf },
    /// Builds of this command and of both processes, and how these are.
    Version,
    /// Print completions for a shell; they ask the running switch for its names.
    Completions { shell: Shell },
    /// Write the man pages into a directory.
    Man { directory: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum WhatIfCommand {
    /// Which prefixes would move where, which would be lost, and what each path would carry then.
    Fail {
        /// Paths, ports, interfaces, risk groups, regions or providers, which fail together; `srlg:NAME` and the like
        /// when a name could be several.
        #[arg(value_name = "NAME", required = true, num_args = 1.., add = ArgValueCompleter::new(complete::failing))]
        names: Vec<String>,
        /// Also this many of the prefixes that are touched, at most 400.
        #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_PREFIXES)))]
        list: u32,
    },
}

#[derive(Debug, Subcommand)]
pub enum RouteCommand {
    /// Point a prefix to paths: `route add 10.0.0.0/8 via isp1 isp2*3`, or drop it: `... blackhole`, `... unreachable`, `... prohibit`.
    Add {
        /// Replaces an operator's earlier route to it.
        #[arg(value_name = "PREFIX", value_parser = prefix)]
        prefix: IpNet,
        /// `via` and names of paths in the file, each with a weight if it is to have more than one share; or
        /// `blackhole`, `unreachable` or `prohibit`.
        #[arg(value_name = "via PATH[*WEIGHT]...|blackhole|unreachable|prohibit", required = true, num_args = 1.., add = ArgValueCompleter::new(complete::route))]
        to: Vec<String>,
        /// A path for when those do not work, in order; without, other routes to the prefix back it up.
        #[arg(long, value_name = "PATH", add = ArgValueCompleter::new(complete::paths))]
        backup: Vec<String>,
        /// Lower is better; the file's routes have 10 unless they say otherwise, and equals come after this one.
        #[arg(long, default_value_t = 0, value_name = "N")]
        preference: u32,
        /// In this VRF [default: the default one].
        #[arg(long, value_name = "VRF", value_parser = vrf, add = ArgValueCompleter::new(complete::vrfs))]
        vrf: Option<String>,
        /// Another VRF that its paths may leave by.
        #[arg(long, value_name = "VRF", value_parser = vrf, add = ArgValueCompleter::new(complete::vrfs))]
        next_hop_vrf: Option<String>,
    },
    /// Take an operator's route away.
    Delete {
        #[arg(value_name = "PREFIX", value_parser = prefix)]
        prefix: IpNet,
        /// In this VRF [default: the default one].
        #[arg(long, value_name = "VRF", value_parser = vrf, add = ArgValueCompleter::new(complete::vrfs))]
        vrf: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ProgramCommand {
    /// The program that is loaded.
    Show,
    /// Compile a file and put it in place; entries, counters and registers of the same name and type survive.
    Load {
        file: PathBuf,
        #[command(flatten)]
        include: Include,
    },
    /// Compile a file with the switch's compiler, and change nothing.
    Check {
        file: PathBuf,
        #[command(flatten)]
        include: Include,
    },
}

#[derive(Debug, Args)]
pub struct Include {
    /// Where included files are looked for, on the switch's side, after the directory of the file.
    #[arg(short = 'I', value_name = "DIR")]
    pub directories: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Follow {
    /// On and on until Ctrl-C; what happened before nobody has kept.
    #[arg(long, short = 'f', required = true)]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct FollowPackets {
    /// Print packets as they come, until Ctrl-C.
    #[arg(long, short = 'f', required = true)]
    pub follow: bool,
    /// End after so many.
    #[arg(long, short = 'n', value_name = "N")]
    pub count: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub enum PacketCommand {
    /// Send the program a packet as from its controller: `packet send egress_port=3 0200...`.
    Send {
        /// Fields of the program's packet_out header, those that are not named being zero; then the frame in hexadecimal,
        /// without that header, or `-` to read it from standard input.
        #[arg(value_name = "FIELD=VALUE... HEX", required = true, num_args = 1..)]
        words: Vec<String>,
    },
}

/// What an entry is.
#[derive(Debug, Default, Args)]
pub struct EntryWords {
    /// Keys, the action, its arguments. Keys that are not named match anything.
    #[arg(value_name = "KEY=VALUE... ACTION ARG=VALUE...", num_args = 0.., add = ArgValueCompleter::new(complete::entry))]
    pub words: Vec<String>,
    #[command(flatten)]
    pub to: Part,
    /// Larger wins; for tables with ternary, range or optional keys.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub priority: i64,
    /// Seconds without a hit after which the entry is told to be idle (`digest --follow`); for tables with
    /// `support_timeout`.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub idle_timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// All tables.
    List,
    /// A table with its entries.
    Show {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
        /// The most entries to show; 0 for all.
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: usize,
    },
    /// Add an entry: `table add ipv4_lpm dst_addr=10.0.0.0/8 forward port=3`; or those of a file, all or none.
    Add {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
        /// A line for each entry, as it would stand behind the table's name; `-` for standard input. Empty lines and
        /// those that begin with `#` are passed over.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["words", "priority", "idle_timeout", "member", "group"])]
        from: Option<PathBuf>,
        #[command(flatten)]
        entry: EntryWords,
    },
    /// Give an entry another action: `table modify ipv4_lpm dst_addr=10.0.0.0/8 forward port=4`. Its counter stays.
    Modify {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
        /// The entry's number or its keys, the action, its arguments.
        #[arg(value_name = "ID|KEY=VALUE... ACTION ARG=VALUE...", required = true, num_args = 1.., add = ArgValueCompleter::new(complete::entry))]
        words: Vec<String>,
        #[command(flatten)]
        to: Part,
        /// That of the entry; for tables with ternary, range or optional keys.
        #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
        priority: i64,
    },
    /// Delete an entry, by its number or by its keys.
    Delete {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
        #[arg(value_name = "ID|KEY=VALUE...", required = true, num_args = 1.., add = ArgValueCompleter::new(complete::keys))]
        which: Vec<String>,
        #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
        priority: i64,
    },
    /// Set the action for packets that no entry matches.
    SetDefault {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
        #[arg(add = ArgValueCompleter::new(complete::actions))]
        action: String,
        #[arg(value_name = "ARG=VALUE", add = ArgValueCompleter::new(complete::entry))]
        args: Vec<String>,
    },
    /// Back to the default action that the program says.
    ResetDefault {
        #[arg(add = ArgValueCompleter::new(complete::tables))]
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct MeterArguments {
    #[arg(add = ArgValueCompleter::new(complete::meters))]
    pub name: String,
    /// A cell; of a table with a direct meter, the number of an entry. Without it, all.
    pub index: Option<u64>,
    /// Committed information rate, a second: what is within it and its burst is green.
    #[arg(long, value_name = "N", requires_all = ["cbs", "pir", "pbs"])]
    pub cir: Option<u64>,
    /// Committed burst size.
    #[arg(long, value_name = "N", requires = "cir")]
    pub cbs: Option<u64>,
    /// Peak information rate, a second: what is beyond it and its burst is red.
    #[arg(long, value_name = "N", requires = "cir")]
    pub pir: Option<u64>,
    /// Peak burst size.
    #[arg(long, value_name = "N", requires = "cir")]
    pub pbs: Option<u64>,
    /// No rates: all is green.
    #[arg(long, conflicts_with = "cir")]
    pub reset: bool,
}

#[derive(Debug, Subcommand)]
pub enum ValueSetCommand {
    /// A value set with its entries.
    Show {
        #[arg(add = ArgValueCompleter::new(complete::value_sets))]
        name: String,
    },
    /// Add an entry: `valueset add trusted_types 0x0800`, or with the names of its keys where there are several.
    Add {
        #[arg(add = ArgValueCompleter::new(complete::value_sets))]
        name: String,
        #[arg(value_name = "VALUE|KEY=VALUE...", required = true, num_args = 1..)]
        keys: Vec<String>,
    },
    /// Delete an entry, by its keys or its number.
    Delete {
        #[arg(add = ArgValueCompleter::new(complete::value_sets))]
        name: String,
        #[arg(value_name = "VALUE|KEY=VALUE...", required_unless_present = "id", conflicts_with = "id", num_args = 1..)]
        keys: Vec<String>,
        #[arg(long, value_name = "ID")]
        id: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub struct TraceArguments {
    /// End after so many packets.
    #[arg(short = 'n', long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: u32,
    /// Only packets that come in by this port, by name or number.
    #[arg(long, value_name = "PORT", add = ArgValueCompleter::new(complete::ports))]
    pub port: Option<String>,
    /// Only packets from this address or prefix: of the outermost IP header, or of ARP.
    #[arg(long, value_name = "ADDRESS|PREFIX", value_parser = network)]
    pub src: Option<IpNet>,
    /// Only packets to this address or prefix.
    #[arg(long, value_name = "ADDRESS|PREFIX", value_parser = network)]
    pub dst: Option<IpNet>,
}

/// In place of an action, in a table with an action profile.
#[derive(Debug, Default, Args)]
pub struct Part {
    /// A member of the table's action profile, in place of an action.
    #[arg(long, value_name = "ID", conflicts_with = "group")]
    pub member: Option<u32>,
    /// A group of the table's action selector, in place of an action.
    #[arg(long, value_name = "ID")]
    pub group: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// All of them.
    Show,
    /// Set a clone session: where its copies go.
    Clone {
        id: u32,
        #[arg(long)]
        port: Option<u16>,
        #[arg(long, value_name = "ID")]
        multicast: Option<u16>,
        /// `egress_rid` of the copy to the port.
        #[arg(long, default_value_t = 0)]
        replica: u16,
        /// Bytes at which copies are cut.
        #[arg(long, value_name = "BYTES")]
        truncate: Option<u32>,
    },
    CloneDelete {
        id: u32,
    },
    /// Set a multicast group: its ports, each with its replication id if it is not 0.
    Multicast {
        id: u16,
        #[arg(value_name = "PORT[:REPLICA]", required = true, num_args = 1..)]
        ports: Vec<String>,
    },
    MulticastDelete {
        id: u16,
    },
    /// Add or change a member of an action profile.
    Member {
        #[arg(add = ArgValueCompleter::new(complete::profiles))]
        profile: String,
        id: u32,
        action: String,
        #[arg(value_name = "ARG=VALUE")]
        args: Vec<String>,
    },
    MemberDelete {
        #[arg(add = ArgValueCompleter::new(complete::profiles))]
        profile: String,
        id: u32,
    },
    /// Add or change a group of an action selector.
    Members {
        #[arg(add = ArgValueCompleter::new(complete::profiles))]
        profile: String,
        id: u32,
        #[arg(value_name = "MEMBER[*WEIGHT]", required = true, num_args = 1..)]
        members: Vec<String>,
    },
    MembersDelete {
        #[arg(add = ArgValueCompleter::new(complete::profiles))]
        profile: String,
        id: u32,
    },
}

#[derive(Debug, Args)]
pub struct Show {
    #[command(subcommand)]
    pub what: What,
    /// Repeat until Ctrl-C, with rates between two samples [SECONDS: 1 when not given].
    #[arg(long, global = true, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "1", value_parser = seconds)]
    pub watch: Option<Duration>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum What {
    /// Devices, links, queues and their cores, packets, what the device dropped.
    Ports,
    /// Interfaces with addresses and mirrors.
    Interfaces,
    /// Packets, cycles a packet by stage, empty polls, stalls of the workers themselves.
    Workers,
    /// Live or not and why, since when, time until traffic may return.
    Paths,
    /// Primaries, backups, and the paths that new packets take now.
    Groups,
    /// Prefixes with source and group.
    Routes {
        /// A prefix: what is in it and what covers it. An address: the route that forwards to it.
        #[arg(value_name = "PREFIX|ADDRESS", value_parser = target)]
        within: Option<Target>,
        /// Of this VRF [default: the default one].
        #[arg(long, value_name = "VRF", value_parser = vrf, add = ArgValueCompleter::new(complete::vrfs))]
        vrf: Option<String>,
        /// The most routes to show; 0 for all.
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: usize,
    },
    /// All that was said of prefixes: every candidate, which is the best and why, its backups and their proofs.
    Rib {
        /// A prefix: the longest that covers it, and what is in it. An address: the longest that covers it.
        #[arg(value_name = "PREFIX|ADDRESS", value_parser = target)]
        within: Option<Target>,
        /// Of this VRF [default: the default one].
        #[arg(long, value_name = "VRF", value_parser = vrf, add = ArgValueCompleter::new(complete::vrfs))]
        vrf: Option<String>,
        /// The most prefixes to show; 0 for all.
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: usize,
    },
    /// How many prefixes, and how much of what is carried, survive the loss of any one path, by path, and why the others
    /// do not.
    Coverage,
    /// Routing daemons that routes are learned from: states, rates, what waits, what was refused.
    Peers,
    /// Layer-2 addresses: reachable, kept, or unresolved.
    Neighbors,
    /// Sessions with states, timers, diagnostics and counters; discarded packets by reason.
    Bfd,
    /// Dropped packets by reason.
    Drops {
        /// Also the reasons that never occurred.
        #[arg(long)]
        all: bool,
    },
    /// Every repair as a chain of instants, newest first.
    Failovers {
        /// The most failovers to show; 0 for all that are kept.
        #[arg(long, default_value_t = 10, value_name = "N")]
        last: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Prefix(IpNet),
    Address(IpAddr),
}

/// The default one may be named as well.
fn vrf(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a VRF has a name".to_owned()) } else { Ok(text.to_owned()) }
}

fn target(text: &str) -> Result<Target, String> {
    if let Ok(address) = text.parse() {
        return Ok(Target::Address(address));
    }
    if text.parse::<IpNet>().is_err() {
        return Err("write a prefix such as 10.0.0.0/8 or 2001:db8::/32, or an address".into());
    }
    prefix(text).map(Target::Prefix)
}

/// A prefix, or an address as one that holds nothing else.
fn network(text: &str) -> Result<IpNet, String> {
    match target(text)? {
        Target::Prefix(prefix) => Ok(prefix),
        Target::Address(address) => Ok(address.into()),
    }
}

fn prefix(text: &str) -> Result<IpNet, String> {
    let prefix: IpNet =
        text.parse().map_err(|_| "write a prefix such as 10.0.0.0/8 or 2001:db8::/32".to_owned())?;
    if prefix.trunc() != prefix {
        return Err(format!("there are bits beyond its length; the prefix is {}", prefix.trunc()));
    }
    Ok(prefix)
}

/// What a route is to do, from the words behind its prefix.
pub fn route_target(to: &[String], backup: Vec<String>) -> Result<api::control::Target, String> {
    use api::control::Target;
    let words: Vec<&str> = to.iter().map(String::as_str).collect();
    let target = match words[..] {
        ["via", first, ..] if !first.is_empty() => {
            let via = words[1..].iter().map(|word| member(word)).collect::<Result<_, _>>()?;
            return Ok(Target::Paths { via, backup });
        }
        ["blackhole"] => Target::Blackhole,
        ["unreachable"] => Target::Unreachable,
        ["prohibit"] => Target::Prohibit,
        _ => {
            return Err(format!(
                "`{}` is no way for a route: write `via PATH...`, `blackhole`, `unreachable` or `prohibit`",
                words.join(" ")
            ));
        }
    };
    if backup.is_empty() { Ok(target) } else { Err("what is dropped needs no --backup".into()) }
}

/// A path's name, with its weight behind a star.
fn member(word: &str) -> Result<(String, u16), String> {
    let Some((name, weight)) = word.split_once('*') else { return Ok((word.to_owned(), 1)) };
    match weight.parse() {
        Ok(weight) if weight > 0 => Ok((name.to_owned(), weight)),
        _ => Err(format!("`{weight}` is no weight: write 1 to 65535, such as {name}*2")),
    }
}

/// A day is longer than anybody watches or waits, and far from what a timer cannot hold.
const MAX_SECONDS: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = text.parse().map_err(|_| "write a number of seconds, such as 2 or 0.5".to_owned())?;
    if !(0.01..=MAX_SECONDS).contains(&value) {
        return Err("it must be between 0.01 and 86400".into());
    }
    Ok(Duration::from_secs_f64(value))
}
