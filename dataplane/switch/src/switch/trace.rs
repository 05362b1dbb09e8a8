//! Packets that somebody looks at: copied by the workers, taken through the program once more by this thread.
//!
//! Not by the worker itself: the interpreter allocates, and a packet with many steps would hold up those behind it.

use super::Switch;
use super::program::Answer;
use crate::program::trace::{Sighting, TraceError};
use crate::server::Server;
use crate::state::Effect;
use crate::worker::capture::{Captured, Filter, Tally, capture};
use crate::worker::messages::Command;
use crate::worker::program::LOCAL_PORT;
use api::program::Reply;
use api::switch;
use api::trace::{Ask, Ended, MAX_COUNT, MAX_WAIT_MS, Port, Said};
use rt::around::Around;
use rtrb::Consumer;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Packets that one pass of the main thread takes through the program.
const BUDGET: usize = 8;

/// A trace under way.
pub(super) struct Tracing {
    token: usize,
    from: Vec<Consumer<Captured>>,
    tally: Arc<Tally>,
    /// Whether the client knows that all workers look.
    said: bool,
    shown: u32,
    count: u32,
    deadline: Instant,
}

fn said(what: Said) -> switch::Reply {
    switch::Reply::Program(Reply::Trace(what))
}

impl Switch {
    pub(super) fn trace_from(&mut self, token: usize, ask: Ask) -> Answer {
        self.programs.current()?;
        let refuse = |error: TraceError| Err(crate::program::ProgramError::from(error).into());
        if self.programs.tracing.is_some() {
            return refuse(TraceError::Busy);
        }
        let Ask { count, port, src, dst, wait_ms } = ask;
        if !(1..=MAX_COUNT).contains(&count) || !(1..=MAX_WAIT_MS).contains(&wait_ms) {
            return refuse(TraceError::Bounds { count, wait_ms });
        }
        let port = match port.map(|port| self.port_called(port)).transpose() {
            Ok(port) => port,
            Err(error) => return refuse(error),
        };
        let filter = Filter { port, src, dst };
        let tally = Arc::new(Tally::default());
        let mut from = Vec::new();
        for worker in 0..self.rings.len() {
            let (theirs, ours) = capture(filter.clone(), count, Arc::clone(&tally));
            self.state.effects.push(Effect::Worker(worker, Command::Capture(Some(theirs))));
            from.push(ours);
        }
        let deadline = Instant::now() + Duration::from_millis(wait_ms);
        self.programs.tracing = Some(Tracing { token, from, tally, said: false, shown: 0, count, deadline });
        Ok(None)
    }

    fn port_called(&self, port: String) -> Result<u16, TraceError> {
        let known = || self.ports.iter().enumerate();
        if let Some((number, _)) = known().find(|(_, of)| of.name == port) {
            return Ok(number as u16);
        }
        let number = port.parse().ok().filter(|number: &u16| usize::from(*number) < self.ports.len());
        number.ok_or_else(|| {
            let known: Vec<String> = known().map(|(number, of)| format!("{} ({number})", of.name)).collect();
            TraceError::NoPort { port, known: known.join(", ") }
        })
    }

    /// A port as traces name it.
    fn traced_port(&self, number: u16) -> Port {
        let name = match number {
            LOCAL_PORT => Some("kernel".to_owned()),
            number => self.ports.get(usize::from(number)).map(|port| port.name.clone()),
        };
        Port { number, name }
    }

    /// Shows what the workers have copied.
    pub(super) fn trace_on(&mut self, server: &mut Server) {
        let Some(mut tracing) = self.programs.tracing.take() else { return };
        // Before the rings are looked at, so that what came in time is shown.
        let timed_out = Instant::now() >= tracing.deadline;
        if server.client(tracing.token).is_none() {
            return self.trace_ends();
        }
        if !tracing.said && tracing.tally.armed.load(Ordering::Acquire) == tracing.from.len() {
            tracing.said = true;
            server.reply(tracing.token, &said(Said::Armed));
        }
        // A reader as the workers are, for as long as this takes.
        let Ok(epoch) = self.shared.tables.register_worker() else { return self.trace_ends() };
        let interfaces = Arc::clone(&self.state.interfaces);
        let around = Around { ports: &interfaces.program, fib: Some(&epoch), repaired: None };
        // Without the program they wait: it will be back.
        let mut budget = if tracing.said && self.programs.loaded().is_some() { BUDGET } else { 0 };
        for worker in 0..tracing.from.len() {
            while budget > 0 && tracing.shown < tracing.count {
                let Ok(captured) = tracing.from[worker].pop() else { break };
                budget -= 1;
                tracing.shown += 1;
                let sighting = Sighting { number: tracing.shown, worker: worker as u16, captured: &captured };
                let port = |number| self.traced_port(number);
                let Some(loaded) = self.programs.loaded() else { continue };
                let packet = loaded.trace(&sighting, around, &port);
                server.reply(tracing.token, &said(Said::Packet(Box::new(packet))));
            }
        }
        let done = tracing.shown == tracing.count;
        if done || (timed_out && (budget > 0 || !tracing.said)) {
            let missed = tracing.tally.missed.load(Ordering::Relaxed);
            let ended = Ended { packets: tracing.shown, missed, timed_out: !done };
            server.reply(tracing.token, &said(Said::Ended(ended)));
            return self.trace_ends();
        }
        self.programs.tracing = Some(tracing);
    }

    fn trace_ends(&mut self) {
        for worker in 0..self.rings.len() {
            self.state.effects.push(Effect::Worker(worker, Command::Capture(None)));
        }
    }
}
