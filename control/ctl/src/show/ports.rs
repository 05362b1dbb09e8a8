//! `show ports`.

use super::{Before, View, per_second};
use crate::table::{Table, list, or_dash, rate};
use api::show::Port;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    port: &'a Port,
    #[serde(flatten)]
    rates: Option<Rates>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Rates {
    rx_packets_per_s: f64,
    tx_packets_per_s: f64,
    rx_bits_per_s: f64,
    tx_bits_per_s: f64,
    device_drops_per_s: f64,
}

pub fn view(ports: &[Port], before: Before<'_, Vec<Port>>) -> View {
    let row = |port| Row { port, rates: rates(port, before) };
    let rows: Vec<Row> = ports.iter().map(row).collect();
    let watching = before.is_some();
    let table = Table::new().text("port").text("link").numbers(["speed (Mbit/s)", "MTU (bytes)"]);
    let table = table.text("queues rx/tx").text("rx cores").numbers(["rx (packets)", "tx (packets)"]);
    let table = table.number("device drops (packets)");
    let rates = ["rx (packets/s)", "tx (packets/s)", "rx (bit/s)", "tx (bit/s)"];
    let mut table = table.rates(watching, rates).text("driver").text("device");
    for Row { port, rates } in &rows {
        let mut cells = vec![
            port.name.clone(),
            if port.link_up { "up" } else { "down" }.into(),
            or_dash(Some(port.speed_mbps).filter(|speed| *speed > 0)),
            port.mtu.to_string(),
            format!("{}/{}", port.rx_queues, port.tx_queues),
            list(&port.cores),
            port.rx_packets.to_string(),
            port.tx_packets.to_string(),
            port.device_drops.to_string(),
        ];
        if watching {
            let of = |pick: fn(&Rates) -> f64| rate(rates.as_ref().map(pick));
            cells.extend([
                of(|r| r.rx_packets_per_s),
                of(|r| r.tx_packets_per_s),
                of(|r| r.rx_bits_per_s),
                of(|r| r.tx_bits_per_s),
            ]);
        }
        cells.extend([port.driver.clone(), port.device.clone()]);
        table.row(cells);
    }
    View::new(&rows, table.render("no ports"))
}

fn rates(port: &Port, before: Before<'_, Vec<Port>>) -> Option<Rates> {
    let (old, seconds) = before?;
    let old = old.iter().find(|old| old.name == port.name)?;
    let rate = |now, before| per_second(now, before, seconds);
    Some(Rates {
        rx_packets_per_s: rate(port.rx_packets, old.rx_packets),
        tx_packets_per_s: rate(port.tx_packets, old.tx_packets),
        rx_bits_per_s: 8.0 * rate(port.rx_bytes, old.rx_bytes),
        tx_bits_per_s: 8.0 * rate(port.tx_bytes, old.tx_bytes),
        device_drops_per_s: rate(port.device_drops, old.device_drops),
    })
}
