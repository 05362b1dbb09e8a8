//! What the switch asks of the kernel: mirror interfaces, link state, and to keep its hands off our ports.

pub mod follow;
pub mod guard;
pub mod mirror;
pub mod netlink;
