//! The lab left up: traffic flows, each loss is told, a shell to break things with.

use crate::clock::{MS, seconds};
use crate::kind::Kind;
use crate::lab::{Lab, Options};
use crate::ledger::{Ledger, Via};
use anyhow::{Context, Result};
use std::process::Command;
use std::time::Duration;

/// A packet that took longer is lost.
const OVERDUE: u64 = 200 * MS;
/// How long an outage may go on before it is told all the same.
const PATIENCE_S: u64 = 5;

const HELP: &str = "
A paced UDP flow and a TCP transfer run from the LAN host to the server. Each loss is told here. Try:

  swervectl show paths              swervectl show failovers          swervectl show workers --watch
  swerve-lab cut isp1               swerve-lab heal isp1              a silent cut: carrier stays, BFD sees it
  swerve-lab down isp1              swerve-lab up isp1                the link goes down
  swervectl drain isp1              swervectl undrain isp1            maintenance
  kill -9 $(cat /dev/shm/swerve-lab/swerve-control.pid)                   packets do not care
  vtysh --vty_socket /dev/shm/swerve-lab/isp1 -c 'show bfd peers'         the provider's side
  ip netns exec swv-lan ping 198.51.100.10                            the host's side
  $EDITOR $SWERVE_CONFIG; swervectl reload

`exit` takes the lab down.
";

/// Brings the lab up, runs a shell in it, and takes it down.
pub fn play(options: &Options, kind: Kind) -> Result<bool> {
    let mut lab = Lab::up(options, kind)?;
    lab.steady(1)?;
    lab.console.begin("traffic");
    lab.console.end("steady over isp1");
    println!("{HELP}");
    let path = std::env::var("PATH").unwrap_or_default();
    let own = std::env::current_exe()?;
    let own = own.parent().context("this program has no directory")?.display();
    let shell = std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".to_owned());
    let mut child = Command::new(&shell)
        .env("PATH", format!("{}:{own}:{path}", lab.swerve.binaries().display()))
        .env("SWERVE_CONFIG", &lab.swerve.config)
        .spawn()
        .with_context(|| shell.clone())?;
    let mut watch = Watch { judged: lab.there.next(), via: 1 };
    let result = loop {
        if child.try_wait()?.is_some() {
            break Ok(true);
        }
        if let Err(error) = lab.keep_up() {
            break Err(error);
        }
        for line in watch.look(&lab.there, lab.clock.now()) {
            eprintln!("\r[{:.1} s] {line}", seconds(lab.clock.now()));
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let _ = child.kill();
    let _ = child.wait();
    result
}

/// What the receiver has been told of so far.
#[derive(Debug)]
struct Watch {
    judged: u64,
    via: Via,
}

impl Watch {
    fn look(&mut self, ledger: &Ledger, now: u64) -> Vec<String> {
        let mut lines = Vec::new();
        let overdue = ledger.first_sent_since(now.saturating_sub(OVERDUE));
        let (newest, via) = ledger.newest();
        let flows = newest >= overdue;
        let waited = overdue.saturating_sub(self.judged);
        if waited == 0 || (!flows && waited < ledger.rate * PATIENCE_S) {
            // An outage that goes on is told once, when its end is known; a very long one in parts.
            return lines;
        }
        let lost = ledger.lost(self.judged..overdue);
        if lost > 0 {
            let going_on = if flows { "" } else { " and going on" };
            let outage = ledger.outage_us(lost) / 1e3;
            lines.push(format!("{lost} packets lost: an outage of {outage:.3} ms{going_on}"));
        }
        if flows && via != self.via && via > 0 {
            lines.push(format!("traffic takes {} now", crate::topology::way_name(via)));
            self.via = via;
        }
        self.judged = overdue;
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_when_it_is_over() {
        let ledger = Ledger::new(1000, 1 << 14);
        let mut watch = Watch { judged: 0, via: 1 };
        let mut told = Vec::new();
        for n in 0..3000u64 {
            let now = (n + 1) * MS;
            let sequence = ledger.send(now);
            if !(1000..1030).contains(&n) {
                ledger.arrive(sequence, now, if n < 1000 { 1 } else { 2 });
            }
            if n % 50 == 0 {
                told.extend(watch.look(&ledger, now));
            }
        }
        told.sort();
        assert_eq!(told, ["30 packets lost: an outage of 30.000 ms", "traffic takes isp2 now"]);
    }

    #[test]
    fn a_dead_network_is_told_while_it_is_dead() {
        let ledger = Ledger::new(1000, 1 << 14);
        let mut watch = Watch { judged: 0, via: 1 };
        let told: Vec<String> = (1..=7000u64)
            .flat_map(|ms| {
                ledger.send(ms * MS);
                watch.look(&ledger, ms * MS)
            })
            .collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("5000 packets lost") && told[0].ends_with("going on"), "{told:?}");
    }
}
