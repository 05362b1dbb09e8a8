//! What was asked for and needs the switch's answer: one at a time, in order.

use api::control::{Prefix, Route};
use api::switch::{Reply, Request};
use config::Config;
use mio::Token;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long the switch may take for one step.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// How long a job may wait for its turn, while the switch takes a large desired state.
const TURN: Duration = Duration::from_secs(30);

/// A new file, valid here, that the switch has yet to accept.
#[derive(Debug)]
pub(crate) struct Reload {
    pub(crate) text: String,
    pub(crate) after: Config,
    pub(crate) changes: Vec<String>,
    pub(crate) left: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Work {
    /// Already kept here; the switch is told.
    Drain {
        path: String,
        drained: bool,
    },
    /// Already kept here, too. `what` has become of it.
    Route {
        prefix: Prefix,
        was: Option<Route>,
        what: &'static str,
    },
    Reload(Box<Reload>),
}

/// Why a file was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It has mistakes, or cannot be read.
    BadFile(String),
    /// It may be good.
    Now(String),
}

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// `doubt` says why the switch may not have done it yet.
    Drained { path: String, drained: bool, doubt: Option<String> },
    /// As for a drain; with `refused`, the switch does not do it and it is not to be kept.
    Routed {
        prefix: Prefix,
        was: Option<Route>,
        what: &'static str,
        doubt: Option<String>,
        refused: Option<String>,
    },
    /// The switch has applied it.
    Reloaded(Box<Reload>),
    /// Nothing was applied, here or there.
    NotReloaded { why: Refused },
    /// The switch was told to apply it and did not say that it has.
    Unknown(Box<Reload>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Queued,
    /// Told; waits for [`Reply::Done`].
    Telling,
    Preparing,
    /// Told to commit; waits for [`Reply::Done`].
    Committing,
}

#[derive(Debug)]
struct Job {
    /// Who gets the answer; nobody when a signal asked.
    client: Option<Token>,
    work: Work,
    step: Step,
    barrier: u64,
    until: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    queue: VecDeque<Job>,
    barriers: u64,
}

/// The client that asked, and what became of it.
pub(crate) type Finished = (Option<Token>, Outcome);

impl Jobs {
    pub(crate) fn push(&mut self, client: Option<Token>, work: Work, now: Instant) {
        self.queue.push_back(Job { client, work, step: Step::Queued, barrier: 0, until: now + TURN });
    }

    pub(crate) fn has_reload(&self) -> bool {
        self.queue.iter().any(|job| matches!(job.work, Work::Reload(_)))
    }

    /// A number for [`Request::Barrier`] that was not used before.
    pub(crate) fn barrier(&mut self) -> u64 {
        self.barriers += 1;
        self.barriers
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.queue.iter().map(|job| job.until).min()
    }

    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|until| until <= now)
    }

    /// Whether there is work, begun or not.
    pub(crate) fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }

    /// What to send for the job whose turn it is, if that was not sent yet. `tell` gives what makes the switch do for a
    /// prefix what is wanted now.
    pub(crate) fn start(&mut self, tell: impl FnOnce(&Prefix) -> Vec<Request>, now: Instant) -> Vec<Request> {
        let barrier = self.barriers + 1;
        let Some(job) = self.queue.front_mut().filter(|job| job.step == Step::Queued) else {
            return Vec::new();
        };
        job.until = now + ANSWER;
        match &job.work {
            Work::Drain { path, drained } => {
                self.barriers = barrier;
                (job.step, job.barrier) = (Step::Telling, barrier);
                let drain = Request::Drain { path: path.clone(), drained: *drained };
                vec![drain, Request::Barrier { token: barrier }]
            }
            Work::Route { prefix, .. } => {
                self.barriers = barrier;
                (job.step, job.barrier) = (Step::Telling, barrier);
                let mut requests = tell(prefix);
                requests.push(Request::Barrier { token: barrier });
                requests
            }
            Work::Reload(reload) => {
                job.step = Step::Preparing;
                vec![Request::ReloadPrepare { text: reload.text.clone() }]
            }
        }
    }

    /// What the switch said, if it is about the job whose turn it is: what to send next, and the end of the job.
    pub(crate) fn on_reply(&mut self, reply: &Reply, now: Instant) -> (Vec<Request>, Option<Finished>) {
        let Some(job) = self.queue.front_mut() else { return (Vec::new(), None) };
        match (job.step, reply) {
            (Step::Preparing, Reply::Prepared { changes, left }) => {
                self.barriers += 1;
                (job.step, job.barrier, job.until) = (Step::Committing, self.barriers, now + ANSWER);
                if let Work::Reload(reload) = &mut job.work {
                    add_missing(&mut reload.changes, changes);
                    add_missing(&mut reload.left, left);
                }
                (vec![Request::ReloadCommit, Request::Barrier { token: job.barrier }], None)
            }
            (Step::Preparing | Step::Committing, Reply::Refused { request, why }) if is_reload(request) => {
                let why = Refused::Now(format!("the switch refuses the file: {}", why.trim_end()));
                (Vec::new(), self.finish(|_| Outcome::NotReloaded { why }))
            }
            (Step::Telling, Reply::Refused { request, why })
                if matches!(request.as_str(), "drain" | "group" | "routes") =>
            {
                let why = format!("the switch refuses: {why}");
                (Vec::new(), self.finish(|work| refused(work, why)))
            }
            (Step::Telling, Reply::Done { token }) if *token == job.barrier => {
                (Vec::new(), self.finish(|work| told(work, None)))
            }
            (Step::Committing, Reply::Done { token }) if *token == job.barrier => (
                Vec::new(),
                self.finish(|work| match work {
                    Work::Reload(reload) => Outcome::Reloaded(reload),
                    Work::Drain { .. } | Work::Route { .. } => unreachable!("only a reload is committed"),
                }),
            ),
            _ => (Vec::new(), None),
        }
    }

    fn finish(&mut self, outcome: impl FnOnce(Work) -> Outcome) -> Option<Finished> {
        self.queue.pop_front().map(|job| (job.client, outcome(job.work)))
    }

    /// The connection is gone, for that reason: the end of every job.
    pub(crate) fn on_lost(&mut self, why: &str) -> Vec<Finished> {
        let end = |job: Job| {
            let outcome = match (job.work, job.step) {
                (Work::Reload(reload), Step::Committing) => Outcome::Unknown(reload),
                (Work::Reload(_), _) => {
                    let why = format!("the connection to the switch was lost before it agreed: {why}");
                    Outcome::NotReloaded { why: Refused::Now(why) }
                }
                (work, _) => {
                    let doubt =
                        format!("the connection to the switch was lost ({why}); it is told when it is back");
                    told(work, Some(doubt))
                }
            };
            (job.client, outcome)
        };
        self.queue.drain(..).map(end).collect()
    }
}

fn told(work: Work, doubt: Option<String>) -> Outcome {
    match work {
        Work::Drain { path, drained } => Outcome::Drained { path, drained, doubt },
        Work::Route { prefix, was, what } => Outcome::Routed { prefix, was, what, doubt, refused: None },
        Work::Reload(_) => unreachable!("a reload is never just told"),
    }
}

fn refused(work: Work, why: String) -> Outcome {
    match work {
        Work::Route { prefix, was, what } => {
            Outcome::Routed { prefix, was, what, doubt: None, refused: Some(why) }
        }
        work => told(work, Some(why)),
    }
}

fn is_reload(request: &str) -> bool {
    request == "reload-prepare" || request == "reload-commit"
}

/// Both processes compare the same files: most lines are the same.
fn add_missing(lines: &mut Vec<String>, more: &[String]) {
    for line in more {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
}
