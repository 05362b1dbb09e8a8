//! Rows for `swervectl show`.

use super::{Switch, build};
use crate::ports::PortHandle;
use crate::server::Server;
use crate::state::Refusal;
use api::show::{self, Rows};
use api::switch::Query;

impl Switch {
    pub(super) fn show(&self, server: &Server, query: Query) -> Result<Rows, Refusal> {
        Ok(match query {
            Query::Version => Rows::Version(self.status(server)),
            Query::Ports => {
                Rows::Ports(self.ports.iter().enumerate().map(|(n, p)| self.port_row(n, p)).collect())
            }
            Query::Interfaces => Rows::Interfaces(self.state.show_interfaces()),
            Query::Paths => Rows::Paths(self.state.show_paths()),
            Query::Groups => Rows::Groups(self.state.show_groups()),
            Query::Routes { vrf, within, after, limit } => {
                let vrf = self.state.vrf(vrf.as_deref())?;
                let (rows, more) = self.state.show_routes(vrf, within, after, limit as usize);
                Rows::Routes { rows, more }
            }
            Query::Lookup { vrf, address } => {
                Rows::Lookup(self.state.show_lookup(self.state.vrf(vrf.as_deref())?, address))
            }
            Query::Neighbors => Rows::Neighbors(self.state.show_neighbors()),
            Query::Bfdd => Rows::Bfdd(self.bfdd.show(&self.state)),
        })
    }

    fn status(&self, server: &Server) -> show::SwitchStatus {
        let (routes_v4, routes_v6) = self.state.route_counts();
        show::SwitchStatus {
            build: build(),
            dpdk: dpdk::version(),
            pid: std::process::id(),
            uptime_s: self.started.elapsed().as_secs_f64(),
            control_connected: server.control_connected(),
            routes_v4,
            routes_v6,
            groups: self.state.group_count(),
            table_bytes: self.state.table_bytes(),
            refused_connections: server.refused(),
            tables_full: self.state.full_counts(),
        }
    }

    fn port_row(&self, number: usize, port: &PortHandle) -> show::Port {
        let device = port.port.stats().unwrap_or_default();
        let totals = self.shared.stats.port_totals(number);
        show::Port {
            name: port.name.clone(),
            device: port.device.clone(),
            driver: port.info.driver.clone(),
            mac: port.mac,
            link_up: self.state.ports[number].up,
            speed_mbps: port.port.link().ok().and_then(|link| link.speed_mbps).unwrap_or(0),
            mtu: port.mtu,
            rx_queues: port.cores.len() as u16,
            tx_queues: port.tx_queues,
            cores: port.cores.clone(),
            rx_packets: totals.rx_packets,
            tx_packets: totals.tx_packets,
            rx_bytes: totals.rx_bytes,
            tx_bytes: totals.tx_bytes,
            device_drops: device.rx_missed + device.rx_errors + device.tx_errors + device.rx_no_mbuf,
        }
    }
}
