//! What is printed at the end.

use crate::machine::Machine;
use figures::Figure;

/// What the figures are to each other, as far as both were measured.
const RATIOS: &[(&str, &str)] = &[
    ("forward_1m", "forward_16"),
    ("forward_16", "testpmd_mac"),
    ("forward_1m", "testpmd_mac"),
    ("forward_v6_200k", "forward_1m"),
    ("repair_1m", "repair_1"),
];

pub fn print(figures: &[Figure], machine: &Machine) {
    println!("\n{}", figures::table(figures));
    let median = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.median);
    for (over, under) in RATIOS {
        if let (Some(a), Some(b)) = (median(over), median(under)) {
            println!("{over} / {under}: {:.2}", a / b);
        }
    }
    println!("{machine}");
}
