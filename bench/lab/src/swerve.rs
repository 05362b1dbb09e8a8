//! swerve as an operator has it: two processes, one TOML file, one command line; and the questions of a client.

use crate::lock::RUN;
use crate::netns::{run, within};
use crate::process::{Processes, Spec};
use crate::topology::SWERVE;
use anyhow::{Context, Result, bail};
use api::frame::{self, Reader};
use api::switch::{Client, Query, Reply, Request};
use api::{VERSION, show};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::{Table, Value};

/// Names of swerve's two processes: of the binaries, of the processes in messages, of the logs.
pub const SWITCH: &str = "swerve-switch";
pub const CONTROL: &str = "swerve-control";
const CTL: &str = "swervectl";
/// A router gives its workers cores of their own. Here other programs may want them too, and a worker that waits 30 ms
/// for its core is dead to its peers.
const SWITCH_FIRST: &[&str] = &["nice", "-n", "-20"];

/// For how long swerve keeps what daemons that were killed told it, in place of two minutes. bgpd 8.4.4 is back after 10 s.
pub const HOLD: Duration = Duration::from_secs(20);

/// Where swerve is and how it is configured here.
#[derive(Debug)]
pub struct Swerve {
    binaries: PathBuf,
    table: Table,
    pub config: PathBuf,
    pub stats: PathBuf,
    socket: PathBuf,
}

impl Swerve {
    /// Reads the example, which `more` is written behind, and makes it the lab's: see `adapt`. `allowed` are the cores that there are.
    pub fn new(binaries: &Path, (example, more): (&Path, &str), allowed: &[usize]) -> Result<Swerve> {
        for name in [SWITCH, CONTROL, CTL] {
            if !binaries.join(name).is_file() {
                bail!("{name} is not in {}; build it, or say --bin-dir", binaries.display());
            }
        }
        let text = std::fs::read_to_string(example).with_context(|| example.display().to_string())? + more;
        let run = Path::new(RUN);
        let table = adapt(&text, run, allowed).with_context(|| example.display().to_string())?;
        let at = |name: &str| run.join(name);
        Ok(Swerve {
            binaries: binaries.to_owned(),
            table,
            config: at("swerve.toml"),
            stats: at("stats"),
            socket: at("switch.sock"),
        })
    }

    /// Where alternates come from, in place of what the file says.
    pub fn set_lfa(&mut self, source: &str) -> Result<()> {
        section(&mut self.table, "lfa")?.insert("source".to_owned(), source.into());
        Ok(())
    }

    /// The cores that workers will poll.
    pub fn worker_cores(&self) -> Vec<usize> {
        let cores = self.table.get("workers").and_then(|workers| workers.get("cores"));
        let cores = cores.and_then(Value::as_array).into_iter().flatten();
        cores.filter_map(Value::as_integer).filter_map(|core| core.try_into().ok()).collect()
    }

    pub fn write_config(&self) -> Result<()> {
        std::fs::create_dir_all(RUN)?;
        std::fs::write(&self.config, toml::to_string(&self.table)?)
            .with_context(|| self.config.display().to_string())
    }

    /// What is kept for a time is only seen to be no loss when the time is over: [`HOLD`] it is.
    pub fn shorten_holds(&mut self) -> Result<()> {
        let hold = format!("{}s", HOLD.as_secs());
        section(&mut self.table, "fpm")?.insert("hold".to_owned(), hold.clone().into());
        let neighbors = section(&mut self.table, "bgp")?.get_mut("neighbor").and_then(Value::as_array_mut);
        for neighbor in neighbors.into_iter().flatten() {
            let neighbor = neighbor.as_table_mut().context("a `bgp.neighbor` is no table")?;
            neighbor.insert("stale_hold".to_owned(), hold.clone().into());
        }
        Ok(())
    }

    /// Adds a route over both providers to the file, as an operator would with an editor.
    pub fn add_route(&mut self, prefix: &str) -> Result<()> {
        let hop = |path: &str, preference: i64| {
            Value::Table(Table::from_iter([
                ("path".to_owned(), path.into()),
                ("preference".to_owned(), preference.into()),
            ]))
        };
        let hops = vec![hop("isp1", 10), hop("isp2", 20)];
        let route = Table::from_iter([
            ("prefix".to_owned(), prefix.into()),
            ("next_hops".to_owned(), Value::Array(hops)),
        ]);
        self.routes()?.push(Value::Table(route));
        self.write_config()
    }

    /// Takes it out again.
    pub fn remove_route(&mut self, prefix: &str) -> Result<()> {
        self.routes()?.retain(|route| route.get("prefix").and_then(Value::as_str) != Some(prefix));
        self.write_config()
    }

    fn routes(&mut self) -> Result<&mut Vec<Value>> {
        let routes = self.table.entry("route").or_insert_with(|| Value::Array(Vec::new()));
        routes.as_array_mut().context("`route` is no array of tables")
    }

    /// Starts one of the two processes and writes its id beside the sockets, for whoever wants to kill it.
    pub fn start(&self, processes: &mut Processes, name: &str, cores: &str) -> Result<()> {
        let id = processes.start(&Spec {
            name,
            namespace: SWERVE,
            program: &self.binaries.join(name),
            args: vec!["--config".to_owned(), self.config.display().to_string()],
            cores,
            precedence: if name == SWITCH { SWITCH_FIRST } else { &[] },
        })?;
        Ok(std::fs::write(Path::new(RUN).join(format!("{name}.pid")), id.to_string())?)
    }

    /// Runs `swervectl` and returns what it prints.
    pub fn ctl(&self, args: &[&str]) -> Result<String> {
        let program = self.binaries.join(CTL).display().to_string();
        let config = format!("SWERVE_CONFIG={}", self.config.display());
        within(SWERVE, || run(&[&["env", config.as_str(), &program], args].concat()))
    }

    pub fn connect(&self) -> Result<Connection> {
        Connection::open(&self.socket)
    }

    pub fn binaries(&self) -> &Path {
        &self.binaries
    }
}

/// Makes an example's sockets, stats and state the lab's own, and with them what a machine shared with others needs.
fn adapt(text: &str, run: &Path, allowed: &[usize]) -> Result<Table> {
    let mut table: Table = text.parse()?;
    let at = |name: &str| Value::String(run.join(name).display().to_string());
    section(&mut table, "switch")?.insert("socket".to_owned(), at("switch.sock"));
    section(&mut table, "switch")?.insert("stats".to_owned(), at("stats"));
    section(&mut table, "control")?.insert("socket".to_owned(), at("control.sock"));
    section(&mut table, "control")?.insert("state".to_owned(), at("state"));
    // FRR's sockets are in the directory of the router above swerve.
    for (name, key) in [("bfd", "bfdd"), ("lfa", "sockets")] {
        if let Some(Value::String(place)) = table.get_mut(name).and_then(|section| section.get_mut(key)) {
            *place = place.replace("/run/frr", &run.join("edge").display().to_string());
        }
    }
    // Another DPDK process on this machine has EAL files of its own.
    let dpdk = section(section(&mut table, "switch")?, "dpdk")?;
    dpdk.insert("file_prefix".to_owned(), "swerve-lab".into());
    // Workers on all cores but one would leave that one for two routers, a host, a server and the measurement.
    let workers = section(&mut table, "workers")?;
    if !workers.get("cores").is_some_and(Value::is_array) {
        let last = allowed.last().copied().context("there is no core")?;
        workers.insert("cores".to_owned(), Value::Array(vec![i64::try_from(last)?.into()]));
    }
    // The lab breaks the same path every few seconds, which looks like flapping. The doubling of wait-to-restore would
    // only make the run longer.
    for path in table.get_mut("path").and_then(Value::as_array_mut).into_iter().flatten() {
        let path = path.as_table_mut().context("a `path` is no table")?;
        if let Some(first) = path.get("wait_to_restore").cloned() {
            path.insert("wait_to_restore_max".to_owned(), first);
        }
    }
    Ok(table)
}

fn section<'a>(table: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let section = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
    section.as_table_mut().with_context(|| format!("`{name}` is no table"))
}

/// A client of the switch's socket.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    reader: Reader,
}

impl Connection {
    fn open(path: &Path) -> Result<Connection> {
        let stream = UnixStream::connect(path).with_context(|| path.display().to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut connection = Connection { stream, reader: Reader::default() };
        match connection.ask(&Request::Hello { version: VERSION, client: Client::Operator })? {
            Reply::Welcome { .. } => Ok(connection),
            other => bail!("the switch answered Hello with {other:?}"),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply> {
        let mut out = Vec::new();
        frame::write(request, &mut out)?;
        self.stream.write_all(&out)?;
        let mut chunk = [0; 8192];
        loop {
            if let Some(reply) = self.reader.take()? {
                return Ok(reply);
            }
            let n = self.stream.read(&mut chunk).with_context(|| format!("waiting for {request:?}"))?;
            if n == 0 {
                bail!("the switch closed the connection after {request:?}");
            }
            self.reader.extend(&chunk[..n]);
        }
    }

    pub fn paths(&mut self) -> Result<Vec<show::Path>> {
        match self.ask(&Request::Show(Query::Paths))? {
            Reply::Rows(show::Rows::Paths(paths)) => Ok(paths),
            other => bail!("the switch answered `show paths` with {other:?}"),
        }
    }

    pub fn control_connected(&mut self) -> Result<bool> {
        Ok(self.status()?.control_connected)
    }

    /// What the switch says of itself.
    pub fn status(&mut self) -> Result<show::SwitchStatus> {
        match self.ask(&Request::Show(Query::Version))? {
            Reply::Rows(show::Rows::Version(status)) => Ok(status),
            other => bail!("the switch answered `version` with {other:?}"),
        }
    }

    /// Whether exactly this prefix is in the table.
    pub fn has_route(&mut self, prefix: &str) -> Result<bool> {
        self.route(prefix).map(|route| route.is_some())
    }

    /// Exactly this prefix in the table.
    pub fn route(&mut self, prefix: &str) -> Result<Option<show::Route>> {
        let within = Some(prefix.parse()?);
        match self.ask(&Request::Show(Query::Routes { vrf: None, within, after: None, limit: 100 }))? {
            Reply::Rows(show::Rows::Routes { rows, .. }) => {
                Ok(rows.into_iter().find(|route| Some(route.prefix) == within))
            }
            other => bail!("the switch answered `show routes` with {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "[switch]\nsocket = \"/run/swerve/switch.sock\"\n[workers]\ncores = \"auto\"\n\
                           [[path]]\nname = \"a\"\nwait_to_restore = \"3s\"\n\
                           [[route]]\nprefix = \"0.0.0.0/0\"\n";

    fn swerve(text: &str) -> Swerve {
        let table = adapt(text, Path::new("/run/x"), &[0, 1, 2]).unwrap();
        let nowhere = PathBuf::new();
        Swerve {
            binaries: nowhere.clone(),
            table,
            config: nowhere.clone(),
            stats: nowhere.clone(),
            socket: nowhere,
        }
    }

    #[test]
    fn sockets_and_state_move_and_the_rest_stays() {
        let table = swerve(EXAMPLE).table;
        assert_eq!(table["switch"]["socket"].as_str(), Some("/run/x/switch.sock"));
        assert_eq!(table["control"]["state"].as_str(), Some("/run/x/state"));
        assert_eq!(table["path"][0]["wait_to_restore_max"].as_str(), Some("3s"));
        assert_eq!(table["route"].as_array().unwrap().len(), 1);
        let under = adapt("[bfd]\nbfdd = \"unix:/run/frr/d.sock\"", Path::new("/run/x"), &[0]).unwrap();
        assert_eq!(under["bfd"]["bfdd"].as_str(), Some("unix:/run/x/edge/d.sock"));
        assert!(adapt("switch = 3", Path::new("/run/x"), &[0]).is_err());
    }

    #[test]
    fn holds_are_the_labs_when_they_are_to_be() {
        let mut learns = swerve("[fpm]\nhold = \"120s\"\n[[bgp.neighbor]]\naddress = \"192.0.2.1\"");
        assert_eq!(learns.table["fpm"]["hold"].as_str(), Some("120s"));
        learns.shorten_holds().unwrap();
        assert_eq!(learns.table["fpm"]["hold"].as_str(), Some("20s"));
        assert_eq!(learns.table["bgp"]["neighbor"][0]["stale_hold"].as_str(), Some("20s"));
    }

    #[test]
    fn the_workers_cores_are_those_named_or_the_last() {
        assert_eq!(swerve(EXAMPLE).worker_cores(), [2]);
        assert_eq!(swerve("").worker_cores(), [2]);
        assert_eq!(swerve("[workers]\ncores = [1]").worker_cores(), [1]);
    }
}
