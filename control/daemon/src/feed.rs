//! The desired state as a sequence of messages, produced as fast as the switch takes them.

use crate::desired::Desired;
use api::Source;
use api::control::Prefix;
use api::switch::{MAX_ROUTES, Request, RouteUpdate};
use rib::{Change, GroupId, PathId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

/// Where the telling stands, on one connection.
#[derive(Debug)]
pub(crate) struct Feed {
    stage: Stage,
    /// Said before anything else.
    ready: VecDeque<Request>,
    /// Groups that the switch knows by our numbers.
    announced: BTreeSet<GroupId>,
    /// Those of them whose numbers mean what they mean now.
    current: BTreeSet<GroupId>,
    /// Paths that were made, as far as they were told, by name.
    made: BTreeMap<PathId, String>,
    /// A path was made since [`Feed::take_made`].
    has_made: bool,
    subscribed: bool,
    /// What was refused of what is not the operator's, and whether nothing was of that.
    refused: u32,
    operator_accepted: bool,
    /// Whose sync has ended, by number.
    ended: [bool; Source::ALL.len()],
}

#[derive(Debug)]
enum Stage {
    Begin(usize),
    Path(PathId),
    /// Before the first route, so that a switch that has just started never sends a packet over a drained path.
    Drain(Option<String>),
    /// All but the operator's.
    Routes,
    /// What was not said again may go only if all of this was accepted: a sync is never ended on a refusal.
    Confirm,
    OperatorRoutes(Option<Prefix>),
    ConfirmOperator,
    Subscribe,
    Live,
    /// A source that was not complete before is.
    ConfirmEnd(Source),
}

/// What else decides what is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) drained: &'a BTreeSet<String>,
    /// Whether everything that a source has to say was heard, by number.
    pub(crate) complete: [bool; Source::ALL.len()],
}

impl Feed {
    pub(crate) fn new() -> Feed {
        Feed {
            stage: Stage::Begin(0),
            ready: VecDeque::new(),
            announced: BTreeSet::new(),
            current: BTreeSet::new(),
            made: BTreeMap::new(),
            has_made: false,
            subscribed: false,
            refused: 0,
            operator_accepted: true,
            ended: [false; Source::ALL.len()],
        }
    }

    /// Says everything again from the beginning. Numbers of paths, and with them groups, may mean others.
    pub(crate) fn restart(&mut self) {
        self.stage = Stage::Begin(0);
        self.ready.clear();
        self.current.clear();
        self.made.clear();
        self.ended = Default::default();
    }

    /// The next message; `None` when everything was said, or has to be confirmed first.
    pub(crate) fn next(&mut self, desired: &mut Desired, around: &Around<'_>) -> Option<Request> {
        loop {
            if let Some(request) = self.ready.pop_front() {
                return Some(request);
            }
            match &mut self.stage {
                Stage::Begin(index) => {
                    if *index == 0 {
                        desired.rib.tell_all();
                    }
                    let Some(source) = Source::ALL.get(*index) else {
                        self.stage = Stage::Path(0);
                        continue;
                    };
                    *index += 1;
                    return Some(Request::SyncBegin { source: *source });
                }
                Stage::Path(path) => {
                    let id = *path;
                    if !desired.rib.is_named(id) {
                        self.stage = Stage::Drain(None);
                        continue;
                    }
                    *path += 1;
                    return Some(Request::Path { id, source: Source::Static, path: desired.path(id) });
                }
                Stage::Drain(after) => match next_drain(desired, around.drained, after) {
                    Some(drain) => return Some(drain),
                    None => self.stage = Stage::Routes,
                },
                Stage::Routes => {
                    if !self.slice(desired, around.drained, Some(Source::Operator)) {
                        self.stage = Stage::Confirm;
                    }
                }
                Stage::OperatorRoutes(after) => match desired.next_operators(after.as_ref()) {
                    Some(prefix) => {
                        *after = Some(prefix.clone());
                        let told = self.tell(desired, &prefix, around.drained);
                        self.ready.extend(told);
                    }
                    None => self.stage = Stage::ConfirmOperator,
                },
                Stage::Confirm | Stage::ConfirmOperator | Stage::ConfirmEnd(_) => return None,
                Stage::Subscribe => {
                    self.stage = Stage::Live;
                    if !std::mem::replace(&mut self.subscribed, true) {
                        return Some(Request::Subscribe);
                    }
                }
                Stage::Live => {
                    if self.slice(desired, around.drained, None) {
                        continue;
                    }
                    match self.next_end(around) {
                        Some(source) => self.stage = Stage::ConfirmEnd(source),
                        None => return None,
                    }
                }
            }
        }
    }

    /// A source that is complete now and whose sync has not ended.
    fn next_end(&self, around: &Around<'_>) -> Option<Source> {
        let ends = |source: &&Source| {
            let at = usize::from(source.index());
            around.complete[at] && !self.ended[at]
        };
        Source::ALL.iter().find(ends).copied()
    }

    /// Takes the next changes of the RIB into what is ready to be said. False when there are none left.
    fn slice(&mut self, desired: &mut Desired, drained: &BTreeSet<String>, but: Option<Source>) -> bool {
        while desired.rib.has_news() {
            let changes = desired.rib.next_changes(MAX_ROUTES, but);
            let requests = self.say(desired, &changes, drained);
            if !requests.is_empty() {
                self.ready.extend(requests);
                return true;
            }
        }
        false
    }

    /// What the switch has to be told of one prefix.
    pub(crate) fn tell(
        &mut self,
        desired: &mut Desired,
        prefix: &Prefix,
        drained: &BTreeSet<String>,
    ) -> Vec<Request> {
        // One in a VRF that the file does not have waits.
        let Ok(vrf) = desired.vrf(prefix.vrf.as_deref()) else { return Vec::new() };
        let changes = desired.rib.tell((vrf, prefix.net), None);
        self.say(desired, changes.as_slice(), drained)
    }

    /// Paths, then groups, then the prefixes on them, then what nothing needs any more.
    fn say(&mut self, desired: &mut Desired, changes: &[Change], drained: &BTreeSet<String>) -> Vec<Request> {
        let gone = desired.rib.take_freed();
        self.current.retain(|group| !gone.contains(group));
        let mut requests = Vec::new();
        // By VRF, for each source.
        let mut updates: [BTreeMap<u8, Vec<RouteUpdate>>; Source::ALL.len()] = Default::default();
        let mut last = None;
        for Change { prefix, source, group } in changes.iter().copied() {
            if let Some(id) = group
                && last.replace(id) != Some(id)
                && self.current.insert(id)
            {
                self.announce(desired, id, drained, &mut requests);
            }
            let of_source = &mut updates[usize::from(source.index())];
            of_source.entry(prefix.vrf).or_default().push(RouteUpdate { prefix: prefix.net, group });
        }
        for (source, updates) in Source::ALL.into_iter().zip(updates) {
            for (vrf, updates) in updates {
                let vrf = desired.config.vrf_name(vrf).map(ToOwned::to_owned);
                requests.push(Request::Routes { source, vrf, updates });
            }
        }
        for id in gone {
            if !self.current.contains(&id) && self.announced.remove(&id) {
                requests.push(Request::GroupForget { id });
            }
        }
        requests
    }

    fn announce(
        &mut self,
        desired: &Desired,
        id: GroupId,
        drained: &BTreeSet<String>,
        requests: &mut Vec<Request>,
    ) {
        let members: Vec<PathId> = desired.rib.group(id).tiers().flatten().collect();
        for member in members {
            if desired.rib.is_named(member) || self.made.contains_key(&member) {
                continue;
            }
            let path = desired.path(member);
            self.made.insert(member, path.name.clone());
            self.has_made = true;
            let drain = drained.contains(&path.name).then(|| path.name.clone());
            requests.push(Request::Path { id: member, source: desired.maker(), path });
            requests.extend(drain.map(|path| Request::Drain { path, drained: true }));
        }
        self.announced.insert(id);
        requests.push(Request::Group { id, group: desired.group(id) });
    }

    /// Whether a path was made since the last time.
    pub(crate) fn take_made(&mut self) -> bool {
        std::mem::take(&mut self.has_made)
    }

    /// Paths that were made and are not needed any more.
    pub(crate) fn forget_paths(&mut self, gone: &[PathId]) {
        for path in gone {
            if let Some(name) = self.made.remove(path) {
                self.ready.push_back(Request::PathRemove { name });
            }
        }
    }

    /// Whether it waits for [`Feed::confirm`].
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Confirm | Stage::ConfirmOperator | Stage::ConfirmEnd(_))
    }

    /// Whether everything was said once, and only changes are.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Live)
    }

    /// The switch has applied all so far but for what it `refused`. Only when that is nothing of a source, its sync ends
    /// and what is stale goes.
    pub(crate) fn confirm(&mut self, desired: &Desired, refused: u32, around: &Around<'_>) {
        match self.stage {
            Stage::Confirm => {
                self.refused = refused;
                self.stage = Stage::OperatorRoutes(None);
            }
            Stage::ConfirmOperator => {
                self.operator_accepted = refused == self.refused;
                while let Some(source) = self.next_end(around) {
                    self.end(source);
                }
                self.forget_groups(desired);
                self.stage = Stage::Subscribe;
            }
            Stage::ConfirmEnd(source) => {
                self.refused = refused;
                self.end(source);
                self.stage = Stage::Live;
            }
            _ => unreachable!("nothing waits for a confirmation"),
        }
    }

    fn end(&mut self, source: Source) {
        self.ended[usize::from(source.index())] = true;
        let accepted = match source {
            Source::Operator => self.operator_accepted,
            Source::Static | Source::Fpm | Source::Bgp => self.refused == 0,
        };
        if accepted {
            self.ready.push_back(Request::SyncEnd { source });
        }
    }

    /// Those of before a restart that were not said again.
    fn forget_groups(&mut self, desired: &Desired) {
        let now: BTreeSet<GroupId> = desired.rib.groups().map(|(id, _)| id).collect();
        let gone: Vec<GroupId> = self.announced.difference(&now).copied().collect();
        for id in gone {
            self.announced.remove(&id);
            self.ready.push_back(Request::GroupForget { id });
        }
    }
}

/// The next drained path by name that the switch may have: one of the file, or one that is made again before long.
fn next_drain(desired: &Desired, drained: &BTreeSet<String>, after: &mut Option<String>) -> Option<Request> {
    let start = after.take().map_or(Unbounded, Excluded);
    let may_be = |name: &&String| desired.learns() || desired.has_path(name);
    let path = drained.range::<String, _>((start, Unbounded)).find(may_be)?;
    *after = Some(path.clone());
    Some(Request::Drain { path: path.clone(), drained: true })
}
