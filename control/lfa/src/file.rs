//! A topology that somebody wrote down, in TOML: routers, the links between them with their metrics, and where prefixes are.

use crate::{Adjacency, Attachment, Graph, Hop, Node, On, Prefix, Topology};
use ipnet::IpNet;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use toml::Spanned;

/// The most links and prefixes, of each.
pub const MOST: usize = 1 << 16;

/// The largest metric: that of the wide metrics of IS-IS (RFC 5305 3.7), which has no larger field than OSPF or RIP.
pub const MAX_METRIC: u32 = (1 << 24) - 1;

/// What is wrong with a file, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    router: Spanned<String>,
    #[serde(default)]
    lans: Vec<Spanned<String>>,
    #[serde(default, rename = "link")]
    links: Vec<Spanned<Link>>,
    #[serde(default, rename = "prefix")]
    prefixes: Vec<Spanned<At>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    from: Spanned<String>,
    to: Spanned<String>,
    metric: Spanned<i64>,
    /// Of the other direction.
    back: Option<Spanned<i64>>,
    /// Of the routers at its ends.
    #[serde(default)]
    from_address: Vec<Spanned<String>>,
    #[serde(default)]
    to_address: Vec<Spanned<String>>,
    /// This router's, where the link is one of its own.
    interface: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    prefix: Spanned<String>,
    router: Spanned<String>,
    metric: Option<Spanned<i64>>,
}

struct Reader<'a> {
    text: &'a str,
    nodes: BTreeMap<String, Node>,
    lans: Vec<Node>,
    topology: Topology,
    /// Routers on a network next door: the network, the router, its addresses.
    members: Vec<(Node, Node, Vec<Hop>)>,
    /// Our own links to networks: the network, the metric, the interface.
    ours: Vec<(Node, u32, Option<String>)>,
}

/// Reads a file.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str) -> Result<Topology, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Error { line: line(text, at), why: error.message().to_owned() }
    })?;
    let topology = Topology { graph: Graph::default(), ..Topology::default() };
    let (nodes, lans, members, ours) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
    Reader { text, nodes, lans, topology, members, ours }.read(&file)
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

impl Reader<'_> {
    fn read(mut self, file: &File) -> Result<Topology, Error> {
        for (what, count) in [("links", file.links.len()), ("prefixes", file.prefixes.len())] {
            if count > MOST {
                return Err(Error { line: 1, why: format!("{count} {what}; there may be {MOST}") });
            }
        }
        for lan in &file.lans {
            let node = self.node(lan)?;
            if self.lans.contains(&node) {
                return self.wrong(lan, format!("`{}` is listed twice in `lans`", lan.get_ref()));
            }
            self.lans.push(node);
        }
        self.topology.own = self.node(&file.router)?;
        if self.lans.contains(&self.topology.own) {
            return self.wrong(&file.router, "`router` is one of `lans`; it names this router".to_owned());
        }
        file.links.iter().try_for_each(|link| self.link(link))?;
        file.prefixes.iter().try_for_each(|at| self.prefix(at.get_ref()))?;
        self.connect();
        if self.topology.adjacencies.is_empty() {
            let why = format!("no link leads from this router, `{}`, to another", file.router.get_ref());
            return self.wrong(&file.router, why);
        }
        Ok(self.topology)
    }

    fn wrong<T, V>(&self, at: &Spanned<T>, why: String) -> Result<V, Error> {
        Err(Error { line: line(self.text, at.span().start), why })
    }

    fn node(&mut self, name: &Spanned<String>) -> Result<Node, Error> {
        if name.get_ref().is_empty() {
            return self.wrong(name, "a name is empty".to_owned());
        }
        if let Some(node) = self.nodes.get(name.get_ref()) {
            return Ok(*node);
        }
        let node = self.topology.graph.add_node();
        self.nodes.insert(name.get_ref().clone(), node);
        Ok(node)
    }

    fn metric(&self, given: &Spanned<i64>, least: u32) -> Result<u32, Error> {
        let metric = u32::try_from(*given.get_ref()).ok().filter(|m| (least..=MAX_METRIC).contains(m));
        match metric {
            Some(metric) => Ok(metric),
            None => self.wrong(
                given,
                format!("metric {} is out of range; write {least} to {MAX_METRIC}", given.get_ref()),
            ),
        }
    }

    fn link(&mut self, spanned: &Spanned<Link>) -> Result<(), Error> {
        let link = spanned.get_ref();
        let (from, to) = (self.node(&link.from)?, self.node(&link.to)?);
        if from == to {
            return self.wrong(&link.to, format!("a link from `{}` to itself", link.to.get_ref()));
        }
        if self.lans.contains(&from) {
            let why = "a link leads from a router to a LAN, not the other way; swap `from` and `to`";
            return self.wrong(&link.from, why.to_owned());
        }
        let to_lan = self.lans.contains(&to);
        let metric = self.metric(&link.metric, 1)?;
        let back = match &link.back {
            Some(back) if to_lan => {
                return self
                    .wrong(back, "from a LAN to its routers costs nothing; leave `back` out".to_owned());
            }
            Some(back) => self.metric(back, 1)?,
            None if to_lan => 0,
            None => metric,
        };
        self.topology.graph.add_edge(from, to, metric);
        self.topology.graph.add_edge(to, from, back);
        let interface = link.interface.clone();
        let from_hops = self.hops(&link.from_address, interface.as_deref())?;
        let to_hops = self.hops(&link.to_address, interface.as_deref())?;
        let own = self.topology.own;
        match (from == own, to == own, to_lan) {
            (true, _, true) => self.ours.push((to, metric, interface)),
            (true, _, false) => self.adjacency(to, metric, None, to_hops),
            (_, true, _) => self.adjacency(from, back, None, from_hops),
            (_, _, true) => self.members.push((to, from, from_hops)),
            _ => {}
        }
        Ok(())
    }

    fn adjacency(&mut self, router: Node, cost: u32, lan: Option<Node>, hops: Vec<Hop>) {
        self.topology.adjacencies.push(Adjacency { router, cost, lan, hops, usable: true });
    }

    fn hops(&self, given: &[Spanned<String>], interface: Option<&str>) -> Result<Vec<Hop>, Error> {
        let mut hops: Vec<Hop> = Vec::new();
        for text in given {
            let Ok(gateway) = text.get_ref().parse::<IpAddr>() else {
                return self
                    .wrong(text, format!("`{}` is no address, such as \"192.0.2.1\"", text.get_ref()));
            };
            if hops.iter().any(|hop| hop.gateway.is_ipv4() == gateway.is_ipv4()) {
                let why = "one address for each family: that which the routing daemon has as the next hop";
                return self.wrong(text, why.to_owned());
            }
            let on = interface.map_or(On::Network, |name| On::Interface(name.to_owned()));
            hops.push(Hop { on, gateway });
        }
        Ok(hops)
    }

    fn prefix(&mut self, at: &At) -> Result<(), Error> {
        let Ok(prefix) = at.prefix.get_ref().parse::<IpNet>() else {
            let why = format!("`{}` is no prefix, such as \"198.51.100.0/24\"", at.prefix.get_ref());
            return self.wrong(&at.prefix, why);
        };
        if prefix != prefix.trunc() {
            let why = format!("{prefix} has bits beyond its length; the prefix is {}", prefix.trunc());
            return self.wrong(&at.prefix, why);
        }
        let Some(node) = self.nodes.get(at.router.get_ref()).copied() else {
            let why = format!("no link has a router `{}`", at.router.get_ref());
            return self.wrong(&at.router, why);
        };
        let cost = at.metric.as_ref().map_or(Ok(0), |metric| self.metric(metric, 0))?;
        let Prefix { at: attached, .. } = self.topology.prefixes.entry(prefix).or_default();
        if attached.iter().any(|other| other.node == node) {
            return self.wrong(&at.prefix, format!("{prefix} is at `{}` already", at.router.get_ref()));
        }
        attached.push(Attachment { node, cost });
        Ok(())
    }

    /// Over each network that we are on, everybody else who is.
    fn connect(&mut self) {
        for (lan, metric, interface) in std::mem::take(&mut self.ours) {
            let others = self.members.iter().filter(|(on, ..)| *on == lan);
            let over = |hop: &Hop| match &interface {
                Some(name) => Hop { on: On::Interface(name.clone()), gateway: hop.gateway },
                None => hop.clone(),
            };
            let others: Vec<(Node, Vec<Hop>)> =
                others.map(|(_, router, hops)| (*router, hops.iter().map(over).collect())).collect();
            others.into_iter().for_each(|(router, hops)| self.adjacency(router, metric, Some(lan), hops));
        }
    }
}
