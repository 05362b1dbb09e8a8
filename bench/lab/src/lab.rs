//! A lab that is up: network, routers, swerve, traffic; and its end, which is the same however it comes.

use crate::bgp;
use crate::clock::{Clock, MS};
use crate::console::Console;
use crate::event::Stall;
use crate::frr::Router;
use crate::igp;
use crate::kind::Kind;
use crate::ledger::{Ledger, Via};
use crate::lock::{self, Lock};
use crate::netns;
use crate::observe::{Failovers, WorkerStalls};
use crate::others;
use crate::process::Processes;
use crate::spread::Spread;
use crate::stalls::Stalls;
use crate::swerve::{CONTROL, SWITCH, Swerve};
use crate::task::{self, Task};
use crate::tcp::Transfer;
use crate::topology::{self, Isp, LAN, Plan, SERVER, SERVER_HOST, SERVER_HOST6};
use crate::traffic::{self, Ends};
use crate::wayback::WayBack;
use anyhow::{Context, Result, anyhow, bail};
use api::show;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Packets of the forward flow that are remembered: 200 s at the default rate.
const REMEMBERED: usize = 1 << 22;
/// The way back is shown, not bound: half a millisecond is fine enough, and costs little.
const BACK_RATE: u64 = 2_000;
/// A packet that took longer than this is lost.
const OVERDUE: u64 = 100 * MS;
const POLL: Duration = Duration::from_millis(5);
/// Between two questions while something is measured on the core that has to answer them.
pub const SELDOM: Duration = Duration::from_millis(50);

/// Somebody wants the lab to end.
#[derive(Debug, Clone, Copy)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// What can be chosen.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Where swerve-switch, swerve-control and swervectl are [default: beside this program]
    #[arg(long)]
    pub bin_dir: Option<PathBuf>,
    /// swerve's configuration; its sockets and state are moved into the lab [default: the one in `configs`]
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Where summary.json, timeline.svg and the logs go [default: `lab`, `lab-bgp`, ... beside the build profile's directory]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Packets a second from the LAN host to the server
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1_000..=200_000))]
    pub rate: u64,
}

impl Options {
    fn beside(up: usize) -> Result<PathBuf> {
        let program = std::env::current_exe()?;
        let directory = program.ancestors().nth(up).context("this program has no directory")?;
        Ok(directory.to_owned())
    }

    pub fn out(&self, kind: Kind) -> Result<PathBuf> {
        self.out.clone().map_or_else(|| Ok(Options::beside(2)?.join(kind.out())), Ok)
    }

    fn binaries(&self) -> Result<PathBuf> {
        self.bin_dir.clone().map_or_else(|| Options::beside(1), Ok)
    }
}

/// All of it. Dropping it leaves the machine as it was.
#[derive(Debug)]
pub struct Lab {
    pub clock: Clock,
    pub console: Console,
    pub processes: Processes,
    pub swerve: Swerve,
    pub kind: Kind,
    pub plan: &'static Plan,
    /// The providers' FRR, in the order of the plan.
    pub providers: Vec<Router>,
    /// FRR above swerve, where there is one.
    pub edge: Option<Router>,
    /// From the start of what was started last of the router under test to all of the table being forwarded; where daemons
    /// bring it.
    pub converged_s: Option<f64>,
    /// Cores of everything but the workers, as `taskset` writes them.
    pub cores: String,
    pub there: Arc<Ledger>,
    /// Where the packets of `there` go.
    pub spread: Arc<Spread>,
    pub back: Arc<Ledger>,
    stalls: Stalls,
    flows: Vec<Task>,
    transfer: Option<Transfer>,
    way_back: Option<WayBack>,
    observed: Option<(Failovers, WorkerStalls)>,
    pub all_cores: String,
    /// Cores that this process had before.
    allowed: Vec<usize>,
    stop: Arc<AtomicBool>,
    _lock: Lock,
}

fn list(cores: &[usize]) -> String {
    cores.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

impl Lab {
    /// Takes the lock, removes what a dead lab left, and brings everything up.
    pub fn up(options: &Options, kind: Kind) -> Result<Lab> {
        let lock = lock::take()?;
        for left in lock::sweep(&lock)? {
            println!("removed what a dead lab left: {left}");
        }
        let allowed = task::cores()?;
        let config = options.config.clone().unwrap_or_else(|| kind.example());
        let mut swerve = Swerve::new(&options.binaries()?, (&config, kind.more()), &allowed)?;
        if kind == Kind::Bgp {
            swerve.shorten_holds()?;
        }
        if let Kind::Igp(igp) = kind {
            swerve.set_lfa(igp.source())?;
        }
        let workers = swerve.worker_cores();
        let own: Vec<usize> = allowed.iter().copied().filter(|core| !workers.contains(core)).collect();
        if own.is_empty() || workers.iter().any(|core| !allowed.contains(core)) {
            bail!("swerve's workers want cores {workers:?} of {allowed:?}; the lab needs one beside them");
        }
        task::pin(&own)?;
        let clock = Clock::start();
        let mut lab = Lab {
            clock,
            console: Console::new(clock),
            processes: Processes::new(options.out(kind)?.join(kind.logs()))?,
            swerve,
            kind,
            plan: kind.plan(),
            providers: kind.providers()?,
            edge: kind.edge()?,
            converged_s: None,
            cores: list(&own),
            spread: Arc::default(),
            there: Arc::new(Ledger::new(options.rate, REMEMBERED)),
            back: Arc::new(Ledger::new(BACK_RATE, REMEMBERED / 8)),
            stalls: Stalls::watch(&own, clock)?,
            flows: Vec::new(),
            transfer: None,
            way_back: None,
            observed: None,
            all_cores: list(&allowed),
            allowed,
            stop: Arc::new(AtomicBool::new(false)),
            _lock: lock,
        };
        for signal in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&lab.stop))?;
        }
        lab.network()?;
        lab.daemons()?;
        lab.reachable()?;
        lab.traffic()?;
        Ok(lab)
    }

    fn network(&mut self) -> Result<()> {
        self.console.begin("network");
        topology::build(self.plan)?;
        if self.kind.is_spread() {
            topology::server_is_everything(self.plan)?;
        }
        self.console.end("7 namespaces, 7 wires, offloads off");
        Ok(())
    }

    fn daemons(&mut self) -> Result<()> {
        self.console.begin("processes");
        if !self.kind.has_swerve() {
            return self.others();
        }
        self.swerve.write_config()?;
        let cores = self.all_cores.clone();
        self.swerve.start(&mut self.processes, SWITCH, &cores)?;
        for router in self.providers.clone() {
            self.start_router(&router)?;
        }
        self.wait("swerve-switch to answer", 20, &[SWITCH], |lab| lab.swerve.connect().map(|_| true))?;
        let stats = &self.swerve.stats;
        self.observed = Some((Failovers::open(stats)?, WorkerStalls::watch(stats, self.clock)?));
        self.start_control()?;
        // The mirror interfaces are there by now.
        if let Some(edge) = self.edge.clone() {
            let since = self.clock.now();
            self.start_router(&edge)?;
            self.converge(since)?;
            self.console.end("FRR on both providers, swerve-switch, swerve-control, FRR above it");
        } else {
            self.console.end("FRR on both providers, swerve-switch, swerve-control");
        }
        Ok(())
    }

    /// Providers, and another router than swerve.
    fn others(&mut self) -> Result<()> {
        std::fs::create_dir_all(lock::RUN)?;
        for router in self.providers.clone() {
            self.start_router(&router)?;
        }
        let since = self.clock.now();
        let what = others::start(self)?;
        self.converge(since)?;
        self.console.end(&format!("FRR on both providers, {what} between"));
        Ok(())
    }

    /// Waits for a table that real daemons bring.
    fn converge(&mut self, since: u64) -> Result<()> {
        if !self.kind.is_spread() || self.kind.table() == 0 {
            return Ok(());
        }
        let wanted = u64::from(self.kind.table());
        self.wait(&format!("{wanted} routes to be forwarded"), 180, &["edge-bgpd", "edge-zebra"], |lab| {
            std::thread::sleep(SELDOM);
            let routes = match lab.kind.has_swerve() {
                true => lab.swerve.connect()?.status()?.routes_v4,
                false => topology::kernel_routes()?,
            };
            if routes >= wanted { Ok(true) } else { Err(anyhow!("there are {routes}")) }
        })?;
        self.converged_s = Some((self.clock.now() - since) as f64 / 1e9);
        Ok(())
    }

    /// The provider of a way, counted from 1.
    pub fn isp(&self, via: Via) -> &'static Isp {
        &self.plan.isps[usize::from(via) - 1]
    }

    pub fn start_router(&mut self, router: &Router) -> Result<()> {
        router.programs.iter().try_for_each(|program| self.start_daemon(router, program))
    }

    /// Starts one of a router's daemons and configures it.
    pub fn start_daemon(&mut self, router: &Router, program: &'static str) -> Result<()> {
        // What stands in swerve's place may have every core.
        let cores = match self.kind.has_swerve() || router.name != "edge" {
            true => self.cores.clone(),
            false => self.all_cores.clone(),
        };
        router.start(&mut self.processes, program, &cores)?;
        let log = router.log(program);
        self.wait(&format!("{log} to take commands"), 10, &[&log], |_| router.vty(program).map(|_| true))?;
        router.load(program)
    }

    /// Starts swerve-control and waits until it has told the switch everything.
    pub fn start_control(&mut self) -> Result<()> {
        let cores = self.cores.clone();
        self.swerve.start(&mut self.processes, CONTROL, &cores)?;
        self.wait("swerve-control to reach the switch", 10, &[CONTROL, SWITCH], |lab| {
            lab.swerve.connect()?.control_connected()
        })
    }

    fn reachable(&mut self) -> Result<()> {
        self.console.begin("reachability");
        for (isp, router) in self.plan.isps.iter().zip(self.providers.clone()) {
            let bfdd = router.log("bfdd");
            self.wait(&format!("the BFD session with {}", isp.name), 20, &[&bfdd, SWITCH, CONTROL], |lab| {
                let live = |lab: &Lab| is_live(&lab.swerve.connect()?.paths()?, isp.name);
                Ok(router.vty("bfdd")?.session_up(isp.swerve)? && (!lab.kind.has_swerve() || live(lab)?))
            })?;
        }
        let addresses: &[&str] = match self.kind {
            Kind::Static | Kind::Feed => &[SERVER_HOST, SERVER_HOST6],
            Kind::Bgp | Kind::Full => {
                bgp::learned(self)?;
                &[SERVER_HOST]
            }
            Kind::Frr | Kind::Bird | Kind::Ovs => &[SERVER_HOST],
            Kind::Igp(_) => {
                igp::learned(self)?;
                &[SERVER_HOST]
            }
        };
        for address in addresses {
            self.wait(&format!("ping from the LAN host to {address}"), 10, &[SWITCH, CONTROL], |_| {
                ping(address)
            })?;
        }
        self.console.end(match self.kind {
            Kind::Static | Kind::Feed => {
                "BFD up with both providers; the LAN host pings the server over IPv4 and IPv6"
            }
            Kind::Bgp | Kind::Full | Kind::Frr | Kind::Bird => {
                "BGP and BFD up with both providers; the LAN host pings the server"
            }
            Kind::Ovs => "BFD up with both providers; the LAN host pings the server",
            Kind::Igp(_) => {
                "the IGP and BFD up with both routers, an alternate known; the LAN host pings the server"
            }
        });
        Ok(())
    }

    fn traffic(&mut self) -> Result<()> {
        self.way_back = Some(self.watch_way_back()?);
        let lan_host = self.plan.lan_host;
        let (lan, server) = (format!("{lan_host}:9000").parse()?, format!("{SERVER_HOST}:9000").parse()?);
        let there = Ends {
            from: (LAN, lan),
            to: (SERVER, server),
            ways: &["isp1", "isp2"],
            spread: Arc::clone(&self.spread),
        };
        let (lan, server) = (format!("{lan_host}:9001").parse()?, format!("{SERVER_HOST}:9001").parse()?);
        let back = Ends { from: (SERVER, server), to: (LAN, lan), ways: &["lan"], spread: Arc::default() };
        self.flows.extend(traffic::start(["UDP sender", "UDP receiver"], &there, &self.there, self.clock)?);
        self.flows.extend(traffic::start(
            ["UDP sender of the way back", "UDP receiver of the way back"],
            &back,
            &self.back,
            self.clock,
        )?);
        self.transfer = Some(Transfer::start(self.clock)?);
        Ok(())
    }

    fn watch_way_back(&self) -> Result<WayBack> {
        let (isp1, mut bfdd) = (self.isp(1), self.providers[0].vty("bfdd")?);
        // An IGP gives the session up together with the neighbor.
        let may_be_gone = matches!(self.kind, Kind::Igp(_));
        WayBack::watch(self.plan, self.clock, move || {
            let up = bfdd.session_up(isp1.swerve);
            if may_be_gone { Ok(up.unwrap_or(false)) } else { up }
        })
    }

    /// Looks every few milliseconds until `done`; an error is a "not yet" that the message at the limit repeats.
    pub fn wait(
        &mut self,
        what: &str,
        limit_s: u64,
        logs: &[&str],
        mut done: impl FnMut(&mut Lab) -> Result<bool>,
    ) -> Result<()> {
        self.console.doing(&format!("waiting for {what}"));
        let deadline = self.clock.now() + limit_s * 1000 * MS;
        loop {
            let state = done(self);
            if matches!(state, Ok(true)) {
                return Ok(());
            }
            self.check()?;
            if self.clock.now() > deadline {
                let tails: String = logs.iter().map(|log| self.processes.tail(log, 15)).collect();
                let reason = state.err().map_or_else(String::new, |error| format!(" ({error:#})"));
                bail!("waited {limit_s} s in vain for {what}{reason}\n{tails}");
            }
            std::thread::sleep(POLL);
        }
    }

    /// Fails when the lab was told to stop or a part of it has ended.
    pub fn check(&mut self) -> Result<()> {
        if self.stop.load(Relaxed) {
            return Err(Interrupted.into());
        }
        if let Some((name, status)) = self.processes.ended() {
            bail!("{name} ended: {status}\n{}", self.processes.tail(&name, 30));
        }
        self.check_traffic()
    }

    /// Does what systemd would: starts swerve-control again when somebody ends it. Anything else is an error.
    pub fn keep_up(&mut self) -> Result<()> {
        if let Some((name, status)) = self.processes.ended()
            && name == CONTROL
        {
            self.processes.kill(CONTROL)?;
            eprintln!("\r{name} ended ({status}) and is started again");
            self.start_control()?;
        }
        self.check()
    }

    fn check_traffic(&mut self) -> Result<()> {
        if let Some(ended) = self.flows.iter().position(Task::ended) {
            return self.flows.remove(ended).stop().and(Err(anyhow!("a flow ended")));
        }
        if let Some(transfer) = self.transfer.take_if(|transfer| transfer.ended()) {
            return transfer.finish().and(Err(anyhow!("the TCP transfer ended too early")));
        }
        if let Some(way_back) = self.way_back.take_if(|way_back| way_back.ended()) {
            return way_back.stop().and(Err(anyhow!("the watcher of isp1 ended")));
        }
        Ok(())
    }

    /// Waits until the switch says that the path by this provider is live; other routers need not say so. Packets may go by one
    /// that is not, where no other would take them, and its loss is none to the switch then.
    pub fn live(&mut self, via: Via) -> Result<()> {
        if !self.kind.has_swerve() {
            return Ok(());
        }
        let name = topology::way_name(via);
        self.wait(&format!("the path by {name} to be live"), 30, &["edge-bfdd", SWITCH, CONTROL], |lab| {
            is_live(&lab.swerve.connect()?.paths()?, name)
        })
    }

    /// Waits until every packet of the last 300 ms that should have arrived has done so, all by this way, and by a live path.
    pub fn steady(&mut self, via: Via) -> Result<()> {
        self.steady_within(via, 20)
    }

    /// The same with another limit.
    pub fn steady_within(&mut self, via: Via, limit_s: u64) -> Result<()> {
        self.live(via)?;
        let name = topology::way_name(via);
        self.wait(&format!("steady traffic over {name}"), limit_s, &[SWITCH, CONTROL], |lab| {
            let now = lab.clock.now();
            let from = lab.there.first_sent_since(now.saturating_sub(300 * MS + OVERDUE));
            let to = lab.there.first_sent_since(now.saturating_sub(OVERDUE));
            let whole = to - from >= lab.there.rate * 300 / 1000 * 95 / 100;
            Ok(whole && (from..to).all(|n| lab.there.arrival(n).is_some_and(|(_, by)| by == via)))
        })
    }

    /// Waits until it is certain of every packet sent in the next `ms` milliseconds whether it is lost: younger ones
    /// have arrived. Returns the ends of the two flows' ranges.
    pub fn settle(&mut self, ms: u64) -> Result<(u64, u64)> {
        let until = self.clock.now() + ms * MS;
        let over = |ledger: &Ledger| ledger.first_sent_since(until);
        self.wait("younger packets in both directions", 20, &[SWITCH], |lab| {
            let past = |ledger: &Ledger| {
                let younger = over(ledger) + ledger.rate * OVERDUE / 1_000_000_000;
                lab.clock.now() > until + OVERDUE && ledger.newest().0 >= younger
            };
            Ok(past(&lab.there) && past(&lab.back))
        })?;
        Ok((over(&self.there), over(&self.back)))
    }

    pub fn failovers(&self) -> Result<&Failovers> {
        self.observed.as_ref().map(|(failovers, _)| failovers).context("the stats segment is not open")
    }

    /// The longest stalls in this time.
    pub fn stall(&self, during: &Range<u64>) -> Stall {
        let worker = self.observed.as_ref().map_or(0, |(_, stalls)| stalls.longest(during));
        Stall { machine: self.stalls.longest(during) as f64 / 1e3, worker: worker as f64 / 1e3 }
    }

    pub fn way_back(&self) -> Result<&WayBack> {
        self.way_back.as_ref().context("the way back is not watched")
    }

    /// Ends the TCP transfer and says what came of it.
    pub fn finish_transfer(&mut self) -> Result<crate::tcp::Outcome> {
        self.transfer.take().context("there is no TCP transfer")?.finish()
    }

    /// Figures are worth nothing if the lab's own hosts lost or refused packets.
    pub fn trustworthy(&self) -> Result<()> {
        for ledger in [&self.there, &self.back] {
            let refused = ledger.refused.load(Relaxed);
            let overflowed = ledger.overflowed.load(Relaxed);
            if refused + overflowed > 0 {
                bail!(
                    "the measurement is void: its own host refused {refused} packets, its receiver had no room for {overflowed}"
                );
            }
        }
        Ok(())
    }

    fn down(&mut self) -> Result<()> {
        self.transfer = None;
        self.way_back = None;
        self.flows.clear();
        self.observed = None;
        self.processes.stop_all();
        task::pin(&self.allowed)?;
        netns::remove_all()?;
        if Path::new(lock::RUN).exists() {
            std::fs::remove_dir_all(lock::RUN)?;
        }
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.down() {
            eprintln!("cleaning up: {error:#}; `swerve-lab clean` tries again");
        }
    }
}

/// # Errors
/// Why it is not.
fn is_live(paths: &[show::Path], name: &str) -> Result<bool> {
    let path = paths.iter().find(|path| path.name == name);
    let path = path.with_context(|| format!("the switch has no path {name}"))?;
    if path.live {
        return Ok(true);
    }
    let left = path.restore_in_s.map_or_else(String::new, |left| format!(", {left:.1} s to go"));
    bail!("it is not, for {:.1} s: {}{left}", path.since_s, path.causes.join(", "))
}

fn ping(address: &str) -> Result<bool> {
    netns::within(LAN, || netns::run(&["ping", "-n", "-c", "1", "-W", "1", address])).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_waits_is_not_live_and_the_error_says_what_for() {
        let path = |name: &str, causes: &[&str], restore_in_s| show::Path {
            name: name.to_owned(),
            interface: name.to_owned(),
            next_hop: "203.0.113.1".parse().unwrap(),
            mac: None,
            live: causes.is_empty(),
            causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
            bfd: None,
            bfd_held_s: None,
            since_s: 1.25,
            restore_in_s,
            packets: 9,
            bytes: 900,
        };
        let paths = [path("isp1", &["bfd", "wait-to-restore"], Some(2.75)), path("isp2", &[], None)];
        assert!(is_live(&paths, "isp2").unwrap());
        let not = is_live(&paths, "isp1").unwrap_err().to_string();
        assert_eq!(not, "it is not, for 1.2 s: bfd, wait-to-restore, 2.8 s to go");
        assert_eq!(is_live(&paths, "isp3").unwrap_err().to_string(), "the switch has no path isp3");
    }
}
