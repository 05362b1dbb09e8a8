//! Clone sessions and multicast groups.

use super::{CloneSession, Control, MulticastNode};
use crate::error::ControlError;
use std::sync::Arc;

/// Clone sessions of v1model.
const SESSION_LIMIT: u32 = 32767;
/// Copies that one packet may become at once.
pub const COPIES_LIMIT: usize = 4096;

impl Control {
    /// Ports that a program can name.
    fn check_ports<'p>(&self, mut ports: impl Iterator<Item = &'p u16>) -> Result<(), ControlError> {
        let bits = self.state.layout.slot(self.state.program.standard.egress_port).width.min(16);
        let most = (u32::MAX >> (32 - bits.max(1))) as u16;
        match ports.find(|port| **port > most) {
            Some(port) => Err(ControlError::NoSuchPort { port: *port, most }),
            None => Ok(()),
        }
    }

    /// Adds a session or replaces it.
    pub fn set_session(&mut self, session: u32, to: CloneSession) -> Result<(), ControlError> {
        if session > SESSION_LIMIT {
            return Err(ControlError::SessionRange { session, limit: SESSION_LIMIT });
        }
        if to.port.is_none() && to.group.is_none() {
            return Err(ControlError::EmptySession { session });
        }
        self.check_ports(to.port.iter())?;
        self.traffic.sessions.set(session, Some(to));
        self.state.traffic.publish(self.traffic.clone());
        Ok(())
    }

    pub fn delete_session(&mut self, session: u32) -> Result<(), ControlError> {
        if self.session(session).is_none() {
            return Err(ControlError::NoSuchSession { session });
        }
        self.traffic.sessions.set(session, None);
        self.state.traffic.publish(self.traffic.clone());
        Ok(())
    }

    pub fn session(&self, session: u32) -> Option<CloneSession> {
        self.traffic.sessions.get(session).copied()
    }

    pub fn sessions(&self) -> Vec<(u32, CloneSession)> {
        self.traffic.sessions.iter().map(|(id, to)| (id, *to)).collect()
    }

    /// Adds a multicast group or replaces it; copies are made in the order of the nodes.
    pub fn set_group(&mut self, group: u16, nodes: &[MulticastNode]) -> Result<(), ControlError> {
        if group == 0 {
            return Err(ControlError::GroupZero);
        }
        let copies = nodes.iter().map(|node| node.ports.len()).sum();
        if copies > COPIES_LIMIT {
            return Err(ControlError::GroupSize { group, copies, limit: COPIES_LIMIT });
        }
        self.check_ports(nodes.iter().flat_map(|node| &node.ports))?;
        self.traffic.groups.set(u32::from(group), Some(Arc::new(nodes.to_vec())));
        self.state.traffic.publish(self.traffic.clone());
        Ok(())
    }

    pub fn delete_group(&mut self, group: u16) -> Result<(), ControlError> {
        if self.traffic.groups.get(u32::from(group)).is_none() {
            return Err(ControlError::NoSuchGroup { group });
        }
        self.traffic.groups.set(u32::from(group), None);
        self.state.traffic.publish(self.traffic.clone());
        Ok(())
    }

    pub fn group(&self, group: u16) -> Option<Vec<MulticastNode>> {
        self.traffic.groups.get(u32::from(group)).map(|nodes| nodes.to_vec())
    }

    pub fn groups(&self) -> Vec<u16> {
        self.traffic.groups.iter().map(|(group, _)| group as u16).collect()
    }
}
