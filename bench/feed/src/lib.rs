//! Plays routing daemons towards swerve, faster than they are: for tables of a million prefixes.

#![forbid(unsafe_code)]

pub mod cost;
pub mod fpm;
pub mod prefixes;
