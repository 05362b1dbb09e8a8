//! The stats segment of a switch that runs.

use crate::failure::Failure;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use stats::{OpenError, Reader};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The main thread says that it lives ten times a second.
const STALE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Live {
    path: PathBuf,
    reader: Reader,
}

impl Live {
    pub fn open(path: &Path) -> Result<Live, Failure> {
        let reader = Reader::open(path).map_err(|source| {
            let hint = match &source {
                OpenError::Io { error, .. } if error.kind() == ErrorKind::NotFound => {
                    "start the switch (`systemctl start swerve-switch`), or name the file that it runs with by --config"
                }
                OpenError::Io { .. } => "ask as root or as a member of the group swerve",
                OpenError::Version { .. } => "the switch was upgraded or this command was, and not the other",
                OpenError::NotASegment { .. } | OpenError::Truncated { .. } => {
                    "name the file that the switch runs with by --config, or the segment by --stats"
                }
            };
            Failure::Stats { source, hint }
        })?;
        Ok(Live { path: path.to_owned(), reader })
    }

    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Is anybody still writing?
    pub fn check(&self) -> Result<(), Failure> {
        let stopped = |why| Err(Failure::Stopped { path: self.path.clone(), why });
        let pid = self.reader.pid();
        // The signal 0 is sent to nobody; that we may not send one means that there is somebody.
        if kill(Pid::from_raw(pid as i32), None) == Err(Errno::ESRCH) {
            return stopped(format!("its process {pid} is gone"));
        }
        let age = self.reader.heartbeat_age();
        if age > STALE {
            return stopped(format!("its process {pid} gave no sign of life for {:.1} s", age.as_secs_f64()));
        }
        Ok(())
    }
}
