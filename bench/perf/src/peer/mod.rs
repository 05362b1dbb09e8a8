//! The other ends of the switch's BFD sessions: a process of its own, since net_memif may take its process down when
//! the other end goes, on the core that the worker does not have.

mod run;
mod script;

use crate::process::Process;
use anyhow::{Context, Result, bail};
use api::Mac;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

pub use run::run;

/// Descriptors of a ring, as net_memif has them: a power of two. A thousand sessions that all send at once, four
/// times over.
pub const RING_BITS: u16 = 12;
/// Of DPDK's files in the peer.
pub const FILE_PREFIX: &str = "swerve-bench-peer";
/// The argument that makes the benchmark's program the peer.
pub const COMMAND: &str = "bfd-peer";

/// What the peer is told first, as a line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    /// In the abstract namespace: nothing is left in the file system.
    pub socket: String,
    /// Ports 0 to this of the socket.
    pub ports: u16,
    pub interval_us: u32,
    pub multiplier: u8,
    pub sessions: Vec<Session>,
    /// The first session does as it is told instead of running by itself.
    pub scripted: bool,
}

/// A session, from the peer's side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub port: u16,
    pub local: IpAddr,
    pub remote: IpAddr,
}

/// What the scripted session shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Say Down at once: the path has failed.
    Fail,
    /// Say nothing.
    Silence,
    /// Come up again.
    Recover,
    /// No packet any more, in or out, on any session: the switch is about to end.
    Quiet,
}

/// What the peer says several times a second, as a line of JSON.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Status {
    pub up: usize,
    /// Times that a session went down from Up, so far.
    pub flaps: u64,
    /// The longest time between two turns of its loop since the last status.
    pub stall_us: u64,
    pub received: u64,
    pub sent: u64,
    pub quiet: bool,
}

/// MAC of a port of the switch that has peers.
pub fn switch_mac(port: u16) -> Mac {
    Mac([2, 0, 0, 0, 0x51, port as u8])
}

/// MAC of all peers behind that port.
pub fn peer_mac(port: u16) -> Mac {
    Mac([2, 0, 0, 0, 0xbf, port as u8])
}

/// The vdev arguments of one end.
pub fn device(number: u16, role: &str, socket: &str, mac: Mac) -> String {
    format!(
        "net_memif{number},role={role},id={number},socket={socket},socket-abstract=yes,rsize={RING_BITS},mac={mac}"
    )
}

/// The running peer, as the benchmark sees it.
#[derive(Debug)]
pub struct Peer {
    process: Process,
    orders: ChildStdin,
    statuses: Receiver<Status>,
    pub last: Status,
    /// The longest stall that was reported since it was last asked for.
    stall_us: u64,
}

impl Peer {
    pub fn start(spec: &Spec) -> Result<Peer> {
        let program = std::env::current_exe()?;
        let mut process = Process::spawn("the BFD peer", program.as_os_str(), |command| {
            command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
        })?;
        let mut orders = process.child.stdin.take().context("no way to the BFD peer")?;
        let output = process.child.stdout.take().context("no way from the BFD peer")?;
        writeln!(orders, "{}", serde_json::to_string(spec)?)?;
        let (sender, statuses) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let Ok(status) = serde_json::from_str(&line) else { continue };
                if sender.send(status).is_err() {
                    return;
                }
            }
        });
        let mut peer = Peer { process, orders, statuses, last: Status::default(), stall_us: 0 };
        // The first status says that its sockets are there: the switch may connect.
        peer.wait("the BFD peer to start", |_| true)?;
        Ok(peer)
    }

    pub fn order(&mut self, order: Order) -> Result<()> {
        writeln!(self.orders, "{}", serde_json::to_string(&order)?).context("the BFD peer is gone")
    }

    /// Reads what it has said.
    pub fn listen(&mut self) -> Result<()> {
        loop {
            match self.statuses.try_recv() {
                Ok(status) => {
                    self.stall_us = self.stall_us.max(status.stall_us);
                    self.last = status;
                }
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => bail!("the BFD peer is gone"),
            }
        }
    }

    /// The longest stall since the last call.
    pub fn take_stall_us(&mut self) -> u64 {
        std::mem::take(&mut self.stall_us)
    }

    /// Waits until a new status is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Status) -> bool) -> Result<()> {
        crate::process::wait_for(what, Duration::from_millis(5), Duration::from_secs(20), || {
            match self.statuses.try_recv() {
                Ok(status) => {
                    self.stall_us = self.stall_us.max(status.stall_us);
                    self.last = status;
                    Ok(wanted(&status).then_some(()))
                }
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => bail!("the BFD peer ended by itself"),
            }
        })
    }

    /// Stops all packets, so that the switch can end without pulling memory away under them.
    pub fn quiet(&mut self) -> Result<()> {
        self.order(Order::Quiet)?;
        self.wait("the BFD peer to be quiet", |status| status.quiet)
    }

    /// Ends the process; the switch must be gone.
    pub fn kill(&mut self) {
        // Whether it had ended by itself does not matter any more.
        let _ = self.process.child.kill();
        let _ = self.process.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}
