//! Where FRR's bfdd is met: `[bfd] bfdd`, in the words of its own option `--dplaneaddr`.

use crate::raw::FromText;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Which side connects, and where. `Display` writes it as the file does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bfdd {
    /// bfdd listens (`unix:`, `ipv4:`, `ipv6:`).
    Connect(BfddPlace),
    /// bfdd connects (`unixc:`, `ipv4c:`, `ipv6c:`).
    Listen(BfddPlace),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BfddPlace {
    /// Absolute, at most 63 bytes.
    Unix(PathBuf),
    Tcp(SocketAddr),
}

/// bfdd's own, where no port is written.
const DEFAULT_PORT: u16 = 50700;
/// bfdd cuts what is longer, and would be at another path than is written.
const MAX_PATH: usize = 63;

impl FromText for Bfdd {
    const WHAT: &'static str = "what bfdd has as --dplaneaddr, such as \"unix:/run/frr/bfdd-dplane.sock\", a path of at most 63 bytes, or \"ipv4:127.0.0.1:50700\"";

    fn from_text(text: &str) -> Option<Bfdd> {
        let (kind, rest) = text.split_once(':')?;
        let (kind, bfdd_connects) = kind.strip_suffix('c').map_or((kind, false), |kind| (kind, true));
        let place = match kind {
            "unix" if rest.starts_with('/') && rest.len() <= MAX_PATH && !rest.contains('\0') => {
                BfddPlace::Unix(rest.into())
            }
            "ipv4" => {
                let (address, port) = rest.split_once(':').map_or((rest, None), |(a, p)| (a, Some(p)));
                BfddPlace::Tcp((address.parse::<Ipv4Addr>().ok()?, number(port)?).into())
            }
            "ipv6" => {
                let (address, port) = rest.strip_prefix('[')?.split_once(']')?;
                let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
                BfddPlace::Tcp((address.parse::<Ipv6Addr>().ok()?, number(port)?).into())
            }
            _ => return None,
        };
        Some(if bfdd_connects { Bfdd::Listen(place) } else { Bfdd::Connect(place) })
    }
}

fn number(port: Option<&str>) -> Option<u16> {
    port.map_or(Some(DEFAULT_PORT), |port| port.parse().ok()).filter(|port| *port > 0)
}

impl fmt::Display for Bfdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, c) = match self {
            Bfdd::Connect(place) => (place, ""),
            Bfdd::Listen(place) => (place, "c"),
        };
        match place {
            BfddPlace::Unix(path) => write!(f, "unix{c}:{}", path.display()),
            BfddPlace::Tcp(at) => write!(f, "ipv{}{c}:{at}", if at.is_ipv4() { 4 } else { 6 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bfdd_takes_is_taken_and_written_the_same() {
        for text in [
            "unix:/run/frr/bfdd-dplane.sock",
            "unixc:/run/swerve/bfdd.sock",
            "ipv4:127.0.0.1:50700",
            "ipv4c:127.0.0.1:2000",
            "ipv6:[::1]:50700",
            "ipv6c:[::1]:7",
        ] {
            let bfdd = Bfdd::from_text(text).expect(text);
            assert_eq!(bfdd.to_string(), text);
            assert_eq!(matches!(bfdd, Bfdd::Listen(_)), text.split(':').next().unwrap().ends_with('c'));
        }
        for (short, whole) in
            [("ipv4:127.0.0.1", "ipv4:127.0.0.1:50700"), ("ipv6c:[::1]", "ipv6c:[::1]:50700")]
        {
            assert_eq!(Bfdd::from_text(short).expect(short).to_string(), whole);
        }
    }

    #[test]
    fn what_bfdd_would_refuse_or_cut_is_refused() {
        let long = format!("unix:/{}", "x".repeat(MAX_PATH));
        for text in [
            "",
            "unix",
            "unix:",
            "unix:run/frr",
            "/run/frr/x",
            "tcp:127.0.0.1:1",
            "ipv4:127.0.0.1:0",
            "ipv4:::1",
            "ipv4:127.0.0.1:70000",
            "ipv6:::1",
            "ipv6:[::1]50700",
            "ipv6:[127.0.0.1]:1",
            "c:/x",
            &long,
        ] {
            assert_eq!(Bfdd::from_text(text), None, "{text}");
        }
    }
}
