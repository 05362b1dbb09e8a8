//! A packet on its way through the program.

use crate::bits::mask64;
use crate::engine::At;
use crate::events::DropReason;
use crate::layout::{Layout, Place};
use front::ir::{DigestId, FieldListId};

/// `standard_metadata.instance_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Instance {
    #[default]
    Normal = 0,
    IngressClone = 1,
    EgressClone = 2,
    Recirculated = 4,
    Replicated = 5,
    Resubmitted = 6,
}

/// What a control asked for; the last call wins.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    pub clone_ingress: Option<(u32, FieldListId)>,
    pub clone_egress: Option<(u32, FieldListId)>,
    pub resubmit: Option<FieldListId>,
    pub recirculate: Option<FieldListId>,
    pub digests: Digests,
}

impl Requests {
    /// As if new, with the memory that there is.
    pub fn clear(&mut self) {
        let mut digests = std::mem::take(&mut self.digests);
        digests.clear();
        *self = Requests { digests, ..Requests::default() };
    }
}

/// Digests that a packet asked for: flat, so that one more needs no memory of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests {
    /// Digest, receiver, and where its words end.
    heads: Vec<(DigestId, u32, usize)>,
    words: Vec<u64>,
}

impl Digests {
    /// Another one, whose values come by [`Digests::push`], each in whole words.
    fn begin(&mut self, digest: DigestId, receiver: u32) {
        self.heads.push((digest, receiver, self.words.len()));
    }

    fn push(&mut self, limbs: &[u64]) {
        self.words.extend_from_slice(limbs);
        if let Some((.., end)) = self.heads.last_mut() {
            *end = self.words.len();
        }
    }

    /// Those of another packet behind these.
    pub fn append(&mut self, others: &Digests) {
        for (digest, receiver, words) in others.iter() {
            self.begin(digest, receiver);
            self.push(words);
        }
    }

    pub fn clear(&mut self) {
        self.heads.clear();
        self.words.clear();
    }

    /// Digest, receiver, and the words of its values one after the other, each value in whole words.
    pub fn iter(&self) -> impl Iterator<Item = (DigestId, u32, &[u64])> {
        let mut begin = 0;
        self.heads.iter().map(move |(digest, receiver, end)| {
            let words = &self.words[begin..*end];
            begin = *end;
            (*digest, *receiver, words)
        })
    }
}

/// No path's number.
pub const NO_PATH: u16 = u16::MAX;

/// The reason of a punt or a drop, as swerve.p4 numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Why {
    pub drop: bool,
    pub code: u8,
    pub argument: u16,
}

/// The context of one packet: its frame of slots, its bytes, and how far the parser got.
#[derive(Debug, Clone, Default)]
pub struct Packet {
    pub frame: Vec<u64>,
    /// As they entered. Compiled code that needs only what is in the frame leaves them out.
    pub bytes: Vec<u8>,
    /// How many bytes entered.
    pub length: u32,
    /// Bits consumed by the parser; what follows is payload.
    pub cursor: usize,
    /// As the deparser makes them.
    pub out: Vec<u8>,
    /// How far the engine has taken it.
    pub at: At,
    pub ingress_port: u16,
    pub instance: Instance,
    pub requests: Requests,
    /// Bytes at which what leaves is cut.
    pub truncate: Option<u32>,
    /// Found by direct meters at the last lookup of their tables.
    pub colours: Vec<u8>,
    /// Clones, resubmits and recirculations that led here.
    pub passes: u32,
    /// Why it is punted or dropped, as the program says.
    pub why: Why,
    /// The path whose rewrite it has, or [`NO_PATH`].
    pub path: u16,
    /// A control gave up.
    pub failed: Option<DropReason>,
}

impl Packet {
    pub fn new(layout: &Layout, direct_meters: usize) -> Packet {
        Packet {
            frame: vec![0; layout.words()],
            colours: vec![0; direct_meters],
            path: NO_PATH,
            ..Packet::default()
        }
    }

    /// As if new, with these bytes. Buffers are kept.
    pub fn reset(&mut self, port: u16, bytes: &[u8]) {
        // Locals are written before they are read; a program for which this is not so must not see another packet's.
        self.frame.fill(0);
        self.fill(bytes);
        self.cursor = 0;
        self.out.clear();
        self.at = At::AfterIngress;
        self.ingress_port = port;
        self.instance = Instance::Normal;
        self.requests.clear();
        self.truncate = None;
        self.colours.fill(0);
        self.passes = 0;
        self.why = Why::default();
        self.path = NO_PATH;
        self.failed = None;
    }

    /// What another packet is, in the memory that there is.
    pub fn copy_from(&mut self, other: &Packet) {
        let Packet { mut frame, mut bytes, mut out, mut colours, requests, .. } = std::mem::take(self);
        frame.clone_from(&other.frame);
        bytes.clone_from(&other.bytes);
        out.clone_from(&other.out);
        colours.clone_from(&other.colours);
        let mut digests = requests.digests;
        digests.clear();
        digests.append(&other.requests.digests);
        let requests = Requests { digests, ..other.requests };
        *self = Packet { frame, bytes, out, colours, requests, ..*other };
    }

    /// Other bytes.
    pub fn fill(&mut self, bytes: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.length = bytes.len() as u32;
    }

    /// The low word of a place in the frame.
    pub fn word(&self, place: Place) -> u64 {
        self.frame[place.at as usize]
    }

    pub fn set_word(&mut self, place: Place, value: u64) {
        let range = place.range();
        self.frame[range.start + 1..range.end].fill(0);
        self.frame[range.start] = value & mask64(place.width);
    }

    pub fn limbs<'a>(&'a self, layout: &'a Layout, place: Place) -> &'a [u64] {
        let words = if place.constant { layout.pool() } else { &self.frame };
        &words[place.range()]
    }

    /// The low word of an operand.
    pub fn operand(&self, layout: &Layout, place: Place) -> u64 {
        let words = if place.constant { layout.pool() } else { &self.frame };
        words[place.at as usize]
    }

    /// An operand as an index or a count: what has more than 64 bits is as good as the largest.
    pub fn index(&self, layout: &Layout, place: Place) -> u64 {
        let limbs = self.limbs(layout, place);
        if limbs.iter().skip(1).any(|limb| *limb != 0) { u64::MAX } else { limbs[0] }
    }

    /// Asks for a digest of these values.
    pub fn digest(
        &mut self,
        layout: &Layout,
        digest: DigestId,
        receiver: u32,
        values: impl Iterator<Item = Place>,
    ) {
        self.requests.digests.begin(digest, receiver);
        for place in values {
            let words = if place.constant { layout.pool() } else { &self.frame };
            self.requests.digests.push(&words[place.range()]);
        }
    }

    /// Bits that the parser has not consumed.
    pub fn bits_left(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(self.cursor)
    }
}
