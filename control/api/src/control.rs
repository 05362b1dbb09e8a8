//! What `swerve-control` understands.

use crate::show;
use serde::{Deserialize, Serialize};

/// From `swervectl` to control.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Request {
    /// The first message of every connection. `version` is [`crate::VERSION`].
    Hello {
        version: u32,
    },
    /// Takes a path out of use until [`Request::Undrain`]; kept across restarts of both processes.
    Drain {
        path: String,
    },
    Undrain {
        path: String,
    },
    /// Reads the TOML file again: validated by both processes, then applied by both, or by neither.
    Reload,
    /// Version and health of control and of its connection to the switch.
    Status,
}

/// From control to `swervectl`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reply {
    Welcome {
        version: u32,
        build: String,
    },
    /// Done, with one line for each thing that changed and each that could not.
    Ok {
        changes: Vec<String>,
        left: Vec<String>,
    },
    Refused {
        why: String,
    },
    /// The file has mistakes, or cannot be read: nothing was changed. One line for each, with its place.
    BadFile {
        why: String,
    },
    Status(show::ControlStatus),
}
