//! Until when paths are kept whose session is gone (RFC 4724 4.2, and beyond it for peers that said nothing).

use std::collections::VecDeque;
use std::time::Instant;

/// Losses remembered; of a peer that goes on losing sessions the oldest paths go first.
// Well below the 128 epochs that the table can tell apart.
const LOSSES: usize = 16;

/// Paths of one family that were announced before `epoch` began are withdrawn at `until`.
#[derive(Debug, Clone, Copy)]
struct Loss {
    epoch: u8,
    until: Instant,
    /// A new session was given its time already. It is given once, so that a peer that comes and goes does not keep
    /// old paths for ever.
    extended: bool,
}

/// The losses whose paths are still there, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    losses: VecDeque<Loss>,
}

impl Stale {
    /// A session is lost. `epoch` has begun with this.
    pub(crate) fn lost(&mut self, epoch: u8, until: Instant, now: Instant) {
        if self.losses.len() == LOSSES {
            self.losses[0].until = now;
        }
        self.losses.push_back(Loss { epoch, until, extended: false });
    }

    /// A new session has until then to announce what there was.
    pub(crate) fn extend(&mut self, until: Instant) {
        for loss in self.losses.iter_mut().filter(|loss| !loss.extended) {
            (loss.until, loss.extended) = (until, true);
        }
    }

    /// The new session has told what it has: the rest is to come by then.
    pub(crate) fn shorten(&mut self, until: Instant) {
        for loss in &mut self.losses {
            loss.until = loss.until.min(until);
        }
    }

    /// The epoch before which paths are to be withdrawn now.
    pub(crate) fn due(&mut self, now: Instant) -> Option<u8> {
        let last = self.losses.iter().rposition(|loss| loss.until <= now)?;
        let epoch = self.losses[last].epoch;
        self.losses.drain(..=last);
        Some(epoch)
    }

    /// What was to be kept has come again. False when nothing was kept.
    pub(crate) fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.losses).is_empty()
    }

    /// When something is [`Stale::due`].
    pub(crate) fn until(&self) -> Option<Instant> {
        self.losses.iter().map(|loss| loss.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_new_session_extends_the_time_once_and_the_later_loss_takes_the_earlier_along() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stale = Stale::default();
        stale.lost(1, at(10), start);
        stale.extend(at(20));
        stale.extend(at(30));
        assert_eq!(stale.until(), Some(at(20)));
        stale.lost(2, at(15), start);
        assert_eq!((stale.due(at(14)), stale.due(at(15)), stale.until()), (None, Some(2), None));
    }

    #[test]
    fn a_peer_that_goes_on_losing_sessions_keeps_the_paths_of_so_many_losses() {
        let now = Instant::now();
        let mut stale = Stale::default();
        for epoch in 0..100 {
            stale.lost(epoch, now + Duration::from_secs(60), now);
            if let Some(due) = stale.due(now) {
                assert_eq!(due, epoch - LOSSES as u8);
            }
        }
        assert_eq!(stale.losses.len(), LOSSES);
    }
}
