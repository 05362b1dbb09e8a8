//! The schema of the one TOML file, read by both processes.
//!
//! [`Config::parse`] turns text into a [`Config`] or into every mistake it finds ([`ConfigErrors`]), each with its
//! place and with what would be right. [`Config::check_machine`] judges what only a machine can tell;
//! [`Config::diff`] says what a reload changes. Nothing here does IO.

mod bfdd;
mod check;
mod diff;
mod error;
mod learn;
mod machine;
mod mistake;
mod model;
mod places;
mod raw;
mod shape;

pub use bfdd::{Bfdd, BfddPlace};
pub use diff::{Change, Diff};
pub use error::{ConfigError, ConfigErrors};
pub use learn::{Learn, LearnEntry, LearnPart, LearnValue};
pub use machine::{CorePlan, Machine};
pub use mistake::Mistake;
pub use model::*;

use error::Report;
use places::Source;
use std::time::Duration;

/// The shortest BFD interval. Below it a core's own stalls, of which an ordinary machine has one or two of that
/// length a second, are indistinguishable from a dead peer.
pub const MIN_BFD_INTERVAL: Duration = Duration::from_micros(100);

/// How long a path must be well before traffic returns, when nobody says otherwise: the first time, and at most.
pub const WAIT_TO_RESTORE: (Duration, Duration) =
    (check::paths::DEFAULT_WAIT, check::paths::DEFAULT_WAIT_MAX);

/// The most next hops and backups of one route.
pub const MAX_MEMBERS: usize = 64;

/// The most VRFs beside the default one: each takes some megabytes, used or not.
pub const MAX_VRFS: usize = 63;

/// The least that a file must say to be of use, shown to who has less.
pub const MINIMAL: &str = r#"
[[port]]
name = "lan"
kernel = "eth1"

[[interface]]
name = "lan"
port = "lan"
addresses = ["10.0.0.1/24"]
"#;

impl Config {
    /// Reads `text`, which stands in a file that messages shall call `file_name`.
    ///
    /// Mistakes in the shape (TOML, keys, types) come first, all of one reading together; when there is none, so do
    /// all mistakes in what the file says.
    ///
    /// # Errors
    /// What is wrong, in the order of the file.
    pub fn parse(file_name: &str, text: &str) -> Result<Config, ConfigErrors> {
        let source = Source { name: file_name.into(), text: text.into() };
        let mut report = Report::new(source.clone());
        let config = shape::read(text, &mut report).map(|file| check::check(file, source, &mut report));
        match report.finish(config)? {
            Some(config) => Ok(config),
            None => unreachable!("a file was refused without a mistake"),
        }
    }

    /// Why the program does not take one of its entries, with the entry's place.
    pub fn entry_mistake(&self, entry: usize, why: String) -> ConfigErrors {
        let place = self.places.entries.get(entry).cloned().unwrap_or(places::START);
        ConfigErrors::one(&self.places.source, place, Mistake::Entry { why })
    }

    /// A table of the program that stands for routes or addresses has no VRF as a key, and the file has VRFs.
    pub fn vrf_mistake(&self, table: String) -> ConfigErrors {
        ConfigErrors::one(
            &self.places.source,
            self.places.program.clone(),
            Mistake::ProgramWithoutVrfs { table },
        )
    }

    /// A path as the switch is told of it, with names in place of indices.
    pub fn path_message(&self, path: &Path) -> api::switch::Path {
        // Parsing keeps both within their fields: intervals in 32 bits of microseconds, waits under a day.
        let micros = |d: Duration| d.as_micros() as u32;
        let nanos = |d: Duration| d.as_nanos() as u64;
        api::switch::Path {
            name: path.name.clone(),
            interface: self.interfaces[path.interface].name.clone(),
            next_hop: path.next_hop,
            bfd: path.bfd.map(|bfd| api::switch::Bfd {
                local: None,
                desired_min_tx_us: micros(bfd.interval),
                required_min_rx_us: micros(bfd.min_rx),
                detect_multiplier: bfd.multiplier,
            }),
            wait_to_restore_ns: (nanos(path.wait_to_restore), nanos(path.wait_to_restore_max)),
        }
    }
}
