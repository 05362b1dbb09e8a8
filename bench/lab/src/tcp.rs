//! A real TCP transfer from the LAN host to the server, through all events. Every byte is known beforehand.

use crate::clock::{Clock, MS};
use crate::netns::within;
use crate::task::Task;
use crate::topology::{LAN, SERVER, SERVER_HOST};
use anyhow::{Context, Result, bail};
use nix::sys::socket::{setsockopt, sockopt};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const PORT: u16 = 9002;
/// One write every so often: about 8 Mbit/s, a real transfer that leaves the machine to the measurement.
const CHUNK: usize = 10_000;
const BEAT: u64 = 10 * MS;
/// How long either end waits for the other. After seconds without a path TCP itself waits longer and longer; a broken
/// bound must reach the table all the same.
const PATIENCE: u64 = 60_000 * MS;
/// How often a waiting end looks whether the lab stops.
const TURN: Duration = Duration::from_millis(50);

/// The byte at a position of the transfer. Nothing repeats with a period that a lost segment could hide in.
fn byte_at(position: u64) -> u8 {
    let mut mixed = (position >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> ((position & 7) * 8)) as u8
}

fn fill(start: u64, bytes: &mut [u8]) {
    for (position, byte) in (start..).zip(bytes) {
        *byte = byte_at(position);
    }
}

/// The position of the first byte that is not what was sent there.
fn first_wrong(start: u64, bytes: &[u8]) -> Option<u64> {
    (start..).zip(bytes).find(|&(position, &byte)| byte != byte_at(position)).map(|(position, _)| position)
}

/// A running transfer.
#[derive(Debug)]
pub struct Transfer {
    sender: Task,
    receiver: Task,
    received: Arc<AtomicU64>,
    finish: Arc<AtomicBool>,
    outcome: Arc<Mutex<Option<u64>>>,
    longest_gap: Arc<AtomicU64>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub bytes: u64,
    /// The longest time in which no byte arrived, in nanoseconds.
    pub longest_gap: u64,
}

impl Transfer {
    pub fn start(clock: Clock) -> Result<Transfer> {
        let listener = within(SERVER, || Ok(TcpListener::bind((SERVER_HOST, PORT))?))?;
        let stream = within(LAN, || {
            let to = format!("{SERVER_HOST}:{PORT}").parse()?;
            let patience = Duration::from_nanos(PATIENCE);
            TcpStream::connect_timeout(&to, patience).context("TCP from the LAN host to the server")
        })?;
        Transfer::over(stream, listener.accept()?.0, clock)
    }

    fn over(stream: TcpStream, accepted: TcpStream, clock: Clock) -> Result<Transfer> {
        // Small, so that the write stops with the path and no megabytes wait for it to return.
        setsockopt(&stream, sockopt::SndBuf, &(256 << 10))?;
        let received = Arc::new(AtomicU64::new(0));
        let finish = Arc::new(AtomicBool::new(false));
        let outcome = Arc::new(Mutex::new(None));
        let longest_gap = Arc::new(AtomicU64::new(0));
        let (count, gap) = (Arc::clone(&received), Arc::clone(&longest_gap));
        let receiver = Task::start("TCP receiver", move |stop| receive(accepted, &count, &gap, clock, stop))?;
        let (done, result) = (Arc::clone(&finish), Arc::clone(&outcome));
        let sender = Task::start("TCP sender", move |stop| {
            let sent = send(stream, clock, &done, stop)?;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
            Ok(())
        })?;
        Ok(Transfer { sender, receiver, received, finish, outcome, longest_gap })
    }

    /// Whether an end has ended before it was asked to, by an error that [`Transfer::finish`] returns.
    pub fn ended(&self) -> bool {
        self.sender.ended() || self.receiver.ended()
    }

    /// Ends the transfer in good order and compares the two ends.
    pub fn finish(self) -> Result<Outcome> {
        self.finish.store(true, Relaxed);
        // Each end ends by itself, within its patience.
        while !(self.sender.ended() && self.receiver.ended()) {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.sender.stop()?;
        self.receiver.stop()?;
        let sent = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(0);
        let bytes = self.received.load(Relaxed);
        if sent != bytes || sent == 0 {
            bail!("TCP: {sent} bytes were sent, {bytes} arrived");
        }
        Ok(Outcome { bytes, longest_gap: self.longest_gap.load(Relaxed) })
    }
}

/// Returns the number of bytes sent once the other end has said that it has them all.
fn send(mut stream: TcpStream, clock: Clock, finish: &AtomicBool, stop: &AtomicBool) -> Result<u64> {
    stream.set_write_timeout(Some(TURN))?;
    stream.set_read_timeout(Some(TURN))?;
    let mut chunk = vec![0; CHUNK];
    let (mut sent, mut due) = (0, clock.now());
    while !finish.load(Relaxed) {
        fill(sent, &mut chunk);
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let Some(n) = patiently(clock, stop, || stream.write(rest)).context("writing")? else {
                return Ok(sent);
            };
            sent += n as u64;
            rest = &rest[n..];
        }
        due = (due + BEAT).max(clock.now());
        clock.sleep_until(due);
    }
    stream.shutdown(Shutdown::Write)?;
    let mut count = [0; 8];
    if patiently(clock, stop, || stream.read(&mut count)).context("the server's count")? == Some(8) {
        let counted = u64::from_be_bytes(count);
        if counted != sent {
            bail!("{sent} bytes were sent, the server counted {counted}");
        }
    }
    Ok(sent)
}

/// Tries again after each time-out, until the patience ends; `None` when the lab stops.
fn patiently(
    clock: Clock,
    stop: &AtomicBool,
    mut io: impl FnMut() -> std::io::Result<usize>,
) -> Result<Option<usize>> {
    let begun = clock.now();
    while !stop.load(Relaxed) {
        match io() {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if clock.now() - begun > PATIENCE {
                    bail!("nothing moved for {} s", PATIENCE / 1_000_000_000);
                }
            }
            other => return Ok(Some(other?)),
        }
    }
    Ok(None)
}

fn receive(
    mut stream: TcpStream,
    received: &AtomicU64,
    longest_gap: &AtomicU64,
    clock: Clock,
    stop: &AtomicBool,
) -> Result<()> {
    stream.set_read_timeout(Some(TURN))?;
    let mut chunk = vec![0; 64 << 10];
    let (mut position, mut last) = (0_u64, clock.now());
    while let Some(n) = patiently(clock, stop, || stream.read(&mut chunk)).context("reading")? {
        let now = clock.now();
        longest_gap.fetch_max(now - last, Relaxed);
        last = now;
        if n == 0 {
            stream.write_all(&position.to_be_bytes())?;
            break;
        }
        if let Some(wrong) = first_wrong(position, &chunk[..n]) {
            bail!("byte {wrong} of the transfer is not the one that was sent");
        }
        position += n as u64;
        received.store(position, Relaxed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_lost_and_a_repeated_byte_are_found() {
        let mut bytes = vec![0; 5000];
        fill(12_345, &mut bytes);
        assert_eq!(first_wrong(12_345, &bytes), None);
        bytes[777] ^= 1;
        assert_eq!(first_wrong(12_345, &bytes), Some(12_345 + 777));
        fill(12_345, &mut bytes);
        for shift in [1, 7, 8, 64, 1448, 65_536] {
            assert!(first_wrong(12_345 + shift, &bytes).is_some_and(|wrong| wrong < 12_345 + shift + 64));
        }
    }

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (stream, listener.accept().unwrap().0)
    }

    #[test]
    fn a_transfer_ends_when_both_ends_have_counted_the_same() {
        let (stream, accepted) = pair();
        let transfer = Transfer::over(stream, accepted, Clock::start()).unwrap();
        while transfer.received.load(Relaxed) < 3 * CHUNK as u64 {
            assert!(!transfer.ended());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(transfer.finish().unwrap().bytes >= 3 * CHUNK as u64);
    }

    #[test]
    fn a_transfer_with_a_foreign_byte_fails() {
        let (mut stream, accepted) = pair();
        let mut bytes = vec![0; 100];
        fill(0, &mut bytes);
        bytes[99] ^= 0x10;
        stream.write_all(&bytes).unwrap();
        let none = AtomicU64::new(0);
        let failed = receive(accepted, &none, &AtomicU64::new(0), Clock::start(), &AtomicBool::new(false));
        assert!(failed.unwrap_err().to_string().starts_with("byte 99 "));
    }
}
