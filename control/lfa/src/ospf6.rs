//! ospf6d's link-state database of one VRF, in the JSON of `show ipv6 ospf6 vrf VRF database TYPE detail json` (RFC 5340; seen:
//! FRR 8.4.4).
//!
//! Areas are computed apart, and only prefixes within them: those of other areas and of other protocols have no alternates.

use crate::{Adjacency, Alternates, Attachment, Graph, Hop, Node, On, Prefix, Topology, compute};
use ipnet::{IpNet, Ipv6Net};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

/// LSAs of that age are being withdrawn.
const MAX_AGE: u32 = 3600;

/// `MaxLinkMetric` (RFC 6987): whoever announces it wants no transit.
const MAX_LINK: u32 = 0xffff;

/// What ospf6d is asked for, in this order: who it is, and the types of LSAs that are read.
pub fn commands(vrf: &str) -> [String; 5] {
    [
        "",
        " database router detail",
        " database network detail",
        " database intra-prefix detail",
        " database link detail",
    ]
    .map(|what| format!("show ipv6 ospf6 vrf {vrf}{what} json"))
}

/// Why a database is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    #[error("answer {number} of 5: {why}")]
    NoDatabase { number: usize, why: String },
    #[error("virtual links: where they lead is not in the database of their area")]
    VirtualLinks,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Own {
    router_id: Ipv4Addr,
}

#[derive(Deserialize, Debug)]
struct Scoped<T> {
    #[serde(rename = "areaScopedLinkStateDb", alias = "interfaceScopedLinkStateDb")]
    scopes: Vec<Scope<T>>,
}

/// An area, or an interface of one.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Scope<T> {
    area_id: String,
    #[serde(rename = "lsa")]
    lsas: Vec<Lsa<T>>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Lsa<T> {
    age: u32,
    link_state_id: Ipv4Addr,
    advertising_router: Ipv4Addr,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Router {
    bits: String,
    options: String,
    #[serde(rename = "lsaDescription", default)]
    links: Vec<Link>,
}

impl Router {
    /// Whether packets of others may go through it (RFC 5340 A.2, bits R and V6).
    fn forwards(&self) -> bool {
        ["R", "V6"].iter().all(|wanted| self.options.split('|').any(|option| option == *wanted))
    }
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Link {
    #[serde(rename = "type")]
    kind: String,
    metric: u32,
    interface_id: Ipv4Addr,
    neighbor_interface_id: Ipv4Addr,
    neighbor_router_id: Ipv4Addr,
}

impl Link {
    fn is_to_router(&self) -> bool {
        self.kind == "Point-To-Point"
    }

    fn is_on(&self, lan: LanId) -> bool {
        self.kind == "Transit-Network" && (self.neighbor_router_id, self.neighbor_interface_id) == lan
    }
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Network {
    #[serde(rename = "attachedRouter", default)]
    attached: Vec<Ipv4Addr>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct IntraPrefix {
    reference: String,
    reference_id: Ipv4Addr,
    reference_adv: Ipv4Addr,
    #[serde(rename = "prefix", default)]
    prefixes: Vec<Announced>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Announced {
    prefix_option: String,
    prefix: Ipv6Net,
    metric: u32,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct LinkLocal {
    link_local_address: Ipv6Addr,
}

/// Its designated router, and that one's interface.
type LanId = (Ipv4Addr, Ipv4Addr);

fn read<'a, T: Deserialize<'a>>(number: usize, text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::NoDatabase { number, why: error.to_string() })
}

/// The alternates of all prefixes, from the answers to [`commands`].
///
/// # Errors
/// The answer that is none, or what cannot be computed with.
pub fn alternates(texts: [&str; 5]) -> Result<Alternates, Error> {
    let own: Own = read(1, texts[0])?;
    let routers: Scoped<Router> = read(2, texts[1])?;
    let networks: Scoped<Network> = read(3, texts[2])?;
    let prefixes: Scoped<IntraPrefix> = read(4, texts[3])?;
    let links: Scoped<LinkLocal> = read(5, texts[4])?;
    let mut all: BTreeMap<IpNet, Option<crate::Protected>> = BTreeMap::new();
    for area in &routers.scopes {
        if !living(&area.lsas).any(|lsa| lsa.advertising_router == own.router_id) {
            continue;
        }
        let mut builder = Builder::new(own.router_id, area, of_area(&networks, &area.area_id));
        builder.links(&links)?;
        of_area(&prefixes, &area.area_id).for_each(|lsa| builder.attach(&lsa.body));
        for (prefix, protected) in compute(&builder.topology) {
            // Of a prefix that two areas have, neither knows the whole.
            all.entry(prefix).and_modify(|known| *known = None).or_insert(Some(protected));
        }
    }
    Ok(all.into_iter().filter_map(|(prefix, protected)| Some((prefix, protected?))).collect())
}

fn living<T>(lsas: &[Lsa<T>]) -> impl Iterator<Item = &Lsa<T>> {
    lsas.iter().filter(|lsa| lsa.age < MAX_AGE)
}

fn of_area<'a, T>(scoped: &'a Scoped<T>, area: &str) -> impl Iterator<Item = &'a Lsa<T>> {
    let scopes: Vec<_> = scoped.scopes.iter().filter(|scope| scope.area_id == area).collect();
    scopes.into_iter().flat_map(|scope| living(&scope.lsas))
}

struct Builder<'a> {
    own: Ipv4Addr,
    /// Each router's LSAs: it may have several.
    lsas: BTreeMap<Ipv4Addr, Vec<&'a Router>>,
    attached: BTreeMap<LanId, &'a [Ipv4Addr]>,
    routers: BTreeMap<Ipv4Addr, Node>,
    lans: BTreeMap<LanId, Node>,
    topology: Topology,
}

impl<'a> Builder<'a> {
    fn new(
        own: Ipv4Addr,
        area: &'a Scope<Router>,
        networks: impl Iterator<Item = &'a Lsa<Network>>,
    ) -> Builder<'a> {
        let mut lsas: BTreeMap<Ipv4Addr, Vec<&Router>> = BTreeMap::new();
        living(&area.lsas).for_each(|lsa| lsas.entry(lsa.advertising_router).or_default().push(&lsa.body));
        let id = |lsa: &Lsa<Network>| (lsa.advertising_router, lsa.link_state_id);
        let attached: BTreeMap<LanId, &[Ipv4Addr]> =
            networks.map(|lsa| (id(lsa), lsa.body.attached.as_slice())).collect();
        let mut graph = Graph::default();
        let routers: BTreeMap<_, _> = lsas.keys().map(|id| (*id, graph.add_node())).collect();
        let lans: BTreeMap<_, _> = attached.keys().map(|id| (*id, graph.add_node())).collect();
        let is_border =
            |(_, parts): &(&Ipv4Addr, &Vec<&Router>)| parts.iter().any(|lsa| lsa.bits.contains('B'));
        let borders: BTreeSet<Node> = lsas.iter().filter(is_border).map(|(id, _)| routers[id]).collect();
        let topology = Topology { graph, own: routers[&own], borders, ..Topology::default() };
        Builder { own, lsas, attached, routers, lans, topology }
    }

    fn links_of(&self, router: Ipv4Addr) -> impl Iterator<Item = &'a Link> + use<'a> {
        let parts = self.lsas.get(&router).cloned().unwrap_or_default();
        parts.into_iter().flat_map(|lsa| &lsa.links)
    }

    fn forwards(&self, router: Ipv4Addr) -> bool {
        self.lsas.get(&router).is_some_and(|parts| parts.iter().all(|lsa| lsa.forwards()))
    }

    fn links(&mut self, link_locals: &Scoped<LinkLocal>) -> Result<(), Error> {
        let routers: Vec<(Ipv4Addr, Node)> = self.routers.iter().map(|(id, node)| (*id, *node)).collect();
        for (id, node) in routers {
            for link in self.links_of(id) {
                match link.kind.as_str() {
                    "Virtual-Link" => return Err(Error::VirtualLinks),
                    "Point-To-Point" => self.link_router((id, node), link, link_locals),
                    "Transit-Network" => self.link_lan((id, node), link, link_locals),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// A link counts when both ends announce it (RFC 2328 16.1).
    fn link_router(&mut self, (id, node): (Ipv4Addr, Node), link: &Link, link_locals: &Scoped<LinkLocal>) {
        let other = link.neighbor_router_id;
        let is_back = |back: &&Link| {
            back.is_to_router()
                && back.neighbor_router_id == id
                && (back.interface_id, back.neighbor_interface_id)
                    == (link.neighbor_interface_id, link.interface_id)
        };
        let Some(back) = self.links_of(other).find(is_back) else { return };
        let to = self.routers[&other];
        if id == self.own {
            let usable = self.forwards(other) && link.metric < MAX_LINK && back.metric < MAX_LINK;
            let gateway = gateway(link_locals, (id, link.interface_id), other);
            self.adjacency(to, link, None, gateway, usable);
        }
        if id == self.own || self.forwards(id) {
            self.topology.graph.add_edge(node, to, link.metric);
        }
    }

    fn link_lan(&mut self, (id, node): (Ipv4Addr, Node), link: &Link, link_locals: &Scoped<LinkLocal>) {
        let lan = (link.neighbor_router_id, link.neighbor_interface_id);
        let Some(attached) = self.attached.get(&lan).copied().filter(|all| all.contains(&id)) else { return };
        let net = self.lans[&lan];
        if id == self.own || self.forwards(id) {
            self.topology.graph.add_edge(node, net, link.metric);
        }
        self.topology.graph.add_edge(net, node, 0);
        if id != self.own {
            return;
        }
        for other in attached.iter().filter(|other| **other != id) {
            let Some(theirs) = self.links_of(*other).find(|theirs| theirs.is_on(lan)) else { continue };
            let usable = self.forwards(*other) && link.metric < MAX_LINK && theirs.metric < MAX_LINK;
            let gateway = gateway(link_locals, (id, link.interface_id), *other);
            self.adjacency(self.routers[other], link, Some(net), gateway, usable);
        }
    }

    /// FRR's number of an interface in OSPFv3 is the kernel's.
    fn adjacency(
        &mut self,
        router: Node,
        link: &Link,
        lan: Option<Node>,
        gateway: Option<Ipv6Addr>,
        usable: bool,
    ) {
        let on = On::Index(link.interface_id.into());
        let hops = gateway.map(|gateway| Hop { on, gateway: gateway.into() }).into_iter().collect();
        self.topology.adjacencies.push(Adjacency { router, cost: link.metric, lan, hops, usable });
    }

    fn attach(&mut self, lsa: &IntraPrefix) {
        let node = match lsa.reference.as_str() {
            "Router" => self.routers.get(&lsa.reference_adv),
            "Network" => self.lans.get(&(lsa.reference_adv, lsa.reference_id)),
            _ => None,
        };
        let Some(node) = node.copied() else { return };
        // NU: not for unicast (RFC 5340 A.4.1.1).
        for announced in lsa.prefixes.iter().filter(|prefix| !prefix.prefix_option.contains("NU")) {
            let prefix: &mut Prefix =
                self.topology.prefixes.entry(IpNet::V6(announced.prefix.trunc())).or_default();
            prefix.at.push(Attachment { node, cost: announced.metric });
        }
    }
}

/// The neighbor's address on the link that our interface is on, from its link LSA there.
fn gateway(
    links: &Scoped<LinkLocal>,
    (own, interface): (Ipv4Addr, Ipv4Addr),
    other: Ipv4Addr,
) -> Option<Ipv6Addr> {
    let is_ours = |lsa: &Lsa<LinkLocal>| (lsa.advertising_router, lsa.link_state_id) == (own, interface);
    let scope = links.scopes.iter().find(|scope| living(&scope.lsas).any(is_ours))?;
    let mut theirs = living(&scope.lsas).filter(|lsa| lsa.advertising_router == other);
    theirs.next().map(|lsa| lsa.body.link_local_address)
}
