//! Processes of ours: started on every core, watched, and always ended.

use anyhow::{Context, Result, bail};
use core_affinity::CoreId;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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

fn check_interrupted() -> Result<()> {
    if INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
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

/// A child that does not outlive its owner.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    pub child: Child,
}

impl Process {
    /// Starts a process that may run on all cores, whatever this thread is pinned to.
    pub fn spawn(name: &'static str, command: &mut Command) -> Result<Process> {
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
