//! DPDK's own test program, as it comes with the distribution, in its mac mode: every packet gets new Ethernet
//! addresses and goes out of the other port.

use crate::machine::{OTHER_CORE, WORKER_CORE};
use crate::process::{Process, rest};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const PROGRAM: &str = "dpdk-testpmd";
/// Of DPDK's files in it.
pub const FILE_PREFIX: &str = "swerve-bench-testpmd";
/// For it to start, and to answer.
const LIMIT: Duration = Duration::from_secs(15);

/// It runs between two net_null ports, which make and take packets without copying.
#[derive(Debug)]
pub struct Testpmd {
    process: Process,
    commands: ChildStdin,
    lines: Receiver<String>,
}

impl Testpmd {
    pub fn start(hugepages: bool) -> Result<Testpmd> {
        // It writes in large blocks unless to a terminal, and we wait for lines.
        let mut process = Process::spawn(PROGRAM, OsStr::new("stdbuf"), |command| {
            command.args(["-oL", PROGRAM, "-l", &format!("{OTHER_CORE},{WORKER_CORE}")]);
            command.arg(if hugepages { "--in-memory" } else { "--no-huge" });
            command.args(["--no-pci", "--no-telemetry", "-m", "256", "--file-prefix", FILE_PREFIX]);
            command.args(["--vdev=net_null0,copy=0", "--vdev=net_null1,copy=0", "--"]);
            command.args(["-i", "--forward-mode=mac", "--nb-cores=1", "--total-num-mbufs=16384"]);
            command.args(["--no-mlockall"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        })?;
        let commands = process.child.stdin.take().context("no way to testpmd")?;
        let output = process.child.stdout.take().context("no way from testpmd")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut testpmd = Testpmd { process, commands, lines };
        testpmd.say("start")?;
        testpmd.received()?;
        Ok(testpmd)
    }

    fn say(&mut self, command: &str) -> Result<()> {
        writeln!(self.commands, "{command}").context("testpmd is gone")
    }

    /// Packets that both ports have received so far, and when.
    fn received(&mut self) -> Result<(u64, Instant)> {
        let asked = Instant::now();
        self.say("show port stats all")?;
        let mut total = 0;
        for _ in 0..2 {
            total += self.next_count()?;
        }
        Ok((total, asked + asked.elapsed() / 2))
    }

    fn next_count(&mut self) -> Result<u64> {
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => {
                    let Some((_, count)) = line.split_once("RX-packets:") else { continue };
                    let count = count.split_whitespace().next().context("testpmd gives no number")?;
                    return count.parse().with_context(|| format!("testpmd says {line}"));
                }
                Err(RecvTimeoutError::Timeout) => bail!("testpmd says nothing"),
                Err(RecvTimeoutError::Disconnected) => bail!("testpmd has ended"),
            }
        }
    }

    /// Millions of packets a second over one interval.
    pub fn measure(&mut self, length: Duration) -> Result<f64> {
        let (before, from) = self.received()?;
        rest(length)?;
        let (after, to) = self.received()?;
        Ok((after - before) as f64 / to.duration_since(from).as_secs_f64() / 1e6)
    }

    pub fn stop(mut self) -> Result<()> {
        self.say("quit")?;
        self.process.stop(Duration::from_secs(3)).map(drop)
    }
}
