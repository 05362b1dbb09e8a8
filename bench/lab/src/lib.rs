//! The lab: a failover seen by a host, measured.
//!
//! Two providers, a host and a server in network namespaces, swerve between them. The lab breaks things and measures
//! from outside: it knows the processes by their command line, sockets and stats segment only.

pub mod bench;
pub mod bgp;
pub mod clock;
pub mod console;
pub mod event;
pub mod events;
pub mod frr;
pub mod igp;
pub mod kind;
pub mod lab;
pub mod ledger;
pub mod lock;
pub mod measured;
pub mod netns;
pub mod observe;
pub mod others;
pub mod process;
pub mod report;
pub mod shell;
pub mod spread;
pub mod stalls;
pub mod svg;
pub mod swerve;
pub mod task;
pub mod tcp;
pub mod timeline;
pub mod topology;
pub mod traffic;
pub mod wayback;
