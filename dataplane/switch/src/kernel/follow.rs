//! Mirrors as the kernel has them: what operators and routing daemons change of them with `ip` and netlink is followed, and the
//! links of ports are shown to them as carriers.

use super::mirror::enter;
use super::netlink::{ChangeWatch, Netlink};
use ipnet::IpNet;
use std::collections::HashMap;
use std::io;

/// A mirror as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    pub index: u32,
    /// Set up, by whoever may.
    pub up: bool,
    pub mtu: u32,
    /// In the kernel's order; without the link-local address that it makes from the MAC.
    pub addresses: Vec<IpNet>,
}

/// A network namespace that has mirrors.
struct Namespace {
    /// The switch's own for `None`.
    name: Option<String>,
    changes: ChangeWatch,
    ask: Netlink,
}

/// The mirrors that are followed, in their namespaces.
#[derive(Default)]
pub struct Followed {
    namespaces: Vec<Namespace>,
    /// For each mirror its namespace and name; `None` for an interface without one.
    mirrors: Vec<Option<(usize, String)>>,
    /// The same, as they were when they were last read.
    pub seen: Vec<Option<Seen>>,
}

impl Followed {
    /// Follows these, by namespace and name.
    pub fn open(mirrors: &[Option<(Option<String>, String)>]) -> io::Result<Followed> {
        let mut followed = Followed::default();
        for mirror in mirrors {
            let place = match mirror {
                Some((netns, name)) => Some((followed.namespace(netns.as_deref())?, name.clone())),
                None => None,
            };
            followed.mirrors.push(place);
        }
        followed.seen = vec![None; mirrors.len()];
        Ok(followed)
    }

    fn namespace(&mut self, name: Option<&str>) -> io::Result<usize> {
        if let Some(at) = self.namespaces.iter().position(|known| known.name.as_deref() == name) {
            return Ok(at);
        }
        let (changes, ask) = enter(name, || Ok::<_, io::Error>((ChangeWatch::open()?, Netlink::open()?)))??;
        self.namespaces.push(Namespace { name: name.map(ToOwned::to_owned), changes, ask });
        Ok(self.namespaces.len() - 1)
    }

    /// Whether anything has changed where mirrors are.
    pub fn changed(&mut self) -> bool {
        // Each of them is to be emptied.
        self.namespaces.iter_mut().fold(false, |any, namespace| namespace.changes.changed() | any)
    }

    /// Reads all mirrors. One that is not there, or cannot be read now, is as it was.
    pub fn read(&mut self) -> Vec<Option<Seen>> {
        let all: Vec<HashMap<String, Seen>> =
            self.namespaces.iter_mut().map(|namespace| namespace.read().unwrap_or_default()).collect();
        let of = |(mirror, before): (&Option<(usize, String)>, &Option<Seen>)| {
            let (namespace, name) = mirror.as_ref()?;
            all[*namespace].get(name).or(before.as_ref()).cloned()
        };
        self.mirrors.iter().zip(&self.seen).map(of).collect()
    }

    /// Shows the kernel whether there is a link behind a mirror.
    pub fn set_carrier(&mut self, mirror: usize, up: bool) -> io::Result<()> {
        let (Some(Some((namespace, _))), Some(Some(seen))) =
            (self.mirrors.get(mirror), self.seen.get(mirror))
        else {
            return Ok(());
        };
        self.namespaces[*namespace].ask.set_carrier(seen.index, up)
    }
}

impl Namespace {
    fn read(&mut self) -> io::Result<HashMap<String, Seen>> {
        let addresses = self.ask.addresses()?;
        let seen = self.ask.links()?.into_iter().map(|link| {
            let of = addresses.iter().filter(|a| a.index == link.index && !a.is_made_by_kernel());
            let addresses = of.map(|address| address.net).collect();
            (link.name, Seen { index: link.index, up: link.up, mtu: link.mtu, addresses })
        });
        Ok(seen.collect())
    }
}
