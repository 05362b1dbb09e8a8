//! Where the processes listen: from options, from their file, or built in.

use crate::args::Reach;
use crate::failure::Failure;
use config::Config;
use std::cell::OnceCell;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_FILE: &str = "/etc/swerve/swerve.toml";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// What to do without a file.
const ELSEWHERE: &str = "; name the sockets by --switch-socket and --control-socket, the segment by --stats";
/// Both processes validate the file and apply it, with a million routes perhaps.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The file is read only when an option does not say enough.
#[derive(Debug)]
pub struct Places {
    reach: Reach,
    file: OnceCell<Named>,
}

#[derive(Debug)]
struct Named {
    switch_socket: PathBuf,
    control_socket: PathBuf,
    stats: PathBuf,
}

impl Places {
    pub fn new(reach: Reach) -> Places {
        Places { reach, file: OnceCell::new() }
    }

    pub fn switch_socket(&self) -> Result<PathBuf, Failure> {
        self.pick(&self.reach.switch_socket, |named| &named.switch_socket)
    }

    pub fn control_socket(&self) -> Result<PathBuf, Failure> {
        self.pick(&self.reach.control_socket, |named| &named.control_socket)
    }

    pub fn stats(&self) -> Result<PathBuf, Failure> {
        self.pick(&self.reach.stats, |named| &named.stats)
    }

    pub fn timeout(&self) -> Duration {
        self.reach.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// What the operator said, if anything.
    pub fn given_timeout(&self) -> Option<Duration> {
        self.reach.timeout
    }

    pub fn reload_timeout(&self) -> Duration {
        self.reach.timeout.unwrap_or(RELOAD_TIMEOUT)
    }

    fn pick(&self, given: &Option<PathBuf>, named: fn(&Named) -> &PathBuf) -> Result<PathBuf, Failure> {
        if let Some(path) = given {
            return Ok(path.clone());
        }
        if let Some(found) = self.file.get() {
            return Ok(named(found).clone());
        }
        let found = match &self.reach.config {
            Some(file) => read(file, true)?,
            None => read(Path::new(DEFAULT_FILE), false)?,
        };
        Ok(named(self.file.get_or_init(|| found)).clone())
    }
}

/// What a file gets that names no path.
fn built_in() -> Named {
    match Config::parse("the built-in defaults", config::MINIMAL) {
        Ok(config) => Named {
            switch_socket: config.switch.socket,
            control_socket: config.control.socket,
            stats: config.switch.stats,
        },
        Err(errors) => unreachable!("our own minimal file is refused: {}", errors.plain()),
    }
}

/// Only the three paths are read: a file that is being edited, and is wrong elsewhere, does not keep anybody from
/// looking at what runs.
fn read(file: &Path, must_exist: bool) -> Result<Named, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => return Ok(built_in()),
        Err(source) => {
            return Err(Failure::File { path: file.to_owned(), source, hint: ELSEWHERE });
        }
    };
    let table: toml::Table = text.parse().map_err(|e| {
        let file = file.display();
        Failure::Usage(format!("{file} is not TOML, so it says no socket{ELSEWHERE}: {e}"))
    })?;
    let say = |section: &str, key: &str| -> Option<PathBuf> {
        Some(PathBuf::from(table.get(section)?.get(key)?.as_str()?))
    };
    let built_in = built_in();
    Ok(Named {
        switch_socket: say("switch", "socket").unwrap_or(built_in.switch_socket),
        control_socket: say("control", "socket").unwrap_or(built_in.control_socket),
        stats: say("switch", "stats").unwrap_or(built_in.stats),
    })
}
