//! What programs tell, on its way from the workers to those who follow it.

use super::Switch;
use crate::program::{ProgramError, Wording};
use crate::server::{Kind, Server};
use crate::state::Refusal;
use crate::worker::events::Told;
use crate::worker::messages::{FROM_CONTROLLER, Inject};
use api::events::{Follow, PacketOut};
use rt::{Idle, IdleRound};
use std::collections::VecDeque;

/// Events of one worker in one pass: a flood of them must not hold up what the main thread does besides.
const BUDGET: usize = 256;
/// Places of a table that are looked at for idle entries in one pass: a million are gone through in a quarter of a second.
const IDLE_BUDGET: usize = 4096;
/// Programs whose events may still be on the way.
const PROGRAMS: usize = 4;

#[derive(Default)]
pub(super) struct Events {
    /// Of the programs loaded last, the newest at the end.
    wordings: VecDeque<Wording>,
    round: IdleRound,
    idle: Vec<Idle>,
}

impl Events {
    pub(super) fn loaded(&mut self, wording: Wording) {
        if self.wordings.len() == PROGRAMS {
            self.wordings.pop_front();
        }
        self.wordings.push_back(wording);
        self.round = IdleRound::default();
    }

    fn wording(&self, generation: u32) -> Option<&Wording> {
        self.wordings.iter().find(|wording| wording.generation == generation)
    }
}

impl Switch {
    /// Takes what the workers have to tell, and looks for idle entries.
    pub(super) fn tell_of_programs(&mut self, server: &mut Server) {
        let wanted = server.wanted();
        for worker in 0..self.rings.len() {
            let listener = &mut self.rings[worker].listener;
            for _ in 0..BUDGET {
                let Some((generation, told)) = listener.next() else { break };
                let kind = match told {
                    Told::Digest { .. } => Kind::Digest,
                    Told::Packet { .. } => Kind::Packet,
                    Told::Line { .. } => Kind::Line,
                };
                // The ring is emptied all the same: who begins to listen hears what happens from then on.
                if wanted.has(kind)
                    && let Some(wording) = self.events.wording(generation)
                {
                    server.told(kind, &mut |numbers| wording.event(worker as u32, &told, numbers));
                }
            }
            let (digests, packets, lines) = listener.lost();
            server.lost(Kind::Digest, digests);
            server.lost(Kind::Packet, packets);
            server.lost(Kind::Line, lines);
        }
        self.look_for_idle(server, wanted.has(Kind::Idle));
        server.tell_of_losses();
    }

    fn look_for_idle(&mut self, server: &mut Server, wanted: bool) {
        let now_ns = self.clock.now_ns();
        let Some(loaded) = self.programs.loaded_mut() else { return };
        loaded.control.set_time(now_ns);
        if !wanted {
            return;
        }
        let (round, idle) = (&mut self.events.round, &mut self.events.idle);
        loaded.control.idle_part(now_ns, round, IDLE_BUDGET, idle);
        for idle in idle.drain(..) {
            server.told(Kind::Idle, &mut |numbers| loaded.idle_event(&idle, numbers));
        }
    }

    pub(super) fn follow(&mut self, server: &mut Server, token: usize, follow: Follow) {
        server.follow(token, follow);
        if follow.idle
            && let Some(loaded) = self.programs.loaded_mut()
        {
            loaded.control.forget_idle_reports();
        }
    }

    /// By the first worker: what a controller sends stays in order.
    pub(super) fn packet_out(&mut self, packet: &PacketOut) -> Result<(), Refusal> {
        let frame = self.programs.loaded_mut().ok_or(ProgramError::None)?.packet_out(packet)?;
        let mut mbuf = self.pool.alloc().map_err(|_| ProgramError::NoBuffer)?;
        if !mbuf.fill(&frame) {
            let limit = usize::from(mbuf.tailroom());
            return Err(ProgramError::FrameTooLong { len: frame.len(), limit }.into());
        }
        let Some(rings) = self.rings.first_mut() else { return Err(ProgramError::NoBuffer.into()) };
        let inject = Inject { mbuf, port: FROM_CONTROLLER };
        rings.inject.push(inject).map_err(|_| ProgramError::NoBuffer)?;
        Ok(())
    }
}
