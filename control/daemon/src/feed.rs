//! The desired state as a sequence of messages, produced as fast as the switch takes them.

use crate::desired::Desired;
use api::Source;
use api::switch::Request;
use ipnet::IpNet;
use rib::GroupId;
use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

/// Where the telling stands, on one connection.
#[derive(Debug)]
pub(crate) struct Feed {
    stage: Stage,
    /// Groups that the switch knows by our numbers.
    announced: BTreeSet<GroupId>,
    subscribed: bool,
    /// What was refused of the file's part, and whether nothing was of the operator's.
    refused: u32,
    operator_accepted: bool,
}

#[derive(Debug)]
enum Stage {
    Begin,
    Path(usize),
    /// Before the first route, so that a switch that has just started never sends a packet over a drained path.
    DrainEarly(Option<String>),
    Groups(Vec<GroupId>),
    Routes(Option<IpNet>),
    /// What was not said again may go only if all of this was accepted: a sync is never ended on a refusal.
    Confirm,
    Forget(Vec<GroupId>),
    OperatorBegin,
    OperatorRoutes(Option<IpNet>),
    ConfirmOperator,
    Drain(Option<String>),
    Subscribe,
    Done,
}

impl Feed {
    pub(crate) fn new() -> Feed {
        let (refused, operator_accepted) = (0, true);
        Feed {
            stage: Stage::Begin,
            announced: BTreeSet::new(),
            subscribed: false,
            refused,
            operator_accepted,
        }
    }

    /// Says everything again from the beginning.
    pub(crate) fn restart(&mut self) {
        self.stage = Stage::Begin;
    }

    /// The next message; `None` when everything was said, or has to be confirmed first.
    pub(crate) fn next(&mut self, desired: &Desired, drained: &BTreeSet<String>) -> Option<Request> {
        loop {
            match &mut self.stage {
                Stage::Begin => {
                    self.stage = Stage::Path(0);
                    return Some(Request::SyncBegin { source: Source::Static });
                }
                Stage::Path(index) => {
                    let Some(path) = desired.path(*index) else {
                        self.stage = Stage::DrainEarly(None);
                        continue;
                    };
                    let id = *index as u32;
                    *index += 1;
                    return Some(Request::Path { id, source: Source::Static, path });
                }
                Stage::DrainEarly(after) => match next_drain(desired, drained, after) {
                    Some(drain) => return Some(drain),
                    None => self.stage = self.begin_groups(desired),
                },
                Stage::Groups(left) => match left.pop() {
                    Some(id) => return Some(Request::Group { id, group: desired.group(id) }),
                    None => self.stage = Stage::Routes(None),
                },
                Stage::Routes(after) => {
                    let updates = desired.routes(Source::Static, *after);
                    let Some(last) = updates.last() else {
                        self.stage = Stage::Confirm;
                        continue;
                    };
                    *after = Some(last.prefix);
                    return Some(Request::Routes { source: Source::Static, updates });
                }
                Stage::Confirm | Stage::ConfirmOperator => return None,
                Stage::Forget(left) => match left.pop() {
                    Some(id) => return Some(Request::GroupForget { id }),
                    None => self.stage = Stage::OperatorBegin,
                },
                Stage::OperatorBegin => {
                    self.stage = Stage::OperatorRoutes(None);
                    self.operator_accepted = true;
                    return Some(Request::SyncBegin { source: Source::Operator });
                }
                Stage::OperatorRoutes(after) => {
                    let updates = desired.routes(Source::Operator, *after);
                    if let Some(last) = updates.last() {
                        *after = Some(last.prefix);
                        return Some(Request::Routes { source: Source::Operator, updates });
                    }
                    self.stage = if after.is_some() { Stage::ConfirmOperator } else { Stage::Drain(None) };
                }
                Stage::Drain(after) => match next_drain(desired, drained, after) {
                    Some(drain) => return Some(drain),
                    None => {
                        self.stage = Stage::Subscribe;
                        if self.operator_accepted {
                            return Some(Request::SyncEnd { source: Source::Operator });
                        }
                    }
                },
                Stage::Subscribe => {
                    self.stage = Stage::Done;
                    if !std::mem::replace(&mut self.subscribed, true) {
                        return Some(Request::Subscribe);
                    }
                }
                Stage::Done => return None,
            }
        }
    }

    /// Whether it waits for [`Feed::confirm`].
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Confirm | Stage::ConfirmOperator)
    }

    /// Whether everything was said.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// The switch has applied all so far but for what it `refused`. Only when that is nothing of a source, its sync ends
    /// and what is stale goes.
    pub(crate) fn confirm(&mut self, desired: &Desired, refused: u32) -> Option<Request> {
        if matches!(self.stage, Stage::ConfirmOperator) {
            self.operator_accepted = refused == self.refused;
            self.stage = Stage::Drain(None);
            return None;
        }
        self.refused = refused;
        self.stage = self.begin_forget(desired);
        (refused == 0).then_some(Request::SyncEnd { source: Source::Static })
    }

    /// The switch is told of this group beside the feed.
    pub(crate) fn announce(&mut self, group: GroupId) {
        self.announced.insert(group);
    }

    /// A group that the switch was told of and no route needs any more; it is forgotten here.
    pub(crate) fn take_unused(&mut self, desired: &Desired) -> Option<GroupId> {
        let now: BTreeSet<GroupId> = desired.rib.groups().map(|(id, _)| id).collect();
        let unused = self.announced.difference(&now).next().copied()?;
        self.announced.remove(&unused);
        Some(unused)
    }

    fn begin_groups(&self, desired: &Desired) -> Stage {
        let mut groups: Vec<GroupId> = desired.rib.groups().map(|(id, _)| id).collect();
        groups.reverse();
        Stage::Groups(groups)
    }

    fn begin_forget(&mut self, desired: &Desired) -> Stage {
        let now: BTreeSet<GroupId> = desired.rib.groups().map(|(id, _)| id).collect();
        let gone = self.announced.difference(&now).copied().collect();
        self.announced = now;
        Stage::Forget(gone)
    }
}

/// The next drained path by name that the file has.
fn next_drain(desired: &Desired, drained: &BTreeSet<String>, after: &mut Option<String>) -> Option<Request> {
    let start = after.take().map_or(Unbounded, Excluded);
    let path = drained.range::<String, _>((start, Unbounded)).find(|name| desired.has_path(name))?;
    *after = Some(path.clone());
    Some(Request::Drain { path: path.clone(), drained: true })
}
