//! What all who run P4 programs need: files, the phases of the compiler, its messages, and values as people write them.
//!
//! | | |
//! |---|---|
//! | [`load`] | source files from the disk, and the built-in headers |
//! | [`compile`] | a file through the phases of the compiler |
//! | [`report`] | messages for people and for programs |
//! | [`number`], [`entry`] | values of keys and arguments: numbers, prefixes, masks, ranges |
//! | [`value`] | the same with addresses, and how values are shown |
#![forbid(unsafe_code)]

pub mod compile;
pub mod entry;
pub mod load;
pub mod number;
pub mod report;
pub mod value;
