//! Who may depend on whom.

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The crates of the workspace that each crate may use in what it ships. Tests may use more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("swerve-wire", &[]),
    ("swerve-bfd", &["swerve-wire"]),
    ("swerve-bfddp", &["swerve-wire"]),
    ("swerve-fib", &[]),
    ("swerve-stats", &[]),
    ("swerve-dpdk-sys", &[]),
    ("swerve-dpdk", &["swerve-dpdk-sys"]),
    ("swerve-api", &[]),
    ("swerve-bgp", &[]),
    ("swerve-config", &["swerve-api"]),
    ("swerve-rib", &["swerve-api"]),
    ("swerve-fpm", &[]),
    ("swerve-lfa", &[]),
    ("swerve-process", &["swerve-api", "swerve-config"]),
    (
        "swerve-switch",
        &[
            "swerve-api",
            "swerve-bfd",
            "swerve-bfddp",
            "swerve-config",
            "swerve-dpdk",
            "swerve-fib",
            "swerve-p4-front",
            "swerve-p4-host",
            "swerve-p4-jit",
            "swerve-p4-rt",
            "swerve-process",
            "swerve-stats",
            "swerve-wire",
        ],
    ),
    (
        "swerve-control",
        &[
            "swerve-api",
            "swerve-bgp",
            "swerve-config",
            "swerve-fpm",
            "swerve-lfa",
            "swerve-process",
            "swerve-rib",
        ],
    ),
    ("swervectl", &["swerve-api", "swerve-config", "swerve-stats"]),
    ("swerve-feed", &["swerve-bgp", "swerve-fpm"]),
    ("swerve-figures", &[]),
    ("swerve-lab", &["swerve-api", "swerve-feed", "swerve-figures", "swerve-stats", "swerve-wire"]),
    (
        "swerve-bench",
        &["swerve-api", "swerve-bfd", "swerve-dpdk", "swerve-figures", "swerve-stats", "swerve-wire"],
    ),
    ("swerve-p4-front", &[]),
    ("swerve-p4-rt", &["swerve-fib", "swerve-p4-front", "swerve-wire"]),
    ("swerve-p4-jit", &["swerve-fib", "swerve-p4-front", "swerve-p4-rt", "swerve-wire"]),
    ("swerve-p4-host", &["swerve-p4-front", "swerve-p4-rt"]),
    ("swerve-p4", &["swerve-p4-front", "swerve-p4-host", "swerve-p4-jit", "swerve-p4-rt"]),
    (
        "swerve-fuzz",
        &[
            "swerve-api",
            "swerve-bfd",
            "swerve-bfddp",
            "swerve-bgp",
            "swerve-config",
            "swerve-fib",
            "swerve-fpm",
            "swerve-lfa",
            "swerve-p4",
            "swerve-p4-front",
            "swerve-p4-host",
            "swerve-p4-jit",
            "swerve-p4-rt",
            "swerve-stats",
            "swerve-switch",
            "swerve-wire",
        ],
    ),
    (
        "swerve-bench-p4",
        &[
            "swerve-dpdk",
            "swerve-fib",
            "swerve-figures",
            "swerve-p4",
            "swerve-p4-front",
            "swerve-p4-host",
            "swerve-p4-jit",
            "swerve-p4-rt",
            "swerve-wire",
        ],
    ),
    ("swerve-edges", &[]),
];

/// Crates that do no IO, read no clock and start no thread.
const PURE: &[&str] = &[
    "swerve-wire",
    "swerve-bfd",
    "swerve-bfddp",
    "swerve-fib",
    "swerve-api",
    "swerve-bgp",
    "swerve-config",
    "swerve-rib",
    "swerve-fpm",
    "swerve-lfa",
    "swerve-p4-front",
    "swerve-p4-rt",
];

/// What a crate without IO, clock and thread has no use for.
const IMPURE_LIBRARIES: &[&str] = &[
    "mio",
    "nix",
    "socket2",
    "tokio",
    "rand",
    "getrandom",
    "memmap2",
    "tempfile",
    "signal-hook",
    "netlink-sys",
    "tun-rs",
    "core_affinity",
    "tracing-subscriber",
];

/// An async runtime, or what brings one.
const ASYNC: &[&str] = &["tokio", "async-std", "smol", "tonic", "hyper", "h2"];

/// The packages and who uses whom in what is shipped, on the platform that swerve is for.
struct Graph {
    metadata: Metadata,
    normal: HashMap<PackageId, Vec<PackageId>>,
}

impl Graph {
    fn read() -> Graph {
        let metadata = MetadataCommand::new()
            .manifest_path(edges::root().join("Cargo.toml"))
            .features(CargoOpt::AllFeatures)
            .other_options(["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned))
            .exec()
            .expect("cargo metadata runs in the workspace");
        let resolve = metadata.resolve.as_ref().expect("cargo metadata resolves dependencies");
        let normal = |node: &cargo_metadata::Node| {
            let deps = node.deps.iter();
            let deps = deps.filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal));
            (node.id.clone(), deps.map(|d| d.pkg.clone()).collect())
        };
        let normal = resolve.nodes.iter().map(normal).collect();
        Graph { metadata, normal }
    }

    fn members(&self) -> Vec<(&str, &PackageId)> {
        self.metadata.workspace_packages().iter().map(|p| (p.name.as_str(), &p.id)).collect()
    }

    fn id(&self, member: &str) -> &PackageId {
        let found = self.members().into_iter().find(|(name, _)| *name == member);
        found.unwrap_or_else(|| panic!("{member} is not in the workspace")).1
    }

    fn name(&self, id: &PackageId) -> &str {
        self.metadata[id].name.as_str()
    }

    /// Everything that is linked into `member`.
    fn linked(&self, member: &str) -> BTreeSet<&str> {
        let mut seen = HashSet::from([self.id(member)]);
        let mut open = vec![self.id(member)];
        while let Some(id) = open.pop() {
            for next in self.normal.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen.remove(self.id(member));
        seen.into_iter().map(|id| self.name(id)).collect()
    }
}

#[test]
fn every_crate_uses_only_the_crates_of_the_workspace_that_it_may() {
    let graph = Graph::read();
    let members: HashMap<_, _> = graph.members().into_iter().collect();
    let mut wrong = Vec::new();
    for (name, id) in &members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(crate_, _)| crate_ == name) else {
            wrong.push(format!("{name} has no row in ALLOWED"));
            continue;
        };
        for dep in graph.normal[id].iter().map(|id| graph.name(id)) {
            if members.contains_key(dep) && !allowed.contains(&dep) {
                wrong.push(format!("{name} uses {dep}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the directions of the architecture: {wrong:#?}");
}

#[test]
fn the_switch_links_no_async_runtime() {
    let graph = Graph::read();
    let linked = graph.linked("swerve-switch");
    let found: Vec<_> = ASYNC.iter().filter(|name| linked.contains(**name)).collect();
    assert!(found.is_empty(), "swerve-switch links {found:?}");
}

#[test]
fn control_and_its_command_link_no_dpdk() {
    let graph = Graph::read();
    for member in
        ["swerve-control", "swervectl", "swerve-config", "swerve-rib", "swerve-api", "swerve-process"]
    {
        let linked = graph.linked(member);
        assert!(!linked.contains("swerve-dpdk-sys"), "{member} links DPDK");
        assert!(!linked.contains("swerve-dpdk"), "{member} links DPDK");
    }
}

#[test]
fn pure_crates_link_nothing_that_does_io_or_knows_the_time() {
    let graph = Graph::read();
    for member in PURE {
        let linked = graph.linked(member);
        let found: Vec<_> = IMPURE_LIBRARIES.iter().filter(|name| linked.contains(**name)).collect();
        assert!(found.is_empty(), "{member} is pure and links {found:?}");
    }
}
