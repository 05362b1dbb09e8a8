//! Random expressions of a given type.

use super::controls::Table;
use super::generate::{Function, Generator};
use super::types::{ERRORS, MEMBERS, NEW_WIDTHS, SERIALIZED, Ty, WIDTHS};
use std::fmt::Write;

const MOST_DEPTH: u32 = 4;

/// The arguments of a call: in their order, or by their names from the last to the first.
pub(super) fn said(args: &[String], names: Option<&Vec<String>>) -> String {
    match names {
        Some(names) => {
            let all: Vec<String> =
                names.iter().zip(args).rev().map(|(name, arg)| format!("{name} = {arg}")).collect();
            all.join(", ")
        }
        None => args.join(", "),
    }
}

impl Generator<'_, '_> {
    pub(super) fn digits(&mut self, bits: u32) -> String {
        let mut hex = String::from("0x");
        let mut more = 0u64;
        for at in 0..bits.div_ceil(4) {
            let left = bits - at * 4;
            let top = if at == 0 && !bits.is_multiple_of(4) { bits % 4 } else { 4 };
            // Many digits come of the first, so that a number does not take all choices that there are; zeros of zeros.
            let digit = if at < 16 { u64::from(self.c.byte() >> 4) } else { more >> 60 };
            more = (more ^ digit).wrapping_mul(0x5851_f42d_4c95_7f2d);
            let _ = write!(hex, "{:x}", digit & ((1 << top.min(left)) - 1));
        }
        hex
    }

    pub(super) fn literal(&mut self, ty: Ty) -> String {
        match ty {
            Ty::Bool => if self.c.chance(8) { "true" } else { "false" }.to_owned(),
            Ty::Enum => (*self.c.pick(&MEMBERS)).to_owned(),
            Ty::Ser => (*self.c.pick(&SERIALIZED)).to_owned(),
            Ty::Error => (*self.c.pick(&ERRORS)).to_owned(),
            Ty::Bit(width) => match self.c.below(6) {
                0 => format!("{width}w0"),
                1 => format!("{width}w1"),
                2 if self.c.chance(4) => format!("(bit<{width}>)({})", self.big_constant()),
                _ => format!("{width}w{}", self.digits(width)),
            },
            Ty::New(width) => format!("(N{width}){width}w{}", self.digits(width)),
            Ty::Nil => "(bit<0>)0".to_owned(),
            Ty::Int(width) => match self.c.below(4) {
                0 => format!("{width}s0"),
                1 => format!("-{width}s1"),
                _ => format!("{width}s{}", self.digits(width - 1)),
            },
        }
    }

    /// An expression of `int`: its value has as many bits as it needs.
    fn big_constant(&mut self) -> String {
        let (one, two) = (self.digits(80), self.digits(20));
        match self.c.below(4) {
            0 => format!("{one} - (1 << 90)"),
            1 => format!("({one} * {two}) >> 13"),
            2 => format!("-({one}) + {two}"),
            _ => format!("{one} / (1 + {two}) ^ {two}"),
        }
    }

    /// In the lower half, and in the upper one: the ends of a range.
    pub(super) fn small(&mut self, ty: Ty) -> String {
        let width = ty.width();
        if width == 1 { "1w0".to_owned() } else { format!("{width}w{}", self.digits(width - 1)) }
    }

    pub(super) fn big(&mut self, ty: Ty) -> String {
        let width = ty.width();
        format!("(bit<{width}>)((1 << {}) + 0x{:x})", width - 1, self.c.below(2) * usize::from(width > 4))
    }

    pub(super) fn expr(&mut self, ty: Ty, depth: u32) -> String {
        if depth == 0 || depth > MOST_DEPTH {
            return self.leaf(ty);
        }
        match ty {
            Ty::Bool => self.boolean(depth - 1),
            Ty::Bit(width) => self.bits(width, depth - 1),
            Ty::Int(width) => self.integer(width, depth - 1),
            Ty::Enum | Ty::Error | Ty::Ser | Ty::New(_) => self.named(ty, depth - 1),
            Ty::Nil => self.nothing(depth - 1),
        }
    }

    fn named(&mut self, ty: Ty, depth: u32) -> String {
        match self.c.below(4) {
            0 => self.call(ty),
            1 => self.choice(ty, depth),
            2 if matches!(ty, Ty::New(_)) => {
                format!("((N{})({}))", ty.width(), self.expr(Ty::Bit(ty.width()), depth))
            }
            2 if ty == Ty::Ser => format!("((Ser)({}))", self.expr(Ty::Bit(8), depth)),
            _ => self.leaf(ty),
        }
    }

    /// Of `bit<0>`.
    fn nothing(&mut self, depth: u32) -> String {
        match self.c.below(6) {
            0 => self.call(Ty::Nil),
            1 => self.choice(Ty::Nil, depth),
            2 => {
                let op = *self.c.pick(&["+", "-", "*", "&", "|", "^", "|+|", "|-|", "++"]);
                format!("({} {op} {})", self.expr(Ty::Nil, depth), self.expr(Ty::Nil, depth))
            }
            3 => format!("((bit<0>){})", self.expr(Ty::Bit(8), depth)),
            4 => format!("({} << {})", self.expr(Ty::Nil, depth), self.expr(Ty::Bit(8), depth.min(1))),
            _ => self.leaf(Ty::Nil),
        }
    }

    /// A call of a function, with all that it does to its arguments.
    pub(super) fn call(&mut self, ty: Ty) -> String {
        let fits: Vec<_> = self.functions.iter().filter(|function| function.ret == ty).cloned().collect();
        if fits.is_empty() || self.nested > 2 {
            return self.leaf(ty);
        }
        let function = self.c.pick(&fits).clone();
        self.nested += 1;
        let args = self.arguments(&function.params);
        self.nested -= 1;
        match args {
            Some(args) => {
                let by_name = self.by_name(&function);
                format!("{}({})", function.name, said(&args, by_name.then_some(&function.names)))
            }
            None => self.leaf(ty),
        }
    }

    /// Whether a call says the names of its arguments, and has them in another order: some do, and those have to that nothing
    /// else tells from an overload.
    pub(super) fn by_name(&mut self, of: &Function) -> bool {
        let alike = |one: &&Function| one.name == of.name && one.params.len() == of.params.len();
        !of.params.is_empty() && (self.functions.iter().filter(alike).count() > 1 || self.c.chance(3))
    }

    fn choice(&mut self, ty: Ty, depth: u32) -> String {
        let (cond, one, two) = (self.expr(Ty::Bool, depth), self.expr(ty, depth), self.expr(ty, depth));
        match self.c.below(8) {
            6 | 7 if self.vars.is_empty() => self.chosen_of(&cond, &one, &two),
            6 => format!("choose({cond}, {one}, {two})"),
            7 => format!("choose<{}>({cond}, {one}, {two})", ty.text()),
            _ => self.chosen_of(&cond, &one, &two),
        }
    }

    fn leaf(&mut self, ty: Ty) -> String {
        if self.c.chance(12)
            && let Some(var) = self.readable(|other| other == ty)
        {
            return var.name;
        }
        let literal = self.literal(ty);
        self.known(literal)
    }

    fn boolean(&mut self, depth: u32) -> String {
        match self.c.below(11) {
            0 => self.leaf(Ty::Bool),
            1 => {
                let one = self.expr(Ty::Bool, depth);
                self.not(&one)
            }
            op @ 2..=3 => {
                let (one, two) = (self.expr(Ty::Bool, depth), self.expr(Ty::Bool, depth));
                self.both(if op == 2 { "&&" } else { "||" }, &one, &two)
            }
            4 => {
                let unions = self.unions.clone();
                let of = if self.c.chance(3) { self.one_of(&unions) } else { self.header(None, false) };
                of.map(|of| format!("{}.isValid()", of.name)).unwrap_or_else(|| self.leaf(Ty::Bool))
            }
            5 => self.call(Ty::Bool),
            7 if self.applying && self.c.chance(12) => self.applied(),
            8 if self.c.chance(3) => format!("((bool)({}))", self.expr(Ty::Bit(1), depth)),
            6 => self.compare_aggregates(),
            _ => {
                let ty = match self.ty() {
                    Ty::Bool => Ty::Bit(8),
                    ty => ty,
                };
                let ops = ["==", "!=", "<", "<=", ">", ">="];
                let op = *self.c.pick(if ty.is_number() { &ops } else { &ops[..2] });
                let (one, two) = (self.expr(ty, depth), self.expr(ty, depth));
                self.binary(ty, op, &one, &two)
            }
        }
    }

    fn bits(&mut self, width: u32, depth: u32) -> String {
        let ty = Ty::Bit(width);
        match self.c.below(21) {
            0 => self.leaf(ty),
            1..=4 => {
                let op = *self.c.pick(&["+", "-", "*", "&", "|", "^", "|+|", "|-|"]);
                let (one, two) = (self.expr(ty, depth), self.expr(ty, depth));
                self.binary(ty, op, &one, &two)
            }
            5 if self.c.chance(2) => format!("(+{})", self.expr(ty, depth)),
            5 if self.applying && self.c.chance(6) => {
                let (cond, one, two) = (self.applied(), self.expr(ty, depth), self.expr(ty, depth));
                self.chosen_of(&cond, &one, &two)
            }
            5 => format!("(~{})", self.expr(ty, depth)),
            6 => {
                let one = self.expr(ty, depth);
                self.negated(ty, &one)
            }
            7 => {
                let op = *self.c.pick(&["<<", ">>"]);
                if self.c.chance(8) {
                    let by = self.expr(Ty::Bit(8), depth.min(1));
                    let one = self.expr(ty, depth);
                    return self.shifted_by(ty, op, &one, Ty::Bit(8), &by);
                }
                let by = self.c.below(width as usize + 3) as u32;
                let one = self.expr(ty, depth);
                self.shifted(ty, op, &one, by)
            }
            8 => {
                let from = self.ty();
                match from {
                    Ty::Bit(_) => {
                        let one = self.expr(from, depth);
                        self.resized(ty, from, &one)
                    }
                    Ty::Int(_) if width > 1 => {
                        format!("((bit<{width}>){})", self.expr(Ty::Int(width), depth))
                    }
                    Ty::Int(_) => self.leaf(ty),
                    Ty::New(_) if NEW_WIDTHS.contains(&width) => {
                        format!("((bit<{width}>){})", self.expr(Ty::New(width), depth))
                    }
                    Ty::New(_) => self.leaf(ty),
                    Ty::Ser if width == 8 => format!("((bit<8>){})", self.expr(Ty::Ser, depth)),
                    Ty::Ser | Ty::Enum | Ty::Error => self.leaf(ty),
                    Ty::Nil => {
                        let (one, none) = (self.expr(ty, depth), self.expr(Ty::Nil, depth));
                        if self.c.chance(8) {
                            format!("({none} ++ {one})")
                        } else {
                            format!("({one} ++ {none})")
                        }
                    }
                    Ty::Bool if width == 1 => format!("((bit<1>){})", self.expr(Ty::Bool, depth)),
                    Ty::Bool => self.leaf(ty),
                }
            }
            9 if width > 1 => {
                let high = 1 + self.c.below(width as usize - 1) as u32;
                let (one, two) = (self.expr(Ty::Bit(high), depth), self.expr(Ty::Bit(width - high), depth));
                self.joined(high, width - high, &one, &two)
            }
            10 => {
                let extra = self.c.below(40) as u32;
                let lo = self.c.below(extra as usize + 1) as u32;
                let of = self.expr(Ty::Bit(width + extra), depth);
                if self.c.chance(4) {
                    return format!("({of})[{lo}+:{width}]");
                }
                self.sliced(Ty::Bit(width + extra), &of, lo, width)
            }
            11 => self.choice(ty, depth),
            12 => {
                let op = *self.c.pick(&["/", "%"]);
                let (one, by) = (self.expr(ty, depth), self.nonzero(width));
                self.binary(ty, op, &one, &by)
            }
            13 | 14 => self.call(ty),
            16 => {
                let extra = 1 + self.c.below(20) as u32;
                let lo = self.c.below(extra as usize) as u32;
                let of = Ty::Int(width + extra);
                let one = self.expr(of, depth);
                self.sliced(of, &one, lo, width)
            }
            17 => {
                let by = if self.c.chance(8) { Ty::Ser } else { Ty::Bit(*self.c.pick(&[64, 100, 16])) };
                let op = *self.c.pick(&["<<", ">>"]);
                let (one, distance) = (self.expr(ty, depth), self.expr(by, depth.min(1)));
                self.shifted_by(ty, op, &one, by, &distance)
            }
            18 => {
                let of = Ty::Bit(width + self.c.below(30) as u32);
                match self.unknown(|ty| matches!(ty, Ty::Bit(_))) {
                    Some(at) => format!("({})[{at}+:{width}]", self.expr(of, depth)),
                    None => self.leaf(ty),
                }
            }
            19 => match self.unknown(|other| other == ty) {
                Some(by) => {
                    let (one, op) = (self.expr(ty, depth), *self.c.pick(&["/", "%"]));
                    self.binary(ty, op, &one, &by)
                }
                None => self.leaf(ty),
            },
            20 => self.size(ty),
            15 => {
                let op = *self.c.pick(&["+", "-", "&", "|", "^", "*"]);
                format!("({} {op} {})", self.expr(ty, depth), self.c.below(if width == 1 { 2 } else { 4 }))
            }
            _ => self.leaf(ty),
        }
    }

    /// What the compiler knows of something that nobody evaluates.
    fn size(&mut self, ty: Ty) -> String {
        let stacks = self.stacks.clone();
        if self.c.chance(6)
            && let Some(stack) = self.one_of(&stacks)
        {
            return format!("(({}){}.size)", ty.text(), stack.name);
        }
        let method = *self.c.pick(&["minSizeInBits", "maxSizeInBits", "minSizeInBytes", "maxSizeInBytes"]);
        match self.header(None, false) {
            Some(header) => format!("(({}){}.{method}())", ty.text(), header.name),
            None => self.leaf(ty),
        }
    }

    /// What came of a table.
    fn applied(&mut self) -> String {
        let fits = |table: &&Table| !table.exits || self.exits_within;
        let tables: Vec<Table> = self.tables.iter().filter(fits).cloned().collect();
        if tables.is_empty() || self.in_loop || self.recording {
            return self.literal(Ty::Bool);
        }
        let table = self.c.pick(&tables);
        self.exits |= table.exits;
        format!("{}.apply().{}", table.name, self.c.pick(&["hit", "miss"]))
    }

    fn nonzero(&mut self, width: u32) -> String {
        let literal = format!("{width}w{}", 1 + self.c.below(if width == 1 { 1 } else { 3 }));
        self.known(literal)
    }

    fn integer(&mut self, width: u32, depth: u32) -> String {
        let ty = Ty::Int(width);
        match self.c.below(12) {
            10 => {
                let by = if self.c.chance(8) { Ty::Ser } else { Ty::Bit(64) };
                let op = *self.c.pick(&["<<", ">>"]);
                let (one, distance) = (self.expr(ty, depth), self.expr(by, depth.min(1)));
                self.shifted_by(ty, op, &one, by, &distance)
            }
            11 if width > 2 => {
                let low = 1 + self.c.below(width as usize - 2) as u32;
                let right = if self.c.chance(8) && low > 1 { Ty::Int(low) } else { Ty::Bit(low) };
                format!("({} ++ {})", self.expr(Ty::Int(width - low), depth), self.expr(right, depth))
            }
            0 => self.leaf(ty),
            1..=3 => {
                let op = *self.c.pick(&["+", "-", "*", "&", "|", "^", "|+|", "|-|"]);
                let (one, two) = (self.expr(ty, depth), self.expr(ty, depth));
                self.binary(ty, op, &one, &two)
            }
            4 => format!("((int<{width}>){})", self.expr(Ty::Bit(width), depth)),
            5 => {
                let from = Ty::Int((*self.c.pick(&WIDTHS)).max(2));
                let one = self.expr(from, depth);
                self.resized(ty, from, &one)
            }
            6 => {
                let op = *self.c.pick(&["<<", ">>"]);
                if self.c.chance(8) {
                    let by = self.expr(Ty::Bit(8), depth.min(1));
                    let one = self.expr(ty, depth);
                    return self.shifted_by(ty, op, &one, Ty::Bit(8), &by);
                }
                let by = self.c.below(width as usize + 3) as u32;
                let one = self.expr(ty, depth);
                self.shifted(ty, op, &one, by)
            }
            7 => {
                let one = self.expr(ty, depth);
                self.negated(ty, &one)
            }
            8 => self.call(ty),
            _ => self.choice(ty, depth),
        }
    }
}
