//! P4: the figures of the program beside this one, and hot swaps under load.

use super::{GROUPS, Run, SEED, WARM_UP, port_of_group, two_ports};
use crate::measure::{Interval, Reading};
use crate::process::rest;
use crate::random::Random;
use crate::switch::{Plan, Switch};
use crate::table::{destinations, routes_v4};
use anyhow::{Context, Result, ensure};
use figures::{Bound, Figure, round};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub fn measure(run: &mut Run, name: &str) -> Result<()> {
    let beside = std::env::current_exe()?.with_file_name("swerve-bench-p4");
    let mut command = Command::new(&beside);
    command.args(["--only", name]).args(run.quick.then_some("--quick")).stdout(Stdio::piped());
    let output = command.output().with_context(|| format!("{}: build it", beside.display()))?;
    ensure!(output.status.success(), "swerve-bench-p4: {}", output.status);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let figure: Figure = serde_json::from_str(line).with_context(|| line.to_owned())?;
        run.add(figure);
    }
    Ok(())
}

const SWAPS: usize = 20;
/// Frames that can be between source and sink at any moment: two vectors.
const IN_FLIGHT: u64 = 512;

/// The router is loaded again and again while it forwards.
pub fn swap(run: &mut Run, name: &str) -> Result<()> {
    let mut random = Random::new(SEED ^ 6);
    let routes = routes_v4(10_000, GROUPS, &mut random);
    let destinations = destinations(&routes, 1 << 20, &mut random, |route| port_of_group(route.group));
    let plan = two_ports(false, &routes, &destinations);
    let rate = run.load(name, &plan)?;
    let mut switch = Switch::start(&run.settings, &Plan { rate: Some(rate), ..plan })?;
    rest(WARM_UP)?;
    // Who checked the sources out need not have them where everyone may read, as the switch wants of a client's programs.
    let (programs, public) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../p4/programs"), tempfile::tempdir()?);
    for name in ["router.p4", "headers.p4"] {
        std::fs::copy(programs.join(name), public.path().join(name))?;
    }
    let router = public.path().join("router.p4");
    let before = switch.stand_still(Reading::take)?;
    let mut over = (0, 0);
    let swaps = if run.quick { 3 } else { SWAPS };
    for _ in 0..swaps {
        let from = Reading::take(&switch.reader)?;
        switch.client.load_program(&router)?;
        rest(Duration::from_millis(5))?;
        let interval = Interval::between(&from, &Reading::take(&switch.reader)?);
        over = (over.0 + interval.stalls.over_20us, over.1 + interval.stalls.over_100us);
        run.machine.saw(&interval);
    }
    let after = switch.stand_still(Reading::take)?;
    after.check_since(&before)?;
    let interval = Interval::between(&before, &after);
    let missing = (after.made() - before.made()).abs_diff(after.good() - before.good());
    let lost = interval.dropped.max(if missing > IN_FLIGHT { missing } else { 0 });
    let figure = Figure::new(name, "packets", &[lost as f64], Bound::AtMost(0.0))
        .with("swaps", swaps)
        .with("mpps", round(interval.mpps))
        .with("turns_over_20us", over.0)
        .with("turns_over_100us", over.1);
    switch.stop()?;
    run.add(figure);
    Ok(())
}
