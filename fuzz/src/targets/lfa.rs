//! What routing daemons print, and topologies that somebody wrote down.

use lfa::{Alternates, compute, file, ospf, ospf6, zebra};

/// The five texts of a database, one after the other.
pub(super) fn ospf(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut texts = text.split('\0');
    let texts: [&str; 5] = std::array::from_fn(|_| texts.next().unwrap_or("{}"));
    for database in ospf::parse(texts).into_iter().flat_map(std::collections::BTreeMap::into_values) {
        database.alternates().iter().for_each(check);
    }
}

/// The same of OSPFv3.
pub(super) fn ospf6(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut texts = text.split('\0');
    if let Ok(alternates) = ospf6::alternates(std::array::from_fn(|_| texts.next().unwrap_or("{}"))) {
        check(&alternates);
    }
}

pub(super) fn zebra(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(backups) = zebra::parse(text) {
        check(&backups.alternates);
    }
}

pub(super) fn file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match file::parse(text) {
        Ok(topology) => check(&compute(&topology)),
        Err(error) => assert!((1..=text.lines().count().max(1) + 1).contains(&error.line), "{error}"),
    }
}

/// Who may be protected has something to protect.
fn check(alternates: &Alternates) {
    for (prefix, protected) in alternates {
        assert_eq!(*prefix, prefix.trunc());
        assert!(!protected.primaries.is_empty(), "{prefix}");
    }
}

fn captured(name: &str) -> Vec<u8> {
    let path = format!("{}/../control/lfa/tests/lfa/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a recording of ours")
}

pub(super) fn ospf_seeds() -> Vec<Vec<u8>> {
    let texts = ospf::TYPES.map(|what| captured(&format!("ospf/{what}.json")));
    let vrfs = ospf::TYPES.map(|what| captured(&format!("vrfs/{what}.json")));
    vec![texts.join(&0), vrfs.join(&0), b"{}".to_vec()]
}

pub(super) fn ospf6_seeds() -> Vec<Vec<u8>> {
    let texts = ["own", "router", "network", "intra-prefix", "link"];
    vec![texts.map(|what| captured(&format!("ospf6/{what}.json"))).join(&0), b"{}".to_vec()]
}

pub(super) fn zebra_seeds() -> Vec<Vec<u8>> {
    ["isis/route4.json", "isis/route6.json", "isis/tilfa.json"].map(captured).into()
}

pub(super) fn file_seeds() -> Vec<Vec<u8>> {
    let example = format!("{}/../configs/topology/triangle.toml", env!("CARGO_MANIFEST_DIR"));
    let lan = b"router = \"s\"\nlans = [\"l\"]\n[[link]]\nfrom = \"s\"\nto = \"l\"\nmetric = 1\n[[link]]\nfrom = \"a\"\n\
        to = \"l\"\nmetric = 1\nfrom_address = [\"fe80::1\"]\ninterface = \"x\"\n";
    vec![std::fs::read(example).expect("an example of ours"), lan.to_vec()]
}
