//! Follows the kernel's neighbors on the mirror interfaces, tells them to the switch, and keeps those of next hops
//! resolved.

mod kernel;
pub(crate) mod netns;
mod table;

use api::Mac;
use api::switch::Request;
use config::Config;
use kernel::{Kernel, Told};
use mio::{Registry, Token};
use process::Limiter;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use table::{Change, Key, Table};
use tracing::{debug, info, warn};

/// Between two looks for a namespace that is not there, or that may have been replaced.
const RETRY: Duration = Duration::from_secs(1);

/// An interface of the switch and its twin in the kernel.
#[derive(Debug)]
struct Interface {
    name: String,
    mirror: Option<Mirror>,
}

#[derive(Debug)]
struct Mirror {
    name: String,
    /// Index into [`Neighbors::namespaces`].
    namespace: usize,
    link: Option<Link>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Link {
    index: u32,
    up: bool,
}

#[derive(Debug)]
struct Namespace {
    /// This process's own when `None`.
    name: Option<String>,
    kernel: Option<Kernel>,
    identity: Option<netns::Identity>,
    retry: Instant,
    /// Its absence was said.
    said: bool,
}

#[derive(Debug)]
pub(crate) struct Neighbors {
    first_token: Token,
    interfaces: Vec<Interface>,
    namespaces: Vec<Namespace>,
    table: Table,
    limiter: Limiter<usize>,
}

impl Neighbors {
    /// Tokens of its sockets are `first_token` and those after it.
    pub(crate) fn new(first_token: Token) -> Neighbors {
        Neighbors {
            first_token,
            interfaces: Vec::new(),
            namespaces: Vec::new(),
            table: Table::default(),
            limiter: Limiter::default(),
        }
    }

    /// Follows a new file, and other next hops that are in use. A reload leaves interfaces and mirrors as they are, so
    /// their places stay valid.
    pub(crate) fn configure(&mut self, config: &Config, others: impl IntoIterator<Item = Key>, now: Instant) {
        for interface in config.interfaces.iter().skip(self.interfaces.len()) {
            let mirror = interface.mirror.as_ref().map(|mirror| Mirror {
                name: mirror.name.clone(),
                namespace: self.namespace(mirror.netns.as_deref(), now),
                link: None,
            });
            self.interfaces.push(Interface { name: interface.name.clone(), mirror });
        }
        let fixed = config.neighbors.iter().map(|n| ((n.interface, n.address), n.mac)).collect();
        let next_hops = config.paths.iter().map(|path| (path.interface, path.next_hop)).chain(others);
        self.table.configure(fixed, &next_hops.collect(), now);
    }

    /// Indices of mirror interfaces in the kernel, with the places of the interfaces whose twins they are.
    pub(crate) fn links(&self) -> impl Iterator<Item = (u32, u32)> {
        let link = |(at, interface): (usize, &Interface)| Some((interface.link()?.index, at as u32));
        self.interfaces.iter().enumerate().filter_map(link)
    }

    fn namespace(&mut self, name: Option<&str>, now: Instant) -> usize {
        let known = self.namespaces.iter().position(|namespace| namespace.name.as_deref() == name);
        known.unwrap_or_else(|| {
            let name = name.map(str::to_owned);
            self.namespaces.push(Namespace { name, kernel: None, identity: None, retry: now, said: false });
            self.namespaces.len() - 1
        })
    }

    pub(crate) fn tell_all_again(&mut self) {
        self.table.tell_all_again();
    }

    /// The next thing that the switch has to know.
    pub(crate) fn next_message(&mut self, now: Instant) -> Option<Request> {
        let change = self.table.next_change()?;
        self.say(&change, now);
        let interface = self.interfaces[change.key.0].name.clone();
        Some(Request::Neighbor { interface, address: change.key.1, mac: change.new })
    }

    fn say(&mut self, change: &Change, now: Instant) {
        let Some(suppressed) = self.limiter.admit(change.key.0, now) else { return };
        let interface = &self.interfaces[change.key.0].name;
        let show = |mac: Option<Mac>| mac.map_or("none".to_owned(), |mac| mac.to_string());
        let old = change.old.map_or("unknown".to_owned(), show);
        let new = show(change.new);
        info!(interface, address = %change.key.1, old, new, reason = change.reason, suppressed, "neighbor");
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let absent = |n: &&Namespace| n.name.is_some() || n.kernel.is_none();
        let namespaces = self.namespaces.iter().filter(absent).map(|namespace| namespace.retry);
        namespaces.chain(self.table.deadline()).min()
    }

    pub(crate) fn on_time(&mut self, now: Instant, registry: &Registry) {
        for at in 0..self.namespaces.len() {
            if self.namespaces[at].retry <= now {
                self.namespaces[at].retry = now + RETRY;
                self.look(at, registry);
            }
        }
        let ready = |interface: usize| self.interfaces[interface].link().is_some_and(|link| link.up);
        for key in self.table.due(ready, now) {
            self.resolve(key);
        }
    }

    /// Opens the sockets of a namespace that has none, and drops those of one that was replaced.
    fn look(&mut self, at: usize, registry: &Registry) {
        let namespace = &mut self.namespaces[at];
        let identity = namespace.name.as_deref().map(netns::identity).and_then(Result::ok);
        if namespace.kernel.is_some() && identity == namespace.identity {
            return;
        }
        if namespace.kernel.take().is_some() {
            self.forget(at);
        }
        let namespace = &mut self.namespaces[at];
        let token = Token(self.first_token.0 + at);
        let opened = Kernel::open(namespace.name.as_deref()).and_then(|mut kernel| {
            kernel.register(registry, token)?;
            kernel.list()?;
            Ok(kernel)
        });
        let name = namespace.name.as_deref().unwrap_or("its own");
        match opened {
            Ok(kernel) => {
                debug!(namespace = name, "following neighbors");
                (namespace.kernel, namespace.identity, namespace.said) = (Some(kernel), identity, false);
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied && namespace.name.is_some() => {
                warn!(
                    namespace = name,
                    "may not enter the namespace (that needs CAP_SYS_ADMIN): looking for its mirror interfaces in \
                     this process's own; run swerve-control inside the namespace, or grant the capability"
                );
                namespace.name = None;
            }
            Err(error) => {
                if !std::mem::replace(&mut namespace.said, true) {
                    info!(namespace = name, reason = %error, "cannot follow neighbors yet; trying on");
                }
            }
        }
    }

    /// The sockets of a namespace are gone.
    fn forget(&mut self, namespace: usize) {
        for (at, interface) in self.interfaces.iter_mut().enumerate() {
            if let Some(mirror) = interface.mirror.as_mut().filter(|mirror| mirror.namespace == namespace) {
                mirror.link = None;
                self.table.link_gone(at);
            }
        }
    }

    /// One of the sockets has something to say.
    pub(crate) fn ready(&mut self, token: Token, now: Instant, registry: &Registry) {
        let at = token.0.wrapping_sub(self.first_token.0);
        let Some(kernel) = self.namespaces.get_mut(at).and_then(|namespace| namespace.kernel.as_mut()) else {
            return;
        };
        let mut told = Vec::new();
        let result = kernel.receive(&mut told).and_then(|more| {
            // Registering again makes the edge-triggered poll report what is left.
            if more { kernel.reregister(registry, token) } else { Ok(()) }
        });
        for told in told {
            self.take(at, told, now);
        }
        if let Err(error) = result {
            warn!(reason = %error, "lost the kernel's neighbors; opening anew");
            let namespace = &mut self.namespaces[at];
            (namespace.kernel, namespace.retry) = (None, now + RETRY);
            self.forget(at);
        }
    }

    fn take(&mut self, namespace: usize, told: Told, now: Instant) {
        match told {
            Told::Link { index, name, up } => self.take_link(namespace, &name, Link { index, up }, now),
            Told::LinkGone { index } => {
                for at in
                    self.mirrors(namespace, |mirror| mirror.link.is_some_and(|link| link.index == index))
                {
                    self.set_link(at, None, now);
                }
            }
            Told::Neighbor { index, address, news } if !address.is_multicast() => {
                for at in
                    self.mirrors(namespace, |mirror| mirror.link.is_some_and(|link| link.index == index))
                {
                    self.table.learn((at, address), news, now);
                }
            }
            Told::Neighbor { .. } => {}
            Told::Links(present) => {
                let gone = |mirror: &Mirror| mirror.link.is_some_and(|link| !present.contains(&link.index));
                for at in self.mirrors(namespace, gone) {
                    self.set_link(at, None, now);
                }
                self.table.list_begin(&self.mirrors(namespace, |_| true));
            }
            Told::ListEnd => self.table.list_end(&self.mirrors(namespace, |_| true), now),
        }
    }

    /// Interfaces whose mirror is in that namespace and is such.
    fn mirrors(&self, namespace: usize, such: impl Fn(&Mirror) -> bool) -> Vec<usize> {
        let is = |i: &Interface| i.mirror.as_ref().is_some_and(|m| m.namespace == namespace && such(m));
        self.interfaces.iter().enumerate().filter(|(_, i)| is(i)).map(|(at, _)| at).collect()
    }

    fn take_link(&mut self, namespace: usize, name: &str, link: Link, now: Instant) {
        let renamed = |m: &Mirror| m.name != name && m.link.is_some_and(|old| old.index == link.index);
        for at in self.mirrors(namespace, renamed) {
            self.set_link(at, None, now);
        }
        for at in self.mirrors(namespace, |mirror| mirror.name == name) {
            self.set_link(at, Some(link), now);
        }
    }

    fn set_link(&mut self, at: usize, new: Option<Link>, now: Instant) {
        let Some(mirror) = &mut self.interfaces[at].mirror else { return };
        let old = std::mem::replace(&mut mirror.link, new);
        if old == new {
            return;
        }
        let show = |link: Option<Link>| match link {
            None => "absent",
            Some(Link { up: true, .. }) => "up",
            Some(Link { up: false, .. }) => "down",
        };
        if let Some(suppressed) = self.limiter.admit(at, now) {
            let (old, new) = (show(old), show(new));
            info!(
                mirror = mirror.name,
                old,
                new,
                reason = "the kernel says so",
                suppressed,
                "mirror interface"
            );
        }
        if old.map(|link| link.index) != new.map(|link| link.index) {
            self.table.link_gone(at);
        }
        if new.is_some_and(|link| link.up) {
            self.table.link_up(at, now);
        }
    }

    /// Packets come for an address of that interface that nobody knows.
    pub(crate) fn unresolved(&mut self, interface: &str, address: IpAddr, now: Instant) {
        let Some(at) = self.interfaces.iter().position(|i| i.name == interface) else { return };
        if self.interfaces[at].link().is_some_and(|link| link.up) && self.table.asks((at, address), now) {
            self.resolve((at, address));
        }
    }

    fn resolve(&self, (at, address): Key) {
        let interface = &self.interfaces[at];
        let Some((mirror, link)) = interface.mirror.as_ref().zip(interface.link()) else { return };
        let Some(kernel) = &self.namespaces[mirror.namespace].kernel else { return };
        if let Err(error) = kernel.resolve(link.index, address) {
            // The mirror may have no address yet; it is tried again.
            debug!(interface = interface.name, %address, reason = %error, "cannot ask for a neighbor");
        }
    }
}

impl Interface {
    fn link(&self) -> Option<Link> {
        self.mirror.as_ref().and_then(|mirror| mirror.link)
    }
}
