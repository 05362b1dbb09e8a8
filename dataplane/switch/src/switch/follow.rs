//! Keeps the packet path to what the kernel's side of interfaces says, and the kernel's side to what ports say.

use super::{LINK_POLL, Switch};
use crate::kernel::follow::{Followed, Seen};
use crate::reload::{self, Given};
use crate::state::{Effect, Refusal};
use crate::worker::messages::Command;
use config::Config;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// What is followed, and since when it is told what.
pub(super) struct Mirrors {
    followed: Followed,
    /// Whether a mirror was given a carrier, by interface.
    carriers: Vec<bool>,
    last: Instant,
}

impl Mirrors {
    /// Those of interfaces, then those of loopbacks. A mirror that was just opened has a carrier.
    pub(super) fn open(config: &Config) -> io::Result<Mirrors> {
        let of = |mirror: &Option<config::Mirror>| mirror.as_ref().map(|m| (m.netns.clone(), m.name.clone()));
        let interfaces = config.interfaces.iter().map(|interface| of(&interface.mirror));
        let all: Vec<_> = interfaces.chain(config.loopbacks.iter().map(|l| of(&l.mirror))).collect();
        let carriers = vec![true; config.interfaces.len()];
        Ok(Mirrors { followed: Followed::open(&all)?, carriers, last: Instant::now() })
    }
}

impl Switch {
    /// Once per pass of the main loop.
    pub(super) fn follow_mirrors(&mut self) {
        self.show_carriers();
        if self.kernel.last.elapsed() < LINK_POLL {
            return;
        }
        self.kernel.last = Instant::now();
        if self.kernel.followed.changed()
            && let Err(error) = self.read_kernel()
        {
            // What does not fit now may when something else goes; the next change tries again.
            tracing::error!(%error, "what the kernel's side of interfaces says could not be taken over");
        }
    }

    /// Reads the kernel's side, and takes over what is new.
    pub(super) fn read_kernel(&mut self) -> Result<(), Refusal> {
        let seen = self.kernel.followed.read();
        if seen == self.kernel.followed.seen {
            return Ok(());
        }
        self.log_changes(&seen);
        self.kernel.followed.seen = seen;
        let config = self.config.clone();
        self.apply_interfaces(&config)
    }

    /// Interfaces for the packet path, as a configuration and the kernel have them.
    pub(super) fn apply_interfaces(&mut self, config: &Config) -> Result<(), Refusal> {
        let macs: Vec<_> = self.ports.iter().map(|port| port.mac).collect();
        let (interfaces, loopbacks) = self.kernel.followed.seen.split_at(config.interfaces.len());
        let views = reload::interfaces(config, &macs, Given { interfaces, loopbacks });
        let views = Arc::new(views);
        for worker in 0..self.rings.len() {
            self.state.effects.push(Effect::Worker(worker, Command::Interfaces(Arc::clone(&views))));
        }
        self.state.interfaces_changed(views)
    }

    /// A reload has changed addresses itself: they are no news.
    pub(super) fn reread_kernel(&mut self) {
        self.kernel.followed.seen = self.kernel.followed.read();
    }

    fn show_carriers(&mut self) {
        for (index, view) in self.state.interfaces.interfaces.iter().enumerate() {
            let up = self.state.ports[usize::from(view.port)].up;
            if self.kernel.carriers[index] == up {
                continue;
            }
            self.kernel.carriers[index] = up;
            if let Err(error) = self.kernel.followed.set_carrier(index, up) {
                let interface = &self.state.infos[index].name;
                tracing::warn!(interface, %error, "the mirror does not show the port's link");
            }
        }
    }

    fn log_changes(&mut self, new: &[Option<Seen>]) {
        let interfaces = self.config.interfaces.iter().map(|interface| interface.name.clone());
        let names: Vec<String> =
            interfaces.chain(self.config.loopbacks.iter().map(|l| l.name.clone())).collect();
        for (at, interface) in names.iter().enumerate() {
            let (Some(new), Some(old)) = (&new[at], &self.kernel.followed.seen[at]) else { continue };
            if new == old {
                continue;
            }
            let Some(suppressed) = self.state.may_say("interface", interface) else { continue };
            let said = |seen: &Seen| {
                let addresses: Vec<String> = seen.addresses.iter().map(ToString::to_string).collect();
                let up = if seen.up { "up" } else { "down" };
                format!("{up}, mtu {}, {}", seen.mtu, addresses.join(" "))
            };
            let (old, new) = (said(old), said(new));
            tracing::info!(interface, old, new, reason = super::KERNEL, suppressed, "interface");
        }
    }
}
