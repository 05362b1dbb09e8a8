//! The real switch, in namespaces of its own, between real kernel hosts.
//!
//! The tests play control over the real socket, so that only the switch is judged; in `learning` it is there. They need root.

mod answers;
mod bfd;
mod bfdd;
mod bfddp;
mod checks;
mod client;
mod control;
mod failover;
mod flows;
mod forged;
mod forwarding;
mod frames;
mod frr;
mod host;
mod igp;
mod lab;
mod learning;
mod link_local;
mod log;
mod mirrors;
mod netns;
mod program;
mod program_events;
mod program_packets;
mod protection;
mod reload;
mod sources;
mod start;
mod tables;
mod topology;
mod trace;
mod traffic;
mod troubles;
mod vlans;
mod vrfs;
mod wires;
mod workers;
