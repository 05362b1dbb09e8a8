//! The extern objects and functions of v1model.

pub mod checksum;
pub mod counter;
pub mod gate;
pub mod hash;
pub mod meter;
pub mod random;
pub mod register;
