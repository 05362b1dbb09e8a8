//! The file as it is written: every key optional unless nothing works without it, every value with its place.

use crate::bfdd::Bfdd;
use crate::learn::LearnValue;
use crate::model::{
    Family, HashFields, Hugepages, Idle, KernelDriver, LinkSource, LogFormat, LogLevel, LogTarget, Urpf,
};
use api::Mac;
use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use toml::Spanned;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default)]
    pub(crate) switch: Switch,
    #[serde(default)]
    pub(crate) control: Control,
    #[serde(default)]
    pub(crate) log: Log,
    #[serde(default)]
    pub(crate) workers: Workers,
    #[serde(default)]
    pub(crate) bfd: BfdSection,
    #[serde(default)]
    pub(crate) tables: Tables,
    #[serde(default)]
    pub(crate) icmp: Icmp,
    #[serde(default)]
    pub(crate) hash: Hash,
    #[serde(default, rename = "vrf")]
    pub(crate) vrfs: Vec<Vrf>,
    #[serde(default, rename = "port")]
    pub(crate) ports: Vec<Port>,
    #[serde(default, rename = "interface")]
    pub(crate) interfaces: Vec<Interface>,
    #[serde(default, rename = "loopback")]
    pub(crate) loopbacks: Vec<Loopback>,
    #[serde(default, rename = "neighbor")]
    pub(crate) neighbors: Vec<Neighbor>,
    #[serde(default, rename = "path")]
    pub(crate) paths: Vec<Path>,
    #[serde(default, rename = "route")]
    pub(crate) routes: Vec<Spanned<Route>>,
    pub(crate) fpm: Option<Fpm>,
    pub(crate) bgp: Option<Bgp4>,
    pub(crate) lfa: Option<Spanned<Lfa>>,
    pub(crate) program: Option<Program>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Switch {
    pub(crate) socket: Option<Spanned<String>>,
    pub(crate) socket_group: Option<Spanned<String>>,
    pub(crate) stats: Option<Spanned<String>>,
    pub(crate) dpdk: Dpdk,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dpdk {
    pub(crate) hugepages: Option<Spanned<Hugepages>>,
    pub(crate) memory: Option<Spanned<Int>>,
    pub(crate) mbufs: Option<Spanned<Int>>,
    pub(crate) file_prefix: Option<Spanned<String>>,
    pub(crate) extra_args: Vec<String>,
    pub(crate) main_core: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Control {
    pub(crate) socket: Option<Spanned<String>>,
    pub(crate) state: Option<Spanned<String>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) level: Option<LogLevel>,
    pub(crate) format: Option<LogFormat>,
    pub(crate) target: Option<LogTarget>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Workers {
    pub(crate) cores: Option<Spanned<WordOr<Auto, Vec<Spanned<Int>>>>>,
    pub(crate) idle: Option<Idle>,
    pub(crate) vector: Option<Spanned<Int>>,
}

/// `[bfd]`: the defaults of sessions, and who else has some.
#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BfdSection {
    pub(crate) interval: Option<Spanned<Text<Duration>>>,
    pub(crate) min_rx: Option<Spanned<Text<Duration>>>,
    pub(crate) multiplier: Option<Spanned<Int>>,
    pub(crate) bfdd: Option<Text<Bfdd>>,
}

impl BfdSection {
    pub(crate) fn parameters(&self) -> Bfd {
        let BfdSection { interval, min_rx, multiplier, .. } = self;
        Bfd { interval: interval.clone(), min_rx: min_rx.clone(), multiplier: multiplier.clone() }
    }
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bfd {
    pub(crate) interval: Option<Spanned<Text<Duration>>>,
    pub(crate) min_rx: Option<Spanned<Text<Duration>>>,
    pub(crate) multiplier: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tables {
    pub(crate) routes_v4: Option<Spanned<Int>>,
    pub(crate) routes_v6: Option<Spanned<Int>>,
    pub(crate) paths: Option<Spanned<Int>>,
    pub(crate) groups: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Icmp {
    pub(crate) unreachable: Option<Spanned<Int>>,
    pub(crate) time_exceeded: Option<Spanned<Int>>,
    pub(crate) too_big: Option<Spanned<Int>>,
    pub(crate) parameter_problem: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Hash {
    pub(crate) fields: Option<HashFields>,
    pub(crate) inner: Option<bool>,
    pub(crate) flow_label: Option<bool>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Port {
    pub(crate) name: Spanned<String>,
    pub(crate) pci: Option<Spanned<Text<PciAddress>>>,
    pub(crate) vdev: Option<Spanned<String>>,
    pub(crate) kernel: Option<Spanned<String>>,
    pub(crate) driver: Option<Spanned<KernelDriver>>,
    pub(crate) rx_queues: Option<Spanned<WordOr<Auto, Int>>>,
    pub(crate) queue_cores: Option<Spanned<Vec<Spanned<Int>>>>,
    pub(crate) rx_descriptors: Option<Spanned<Int>>,
    pub(crate) tx_descriptors: Option<Spanned<Int>>,
    pub(crate) mtu: Option<Spanned<Int>>,
    pub(crate) mac: Option<Spanned<Text<Mac>>>,
    #[serde(default)]
    pub(crate) promiscuous: bool,
    pub(crate) link: Option<Spanned<LinkSource>>,
    pub(crate) generator: Option<Generator>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generator {
    pub(crate) destinations: Option<Spanned<String>>,
    pub(crate) family: Option<Spanned<Family>>,
    pub(crate) source: Spanned<Text<IpAddr>>,
    pub(crate) rate: Option<Spanned<WordOr<Max, Int>>>,
    pub(crate) frame: Option<Spanned<Int>>,
    pub(crate) sink: Option<bool>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Interface {
    pub(crate) name: Spanned<String>,
    pub(crate) port: Spanned<String>,
    pub(crate) vrf: Option<Spanned<String>>,
    pub(crate) vlan: Option<Spanned<Int>>,
    pub(crate) mtu: Option<Spanned<Int>>,
    #[serde(default)]
    pub(crate) addresses: Vec<Spanned<Text<IpNet>>>,
    pub(crate) mirror: Option<BoolOr<Mirror>>,
    pub(crate) urpf: Option<Urpf>,
    #[serde(default)]
    pub(crate) police: Police,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vrf {
    pub(crate) name: Spanned<String>,
    pub(crate) table: Spanned<Int>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Loopback {
    pub(crate) name: Spanned<String>,
    pub(crate) vrf: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) addresses: Vec<Spanned<Text<IpNet>>>,
    pub(crate) mirror: Option<BoolOr<Mirror>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mirror {
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) netns: Option<Spanned<String>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Police {
    pub(crate) arp: Option<Spanned<Int>>,
    pub(crate) icmp: Option<Spanned<Int>>,
    pub(crate) bgp: Option<Spanned<Int>>,
    pub(crate) bfd: Option<Spanned<Int>>,
    pub(crate) igp: Option<Spanned<Int>>,
    pub(crate) rest: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Neighbor {
    pub(crate) interface: Spanned<String>,
    pub(crate) address: Spanned<Text<IpAddr>>,
    pub(crate) mac: Spanned<Text<Mac>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    pub(crate) name: Spanned<String>,
    pub(crate) interface: Spanned<String>,
    pub(crate) next_hop: Spanned<Text<IpAddr>>,
    pub(crate) bfd: Option<Spanned<BoolOr<Bfd>>>,
    pub(crate) wait_to_restore: Option<Spanned<Text<Duration>>>,
    pub(crate) wait_to_restore_max: Option<Spanned<Text<Duration>>>,
    #[serde(default)]
    pub(crate) srlg: Vec<String>,
    pub(crate) region: Option<String>,
    pub(crate) provider: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    pub(crate) vrf: Option<Spanned<String>>,
    pub(crate) next_hop_vrf: Option<Spanned<String>>,
    pub(crate) prefix: Spanned<Text<IpNet>>,
    pub(crate) next_hops: Option<Spanned<Vec<NextHop>>>,
    pub(crate) backup: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(crate) blackhole: bool,
    #[serde(default)]
    pub(crate) unreachable: bool,
    #[serde(default)]
    pub(crate) prohibit: bool,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextHop {
    pub(crate) path: Spanned<String>,
    pub(crate) preference: Option<Spanned<Int>>,
    pub(crate) weight: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fpm {
    pub(crate) listen: Option<Spanned<Text<SocketAddr>>>,
    pub(crate) netns: Option<Spanned<String>>,
    pub(crate) allow: Vec<Spanned<Text<IpAddr>>>,
    pub(crate) hold: Option<Spanned<Text<Duration>>>,
    pub(crate) preference: Option<Spanned<Int>>,
    pub(crate) uloop_delay: Option<Spanned<Text<Duration>>>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lfa {
    pub(crate) source: LfaWord,
    pub(crate) sockets: Option<Spanned<String>>,
    pub(crate) file: Option<Spanned<String>>,
    pub(crate) vrf: Option<Spanned<String>>,
    pub(crate) interval: Option<Spanned<Text<Duration>>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LfaWord {
    #[default]
    Zebra,
    Ospf,
    File,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bgp4 {
    pub(crate) listen: Option<Spanned<Text<SocketAddr>>>,
    pub(crate) netns: Option<Spanned<String>>,
    #[serde(rename = "as")]
    pub(crate) asn: Spanned<Int>,
    pub(crate) router_id: Spanned<Text<IpAddr>>,
    pub(crate) hold_time: Option<Spanned<Text<Duration>>>,
    #[serde(default, rename = "neighbor")]
    pub(crate) neighbors: Vec<BgpNeighbor>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct BgpNeighbor {
    pub(crate) vrf: Option<Spanned<String>>,
    pub(crate) address: Spanned<Text<IpAddr>>,
    #[serde(rename = "as")]
    pub(crate) asn: Spanned<Int>,
    pub(crate) password: Option<Spanned<String>>,
    pub(crate) paths: Option<Spanned<Int>>,
    pub(crate) stale_hold: Option<Spanned<Text<Duration>>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) file: Spanned<String>,
    #[serde(default)]
    pub(crate) include: Vec<Spanned<String>>,
    pub(crate) controller_port: Option<Spanned<Int>>,
    #[serde(default, rename = "entry")]
    pub(crate) entries: Vec<Spanned<Entry>>,
    #[serde(default, rename = "default")]
    pub(crate) defaults: Vec<DefaultAction>,
    #[serde(default)]
    pub(crate) multicast: Vec<Multicast>,
    #[serde(default, rename = "clone")]
    pub(crate) clones: Vec<CloneSession>,
    #[serde(default)]
    pub(crate) learn: Vec<Learn>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Multicast {
    pub(crate) group: Spanned<Int>,
    pub(crate) ports: Vec<Spanned<String>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultAction {
    pub(crate) table: Spanned<String>,
    pub(crate) action: Spanned<String>,
    #[serde(default)]
    pub(crate) args: BTreeMap<String, Scalar>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloneSession {
    pub(crate) session: Spanned<Int>,
    pub(crate) port: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) controller: bool,
    pub(crate) multicast: Option<Spanned<Int>>,
    pub(crate) replica: Option<Spanned<Int>>,
    pub(crate) truncate: Option<Spanned<Int>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learn {
    pub(crate) digest: Spanned<String>,
    #[serde(default, rename = "entry")]
    pub(crate) entries: Vec<LearnEntry>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct LearnEntry {
    pub(crate) table: Spanned<String>,
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Spanned<Given>>,
    pub(crate) action: Spanned<String>,
    #[serde(default)]
    pub(crate) args: BTreeMap<String, Spanned<Given>>,
    pub(crate) priority: Option<Int>,
    pub(crate) idle_timeout: Option<Spanned<Text<Duration>>>,
}

/// The name of a digest's field, or a value as a [`Scalar`] is one.
#[derive(Clone, Debug)]
pub(crate) struct Given(pub(crate) LearnValue);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Given, D::Error> {
        let Scalar { text, is_string } = Scalar::deserialize(deserializer)?;
        Ok(Given(if is_string { LearnValue::of_string(&text) } else { LearnValue::Value(text) }))
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) table: Spanned<String>,
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Scalar>,
    pub(crate) action: Spanned<String>,
    #[serde(default)]
    pub(crate) args: BTreeMap<String, Scalar>,
    pub(crate) priority: Option<Int>,
}

/// A value of a P4 field, as text: what it means is judged with the program.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    is_string: bool,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value such as 5, true or \"10.0.0.0/8\" (names with dots stand in quotes)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar { text: text.to_owned(), is_string: true })
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar { text: value.to_string(), is_string: false })
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Scalar, E> {
                Ok(Scalar { text: n.to_string(), is_string: false })
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Scalar, E> {
                Ok(Scalar { text: n.to_string(), is_string: false })
            }
            fn visit_i128<E: de::Error>(self, n: i128) -> Result<Scalar, E> {
                Ok(Scalar { text: n.to_string(), is_string: false })
            }
            fn visit_u128<E: de::Error>(self, n: u128) -> Result<Scalar, E> {
                Ok(Scalar { text: n.to_string(), is_string: false })
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// Any integer of TOML; its range is judged later, where the message can say what would be right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Int(pub(crate) i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Int, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Int;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Int, E> {
                Ok(Int(n))
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Int, E> {
                Ok(Int(i64::try_from(n).unwrap_or(i64::MAX)))
            }
        }
        deserializer.deserialize_i64(V)
    }
}

/// A string that means something else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<T>(pub(crate) T);

pub(crate) trait FromText: Sized {
    /// With article, and an example.
    const WHAT: &'static str;
    fn from_text(text: &str) -> Option<Self>;
}

impl<'de, T: FromText> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<T>, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<T: FromText> Visitor<'_> for V<T> {
            type Value = Text<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::WHAT)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<T>, E> {
                let refuse = || E::invalid_value(de::Unexpected::Str(text), &self);
                T::from_text(text).map(Text).ok_or_else(refuse)
            }
        }
        deserializer.deserialize_str(V(PhantomData))
    }
}

impl FromText for Duration {
    const WHAT: &'static str = "a duration such as \"300us\", \"10ms\" or \"5s\"";
    fn from_text(text: &str) -> Option<Duration> {
        humantime::parse_duration(text).ok()
    }
}

impl FromText for Mac {
    const WHAT: &'static str = "six pairs of hexadecimal digits such as \"02:00:00:00:00:01\"";
    fn from_text(text: &str) -> Option<Mac> {
        text.parse().ok()
    }
}

impl FromText for IpAddr {
    const WHAT: &'static str = "an address such as \"203.0.113.1\" or \"2001:db8::1\"";
    fn from_text(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }
}

impl FromText for SocketAddr {
    const WHAT: &'static str = "an address with a port such as \"127.0.0.1:2620\" or \"[::1]:2620\"";
    fn from_text(text: &str) -> Option<SocketAddr> {
        text.parse().ok().filter(|address: &SocketAddr| address.port() > 0)
    }
}

impl FromText for IpNet {
    const WHAT: &'static str =
        "an address with its prefix length such as \"203.0.113.0/31\" or \"2001:db8::1/64\"";
    fn from_text(text: &str) -> Option<IpNet> {
        text.parse().ok()
    }
}

/// `0000:03:00.0`, in lower case and with its domain.
#[derive(Clone, Debug)]
pub(crate) struct PciAddress(pub(crate) String);

impl FromText for PciAddress {
    const WHAT: &'static str = "a PCI address as lspci shows it, such as \"0000:03:00.0\"";
    fn from_text(text: &str) -> Option<PciAddress> {
        let with_domain = if text.len() == 7 { format!("0000:{text}") } else { text.to_owned() };
        let shape = "hhhh:hh:hh.d";
        let fits = |(c, s): (char, char)| match s {
            'h' => c.is_ascii_hexdigit(),
            'd' => ('0'..='7').contains(&c),
            _ => c == s,
        };
        let good = with_domain.len() == shape.len() && with_domain.chars().zip(shape.chars()).all(fits);
        good.then(|| PciAddress(with_domain.to_ascii_lowercase()))
    }
}

/// One certain word, or a `T`.
#[derive(Clone, Debug)]
pub(crate) enum WordOr<W, T> {
    Word(W),
    Other(T),
}

pub(crate) trait Word: Default {
    const WORD: &'static str;
}

/// What may stand in place of a word.
pub(crate) trait Instead {
    const WHAT: &'static str;
}

impl Instead for Int {
    const WHAT: &'static str = "a whole number";
}

impl Instead for Vec<Spanned<Int>> {
    const WHAT: &'static str = "a list of numbers such as [1, 2]";
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Auto;
impl Word for Auto {
    const WORD: &'static str = "auto";
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Max;
impl Word for Max {
    const WORD: &'static str = "max";
}

impl<'de, W: Word, T: Deserialize<'de> + Instead> Deserialize<'de> for WordOr<W, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<W, T>(PhantomData<(W, T)>);
        impl<'de, W: Word, T: Deserialize<'de> + Instead> Visitor<'de> for V<W, T> {
            type Value = WordOr<W, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "\"{}\" or {}", W::WORD, T::WHAT)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                if text == W::WORD {
                    return Ok(WordOr::Word(W::default()));
                }
                Err(E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Self::Value, E> {
                T::deserialize(de::value::I64Deserializer::new(n)).map(WordOr::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(WordOr::Other)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// `true`, `false`, or a table.
#[derive(Clone, Debug)]
pub(crate) enum BoolOr<T> {
    Bool(bool),
    Table(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for BoolOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = BoolOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a table")
            }
            fn visit_bool<E: de::Error>(self, on: bool) -> Result<Self::Value, E> {
                Ok(BoolOr::Bool(on))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(BoolOr::Table)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}
