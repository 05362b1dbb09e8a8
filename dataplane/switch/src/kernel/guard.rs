//! Keeps the kernel off an interface that swerve uses as a port.
//!
//! `af_packet` copies frames, it does not take them. Left alone, the kernel would answer ARP and ping a second time,
//! reject BFD's UDP and forward duplicates. So: drop everything it receives there (netdev ingress hook, which comes
//! after packet sockets), no IPv6 on it, no addresses.

use super::netlink::Netlink;
use std::io::{self, Write};
use std::process::{Command, Stdio};

/// In force as long as it lives.
#[derive(Debug)]
pub struct Guard {
    table: String,
    interface: String,
    ipv6_was: Option<String>,
}

/// The kernel could not be kept off.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error("the kernel cannot be kept off {interface}: nft is missing; install the package nftables")]
    NoNft { interface: String },
    #[error("the kernel cannot be kept off {interface}: nft says: {message}")]
    Nft { interface: String, message: String },
    #[error(
        "the kernel has the address {address} on {interface}; move it to [[interface]] in the configuration \
             (`ip address del {address} dev {interface}`), or two stacks answer for it"
    )]
    HasAddress { interface: String, address: String },
    #[error("{interface}: {error}")]
    Netlink { interface: String, error: io::Error },
    #[error(
        "this machine's kernel forwards packets ({key} = {value}); it would forward a second copy between mirrors: set \
             it to 0 in the namespace of the switch"
    )]
    Forwards { key: &'static str, value: String },
}

impl Guard {
    /// Takes the interface from the kernel.
    pub fn new(interface: &str) -> Result<Guard, GuardError> {
        let netlink_error = |error| GuardError::Netlink { interface: interface.to_owned(), error };
        let mut netlink = Netlink::open().map_err(netlink_error)?;
        if let Some(link) = netlink.link(interface).map_err(netlink_error)? {
            let addresses = netlink.addresses().map_err(netlink_error)?;
            for address in addresses.iter().filter(|address| address.index == link.index) {
                if !matches!(address.net, ipnet::IpNet::V6(net) if net.addr().is_unicast_link_local()) {
                    let interface = interface.to_owned();
                    return Err(GuardError::HasAddress { interface, address: address.net.to_string() });
                }
            }
        }
        let key = ipv6_key(interface);
        let ipv6_was = std::fs::read_to_string(&key).ok();
        let table = format!("swerve_{}", interface.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        let guard = Guard { table, interface: interface.to_owned(), ipv6_was };
        // Absent where IPv6 is off altogether.
        let _ = std::fs::write(&key, "1");
        guard.nft(&format!(
            "add table netdev {table}\ndelete table netdev {table}\nadd table netdev {table}\n\
             add chain netdev {table} ingress {{ type filter hook ingress device \"{interface}\" priority -500; \
             policy drop; }}\n",
            table = guard.table,
        ))?;
        Ok(guard)
    }

    fn nft(&self, script: &str) -> Result<(), GuardError> {
        let failed = |message: String| GuardError::Nft { interface: self.interface.clone(), message };
        let mut child = Command::new("nft")
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| match e.kind() {
                io::ErrorKind::NotFound => GuardError::NoNft { interface: self.interface.clone() },
                _ => failed(e.to_string()),
            })?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(script.as_bytes()).map_err(|e| failed(e.to_string()))?;
        }
        let output = child.wait_with_output().map_err(|e| failed(e.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failed(said.lines().next().unwrap_or("nothing").to_owned()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // On the way out there is nobody left to tell; the table goes with the namespace or at the next start.
        let _ = self.nft(&format!("delete table netdev {}\n", self.table));
        if let Some(was) = &self.ipv6_was {
            let _ = std::fs::write(ipv6_key(&self.interface), was);
        }
    }
}

/// Whether the kernel of this namespace forwards by itself, IPv4 or IPv6.
pub fn check_forwarding() -> Result<(), GuardError> {
    for key in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
        // Absent where the protocol is off altogether.
        let Ok(value) = std::fs::read_to_string(format!("/proc/sys/{}", key.replace('.', "/"))) else {
            continue;
        };
        let value = value.trim().to_owned();
        if value != "0" {
            return Err(GuardError::Forwards { key, value });
        }
    }
    Ok(())
}

fn ipv6_key(interface: &str) -> String {
    format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6")
}
