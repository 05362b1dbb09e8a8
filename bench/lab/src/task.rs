//! Threads of the lab that run until they are told to stop.

use anyhow::{Context, Result, anyhow};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;

/// A thread; dropping it stops and joins it.
#[derive(Debug)]
pub struct Task {
    name: &'static str,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Task {
    /// Starts `body`, which looks at the flag it is given at least every few milliseconds.
    pub fn start(
        name: &'static str,
        body: impl FnOnce(&AtomicBool) -> Result<()> + Send + 'static,
    ) -> Result<Task> {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || body(&flag).with_context(|| format!("the lab's {name}")))?;
        Ok(Task { name, stop, thread: Some(thread) })
    }

    /// Whether it ended by itself, which only happens by an error.
    pub fn ended(&self) -> bool {
        self.thread.as_ref().is_some_and(JoinHandle::is_finished)
    }

    pub fn stop(mut self) -> Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> Result<()> {
        self.stop.store(true, Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(anyhow!("the lab's {} panicked", self.name)),
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            eprintln!("{error:#}");
        }
    }
}

/// Puts the calling thread before all ordinary ones, so that its pace does not depend on what else the machine does.
pub fn realtime(priority: u8) -> Result<()> {
    let thread = nix::unistd::gettid().to_string();
    let done = Command::new("chrt").args(["-f", "-p", &priority.to_string(), &thread]).status();
    if !done.context("starting chrt")?.success() {
        anyhow::bail!("chrt refused real-time priority {priority}");
    }
    Ok(())
}

/// Keeps the calling thread, and every process it starts from now on, on these cores.
pub fn pin(cores: &[usize]) -> Result<()> {
    let mut set = nix::sched::CpuSet::new();
    for &core in cores {
        set.set(core)?;
    }
    let this = nix::unistd::Pid::from_raw(0);
    nix::sched::sched_setaffinity(this, &set).with_context(|| format!("cores {cores:?}"))
}

/// The cores that this thread may use.
pub fn cores() -> Result<Vec<usize>> {
    let set = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0))?;
    Ok((0..nix::sched::CpuSet::count()).filter(|&core| set.is_set(core).unwrap_or(false)).collect())
}
