//! Why a command did not do what was asked, and the exit code that says so.

use std::io;
use std::path::PathBuf;

/// What a command ends with when it does not end well.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{process} refused: {why}")]
    Refused { process: Process, why: String },
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Usage(String),
    /// Drawn already, with places.
    #[error("{0}")]
    Mistakes(String),
    #[error("cannot read {}: {source}{}", .path.display(), .hint)]
    File { path: PathBuf, source: io::Error, hint: &'static str },
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{process} does not listen on {}: {source}\n\
         start it (`systemctl start {process}`), or name the file that it runs with by --config", .path.display()
    )]
    NotRunning { process: Process, path: PathBuf, source: io::Error },
    #[error(
        "{process} may not be asked by you on {}: {source}\n\
         ask as root or as a member of the group that `[switch] socket_group` names (swerve)", .path.display()
    )]
    NotAllowed { process: Process, path: PathBuf, source: io::Error },
    #[error(
        "{process} on {} did not answer within {seconds} s\n\
         it hangs or is overloaded: look at its log (`journalctl -u {process}`), or wait longer by --timeout", .path.display()
    )]
    Silent { process: Process, path: PathBuf, seconds: f64 },
    #[error("{process} on {} broke the connection off: {why}", .path.display())]
    Broken { process: Process, path: PathBuf, why: String },
    #[error(
        "{process} on {} and this swervectl come from different builds: {why}\n\
         use the swervectl that was installed with it", .path.display()
    )]
    OtherVersion { process: Process, path: PathBuf, why: String },
    #[error("{process} on {} does not serve this command: {why}", .path.display())]
    Unwelcome { process: Process, path: PathBuf, why: String },
    #[error(
        "{} did not judge the program of the file: {why}\n\
         install swerve-switch beside swervectl, or in a directory of PATH", .path.display()
    )]
    Judge { path: PathBuf, why: String },
    #[error("{source}\n{hint}")]
    Stats { source: stats::OpenError, hint: &'static str },
    #[error(
        "swerve-switch is not running: {why}, says {}\n\
         start it (`systemctl start swerve-switch`), or name the file that it runs with by --config", .path.display()
    )]
    Stopped { path: PathBuf, why: String },
    /// Some of the processes did not answer; what the others said has been printed.
    #[error("{0}")]
    Partly(String),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Refused { .. } | Failure::NotFound(_) | Failure::Write { .. } | Failure::Output(_) => 1,
            Failure::Usage(_) | Failure::Mistakes(_) | Failure::File { .. } => 2,
            Failure::NotRunning { .. }
            | Failure::NotAllowed { .. }
            | Failure::Silent { .. }
            | Failure::Broken { .. }
            | Failure::OtherVersion { .. }
            | Failure::Unwelcome { .. }
            | Failure::Judge { .. }
            | Failure::Stats { .. }
            | Failure::Stopped { .. }
            | Failure::Partly(_) => 3,
        }
    }
}

/// Whom a command speaks to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Process {
    Switch,
    Control,
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Process::Switch => "swerve-switch",
            Process::Control => "swerve-control",
        })
    }
}
