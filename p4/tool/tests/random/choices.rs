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

/// What is not rare among programs that nobody has looked at.
#[test]
fn shapes_are_made_and_made_small() {
    use super::{bytes, compile, generate, twin::Kind};
    type IsThere = fn(&str) -> bool;
    let shapes: [(&str, IsThere); 13] = [
        ("a stack of unions that comes back", |text| text.contains("out u_t[2] q")),
        ("a field without bits", |text| text.contains("    bit<0> f")),
        ("an extern whose arguments have names", |text| {
            text.contains("value = ") && text.contains(".write(")
        }),
        ("a wide number", |text| text.contains("bit<2000>")),
        ("a varbit that comes back", |text| text.contains("held = meta.mv.v")),
        ("a constant that is shadowed", |text| text.matches(" glob8 = ").count() > 1),
        ("a parser that is applied directly", |text| text.contains("Peek_.apply(packet, hdr, ")),
        ("a constructor that is an overload", |text| text.contains("Own(wide = true, size = 8w9)")),
        ("a size that is known", |text| text.contains(".maxSizeInBits())") && text.contains(".size)")),
        ("a string of two", |text| text.contains("log_msg(") && text.contains("static_assert(")),
        ("an old drop", |text| text.contains("mark_to_drop();")),
        ("an overload", |text| {
            let heads = text.lines().filter(|line| line.ends_with(" {") && line.contains(" fn"));
            let names: Vec<&str> =
                heads.filter_map(|line| line.split_once('(')?.0.split(' ').next_back()).collect();
            names.iter().enumerate().any(|(at, name)| name.starts_with("fn") && names[..at].contains(name))
        }),
        ("an exit within a control that is applied", |text| {
            text.split("control Sub")
                .skip(1)
                .any(|rest| rest.split("\n}\n").next().is_some_and(|of| of.contains("exit;")))
        }),
    ];
    for (name, is_there) in shapes {
        let has = |bytes: &[u8]| is_there(&generate::program(&mut Choices::new(bytes), &[]));
        let found = (0..400).map(|number| bytes(1, number).1).find(|bytes| has(bytes));
        let found = found.unwrap_or_else(|| panic!("{name} is never made"));
        let small = shrink(found.clone(), 300, has);
        assert!(has(&small) && small.len() < found.len(), "{name}: {} bytes of {}", small.len(), found.len());
        for kinds in [&[], &Kind::ALL[..]] {
            if let Err(error) = compile(&generate::program(&mut Choices::new(&small), kinds)) {
                panic!("{name}: {error}");
            }
        }
    }
}
