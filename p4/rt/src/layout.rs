//! Where the scalars of a packet are: a frame of words, the same for the interpreter and for compiled code.
//!
//! A slot has [`words`] little-endian limbs and is kept masked to its width. Slots are ordered by kind, so that what a new packet
//! must find cleared is one range; the key slots of a table and the parameters of an action follow each other where no other
//! table has placed them before.

use crate::bits::{put_big, words};
use front::ir::{Bits, MatchKind, Operand, Program, SlotId, SlotKind};
use std::ops::Range;

/// A value in the frame, or in the pool of constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Words from the beginning.
    pub at: u32,
    pub width: u32,
    pub constant: bool,
}

impl Place {
    pub fn words(self) -> usize {
        words(self.width)
    }

    pub fn range(self) -> Range<usize> {
        self.at as usize..self.at as usize + self.words()
    }
}

/// The places that a table reads and writes.
#[derive(Debug, Clone, Default)]
pub struct TablePlaces {
    /// Without the selector keys.
    pub keys: Vec<Place>,
    pub selectors: Vec<Place>,
    /// Parameters of each action.
    pub params: Vec<Vec<Place>>,
}

#[derive(Debug, Clone)]
pub struct Layout {
    slots: Vec<Place>,
    consts: Vec<Place>,
    pool: Vec<u64>,
    words: usize,
    /// Headers, metadata and standard metadata: what outlives a control.
    persistent: Range<usize>,
    metadata: Range<usize>,
    standard: Range<usize>,
    tables: Vec<TablePlaces>,
}

struct Placer<'a> {
    program: &'a Program,
    places: Vec<Option<Place>>,
    next: u32,
}

impl Placer<'_> {
    fn place(&mut self, slot: usize) {
        if let (Some(place), Some(of)) = (self.places.get_mut(slot), self.program.slots.get(slot))
            && place.is_none()
        {
            *place = Some(Place { at: self.next, width: of.width, constant: false });
            self.next += words(of.width) as u32;
        }
    }

    fn place_kind(&mut self, kinds: &[SlotKind]) -> Range<usize> {
        let first = self.next as usize;
        for slot in 0..self.program.slots.len() {
            if kinds.contains(&self.program.slots[slot].kind) {
                self.place(slot);
            }
        }
        first..self.next as usize
    }

    fn place_if(&mut self, slot: SlotId, kind: SlotKind) {
        if self.program.slots.get(slot.index()).is_some_and(|slot| slot.kind == kind) {
            self.place(slot.index());
        }
    }
}

impl Layout {
    pub fn new(program: &Program) -> Layout {
        let mut placer = Placer { program, places: vec![None; program.slots.len()], next: 0 };
        let standard = placer.place_kind(&[SlotKind::Standard]);
        let metadata = placer.place_kind(&[SlotKind::Metadata]);
        let headers = placer.place_kind(&[SlotKind::Field, SlotKind::State]);
        for table in &program.tables {
            let (selectors, keys): (Vec<_>, Vec<_>) =
                table.keys.iter().partition(|key| key.kind == MatchKind::Selector);
            for key in keys.iter().chain(&selectors) {
                placer.place_if(key.slot, SlotKind::Key);
            }
            for param in table.actions.iter().flat_map(|action| &action.params) {
                placer.place_if(*param, SlotKind::Param);
            }
        }
        placer.place_kind(&[SlotKind::Local, SlotKind::Key, SlotKind::Param]);
        let slots = placer
            .places
            .into_iter()
            .map(|place| place.unwrap_or(Place { at: 0, width: 0, constant: false }));
        let (consts, pool) = pool(&program.consts);
        let mut layout = Layout {
            slots: slots.collect(),
            consts,
            pool,
            words: placer.next as usize,
            persistent: 0..headers.end,
            metadata,
            standard,
            tables: Vec::new(),
        };
        layout.tables = program.tables.iter().map(|table| layout.places_of(table)).collect();
        layout
    }

    fn places_of(&self, table: &front::ir::Table) -> TablePlaces {
        let of = |selector: bool| -> Vec<Place> {
            let keys = table.keys.iter().filter(|key| (key.kind == MatchKind::Selector) == selector);
            keys.map(|key| self.slot(key.slot)).collect()
        };
        let params =
            |action: &front::ir::TableAction| action.params.iter().map(|slot| self.slot(*slot)).collect();
        TablePlaces {
            keys: of(false),
            selectors: of(true),
            params: table.actions.iter().map(params).collect(),
        }
    }

    /// Words of a frame.
    pub fn words(&self) -> usize {
        self.words
    }

    pub fn slot(&self, slot: SlotId) -> Place {
        self.slots[slot.index()]
    }

    pub fn operand(&self, operand: Operand) -> Place {
        match operand {
            Operand::Slot(slot) => self.slots[slot.index()],
            Operand::Const(id) => self.consts[id.index()],
        }
    }

    /// The limbs of all constants.
    pub fn pool(&self) -> &[u64] {
        &self.pool
    }

    pub fn table(&self, table: usize) -> &TablePlaces {
        &self.tables[table]
    }

    pub fn persistent(&self) -> Range<usize> {
        self.persistent.clone()
    }

    /// User metadata.
    pub fn metadata(&self) -> Range<usize> {
        self.metadata.clone()
    }

    pub fn standard(&self) -> Range<usize> {
        self.standard.clone()
    }
}

fn pool(consts: &[Bits]) -> (Vec<Place>, Vec<u64>) {
    let mut pool = Vec::new();
    let places = consts
        .iter()
        .map(|bits| {
            let place = Place { at: pool.len() as u32, width: bits.width, constant: true };
            pool.resize(pool.len() + place.words(), 0);
            put_big(&bits.value, &mut pool[place.range()]);
            crate::bits::mask(&mut pool[place.range()], bits.width);
            place
        })
        .collect();
    (places, pool)
}
