//! Routes that an operator adds and deletes at run time: kept here first, then told to the switch.

use super::Daemon;
use crate::jobs::{Outcome, Work};
use api::control::{Prefix, Reply as Answer, Route, Target};
use mio::Token;
use std::io;
use std::time::Instant;
use tracing::{error, info, warn};

/// Each change writes them all. Who needs more has a file for them.
const MOST: usize = 4096;

impl Daemon {
    pub(super) fn route_add(&mut self, client: Token, prefix: Prefix, route: Route, now: Instant) {
        let was = self.state.routes().get(&prefix).cloned();
        if was.as_ref() == Some(&route) {
            let answer =
                Answer::Ok { changes: Vec::new(), left: vec![format!("route {prefix}: already there")] };
            return self.server.reply(client, &answer, now);
        }
        let judged = self.desired.check_route(&prefix, &route).and_then(|()| {
            let full = was.is_none() && self.state.routes().len() >= MOST;
            if full {
                Err(format!("there are {MOST} routes of operators, which is all there may be"))
            } else {
                Ok(())
            }
        });
        if let Err(why) = judged {
            return self.server.reply(client, &Answer::Refused { why }, now);
        }
        let what = if was.is_some() { "changed" } else { "added" };
        self.route(client, prefix, Some(route), what, now);
    }

    pub(super) fn route_delete(&mut self, client: Token, prefix: Prefix, now: Instant) {
        if self.state.routes().contains_key(&prefix) {
            return self.route(client, prefix, None, "deleted", now);
        }
        let vrf = match self.desired.vrf(prefix.vrf.as_deref()) {
            Ok(vrf) => vrf,
            Err(why) => return self.server.reply(client, &Answer::Refused { why }, now),
        };
        let is_it = |route: &config::Route| (route.vrf, route.prefix) == (vrf, prefix.net);
        let in_file = self.desired.config.routes.iter().any(is_it);
        let hint = if in_file { "; the file has one: take it out there and reload" } else { "" };
        let why = format!("no operator has added a route to {prefix}{hint}");
        self.server.reply(client, &Answer::Refused { why }, now);
    }

    fn route(
        &mut self,
        client: Token,
        prefix: Prefix,
        route: Option<Route>,
        what: &'static str,
        now: Instant,
    ) {
        let was = self.state.routes().get(&prefix).cloned();
        let word = |there: bool| if there { "there" } else { "absent" };
        let (old, new) = (word(was.is_some()), word(route.is_some()));
        if let Err(error) = self.keep_route(&prefix, route) {
            let dir = self.desired.config.control.state.display();
            let why = format!("cannot keep this across a restart in {dir}: {error}; nothing was changed");
            error!(%prefix, reason = why, "route refused");
            return self.server.reply(client, &Answer::Refused { why }, now);
        }
        info!(%prefix, old, new, reason = "operator", "route");
        if self.link.is_up() {
            self.jobs.push(Some(client), Work::Route { prefix, was, what }, now);
        } else {
            let doubt = Some(format!("{}; it is told when it is back", self.no_switch()));
            self.finish((Some(client), Outcome::Routed { prefix, was, what, doubt, refused: None }), now);
        }
    }

    fn keep_route(&mut self, prefix: &Prefix, route: Option<Route>) -> io::Result<()> {
        self.state.set_route(prefix.clone(), route)?;
        self.desired.set_route(prefix, self.state.routes().get(prefix));
        Ok(())
    }

    /// The answer to the operator; what the switch refused is as it was before.
    pub(super) fn routed(
        &mut self,
        prefix: Prefix,
        was: Option<Route>,
        what: &'static str,
        doubt: Option<String>,
        refused: Option<String>,
    ) -> Answer {
        let Some(mut why) = refused else {
            return Answer::Ok {
                changes: vec![format!("route {prefix}: {what}")],
                left: doubt.into_iter().collect(),
            };
        };
        if let Err(error) = self.keep_route(&prefix, was) {
            why = format!("{why}; it is kept all the same, for the state cannot be written: {error}");
        }
        error!(%prefix, reason = why, "route refused");
        Answer::Refused { why }
    }

    /// A kept route may name VRFs and paths that the file does not have any more.
    pub(super) fn warn_of_waiting_routes(&self) {
        for (prefix, route) in self.state.routes() {
            if self.desired.vrf(prefix.vrf.as_deref()).is_err() {
                warn!(%prefix, "an operator's route waits for a VRF that is not in the file");
            }
            let Target::Paths { via, .. } = &route.target else { continue };
            for (path, _) in via.iter().filter(|(path, _)| !self.desired.has_path(path)) {
                warn!(%prefix, path, "an operator's route waits for a path that is not in the file");
            }
        }
    }
}
