//! Decisions drawn from a string of bytes, so that a failing program is made smaller by making the string smaller: where
//! the string ends or says zero, the simplest alternative is taken.

pub struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Choices<'a> {
        Choices { bytes, at: 0 }
    }

    pub fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// One of `0 .. count`.
    pub fn below(&mut self, count: usize) -> usize {
        if count > 256 {
            let high = usize::from(self.byte());
            return (high << 8 | usize::from(self.byte())) % count;
        }
        usize::from(self.byte()) % count.max(1)
    }

    /// True in so many of 16 cases; never where the string has ended.
    pub fn chance(&mut self, of_16: u8) -> bool {
        let byte = self.byte();
        byte != 0 && byte % 16 < of_16
    }

    pub fn pick<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.below(all.len())]
    }

    pub fn place(&self) -> usize {
        self.at
    }

    /// To decide the same once more.
    pub fn go_back(&mut self, place: usize) {
        self.at = place;
    }

    pub fn exhausted(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

/// Makes a failing string as small as it gets within so many tries: chunks are left out, then bytes become zero.
pub fn shrink(mut bytes: Vec<u8>, mut tries: usize, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut chunk = bytes.len().div_ceil(2).max(1);
    while chunk > 0 && tries > 0 {
        let mut at = 0;
        while at < bytes.len() && tries > 0 {
            let mut shorter = bytes.clone();
            shorter.drain(at..(at + chunk).min(bytes.len()));
            tries -= 1;
            if fails(&shorter) {
                bytes = shorter;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    for at in 0..bytes.len() {
        for value in [0, 1] {
            if tries > 0 && bytes[at] > value {
                let mut simpler = bytes.clone();
                simpler[at] = value;
                tries -= 1;
                if fails(&simpler) {
                    bytes = simpler;
                    break;
                }
            }
        }
    }
    bytes
}
