//! One reading of alternates, from wherever they come.

use super::vty::Vty;
use ::lfa::{Alternates, compute, file, ospf, zebra};
use config::LfaSource;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Of a reading, whatever there is to read.
const LIMIT: Duration = Duration::from_secs(10);

/// Of a text of a daemon's: the routes of a large IGP are some ten megabytes.
const MOST: usize = 64 << 20;

/// Of a topology file.
const FILE: u64 = 16 << 20;

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) alternates: Alternates,
    /// Backups with labels.
    pub(super) labelled: usize,
}

/// # Errors
/// Why there are none, in words.
pub(super) fn read(source: &LfaSource) -> Result<Read, String> {
    let until = Instant::now() + LIMIT;
    match source {
        LfaSource::Zebra { sockets } => of_zebra(sockets, until),
        LfaSource::Ospf { sockets } => of_ospf(sockets, until),
        LfaSource::File(path) => of_file(path),
    }
}

fn of_zebra(sockets: &Path, until: Instant) -> Result<Read, String> {
    let mut vty = Vty::connect(&sockets.join("zebra.vty"), until)?;
    let mut read = Read { alternates: Alternates::new(), labelled: 0 };
    for command in zebra::COMMANDS {
        let text = vty.ask(command, until, MOST)?;
        let backups = zebra::parse(&text).map_err(|error| format!("zebra's `{command}`: {error}"))?;
        read.alternates.extend(backups.alternates);
        read.labelled += backups.labelled;
    }
    Ok(read)
}

fn of_ospf(sockets: &Path, until: Instant) -> Result<Read, String> {
    let mut vty = Vty::connect(&sockets.join("ospfd.vty"), until)?;
    let mut texts: [String; 5] = Default::default();
    for (text, what) in texts.iter_mut().zip(ospf::TYPES) {
        *text = vty.ask(&format!("show ip ospf database {what} json"), until, MOST)?;
    }
    let alternates =
        ospf::parse(texts.each_ref().map(String::as_str)).and_then(|database| database.alternates());
    let alternates = alternates.map_err(|error| format!("ospfd's database: {error}"))?;
    Ok(Read { alternates, labelled: 0 })
}

fn of_file(path: &Path) -> Result<Read, String> {
    let name = path.display();
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(FILE + 1).read_to_string(&mut text));
    opened.map_err(|error| format!("cannot read {name}: {error}"))?;
    if text.len() as u64 > FILE {
        return Err(format!("cannot read {name}: it is larger than {FILE} bytes"));
    }
    let topology = file::parse(&text).map_err(|error| format!("{name}:{}: {}", error.line, error.why))?;
    Ok(Read { alternates: compute(&topology), labelled: 0 })
}
