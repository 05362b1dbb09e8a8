//! Messages between the processes of swerve.
//!
//! One framing ([`frame`]) and one codec (postcard) for both sockets:
//!
//! - [`switch`]: what `swerve-switch` understands. Control speaks it to push desired state, `swervectl` to ask.
//! - [`control`]: what `swerve-control` understands. `swervectl` speaks it.
//! - [`program`]: the part of [`switch`] about the P4 program and its tables.
//! - [`trace`]: packets on their way through that program.
//! - [`events`]: what the program tells, and what is learned from it.
//! - [`show`]: the rows that both answer with; `swervectl` prints them as tables or as JSON.

pub mod control;
pub mod events;
pub mod frame;
pub mod learned;
pub mod program;
pub mod show;
pub mod switch;
pub mod trace;

use serde::{Deserialize, Serialize};
use std::fmt;

/// Version of every message in this crate. A peer of another version is told so and disconnected.
pub const VERSION: u32 = 10;

/// Who says that a path, a group or a prefix should exist. What a source does not mention between
/// [`switch::Request::SyncBegin`] and [`switch::Request::SyncEnd`] is swept; other sources are untouched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The TOML file.
    Static,
    /// What an operator added or drained at run time.
    Operator,
    /// What a routing daemon's FIB push interface says.
    Fpm,
    /// What BGP speakers say.
    Bgp,
}

impl Source {
    /// Every source, in the order of their numbers.
    pub const ALL: [Source; 4] = [Source::Static, Source::Operator, Source::Fpm, Source::Bgp];

    /// The number under which tables remember it.
    pub fn index(self) -> u8 {
        match self {
            Source::Static => 0,
            Source::Operator => 1,
            Source::Fpm => 2,
            Source::Bgp => 3,
        }
    }

    /// The source of that number.
    pub fn from_index(index: u8) -> Option<Source> {
        Source::ALL.get(usize::from(index)).copied()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Static => "static",
            Source::Operator => "operator",
            Source::Fpm => "fpm",
            Source::Bgp => "bgp",
        })
    }
}

/// An Ethernet address, written `02:00:00:00:00:01`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = self.0;
        write!(f, "{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", m[0], m[1], m[2], m[3], m[4], m[5])
    }
}

/// The text is not six pairs of hexadecimal digits.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an Ethernet address; write six pairs of hexadecimal digits such as 02:00:00:00:00:01")]
pub struct MacError(String);

impl std::str::FromStr for Mac {
    type Err = MacError;

    fn from_str(text: &str) -> Result<Mac, MacError> {
        let fail = || MacError(text.to_owned());
        let mut mac = [0u8; 6];
        let mut parts = text.split(':');
        for byte in &mut mac {
            let part = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()));
            let part = part.ok_or_else(fail)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| fail())?;
        }
        if parts.next().is_some() {
            return Err(fail());
        }
        Ok(Mac(mac))
    }
}

impl Serialize for Mac {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Mac, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 6]>::deserialize(deserializer).map(Mac)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_survives_text_and_rejects_what_is_not_one() {
        let mac: Mac = "02:00:00:00:0a:ff".parse().unwrap();
        assert_eq!(mac, Mac([2, 0, 0, 0, 10, 255]));
        assert_eq!(mac.to_string(), "02:00:00:00:0a:ff");
        for bad in [
            "",
            "02:00:00:00:0a",
            "02:00:00:00:0a:ff:01",
            "02:00:00:00:0a:fg",
            "2:0:0:0:a:f",
            "+2:00:00:00:0a:ff",
        ] {
            assert!(bad.parse::<Mac>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_source_is_found_again_by_its_index() {
        for source in Source::ALL {
            assert_eq!(Source::from_index(source.index()), Some(source));
        }
        assert_eq!(Source::from_index(200), None);
    }
}
