//! What an event cost, as `summary.json` has it.

use serde::Serialize;

/// What an event is held to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// Shown only.
    Reported,
    /// Not one packet.
    NoLoss,
    /// The outage is at most the detection and this much, in microseconds.
    DetectionPlus(u32),
    /// The outage is at most this, in microseconds.
    AtMost(u32),
}

impl Bound {
    pub fn text(self) -> Option<String> {
        match self {
            Bound::Reported => None,
            Bound::NoLoss => Some("0 lost".to_owned()),
            Bound::AtMost(us) => Some(format!("outage <= {} ms", f64::from(us) / 1000.0)),
            Bound::DetectionPlus(us) => Some(format!("outage <= detection + {} ms", f64::from(us) / 1000.0)),
        }
    }
}

/// The longest stall in an event's window, in microseconds.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Stall {
    /// Of a core without a worker.
    pub machine: f64,
    /// Of a worker, as it saw itself.
    pub worker: f64,
}

impl Stall {
    /// Beyond this the figure says more about the machine than about swerve.
    const SPOILS_US: f64 = 1000.0;

    /// The longer of two, on each side.
    pub fn longer(self, other: Stall) -> Stall {
        Stall { machine: self.machine.max(other.machine), worker: self.worker.max(other.worker) }
    }

    pub fn spoils(self) -> bool {
        self.machine.max(self.worker) > Stall::SPOILS_US
    }
}

/// The way back during a failure; without a bound.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WayBackFigure {
    pub lost: u64,
    pub outage_us: f64,
    /// From the blow to the moment in which the lab saw the verdict of the provider's bfdd.
    pub verdict_us: f64,
}

/// One event. Times of the picture are nanoseconds since the lab's start.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Event {
    pub event: &'static str,
    /// What noticed the failure, in swerve's words.
    pub detector: Option<String>,
    /// Last packet heard to verdict.
    pub detection_us: Option<f64>,
    /// Verdict to the first packet on the backup.
    pub repair_us: Option<f64>,
    pub lost: u64,
    /// RFC 6414: packets lost over the rate at which they were sent.
    pub outage_us: f64,
    pub stalls_us: Stall,
    pub bound: Option<String>,
    /// Null without a bound.
    pub met: Option<bool>,
    /// A window with a stall over 1 ms is repeated, at most twice.
    pub attempts: u32,
    pub way_back: Option<WayBackFigure>,
    #[serde(skip)]
    pub struck: u64,
    /// The first packet that arrived by the other way.
    #[serde(skip)]
    pub moved: Option<u64>,
}

impl Event {
    /// Fills in `bound` and `met`.
    pub fn judge(mut self, bound: Bound) -> Event {
        self.bound = bound.text();
        self.met = match bound {
            Bound::Reported => None,
            Bound::NoLoss => Some(self.lost == 0),
            Bound::AtMost(us) => Some(self.outage_us <= f64::from(us)),
            Bound::DetectionPlus(us) => Some(
                self.lost > 0
                    && self.detection_us.is_some_and(|detection| self.outage_us <= detection + f64::from(us)),
            ),
        };
        self
    }
}

/// The TCP transfer, which is held to arriving as it was sent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TransferFigure {
    pub event: &'static str,
    pub bytes: u64,
    pub longest_gap_us: f64,
    pub bound: &'static str,
    pub met: bool,
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn cut() -> Event {
        Event {
            event: "silent cut",
            detector: Some("BFD".to_owned()),
            detection_us: Some(30_000.0),
            repair_us: Some(4.5),
            lost: 612,
            outage_us: 30_600.0,
            stalls_us: Stall { machine: 80.0, worker: 55.0 },
            bound: None,
            met: None,
            attempts: 1,
            way_back: Some(WayBackFigure { lost: 70, outage_us: 35_000.0, verdict_us: 33_100.0 }),
            struck: 5_000_000_000,
            moved: Some(5_030_600_000),
        }
    }

    #[test]
    fn an_outage_may_last_a_millisecond_longer_than_the_detection_and_no_more() {
        let bound = Bound::DetectionPlus(1000);
        assert_eq!(cut().judge(bound).met, Some(true));
        assert_eq!(Event { outage_us: 31_000.1, ..cut() }.judge(bound).met, Some(false));
        let unseen = Event { detection_us: None, ..cut() };
        assert_eq!(unseen.judge(bound).met, Some(false), "an outage that nobody detected is no success");
        let unhurt = Event { lost: 0, outage_us: 0.0, ..cut() };
        assert_eq!(unhurt.judge(bound).met, Some(false), "a cut that costs nothing did not cut");
    }

    #[test]
    fn one_lost_packet_breaks_the_bound_of_none() {
        assert_eq!(Event { lost: 0, ..cut() }.judge(Bound::NoLoss).met, Some(true));
        assert_eq!(Event { lost: 1, ..cut() }.judge(Bound::NoLoss).met, Some(false));
        assert_eq!(cut().judge(Bound::Reported).met, None);
        assert_eq!(cut().judge(Bound::AtMost(30_600)).met, Some(true));
        assert_eq!(cut().judge(Bound::AtMost(30_599)).met, Some(false));
    }

    #[test]
    fn the_summary_has_the_names_that_its_readers_know() {
        let json = serde_json::to_value(cut().judge(Bound::DetectionPlus(1000))).unwrap();
        let names = [
            "event",
            "detector",
            "detection_us",
            "repair_us",
            "lost",
            "outage_us",
            "stalls_us",
            "bound",
            "met",
            "attempts",
        ];
        for name in names {
            assert!(json.get(name).is_some(), "{name}");
        }
        assert_eq!(json["bound"], "outage <= detection + 1 ms");
    }
}
