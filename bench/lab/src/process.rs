//! The lab's processes: each dies with the lab, whatever becomes of it, and each has a log.

use crate::netns;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take to obey SIGTERM.
const PATIENCE: Duration = Duration::from_secs(3);

/// What to start, where.
#[derive(Debug)]
pub struct Spec<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    pub program: &'a Path,
    pub args: Vec<String>,
    /// Cores it may use, as `taskset` writes them.
    pub cores: &'a str,
    /// What gives it precedence over other programs, as a command before its own; empty for none.
    pub precedence: &'a [&'a str],
}

#[derive(Debug)]
struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// Every process that the lab started and has not stopped.
#[derive(Debug)]
pub struct Processes {
    running: Vec<Process>,
    logs: PathBuf,
}

impl Processes {
    /// Logs go to files in `logs`, made anew.
    pub fn new(logs: PathBuf) -> Result<Processes> {
        if logs.exists() {
            std::fs::remove_dir_all(&logs).with_context(|| logs.display().to_string())?;
        }
        std::fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
        Ok(Processes { running: Vec::new(), logs })
    }

    /// Starts a process. To be called by the lab's main thread only: the kernel delivers the death signal when the
    /// *thread* that started a process ends.
    /// Returns its process id.
    pub fn start(&mut self, spec: &Spec<'_>) -> Result<u32> {
        let log = self.logs.join(format!("{}.log", spec.name));
        let out = File::options().create(true).append(true).open(&log)?;
        let errors = out.try_clone()?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "taskset", "-c", spec.cores]);
        command.args(spec.precedence);
        command.arg(spec.program).args(&spec.args);
        command.stdin(Stdio::piped()).stdout(out).stderr(errors).process_group(0);
        let child = netns::within(spec.namespace, || Ok(command.spawn()?))
            .with_context(|| format!("starting {}", spec.program.display()))?;
        let id = child.id();
        self.running.push(Process { name: spec.name.to_owned(), child, log });
        Ok(id)
    }

    /// The first process that ended although nobody stopped it.
    pub fn ended(&mut self) -> Option<(String, ExitStatus)> {
        self.running.iter_mut().find_map(|process| {
            let status = process.child.try_wait().ok()??;
            Some((process.name.clone(), status))
        })
    }

    /// `kill -9`.
    pub fn kill(&mut self, name: &str) -> Result<()> {
        let Some(index) = self.running.iter().position(|process| process.name == name) else {
            bail!("{name} is not running");
        };
        let mut process = self.running.remove(index);
        process.child.kill()?;
        process.child.wait()?;
        Ok(())
    }

    /// Writes a line to a process's standard input.
    pub fn tell(&mut self, name: &str, line: &str) -> Result<()> {
        let process = self.running.iter_mut().find(|process| process.name == name);
        let input = process.and_then(|process| process.child.stdin.as_mut());
        writeln!(input.with_context(|| format!("{name} is not running"))?, "{line}")
            .with_context(|| format!("telling {name} to {line}"))
    }

    /// The process id of the process under that name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.running.iter().find(|process| process.name == name).map(|process| process.child.id())
    }

    /// Everything that processes of this name have printed.
    pub fn printed(&self, name: &str) -> Result<String> {
        let path = self.logs.join(format!("{name}.log"));
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// The last lines of a process's log, or of its older self's.
    pub fn tail(&self, name: &str, lines: usize) -> String {
        let path = self.logs.join(format!("{name}.log"));
        let text = std::fs::read(&path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
        let all: Vec<&str> = text.lines().collect();
        let last = &all[all.len().saturating_sub(lines)..];
        format!("--- {} ---\n{}\n", path.display(), last.join("\n"))
    }

    /// Stops all, the youngest first, by SIGTERM and then SIGKILL.
    pub fn stop_all(&mut self) {
        for process in self.running.iter().rev() {
            let _ = kill(Pid::from_raw(process.child.id().cast_signed()), Signal::SIGTERM);
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let gone = |process: &mut Process| matches!(process.child.try_wait(), Ok(Some(_)));
            self.running.retain_mut(|process| !gone(process));
            if self.running.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        for process in &mut self.running {
            eprintln!("{} ignored SIGTERM; killed (log: {})", process.name, process.log.display());
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
        self.running.clear();
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop_all();
    }
}
