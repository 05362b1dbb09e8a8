//! Routes of routing daemons: from what their threads hand over into the RIB, and when each source is complete.

use crate::bgp::{self, Feeds};
use crate::desired::Desired;
use crate::fpm::{self, Fpm};
use crate::lfa::{Lfa, Status as LfaStatus};
use ::bgp::{Attributes, Family, Learned as How, PeerState};
use ::fpm::Target;
use config::{Config, LfaSource, VrfId};
use ipnet::IpNet;
use mio::Waker;
use rib::{BgpPath, FpmHop, FpmTarget, Gone, Proof, Refused, Rib};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `RTPROT_KERNEL` of rtnetlink(7): connected networks, which the switch has from its file.
const KERNEL: u8 = 2;

/// What zebra writes for bgpd (FRR's `rt_netlink.h`).
const BGP: u8 = 186;

/// LOCAL_PREF of a path that has none: the field's default.
const LOCAL_PREF: u32 = 100;

/// How long BGP speakers have to come at the start, when nothing else says so.
const BGP_HOLD: Duration = Duration::from_secs(120);

/// Tables of no VRF that are told apart: a policy may have hundreds, and whoever sends more is not heard about each.
const MOST_TABLES: usize = 64;

/// Changes of each source in one turn of the loop: a few milliseconds.
const TURN: usize = 4096;

/// Why something was not taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub(crate) enum Left {
    #[error("routes in tables of no VRF")]
    OtherTable,
    #[error("routes without a gateway")]
    NoGateway,
    #[error("{0}")]
    Refused(Refused),
}

#[derive(Debug)]
pub(crate) struct Learned {
    waker: Arc<Waker>,
    fpm: Option<Fpm>,
    feeds: Option<Feeds>,
    lfa: Lfa,
    /// Routes told in tables that are no VRF's.
    other_tables: BTreeMap<u32, u64>,
    /// By the word of the source.
    left: BTreeMap<(&'static str, Left), u64>,
    /// Identifiers of BGP's neighbors, by number.
    identifiers: BTreeMap<u32, u32>,
    /// Families of BGP's neighbors of which everything is in the RIB.
    ended: BTreeSet<(u32, Family)>,
    /// Families of BGP's neighbors of which paths are in the RIB whose session is gone.
    stale: BTreeSet<(u32, Family)>,
    /// Neighbors of BGP that have said everything once.
    complete: BTreeSet<u32>,
    /// Until when those have to come that have not.
    until: Instant,
    preference: u32,
    /// Everything that FPM has to say is in the RIB.
    fpm_complete: bool,
    /// The same of every neighbor of BGP.
    bgp_complete: bool,
}

impl Learned {
    /// `waker` wakes the loop when there is something to take.
    pub(crate) fn new(waker: Arc<Waker>, now: Instant) -> Learned {
        Learned {
            lfa: Lfa::new(Arc::clone(&waker)),
            waker,
            fpm: None,
            feeds: None,
            other_tables: BTreeMap::new(),
            left: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            ended: BTreeSet::new(),
            stale: BTreeSet::new(),
            complete: BTreeSet::new(),
            until: now,
            preference: 0,
            fpm_complete: false,
            bgp_complete: false,
        }
    }

    /// Listens as the file says. What was learned from whom it does not name any more is forgotten.
    ///
    /// # Errors
    /// Why nobody listens, or as before, for each that does not.
    pub(crate) fn configure(&mut self, config: &Config, rib: &mut Rib, now: Instant) -> Vec<String> {
        let mut problems = Vec::new();
        problems.extend(self.configure_fpm(config, rib).err().map(|error| error.to_string()));
        problems.extend(self.configure_bgp(config, rib, now).err().map(|error| error.to_string()));
        let lfa = self.lfa.configure(config).err();
        problems.extend(lfa.map(|error| format!("nobody reads loop-free alternates: {error}")));
        problems
    }

    fn configure_fpm(&mut self, config: &Config, rib: &mut Rib) -> Result<(), fpm::StartError> {
        let Some(given) = &config.fpm else {
            if self.fpm.take().is_some() {
                self.fpm_complete = false;
                rib.forget_fpm();
            }
            return Ok(());
        };
        self.preference = given.preference;
        let settings = fpm::Settings {
            listen: given.listen,
            allow: given.allow.clone(),
            netns: given.netns.clone(),
            hold: given.hold,
            // The RIB says which it takes; beyond, the session holds a few more than fit, to know which they are.
            routes: (config.tables.routes_v4 as usize).saturating_add(config.tables.routes_v6 as usize) * 2,
        };
        match &mut self.fpm {
            Some(fpm) => fpm.configure(settings),
            None => Fpm::start(settings, Arc::clone(&self.waker)).map(|fpm| self.fpm = Some(fpm)),
        }
    }

    fn configure_bgp(
        &mut self,
        config: &Config,
        rib: &mut Rib,
        now: Instant,
    ) -> Result<(), bgp::ListenError> {
        let Some(given) = &config.bgp else {
            if self.feeds.take().is_some() {
                self.stale.clear();
                rib.forget_bgp();
            }
            return Ok(());
        };
        let neighbor = |neighbor: &config::BgpNeighbor| bgp::NeighborSettings {
            vrf: neighbor.vrf,
            address: neighbor.address,
            asn: neighbor.asn,
            password: neighbor.password.clone().map(bgp::Password),
            path_limit: neighbor.paths,
            stale_hold: neighbor.stale_hold,
        };
        let settings = bgp::Settings {
            listen: given.listen,
            netns: given.netns.clone(),
            local: ::bgp::Local {
                asn: given.asn,
                router_id: given.router_id,
                hold_time: given.hold_time.as_secs() as u16,
            },
            neighbors: given.neighbors.iter().map(neighbor).collect(),
        };
        match &mut self.feeds {
            Some(feeds) => feeds.configure(&settings),
            None => {
                self.until = now + config.fpm.as_ref().map_or(BGP_HOLD, |fpm| fpm.hold);
                Feeds::start(&settings, Arc::clone(&self.waker)).map(|feeds| self.feeds = Some(feeds))
            }
        }
    }

    /// Moves what is there into the RIB, so much of it as fits into a turn.
    pub(crate) fn take(&mut self, desired: &mut Desired, now: Instant) {
        let doubt = self.doubt(now);
        let Desired { config, rib, .. } = desired;
        if let Some(fpm) = &mut self.fpm {
            let complete = fpm.is_complete();
            let changes = fpm.take(TURN);
            self.fpm_complete |= complete && changes.len() < TURN;
            for change in changes {
                let table = match &change {
                    ::fpm::Change::Set { table, .. } | ::fpm::Change::Withdraw { table, .. } => *table,
                };
                let vrf = config.vrf_of_table(table);
                let of_igp = of_igp(&change, vrf);
                let applied = apply_fpm(rib, change, vrf, self.preference, doubt);
                if applied == Err(Left::OtherTable) {
                    self.count_table(table);
                }
                if let Err(left) = applied {
                    *self.left.entry(("fpm", left)).or_default() += 1;
                }
                if let Some(prefix) = of_igp {
                    self.lfa.on_route(prefix, rib);
                }
            }
        }
        self.lfa.take(rib);
        let Some(feeds) = &mut self.feeds else { return };
        for (vrf, change) in feeds.take(TURN) {
            match change {
                ::bgp::Change::EndOfRib { peer, family } => _ = self.ended.insert((peer, family)),
                ::bgp::Change::State { peer, state: PeerState::Established { identifier } } => {
                    self.identifiers.insert(peer, identifier.into());
                    // What is waited for is that of this session.
                    self.ended.retain(|(of, _)| *of != peer);
                }
                ::bgp::Change::Stale { peer, family, until: Some(_) } => {
                    self.stale.insert((peer, family));
                }
                ::bgp::Change::Stale { peer, family, until: None } => {
                    if self.stale.remove(&(peer, family)) && self.stale.is_empty() {
                        rib.end_left(|gone| gone == Gone::Withdrawn || !doubt.outlived);
                    }
                }
                change => {
                    if let Err(left) = apply_bgp(rib, vrf, &change, &self.identifiers) {
                        *self.left.entry(("bgp", left)).or_default() += 1;
                    }
                }
            }
        }
        if !self.bgp_complete && !self.ended.is_empty() {
            let peers = feeds.snapshot().peers;
            for (_, peer) in &peers {
                let negotiated = Family::ALL.iter().zip(&peer.families).filter(|(_, now)| now.negotiated);
                let mut ended =
                    negotiated.map(|(family, _)| self.ended.contains(&(peer.peer, *family))).peekable();
                if ended.peek().is_some() && ended.all(|ended| ended) {
                    self.complete.insert(peer.peer);
                }
            }
            self.bgp_complete = peers.iter().all(|(_, peer)| self.complete.contains(&peer.peer));
        }
    }

    fn doubt(&self, now: Instant) -> Doubt {
        let (Some(fpm), Some(feeds)) = (&self.fpm, &self.feeds) else { return Doubt::default() };
        Doubt {
            // The RIB may not have heard yet of the first, or of the last.
            stale: feeds.have_stale() || !self.stale.is_empty(),
            outlived: fpm.lost_at().is_some_and(|lost| feeds.have_spoken_before(lost)),
            settled: fpm.is_settled(now),
        }
    }

    fn count_table(&mut self, table: u32) {
        if self.other_tables.len() < MOST_TABLES || self.other_tables.contains_key(&table) {
            *self.other_tables.entry(table).or_default() += 1;
        }
    }

    /// Tables that are no VRF's, each with how many routes were told in it.
    pub(crate) fn other_tables(&self) -> Vec<(u32, u64)> {
        self.other_tables.iter().map(|(table, count)| (*table, *count)).collect()
    }

    /// Whether everything was heard that FPM and BGP have to say.
    pub(crate) fn is_complete(&self, now: Instant) -> (bool, bool) {
        (
            self.fpm.is_none() || self.fpm_complete,
            self.feeds.is_none() || self.bgp_complete || self.until <= now,
        )
    }

    /// When [`Learned::is_complete`] may say something else though nothing was heard.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        (self.feeds.is_some() && !self.bgp_complete && self.until > now).then_some(self.until)
    }

    pub(crate) fn fpm(&self) -> Option<&Fpm> {
        self.fpm.as_ref()
    }

    pub(crate) fn feeds(&self) -> Option<&Feeds> {
        self.feeds.as_ref()
    }

    /// From where alternates come, how the readings went, and how many prefixes have some.
    pub(crate) fn lfa(&self) -> Option<(&LfaSource, LfaStatus, usize)> {
        self.lfa.status()
    }

    /// What was not taken, by source and reason.
    pub(crate) fn left(&self) -> Vec<(&'static str, String, u64)> {
        self.left.iter().map(|((source, left), count)| (*source, left.to_string(), *count)).collect()
    }
}

/// The prefix, when a route of a link-state protocol to it is new or another one.
fn of_igp(change: &::fpm::Change, vrf: Option<VrfId>) -> Option<rib::Prefix> {
    match change {
        ::fpm::Change::Set { prefix, protocol, .. } if rib::LINK_STATE.contains(protocol) => {
            Some(rib::Prefix { vrf: vrf?, net: *prefix })
        }
        _ => None,
    }
}

/// Why FPM's withdrawal of a route of BGP may come of a restart and not of BGP (ADR 12).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Doubt {
    /// A session of BGP is gone, or came back and has not told everything: zebra deletes what bgpd has not told it yet.
    stale: bool,
    /// A bgpd was there before zebra's connection was lost, and does not tell a new zebra what it told the old one.
    outlived: bool,
    /// What zebra deletes is its own word by now, and not what its former self has left.
    settled: bool,
}

impl Doubt {
    /// How it is left to BGP, if it is.
    fn of(self, untold: bool) -> Option<Gone> {
        match self {
            Doubt { stale: true, .. } => Some(Gone::Withdrawn),
            Doubt { outlived: true, settled, .. } if untold || !settled => Some(Gone::Untold),
            _ => None,
        }
    }
}

/// `vrf` is that of the change's table, if it is one's.
fn apply_fpm(
    rib: &mut Rib,
    change: ::fpm::Change,
    vrf: Option<VrfId>,
    preference: u32,
    doubt: Doubt,
) -> Result<(), Left> {
    let Some(vrf) = vrf else {
        let is_set = matches!(change, ::fpm::Change::Set { .. });
        return if is_set { Err(Left::OtherTable) } else { Ok(()) };
    };
    match change {
        ::fpm::Change::Withdraw { prefix, untold, .. } => {
            match doubt.of(untold) {
                Some(gone) => rib.leave_fpm((vrf, prefix), gone),
                None => rib.withdraw_fpm((vrf, prefix)),
            }
            Ok(())
        }
        ::fpm::Change::Set { prefix, protocol: KERNEL, .. } => {
            rib.withdraw_fpm((vrf, prefix));
            Ok(())
        }
        ::fpm::Change::Set { prefix, protocol, metric, target, .. } => {
            let prefix = rib::Prefix { vrf, net: prefix };
            let Some(target) = self::target(&target) else {
                rib.withdraw_fpm(prefix);
                return Err(Left::NoGateway);
            };
            let is_bgp = protocol == BGP;
            let fpm = rib::Fpm { protocol, is_bgp, preference, metric, proof: Proof::Unproven, target };
            rib.set_fpm(prefix, fpm).map_err(Left::Refused)
        }
    }
}

/// `None` when nothing of it can be sent to.
fn target(target: &Target) -> Option<FpmTarget> {
    match target {
        Target::Blackhole => Some(FpmTarget::Blackhole),
        Target::Unreachable => Some(FpmTarget::Unreachable),
        Target::Prohibit => Some(FpmTarget::Prohibit),
        Target::NextHops(next_hops) => {
            let hop = |hop: &::fpm::NextHop| {
                Some(FpmHop { link: hop.ifindex, gateway: hop.gateway?, weight: hop.weight })
            };
            let hops: smallvec::SmallVec<[FpmHop; 1]> = next_hops.iter().filter_map(hop).collect();
            (!hops.is_empty()).then_some(FpmTarget::Hops(hops))
        }
    }
}

fn apply_bgp(
    rib: &mut Rib,
    vrf: VrfId,
    change: &::bgp::Change,
    identifiers: &BTreeMap<u32, u32>,
) -> Result<(), Left> {
    match change {
        ::bgp::Change::Set { peer, prefix, path_id, path } => {
            let identifier = identifiers.get(peer).copied().unwrap_or(0);
            set_bgp(rib, (vrf, *prefix), (*peer, identifier), *path_id, path).map_err(Left::Refused)
        }
        ::bgp::Change::Withdraw { peer, prefix, path_id } => {
            rib.withdraw_bgp((vrf, *prefix), *peer, *path_id);
            Ok(())
        }
        ::bgp::Change::EndOfRib { .. } | ::bgp::Change::Stale { .. } | ::bgp::Change::State { .. } => Ok(()),
    }
}

fn set_bgp(
    rib: &mut Rib,
    (vrf, prefix): (VrfId, IpNet),
    (peer, identifier): (u32, u32),
    path_id: u32,
    path: &Attributes,
) -> Result<(), Refused> {
    let as_path = path.as_path();
    let path = BgpPath {
        peer,
        vrf,
        next_hop: path.next_hop,
        local_pref: path.local_pref.unwrap_or(LOCAL_PREF),
        as_path_len: as_path.length() as u32,
        origin: path.origin as u8,
        neighbor_as: as_path.neighbor_as(),
        med: path.med.unwrap_or(0),
        external: path.learned() == How::External,
        router_id: path.originator_id.map_or(identifier, u32::from),
        cluster_len: path.cluster_list_length() as u32,
    };
    rib.set_bgp(prefix, path_id, path)
}
