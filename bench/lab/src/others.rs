//! Other routers in swerve's place, on the same network and under the same cut: FRR and BIRD over the kernel, and Open
//! vSwitch with one group. Their providers are FRR, with bfdd at 10 ms x 3, as swerve's are.

use crate::bench::{SILENT, resident};
use crate::bgp;
use crate::clock::MS;
use crate::kind::Kind;
use crate::lab::{Interrupted, Lab, Options};
use crate::ledger::Via;
use crate::lock::RUN;
use crate::netns::{run, within};
use crate::process::Spec;
use crate::swerve::{CONTROL, SWITCH};
use crate::topology::{self, Isp, LAN, SWERVE};
use anyhow::{Context, Result};
use figures::{Bound, Figure, median};
use std::path::Path;

const RUNS: usize = 3;
/// Until every session has the timers that it was given.
const SETTLED_MS: u64 = 5_000;
/// The number of Open vSwitch's port to the LAN; providers have their own numbers.
const LAN_PORT: u32 = 3;
/// A packet that took longer than this is lost.
const OVERDUE: u64 = 100 * MS;
/// Before a cut that belongs to it, for the lab learns of the cut only when the command is back.
const BEFORE: u64 = 20 * MS;

/// Names of figures that this measures, and in which network.
pub const FIGURES: [(&str, Kind); 4] = [
    ("swerve_frr_100k", Kind::Full),
    ("frr_kernel_100k", Kind::Frr),
    ("bird_kernel_100k", Kind::Bird),
    ("ovs_group", Kind::Ovs),
];

/// Starts what stands in swerve's place, and says what it is.
pub fn start(lab: &mut Lab) -> Result<&'static str> {
    match lab.kind {
        Kind::Frr => {
            topology::kernel_forwards(lab.plan)?;
            let edge = lab.edge.clone().context("no FRR")?;
            lab.start_router(&edge)?;
            Ok("FRR over the kernel")
        }
        Kind::Bird => {
            topology::kernel_forwards(lab.plan)?;
            bird(lab)?;
            Ok("BIRD over the kernel")
        }
        Kind::Ovs => {
            ovs(lab)?;
            Ok("Open vSwitch")
        }
        Kind::Static | Kind::Bgp | Kind::Igp(_) | Kind::Feed | Kind::Full => {
            unreachable!("swerve is between")
        }
    }
}

fn spawn(lab: &mut Lab, name: &str, precedence: &[&str], program: &str, args: Vec<String>) -> Result<()> {
    let cores = lab.all_cores.clone();
    let program = Path::new(program);
    let spec = Spec { name, namespace: SWERVE, program, args, cores: &cores, precedence };
    lab.processes.start(&spec).map(drop)
}

/// What configs/frr/frr.conf says, in BIRD's words.
fn bird_configuration(isps: &[Isp; 2], lan_net: &str) -> String {
    let mut text = format!(
        "log stderr {{ warning, error, fatal, bug }};\nrouter id 192.0.2.1;\n\
         protocol device {{ scan time 60; }}\n\
         protocol kernel {{ scan time 600; ipv4 {{ import none; export where source = RTS_BGP; }}; }}\n\
         protocol static own {{ ipv4; route {lan_net} blackhole; }}\n\
         protocol bfd {{ interface \"p-*\" {{ interval 10 ms; multiplier 3; }}; }}\n"
    );
    for isp in isps {
        let preference = 300 - 100 * isp.number;
        text += &format!(
            "protocol bgp {} {{\n local {} as 65000;\n neighbor {} as {};\n direct;\n bfd on;\n \
             connect delay time 1;\n connect retry time 1;\n error wait time 1, 2;\n \
             ipv4 {{ import filter {{ bgp_local_pref = {preference}; accept; }}; export where proto = \"own\"; }};\n}}\n",
            isp.name,
            isp.swerve,
            isp.router,
            crate::kind::as_number(isp.number),
        );
    }
    text
}

fn bird(lab: &mut Lab) -> Result<()> {
    let at = |name: &str| Path::new(RUN).join(name).display().to_string();
    let file = at("bird.conf");
    std::fs::write(&file, bird_configuration(&lab.plan.isps, lab.plan.lan_net)).context("bird.conf")?;
    let args = ["-f", "-c", &file, "-s", &at("bird.ctl"), "-P", &at("bird.pid")];
    spawn(lab, "bird", &[], "/usr/sbin/bird", args.map(str::to_owned).into())
}

/// Two processes, a bridge of the three ports in user space, and one group that is watched by BFD.
fn ovs(lab: &mut Lab) -> Result<()> {
    let directory = Path::new(RUN).join("ovs");
    std::fs::create_dir_all(&directory)?;
    let at = |name: &str| directory.join(name).display().to_string();
    run(&["ovsdb-tool", "create", &at("db"), "/usr/share/openvswitch/vswitch.ovsschema"])?;
    // Sockets and pid files that have no option of their own go there.
    let place = format!("OVS_RUNDIR={}", directory.display());
    let first = ["env", place.as_str()];
    let (socket, remote) = (format!("unix:{}", at("db.sock")), format!("--remote=punix:{}", at("db.sock")));
    spawn(lab, "ovsdb-server", &first, "/usr/sbin/ovsdb-server", vec![remote, at("db")])?;
    lab.wait("ovsdb-server to listen", 5, &["ovsdb-server"], |_| Ok(directory.join("db.sock").exists()))?;
    let args = vec!["--disable-system".to_owned(), socket.clone()];
    spawn(lab, "ovs-vswitchd", &first, "/usr/sbin/ovs-vswitchd", args)?;
    let database = format!("--db={socket}");
    let vsctl = |words: &str| {
        let words = words.split_whitespace();
        let argv: Vec<&str> =
            ["ovs-vsctl", "--timeout=10", database.as_str()].into_iter().chain(words).collect();
        within(SWERVE, || run(&argv))
    };
    let plan = lab.plan;
    let (lan, host) = (topology::mac(SWERVE, "p-lan")?, topology::mac(LAN, "lan")?);
    vsctl(&format!(
        "-- add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow13 \
         -- add-port br0 p-lan -- set interface p-lan ofport_request={LAN_PORT}"
    ))?;
    topology::neighbor(LAN, "lan", plan.lan_gateway, &lan)?;
    let (mut group, mut flows) = ("group_id=1,type=fast_failover".to_owned(), Vec::new());
    flows.push(format!("in_port={LAN_PORT},ip,actions=group:1"));
    for Isp { name, namespace, number, swerve, router, .. } in &plan.isps {
        let port = format!("p-{name}");
        let (ours, theirs) = (topology::mac(SWERVE, &port)?, topology::mac(namespace, "swerve")?);
        vsctl(&format!(
            "-- add-port br0 {port} -- set interface {port} ofport_request={number} bfd:enable=true \
             bfd:min_rx=10 bfd:min_tx=10 bfd:bfd_src_ip={swerve} bfd:bfd_dst_ip={router} \
             bfd:bfd_local_src_mac=\"{ours}\" bfd:bfd_local_dst_mac=\"{theirs}\" bfd:bfd_remote_dst_mac=\"{ours}\""
        ))?;
        // It answers no ARP.
        topology::neighbor(namespace, "swerve", swerve, &ours)?;
        group += &format!(
            ",bucket=watch_port:{number},actions=set_field:{ours}->eth_src,set_field:{theirs}->eth_dst,\
             dec_ttl,output:{number}"
        );
        flows.push(format!(
            "in_port={number},ip,actions=set_field:{lan}->eth_src,set_field:{host}->eth_dst,dec_ttl,\
             output:{LAN_PORT}"
        ));
    }
    let bridge = format!("unix:{}", at("br0.mgmt"));
    let ofctl = |verb: &str, words: &str| run(&["ovs-ofctl", "-O", "OpenFlow13", verb, &bridge, words]);
    ofctl("add-group", &group)?;
    flows.iter().try_for_each(|flow| ofctl("add-flow", flow).map(drop))
}

/// Resident memory of every process between the LAN and the providers, in MB.
fn memory(lab: &Lab) -> Vec<(&'static str, f64)> {
    let names: &[&str] = match lab.kind {
        Kind::Full => &[SWITCH, CONTROL, "edge-zebra", "edge-bgpd", "edge-bfdd", "edge-staticd"],
        Kind::Frr => &["edge-zebra", "edge-bgpd", "edge-bfdd", "edge-staticd"],
        Kind::Bird => &["bird"],
        Kind::Ovs => &["ovs-vswitchd", "ovsdb-server"],
        Kind::Static | Kind::Bgp | Kind::Igp(_) | Kind::Feed => &[],
    };
    names.iter().filter_map(|name| Some((*name, resident(lab, name).ok()?))).collect()
}

/// The outage of one cut, in ms.
#[derive(Clone, Copy, Debug)]
struct Outage {
    /// From the first packet lost to the first that came by the other provider.
    first: f64,
    /// Packets lost over their rate: that of the mean prefix.
    mean: f64,
    /// To the first packet after the last one lost.
    last: f64,
}

/// Cuts the first provider silently, waits until all is on the second, and mends it.
fn cut(lab: &mut Lab) -> Result<Outage> {
    // A BFD session begins at a packet a second, also the one that came back after the last cut.
    lab.settle(SETTLED_MS)?;
    lab.console.begin("silent cut");
    lab.live(2)?;
    steady(lab, 1)?;
    let before = lab.clock.now() - BEFORE;
    topology::cut(lab.isp(1))?;
    steady(lab, 2)?;
    let from = lab.there.first_sent_since(before);
    let to = lab.there.first_sent_since(lab.clock.now() - OVERDUE);
    let ms = |sequence: u64| lab.there.sent_at(sequence) as f64 / 1e6;
    let lost = (from..to).find(|sequence| lab.there.arrival(*sequence).is_none());
    let lost = lost.context("the cut cost nothing: it did not cut")?;
    let moved = lab.there.first_via(from..to, 2).context("nothing came by isp2")?;
    let outage = Outage {
        first: ms(moved) - ms(lost),
        mean: lab.there.outage_us(lab.there.lost(from..to)) / 1e3,
        last: lab.there.span_us(from..to) / 1e3,
    };
    // A last prefix that is far behind the mean one: was it the router or the machine?
    let stall = lab.stall(&(before..lab.clock.now()));
    lab.console.end(&format!(
        "first {:.1} ms, mean {:.1}, last {:.1}; longest stall {:.1}",
        outage.first,
        outage.mean,
        outage.last,
        stall.machine.max(stall.worker) / 1e3
    ));
    lab.console.begin("reversion");
    topology::heal(lab.isp(1))?;
    steady(lab, 1)?;
    if lab.kind == Kind::Full {
        bgp::learned(lab)?;
    }
    lab.console.end("all over isp1 again");
    Ok(outage)
}

/// A table that is learned again takes routers of this kind seconds: they get a minute.
fn steady(lab: &mut Lab, via: Via) -> Result<()> {
    lab.steady_within(via, 90)
}

/// All of them, or what is named, one after the other. What cannot be measured is a missed figure.
pub fn all(options: &Options, only: Option<&str>) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, kind) in FIGURES.into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        println!("--- {name}");
        match measure(options, name, kind) {
            Ok(figure) => figures.push(figure),
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                let why = error.to_string();
                let why = why.lines().next().unwrap_or_default();
                figures.push(Figure::new(name, "ms", &[], Bound::None).with("why", why).require(false));
            }
        }
    }
    Ok(figures)
}

fn measure(options: &Options, name: &'static str, kind: Kind) -> Result<Figure> {
    let mut lab = Lab::up(options, kind)?;
    lab.spread.over(0..kind.table().max(1));
    let mut outages = Vec::new();
    for _ in 0..RUNS {
        outages.push(cut(&mut lab)?);
    }
    lab.trustworthy()?;
    let of = |part: fn(&Outage) -> f64| outages.iter().map(part).collect::<Vec<f64>>();
    // swerve's bound is that of its own feed.
    let limit = if kind == Kind::Full { SILENT } else { Bound::None };
    let mut figure = Figure::new(name, "ms", &of(|outage| outage.last), limit)
        .number("first_ms", median(&of(|outage| outage.first)))
        .number("mean_ms", median(&of(|outage| outage.mean)));
    if let Some(converged) = lab.converged_s {
        figure = figure.number("converge_s", converged);
    }
    for (process, megabytes) in memory(&lab) {
        let process = process.trim_start_matches("edge-").replace('-', "_");
        figure = figure.number(&format!("{process}_mb"), megabytes);
    }
    Ok(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::BGP;

    #[test]
    fn bird_understands_its_configuration_and_prefers_the_first_provider() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("bird.conf");
        let text = bird_configuration(&BGP.isps, BGP.lan_net);
        std::fs::write(&file, &text).unwrap();
        run(&["/usr/sbin/bird", "-p", "-c", &file.display().to_string()]).unwrap();
        let (first, second) = text.split_once("protocol bgp isp2").unwrap();
        assert!(first.contains("bgp_local_pref = 200") && second.contains("bgp_local_pref = 100"));
        std::fs::write(&file, text.replace("neighbor", "neighbour")).unwrap();
        assert!(run(&["/usr/sbin/bird", "-p", "-c", &file.display().to_string()]).is_err());
    }
}
