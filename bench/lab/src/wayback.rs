//! The way back, server to LAN: on isp1 unless isp1 itself says that it cannot reach swerve.

use crate::clock::{Clock, MS};
use crate::task::Task;
use crate::topology::{Plan, way_back};
use anyhow::Result;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

const BEAT: u64 = 5 * MS;

/// One change of the way back.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// When the lab saw isp1's verdict.
    pub at: u64,
    /// Index in [`Plan::isps`] of the provider that the way back takes from here on.
    pub to: usize,
}

#[derive(Debug)]
pub struct WayBack {
    task: Task,
    moves: Arc<Mutex<Vec<Move>>>,
}

impl WayBack {
    /// `reaches` asks isp1 whether it reaches swerve.
    pub fn watch(
        plan: &'static Plan,
        clock: Clock,
        mut reaches: impl FnMut() -> Result<bool> + Send + 'static,
    ) -> Result<WayBack> {
        let moves = Arc::new(Mutex::new(vec![Move { at: clock.now(), to: 0 }]));
        let list = Arc::clone(&moves);
        let task = Task::start("watcher of isp1", move |stop| {
            let mut now_on = 0;
            let mut due = clock.now();
            while !stop.load(Relaxed) {
                let to = usize::from(!reaches()?);
                if to != now_on {
                    let at = clock.now();
                    way_back(plan, &plan.isps[to])?;
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
