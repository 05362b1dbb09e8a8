//! One reading of alternates, from wherever they come.

use super::vty::Vty;
use ::lfa::{Alternates, Protected, compute, file, ospf, ospf6, zebra};
use config::{DEFAULT_VRF, LfaSource, VrfId};
use rib::Prefix;
use std::collections::BTreeMap;
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
#[derive(Default, Debug)]
pub(super) struct Read {
    pub(super) alternates: BTreeMap<Prefix, Protected>,
    /// Backups with labels.
    pub(super) labelled: usize,
}

impl Read {
    fn add(&mut self, vrf: VrfId, alternates: Alternates) {
        let of_vrf = |(net, protected)| (Prefix { vrf, net }, protected);
        self.alternates.extend(alternates.into_iter().map(of_vrf));
    }
}

/// `vrfs` are the names of those that are not the default one, in the order of their numbers.
///
/// # Errors
/// Why there are none, in words.
pub(super) fn read(source: &LfaSource, vrfs: &[String]) -> Result<Read, String> {
    let until = Instant::now() + LIMIT;
    let numbered = || (0..).zip([DEFAULT_VRF].into_iter().chain(vrfs.iter().map(String::as_str)));
    match source {
        LfaSource::Zebra { sockets } => of_zebra(sockets, numbered(), until),
        LfaSource::Ospf { sockets } => of_ospf(sockets, numbered(), until),
        LfaSource::File { path, vrf } => of_file(path, *vrf),
    }
}

fn of_zebra<'a>(
    sockets: &Path,
    vrfs: impl Iterator<Item = (VrfId, &'a str)>,
    until: Instant,
) -> Result<Read, String> {
    let mut vty = Vty::connect(&sockets.join("zebra.vty"), until)?;
    let mut read = Read::default();
    for (vrf, name) in vrfs {
        for command in zebra::commands(name) {
            let text = vty.ask(&command, until, MOST)?;
            let backups = zebra::parse(&text).map_err(|error| format!("zebra's `{command}`: {error}"))?;
            read.add(vrf, backups.alternates);
            read.labelled += backups.labelled;
        }
    }
    Ok(read)
}

/// Of ospfd, and of ospf6d where that runs.
fn of_ospf<'a>(
    sockets: &Path,
    vrfs: impl Iterator<Item = (VrfId, &'a str)> + Clone,
    until: Instant,
) -> Result<Read, String> {
    let mut read = Read::default();
    let v3 = sockets.join("ospf6d.vty");
    let (v2, has_v3) = (sockets.join("ospfd.vty"), v3.exists());
    if v2.exists() || !has_v3 {
        of_ospf2(&v2, vrfs.clone(), until, &mut read)?;
    }
    if has_v3 {
        of_ospf3(&v3, vrfs, until, &mut read)?;
    }
    Ok(read)
}

/// The answers to a database's commands.
fn ask_all(vty: &mut Vty, commands: [String; 5], until: Instant) -> Result<[String; 5], String> {
    let mut texts: [String; 5] = Default::default();
    for (text, command) in texts.iter_mut().zip(commands) {
        *text = vty.ask(&command, until, MOST)?;
    }
    Ok(texts)
}

fn of_ospf2<'a>(
    socket: &Path,
    vrfs: impl Iterator<Item = (VrfId, &'a str)>,
    until: Instant,
    read: &mut Read,
) -> Result<(), String> {
    let mut vty = Vty::connect(socket, until)?;
    let texts = ask_all(&mut vty, ospf::TYPES.map(ospf::command), until)?;
    let databases = ospf::parse(texts.each_ref().map(String::as_str));
    let databases = databases.map_err(|error| format!("ospfd's database: {error}"))?;
    for (vrf, name) in vrfs {
        let Some(database) = databases.get(name) else { continue };
        let alternates = database.alternates();
        read.add(vrf, alternates.map_err(|error| format!("ospfd's database of VRF {name}: {error}"))?);
    }
    Ok(())
}

fn of_ospf3<'a>(
    socket: &Path,
    vrfs: impl Iterator<Item = (VrfId, &'a str)>,
    until: Instant,
    read: &mut Read,
) -> Result<(), String> {
    let mut vty = Vty::connect(socket, until)?;
    for (vrf, name) in vrfs {
        let texts = ask_all(&mut vty, ospf6::commands(name), until)?;
        // Of a VRF that it does not run in it says nothing, or that in words.
        if !texts[0].trim_start().starts_with('{') {
            continue;
        }
        let alternates = ospf6::alternates(texts.each_ref().map(String::as_str));
        read.add(vrf, alternates.map_err(|error| format!("ospf6d's database of VRF {name}: {error}"))?);
    }
    Ok(())
}

fn of_file(path: &Path, vrf: VrfId) -> Result<Read, String> {
    let name = path.display();
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(FILE + 1).read_to_string(&mut text));
    opened.map_err(|error| format!("cannot read {name}: {error}"))?;
    if text.len() as u64 > FILE {
        return Err(format!("cannot read {name}: it is larger than {FILE} bytes"));
    }
    let topology = file::parse(&text).map_err(|error| format!("{name}:{}: {}", error.line, error.why))?;
    let mut read = Read::default();
    read.add(vrf, compute(&topology));
    Ok(read)
}
