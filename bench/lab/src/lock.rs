//! One lab at a time, and nothing left of a dead one.

use crate::netns;
use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Held while a lab lives. The kernel lets go of it when the process ends in any way.
const LOCK: &str = "/dev/shm/swerve-lab.lock";
/// Sockets, stats and state of the lab.
// In memory: on a disk's file system a worker's store into the stats segment could wait for write-back.
pub const RUN: &str = "/dev/shm/swerve-lab";

/// The right to have a lab.
#[derive(Debug)]
pub struct Lock {
    _file: Flock<File>,
}

/// Takes the lock.
///
/// # Errors
/// Another lab runs; the message names its process.
pub fn take() -> Result<Lock> {
    if !nix::unistd::geteuid().is_root() {
        bail!("the lab makes network namespaces and needs root: `sudo make run`");
    }
    let file =
        File::options().create(true).truncate(false).read(true).write(true).open(LOCK).context(LOCK)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut file) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())?;
            Ok(Lock { _file: file })
        }
        Err((mut file, _)) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid)?;
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            bail!("another lab runs: process {pid} ({})", command.replace('\0', " ").trim())
        }
    }
}

/// Removes what a lab leaves when it could not clean up: its processes died with it, so namespaces and files.
/// Returns what there was.
pub fn sweep(_held: &Lock) -> Result<Vec<String>> {
    let mut found = netns::existing()?;
    netns::remove_all()?;
    if Path::new(RUN).exists() {
        std::fs::remove_dir_all(RUN).context(RUN)?;
        found.push(RUN.to_owned());
    }
    Ok(found)
}
