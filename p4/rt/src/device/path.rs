//! What happens to a packet between the parts of the program: the traffic manager of v1model.

use super::{Output, Pipe};
use crate::around::Around;
use crate::control::CloneSession;
use crate::engine::At;
use crate::events::{DropReason, Event, values};
use crate::packet::{Instance, Packet};
use crate::state::Env;
use front::ir::{FieldListId, SlotId, SlotKind};
use std::sync::Arc;

impl Pipe {
    /// Runs `work` with the engine's surroundings.
    fn with_env<R>(
        &mut self,
        around: Around<'_>,
        work: impl FnOnce(&mut dyn crate::engine::Engine, &mut Env<'_>) -> R,
    ) -> R {
        let mut env = Env {
            state: &self.state,
            now: self.now,
            random: &mut self.random,
            caches: &mut self.caches,
            events: &mut self.events,
            around,
        };
        work(&mut *self.engine, &mut env)
    }

    /// One batch from the parser to the ports.
    pub(super) fn pass(&mut self, around: Around<'_>, mut batch: Vec<Packet>) {
        for packet in &mut batch {
            self.enter(packet);
        }
        self.with_env(around, |engine, env| engine.enter(env, &mut batch));
        // What a packet leads to leaves before the next packet does.
        for packet in batch.drain(..) {
            self.finish(around, packet);
        }
        self.batches.push(batch);
    }

    /// On from where the engine left a packet, with all that it leads to but another pass.
    pub(super) fn finish(&mut self, around: Around<'_>, packet: Packet) {
        self.go_on(around, packet);
        while !self.egress_queue.is_empty() {
            let many = self.batch_size().min(self.egress_queue.len());
            let mut batch = self.batches.pop().unwrap_or_default();
            batch.extend(self.egress_queue.drain(..many));
            self.egress_pass(around, batch);
        }
    }

    fn egress_pass(&mut self, around: Around<'_>, mut batch: Vec<Packet>) {
        for packet in &mut batch {
            self.enter_egress(packet);
        }
        self.with_env(around, |engine, env| engine.egress(env, &mut batch));
        for packet in batch.drain(..) {
            self.go_on(around, packet);
        }
        self.batches.push(batch);
    }

    /// On from where the engine left a packet.
    fn go_on(&mut self, around: Around<'_>, mut packet: Packet) {
        // An engine may have gone through ingress and egress without a stop.
        self.tell_digests(&mut packet);
        if let Some(reason) = packet.failed {
            return self.drop(packet, reason);
        }
        match packet.at {
            At::AfterIngress => self.after_ingress(around, packet),
            At::AfterEgress => {
                let Some(packet) = self.after_egress(packet) else { return };
                let mut leaving = [packet];
                self.with_env(around, |engine, env| engine.deparse(env, &mut leaving));
                let [mut packet] = leaving;
                self.tell_digests(&mut packet);
                self.leave(packet);
            }
            At::Out => self.leave(packet),
        }
    }

    fn get(&self, packet: &Packet, slot: SlotId) -> u64 {
        packet.word(self.state.layout.slot(slot))
    }

    fn set(&self, packet: &mut Packet, slot: SlotId, value: u64) {
        packet.set_word(self.state.layout.slot(slot), value);
    }

    /// Standard metadata of a packet on its way to the parser.
    fn enter(&self, packet: &mut Packet) {
        let standard = self.state.program.standard;
        // Of this pass, also where those of the one before are to be kept.
        self.set(packet, standard.parser_error, 0);
        self.set(packet, standard.checksum_error, 0);
        self.set(packet, standard.ingress_port, u64::from(packet.ingress_port));
        self.set(packet, standard.packet_length, u64::from(packet.length));
        self.set(packet, standard.instance_type, packet.instance as u64);
        self.set(packet, standard.ingress_global_timestamp, self.now / 1000);
    }

    fn after_ingress(&mut self, around: Around<'_>, mut packet: Packet) {
        let standard = self.state.program.standard;
        let resubmit = packet.requests.resubmit.take();
        packet.requests.clone_egress = None;
        if let Some((session, keep)) = packet.requests.clone_ingress.take() {
            self.clone_ingress(around, &packet, session, keep);
        }
        let group = self.get(&packet, standard.mcast_grp);
        let spec = self.get(&packet, standard.egress_spec);
        if let Some(keep) = resubmit {
            self.resubmit(packet, keep);
        } else if group != 0 {
            packet.instance = Instance::Replicated;
            self.replicate(packet, group);
        } else if spec == u64::from(self.state.drop_port) {
            self.drop(packet, DropReason::Ingress);
        } else {
            self.set(&mut packet, standard.egress_port, spec);
            self.egress_queue.push_back(packet);
        }
    }

    /// The packet as it entered this ingress, parsed again, with the final values of the fields to keep.
    fn clone_ingress(&mut self, around: Around<'_>, packet: &Packet, session: u32, keep: FieldListId) {
        let Some(to) = self.session(packet, session) else { return };
        let Some(mut copy) = self.another_pass(packet) else { return };
        copy.fill(&packet.bytes);
        copy.instance = Instance::IngressClone;
        self.enter(&mut copy);
        let mut copies = [copy];
        self.with_env(around, |engine, env| engine.parse(env, &mut copies));
        let [mut copy] = copies;
        // What a parser asks for is asked for by the packet itself.
        copy.requests.clear();
        self.keep(packet, &mut copy, keep);
        self.send_copy(copy, to);
    }

    /// Headers and their validity as egress left them; metadata only as far as they are to be kept.
    fn clone_egress(&mut self, packet: &Packet, session: u32, keep: FieldListId) {
        let Some(to) = self.session(packet, session) else { return };
        let Some(mut copy) = self.another_pass(packet) else { return };
        let layout = &self.state.layout;
        copy.frame[layout.persistent()].copy_from_slice(&packet.frame[layout.persistent()]);
        copy.frame[layout.metadata()].fill(0);
        copy.frame[layout.standard()].fill(0);
        copy.fill(&packet.bytes);
        copy.cursor = packet.cursor;
        copy.instance = Instance::EgressClone;
        self.keep(packet, &mut copy, keep);
        self.send_copy(copy, to);
    }

    fn session(&mut self, packet: &Packet, session: u32) -> Option<CloneSession> {
        let found = self.caches.traffic.get(&self.state.traffic).sessions.get(session).copied();
        if found.is_none() {
            self.report(packet, DropReason::UnknownSession);
        }
        found
    }

    fn send_copy(&mut self, mut copy: Packet, to: CloneSession) {
        let standard = self.state.program.standard;
        copy.truncate = to.truncate;
        if let Some(group) = to.group {
            let copy = if to.port.is_some() { self.copy_of(&copy) } else { std::mem::take(&mut copy) };
            self.replicate(copy, u64::from(group));
        }
        if let Some(port) = to.port {
            self.set(&mut copy, standard.egress_port, u64::from(port));
            self.set(&mut copy, standard.egress_rid, u64::from(to.rid));
            self.egress_queue.push_back(copy);
        }
    }

    /// One copy to egress for each port of each node of a group.
    fn replicate(&mut self, packet: Packet, group: u64) {
        let standard = self.state.program.standard;
        let traffic = Arc::clone(self.caches.traffic.get(&self.state.traffic));
        let nodes = u32::try_from(group).ok().and_then(|group| traffic.groups.get(group));
        let Some(nodes) = nodes else { return self.drop(packet, DropReason::UnknownGroup) };
        for node in nodes.iter() {
            for port in &node.ports {
                let mut copy = self.copy_of(&packet);
                self.set(&mut copy, standard.egress_port, u64::from(*port));
                self.set(&mut copy, standard.egress_rid, u64::from(node.rid));
                self.egress_queue.push_back(copy);
            }
        }
        self.recycle(packet);
    }

    /// The original bytes to the parser again.
    fn resubmit(&mut self, packet: Packet, keep: FieldListId) {
        if let Some(mut copy) = self.another_pass(&packet) {
            copy.fill(&packet.bytes);
            copy.instance = Instance::Resubmitted;
            self.keep(&packet, &mut copy, keep);
            self.push(copy);
        }
        self.recycle(packet);
    }

    fn enter_egress(&self, packet: &mut Packet) {
        let standard = self.state.program.standard;
        self.set(packet, standard.egress_spec, 0);
        self.set(packet, standard.instance_type, packet.instance as u64);
        self.set(packet, standard.packet_length, u64::from(packet.length));
        self.set(packet, standard.egress_global_timestamp, self.now / 1000);
        self.set(packet, standard.enq_timestamp, self.now / 1000);
        for slot in [standard.enq_qdepth, standard.deq_timedelta, standard.deq_qdepth] {
            self.set(packet, slot, 0);
        }
    }

    /// The packet, unless egress dropped it.
    fn after_egress(&mut self, mut packet: Packet) -> Option<Packet> {
        if let Some((session, keep)) = packet.requests.clone_egress.take() {
            self.clone_egress(&packet, session, keep);
        }
        if self.get(&packet, self.state.program.standard.egress_spec) == u64::from(self.state.drop_port) {
            self.drop(packet, DropReason::Egress);
            return None;
        }
        Some(packet)
    }

    fn tell_digests(&mut self, packet: &mut Packet) {
        if self.options.digests_apart {
            self.digests.append(&packet.requests.digests);
            return packet.requests.digests.clear();
        }
        for (digest, receiver, words) in packet.requests.digests.iter() {
            let fields = &self.state.program.digests[digest.index()].fields;
            let values = values(fields, words).collect();
            self.events.push(Event::Digest { digest, receiver, values });
        }
        packet.requests.digests.clear();
    }

    fn leave(&mut self, mut packet: Packet) {
        if let Some(reason) = packet.failed {
            return self.drop(packet, reason);
        }
        if let Some(most) = packet.truncate {
            packet.out.truncate(most as usize);
        }
        if let Some(keep) = packet.requests.recirculate {
            return self.recirculate(packet, keep);
        }
        let port = self.get(&packet, self.state.program.standard.egress_port) as u16;
        self.engine.sent(&packet, port);
        let (why, path) = (packet.why, packet.path);
        let frame = std::mem::replace(&mut packet.out, self.frames.pop().unwrap_or_default());
        self.outputs.push(Output { port, frame, why, path });
        self.recycle(packet);
    }

    /// The deparsed bytes to the parser.
    fn recirculate(&mut self, packet: Packet, keep: FieldListId) {
        if let Some(mut copy) = self.another_pass(&packet) {
            copy.fill(&packet.out);
            copy.instance = Instance::Recirculated;
            self.keep(&packet, &mut copy, keep);
            // It comes in by no port: 0, or what is to be kept.
            copy.ingress_port = self.get(&copy, self.state.program.standard.ingress_port) as u16;
            self.push(copy);
        }
        self.recycle(packet);
    }

    /// The metadata fields of a list. Header fields come from the parser, or were copied with their headers.
    fn keep(&self, from: &Packet, to: &mut Packet, list: FieldListId) {
        for slot in &self.state.program.field_lists[list.index()] {
            if matches!(self.state.program.slot(*slot).kind, SlotKind::Metadata | SlotKind::Standard) {
                let place = self.state.layout.slot(*slot).range();
                to.frame[place.clone()].copy_from_slice(&from.frame[place]);
            }
        }
    }

    /// An empty packet that comes of another, unless there were too many.
    fn another_pass(&mut self, packet: &Packet) -> Option<Packet> {
        if packet.passes >= self.options.pass_limit || self.credit == 0 {
            self.report(packet, DropReason::PassLimit);
            return None;
        }
        self.credit -= 1;
        let mut copy = self.fresh(packet.ingress_port, &[]);
        copy.passes = packet.passes + 1;
        Some(copy)
    }

    fn drop(&mut self, packet: Packet, reason: DropReason) {
        self.report(&packet, reason);
        self.recycle(packet);
    }

    pub(super) fn report(&mut self, packet: &Packet, reason: DropReason) {
        self.engine.dropped(packet, reason);
        self.count_drop(packet.ingress_port, reason);
    }
}
