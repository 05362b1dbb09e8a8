//! Everything that is not `show`.

use crate::args::Arguments;
use crate::client::ask_control;
use crate::failure::{Failure, Process};
use crate::machine::machine;
use crate::output::Output;
use crate::places::Places;
use crate::show::Live;
use api::control::{Reply, Request};
use api::show::{ControlStatus, Rows, SwitchStatus};
use api::switch::Query;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::Shells;
use config::{Config, ConfigErrors};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The binary, installed where this one is.
const SWITCH: &str = "swerve-switch";

/// A request to control that changes something, and what it changed.
pub fn change(places: &Places, limit: Duration, request: &Request, out: &mut Output) -> Result<(), Failure> {
    let path = places.control_socket()?;
    let Reply::Ok { changes, left } = ask_control(&path, limit, request)? else {
        let why = "it answered something else than what was asked".into();
        return Err(Failure::Broken { process: Process::Control, path, why });
    };
    let mut text: String = changes.iter().map(|line| format!("{line}\n")).collect();
    if changes.is_empty() {
        text.push_str("nothing changes\n");
    }
    text.extend(left.iter().map(|line| format!("note: {line}\n")));
    out.print(&json!({ "changes": changes, "left": left }), &text)
}

pub fn check(file: &Path, out: &mut Output) -> Result<(), Failure> {
    let text = fs::read_to_string(file).map_err(|source| Failure::File {
        path: file.to_owned(),
        source,
        hint: "",
    })?;
    let judged = Config::parse(&file.display().to_string(), &text).and_then(|config| {
        let live = Live::open(&config.switch.stats).ok().filter(|live| live.check().is_ok());
        let running = live.map(|live| live.reader().pid());
        config.check_machine(&machine(running)).map(|()| config)
    });
    match judged {
        Ok(config) => {
            let (done, said) = ask_switch(file, &config, out.json());
            if let Err(failure) = done {
                if let (true, Failure::Mistakes(_)) = (out.json(), &failure) {
                    out.print(&said, "")?;
                }
                return Err(failure);
            }
            let (ports, paths, routes) = (config.ports.len(), config.paths.len(), config.routes.len());
            let json =
                json!({ "ok": true, "mistakes": [], "ports": ports, "paths": paths, "routes": routes });
            let text = format!("{} is good: {ports} ports, {paths} paths, {routes} routes\n", file.display());
            out.print(&json, &text)
        }
        Err(errors) => {
            if out.json() {
                out.print(&json!({ "ok": false, "mistakes": mistakes(file, &errors) }), "")?;
            }
            Err(Failure::Mistakes(format!("{:?}", miette::Report::new(errors))))
        }
    }
}

/// Judges what the switch alone can: it has the compiler, for one. With what it says as JSON, if that is asked for.
fn ask_switch(file: &Path, config: &Config, json: bool) -> (Result<(), Failure>, Value) {
    if config.program.is_none() && config.ports.iter().all(|port| port.generator.is_none()) {
        return (Ok(()), Value::Null);
    }
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(SWITCH));
    let switch = beside.filter(|beside| beside.is_file()).unwrap_or_else(|| SWITCH.into());
    let form: &[&str] = if json { &["--json"] } else { &[] };
    let asked = Command::new(&switch).args(["--check", "--config"]).arg(file).args(form).output();
    let failed = |why: String| Failure::Judge { path: switch.clone(), why };
    let said = match asked {
        Ok(said) => said,
        Err(error) => return (Err(failed(error.to_string())), Value::Null),
    };
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    let rows = serde_json::from_slice(&said.stdout).unwrap_or(Value::Null);
    let done = match said.status.code() {
        Some(0) => {
            // Warnings of the compiler.
            eprint!("{text}");
            Ok(())
        }
        Some(2) if json && rows.is_null() => Err(failed(format!("it said no JSON: {}", text.trim_end()))),
        Some(2) => Err(Failure::Mistakes(text)),
        _ => Err(failed(format!("it ended with {}: {}", said.status, text.trim_end()))),
    };
    (done, rows)
}

fn mistakes(file: &Path, errors: &ConfigErrors) -> Vec<Value> {
    let row = |error: &config::ConfigError| {
        let (line, column) = error.place();
        json!({ "file": file, "line": line, "column": column, "message": error.to_string(), "help": error.help() })
    };
    errors.errors().iter().map(row).collect()
}

/// Builds of all three. A process that does not answer leaves the others' lines standing.
pub fn version(places: &Places, out: &mut Output) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let switch = switch_status(places);
    let control = control_status(places);
    let mut text = format!("swervectl       {own}\n");
    text.push_str(&match &switch {
        Ok(status) => switch_text(status),
        Err(_) => "swerve-switch   did not answer\n".into(),
    });
    text.push_str(&match &control {
        Ok(status) => control_text(status),
        Err(_) => "swerve-control  did not answer\n".into(),
    });
    let json = json!({
        "swervectl": { "build": own, "messages_version": api::VERSION, "stats_version": stats::VERSION },
        "swerve_switch": switch.as_ref().ok(),
        "swerve_control": control.as_ref().ok(),
    });
    out.print(&json, &text)?;
    match (switch, control) {
        (Ok(_), Ok(_)) => Ok(()),
        (Err(one), Ok(_)) => Err(one),
        (Ok(_), Err(one)) => Err(one),
        (Err(one), Err(other)) => Err(Failure::Partly(format!("{one}\n{other}"))),
    }
}

fn switch_status(places: &Places) -> Result<SwitchStatus, Failure> {
    let mut client = crate::program::connect(places)?;
    match client.show(Query::Version)? {
        Rows::Version(status) => Ok(status),
        _ => Err(client.confused()),
    }
}

fn control_status(places: &Places) -> Result<ControlStatus, Failure> {
    let path = places.control_socket()?;
    match ask_control(&path, places.timeout(), &Request::Status)? {
        Reply::Status(status) => Ok(status),
        _ => {
            let why = "it answered something else than its status".into();
            Err(Failure::Broken { process: Process::Control, path, why })
        }
    }
}

fn switch_text(s: &SwitchStatus) -> String {
    let control = if s.control_connected { "connected" } else { "not connected" };
    let full: Vec<String> = s.tables_full.iter().map(|(table, n)| format!("{n} for {table}")).collect();
    let full = if full.is_empty() {
        String::new()
    } else {
        format!(", refused by a full table: {}", full.join(", "))
    };
    format!(
        "swerve-switch   {}, {}, pid {}, up {:.0} s, control {control}, {} IPv4 and {} IPv6 routes in {} groups, \
         tables {:.1} MiB, {} connections refused{full}\n",
        s.build,
        s.dpdk,
        s.pid,
        s.uptime_s,
        s.routes_v4,
        s.routes_v6,
        s.groups,
        s.table_bytes as f64 / f64::from(1 << 20),
        s.refused_connections,
    )
}

fn control_text(s: &ControlStatus) -> String {
    let switch = if s.switch_connected { "connected" } else { "not connected" };
    let drained = if s.drained.is_empty() { "none".into() } else { s.drained.join(",") };
    format!(
        "swerve-control  {}, pid {}, {}, switch {switch}, {} paths, {} routes, {} of them operators', {}% with a disjoint backup, drained: {drained}\n",
        s.build, s.pid, s.config, s.paths, s.routes, s.operator_routes, s.coverage_percent
    )
}

pub fn completions(shell: Shell, out: &mut Output) -> Result<(), Failure> {
    let name = shell.to_string();
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(&name) else {
        return Err(Failure::Usage(format!("there are no completions for {name}")));
    };
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "swervectl", "swervectl", "swervectl", &mut script)?;
    out.raw(&script)
}

pub fn man(directory: &Path, out: &mut Output) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), directory).map_err(failed)?;
    out.print(&json!({ "directory": directory }), &format!("man pages are in {}\n", directory.display()))
}
