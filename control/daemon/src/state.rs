//! What an operator did at run time, kept in a file across restarts.

use api::control::{Prefix, Route};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "operator.json";
/// Version 1 had no routes, version 2 none in VRFs.
const VERSION: u32 = 3;

/// The operator's routes.
pub(crate) type Routes = BTreeMap<Prefix, Route>;

/// The file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    drained: BTreeSet<String>,
    /// Of the default VRF.
    #[serde(default)]
    routes: BTreeMap<IpNet, Route>,
    /// Of the others, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    vrfs: BTreeMap<String, BTreeMap<IpNet, Route>>,
}

impl Content {
    fn new(drained: &BTreeSet<String>, all: &Routes) -> Content {
        let (mut routes, mut vrfs) = (BTreeMap::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
        for (Prefix { vrf, net }, route) in all {
            let of_vrf = match vrf {
                Some(vrf) => vrfs.entry(vrf.clone()).or_default(),
                None => &mut routes,
            };
            of_vrf.insert(*net, route.clone());
        }
        Content { version: VERSION, drained: drained.clone(), routes, vrfs }
    }

    fn into_routes(self) -> Routes {
        let vrfs = self.vrfs.into_iter().map(|(vrf, routes)| (Some(vrf), routes));
        let all = std::iter::once((None, self.routes)).chain(vrfs);
        all.flat_map(|(vrf, routes)| {
            routes.into_iter().map(move |(net, route)| (Prefix { vrf: vrf.clone(), net }, route))
        })
        .collect()
    }
}

/// Why what was kept is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("cannot use the state directory {path}: {error}")]
    Unusable { path: PathBuf, error: io::Error },
    #[error(
        "{path} is damaged ({why}); moved to {moved}, starting with nothing drained and no route of the operator's"
    )]
    Damaged { path: PathBuf, why: String, moved: PathBuf },
}

/// The operator's state and where it is kept.
#[derive(Debug)]
pub(crate) struct State {
    dir: PathBuf,
    drained: BTreeSet<String>,
    routes: Routes,
}

impl State {
    /// What was kept in `dir`, which is made if missing. With an error the state is empty and usable all the same.
    pub(crate) fn load(dir: &Path) -> (State, Option<StateError>) {
        let mut state = State { dir: dir.to_owned(), drained: BTreeSet::new(), routes: Routes::new() };
        let unusable = |path: &Path, error| Some(StateError::Unusable { path: path.to_owned(), error });
        if let Err(error) = fs::create_dir_all(dir) {
            return (state, unusable(dir, error));
        }
        let path = dir.join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return (state, None),
            Err(error) => return (state, unusable(&path, error)),
        };
        let why = match serde_json::from_slice::<Content>(&text) {
            Ok(content) if (1..=VERSION).contains(&content.version) => {
                state.drained.clone_from(&content.drained);
                state.routes = content.into_routes();
                return (state, None);
            }
            Ok(content) => format!("it is of version {}, this program reads {VERSION}", content.version),
            Err(error) => error.to_string(),
        };
        let moved = dir.join(format!("{FILE}.damaged"));
        match fs::rename(&path, &moved) {
            Ok(()) => (state, Some(StateError::Damaged { path, why, moved })),
            Err(error) => (state, unusable(&path, error)),
        }
    }

    pub(crate) fn drained(&self) -> &BTreeSet<String> {
        &self.drained
    }

    /// Keeps that `path` is drained, or is not. True when that is new. With an error nothing changed.
    pub(crate) fn set_drained(&mut self, path: &str, drained: bool) -> io::Result<bool> {
        if self.drained.contains(path) == drained {
            return Ok(false);
        }
        let mut changed = self.drained.clone();
        if drained {
            changed.insert(path.to_owned());
        } else {
            changed.remove(path);
        }
        self.save(&changed, &self.routes)?;
        self.drained = changed;
        Ok(true)
    }

    pub(crate) fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Keeps the route to a prefix, or that there is none. With an error nothing changed.
    pub(crate) fn set_route(&mut self, prefix: Prefix, route: Option<Route>) -> io::Result<()> {
        let mut changed = self.routes.clone();
        match route {
            Some(route) => changed.insert(prefix, route),
            None => changed.remove(&prefix),
        };
        self.save(&self.drained, &changed)?;
        self.routes = changed;
        Ok(())
    }

    fn save(&self, drained: &BTreeSet<String>, routes: &Routes) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(&Content::new(drained, routes))?;
        let temporary = self.dir.join(format!("{FILE}.new"));
        let mut file = File::create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, self.dir.join(FILE))?;
        // The rename itself is durable only when the directory is.
        File::open(&self.dir)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::control::Target;

    #[test]
    fn what_was_drained_is_drained_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("made");
        let (mut state, error) = State::load(&dir);
        assert!(error.is_none(), "{error:?}");
        assert!(state.set_drained("isp1", true).unwrap());
        assert!(!state.set_drained("isp1", true).unwrap());
        assert!(state.set_drained("isp2", true).unwrap());
        assert!(state.set_drained("isp2", false).unwrap());
        let (state, error) = State::load(&dir);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(state.drained().iter().collect::<Vec<_>>(), ["isp1"]);
    }

    #[test]
    fn routes_are_kept_beside_drains_and_a_file_of_before_there_were_routes_is_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{\"version\":1,\"drained\":[\"isp1\"]}").unwrap();
        let (mut state, error) = State::load(dir.path());
        assert!(error.is_none(), "{error:?}");
        let via = |path: &str| Route {
            target: Target::Paths { via: vec![(path.to_owned(), 1)], backup: Vec::new() },
            preference: 0,
            next_hop_vrf: None,
        };
        let prefix =
            |vrf: Option<&str>, net: &str| Prefix { vrf: vrf.map(str::to_owned), net: net.parse().unwrap() };
        let (four, six) = (prefix(None, "10.0.0.0/8"), prefix(None, "2001:db8::/32"));
        let red = prefix(Some("red"), "10.0.0.0/8");
        state.set_route(four.clone(), Some(via("isp1"))).unwrap();
        state.set_route(four.clone(), Some(via("isp2"))).unwrap();
        let hole = Route { target: Target::Blackhole, preference: 7, next_hop_vrf: None };
        state.set_route(six.clone(), Some(hole)).unwrap();
        let leak = Route { next_hop_vrf: Some("default".to_owned()), ..via("isp1") };
        state.set_route(red.clone(), Some(leak.clone())).unwrap();
        let (mut again, error) = State::load(dir.path());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(again.drained().iter().collect::<Vec<_>>(), ["isp1"]);
        assert_eq!(again.routes(), state.routes());
        assert_eq!(again.routes()[&four], via("isp2"));
        assert_eq!(again.routes()[&red], leak);
        again.set_route(four, None).unwrap();
        assert_eq!(State::load(dir.path()).0.routes().keys().collect::<Vec<_>>(), [&six, &red]);
    }

    #[test]
    fn routes_of_before_there_were_vrfs_are_the_default_ones() {
        let dir = tempfile::tempdir().unwrap();
        let text =
            r#"{"version":2,"drained":[],"routes":{"10.0.0.0/8":{"target":"blackhole","preference":3}}}"#;
        fs::write(dir.path().join(FILE), text).unwrap();
        let (state, error) = State::load(dir.path());
        assert!(error.is_none(), "{error:?}");
        let net: IpNet = "10.0.0.0/8".parse().unwrap();
        assert_eq!(state.routes()[&net.into()].preference, 3);
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_named() {
        for text in ["{\"version\":1,\"dra", "", "\0\0\0", "{\"version\":9,\"drained\":[\"isp1\"]}"] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE), text).unwrap();
            let (mut state, error) = State::load(dir.path());
            assert!(matches!(error, Some(StateError::Damaged { .. })), "{text:?}: {error:?}");
            assert!(state.drained().is_empty());
            assert_eq!(fs::read_to_string(dir.path().join("operator.json.damaged")).unwrap(), text);
            assert!(state.set_drained("isp1", true).unwrap());
            assert!(State::load(dir.path()).1.is_none());
        }
    }

    #[test]
    fn what_cannot_be_kept_is_not_done() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a-file");
        fs::write(&file, "").unwrap();
        let (mut state, error) = State::load(&file);
        assert!(matches!(error, Some(StateError::Unusable { .. })));
        assert!(state.set_drained("isp1", true).is_err());
        assert!(state.drained().is_empty());
    }
}
