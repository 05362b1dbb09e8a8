//! Executable memory.

use memmap2::{Mmap, MmapMut};
use std::io;

/// Machine code that can be called. Never writable and executable at once.
#[derive(Debug)]
pub struct Code {
    map: Mmap,
}

impl Code {
    pub fn new(bytes: &[u8]) -> io::Result<Code> {
        let mut map = MmapMut::map_anon(bytes.len().max(1))?;
        map[..bytes.len()].copy_from_slice(bytes);
        Ok(Code { map: map.make_exec()? })
    }

    /// The address of a function that begins at this byte.
    pub fn at(&self, offset: usize) -> *const u8 {
        self.map[offset..].as_ptr()
    }
}
