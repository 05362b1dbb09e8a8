//! What a program tells the main thread: digests, packets to the controller, and lines. One ring for each worker, so that their
//! order stays; without a lock, and without memory but the ring's.

use api::events::{MAX_LINE, Said};
use front::ir::DigestId;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Words of a ring: half a megabyte.
const WORDS: usize = 1 << 16;
/// Of these, packets and lines leave so many to digests, which are small and what tables are made from.
const FOR_DIGESTS: usize = WORDS / 2;
/// The longest record: a packet of the largest frame.
const LONGEST: usize = HEAD + api::events::MAX_FRAME.div_ceil(8);

/// Words in front of a record: what it is, its length and the program's generation; then what the kind has to say.
const HEAD: usize = 2;
const DIGEST: u64 = 1;
const PACKET: u64 = 2;
const LINE: u64 = 3;

/// Events that found no room, since the start.
#[derive(Debug, Default)]
struct Lost {
    digests: AtomicU64,
    packets: AtomicU64,
    lines: AtomicU64,
}

/// A worker's end.
#[derive(Debug)]
pub struct Teller {
    ring: Producer<u64>,
    lost: Arc<Lost>,
}

/// The main thread's end.
#[derive(Debug)]
pub struct Listener {
    ring: Consumer<u64>,
    lost: Arc<Lost>,
    /// Of `lost`, what was said.
    said: (u64, u64, u64),
    words: Vec<u64>,
    bytes: Vec<u8>,
}

/// A record as the main thread reads it.
#[derive(Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// Its values one after the other, each in whole words.
    Digest {
        digest: DigestId,
        receiver: u32,
        words: &'a [u64],
    },
    Packet {
        frame: &'a [u8],
    },
    Line {
        said: Said,
        text: &'a [u8],
    },
}

pub fn ring() -> (Teller, Listener) {
    let (mut producer, mut consumer) = RingBuffer::new(WORDS);
    // Once through its memory, so that a worker's event meets no page fault.
    while producer.push(0).is_ok() {}
    while consumer.pop().is_ok() {}
    let lost = Arc::new(Lost::default());
    let listener = Listener {
        ring: consumer,
        lost: Arc::clone(&lost),
        said: (0, 0, 0),
        words: Vec::with_capacity(LONGEST),
        bytes: Vec::with_capacity(8 * LONGEST),
    };
    (Teller { ring: producer, lost }, listener)
}

fn head(kind: u64, len: usize, generation: u32) -> u64 {
    kind | (len as u64) << 8 | u64::from(generation) << 32
}

/// The worker is the only one that counts.
fn count(cell: &AtomicU64) {
    cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

impl Teller {
    pub fn digest(&mut self, generation: u32, digest: DigestId, receiver: u32, words: &[u64]) {
        let len = HEAD + words.len();
        let what = u64::from(digest.0) | u64::from(receiver) << 32;
        let head = [head(DIGEST, len, generation), what];
        // What is longer than a packet may be was never a digest that fits anywhere.
        let written = len <= LONGEST && self.write(len, head.into_iter().chain(words.iter().copied()));
        if !written {
            count(&self.lost.digests);
        }
    }

    /// False when it found no room, and was counted.
    pub fn packet(&mut self, generation: u32, frame: &[u8]) -> bool {
        let written = self.bytes(generation, PACKET, frame.len() as u64, frame);
        if !written {
            count(&self.lost.packets);
        }
        written
    }

    /// Of a line that is too long, its beginning.
    pub fn line(&mut self, generation: u32, said: Said, text: &str) {
        let text = &text.as_bytes()[..text.len().min(MAX_LINE)];
        let what = text.len() as u64 | (said as u64) << 32;
        if !self.bytes(generation, LINE, what, text) {
            count(&self.lost.lines);
        }
    }

    fn bytes(&mut self, generation: u32, kind: u64, what: u64, bytes: &[u8]) -> bool {
        let len = HEAD + bytes.len().div_ceil(8);
        let head = [head(kind, len, generation), what];
        let words = bytes.chunks(8).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        });
        let room = len <= LONGEST && self.ring.slots() >= len + FOR_DIGESTS;
        room && self.write(len, head.into_iter().chain(words))
    }

    fn write(&mut self, len: usize, words: impl Iterator<Item = u64>) -> bool {
        let Ok(chunk) = self.ring.write_chunk_uninit(len) else { return false };
        chunk.fill_from_iter(words) == len
    }
}

impl Listener {
    /// The next event with the generation of the program that told it.
    pub fn next(&mut self) -> Option<(u32, Told<'_>)> {
        let first = *self.ring.peek().ok()?;
        // A worker publishes a record as a whole.
        let len = (first >> 8 & 0xff_ffff) as usize;
        self.words.clear();
        self.words.extend(self.ring.read_chunk(len).ok()?);
        let generation = (first >> 32) as u32;
        let (what, words) = (*self.words.get(1)?, self.words.get(HEAD..)?);
        if first & 0xff == DIGEST {
            let (digest, receiver) = (DigestId(what as u32), (what >> 32) as u32);
            return Some((generation, Told::Digest { digest, receiver, words }));
        }
        self.bytes.clear();
        self.bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        self.bytes.truncate(what as u32 as usize);
        if first & 0xff == LINE {
            let said = [Said::Log, Said::Assert, Said::Assume];
            let said = said.into_iter().find(|said| *said as u64 == what >> 32)?;
            return Some((generation, Told::Line { said, text: &self.bytes }));
        }
        Some((generation, Told::Packet { frame: &self.bytes }))
    }

    /// Digests, packets and lines that found no room since this was asked last.
    pub fn lost(&mut self) -> (u64, u64, u64) {
        let now = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let now = (now(&self.lost.digests), now(&self.lost.packets), now(&self.lost.lines));
        let before = std::mem::replace(&mut self.said, now);
        (now.0 - before.0, now.1 - before.1, now.2 - before.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_in_which_they_were_told() {
        let (mut teller, mut listener) = ring();
        // More than the ring holds at once, so that records go over its end.
        for round in 0..1000u32 {
            let words: Vec<u64> = (0..u64::from(round % 40)).map(|word| word | 1 << 63).collect();
            let frame: Vec<u8> = (0..round % 1500).map(|byte| byte as u8).collect();
            teller.digest(round, DigestId(round), u32::MAX - round, &words);
            assert!(teller.packet(round + 1, &frame));
            let digest = Told::Digest { digest: DigestId(round), receiver: u32::MAX - round, words: &words };
            assert_eq!(listener.next(), Some((round, digest)));
            teller.line(round, Said::Assume, &"é".repeat(round as usize));
            assert_eq!(listener.next(), Some((round + 1, Told::Packet { frame: &frame })));
            let Some((_, Told::Line { said: Said::Assume, text })) = listener.next() else {
                panic!("a line")
            };
            assert_eq!(text.len(), (2 * round as usize).min(MAX_LINE));
            assert_eq!(listener.next(), None);
        }
        assert_eq!(listener.lost(), (0, 0, 0));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_packets_leave_room_for_digests() {
        let (mut teller, mut listener) = ring();
        let mut packets = 0;
        while teller.packet(1, &[7; 1500]) {
            packets += 1;
        }
        assert!(!teller.packet(1, &[7; 1500]));
        teller.line(1, Said::Log, &"x".repeat(MAX_LINE));
        teller.line(1, Said::Log, &"x".repeat(MAX_LINE));
        let mut digests = 0;
        loop {
            teller.digest(1, DigestId(0), 1, &[5; 6]);
            if listener.lost.digests.load(Ordering::Relaxed) > 0 {
                break;
            }
            digests += 1;
        }
        assert!(packets > 100 && digests >= FOR_DIGESTS / (HEAD + 6), "{packets} {digests}");
        let (lost_digests, lost_packets, lost_lines) = listener.lost();
        assert_eq!((lost_digests, lost_packets), (1, 2));
        assert_eq!(listener.lost(), (0, 0, 0));
        let (mut seen, mut lines) = ((0, 0), 0);
        while let Some((1, told)) = listener.next() {
            match told {
                Told::Digest { words: &[5, 5, 5, 5, 5, 5], .. } => seen.0 += 1,
                Told::Packet { frame } if frame == [7; 1500] => seen.1 += 1,
                Told::Line { said: Said::Log, .. } => lines += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(lost_lines + lines, 2);
        assert_eq!(seen, (digests, packets));
        assert!(teller.packet(1, &[7; api::events::MAX_FRAME]), "there is room again");
    }

    #[test]
    fn a_frame_that_is_too_long_is_lost_alone() {
        let (mut teller, mut listener) = ring();
        assert!(!teller.packet(1, &[0; api::events::MAX_FRAME + 1]));
        teller.digest(1, DigestId(0), 0, &vec![0; LONGEST]);
        assert_eq!((listener.lost(), listener.next()), ((1, 1, 0), None));
    }
}
