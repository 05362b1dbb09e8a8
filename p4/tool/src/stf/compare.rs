//! What came out of the ports against what had to.

use super::script::{Command, Pattern, Script};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Something that is not as the test says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of the test file; 0 for the test as a whole.
    pub line: usize,
    pub port: Option<u16>,
    /// With the first differing byte in brackets.
    pub expected: String,
    pub got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        if let Some(port) = self.port {
            write!(f, "port {port}: ")?;
        }
        write!(f, "expected {}, got {}", self.expected, self.got)
    }
}

/// A packet that came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) frame: Vec<u8>,
    /// The line of the packet that was the last to go in.
    pub(super) line: usize,
}

/// Bytes of a packet that a message shows.
const MOST_SHOWN: usize = 256;

fn hex(frame: &[u8], mark: Option<usize>) -> String {
    let nibbles: Vec<_> = frame.iter().flat_map(|byte| [Some(byte >> 4), Some(byte & 15)]).collect();
    show(&nibbles, mark)
}

fn show(nibbles: &[Option<u8>], mark: Option<usize>) -> String {
    let mut out = String::new();
    let digit =
        |nibble: &Option<u8>| nibble.map_or('*', |n| char::from_digit(u32::from(n), 16).unwrap_or('?'));
    for (at, byte) in nibbles.chunks(2).enumerate().take(MOST_SHOWN) {
        let byte: String = byte.iter().map(digit).collect();
        let _ = if mark == Some(at) { write!(out, "[{byte}]") } else { write!(out, "{byte}") };
    }
    let bytes = nibbles.len().div_ceil(2);
    if bytes > MOST_SHOWN {
        let _ = write!(out, "... ({bytes} bytes)");
    }
    if mark.is_some_and(|mark| mark >= bytes) {
        out.push_str("[]");
    }
    out
}

impl Pattern {
    /// The first byte that differs.
    fn difference(&self, frame: &[u8]) -> Option<usize> {
        let nibble = |at: usize| {
            frame.get(at / 2).map(|byte| if at.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
        };
        let differs = |(at, wanted): (usize, &Option<u8>)| match (wanted, nibble(at)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(wanted), Some(got)) => *wanted != got,
        };
        let first = self.nibbles.iter().enumerate().position(differs).map(|at| at / 2);
        let length = self.nibbles.len().div_ceil(2);
        first.or_else(|| (self.exact && frame.len() > length).then_some(length))
    }

    fn text(&self, mark: Option<usize>) -> String {
        let text = show(&self.nibbles, mark);
        if self.exact { text + "$" } else { text }
    }
}

/// The expectations of a script, port by port, and what has come so far.
#[derive(Debug, Default)]
pub(super) struct Ports<'a> {
    told: BTreeMap<u16, Vec<(usize, &'a Pattern)>>,
    /// Ports on which anything may come.
    open: Vec<u16>,
    came: BTreeMap<u16, Vec<Arrival>>,
}

impl<'a> Ports<'a> {
    pub(super) fn of(script: &'a Script) -> Ports<'a> {
        let mut ports = Ports::default();
        for line in &script.lines {
            match &line.command {
                Command::Expect { port, pattern: Some(pattern) } => {
                    ports.told.entry(*port).or_default().push((line.number, pattern));
                }
                Command::Expect { port, pattern: None } if !ports.open.contains(port) => {
                    ports.open.push(*port)
                }
                _ => {}
            }
        }
        ports
    }

    pub(super) fn arrive(&mut self, port: u16, arrival: Arrival) {
        self.came.entry(port).or_default().push(arrival);
    }

    pub(super) fn arrivals(&self) -> &BTreeMap<u16, Vec<Arrival>> {
        &self.came
    }

    /// How many expectations there are.
    pub(super) fn expectations(&self) -> usize {
        self.told.values().map(Vec::len).sum()
    }

    /// `no_packet` on a line: what has come must be expected by the lines before.
    pub(super) fn nothing_more(&mut self, line: usize, failures: &mut Vec<Failure>) {
        for (port, came) in &mut self.came {
            if self.open.contains(port) {
                continue;
            }
            let told = self.told.get(port).map_or(0, |told| told.iter().filter(|(at, _)| *at < line).count());
            for extra in came.drain(told.min(came.len())..) {
                let (expected, got) = ("no packet".to_owned(), hex(&extra.frame, None));
                failures.push(Failure { line, port: Some(*port), expected, got });
            }
        }
    }

    /// What is wrong in the end, in the order of the lines.
    pub(super) fn settle(&self, failures: &mut Vec<Failure>) {
        let nothing = vec![];
        for (port, told) in &self.told {
            let came = self.came.get(port).unwrap_or(&nothing);
            for (at, (line, pattern)) in told.iter().enumerate() {
                failures.extend(mismatch(*port, *line, pattern, came.get(at)));
            }
        }
        for (port, came) in self.came.iter().filter(|(port, _)| !self.open.contains(port)) {
            let told = self.told.get(port).map_or(0, Vec::len);
            for extra in came.iter().skip(told) {
                let expected = if told == 0 { "no packet" } else { "no further packet" };
                let (expected, got) = (expected.to_owned(), hex(&extra.frame, None));
                failures.push(Failure { line: extra.line, port: Some(*port), expected, got });
            }
        }
        failures.sort_by_key(|failure| failure.line);
    }
}

fn mismatch(port: u16, line: usize, pattern: &Pattern, came: Option<&Arrival>) -> Option<Failure> {
    let failure = |expected, got| Some(Failure { line, port: Some(port), expected, got });
    match came {
        None => failure(pattern.text(None), "nothing".to_owned()),
        Some(arrival) => {
            let at = pattern.difference(&arrival.frame)?;
            failure(pattern.text(Some(at)), hex(&arrival.frame, Some(at)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stf::parse;

    /// What is said when these frames come out of these ports, all caused by line 1.
    fn said(test: &str, came: &[(u16, &[u8])]) -> Vec<String> {
        let script = parse(test).expect("a test");
        let mut ports = Ports::of(&script);
        for (port, frame) in came {
            ports.arrive(*port, Arrival { frame: frame.to_vec(), line: 1 });
        }
        let mut failures = vec![];
        for line in script.lines.iter().filter(|line| line.command == Command::NoPacket) {
            ports.nothing_more(line.number, &mut failures);
        }
        ports.settle(&mut failures);
        failures.iter().map(Failure::to_string).collect()
    }

    #[test]
    fn expected_bytes_are_a_prefix_unless_the_line_says_exactly() {
        assert_eq!(said("\nexpect 1 0102", &[(1, &[1, 2, 3])]), [""; 0]);
        assert_eq!(
            said("\nexpect 1 0102$", &[(1, &[1, 2, 3])]),
            ["2: port 1: expected 0102[]$, got 0102[03]"]
        );
        assert_eq!(said("\nexpect 1 010203", &[(1, &[1, 2])]), ["2: port 1: expected 0102[03], got 0102[]"]);
    }

    #[test]
    fn a_star_is_any_nibble() {
        assert_eq!(said("\nexpect 1 *1 2*", &[(1, &[0xf1, 0x2f])]), [""; 0]);
        assert_eq!(
            said("\nexpect 1 *1 2*", &[(1, &[0xf1, 0x3f])]),
            ["2: port 1: expected *1[2*], got f1[3f]"]
        );
        assert_eq!(said("\nexpect 1 01**$", &[(1, &[1])]), ["2: port 1: expected 01[**]$, got 01[]"]);
    }

    #[test]
    fn a_prefix_may_end_within_a_byte() {
        assert_eq!(said("\nexpect 1 012", &[(1, &[1, 0x23])]), [""; 0]);
        assert_eq!(said("\nexpect 1 012", &[(1, &[1, 0x33])]), ["2: port 1: expected 01[2], got 01[33]"]);
    }

    #[test]
    fn packets_of_one_port_come_in_order_and_ports_have_none_between_them() {
        let test = "\nexpect 2 aa\nexpect 1 01\nexpect 1 02";
        assert_eq!(said(test, &[(1, &[1]), (1, &[2]), (2, &[0xaa])]), [""; 0]);
        assert_eq!(said(test, &[(1, &[2]), (1, &[1]), (2, &[0xaa])]).len(), 2);
    }

    #[test]
    fn one_too_few_and_one_too_many_fail() {
        assert_eq!(said("\nexpect 1 01", &[]), ["2: port 1: expected 01, got nothing"]);
        assert_eq!(
            said("\nexpect 1 01", &[(1, &[1]), (1, &[2])]),
            ["1: port 1: expected no further packet, got 02"]
        );
        assert_eq!(said("\n", &[(9, &[2])]), ["1: port 9: expected no packet, got 02"]);
    }

    #[test]
    fn a_port_without_a_pattern_takes_any_number_of_packets() {
        assert_eq!(said("\nexpect 1", &[]), [""; 0]);
        assert_eq!(said("\nexpect 1", &[(1, &[1]), (1, &[])]), [""; 0]);
    }

    #[test]
    fn no_packet_takes_what_was_expected_before_and_nothing_else() {
        assert_eq!(said("expect 1 01\nno_packet", &[(1, &[1])]), [""; 0]);
        assert_eq!(
            said("no_packet\nexpect 1 01", &[(1, &[1])]),
            ["1: port 1: expected no packet, got 01", "2: port 1: expected 01, got nothing"]
        );
    }

    #[test]
    fn long_packets_are_cut_in_messages() {
        let got = said("\nexpect 1 01$", &[(1, &[1; 1000])]);
        assert!(got[0].ends_with("... (1000 bytes)") && got[0].len() < 700, "{}", got[0]);
    }
}
