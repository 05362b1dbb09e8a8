//! Paced datagrams with sequence numbers, and who received them.

use crate::lab::{Lab, wait_until};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Port of all of it.
const PORT: u16 = 7000;

/// Counts what arrives at an address of a host.
pub struct Sink {
    seen: Arc<Mutex<Vec<(u16, u64)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sink {
    pub fn new(lab: &Lab, host: &str, address: &str) -> Sink {
        let socket = lab.within(host, || UdpSocket::bind((address, PORT)).expect("the receiver"));
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (log, ends) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut datagram = [0; 2048];
            while !ends.load(Ordering::Relaxed) {
                let Ok((len, from)) = socket.recv_from(&mut datagram) else { continue };
                let number = datagram[..len].first_chunk::<8>().expect("a sequence number");
                log.lock().expect("no panic there").push((from.port(), u64::from_be_bytes(*number)));
            }
        });
        Sink { seen, stop, thread: Some(thread) }
    }

    pub fn count(&self) -> u64 {
        self.seen.lock().expect("no panic there").len() as u64
    }

    /// Source ports and sequence numbers, in order of arrival.
    pub fn seen(&self) -> Vec<(u16, u64)> {
        self.seen.lock().expect("no panic there").clone()
    }

    pub fn clear(&self) {
        self.seen.lock().expect("no panic there").clear();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It panics only over a datagram that nobody here sent.
            let _ = thread.join();
        }
    }
}

/// Sends a datagram each millisecond until it is stopped.
pub struct Flow {
    port: u16,
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flow {
    pub fn start(lab: &Lab, host: &str, to: &str) -> Flow {
        let wildcard = if to.contains(':') { "::" } else { "0.0.0.0" };
        let socket = lab.within(host, || UdpSocket::bind((wildcard, 0)).expect("the sender"));
        socket.connect((to, PORT)).expect("a route");
        let port = socket.local_addr().expect("a bound socket").port();
        let sent = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (number, ends) = (Arc::clone(&sent), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let next = number.load(Ordering::Relaxed);
                // An ICMP error to an earlier datagram is reported by this call, which then sends nothing.
                if socket.send(&next.to_be_bytes()).is_ok() {
                    number.store(next + 1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Flow { port, sent, stop, thread: Some(thread) }
    }

    /// The source port of its datagrams.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until so many more were sent.
    pub fn go_on(&self, more: u64) {
        let target = self.sent() + more;
        wait_until("the sender goes on", || self.sent() >= target);
    }

    /// Stops, and says how many were sent.
    pub fn stop(&mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the sender does not panic");
        }
        self.sent()
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// One datagram from each of `flows` source ports, in parts that fit the port's ring on a machine that does other things
/// as well: the next part follows when all so far have `arrived`.
pub fn spread(lab: &Lab, host: &str, to: &str, flows: u64, arrived: impl Fn() -> u64) {
    const PART: u64 = 50;
    for number in 0..flows {
        if number % PART == 0 {
            wait_until("all so far arrive", || arrived() == number);
        }
        let from = 20_000 + number as u16;
        let socket = lab.within(host, || UdpSocket::bind(("0.0.0.0", from)).expect("the sender"));
        socket.send_to(&number.to_be_bytes(), (to, PORT)).expect("a route");
    }
    wait_until("all arrive", || arrived() == flows);
}
