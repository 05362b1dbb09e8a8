//! What the paths of the switch carry now.

use crate::client::SwitchClient;
use crate::places::Places;
use api::show::Rows;
use api::switch::Query;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Between two looks at the counters of paths.
const SAMPLE: Duration = Duration::from_millis(250);

/// Bits a second of each path, by name.
pub type Load = BTreeMap<String, f64>;

/// Where the counters are; whoever asks can do without.
#[derive(Debug, Clone)]
pub struct Meter {
    switch: Option<PathBuf>,
    limit: Duration,
}

impl Meter {
    pub fn new(places: &Places) -> Meter {
        Meter { switch: places.switch_socket().ok(), limit: places.timeout() }
    }

    /// `None` when the switch does not answer.
    pub fn read(&self) -> Option<Load> {
        let mut client = SwitchClient::connect(self.switch.as_deref()?, self.limit).ok()?;
        let mut sample = || match client.show(Query::Paths) {
            Ok(Rows::Paths(rows)) => Some((
                Instant::now(),
                rows.into_iter().map(|row| (row.name, row.bytes)).collect::<BTreeMap<_, _>>(),
            )),
            _ => None,
        };
        let (start, before) = sample()?;
        std::thread::sleep(SAMPLE);
        let (end, now) = sample()?;
        let seconds = end.duration_since(start).as_secs_f64();
        let rate = |(name, bytes): (String, u64)| {
            let old = before.get(&name).copied().unwrap_or(bytes);
            (name, bytes.saturating_sub(old) as f64 * 8.0 / seconds)
        };
        Some(now.into_iter().map(rate).collect())
    }
}

/// As it is shown.
pub fn megabits(bits_per_s: f64) -> String {
    format!("{:.3}", bits_per_s / 1e6)
}
