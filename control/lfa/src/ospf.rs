//! ospfd's link-state databases, one for each VRF that it runs in, in the JSON of `show ip ospf vrf all database TYPE json` (seen:
//! FRR 8.4.4).
//!
//! Areas are computed apart, from their router and network LSAs. Of what comes from elsewhere, summaries count in every area
//! for a router in one area and in the backbone for a border router, as RFC 2328 16.2 has it; external routes by the AS
//! boundary router that announces them, with the forwarding address 0.0.0.0 only. NSSA's own LSAs are not read.

use crate::{Adjacency, Alternates, Attachment, Graph, Hop, Node, On, Prefix, Topology};
use ipnet::{IpNet, Ipv4Net};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// LSAs of that age are being withdrawn (RFC 2328 14).
const MAX_AGE: u32 = 3600;

/// `MaxLinkMetric` (RFC 6987): whoever announces it wants no transit.
const MAX_LINK: u32 = 0xffff;

const BACKBONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// The types of LSAs that are read, as ospfd's command line calls them.
pub const TYPES: [&str; 5] = ["router", "network", "summary", "asbr-summary", "external"];

/// Why a database is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    #[error("`{}`: {why}", command(what))]
    NoDatabase { what: &'static str, why: String },
    #[error("virtual links: where they lead is not in the database of their area")]
    VirtualLinks,
}

/// What ospfd is asked for one of [`TYPES`].
pub fn command(what: &str) -> String {
    format!("show ip ospf vrf all database {what} json")
}

/// The database of each VRF, the default one being `default`, from one text for each of [`TYPES`].
///
/// # Errors
/// The text that is not one.
pub fn parse(texts: [&str; 5]) -> Result<BTreeMap<String, Database>, Error> {
    let [router, network, summary, asbr, external] = texts;
    let [r, n, s, a, e] = TYPES;
    let mut networks = read::<Networks>(n, network)?;
    let mut summaries = read::<Summaries>(s, summary)?;
    let mut asbrs = read::<Asbrs>(a, asbr)?;
    let mut externals = read::<Externals>(e, external)?;
    // One that came or went between two of the texts is read anew when its routes are told.
    let database = |(vrf, routers): (String, Routers)| {
        let database = Database {
            routers,
            networks: networks.remove(&vrf).unwrap_or_default().lsas.areas,
            summaries: summaries.remove(&vrf).unwrap_or_default().lsas.areas,
            asbrs: asbrs.remove(&vrf).unwrap_or_default().lsas.areas,
            externals: externals.remove(&vrf).unwrap_or_default().lsas,
        };
        (vrf, database)
    };
    Ok(read::<Routers>(r, router)?.into_iter().map(database).collect())
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<BTreeMap<String, T>, Error> {
    serde_json::from_str(text).map_err(|error| Error::NoDatabase { what, why: error.to_string() })
}

type Areas<T> = BTreeMap<Ipv4Addr, Vec<T>>;

/// What ospfd knows of a VRF.
#[derive(Debug)]
pub struct Database {
    routers: Routers,
    networks: Areas<NetworkLsa>,
    summaries: Areas<SummaryLsa>,
    asbrs: Areas<SummaryLsa>,
    externals: Vec<ExternalLsa>,
}

#[derive(Deserialize, Debug)]
struct InAreas<T> {
    areas: Areas<T>,
}

impl<T> Default for InAreas<T> {
    fn default() -> InAreas<T> {
        InAreas { areas: BTreeMap::new() }
    }
}

#[derive(Deserialize, Debug)]
struct Routers {
    #[serde(rename = "routerId")]
    own: Ipv4Addr,
    #[serde(rename = "routerLinkStates", default)]
    lsas: InAreas<RouterLsa>,
}

#[derive(Deserialize, Default, Debug)]
struct Networks {
    #[serde(rename = "networkLinkStates", default)]
    lsas: InAreas<NetworkLsa>,
}

#[derive(Deserialize, Default, Debug)]
struct Summaries {
    #[serde(rename = "summaryLinkStates", default)]
    lsas: InAreas<SummaryLsa>,
}

#[derive(Deserialize, Default, Debug)]
struct Asbrs {
    #[serde(rename = "asbrSummaryLinkStates", default)]
    lsas: InAreas<SummaryLsa>,
}

#[derive(Deserialize, Default, Debug)]
struct Externals {
    #[serde(rename = "asExternalLinkStates", default)]
    lsas: Vec<ExternalLsa>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct RouterLsa {
    lsa_age: u32,
    link_state_id: Ipv4Addr,
    #[serde(default)]
    abr: bool,
    #[serde(default)]
    router_links: BTreeMap<String, RouterLink>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct RouterLink {
    link_type: String,
    neighbor_router_id: Option<Ipv4Addr>,
    designated_router_address: Option<Ipv4Addr>,
    network_address: Option<Ipv4Addr>,
    network_mask: Option<Mask>,
    router_interface_address: Option<Ipv4Addr>,
    #[serde(default)]
    tos0_metric: u32,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct NetworkLsa {
    lsa_age: u32,
    link_state_id: Ipv4Addr,
    network_mask: Mask,
    /// So spelt in 8.4.4.
    #[serde(rename = "attchedRouters", alias = "attachedRouters", default)]
    attached: BTreeMap<Ipv4Addr, serde::de::IgnoredAny>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct SummaryLsa {
    lsa_age: u32,
    link_state_id: Ipv4Addr,
    advertising_router: Ipv4Addr,
    network_mask: Mask,
    tos0_metric: u32,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct ExternalLsa {
    lsa_age: u32,
    link_state_id: Ipv4Addr,
    advertising_router: Ipv4Addr,
    network_mask: Mask,
    /// Begins with E1 or E2.
    metric_type: String,
    metric: u32,
    forward_address: Ipv4Addr,
}

/// As a length or as an address, by the type of the LSA.
#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Mask {
    Length(u8),
    Address(Ipv4Addr),
}

impl Mask {
    fn net(&self, address: Ipv4Addr) -> Option<IpNet> {
        let net = match self {
            Mask::Length(length) => Ipv4Net::new(address, *length),
            Mask::Address(mask) => Ipv4Net::with_netmask(address, *mask),
        };
        net.ok().map(|net| net.trunc().into())
    }
}

enum Kind {
    Router(Ipv4Addr),
    Transit(Ipv4Addr),
    Stub(IpNet),
    Virtual,
}

impl RouterLink {
    /// `None` of what this is no part of a topology of.
    fn kind(&self) -> Option<Kind> {
        let link = self.link_type.as_str();
        if link.contains("point-to-point") {
            self.neighbor_router_id.map(Kind::Router)
        } else if link.contains("Transit") {
            self.designated_router_address.map(Kind::Transit)
        } else if link.contains("Stub") {
            self.network_mask.as_ref()?.net(self.network_address?).map(Kind::Stub)
        } else {
            link.contains("Virtual").then_some(Kind::Virtual)
        }
    }
}

impl RouterLsa {
    fn links(&self) -> impl Iterator<Item = (&RouterLink, Kind)> {
        self.router_links.values().filter_map(|link| Some((link, link.kind()?)))
    }
}

/// How good a route is, whatever it costs (RFC 2328 11, 16.4): in the area, between areas, of the first external kind, of
/// the second with its metric.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Class {
    Intra,
    Inter,
    External1,
    External2(u32),
}

type Classes = BTreeMap<IpNet, Class>;

impl Database {
    /// The alternates of all prefixes.
    ///
    /// # Errors
    /// The database has what cannot be computed with.
    pub fn alternates(&self) -> Result<Alternates, Error> {
        let mut best: BTreeMap<IpNet, (Class, usize)> = BTreeMap::new();
        let mut computed: Vec<(Classes, Alternates)> = Vec::new();
        for (topology, classes) in self.topologies()? {
            for (prefix, class) in &classes {
                let (known, areas) = best.entry(*prefix).or_insert((*class, 0));
                if class < known {
                    (*known, *areas) = (*class, 1);
                } else if class == known {
                    *areas += 1;
                }
            }
            computed.push((classes, crate::compute(&topology)));
        }
        // Of a prefix that two areas have alike, neither knows the whole.
        let mine = |prefix: &IpNet, class: Class| best.get(prefix) == Some(&(class, 1));
        let all = computed.into_iter().flat_map(|(classes, alternates)| {
            alternates
                .into_iter()
                .filter_map(move |(prefix, protected)| Some((prefix, *classes.get(&prefix)?, protected)))
        });
        Ok(all
            .filter(|(prefix, class, _)| mine(prefix, *class))
            .map(|(p, _, protected)| (p, protected))
            .collect())
    }

    /// One for each area of this router, with how good each prefix is there.
    fn topologies(&self) -> Result<Vec<(Topology, Classes)>, Error> {
        let own = self.routers.own;
        let areas = self.routers.lsas.areas.iter();
        let ours = areas.filter(|(_, lsas)| lsas.iter().any(|lsa| lsa.link_state_id == own));
        let ours: Vec<(&Ipv4Addr, &Vec<RouterLsa>)> = ours.collect();
        let is_border = ours.len() > 1;
        ours.into_iter().map(|(area, lsas)| self.topology(*area, lsas, is_border)).collect()
    }

    fn topology(
        &self,
        area: Ipv4Addr,
        lsas: &[RouterLsa],
        is_border: bool,
    ) -> Result<(Topology, Classes), Error> {
        let networks = self.networks.get(&area).map_or(&[][..], Vec::as_slice);
        let mut builder = Builder::new(self.routers.own, lsas, networks);
        builder.links()?;
        if !is_border || area == BACKBONE {
            self.summaries.get(&area).into_iter().flatten().for_each(|lsa| builder.summary(lsa));
        }
        let asbrs = self.asbrs.get(&area).filter(|_| !is_border).map_or(&[][..], Vec::as_slice);
        self.externals.iter().for_each(|lsa| builder.external(lsa, asbrs));
        Ok(builder.finish())
    }
}

struct Builder<'a> {
    own: Ipv4Addr,
    lsas: BTreeMap<Ipv4Addr, &'a RouterLsa>,
    networks: BTreeMap<Ipv4Addr, &'a NetworkLsa>,
    routers: BTreeMap<Ipv4Addr, Node>,
    lans: BTreeMap<Ipv4Addr, Node>,
    topology: Topology,
    prefixes: BTreeMap<IpNet, (Class, Prefix)>,
}

impl<'a> Builder<'a> {
    fn new(own: Ipv4Addr, lsas: &'a [RouterLsa], networks: &'a [NetworkLsa]) -> Builder<'a> {
        let mut graph = Graph::default();
        let living = lsas.iter().filter(|lsa| lsa.lsa_age < MAX_AGE);
        let lsas: BTreeMap<_, _> = living.map(|lsa| (lsa.link_state_id, lsa)).collect();
        let living = networks.iter().filter(|lsa| lsa.lsa_age < MAX_AGE);
        let networks: BTreeMap<_, _> = living.map(|lsa| (lsa.link_state_id, lsa)).collect();
        let routers: BTreeMap<_, _> = lsas.keys().map(|id| (*id, graph.add_node())).collect();
        let lans: BTreeMap<_, _> = networks.keys().map(|id| (*id, graph.add_node())).collect();
        let borders: BTreeSet<Node> =
            lsas.iter().filter(|(_, lsa)| lsa.abr).filter_map(|(id, _)| routers.get(id).copied()).collect();
        // Without an LSA of its own there is no link of it, and no prefix is reached.
        let of = routers.get(&own).copied().unwrap_or(Node::MAX);
        let topology = Topology { graph, own: of, borders, ..Topology::default() };
        Builder { own, lsas, networks, routers, lans, topology, prefixes: BTreeMap::new() }
    }

    fn links(&mut self) -> Result<(), Error> {
        let lsas: Vec<(Ipv4Addr, &RouterLsa)> = self.lsas.iter().map(|(id, lsa)| (*id, *lsa)).collect();
        for (id, lsa) in lsas {
            let node = self.routers[&id];
            for (link, kind) in lsa.links() {
                match kind {
                    Kind::Virtual => return Err(Error::VirtualLinks),
                    Kind::Stub(net) => self.attach(net, Class::Intra, node, link.tos0_metric, false),
                    Kind::Router(other) => self.link_router((id, lsa, node), link, other),
                    Kind::Transit(lan) => self.link_lan((id, node), link, lan),
                }
            }
        }
        let networks: Vec<(Ipv4Addr, &NetworkLsa)> = self.networks.iter().map(|(id, n)| (*id, *n)).collect();
        for (id, network) in networks {
            if let Some(net) = network.network_mask.net(id) {
                self.attach(net, Class::Intra, self.lans[&id], 0, false);
            }
        }
        Ok(())
    }

    /// A link counts when both ends announce it (RFC 2328 16.1).
    fn link_router(
        &mut self,
        (id, lsa, node): (Ipv4Addr, &RouterLsa, Node),
        link: &RouterLink,
        other: Ipv4Addr,
    ) {
        let Some(theirs) = self.lsas.get(&other).copied() else { return };
        let back = theirs.links().filter(|(_, kind)| matches!(kind, Kind::Router(to) if *to == id));
        let back: Vec<&RouterLink> = back.map(|(link, _)| link).collect();
        if back.is_empty() {
            return;
        }
        let to = self.routers[&other];
        self.topology.graph.add_edge(node, to, link.tos0_metric);
        if id == self.own {
            let end = other_end(lsa, link, &back);
            let address = end.and_then(|end| end.router_interface_address);
            let usable = link.tos0_metric < MAX_LINK && back.iter().all(|link| link.tos0_metric < MAX_LINK);
            self.adjacency(to, link.tos0_metric, None, address, usable);
        }
    }

    fn link_lan(&mut self, (id, node): (Ipv4Addr, Node), link: &RouterLink, lan: Ipv4Addr) {
        let Some(network) = self.networks.get(&lan).filter(|lsa| lsa.attached.contains_key(&id)).copied()
        else {
            return;
        };
        let net = self.lans[&lan];
        self.topology.graph.add_edge(node, net, link.tos0_metric);
        self.topology.graph.add_edge(net, node, 0);
        if id != self.own {
            return;
        }
        for other in network.attached.keys().filter(|other| **other != id) {
            let Some(theirs) = self.lsas.get(other) else { continue };
            let on_lan = |kind: &Kind| matches!(kind, Kind::Transit(on) if *on == lan);
            let Some((end, _)) = theirs.links().find(|(_, kind)| on_lan(kind)) else { continue };
            let usable = link.tos0_metric < MAX_LINK && end.tos0_metric < MAX_LINK;
            let (address, router) = (end.router_interface_address, self.routers[other]);
            self.adjacency(router, link.tos0_metric, Some(net), address, usable);
        }
    }

    /// Without an address (`address` of an unnumbered link is an index) it is no hop, and still a link.
    fn adjacency(
        &mut self,
        router: Node,
        cost: u32,
        lan: Option<Node>,
        address: Option<Ipv4Addr>,
        usable: bool,
    ) {
        let address = address.filter(|address| address.octets()[0] != 0);
        let hops = address.map(|address| Hop { on: On::Network, gateway: address.into() });
        let hops = hops.into_iter().collect();
        self.topology.adjacencies.push(Adjacency { router, cost, lan, hops, usable });
    }

    fn attach(&mut self, net: IpNet, class: Class, node: Node, cost: u32, beyond: bool) {
        let (best, prefix) = self.prefixes.entry(net).or_insert((class, Prefix::default()));
        if class < *best {
            (*best, *prefix) = (class, Prefix::default());
        }
        if class == *best {
            prefix.at.push(Attachment { node, cost });
            prefix.beyond |= beyond;
        }
    }

    fn summary(&mut self, lsa: &SummaryLsa) {
        let Some(net) = lsa.network_mask.net(lsa.link_state_id) else { return };
        if let Some(node) = self.border(lsa) {
            self.attach(net, Class::Inter, node, lsa.tos0_metric, true);
        }
    }

    /// The border router that announces a summary, unless it is this one or it takes the summary back.
    fn border(&self, lsa: &SummaryLsa) -> Option<Node> {
        let counts = lsa.lsa_age < MAX_AGE && lsa.advertising_router != self.own;
        let counts = counts && lsa.tos0_metric < (1 << 24) - 1;
        counts.then(|| self.routers.get(&lsa.advertising_router).copied()).flatten()
    }

    fn external(&mut self, lsa: &ExternalLsa, asbrs: &[SummaryLsa]) {
        let counts = lsa.lsa_age < MAX_AGE
            && lsa.metric < (1 << 24) - 1
            && lsa.forward_address.is_unspecified()
            && lsa.advertising_router != self.own;
        let Some(net) = lsa.network_mask.net(lsa.link_state_id).filter(|_| counts) else { return };
        let (class, metric) = match lsa.metric_type.get(..2) {
            Some("E1") => (Class::External1, lsa.metric),
            Some("E2") => (Class::External2(lsa.metric), 0),
            _ => return,
        };
        if let Some(node) = self.routers.get(&lsa.advertising_router) {
            return self.attach(net, class, *node, metric, false);
        }
        for asbr in asbrs.iter().filter(|asbr| asbr.link_state_id == lsa.advertising_router) {
            if let Some(node) = self.border(asbr) {
                self.attach(net, class, node, asbr.tos0_metric.saturating_add(metric), true);
            }
        }
    }

    fn finish(mut self) -> (Topology, Classes) {
        let classes = self.prefixes.iter().map(|(net, (class, _))| (*net, *class)).collect();
        self.topology.prefixes = self.prefixes.into_iter().map(|(net, (_, prefix))| (net, prefix)).collect();
        (self.topology, classes)
    }
}

/// The neighbor's end of one of our links to it: of several, that on the network which we announce the link to have.
fn other_end<'b>(lsa: &RouterLsa, link: &RouterLink, back: &[&'b RouterLink]) -> Option<&'b RouterLink> {
    if let [only] = back {
        return Some(only);
    }
    let ours = link.router_interface_address?;
    let stubs = lsa.links().filter_map(|(_, kind)| if let Kind::Stub(net) = kind { Some(net) } else { None });
    let net =
        stubs.filter(|net| net.contains(&std::net::IpAddr::from(ours))).max_by_key(IpNet::prefix_len)?;
    let on_it = |end: &&&RouterLink| {
        end.router_interface_address.is_some_and(|address| net.contains(&std::net::IpAddr::from(address)))
    };
    back.iter().find(on_it).copied()
}
