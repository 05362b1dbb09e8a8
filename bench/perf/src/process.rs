//! Processes of ours: started on every core, watched, and always ended.

use anyhow::{Context, Result, bail};
use core_affinity::CoreId;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From here on Ctrl-C and SIGTERM end the run in order, with everything put back.
pub fn catch_signals() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}

pub fn interrupted() -> bool {
    INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

fn check_interrupted() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

/// Sleeps, unless interrupted.
pub fn rest(length: Duration) -> Result<()> {
    let until = Instant::now() + length;
    loop {
        check_interrupted()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}

/// Asks again every `every` until the answer is there, for at most `limit`.
pub fn wait_for<T>(
    what: &str,
    every: Duration,
    limit: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let until = Instant::now() + limit;
    loop {
        check_interrupted()?;
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if Instant::now() >= until {
            bail!("waited {limit:?} for {what}");
        }
        std::thread::sleep(every);
    }
}

/// Pins this thread, and what it starts, to one core.
pub fn pin(core: usize) -> Result<()> {
    if core_affinity::set_for_current(CoreId { id: core }) {
        return Ok(());
    }
    bail!("core {core} does not exist, or this process may not run on it");
}

/// Directories that DPDK leaves behind, one for each file prefix.
#[derive(Debug)]
pub struct RuntimeDirectories(pub &'static [&'static str]);

impl Drop for RuntimeDirectories {
    fn drop(&mut self) {
        for prefix in self.0 {
            // Where it never ran there is none.
            let _ = std::fs::remove_dir_all(format!("/var/run/dpdk/{prefix}"));
        }
    }
}

/// A child that does not outlive its owner.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    pub child: Child,
}

impl Process {
    /// Starts a program that may run on all cores, whatever this thread is pinned to. Should we be killed, it is too.
    pub fn spawn(name: &'static str, program: &OsStr, set: impl FnOnce(&mut Command)) -> Result<Process> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(program);
        set(&mut command);
        let mut all = CpuSet::new();
        for core in 0..CpuSet::count() {
            all.set(core)?;
        }
        sched_setaffinity(Pid::from_raw(0), &all)?;
        let child = command.spawn().with_context(|| format!("starting {name}"));
        pin(crate::machine::OTHER_CORE)?;
        Ok(Process { name, child: child? })
    }

    /// An error when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself: {status}", self.name),
        }
    }

    /// Asks it to end and waits; kills it when it does not.
    pub fn stop(&mut self, limit: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM)?;
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is all we want.
        let _ = self.stop(Duration::from_secs(3));
    }
}

/// Seconds that a thread of a process has been on a core, to a hundredth; 0 where that cannot be known.
pub fn cpu_seconds(pid: u32, thread: &str) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let named = tasks
        .map(|task| task.path())
        .find(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == thread));
    let Some(text) = named.and_then(|task| std::fs::read_to_string(task.join("stat")).ok()) else {
        return 0.0;
    };
    // proc_pid_stat(5): behind the name in parentheses, the 12th and 13th field, in hundredths of a second (USER_HZ).
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_computes_is_seen_on_its_core() {
        let thread = std::thread::Builder::new().name("busy-thread".to_owned());
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let busy = thread.spawn(move || while !told.load(Ordering::Relaxed) {}).unwrap();
        let seen = wait_for("some time", Duration::from_millis(10), Duration::from_secs(20), || {
            let seconds = cpu_seconds(std::process::id(), "busy-thread");
            Ok((seconds > 0.05).then_some(seconds))
        });
        done.store(true, Ordering::Relaxed);
        busy.join().unwrap();
        assert!(seen.unwrap() < 20.0);
        assert_eq!(cpu_seconds(std::process::id(), "no-such-thread"), 0.0);
    }
}
