//! The way back, server to LAN: on isp1 unless isp1's own bfdd says that its session with swerve is down.

use crate::clock::{Clock, MS};
use crate::frr::Vty;
use crate::task::Task;
use crate::topology::{ISPS, way_back};
use anyhow::Result;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

const BEAT: u64 = 5 * MS;

/// One change of the way back.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// When the lab saw bfdd's verdict.
    pub at: u64,
    /// Index in [`ISPS`] of the provider that the way back takes from here on.
    pub to: usize,
}

#[derive(Debug)]
pub struct WayBack {
    task: Task,
    moves: Arc<Mutex<Vec<Move>>>,
}

impl WayBack {
    pub fn watch(clock: Clock) -> Result<WayBack> {
        let moves = Arc::new(Mutex::new(vec![Move { at: clock.now(), to: 0 }]));
        let list = Arc::clone(&moves);
        let mut vty = Vty::connect(&ISPS[0], "bfdd")?;
        let task = Task::start("watcher of isp1's bfdd", move |stop| {
            let mut now_on = 0;
            let mut due = clock.now();
            while !stop.load(Relaxed) {
                let to = usize::from(!vty.session_up(&ISPS[0])?);
                if to != now_on {
                    let at = clock.now();
                    way_back(&ISPS[to])?;
                    list.lock().unwrap_or_else(PoisonError::into_inner).push(Move { at, to });
                    now_on = to;
                }
                due = (due + BEAT).max(clock.now());
                clock.sleep_until(due);
            }
            Ok(())
        })?;
        Ok(WayBack { task, moves })
    }

    /// Which provider it takes now.
    pub fn on(&self) -> usize {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner).last().map_or(0, |last| last.to)
    }

    /// Every change, the beginning on isp1 first.
    pub fn moves(&self) -> Vec<Move> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the watcher has ended, by an error that [`WayBack::stop`] returns.
    pub fn ended(&self) -> bool {
        self.task.ended()
    }

    pub fn stop(self) -> Result<()> {
        self.task.stop()
    }
}
