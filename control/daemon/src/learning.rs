//! What becomes of digests: entries, by the rules of the file. An entry of a rule that nothing hits for its time-out takes the
//! others of the rule with it.
//!
//! Nothing is remembered here but what the switch has yet to be told. Entries belong to the switch: they outlive this process,
//! and which belong together follows from their keys.

use api::events::{Digest, Event, Follow, Idle, Learned, Lesson, MAX_LESSONS};
use api::program::{Action, Entry, Named, Request, Target, is_called};
use config::{Learn, LearnEntry, LearnValue};
use process::Limiter;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Instant;
use tracing::{debug, info, warn};

/// Entries that wait for the switch to take earlier ones. A digest that finds no place comes again with the next packet.
const WAITING: usize = 1 << 16;

/// Table, keys and priority.
type Identity = (String, Vec<Named>, i64);

#[derive(Debug, Default)]
pub(crate) struct Learning {
    rules: Vec<Learn>,
    /// What was asked for on this connection.
    follows: Follow,
    /// The last word on each entry.
    waiting: BTreeMap<Identity, Lesson>,
    /// The switch has lessons that it has not answered.
    asked: bool,
    /// Idle time-outs were lost: they are to be told again.
    again: bool,
    limiter: Limiter<&'static str>,
}

impl Learning {
    pub(crate) fn configure(&mut self, rules: &[Learn]) {
        if self.rules != rules {
            self.rules = rules.to_vec();
            // What a rule of before made of a digest, no rule of now may have wanted.
            self.waiting.clear();
        }
    }

    /// A new connection: nothing was asked for on it.
    pub(crate) fn welcomed(&mut self) {
        (self.follows, self.asked, self.again) = (Follow::default(), false, false);
        self.waiting.clear();
    }

    /// What to say to the switch now.
    pub(crate) fn next_request(&mut self) -> Option<Request> {
        let wanted = match self.rules.is_empty() {
            true => Follow::default(),
            false => Follow { digests: true, idle: true, numbers: true, ..Follow::default() },
        };
        if self.follows != wanted || std::mem::take(&mut self.again) {
            self.follows = wanted;
            return Some(Request::Follow(wanted));
        }
        if self.asked || self.waiting.is_empty() {
            return None;
        }
        self.asked = true;
        let mut lessons = Vec::new();
        while lessons.len() < MAX_LESSONS
            && let Some((_, lesson)) = self.waiting.pop_first()
        {
            lessons.push(lesson);
        }
        Some(Request::Learn(lessons))
    }

    pub(crate) fn on_event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Digest(digest) => self.on_digest(digest, now),
            Event::Idle(idle) => self.on_idle(idle),
            Event::Packet(_) | Event::Line(_) => {}
            Event::Lost { digests, idle, .. } => {
                self.again |= *idle > 0;
                if let Some(suppressed) = self.limiter.admit("lost", now) {
                    let reason = "they come faster than they are learned; what was not learned is told again";
                    warn!(digests, idle, reason, suppressed, "events lost");
                }
            }
        }
    }

    fn on_digest(&mut self, digest: &Digest, now: Instant) {
        let rules: Vec<usize> =
            (0..self.rules.len()).filter(|at| is_called(&digest.name, &self.rules[*at].digest)).collect();
        for rule in rules {
            match lessons(&self.rules[rule], digest) {
                Ok(lessons) => lessons.into_iter().for_each(|(identity, lesson)| self.push(identity, lesson)),
                Err(field) => {
                    if let Some(suppressed) = self.limiter.admit("field", now) {
                        let reason = "the program is another than that of the file";
                        warn!(digest = digest.name, field, reason, suppressed, "a digest has no such field");
                    }
                }
            }
        }
    }

    fn on_idle(&mut self, idle: &Idle) {
        // Entries with time-outs that operators gave are theirs.
        if idle.source != "learned" {
            return;
        }
        let gone: Vec<_> = self.rules.iter().flat_map(|rule| forgotten(rule, idle)).collect();
        if let Some((_, keys, _)) = gone.first() {
            debug!(table = idle.table, ?keys, idle_ms = idle.idle_ms, "forgotten");
        }
        for (table, keys, priority) in gone {
            let lesson = Lesson::Forget { table: table.clone(), keys: keys.clone(), priority };
            self.push((table, keys, priority), lesson);
        }
    }

    fn push(&mut self, identity: Identity, lesson: Lesson) {
        if self.waiting.len() < WAITING || self.waiting.contains_key(&identity) {
            self.waiting.insert(identity, lesson);
        } else {
            self.again |= matches!(lesson, Lesson::Forget { .. });
        }
    }

    /// The answer to the lessons that were sent last.
    pub(crate) fn on_learned(&mut self, learned: &Learned, now: Instant) {
        self.asked = false;
        let Learned { added, changed, deleted, kept, refused, refused_count } = learned;
        if added + changed + deleted > 0 {
            debug!(added, changed, deleted, kept, "learned");
        }
        if let (Some((_, reason)), Some(suppressed)) = (refused.first(), self.limiter.admit("refused", now)) {
            warn!(count = refused_count, reason, suppressed, "the switch refuses what was learned");
        }
    }

    /// True when it was a request from here that was refused.
    pub(crate) fn on_refused(&mut self, request: &str, why: &str, now: Instant) -> bool {
        if request != "learn" {
            return request == "follow";
        }
        self.asked = false;
        if let Some(suppressed) = self.limiter.admit("none", now) {
            info!(reason = why, suppressed, "nothing is learned");
        }
        true
    }
}

/// The entries that a rule makes of a digest; or the field that the digest does not have.
fn lessons(rule: &Learn, digest: &Digest) -> Result<Vec<(Identity, Lesson)>, String> {
    let value = |(name, value): &(String, LearnValue)| -> Result<Named, String> {
        let text = match value {
            LearnValue::Value(text) => text.clone(),
            LearnValue::Field(field) => {
                let found = digest.fields.iter().find(|(name, _)| name == field);
                found.map(|(_, text)| text.clone()).ok_or_else(|| field.clone())?
            }
        };
        Ok((name.clone(), text))
    };
    let lesson = |entry: &LearnEntry| {
        let keys: Vec<Named> = entry.keys.iter().map(value).collect::<Result<_, _>>()?;
        let args = entry.args.iter().map(value).collect::<Result<_, _>>()?;
        let (table, priority) = (entry.table.clone(), entry.priority);
        let target = Target::Action(Action { name: entry.action.clone(), args });
        let idle_timeout_ms = entry.idle_timeout.map_or(0, |timeout| timeout.as_millis() as u64);
        let identity = (table.clone(), keys.clone(), priority);
        Ok((identity, Lesson::Set { table, entry: Entry { keys, priority, target, idle_timeout_ms } }))
    };
    rule.entries.iter().map(lesson).collect()
}

/// All entries of a rule, if the one that is idle could have come of it.
fn forgotten(rule: &Learn, idle: &Idle) -> Vec<Identity> {
    let timed = rule.entries.iter().find(|entry| entry.idle_timeout.is_some());
    let timed = timed.filter(|entry| is_called(&idle.table, &entry.table) && entry.priority == idle.priority);
    let Some(timed) = timed else { return vec![] };
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (name, value) in &timed.keys {
        let Some((_, text)) = idle.keys.iter().find(|(key, _)| is_called(key, name)) else { return vec![] };
        match value {
            LearnValue::Field(field) => known.push((field, text)),
            LearnValue::Value(value) if may_be(value, text) => {}
            LearnValue::Value(_) => return vec![],
        }
    }
    let key = |(name, value): &(String, LearnValue)| -> Option<Named> {
        let text = match value {
            LearnValue::Value(text) => text.as_str(),
            LearnValue::Field(field) => known.iter().find(|(of, _)| of == field)?.1,
        };
        Some((name.clone(), text.to_owned()))
    };
    let identity = |entry: &LearnEntry| {
        let keys = entry.keys.iter().map(key).collect::<Option<_>>()?;
        Some((entry.table.clone(), keys, entry.priority))
    };
    rule.entries.iter().filter_map(identity).collect()
}

/// Whether a key that the file gives as `written` may be shown as `shown`. What is no plain number may be anything.
fn may_be(written: &str, shown: &str) -> bool {
    match (number(written), number(shown)) {
        (Some(written), Some(shown)) => written == shown,
        _ => true,
    }
}

fn number(text: &str) -> Option<u128> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u128::from_str_radix(digits, 16).ok();
    }
    let mac = || {
        let mac: api::Mac = text.parse().ok()?;
        Some(mac.0.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
    };
    let v4 = || text.parse::<Ipv4Addr>().ok().map(|address| u128::from(address.to_bits()));
    let v6 = || text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits);
    match text {
        "true" => Some(1),
        "false" => Some(0),
        _ => text.parse().ok().or_else(mac).or_else(v4).or_else(v6),
    }
}

#[cfg(test)]
#[path = "learning_tests.rs"]
mod tests;
